//! How a rule is measured, and what was counted.

use super::combined::Way;

/// What was counted, before anybody says what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metric {
    /// Rows looked at; `None` where the query does not say.
    pub examined: Option<u64>,
    /// Rows (or groups, for duplicates of a parent) that violate.
    pub violations: u64,
    /// The figure that was judged, as people read it, where the kind judges one figure over all rows.
    pub figure: Option<String>,
}

impl Metric {
    /// Counts alone.
    pub(super) fn counted(examined: Option<u64>, violations: u64) -> Metric {
        Metric { examined, violations, figure: None }
    }
}

/// How a rule is measured.
#[derive(Debug, Clone)]
pub(super) struct Probe {
    /// What a violation is called, in the plural: `orphans`.
    pub(super) noun: String,
    pub(super) measure: Measure,
}

/// Statements that return the figures of [`Measure::Own`] and the offenders beside them, one a row, in order of `place`.
#[derive(Debug, Clone)]
pub(super) struct AtOnce {
    /// With the rows examined.
    pub(super) whole: String,
    /// Where another statement counts these.
    pub(super) violations: String,
}

/// The ways to measure, and one of not measuring.
#[derive(Debug, Clone)]
pub(super) enum Measure {
    /// A condition that is true for a violating row `t`.
    Rows {
        /// The condition.
        violates: String,
        /// Columns whose values a sample shows.
        shows: Vec<String>,
        /// Whether it can be counted in the table's common scan; a condition that joins cannot.
        fused: bool,
    },
    /// The number of rows itself.
    RowCount {
        /// Fewest allowed.
        min: Option<u64>,
        /// Most allowed.
        max: Option<u64>,
    },
    /// One figure over all rows that the rule looks at.
    Figure {
        /// An aggregate over the rows `t`, in SQL, as text.
        value: String,
        /// A condition over aggregates that is true where all is well; NULL is not well.
        holds: String,
        /// Whether it sorts or hashes the values, and so stays out of the table's common scan.
        dear: bool,
    },
    /// Statements of its own.
    Own {
        /// Returns one row: `examined` (or NULL), `violations`.
        count: String,
        /// The same where another statement counts the rows examined, if that is cheaper.
        violations: Option<String>,
        /// Returns the offenders. Columns `k:<name>` are the key, all others the values.
        sample: String,
        /// Counts and names at once, if that is cheaper than one after the other.
        at_once: Option<AtOnce>,
        /// Whether groups are found by sorting what the table itself holds.
        sorted: bool,
        /// Whether names are looked up in `pg_catalog` alone, so that what the server writes out is qualified.
        bare_path: bool,
    },
    /// Nothing: what other rules said is combined.
    Combined {
        /// How.
        way: Way,
        /// Their ids.
        of: Vec<String>,
    },
}
