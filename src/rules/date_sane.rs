//! Rows with a date that cannot be meant.

use serde::Deserialize;
use toml::Spanned;

use crate::db::quote_literal;

use super::kind::{Complaints, Form, Kind, Name, Parameter, Scope, Shape};
use super::row::{self, Probed};
use super::violation::{Planned, Violation};

/// A column of dates or times that lie in a plausible span.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DateSane {
    column: Name,
    #[serde(default = "earliest")]
    min: Spanned<String>,
    max: Option<Spanned<String>>,
    #[serde(default)]
    infinity_ok: bool,
    #[serde(default = "super::kind::yes")]
    null_ok: bool,
}

fn earliest() -> Spanned<String> {
    Spanned::new(0..0, "1900-01-01".to_owned())
}

impl Kind for DateSane {
    const NAME: &'static str = "date_sane";
    const SUMMARY: &'static str = "rows with a date outside of a plausible span";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("column", Shape::COLUMN, "the column: date, timestamp or timestamptz"),
        Parameter::optional("min", Shape::Text(Form::Date), "\"1900-01-01\"", "the first date that is plausible"),
        Parameter::optional(
            "max",
            Shape::Text(Form::DateOrNow),
            "\"now\"",
            "the last one; `now` is the server's clock when the snapshot was taken",
        ),
        Parameter::optional("infinity_ok", Shape::Flag, "false", "whether infinity and -infinity are accepted"),
        Parameter::optional("null_ok", Shape::Flag, "true", "whether NULL is accepted"),
    ];

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        let Some(column) = scope.column(&self.column, complaints) else { return };
        if !matches!(column.base_type.as_str(), "date" | "timestamp" | "timestamptz") {
            let message = format!("column {} is {}, not a date or timestamp", column.name, column.type_name);
            complaints.add(self.column.span(), message);
        }
    }

    fn about(&self) -> Vec<&str> {
        vec![self.column.get_ref()]
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        Violation::values(scope, &self.column, &[format!("{}::date - 1", quote_literal(self.min.get_ref()))])
    }

    fn probe(&self, _scope: &Scope<'_>) -> Probed {
        let cell = row::cell(&self.column);
        let max = self.max.as_ref().map_or("now", |max| max.get_ref());
        let above = match max {
            "now" => format!("{cell} > pg_catalog.now()"),
            // The whole of the last day belongs to it.
            date => format!("{cell} >= {}::date + 1", quote_literal(date)),
        };
        let outside = format!("{cell} < {}::date OR {above}", quote_literal(self.min.get_ref()));
        let condition = format!("CASE WHEN pg_catalog.isfinite({cell}) THEN {outside} ELSE {} END", !self.infinity_ok);
        // NULL is neither finite nor infinite, and CASE would take it for the latter.
        let condition = format!("{cell} IS NOT NULL AND {condition}");
        let noun = format!("rows outside {} to {max}", self.min.get_ref());
        Ok(row::probe(condition, &[&self.column], self.null_ok, noun))
    }
}
