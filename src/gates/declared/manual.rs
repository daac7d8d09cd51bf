//! What no machine can check: a named person looks, and says so in a file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use time::OffsetDateTime;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::bench::Bench;
use super::gate::{accepted_ms, millis};
use super::kind::{Finding, Kind, Outcome, Unmeasured};
use crate::declaration::{Complaints, Form, Name, Parameter, Shape, Source, fits};

/// A check by a person.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manual {
    question: Name,
    #[serde(default = "confirmations")]
    file: PathBuf,
    #[serde(default)]
    by: Vec<String>,
    max_age: Option<Name>,
}

fn confirmations() -> PathBuf {
    CONFIRMATIONS_FILE.into()
}

/// What a person wrote down.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirmation {
    by: String,
    at: toml::value::Datetime,
    #[serde(default = "yes")]
    holds: bool,
    #[serde(default)]
    note: String,
}

/// The name of the file of confirmations, where no gate names another.
const CONFIRMATIONS_FILE: &str = "confirmations.toml";

/// What stands in that file.
pub const CONFIRMATIONS: Shape = Shape::Map { names: Form::Id, of: &CONFIRMATION, least: 0 };

/// What a person wrote down: the value of `[<gate id>]`.
const CONFIRMATION: Shape = Shape::Table(&[
    Parameter::required("by", Shape::TEXT, "who has looked"),
    Parameter::required("at", Shape::Moment, "when, with its zone: 2026-01-31T12:00:00Z"),
    Parameter::optional("holds", Shape::Flag, "true", "whether it is so"),
    Parameter::optional("note", Shape::TEXT, "none", "what there was to see"),
]);

fn yes() -> bool {
    true
}

impl Kind for Manual {
    const NAME: &'static str = "manual";
    const SUMMARY: &'static str = "a named person has looked and confirmed it";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("question", Shape::TEXT, "what the person is to look at, and what must be so"),
        Parameter::optional(
            "file",
            Shape::PATH,
            "\"confirmations.toml\"",
            "where confirmations stand, one table a gate: `[gate_id]` with `by`, `at` (a date with time and zone), `holds`, `note`",
        ),
        Parameter::optional("by", Shape::TEXTS, "anybody", "who may confirm it"),
        Parameter::optional("max_age", Shape::TIME, "none", "how long ago it may have been confirmed: `48h`"),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        if self.question.get_ref().trim().is_empty() {
            complaints.add(self.question.span(), "the question is empty");
        }
        if let Some(age) = &self.max_age {
            millis(age, complaints);
        }
    }

    fn subject(&self) -> String {
        "a person".into()
    }

    async fn measure(&self, bench: &Bench<'_>) -> Result<Vec<Finding>, Unmeasured> {
        let path = bench.path(&self.file);
        let nobody = || {
            let who = if self.by.is_empty() { "your name".to_owned() } else { self.by.join(" or ") };
            Unmeasured::new(format!("nobody has confirmed it: {}", self.question.get_ref())).remedy(format!(
                "look, then write into {}: [{}] by = \"{who}\", at = 2026-01-31T12:00:00Z",
                self.file.display(),
                bench.gate
            ))
        };
        let text = match tokio::fs::read_to_string(&path).await {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(nobody()),
            Err(error) => return Err(Unmeasured::new(format!("{}: {error}", path.display()))),
        };
        let mut all = read(Source { name: self.file.display().to_string(), text })?;
        let said = all.remove(bench.gate).filter(|said| !said.by.trim().is_empty()).ok_or_else(nobody)?;
        let at = OffsetDateTime::parse(&said.at.to_string(), &time::format_description::well_known::Rfc3339).map_err(
            |_| Unmeasured::new(format!("at = {} is no date with time and zone: 2026-01-31T12:00:00Z", said.at)),
        )?;
        let age = OffsetDateTime::now_utc() - at;
        if age.is_negative() {
            return Err(Unmeasured::new(format!("it was confirmed at {}, which is in the future", said.at)));
        }
        if !self.by.is_empty() && !self.by.contains(&said.by) {
            return Err(Unmeasured::new(format!(
                "{} has confirmed it, who is not among {}",
                said.by,
                self.by.join(", ")
            )));
        }
        let limit = self.max_age.as_ref().map(accepted_ms);
        if limit.is_some_and(|limit| age.whole_milliseconds() > i128::from(limit)) {
            return Err(Unmeasured::new(format!("{} confirmed it at {}: too long ago", said.by, said.at)));
        }
        let note = if said.note.is_empty() { String::new() } else { format!(": {}", said.note) };
        let word = if said.holds { "confirmed" } else { "denied" };
        let measured = format!("{} {word} it at {}{note}", said.by, said.at);
        Ok(vec![
            Finding::new(Outcome::of(said.holds), self.question.get_ref().as_str(), measured)
                .about("a person")
                .remedy("see the note"),
        ])
    }
}

/// What persons have confirmed, by the id of the gate.
///
/// # Errors
/// Everything that is wrong with the file, at its line and column.
fn read(source: Source) -> Result<BTreeMap<String, Confirmation>, Unmeasured> {
    let mut complaints = Complaints::default();
    match DeTable::parse(&source.text) {
        Ok(file) => {
            let file = Spanned::new(file.span(), DeValue::Table(file.into_inner()));
            fits(&file, &CONFIRMATIONS, "", &mut complaints);
        }
        Err(error) => complaints.add(error.span().unwrap_or(0..0), error.message().replace('\n', "; ")),
    }
    let told: Vec<String> =
        complaints.0.into_iter().map(|(span, message)| source.problem(&span, message).to_string()).collect();
    if told.is_empty() {
        return toml::from_str(&source.text)
            .map_err(|error| Unmeasured::new(format!("{}: {}", source.name, error.message().replace('\n', " "))));
    }
    Err(Unmeasured::new(told.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declaration::truth::{differences, read_as};

    #[test]
    fn what_is_told_of_a_confirmation_is_what_is_read() {
        let found = differences(&CONFIRMATION, "confirmation", &read_as::<Confirmation>);
        assert!(found.is_empty(), "{}", found.join("\n"));
    }

    #[test]
    fn a_slip_in_a_confirmation_has_its_place() {
        let text = "[a]\nby = \"x\"\nat = \"today\"\nhold = false\n".to_owned();
        let error = read(Source { name: "c.toml".into(), text }).unwrap_err().reason;
        assert!(error.contains("c.toml:3:6: `at` is a text; it takes a date with time and zone"), "{error}");
        assert!(error.contains("c.toml:4:1: unknown parameter `hold`; did you mean holds?"), "{error}");
        let broken = read(Source { name: "c.toml".into(), text: "[a]\nby = \n".to_owned() }).unwrap_err().reason;
        assert!(broken.starts_with("c.toml:2:"), "{broken}");
    }
}
