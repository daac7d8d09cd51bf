//! The errors of rule files.

pub use crate::declaration::Problem as RuleProblem;

/// Why no rules could be loaded; every problem of every file at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleFileErrors {
    /// The folder cannot be read.
    #[error("rules folder {folder}: {reason}")]
    Folder {
        /// As it was given.
        folder: String,
        /// In the system's words.
        reason: String,
    },
    /// There is no rule in it. Nothing checked is not a pass.
    #[error("{folder} holds no rule (no *.toml with a [rules.<id>] table, no *.sql); nothing would be checked")]
    Empty {
        /// As it was given.
        folder: String,
    },
    /// A word chooses no rule.
    #[error("no rule has the id or tag {word:?} here: {reason}")]
    Choice {
        /// As it was given.
        word: String,
        /// What there is.
        reason: String,
    },
    /// Rules are wrong.
    #[error("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Problems {
        /// In the order of the files.
        problems: Vec<RuleProblem>,
    },
}
