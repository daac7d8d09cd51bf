//! A file of expected changes: the lines of a header that declare, without the words in front.

use std::path::{Path, PathBuf};

use super::Declared;
use super::directive::parse;
use super::discover::{DiscoverError, Problem};

/// Reads a file of expected changes. Empty lines are left out, and what stands behind `#` or `--` at the beginning of a
/// line or behind a blank.
///
/// # Errors
/// [`DiscoverError`] with every line that cannot be understood, by file, line and column; also where the file cannot be
/// read, or declares nothing.
pub fn read_expected(path: &Path) -> Result<Declared, DiscoverError> {
    let problem = |at: Option<(u32, u32)>, message: String| Problem { path: PathBuf::from(path), at, message };
    let text = std::fs::read_to_string(path)
        .map_err(|error| DiscoverError { problems: vec![problem(None, format!("cannot be read: {error}"))] })?;
    let (declared, faults) = lines(&text);
    let mut problems: Vec<Problem> =
        faults.into_iter().map(|(line, column, message)| problem(Some((line, column)), message)).collect();
    if problems.is_empty() && declared.changes.is_empty() {
        problems.push(problem(None, "declares nothing; write a line such as: keeps sum public.payments.amount".into()));
    }
    if problems.is_empty() { Ok(declared) } else { Err(DiscoverError { problems }) }
}

fn lines(text: &str) -> (Declared, Vec<(u32, u32, String)>) {
    let (mut declared, mut faults) = (Declared::default(), Vec::new());
    for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let content = without_comment(line);
        let start = content.len() - content.trim_start().len();
        let content = content.trim();
        if content.is_empty() {
            continue;
        }
        let read = match content.starts_with("phasegate:") {
            true => Err((0, "a file has the lines alone; leave out phasegate: in front".to_owned())),
            false => parse(content),
        };
        match read {
            Ok(changes) => declared.changes.extend(changes),
            Err((at, message)) => faults.push((number, u32::try_from(start + at + 1).unwrap_or(u32::MAX), message)),
        }
    }
    (declared, faults)
}

/// The line up to its comment. Within quotes there is none.
fn without_comment(line: &str) -> &str {
    let mut quoted = false;
    let mut at_blank = true;
    for (at, c) in line.char_indices() {
        if !quoted && at_blank && (c == '#' || line[at..].starts_with("--")) {
            return &line[..at];
        }
        quoted ^= c == '\'' || c == '"';
        at_blank = c.is_whitespace();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_empty_lines_are_left_out() {
        let text = "# what may change\n\ninserts public.t rows = 5 -- new ones\n  keeps rows public.u  # all\n";
        let (declared, faults) = lines(text);
        assert_eq!((declared.changes.len(), faults), (3, vec![]));
        assert_eq!(
            without_comment("moves public.a where (x = ' # ') -> public.b"),
            "moves public.a where (x = ' # ') -> public.b"
        );
    }

    #[test]
    fn faults_have_line_and_column() {
        let (_, faults) = lines(
            "inserts public.t rows = many\n\n  keeps avg public.t.a\n-- phasegate: x\nphasegate: inserts public.t\n",
        );
        let at: Vec<(u32, u32)> = faults.iter().map(|(line, column, _)| (*line, *column)).collect();
        assert_eq!(at, [(1, 23), (3, 9), (5, 1)]);
    }

    #[test]
    fn a_file_that_declares_nothing_is_no_declaration() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = read_expected(file.path()).unwrap_err();
        assert!(error.to_string().ends_with("keeps sum public.payments.amount"), "{error}");
        assert!(read_expected(Path::new("/no/such/file")).unwrap_err().to_string().contains("cannot be read"));
    }
}
