//! What the kinds have in common that combine what other rules said. Nothing is measured for them.
//!
//! A rule holds or does not, whatever its severity makes of that; of one that was not evaluated neither is known, and
//! nothing is said of the rules that combine it.

use std::collections::BTreeSet;

use crate::evidence::{Evidence, Sample};
use crate::verdict::Verdict;

use super::catalog_scope::no_filter;
use super::kind::{Complaints, Name, Scope};
use super::probe::{Measure, Metric, Probe};
use super::resolve::ResolvedRule;
use super::row::Probed;

/// Why nothing is planted for a rule that combines others.
pub(super) const NO_VIOLATION: &str = "it combines other rules, which are tried by themselves";

/// How rules are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// All must hold.
    All,
    /// One of them must.
    Any,
    /// It must not hold.
    Not,
}

/// Judges the rules that combine others, by the facts of these; facts and rules are in the same order.
pub fn combine(rules: &[ResolvedRule], facts: &mut [Evidence]) {
    let mut open: BTreeSet<usize> = (0..rules.len()).filter(|index| parts(&rules[*index]).is_some()).collect();
    // A rule may combine rules that combine others; those come first. What is left over waits for itself, which the
    // loader refuses.
    while let Some(next) = open.iter().copied().find(|index| !waits(&rules[*index], rules, &open)) {
        open.remove(&next);
        if let Some((way, of)) = parts(&rules[next]) {
            let said: Vec<Said> = of.iter().map(|id| Said::of(id, rules, facts)).collect();
            judge(&rules[next], way, &said, &mut facts[next]);
        }
    }
}

/// What one of the combined rules said.
struct Said {
    id: String,
    /// `None` where that is not known.
    holds: Option<bool>,
    measured: String,
}

impl Said {
    fn of(id: &str, rules: &[ResolvedRule], facts: &[Evidence]) -> Said {
        let found = rules.iter().zip(facts).find(|(rule, _)| rule.rule.id == id);
        let Some((rule, fact)) = found else {
            return Said {
                id: id.to_owned(),
                holds: None,
                measured: "not evaluated: it could not be made ready".into(),
            };
        };
        Said { id: id.to_owned(), holds: holds(rule, fact), measured: fact.measured.clone() }
    }
}

/// Whether a rule holds by its fact, whatever its severity.
fn holds(rule: &ResolvedRule, fact: &Evidence) -> Option<bool> {
    if fact.verdict == Verdict::NotEvaluated {
        return None;
    }
    let metric = Metric { examined: fact.rows_examined, violations: fact.violations?, figure: fact.figure.clone() };
    rule.holds(&metric)
}

fn judge(rule: &ResolvedRule, way: Way, said: &[Said], fact: &mut Evidence) {
    let wrong = |said: &&Said| said.holds == Some(way == Way::Not);
    let unknown: Vec<&Said> = said.iter().filter(|said| said.holds.is_none()).collect();
    let violations: Vec<&Said> = match way {
        Way::Any if said.iter().any(|said| said.holds == Some(true)) => Vec::new(),
        _ => said.iter().filter(wrong).collect(),
    };
    let sample = |said: &&Said| Sample::new(&said.id, &said.measured);
    fact.probe = None;
    fact.took_ms = 0.0;
    if unknown.is_empty() {
        let count = u64::try_from(violations.len()).unwrap_or(u64::MAX);
        let holding = said.iter().filter(|said| said.holds == Some(true)).count();
        fact.verdict = rule.rule.judge(&Metric::counted(None, count), true);
        fact.measured = format!("{holding} of {} rules hold", said.len());
        fact.violations = Some(count);
        fact.samples = violations.iter().map(sample).collect();
    } else {
        let ids: Vec<&str> = unknown.iter().map(|said| said.id.as_str()).collect();
        fact.verdict = Verdict::NotEvaluated;
        fact.measured = format!("not evaluated: of {} it is not known whether it holds", ids.join(", "));
        fact.violations = None;
        fact.samples = unknown.iter().map(sample).collect();
    }
    fact.remedy = rule.remedy(fact.verdict);
}

/// Whether one of the rules that it combines is not judged yet.
fn waits(rule: &ResolvedRule, rules: &[ResolvedRule], open: &BTreeSet<usize>) -> bool {
    let is_open = |id: &String| open.iter().any(|index| rules[*index].rule.id == *id);
    parts(rule).is_some_and(|(_, of)| of.iter().any(is_open))
}

fn parts(rule: &ResolvedRule) -> Option<(Way, &[String])> {
    match &rule.probe.measure {
        Measure::Combined { way, of } => Some((*way, of)),
        _ => None,
    }
}

/// What a rule that combines others has no use for.
pub(super) fn hold_against(scope: &Scope<'_>, kind: &str, complaints: &mut Complaints) {
    no_filter(scope, kind, complaints);
    let rule = scope.rule;
    let useless = [
        (rule.table.is_some(), "table"),
        (rule.threshold.is_some(), "threshold"),
        (rule.min_rows > 1, "min_rows"),
        (rule.timeout_ms.is_some(), "timeout"),
        (rule.compare_to.is_some(), "compare_to"),
    ];
    for (_, what) in useless.iter().filter(|(is_given, _)| *is_given) {
        complaints.add(rule.span.clone(), format!("{what} has no effect on {kind}, which measures nothing itself"));
    }
}

/// A list that must name rules.
pub(super) fn probe(way: Way, rules: &[Name], words: &str) -> Probed {
    let of: Vec<String> = rules.iter().map(|name| name.get_ref().clone()).collect();
    let noun = format!("{words} {}", of.join(", "));
    Ok(Probe { noun, measure: Measure::Combined { way, of } })
}
