//! verify --rules-only: the rules as the database is now, without gates and without a snapshot.

use crate::db::{Catalog, ForeignKey, SharedSnapshot};
use crate::evidence::{Evidence, Topic};
use crate::rules;
use crate::verdict::{Moment, Verdict};

use super::before::RulesBefore;
use super::checks::Checks;
use super::gather::{environment, rule_options};
use super::notebook::Notebook;
use super::{Context, Error, Event, Outcome};

/// Judges the rules at one instant, and writes down what was not asked for.
pub(super) async fn verify_rules(
    context: &Context<'_>,
    checks: &Checks,
    left_out: Option<Evidence>,
) -> Result<Outcome, Error> {
    let before = RulesBefore::find(context, &checks.rules, None).await?;
    let shared = SharedSnapshot::open(&context.spec, context.cancel.clone()).await?;
    let mut session = shared.session().await?;
    let catalog = Catalog::read(&mut session).await?;
    let foreign_keys = ForeignKey::read_all(&mut session).await?;
    let (version, facts) = environment(&mut session).await?;
    session.close().await;
    let mut notebook = Notebook::open(context, "verify --rules-only", Some(version))?;
    notebook.note(facts)?;
    (context.events)(Event::Step("rules after".to_owned()));
    let mut resolution = rules::resolve(&checks.rules, &catalog, Moment::After);
    resolution.compare(before.as_rules_see_it(), &rule_options(context).search_path);
    let judged = rules::run(&resolution.rules, &shared, context.config.measure.jobs, &rule_options(context)).await;
    shared.close().await;
    if context.cancel.is_cancelled() {
        return Err(Error::Cancelled);
    }
    let mut facts = resolution.not_evaluated;
    facts.extend(judged);
    facts.extend(checks.coverage(context.config, Moment::After, (&catalog, &foreign_keys), &facts).facts());
    notebook.note(facts)?;
    notebook.note(left_out)?;
    notebook.note([not_asked_for(context)])?;
    notebook.close(None)
}

/// Nobody shall take the report for one of the whole database.
fn not_asked_for(context: &Context<'_>) -> Evidence {
    Evidence::new(Topic::Coverage, "rules_only", &context.spec.database, Verdict::Pass)
        .expected("rules, gates and a snapshot")
        .measured("rules only; gates and a snapshot were not asked for")
}
