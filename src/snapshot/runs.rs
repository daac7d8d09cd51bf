//! Sorts row fingerprints in memory of a fixed size: what does not fit is sorted in runs on disk, which are then merged.
//!
//! By the client and not by ORDER BY: the order is that of the bytes in UTF-8 whatever the encoding of the database, and a
//! server in use is spared the sort.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::row_file::{line_of, parse};
use super::rows::RowPrint;

/// So many bytes of rows are held in memory.
const HELD: usize = 16 << 20;
/// More runs than these of one size become one: each needs an open file and a buffer.
const AT_ONCE: usize = 32;

/// Rows to be sorted.
pub(super) struct Runs {
    /// Names of runs begin with this.
    stem: PathBuf,
    limit: usize,
    made: u64,
    held: Vec<RowPrint>,
    bytes: usize,
    runs: Vec<Run>,
}

/// A sorted file, which is removed with this value.
struct Run {
    /// How often its rows were merged.
    level: u32,
    path: PathBuf,
}

impl Runs {
    /// Runs are written beside the file that will have this path.
    pub(super) fn beside(path: &Path) -> Runs {
        Runs { stem: path.to_owned(), limit: HELD, made: 0, held: Vec::new(), bytes: 0, runs: Vec::new() }
    }

    pub(super) fn push(&mut self, print: RowPrint) -> io::Result<()> {
        self.bytes += size_of_val(&print) + print.key.len() + size_of_val(&*print.columns);
        self.held.push(print);
        if self.bytes < self.limit {
            return Ok(());
        }
        self.bytes = 0;
        let mut held = std::mem::take(&mut self.held);
        held.sort_unstable();
        self.write(0, held.into_iter().map(Ok))?;
        self.join()
    }

    /// All rows in their order.
    pub(super) fn sorted(mut self) -> io::Result<Merged> {
        let mut held = std::mem::take(&mut self.held);
        held.sort_unstable();
        Merged::new(std::mem::take(&mut self.runs), held)
    }

    fn write(&mut self, level: u32, rows: impl Iterator<Item = io::Result<RowPrint>>) -> io::Result<()> {
        self.made += 1;
        let run = Run { level, path: self.stem.with_extension(format!("run{}", self.made)) };
        let mut output = BufWriter::new(File::create(&run.path)?);
        let mut line = String::new();
        for row in rows {
            line.clear();
            line_of(&row?, &mut line);
            output.write_all(line.as_bytes())?;
        }
        output.flush()?;
        self.runs.push(run);
        Ok(())
    }

    /// Makes one of many runs of one level, and so on above it. Levels go down along the list.
    fn join(&mut self) -> io::Result<()> {
        while let Some(level) = self.runs.last().map(|run| run.level) {
            let first = self.runs.partition_point(|run| run.level > level);
            if self.runs.len() - first < AT_ONCE {
                return Ok(());
            }
            let merged = Merged::new(self.runs.split_off(first), Vec::new())?;
            self.write(level + 1, merged)?;
        }
        Ok(())
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // What cannot be removed is removed with the directory by the next snapshot that is taken there.
        let _ = fs::remove_file(&self.path);
    }
}

/// The rows of several runs in one order.
pub(super) struct Merged {
    lanes: Vec<Lane>,
    /// The next row of each lane that has one.
    next: BinaryHeap<Reverse<(RowPrint, usize)>>,
}

enum Lane {
    Held(std::vec::IntoIter<RowPrint>),
    Stored { input: BufReader<File>, line: String, run: Run },
}

impl Merged {
    fn new(runs: Vec<Run>, held: Vec<RowPrint>) -> io::Result<Merged> {
        let mut lanes = vec![Lane::Held(held.into_iter())];
        for run in runs {
            lanes.push(Lane::Stored { input: BufReader::new(File::open(&run.path)?), line: String::new(), run });
        }
        let mut merged = Merged { lanes, next: BinaryHeap::new() };
        (0..merged.lanes.len()).try_for_each(|lane| merged.refill(lane))?;
        Ok(merged)
    }

    fn refill(&mut self, lane: usize) -> io::Result<()> {
        if let Some(row) = self.lanes.get_mut(lane).map(Lane::row).transpose()?.flatten() {
            self.next.push(Reverse((row, lane)));
        }
        Ok(())
    }
}

impl Iterator for Merged {
    type Item = io::Result<RowPrint>;

    fn next(&mut self) -> Option<io::Result<RowPrint>> {
        let Reverse((row, lane)) = self.next.pop()?;
        Some(self.refill(lane).map(|()| row))
    }
}

impl Lane {
    fn row(&mut self) -> io::Result<Option<RowPrint>> {
        let (input, line, run) = match self {
            Lane::Held(rows) => return Ok(rows.next()),
            Lane::Stored { input, line, run } => (input, line, run),
        };
        line.clear();
        if input.read_line(line)? == 0 {
            return Ok(None);
        }
        let text = line.strip_suffix('\n').unwrap_or(line);
        let columns = (text.find('\t').unwrap_or_default() / 16).saturating_sub(1);
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, format!("{} is damaged", run.path.display()));
        parse(text, columns).map(Some).ok_or_else(damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_many_runs_are_sorted_as_in_memory_and_no_file_is_left() {
        let directory = tempfile::tempdir().unwrap();
        // In no order: multiples of a number that has no part in the modulus.
        let rows: Vec<RowPrint> = (0..5000_i64)
            .map(|place| place * 2741 % 5000)
            .map(|id| RowPrint { key: format!("[\"{}\"]", id / 2).into(), row: -id, columns: [id, i64::MIN].into() })
            .collect();
        for limit in [usize::MAX, 100_000, 1000, 1] {
            let mut runs = Runs { limit, ..Runs::beside(&directory.path().join("public.t.rows.gz")) };
            for row in &rows {
                runs.push(row.clone()).unwrap();
            }
            assert_eq!(limit == usize::MAX, runs.runs.is_empty());
            assert!(runs.runs.len() < 3 * AT_ONCE, "{}", runs.runs.len());
            let sorted: Vec<RowPrint> = runs.sorted().unwrap().collect::<Result<_, _>>().unwrap();
            let mut expected = rows.clone();
            expected.sort_unstable();
            assert_eq!(sorted, expected);
            assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn a_directory_that_cannot_be_written_is_an_error() {
        let mut runs = Runs { limit: 1, ..Runs::beside(Path::new("/no/such/directory/t")) };
        assert!(runs.push(RowPrint { key: "".into(), row: 1, columns: [].into() }).is_err());
    }
}
