//! status, log, report: what was.

use std::path::Path;

use serde::Serialize;

use crate::config::Config;
use crate::db::Session;
use crate::evidence::journal;
use crate::migration_log::{self, ChainFault, LogState};
use crate::phase::discover;
use crate::plan::{DivergenceKind, Plan, Standing, Standings};
use crate::report::Report;

use super::prepare::{prepare, rewritten};
use super::{Context, Error};

/// How every phase stands.
#[derive(Debug, Serialize)]
pub struct History {
    /// The phases on disk in order, then those that only the log knows.
    pub phases: Vec<PhaseState>,
    /// What a migrate would do, and what stands in its way.
    pub plan: Plan,
}

/// How one phase stands.
#[derive(Debug, Clone, Serialize)]
pub struct PhaseState {
    /// The phase.
    pub phase: String,
    /// `applied`, `pending`, `failed`, `half-run`, `running`; `missing` where the file is gone.
    pub state: &'static str,
    /// When that was written down; RFC 3339.
    pub at: Option<String>,
    /// How long the attempt took, in milliseconds.
    pub took_ms: Option<f64>,
    /// More about it.
    pub note: String,
}

/// How every phase stands. Creates nothing; SELECT on the log is enough.
///
/// # Errors
/// [`Error`] where the folder or the database cannot be read.
pub async fn status(context: &Context<'_>) -> Result<History, Error> {
    let phases = discover(&context.config.migrations)?;
    let mut session = Session::connect_cancellable(&context.spec, context.cancel.clone()).await?;
    let mut prepared = prepare(phases, context.config, &mut session).await?;
    prepared.plan.divergences.extend(rewritten(&prepared.log));
    session.close().await;
    let standings = Standings::of(&prepared.log.applied);
    let mut states: Vec<PhaseState> =
        prepared.phases.iter().map(|phase| state(&phase.id, &standings.of_phase(&phase.id))).collect();
    let gone = prepared.plan.divergences.iter().filter(|divergence| divergence.kind == DivergenceKind::Missing);
    states.extend(gone.map(|gone| {
        let known = state(&gone.phase, &standings.of_phase(&gone.phase));
        PhaseState { state: "missing", note: format!("{}; its file is gone", known.state), ..known }
    }));
    Ok(History { phases: states, plan: prepared.plan })
}

fn state(phase: &str, standing: &Standing<'_>) -> PhaseState {
    let (state, row, note) = match standing {
        Standing::Pending => ("pending", None, String::new()),
        Standing::Applied(row) => ("applied", Some(row), String::new()),
        Standing::Failed(row) => ("failed", Some(row), row.error.clone().unwrap_or_default()),
        Standing::HalfRun { last, live: true, .. } => ("running", Some(last), format!("run {}", last.run_id)),
        Standing::HalfRun { last, done, unsure, failed, .. } => {
            let unsure = unsure.map_or(String::new(), |(number, _)| format!(", statement {number} was under way"));
            let failed = failed.map_or(String::new(), |number| format!(", statement {number} failed"));
            let statements =
                if done.len() == 1 { "1 statement".to_owned() } else { format!("{} statements", done.len()) };
            ("half-run", Some(last), format!("{statements} took effect{unsure}{failed}"))
        }
    };
    PhaseState {
        phase: phase.to_owned(),
        state,
        at: row.map(|row| row.recorded_at.clone()),
        took_ms: row.map(|row| row.took_ms),
        note,
    }
}

/// The log as it is.
///
/// # Errors
/// [`Error`] where it cannot be read.
pub async fn log_rows(context: &Context<'_>) -> Result<LogState, Error> {
    let mut session = Session::connect_cancellable(&context.spec, context.cancel.clone()).await?;
    let state = context.config.log.read(&mut session).await?;
    session.close().await;
    Ok(state)
}

/// The proof of the log's chain: how many rows, and every fault. Where runs have left their evidence on this disk, the
/// log must still hold what they saw of it, so that a log cut off at its end is found as well.
///
/// # Errors
/// [`Error`] where the log cannot be read, or is not there: nothing to prove is not a proof.
pub async fn history(context: &Context<'_>) -> Result<(u64, Vec<ChainFault>), Error> {
    let mut session = Session::connect_cancellable(&context.spec, context.cancel.clone()).await?;
    let log = &context.config.log;
    if !log.read(&mut session).await?.exists {
        let problem = "there is no log in this database; nothing can be proven".to_owned();
        return Err(Error::File { path: log.full_name().into(), problem });
    }
    let (rows, head, faults) = migration_log::verify(log, &mut session).await?;
    session.close().await;
    let mut faults = faults;
    faults.extend(super::notebook::cut_off(context, &head));
    Ok((rows, faults))
}

/// The report of a run on disk. No server is needed.
///
/// # Errors
/// [`Error`] where there is no such run, or its evidence was tampered with.
pub fn report(config: &Config, run: &str) -> Result<Report, Error> {
    let as_path = Path::new(run);
    let directory = if as_path.exists() { as_path.to_owned() } else { config.snapshots.join(run) };
    let path = if directory.is_dir() { directory.join(journal::FILE_NAME) } else { directory };
    if !path.is_file() {
        let problem = format!("no such run; runs are folders of {}", config.snapshots.display());
        return Err(Error::File { path, problem });
    }
    Ok(Report::from_run(&journal::read(&path)?))
}
