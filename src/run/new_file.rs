//! A text that somebody will read and commit, written where none is yet.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use super::Error;

/// Writes a file, with the folder that it lies in; one that is there is replaced only by `force`.
pub(super) fn write(path: &Path, text: &str, force: bool) -> Result<(), Error> {
    let fail = |problem: String| Error::File { path: path.to_owned(), problem };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|error| fail(error.to_string()))?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).truncate(true).create(force).create_new(!force);
    let opened = options.open(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => fail("it is there already; --force replaces it".to_owned()),
        _ => fail(error.to_string()),
    });
    opened?.write_all(text.as_bytes()).map_err(|error| fail(error.to_string()))
}
