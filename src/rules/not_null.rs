//! Rows without a value.

use serde::Deserialize;

use toml::Spanned;

use crate::db::{SqlError, quote_literal};

use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape};
use super::probe::{Measure, Probe};
use super::row;
use super::violation::{Planned, Violation};

/// A column that must have a value in every row.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotNull {
    column: Name,
    missing_values: Option<Spanned<Vec<String>>>,
}

impl Kind for NotNull {
    const NAME: &'static str = "not_null";
    const SUMMARY: &'static str = "rows in which a column has no value";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("column", Shape::COLUMN, "the column that must have a value"),
        Parameter::optional(
            "missing_values",
            Shape::List { of: &Shape::TEXT, least: 1 },
            "none",
            "texts that stand for no value, to the letter: `[\"\", \"N/A\", \"unknown\"]`",
        ),
    ];

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.column(&self.column, complaints);
    }

    fn about(&self) -> Vec<&str> {
        vec![self.column.get_ref()]
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        Violation::values(scope, &self.column, &["NULL".to_owned()])
    }

    fn probe(&self, scope: &Scope<'_>) -> Result<Probe, SqlError> {
        // A composite value is `IS NULL` also where all its fields are; a count of the column would not see that.
        let null = format!("{} IS NULL", row::cell(&self.column));
        let Some(missing) = &self.missing_values else {
            return Ok(Probe {
                noun: "nulls".into(),
                measure: Measure::Rows { violates: null, shows: Vec::new(), fused: true },
            });
        };
        let missing: Vec<String> = missing.get_ref().iter().map(|text| quote_literal(text)).collect();
        let violates = format!("{null} OR {} IN ({})", row::letters(scope, &self.column), missing.join(", "));
        let shows = vec![self.column.get_ref().clone()];
        Ok(Probe { noun: "rows without a value".into(), measure: Measure::Rows { violates, shows, fused: true } })
    }
}
