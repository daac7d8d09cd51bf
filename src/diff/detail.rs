//! The rows that differ, with their values.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use crate::db::{DbError, Row, Session};

use super::merge::{Open, Place};
use super::pace::Pace;
use super::pair::TablePair;
use super::sql::{Only, Side, Told};
use super::value::Value;
use super::{DiffError, Sides};
use crate::decimal::Decimal;

/// A row as it was read.
#[derive(Debug, Clone)]
pub(super) struct Fetched {
    pub(super) key: i64,
    pub(super) row: i64,
    /// Where one of them lies.
    pub(super) place: Place,
    /// How many of this content, where that is more than one.
    pub(super) copies: u64,
    /// In the order of what was asked for.
    pub(super) values: Vec<Value>,
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
    let bytes = a.iter().chain(&b).flat_map(|row| &row.values).map(Value::bytes).sum();
    pace.learn(a.len() + b.len(), bytes);
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
    let told = pair.all_values();
    let mut rows = read(session, &told, pair.fetch(side, Only::Places(&places), &told)?).await?;
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
    let keys = known.iter().map(|row| (row.key, row.key_values(pair))).collect();
    look_up(session, pair, side, keys, pair.all_values()).await
}

/// The rows that have one of these keys: its hash and its values.
async fn look_up(
    session: &mut Session,
    pair: &TablePair<'_>,
    side: Side,
    known: Vec<(i64, Vec<Value>)>,
    told: Told,
) -> Result<Vec<Fetched>, DbError> {
    if known.is_empty() {
        return Ok(Vec::new());
    }
    // NULL is never IN a list, and not every type has an equality; both may be so of a declared key, and NULL of that of
    // a materialized view. Of a long value only a part is here.
    let nameless = |(_, key): &(i64, Vec<Value>)| key.iter().any(|value| value.whole().is_none());
    let sql = if pair.key.is_empty() || pair.key_is_declared || known.iter().any(nameless) {
        let mut hashes: Vec<i64> = known.iter().map(|(hash, _)| *hash).collect();
        hashes.sort_unstable();
        hashes.dedup();
        pair.fetch_by_hash(side, &hashes, &told)?
    } else {
        let mut keys: Vec<Vec<Value>> = known.into_iter().map(|(_, key)| key).collect();
        keys.sort_unstable();
        keys.dedup();
        pair.fetch(side, Only::Keys(&keys), &told)?
    };
    read(session, &told, sql).await
}

/// Whether rows of A, some blocks of it, are not the same in B: then the digests of all buckets would differ, and
/// scanning for them would be in vain.
pub(super) async fn probe(sides: &mut Sides, pair: &TablePair<'_>, percent: f64) -> Result<bool, DbError> {
    let told = pair.key_values();
    let sample = read(&mut sides.a, &told, pair.fetch(Side::A, Only::Sample(percent), &told)?).await?;
    for some in sample.chunks(500) {
        let keys = some.iter().map(|row| (row.key, row.values.clone())).collect();
        let there = look_up(&mut sides.b, pair, Side::B, keys, Told::none()).await?;
        let there: std::collections::HashSet<(i64, i64)> = there.iter().map(|row| (row.key, row.row)).collect();
        if some.iter().any(|row| !there.contains(&(row.key, row.row))) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Rows of one content are one, so that it does not matter how many there are.
async fn read(session: &mut Session, told: &Told, sql: String) -> Result<Vec<Fetched>, DbError> {
    let mut rows: Vec<Fetched> = Vec::new();
    let mut known: HashMap<(i64, i64), usize> = HashMap::new();
    session
        .each(sql, |row| {
            let hashes = (row.parse("k")?, row.parse("h")?);
            match known.entry(hashes) {
                Entry::Occupied(at) => rows[*at.get()].copies += 1,
                Entry::Vacant(free) => {
                    free.insert(rows.len());
                    rows.push(fetched(&row, hashes, told)?);
                }
            }
            Ok(())
        })
        .await?;
    Ok(rows)
}

fn fetched(row: &Row, (key, hash): (i64, i64), told: &Told) -> Result<Fetched, DbError> {
    let values = row.values().get(3..).unwrap_or_default().iter().map(Option::as_deref).zip(told.columns());
    let values = values.map(|(value, column)| if column.is_cut { Value::read(value) } else { Ok(Value::plain(value)) });
    Ok(Fetched { key, row: hash, place: row.parse("t")?, copies: 1, values: values.collect::<Result<_, _>>()? })
}

impl Fetched {
    pub(super) fn key_values(&self, pair: &TablePair<'_>) -> Vec<Value> {
        pair.key.iter().map(|index| self.values.get(*index).cloned().unwrap_or(Value::Null)).collect()
    }
}

/// Rows of A and B that are not alike, held against each other; of a part of one key's rows none is another's counterpart.
///
/// # Errors
/// [`DbError::Answer`] where two rows have other hashes and the same values: then neither is known, equal or different.
pub(super) fn differences(
    pair: &TablePair<'_>,
    a: Vec<Fetched>,
    b: Vec<Fetched>,
    is_part: bool,
) -> Result<Vec<Difference>, DbError> {
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
            ([one], [other]) if !is_part && !pair.key.is_empty() && one.copies == 1 && other.copies == 1 => {
                if let (Some(one), Some(other)) = (a.pop(), b.pop()) {
                    found.push(changed(pair, one, other)?);
                }
            }
            _ => {
                found.extend(a.into_iter().map(Difference::OnlyA));
                found.extend(b.into_iter().map(Difference::OnlyB));
            }
        }
    }
    Ok(found)
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

fn changed(pair: &TablePair<'_>, a: Fetched, b: Fetched) -> Result<Difference, DbError> {
    let mut differing = (0..pair.columns.len()).filter(|index| a.values.get(*index) != b.values.get(*index)).peekable();
    if differing.peek().is_none() {
        return Err(DbError::Answer { reason: "the hashes of two rows differ and their values do not".into() });
    }
    let is_tolerated = |index: &usize| {
        let number = |row: &Fetched| row.values.get(*index)?.whole().and_then(Decimal::parse);
        match (&pair.columns[*index].tolerance, number(&a), number(&b)) {
            (Some(tolerance), Some(a), Some(b)) => a.is_within(&b, tolerance),
            _ => false,
        }
    };
    let (tolerated, columns) = differing.partition(is_tolerated);
    Ok(Difference::Changed { a, b, columns, tolerated })
}

#[cfg(test)]
mod tests {
    use super::super::pair::ColumnPair;
    use super::*;
    use crate::db::Table;
    use crate::snapshot::Form;

    fn column(name: &str, tolerance: Option<&str>) -> ColumnPair {
        ColumnPair {
            name: name.into(),
            b_name: name.into(),
            form: Form::of(1700, false, false),
            tolerance: tolerance.and_then(Decimal::parse),
            redacted: false,
            generated: false,
            is_whole: false,
            b_base_type: "numeric".into(),
        }
    }

    fn row(hash: i64, values: [&str; 2]) -> Vec<Fetched> {
        let values = values.map(|text| Value::Whole(text.to_owned())).into();
        vec![Fetched { key: 7, row: hash, place: Place::default(), copies: 1, values }]
    }

    #[test]
    fn rows_of_other_hashes_and_the_same_values_are_neither_equal_nor_within_a_tolerance() {
        let table = Table::of_tests("s", "t");
        let pair = TablePair {
            a: &table,
            b: &table,
            columns: vec![column("id", None), column("n", Some("0.1"))],
            key: vec![0],
            key_is_declared: false,
            filter: None,
            notes: Vec::new(),
        };
        let of = |values: [&str; 2]| differences(&pair, row(1, ["1", "2.0"]), row(2, values), false);
        assert!(of(["1", "2.0"]).unwrap_err().to_string().contains("the hashes of two rows differ"));
        let found = of(["1", "2.05"]).unwrap();
        assert!(
            matches!(&found[..], [Difference::Changed { columns, tolerated, .. }] if columns.is_empty() && *tolerated == [1])
        );
        let found = of(["1", "3"]).unwrap();
        assert!(
            matches!(&found[..], [Difference::Changed { columns, tolerated, .. }] if *columns == [1] && tolerated.is_empty())
        );
        assert!(differences(&pair, row(1, ["1", "2"]), row(1, ["1", "2"]), false).unwrap().is_empty());
    }
}
