//! Whether a rule turns red when what violates it is there. All of it happens in one transaction, which is rolled back.

use std::sync::Arc;

use serde::Serialize;

use crate::db::{BatchError, Catalog, DbError, LockedSession, Row, SqlError};
use crate::verdict::{Moment, Verdict};

use super::load::RuleSet;
use super::probe::Metric;
use super::resolve::{ResolvedRule, planned};
use super::run::RunOptions;
use super::scan::{self, FusedScan};
use super::statement::{How, options_of, with_settings};
use super::violation::{Planned, Violation, Way};
use super::worker::said;

/// A rule and what is to violate it.
#[derive(Debug)]
pub struct Trial {
    id: String,
    subject: String,
    ready: Result<(ResolvedRule, Violation), String>,
    catalog: Arc<Catalog>,
}

/// What became of a rule when its violation was there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tried {
    /// The rule.
    pub rule: String,
    /// What it is about.
    pub subject: String,
    /// Pass: it turned red. Fail: it stayed green. Not evaluated: no violation could be planted.
    pub verdict: Verdict,
    /// In words.
    pub said: String,
    /// The statement that planted the violation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planted: Option<String>,
}

/// A trial of every rule of this moment, in the order of the files.
pub fn trials(set: &RuleSet, catalog: &Catalog, moment: Moment) -> Vec<Trial> {
    let shared = Arc::new(catalog.clone());
    let trial = |rule| {
        let (subject, ready) = match planned(set, rule, catalog) {
            Ok((resolved, planned)) => (resolved.subject.clone(), with(resolved, planned)),
            Err(reason) => (set.file_of(rule).to_owned(), Err(reason)),
        };
        Trial { id: rule.id.clone(), subject, ready, catalog: shared.clone() }
    };
    set.at(moment).map(trial).collect()
}

fn with(rule: ResolvedRule, planned: Planned) -> Result<(ResolvedRule, Violation), String> {
    Ok((rule, planned?))
}

impl Trial {
    /// The rule's id.
    pub fn rule(&self) -> &str {
        &self.id
    }

    /// Plants the violation, looks whether the rule turns red, and takes everything back.
    ///
    /// # Errors
    /// [`DbError`] where the session was lost, or cancelled: the server has rolled everything back then. What the server
    /// refuses is no error: the rule is then not evaluated.
    pub async fn run(&self, session: &mut LockedSession, options: &RunOptions) -> Result<Tried, DbError> {
        let found = match &self.ready {
            Err(reason) => Found::Untried(reason.clone()),
            Ok((rule, violation)) => {
                let settings = with_settings(options, "", How::default())?;
                send(session, &format!("BEGIN; {settings}{OPEN}")).await?;
                let found = Desk { session: &mut *session, options, catalog: &self.catalog, rule: rule.clone() }
                    .judge(violation)
                    .await;
                send(session, "ROLLBACK").await?;
                match found {
                    Err(error) if is_ending(&error) => return Err(error),
                    Err(error) => Found::Untried(said(&error, &[rule])),
                    Ok(found) => found,
                }
            }
        };
        let (verdict, words, planted) = match found {
            Found::Red(planted) => (Verdict::Pass, "turned red".to_owned(), Some(planted)),
            Found::RedAfter(change) => (Verdict::Pass, format!("turned red after {change}"), Some(change)),
            Found::Green(planted) => {
                (Verdict::Fail, "stayed green when what violates it was there".to_owned(), Some(planted))
            }
            Found::Untried(reason) => (Verdict::NotEvaluated, reason, None),
        };
        Ok(Tried { rule: self.id.clone(), subject: self.subject.clone(), verdict, said: words, planted })
    }
}

/// Triggers and foreign keys are off: a violation may be one of theirs, and nothing is to follow from it.
const OPEN: &str = "SET LOCAL session_replication_role = replica; SET LOCAL lock_timeout = '10s'; SAVEPOINT clean";

pub(super) enum Found {
    /// By what the rule itself says that violates it.
    Red(String),
    /// By a change that was looked for.
    RedAfter(String),
    Green(String),
    Untried(String),
}

/// Cancelled, or the session is gone: no other rule would fare better.
pub(super) fn is_ending(error: &DbError) -> bool {
    let is_going_down = error.server().is_some_and(|error| error.code.starts_with("57P"));
    is_going_down || error.is_lost() || matches!(error, DbError::Cancelled)
}

pub(super) async fn send(session: &mut LockedSession, sql: &str) -> Result<(Vec<Row>, u64), DbError> {
    let batch = session.run(sql).await.map_err(|failed: BatchError| failed.error)?;
    Ok((batch.rows, batch.affected.iter().sum()))
}

/// A session with the rule that is tried in it.
pub(super) struct Desk<'a> {
    pub(super) session: &'a mut LockedSession,
    pub(super) options: &'a RunOptions,
    pub(super) catalog: &'a Catalog,
    pub(super) rule: ResolvedRule,
}

impl Desk<'_> {
    async fn judge(&mut self, violation: &Violation) -> Result<Found, DbError> {
        // What is there before the violation is what was measured before.
        if let Some(metric) = self.measure().await? {
            self.rule.compare_with(metric);
        }
        match self.holds().await? {
            None => return Ok(Found::Untried("it has no rows to look at, or too few".to_owned())),
            Some(false) => return Ok(Found::Untried("it is red without any violation planted".to_owned())),
            Some(true) => {}
        }
        let (mut green, mut reason) = (None, "there is no way to plant a violation".to_owned());
        for way in &violation.ways {
            self.back().await?;
            match self.plant(way).await {
                Ok(Some(false)) => return Ok(Found::Red(way.plant.join("; "))),
                Ok(Some(true)) if way.is_certain => drop(green.get_or_insert(way.plant.join("; "))),
                Ok(Some(true)) => reason = "none of the violations that were guessed is one".to_owned(),
                Ok(None) => reason = "no row could be given what violates it".to_owned(),
                Err(error) if is_ending(&error) => return Err(error),
                Err(error) => reason = said(&error, &[&self.rule]),
            }
        }
        match (green, &violation.search) {
            (Some(green), _) => Ok(Found::Green(green)),
            (None, Some(search)) => self.search(search).await,
            (None, None) => Ok(Found::Untried(reason)),
        }
    }

    /// Whether the rule holds once this is planted; `None` where it could not be, or nothing is left to look at.
    pub(super) async fn plant(&mut self, way: &Way) -> Result<Option<bool>, DbError> {
        for statement in &way.loosen {
            self.change(statement).await?;
        }
        // Red must come from what is planted, and not from what was taken away for it.
        if !way.loosen.is_empty() && self.holds().await? != Some(true) {
            return Ok(None);
        }
        let mut changed = 0;
        for statement in &way.plant {
            changed += self.change(statement).await?.1;
        }
        if way.changes_rows && changed == 0 { Ok(None) } else { self.holds().await }
    }

    async fn holds(&mut self) -> Result<Option<bool>, DbError> {
        Ok(self.measure().await?.and_then(|metric| self.rule.holds(&metric)))
    }

    async fn measure(&mut self) -> Result<Option<Metric>, DbError> {
        let question = self.question()?;
        let (rows, _) = send(self.session, &question).await?;
        rows.first().map_or(Ok(None), |row| self.read(row))
    }

    /// The statement that counts the rule.
    pub(super) fn question(&self) -> Result<String, SqlError> {
        with_settings(&options_of(self.options, &[&self.rule]), &scan::count_alone(&self.rule)?, How::of(&self.rule))
    }

    /// What it answered.
    pub(super) fn read(&self, row: &Row) -> Result<Option<Metric>, DbError> {
        Ok(match scan::is_fused(&self.rule) {
            true => FusedScan::new(&[&self.rule])?.read(row, &[&self.rule])?.into_iter().next(),
            false => Some(scan::read_alone(row)?),
        })
    }
}
