//! Where files and log do not agree.

use serde::Serialize;

/// One way in which the files on disk and the log differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Divergence {
    /// What kind it is.
    pub kind: DivergenceKind,
    /// The phase, by its id.
    pub phase: String,
    /// What differs, with file:line:column where it has a place.
    pub problem: String,
    /// What to do.
    pub remedy: String,
    /// Whether nothing may run as long as it is there.
    pub blocking: bool,
}

/// The kinds of divergence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DivergenceKind {
    /// An applied phase's file has another content now.
    Edited,
    /// An applied phase's file has other line ends or trailing blanks now, and the same SQL.
    Reformatted,
    /// An applied phase has no file any more.
    Missing,
    /// A phase is pending whose number is lower than that of an applied one.
    OutOfOrder,
    /// A phase failed and left nothing behind.
    Failed,
    /// A phase outside of a transaction stopped between statements.
    HalfRun,
    /// A phase is being run right now.
    Running,
    /// A pending phase's file cannot be run as it is.
    Refused,
    /// What an earlier run applied was not proven, or not found good.
    Unproven,
}

impl DivergenceKind {
    /// The word that people read.
    pub fn word(self) -> &'static str {
        match self {
            DivergenceKind::Edited => "edited",
            DivergenceKind::Reformatted => "reformatted",
            DivergenceKind::Missing => "missing",
            DivergenceKind::OutOfOrder => "out of order",
            DivergenceKind::Failed => "failed",
            DivergenceKind::HalfRun => "half-run",
            DivergenceKind::Running => "running",
            DivergenceKind::Refused => "refused",
            DivergenceKind::Unproven => "unproven",
        }
    }
}
