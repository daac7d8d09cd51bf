//! Rows whose text does not match a pattern.

use serde::Deserialize;

use crate::db::{quote_ident, quote_literal};

use super::kind::{Complaints, Form, Kind, Name, Parameter, Scope, Shape};
use super::pattern;
use super::row::{self, Probed};
use super::violation::{Planned, Violation};

/// A column whose texts must match a pattern, or must not.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Regex {
    column: Name,
    pattern: Name,
    #[serde(default)]
    negate: bool,
    #[serde(default)]
    ignore_case: bool,
    collate: Option<Name>,
    #[serde(default = "super::kind::yes")]
    null_ok: bool,
}

/// The text that a pattern without anything special in it matches: without anchors and backslashes.
fn plain(pattern: &str) -> String {
    const ANCHORS: [&str; 6] = [r"\m", r"\M", r"\y", r"\A", r"\Z", r"\"];
    let pattern = pattern.trim_start_matches('^').trim_end_matches('$');
    ANCHORS.iter().fold(pattern.to_owned(), |text, anchor| text.replace(anchor, ""))
}

impl Kind for Regex {
    const NAME: &'static str = "regex";
    const SUMMARY: &'static str = "rows whose text does not match a regular expression";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("column", Shape::COLUMN, "the column"),
        Parameter::required(
            "pattern",
            Shape::Text(Form::Named("regular expression", "regular expressions")),
            "PostgreSQL's advanced regular expression; ^ and $ where the whole text is meant",
        ),
        Parameter::optional("negate", Shape::Flag, "false", "whether the rows that match violate instead"),
        Parameter::optional("ignore_case", Shape::Flag, "false", "whether capitals and small letters are one"),
        Parameter::optional(
            "collate",
            Shape::Text(Form::Named("collation", "collations")),
            "\"C\"",
            "the collation that says what a letter is, as `name` or `schema.name`",
        ),
        Parameter::optional("null_ok", Shape::Flag, "true", "whether NULL is accepted"),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        if self.pattern.get_ref().is_empty() {
            complaints.add(self.pattern.span(), "an empty pattern matches every text");
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.column(&self.column, complaints);
        if let Some(collation) = self.collate.as_ref().filter(|_| row::is_bytea(scope, &self.column)) {
            complaints.add(collation.span(), "bytea is looked through byte by byte, and has no collation");
        }
    }

    fn about(&self) -> Vec<&str> {
        vec![self.column.get_ref()]
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        const TEXTS: [&str; 8] = ["'!'", "''", "'phasegate 0'", "'0'", "'a'", "'A'", "'a@b.example'", "'\u{e9}'"];
        let set = |text: &str| scope.set(self.column.get_ref(), text, "true");
        let itself = quote_literal(&plain(self.pattern.get_ref()));
        Violation::guesses(TEXTS.iter().map(|text| set(text)).chain(self.negate.then(|| set(&itself))))
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let letters = match &self.collate {
            None => row::letters(scope, &self.column),
            Some(collation) => {
                let name = collation.get_ref().split('.').map(quote_ident).collect::<Vec<_>>().join(".");
                format!("({}::text COLLATE {name})", row::cell(&self.column))
            }
        };
        let mismatch = pattern::mismatch(&letters, self.pattern.get_ref(), self.ignore_case);
        let (condition, noun) = match self.negate {
            true => (format!("NOT ({mismatch})"), format!("rows that match {}", self.pattern.get_ref())),
            false => (mismatch, format!("rows that do not match {}", self.pattern.get_ref())),
        };
        Ok(row::probe(condition, &[&self.column], self.null_ok, noun))
    }
}
