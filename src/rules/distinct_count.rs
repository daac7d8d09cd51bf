//! A column with too few or too many different values.

use serde::Deserialize;
use toml::Spanned;

use crate::db::Column;

use super::figure::{self, Bounds};
use super::grouped::{Grouped, VALUE};
use super::kind::{Complaints, Form, Kind, Name, Parameter, Scope, Shape};
use super::row::{self, Probed};
use super::scalar::Scalar;
use super::share::Share;
use super::violation::{self, Planned, Violation};

/// How many different values a column must hold.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DistinctCount {
    column: Name,
    min: Option<Spanned<Scalar>>,
    max: Option<Spanned<Scalar>>,
    #[serde(default)]
    null_counts: bool,
}

/// A number of values.
const NUMBER_OF_VALUES: Shape = Shape::Either(&[Shape::COUNT, Shape::Text(Form::Digits)]);

impl Kind for DistinctCount {
    const NAME: &'static str = "distinct_count";
    const TAKES_THRESHOLD: bool = false;
    const HAS_FIGURE: bool = true;
    const SUMMARY: &'static str = "a column with too few or too many different values";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("column", Shape::COLUMN, "the column"),
        Parameter::optional("min", NUMBER_OF_VALUES, "none", "the fewest different values that are accepted"),
        Parameter::optional(
            "max",
            NUMBER_OF_VALUES,
            "none",
            "the most; at least one of the two must be given, or `compare_to`",
        ),
        Parameter::optional("null_counts", Shape::Flag, "false", "whether NULL is a value among the others"),
    ];

    fn unbounded(&self) -> Option<std::ops::Range<usize>> {
        self.limits().are_open().then(|| self.column.span())
    }

    fn bounds(&self) -> Option<Bounds<'_>> {
        Some(self.limits())
    }

    fn look_over(&self, complaints: &mut Complaints) {
        self.limits().look_over(complaints);
        for bound in [&self.min, &self.max].into_iter().flatten() {
            if bound.get_ref().text.parse::<u64>().is_err() {
                complaints.add(bound.span(), "a number of values is a whole number from 0 up");
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
        /// More rows would take too long.
        const MOST: u64 = 100_000;
        let max = self.max.as_ref().and_then(|max| max.get_ref().text.parse::<u64>().ok());
        let different = scope.known(&self.column).and_then(different);
        match (&self.min, max, different) {
            (Some(_), ..) | (None, None, _) => Violation::of([scope.set_all(self.column.get_ref(), "NULL")]),
            (None, Some(max @ ..MOST), Some(value)) => {
                let replaced = [(self.column.get_ref().as_str(), value.as_str())];
                Violation::of([scope.copy_in(scope.table, &replaced, &scope.filter(), max + 1, false)])
            }
            (None, Some(..MOST), None) => violation::none("different values of the column's type are not known"),
            _ => violation::none("as many different values as it forbids are too many to plant"),
        }
    }

    fn share(&self, scope: &Scope<'_>) -> Option<Share> {
        // All NULLs are a group.
        let counted = match self.null_counts {
            true => "true".to_owned(),
            false => format!("{} IS DISTINCT FROM NULL", row::cell(&self.column)),
        };
        let holds = self.limits().hold(VALUE, |bound| bound.text.clone());
        Some(Grouped::new(scope, scope.filter(), &self.about(), |_| counted.clone()).figure(holds))
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let cell = row::cell(&self.column);
        let mut value = figure::over(scope, &format!("pg_catalog.count(DISTINCT {cell})"));
        if self.null_counts {
            // Not `IS NULL`, which is true of a composite of NULLs as well: that is among the values already.
            let has_null = figure::over(scope, &format!("pg_catalog.bool_or({cell} IS NOT DISTINCT FROM NULL)"));
            value = format!("{value} + CASE WHEN {has_null} THEN 1 ELSE 0 END");
        }
        let holds = self.limits().hold(&format!("({value})"), |bound| bound.text.clone());
        // Distinct values are sorted: that stays out of the table's common scan.
        Ok(figure::probe(format!("different values: {}", self.limits().words()), value, holds, true))
    }
}

/// The value of a copied row by its number `n`: another one in each.
fn different(column: &Column) -> Option<String> {
    match (column.base_category, column.base_type.as_str()) {
        ('N', "money") => Some("n.n::int::money".to_owned()),
        ('N', _) => Some(format!("n.n::{}", column.base_type)),
        ('S', _) => Some("n.n::text".to_owned()),
        (_, "bytea") => Some("pg_catalog.int4send(n.n::int)".to_owned()),
        (_, "date" | "timestamp" | "timestamptz") => Some("date '2000-01-01' + n.n::int".to_owned()),
        (_, "json" | "jsonb") => Some(format!("n.n::text::{}", column.base_type)),
        (_, "uuid") => Some("pg_catalog.gen_random_uuid()".to_owned()),
        _ => None,
    }
}

impl DistinctCount {
    fn limits(&self) -> Bounds<'_> {
        Bounds { min: self.min.as_ref(), max: self.max.as_ref() }
    }
}
