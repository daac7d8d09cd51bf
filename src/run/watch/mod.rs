//! watch: the continuous gates again and again, and what changes.

mod board;
mod endpoint;
mod exposition;
mod rounds;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::evidence::{Evidence, GATES_CHOSEN, Topic};
use crate::gates::declared::GateSet;
use crate::verdict::{Stage, Verdict};

use super::checks::{measure, nothing_to_do};
use super::gates::{declared_gates, surroundings};
use super::metrics::{Declared, read_baseline};
use super::notebook::Notebook;
use super::{Context, Error, Outcome};
use board::Board;
use endpoint::Endpoint;
use rounds::RoundsFile;

pub use board::{Change, Watched};

/// What is watched, and for how long.
#[derive(Debug, Clone)]
pub struct WatchOptions {
    /// From the beginning of one round to that of the next.
    pub every: Duration,
    /// When to stop by itself; `None`: when somebody stops it.
    pub lasting: Option<Duration>,
    /// Only gates with one of these ids or tags; empty: all.
    pub only: Vec<String>,
    /// A baseline that the metrics are held against in every round.
    pub baseline: Option<String>,
    /// The port of this machine's loopback where Prometheus can read; 0: any that is free.
    pub port: Option<u16>,
}

/// What a watch tells while it goes on.
#[derive(Debug, Clone)]
pub enum WatchEvent {
    /// Where Prometheus can read.
    Listening(std::net::SocketAddr),
    /// A round is over.
    Round(Round),
}

/// What one round found.
#[derive(Debug, Clone)]
pub struct Round {
    /// Its number, from 1.
    pub number: u64,
    /// How long it took.
    pub took: Duration,
    /// What every gate says now, in the order of the files.
    pub gates: Vec<Watched>,
    /// What is otherwise than in the round before.
    pub changes: Vec<Change>,
    /// Every fact of the round.
    pub facts: Vec<Evidence>,
}

/// Measures the gates of the stage `continuous` round after round, until its time is over or somebody stops it.
///
/// 1. The journal of the run gets the facts of every change, so its verdict is the worst that was seen; every fact of
///    every round goes to a file beside it, whose checksum the journal has.
/// 2. A round that is late is followed by the next at once, and none is made up for.
/// 3. A round that was stopped halfway says nothing.
///
/// # Errors
/// [`Error`] where the files are wrong, there is nothing to watch, the port is taken, or the evidence cannot be written.
pub async fn watch(
    context: &Context<'_>,
    options: &WatchOptions,
    tell: &(dyn Fn(WatchEvent) + Send + Sync),
) -> Result<Outcome, Error> {
    let work = Work::new(context, options)?;
    let board = Arc::new(Mutex::new(Board::default()));
    let _endpoint = match options.port {
        Some(port) => {
            let endpoint = Endpoint::open(port, board.clone()).await?;
            tell(WatchEvent::Listening(endpoint.address));
            Some(endpoint)
        }
        None => None,
    };
    let (version, facts) = surroundings(context).await;
    let mut notebook = Notebook::open(context, "watch", version)?;
    notebook.note(facts)?;
    notebook.note(work.about_baseline.clone())?;
    if !options.only.is_empty() {
        let fact = Evidence::new(Topic::Environment, GATES_CHOSEN, options.only.join(", "), Verdict::Pass);
        notebook.note([fact.measured("watched alone; the others were not asked for")])?;
    }
    let mut file = RoundsFile::create(&notebook.directory)?;
    let start = Instant::now();
    for number in 1.. {
        let began = Instant::now();
        let facts = work.round(context, &notebook.directory).await;
        if context.cancel.is_cancelled() {
            break;
        }
        file.write(number, &facts)?;
        let (gates, changes) = {
            let mut board = board.lock().unwrap_or_else(PoisonError::into_inner);
            let changes = board.take(&facts);
            (board.gates.clone(), changes)
        };
        let changed = |fact: &&Evidence| changes.iter().any(|change| change.gate == fact.check);
        notebook.note(facts.iter().filter(changed).cloned())?;
        notebook.sync()?;
        tell(WatchEvent::Round(Round { number, took: began.elapsed(), gates, changes, facts }));
        let is_over = |at: Instant| options.lasting.is_some_and(|lasting| at >= start + lasting);
        let next = (began + options.every).max(Instant::now());
        if is_over(Instant::now()) || is_over(next) || !wait_until(next, context).await {
            break;
        }
    }
    let seen = board.lock().unwrap_or_else(PoisonError::into_inner).summary();
    notebook.note(seen)?;
    notebook.note([file.close()?])?;
    // To stop it is how it ends.
    notebook.close(None)
}

/// Whether that moment came before somebody stopped it.
async fn wait_until(moment: Instant, context: &Context<'_>) -> bool {
    tokio::select! {
        () = tokio::time::sleep_until(moment.into()) => !context.cancel.is_cancelled(),
        () = context.cancel.cancelled() => false,
    }
}

/// What is measured in every round.
struct Work {
    gates: GateSet,
    metrics: Option<(String, crate::gates::declared::metrics::Baseline, Declared)>,
    /// Which baseline it is, and what of it is not watched.
    about_baseline: Vec<Evidence>,
}

impl Work {
    fn new(context: &Context<'_>, options: &WatchOptions) -> Result<Work, Error> {
        let mut gates = declared_gates(context.config, &options.only)?;
        gates.gates.retain(|gate| gate.stages.contains(&Stage::Continuous));
        let (metrics, about_baseline) = match &options.baseline {
            Some(name) => {
                let (baseline, fact) = read_baseline(context, name)?;
                let (declared, left_out) = Declared::load(context)?.without_loads();
                (Some((name.clone(), baseline, declared)), [fact].into_iter().chain(left_out).collect())
            }
            None => (None, Vec::new()),
        };
        if gates.gates.is_empty() && metrics.as_ref().is_none_or(|(_, _, declared)| declared.is_empty()) {
            let reason = "no gate to watch: give one the stage continuous (when = [\"continuous\"])".to_owned();
            return Err(nothing_to_do(context.config, reason));
        }
        Ok(Work { gates, metrics, about_baseline })
    }

    async fn round(&self, context: &Context<'_>, directory: &std::path::Path) -> Vec<Evidence> {
        let mut facts = measure(context, &self.gates, Stage::Continuous, Some(directory)).await;
        if let Some((name, baseline, declared)) = &self.metrics {
            let compared = declared.compare(context, name, baseline).await;
            // A gate and a metric may have one id, and are two rows.
            facts.extend(compared.into_iter().map(|fact| Evidence { check: format!("metric {}", fact.check), ..fact }));
        }
        facts
    }
}

/// A fact of the watch as such, which judges nothing.
fn about(subject: &str, measured: String) -> Evidence {
    Evidence::new(Topic::Environment, "watched", subject, Verdict::Pass).measured(measured)
}
