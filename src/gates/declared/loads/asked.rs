//! What became of one request, asked again and again by all users of a step.

use std::collections::BTreeMap;
use std::time::Duration;

use super::histogram::Histogram;

/// Of more ways to go wrong only the number is kept.
const MOST_REASONS: usize = 10;

/// The counts of one request.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    /// `GET /dashboard`
    pub(super) name: String,
    pub(super) sent: u64,
    /// Answered otherwise than it must be, or not at all.
    pub(super) failed: u64,
    /// The times of all that were answered, rightly or not: a wrong answer that came late is late too.
    pub(super) times: Histogram,
    /// Why some failed, and how many.
    pub(super) reasons: BTreeMap<String, u64>,
}

impl Asked {
    pub(super) fn new(name: String) -> Asked {
        Asked { name, ..Asked::default() }
    }

    pub(super) fn answered(&self) -> u64 {
        self.times.total()
    }

    /// Counts one; `took` where an answer came, `wrong` where it was not as it must be.
    pub(super) fn count(&mut self, took: Option<Duration>, wrong: Option<String>) {
        self.sent += 1;
        if let Some(took) = took {
            self.times.add(took);
        }
        let Some(reason) = wrong else { return };
        self.failed += 1;
        let reason = if self.reasons.len() < MOST_REASONS || self.reasons.contains_key(&reason) {
            reason
        } else {
            "other reasons".to_owned()
        };
        *self.reasons.entry(reason).or_default() += 1;
    }
}
