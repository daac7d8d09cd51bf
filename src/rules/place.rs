//! Where in a rule file something stands, and the errors that say so.

use std::fmt;
use std::ops::Range;

/// Something wrong with a rule, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleProblem {
    /// The file, as it was named to the loader.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong, what is allowed.
    pub message: String,
}

impl fmt::Display for RuleProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

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
    /// Rules are wrong.
    #[error("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Problems {
        /// In the order of the files.
        problems: Vec<RuleProblem>,
    },
}

/// A rule file's text with its name.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) text: String,
}

impl Source {
    /// A problem at these bytes.
    pub(super) fn problem(&self, span: &Range<usize>, message: impl Into<String>) -> RuleProblem {
        let before = self.text.get(..span.start).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        RuleProblem {
            file: self.name.clone(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: message.into(),
        }
    }
}
