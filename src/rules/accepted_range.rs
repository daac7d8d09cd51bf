//! Rows whose value lies outside of bounds.

use serde::Deserialize;
use toml::Spanned;

use crate::db::{Column, SqlError, quote_literal};

use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape};
use super::probe::{Measure, Probe};
use super::scalar::Scalar;
use super::violation::{self, Planned, Violation};

/// A column whose values must lie between two bounds, or on one side of one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcceptedRange {
    column: Name,
    min: Option<Spanned<Scalar>>,
    max: Option<Spanned<Scalar>>,
    #[serde(default = "super::kind::yes")]
    inclusive: bool,
    #[serde(default = "super::kind::yes")]
    null_ok: bool,
}

impl Kind for AcceptedRange {
    const NAME: &'static str = "accepted_range";
    const SUMMARY: &'static str = "rows whose value lies outside of bounds, or is NaN";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("column", Shape::COLUMN, "the column"),
        Parameter::optional(
            "min",
            Shape::SCALAR,
            "none",
            "the lower bound: a number, or a text in the form of the column's type",
        ),
        Parameter::optional("max", Shape::SCALAR, "none", "the upper bound; at least one of the two must be given"),
        Parameter::optional("inclusive", Shape::Flag, "true", "whether the bounds themselves are accepted"),
        Parameter::optional("null_ok", Shape::Flag, "true", "whether NULL is accepted"),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        if self.min.is_none() && self.max.is_none() {
            complaints.add(self.column.span(), "accepted_range needs min, max or both");
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        let Some(column) = scope.column(&self.column, complaints) else { return };
        for bound in [&self.min, &self.max].into_iter().flatten() {
            if let Some(misfit) = bound.get_ref().misfit(column) {
                complaints.add(bound.span(), misfit);
            }
        }
    }

    fn about(&self) -> Vec<&str> {
        vec![self.column.get_ref()]
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let Some(column) = scope.known(&self.column) else { return violation::none("it has no column") };
        let past = |bound: &Option<Spanned<Scalar>>, by| {
            let bound = bound.as_ref()?;
            // A fraction may bound whole numbers.
            let of = if column.base_category == 'N' { "numeric" } else { column.base_type.as_str() };
            let literal = format!("{}::{of}", quote_literal(&bound.get_ref().text));
            violation::further(column, &literal, by)
        };
        let values: Vec<String> = [past(&self.min, "-1"), past(&self.max, "1")].into_iter().flatten().collect();
        match values.is_empty() {
            true => violation::none("no value beyond the bounds is known of the column's type"),
            false => Violation::values(scope, &self.column, &values),
        }
    }

    fn probe(&self, scope: &Scope<'_>) -> Result<Probe, SqlError> {
        let violates = scope.known(&self.column).map(|column| self.condition(column)).unwrap_or_default();
        let shows = vec![self.column.get_ref().clone()];
        Ok(Probe { noun: format!("rows {}", self.outside()), measure: Measure::Rows { violates, shows, fused: true } })
    }
}

impl AcceptedRange {
    fn condition(&self, column: &Column) -> String {
        let value = format!("t.{}", column.quoted());
        let (below, above) = if self.inclusive { ("<", ">") } else { ("<=", ">=") };
        let mut conditions = Vec::new();
        if let Some(min) = &self.min {
            conditions.push(format!("{value} {below} {}", min.get_ref().sql(column)));
        }
        if let Some(max) = &self.max {
            conditions.push(format!("{value} {above} {}", max.get_ref().sql(column)));
        }
        // PostgreSQL sorts NaN above every number, infinity included: with a lower bound alone it would pass. An upper
        // bound finds it, unless it is NaN itself.
        let max_finds_nan = self.max.as_ref().is_some_and(|max| !max.get_ref().text.trim().eq_ignore_ascii_case("nan"));
        if matches!(column.base_type.as_str(), "numeric" | "float4" | "float8") && !max_finds_nan {
            conditions.push(format!("{value} = 'NaN'"));
        }
        if !self.null_ok {
            conditions.push(format!("{value} IS NULL"));
        }
        conditions.join(" OR ")
    }

    /// What a violating row is.
    fn outside(&self) -> String {
        let text = |bound: &Option<Spanned<Scalar>>| bound.as_ref().map(|bound| bound.get_ref().text.clone());
        match (text(&self.min), text(&self.max), self.inclusive) {
            (Some(min), Some(max), true) => format!("outside {min} to {max}"),
            (Some(min), Some(max), false) => format!("not above {min} and below {max}"),
            (Some(min), None, true) => format!("below {min}"),
            (Some(min), None, false) => format!("not above {min}"),
            (None, max, true) => format!("above {}", max.unwrap_or_default()),
            (None, max, false) => format!("not below {}", max.unwrap_or_default()),
        }
    }
}
