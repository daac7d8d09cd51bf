//! migrate: plan, gates, snapshot, phases, snapshot, rules, gates, verdict.

use std::time::Duration;

use crate::db::{ConnSpec, LockOutcome, LockedSession, Session};
use crate::evidence::{Evidence, Topic};
use crate::execute::{self, Execution, Options, PhaseRun, Remains, Work};
use crate::migration_log::{self, ChainFault, Head};
use crate::phase::Phase;
use crate::plan::{Action, Plan};
use crate::rules::Before;
use crate::verdict::{Moment, Stage, Verdict};

use super::before::RulesBefore;
use super::check::{declared, named_differences};
use super::checks::{Checks, measure};
use super::earlier::Earlier;
use super::gather::{Gathered, Wanted, environment, gather, snapshot_directory};
use super::notebook::{Notebook, log_chain_fact, log_head_fact};
use super::prepare::{Prepared, chain, first_look, prepare, refuse_unknown_names, rewritten};
use super::trail::Trail;
use super::values::Lookup;
use super::{Context, Error, Event, Exit, Outcome};

/// What a person may choose for one migration.
#[derive(Debug, Clone, Default)]
pub struct MigrateOptions {
    /// How long to wait for the run's lock; zero asks once.
    pub lock_wait: Duration,
    /// Only apply the phases: no gates, rules or snapshots. The verdict is then "not evaluated", never go.
    pub apply_only: bool,
    /// A snapshot after every phase, so that each difference is laid to the first phase that shows it. Without effect
    /// where only the phases are applied.
    pub each_phase: bool,
    /// A database in the state before: what stood in the rows that differ is read from it.
    pub old_database: Option<ConnSpec>,
    /// Name of the command in the evidence, where it is not `migrate`.
    pub command: Option<String>,
}

/// Applies what is pending and proves that the data survived.
///
/// 1. Folder, rules and log are read, the plan is made. A divergence ends it here: nothing was changed.
/// 2. Nothing pending: done, without a lock; the verdict of the run that applied the phases stands. Where that run never
///    came to one, its proof is made now.
/// 3. The lock is taken, a killed run's server process is waited for, and the log read again: a plan made without the
///    lock may be old.
/// 4. Gates, rules and the snapshot before, at one instant. A verdict that is not go ends it here: nothing was changed.
/// 5. The phases, one after the other; see [`execute::apply`]. Where it is asked for, a snapshot after each.
/// 6. Gates, rules and the snapshot after, at one instant; the differences, held against what the phases declare. Where
///    earlier runs applied phases and compared nothing, from the snapshot before the first of them.
/// 7. The verdict over all facts, and the report. The evidence is in `snapshots/<run>/` whatever happened.
///
/// # Errors
/// [`Error`] where it could not go on; what was changed until then is in the log.
pub async fn migrate(context: &Context<'_>, options: &MigrateOptions) -> Result<Outcome, Error> {
    let (mut prepared, checks, mut reader) = first_look(context, !options.apply_only).await?;
    let earlier = Earlier::of(context, &prepared.log);
    if is_without_a_run(&prepared.plan, &earlier, options) {
        prepared.plan.divergences.extend(rewritten(&prepared.log));
        reader.close().await;
        return Ok(without_a_run(prepared.plan, &earlier));
    }
    if let Some(checks) = &checks {
        refuse_unknown_names(context, &checks.rules, &prepared, &mut reader).await?;
    }

    // While it waits it must not keep the log's tables from whoever holds the lock.
    reader.close().await;
    let lock = context.config.log.lock_key();
    let spec = &context.spec;
    let mut locked = match LockedSession::acquire(spec, lock, options.lock_wait, context.cancel.clone()).await? {
        LockOutcome::Held(session) => session,
        LockOutcome::Refused(holder) => return Err(Error::Locked { holder }),
    };
    let mut events = |event| (context.events)(Event::Execute(event));
    execute::wait_for_earlier_run(&mut locked, &mut events).await?;
    let mut reader = Session::connect_cancellable(spec, context.cancel.clone()).await?;
    let mut prepared = prepare(prepared.phases, context.config, &mut reader).await?;
    let earlier = Earlier::of(context, &prepared.log);
    if is_without_a_run(&prepared.plan, &earlier, options) {
        reader.close().await;
        locked.close().await;
        return Ok(without_a_run(prepared.plan, &earlier));
    }
    prepared.plan.divergences.extend(earlier.notes());
    let (version, facts) = environment(&mut reader).await?;
    let chain = chain(&prepared.log);
    reader.close().await;
    let mut notebook = Notebook::open(context, options.command.as_deref().unwrap_or("migrate"), Some(version))?;
    notebook.note(facts)?;
    notebook.note(chain)?;
    notebook.note(plan_facts(&prepared))?;
    let outcome = locked_run(context, options, checks.as_ref(), prepared, &earlier, &mut locked, notebook).await;
    locked.close().await;
    outcome
}

/// Everything that happens while the lock is held.
async fn locked_run(
    context: &Context<'_>,
    options: &MigrateOptions,
    checks: Option<&Checks>,
    prepared: Prepared,
    earlier: &Earlier,
    locked: &mut LockedSession,
    mut notebook: Notebook,
) -> Result<Outcome, Error> {
    let mut before = None;
    let mut rules_before = RulesBefore::of(None, &[]);
    if let Some(checks) = checks {
        let directory = snapshot_directory(&notebook.directory, Moment::Before);
        let wanted = Wanted::of(&declared(compared_phases(&prepared, earlier), &prepared.expected));
        let Gathered { facts, snapshot } = Box::pin(gather(
            context,
            Moment::Before,
            checks,
            &directory,
            vec![locked.backend_pid()],
            wanted,
            Before::Now,
        ))
        .await?;
        rules_before = RulesBefore::of(None, &facts);
        notebook.note(facts)?;
        let snapshot = snapshot?;
        if !notebook.verdict().is_go() {
            return finish(prepared.plan, None, notebook, None);
        }
        before = Some((snapshot, directory));
    }

    if notebook.verdict() == Verdict::Fail {
        return finish(prepared.plan, None, notebook, None);
    }
    // What was true before must be on disk before anything is changed.
    notebook.sync()?;
    (context.events)(Event::Step("phases".into()));
    migration_log::upgrade(&context.config.log, locked).await?;
    let mut trail =
        before.as_ref().filter(|_| options.each_phase).map(|(first, at)| Trail::new(first, at, &prepared.expected));
    let execution = apply(context, &prepared, locked, &mut notebook, trail.as_mut(), checks).await?;
    notebook.note([log_head_fact(&execution.head)])?;
    if execution.failure.is_none() && execution.done.len() < prepared.plan.steps.len() {
        // What was applied stays, the rest is left, and the next run that applies phases makes the proof of all.
        notebook.note([stopped_between(&prepared, &execution)])?;
        return finish(prepared.plan, None, notebook, None);
    }
    if let Some(failure) = execution.failure {
        let exit = match failure.remains {
            Remains::Nothing => Exit::PhaseFailed,
            Remains::Part | Remains::All | Remains::Unknown => Exit::PartlyApplied,
            Remains::NothingCancelled | Remains::PartCancelled => Exit::Cancelled,
        };
        notebook.note([failure_fact(&failure)])?;
        return finish(prepared.plan, Some(failure), notebook, Some(exit));
    }

    match (checks, before) {
        (Some(checks), Some((before, before_at))) => {
            // What earlier runs left unproven is part of the proof: it begins before them.
            let (before, before_at) = earlier.baseline().unwrap_or((&before, &before_at));
            let rules_before = earlier.rules_before().unwrap_or(&rules_before).as_rules_see_it();
            let after_at = snapshot_directory(&notebook.directory, Moment::After);
            let own = vec![locked.backend_pid()];
            let wanted = Wanted::like(before);
            let gathered = Box::pin(gather(context, Moment::After, checks, &after_at, own, wanted, rules_before)).await;
            let taken = match gathered {
                Ok(Gathered { facts, snapshot }) => {
                    notebook.note(facts)?;
                    snapshot
                }
                Err(error) => Err(error),
            };
            let after = match taken {
                Ok(snapshot) => snapshot,
                // The phases took effect: whatever hinders the proof must end in the evidence, not instead of it.
                Err(error) => {
                    let exit = matches!(error, Error::Cancelled).then_some(Exit::Cancelled);
                    notebook.note([unproven(&error)])?;
                    return finish(prepared.plan, None, notebook, exit);
                }
            };
            (context.events)(Event::Step("comparison".into()));
            let allowed = declared(compared_phases(&prepared, earlier), &prepared.expected);
            let redact = &context.config.measure.redact;
            let (mut found, named) = named_differences((before, before_at), (&after, &after_at), &allowed, redact);
            if let Some(trail) = &trail {
                trail.name_phases(&mut found);
            }
            let lookup = Lookup::of(options.old_database.as_ref(), &context.spec);
            lookup.show(context.config, (before, &after), &named, &mut found, &context.cancel).await;
            notebook.note(found)?;
            notebook.note(earlier.facts())?;
            notebook.note([chain_after(context, &execution.head).await])?;
            notebook.note([crate::snapshot::coverage(&after)])?;
        }
        _ => notebook.note([not_proven()])?,
    }
    finish(prepared.plan, None, notebook, None)
}

/// Whether the log is as phasegate wrote it after the phases, each of which could write into the log; what this run wrote must be its end.
async fn chain_after(context: &Context<'_>, expected: &Head) -> Evidence {
    let measured = async {
        let mut reader = Session::connect_cancellable(&context.spec, context.cancel.clone()).await?;
        let outcome = migration_log::verify(&context.config.log, &mut reader).await;
        reader.close().await;
        outcome
    };
    match measured.await {
        Ok((_, head, mut faults)) => {
            if head != *expected {
                let problem =
                    format!("the log ends with row {}, this run ended it with row {}", head.seq, expected.seq);
                faults.push(ChainFault { seq: head.seq, problem });
            }
            log_chain_fact(&head, &faults)
        }
        Err(error) => Evidence::new(Topic::Environment, "log_chain", "migration_log", Verdict::NotEvaluated)
            .expected("every row of the log as phasegate wrote it")
            .measured(format!("not evaluated: {error}")),
    }
}

fn finish(
    plan: Plan,
    failure: Option<execute::Failure>,
    notebook: Notebook,
    exit: Option<Exit>,
) -> Result<Outcome, Error> {
    Ok(Outcome { plan: Some(plan), failure, ..notebook.close(exit)? })
}

/// Whether there is nothing to run, or it may not be run. Nothing pending is still something to do where an earlier run
/// left its proof to be made.
fn is_without_a_run(plan: &Plan, earlier: &Earlier, options: &MigrateOptions) -> bool {
    !plan.is_clear() || plan.steps.is_empty() && (options.apply_only || !earlier.can_be_proven())
}

/// A divergence, or nothing to do: no lock, no evidence, nothing changed. Nothing was judged either, so that what the
/// run came to that applied the phases still stands.
fn without_a_run(mut plan: Plan, earlier: &Earlier) -> Outcome {
    let (nothing_pending, notes) = earlier.nothing_pending();
    if plan.steps.is_empty() {
        plan.divergences.extend(notes);
    }
    let exit = match (plan.is_clear(), plan.is_bad_input()) {
        (true, _) => nothing_pending,
        (false, true) => Exit::CouldNotJudge,
        (false, false) => Exit::NoGo,
    };
    Outcome { exit, plan: Some(plan), failure: None, report: None, directory: None }
}

/// Applies the planned phases; what is known of each is written down before the next one begins. A declared gate that is
/// not go after a phase ends it there.
///
/// # Errors
/// [`Error`] where the evidence cannot be written; the phases until then took effect, and are in the log.
async fn apply(
    context: &Context<'_>,
    prepared: &Prepared,
    locked: &mut LockedSession,
    notebook: &mut Notebook,
    mut trail: Option<&mut Trail>,
    checks: Option<&Checks>,
) -> Result<Execution, Error> {
    let work = work(prepared);
    let config = &context.config.execute;
    let options = Options {
        search_path: config.search_path.clone(),
        role: config.role.clone(),
        lock_timeout_ms: config.lock_timeout_ms,
        statement_timeout_ms: config.statement_timeout_ms,
        lock_retries: config.lock_retries,
        ..Options::default()
    };
    let mut all = Execution { done: Vec::new(), failure: None, head: prepared.log.head.clone() };
    for (index, item) in work.iter().enumerate() {
        let mut events = |event| (context.events)(Event::Execute(in_whole(event, index, work.len())));
        let (log, only) = (&context.config.log, std::slice::from_ref(item));
        let one = execute::apply(locked, log, all.head, &notebook.run_id, only, &options, &mut events).await;
        all.head = one.head;
        notebook.note(one.done.iter().map(phase_fact))?;
        all.done.extend(one.done);
        all.failure = one.failure;
        if all.failure.is_some() {
            break;
        }
        if let Some(trail) = &mut trail {
            notebook.note(trail.look(context, item.phase, &notebook.directory).await)?;
            notebook.sync()?;
        }
        if let Some(checks) = checks {
            let mut facts = measure(context, &checks.gates, Stage::EachPhase, Some(&notebook.directory)).await;
            for fact in &mut facts {
                fact.measured = format!("after {}: {}", item.phase.id, fact.measured);
            }
            let is_go = facts.iter().all(|fact| fact.verdict.is_go());
            notebook.note(facts)?;
            if !is_go {
                break;
            }
        }
    }
    Ok(all)
}

fn work(prepared: &Prepared) -> Vec<Work<'_>> {
    let steps = prepared.plan.steps.iter().filter_map(|step| {
        let phase = prepared.phases.iter().find(|phase| phase.id == step.phase)?;
        Some(Work { phase, action: &step.action })
    });
    steps.collect()
}

/// The phase's place among all of this run.
fn in_whole(event: execute::Event, index: usize, of: usize) -> execute::Event {
    match event {
        execute::Event::PhaseStarted { phase, bytes, .. } => execute::Event::PhaseStarted { phase, index, of, bytes },
        other => other,
    }
}

/// The phases whose effects lie between the two snapshots.
fn compared_phases<'a>(prepared: &'a Prepared, earlier: &'a Earlier) -> impl Iterator<Item = &'a Phase> {
    let planned = |phase: &Phase| prepared.plan.steps.iter().any(|step| step.phase == phase.id);
    prepared.phases.iter().filter(move |phase| planned(phase) || earlier.phases().any(|id| id == phase.id))
}

fn plan_facts(prepared: &Prepared) -> Vec<Evidence> {
    let mut facts = Vec::new();
    for step in &prepared.plan.steps {
        let what = match &step.action {
            Action::Apply => format!("{} statements", step.statements),
            Action::Resume { done, .. } => {
                format!("{} statements, {} of them done before", step.statements, done.len())
            }
        };
        let form = step.form.as_ref().map_or(String::new(), |form| format!("; the file {form}"));
        let fact = Evidence::new(Topic::Plan, "step", &step.phase, Verdict::Pass);
        facts.push(fact.expected(step.checksum.to_string()).measured(format!("{what}{form}")));
    }
    for divergence in &prepared.plan.divergences {
        let fact = Evidence::new(Topic::Plan, divergence.kind.word(), &divergence.phase, Verdict::Warn);
        facts.push(fact.measured(&divergence.problem).remedy(&divergence.remedy));
    }
    facts
}

fn phase_fact(run: &PhaseRun) -> Evidence {
    let skipped = if run.skipped > 0 { format!(", {} done before", run.skipped) } else { String::new() };
    let retries = if run.retries > 0 { format!(", {} retries for locks", run.retries) } else { String::new() };
    let measured = format!("{} statements, {} rows{skipped}{retries}", run.statements, run.rows_affected);
    let mut fact = Evidence::new(Topic::Phase, "phase", &run.phase, Verdict::Pass);
    fact.took_ms = run.took.as_secs_f64() * 1000.0;
    fact.expected("takes effect").measured(measured)
}

fn failure_fact(failure: &execute::Failure) -> Evidence {
    let remains = match failure.remains {
        Remains::Nothing | Remains::NothingCancelled => "nothing of it remains",
        Remains::Part | Remains::PartCancelled => "the statements that are DONE in the log remain",
        Remains::All => "all of it took effect",
        Remains::Unknown => "its outcome is unknown",
    };
    let code = failure.code.as_ref().map_or(String::new(), |code| format!(" (sqlstate {code})"));
    let detail = failure.detail.as_ref().map_or(String::new(), |detail| format!("; {}", detail.trim_end_matches('.')));
    let measured = format!("{}: {}{code}{detail}; {remains}", failure.place(), failure.message);
    let fact = Evidence::new(Topic::Phase, "phase", &failure.phase, Verdict::Fail).expected("takes effect");
    let remedy = failure.hint.clone().unwrap_or_else(|| "mend the cause, then migrate again".to_owned());
    fact.measured(measured).remedy(remedy)
}

/// The phases took effect, and then something kept the proof from being made.
fn unproven(error: &Error) -> Evidence {
    let reason = match error {
        Error::Cancelled => "cancelled".to_owned(),
        other => other.to_string(),
    };
    Evidence::new(Topic::Difference, "data_proof", "all tables", Verdict::NotEvaluated)
        .expected("what no phase declares is unchanged")
        .measured(format!("not evaluated: the phases took effect, then the measurement ended: {reason}"))
        .remedy("migrate again: it compares with the snapshot before of this run")
}

/// What a declared gate did that was not go after a phase.
fn stopped_between(prepared: &Prepared, execution: &Execution) -> Evidence {
    let (done, all) = (execution.done.len(), prepared.plan.steps.len());
    Evidence::new(Topic::Difference, "data_proof", "all tables", Verdict::NotEvaluated)
        .expected("what no phase declares is unchanged")
        .measured(format!("not evaluated: a gate between the phases ended the run after {done} of {all}"))
        .remedy("see to the gate, then migrate again: that run proves these phases as well")
}

/// What `--apply-only` leaves open.
fn not_proven() -> Evidence {
    Evidence::new(Topic::Difference, "data_proof", "all tables", Verdict::NotEvaluated)
        .expected("what no phase declares is unchanged")
        .measured("not evaluated: only applying was asked for")
        .remedy("migrate without --apply-only, or look with phasegate verify")
}
