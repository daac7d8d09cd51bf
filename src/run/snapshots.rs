//! snapshot take, list, compare.

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::db::{Cancel, Catalog, Session};
use crate::evidence::{Evidence, Redaction, overall};
use crate::phase::Declared;
use crate::snapshot::{self, Snapshot, SnapshotError};
use crate::verdict::{Moment, Verdict};

use super::check::{expected, named_differences};
use super::gather::{Wanted, snapshot_directory, take_alone};
use super::names;
use super::recorded;
use super::values::{Lookup, unknown_columns};
use super::{Context, Error};

/// Takes a snapshot into `snapshots/<name>/`. Creates nothing in the database.
///
/// # Errors
/// [`Error`] where a snapshot of that name is there already, or the database cannot be read.
pub async fn take_snapshot(context: &Context<'_>, name: &str) -> Result<(Snapshot, PathBuf), Error> {
    let directory = context.config.snapshots.join(file_name(name)?);
    let expected = expected(context.config)?;
    let mut session = Session::connect_cancellable(&context.spec, context.cancel.clone()).await?;
    let catalog = Catalog::read(&mut session).await?;
    names::refuse(&context.config.measure, &mut session, &catalog).await?;
    session.close().await;
    let taken = take_alone(context, &directory, Wanted::of(&expected)).await?;
    Ok((taken, directory))
}

/// A name that is one folder of the configured one, wherever it is used.
pub(super) fn file_name(name: &str) -> Result<&str, Error> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !name.is_empty() && !name.starts_with('.') && name.chars().all(plain) {
        return Ok(name);
    }
    let problem = "a snapshot's name has letters, digits, _, - and . only, and does not begin with a dot".to_owned();
    Err(Error::File { path: name.into(), problem })
}

/// A snapshot's path, and what it is or why it cannot be read.
pub type Listed = (PathBuf, Result<Snapshot, String>);

/// All snapshots of the configured folder, by path, with what each covers.
///
/// # Errors
/// [`Error`] where the folder cannot be read. A snapshot that cannot be read is listed with its error.
pub fn list_snapshots(config: &Config) -> Result<Vec<Listed>, Error> {
    let paths = snapshot::list(&config.snapshots)?;
    let load = |path: PathBuf| {
        let loaded = snapshot::load(&path).map_err(|error| error.to_string());
        (path, loaded)
    };
    Ok(paths.into_iter().map(load).collect())
}

/// What differs between two snapshots on disk, judged by what is declared and what the configured file expects. No
/// server is needed; where one is named that holds a state, the values of the rows that differ are read from it.
///
/// # Errors
/// [`Error`] where one of them is not there or cannot be read, or a column that was `typed` to be redacted is in neither.
pub async fn compare_snapshots(
    config: &Config,
    (before, after): (&str, &str),
    declared: &Declared,
    lookup: &Lookup,
    typed: &Redaction,
    cancel: &Cancel,
) -> Result<(Verdict, Vec<Evidence>), Error> {
    let mut declared = declared.clone();
    declared.extend(&expected(config)?);
    let before_at = find(config, before, Moment::Before)?;
    let after_at = find(config, after, Moment::After)?;
    let (before, after) = (snapshot::load(&before_at)?, snapshot::load(&after_at)?);
    let problems = unknown_columns(typed, &before, &after);
    if !problems.is_empty() {
        return Err(SnapshotError::Names { problems }.into());
    }
    let redact = &config.measure.redact;
    let (mut facts, named) = named_differences((&before, &before_at), (&after, &after_at), &declared, redact);
    lookup.show(config, (&before, &after), &named, &mut facts, cancel).await;
    facts.extend([&before_at, &after_at].into_iter().filter_map(|at| recorded::not_as_recorded(at)));
    // What neither of them could read is not equal.
    facts.extend([snapshot::coverage(&before), snapshot::coverage(&after)].into_iter().max_by_key(|fact| fact.verdict));
    Ok((overall(&facts), facts))
}

/// A snapshot by path, by name, or by the run it belongs to (the snapshot before, or after).
pub(super) fn find(config: &Config, name: &str, of_run: Moment) -> Result<PathBuf, Error> {
    let candidates = [PathBuf::from(name), config.snapshots.join(name)];
    for candidate in &candidates {
        for path in [candidate.clone(), snapshot_directory(candidate, of_run)] {
            if path.is_file() || path.join("snapshot.json").is_file() {
                return Ok(path);
            }
        }
    }
    let known = snapshot::list(&config.snapshots)?;
    let shown = |path: &PathBuf| path.strip_prefix(&config.snapshots).unwrap_or(path).display().to_string();
    let names: Vec<String> = known.iter().map(shown).collect();
    let problem = if names.is_empty() {
        "no such snapshot, and there is none in this folder; make one with phasegate snapshot take".to_owned()
    } else {
        format!("no such snapshot; there are {}", names.join(", "))
    };
    Err(Error::File { path: Path::new(name).to_owned(), problem })
}
