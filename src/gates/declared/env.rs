//! Environment variables: there, not there, of a form. Their values are never shown: one may be a password.

mod pattern;

use std::collections::BTreeMap;

use serde::Deserialize;

use super::bench::Bench;
use super::kind::{Finding, Kind, Outcome, Unmeasured};
use crate::declaration::{Complaints, Form, Name, Parameter, Shape};

/// Variables that must be there and not empty, must not be there, or must have one of some beginnings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Env {
    #[serde(default)]
    present: Vec<Name>,
    #[serde(default)]
    absent: Vec<Name>,
    #[serde(default)]
    starts_with: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pattern: BTreeMap<String, Name>,
    #[serde(default)]
    min_length: BTreeMap<String, usize>,
}

impl Kind for Env {
    const NAME: &'static str = "env";
    const SUMMARY: &'static str = "environment variables are there, are not there, or begin as they must";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional(
            "present",
            Shape::List { of: &Shape::Text(Form::Named("variable", "variables")), least: 0 },
            "[]",
            "variables that are set and not empty",
        ),
        Parameter::optional(
            "absent",
            Shape::List { of: &Shape::Text(Form::Named("variable", "variables")), least: 0 },
            "[]",
            "variables that are not set, or empty",
        ),
        Parameter::optional(
            "starts_with",
            Shape::Map { names: Form::Any, of: &Shape::TEXTS, least: 0 },
            "{}",
            "for a variable, the texts one of which its value begins with: `{ DATABASE_URL = [\"postgresql://\"] }`",
        ),
        Parameter::optional(
            "pattern",
            Shape::Map { names: Form::Any, of: &Shape::TEXT, least: 0 },
            "{}",
            "for a variable, the form of its whole value: `*` is any text, `?` any character, `#` a number of digits: `{ PORT = \"#\" }`",
        ),
        Parameter::optional(
            "min_length",
            Shape::Map { names: Form::Any, of: &Shape::COUNT, least: 0 },
            "{}",
            "for a variable, how many characters its value has at least",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        let of_form = self.starts_with.len() + self.pattern.len() + self.min_length.len();
        if self.present.is_empty() && self.absent.is_empty() && of_form == 0 {
            complaints.add(0..0, "env names no variable; nothing would be checked");
        }
        if let Some((name, _)) = self.starts_with.iter().find(|(_, starts)| starts.iter().any(String::is_empty)) {
            complaints.add(0..0, format!("starts_with of {name}: every text begins with \"\"; name it under present"));
        }
        for (name, pattern) in self.pattern.iter().filter(|(_, pattern)| pattern.get_ref().trim_matches('*').is_empty())
        {
            complaints.add(pattern.span(), format!("pattern of {name}: every text is of it; name it under present"));
        }
        for name in &self.absent {
            if self.present.iter().any(|other| other.get_ref() == name.get_ref()) {
                complaints.add(name.span(), format!("{} is both present and absent", name.get_ref()));
            }
        }
    }

    fn subject(&self) -> String {
        "environment".into()
    }

    async fn measure(&self, bench: &Bench<'_>) -> Result<Vec<Finding>, Unmeasured> {
        let value = |name: &str| bench.platform.env.get(name);
        let mut findings = Vec::new();
        for name in self.present.iter().map(Name::get_ref) {
            let is_there = value(name).is_some();
            let finding =
                Finding::new(Outcome::of(is_there), "set", if is_there { "set" } else { "not set, or empty" });
            findings.push(finding.about(name.as_str()).remedy(format!("set {name} for whoever runs phasegate")));
        }
        for name in self.absent.iter().map(Name::get_ref) {
            let is_there = value(name).is_some();
            let finding = Finding::new(Outcome::of(!is_there), "not set", if is_there { "set" } else { "not set" });
            findings.push(finding.about(name.as_str()).remedy(format!("unset {name}")));
        }
        let of_form = |name: &String, expected: String, holds: &dyn Fn(&str) -> bool, otherwise: &str| {
            let (outcome, measured) = match value(name) {
                Some(value) if holds(value) => (Outcome::Holds, "as expected".to_owned()),
                Some(_) => (Outcome::Violated, format!("{otherwise} (values are not shown)")),
                None => (Outcome::Violated, "not set, or empty".to_owned()),
            };
            Finding::new(outcome, expected, measured).about(name).remedy(format!("set {name} anew"))
        };
        for (name, starts) in &self.starts_with {
            let holds = |value: &str| starts.iter().any(|start| value.starts_with(start));
            findings.push(of_form(name, format!("begins with {}", starts.join(" or ")), &holds, "it begins otherwise"));
        }
        for (name, pattern) in &self.pattern {
            let pattern = pattern.get_ref();
            let holds = |value: &str| pattern::matches(pattern, value);
            findings.push(of_form(name, format!("of the form {pattern}"), &holds, "it is of another form"));
        }
        for (name, least) in &self.min_length {
            let holds = |value: &str| value.chars().count() >= *least;
            findings.push(of_form(name, format!("at least {least} characters"), &holds, "it is shorter"));
        }
        Ok(findings)
    }
}
