//! What is checked: the rules and gates of one folder.

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::db::{Catalog, ForeignKey, schemas_of};
use crate::declaration::checksums;
use crate::evidence::{Evidence, RULES_CHOSEN, Sample, Topic};
use crate::gates::declared::{self, GateFileErrors, GateSet, Platform};
use crate::rules::{self, Coverage, Excluded, Rule, RuleSet};
use crate::snapshot::{self, ExcludedColumn};
use crate::verdict::{Moment, Stage, Verdict};

use super::{Context, Error};

/// Everything that the folder of rules declares.
#[derive(Debug, Clone)]
pub(super) struct Checks {
    pub(super) rules: RuleSet,
    /// The same with those that were not chosen.
    all_rules: RuleSet,
    pub(super) gates: GateSet,
}

impl Checks {
    /// Reads the folder. What is wrong with the rules is said first, since they also say what has no place in a file.
    ///
    /// # Errors
    /// [`Error`] with every problem of every file.
    pub(super) fn load(folder: &Path) -> Result<Checks, Error> {
        let rules = rules::load(folder)?;
        Ok(Checks { all_rules: rules.clone(), rules, gates: declared::load(folder)? })
    }

    /// What the rules looked at that were judged with these facts.
    pub(super) fn coverage(
        &self,
        config: &Config,
        moment: Moment,
        (catalog, foreign_keys): (&Catalog, &[ForeignKey]),
        facts: &[Evidence],
    ) -> Coverage {
        let measure = &config.measure;
        let whole = |name: &String| Excluded { name: name.clone(), reason: snapshot::NO_REASON.to_owned() };
        let part = |entry: &ExcludedColumn| Excluded { name: entry.column.clone(), reason: entry.reason.clone() };
        let excluded: Vec<Excluded> =
            measure.exclude.iter().map(whole).chain(measure.exclude_columns.iter().map(part)).collect();
        let own = config.log.own_tables();
        let search_path = schemas_of(&config.execute.search_path);
        let (all, chosen) = (&self.all_rules, &self.rules);
        let asked = rules::Asked {
            all,
            chosen,
            moment,
            catalog,
            foreign_keys,
            excluded: &excluded,
            own: &own,
            search_path: &search_path,
        };
        rules::coverage(&asked, facts)
    }

    /// Every rule of the folder, also of those that were not chosen.
    pub(super) fn all_rules(&self) -> impl Iterator<Item = &Rule> {
        self.all_rules.rules.iter()
    }

    /// Keeps only the rules with one of these ids or tags, where there are any; the fact that names the others.
    ///
    /// # Errors
    /// [`Error`] where a word chooses nothing.
    pub(super) fn choose(&mut self, only: &[String], moment: Moment) -> Result<Option<Evidence>, Error> {
        let all: Vec<String> = self.rules.at(moment).map(|rule| rule.id.clone()).collect();
        self.rules = self.rules.clone().choose(only, moment)?;
        let kept: Vec<&str> = self.rules.at(moment).map(|rule| rule.id.as_str()).collect();
        if kept.len() == all.len() {
            return Ok(None);
        }
        let others = all.iter().filter(|id| !kept.contains(&id.as_str()));
        let others: Vec<Sample> = others.map(|id| Sample::new(id, "")).collect();
        let mut fact = Evidence::new(Topic::Coverage, RULES_CHOSEN, only.join(", "), Verdict::Pass)
            .expected(format!("{} rules checked", all.len()))
            .measured(format!("checked {} of {} rules; the others were not asked for", kept.len(), all.len()));
        fact.samples = others;
        Ok(Some(fact))
    }
}

/// Keeps what these words choose of what the folder declares, where there are any.
///
/// # Errors
/// [`Error`] where a word chooses nothing; `noun` says what was looked for.
pub(super) fn choose<T>(
    config: &Config,
    all: &mut Vec<T>,
    words: &[String],
    noun: &str,
    id: fn(&T) -> &str,
    is_called: fn(&T, &str) -> bool,
) -> Result<(), Error> {
    if let Some(word) = words.iter().find(|word| !all.iter().any(|one| is_called(one, word))) {
        let known: Vec<&str> = all.iter().map(id).collect();
        return Err(nothing_to_do(config, format!("no {noun} {word:?}; {}", declared::allowed(word, &known))));
    }
    if !words.is_empty() {
        all.retain(|one| words.iter().any(|word| is_called(one, word)));
    }
    Ok(())
}

/// The folder of rules and gates declares nothing of what was asked for.
pub(super) fn nothing_to_do(config: &Config, reason: String) -> Error {
    GateFileErrors::Unreadable { path: config.rules.display().to_string(), reason }.into()
}

/// Measures the declared gates of one stage. What they keep for a later stage lies in the run's `directory`.
pub(super) async fn measure(
    context: &Context<'_>,
    gates: &GateSet,
    stage: Stage,
    directory: Option<&Path>,
) -> Vec<Evidence> {
    // Of its own: the largest probe would lie in the future of every command.
    Box::pin(declared::run(gates, stage, &platform(context, directory))).await
}

/// The platform as this command knows it.
pub(super) fn platform(context: &Context<'_>, directory: Option<&Path>) -> Platform {
    let config = context.config;
    let base = config.source.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    Platform {
        spec: context.spec.clone(),
        cancel: context.cancel.clone(),
        env: context.env.clone(),
        // Programs are run in it: a path that begins where phasegate is would begin there once more.
        folder: std::path::absolute(base).unwrap_or_else(|_| base.to_owned()),
        search_path: schemas_of(&config.execute.search_path),
        timeout_ms: config.measure.gate_timeout_ms,
        memory: directory.map(|directory| PathBuf::from(directory).join("gates")),
        declarations: checksums(&config.rules),
    }
}
