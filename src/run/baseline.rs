//! snapshot check: the database held to a snapshot that was kept.
//!
//! Unlike `verify --against` it runs neither gates nor rules, and takes its settings from the baseline.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::config::{Config, MeasureConfig};
use crate::evidence::{Evidence, overall};
use crate::snapshot::{self, Cause, DigestKind, Snapshot};
use crate::verdict::{Moment, Verdict};

use super::check::{differences, expected};
use super::gather::{Wanted, take_alone};
use super::recorded::{journal_of, not_as_recorded};
use super::snapshots::find;
use super::{Context, Error};

/// What became of the check of a baseline.
#[derive(Debug)]
pub struct Checked {
    /// The verdict over all facts.
    pub verdict: Verdict,
    /// What differs, and what was covered.
    pub facts: Vec<Evidence>,
    /// Where the baseline lies.
    pub baseline: PathBuf,
    /// Whether it was written anew.
    pub updated: bool,
}

/// Holds the database to a baseline.
///
/// 1. A snapshot is taken as the baseline was: by its keys, its equality, its kind of digest, without what it left out,
///    and with row fingerprints of the tables that have them there. It lies in the temporary directory and is removed.
/// 2. It is compared with the baseline; nothing may differ but what the configured file expects.
/// 3. With `update` the new one takes the baseline's place where it was read whole. After a failure the old one is there.
///
/// # Errors
/// [`Error`] where there is no such baseline, the database cannot be read, or `update` would write over the evidence of a
/// run.
pub async fn check_snapshot(context: &Context<'_>, name: &str, update: bool) -> Result<Checked, Error> {
    let baseline_at = find(context.config, name, Moment::After)?;
    if update {
        refuse_evidence(&baseline_at)?;
    }
    let baseline = snapshot::load(&baseline_at)?;
    let allowed = expected(context.config)?;
    let config = Config { measure: like(&baseline, &context.config.measure), ..context.config.clone() };
    let alike = Context { config: &config, ..context.clone() };
    let scratch = Scratch::new(if update { baseline_at.parent() } else { None });
    let now = take_alone(&alike, &scratch.0, Wanted::like(&baseline)).await?;
    let mut facts =
        differences((&baseline, &baseline_at), (&now, &scratch.0), &allowed, &context.config.measure.redact);
    facts.extend(not_as_recorded(&baseline_at));
    let coverage = snapshot::coverage(&now);
    // One that lacks a table, or has none at all, is nothing to be held to.
    let updated = update && coverage.verdict != Verdict::NotEvaluated;
    facts.push(coverage);
    if updated {
        replace(&baseline_at, &scratch.0)?;
    }
    Ok(Checked { verdict: overall(&facts), facts, baseline: baseline_at, updated })
}

/// The snapshots of a run belong to its evidence, whose chain covers them; and a file by itself has nothing beside it.
fn refuse_evidence(baseline: &Path) -> Result<(), Error> {
    let problem = if journal_of(baseline).is_some() {
        "it is the evidence of a run, which is not written over; take a snapshot of its own with phasegate snapshot take"
    } else if !baseline.is_dir() {
        "name the snapshot's folder, not the file in it, to update it"
    } else {
        return Ok(());
    };
    Err(Error::File { path: baseline.to_owned(), problem: problem.to_owned() })
}

/// The settings by which the baseline was taken, for all that it says of them.
fn like(baseline: &Snapshot, measure: &MeasureConfig) -> MeasureConfig {
    let left_out = baseline.not_covered.iter().filter(|gap| gap.cause == Cause::Excluded).map(|gap| gap.name.clone());
    let named = baseline.tables.iter().filter(|table| table.fingerprints.is_some()).map(|table| table.rows).max();
    let buckets = baseline.tables.iter().filter_map(|table| table.buckets.as_ref()).map(|known| known.rows.len()).max();
    MeasureConfig {
        equality: baseline.equality,
        digest: [DigestKind::Hash64, DigestKind::Sha256]
            .into_iter()
            .find(|kind| kind.method() == baseline.digest_method)
            .unwrap_or(measure.digest),
        exclude: measure.exclude.iter().cloned().chain(left_out).collect(),
        exclude_columns: baseline.excluded_columns.clone(),
        row_fingerprints: measure.row_fingerprints.max(named.unwrap_or_default()),
        buckets: measure.buckets.max(buckets.unwrap_or_default()),
        ..measure.clone()
    }
}

/// Puts the new snapshot in the place of the old one.
fn replace(old: &Path, new: &Path) -> Result<(), Error> {
    let aside = old.with_extension("old");
    let problem = |error: std::io::Error| Error::File { path: old.to_owned(), problem: error.to_string() };
    fs::rename(old, &aside).map_err(problem)?;
    if let Err(error) = fs::rename(new, old) {
        // As it was.
        let _ = fs::rename(&aside, old);
        return Err(problem(error));
    }
    fs::remove_dir_all(&aside).map_err(problem)
}

/// A directory that vanishes with this value.
struct Scratch(PathBuf);

impl Scratch {
    /// Beside what it is to replace, since a rename does not reach from one file system to another; else in the temporary
    /// directory.
    fn new(beside: Option<&Path>) -> Scratch {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!(".phasegate-check-{}-{count}", std::process::id());
        Scratch(beside.map_or_else(std::env::temp_dir, Path::to_owned).join(name))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
