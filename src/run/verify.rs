//! verify: gates and rules as they are after a migration; and, where a run is named, nothing changed since.

use crate::db::{Catalog, ConnSpec, Session};
use crate::snapshot;
use crate::verdict::Moment;

use super::before::RulesBefore;
use super::check::{expected, named_differences};
use super::checks::Checks;
use super::gather::{Gathered, Wanted, environment, gather, snapshot_directory};
use super::names;
use super::notebook::Notebook;
use super::recorded;
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
/// [`Error`] where it could not go on: settings that name what is not there, no connection, no such run. A rule that names
/// what is not there is not evaluated, and the others are judged.
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
    let journal = earlier.as_ref().and_then(|(_, at)| recorded::journal_of(at));
    let before = RulesBefore::find(context, &checks.rules, journal.as_deref()).await?;
    let mut reader = Session::connect_cancellable(&context.spec, context.cancel.clone()).await?;
    let catalog = Catalog::read(&mut reader).await?;
    names::refuse(&context.config.measure, &mut reader, &catalog).await?;
    let (version, facts) = environment(&mut reader).await?;
    reader.close().await;

    let mut notebook = Notebook::open(context, "verify", Some(version))?;
    notebook.note(facts)?;
    let directory = snapshot_directory(&notebook.directory, Moment::After);
    let wanted = earlier.as_ref().map(|(earlier, _)| Wanted::like(earlier)).unwrap_or_default();
    let rules_before = before.as_rules_see_it();
    let Gathered { facts, snapshot } =
        Box::pin(gather(context, Moment::After, &checks, &directory, Vec::new(), wanted, rules_before)).await?;
    notebook.note(facts)?;
    let Ok(now) = snapshot else {
        // Why is among the facts.
        notebook.note(left_out)?;
        return notebook.end(context);
    };
    if let Some((earlier, earlier_at)) = &earlier {
        let redact = &context.config.measure.redact;
        let (mut found, named) = named_differences((earlier, earlier_at), (&now, &directory), &expected, redact);
        let lookup = Lookup::of(old_database.as_ref(), &context.spec);
        lookup.show(context.config, (earlier, &now), &named, &mut found, &context.cancel).await;
        notebook.note(found)?;
    }
    notebook.note(earlier.iter().flat_map(|(_, at)| recorded::held_against(at)))?;
    notebook.note(left_out)?;
    notebook.note([snapshot::coverage(&now)])?;
    notebook.end(context)
}
