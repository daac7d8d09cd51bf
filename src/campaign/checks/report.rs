//! What a campaign over rules and gates came to.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::verdict::Verdict;

use super::super::report::{Fault, Score};

/// The whole campaign.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// All found by the right check, nothing else raised: pass. Otherwise fail; not evaluated where less was planted than
    /// was asked for.
    pub verdict: Verdict,
    /// The seed that makes the same campaign again.
    pub seed: u64,
    /// The size of the tables in which the defects are planted.
    pub scale: u32,
    /// The server.
    pub server: String,
    /// How many rules there are.
    pub rules: usize,
    /// How many gates.
    pub gates: usize,
    /// Databases without a defect, and what was raised in them.
    pub clean: Vec<Clean>,
    /// How many defects were asked for.
    pub asked: usize,
    /// How many were planted.
    pub done: usize,
    /// In how many databases there were two or three of them at once.
    pub together: usize,
    /// By kind.
    pub kinds: BTreeMap<String, usize>,
    /// What the checks made of them: `right` where exactly those complained that must, of what they must.
    pub score: Score,
    /// Rules and gates that no defect is there for: nothing is said of them.
    pub untried: Vec<String>,
    /// Kinds that could not be planted here.
    pub left_out: Vec<String>,
    /// What went wrong.
    pub faults: Vec<Fault>,
    /// How long it took, in milliseconds.
    pub took_ms: f64,
}

/// A database without a defect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clean {
    /// The size of its tables.
    pub scale: u32,
    /// Its rows.
    pub rows: u64,
    /// Rules and gates that were measured.
    pub checks: usize,
    /// Those of them that did not pass.
    pub raised: usize,
}

impl Report {
    /// Its verdict.
    pub fn judge(&mut self) {
        let complete =
            self.asked > 0 && self.done >= self.asked && self.score.right == self.done && self.left_out.is_empty();
        self.verdict = match (self.faults.is_empty(), complete) {
            (true, true) => Verdict::Pass,
            (true, false) => Verdict::NotEvaluated,
            (false, _) => Verdict::Fail,
        };
    }
}
