//! The rows of a table that are shown, in order, in little memory however many they are.

use std::cmp::Ordering;
use std::io;

use serde::ser::{Error as _, SerializeSeq};
use serde::{Serialize, Serializer};

use crate::spill::{Record, Runs};

use super::RowDiff;

/// Bytes of rows to hold before they go to a file.
const RUN_BYTES: usize = 4 << 20;
/// Bytes of rows to hold for all tables together once they are complete.
const SHELF_BYTES: usize = 8 << 20;

/// Rows that differ, by kind, then by key. Where they are many they lie in files, which vanish with this value.
#[derive(Debug)]
pub struct Rows {
    /// In order once [`Rows::finish`] has been called.
    runs: Runs<RowDiff>,
    count: usize,
}

/// What rows of all tables may still take in memory.
#[derive(Debug)]
pub(super) struct Shelf(usize);

impl Shelf {
    pub(super) fn new() -> Shelf {
        Shelf(SHELF_BYTES)
    }
}

impl Default for Rows {
    fn default() -> Rows {
        Rows { runs: Runs::new(std::env::temp_dir(), RUN_BYTES), count: 0 }
    }
}

impl Rows {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// All of them, in order. An error is one of the temporary files; nothing follows it.
    pub fn iter(&self) -> impl Iterator<Item = io::Result<RowDiff>> + '_ {
        let (rows, failed) = match self.runs.iter() {
            Ok(rows) => (Some(rows), None),
            Err(error) => (None, Some(Err(error))),
        };
        rows.into_iter().flatten().chain(failed)
    }

    pub(super) fn push(&mut self, row: RowDiff) -> io::Result<()> {
        self.count += 1;
        self.runs.push(row)
    }

    /// Puts them in order; they stay in memory if there is room on the shelf.
    pub(super) fn finish(&mut self, shelf: &mut Shelf) -> io::Result<()> {
        match shelf.0.checked_sub(self.runs.held_bytes()) {
            Some(left) if self.runs.is_held() => {
                shelf.0 = left;
                self.runs.sort();
                Ok(())
            }
            _ => self.runs.put_away(),
        }
    }
}

impl Serialize for Rows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.count))?;
        for row in self.iter() {
            list.serialize_element(&row.map_err(S::Error::custom)?)?;
        }
        list.end()
    }
}

impl Record for RowDiff {
    fn bytes(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, |text| text.len() + 16);
        let key: usize = self.key.iter().map(|(name, value)| name.len() + 64 + text(value)).sum();
        let values = self.values.iter().map(|value| value.column.len() + 88 + text(&value.a) + text(&value.b));
        64 + key + values.sum::<usize>()
    }

    fn write(&self, line: &mut String) {
        // JSON of texts and numbers, in which the end of a line is escaped, cannot fail.
        line.push_str(&serde_json::to_string(self).unwrap_or_default());
    }

    fn read(line: &str) -> Option<RowDiff> {
        serde_json::from_str(line).ok()
    }
}

/// By kind, then by key; numbers as numbers.
impl Ord for RowDiff {
    fn cmp(&self, other: &RowDiff) -> Ordering {
        let length = |value: &Option<String>| {
            let is_number = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            value.as_deref().filter(is_number).map_or(0, str::len)
        };
        let by_length = self.key.iter().map(|(_, value)| (length(value), value));
        let by_key = by_length.cmp(other.key.iter().map(|(_, value)| (length(value), value)));
        let rest = || (&self.key, &self.values, self.copies).cmp(&(&other.key, &other.values, other.copies));
        self.kind.cmp(&other.kind).then(by_key).then_with(rest)
    }
}

impl PartialOrd for RowDiff {
    fn partial_cmp(&self, other: &RowDiff) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::super::RowKind;
    use super::*;

    fn row(number: usize) -> RowDiff {
        let key = vec![("id".to_owned(), Some(number.to_string())), ("x".to_owned(), Some("x".repeat(10_000)))];
        RowDiff { kind: RowKind::Changed, copies: 1, key, values: Vec::new() }
    }

    #[test]
    fn many_rows_come_in_order_and_few_of_them_are_held() {
        let (mut rows, mut shelf, mut most) = (Rows::default(), Shelf::new(), 0);
        for number in 0..2_000_usize {
            // Each number once, in no order.
            rows.push(row(number * 7_919 % 2_000)).unwrap();
            most = most.max(rows.runs.held_bytes());
        }
        rows.finish(&mut shelf).unwrap();
        assert!(most <= RUN_BYTES && rows.runs.held_bytes() == 0, "{most} bytes were held");
        assert_eq!(rows.len(), 2_000);
        let ids: Vec<String> = rows.iter().map(|row| row.unwrap().key[0].1.clone().unwrap()).collect();
        assert_eq!(ids, (0..2_000).map(|number| number.to_string()).collect::<Vec<_>>());
        let json: Vec<serde_json::Value> = serde_json::from_str(&serde_json::to_string(&rows).unwrap()).unwrap();
        assert_eq!((json.len(), &json[9]["key"][0][1]), (2_000, &"9".into()));
    }

    #[test]
    fn complete_tables_share_one_shelf() {
        let (mut shelf, mut held) = (Shelf::new(), 0);
        for _ in 0..20 {
            let mut rows = Rows::default();
            (0..100).for_each(|number| rows.push(row(number)).unwrap());
            rows.finish(&mut shelf).unwrap();
            held += rows.runs.held_bytes();
            assert_eq!(rows.iter().count(), 100);
        }
        assert!(held > 0 && held <= SHELF_BYTES, "{held} bytes are held");
    }

    #[test]
    fn numbers_of_a_key_are_ordered_as_numbers_and_every_row_has_its_place() {
        let of = |kind, key: Option<&str>| RowDiff {
            kind,
            copies: 1,
            key: vec![("k".to_owned(), key.map(str::to_owned))],
            values: Vec::new(),
        };
        let keys = [None, Some(""), Some("-1"), Some("x"), Some("9"), Some("10")];
        let sorted: Vec<RowDiff> =
            [RowKind::OnlyInA, RowKind::Changed].iter().flat_map(|kind| keys.map(|key| of(*kind, key))).collect();
        let mut rows: Vec<RowDiff> = sorted.iter().rev().cloned().collect();
        rows.sort();
        assert_eq!(rows, sorted);
        let twice = RowDiff { copies: 2, ..sorted[0].clone() };
        assert!(twice > sorted[0] && twice != sorted[0]);
    }
}
