//! A column with too many NULLs, or too few.

use serde::Deserialize;
use toml::Spanned;

use super::figure::{self, Bounds};
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape};
use super::row::{self, Probed};
use super::scalar::Scalar;
use super::violation::{self, Planned, Violation};

/// The share of NULLs in a column, in percent, that is accepted.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NullRate {
    column: Name,
    min: Option<Spanned<Scalar>>,
    max: Option<Spanned<Scalar>>,
}

/// A share in percent; as a text it keeps its digits.
const SHARE: Shape = Shape::Either(&[Shape::PERCENT, Shape::DECIMAL]);

impl Kind for NullRate {
    const NAME: &'static str = "null_rate";
    const TAKES_THRESHOLD: bool = false;
    const HAS_FIGURE: bool = true;
    const SUMMARY: &'static str = "a column whose share of NULLs lies outside of bounds";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("column", Shape::COLUMN, "the column"),
        Parameter::optional("min", SHARE, "none", "the least share that is accepted, in percent"),
        Parameter::optional(
            "max",
            SHARE,
            "none",
            "the greatest; at least one of the two must be given, or `compare_to`",
        ),
    ];

    fn unbounded(&self) -> Option<std::ops::Range<usize>> {
        self.limits().are_open().then(|| self.column.span())
    }

    fn look_over(&self, complaints: &mut Complaints) {
        self.limits().look_over(complaints);
        for bound in [&self.min, &self.max].into_iter().flatten() {
            if !bound.get_ref().text.parse::<f64>().is_ok_and(|share| (0.0..=100.0).contains(&share)) {
                complaints.add(bound.span(), "a share lies between 0 and 100 percent");
            }
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.column(&self.column, complaints);
    }

    fn about(&self) -> Vec<&str> {
        vec![self.column.get_ref()]
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let max = self.max.as_ref().and_then(|max| max.get_ref().text.parse::<f64>().ok());
        let is_too_much = max.is_some_and(|max| max < 100.0);
        match is_too_much || self.limits().are_open() {
            true => Violation::of([scope.set_all(self.column.get_ref(), "NULL")]),
            false => violation::none("values in place of its NULLs are not known"),
        }
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let nulls =
            format!("pg_catalog.count(*) FILTER (WHERE ({}) AND {} IS NULL)", scope.filter(), row::cell(&self.column));
        let all = format!("nullif({}, 0)", figure::over(scope, "pg_catalog.count(*)"));
        let value = format!("(100.0 * {nulls} / {all})");
        let holds = self.limits().hold(&value, |bound| format!("({})", bound.text));
        // What is compared must be whole.
        let is_compared = scope.rule.compare_to.is_some();
        let value = if is_compared { value } else { format!("pg_catalog.round({value}, 4)") };
        Ok(figure::probe(format!("percent of NULLs: {}", self.limits().words()), value, holds, false))
    }
}

impl NullRate {
    fn limits(&self) -> Bounds<'_> {
        Bounds { min: self.min.as_ref(), max: self.max.as_ref() }
    }
}
