//! Why a command could not go on.

use std::path::PathBuf;

use crate::config::ConfigError;
use crate::db::{DbError, LockHolder};
use crate::diff::DiffError;
use crate::disposable::DisposableError;
use crate::evidence::journal::JournalError;
use crate::gates::declared::GateFileErrors;
use crate::gates::declared::metrics::BaselineError;
use crate::migration_log::LogError;
use crate::phase::DiscoverError;
use crate::rules::{RuleFileErrors, RuleProblem};
use crate::snapshot::SnapshotError;

use super::Exit;

/// An error that ends a command. A failed check is not one; it is evidence.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The folder of phases.
    #[error(transparent)]
    Phases(#[from] DiscoverError),
    /// The rule files.
    #[error(transparent)]
    RuleFiles(#[from] RuleFileErrors),
    /// The gates in the rule files.
    #[error(transparent)]
    GateFiles(#[from] GateFileErrors),
    /// Rules that name what the database does not have.
    #[error("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Rules {
        /// All of them.
        problems: Vec<RuleProblem>,
    },
    /// The server.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A snapshot.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A baseline of the platform's figures.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    /// A comparison of two databases.
    #[error(transparent)]
    Diff(#[from] DiffError),
    /// The evidence.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The disposable server.
    #[error(transparent)]
    Disposable(#[from] DisposableError),
    /// Another run is under way.
    #[error("another run holds the lock: {holder}")]
    Locked {
        /// Who.
        holder: LockHolder,
    },
    /// A port to listen on.
    #[error("cannot listen on {address}: {reason}; name another port, or 0 for any that is free")]
    Listen {
        /// Where.
        address: std::net::SocketAddr,
        /// In the system's words.
        reason: String,
    },
    /// A file or folder.
    #[error("{}: {problem}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// A person stopped it before anything was changed.
    #[error("cancelled; nothing was changed")]
    Cancelled,
}

impl Error {
    /// The exit code that it ends a command with.
    pub fn exit(&self) -> Exit {
        match self {
            Error::Locked { .. } => Exit::Locked,
            Error::Cancelled | Error::Db(DbError::Cancelled) | Error::Diff(DiffError::Cancelled) => Exit::Cancelled,
            _ => Exit::CouldNotJudge,
        }
    }
}
