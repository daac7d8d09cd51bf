//! Measuring: units of work over the sessions of one snapshot.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinSet;

use crate::db::{Session, SharedSnapshot};
use crate::evidence::Evidence;

use super::combined::combine;
use super::outcome::Outcome;
use super::pieces::{self, Pieces};
use super::probe::{Measure, Metric};
use super::resolve::ResolvedRule;
use super::worker::{reason, worker};
use super::{definition, examined, scan, share};

/// How rules are run.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// How long one statement may take, in milliseconds; 0 is no limit.
    pub statement_timeout_ms: u64,
    /// Where the users' own SQL finds names without a schema; `pg_catalog` always comes first.
    pub search_path: Vec<String>,
    /// A common scan that would take one session longer than this, in milliseconds, is made in pieces by all of them; where
    /// none would, the longest is that takes more than a fifth of it, so that no session is idle at the end.
    pub cut_above_ms: u64,
}

impl Default for RunOptions {
    fn default() -> RunOptions {
        RunOptions { statement_timeout_ms: 600_000, search_path: vec!["public".into()], cut_above_ms: 1_000 }
    }
}

/// Measures and judges the rules, and names offenders. One fact a rule, in the order of the rules.
///
/// The work is one scan for all row rules of a table, one statement for rules that join or group by the same columns, and
/// one for each other rule; it is spread over `jobs` sessions of the snapshot, the dearest first. A scan that would take long
/// is made in pieces ([`super::Sampled`]), which changes no count. A rule that cannot be measured is not evaluated, with the
/// server's words; all others are judged. After the loss of a session a new one is tried.
pub async fn run(
    rules: &[ResolvedRule],
    snapshot: &SharedSnapshot,
    jobs: usize,
    options: &RunOptions,
) -> Vec<Evidence> {
    let mut facts = run_counted(rules, BTreeMap::new(), snapshot, jobs, options).await;
    combine(rules, &mut facts);
    facts
}

/// The same where some rules, by their places, were counted already ([`super::PartScan`]): they are judged by that, and
/// their offenders named. Rules that combine others are left open, for [`combine`] once all of those are judged.
pub async fn run_counted(
    rules: &[ResolvedRule],
    counted: BTreeMap<usize, Counted>,
    snapshot: &SharedSnapshot,
    jobs: usize,
    options: &RunOptions,
) -> Vec<Evidence> {
    let (told, open): (Vec<_>, Vec<_>) =
        units(rules, |index| counted.contains_key(&index)).into_iter().partition(|unit| counted.contains_key(&unit[0]));
    let elsewhere = examined::elsewhere(rules);
    let mut sessions = Vec::new();
    let open = pieces::spread(open, rules, snapshot, &mut sessions, jobs, options).await;
    let told = told.into_iter().map(|rules| Task::Unit { rules, alone: true });
    let mut work = Work {
        rules: rules.to_vec(),
        queue: Mutex::new(told.chain(open).collect()),
        counted,
        elsewhere,
        options: options.clone(),
    };
    let mut outcomes = BTreeMap::new();
    let mut refused = None;
    loop {
        let all = Arc::new(work);
        refused = refused.or(all.clone().work_off(snapshot, &mut sessions, jobs, &mut outcomes).await);
        let untold = examined::fill_in(&mut outcomes, &all.elsewhere);
        if untold.is_empty() || refused.is_some() {
            break;
        }
        // Whose number of rows nobody told counts it with a statement of its own.
        let queue = Mutex::new(untold.iter().map(|place| Task::Unit { rules: vec![*place], alone: false }).collect());
        let (rules, counted) = (all.rules.clone(), all.counted.clone());
        work = Work { rules, queue, counted, elsewhere: BTreeMap::new(), options: options.clone() };
    }
    for session in sessions {
        session.close().await;
    }
    let unmeasured = refused.unwrap_or_else(|| "no session measured it".into());
    let evidence = |(index, rule): (usize, &ResolvedRule)| {
        let outcome = outcomes.remove(&index).unwrap_or_else(|| Outcome::broken(&unmeasured));
        let mut evidence = outcome.evidence(rule);
        evidence.definition = Some(definition::checksum(&rule.rule, &options.search_path));
        evidence.figure_definition = definition::figure_checksum(&rule.rule, &options.search_path);
        evidence
    };
    rules.iter().enumerate().map(evidence).collect()
}

/// What was counted of a rule, or why it was not, and how long that took.
#[derive(Debug, Clone)]
pub struct Counted {
    pub(super) metric: Result<Metric, String>,
    pub(super) took_ms: f64,
}

/// What all workers share.
pub(super) struct Work {
    pub(super) rules: Vec<ResolvedRule>,
    queue: Mutex<VecDeque<Task>>,
    pub(super) counted: BTreeMap<usize, Counted>,
    /// Rules that need not count what they look at, and who tells it.
    pub(super) elsewhere: BTreeMap<usize, usize>,
    pub(super) options: RunOptions,
}

impl Work {
    fn left(&self) -> usize {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(super) fn next(&self) -> Option<Task> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// Measures all that is in the queue, with the sessions at hand and new ones. Why there is no further session, where one
    /// was needed.
    async fn work_off(
        self: Arc<Work>,
        snapshot: &SharedSnapshot,
        sessions: &mut Vec<Session>,
        jobs: usize,
        outcomes: &mut BTreeMap<usize, Outcome>,
    ) -> Option<String> {
        let mut workers = JoinSet::new();
        let jobs = jobs.clamp(1, self.left().max(1));
        let mut refused = None;
        while self.left() > 0 || !workers.is_empty() {
            while self.left() > 0 && workers.len() < jobs && refused.is_none() {
                let session = match sessions.pop() {
                    Some(session) => Ok(session),
                    None => snapshot.session().await,
                };
                match session {
                    Ok(session) => drop(workers.spawn(worker(session, self.clone()))),
                    Err(error) => refused = Some(reason(&error)),
                }
            }
            match workers.join_next().await {
                Some(Ok((measured, session))) => {
                    outcomes.extend(measured);
                    sessions.extend(session);
                }
                Some(Err(error)) => refused = Some(format!("a worker broke off: {error}")),
                // No session is left and none can be had.
                None => break,
            }
        }
        refused
    }
}

/// What a worker does in one go.
pub(super) enum Task {
    /// Rules that are measured together; whether by one process.
    Unit { rules: Vec<usize>, alone: bool },
    /// A piece of a table's common scan.
    Piece(Arc<Pieces>, usize),
}

/// A select list holds 1664 columns; 400 rules need 800.
pub(super) const MOST_IN_ONE_SCAN: usize = 400;

/// Rules that are measured together, the dearest first. Those of a table that were counted already are together too.
pub(super) fn units(rules: &[ResolvedRule], is_counted: impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
    let mut scans: BTreeMap<(bool, &str), Vec<usize>> = BTreeMap::new();
    let mut units = share::units(rules, &is_counted);
    let shared: BTreeSet<usize> = units.iter().flatten().copied().collect();
    for (index, rule) in rules.iter().enumerate() {
        match &rule.table {
            _ if matches!(rule.probe.measure, Measure::Combined { .. }) || shared.contains(&index) => {}
            Some(table) if scan::is_in_common_scan(rule) => {
                scans.entry((is_counted(index), &table.quoted)).or_default().push(index)
            }
            _ => units.push(vec![index]),
        }
    }
    units.extend(
        scans.into_values().flat_map(|unit| unit.chunks(MOST_IN_ONE_SCAN).map(<[_]>::to_vec).collect::<Vec<_>>()),
    );
    units.sort_by_key(|unit| std::cmp::Reverse(weight(unit, rules)));
    units
}

/// What a unit costs, by the bytes of its table; [`u64::MAX`] where that is not known.
pub(super) fn weight(unit: &[usize], rules: &[ResolvedRule]) -> u64 {
    let Some(first) = unit.first().map(|index| &rules[*index]) else { return 0 };
    let times = match &first.probe.measure {
        Measure::Own { sorted: true, .. } => 4,
        Measure::Rows { fused: false, .. } | Measure::Own { .. } => 2,
        _ => 1,
    };
    first.weight.saturating_mul(times)
}
