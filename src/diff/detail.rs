//! The rows that differ, with their values.

use std::collections::{BTreeMap, HashMap};

use crate::db::{DbError, Row, Session};

use super::merge::{Open, Place};
use super::pair::TablePair;
use super::sql::{Only, Side};
use super::{DiffError, Sides};
use crate::decimal::Decimal;

/// A row as it was read.
#[derive(Debug, Clone)]
pub(super) struct Fetched {
    key: i64,
    row: i64,
    /// How many of this content, where that is more than one.
    pub(super) copies: u64,
    /// In the order of the columns.
    pub(super) values: Vec<Option<String>>,
}

/// A difference with everything that is known of it.
#[derive(Debug)]
pub(super) enum Difference {
    OnlyA(Fetched),
    OnlyB(Fetched),
    Changed {
        a: Fetched,
        b: Fetched,
        /// The places of the columns that differ by more than is tolerated.
        columns: Vec<usize>,
        /// Those that differ by no more.
        tolerated: Vec<usize>,
    },
}

/// Bytes of values to hold at a time, on each side.
const BATCH_BYTES: usize = 4 << 20;
/// Rows to ask for at a time.
const BATCH_ROWS: usize = 2_000;

/// How many rows to ask for next, by the size of those that came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace(usize);

impl Pace {
    pub(super) fn new() -> Pace {
        Pace(50)
    }

    /// The next rows: as many as the pace says, those of one key together.
    pub(super) fn next<'o>(self, open: &mut &'o [Open]) -> &'o [Open] {
        let mut end = self.0.min(open.len());
        while end > 0 && end < open.len() && open[end].key == open[end - 1].key {
            end += 1;
        }
        let (batch, rest) = open.split_at(end);
        *open = rest;
        batch
    }

    fn learn(&mut self, rows: &[Fetched]) {
        let bytes: usize = rows.iter().flat_map(|row| &row.values).flatten().map(|value| value.len() + 24).sum();
        let each = bytes / rows.len().max(1);
        self.0 = (BATCH_BYTES / each.max(1)).clamp(1, BATCH_ROWS);
    }
}

/// Fetches these rows by where they lie, from both sides at once.
pub(super) async fn fetch(
    sides: &mut Sides,
    pair: &TablePair<'_>,
    open: &[Open],
    pace: &mut Pace,
) -> Result<(Vec<Fetched>, Vec<Fetched>), DiffError> {
    let (a, b) =
        tokio::join!(fetch_side(&mut sides.a, pair, Side::A, open), fetch_side(&mut sides.b, pair, Side::B, open));
    let (a, b) = (a?, b?);
    pace.learn(if a.len() > b.len() { &a } else { &b });
    Ok((a, b))
}

async fn fetch_side(
    session: &mut Session,
    pair: &TablePair<'_>,
    side: Side,
    open: &[Open],
) -> Result<Vec<Fetched>, DbError> {
    let of_side = || open.iter().filter(|open| open.side() == side);
    let places: Vec<Place> = of_side().map(Open::place).collect();
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let mut wanted: HashMap<(i64, i64), u64> =
        of_side().map(|open| ((open.key, open.row), u64::from(open.more.unsigned_abs()))).collect();
    let mut rows = read(session, pair.fetch(side, Only::Places(&places))?).await?;
    // Partitions have their places to themselves, so other rows may come along.
    rows.retain_mut(|row| match wanted.remove(&(row.key, row.row)) {
        Some(copies) => {
            row.copies = copies;
            true
        }
        None => false,
    });
    if wanted.is_empty() {
        Ok(rows)
    } else {
        Err(DbError::Answer { reason: "two readings of one instant gave different rows".into() })
    }
}

/// Reads rows anew, wherever they lie by now: by their key, or by their content where they have none.
pub(super) async fn fetch_again(
    session: &mut Session,
    pair: &TablePair<'_>,
    side: Side,
    known: &[&Fetched],
) -> Result<Vec<Fetched>, DbError> {
    if known.is_empty() {
        return Ok(Vec::new());
    }
    // NULL is never IN a list, and not every type has an equality; both may be so of a declared key, and NULL of that of
    // a materialized view.
    let nameless = |row: &&Fetched| row.key_values(pair).contains(&None);
    let sql = if pair.key.is_empty() || pair.key_is_declared || known.iter().any(nameless) {
        let mut hashes: Vec<i64> = known.iter().map(|row| row.key).collect();
        hashes.sort_unstable();
        hashes.dedup();
        pair.fetch_by_hash(side, &hashes)?
    } else {
        let mut keys: Vec<Vec<Option<String>>> = known.iter().map(|row| row.key_values(pair)).collect();
        keys.sort_unstable();
        keys.dedup();
        pair.fetch(side, Only::Keys(&keys))?
    };
    read(session, sql).await
}

/// Whether rows of A, some blocks of it, are not the same in B: then the digests of all buckets would differ, and
/// scanning for them would be in vain.
pub(super) async fn probe(sides: &mut Sides, pair: &TablePair<'_>, percent: f64) -> Result<bool, DbError> {
    let sample = read(&mut sides.a, pair.fetch(Side::A, Only::Sample(percent))?).await?;
    let known: Vec<&Fetched> = sample.iter().collect();
    for some in known.chunks(500) {
        let there = fetch_again(&mut sides.b, pair, Side::B, some).await?;
        let there: std::collections::HashSet<(i64, i64)> = there.iter().map(|row| (row.key, row.row)).collect();
        if some.iter().any(|row| !there.contains(&(row.key, row.row))) {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn read(session: &mut Session, sql: String) -> Result<Vec<Fetched>, DbError> {
    let mut rows = Vec::new();
    session
        .each(sql, |row| {
            rows.push(fetched(&row)?);
            Ok(())
        })
        .await?;
    Ok(rows)
}

fn fetched(row: &Row) -> Result<Fetched, DbError> {
    let values = row.values().get(3..).unwrap_or_default().to_vec();
    Ok(Fetched { key: row.parse("k")?, row: row.parse("h")?, copies: 1, values })
}

impl Fetched {
    pub(super) fn key_values(&self, pair: &TablePair<'_>) -> Vec<Option<String>> {
        pair.key.iter().map(|index| self.values.get(*index).cloned().flatten()).collect()
    }
}

/// Rows of A and B that are not alike, held against each other.
pub(super) fn differences(pair: &TablePair<'_>, a: Vec<Fetched>, b: Vec<Fetched>) -> Vec<Difference> {
    let mut groups: BTreeMap<i64, (Vec<Fetched>, Vec<Fetched>)> = BTreeMap::new();
    for row in a {
        groups.entry(row.key).or_default().0.push(row);
    }
    for row in b {
        groups.entry(row.key).or_default().1.push(row);
    }
    let mut found = Vec::new();
    for (mut a, mut b) in groups.into_values() {
        cancel(&mut a, &mut b);
        match (&mut a[..], &mut b[..]) {
            ([one], [other]) if !pair.key.is_empty() && one.copies == 1 && other.copies == 1 => {
                if let (Some(one), Some(other)) = (a.pop(), b.pop()) {
                    found.push(changed(pair, one, other));
                }
            }
            _ => {
                found.extend(a.into_iter().map(Difference::OnlyA));
                found.extend(b.into_iter().map(Difference::OnlyB));
            }
        }
    }
    found
}

/// Takes away what both have.
fn cancel(a: &mut Vec<Fetched>, b: &mut Vec<Fetched>) {
    for one in a.iter_mut() {
        for other in b.iter_mut().filter(|other| other.row == one.row) {
            let both = one.copies.min(other.copies);
            one.copies -= both;
            other.copies -= both;
        }
    }
    a.retain(|row| row.copies > 0);
    b.retain(|row| row.copies > 0);
}

fn changed(pair: &TablePair<'_>, a: Fetched, b: Fetched) -> Difference {
    let differing = (0..pair.columns.len()).filter(|index| a.values.get(*index) != b.values.get(*index));
    let is_tolerated = |index: &usize| {
        let number = |row: &Fetched| row.values.get(*index)?.as_deref().and_then(Decimal::parse);
        match (&pair.columns[*index].tolerance, number(&a), number(&b)) {
            (Some(tolerance), Some(a), Some(b)) => a.is_within(&b, tolerance),
            _ => false,
        }
    };
    let (tolerated, columns) = differing.partition(is_tolerated);
    Difference::Changed { a, b, columns, tolerated }
}
