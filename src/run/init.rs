//! init: a configuration and the folders.

use std::path::{Path, PathBuf};

use crate::config::{FILE_NAME, TEMPLATE};

use super::Error;

const FIRST_PHASE: &str = include_str!("first_phase.sql");
const FIRST_RULES: &str = include_str!("first_rules.toml");

/// Writes a configuration, an example phase and an example rule file into this folder. What is there already is left
/// as it is. Returns what was written.
///
/// # Errors
/// [`Error::File`] where something cannot be written; what was written before remains.
pub fn init(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let files: [(&str, &str); 4] = [
        (FILE_NAME, TEMPLATE),
        ("migrations/01_first.sql", FIRST_PHASE),
        ("integrity_rules/first.toml", FIRST_RULES),
        ("snapshots/.gitkeep", ""),
    ];
    let mut written = Vec::new();
    for (name, text) in files {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        // A folder that is there is somebody's own: nothing is put beside their files.
        if path.exists() || (parent != folder && parent.exists()) {
            continue;
        }
        let fail =
            |error: std::io::Error| Error::File { path: path.clone(), problem: format!("cannot be written: {error}") };
        std::fs::create_dir_all(parent).map_err(fail)?;
        std::fs::write(&path, text).map_err(fail)?;
        written.push(path);
    }
    Ok(written)
}
