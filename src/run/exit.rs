//! What a command came to, as its exit code. Every code is documented in `docs/exit-codes.md`.

use crate::verdict::Verdict;

/// The meaning of an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All that was asked for was done, and every verdict is go.
    Go,
    /// A verdict failed, or files and log diverge.
    NoGo,
    /// It could not be judged: usage, configuration, connection, a check that could not be made.
    CouldNotJudge,
    /// A phase failed and nothing of it remains.
    PhaseFailed,
    /// A phase is partly applied, or its outcome is unknown: a person must look.
    PartlyApplied,
    /// Another run holds the lock.
    Locked,
    /// A person stopped it.
    Cancelled,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Exit::Go => 0,
            Exit::NoGo => 1,
            Exit::CouldNotJudge => 2,
            Exit::PhaseFailed => 3,
            Exit::PartlyApplied => 4,
            Exit::Locked => 5,
            Exit::Cancelled => 130,
        }
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Exit {
        match verdict {
            Verdict::Pass | Verdict::Warn => Exit::Go,
            Verdict::Fail => Exit::NoGo,
            Verdict::NotEvaluated => Exit::CouldNotJudge,
        }
    }
}
