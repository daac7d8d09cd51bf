//! HTTP: requests in one session, each with the answer it must get and the time it may take.

mod answer;
mod client;
mod expected;
mod kept;
mod request;
mod text;
mod written;

use std::path::PathBuf;

use serde::Deserialize;

use super::bench::Bench;
use super::kind::{Finding, Kind, Unmeasured};
use crate::declaration::{Complaints, Name, Parameter, Shape};

pub(super) use client::Client;
pub(super) use request::Request;
pub(super) use text::{Base, Known};
pub(super) use written::REQUESTS;
pub use written::{REQUEST, REQUEST_PARAMETERS};

/// Requests to one service, one after the other, as one visitor sends them: cookies are kept, and what an answer says
/// can stand in a later request.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Http {
    pub(super) url: Name,
    #[serde(default)]
    pub(super) requests: Vec<Request>,
    pub(super) ca: Option<PathBuf>,
}

impl Kind for Http {
    const NAME: &'static str = "http";
    const SUMMARY: &'static str =
        "a service answers requests of one session as it must, in time, and as it did before the phases";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("url", Shape::URL, "where the service is: `http://localhost:8001`; may hold `${NAME}`"),
        Parameter::optional(
            "requests",
            REQUESTS,
            "one GET of the url",
            "the requests in their order; their own parameters stand below",
        ),
        Parameter::optional(
            "ca",
            Shape::PATH,
            "the system's",
            "a PEM file with the authorities to trust, and no others",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        look_over_url(&self.url, complaints);
        for request in &self.requests {
            request.look_over(complaints);
        }
    }

    fn subject(&self) -> String {
        self.url.get_ref().clone()
    }

    fn compares_with_before(&self) -> bool {
        self.requests.iter().any(Request::is_kept)
    }

    async fn measure(&self, bench: &Bench<'_>) -> Result<Vec<Finding>, Unmeasured> {
        let mut known = Known::new(bench.platform.env.clone());
        let base = self.base(&known)?;
        let authorities = base.authorities(bench.platform, self.ca.as_deref()).await?;
        let client = Client::new(bench.time_left(), authorities.as_ref());
        let mut findings = Vec::new();
        let plain = [Request::default()];
        let requests = if self.requests.is_empty() { &plain } else { self.requests.as_slice() };
        for (index, request) in requests.iter().enumerate() {
            let finding = request.measure(&base, &client, &mut known, bench, index).await?;
            let goes_on = finding.outcome == super::kind::Outcome::Holds;
            findings.push(finding);
            if !goes_on && index + 1 < requests.len() {
                // What follows was meant for a session that got through: it would blame the wrong request.
                findings.push(request.rest_left_out(requests.len() - index - 1));
                break;
            }
        }
        Ok(findings)
    }
}

impl Http {
    /// Where the service is.
    pub(super) fn base(&self, known: &Known) -> Result<Base, Unmeasured> {
        known.base(self.url.get_ref()).map_err(Unmeasured::new)
    }
}

/// What is wrong with the url of a service; what a variable in it says is known when it is measured.
pub(super) fn look_over_url(name: &Name, complaints: &mut Complaints) {
    let url = name.get_ref();
    if text::holds_password(url) {
        complaints.add(name.span(), "a password does not belong in a url; put a header with ${VARIABLE}");
    } else if !text::is_http(url) && !url.contains("${") {
        complaints.add(name.span(), format!("the url is {url:?}; it begins with http:// or https://"));
    }
}
