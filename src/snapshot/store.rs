//! Snapshots on disk: `<directory>/snapshot.json`, and `<directory>/rows/<schema>.<table>.rows.gz` for each table with
//! row fingerprints (`zcat` shows them; older snapshots have them without `.gz`). A directory holds a snapshot exactly when it has a `snapshot.json`: it is written last.

use std::fs;
use std::io::{BufRead, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::digest::Checksum;

use super::row_file::{Head, Reader, Writer};
use super::rows::{RowPrint, Sums};
use super::{FingerprintFile, RowSource, RowStream, Snapshot, SnapshotError, TableSnapshot};

/// The format that this phasegate writes, and the newest that it reads. Whoever adds a field or changes what one means
/// raises it: an older phasegate then says that it cannot read the snapshot, and does not misread it.
///
/// 2 has digests `hash64-v2`; 3 the bounds of booleans, and the sequences that could not be seen.
pub const FORMAT_VERSION: u32 = 3;

/// Name of the file that a snapshot is.
pub const FILE: &str = "snapshot.json";
const ROWS: &str = "rows";
/// File systems allow 255 bytes for a name.
const LONGEST_NAME: usize = 180;

/// Writes the snapshot into the directory, which is made where it is missing. After a failure the directory holds no
/// new snapshot: the file is written under another name, synced, then renamed.
///
/// # Errors
/// [`SnapshotError::Io`].
pub fn save(directory: &Path, snapshot: &Snapshot) -> Result<(), SnapshotError> {
    let path = directory.join(FILE);
    let mut text = serde_json::to_string_pretty(snapshot).map_err(|error| malformed(&path, error))?;
    text.push('\n');
    write(&path, text.as_bytes())
}

/// Reads the snapshot of a directory, or the file itself.
///
/// # Errors
/// [`SnapshotError`], with the newer format named where that is the reason.
pub fn load(path: &Path) -> Result<Snapshot, SnapshotError> {
    let path = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
    let text = fs::read_to_string(&path).map_err(|source| io(&path, source))?;
    // The version first: a newer format may have fields that this one must refuse.
    let value: Value = serde_json::from_str(&text).map_err(|error| malformed(&path, error))?;
    let found = value.get("format_version").and_then(Value::as_u64);
    let found = found.ok_or_else(|| malformed(&path, "format_version is missing: not a snapshot"))?;
    if found > FORMAT_VERSION.into() {
        return Err(SnapshotError::Newer { path: path.display().to_string(), found });
    }
    serde_json::from_str(&text).map_err(|error| malformed(&path, error))
}

/// The directories below `root` that hold a snapshot, at most three levels down, ordered by name.
///
/// # Errors
/// [`SnapshotError::Io`] where `root` cannot be read; there being no `root` is an empty list.
pub fn list(root: &Path) -> Result<Vec<PathBuf>, SnapshotError> {
    let mut found = Vec::new();
    if root.exists() {
        collect(root, 3, &mut found)?;
    }
    found.sort();
    Ok(found)
}

fn collect(directory: &Path, depth: u8, found: &mut Vec<PathBuf>) -> Result<(), SnapshotError> {
    for entry in fs::read_dir(directory).map_err(|source| io(directory, source))? {
        let path = entry.map_err(|source| io(directory, source))?.path();
        if path.join(FILE).is_file() {
            found.push(path);
        } else if depth > 1 && path.is_dir() {
            collect(&path, depth - 1, found)?;
        }
    }
    Ok(())
}

/// The row fingerprints of a snapshot on disk.
#[derive(Debug, Clone)]
pub struct StoredRows {
    directory: PathBuf,
}

impl StoredRows {
    /// Those of the snapshot in this directory.
    pub fn new(directory: impl Into<PathBuf>) -> StoredRows {
        StoredRows { directory: directory.into() }
    }
}

impl RowSource for StoredRows {
    fn rows(&self, table: &TableSnapshot) -> Result<Option<RowStream<'_>>, SnapshotError> {
        let Some(file) = &table.fingerprints else { return Ok(None) };
        let path = self.directory.join(&file.file);
        let input = open(&path).map_err(|source| io(&path, source))?;
        let (head, rows) = Reader::open(input, &path, file.checksum)?;
        Ok(Some(RowStream { key: head.key, columns: head.columns, rows: Box::new(rows) }))
    }
}

/// Makes room for the row fingerprints of a snapshot to be taken into this directory.
pub(super) fn prepare(directory: &Path) -> Result<(), SnapshotError> {
    if directory.join(FILE).exists() {
        return Err(SnapshotError::Exists { path: directory.display().to_string() });
    }
    let rows = directory.join(ROWS);
    // Left by one that was never finished.
    if rows.exists() {
        fs::remove_dir_all(&rows).map_err(|source| io(&rows, source))?;
    }
    fs::create_dir_all(&rows).map_err(|source| io(&rows, source))
}

/// The file for the fingerprints of one table, relative to the snapshot's directory.
pub(super) fn rows_file(schema: &str, table: &str) -> String {
    format!("{ROWS}/{}.rows.gz", file_stem(schema, table))
}

/// Writes the fingerprints of one table, which come in their order. `None`, and no file, where they are not the rows
/// that its digests were made of.
pub(super) fn write_rows(
    directory: &Path,
    file: &str,
    head: &Head,
    rows: impl Iterator<Item = std::io::Result<RowPrint>>,
    table: &TableSnapshot,
) -> Result<Option<FingerprintFile>, SnapshotError> {
    let path = directory.join(file);
    let temporary = temporary(&path);
    let written = pack(&temporary, head, rows).and_then(|(checksum, sums)| {
        let belong = sums.are_those_of(table);
        if belong {
            fs::rename(&temporary, &path)?;
        }
        // Of the text: another version of the compressor makes other bytes of it.
        Ok(belong.then(|| FingerprintFile { file: file.to_owned(), rows: sums.rows, checksum }))
    });
    if !matches!(written, Ok(Some(_))) {
        let _ = fs::remove_file(&temporary);
    }
    sync_directory(&path);
    written.map_err(|source| io(&path, source))
}

/// Half of it is hashes, which nothing makes smaller than their bits: the fastest level does nearly what the best does.
fn pack(
    path: &Path,
    head: &Head,
    rows: impl Iterator<Item = std::io::Result<RowPrint>>,
) -> std::io::Result<(Checksum, Sums)> {
    let file = BufWriter::new(fs::File::create(path)?);
    let mut writer = Writer::new(GzEncoder::new(file, Compression::fast()), head)?;
    for row in rows {
        writer.write(&row?)?;
    }
    let (packer, checksum, sums) = writer.finish();
    packer.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    Ok((checksum, sums))
}

/// A file of rows, packed or not.
fn open(path: &Path) -> std::io::Result<Box<dyn BufRead>> {
    let file = BufReader::new(fs::File::open(path)?);
    Ok(match path.extension().is_some_and(|end| end == "gz") {
        true => Box::new(BufReader::new(GzDecoder::new(file))),
        false => Box::new(file),
    })
}

/// A name that no two tables share, on no file system: capitals are written as codes, since some do not tell them
/// from small letters, and so is all but letters, digits, `_` and `-`.
fn file_stem(schema: &str, table: &str) -> String {
    let stem = format!("{}.{}", encode(schema), encode(table));
    if stem.len() <= LONGEST_NAME {
        return stem;
    }
    let hex = Checksum::of(stem.as_bytes()).hex();
    format!("{}~{}", &stem[..LONGEST_NAME - 33], &hex[..32])
}

fn encode(name: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02x}");
        }
    }
    out
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), SnapshotError> {
    let temporary = temporary(path);
    let outcome = write_synced(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    if outcome.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    outcome.map_err(|source| io(path, source))?;
    sync_directory(path);
    Ok(())
}

fn temporary(path: &Path) -> PathBuf {
    path.with_extension(format!("tmp{}", std::process::id()))
}

fn write_synced(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the rename last. Where a directory cannot be synced, the file system sees to it by itself.
fn sync_directory(path: &Path) {
    if let Some(Ok(directory)) = path.parent().map(fs::File::open) {
        let _ = directory.sync_all();
    }
}

fn io(path: &Path, source: std::io::Error) -> SnapshotError {
    SnapshotError::Io { path: path.display().to_string(), source }
}

fn malformed(path: &Path, problem: impl ToString) -> SnapshotError {
    SnapshotError::Malformed { path: path.display().to_string(), problem: problem.to_string() }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use crate::digest::{ContentDigest, Digest};

    #[test]
    fn file_names_are_safe_and_never_shared() {
        assert_eq!(file_stem("public", "holdings"), "public.holdings");
        assert_ne!(file_stem("a.b", "c"), file_stem("a", "b.c"));
        assert_ne!(file_stem("public", "Users").to_lowercase(), file_stem("public", "users"));
        assert_eq!(file_stem("..", "a/b"), "%2e%2e.a%2fb");
        let (long, other) = ("Ä".repeat(31), format!("{}a", "Ä".repeat(31)));
        assert!(file_stem(&long, &long).len() <= LONGEST_NAME);
        assert_ne!(file_stem(&long, &long), file_stem(&long, &other));
    }

    #[test]
    fn fingerprints_are_packed_and_those_of_older_snapshots_are_read_as_they_lie() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join(ROWS)).unwrap();
        let head = Head { table: "public.t".into(), key: None, columns: Vec::new() };
        let print = RowPrint { key: "".into(), row: -7, columns: [].into() };
        let mut table = TableSnapshot {
            name: "public.t".into(),
            kind: "table".into(),
            rows: 1,
            key: None,
            row_digest: ContentDigest::Sum(Digest(-7)),
            columns: Vec::new(),
            fingerprints: None,
            buckets: None,
        };
        let write = |table: &TableSnapshot| {
            let rows = std::iter::once(Ok(print.clone()));
            write_rows(directory.path(), &rows_file("public", "t"), &head, rows, table).unwrap()
        };
        // Those of another table leave nothing behind.
        assert_eq!(write(&TableSnapshot { rows: 2, ..table.clone() }), None);
        assert_eq!(fs::read_dir(directory.path().join(ROWS)).unwrap().count(), 0);
        let file = write(&table).unwrap();
        table.fingerprints = Some(file.clone());
        let read = |table: &TableSnapshot| -> Result<Vec<RowPrint>, SnapshotError> {
            StoredRows::new(directory.path()).rows(table)?.unwrap().rows.collect()
        };
        let path = directory.path().join(&file.file);
        assert!(file.file.ends_with(".rows.gz") && fs::read(&path).unwrap().starts_with(&[0x1f, 0x8b]));
        assert_eq!(read(&table).unwrap(), std::slice::from_ref(&print));
        let mut text = String::new();
        open(&path).unwrap().read_to_string(&mut text).unwrap();
        fs::write(directory.path().join("rows/old.rows"), &text).unwrap();
        let plain = FingerprintFile { file: "rows/old.rows".into(), ..file };
        assert_eq!(
            read(&TableSnapshot { fingerprints: Some(plain), ..table.clone() }).unwrap(),
            std::slice::from_ref(&print)
        );
        // Half a file is no file.
        fs::write(&path, &fs::read(&path).unwrap()[..20]).unwrap();
        assert!(read(&table).is_err());
    }

    #[test]
    fn a_newer_format_is_refused_by_its_number() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(FILE), r#"{"format_version": 4, "unheard_of": []}"#).unwrap();
        let message = load(directory.path()).unwrap_err().to_string();
        assert!(message.contains("format 4") && message.contains("up to 3"), "{message}");
        fs::write(directory.path().join(FILE), "{}").unwrap();
        assert!(load(directory.path()).unwrap_err().to_string().contains("format_version is missing"));
        assert_eq!(list(directory.path().parent().unwrap().join("nowhere").as_path()).unwrap(), Vec::<PathBuf>::new());
    }
}
