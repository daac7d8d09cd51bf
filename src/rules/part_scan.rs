//! Rules of a table whose counts add up: they can be counted part by part, in a pass that somebody else makes over it.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::db::SqlError;

use super::fragment;
use super::probe::Measure;
use super::resolve::ResolvedRule;
use super::run::{Counted, MOST_IN_ONE_SCAN, RunOptions};
use super::scan::{self, FusedScan};
use super::statement::{How, with_settings};

/// Rules of one table in one statement, to be run over each of its parts.
#[derive(Debug, Clone)]
pub struct PartScan {
    table: String,
    rules: Vec<usize>,
    scan: FusedScan,
    options: RunOptions,
}

/// The rules that can be counted so.
///
/// Of a table whose common scan has other rules too, none is: that scan must be made in any case, and counts all of them.
pub fn part_scans(rules: &[ResolvedRule], options: &RunOptions) -> Vec<PartScan> {
    let mut tables: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| scan::is_in_common_scan(rule)) {
        if let Some(table) = &rule.table {
            tables.entry(&table.name).or_default().push(index);
        }
    }
    tables.retain(|_, places| places.iter().all(|index| adds_up_over_parts(&rules[*index])));
    let chunks =
        tables.iter().flat_map(|(table, places)| places.chunks(MOST_IN_ONE_SCAN).map(move |some| (table, some)));
    let scan = |(table, places): (&&str, &[usize])| {
        let some: Vec<&ResolvedRule> = places.iter().map(|index| &rules[*index]).collect();
        // What cannot even be written down is left to the ordinary way, which says why.
        let scan = FusedScan::new(&some).ok()?;
        Some(PartScan { table: (*table).to_owned(), rules: places.to_vec(), scan, options: options.clone() })
    };
    chunks.filter_map(scan).collect()
}

impl PartScan {
    /// The table, by its full name.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The places of its rules in the list that it was made from.
    pub fn rules(&self) -> &[usize] {
        &self.rules
    }

    /// How long it may take over all parts together.
    pub fn limit(&self) -> Option<Duration> {
        let limit = self.options.statement_timeout_ms;
        (limit > 0).then(|| Duration::from_millis(limit))
    }

    /// The statement for a part, with what is left of the limit. It returns one row of counts that add up, first that of
    /// all rows.
    ///
    /// # Errors
    /// [`SqlError`] for a text that no statement can hold.
    pub fn statement(&self, source: &str, restriction: &str, left: Option<Duration>) -> Result<String, SqlError> {
        let left = left.map_or(0, |left| u64::try_from(left.as_millis()).unwrap_or(u64::MAX).max(1));
        let options = RunOptions { statement_timeout_ms: left, ..self.options.clone() };
        with_settings(&options, &self.scan.over_part(source, restriction)?, How::default())
    }

    /// What the sums over all parts, or the reason why there are none, mean for its rules, by their places.
    pub fn counted(&self, rules: &[ResolvedRule], sums: Result<&[u64], &str>, took_ms: f64) -> Vec<(usize, Counted)> {
        let own: Vec<&ResolvedRule> = self.rules.iter().map(|index| &rules[*index]).collect();
        let metrics = match sums {
            Ok(sums) => self.scan.of_sums(sums, &own).map_err(|error| error.to_string()),
            Err(reason) => Err(reason.to_owned()),
        };
        let counted = |(place, index): (usize, &usize)| {
            let metric = metrics.as_ref().map(|metrics| metrics[place].clone()).map_err(Clone::clone);
            (*index, Counted { metric, took_ms })
        };
        self.rules.iter().enumerate().map(counted).collect()
    }
}

/// Whether its counts over the parts add up to those over the table. Parts of a partitioned table are tables of their
/// own: a condition that looks at more than columns by their names may find something else there.
pub(super) fn adds_up_over_parts(rule: &ResolvedRule) -> bool {
    let is_parted = rule.table.as_ref().is_some_and(|table| table.is_partitioned || table.has_parts);
    let violates = match &rule.probe.measure {
        Measure::Rows { violates, .. } => violates.as_str(),
        _ => "",
    };
    scan::adds_up(rule) && !(is_parted && [&rule.filter, violates].into_iter().any(fragment::looks_past_columns))
}
