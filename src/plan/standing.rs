//! How a phase stands, by the log.

use std::collections::HashMap;

use crate::phase::{Applied, IntentState, Status, TransactionMode};

/// How a phase stands, by its rows in the log.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing<'a> {
    /// It never took effect, or was rolled back.
    Pending,
    /// It took effect; the row that says so.
    Applied(&'a Applied),
    /// Its last attempt failed, and nothing of it remains.
    Failed(&'a Applied),
    /// Its last attempt stopped between statements, or is at them right now.
    HalfRun {
        /// The last row.
        last: &'a Applied,
        /// Statements known to have taken effect, with the SHA-256 of their text, in order.
        done: Vec<(u32, &'a str)>,
        /// The statement that was about to run, if its end is not known.
        unsure: Option<(u32, &'a str)>,
        /// The statement that the server ended with an error, so that it did not take effect.
        failed: Option<u32>,
        /// Whether a server process is still at it.
        live: bool,
    },
}

/// The log, sorted by phase: with a thousand phases every look-up counts.
#[derive(Debug, Clone, Default)]
pub struct Standings<'a>(HashMap<&'a str, Vec<&'a Applied>>);

impl<'a> Standings<'a> {
    /// Sorts the whole log, oldest first.
    pub fn of(applied: &'a [Applied]) -> Standings<'a> {
        let mut phases: HashMap<&str, Vec<&Applied>> = HashMap::new();
        for row in applied {
            phases.entry(&row.phase).or_default().push(row);
        }
        Standings(phases)
    }

    /// How the phase of this id stands.
    pub fn of_phase(&self, phase: &str) -> Standing<'a> {
        let Some(rows) = self.0.get(phase) else { return Standing::Pending };
        let Some(last) = rows.last() else { return Standing::Pending };
        match (last.status, last.transaction) {
            (Status::Success | Status::Adopted, _) => Standing::Applied(last),
            (Status::RolledBack, _) => Standing::Pending,
            (Status::Error, TransactionMode::Phase) => Standing::Failed(last),
            (Status::Error | Status::Running, _) => half_run(last, rows),
        }
    }
}

/// Collects the statements of all attempts since the phase last began from its start.
fn half_run<'a>(last: &'a Applied, rows: &[&'a Applied]) -> Standing<'a> {
    let fresh = |row: &&Applied| matches!(row.status, Status::Success | Status::RolledBack | Status::Adopted);
    let since = rows.iter().rposition(fresh).map_or(0, |at| at + 1);
    let mut done = Vec::new();
    let (mut unsure, mut failed) = (None, None);
    for intent in rows[since..].iter().flat_map(|row| &row.intents) {
        let known = (intent.statement, intent.sha256.as_str());
        match intent.state {
            IntentState::Done => done.push(known),
            IntentState::Intended => (unsure, failed) = (Some(known), None),
            IntentState::Failed => (unsure, failed) = (None, Some(intent.statement)),
        }
    }
    done.sort_unstable();
    done.dedup();
    // A later attempt may have finished what an earlier one was unsure of.
    let unsure = unsure.filter(|(statement, _)| !done.iter().any(|(known, _)| known == statement));
    let failed = failed.filter(|statement| !done.iter().any(|(known, _)| known == statement));
    Standing::HalfRun { last, done, unsure, failed, live: last.status == Status::Running && last.live }
}
