//! Two databases, schemas or tables compared down to the row, without writing to either.
//!
//! 1. Tables and columns are paired; what is missing or of another type is told, and which schema objects differ.
//! 2. Both sides are scanned at once, each under its own exported snapshot: rows and a digest for each bucket of keys.
//!    A few sampled rows say beforehand whether so many differ that every bucket would.
//! 3. Of buckets that are not alike, a hash of each row is streamed from both sides; equal ones cancel, in flat memory.
//! 4. The rows that remain are fetched with their values and named: only in A, only in B, or changed in these columns.
//!
//! The hashes are those of [`crate::snapshot`]: 64 bits of an injective form of each value, so two values are one where
//! PostgreSQL shows them alike (1.0 and 1.00 differ). They find accidents, not forgers.

mod buckets;
mod compare;
mod detail;
mod facts;
mod merge;
mod pace;
mod pair;
mod repair;
mod rows;
mod schema;
mod sql;
mod statement;
mod stream;
mod value;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::db::{Cancel, ConnSpec, DbError, Session, SharedSnapshot};
use crate::evidence::Redaction;
use crate::snapshot::Cause;
use crate::verdict::Verdict;

pub use crate::decimal::Decimal;
pub use compare::compare;
pub use rows::Rows;
pub use schema::{SchemaDiff, SchemaNote};

/// What to compare, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// Schemas of A with their counterparts in B; with `tables` empty too: all schemas.
    pub schemas: Vec<(String, String)>,
    /// Tables of A with their counterparts in B, by full name.
    pub tables: Vec<(String, String)>,
    /// Not these tables, by full name on either side.
    pub exclude: Vec<String>,
    /// Columns of A that have another name in B. A column is written `column`, `table.column` or
    /// `schema.table.column` with A's names, here and below.
    pub columns: Vec<(String, String)>,
    /// Columns that are not compared.
    pub ignore_columns: Vec<String>,
    /// The columns that tell the rows of a table apart, by A's names, in place of its own key; without a table's name
    /// those of every table. They need not do so: rows of one key are then compared as a multiset.
    pub keys: Vec<(Option<String>, Vec<String>)>,
    /// A condition on the rows of both sides, SQL.
    pub filter: Option<String>,
    /// How far numbers of a column may be apart and still count as equal.
    pub tolerances: Vec<(String, Decimal)>,
    /// Columns whose values are not shown. Repair SQL has them nevertheless.
    pub redact: Vec<String>,
    /// The same by the configuration, which speaks of more tables than are compared here: they need not be there.
    pub also_redact: Redaction,
    /// How many differing rows of a table are shown.
    pub limit: usize,
    /// Where more buckets than this differ, no rows are looked for, only the columns that differ are named.
    pub max_different_percent: Option<f64>,
    /// Schema objects that differ make the two different; else they are told.
    pub strict_schema: bool,
    /// Rows that differ are read again after this time, and only those that still differ count.
    pub two_phase: Option<Duration>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            schemas: Vec::new(),
            tables: Vec::new(),
            exclude: Vec::new(),
            columns: Vec::new(),
            ignore_columns: Vec::new(),
            keys: Vec::new(),
            filter: None,
            tolerances: Vec::new(),
            redact: Vec::new(),
            also_redact: Redaction::default(),
            limit: 20,
            max_different_percent: None,
            strict_schema: false,
            two_phase: None,
        }
    }
}

/// What happens meanwhile.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A table is being compared.
    Table {
        /// Its name in A.
        name: String,
        /// Its place in the order of work, from 1.
        number: usize,
        /// How many there are.
        of: usize,
    },
    /// Rows that differ are looked at again after this time.
    Waiting(Duration),
}

/// What a comparison came to.
#[derive(Debug, Serialize)]
pub struct Comparison {
    /// Equal (pass or warn), different (fail), could not judge (not evaluated).
    pub verdict: Verdict,
    /// The first database.
    pub a: Instant,
    /// The second database.
    pub b: Instant,
    /// The schema objects of both sides.
    pub schema: SchemaDiff,
    /// The tables that were compared, by name.
    pub tables: Vec<TableDiff>,
    /// The tables that were not, by name.
    pub not_compared: Vec<NotCompared>,
}

/// One side at its instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Instant {
    /// The database.
    pub database: String,
    /// The server, as it names itself.
    pub server_version: String,
    /// The instant in the server's write-ahead log, where the role may know it.
    pub lsn: Option<String>,
    /// What no other database is called, whatever the way to it: the system's identifier and the database's number, where
    /// the role may know them. A standby has those of its primary.
    #[serde(skip)]
    pub(crate) identity: Option<String>,
}

/// Two tables, compared.
#[derive(Debug, Serialize)]
pub struct TableDiff {
    /// The name in A.
    pub a: String,
    /// The name in B.
    pub b: String,
    /// Pass: equal; warn: equal but for what is noted; fail: different; not evaluated: differences remain unexplained.
    pub verdict: Verdict,
    /// Rows in A.
    pub rows_a: u64,
    /// Rows in B.
    pub rows_b: u64,
    /// The columns that tell rows apart, by A's names; none: multisets.
    pub key: Vec<String>,
    /// How many columns were compared.
    pub columns_compared: usize,
    /// Columns that are not simply the same.
    pub columns: Vec<ColumnNote>,
    /// Rows only in A.
    pub only_in_a: u64,
    /// Rows only in B.
    pub only_in_b: u64,
    /// Rows with one key and different values.
    pub changed: u64,
    /// In how many changed rows each column differs, by A's names.
    pub changed_columns: BTreeMap<String, u64>,
    /// Rows that are equal only by a tolerance.
    pub tolerated: u64,
    /// In how many rows each column's difference was tolerated.
    pub tolerated_columns: BTreeMap<String, u64>,
    /// Rows that differed at first and no longer after the delay.
    pub settled: u64,
    /// Rows that are not alike beyond those that were looked at; their number alone is known.
    pub not_looked_at: u64,
    /// The first rows that differ.
    pub rows: Rows,
    /// Why no rows were looked for, where so many buckets differ.
    pub aborted: Option<Aborted>,
    /// How long it took, in milliseconds.
    pub took_ms: f64,
}

/// A column that is not simply the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnNote {
    /// Its name in A; in B where A has none.
    pub column: String,
    /// What is with it.
    pub problem: ColumnProblem,
}

/// What is with a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnProblem {
    /// B has none of this name.
    OnlyInA,
    /// A has none of this name.
    OnlyInB,
    /// The types differ; the values were compared nevertheless.
    Type {
        /// In A.
        a: String,
        /// In B.
        b: String,
    },
    /// Left out by request.
    Ignored,
}

/// A row that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowDiff {
    /// How.
    pub kind: RowKind,
    /// How many rows of this content; more than one only in tables without a key.
    pub copies: u64,
    /// The key by A's column names, in the key's order; of a table without a key all columns.
    pub key: Vec<(String, Option<String>)>,
    /// The columns that differ.
    pub values: Vec<ValueDiff>,
}

/// How a row differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    /// B has no such row.
    OnlyInA,
    /// A has no such row.
    OnlyInB,
    /// Both have a row of this key, with other values.
    Changed,
}

/// A value that differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ValueDiff {
    /// The column, by A's name.
    pub column: String,
    /// A's value; `None` for NULL.
    pub a: Option<String>,
    /// B's value; `None` for NULL.
    pub b: Option<String>,
}

/// A table whose rows were not looked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Aborted {
    /// Buckets that differ.
    pub unequal_buckets: usize,
    /// All buckets.
    pub buckets: usize,
    /// The columns whose digests differ.
    pub columns: Vec<String>,
}

/// A table that was not compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotCompared {
    /// The name, or both where they differ.
    pub name: String,
    /// What kind of reason it is; `None`: there is nothing to compare it with, which is a difference.
    pub cause: Option<Cause>,
    /// The reason in words.
    pub reason: String,
}

/// Why two databases could not be compared at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiffError {
    /// A server could not be asked.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A side could not be asked.
    #[error("{side}: {source}")]
    Side {
        /// `A` or `B`.
        side: &'static str,
        /// Why.
        source: DbError,
    },
    /// Text has other bytes on the two sides.
    #[error("A is encoded in {a} and B in {b}: text has other bytes, so its digests say nothing to each other")]
    Encoding {
        /// A's encoding.
        a: String,
        /// B's encoding.
        b: String,
    },
    /// Something that was named is not there.
    #[error("there is no {what}; {known}")]
    Unknown {
        /// What was named.
        what: String,
        /// What there is.
        known: String,
    },
    /// A name stands for two tables.
    #[error("{name} names two tables, a dot in a name being taken for the one between; compare their schemas instead")]
    Ambiguous {
        /// The name.
        name: String,
    },
    /// Everything would be compared with itself.
    #[error("there is only one database; name what to compare in it: --schema old=new or --table s.old=s.new")]
    Itself,
    /// The temporary directory cannot be used.
    #[error("the temporary directory: {0}")]
    Spill(std::io::Error),
    /// The repair SQL cannot be written.
    #[error("repair SQL: {0}")]
    Repair(std::io::Error),
    /// The user stopped it.
    #[error("the comparison was cancelled; nothing is known of the tables that were left")]
    Cancelled,
}

impl Comparison {
    /// `checked 212 of 214 tables`, with the reasons of the rest left to [`Comparison::not_compared`].
    pub fn coverage(&self) -> String {
        let all = self.tables.len() + self.not_compared.len();
        let rows: u64 = self.tables.iter().map(|table| table.rows_a.max(table.rows_b)).sum();
        let columns: usize = self.tables.iter().map(|table| table.columns_compared).sum();
        let empty = self.tables.iter().filter(|table| table.rows_a + table.rows_b == 0).count();
        let empty = if empty > 0 { format!("; {empty} of them without a row on either side") } else { String::new() };
        format!("compared {} of {all} tables ({columns} columns, {rows} rows{empty})", self.tables.len())
    }
}

/// Both sides, each with a session at its instant.
struct Sides {
    shared_a: SharedSnapshot,
    /// `None` where both are one database: then they are one instant too.
    shared_b: Option<SharedSnapshot>,
    a: Session,
    b: Session,
}

impl Sides {
    async fn open(a: &ConnSpec, b: Option<&ConnSpec>, cancel: &Cancel) -> Result<Sides, DiffError> {
        let of = |side| move |source| DiffError::Side { side, source };
        let shared_a = SharedSnapshot::open(a, cancel.clone()).await.map_err(of("A"))?;
        let shared_b = match b {
            Some(b) => Some(SharedSnapshot::open(b, cancel.clone()).await.map_err(of("B"))?),
            None => None,
        };
        let session_a = shared_a.session().await.map_err(of("A"))?;
        let session_b = shared_b.as_ref().unwrap_or(&shared_a).session().await.map_err(of("B"))?;
        Ok(Sides { shared_a, shared_b, a: session_a, b: session_b })
    }

    fn shared_b(&self) -> &SharedSnapshot {
        self.shared_b.as_ref().unwrap_or(&self.shared_a)
    }

    /// New sessions at the same instants, after one failed.
    async fn mend(&mut self) -> Result<(), DbError> {
        self.a = self.shared_a.session().await?;
        self.b = self.shared_b().session().await?;
        Ok(())
    }

    async fn close(self) {
        self.a.close().await;
        self.b.close().await;
        self.shared_a.close().await;
        if let Some(shared) = self.shared_b {
            shared.close().await;
        }
    }
}
