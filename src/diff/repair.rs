//! SQL that would make B like A. It is written and never run.
//!
//! Rows are deleted first, those that refer before those they refer to; then rows are changed, then inserted, the other
//! way round. The statements are found table by table, so they wait in a file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use crate::db::{Session, quote_ident, quote_literal};

use super::DiffError;
use super::detail::{Difference, Fetched};
use super::pair::TablePair;

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
    path: PathBuf,
    segments: Vec<Segment>,
    at: u64,
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
        let nanos = time::OffsetDateTime::now_utc().unix_timestamp_nanos();
        let path = std::env::temp_dir().join(format!("phasegate-repair-{}-{nanos}", std::process::id()));
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).map_err(DiffError::Repair)?;
        let depths = depths(&parents);
        Ok(Repair { out, spool: BufWriter::new(file), path, segments: Vec::new(), at: 0, depths })
    }

    /// Takes a difference.
    pub(super) fn take(&mut self, pair: &TablePair<'_>, difference: &Difference) -> Result<(), DiffError> {
        let depth = self.depths.get(&pair.b.oid).copied().unwrap_or_default();
        let (order, sql) = match difference {
            Difference::OnlyB(row) => ((0, -depth), delete(pair, row)),
            Difference::Changed { columns, .. } if columns.is_empty() => return Ok(()),
            Difference::Changed { a, b, columns, .. } => ((1, depth), update(pair, a, b, columns)),
            Difference::OnlyA(row) => ((2, depth), insert(pair, row)),
        };
        self.spool.write_all(sql.as_bytes()).map_err(DiffError::Repair)?;
        let bytes = u64::try_from(sql.len()).unwrap_or_default();
        match self.segments.last_mut() {
            Some(last) if last.order == order => last.bytes += bytes,
            _ => self.segments.push(Segment { order, from: self.at, bytes }),
        }
        self.at += bytes;
        Ok(())
    }

    /// Writes everything in its order, with what could not be repaired.
    pub(super) fn finish(mut self, gaps: &[String]) -> Result<(), DiffError> {
        self.write(gaps).map_err(DiffError::Repair)
    }

    fn write(&mut self, gaps: &[String]) -> io::Result<()> {
        self.out.write_all(include_str!("repair_head.sql").as_bytes())?;
        for gap in gaps {
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

impl Drop for Repair<'_> {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
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

fn value(row: &Fetched, index: usize) -> String {
    row.values.get(index).and_then(Option::as_deref).map_or("NULL".into(), quote_literal)
}

fn insert(pair: &TablePair<'_>, row: &Fetched) -> String {
    let columns: Vec<usize> = (0..pair.columns.len()).filter(|index| !pair.columns[*index].generated).collect();
    let names: Vec<String> = columns.iter().map(|index| quote_ident(&pair.columns[*index].b_name)).collect();
    let values: Vec<String> = columns.iter().map(|index| value(row, *index)).collect();
    let (table, names, values) = (pair.b.quoted(), names.join(", "), values.join(", "));
    format!("INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE VALUES ({values});\n")
        .repeat(usize::try_from(row.copies).unwrap_or(1))
}

fn update(pair: &TablePair<'_>, a: &Fetched, b: &Fetched, columns: &[usize]) -> String {
    let columns = columns.iter().filter(|index| !pair.columns[**index].generated);
    let sets: Vec<String> =
        columns.map(|index| format!("{} = {}", quote_ident(&pair.columns[*index].b_name), value(a, *index))).collect();
    if sets.is_empty() {
        return String::new();
    }
    format!("UPDATE {} SET {} WHERE {};\n", pair.b.quoted(), sets.join(", "), these(pair, b))
}

fn delete(pair: &TablePair<'_>, row: &Fetched) -> String {
    format!("DELETE FROM {} WHERE {};\n", pair.b.quoted(), these(pair, row))
}

/// The condition that finds so many rows of B.
fn these(pair: &TablePair<'_>, row: &Fetched) -> String {
    if !pair.key.is_empty() && !pair.key_is_declared {
        return by_key(pair, row);
    }
    let table = pair.b.quoted();
    let same: Vec<String> = (0..pair.columns.len()).map(|index| same(pair, row, index)).collect();
    let (same, copies) = (same.join(" AND "), row.copies);
    // Of rows that are all alike, as many as there are too many.
    format!("(tableoid, ctid) IN (SELECT tableoid, ctid FROM {table} WHERE {same} LIMIT {copies})")
}

fn by_key(pair: &TablePair<'_>, row: &Fetched) -> String {
    let equal = pair.key.iter().map(|index| match row.values.get(*index) {
        Some(Some(value)) => format!("{} = {}", quote_ident(&pair.columns[*index].b_name), quote_literal(value)),
        _ => format!("{} IS NULL", quote_ident(&pair.columns[*index].b_name)),
    });
    equal.collect::<Vec<_>>().join(" AND ")
}

/// Equality by text: not every type has an operator for it, and 1.0 is not 1.00 here.
fn same(pair: &TablePair<'_>, row: &Fetched, index: usize) -> String {
    let column = &pair.columns[index];
    let name = quote_ident(&column.b_name);
    let value = value(row, index);
    match column.b_base_type.as_str() {
        // Their casts to text say other things than they show.
        "bool" | "bpchar" => format!("{name} IS NOT DISTINCT FROM {value}"),
        _ => format!("{name}::text IS NOT DISTINCT FROM {value}"),
    }
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
