//! Rows with a number or a time that is none.

use serde::Deserialize;

use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape};
use super::row::{self, Probed};
use super::violation::{Planned, Violation};

/// A column whose values must be finite.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Finite {
    column: Name,
    #[serde(default = "super::kind::yes")]
    null_ok: bool,
}

impl Kind for Finite {
    const NAME: &'static str = "finite";
    const SUMMARY: &'static str = "rows with NaN or an infinity";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("column", Shape::COLUMN, "the column: a number, date or timestamp"),
        Parameter::optional("null_ok", Shape::Flag, "true", "whether NULL is accepted"),
    ];

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        let Some(column) = scope.column(&self.column, complaints) else { return };
        if !matches!(column.base_type.as_str(), "numeric" | "float4" | "float8" | "date" | "timestamp" | "timestamptz")
        {
            let message = format!("column {} is {}, which is always finite", column.name, column.type_name);
            complaints.add(self.column.span(), message);
        }
    }

    fn about(&self) -> Vec<&str> {
        vec![self.column.get_ref()]
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let is_time = scope.known(&self.column).is_some_and(|column| column.base_category == 'D');
        let value = if is_time { "'infinity'" } else { "'NaN'" };
        Violation::values(scope, &self.column, &[value.to_owned()])
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let cell = row::cell(&self.column);
        let is_time = scope.known(&self.column).is_some_and(|column| column.base_category == 'D');
        // By text: numeric has infinities from PostgreSQL 14 on, and 13 would refuse the literal.
        let condition = match is_time {
            true => format!("NOT pg_catalog.isfinite({cell})"),
            false => format!("{cell}::text IN ('NaN', 'Infinity', '-Infinity')"),
        };
        Ok(row::probe(condition, &[&self.column], self.null_ok, "rows that are not finite"))
    }
}
