//! One moment of the platform: gates, rules and snapshot under one exported snapshot.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::db::{Catalog, ConnSpec, ForeignKey, Session, SharedSnapshot, schemas_of};
use crate::digest::Checksum;
use crate::evidence::{Evidence, Topic};
use crate::gates::{self, GateContext};
use crate::phase::{Declared, Move};
use crate::rules::{self, Before, Resolution, RunOptions};
use crate::snapshot::{self, Beside, Snapshot, Told, WantedMove};
use crate::verdict::{Moment, Stage, Verdict};

use super::checks::{Checks, measure};
use super::shared_pass::Judging;
use super::{Context, Error, Event};

/// By which columns tables tell their rows apart; those not named by their own key. The snapshot after must use the keys
/// of the one before, or a phase that changes a key would leave nothing to compare.
pub(super) type Keys = BTreeMap<String, Option<Vec<String>>>;

/// What a snapshot must measure so that it can be compared with another.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    keys: Keys,
    moves: Vec<WantedMove>,
}

impl Wanted {
    /// What a first snapshot must: the moves that are declared.
    pub(super) fn of(declared: &Declared) -> Wanted {
        let wanted = |declared: &Move| WantedMove { declared: declared.clone(), like: None };
        Wanted { keys: Keys::new(), moves: declared.moves().map(wanted).collect() }
    }

    /// What a later one must: the same as this one.
    pub(super) fn like(before: &Snapshot) -> Wanted {
        Wanted { keys: before.keys(), moves: before.wanted_moves() }
    }
}

/// What was measured at one moment.
pub(super) struct Gathered {
    /// What was judged, also where the snapshot could not be taken any more: a server that dies takes nothing with it that
    /// it has told.
    pub(super) facts: Vec<Evidence>,
    pub(super) snapshot: Result<Snapshot, Error>,
}

/// Measures everything at one instant; the snapshot is saved in `directory`.
pub(super) async fn gather(
    context: &Context<'_>,
    moment: Moment,
    checks: &Checks,
    directory: &Path,
    own_pids: Vec<i32>,
    wanted: Wanted,
    before: Before<'_>,
) -> Result<Gathered, Error> {
    let word = match moment {
        Moment::Before => "before",
        Moment::After => "after",
    };
    let shared = SharedSnapshot::open(&context.spec, context.cancel.clone()).await?;
    let mut session = shared.session().await?;
    let catalog = Catalog::read(&mut session).await?;
    let foreign_keys = ForeignKey::read_all(&mut session).await?;
    session.close().await;

    (context.events)(Event::Step(format!("gates {word}")));
    let mut facts = gates::run(&context.config.gates, moment, &shared, &gate_context(context, own_pids)).await;
    let stage = match moment {
        Moment::Before => Stage::Before,
        Moment::After => Stage::After,
    };
    facts.extend(measure(context, &checks.gates, stage, directory.parent()).await);
    (context.events)(Event::Step(format!("rules {word}")));
    let options = snapshot_options(context, wanted);
    let resolution = rules::resolve(&checks.rules, &catalog, moment);
    let judging = judge(context, resolution, before, &options, &catalog, &shared).await;
    (context.events)(Event::Step(format!("snapshot {word}")));
    let taken = take(context, &shared, &catalog, directory, &options, &judging.beside()).await;
    let (snapshot, told) = taken.map_or_else(|error| (Err(error), Vec::new()), |(taken, told)| (Ok(taken), told));
    let mut judged = judging.finish(&told, snapshot.as_ref().ok(), &shared).await;
    if moment == Moment::Before {
        judged.iter_mut().for_each(|fact| fact.topic = Topic::RuleBefore);
    }
    facts.extend(judged);
    match &snapshot {
        Ok(taken) => facts.push(snapshot_fact(taken, word, directory)),
        Err(error) => facts.push(not_taken(&context.spec, word, error)),
    }
    if moment == Moment::After {
        facts.extend(snapshot.as_ref().ok().map(snapshot::guarantee_fact));
        facts.extend(checks.coverage(context.config, moment, (&catalog, &foreign_keys), &facts).facts());
    }
    shared.close().await;
    if context.cancel.is_cancelled() {
        return Err(Error::Cancelled);
    }
    Ok(Gathered { facts, snapshot })
}

/// Judges the rules, but for those that the snapshot's pass will count.
async fn judge(
    context: &Context<'_>,
    mut resolution: Resolution,
    before: Before<'_>,
    snapshot: &snapshot::Options,
    catalog: &Catalog,
    shared: &SharedSnapshot,
) -> Judging {
    let options = rule_options(context);
    resolution.compare(before, &options.search_path);
    Judging::begin(resolution, options, context.config.measure.shared_pass, snapshot, catalog, shared).await
}

/// How the rules of this configuration are run.
pub(super) fn rule_options(context: &Context<'_>) -> RunOptions {
    RunOptions {
        statement_timeout_ms: context.config.measure.statement_timeout_ms,
        search_path: schemas_of(&context.config.execute.search_path),
        ..RunOptions::default()
    }
}

/// Takes a snapshot of this moment alone: no gates, no rules.
pub(super) async fn take_alone(context: &Context<'_>, directory: &Path, wanted: Wanted) -> Result<Snapshot, Error> {
    let shared = SharedSnapshot::open(&context.spec, context.cancel.clone()).await?;
    let mut session = shared.session().await?;
    let catalog = Catalog::read(&mut session).await?;
    session.close().await;
    let options = snapshot_options(context, wanted);
    let (taken, _) = take(context, &shared, &catalog, directory, &options, &[]).await?;
    shared.close().await;
    Ok(taken)
}

/// Takes a snapshot and saves it; runs the statements beside it in the same pass.
async fn take(
    context: &Context<'_>,
    shared: &SharedSnapshot,
    catalog: &Catalog,
    directory: &Path,
    options: &snapshot::Options,
    beside: &[Beside<'_>],
) -> Result<(Snapshot, Vec<Told>), Error> {
    let events = |event| (context.events)(Event::Snapshot(event));
    let (taken, told) = snapshot::take_with(shared, catalog, Some(directory), options, beside, &events).await?;
    snapshot::save(directory, &taken)?;
    Ok((taken, told))
}

fn snapshot_options(context: &Context<'_>, wanted: Wanted) -> snapshot::Options {
    let measure = &context.config.measure;
    snapshot::Options {
        jobs: context.config.measure.jobs,
        row_fingerprints: context.config.measure.row_fingerprints,
        buckets: context.config.measure.buckets,
        equality: context.config.measure.equality,
        digest: measure.digest,
        tables: measure.tables.clone(),
        exclude: left_out(context.config),
        exclude_columns: measure.exclude_columns.clone(),
        max_age: (measure.max_snapshot_age_ms > 0)
            .then(|| std::time::Duration::from_millis(measure.max_snapshot_age_ms)),
        max_active_sessions: measure.max_active_sessions,
        keys: wanted.keys,
        moves: wanted.moves,
        cancel: context.cancel.clone(),
    }
}

/// What is not looked at: what the settings exclude, and what is phasegate's own.
pub(super) fn left_out(config: &Config) -> Vec<String> {
    let log = &config.log;
    let guard = format!("{}.{}()", log.schema, log.guard_function());
    config.measure.exclude.iter().cloned().chain(log.own_tables()).chain([guard]).collect()
}

/// What a snapshot covers, for the report.
pub(super) fn snapshot_fact(taken: &Snapshot, word: &str, directory: &Path) -> Evidence {
    let rows: u64 = taken.tables.iter().map(|table| table.rows).sum();
    let columns: usize = taken.tables.iter().map(|table| table.columns.len()).sum();
    Evidence::new(Topic::Snapshot, format!("snapshot_{word}"), &taken.database, Verdict::Pass)
        .expected("every table read at one instant")
        .measured(format!("{} tables, {columns} columns, {rows} rows{}", taken.tables.len(), written(directory)))
        .rows_examined(rows)
}

/// Why there is no snapshot.
fn not_taken(spec: &ConnSpec, word: &str, error: &Error) -> Evidence {
    Evidence::new(Topic::Snapshot, format!("snapshot_{word}"), &spec.database, Verdict::NotEvaluated)
        .expected("every table read at one instant")
        .measured(format!("not evaluated: {error}"))
        .remedy("see the server's log; then run it again")
}

/// How a fact names the file that a snapshot is: the journal's chain then covers the snapshot, and through the checksums
/// in it the fingerprints of its rows.
fn written(directory: &Path) -> String {
    let file = std::fs::read(directory.join(snapshot::FILE));
    file.map_or(String::new(), |bytes| format!("; {}", Checksum::of(&bytes)))
}

/// Whether the snapshot in this directory is the one that this fact speaks of.
pub(super) fn is_as_written(fact: &Evidence, directory: &Path) -> bool {
    let written = written(directory);
    !written.is_empty() && fact.measured.ends_with(&written)
}

fn gate_context<'a>(context: &'a Context<'_>, own_pids: Vec<i32>) -> GateContext<'a> {
    let log = &context.config.log;
    let path = schemas_of(&context.config.execute.search_path);
    GateContext {
        target_schemas: path,
        log_table: (log.schema.clone(), log.table.clone()),
        own_pids,
        free_bytes: if is_local(&context.spec) { context.free_bytes } else { None },
        statement_timeout_ms: context.config.measure.statement_timeout_ms,
        ..GateContext::default()
    }
}

/// Whether the server is on this machine for certain: only then do its paths mean something here.
fn is_local(spec: &ConnSpec) -> bool {
    spec.hosts.iter().all(|(host, _)| host.starts_with('/'))
}

/// The server's version, and facts about where the run takes place.
pub(super) async fn environment(session: &mut Session) -> Result<(String, Vec<Evidence>), Error> {
    let row = session.one(include_str!("environment.sql")).await?;
    let version = row.text("version")?.to_owned();
    let fact = |check: &str, subject: &str, measured: &str| {
        Evidence::new(Topic::Environment, check, subject, Verdict::Pass).measured(measured)
    };
    let facts = vec![
        fact("server", "server_version", &version),
        fact("server", "role", row.text("role")?),
        fact("server", "in_recovery", row.text("in_recovery")?),
        fact("server", "encoding", row.text("encoding")?),
    ];
    Ok((version, facts))
}

/// The directory of a run's snapshot of this moment.
pub(super) fn snapshot_directory(run: &Path, moment: Moment) -> PathBuf {
    run.join(match moment {
        Moment::Before => "before",
        Moment::After => "after",
    })
}
