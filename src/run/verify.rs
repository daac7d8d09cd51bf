//! verify: gates and rules as they are after a migration; and, where a run is named, nothing changed since.

use std::path::Path;

use crate::db::{Catalog, ConnSpec, Session};
use crate::evidence::{Evidence, Topic, journal};
use crate::report::Decision;
use crate::rules;
use crate::snapshot;
use crate::verdict::{Moment, Verdict};

use super::check::{expected, named_differences};
use super::checks::Checks;
use super::gather::{Gathered, Wanted, environment, gather, snapshot_directory};
use super::names;
use super::notebook::Notebook;
use super::rules_only::verify_rules;
use super::snapshots::find;
use super::values::Lookup;
use super::{Context, Error, Outcome};

/// What is verified.
#[derive(Debug, Clone, Default)]
pub struct VerifyOptions {
    /// A run (or a snapshot) since which nothing may have changed.
    pub against: Option<String>,
    /// A database as it was then.
    pub old_database: Option<ConnSpec>,
    /// Only the rules with one of these ids or tags; empty: all.
    pub only: Vec<String>,
    /// Rules alone: no gates, no snapshot.
    pub rules_only: bool,
}

/// Judges the database as it is now. Creates nothing in it, and works for a role with SELECT only.
///
/// Gates and rules of the moment after, at one instant. With `against`, the snapshot is held against that of a run
/// (its state after the phases): nothing may differ but what the configured file of expected changes allows. What stood in
/// the rows that differ is read from `old_database`, where one is given that holds that state.
///
/// # Errors
/// [`Error`] where it could not go on: rules or settings that name what is not there, no connection, no such run.
pub async fn verify(context: &Context<'_>, options: &VerifyOptions) -> Result<Outcome, Error> {
    let VerifyOptions { against, old_database, only, rules_only } = options;
    let against = against.as_deref();
    let mut checks = Checks::load(&context.config.rules)?;
    let left_out = checks.choose(only, Moment::After)?;
    if *rules_only {
        return verify_rules(context, &checks, left_out).await;
    }
    let expected = expected(context.config)?;
    let earlier = match against {
        Some(run) => {
            let at = find(context.config, run, Moment::After)?;
            Some((snapshot::load(&at)?, at))
        }
        None => None,
    };
    let mut reader = Session::connect_cancellable(&context.spec, context.cancel.clone()).await?;
    let catalog = Catalog::read(&mut reader).await?;
    let problems = rules::problems(&checks.rules, &catalog, Moment::After);
    if !problems.is_empty() {
        return Err(Error::Rules { problems });
    }
    names::refuse(&context.config.measure, &mut reader, &catalog).await?;
    let (version, facts) = environment(&mut reader).await?;
    reader.close().await;

    let mut notebook = Notebook::open(context, "verify", Some(version))?;
    notebook.note(facts)?;
    let directory = snapshot_directory(&notebook.directory, Moment::After);
    let wanted = earlier.as_ref().map(|(earlier, _)| Wanted::like(earlier)).unwrap_or_default();
    let Gathered { facts, snapshot: now } =
        gather(context, Moment::After, &checks, &directory, Vec::new(), wanted).await?;
    notebook.note(facts)?;
    if let Some((earlier, earlier_at)) = &earlier {
        let redact = &context.config.measure.redact;
        let (mut found, named) = named_differences((earlier, earlier_at), (&now, &directory), &expected, redact);
        let lookup = Lookup::of(old_database.as_ref(), &context.spec);
        lookup.show(context.config, (earlier, &now), &named, &mut found, &context.cancel).await;
        notebook.note(found)?;
    }
    notebook.note(against_what(earlier.as_ref().map(|(_, at)| at.as_path())))?;
    notebook.note(left_out)?;
    notebook.note([snapshot::coverage(&now)])?;
    notebook.end(context)
}

/// What the run came to whose snapshot this is held against: that nothing changed since is no praise for what was there.
fn against_what(snapshot: Option<&Path>) -> Option<Evidence> {
    let path = snapshot?.parent()?.join(journal::FILE_NAME);
    // A snapshot taken by itself has no journal; one whose journal does not hold is nothing to be held against.
    if !path.exists() {
        return None;
    }
    let run = match journal::read(&path) {
        Ok(run) => run,
        Err(error) => {
            let fact =
                Evidence::new(Topic::Difference, "verified_against", path.display().to_string(), Verdict::NotEvaluated)
                    .expected("the snapshot of a run whose evidence holds")
                    .measured(format!("not evaluated: {error}"));
            return Some(fact.remedy("bring the run's folder back from where it was kept"));
        }
    };
    let verdict = run.verdict();
    (!verdict.is_go()).then(|| {
        let word = Decision::of(verdict).word().to_lowercase();
        Evidence::new(Topic::Difference, "verified_against", &run.header.run_id, Verdict::Warn)
            .expected("the snapshot of a run that ended go")
            .measured(format!("that run ended {word}: nothing is said here of what it did before its snapshot"))
            .remedy(format!("phasegate report {}", run.header.run_id))
    })
}
