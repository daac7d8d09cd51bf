//! verify --explain: which statements a verify would send for its rules, and how the server would run them.

use crate::db::{Catalog, SharedSnapshot};
use crate::evidence::Evidence;
use crate::rules::{self, Explained};
use crate::verdict::Moment;

use super::checks::Checks;
use super::gather::rule_options;
use super::{Context, Error};

/// The statements, and the rules that could not be made ready.
#[derive(Debug)]
pub struct Explanation {
    /// In the order in which they would be sent, what combines others last.
    pub statements: Vec<Explained>,
    /// Rules that name what the database does not have.
    pub not_ready: Vec<Evidence>,
}

impl Explanation {
    /// Whether the server had a plan for every statement.
    pub fn is_whole(&self) -> bool {
        self.not_ready.is_empty() && self.statements.iter().all(|statement| statement.problem.is_none())
    }
}

/// Explains the rules that a verify would judge: all, or those with one of these ids or tags. Nothing is
/// measured but a sample of large tables, nothing judged, and no evidence is written.
///
/// # Errors
/// [`Error`] where rules are wrong, a word chooses none, or the server cannot be reached.
pub async fn explain_rules(context: &Context<'_>, only: &[String]) -> Result<Explanation, Error> {
    let mut checks = Checks::load(&context.config.rules)?;
    checks.choose(only, Moment::After)?;
    let shared = SharedSnapshot::open(&context.spec, context.cancel.clone()).await?;
    let mut session = shared.session().await?;
    let catalog = Catalog::read(&mut session).await?;
    let resolution = rules::resolve(&checks.rules, &catalog, Moment::After);
    let jobs = context.config.measure.jobs;
    let statements = rules::explain(&resolution.rules, &mut session, jobs, &rule_options(context)).await?;
    session.close().await;
    shared.close().await;
    Ok(Explanation { statements, not_ready: resolution.not_evaluated })
}
