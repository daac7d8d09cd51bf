//! What went wrong on the wire.

use std::fmt;

use sqlx::postgres::{PgDatabaseError, PgErrorPosition, PgSeverity};

/// An error between phasegate and a server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DbError {
    /// The settings do not name a server that can be connected to.
    #[error("{what}: {problem}")]
    Settings {
        /// Which setting, as the user wrote it (never a password).
        what: String,
        /// What is wrong with it and what is allowed.
        problem: String,
    },
    /// No connection could be made.
    #[error("cannot connect to {target}: {reason}")]
    Connect {
        /// User, host, port and database; no password.
        target: String,
        /// Why, in the server's or the system's words.
        reason: String,
        /// SQLSTATE, where the server answered at all.
        code: Option<String>,
    },
    /// The server refused a statement.
    #[error("{0}")]
    Server(Box<ServerError>),
    /// The connection broke while a statement was under way: it may or may not have taken effect.
    #[error("the connection to the server was lost: {reason}; what it was doing may or may not have taken effect")]
    Lost {
        /// What was seen of the break.
        reason: String,
    },
    /// The session can no longer be trusted, so nothing more is sent over it.
    #[error("the session was given up: {reason}")]
    Poisoned {
        /// What made it so.
        reason: String,
    },
    /// The server answered in a way that the query did not ask for.
    #[error("unexpected answer from the server: {reason}")]
    Answer {
        /// What was expected and what came.
        reason: String,
    },
    /// The run was told to stop, so nothing more is sent.
    #[error("cancelled")]
    Cancelled,
    /// A text for a reading session would end the transaction that keeps it from writing.
    #[error("{word} is not allowed in a query that only reads; leave the transaction to phasegate")]
    TransactionControl {
        /// The word by which it would.
        word: String,
    },
    /// A statement of phasegate's own could not be put together.
    #[error(transparent)]
    Sql(#[from] super::SqlError),
}

impl DbError {
    /// The server's SQLSTATE, where it sent one.
    pub fn code(&self) -> Option<&str> {
        match self {
            DbError::Server(error) => Some(&error.code),
            DbError::Connect { code, .. } => code.as_deref(),
            _ => None,
        }
    }

    /// The server's own error, where it sent one.
    pub fn server(&self) -> Option<&ServerError> {
        match self {
            DbError::Server(error) => Some(error),
            _ => None,
        }
    }

    /// Whether it was stopped on request: before it was sent, or under way by a cancel request (which the server cannot
    /// tell from its `statement_timeout`).
    pub fn is_cancelled(&self) -> bool {
        matches!(self, DbError::Cancelled) || self.code() == Some("57014")
    }

    /// The same without the values of rows that the server repeats in it.
    pub(super) fn without_values(self) -> DbError {
        match self {
            DbError::Server(error) => DbError::Server(Box::new(error.without_values())),
            other => other,
        }
    }

    /// Whether the connection is gone, so that the outcome of the last statement is unknown.
    pub fn is_lost(&self) -> bool {
        matches!(self, DbError::Lost { .. } | DbError::Poisoned { .. })
    }
}

/// An error as the server reported it.
///
/// Its file, line and routine are left out on purpose: they name PostgreSQL's own source and mislead.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ServerError {
    /// SQLSTATE, five characters.
    pub code: String,
    /// The message.
    pub message: String,
    /// More about it.
    pub detail: Option<String>,
    /// What the server advises.
    pub hint: Option<String>,
    /// Where in the text that was sent: 1-based, in characters.
    pub position: Option<usize>,
    /// The query inside a function that failed, with the position in it.
    pub internal: Option<(usize, String)>,
    /// The call stack within the server, or the line of a COPY.
    pub context: Option<String>,
    /// `schema.table`, where the error is about one.
    pub table: Option<String>,
    /// The column or constraint, where the error is about one.
    pub column_or_constraint: Option<String>,
}

/// In place of what the server says more.
const NOT_SHOWN: &str = "not shown, since it may repeat values of columns that are redacted; it is in the server's log";

impl ServerError {
    /// The same without the values of rows. A value that the server could not take stands in its message, in quotes; rows
    /// that break a constraint, and whatever a function says of its data, stand in the detail. Names are all that is in
    /// other messages.
    fn without_values(mut self) -> ServerError {
        let (is_of_data, is_of_rows, is_raised) =
            (self.code.starts_with("22"), self.code.starts_with("23"), self.code.starts_with("P0"));
        if is_of_data {
            self.message = without_quoted(&self.message);
        }
        if is_of_data || is_of_rows || is_raised {
            self.detail = self.detail.map(|_| NOT_SHOWN.to_owned());
        }
        self.internal = self.internal.map(|(at, _)| (at, NOT_SHOWN.to_owned()));
        self.context = self.context.map(|context| context.lines().filter_map(place).collect::<Vec<_>>().join("\n"));
        self
    }
}

/// `"***"` in place of everything in quotes.
fn without_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // A value may have quotes of its own: from the first to the last.
    match (text.find('"'), text.rfind('"')) {
        (Some(first), Some(last)) if first < last => {
            out.push_str(&text[..=first]);
            out.push_str("***");
            out.push_str(&text[last..]);
        }
        _ => out.push_str(text),
    }
    out
}

/// Where it was, without what stood there: `COPY t, line 2, column a: "x"`, `JSON data, line 1: {"a"…`. Of a line that is no
/// known place nothing is kept: it may be a statement with values in it, or the second line of a value.
fn place(line: &str) -> Option<&str> {
    let is_of_data = line.starts_with("COPY ") || line.starts_with("JSON data");
    let is_place = line.starts_with("PL/pgSQL function ") || line.starts_with("SQL function ");
    if is_of_data { Some(line.split_once(": ").map_or(line, |(place, _)| place)) } else { is_place.then_some(line) }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (sqlstate {})", self.message, self.code)
    }
}

impl From<&PgDatabaseError> for ServerError {
    fn from(error: &PgDatabaseError) -> ServerError {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let (position, internal) = match error.position() {
            Some(PgErrorPosition::Original(at)) => (Some(at), None),
            Some(PgErrorPosition::Internal { position, query }) => (None, Some((position, query.to_owned()))),
            None => (None, None),
        };
        ServerError {
            code: error.code().to_owned(),
            message: error.message().to_owned(),
            detail: owned(error.detail()),
            hint: owned(error.hint()),
            position,
            internal,
            context: owned(error.r#where()),
            table: error.table().map(|table| match error.schema() {
                Some(schema) => format!("{schema}.{table}"),
                None => table.to_owned(),
            }),
            column_or_constraint: owned(error.column().or(error.constraint())),
        }
    }
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> DbError {
        match error {
            sqlx::Error::Database(error) => {
                let Some(error) = error.try_downcast_ref::<PgDatabaseError>() else {
                    return DbError::Answer { reason: error.message().to_owned() };
                };
                // Not the code: a foreign server's 08006 or 57P01 comes through as an ERROR of a session that lives on.
                if matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic) {
                    return DbError::Lost { reason: format!("{} (sqlstate {})", error.message(), error.code()) };
                }
                DbError::Server(Box::new(error.into()))
            }
            sqlx::Error::Io(error) => DbError::Lost { reason: error.to_string() },
            sqlx::Error::Tls(error) => DbError::Lost { reason: format!("tls: {error}") },
            sqlx::Error::Protocol(text) => DbError::Poisoned { reason: without_source_location(&text) },
            sqlx::Error::Configuration(error) => {
                DbError::Settings { what: "connection settings".into(), problem: error.to_string() }
            }
            other => DbError::Answer { reason: without_source_location(&other.to_string()) },
        }
    }
}

/// The driver ends its protocol errors with the place in its own source; nobody is helped by it.
fn without_source_location(text: &str) -> String {
    text.rsplit_once(" (sqlx").map_or(text, |(front, _)| front).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_without_values_keep_what_is_needed_to_find_the_place() {
        let error = |code: &str, message: &str, detail: Option<&str>, context: Option<&str>| {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            let (code, message, detail, context) = (code.into(), message.into(), owned(detail), owned(context));
            let (hint, position, internal, table) = (None, None, None, None);
            let error = ServerError {
                code,
                message,
                detail,
                hint,
                position,
                internal,
                context,
                table,
                column_or_constraint: None,
            };
            let told = error.without_values();
            (told.message, told.detail, told.context)
        };
        let told = error("22P02", r#"invalid input syntax for type integer: "a "quoted" secret""#, None, None);
        assert_eq!(told.0, r#"invalid input syntax for type integer: "***""#);
        let told =
            error("23505", r#"duplicate key value violates unique constraint "t_key""#, Some("Key (a)=(secret)"), None);
        assert_eq!((told.0.contains("t_key"), told.1.unwrap().contains("secret")), (true, false));
        let context = "COPY t, line 2, column a: \"secret\nsecret\"\nSQL statement \"SELECT 'secret'\"\nPL/pgSQL function f() line 3 at RAISE";
        let told = error("22P02", "x", None, Some(context)).2.unwrap();
        assert_eq!(told, "COPY t, line 2, column a\nPL/pgSQL function f() line 3 at RAISE");
        assert_eq!(error("42703", r#"column "a" does not exist"#, None, None).0, r#"column "a" does not exist"#);
    }

    #[test]
    fn protocol_errors_lose_the_drivers_own_source_line() {
        let error = sqlx::Error::Protocol("execute: unexpected (sqlx_postgres::connection::executor:366)".into());
        assert_eq!(DbError::from(error).to_string(), "the session was given up: execute: unexpected");
    }
}
