//! diff: two databases compared down to the row.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::config::Config;
use crate::db::{Cancel, ConnSpec};
use crate::diff::{self, Comparison};
use crate::evidence::journal::DatabaseName;

use super::notebook::Notebook;
use super::{Error, Event, Outcome};

/// Compares A with B, or parts of A with each other; writes SQL that would make B like A to a new file, where one is
/// named. Neither database is written to.
///
/// # Errors
/// [`Error`] where a side cannot be read, what is named is not there, or the file is there already. No file remains then.
pub async fn diff(
    a: &ConnSpec,
    b: Option<&ConnSpec>,
    options: &diff::Options,
    repair: Option<&Path>,
    cancel: &Cancel,
    events: &(dyn Fn(Event) + Send + Sync),
) -> Result<Comparison, Error> {
    let mut file = match repair {
        Some(path) => Some(BufWriter::new(File::create_new(path).map_err(|error| unwritable(path, &error))?)),
        None => None,
    };
    let out = file.as_mut().map(|file| file as &mut (dyn Write + Send));
    let compared = diff::compare(a, b, options, cancel, out, &|event| events(Event::Diff(event))).await;
    if let (Err(_), Some(path)) = (&compared, repair) {
        // Half a repair is worse than none.
        let _ = std::fs::remove_file(path);
    }
    Ok(compared?)
}

/// Writes down what a comparison came to as a run of its own: database A is what it is about.
///
/// # Errors
/// [`Error`] where the evidence cannot be written.
pub fn record_diff(
    config: &Config,
    operator: Option<String>,
    (a, b): (&ConnSpec, Option<&ConnSpec>),
    options: &diff::Options,
    compared: &Comparison,
) -> Result<Outcome, Error> {
    let database = DatabaseName { name: a.database.clone(), host: a.places() };
    let mut notebook = Notebook::begin(config, "diff", database, operator)?;
    notebook.note(compared.facts(a, b, options))?;
    notebook.close(Some(compared.verdict.into()))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    Error::File { path: path.to_owned(), problem: format!("{error}; name a new file for the repair SQL") }
}
