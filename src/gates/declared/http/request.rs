//! One request, and how its answer is judged.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::bench::Bench;
use super::super::gate::{accepted_ms, millis};
use super::super::kind::{Finding, Outcome, Unmeasured};
use super::answer::Answer;
use super::client::{Client, Sent};
use super::expected::{Limits, Status, Values};
use super::kept::{Kept, hold_against};
use super::text::{Base, Known};
use crate::declaration::{Complaints, Name};

/// A request. `${NAME}` in headers and body stands for what `remember` kept of an earlier answer, else for an environment
/// variable, else, in `${NAME:-text}`, for the text.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Request {
    /// What follows the url of the service.
    pub(crate) path: String,
    method: String,
    headers: BTreeMap<String, String>,
    /// The body as JSON; or as text.
    json: Option<toml::Value>,
    body: Option<String>,
    status: Status,
    max_latency: Option<Name>,
    /// Texts that stand in the answer.
    contains: Vec<String>,
    /// Values of headers.
    expect_headers: BTreeMap<String, String>,
    /// Values in the JSON of the answer, by JSON Pointer; `"*"` stands for any.
    expect_json: Values,
    /// Numbers in the JSON of the answer, by JSON Pointer, and what each may be at most: figures that the service tells.
    max_json: Limits,
    /// Names for values in the JSON of the answer, by JSON Pointer.
    remember: BTreeMap<String, String>,
    /// Whether the answer is kept before the phases and compared after them.
    same_as_before: bool,
    /// Places in JSON that may differ then, by JSON Pointer with `*` for any one part.
    ignore: Vec<String>,
}

impl Default for Request {
    fn default() -> Request {
        Request {
            path: String::new(),
            method: "GET".into(),
            headers: BTreeMap::new(),
            json: None,
            body: None,
            status: Status::default(),
            max_latency: None,
            contains: Vec::new(),
            expect_headers: BTreeMap::new(),
            expect_json: Values(BTreeMap::new()),
            max_json: Limits::default(),
            remember: BTreeMap::new(),
            same_as_before: false,
            ignore: Vec::new(),
        }
    }
}

impl Request {
    pub(crate) fn look_over(&self, complaints: &mut Complaints) {
        if self.json.is_some() && self.body.is_some() {
            complaints.add(0..0, "a request has json or a body, not both");
        }
        if !self.ignore.is_empty() && !self.same_as_before {
            complaints.add(0..0, "ignore is for same_as_before = true; without it nothing is compared");
        }
        if let Some(limit) = &self.max_latency {
            millis(limit, complaints);
        }
    }

    /// `GET /dashboard`
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, if self.path.is_empty() { "/" } else { &self.path })
    }

    /// Whether its answer is held against an earlier one.
    pub(crate) fn is_kept(&self) -> bool {
        self.same_as_before
    }

    /// Sends it and judges the answer.
    ///
    /// # Errors
    /// A name that stands for nothing; an answer that could not be held against an earlier one.
    pub(super) async fn measure(
        &self,
        base: &Base,
        client: &Client,
        known: &mut Known,
        bench: &Bench<'_>,
        index: usize,
    ) -> Result<Finding, Unmeasured> {
        let url = format!("{}{}", base.shown, self.path);
        let mut expected = self.expected();
        let answer = match client.send(self.sent(&base.sent, known)?).await {
            Ok(answer) => answer,
            // Nothing was measured: neither that it answers as it must, nor that it does not.
            Err(none) => {
                let reason = none.reason.replace(&base.sent, &base.shown);
                let finding = Finding::new(Outcome::Open, expected, format!("no answer: {reason}"));
                return Ok(finding.about(self.subject(&url)).probe(self.by_hand(&url)).remedy(none.remedy));
            }
        };
        let mut wrong = self.wrong(&answer);
        if wrong.is_empty() {
            wrong.extend(self.remember_all(&answer, known));
        }
        let mut measured = format!("status {} in {:.0} ms", answer.status, answer.took.as_secs_f64() * 1000.0);
        if wrong.is_empty() && self.same_as_before {
            match hold_against(&answer, &self.ignore, bench, index).await? {
                Kept::Now => {
                    expected = self.expected_of_itself();
                    measured.push_str("; kept for the comparison after the phases");
                }
                Kept::Same => measured.push_str("; the same as before the phases"),
                Kept::Differs(places) => {
                    let shown = places.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
                    wrong.push(format!("{} places differ from before the phases: {shown}", places.len()));
                }
            }
        }
        let outcome = Outcome::of(wrong.is_empty());
        if !wrong.is_empty() {
            measured = format!("{measured}; {}", wrong.join("; "));
        }
        Ok(Finding::new(outcome, expected, measured)
            .about(self.subject(&url))
            .probe(self.by_hand(&url))
            .remedy("see the service's log for this request"))
    }

    /// The finding for requests that were not sent since this one got through wrongly.
    pub(super) fn rest_left_out(&self, left: usize) -> Finding {
        let measured = format!("not sent: {left} requests after {} {}", self.method, self.path);
        Finding::new(Outcome::Open, "every request of the session is sent", measured)
    }

    /// The request with every name expanded.
    ///
    /// # Errors
    /// A name that stands for nothing.
    pub(crate) fn sent(&self, base: &str, known: &Known) -> Result<Sent, Unmeasured> {
        let expand = |text: &str| known.expand(text).map_err(Unmeasured::new);
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            headers.push((name.clone(), expand(value)?));
        }
        let body = match (&self.json, &self.body) {
            (Some(json), _) => {
                headers.push(("content-type".into(), "application/json".into()));
                json_text(json, known)?
            }
            (None, Some(body)) => expand(body)?,
            (None, None) => String::new(),
        };
        Ok(Sent { method: self.method.clone(), url: format!("{base}{}", self.path), headers, body: body.into_bytes() })
    }

    /// What of an answer is not as it must be.
    pub(crate) fn wrong(&self, answer: &Answer) -> Vec<String> {
        let mut wrong = Vec::new();
        if !self.status.allows(answer.status) {
            wrong.push(format!("the status is not as expected ({})", self.status.words()));
        }
        if let Some(limit) = self.limit_ms()
            && answer.took.as_secs_f64() * 1000.0 > limit as f64
        {
            wrong.push(format!("it took longer than {limit} ms"));
        }
        for (name, expected) in &self.expect_headers {
            if !answer.header(name).any(|found| found == expected) {
                wrong.push(format!("header {name} is not {expected:?}"));
            }
        }
        let text = String::from_utf8_lossy(&answer.body);
        wrong.extend(
            self.contains
                .iter()
                .filter(|part| !text.contains(part.as_str()))
                .map(|part| format!("the text {part:?} is not in it")),
        );
        wrong.extend(self.expect_json.wrong(answer));
        wrong.extend(self.max_json.wrong(answer));
        wrong
    }

    /// Remembers what later requests need; says what is not there.
    pub(crate) fn remember_all(&self, answer: &Answer, known: &mut Known) -> Vec<String> {
        if self.remember.is_empty() {
            return Vec::new();
        }
        let json = match answer.json() {
            Ok(json) => json,
            Err(problem) => return vec![problem],
        };
        let mut wrong = Vec::new();
        for (name, pointer) in &self.remember {
            match json.pointer(pointer) {
                Some(serde_json::Value::String(text)) => known.remember(name, text.clone()),
                Some(value @ (serde_json::Value::Number(_) | serde_json::Value::Bool(_))) => {
                    known.remember(name, value.to_string());
                }
                _ => wrong.push(format!("json {pointer} holds nothing that could be remembered as {name}")),
            }
        }
        wrong
    }

    fn limit_ms(&self) -> Option<u64> {
        self.max_latency.as_ref().map(accepted_ms)
    }

    fn expected(&self) -> String {
        let of_itself = self.expected_of_itself();
        if self.same_as_before { format!("{of_itself}, the same as before the phases") } else { of_itself }
    }

    /// Without what it is held against.
    fn expected_of_itself(&self) -> String {
        let mut words = vec![self.status.words()];
        words.extend(self.limit_ms().map(|limit| format!("within {limit} ms")));
        words.extend(self.contains.iter().map(|part| format!("with the text {part:?}")));
        words.extend(self.expect_headers.iter().map(|(name, value)| format!("header {name}: {value}")));
        words.extend(self.expect_json.0.iter().map(|(pointer, value)| format!("json {pointer} = {value}")));
        words.extend(self.max_json.words());
        words.join(", ")
    }

    fn subject(&self, url: &str) -> String {
        format!("{} {url}", self.method)
    }

    /// How to ask by hand: without headers and body, which may be secret.
    fn by_hand(&self, url: &str) -> String {
        format!("curl -X {} {url}", self.method)
    }
}

/// TOML as JSON with every text expanded: a name stands for text, so that no value can break out of its quotes.
fn json_text(value: &toml::Value, known: &Known) -> Result<String, Unmeasured> {
    let mut json = serde_json::to_value(value).map_err(|error| Unmeasured::new(error.to_string()))?;
    expand_all(&mut json, known).map_err(Unmeasured::new)?;
    Ok(json.to_string())
}

fn expand_all(value: &mut serde_json::Value, known: &Known) -> Result<(), String> {
    match value {
        serde_json::Value::String(text) => *text = known.expand(text)?,
        serde_json::Value::Array(items) => {
            for item in items {
                expand_all(item, known)?;
            }
        }
        serde_json::Value::Object(fields) => {
            for item in fields.values_mut() {
                expand_all(item, known)?;
            }
        }
        _ => {}
    }
    Ok(())
}
