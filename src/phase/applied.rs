//! What the log says of a phase: the counterpart of [`Phase`](super::Phase) in the database.

use serde::{Deserialize, Serialize};

use super::{Checksums, TransactionMode};

/// One row of the log: how an attempt at a phase began or ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The row's place in the log.
    pub seq: i64,
    /// The attempt it belongs to. A transactional attempt has one row; another one has a `Running` row, and a second
    /// one that says how it ended.
    pub attempt: i64,
    /// The run it was part of.
    pub run_id: String,
    /// The phase's id.
    pub phase: String,
    /// How it stands.
    pub status: Status,
    /// The file's content at that time.
    pub checksums: Checksums,
    /// In one transaction or statement by statement.
    pub transaction: TransactionMode,
    /// When the row was written, as the server's clock had it; RFC 3339.
    pub recorded_at: String,
    /// How long the attempt took, in milliseconds; 0 for `Running`.
    pub took_ms: f64,
    /// Whether the server process that ran it is still there and still busy.
    pub live: bool,
    /// What went wrong, with file:line:column and SQLSTATE; for `Error`.
    pub error: Option<String>,
    /// The statements of an attempt outside of a transaction, by number.
    pub intents: Vec<Intent>,
}

/// How an attempt at a phase stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Begun, statement by statement; a later row of the same attempt says how it ended. Without one it is half-run.
    Running,
    /// All of it took effect.
    Success,
    /// It failed. Of a transactional phase nothing remains.
    Error,
    /// It was undone later.
    RolledBack,
    /// It was there before phasegate came, and was taken over.
    Adopted,
}

impl Status {
    /// The word in the log.
    pub fn word(self) -> &'static str {
        match self {
            Status::Running => "RUNNING",
            Status::Success => "SUCCESS",
            Status::Error => "ERROR",
            Status::RolledBack => "ROLLED_BACK",
            Status::Adopted => "ADOPTED",
        }
    }

    /// The status of this word.
    pub fn parse(word: &str) -> Option<Status> {
        [Status::Running, Status::Success, Status::Error, Status::RolledBack, Status::Adopted]
            .into_iter()
            .find(|status| status.word() == word)
    }
}

/// A statement outside of a transaction: written down before it ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The statement's number in its phase, from 1.
    pub statement: u32,
    /// SHA-256 of its text, in hexadecimal digits.
    pub sha256: String,
    /// Whether it is known to have ended.
    pub state: IntentState,
}

/// What is known of a statement outside of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntentState {
    /// It was about to run; whether it did, only the catalog can tell.
    Intended,
    /// The server ended it with an error.
    Failed,
    /// It took effect.
    Done,
}
