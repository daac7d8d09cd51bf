//! The fingerprints of a table's rows as they come, held against the table: they are in order, and add up to its digests.

use super::super::rows::{RowPrint, Sums};
use super::super::{RowSource, RowStream, SnapshotError, TableSnapshot};

/// Rows in their order. What was found by them counts only when the last one was taken without an error.
pub(super) struct Checked<'a> {
    stream: RowStream<'a>,
    table: &'a TableSnapshot,
    sums: Sums,
    next: Option<RowPrint>,
    repeats_a_key: bool,
}

impl<'a> Checked<'a> {
    /// Those of a table; `None` where there are none.
    pub(super) fn of(
        source: &'a dyn RowSource,
        table: &'a TableSnapshot,
    ) -> Result<Option<Checked<'a>>, SnapshotError> {
        let Some(stream) = source.rows(table)? else { return Ok(None) };
        let mut rows = Checked { stream, table, sums: Sums::default(), next: None, repeats_a_key: false };
        if !rows.stream.columns.iter().eq(table.columns.iter().map(|column| &column.name)) {
            return Err(rows.malformed("their columns are not those of the table"));
        }
        rows.next = rows.read()?;
        Ok(Some(rows))
    }

    /// The columns of the key.
    pub(super) fn key(&self) -> Option<&[String]> {
        self.stream.key.as_deref()
    }

    /// The place of the hash of a column.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.stream.columns.iter().position(|column| column == name)
    }

    /// Whether two of the rows so far, the next one among them, have one key.
    pub(super) fn repeats_a_key(&self) -> bool {
        self.repeats_a_key
    }

    /// The next row, which stays the next.
    pub(super) fn peek(&self) -> Option<&RowPrint> {
        self.next.as_ref()
    }

    /// Takes the next row.
    pub(super) fn take(&mut self) -> Result<Option<RowPrint>, SnapshotError> {
        let Some(taken) = self.next.take() else { return Ok(None) };
        self.next = self.read()?;
        if let Some(next) = &self.next {
            if *next < taken {
                return Err(self.malformed("they are not in order"));
            }
            self.repeats_a_key |= next.key == taken.key;
        }
        Ok(Some(taken))
    }

    fn read(&mut self) -> Result<Option<RowPrint>, SnapshotError> {
        match self.stream.rows.next().transpose()? {
            Some(row) => {
                self.sums.add(&row);
                Ok(Some(row))
            }
            None if self.sums.are_those_of(self.table) => Ok(None),
            None => Err(self.malformed("their sums are not the digests of the table")),
        }
    }

    fn malformed(&self, problem: &str) -> SnapshotError {
        SnapshotError::Malformed {
            path: format!("row fingerprints of {}", self.table.name),
            problem: problem.to_owned(),
        }
    }
}
