//! The folder of phases, read and put in order.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::header::{Fault, is_directive};
use super::{ChecksumsHasher, Header, Phase};

/// Numbers from here on are dates (`20261123…`), whose gaps mean nothing.
const FIRST_DATE: u64 = 1_000_000;

/// Something wrong with the folder or one of its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file's path, or the folder's.
    pub path: PathBuf,
    /// Line and column, 1-based, where the problem has a place in the file.
    pub at: Option<(u32, u32)>,
    /// What is wrong and what to do.
    pub message: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some((line, column)) = self.at {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// The folder cannot be used as it is. All problems at once.
#[derive(Debug, thiserror::Error)]
#[error("{}", .problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct DiscoverError {
    /// At least one.
    pub problems: Vec<Problem>,
}

/// Reads all phases of a folder, in order.
///
/// Files that do not end in `.sql` and hidden files are left alone. Each file is read once, in constant memory.
///
/// # Errors
/// [`DiscoverError`] with every bad name, duplicate number, gap, unreadable file and faulty header there is; also
/// where there is no folder or no phase in it, since nothing to run is not a success.
pub fn discover(folder: &Path) -> Result<Vec<Phase>, DiscoverError> {
    let mut problems = Vec::new();
    let mut phases = Vec::new();
    for path in sql_files(folder).map_err(|problem| DiscoverError { problems: vec![problem] })? {
        match parse_name(&path) {
            Ok((number, id)) => match read_phase(&path, number, id, &mut problems) {
                Ok(phase) => phases.push(phase),
                Err(error) => problems.push(problem(&path, format!("cannot be read: {error}"))),
            },
            Err(message) => problems.push(problem(&path, message)),
        }
    }
    phases.sort_by(|a, b| a.number.cmp(&b.number).then_with(|| a.id.cmp(&b.id)));
    number_problems(folder, &phases, &mut problems);
    if phases.is_empty() && problems.is_empty() {
        let message = "no phase in this folder; a phase is a file like 01_schema_updates.sql".to_owned();
        problems.push(problem(folder, message));
    }
    if problems.is_empty() { Ok(phases) } else { Err(DiscoverError { problems }) }
}

fn sql_files(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let entries = std::fs::read_dir(folder).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            problem(folder, "no such folder; make it with `phasegate init`, or name another with --migrations".into())
        }
        _ => problem(folder, format!("the folder cannot be read: {error}")),
    })?;
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| problem(folder, format!("the folder cannot be read: {error}")))?;
        let path = entry.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let sql = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("sql"));
        // The kind comes with the name; only behind a link the system must be asked.
        let plain = entry.file_type().is_ok_and(|kind| kind.is_file());
        if sql && !hidden && (plain || !path.is_dir()) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The number and the id in a file's name.
fn parse_name(path: &Path) -> Result<(u64, String), String> {
    let wanted = "name it <number>_<name>.sql, with letters, digits, _ and - in the name: 01_schema_updates.sql";
    let stem = path.file_stem().and_then(|stem| stem.to_str()).ok_or_else(|| format!("bad name; {wanted}"))?;
    let (digits, name) = stem.split_once('_').ok_or_else(|| format!("bad name; {wanted}"))?;
    let lower = path.extension().is_some_and(|extension| extension == "sql");
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !lower || name.is_empty() || !name.chars().all(plain) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("bad name; {wanted}"));
    }
    let number = digits.parse().map_err(|_| format!("bad number {digits:?}; {wanted}"))?;
    Ok((number, stem.to_owned()))
}

fn number_problems(folder: &Path, phases: &[Phase], problems: &mut Vec<Problem>) {
    let mut by_number: BTreeMap<u64, Vec<&Phase>> = BTreeMap::new();
    for phase in phases {
        by_number.entry(phase.number).or_default().push(phase);
    }
    for (number, same) in &by_number {
        if let [first, second, ..] = same.as_slice() {
            let message = format!("number {number} is taken twice, here and by {}; renumber one", first.file);
            problems.push(problem(&second.path, message));
        }
    }
    let numbers: Vec<u64> = by_number.into_keys().filter(|number| *number < FIRST_DATE).collect();
    if let Some(first) = numbers.first().filter(|first| **first > 1) {
        problems.push(problem(folder, format!("the first phase has number {first}; the ones before it are missing")));
    }
    for pair in numbers.windows(2) {
        let (from, to) = (pair[0] + 1, pair[1] - 1);
        if from <= to {
            let which = if from == to { format!("number {from} is") } else { format!("numbers {from} to {to} are") };
            problems.push(problem(folder, format!("{which} missing between phases {} and {}", pair[0], pair[1])));
        }
    }
}

fn read_phase(path: &Path, number: u64, id: String, problems: &mut Vec<Problem>) -> io::Result<Phase> {
    let mut file = File::open(path)?;
    let mut hasher = ChecksumsHasher::default();
    let mut lines = HeaderLines::default();
    let mut bytes = 0;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(&buffer[..read]);
        lines.update(&buffer[..read]);
        bytes += read as u64;
    }
    lines.finish();
    for (line, column, message) in lines.faults {
        problems.push(Problem { path: path.to_owned(), at: Some((line, column)), message });
    }
    let (checksums, line_ends, has_bom) = hasher.finish();
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Phase { id, number, path: path.to_owned(), file, bytes, checksums, line_ends, has_bom, header: lines.header })
}

/// Feeds a file's lines to its header, and looks for directives that come too late. Lines longer than a directive can
/// sensibly be are cut, so that memory stays constant.
#[derive(Default)]
struct HeaderLines {
    header: Header,
    faults: Vec<Fault>,
    line: Vec<u8>,
    number: u32,
    over: bool,
}

const LONGEST_LINE: usize = 16 * 1024;

impl HeaderLines {
    fn update(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = LONGEST_LINE.saturating_sub(self.line.len());
            self.line.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.ends_with(b"\n") {
                self.take();
            }
        }
    }

    fn finish(&mut self) {
        if !self.line.is_empty() {
            self.take();
        }
    }

    fn take(&mut self) {
        self.number += 1;
        let bytes = self.line.strip_prefix(b"\xef\xbb\xbf").filter(|_| self.number == 1).unwrap_or(&self.line);
        // Past the header only lines that start as a comment can matter; the rest need not be valid text here.
        if self.over && !bytes.trim_ascii_start().starts_with(b"--") {
            return self.line.clear();
        }
        let line = String::from_utf8_lossy(bytes).into_owned();
        let line = line.trim_end_matches(['\n', '\r']);
        if !self.over {
            self.over = !self.header.take_line(self.number, line, &mut self.faults);
        } else if is_directive(line) {
            let message = "a directive must stand before the first statement; move it to the top of the file";
            self.faults.push((self.number, 1, message.to_owned()));
        }
        self.line.clear();
    }
}

fn problem(path: &Path, message: String) -> Problem {
    Problem { path: path.to_owned(), at: None, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        dir
    }

    fn messages(dir: &tempfile::TempDir) -> Vec<String> {
        let prefix = format!("{}", dir.path().display());
        let error = discover(dir.path()).unwrap_err();
        error.problems.iter().map(|problem| problem.to_string().replace(&prefix, "")).collect()
    }

    #[test]
    fn two_comes_before_ten_and_other_files_are_left_alone() {
        let dir = folder(&[("README.md", ""), (".1_x.sql", "")]);
        for number in 1..=10 {
            std::fs::write(dir.path().join(format!("{number}_p.sql")), "SELECT 1;").unwrap();
        }
        let ids: Vec<String> = discover(dir.path()).unwrap().into_iter().map(|phase| phase.id).collect();
        assert_eq!(ids[1], "2_p");
        assert_eq!(ids[9], "10_p");
        assert_eq!(ids.len(), 10);
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let dir = folder(&[
            ("01_a.sql", "-- phasegate: sparkle\nSELECT 1;"),
            ("1_b.sql", "SELECT 1;\n-- phasegate: transaction = none\n"),
            ("5_c.sql", ""),
            ("x.sql", ""),
            ("03 d.sql", ""),
        ]);
        let found = messages(&dir).join("\n");
        for expected in [
            "/01_a.sql:1:15: unknown directive \"sparkle\"",
            "/1_b.sql:2:1: a directive must stand before the first statement",
            "/1_b.sql: number 1 is taken twice, here and by 01_a.sql",
            "numbers 2 to 4 are missing between phases 1 and 5",
            "/x.sql: bad name",
            "/03 d.sql: bad name",
        ] {
            assert!(found.contains(expected), "{expected:?} not in:\n{found}");
        }
    }

    #[test]
    fn nothing_to_run_is_not_a_success() {
        assert!(messages(&folder(&[]))[0].contains("no phase in this folder"));
        let gone = discover(Path::new("/does/not/exist")).unwrap_err();
        assert!(gone.to_string().contains("no such folder"));
    }

    #[test]
    fn dates_may_have_gaps() {
        let dir = folder(&[("20260101_a.sql", ""), ("20260301_b.sql", "")]);
        assert_eq!(discover(dir.path()).unwrap().len(), 2);
    }
}
