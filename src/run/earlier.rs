//! What earlier runs applied, and whether it was ever proven.
//!
//! A run that fails in its third phase has applied two and compared nothing. The run that goes on from there would take
//! its own snapshot before behind them and find everything as it was. So the proof begins where the last one ended: at
//! the snapshot before of the first run since that did not end go. A row that one run lost and nobody brought back is
//! named by every run after it.

use std::path::{Path, PathBuf};

use crate::evidence::journal::{self, JournalError, Run};
use crate::evidence::{Evidence, Topic};
use crate::migration_log::LogState;
use crate::phase::{Applied, IntentState, Status};
use crate::plan::{Divergence, DivergenceKind};
use crate::report::Decision;
use crate::snapshot::{self, Snapshot};
use crate::verdict::{Moment, Verdict};

use super::before::RulesBefore;
use super::gather::{is_as_written, snapshot_directory};
use super::{Context, Exit};

/// Where the proof stands, by the log and the evidence on this disk.
#[derive(Debug)]
pub(super) struct Earlier {
    /// Runs since the last one that ended go, oldest first.
    unproven: Vec<Unproven>,
    /// Where the comparison can begin.
    baseline: Option<Baseline>,
    /// The run before all of these.
    last: Last,
}

#[derive(Debug)]
struct Baseline {
    /// The place of the run among those that are unproven.
    place: usize,
    /// The snapshot before it, and where that lies.
    snapshot: Snapshot,
    directory: PathBuf,
    /// What it measured of the rules before its phases.
    rules: RulesBefore,
}

#[derive(Debug)]
struct Unproven {
    run_id: String,
    phases: Vec<String>,
    /// What it came to, where it compared anything.
    verdict: Option<Verdict>,
}

/// The newest run of which it is not known that it did not end go.
#[derive(Debug)]
enum Last {
    /// No run ever applied anything.
    None,
    /// What its phases did was compared, and it ended go. The comparison began before the phases of the run `first`.
    Go { first: String },
    /// Its evidence is not on this disk, and the log does not say that it failed.
    Elsewhere { run_id: String },
}

/// The check under which a run writes down whose proof it makes.
const PROOF_OF: &str = "proof_of";

const SETTLE: &str = "compare with a backup from before that run; once a person has settled it, move the folder of the \
                      newest run out of the snapshots folder";

impl Earlier {
    /// Walks back through the log until a run that ended go.
    pub(super) fn of(context: &Context<'_>, log: &LogState) -> Earlier {
        let snapshots = &context.config.snapshots;
        let mut earlier = Earlier { unproven: Vec::new(), baseline: None, last: Last::None };
        for (run_id, rows) in runs(log).into_iter().rev() {
            let phases = took_effect(&rows);
            if phases.is_empty() {
                continue;
            }
            let mut first = None;
            let verdict = match journal::read(&snapshots.join(&run_id).join(journal::FILE_NAME)) {
                Ok(run) if compared(&run) && run.verdict().is_go() => {
                    first = first_proven(&run);
                    Some(run.verdict())
                }
                Ok(run) => match proven_by_another(snapshots, &run_id) {
                    Some(other) => {
                        first = first_proven(&other);
                        Some(other.verdict())
                    }
                    None => compared(&run).then(|| run.verdict()),
                },
                Err(JournalError::Io { source, .. })
                    if source.kind() == std::io::ErrorKind::NotFound && !has_failed(&rows) =>
                {
                    earlier.last = Last::Elsewhere { run_id };
                    break;
                }
                Err(_) => None,
            };
            if verdict.is_some_and(Verdict::is_go) {
                earlier.last = Last::Go { first: first.unwrap_or(run_id) };
                break;
            }
            earlier.unproven.push(Unproven { run_id, phases, verdict });
        }
        earlier.unproven.reverse();
        earlier.baseline = earlier.unproven.iter().enumerate().find_map(|(place, run)| {
            let of_run = snapshots.join(&run.run_id);
            let directory = snapshot_directory(&of_run, Moment::Before);
            // One that was edited since proves nothing.
            let evidence = journal::read(&of_run.join(journal::FILE_NAME)).ok()?;
            let taken = evidence.facts.iter().find(|fact| fact.check == "snapshot_before")?;
            if !is_as_written(taken, &directory) {
                return None;
            }
            let rules = RulesBefore::of(Some(&run.run_id), &evidence.facts);
            Some(Baseline { place, snapshot: snapshot::load(&directory).ok()?, directory, rules })
        });
        earlier
    }

    /// Whether there is a proof to make although no phase is pending.
    pub(super) fn can_be_proven(&self) -> bool {
        self.baseline.is_some()
    }

    /// The snapshot from which to compare, in place of the run's own, and where it lies.
    pub(super) fn baseline(&self) -> Option<(&Snapshot, &Path)> {
        self.baseline.as_ref().map(|baseline| (&baseline.snapshot, baseline.directory.as_path()))
    }

    /// What was measured of the rules then, in place of what the run itself measured before its phases.
    pub(super) fn rules_before(&self) -> Option<&RulesBefore> {
        self.baseline.as_ref().map(|baseline| &baseline.rules)
    }

    /// What was measured of the rules before the phases of the first run that was not proven, or whose proof was the last one
    /// that ended go: for a command that applies no phases.
    pub(super) fn rules_before_last(&self, snapshots: &Path) -> RulesBefore {
        let first = match (&self.baseline, &self.last) {
            (Some(baseline), _) => return baseline.rules.clone(),
            (None, _) if !self.unproven.is_empty() => {
                let lost: Vec<String> = self.unproven.iter().map(Unproven::problem_without_baseline).collect();
                return RulesBefore::None(lost.join("; "));
            }
            (None, Last::None) => return RulesBefore::None("no run of phasegate has applied phases".to_owned()),
            (None, Last::Elsewhere { run_id: first } | Last::Go { first }) => first,
        };
        match journal::read(&snapshots.join(first).join(journal::FILE_NAME)) {
            Ok(run) => RulesBefore::of(Some(first), &run.facts),
            Err(error) => RulesBefore::None(error.to_string()),
        }
    }

    /// The phases that the comparison covers beside those of the run itself.
    pub(super) fn phases(&self) -> impl Iterator<Item = &str> {
        self.unproven.iter().flat_map(|run| run.phases.iter().map(String::as_str))
    }

    /// What a run that goes on from here has to write down.
    pub(super) fn facts(&self) -> Vec<Evidence> {
        let first = self.baseline.as_ref().map_or(self.unproven.len(), |baseline| baseline.place);
        let lost = self.unproven[..first].iter().map(|run| {
            Evidence::new(Topic::Difference, "data_proof", &run.run_id, Verdict::NotEvaluated)
                .expected("what no phase declares is unchanged by the phases of an earlier run")
                .measured(format!("not evaluated: {}", run.problem_without_baseline()))
                .remedy(SETTLE)
        });
        let proven = self.unproven[first..].iter().map(|run| {
            Evidence::new(Topic::Plan, PROOF_OF, &run.run_id, Verdict::Pass)
                .expected("every phase is compared")
                .measured(format!("{} of that run, which {}", run.phases.join(", "), run.ended()))
        });
        lost.chain(proven).collect()
    }

    /// What a person must know before a run, beside what the plan says. None of it stands in the way.
    pub(super) fn notes(&self) -> Vec<Divergence> {
        let mut notes = Vec::new();
        let first = self.baseline.as_ref().map_or(self.unproven.len(), |baseline| baseline.place);
        for (place, run) in self.unproven.iter().enumerate() {
            notes.push(if place < first {
                note(&run.phases.join(", "), run.problem_without_baseline(), SETTLE)
            } else {
                let problem = format!("run {} applied {} and {}", run.run_id, run.phases.join(", "), run.ended());
                note(&run.phases.join(", "), problem, "migrate compares with the snapshot before that run")
            });
        }
        notes
    }

    /// What it means that nothing is pending: the verdict of the run that applied the phases, as far as it is known.
    pub(super) fn nothing_pending(&self) -> (Exit, Vec<Divergence>) {
        let mut notes = self.notes();
        let exit = match &self.last {
            _ if !self.unproven.is_empty() => Exit::CouldNotJudge,
            Last::None | Last::Go { .. } => Exit::Go,
            Last::Elsewhere { run_id } => {
                let problem =
                    format!("nothing was judged: the evidence of run {run_id} is not in the snapshots folder");
                notes.push(note("migrate", problem, "phasegate verify judges the database as it is now"));
                Exit::Go
            }
        };
        (exit, notes)
    }
}

impl Unproven {
    fn ended(&self) -> String {
        match self.verdict {
            Some(verdict) => format!("ended {}", Decision::of(verdict).word().to_lowercase()),
            None => "ended before anything was compared".to_owned(),
        }
    }

    fn problem_without_baseline(&self) -> String {
        format!(
            "{} took effect in run {} and were never compared; the snapshot before that run is not there, or not as it was written",
            self.phases.join(", "),
            self.run_id
        )
    }
}

fn note(phase: &str, problem: String, remedy: &str) -> Divergence {
    Divergence {
        kind: DivergenceKind::Unproven,
        phase: phase.to_owned(),
        problem,
        remedy: remedy.to_owned(),
        blocking: false,
    }
}

/// The rows of each run, in the order of the log.
fn runs(log: &LogState) -> Vec<(String, Vec<&Applied>)> {
    let mut runs: Vec<(String, Vec<&Applied>)> = Vec::new();
    for row in &log.applied {
        match runs.last_mut().filter(|(run_id, _)| *run_id == row.run_id) {
            Some((_, rows)) => rows.push(row),
            None => runs.push((row.run_id.clone(), vec![row])),
        }
    }
    runs
}

/// The phases of which something took effect in these rows, or may have.
fn took_effect(rows: &[&Applied]) -> Vec<String> {
    let mut phases: Vec<String> = Vec::new();
    for row in rows {
        let statements = row.intents.iter().any(|intent| intent.state != IntentState::Failed);
        if (row.status == Status::Success || statements) && !phases.contains(&row.phase) {
            phases.push(row.phase.clone());
        }
    }
    phases
}

/// Whether the log itself says that the run broke off: it then compared nothing.
fn has_failed(rows: &[&Applied]) -> bool {
    rows.last().is_some_and(|row| matches!(row.status, Status::Error | Status::Running))
}

/// Whether a run came to its end and compared its snapshots: only then does it say what they cover.
fn compared(run: &Run) -> bool {
    run.complete && run.facts.iter().any(|fact| fact.topic == Topic::Coverage && fact.check == snapshot::COVERAGE)
}

/// The first of the runs whose proof this one made beside its own.
pub(super) fn first_proven(run: &Run) -> Option<String> {
    let proofs = run.facts.iter().find(|fact| fact.topic == Topic::Plan && fact.check == PROOF_OF);
    proofs.map(|fact| fact.subject.clone())
}

/// The newest run that made this one's proof.
fn proven_by_another(snapshots: &Path, run_id: &str) -> Option<Run> {
    let makes_it = |fact: &Evidence| fact.topic == Topic::Plan && fact.check == PROOF_OF && fact.subject == run_id;
    let runs = std::fs::read_dir(snapshots).ok()?.flatten();
    let runs = runs.filter_map(|entry| journal::read(&entry.path().join(journal::FILE_NAME)).ok());
    let mut proofs: Vec<Run> = runs.filter(|run| compared(run) && run.facts.iter().any(makes_it)).collect();
    proofs.sort_by_key(|run| run.header.started_at);
    proofs.pop()
}
