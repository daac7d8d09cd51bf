//! The files of a folder of declarations.

use std::path::{Path, PathBuf};

/// Every `*.toml` and `*.sql` file of a folder, by name.
///
/// # Errors
/// What cannot be read and why: the folder, or something in it that somebody meant as a declaration and nobody would read.
pub(crate) fn paths(folder: &Path) -> Result<Vec<PathBuf>, (String, String)> {
    let shown = |path: &Path| path.display().to_string();
    let entries = std::fs::read_dir(folder).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            let remedy = "no such folder; make it with `phasegate init`, or name another with --rules";
            (shown(folder), remedy.to_owned())
        }
        _ => (shown(folder), error.to_string()),
    })?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| (shown(folder), error.to_string()))?.path();
        if !path.is_dir() && path.extension().is_some_and(|end| end == "toml" || end == "sql") {
            paths.push(path);
        } else if looks_like_a_declaration(&path) {
            let reason = "it would not be read: rules are files *.toml and *.sql of this folder itself";
            return Err((shown(&path), reason.to_owned()));
        }
    }
    paths.sort();
    Ok(paths)
}

/// Whether somebody meant something by it that nobody would check.
fn looks_like_a_declaration(path: &Path) -> bool {
    const LIKE: [&str; 4] = ["toml", "sql", "yaml", "yml"];
    let alike =
        |path: &Path| path.extension().is_some_and(|end| LIKE.iter().any(|like| end.eq_ignore_ascii_case(like)));
    let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let below = || std::fs::read_dir(path).is_ok_and(|files| files.flatten().any(|file| alike(&file.path())));
    !hidden && if path.is_dir() { below() } else { alike(path) }
}
