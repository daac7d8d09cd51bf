//! The file of row fingerprints, written and read row by row.
//!
//! It is gzip of UTF-8 with LF. Its first line is `phasegate-rows 1 ` and a JSON object `{"table", "key", "columns"}`.
//! Every other line is a row: 16 hexadecimal digits of the row's hash, 16 of the hash of each column in the order
//! given, a tab, and the key as a JSON array of texts (nothing where the table has no key). The lines are ordered by
//! key, then by hash, so that two files differ where the tables do.

use std::fmt::Write as _;
use std::io::{self, BufRead, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::digest::{Checksum, Hasher};

use super::SnapshotError;
use super::rows::{RowPrint, Sums};

const MAGIC: &str = "phasegate-rows 1 ";

/// Whose rows they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) table: String,
    pub(super) key: Option<Vec<String>>,
    pub(super) columns: Vec<String>,
}

/// The rows of a file. The last thing it gives is an error where the text was another than the one with this checksum.
pub(super) struct Reader<R> {
    lines: Lines<R>,
    columns: usize,
    expected: Checksum,
    path: String,
    is_over: bool,
}

impl<R: BufRead> Reader<R> {
    /// Reads the first line.
    pub(super) fn open(input: R, path: &Path, expected: Checksum) -> Result<(Head, Reader<R>), SnapshotError> {
        let mut reader = Reader {
            lines: Lines { input, number: 0, line: String::new(), hasher: Hasher::default() },
            columns: 0,
            expected,
            path: path.display().to_string(),
            is_over: false,
        };
        if !reader.lines.next().map_err(|source| reader.io(source))? {
            return Err(reader.malformed("it is empty".into()));
        }
        let json = reader.lines.line.strip_prefix(MAGIC);
        let json = json.ok_or_else(|| reader.malformed(format!("does not start with {MAGIC}")))?;
        let head: Head = serde_json::from_str(json).map_err(|error| reader.malformed(format!("line 1: {error}")))?;
        reader.columns = head.columns.len();
        Ok((head, reader))
    }

    fn row(&mut self) -> Result<Option<RowPrint>, SnapshotError> {
        if self.lines.next().map_err(|source| self.io(source))? {
            let number = self.lines.number;
            let print = parse(&self.lines.line, self.columns);
            return print.map(Some).ok_or_else(|| self.malformed(format!("line {number} is not a row fingerprint")));
        }
        if std::mem::take(&mut self.lines.hasher).finish() == self.expected {
            return Ok(None);
        }
        Err(self.malformed("it is not the file that was written with the snapshot (checksum differs)".into()))
    }

    fn io(&self, source: io::Error) -> SnapshotError {
        SnapshotError::Io { path: self.path.clone(), source }
    }

    fn malformed(&self, problem: String) -> SnapshotError {
        SnapshotError::Malformed { path: self.path.clone(), problem }
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<RowPrint, SnapshotError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let row = self.row().transpose();
        self.is_over = !matches!(row, Some(Ok(_)));
        row
    }
}

struct Lines<R> {
    input: R,
    number: u64,
    line: String,
    hasher: Hasher,
}

impl<R: BufRead> Lines<R> {
    /// Whether there is another line.
    fn next(&mut self) -> io::Result<bool> {
        self.line.clear();
        self.number += 1;
        let read = self.input.read_line(&mut self.line)?;
        self.hasher.update(self.line.as_bytes());
        if self.line.ends_with('\n') {
            self.line.pop();
        }
        Ok(read > 0)
    }
}

/// Writes a file row by row.
pub(super) struct Writer<W> {
    output: W,
    line: String,
    hasher: Hasher,
    sums: Sums,
}

impl<W: Write> Writer<W> {
    /// Writes the first line.
    pub(super) fn new(output: W, head: &Head) -> io::Result<Writer<W>> {
        let line = format!("{MAGIC}{}\n", serde_json::to_string(head)?);
        let mut writer = Writer { output, line, hasher: Hasher::default(), sums: Sums::default() };
        writer.put()?;
        Ok(writer)
    }

    pub(super) fn write(&mut self, print: &RowPrint) -> io::Result<()> {
        self.sums.add(print);
        self.line.clear();
        line_of(print, &mut self.line);
        self.line.push('\n');
        self.put()
    }

    /// The output, the checksum of the text, and what the rows add up to.
    pub(super) fn finish(self) -> (W, Checksum, Sums) {
        (self.output, self.hasher.finish(), self.sums)
    }

    fn put(&mut self) -> io::Result<()> {
        self.hasher.update(self.line.as_bytes());
        self.output.write_all(self.line.as_bytes())
    }
}

/// Appends the line of a row, without its end.
pub(super) fn line_of(print: &RowPrint, line: &mut String) {
    for hash in std::iter::once(&print.row).chain(&print.columns) {
        let _ = write!(line, "{hash:016x}");
    }
    let _ = write!(line, "\t{}", print.key);
}

/// The row of a line, without its end, that has so many columns.
pub(super) fn parse(line: &str, columns: usize) -> Option<RowPrint> {
    let (hashes, key) = line.split_once('\t')?;
    if hashes.len() != (columns + 1) * 16 || !hashes.is_ascii() {
        return None;
    }
    let mut numbers = (0..=columns).map(|index| {
        let digits = u64::from_str_radix(&hashes[index * 16..(index + 1) * 16], 16).ok()?;
        Some(i64::from_ne_bytes(digits.to_ne_bytes()))
    });
    let row = numbers.next()??;
    Some(RowPrint { key: key.into(), row, columns: numbers.collect::<Option<_>>()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, checksum: Checksum) -> Result<(Head, Vec<RowPrint>), String> {
        let (head, rows) =
            Reader::open(text.as_bytes(), Path::new("f"), checksum).map_err(|error| error.to_string())?;
        let rows = rows.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        Ok((head, rows))
    }

    #[test]
    fn the_rows_come_back_as_they_went() {
        let head = Head {
            table: "public.we\"ird\n".into(),
            key: Some(vec!["id".into()]),
            columns: vec!["a".into(), "id".into()],
        };
        let rows = vec![
            RowPrint { key: "[\"1\\t\"]".into(), row: -1, columns: [i64::MIN, 7].into() },
            RowPrint { key: "".into(), row: 0, columns: [0, i64::MAX].into() },
        ];
        let mut writer = Writer::new(Vec::new(), &head).unwrap();
        rows.iter().for_each(|row| writer.write(row).unwrap());
        let (bytes, checksum, sums) = writer.finish();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!((text.lines().count(), sums.rows, checksum), (3, 2, Checksum::of(text.as_bytes())));
        assert_eq!(read(&text, checksum).unwrap(), (head, rows));
        // What is not as it was written is an error, at the end at the latest.
        assert!(read(&text.replace("\t[", "0\t["), checksum).unwrap_err().contains("line 2"));
        assert!(read(&text.replace("\t[\"1", "\t[\"2"), checksum).unwrap_err().contains("checksum differs"));
        let shorter = &text[..text.trim_end().rfind('\n').unwrap() + 1];
        assert!(read(shorter, checksum).unwrap_err().contains("checksum differs"));
        assert!(read("id,name", checksum).unwrap_err().contains("does not start with"));
        assert!(read("", checksum).unwrap_err().contains("empty"));
    }
}
