//! Naming offenders: the first few of each rule that is violated, by key.
//!
//! Of the rules of a table that share a scan the offenders are found in one further scan as well, and not even that looks
//! where none are: it tells their places, and by these they are read.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use crate::db::{DbError, Sql, SqlError, quote_ident, quote_literal};
use crate::evidence::Sample;

use super::outcome::Outcome;
use super::probe::Measure;
use super::resolve::{ResolvedRule, Target};
use super::run::Counted;
use super::scan;
use super::statement::{How, with_settings};
use super::worker::{Desk, ms};

/// So many offenders are kept at most until it is known which are the first. Where there are more, they are not far: each rule
/// looks for its own.
const MOST_KEPT: u64 = 20_000;

/// Rows of a table: what stands behind FROM, and a condition. Where some were counted to have no offender, the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) source: String,
    pub(super) restriction: String,
}

impl Desk<'_> {
    /// The outcomes of rules that were counted; `parts` gives the parts of their table where those at these places have
    /// offenders.
    pub(super) async fn name_offenders(
        &mut self,
        rules: &[&ResolvedRule],
        counted: Vec<Counted>,
        parts: impl Fn(&[usize]) -> Option<Vec<Part>>,
    ) -> Vec<Outcome> {
        let start = Instant::now();
        let together = together(rules, &counted);
        let parts = parts(&together);
        let is_worth_it = together.len() > 1 || (together.len() == 1 && parts.is_some());
        let places = if is_worth_it { self.places(rules, &together, parts).await } else { BTreeMap::new() };
        let shared_ms = ms(start);
        let mut outcomes = Vec::with_capacity(rules.len());
        for (number, (rule, Counted { metric, took_ms })) in rules.iter().zip(counted).enumerate() {
            let start = Instant::now();
            let sampled = match &metric {
                Ok(metric) if metric.violations > 0 => {
                    self.sample(rule, places.get(&number).map(String::as_str), metric.violations).await
                }
                _ => Ok(Vec::new()),
            };
            let shared_ms = if is_worth_it && together.contains(&number) { shared_ms } else { 0.0 };
            let took_ms = took_ms + shared_ms + ms(start);
            let (samples, unsampled) = match sampled {
                Ok(samples) => (samples, None),
                Err(error) => (Vec::new(), Some(error)),
            };
            outcomes.push(Outcome { metric, samples, unsampled, took_ms });
        }
        outcomes
    }

    /// Where the first offenders of these rules are, each a condition on the row `t`; none where that cannot be told.
    async fn places(
        &mut self,
        rules: &[&ResolvedRule],
        together: &[usize],
        parts: Option<Vec<Part>>,
    ) -> BTreeMap<usize, String> {
        let own: Vec<&ResolvedRule> = together.iter().map(|number| rules[*number]).collect();
        let found = async {
            let sql = with_settings(&self.options(&own), &statement(&own, parts)?, How::default())?;
            let rows = self.session.rows(sql).await?;
            let place = |row: &crate::db::Row| {
                let number: usize = row.parse("rule")?;
                Ok((together[number], format!("t.ctid = ANY ({}::tid[])", quote_literal(row.text("places")?))))
            };
            rows.iter().map(place).collect::<Result<BTreeMap<_, _>, DbError>>()
        };
        // Each rule then looks for its own, and says what is wrong.
        found.await.inspect_err(|error| drop(self.note(error, &own))).unwrap_or_default()
    }

    async fn sample(
        &mut self,
        rule: &ResolvedRule,
        places: Option<&str>,
        violations: u64,
    ) -> Result<Vec<Sample>, String> {
        let wanted = violations.min(rule.rule.sample.into());
        if let Some(places) = places {
            match self.sample_at(rule, places).await {
                Ok(samples) if samples.len() as u64 == wanted => return Ok(samples),
                Ok(_) => {}
                Err(error) => drop(self.note(&error, &[rule])),
            }
        }
        self.sample_at(rule, "true").await.map_err(|error| self.note(&error, &[rule]))
    }

    async fn sample_at(&mut self, rule: &ResolvedRule, places: &str) -> Result<Vec<Sample>, DbError> {
        let Some(sql) = scan::sample(rule, places)? else { return Ok(Vec::new()) };
        let sql = with_settings(&self.options(&[rule]), &sql, How::of(rule))?;
        let rows = self.session.rows(sql).await?;
        Ok(rows.iter().map(|row| scan::read_sample(row, rule)).collect())
    }
}

/// The rules whose offenders are looked for together: each has some, and all of them have few.
fn together(rules: &[&ResolvedRule], counted: &[Counted]) -> Vec<usize> {
    let violations = |number: usize| {
        let rule = rules[number];
        let has_places = rule.table.as_ref().is_some_and(|table| table.has_places);
        let is_sought = matches!(rule.probe.measure, Measure::Rows { fused: true, .. }) && rule.rule.sample > 0;
        let metric = counted[number].metric.as_ref().ok().filter(|metric| metric.violations > 0);
        metric.filter(|_| has_places && is_sought && rule.rule.timeout_ms.is_none()).map(|metric| metric.violations)
    };
    let mut some: Vec<(u64, usize)> =
        (0..rules.len()).filter_map(|number| Some((violations(number)?, number))).collect();
    some.sort_unstable();
    let mut kept = 0_u64;
    some.retain(|(violations, _)| {
        kept = kept.saturating_add(*violations);
        kept <= MOST_KEPT
    });
    let mut together: Vec<usize> = some.into_iter().map(|(_, number)| number).collect();
    together.sort_unstable();
    together
}

/// The statement that tells the places of the first offenders of these rules of one table.
fn statement(rules: &[&ResolvedRule], parts: Option<Vec<Part>>) -> Result<String, SqlError> {
    let table = rules.first().and_then(|rule| rule.table.as_ref());
    let keys: BTreeSet<&str> =
        rules.iter().filter_map(|rule| rule.table.as_ref()).flat_map(|table| &table.key).map(String::as_str).collect();
    let keys: BTreeMap<&str, usize> = keys.into_iter().zip(0..).collect();
    let conditions: Vec<String> = rules.iter().map(|rule| condition(rule)).collect();
    let columns = keys.iter().map(|(name, at)| format!(", t.{} AS k{at}", quote_ident(name)));
    let marks = conditions.iter().enumerate().map(|(number, condition)| format!(", ({condition}) AS h{number}"));
    let columns: String = columns.chain(marks).collect();
    let whole = || {
        vec![Part { source: table.map(|table| table.quoted.clone()).unwrap_or_default(), restriction: "true".into() }]
    };
    let any = format!("(({}))", conditions.join(") OR ("));
    let hits = parts.unwrap_or_else(whole).into_iter().map(|Part { source, restriction }| {
        format!("SELECT t.ctid AS place{columns}\n    FROM {source} AS t\n    WHERE {restriction} AND {any}")
    });
    let firsts = rules.iter().enumerate().map(|(number, rule)| {
        let order: String = key(rule).iter().map(|name| format!("h.k{}, ", keys[name.as_str()])).collect();
        let limit = rule.rule.sample;
        format!(
            "(SELECT {number} AS rule, h.place FROM hits AS h WHERE h.h{number} ORDER BY {order}h.place LIMIT {limit})"
        )
    });
    Sql::new(include_str!("offenders.sql"))
        .fragment("hits", hits.collect::<Vec<_>>().join("\n    UNION ALL\n    "))
        .fragment("firsts", firsts.collect::<Vec<_>>().join("\n    UNION ALL\n    "))
        .render()
}

fn key(rule: &ResolvedRule) -> &[String] {
    rule.table.as_ref().map(|Target { key, .. }| key.as_slice()).unwrap_or_default()
}

fn condition(rule: &ResolvedRule) -> String {
    match &rule.probe.measure {
        Measure::Rows { violates, .. } => scan::condition(rule, violates),
        _ => "false".to_owned(),
    }
}
