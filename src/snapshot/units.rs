//! The work of a snapshot in pieces: sessions take them from one queue, the largest first.

use std::collections::BTreeMap;

use crate::db::{BLOCK, DbError, Session, Table, TableKind, block_ranges, quote_qualified};

/// A piece of less is not worth a statement of its own.
const LEAST_BYTES: u64 = 8 << 20;
/// So many pieces for each session leave none idle for long at the end.
const PIECES_PER_SESSION: u64 = 8;
/// A piece that is read twice in a row is no larger than this, so that any server still has it in memory then; but for
/// tables that would be more than [`MOST_PIECES`].
const PIECE_READ_TWICE: u64 = 64 << 20;
const MOST_PIECES: u64 = 1024;

/// Some rows of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    /// The table's place in the list.
    pub(super) table: usize,
    /// Where they are.
    pub(super) place: Place,
    /// How much there is to read, roughly.
    bytes: u64,
}

/// What stands behind FROM and WHERE; whatever alias the table is given, its columns are named without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) source: String,
    pub(super) restriction: String,
}

impl Place {
    /// All rows of a table: a parent's own; those of its partitions belong to it, those of its inheritors do not.
    pub(super) fn whole(table: &Table) -> Place {
        let only = if table.kind == TableKind::Partitioned { "" } else { "ONLY " };
        Place { source: format!("{only}{}", table.quoted()), restriction: "true".into() }
    }
}

/// Where the rows of each table lie.
#[derive(Debug, Default)]
pub(super) struct Sources(BTreeMap<u32, Vec<Source>>);

#[derive(Debug)]
struct Source {
    quoted: String,
    bytes: u64,
    whole_bytes: u64,
    readable: bool,
    has_ranges: bool,
    has_policies: bool,
}

impl Sources {
    pub(super) async fn read(session: &mut Session) -> Result<Sources, DbError> {
        let mut sources = Sources::default();
        for row in session.rows(include_str!("sources.sql")).await? {
            sources.0.entry(row.parse("table")?).or_default().push(Source {
                quoted: quote_qualified(row.text("schema")?, row.text("name")?),
                bytes: row.parse("bytes")?,
                whole_bytes: row.parse("whole_bytes")?,
                readable: row.flag("readable")?,
                has_ranges: row.flag("has_ranges")?,
                has_policies: row.flag("has_policies")?,
            });
        }
        Ok(sources)
    }

    /// The size of a table with all that belongs to it, in bytes.
    pub(super) fn bytes(&self, table: &Table) -> u64 {
        self.0.get(&table.oid).map_or(table.bytes, |sources| sources.iter().map(|source| source.whole_bytes).sum())
    }

    /// Whether what a query tells of the table's parts adds up to what it tells of the table, and the parts are small
    /// enough to be read twice in a row. A policy of the table does not hold for its partitions, generated columns of
    /// partitions may be generated otherwise, and a query on a parent reads its inheritors too.
    pub(super) fn may_be_shared(&self, table: &Table) -> bool {
        let is_small = |source: &Source| source.has_ranges || source.whole_bytes <= PIECE_READ_TWICE;
        let adds_up = match table.kind {
            TableKind::Table => !table.has_children,
            TableKind::Partitioned => !table.columns.iter().any(|column| column.generated),
            TableKind::MaterializedView => true,
            TableKind::Foreign => false,
        };
        let sources = self.0.get(&table.oid).map(Vec::as_slice).unwrap_or_default();
        let is_sound = |source: &Source| source.readable && !source.has_policies && is_small(source);
        adds_up && !sources.is_empty() && sources.iter().all(is_sound)
    }

    /// All rows of all tables, each in one unit. `is_read_twice` says of a table whether its parts are.
    pub(super) fn units(
        &self,
        tables: &[&Table],
        sessions: usize,
        is_read_twice: impl Fn(&Table) -> bool,
    ) -> Vec<Unit> {
        let of_table = |(index, table): (usize, &&Table)| self.of_table(index, table, sessions, is_read_twice(table));
        let mut units: Vec<Unit> = tables.iter().enumerate().flat_map(of_table).collect();
        units.sort_by_key(|unit| std::cmp::Reverse(unit.bytes));
        units
    }

    /// The same, each table in one unit.
    pub(super) fn whole(&self, tables: &[&Table]) -> Vec<Unit> {
        let unit = |(index, table): (usize, &&Table)| Unit {
            table: index,
            place: Place::whole(table),
            bytes: self.bytes(table),
        };
        let mut units: Vec<Unit> = tables.iter().enumerate().map(unit).collect();
        units.sort_by_key(|unit| std::cmp::Reverse(unit.bytes));
        units
    }

    fn of_table(&self, index: usize, table: &Table, sessions: usize, is_read_twice: bool) -> Vec<Unit> {
        let sources = self.0.get(&table.oid).map(Vec::as_slice).unwrap_or_default();
        // Who may read a parent need not be allowed to read its partitions.
        if sources.is_empty() || sources.iter().any(|source| !source.readable) {
            return vec![Unit { table: index, place: Place::whole(table), bytes: self.bytes(table) }];
        }
        let sessions = u64::try_from(sessions).unwrap_or(1);
        let mut least = match sessions {
            0 | 1 => u64::MAX,
            _ => (self.bytes(table) / (sessions * PIECES_PER_SESSION)).max(LEAST_BYTES),
        };
        if is_read_twice {
            least = least.min((self.bytes(table) / MOST_PIECES).max(PIECE_READ_TWICE));
        }
        sources.iter().flat_map(|source| source.units(index, least)).collect()
    }
}

impl Source {
    fn units(&self, table: usize, least_bytes: u64) -> Vec<Unit> {
        let blocks = self.bytes / BLOCK;
        let pieces = if self.has_ranges { (self.whole_bytes / least_bytes).min(blocks).max(1) } else { 1 };
        let source = format!("ONLY {}", self.quoted);
        let piece = |restriction: String| Unit {
            table,
            place: Place { source: source.clone(), restriction },
            bytes: self.whole_bytes / pieces,
        };
        block_ranges(blocks, pieces).into_iter().map(piece).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(blocks: u64, has_ranges: bool) -> Source {
        let bytes = blocks * BLOCK;
        Source { quoted: "s.t".into(), bytes, whole_bytes: bytes, readable: true, has_ranges, has_policies: false }
    }

    #[test]
    fn pieces_cover_every_row_once() {
        let units = source(1000, true).units(7, 300 * BLOCK);
        let ranges: Vec<&str> = units.iter().map(|unit| unit.place.restriction.as_str()).collect();
        assert_eq!(
            ranges,
            ["ctid < '(333,0)'::tid", "ctid >= '(333,0)'::tid AND ctid < '(666,0)'::tid", "ctid >= '(666,0)'::tid"]
        );
        assert!(units.iter().all(|unit| unit.table == 7 && unit.place.source == "ONLY s.t"));
    }

    #[test]
    fn what_is_read_twice_is_read_in_pieces_that_stay_in_memory() {
        let table = crate::db::Table::of_tests("s", "t");
        let blocks = 4 * PIECE_READ_TWICE / BLOCK;
        let pieces = |blocks: u64, has_ranges: bool, is_read_twice: bool| {
            let sources = Sources(BTreeMap::from([(1, vec![source(blocks, has_ranges)])]));
            (sources.units(&[&table], 1, |_| is_read_twice).len(), sources.may_be_shared(&table))
        };
        assert_eq!(pieces(blocks, true, false), (1, true));
        assert_eq!(pieces(blocks, true, true), (4, true));
        // Without ranges a piece would be the whole of it.
        assert_eq!(pieces(blocks, false, true), (1, false));
        assert_eq!(pieces(10, false, true), (1, true));
        let most = usize::try_from(MOST_PIECES).unwrap_or_default();
        assert_eq!(pieces(4 * MOST_PIECES * PIECE_READ_TWICE / BLOCK, true, true), (most, true));
    }

    #[test]
    fn what_is_small_or_has_no_ranges_is_one_piece() {
        for units in [source(0, true).units(0, 1), source(10, true).units(0, u64::MAX), source(10, false).units(0, 1)] {
            assert_eq!(units.len(), 1);
            assert_eq!(units[0].place.restriction, "true");
        }
    }
}
