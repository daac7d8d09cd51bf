//! What was measured of a metric.

use serde::{Deserialize, Serialize};

use super::super::spread::Spread;

/// The median of several runs with its spread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// What was measured, so that a figure is held against its like alone.
    pub measures: String,
    /// The unit of the figures: `ms`, `MB`, `%`.
    pub unit: String,
    /// How often it was measured.
    pub runs: usize,
    /// A quarter of the runs is below; of a degradation, it is no less with 95 % certainty.
    pub low: f64,
    /// Half of the runs are below.
    pub median: f64,
    /// A quarter of the runs is above; of a degradation, it is no more with 95 % certainty.
    pub high: f64,
}

impl Reading {
    pub(super) fn new(measures: String, unit: &str, spread: Spread) -> Reading {
        let Spread { runs, low, median, high } = spread;
        Reading { measures, unit: unit.to_owned(), runs, low, median, high }
    }

    /// `median 12.30 ms of 10 runs, between 11.20 and 13.00`.
    pub fn words(&self) -> String {
        let Reading { unit, runs, low, median, high, .. } = self;
        format!("median {median:.2} {unit} of {runs} runs, the middle between {low:.2} and {high:.2} {unit}")
    }
}
