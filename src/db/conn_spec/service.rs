//! `pg_service.conf`: settings under a name.

use std::path::{Path, PathBuf};

use super::super::DbError;
use super::keywords::{Words, put};
use super::{Env, refuse};

/// The settings of this service.
pub(super) fn load(name: &str, file: Option<&str>, env: &Env) -> Result<Words, DbError> {
    if let Some(path) = file {
        let text = read(Path::new(path))?.ok_or_else(|| refuse(path, "the service file does not exist"))?;
        return section(name, &text, Path::new(path))?.ok_or_else(|| unknown(name, &[PathBuf::from(path)]));
    }
    let places = places(env);
    for path in &places {
        if let Some(text) = read(path)?
            && let Some(words) = section(name, &text, path)?
        {
            return Ok(words);
        }
    }
    Err(unknown(name, &places))
}

fn unknown(name: &str, places: &[PathBuf]) -> DbError {
    let places: Vec<String> = places.iter().map(|path| path.display().to_string()).collect();
    refuse(format!("service {name}"), format!("no such service; looked in {}", places.join(", ")))
}

/// The user's own file, then the system's.
fn places(env: &Env) -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = env.file(".pg_service.conf", ".pg_service.conf").into_iter().collect();
    let system: Vec<&str> = match env.get("PGSYSCONFDIR") {
        Some(dir) => vec![dir],
        None if cfg!(unix) => vec!["/etc/postgresql-common", "/etc/sysconfig/pgsql"],
        None => Vec::new(),
    };
    places.extend(system.into_iter().map(|dir| Path::new(dir).join("pg_service.conf")));
    places
}

fn read(path: &Path) -> Result<Option<String>, DbError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(refuse(path.display().to_string(), format!("cannot read the service file: {error}"))),
    }
}

/// The words under `[name]`, or `None` where the file has no such section. The first setting of a keyword counts.
fn section(name: &str, text: &str, path: &Path) -> Result<Option<Words>, DbError> {
    let mut found: Option<Words> = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            if found.is_some() {
                return Ok(found);
            }
            found = (section == name).then(Words::new);
            continue;
        }
        let Some(words) = &mut found else { continue };
        let place = format!("{}:{}", path.display(), index + 1);
        let (keyword, value) =
            line.split_once('=').ok_or_else(|| refuse(&place, "a line is \"keyword=value\" or \"[service]\""))?;
        if keyword == "service" || keyword == "servicefile" {
            return Err(refuse(place, "a service cannot name another service"));
        }
        if !words.contains_key(keyword) {
            put(words, keyword, value.to_owned(), &place, false)?;
        }
    }
    Ok(found)
}
