//! Sorts records in memory of a fixed size: what does not fit is sorted in runs on disk, which are then merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::Temporary;

/// More runs than these of one size become one: each needs an open file and a buffer while they are merged.
const AT_ONCE: usize = 32;

/// What can be sorted so: its order, and its form in a line of a file.
pub trait Record: Ord + Clone {
    /// Bytes that it takes in memory, about.
    fn bytes(&self) -> usize;

    /// Appends it as one line, without the line's end.
    fn write(&self, line: &mut String);

    /// What [`Record::write`] wrote; `None` where that is damaged.
    fn read(line: &str) -> Option<Self>;
}

/// Records to be sorted. Files are open only while a run is written or all of them are read.
#[derive(Debug)]
pub struct Runs<R> {
    /// Where the runs are written.
    folder: PathBuf,
    /// So many bytes of records are held.
    limit: usize,
    held: Vec<R>,
    bytes: usize,
    runs: Vec<Run>,
}

/// A sorted file.
#[derive(Debug)]
struct Run {
    /// How often its records were merged.
    level: u32,
    records: u64,
    file: Temporary,
}

impl<R: Record> Runs<R> {
    /// Holds about so many bytes of records; what is more goes to files in this folder.
    pub fn new(folder: impl Into<PathBuf>, limit: usize) -> Runs<R> {
        Runs { folder: folder.into(), limit, held: Vec::new(), bytes: 0, runs: Vec::new() }
    }

    /// Takes a record.
    ///
    /// # Errors
    /// Those of the file system; the sort is of no use then.
    pub fn push(&mut self, record: R) -> io::Result<()> {
        self.bytes += record.bytes();
        self.held.push(record);
        if self.bytes < self.limit { Ok(()) } else { self.put_away() }
    }

    /// Bytes of the records that are held in memory, about.
    pub fn held_bytes(&self) -> usize {
        self.bytes
    }

    /// Whether all of them are held in memory.
    pub fn is_held(&self) -> bool {
        self.runs.is_empty()
    }

    /// Writes what is held to a file.
    ///
    /// # Errors
    /// As for [`Runs::push`].
    pub fn put_away(&mut self) -> io::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        self.bytes = 0;
        let mut held = std::mem::take(&mut self.held);
        held.sort_unstable();
        self.write(0, held.into_iter().map(Ok))?;
        self.join()
    }

    /// Puts what is held in order, for [`Runs::iter`].
    pub fn sort(&mut self) {
        self.held.sort_unstable();
    }

    /// All records in their order, once [`Runs::sort`] was called after the last was taken.
    ///
    /// # Errors
    /// Those of the file system, here and of each record; nothing follows an error.
    pub fn iter(&self) -> io::Result<Merged<'_, R>> {
        Merged::new(&self.runs, Box::new(self.held.iter().cloned()))
    }

    fn write(&mut self, level: u32, records: impl Iterator<Item = io::Result<R>>) -> io::Result<()> {
        let (file, output) = Temporary::file(&self.folder, "run")?;
        let mut run = Run { level, records: 0, file };
        let mut output = BufWriter::new(output);
        let mut line = String::new();
        for record in records {
            line.clear();
            record?.write(&mut line);
            line.push('\n');
            output.write_all(line.as_bytes())?;
            run.records += 1;
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
            let joined = self.runs.split_off(first);
            self.write(level + 1, Merged::new(&joined, Box::new(std::iter::empty()))?)?;
        }
        Ok(())
    }
}

/// The records of several runs in one order.
pub struct Merged<'a, R> {
    lanes: Vec<Lane<'a, R>>,
    /// The next record of each lane that has one.
    next: BinaryHeap<Reverse<(R, usize)>>,
}

enum Lane<'a, R> {
    Held(Box<dyn Iterator<Item = R> + 'a>),
    Stored { input: BufReader<File>, line: String, left: u64, path: &'a Path },
}

impl<'a, R: Record> Merged<'a, R> {
    fn new(runs: &'a [Run], held: Box<dyn Iterator<Item = R> + 'a>) -> io::Result<Merged<'a, R>> {
        let mut lanes = vec![Lane::Held(held)];
        for run in runs {
            let (input, left, path) = (BufReader::new(run.file.open()?), run.records, run.file.path());
            lanes.push(Lane::Stored { input, line: String::new(), left, path });
        }
        let mut merged = Merged { lanes, next: BinaryHeap::new() };
        (0..merged.lanes.len()).try_for_each(|lane| merged.refill(lane))?;
        Ok(merged)
    }

    fn refill(&mut self, lane: usize) -> io::Result<()> {
        if let Some(record) = self.lanes.get_mut(lane).map(Lane::record).transpose()?.flatten() {
            self.next.push(Reverse((record, lane)));
        }
        Ok(())
    }
}

impl<R: Record> Iterator for Merged<'_, R> {
    type Item = io::Result<R>;

    fn next(&mut self) -> Option<io::Result<R>> {
        let Reverse((record, lane)) = self.next.pop()?;
        let refilled = self.refill(lane);
        if refilled.is_err() {
            self.next.clear();
        }
        Some(refilled.map(|()| record))
    }
}

impl<R: Record> Lane<'_, R> {
    fn record(&mut self) -> io::Result<Option<R>> {
        let (input, line, left, path) = match self {
            Lane::Held(records) => return Ok(records.next()),
            Lane::Stored { left: 0, .. } => return Ok(None),
            Lane::Stored { input, line, left, path } => (input, line, left, path),
        };
        *left -= 1;
        line.clear();
        input.read_line(line)?;
        // A line without its end, or no line, is one that was cut off.
        let record = line.strip_suffix('\n').and_then(R::read);
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, format!("{} is damaged", path.display()));
        record.map(Some).ok_or_else(damaged)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions};

    use super::*;

    impl Record for i64 {
        fn bytes(&self) -> usize {
            8
        }

        fn write(&self, line: &mut String) {
            line.push_str(&self.to_string());
        }

        fn read(line: &str) -> Option<i64> {
            line.parse().ok()
        }
    }

    /// In no order: multiples of a number that has no part in the modulus.
    fn numbers() -> impl Iterator<Item = i64> {
        (0..5000_i64).map(|place| place * 2741 % 5000 / 2)
    }

    fn filled(folder: &Path, limit: usize) -> Runs<i64> {
        let mut runs = Runs::new(folder, limit);
        for number in numbers() {
            runs.push(number).unwrap();
            assert!(runs.held_bytes() <= limit);
        }
        runs.sort();
        runs
    }

    #[test]
    fn records_of_many_runs_are_sorted_as_in_memory_as_often_as_they_are_asked_for_and_no_file_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let mut expected: Vec<i64> = numbers().collect();
        expected.sort_unstable();
        for limit in [usize::MAX, 10_000, 100, 8] {
            let runs = filled(folder.path(), limit);
            assert_eq!(limit == usize::MAX, runs.is_held());
            assert!(runs.runs.len() < 3 * AT_ONCE, "{}", runs.runs.len());
            for _ in 0..2 {
                let sorted: Vec<i64> = runs.iter().unwrap().collect::<Result<_, _>>().unwrap();
                assert_eq!(sorted, expected);
            }
            drop(runs);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }

    /// In the folder of this test, in which no other has files.
    #[cfg(target_os = "linux")]
    #[test]
    fn between_its_uses_no_file_is_open() {
        let folder = tempfile::tempdir().unwrap();
        let open = || {
            let links =
                fs::read_dir("/proc/self/fd").unwrap().filter_map(|link| fs::read_link(link.unwrap().path()).ok());
            links.filter(|path| path.starts_with(folder.path())).count()
        };
        let many: Vec<Runs<i64>> = (0..20).map(|_| filled(folder.path(), 10_000)).collect();
        assert_eq!(open(), 0);
        let read = many[7].iter().unwrap();
        assert_eq!(open(), many[7].runs.len());
        drop(read);
        assert_eq!(open(), 0);
    }

    #[test]
    fn a_run_that_was_cut_off_or_written_over_is_an_error_and_nothing_follows_it() {
        let folder = tempfile::tempdir().unwrap();
        let runs = filled(folder.path(), 10_000);
        let file = OpenOptions::new().write(true).open(runs.runs[1].file.path()).unwrap();
        let text = fs::read_to_string(runs.runs[1].file.path()).unwrap();
        // In the last line, and behind the one before it.
        for length in [text.len() - 1, text.trim_end().rfind('\n').unwrap() + 1] {
            file.set_len(length.try_into().unwrap()).unwrap();
            let mut read = runs.iter().unwrap().skip_while(Result::is_ok);
            assert!(read.next().unwrap().unwrap_err().to_string().ends_with("is damaged"));
            assert!(read.next().is_none());
        }
        fs::write(runs.runs[1].file.path(), "x\n").unwrap();
        assert!(runs.iter().is_err());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_an_error() {
        assert!(Runs::new("/no/such/folder", 1).push(1_i64).is_err());
    }
}
