//! Why a script cannot be read.

use super::Position;

/// Why a script cannot be read, and where.
///
/// The message begins with `line:column: `, so that `{file}:{error}` is the usual `file:line:column: message`.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// The reader failed.
    #[error("{position}: cannot read on after byte {}: {source}", .position.offset)]
    Read {
        /// Where the bytes ended.
        position: Position,
        /// What the reader said.
        source: std::io::Error,
    },
    /// A byte that is not UTF-8.
    #[error(
        "{position}: byte {} of the script is not UTF-8 (0x{byte:02x}); save the file as UTF-8, or convert it: iconv -f <its encoding> -t UTF-8",
        .position.offset
    )]
    NotUtf8 {
        /// Where the byte stands.
        position: Position,
        /// The byte.
        byte: u8,
    },
    /// The script begins with the byte order mark of UTF-16.
    #[error("{position}: the script is UTF-16 ({endian}-endian byte order mark); save it as UTF-8")]
    Utf16 {
        /// The beginning of the script.
        position: Position,
        /// `little` or `big`.
        endian: &'static str,
    },
    /// A zero byte, which no SQL text can hold.
    #[error("{position}: byte {} of the script is zero; SQL text cannot hold it (is the file UTF-16? save it as UTF-8)", .position.offset)]
    NulByte {
        /// Where the byte stands.
        position: Position,
    },
    /// A quote or comment that is opened and never closed.
    #[error("{position}: {what} is opened here and never closed; nothing behind it can be told apart, close it")]
    Unterminated {
        /// Where it is opened.
        position: Position,
        /// What it is.
        what: Unterminated,
    },
    /// The data of a COPY has no end.
    #[error(
        "{position}: the data of this COPY ... FROM STDIN has no line `\\.` at its end; the script may be cut short; add the line"
    )]
    UnterminatedCopyData {
        /// Where the COPY statement begins.
        position: Position,
    },
    /// Something other than a comment stands between the `;` of a COPY and the end of its line.
    #[error(
        "{position}: the data of COPY ... FROM STDIN begins on the next line; move what stands behind its `;` below the data's `\\.` line"
    )]
    TextAfterCopy {
        /// Where that text begins.
        position: Position,
    },
    /// One of psql's backslash commands inside a statement.
    #[error("{position}: psql's `\\{command}` stands inside a statement; end the statement with `;` or remove it")]
    MetaInStatement {
        /// Where the backslash stands.
        position: Position,
        /// The command's name, without the backslash.
        command: String,
    },
    /// `\;` or `\:`, by which psql joins statements or escapes a colon.
    #[error("{position}: psql's `\\{character}` is not supported; write `{character}`")]
    Escaped {
        /// Where the backslash stands.
        position: Position,
        /// The character behind the backslash.
        character: char,
    },
    /// A statement (or a comment) longer than the server takes.
    #[error("{position}: the statement that begins here is longer than {limit_bytes} bytes; split it")]
    TooLong {
        /// Where it begins.
        position: Position,
        /// The greatest length, in bytes.
        limit_bytes: usize,
    },
    /// The splitter was asked on after an error.
    #[error("{position}: the script was not read to its end, since an earlier error stopped it")]
    Stopped {
        /// Where reading stopped.
        position: Position,
    },
}

impl ScriptError {
    /// Where in the script it went wrong.
    pub fn position(&self) -> Position {
        match self {
            ScriptError::Read { position, .. }
            | ScriptError::NotUtf8 { position, .. }
            | ScriptError::Utf16 { position, .. }
            | ScriptError::NulByte { position }
            | ScriptError::Unterminated { position, .. }
            | ScriptError::UnterminatedCopyData { position }
            | ScriptError::TextAfterCopy { position }
            | ScriptError::MetaInStatement { position, .. }
            | ScriptError::Escaped { position, .. }
            | ScriptError::TooLong { position, .. }
            | ScriptError::Stopped { position } => *position,
        }
    }
}

/// What was opened and never closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unterminated {
    /// `'...`, with or without a prefix.
    String,
    /// `"...`
    QuotedIdentifier,
    /// `/*...`
    Comment,
    /// `$tag$...`, with its opening tag.
    DollarQuote(String),
}

impl std::fmt::Display for Unterminated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unterminated::String => f.write_str("a quoted string (')"),
            Unterminated::QuotedIdentifier => f.write_str("a quoted identifier (\")"),
            Unterminated::Comment => f.write_str("a comment (/*)"),
            Unterminated::DollarQuote(tag) => write!(f, "a dollar-quoted string ({tag})"),
        }
    }
}
