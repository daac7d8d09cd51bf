//! TLS: it is used, it is new enough, the certificate is one that a client may trust, and it stays so for a while.
//!
//! The driver and the HTTP client accept a certificate or refuse it. Here the server is asked for it once more, by a
//! handshake of our own that accepts every one, and what the verifier says of it is a finding.

mod certificate;
mod findings;
mod handshake;
mod hidden;
mod place;
mod session;
mod trust;

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::authorities::Authorities;
use super::bench::Bench;
use super::http::Known;
use super::kind::{Finding, Kind, Unmeasured};
use crate::declaration::{Complaints, Name, Parameter, Shape};

use findings::Demands;
use handshake::Speaks;
use hidden::Hidden;
use place::{Host, Place};
use trust::Trust;

pub(super) use trust::reason;

/// TLS of the database, or of a service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    #[serde(default = "database")]
    of: Name,
    #[serde(default)]
    min_version: Version,
    #[serde(default = "days")]
    days_left: u32,
    ca: Option<PathBuf>,
    #[serde(default)]
    verify: Verify,
}

/// The versions that are left of TLS, the older first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
enum Version {
    #[default]
    #[serde(rename = "1.2")]
    V12,
    #[serde(rename = "1.3")]
    V13,
}

/// How much is demanded of a certificate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Verify {
    /// A trusted authority signed it, and it is made out to the host.
    #[default]
    Full,
    /// A trusted authority signed it.
    Ca,
    /// Nothing but its dates.
    None,
}

/// More than a certificate is given.
const MOST_DAYS: u32 = 36_500;

fn database() -> Name {
    toml::Spanned::new(0..0, place::DATABASE.to_owned())
}

fn days() -> u32 {
    14
}

impl Kind for Tls {
    const NAME: &'static str = "tls";
    const SUMMARY: &'static str =
        "connections are encrypted by a version that is new enough, with a certificate that is trusted and stays valid";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional(
            "of",
            Shape::TEXT,
            "\"database\"",
            "whose TLS: `database`, `host:port`, or `https://host`; may hold `${NAME}`",
        ),
        Parameter::optional(
            "min_version",
            Shape::Word(&["1.2", "1.3"]),
            "\"1.2\"",
            "the oldest version that may be agreed on: `1.2` or `1.3`",
        ),
        Parameter::optional(
            "days_left",
            Shape::Whole { least: 0, most: MOST_DAYS as i64 },
            "14",
            "how many days the certificate must stay valid",
        ),
        Parameter::optional(
            "ca",
            Shape::PATH,
            "sslrootcert of the database, else the system's",
            "a PEM file with the authorities to trust, and no others",
        ),
        Parameter::optional(
            "verify",
            Shape::Word(&["full", "ca", "none"]),
            "\"full\"",
            "`full`: a trusted authority signed it and it is made out to the host; `ca`: a trusted authority signed it; \
             `none`: its dates alone",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        // What a variable says is known when it is measured.
        if !self.is_told_by_variable()
            && let Err(problem) = Place::read(self.of.get_ref())
        {
            complaints.add(self.of.span(), problem);
        }
        if self.verify == Verify::None && self.ca.is_some() {
            complaints.add(0..0, "ca is not used with verify = \"none\"; leave one of them out");
        }
    }

    fn subject(&self) -> String {
        format!("TLS of {}", if self.of.get_ref() == place::DATABASE { "the database" } else { self.of.get_ref() })
    }

    async fn measure(&self, bench: &Bench<'_>) -> Result<Vec<Finding>, Unmeasured> {
        match self.place(bench)? {
            Place::Database => self.database(bench).await,
            Place::Service(host) => {
                let seen = self.service(&host, bench).await;
                if self.is_told_by_variable() { Hidden::new(&host, self.of.get_ref()).within(seen) } else { seen }
            }
        }
    }
}

impl Tls {
    fn is_told_by_variable(&self) -> bool {
        self.of.get_ref().contains("${")
    }

    fn place(&self, bench: &Bench<'_>) -> Result<Place, Unmeasured> {
        let of = self.of.get_ref();
        if !self.is_told_by_variable() {
            return Place::read(of).map_err(Unmeasured::new);
        }
        let remedy = "set the variable to host:port or https://host";
        let told =
            Known::new(bench.platform.env.clone()).expand(of).map_err(|no| Unmeasured::new(no).remedy(remedy))?;
        Place::read(&told).map_err(|_| {
            // Its value is not told.
            let reason = format!("what {of} stands for is neither database nor host:port nor https://host");
            Unmeasured::new(reason).remedy(remedy)
        })
    }

    /// The session that phasegate itself works in, then the certificate of every host that it may reach.
    async fn database(&self, bench: &Bench<'_>) -> Result<Vec<Finding>, Unmeasured> {
        let spec = &bench.platform.spec;
        let hosts = place::hosts_of(spec)?;
        let trust = self.trust(bench, spec.ssl_root_cert.as_deref()).await?;
        let mut findings = session::findings(bench, self.min_version).await;
        for host in &hosts {
            let limit = match spec.connect_timeout_ms {
                0 => bench.time_left(),
                ms => Duration::from_millis(ms),
            };
            let asked = tokio::time::timeout(limit, handshake::with(host, Speaks::PostgreSql)).await;
            let seen = asked.unwrap_or_else(|_| {
                Err(handshake::Failed::Unknown(format!("no answer within {} ms", limit.as_millis())))
            });
            findings.extend(findings::of_database_host(host, seen, &self.demands(trust.as_ref())));
        }
        Ok(findings)
    }

    async fn service(&self, host: &Host, bench: &Bench<'_>) -> Result<Vec<Finding>, Unmeasured> {
        let trust = self.trust(bench, None).await?;
        let seen = handshake::with(host, Speaks::Tls).await;
        findings::of_service(host, seen, &self.demands(trust.as_ref()))
    }

    /// Who is trusted; nobody is asked for where nothing is verified.
    async fn trust(&self, bench: &Bench<'_>, given: Option<&std::path::Path>) -> Result<Option<Trust>, Unmeasured> {
        if self.verify == Verify::None {
            return Ok(None);
        }
        let authorities = match (&self.ca, given) {
            (None, Some(path)) => Authorities::of_file(path, path.display().to_string()).await?,
            (ca, _) => bench.platform.authorities(ca.as_deref()).await?,
        };
        Ok(Some(authorities.into()))
    }

    fn demands<'a>(&self, trust: Option<&'a Trust>) -> Demands<'a> {
        Demands { version: self.min_version, days: self.days_left, trust, name: self.verify == Verify::Full }
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Version::V12 => "TLS 1.2",
            Version::V13 => "TLS 1.3",
        })
    }
}
