//! The plan: which phases run, and what stands in the way. Pure data, made without a server, a file or a clock.

mod derive;
mod divergence;
mod expected_change;
mod make;
mod standing;

use serde::Serialize;

use crate::digest::Checksum;
use crate::phase::TransactionMode;

pub use derive::{Derived, derive};
pub use divergence::{Divergence, DivergenceKind};
pub use expected_change::{ExpectedChange, Missing, More, expected_change};
pub use make::{ScriptFacts, make};
pub use standing::{Standing, Standings};

/// What a run would do.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// The phases that would run, in order.
    pub steps: Vec<Step>,
    /// Phases that took effect before.
    pub applied: usize,
    /// Everything that differs from what the log says, all at once.
    pub divergences: Vec<Divergence>,
    /// Row of the log that the plan was made for; it must still be the last one when the run begins.
    pub log_seq: i64,
}

/// One phase that would run.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// The phase.
    pub phase: String,
    /// Its file.
    pub file: String,
    /// What is done with it.
    pub action: Action,
    /// In one transaction, or statement by statement.
    pub transaction: TransactionMode,
    /// How many statements it holds.
    pub statements: u32,
    /// Its size in bytes.
    pub bytes: u64,
    /// What must be run: SHA-256 of its bytes.
    pub checksum: Checksum,
    /// What is unusual about the file's form, and what is done about it: a byte order mark, CR LF line ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
    /// How what its SQL names and what is declared fit together; only in the plan that was asked for.
    #[serde(skip_serializing_if = "ExpectedChange::is_empty")]
    pub expected_change: ExpectedChange,
}

/// What is done with a phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Run from its first statement.
    Apply,
    /// Run on from where an earlier attempt stopped.
    Resume {
        /// The statements that took effect; they are not run again.
        done: Vec<u32>,
        /// The statement of which only the catalog can tell.
        unsure: Option<u32>,
        /// The statement that the server ended with an error; it runs again.
        failed: Option<u32>,
    },
}

impl Plan {
    /// Whether nothing stands in the way.
    pub fn is_clear(&self) -> bool {
        !self.divergences.iter().any(|divergence| divergence.blocking)
    }

    /// Whether what stands in the way are files that cannot be run at all: bad input, as opposed to a history that
    /// went another way.
    pub fn is_bad_input(&self) -> bool {
        self.divergences.iter().any(|divergence| divergence.kind == DivergenceKind::Refused)
    }
}
