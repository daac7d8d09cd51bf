//! How many rows are fetched at a time, so that what is held stays small however wide they are.

use super::merge::Open;
use super::pair::TablePair;
use super::value;

/// Bytes of values to hold at a time, by the rows that came so far.
const USUAL_BYTES: usize = 4 << 20;
/// And at most, whatever comes.
const MOST_BYTES: usize = 16 << 20;
/// Rows to ask for at a time.
const MOST_ROWS: usize = 2_000;
/// Rows to begin with.
const FIRST_ROWS: usize = 50;

/// The next number of rows to ask for, of both sides together.
#[derive(Debug)]
pub(super) struct Pace {
    rows: usize,
    most: usize,
    /// Whether the rows of one key may come in several batches.
    splits: bool,
    /// The key whose rows came in part.
    begun: Option<i64>,
}

/// Rows to fetch together.
#[derive(Debug, PartialEq)]
pub(super) struct Batch<'o> {
    pub(super) open: &'o [Open],
    /// Whether there are further rows of this key, and no others here: none of them is the other's counterpart.
    pub(super) is_part: bool,
}

impl Pace {
    pub(super) fn new(pair: &TablePair<'_>, splits: bool) -> Pace {
        let longest = |is_short| value::OVERHEAD + if is_short { 0 } else { value::WHOLE_BYTES };
        let row: usize = pair.columns.iter().map(|column| longest(column.form.is_short())).sum();
        Pace::of_rows(row, splits)
    }

    /// For rows of at most so many bytes.
    fn of_rows(bytes: usize, splits: bool) -> Pace {
        // A changed row is two, one of each side.
        let most = (MOST_BYTES / bytes.max(1)).clamp(2, MOST_ROWS);
        Pace { rows: FIRST_ROWS.min(most), most, splits, begun: None }
    }

    /// The next rows, those of one key together if they are not too many.
    pub(super) fn next<'o>(&mut self, open: &mut &'o [Open]) -> Option<Batch<'o>> {
        let first = open.first()?;
        let mut end = group(open);
        let is_part = self.splits && (end > self.rows || self.begun == Some(first.key));
        if is_part {
            self.begun = Some(first.key);
            end = end.min(self.rows);
        } else {
            while end < self.rows {
                match group(&open[end..]) {
                    0 => break,
                    more if end + more > self.rows => break,
                    more => end += more,
                }
            }
        }
        let (batch, rest) = open.split_at(end);
        *open = rest;
        Some(Batch { open: batch, is_part })
    }

    /// Learns from so many rows of so many bytes.
    pub(super) fn learn(&mut self, rows: usize, bytes: usize) {
        if let Some(each) = bytes.checked_div(rows) {
            self.rows = (USUAL_BYTES / each.max(1)).clamp(2, self.most);
        }
    }
}

/// How many of these, from the first on, have one key.
fn group(open: &[Open]) -> usize {
    open.iter().take_while(|row| row.key == open[0].key).count()
}

#[cfg(test)]
mod tests {
    use super::super::merge::{Merge, Place};
    use super::super::sql::Side;
    use super::*;

    /// So many rows for each of these keys.
    fn open(keys: &[(i64, u16)]) -> Vec<Open> {
        let mut merge = Merge::new();
        for (key, rows) in keys {
            for row in 1..=*rows {
                merge.take(Side::A, *key, i64::from(row), Place(1, row)).unwrap();
            }
        }
        let mut found = Vec::new();
        merge.finish(&mut |rows| found.extend(rows)).unwrap();
        found
    }

    fn batches(pace: &mut Pace, open: &[Open]) -> Vec<(usize, bool)> {
        let mut rest = open;
        std::iter::from_fn(|| pace.next(&mut rest).map(|batch| (batch.open.len(), batch.is_part))).collect()
    }

    #[test]
    fn what_is_held_is_bounded_whatever_the_rows_are_like() {
        // From one short column to 1,600 long ones; the widest row is still fetched with its counterpart.
        for columns in [1, 8, 500, 1_600] {
            for bytes in [64, 1_064] {
                let mut pace = Pace::of_rows(columns * bytes, true);
                // Narrow rows came; then the widest possible.
                pace.learn(100, 100);
                let all = batches(&mut pace, &open(&[(1, 1), (2, 2), (3, 9_000)]));
                let most = all.iter().map(|batch| batch.0).max().unwrap();
                assert!(most * columns * bytes <= MOST_BYTES && most <= MOST_ROWS, "{columns} of {bytes}: {most} rows");
                assert_eq!(all.iter().map(|batch| batch.0).sum::<usize>(), 9_003);
            }
        }
    }

    #[test]
    fn rows_of_one_key_come_together_or_are_said_to_be_a_part() {
        let rows = open(&[(1, 2), (2, 1), (3, 7), (4, 2)]);
        let mut pace = Pace::of_rows(MOST_BYTES / 3, true);
        assert_eq!(batches(&mut pace, &rows), [(3, false), (3, true), (3, true), (1, true), (2, false)]);
        let mut pace = Pace::of_rows(MOST_BYTES / 3, false);
        assert_eq!(batches(&mut pace, &rows), [(3, false), (7, false), (2, false)]);
    }
}
