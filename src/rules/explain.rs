//! What would be sent to count for each rule, and what the server would make of it. Nothing is measured and nothing is judged.

use crate::db::{DbError, Session, SqlError};

use super::pieces::Sampled;
use super::probe::Measure;
use super::resolve::ResolvedRule;
use super::run::{RunOptions, units, weight};
use super::scan::{self, FusedScan};
use super::share::{self, SharedPass};
use super::statement::{How, with_settings};
use super::{examined, pieces};

/// One statement that counts, as it would be sent.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Explained {
    /// The rules that it measures.
    pub rules: Vec<String>,
    /// The table that they are about, where they are about one.
    pub table: Option<String>,
    /// How they are measured.
    pub way: Way,
    /// The statement; none for rules that combine others.
    pub sql: Option<String>,
    /// What a sample of a large table's common scan said, and in how many pieces it would be made for that.
    pub sampled: Option<Sampled>,
    /// The server's plan for it, line by line.
    pub plan: Vec<String>,
    /// Why there is no plan.
    pub problem: Option<String>,
}

/// How rules are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// All in one scan of their table.
    CommonScan,
    /// All by one pass that joins or groups by the columns that they share.
    SharedPass,
    /// By a scan of its own: it sorts, it is dear, or it has a time limit of its own.
    ScanOfItsOwn,
    /// By a statement that its kind makes.
    StatementOfItsOwn,
    /// Not by a statement: by what other rules said.
    Combined,
}

/// The statements for these rules as a measurement by `jobs` sessions would send them, with the server's plans. The session
/// only reads. Of the common scan of a large table the sample is run that says whether it is made in pieces.
///
/// A statement that the server cannot plan is told with the server's words; the others are explained.
///
/// # Errors
/// [`DbError`] where the session is lost.
pub async fn explain(
    rules: &[ResolvedRule],
    session: &mut Session,
    jobs: usize,
    options: &RunOptions,
) -> Result<Vec<Explained>, DbError> {
    let mut explained = Vec::new();
    let elsewhere = examined::elsewhere(rules);
    let units = units(rules, |_| false);
    let share = pieces::share(&units, rules, jobs);
    for unit in units {
        let alone = weight(&unit, rules) <= share;
        let is_told = unit.first().is_some_and(|first| elsewhere.contains_key(first));
        let unit: Vec<&ResolvedRule> = unit.into_iter().map(|index| &rules[index]).collect();
        explained.push(explain_unit(&unit, (is_told, alone), session, jobs, options).await?);
    }
    let sampled = explained.iter_mut().filter_map(|statement| statement.sampled.as_mut()).collect();
    pieces::cut_one_at_least(sampled, jobs, options);
    for rule in rules.iter().filter(|rule| matches!(rule.probe.measure, Measure::Combined { .. })) {
        explained.push(Explained::of(&[rule], Way::Combined));
    }
    Ok(explained)
}

async fn explain_unit(
    unit: &[&ResolvedRule],
    (is_told, alone): (bool, bool),
    session: &mut Session,
    jobs: usize,
    options: &RunOptions,
) -> Result<Explained, DbError> {
    let way = match unit {
        several if share::is_shared(several) => Way::SharedPass,
        [only] if !scan::is_fused(only) => Way::StatementOfItsOwn,
        [only] if !scan::is_in_common_scan(only) => Way::ScanOfItsOwn,
        _ => Way::CommonScan,
    };
    let mut explained = Explained::of(unit, way);
    match statement(unit, is_told) {
        Ok((sql, how)) => {
            // The comment that a statement begins with must not hide the word before it.
            let asked = with_settings(options, &format!("EXPLAIN\n{sql}"), How { alone, ..how });
            explained.sql = Some(sql);
            match plan(session, asked).await {
                Ok(plan) => explained.plan = plan,
                Err(error) if error.is_lost() => return Err(error),
                Err(error) => explained.problem = Some(error.to_string()),
            }
        }
        Err(error) => explained.problem = Some(error.to_string()),
    }
    if way == Way::CommonScan && jobs > 1 && explained.problem.is_none() {
        // What a sample cannot say, the measurement will not say either: the scan is then made as a whole.
        explained.sampled = pieces::sample_unit(unit, alone, session, jobs, options).await.ok().flatten();
    }
    Ok(explained)
}

/// The statement, and how it is run.
fn statement(unit: &[&ResolvedRule], is_told: bool) -> Result<(String, How), SqlError> {
    if share::is_shared(unit) {
        return SharedPass::new(unit).map(|pass| (pass.sql, pass.how));
    }
    let sql = match unit {
        [only] if !scan::is_fused(only) => match (scan::at_once(only, is_told), is_told) {
            (Some(both), _) => Ok(both),
            (None, true) => scan::count_violations(only)?.map_or_else(|| scan::count_alone(only), Ok),
            (None, false) => scan::count_alone(only),
        },
        several => Ok(FusedScan::new(several)?.sql),
    };
    Ok((sql?, unit.first().map(|rule| How::of(rule)).unwrap_or_default()))
}

async fn plan(session: &mut Session, sql: Result<String, SqlError>) -> Result<Vec<String>, DbError> {
    let rows = session.rows(sql?).await?;
    Ok(rows.iter().filter_map(|row| row.at(0).map(str::to_owned)).collect())
}

impl Explained {
    fn of(unit: &[&ResolvedRule], way: Way) -> Explained {
        let table = unit.first().and_then(|rule| rule.table.as_ref());
        Explained {
            rules: unit.iter().map(|rule| rule.rule.id.clone()).collect(),
            table: table.map(|table| table.name.clone()),
            way,
            sql: None,
            sampled: None,
            plan: Vec::new(),
            problem: None,
        }
    }
}
