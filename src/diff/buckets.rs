//! Rows and digest of each bucket, by which equal parts are left aside.

use std::collections::BTreeMap;

use crate::db::{DbError, Session};
use crate::digest::Digest;

use super::pair::TablePair;
use super::sql::{Bucketing, Side};
use super::{DiffError, Sides};

/// The most buckets: more cost the scan more than they save.
const MOST: u64 = 1024;
/// The fewest; a small table is cheap to stream.
const FEWEST: u64 = 16;
/// So many rows make a bucket worth its while.
const ROWS_EACH: u64 = 256;

/// What each bucket holds.
type Buckets = BTreeMap<i64, (u64, Digest)>;

/// What one scan of each side told.
pub(super) struct Scanned {
    pub(super) bucketing: Bucketing,
    pub(super) rows_a: u64,
    pub(super) rows_b: u64,
    /// All buckets that there are on either side.
    pub(super) buckets: usize,
    /// Those that are not alike.
    pub(super) unequal: Vec<i64>,
}

/// Scans both sides at once.
pub(super) async fn scan(sides: &mut Sides, pair: &TablePair<'_>) -> Result<Scanned, DiffError> {
    let bucketing = choose(sides, pair).await?;
    let (sql_a, sql_b) = (pair.buckets(Side::A, bucketing), pair.buckets(Side::B, bucketing));
    let (sql_a, sql_b) = (sql_a.map_err(DbError::from)?, sql_b.map_err(DbError::from)?);
    let (a, b) = tokio::join!(read(&mut sides.a, sql_a), read(&mut sides.b, sql_b));
    let (a, b) = (a?, b?);
    let unequal: Vec<i64> = a.keys().chain(b.keys()).filter(|key| a.get(key) != b.get(key)).copied().collect();
    let unequal: std::collections::BTreeSet<i64> = unequal.into_iter().collect();
    let all: std::collections::BTreeSet<&i64> = a.keys().chain(b.keys()).collect();
    Ok(Scanned {
        bucketing,
        rows_a: a.values().map(|bucket| bucket.0).sum(),
        rows_b: b.values().map(|bucket| bucket.0).sum(),
        buckets: all.len(),
        unequal: unequal.into_iter().collect(),
    })
}

async fn read(session: &mut Session, sql: String) -> Result<Buckets, DbError> {
    let mut buckets = Buckets::new();
    session
        .each(sql, |row| {
            buckets.insert(row.parse("bucket")?, (row.parse("rows")?, row.parse("digest")?));
            Ok(())
        })
        .await?;
    Ok(buckets)
}

/// By ranges where the key is one integer: its index then finds the rows of a bucket. Else by the key's hash.
async fn choose(sides: &mut Sides, pair: &TablePair<'_>) -> Result<Bucketing, DiffError> {
    let wanted = (pair.estimated_rows() / ROWS_EACH).clamp(FEWEST, MOST).next_power_of_two();
    let by_hash = Bucketing::Hash { mask: i64::try_from(wanted - 1).unwrap_or_default() };
    let [column] = pair.key[..] else { return Ok(by_hash) };
    // With a filter the bounds could cost a scan, and the index might not serve; a declared key may have none.
    if !pair.columns[column].is_whole || pair.filter.is_some() || pair.key_is_declared {
        return Ok(by_hash);
    }
    let (sql_a, sql_b) = (pair.bounds(Side::A, column), pair.bounds(Side::B, column));
    let (sql_a, sql_b) = (sql_a.map_err(DbError::from)?, sql_b.map_err(DbError::from)?);
    let (a, b) = tokio::join!(sides.a.one(sql_a), sides.b.one(sql_b));
    let mut bounds = Vec::new();
    for row in [a?, b?] {
        if row.get("least")?.is_some() {
            bounds.extend([row.parse::<i64>("least")?, row.parse::<i64>("greatest")?]);
        }
    }
    let (least, greatest) = (bounds.iter().min().copied(), bounds.iter().max().copied());
    let (Some(least), Some(greatest)) = (least, greatest) else { return Ok(by_hash) };
    let fits = |shift: &u32| i128::from(greatest >> shift) - i128::from(least >> shift) < i128::from(wanted);
    Ok((0..i64::BITS).find(fits).map_or(by_hash, |shift| Bucketing::Range { shift }))
}

/// The keys of these buckets, neighbours joined.
pub(super) fn ranges(shift: u32, buckets: &[i64]) -> Vec<(i64, i64)> {
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for bucket in buckets {
        let (from, to) = (bucket << shift, (bucket << shift) | !(-1_i64 << shift));
        match ranges.last_mut() {
            Some(last) if last.1.checked_add(1) == Some(from) => last.1 = to,
            _ => ranges.push((from, to)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_joined_and_reach_the_ends_of_the_type() {
        assert_eq!(ranges(0, &[3, 4, 6]), [(3, 4), (6, 6)]);
        assert_eq!(ranges(10, &[-1, 0, 2]), [(-1024, 1023), (2048, 3071)]);
        assert_eq!(ranges(54, &[-512]), [(i64::MIN, i64::MIN + (1 << 54) - 1)]);
        assert_eq!(ranges(54, &[511]), [(i64::MAX - (1 << 54) + 1, i64::MAX)]);
        assert_eq!(ranges(63, &[-1, 0]), [(i64::MIN, i64::MAX)]);
    }
}
