//! The rows of a table that are shown, in order, in little memory however many they are.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;

use serde::ser::{Error as _, SerializeSeq};
use serde::{Serialize, Serializer};

use super::temporary::Temporary;
use super::{RowDiff, RowKind};

/// Bytes of rows to hold before they go to a file, in a sorted run.
const RUN_BYTES: usize = 4 << 20;
/// Bytes of rows to hold for all tables together once they are complete.
const SHELF_BYTES: usize = 8 << 20;

/// Rows that differ, by kind, then by key. Where they are many they lie in a file, which vanishes with this value.
#[derive(Debug, Default)]
pub struct Rows {
    /// In order once [`Rows::finish`] has been called; all, or none where there are runs.
    held: Vec<RowDiff>,
    held_bytes: usize,
    runs: Option<Runs>,
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

/// Sorted runs, one behind the other in a file: of each row its length, then the row as JSON.
#[derive(Debug)]
struct Runs {
    file: Temporary,
    out: BufWriter<File>,
    at: u64,
    runs: Vec<Range<u64>>,
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

    /// All of them, in order. An error is one of the temporary file's; nothing follows it.
    pub fn iter(&self) -> impl Iterator<Item = io::Result<RowDiff>> + '_ {
        let (merged, failed) = match self.runs.as_ref().map(Merged::new) {
            Some(Ok(merged)) => (Some(merged), None),
            Some(Err(error)) => (None, Some(Err(error))),
            None => (None, None),
        };
        self.held.iter().cloned().map(Ok).chain(failed).chain(merged.into_iter().flatten())
    }

    pub(super) fn push(&mut self, row: RowDiff) -> io::Result<()> {
        self.count += 1;
        self.held_bytes += bytes(&row);
        self.held.push(row);
        if self.held_bytes > RUN_BYTES { self.write_run() } else { Ok(()) }
    }

    /// Puts them in order; they stay in memory if there is room on the shelf.
    pub(super) fn finish(&mut self, shelf: &mut Shelf) -> io::Result<()> {
        if self.runs.is_none() && self.held_bytes <= shelf.0 {
            shelf.0 -= self.held_bytes;
            self.sort();
            return Ok(());
        }
        self.write_run()?;
        self.runs.as_mut().map_or(Ok(()), |runs| runs.out.flush())
    }

    fn sort(&mut self) {
        self.held.sort_by(|one, other| order(one).cmp(&order(other)));
    }

    fn write_run(&mut self) -> io::Result<()> {
        self.sort();
        let runs = match &mut self.runs {
            Some(runs) => runs,
            none => {
                let (file, out) = Temporary::new("rows")?;
                none.insert(Runs { file, out: BufWriter::new(out), at: 0, runs: Vec::new() })
            }
        };
        let from = runs.at;
        for row in std::mem::take(&mut self.held) {
            let text = serde_json::to_vec(&row)?;
            let length = u64::try_from(text.len()).unwrap_or_default();
            runs.out.write_all(&length.to_le_bytes())?;
            runs.out.write_all(&text)?;
            runs.at += 8 + length;
        }
        runs.runs.push(from..runs.at);
        self.held_bytes = 0;
        Ok(())
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

/// The runs read side by side, the least of their first rows next.
struct Merged {
    file: File,
    /// The next row of each run, and where the following ones lie.
    heads: Vec<(RowDiff, Range<u64>)>,
}

impl Merged {
    fn new(runs: &Runs) -> io::Result<Merged> {
        let mut merged = Merged { file: runs.file.open()?, heads: Vec::new() };
        for run in &runs.runs {
            let mut rest = run.clone();
            if let Some(first) = merged.read(&mut rest)? {
                merged.heads.push((first, rest));
            }
        }
        Ok(merged)
    }

    fn read(&mut self, rest: &mut Range<u64>) -> io::Result<Option<RowDiff>> {
        if rest.is_empty() {
            return Ok(None);
        }
        let mut length = [0; 8];
        self.file.seek(SeekFrom::Start(rest.start))?;
        self.file.read_exact(&mut length)?;
        let length = u64::from_le_bytes(length);
        let mut text = vec![0; usize::try_from(length).unwrap_or_default()];
        self.file.read_exact(&mut text)?;
        rest.start += 8 + length;
        Ok(Some(serde_json::from_slice(&text)?))
    }

    fn next_row(&mut self) -> io::Result<Option<RowDiff>> {
        let least =
            (0..self.heads.len()).min_by(|one, other| order(&self.heads[*one].0).cmp(&order(&self.heads[*other].0)));
        let Some(least) = least else { return Ok(None) };
        let mut rest = self.heads[least].1.clone();
        Ok(Some(match self.read(&mut rest)? {
            Some(following) => std::mem::replace(&mut self.heads[least], (following, rest)).0,
            None => self.heads.swap_remove(least).0,
        }))
    }
}

impl Iterator for Merged {
    type Item = io::Result<RowDiff>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.next_row().transpose();
        if matches!(row, Some(Err(_))) {
            self.heads.clear();
        }
        row
    }
}

/// By kind, then by key; numbers as numbers.
fn order(row: &RowDiff) -> (RowKind, Vec<(usize, Option<&str>)>) {
    let length = |value: &Option<String>| {
        let is_number = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        value.as_deref().filter(is_number).map_or(0, str::len)
    };
    (row.kind, row.key.iter().map(|(_, value)| (length(value), value.as_deref())).collect())
}

/// About as many as it takes.
fn bytes(row: &RowDiff) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, |text| text.len() + 16);
    let key: usize = row.key.iter().map(|(name, value)| name.len() + 64 + text(value)).sum();
    let values: usize = row.values.iter().map(|value| value.column.len() + 88 + text(&value.a) + text(&value.b)).sum();
    64 + key + values
}

#[cfg(test)]
mod tests {
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
            most = most.max(rows.held.len());
        }
        rows.finish(&mut shelf).unwrap();
        assert!(most <= RUN_BYTES / 10_000 && rows.held.is_empty(), "{most} rows were held");
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
            held += rows.held.len();
            assert_eq!(rows.iter().count(), 100);
        }
        assert!(held > 0 && held <= SHELF_BYTES / 10_000, "{held} rows are held");
    }

    #[test]
    fn a_file_that_fails_is_said() {
        let (mut rows, mut shelf) = (Rows::default(), Shelf(0));
        rows.push(row(1)).unwrap();
        rows.finish(&mut shelf).unwrap();
        rows.runs.as_mut().unwrap().out.get_mut().set_len(5).unwrap();
        assert!(rows.iter().any(|row| row.is_err()));
        assert!(serde_json::to_string(&rows).is_err());
    }
}
