//! The statements: many rules in one scan, one rule apart, offenders by key.

use std::collections::HashMap;

use crate::db::{DbError, Row, Sql, SqlError};
use crate::evidence::{REDACTED, Sample};

use super::probe::{AtOnce, Measure, Metric};
use super::resolve::ResolvedRule;
use super::words;

/// One statement for all row rules of one table, and where in its only row each rule's figures stand.
#[derive(Debug, Clone)]
pub(super) struct FusedScan {
    pub(super) sql: String,
    measures: String,
    places: Vec<Place>,
}

#[derive(Debug, Clone)]
struct Place {
    examined: usize,
    violations: Option<usize>,
    figure: Option<usize>,
}

impl FusedScan {
    /// Rules of one table, all of which [`is_fused`].
    pub(super) fn new(rules: &[&ResolvedRule]) -> Result<FusedScan, SqlError> {
        let mut columns: Vec<String> = Vec::new();
        // Column 0 counts all rows; rules with the same filter share one count of what they examine.
        let mut examined: HashMap<&str, usize> = HashMap::from([("true", 0)]);
        let mut places = Vec::with_capacity(rules.len());
        for rule in rules {
            let filter = rule.filter.as_str();
            let at = *examined.entry(filter).or_insert_with(|| {
                columns.push(format!(", pg_catalog.count(*) FILTER (WHERE {filter}) AS e{}", columns.len() + 1));
                columns.len()
            });
            let mut figure = None;
            let violations = match &rule.probe.measure {
                Measure::Figure { value, holds, .. } => {
                    columns.push(format!(", ({value})::text AS f{}", columns.len() + 1));
                    figure = Some(columns.len());
                    columns.push(format!(", CASE WHEN {holds} THEN 0 ELSE 1 END AS r{}", columns.len() + 1));
                    Some(columns.len())
                }
                Measure::Rows { violates, .. } => {
                    let condition = condition(rule, violates);
                    columns.push(format!(", pg_catalog.count(*) FILTER (WHERE {condition}) AS r{}", columns.len() + 1));
                    Some(columns.len())
                }
                _ => None,
            };
            places.push(Place { examined: at, violations, figure });
        }
        let measures = columns.join("\n       ");
        let sql = Sql::new(include_str!("fused.sql"))
            .fragment("measures", measures.clone())
            .fragment("table", table(rules))
            .render()?;
        Ok(FusedScan { sql, measures, places })
    }

    /// The same statement over a part of the table.
    pub(super) fn over_part(&self, source: &str, restriction: &str) -> Result<String, SqlError> {
        Sql::new(include_str!("fused_part.sql"))
            .fragment("measures", self.measures.clone())
            .fragment("source", source)
            .fragment("restriction", restriction)
            .render()
    }

    /// Each rule's figures, in the order of the rules.
    pub(super) fn read(&self, row: &Row, rules: &[&ResolvedRule]) -> Result<Vec<Metric>, DbError> {
        self.metrics(rules, |at| number(row, at), |at| row.at(at).map(str::to_owned))
    }

    /// Of each rule whether these numbers, of a part, have a violation of it.
    pub(super) fn violated(&self, numbers: &[u64]) -> Vec<bool> {
        let has_any = |place: &Place| place.violations.and_then(|at| numbers.get(at)).is_none_or(|number| *number > 0);
        self.places.iter().map(has_any).collect()
    }

    /// The same from the sums over all parts; for rules all of which [`adds_up`].
    pub(super) fn of_sums(&self, sums: &[u64], rules: &[&ResolvedRule]) -> Result<Vec<Metric>, DbError> {
        let number = |at: usize| {
            sums.get(at).copied().ok_or_else(|| DbError::Answer { reason: format!("there is no sum {at} of a count") })
        };
        self.metrics(rules, number, |_| None)
    }

    fn metrics(
        &self,
        rules: &[&ResolvedRule],
        number: impl Fn(usize) -> Result<u64, DbError>,
        text: impl Fn(usize) -> Option<String>,
    ) -> Result<Vec<Metric>, DbError> {
        (self.places.iter().zip(rules))
            .map(|(place, rule)| {
                let examined = number(place.examined)?;
                let violations = match (&rule.probe.measure, place.violations) {
                    (Measure::RowCount { min, max }, _) => {
                        let within = min.is_none_or(|min| examined >= min) && max.is_none_or(|max| examined <= max);
                        u64::from(!within)
                    }
                    (_, Some(at)) => number(at)?,
                    (_, None) => 0,
                };
                let figure = place.figure.and_then(&text);
                Ok(Metric { examined: Some(examined), violations, figure })
            })
            .collect()
    }
}

/// What is true of a row that the rule looks at and that violates it.
pub(super) fn condition(rule: &ResolvedRule, violates: &str) -> String {
    match rule.filter.as_str() {
        "true" => violates.to_owned(),
        filter => format!("{filter} AND ({violates})"),
    }
}

/// A number of the only row of a count.
pub(super) fn number(row: &Row, at: usize) -> Result<u64, DbError> {
    row.at(at)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| DbError::Answer { reason: format!("column {at} of a count holds {:?}", row.at(at)) })
}

fn table(rules: &[&ResolvedRule]) -> String {
    rules.first().and_then(|rule| rule.table.as_ref()).map(|table| table.quoted.clone()).unwrap_or_default()
}

/// Whether a rule is counted in its table's common scan.
pub(super) fn is_fused(rule: &ResolvedRule) -> bool {
    matches!(rule.probe.measure, Measure::Rows { fused: true, .. } | Measure::RowCount { .. } | Measure::Figure { .. })
}

/// Whether it is one of those that their table's common scan counts together. A rule with a time limit of its own is not:
/// the limit is that of its statement.
pub(super) fn is_in_common_scan(rule: &ResolvedRule) -> bool {
    is_fused(rule) && !is_dear(rule) && rule.rule.timeout_ms.is_none()
}

/// Whether its counts over the parts of a table add up to those over the table.
pub(super) fn adds_up(rule: &ResolvedRule) -> bool {
    matches!(rule.probe.measure, Measure::Rows { fused: true, .. } | Measure::RowCount { .. })
}

/// Whether it would hold up the common scan: it sorts or hashes what the others only look at.
pub(super) fn is_dear(rule: &ResolvedRule) -> bool {
    matches!(rule.probe.measure, Measure::Figure { dear: true, .. })
}

/// The statement that counts one rule alone; what a reader runs to measure again.
pub(super) fn count_alone(rule: &ResolvedRule) -> Result<String, SqlError> {
    match &rule.probe.measure {
        Measure::Rows { violates, fused: false, .. } => Sql::new(include_str!("joined.sql"))
            .fragment("table", table(&[rule]))
            .fragment("filter", rule.filter.clone())
            .fragment("violates", violates.clone())
            .render(),
        Measure::Own { count, .. } => Ok(count.clone()),
        Measure::Combined { .. } => Ok("-- what other rules said is combined; there is no statement\n".to_owned()),
        Measure::Rows { .. } | Measure::RowCount { .. } | Measure::Figure { .. } => Ok(FusedScan::new(&[rule])?.sql),
    }
}

/// The statement that counts a rule's violations alone, where another one counts the rows that it looks at; `None` where that
/// would save nothing.
pub(super) fn count_violations(rule: &ResolvedRule) -> Result<Option<String>, SqlError> {
    match &rule.probe.measure {
        Measure::Rows { violates, fused: false, .. } => Sql::new(include_str!("joined_violations.sql"))
            .fragment("table", table(&[rule]))
            .fragment("filter", rule.filter.clone())
            .fragment("violates", violates.clone())
            .render()
            .map(Some),
        Measure::Own { violations, .. } => Ok(violations.clone()),
        _ => Ok(None),
    }
}

/// The statement that counts and names at once; `None` where there is none, or nothing to name. `is_told`: another statement
/// counts the rows that the rule looks at.
pub(super) fn at_once(rule: &ResolvedRule, is_told: bool) -> Option<String> {
    match &rule.probe.measure {
        Measure::Own { at_once: Some(AtOnce { whole, violations }), .. } if rule.rule.sample > 0 => {
            Some(if is_told { violations.clone() } else { whole.clone() })
        }
        _ => None,
    }
}

/// What it found.
pub(super) fn read_at_once(rows: &[Row], rule: &ResolvedRule) -> Result<(Metric, Vec<Sample>), DbError> {
    let first = rows.first().ok_or_else(|| DbError::Answer { reason: "a count has no row".into() })?;
    let mut samples = Vec::new();
    for row in rows {
        if row.get("place")?.is_some() {
            samples.push(read_sample(row, rule));
        }
    }
    Ok((read_alone(first)?, samples))
}

/// The figures of a statement of a rule's own.
pub(super) fn read_alone(row: &Row) -> Result<Metric, DbError> {
    let examined = match row.get("examined")? {
        Some(_) => Some(row.parse("examined")?),
        None => None,
    };
    Ok(Metric::counted(examined, row.parse("violations")?))
}

/// The statement that names the offenders; `None` where none are to be named. `places` is where they are known to be, a
/// condition on the row `t`.
pub(super) fn sample(rule: &ResolvedRule, places: &str) -> Result<Option<String>, SqlError> {
    let (Some(table), limit @ 1..) = (&rule.table, rule.rule.sample) else {
        return Ok(match &rule.probe.measure {
            Measure::Own { sample, .. } if rule.rule.sample > 0 => Some(sample.clone()),
            _ => None,
        });
    };
    match &rule.probe.measure {
        Measure::RowCount { .. } | Measure::Figure { .. } | Measure::Combined { .. } => Ok(None),
        Measure::Own { sample, .. } => Ok(Some(sample.clone())),
        Measure::Rows { violates, shows, .. } => Sql::new(include_str!("sample.sql"))
            .fragment("shown", table.shown(&rule.rule, shows))
            .fragment("table", table.quoted.clone())
            .fragment("places", places)
            .fragment("filter", rule.filter.clone())
            .fragment("violates", violates.clone())
            .fragment("key_order", table.order())
            .fragment("limit", limit.to_string())
            .render()
            .map(Some),
    }
}

/// Columns beside those of an offender, where it is named and counted at once.
const FIGURES: [&str; 3] = ["examined", "violations", "place"];

/// An offender as people read it: `k:` columns are its key, all others what is wrong with it.
pub(super) fn read_sample(row: &Row, rule: &ResolvedRule) -> Sample {
    let (mut key, mut value) = (Vec::new(), Vec::new());
    let is_at_once = matches!(rule.probe.measure, Measure::Own { at_once: Some(_), .. });
    let cells = row.columns().iter().zip(row.values());
    for (name, text) in cells.filter(|(name, _)| !(is_at_once && FIGURES.contains(&name.as_str()))) {
        let (place, name) = match (name.strip_prefix("k:"), name.strip_prefix("v:")) {
            (Some(name), _) => (&mut key, name),
            (_, Some(name)) => (&mut value, name),
            // A query's own columns: all of them name the row.
            _ => (&mut key, name.as_str()),
        };
        let shown = if rule.rule.is_redacted(name) { REDACTED.to_owned() } else { words::shown(text.as_deref()) };
        place.push(format!("{name}={shown}"));
    }
    Sample::new(key.join(", "), value.join(", "))
}
