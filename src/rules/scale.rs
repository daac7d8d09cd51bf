//! Rows with more decimals than there should be.

use serde::Deserialize;

use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape};
use super::row::{self, Probed};
use super::violation::{self, Planned, Violation};

/// A column of numbers with at most so many decimals, as money has them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scale {
    column: Name,
    max: u16,
    #[serde(default = "super::kind::yes")]
    null_ok: bool,
}

impl Kind for Scale {
    const NAME: &'static str = "scale";
    const SUMMARY: &'static str = "rows with more decimals than are accepted";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("column", Shape::COLUMN, "the column: numeric, real or double precision"),
        Parameter::required(
            "max",
            Shape::Whole { least: 0, most: 65_535 },
            "the most decimals that are accepted; zeros at the end do not count",
        ),
        Parameter::optional("null_ok", Shape::Flag, "true", "whether NULL is accepted"),
    ];

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        let Some(column) = scope.column(&self.column, complaints) else { return };
        if !matches!(column.base_type.as_str(), "numeric" | "float4" | "float8") {
            let message = format!("column {} is {}, which has no decimals", column.name, column.type_name);
            complaints.add(self.column.span(), message);
        }
    }

    fn about(&self) -> Vec<&str> {
        vec![self.column.get_ref()]
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let Some(column) = scope.known(&self.column) else { return violation::none("it has no column") };
        if column.type_name.contains(',') || column.type_name.contains('(') {
            return violation::none("the column's type keeps no more decimals than it has");
        }
        Violation::values(
            scope,
            &self.column,
            &[format!("('0.' || pg_catalog.repeat('0', {}) || '1')::{}", self.max, column.base_type)],
        )
    }

    fn probe(&self, _scope: &Scope<'_>) -> Probed {
        let cell = row::cell(&self.column);
        // A float by its text, whose digits are the shortest that read back as the same float.
        let number = format!("{cell}::text::numeric");
        // NaN and the infinities have no decimals to count; `finite` is the rule that finds them.
        let condition = format!(
            "CASE WHEN {cell}::text IN ('NaN', 'Infinity', '-Infinity') THEN false \
             ELSE pg_catalog.scale(pg_catalog.trim_scale({number})) > {} END",
            self.max
        );
        Ok(row::probe(condition, &[&self.column], self.null_ok, format!("rows with more than {} decimals", self.max)))
    }
}
