//! Tables of one name out of all files of a folder: `[gates.<id>]`, `[loads.<id>]`, `[metrics.<id>]`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::declaration::{Complaints, Name, Problem, Shape, Source, fits, paths, unknown_at_the_top};

/// Why nothing could be loaded; every problem of every file at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GateFileErrors {
    /// A folder or a file cannot be read.
    #[error("{path}: {reason}")]
    Unreadable {
        /// As it was given.
        path: String,
        /// In the system's words.
        reason: String,
    },
    /// Declarations are wrong.
    #[error("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Problems {
        /// In the order of the files.
        problems: Vec<Problem>,
    },
}

/// What is declared in tables of one name.
pub(super) trait Declaration: Sized {
    /// The name of the table at the top of a file.
    const TABLE: &'static str;
    /// What one of it is called.
    const WORD: &'static str;
    /// What one may say.
    const SHAPE: Shape;
    /// One of it as TOML has it.
    type Toml: DeserializeOwned;

    /// Looks one over; what is wrong with it is among the complaints.
    fn from_toml(id: &Name, toml: Self::Toml, source: usize, complaints: &mut Complaints) -> Self;
}

/// Every `*.toml` file of a folder, by name.
pub(super) fn sources(folder: &Path) -> Result<Vec<Source>, GateFileErrors> {
    let unreadable = |(path, reason): (String, String)| GateFileErrors::Unreadable { path, reason };
    let read = |path: &PathBuf| {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Source { name, text }),
            Err(error) => Err(unreadable((name, error.to_string()))),
        }
    };
    let paths = paths(folder).map_err(unreadable)?;
    paths.iter().filter(|path| path.extension().is_some_and(|end| end == "toml")).map(read).collect()
}

/// The same for files that are part of the program: name and text.
pub(super) fn embedded(files: &[(&str, &str)]) -> Vec<Source> {
    let source = |(name, text): &(&str, &str)| Source { name: (*name).to_owned(), text: (*text).to_owned() };
    let is_toml = |(name, _): &&(&str, &str)| Path::new(name).extension().is_some_and(|end| end == "toml");
    files.iter().filter(is_toml).map(source).collect()
}

/// All of one sort, in the order of the files. A name at the top that nothing is read from is a problem too: whoever
/// wrote it meant something.
///
/// # Errors
/// [`GateFileErrors`] with every problem of every file, each at its line and column.
pub(super) fn read<D: Declaration>(sources: &[Source]) -> Result<Vec<D>, GateFileErrors> {
    let (mut all, mut names, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for (index, source) in sources.iter().enumerate() {
        let mut complaints = Complaints::default();
        for (id, toml) in tables::<D>(&source.text, &mut complaints) {
            let before = complaints.0.len();
            all.push(D::from_toml(&id, toml, index, &mut complaints));
            // What is wrong with it as a whole, or with a value that nobody wrote, stands where its name does.
            for (span, _) in complaints.0[before..].iter_mut().filter(|(span, _)| span.end == 0) {
                *span = id.span();
            }
            names.push((id, index));
        }
        complaints.0.sort_by_key(|(span, _)| span.start);
        problems.extend(complaints.0.into_iter().map(|(span, message)| source.problem(&span, message)));
    }
    problems.extend(duplicates(D::WORD, &names, sources));
    if problems.is_empty() { Ok(all) } else { Err(GateFileErrors::Problems { problems }) }
}

/// The tables of a file in their order; each is read apart, so that each says what is wrong with it.
fn tables<D: Declaration>(text: &str, complaints: &mut Complaints) -> Vec<(Name, D::Toml)> {
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        // What follows a syntax error is guesswork; only the errors themselves are reported.
        for error in errors {
            complaints.add(error.span().unwrap_or(0..0), one_line(error.message()));
        }
        return Vec::new();
    }
    let mut entries: Vec<(Name, Spanned<DeValue<'_>>)> = Vec::new();
    for (name, value) in document.into_inner() {
        if let Some(message) = unknown_at_the_top(name.get_ref()) {
            complaints.add(name.span(), message);
        }
        if name.get_ref() != D::TABLE {
            continue;
        }
        let span = value.span();
        let DeValue::Table(table) = value.into_inner() else {
            complaints.add(span, format!("{0} must be a table: [{0}.<id>]", D::TABLE));
            continue;
        };
        entries.extend(
            table.into_iter().map(|(id, value)| (Spanned::new(id.span(), id.into_inner().into_owned()), value)),
        );
    }
    entries.sort_by_key(|(id, _)| id.span().start);
    entries.into_iter().filter_map(|(id, value)| one::<D>(id, value, complaints)).collect()
}

fn one<D: Declaration>(id: Name, value: Spanned<DeValue<'_>>, complaints: &mut Complaints) -> Option<(Name, D::Toml)> {
    let snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if id.get_ref().is_empty() || !id.get_ref().chars().all(snake) {
        complaints.add(id.span(), format!("{} id {:?}: use lower-case letters, digits and _", D::WORD, id.get_ref()));
    }
    let whole = value.span();
    if !fits(&value, &D::SHAPE, &format!("{} {}", D::WORD, id.get_ref()), complaints) {
        return None;
    }
    match serde::Deserialize::deserialize(ValueDeserializer::from(value)) {
        Ok(toml) => Some((id, toml)),
        Err(error) => {
            let error: toml::de::Error = error;
            let span = error.span().filter(|span| span.end > 0).unwrap_or(whole);
            complaints.add(span, format!("{} {}: {}", D::WORD, id.get_ref(), one_line(error.message())));
            None
        }
    }
}

fn one_line(message: &str) -> String {
    message.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

fn duplicates(word: &str, names: &[(Name, usize)], sources: &[Source]) -> Vec<Problem> {
    let mut first: BTreeMap<&str, &(Name, usize)> = BTreeMap::new();
    let mut problems = Vec::new();
    for named in names {
        let (id, source) = named;
        if let Some((earlier, of)) = first.get(id.get_ref().as_str()) {
            let there = sources[*of].problem(&earlier.span(), "");
            let place = format!("{}:{}:{}", there.file, there.line, there.column);
            let message =
                format!("{word} {} is already defined at {place}; ids are unique over all files", id.get_ref());
            problems.push(sources[*source].problem(&id.span(), message));
        } else {
            first.insert(id.get_ref(), named);
        }
    }
    problems
}
