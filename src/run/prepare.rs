//! From folder and log to a plan: everything that is known before anything is changed.

use std::collections::BTreeMap;
use std::fs::File;

use crate::config::Config;
use crate::db::{Catalog, DbError, Session};
use crate::evidence::Evidence;
use crate::execute::statement_sha256;
use crate::migration_log::LogState;
use crate::phase::{Applied, Declared, Phase, discover};
use crate::plan::{self, Derived, Divergence, DivergenceKind, Plan, ScriptFacts, Standing, Standings};
use crate::rules::{self, RuleSet};
use crate::script::{Splitter, survey};
use crate::verdict::{Moment, Verdict};

use super::check::{declared, derive_all, expected, named};
use super::checks::Checks;
use super::names;
use super::notebook::log_chain_fact;
use super::{Context, Error};

/// What is planned, and what it was planned from.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) phases: Vec<Phase>,
    pub(super) log: LogState,
    pub(super) plan: Plan,
    /// What is expected beside what the phases declare.
    pub(super) expected: Declared,
}

/// The plan of the configured folder against the configured database, and whatever else would stop a migrate before its
/// first gate. Creates nothing; SELECT on the log is enough.
///
/// # Errors
/// [`Error`] where the folder, the rules or the database cannot be read; rules that name what is not there.
pub async fn plan(context: &Context<'_>) -> Result<Plan, Error> {
    let (mut prepared, checks, mut session) = first_look(context, true).await?;
    prepared.plan.divergences.extend(rewritten(&prepared.log));
    if let Some(checks) = &checks
        && prepared.plan.is_clear()
        && !prepared.plan.steps.is_empty()
    {
        refuse_unknown_names(context, &checks.rules, &prepared, &mut session).await?;
    }
    session.close().await;
    Ok(with_expected_change(prepared, context.config))
}

/// Adds to each step how its SQL and the declarations fit together. Every file is read once more for it, so that only
/// who asks for the plan pays for it.
fn with_expected_change(prepared: Prepared, config: &Config) -> Plan {
    let Prepared { phases, mut plan, expected, .. } = prepared;
    let steps = |phase: &&Phase| plan.steps.iter().any(|step| step.phase == phase.id);
    let named: Vec<(&Phase, Derived)> =
        phases.iter().filter(steps).map(|phase| (phase, named(phase, config))).collect();
    let all = declared(phases.iter(), &expected);
    let found = plan::expected_change(&named, &all);
    for (step, found) in plan.steps.iter_mut().zip(found) {
        step.expected_change = found;
    }
    plan
}

/// A rule or a setting of the snapshots that names what is not there is bad input, and is said before anything is
/// changed. The settings may name what a pending phase declares to add.
pub(super) async fn refuse_unknown_names(
    context: &Context<'_>,
    rule_set: &RuleSet,
    prepared: &Prepared,
    reader: &mut Session,
) -> Result<(), Error> {
    let catalog = Catalog::read(reader).await?;
    let problems = rules::problems(rule_set, &catalog, Moment::Before);
    if !problems.is_empty() {
        return Err(Error::Rules { problems });
    }
    let pending = |phase: &&Phase| prepared.plan.steps.iter().any(|step| step.phase == phase.id);
    let declared = declared(prepared.phases.iter().filter(pending), &prepared.expected);
    names::refuse_before(&context.config.measure, reader, &catalog, &declared).await
}

/// Reads the folder, and the rules if wanted, on a thread of its own while the server is asked for the log. What is
/// wrong with a file is said first: the server may be the one that is slow.
pub(super) async fn first_look(
    context: &Context<'_>,
    with_rules: bool,
) -> Result<(Prepared, Option<Checks>, Session), Error> {
    let expected = expected(context.config)?;
    let (folder, rules) = (context.config.migrations.clone(), context.config.rules.clone());
    let mut files = tokio::task::spawn_blocking(move || {
        let phases = discover(&folder)?;
        let checks = if with_rules { Some(Checks::load(&rules)?) } else { None };
        Ok::<_, Error>((phases, checks))
    });
    let mut server = std::pin::pin!(async {
        let mut session = Session::connect_cancellable(&context.spec, context.cancel.clone()).await?;
        let log = context.config.log.read(&mut session).await?;
        Ok::<_, Error>((session, log))
    });
    let mut answer = None;
    let (phases, checks) = loop {
        tokio::select! {
            biased;
            read = &mut files => break read.map_err(|error| broken(&error))??,
            early = &mut server, if answer.is_none() => answer = Some(early),
        }
    };
    let (session, log) = match answer {
        Some(answer) => answer?,
        None => server.await?,
    };
    Ok((planned(phases, log, expected, context.config), checks, session))
}

/// Whether the log is as phasegate wrote it; nothing where there is none yet.
pub(super) fn chain(log: &LogState) -> Option<Evidence> {
    log.exists.then(|| log_chain_fact(&log.head, &log.faults))
}

/// A rewritten log says nothing of what is pending.
pub(super) fn rewritten(log: &LogState) -> Option<Divergence> {
    let fact = chain(log).filter(|fact| fact.verdict == Verdict::Fail)?;
    Some(Divergence {
        kind: DivergenceKind::Edited,
        phase: "migration_log".to_owned(),
        problem: fact.measured.clone(),
        remedy: fact.remedy.clone().unwrap_or_default(),
        blocking: true,
    })
}

fn broken(error: &tokio::task::JoinError) -> Error {
    Error::Db(DbError::Answer { reason: format!("reading the folder broke off: {error}") })
}

/// Reads the log and makes the plan.
pub(super) async fn prepare(phases: Vec<Phase>, config: &Config, session: &mut Session) -> Result<Prepared, Error> {
    let log = config.log.read(session).await?;
    Ok(planned(phases, log, expected(config)?, config))
}

fn planned(mut phases: Vec<Phase>, log: LogState, expected: Declared, config: &Config) -> Prepared {
    derive_all(&mut phases, config);
    let scripts = scripts(&phases, &log.applied);
    let plan = plan::make(&phases, &scripts, &log.applied, log.head.seq);
    Prepared { phases, log, plan, expected }
}

/// Looks into the files of all phases that are not applied.
pub(super) fn scripts(phases: &[Phase], applied: &[Applied]) -> BTreeMap<String, ScriptFacts> {
    let standings = Standings::of(applied);
    let mut scripts = BTreeMap::new();
    for phase in phases {
        let facts = match standings.of_phase(&phase.id) {
            Standing::Applied(_) => continue,
            Standing::HalfRun { .. } => ScriptFacts { statement_sha256: hashes(phase), ..facts(phase) },
            Standing::Pending | Standing::Failed(_) => facts(phase),
        };
        scripts.insert(phase.id.clone(), facts);
    }
    scripts
}

fn facts(phase: &Phase) -> ScriptFacts {
    let survey = match File::open(&phase.path) {
        Ok(file) => survey(file).map_err(|error| error.to_string()),
        Err(error) => Err(format!(" cannot be read: {error}")),
    };
    ScriptFacts { survey, statement_sha256: Vec::new() }
}

/// The hash of every statement, as far as the file can be split; what cannot be is reported by its survey.
fn hashes(phase: &Phase) -> Vec<String> {
    let Ok(file) = File::open(&phase.path) else { return Vec::new() };
    Splitter::new(file).statements().map_while(Result::ok).map(|statement| statement_sha256(&statement)).collect()
}
