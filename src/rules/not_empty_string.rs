//! Rows with a text that says nothing.

use serde::Deserialize;

use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape};
use super::row::{self, Probed};
use super::violation::{Planned, Violation};

/// A column whose texts must say something.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotEmptyString {
    column: Name,
    #[serde(default = "super::kind::yes")]
    trim: bool,
    #[serde(default = "super::kind::yes")]
    null_ok: bool,
}

impl Kind for NotEmptyString {
    const NAME: &'static str = "not_empty_string";
    const SUMMARY: &'static str = "rows whose text is empty or blank";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("column", Shape::COLUMN, "the column"),
        Parameter::optional(
            "trim",
            Shape::Flag,
            "true",
            "whether a text of blanks, tabs and line ends alone counts as empty",
        ),
        Parameter::optional("null_ok", Shape::Flag, "true", "whether NULL is accepted"),
    ];

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.column(&self.column, complaints);
    }

    fn about(&self) -> Vec<&str> {
        vec![self.column.get_ref()]
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        Violation::values(scope, &self.column, &["''".to_owned()])
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let text = match row::is_bytea(scope, &self.column) {
            true => format!("pg_catalog.encode({}, 'escape')", row::cell(&self.column)),
            false => row::text(&self.column),
        };
        let condition = match self.trim {
            // No-break and zero-width spaces look as empty as the others do.
            true => format!("{text} ~ '^[\\s\\u00a0\\u200b\\ufeff]*$'"),
            false => format!("{text} = ''"),
        };
        Ok(row::probe(condition, &[&self.column], self.null_ok, "rows with an empty text"))
    }
}
