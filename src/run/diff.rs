//! diff: two databases compared down to the row.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::db::{Cancel, ConnSpec};
use crate::diff::{self, Comparison};

use super::{Error, Event};

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

fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    Error::File { path: path.to_owned(), problem: format!("{error}; name a new file for the repair SQL") }
}
