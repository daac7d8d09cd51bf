//! Environment variables: there, not there, of a form. Their values are never shown: one may be a password.

use serde::Deserialize;

use super::bench::Bench;
use super::kind::{Finding, Kind, Outcome, Unmeasured};
use crate::declaration::{Complaints, Name, Parameter};

/// Variables that must be there and not empty, must not be there, or must have one of some beginnings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Env {
    #[serde(default)]
    present: Vec<Name>,
    #[serde(default)]
    absent: Vec<Name>,
    #[serde(default)]
    starts_with: std::collections::BTreeMap<String, Vec<String>>,
}

impl Kind for Env {
    const NAME: &'static str = "env";
    const SUMMARY: &'static str = "environment variables are there, are not there, or begin as they must";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("present", "[]", "variables that are set and not empty"),
        Parameter::optional("absent", "[]", "variables that are not set, or empty"),
        Parameter::optional(
            "starts_with",
            "{}",
            "for a variable, the texts one of which its value begins with: `{ DATABASE_URL = [\"postgresql://\"] }`",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        if self.present.is_empty() && self.absent.is_empty() && self.starts_with.is_empty() {
            complaints.add(0..0, "env names no variable; nothing would be checked");
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
        for (name, beginnings) in &self.starts_with {
            let (outcome, measured) = match value(name) {
                Some(value) if beginnings.iter().any(|start| value.starts_with(start)) => {
                    (Outcome::Holds, "as expected")
                }
                Some(_) => (Outcome::Violated, "it begins otherwise (values are not shown)"),
                None => (Outcome::Violated, "not set, or empty"),
            };
            let expected = format!("begins with {}", beginnings.join(" or "));
            findings.push(Finding::new(outcome, expected, measured).about(name).remedy(format!("set {name} anew")));
        }
        Ok(findings)
    }
}
