//! What was measured of the rules before the phases, for those that compare with it.

use std::path::Path;

use crate::db::Session;
use crate::evidence::journal;
use crate::evidence::{Evidence, Topic};
use crate::rules::{Before, RuleSet};

use super::earlier::{Earlier, first_proven};
use super::{Context, Error};

/// The facts of the rules before the phases of one run; or why there are none.
#[derive(Debug, Clone)]
pub(super) enum RulesBefore {
    /// Of this run.
    Of {
        /// Its id, where it is not the run at hand.
        run_id: Option<String>,
        facts: Vec<Evidence>,
    },
    None(String),
}

impl RulesBefore {
    /// Of these facts, those of the rules before the phases.
    pub(super) fn of(run_id: Option<&str>, facts: &[Evidence]) -> RulesBefore {
        let before = facts.iter().filter(|fact| fact.topic == Topic::RuleBefore).cloned().collect();
        RulesBefore::Of { run_id: run_id.map(str::to_owned), facts: before }
    }

    pub(super) fn as_rules_see_it(&self) -> Before<'_> {
        match self {
            RulesBefore::Of { run_id, facts } => Before::Run { run_id: run_id.as_deref(), facts },
            RulesBefore::None(reason) => Before::None(reason),
        }
    }

    /// For a command that applies no phases: as a migration that went on from here would see it, by the log and the runs on
    /// this disk. Of the run whose journal is named, where that measured rules before phases. Nothing is read where no rule
    /// compares.
    ///
    /// # Errors
    /// [`Error`] where the evidence of the run that is named cannot be believed, or the log cannot be read.
    pub(super) async fn find(
        context: &Context<'_>,
        rules: &RuleSet,
        against: Option<&Path>,
    ) -> Result<RulesBefore, Error> {
        if !rules.rules.iter().any(|rule| rule.compare_to.is_some()) {
            return Ok(RulesBefore::None("no rule compares".to_owned()));
        }
        let snapshots = &context.config.snapshots;
        if let Some(named) = against.map(journal::read).transpose()?
            && named.facts.iter().any(|fact| fact.topic == Topic::RuleBefore)
        {
            // Where it made the proof of runs before it, what was before is what was before them.
            return Ok(match first_proven(&named) {
                Some(first) => {
                    let run = journal::read(&snapshots.join(&first).join(journal::FILE_NAME))?;
                    RulesBefore::of(Some(&first), &run.facts)
                }
                None => RulesBefore::of(Some(&named.header.run_id), &named.facts),
            });
        }
        let mut session = Session::connect_cancellable(&context.spec, context.cancel.clone()).await?;
        let log = context.config.log.read(&mut session).await?;
        session.close().await;
        Ok(Earlier::of(context, &log).rules_before_last(snapshots))
    }
}
