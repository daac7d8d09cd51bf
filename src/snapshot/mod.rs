//! Snapshots: what a database held at one instant, in figures that can be compared later without the data.
//!
//! * [`take`] reads every table once under one exported snapshot: rows, nulls, bounds, sums, digests.
//! * [`save`] and [`load`] keep a snapshot as readable JSON, with one file of row fingerprints beside it per table.
//! * [`compare`] says what differs between two snapshots and was not declared, down to the key.
//! * [`show_values`] reads what stood in the rows that differ, where a database is at hand that holds them.
//! * [`coverage`] says what was checked and what was not.
//!
//! # What a digest proves
//!
//! Method [`DIGEST_METHOD`]: each value is covered by two sums of 64-bit hashes of an injective form of it. The digest
//! of its column is the exact sum of hashes seeded by a hash of the row's key; the digest of the rows is the sum of one
//! hash a row, over all its columns, each hashed again under a seed of its own. A value that changed, or moved to
//! another row or column, is in both. `digest_sql.rs` says how the hashes are joined, `form.rs` what they are made of:
//! the server's own hash functions call different values equal (5.00 and -5.00 to begin with).
//!
//! **Equality** is that of the representation or of the value ([`Equality`]); snapshots of different equality cannot be
//! compared.
//!
//! **Stability**: digests of equal data are equal on PostgreSQL 13 to 18 and on all machines of one byte order, for
//! databases of one encoding, whatever their collations, time zone and other settings.
//!
//! **Error**: the hashes are not cryptographic; they find accidents, not forgers. That a given change of the data goes
//! unseen takes a coincidence in both sums: each has a probability of about 2^-64, and they are independent. A
//! comparison that can use one of them only (columns were added or dropped, so that the digests of the rows say
//! nothing to each other) rests on 2^-64.
//!
//! A table without a key is a multiset of rows: its column digests alone do not say which value stood in which row,
//! its row digest does.

mod beside;
mod buckets;
mod capture;
mod columns;
mod compare;
mod coverage;
mod digest_sql;
mod exclusion;
mod form;
mod guarantee;
mod moves;
mod moves_measure;
mod pace;
mod row_file;
mod rows;
mod schema;
mod sequences;
mod sha256;
mod store;
mod tally;
mod tuples;
mod units;
mod values;
mod work;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::digest::{Checksum, ContentDigest};
use crate::phase::ObjectKind;

pub use beside::{Beside, Part, Statement, Told, Untold};
pub use buckets::Buckets;
pub use capture::{Event, Options, shareable, take, take_with};
pub use columns::Forms;
pub use compare::{CompareOptions, NamedRows, compare, compare_named, renames};
pub use coverage::{COVERAGE, coverage, covered};
pub use exclusion::{ExcludedColumn, NO_REASON, column_problem, exclude_problems, table_problem};
pub use form::Form;
pub use guarantee::{guarantee, guarantee_fact};
pub use moves::{MoveSnapshot, MovedRows, MovedTable, MovedValue, Values, WantedMove};
pub use rows::{RowPrint, RowSource, RowStream};
pub use sequences::SequencePosition;
pub use sha256::SHA256_METHOD;
pub use store::{FILE, FORMAT_VERSION, StoredRows, list, load, save};
pub use values::{NotShown, State, show_values};

/// How the digests are made. Digests of different methods cannot be compared.
pub const DIGEST_METHOD: &str = "hash64-v2";

/// What a database held at one instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// The version of this format; [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The instant, by the client's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub taken_at: OffsetDateTime,
    /// The instant in the server's write-ahead log, where the role may know it.
    pub lsn: Option<String>,
    /// The server, as it names itself: `15.13 (Debian 15.13-0+deb12u1)`.
    pub server_version: String,
    /// The database.
    pub database: String,
    /// Its encoding: the digests of text are made of its bytes.
    pub encoding: String,
    /// How the digests were made; [`DIGEST_METHOD`] or [`SHA256_METHOD`].
    pub digest_method: String,
    /// When two values are one: `representation` or `value`.
    pub equality: Equality,
    /// The settings that text forms depend on, as they were while reading.
    pub pinned_settings: BTreeMap<String, String>,
    /// The tables that were read, by name.
    pub tables: Vec<TableSnapshot>,
    /// The tables that were not, by name.
    pub not_covered: Vec<NotCovered>,
    /// The columns that were left out by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded_columns: Vec<ExcludedColumn>,
    /// Where sequences stand that feed no column, by name; those that the role may not read are named below.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sequences: BTreeMap<String, SequencePosition>,
    /// Such sequences of which it could not be seen where they stand, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sequences_not_seen: Vec<NotCovered>,
    /// The declared moves of rows, each table of them as sums that add up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<MoveSnapshot>,
    /// Every object with its definition, by kind and name.
    pub schema: SchemaFingerprint,
}

/// How digests are made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DigestKind {
    /// By the server, as sums of 64-bit hashes: for accidents. Rows can be named.
    #[default]
    Hash64,
    /// By the client, as SHA-256 over the rows in order: for an adversary, or a server that may not hash.
    Sha256,
}

impl DigestKind {
    /// The method that a snapshot with such digests names.
    pub fn method(self) -> &'static str {
        match self {
            DigestKind::Hash64 => DIGEST_METHOD,
            DigestKind::Sha256 => SHA256_METHOD,
        }
    }
}

/// Whether other statements over a table share the pass of its digest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SharedPass {
    /// Where the tables together are larger than the server says it can keep in memory (`effective_cache_size`): by the
    /// time a second pass began, the first would have pushed its blocks out again.
    #[default]
    Auto,
    /// Wherever it can be.
    Always,
    /// Nowhere.
    Never,
}

/// When two values are one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Equality {
    /// When PostgreSQL shows them alike: 1.0 and 1.00 are two values, and so are 0 and -0.
    #[default]
    Representation,
    /// When PostgreSQL calls them equal: 1.0 is 1.00, 0 is -0, blanks at the end of `char` are nothing. Within jsonb,
    /// arrays, ranges and composites they still are what they are shown as.
    Value,
}

/// One table at the instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableSnapshot {
    /// `schema.name`.
    pub name: String,
    /// `table`, `partitioned table`, `materialized view`.
    pub kind: String,
    /// How many rows.
    pub rows: u64,
    /// The columns that tell its rows apart, in order; `None`: the table is a multiset.
    pub key: Option<Vec<String>>,
    /// The digest over whole rows.
    pub row_digest: ContentDigest,
    /// The columns, by name.
    pub columns: Vec<ColumnSnapshot>,
    /// The file of row fingerprints, where one was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprints: Option<FingerprintFile>,
    /// Digests by bucket, where the table has no row fingerprints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buckets: Option<Buckets>,
}

/// One column at the instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnSnapshot {
    /// Its name.
    pub name: String,
    /// Its type as PostgreSQL writes it: `numeric(12,2)`.
    pub type_name: String,
    /// The form that was hashed: columns of one form have comparable digests, whatever their types.
    pub form: String,
    /// How many NULLs.
    pub nulls: u64,
    /// The least value, where the type has an order; text by its bytes, cut after 100 characters.
    pub min: Option<String>,
    /// The greatest value, likewise.
    pub max: Option<String>,
    /// The exact sum of an integer or numeric column.
    pub sum: Option<String>,
    /// The keyed digest of its values.
    pub digest: ContentDigest,
}

/// Where the row fingerprints of a table are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FingerprintFile {
    /// Relative to the snapshot's directory, with `/`.
    pub file: String,
    /// How many rows it has.
    pub rows: u64,
    /// The checksum of the file.
    pub checksum: Checksum,
}

/// A table that was not read, or something else of which a snapshot should have told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotCovered {
    /// `schema.name`.
    pub name: String,
    /// What kind of reason it is.
    pub cause: Cause,
    /// The reason in words.
    pub reason: String,
}

/// What kind of reason kept a table from being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The caller left it out.
    Excluded,
    /// It cannot be read at this instant by its nature: a foreign table, a materialized view without data.
    Unsuited,
    /// It should have been read and could not be.
    Failed,
}

/// Every object of the user's schemas with its definition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemaFingerprint {
    /// By kind and name.
    pub objects: Vec<SchemaObject>,
}

impl SchemaFingerprint {
    /// Reads it.
    ///
    /// # Errors
    /// [`DbError`](crate::db::DbError) as for any query.
    pub async fn read(session: &mut crate::db::Session) -> Result<SchemaFingerprint, crate::db::DbError> {
        schema::read(session, &[]).await
    }
}

/// One object of the schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemaObject {
    /// What it is.
    pub kind: ObjectKind,
    /// Its name as a declaration writes it: `public.t`, `public.t.column`, `public.f(integer, text)`.
    pub name: String,
    /// The object that it belongs to, where its own name does not start with that one's: the table of an index, the
    /// column of a sequence, the parent's column, index, constraint or trigger of one that a partition inherited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Its definition; one of more than 1,000 characters as its checksum.
    pub definition: String,
}

/// Why a snapshot could not be taken, kept or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The server could not be asked.
    #[error(transparent)]
    Db(#[from] crate::db::DbError),
    /// The user stopped it.
    #[error("the snapshot was cancelled; nothing of it is valid")]
    Cancelled,
    /// A file or directory could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which one.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{path}: {problem}")]
    Malformed {
        /// Which one.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A newer phasegate wrote it.
    #[error(
        "{path}: the snapshot has format {found}, this phasegate reads formats up to {FORMAT_VERSION}; read it with a newer phasegate"
    )]
    Newer {
        /// Which one.
        path: String,
        /// Its version.
        found: u64,
    },
    /// Names of tables or columns that there are not, or that cannot be left out.
    #[error("{}", .problems.join("; "))]
    Names {
        /// One line each.
        problems: Vec<String>,
    },
    /// There is a snapshot where one should be written.
    #[error("{path}: there is a snapshot already; choose another directory or remove it")]
    Exists {
        /// Where.
        path: String,
    },
}

impl Snapshot {
    /// The key of each table, for [`Options::keys`] of the snapshot that this one will be compared with.
    pub fn keys(&self) -> BTreeMap<String, Option<Vec<String>>> {
        self.tables.iter().map(|table| (table.name.clone(), table.key.clone())).collect()
    }

    /// The table of this name.
    pub fn table(&self, name: &str) -> Option<&TableSnapshot> {
        self.tables.iter().find(|table| table.name == name)
    }
}

impl TableSnapshot {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&ColumnSnapshot> {
        self.columns.iter().find(|column| column.name == name)
    }
}
