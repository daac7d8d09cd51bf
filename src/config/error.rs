//! A configuration that cannot be used.

use std::path::PathBuf;

/// What is wrong with the configuration, and where.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file does not say what it should.
    #[error("{}:{line}:{column}: {message}", .path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong and what is allowed.
        message: String,
    },
}

impl ConfigError {
    /// The error of the TOML reader, with its byte span as line and column.
    pub(super) fn parse(path: PathBuf, text: &str, error: &toml::de::Error) -> ConfigError {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        let before = &text[..at];
        ConfigError::Parse {
            path,
            line: before.matches('\n').count() + 1,
            column: before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1,
            message: in_plain_words(error.message()),
        }
    }
}

/// The reader speaks of Rust's types; whoever wrote the file does not.
fn in_plain_words(message: &str) -> String {
    let message = message.replace('\n', " ");
    let types = [("u16", "a whole number"), ("u32", "a whole number"), ("u64", "a whole number")];
    let types = types.into_iter().chain([("usize", "a whole number"), ("a boolean", "true or false")]);
    types.fold(message, |message, (found, written)| {
        message.replace(&format!("expected {found}"), &format!("expected {written}"))
    })
}
