//! One row of the log in the making.

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::db::{DbError, Sql};
use crate::digest::Hasher;
use crate::phase::{Phase, Status, TransactionMode};

use super::MigrationLog;

/// Where the chain ends: the last row's place and hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Place of the last row; 0 where there is none.
    pub seq: i64,
    /// Its hash; 64 zeros where there is none.
    pub hash: String,
}

impl Default for Head {
    fn default() -> Head {
        Head { seq: 0, hash: "0".repeat(64) }
    }
}

/// What the server said when an attempt began.
#[derive(Debug, Clone)]
pub struct Started {
    /// The server's clock.
    pub at: OffsetDateTime,
    /// The transaction, where there is one.
    pub xid: Option<String>,
    /// The server process.
    pub backend_pid: i32,
    /// When that process began.
    pub backend_start: OffsetDateTime,
    /// The role.
    pub role: String,
}

/// A row without its place in the chain.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// The run it is part of.
    pub run_id: &'a str,
    /// The phase.
    pub phase: &'a Phase,
    /// The attempt it belongs to; `None` where this row begins one.
    pub attempt: Option<i64>,
    /// How the attempt stands.
    pub status: Status,
    /// When and where it began.
    pub started: &'a Started,
    /// How long it took, in milliseconds.
    pub took_ms: f64,
    /// Statements that took effect.
    pub statements: u64,
    /// Rows they touched.
    pub rows_affected: u64,
    /// SQLSTATE, message, place of a failure.
    pub error: Option<(Option<String>, String, Option<String>)>,
}

impl Entry<'_> {
    /// The statement that inserts this row after `head`, and the head that it makes.
    ///
    /// # Errors
    /// [`DbError::Sql`] where the statement cannot be put together: a mistake in phasegate.
    pub fn chained(&self, log: &MigrationLog, head: &Head) -> Result<(String, Head), DbError> {
        let seq = head.seq + 1;
        let mut values = self.values(seq);
        values.push(Some(head.hash.clone()));
        let hash = row_hash(&values);
        values.push(Some(hash.clone()));
        let list = values.iter().map(literal).collect::<Vec<_>>().join(", ");
        let sql = Sql::new(include_str!("insert.sql"))
            .ident("schema", &log.schema)
            .ident("log", &log.table)
            .fragment("columns", COLUMNS.join(", "))
            .fragment("values", list)
            .render()?;
        Ok((sql, Head { seq, hash }))
    }

    /// The values in the order of [`COLUMNS`], up to and without the two hashes.
    fn values(&self, seq: i64) -> Vec<Option<String>> {
        let recorded_at = self.started.at + time::Duration::seconds_f64(self.took_ms / 1000.0);
        let (code, message, place) = match &self.error {
            Some((code, message, place)) => (code.clone(), Some(message.clone()), place.clone()),
            None => (None, None, None),
        };
        let transaction = match self.phase.header.transaction {
            TransactionMode::Phase => "phase",
            TransactionMode::None => "none",
        };
        vec![
            Some(seq.to_string()),
            Some(self.attempt.unwrap_or(seq).to_string()),
            Some(self.run_id.to_owned()),
            Some(self.phase.id.clone()),
            Some(self.phase.file.clone()),
            Some(self.status.word().to_owned()),
            Some(transaction.to_owned()),
            Some(self.phase.checksums.raw.hex()),
            Some(self.phase.checksums.normalised.hex()),
            Some(self.statements.to_string()),
            Some(self.rows_affected.to_string()),
            Some(instant(self.started.at)),
            Some(instant(recorded_at)),
            Some(format!("{:.3}", self.took_ms)),
            self.started.xid.clone(),
            Some(self.started.backend_pid.to_string()),
            Some(instant(self.started.backend_start)),
            Some(self.started.role.clone()),
            Some(concat!("phasegate ", env!("CARGO_PKG_VERSION")).to_owned()),
            code,
            message,
            place,
            None,
        ]
    }
}

/// The columns of the log in the order in which they are hashed. A later version adds columns at the end only.
pub(super) const COLUMNS: &[&str] = &[
    "seq",
    "attempt",
    "run_id",
    "phase",
    "file",
    "status",
    "transaction_mode",
    "raw_sha256",
    "normalised_sha256",
    "statements",
    "rows_affected",
    "started_at",
    "recorded_at",
    "took_ms",
    "xid",
    "backend_pid",
    "backend_start",
    "role",
    "client",
    "error_code",
    "error_message",
    "error_at",
    "reason",
    "prev_hash",
    "row_hash",
];

/// The hash of a row: SHA-256 over every column but the hash itself, each as its length, a colon and its text, NULL as
/// a dash; so no two different rows have one text.
pub(super) fn row_hash(values: &[Option<String>]) -> String {
    let mut hasher = Hasher::default();
    for value in values {
        match value {
            Some(text) => {
                hasher.update(format!("{}:", text.len()).as_bytes());
                hasher.update(text.as_bytes());
            }
            None => hasher.update(b"-"),
        }
    }
    hasher.finish().hex()
}

/// An instant as the log's hash sees it: UTC, microseconds. `read.sql` writes it the same way.
pub(super) const INSTANT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

fn instant(at: OffsetDateTime) -> String {
    let utc = at.to_offset(time::UtcOffset::UTC);
    utc.format(&INSTANT).unwrap_or_else(|_| "infinity".to_owned())
}

fn literal(value: &Option<String>) -> String {
    value.as_deref().map_or_else(|| "NULL".to_owned(), crate::db::quote_literal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_tells_apart_what_a_separator_would_not() {
        let row = |values: &[Option<&str>]| row_hash(&values.iter().map(|v| v.map(str::to_owned)).collect::<Vec<_>>());
        let all = [
            row(&[Some("a"), Some("bc")]),
            row(&[Some("ab"), Some("c")]),
            row(&[Some("abc"), None]),
            row(&[Some("abc"), Some("")]),
            row(&[Some("abc"), Some("-")]),
            row(&[Some("1:a"), Some("bc")]),
        ];
        for (at, hash) in all.iter().enumerate() {
            assert!(!all[..at].contains(hash), "row {at}");
        }
    }
}
