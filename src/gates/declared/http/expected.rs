//! What an answer must be.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::answer::Answer;

/// One status or several.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected a status or a list of them: 200, [200, 204]")]
pub(crate) enum Status {
    One(u16),
    Several(Vec<u16>),
}

impl Default for Status {
    fn default() -> Status {
        Status::One(200)
    }
}

impl Status {
    pub(super) fn allows(&self, status: u16) -> bool {
        match self {
            Status::One(one) => *one == status,
            Status::Several(several) => several.contains(&status),
        }
    }

    pub(super) fn words(&self) -> String {
        match self {
            Status::One(one) => format!("status {one}"),
            Status::Several(several) => {
                format!("status {}", several.iter().map(u16::to_string).collect::<Vec<_>>().join(" or "))
            }
        }
    }
}

/// A value that JSON must have at a place (a JSON Pointer, RFC 6901), or that must be there whatever it is.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct Values(pub(super) BTreeMap<String, toml::Value>);

/// What numbers in JSON may be at most, by their places.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Limits(BTreeMap<String, f64>);

impl Limits {
    /// What is above its limit, or is no number.
    pub(super) fn wrong(&self, answer: &Answer) -> Vec<String> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let json = match answer.json() {
            Ok(json) => json,
            Err(problem) => return vec![problem],
        };
        let one = |(pointer, limit): (&String, &f64)| match json.pointer(pointer) {
            None => Some(format!("json {pointer} is not there")),
            Some(found) => match found.as_f64() {
                Some(number) if number <= *limit => None,
                _ => Some(format!("json {pointer} is {}, not at most {limit}", shown(found))),
            },
        };
        self.0.iter().filter_map(one).collect()
    }

    pub(super) fn words(&self) -> impl Iterator<Item = String> + '_ {
        self.0.iter().map(|(pointer, limit)| format!("json {pointer} at most {limit}"))
    }
}

impl Values {
    /// What is not as it must be. Texts found are never shown: each may be a secret.
    pub(super) fn wrong(&self, answer: &Answer) -> Vec<String> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let json = match answer.json() {
            Ok(json) => json,
            Err(problem) => return vec![problem],
        };
        let one = |(pointer, expected): (&String, &toml::Value)| match json.pointer(pointer) {
            None => Some(format!("json {pointer} is not there")),
            Some(found) if is(expected, found) => None,
            Some(found) => Some(format!("json {pointer} is {}, not {}", shown(found), expected)),
        };
        self.0.iter().filter_map(one).collect()
    }
}

/// `"*"` stands for any value that is there.
fn is(expected: &toml::Value, found: &Value) -> bool {
    match (expected, found) {
        (toml::Value::String(text), found) if text == "*" => !found.is_null(),
        (toml::Value::String(text), Value::String(found)) => text == found,
        (toml::Value::Integer(number), Value::Number(found)) => found.as_i64() == Some(*number),
        (toml::Value::Float(number), Value::Number(found)) => found.as_f64() == Some(*number),
        (toml::Value::Boolean(flag), Value::Bool(found)) => flag == found,
        _ => false,
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => format!("a text of {} bytes", text.len()),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(fields) => format!("an object of {} fields", fields.len()),
    }
}
