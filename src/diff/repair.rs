//! SQL that would make B like A. It is written and never run.
//!
//! Rows are deleted first, those that refer before those they refer to; then rows are changed, then inserted, the other
//! way round. The statements are found table by table, so they wait in a file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

use crate::db::{DbError, Session};
use crate::spill::Temporary;

use super::detail::{Difference, Fetched};
use super::pair::TablePair;
use super::sql::Side;
use super::statement::{self, Piece};
use super::{DiffError, Sides};

/// Characters of a long value to fetch at a time.
const PIECE_CHARACTERS: u64 = 1 << 21;

/// Statements of one kind that stand together in the file.
struct Segment {
    order: (u8, i64),
    from: u64,
    bytes: u64,
}

/// Repair SQL in the making.
pub(super) struct Repair<'a> {
    out: &'a mut (dyn Write + Send),
    spool: BufWriter<File>,
    /// Where the spool lies.
    _file: Temporary,
    segments: Vec<Segment>,
    at: u64,
    /// The first segment of the table at hand.
    table: usize,
    /// Its rows that differ only in columns that B computes.
    computed: u64,
    gaps: Vec<String>,
    /// How many tables each one refers to, one after the other.
    depths: BTreeMap<u32, i64>,
}

impl<'a> Repair<'a> {
    /// Asks B which table refers to which.
    pub(super) async fn new(session: &mut Session, out: &'a mut (dyn Write + Send)) -> Result<Repair<'a>, DiffError> {
        let mut parents: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for row in session.rows(include_str!("references.sql")).await? {
            parents.entry(row.parse("child")?).or_default().insert(row.parse("parent")?);
        }
        let (temporary, file) = Temporary::file(&std::env::temp_dir(), "repair").map_err(DiffError::Repair)?;
        let depths = depths(&parents);
        Ok(Repair {
            out,
            spool: BufWriter::new(file),
            _file: temporary,
            segments: Vec::new(),
            at: 0,
            table: 0,
            computed: 0,
            gaps: Vec::new(),
            depths,
        })
    }

    /// What is taken from here on belongs to one table.
    pub(super) fn begin(&mut self) {
        (self.table, self.computed) = (self.segments.len(), 0);
    }

    /// All of the table was taken.
    pub(super) fn end(&mut self, pair: &TablePair<'_>) {
        if self.computed > 0 {
            let (table, rows) = (pair.b.full_name(), self.computed);
            self.gaps.push(format!("{table}: {rows} rows differ only in columns that B computes"));
        }
    }

    /// The table broke off: nothing of it is repaired, not even what was taken whole.
    pub(super) fn undo(&mut self) {
        self.segments.truncate(self.table);
    }

    /// Takes a difference; `sides` are those that its rows were read from, and have the rest of long values.
    pub(super) async fn take(
        &mut self,
        sides: &mut Sides,
        pair: &TablePair<'_>,
        difference: &Difference,
    ) -> Result<(), DiffError> {
        let depth = self.depths.get(&pair.b.oid).copied().unwrap_or_default();
        let (order, pieces, times) = match difference {
            Difference::OnlyB(row) => ((0, -depth), statement::delete(pair, row), 1),
            Difference::Changed { columns, .. } if columns.is_empty() => return Ok(()),
            Difference::Changed { a, b, columns, .. } => ((1, depth), statement::update(pair, a, b, columns), 1),
            Difference::OnlyA(row) => ((2, depth), statement::insert(pair, row), row.copies),
        };
        if pieces.is_empty() {
            self.computed += 1;
            return Ok(());
        }
        let from = self.at;
        for _ in 0..times {
            self.write_pieces(sides, pair, &pieces).await?;
        }
        let bytes = self.at - from;
        match self.segments.get_mut(self.table..).and_then(<[_]>::last_mut) {
            Some(last) if last.order == order && last.from + last.bytes == from => last.bytes += bytes,
            _ => self.segments.push(Segment { order, from, bytes }),
        }
        Ok(())
    }

    async fn write_pieces(
        &mut self,
        sides: &mut Sides,
        pair: &TablePair<'_>,
        pieces: &[Piece<'_>],
    ) -> Result<(), DiffError> {
        for piece in pieces {
            match piece {
                Piece::Sql(sql) => self.spool(sql)?,
                Piece::Long { side, row, column } => {
                    let session = if *side == Side::A { &mut sides.a } else { &mut sides.b };
                    self.write_long(session, pair, (*side, row, *column)).await?;
                }
            }
        }
        Ok(())
    }

    /// A long value as a literal, piece by piece; `E''` means the same whatever `standard_conforming_strings` says.
    async fn write_long(
        &mut self,
        session: &mut Session,
        pair: &TablePair<'_>,
        (side, row, column): (Side, &Fetched, usize),
    ) -> Result<(), DiffError> {
        self.spool("E'")?;
        let mut from = 1;
        loop {
            let sql = pair.piece(side, row, column, (from, PIECE_CHARACTERS)).map_err(DbError::from)?;
            let piece = session.one(sql).await?;
            let piece = piece.text("piece")?;
            if piece.is_empty() {
                break;
            }
            self.spool(&piece.replace('\\', "\\\\").replace('\'', "''"))?;
            from += PIECE_CHARACTERS;
        }
        self.spool("'")
    }

    fn spool(&mut self, sql: &str) -> Result<(), DiffError> {
        self.at += u64::try_from(sql.len()).unwrap_or_default();
        self.spool.write_all(sql.as_bytes()).map_err(DiffError::Repair)
    }

    /// Writes everything in its order, with what could not be repaired: these, and what was found on the way.
    pub(super) fn finish(mut self, gaps: Vec<String>) -> Result<(), DiffError> {
        self.gaps.extend(gaps);
        self.write().map_err(DiffError::Repair)
    }

    fn write(&mut self) -> io::Result<()> {
        self.out.write_all(include_str!("repair_head.sql").as_bytes())?;
        for gap in &self.gaps {
            writeln!(self.out, "-- not repaired: {}", gap.replace(['\n', '\r'], " "))?;
        }
        self.spool.flush()?;
        self.segments.sort_by_key(|segment| (segment.order, segment.from));
        let file = self.spool.get_mut();
        for segment in &self.segments {
            file.seek(SeekFrom::Start(segment.from))?;
            io::copy(&mut Read::by_ref(file).take(segment.bytes), self.out)?;
        }
        writeln!(self.out, "COMMIT;")?;
        self.out.flush()
    }
}

/// How long the longest chain of references from each table is; a circle counts as far as it was followed.
fn depths(parents: &BTreeMap<u32, BTreeSet<u32>>) -> BTreeMap<u32, i64> {
    let mut depths: BTreeMap<u32, i64> = BTreeMap::new();
    // Each round settles at least one more link of every chain that is no circle.
    for _ in 0..parents.len() {
        let mut moved = false;
        for (child, of) in parents {
            let depth = of.iter().map(|parent| depths.get(parent).copied().unwrap_or(0) + 1).max().unwrap_or(0);
            moved |= depths.insert(*child, depth) != Some(depth);
        }
        if !moved {
            break;
        }
    }
    depths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_follows_the_longest_chain_and_survives_a_circle() {
        let parents: BTreeMap<u32, BTreeSet<u32>> =
            [(2, [1].into()), (3, [1, 2].into()), (4, [5].into()), (5, [4].into())].into();
        let depths = depths(&parents);
        assert_eq!((depths.get(&1), depths[&2], depths[&3]), (None, 1, 2));
    }
}
