//! Row fingerprints: one line a row, by which two snapshots name the rows that differ without keeping their values.
//!
//! The file is gzip of UTF-8 with LF. Its first line is `phasegate-rows 1 ` and a JSON object `{"table", "key", "columns"}`.
//! Every other line is a row: 16 hexadecimal digits of the row's hash, 16 of the hash of each column in the order
//! given, a tab, and the key as a JSON array of texts (nothing where the table has no key). The lines are ordered by
//! key, then by hash, so that two files differ where the tables do. The sums of the hashes are the table's digests.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::db::{DbError, Row};
use crate::digest::{Checksum, Digest};

use super::{SnapshotError, TableSnapshot};

const MAGIC: &str = "phasegate-rows 1 ";

/// The fingerprints of a table's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprints {
    /// The table.
    pub table: String,
    /// The columns of the key; `None` where it has none.
    pub key: Option<Vec<String>>,
    /// The columns that were hashed, in the order of the hashes.
    pub columns: Vec<String>,
    /// The rows, ordered.
    pub rows: Vec<RowPrint>,
}

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

/// Where row fingerprints come from.
pub trait RowSource {
    /// The fingerprints of this table; `None` where there are none.
    ///
    /// # Errors
    /// [`SnapshotError`] where there should be some and they cannot be read or are not those that were written.
    fn rows(&self, table: &TableSnapshot) -> Result<Option<Fingerprints>, SnapshotError>;
}

impl RowSource for BTreeMap<String, Fingerprints> {
    fn rows(&self, table: &TableSnapshot) -> Result<Option<Fingerprints>, SnapshotError> {
        Ok(self.get(&table.name).cloned())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    table: String,
    key: Option<Vec<String>>,
    columns: Vec<String>,
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

impl Fingerprints {
    /// The sums of the hashes: of the rows, and of each column.
    pub fn digests(&self) -> (Digest, Vec<Digest>) {
        let mut sums = vec![Digest::default(); self.columns.len()];
        let mut rows = Digest::default();
        for print in &self.rows {
            rows = rows + Digest(print.row.into());
            for (sum, hash) in sums.iter_mut().zip(&print.columns) {
                *sum = *sum + Digest((*hash).into());
            }
        }
        (rows, sums)
    }

    /// Whether these are the rows that the table's digests were made of.
    pub fn belong_to(&self, table: &TableSnapshot) -> bool {
        let (rows, columns) = self.digests();
        u64::try_from(self.rows.len()) == Ok(table.rows)
            && Some(rows) == table.row_digest.sum()
            && self.columns.iter().eq(table.columns.iter().map(|column| &column.name))
            && columns.iter().copied().map(Some).eq(table.columns.iter().map(|column| column.digest.sum()))
    }

    /// The file's text.
    pub(super) fn to_text(&self) -> Result<String, serde_json::Error> {
        let head = Head { table: self.table.clone(), key: self.key.clone(), columns: self.columns.clone() };
        let mut text = format!("{MAGIC}{}\n", serde_json::to_string(&head)?);
        for print in &self.rows {
            for hash in std::iter::once(&print.row).chain(&print.columns) {
                let _ = write!(text, "{hash:016x}");
            }
            let _ = writeln!(text, "\t{}", print.key);
        }
        Ok(text)
    }

    /// Reads the file's text.
    pub(super) fn from_text(text: &str) -> Result<Fingerprints, String> {
        let mut lines = text.lines();
        let head =
            lines.next().and_then(|line| line.strip_prefix(MAGIC)).ok_or(format!("does not start with {MAGIC}"))?;
        let head: Head = serde_json::from_str(head).map_err(|error| format!("line 1: {error}"))?;
        let mut rows = Vec::new();
        for (number, line) in (2..).zip(lines) {
            rows.push(print(line, head.columns.len()).ok_or(format!("line {number} is not a row fingerprint"))?);
        }
        Ok(Fingerprints { table: head.table, key: head.key, columns: head.columns, rows })
    }

    /// The checksum of the file's text.
    pub(super) fn checksum(text: &str) -> Checksum {
        Checksum::of(text.as_bytes())
    }
}

fn print(line: &str, columns: usize) -> Option<RowPrint> {
    let (hashes, key) = line.split_once('\t')?;
    if hashes.len() != (columns + 1) * 16 || !hashes.is_ascii() {
        return None;
    }
    let mut numbers = (0..=columns).map(|index| {
        let digits = u64::from_str_radix(&hashes[index * 16..(index + 1) * 16], 16).ok()?;
        Some(i64::from_ne_bytes(digits.to_ne_bytes()))
    });
    let row = numbers.next()??;
    Some(RowPrint { key: key.into(), row, columns: numbers.collect::<Option<_>>()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_comes_back_as_it_went() {
        let prints = Fingerprints {
            table: "public.we\"ird\n".into(),
            key: Some(vec!["id".into()]),
            columns: vec!["a".into(), "id".into()],
            rows: vec![
                RowPrint { key: "[\"1\\t\"]".into(), row: -1, columns: [i64::MIN, 7].into() },
                RowPrint { key: "".into(), row: 0, columns: [0, i64::MAX].into() },
            ],
        };
        let text = prints.to_text().unwrap();
        assert_eq!(text.lines().count(), 3);
        assert_eq!(Fingerprints::from_text(&text).unwrap(), prints);
        assert!(Fingerprints::from_text(&text.replace("\t[", "0\t[")).unwrap_err().contains("line 2"));
        assert!(Fingerprints::from_text("id,name").is_err());
    }
}
