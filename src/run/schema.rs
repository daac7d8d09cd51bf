//! schema: what editors complete files by.

use std::path::{Path, PathBuf};

use crate::config::FileSchema;

use super::Error;

/// Writes the JSON Schema of a file into this folder, which is made where it is not there. Returns where it is.
///
/// # Errors
/// [`Error::File`] where it cannot be written.
pub fn write_schema(schema: &FileSchema, folder: &Path) -> Result<PathBuf, Error> {
    let path = folder.join(schema.file_name);
    let fail =
        |error: std::io::Error| Error::File { path: path.clone(), problem: format!("cannot be written: {error}") };
    std::fs::create_dir_all(folder).map_err(fail)?;
    std::fs::write(&path, schema.text()).map_err(fail)?;
    Ok(path)
}
