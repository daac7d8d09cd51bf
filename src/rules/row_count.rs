//! A table with too few or too many rows.

use serde::Deserialize;
use toml::Spanned;

use crate::db::SqlError;

use super::compare::CompareTo;
use super::kind::{Complaints, Kind, Parameter, Scope, Shape};
use super::probe::{Measure, Probe};
use super::violation::{self, Planned, Violation, Way};
use super::words::figure;

/// How many rows a table must have.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RowCount {
    min: Option<Spanned<u64>>,
    max: Option<Spanned<u64>>,
    equals: Option<Spanned<u64>>,
}

impl Kind for RowCount {
    const NAME: &'static str = "row_count";
    const TAKES_THRESHOLD: bool = false;
    const HAS_FIGURE: bool = true;
    const SUMMARY: &'static str = "a table with too few or too many rows";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("min", Shape::COUNT, "none", "the fewest rows allowed"),
        Parameter::optional("max", Shape::COUNT, "none", "the most rows allowed"),
        Parameter::optional("equals", Shape::COUNT, "none", "the exact number; instead of min and max"),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        if let Some(equals) = &self.equals
            && (self.min.is_some() || self.max.is_some())
        {
            complaints.add(equals.span(), "equals stands instead of min and max, not beside them");
        }
        if let (Some(min), Some(max)) = (&self.min, &self.max)
            && min.get_ref() > max.get_ref()
        {
            complaints.add(min.span(), "min is above max, so no table could pass");
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        let (min, max) = self.bounds();
        if min.is_none() && max.is_none() && scope.rule.compare_to.is_none() {
            complaints.add(scope.rule.span.clone(), "row_count needs min, max or equals, or compare_to");
        }
        if scope.rule.min_rows > 1 {
            complaints.add(scope.rule.span.clone(), "row_count takes no min_rows; its min says how many there must be");
        }
    }

    /// No row is left, or one more than is allowed.
    fn violation(&self, scope: &Scope<'_>) -> Planned {
        /// More copies of a row would take too long.
        const MOST: u64 = 100_000;
        match self.bounds() {
            (None, None) if scope.rule.compare_to.as_ref().is_some_and(CompareTo::has_least) => {
                Violation::of([scope.delete(scope.table, &scope.filter())])
            }
            (Some(1..), _) => Violation::of([scope.delete(scope.table, &scope.filter())]),
            (_, Some(max @ 0..=MOST)) => Violation::of([
                scope.copy_in(scope.table, &[], &scope.filter(), max + 1, false),
                // Rows of nothing but defaults need not be those that it counts.
                scope.insert(&[], max + 1, false).map(|way| Way { is_certain: false, ..way }),
            ]),
            _ => violation::none("as many rows as it forbids are too many to plant"),
        }
    }

    fn probe(&self, _scope: &Scope<'_>) -> Result<Probe, SqlError> {
        let (min, max) = self.bounds();
        let noun = match (min, max) {
            (Some(min), Some(max)) if min == max => format!("exactly {} rows", figure(min)),
            (Some(min), Some(max)) => format!("{} to {} rows", figure(min), figure(max)),
            (Some(min), None) => format!("at least {} rows", figure(min)),
            (None, Some(max)) => format!("at most {} rows", figure(max)),
            (None, None) => "any number of rows".to_owned(),
        };
        Ok(Probe { noun, measure: Measure::RowCount { min, max } })
    }
}

impl RowCount {
    fn bounds(&self) -> (Option<u64>, Option<u64>) {
        let plain = |bound: &Option<Spanned<u64>>| bound.as_ref().map(|bound| *bound.get_ref());
        match plain(&self.equals) {
            Some(exact) => (Some(exact), Some(exact)),
            None => (plain(&self.min), plain(&self.max)),
        }
    }
}
