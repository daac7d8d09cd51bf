//! What was measured of the rules before the phases, for those that compare with it.

use std::path::Path;

use crate::evidence::Evidence;
use crate::evidence::Topic;
use crate::evidence::journal::{self, DatabaseName, Run};
use crate::rules::{Before, RuleSet};

use super::{Context, Error};

/// The facts of the rules before the phases of one run; or why there are none.
#[derive(Debug)]
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

    /// For a command that applies no phases: of the run that is named, where that measured rules before its phases, else of the newest run of this database that measured
    /// rules before its phases. Runs are read only where a rule compares.
    ///
    /// # Errors
    /// [`Error`] where the evidence of the run that is named cannot be believed.
    pub(super) fn find(context: &Context<'_>, rules: &RuleSet, against: Option<&Path>) -> Result<RulesBefore, Error> {
        if !rules.rules.iter().any(|rule| rule.compare_to.is_some()) {
            return Ok(RulesBefore::None("no rule compares".to_owned()));
        }
        let named = against.map(journal::read).transpose()?.filter(measured_rules_before);
        Ok(match named.or_else(|| newest(context)) {
            Some(run) => RulesBefore::of(Some(&run.header.run_id), &run.facts),
            None => RulesBefore::None(NOWHERE.to_owned()),
        })
    }
}

const NOWHERE: &str = "no run in the snapshots folder measured it before its phases; phasegate migrate does so";

fn newest(context: &Context<'_>) -> Option<Run> {
    let database = DatabaseName { name: context.spec.database.clone(), host: context.spec.places() };
    let folders = std::fs::read_dir(&context.config.snapshots).ok()?.flatten();
    let runs = folders.filter_map(|folder| journal::read(&folder.path().join(journal::FILE_NAME)).ok());
    runs.filter(|run| run.header.database == database && measured_rules_before(run))
        .max_by_key(|run| run.header.started_at)
}

fn measured_rules_before(run: &Run) -> bool {
    run.facts.iter().any(|fact| fact.topic == Topic::RuleBefore)
}
