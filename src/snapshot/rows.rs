//! Row fingerprints: one line a row, by which two snapshots name the rows that differ without keeping their values.
//!
//! `row_file.rs` says what their files look like. They are ordered by key, then by hash, so that two tables are compared
//! row by row with few of them in memory. The sums of the hashes are the table's digests.

use crate::db::{DbError, Row};
use crate::digest::Digest;
use crate::spill::Record;

use super::row_file::{line_of, parse};
use super::{SnapshotError, TableSnapshot};

/// The fingerprint of one row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowPrint {
    /// The key's values as a JSON array of texts; empty where the table has no key.
    pub key: Box<str>,
    /// The hash of the row.
    pub row: i64,
    /// The hash of each column.
    pub columns: Box<[i64]>,
}

/// The fingerprints of a table's rows, one after the other in their order. Who has read them to the end without an
/// error has read what was written.
pub struct RowStream<'a> {
    /// The columns of the key; `None` where it has none.
    pub key: Option<Vec<String>>,
    /// The columns that were hashed, in the order of the hashes.
    pub columns: Vec<String>,
    /// The rows, ordered.
    pub rows: Box<dyn Iterator<Item = Result<RowPrint, SnapshotError>> + 'a>,
}

/// Where row fingerprints come from.
pub trait RowSource {
    /// The fingerprints of this table from the first on; `None` where there are none.
    ///
    /// # Errors
    /// [`SnapshotError`] where there should be some and they cannot be read; later ones come with the rows.
    fn rows(&self, table: &TableSnapshot) -> Result<Option<RowStream<'_>>, SnapshotError>;
}

/// By key, then by hash: by the client and not by ORDER BY, since the order is then that of the bytes in UTF-8 whatever
/// the encoding of the database, and a server in use is spared the sort.
impl Record for RowPrint {
    fn bytes(&self) -> usize {
        size_of_val(self) + self.key.len() + size_of_val(&*self.columns)
    }

    fn write(&self, line: &mut String) {
        line_of(self, line);
    }

    fn read(line: &str) -> Option<RowPrint> {
        let columns = (line.find('\t').unwrap_or_default() / 16).saturating_sub(1);
        parse(line, columns)
    }
}

impl RowPrint {
    /// Reads a row of the query for fingerprints: the key, the row's hash, the columns' hashes.
    pub(super) fn read(row: &Row) -> Result<RowPrint, DbError> {
        RowPrint::of(row.values())
    }

    /// The same from the values of such a row.
    pub(super) fn of(values: &[Option<String>]) -> Result<RowPrint, DbError> {
        let [key, hash, columns @ ..] = values else {
            return Err(DbError::Answer { reason: "a row without fingerprints".into() });
        };
        let number = |value: &Option<String>| -> Result<i64, DbError> {
            value
                .as_deref()
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| DbError::Answer { reason: format!("{value:?} where a hash was expected") })
        };
        Ok(RowPrint {
            key: key.clone().unwrap_or_default().into(),
            row: number(hash)?,
            columns: columns.iter().map(number).collect::<Result<_, _>>()?,
        })
    }
}

/// What fingerprints add up to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) rows: u64,
    row: Digest,
    columns: Vec<Digest>,
}

impl Sums {
    pub(super) fn add(&mut self, print: &RowPrint) {
        self.rows += 1;
        self.row = self.row + Digest(print.row.into());
        self.columns.resize(print.columns.len().max(self.columns.len()), Digest::default());
        for (sum, hash) in self.columns.iter_mut().zip(&print.columns) {
            *sum = *sum + Digest((*hash).into());
        }
    }

    /// Whether these are the rows that the table's digests were made of.
    pub(super) fn are_those_of(&self, table: &TableSnapshot) -> bool {
        let mut columns = self.columns.clone();
        // Of no rows not even the number of columns is known.
        columns.resize(table.columns.len().max(columns.len()), Digest::default());
        self.rows == table.rows
            && Some(self.row) == table.row_digest.sum()
            && columns.into_iter().map(Some).eq(table.columns.iter().map(|column| column.digest.sum()))
    }
}
