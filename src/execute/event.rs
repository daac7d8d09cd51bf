//! What a run says while it is under way.

use std::time::Duration;

use super::PhaseRun;

/// Progress. Whoever listens may show it; it decides nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A server process of an earlier run is still at work and is waited for.
    WaitingForBackend {
        /// Its pid.
        pid: i32,
        /// What it is doing, shortened.
        query: String,
    },
    /// A phase begins.
    PhaseStarted {
        /// The phase.
        phase: String,
        /// Its place among the phases of this run, from 0.
        index: usize,
        /// How many phases this run has.
        of: usize,
        /// The size of its file.
        bytes: u64,
    },
    /// Statements ended.
    Progress {
        /// How many statements of the phase have ended.
        statements: u64,
        /// How many bytes of its file are behind.
        bytes: u64,
    },
    /// A statement that cannot run in a transaction begins; it may take long.
    StatementStarted {
        /// Its number.
        statement: u32,
        /// How it begins.
        excerpt: String,
    },
    /// No lock within its time; the phase or statement is tried again.
    Retrying {
        /// Which retry this is, from 1.
        retry: u32,
        /// How many there may be.
        of: u32,
        /// How long is waited before it.
        wait: Duration,
        /// The server's words.
        reason: String,
    },
    /// The catalog told what became of a statement that an earlier attempt was unsure of.
    Reconciled {
        /// Its number.
        statement: u32,
        /// What was found.
        finding: String,
    },
    /// A phase took effect.
    PhaseDone {
        /// What it did.
        run: PhaseRun,
    },
    /// A phase failed; the run ends.
    PhaseFailed {
        /// The phase.
        phase: String,
    },
}
