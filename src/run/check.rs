//! What changed, held against what was declared.

use std::fs::File;
use std::path::Path;

use crate::config::Config;
use crate::evidence::{Evidence, Redaction};
use crate::phase::{self, Declared, Phase};
use crate::plan::{self, Derived};
use crate::snapshot::{self, CompareOptions, NamedRows, Snapshot, StoredRows};

use super::Error;

/// The differences between two saved snapshots, judged by what these phases declare.
pub(super) fn differences(
    (before, before_at): (&Snapshot, &Path),
    (after, after_at): (&Snapshot, &Path),
    declared: &Declared,
    redact: &Redaction,
) -> Vec<Evidence> {
    named_differences((before, before_at), (after, after_at), declared, redact).0
}

/// The same, with the rows that the findings name.
pub(super) fn named_differences(
    (before, before_at): (&Snapshot, &Path),
    (after, after_at): (&Snapshot, &Path),
    declared: &Declared,
    redact: &Redaction,
) -> (Vec<Evidence>, Vec<NamedRows>) {
    let (rows_before, rows_after) = (StoredRows::new(before_at), StoredRows::new(after_at));
    let options = CompareOptions { redact: redact.clone(), ..CompareOptions::default() };
    snapshot::compare_named(before, after, &rows_before, &rows_after, declared, &options)
}

/// What these phases together may change, and what is expected beside them.
pub(super) fn declared<'a>(phases: impl IntoIterator<Item = &'a Phase>, expected: &Declared) -> Declared {
    let mut all = Declared::default();
    for phase in phases {
        all.extend(&phase.header.declared);
    }
    all.extend(expected);
    all
}

/// Gives the phases that say `derive`, or all where the configuration says so, what their SQL names.
///
/// A file that cannot be read or split gives nothing: the plan refuses it.
pub(super) fn derive_all(phases: &mut [Phase], config: &Config) {
    for phase in phases.iter_mut().filter(|phase| phase.header.derive || config.measure.derive) {
        phase.header.declared.derived = named(phase, config).changes;
    }
}

/// What the SQL of this phase names.
pub(super) fn named(phase: &Phase, config: &Config) -> Derived {
    let file = File::open(&phase.path).ok();
    file.and_then(|file| plan::derive(file, &config.execute.search_path).ok()).unwrap_or_default()
}

/// What all phases of the configured folder may change.
///
/// # Errors
/// [`Error`] where the folder cannot be read.
pub fn declared_in_folder(config: &Config) -> Result<Declared, Error> {
    let mut phases = phase::discover(&config.migrations)?;
    derive_all(&mut phases, config);
    Ok(declared(&phases, &Declared::default()))
}

/// What the configured file expects; nothing where none is configured.
///
/// # Errors
/// [`Error`] with file, line and column of whatever cannot be understood.
pub(super) fn expected(config: &Config) -> Result<Declared, Error> {
    match &config.measure.expect {
        Some(path) => Ok(phase::read_expected(path)?),
        None => Ok(Declared::default()),
    }
}
