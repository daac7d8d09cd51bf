//! How many rows a rule looked at, told by another rule that looked at the same ones: at one instant a table has one number
//! of rows, and counting them again is a scan.

use std::collections::{BTreeMap, HashMap};

use super::outcome::Outcome;
use super::probe::Measure;
use super::resolve::ResolvedRule;
use super::scan;

/// Of each rule by its place that need not count the rows it looks at: the place of the one that tells.
///
/// Rules with a filter count for themselves: what a filter lets through may hang on the statement that asks (`now()`).
pub(super) fn elsewhere(rules: &[ResolvedRule]) -> BTreeMap<usize, usize> {
    let mut tellers: HashMap<&str, usize> = HashMap::new();
    let is_whole = |rule: &&ResolvedRule| rule.filter == "true";
    for (place, rule) in rules.iter().enumerate().filter(|(_, rule)| scan::is_in_common_scan(rule)) {
        if let Some(table) = rule.table.as_ref().filter(|_| is_whole(&rule)) {
            tellers.entry(&table.quoted).or_insert(place);
        }
    }
    let told = |(place, rule): (usize, &ResolvedRule)| {
        let table = rule.table.as_ref().filter(|_| is_whole(&rule) && saves(rule))?;
        Some((place, *tellers.get(table.quoted.as_str())?))
    };
    rules.iter().enumerate().filter_map(told).collect()
}

/// Adds what the others told. The places of those whose teller was not measured: they must count for themselves.
pub(super) fn fill_in(outcomes: &mut BTreeMap<usize, Outcome>, elsewhere: &BTreeMap<usize, usize>) -> Vec<usize> {
    let mut untold = Vec::new();
    for (place, teller) in elsewhere {
        let told = outcomes.get(teller).and_then(|outcome| outcome.metric.as_ref().ok()?.examined);
        let Some(Ok(metric)) = outcomes.get_mut(place).map(|outcome| outcome.metric.as_mut()) else { continue };
        match told.or(metric.examined) {
            Some(rows) => metric.examined = Some(rows),
            None => untold.push(*place),
        }
    }
    untold
}

fn saves(rule: &ResolvedRule) -> bool {
    matches!(rule.probe.measure, Measure::Rows { fused: false, .. } | Measure::Own { violations: Some(_), .. })
}
