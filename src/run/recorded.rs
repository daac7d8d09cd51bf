//! Whether a snapshot that belongs to a run is the one that the run wrote down.
//!
//! The journal's chain covers the snapshots by their checksums, and a snapshot covers the fingerprints of its rows. One that
//! was edited since would call equal what is not.

use std::path::{Path, PathBuf};

use crate::evidence::journal::{self, Run};
use crate::evidence::{Evidence, Topic};
use crate::report::Decision;
use crate::verdict::Verdict;

use super::gather::is_as_written;

/// The journal that covers a snapshot: in the folder above `before`, `after`, `phases/<phase>`. A snapshot that was taken
/// by itself has none.
pub(super) fn journal_of(snapshot: &Path) -> Option<PathBuf> {
    let above = snapshot.ancestors().skip(1).take(3);
    above.map(|folder| folder.join(journal::FILE_NAME)).find(|path| path.exists())
}

/// What is to be said of the run whose snapshot something is held against: that the snapshot is not the one it wrote, and
/// what the run came to, since that nothing changed since is no praise for what was there.
pub(super) fn held_against(snapshot: &Path) -> Vec<Evidence> {
    let Some(path) = journal_of(snapshot) else { return Vec::new() };
    match journal::read(&path) {
        Ok(run) => edited(&run, snapshot).into_iter().chain(not_go(&run)).collect(),
        Err(error) => vec![unread(&path, &error)],
    }
}

/// Where a snapshot of a run is not the one that it wrote.
pub(super) fn not_as_recorded(snapshot: &Path) -> Option<Evidence> {
    let path = journal_of(snapshot)?;
    match journal::read(&path) {
        Ok(run) => edited(&run, snapshot),
        Err(error) => Some(unread(&path, &error)),
    }
}

fn edited(run: &Run, snapshot: &Path) -> Option<Evidence> {
    let folder = if snapshot.is_dir() { snapshot } else { snapshot.parent()? };
    let name = folder.file_name()?.to_string_lossy().into_owned();
    // By its place in the run: the snapshot before is none after.
    let is_of = |fact: &&Evidence| {
        fact.topic == Topic::Snapshot && (fact.check == format!("snapshot_{name}") || fact.subject == name)
    };
    let recorded = run.facts.iter().filter(is_of).any(|fact| is_as_written(fact, folder));
    (!recorded).then(|| {
        fact(&run.header.run_id, Verdict::NotEvaluated)
            .expected("the snapshot as the run wrote it")
            .measured(format!("not evaluated: {name} of that run is not the one that its evidence has the checksum of"))
            .remedy("bring the run's folder back from where it was kept")
    })
}

fn not_go(run: &Run) -> Option<Evidence> {
    let verdict = run.verdict();
    (!verdict.is_go()).then(|| {
        let word = Decision::of(verdict).word().to_lowercase();
        fact(&run.header.run_id, Verdict::Warn)
            .expected("the snapshot of a run that ended go")
            .measured(format!("that run ended {word}: nothing is said here of what it did before its snapshot"))
            .remedy(format!("phasegate report {}", run.header.run_id))
    })
}

fn unread(path: &Path, error: &journal::JournalError) -> Evidence {
    fact(&path.display().to_string(), Verdict::NotEvaluated)
        .expected("the snapshot of a run whose evidence holds")
        .measured(format!("not evaluated: {error}"))
        .remedy("bring the run's folder back from where it was kept")
}

fn fact(subject: &str, verdict: Verdict) -> Evidence {
    Evidence::new(Topic::Difference, "verified_against", subject, verdict)
}
