//! A table that nothing was added to for too long.

use serde::Deserialize;
use toml::Spanned;

use crate::db::quote_literal;

use super::figure;
use super::kind::{Complaints, Form, Kind, Name, Parameter, Scope, Shape};
use super::row::{self, Probed};
use super::violation::{Planned, Violation};

/// A column whose newest time must not be too long ago.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Freshness {
    column: Name,
    max_age: Spanned<String>,
    #[serde(default)]
    future_ok: bool,
}

impl Kind for Freshness {
    const NAME: &'static str = "freshness";
    const TAKES_THRESHOLD: bool = false;
    const SUMMARY: &'static str = "a table whose newest row is too old";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("column", Shape::COLUMN, "the column that says when: date, timestamp or timestamptz"),
        Parameter::required(
            "max_age",
            Shape::Text(Form::Age),
            "how old the newest may be: `30 minutes`, `12 hours`, `2 days`, `1 week`",
        ),
        Parameter::optional("future_ok", Shape::Flag, "false", "whether the newest may lie after the server's clock"),
    ];

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        let Some(column) = scope.column(&self.column, complaints) else { return };
        if !matches!(column.base_type.as_str(), "date" | "timestamp" | "timestamptz") {
            let message = format!("column {} is {}, which says no time", column.name, column.type_name);
            complaints.add(self.column.span(), message);
        }
    }

    fn about(&self) -> Vec<&str> {
        vec![self.column.get_ref()]
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let value =
            format!("pg_catalog.now() - {}::interval - interval '2 days'", quote_literal(self.max_age.get_ref()));
        Violation::of([scope.set_all(self.column.get_ref(), &value)])
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let newest = figure::over(scope, &format!("pg_catalog.max({})", row::cell(&self.column)));
        let age = quote_literal(self.max_age.get_ref());
        let mut holds = format!("{newest} >= pg_catalog.now() - {age}::interval");
        // A newest row from the future hides that nothing came since.
        if !self.future_ok {
            holds = format!("{holds} AND {newest} <= pg_catalog.now()");
        }
        let newest = figure::shown(scope, &self.column, newest);
        Ok(figure::probe(format!("newest value at most {} old", self.max_age.get_ref()), newest, holds, false))
    }
}
