//! The client: one session with a service, on a thread of its own for as long as a request lasts.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::http;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::super::authorities::Authorities;
use super::super::bench::Platform;
use super::super::kind::Unmeasured;
use super::super::tls;
use super::answer::Answer;
use super::text::Base;

/// More of an answer than this is not read; what a gate looks at is smaller.
const MOST_BYTES: u64 = 16 << 20;

/// A session: its cookies and its open connections.
#[derive(Clone)]
pub(crate) struct Client {
    agent: ureq::Agent,
}

/// A request with all its names expanded.
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// Why no whole answer came, and what to do about it.
pub(crate) struct NoAnswer {
    pub(crate) reason: String,
    pub(crate) remedy: &'static str,
}

impl Client {
    /// A session of a new visitor; no answer may take longer than `limit`. Without authorities no certificate is
    /// accepted: they are those of [`Base::authorities`](super::Base::authorities).
    pub(crate) fn new(limit: Duration, authorities: Option<&Authorities>) -> Client {
        let trusted = authorities.map_or(&[][..], Authorities::certificates);
        let trusted: Vec<Certificate<'_>> =
            trusted.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect();
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&trusted))
            // The one that the driver has.
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(limit))
            .http_status_as_error(false)
            // A login page in place of what was asked for is another answer, and a header that is a secret is for this
            // service alone.
            .max_redirects(0)
            .tls_config(tls.build())
            // The library does not read the environment, and what is measured is the service, not a proxy.
            .proxy(None)
            .user_agent(concat!("phasegate/", env!("CARGO_PKG_VERSION")))
            .build();
        Client { agent: ureq::Agent::new_with_config(config) }
    }

    /// Sends a request and reads the whole answer. The time is from the first byte sent to the last byte read, connecting
    /// included where no connection was open.
    ///
    /// # Errors
    /// Why no whole answer came.
    pub(crate) async fn send(&self, sent: Sent) -> Result<Answer, NoAnswer> {
        let agent = self.agent.clone();
        let exchange = tokio::task::spawn_blocking(move || exchange(&agent, sent));
        exchange.await.map_err(|error| NoAnswer::of(format!("the request broke off: {error}")))?
    }
}

impl Base {
    /// The authorities that a session with the service needs: none where nothing is encrypted, so that a machine without
    /// any measures it all the same.
    ///
    /// # Errors
    /// Where the file cannot be read, or the system has none.
    pub(crate) async fn authorities(
        &self,
        platform: &Platform,
        ca: Option<&Path>,
    ) -> Result<Option<Authorities>, Unmeasured> {
        match ca.is_some() || self.sent.starts_with("https://") {
            true => platform.authorities(ca).await.map(Some),
            false => Ok(None),
        }
    }
}

fn exchange(agent: &ureq::Agent, sent: Sent) -> Result<Answer, NoAnswer> {
    let mut request = http::Request::builder().method(sent.method.as_str()).uri(sent.url);
    for (name, value) in sent.headers {
        request = request.header(name, value);
    }
    // The error would repeat a header's value, which may be a secret.
    let request =
        request.body(sent.body).map_err(|_| NoAnswer::of("the url or a header of the request is not valid"))?;
    let start = Instant::now();
    let mut response = agent.run(request).map_err(NoAnswer::from)?;
    let status = response.status().as_u16();
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let headers = response.headers().iter().map(header).collect();
    let body = response.body_mut().with_config().limit(MOST_BYTES).read_to_vec().map_err(NoAnswer::from)?;
    Ok(Answer { status, headers, body, took: start.elapsed() })
}

impl NoAnswer {
    fn of(reason: impl Into<String>) -> NoAnswer {
        NoAnswer { reason: reason.into(), remedy: "see whether the service runs, and its log" }
    }
}

impl From<ureq::Error> for NoAnswer {
    /// A certificate that is not accepted is told apart from a service that is not there: another one has to mend it.
    fn from(error: ureq::Error) -> NoAnswer {
        let refused = match &error {
            ureq::Error::Rustls(error) => tls::reason(error),
            ureq::Error::Io(error) => {
                error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()).and_then(tls::reason)
            }
            _ => None,
        };
        match refused {
            Some(reason) => NoAnswer {
                reason: format!("its certificate is not accepted: {reason}"),
                remedy: "have it renewed or issued to this host; where its authority alone is not known, name that: \
                         ca = \"authority.pem\"",
            },
            None => NoAnswer::of(error.to_string()),
        }
    }
}
