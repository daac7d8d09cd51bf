//! Both sides' hashes, read side by side and cancelled against each other.

use crate::db::{CopyOut, DbError};

use super::merge::{Merge, Place};
use super::pair::TablePair;
use super::sql::{Bucketing, Side};
use super::{DiffError, Sides};

/// What the streams held.
pub(super) struct Streamed {
    pub(super) rows_a: u64,
    pub(super) rows_b: u64,
    pub(super) merge: Merge,
}

/// Streams the rows of these buckets, or all.
pub(super) async fn read(
    sides: &mut Sides,
    pair: &TablePair<'_>,
    unequal: Option<(Bucketing, &[i64])>,
) -> Result<Streamed, DiffError> {
    let sql_a = pair.stream(Side::A, unequal).map_err(DbError::from)?;
    let sql_b = pair.stream(Side::B, unequal).map_err(DbError::from)?;
    let (a, b) = tokio::join!(sides.a.copy_out(&sql_a), sides.b.copy_out(&sql_b));
    let (mut a, mut b) = (Reader::new(a?), Reader::new(b?));
    let mut merge = Merge::new();
    loop {
        // The side that lags behind is read first: tables in one order then cancel as they come.
        let (reader, side) = match (a.done, b.done) {
            (true, true) => break,
            (false, true) => (&mut a, Side::A),
            (true, false) => (&mut b, Side::B),
            (false, false) if a.rows <= b.rows => (&mut a, Side::A),
            (false, false) => (&mut b, Side::B),
        };
        reader.read(&mut |key, row, place| merge.take(side, key, row, place).map_err(DiffError::Spill)).await?;
    }
    Ok(Streamed { rows_a: a.rows, rows_b: b.rows, merge })
}

/// Reads COPY's binary format: three columns, two of eight bytes, one of six.
struct Reader<'a> {
    copy: CopyOut<'a>,
    /// What came and was not read yet.
    rest: Vec<u8>,
    begun: bool,
    done: bool,
    rows: u64,
}

/// `PGCOPY\n\377\r\n\0`, flags, length of the extension.
const HEADER: usize = 11 + 4 + 4;
/// Number of columns, and each column behind its length.
const RECORD: usize = 2 + (4 + 8) + (4 + 8) + (4 + 6);

impl<'a> Reader<'a> {
    fn new(copy: CopyOut<'a>) -> Reader<'a> {
        Reader { copy, rest: Vec::new(), begun: false, done: false, rows: 0 }
    }

    /// Reads the next piece, and hands over its rows.
    async fn read(
        &mut self,
        take: &mut (dyn FnMut(i64, i64, Place) -> Result<(), DiffError> + Send),
    ) -> Result<(), DiffError> {
        let Some(piece) = self.copy.next().await? else {
            self.done = true;
            return if self.rest.is_empty() { Ok(()) } else { Err(malformed()) };
        };
        if self.rest.is_empty() {
            self.rest = piece;
        } else {
            self.rest.extend_from_slice(&piece);
        }
        let mut at = 0;
        if !self.begun {
            if self.rest.len() < HEADER {
                return Ok(());
            }
            (self.begun, at) = (true, HEADER);
        }
        while let Some(columns) = self.rest.get(at..at + 2) {
            // The end of the data has a -1 for the number of columns.
            if columns == [0xff, 0xff] {
                at += 2;
                continue;
            }
            let Some(record) = self.rest.get(at..at + RECORD) else { break };
            let (key, row, place) = parse(record).ok_or_else(malformed)?;
            take(key, row, place)?;
            self.rows += 1;
            at += RECORD;
        }
        self.rest.drain(..at);
        Ok(())
    }
}

fn parse(record: &[u8]) -> Option<(i64, i64, Place)> {
    if record.get(..6)? != [0, 3, 0, 0, 0, 8]
        || record.get(14..18)? != [0, 0, 0, 8]
        || record.get(26..30)? != [0, 0, 0, 6]
    {
        return None;
    }
    let key = i64::from_be_bytes(record.get(6..14)?.try_into().ok()?);
    let row = i64::from_be_bytes(record.get(18..26)?.try_into().ok()?);
    let block = u32::from_be_bytes(record.get(30..34)?.try_into().ok()?);
    let number = u16::from_be_bytes(record.get(34..36)?.try_into().ok()?);
    Some((key, row, Place(block, number)))
}

fn malformed() -> DiffError {
    DbError::Answer { reason: "the stream of hashes is not in COPY's binary format".into() }.into()
}
