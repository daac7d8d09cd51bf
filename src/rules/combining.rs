//! Which rules combine which: what is wrong with that, told when they are read.

use super::Check;
use super::load::RuleSet;
use super::place::RuleProblem;
use super::rule::{Rule, When};
use super::threshold::Threshold;
use super::words;
use crate::verdict::Moment;

/// Every name that is no rule's, every circle, every rule that would not be judged when it is needed.
pub(super) fn problems(set: &RuleSet) -> Vec<RuleProblem> {
    let mut problems = Vec::new();
    for rule in &set.rules {
        for name in rule.check.combines() {
            let message = match set.rules.iter().find(|other| other.id == *name.get_ref()) {
                None => Some(unknown(set, name.get_ref())),
                Some(other) => {
                    circle(set, rule, other).or_else(|| mismatch(rule, other)).or_else(|| unclear(set, rule, other))
                }
            };
            problems.extend(message.map(|message| set.problem(rule, &name.span(), message)));
        }
        problems.extend(lonely(set, rule).map(|message| set.problem(rule, &rule.span, message)));
    }
    problems
}

fn unknown(set: &RuleSet, id: &str) -> String {
    let known: Vec<&str> = set.rules.iter().map(|rule| rule.id.as_str()).collect();
    format!("there is no rule {id:?}; {}", words::allowed(id, &known))
}

/// A rule that counts only where it is combined, and is judged by nobody at a moment at which it is measured.
fn lonely(set: &RuleSet, rule: &Rule) -> Option<String> {
    let is_combined = |moment| {
        let others = set.at(moment).flat_map(|other| other.check.combines());
        !rule.when.includes(moment) || others.into_iter().any(|name| *name.get_ref() == rule.id)
    };
    if !rule.only_combined {
        return None;
    }
    let id = &rule.id;
    match (is_combined(Moment::Before), is_combined(Moment::After)) {
        (true, true) => None,
        (false, true) if rule.when == When::Both => Some(lonely_at(id, "before", "after")),
        (true, false) if rule.when == When::Both => Some(lonely_at(id, "after", "before")),
        _ => Some(format!("no rule combines {id}, and only_combined lets it count nowhere else")),
    }
}

fn lonely_at(id: &str, moment: &str, other: &str) -> String {
    format!(
        "no rule combines {id} {moment} the phases, and only_combined lets it count nowhere else; say when = {other:?}"
    )
}

/// A rule that combines, over others, itself.
fn circle(set: &RuleSet, rule: &Rule, part: &Rule) -> Option<String> {
    let waits = with_all_below(set, part).iter().any(|below| below.id == rule.id);
    waits.then(|| format!("rule {} combines {}, which waits for {} itself", rule.id, part.id, rule.id))
}

fn mismatch(rule: &Rule, part: &Rule) -> Option<String> {
    let needed = |moment| rule.when.includes(moment) && !part.when.includes(moment);
    let is_needed = needed(Moment::Before) || needed(Moment::After);
    let when = if part.when == When::Before { "before" } else { "after" };
    is_needed.then(|| format!("rule {} says when = {when:?}; what combines it must say so too", part.id))
}

/// A rule with two limits somewhere below the opposite of another. Between them it neither holds nor fails, so nothing is
/// the opposite of that, nor of what is made of it.
fn unclear(set: &RuleSet, rule: &Rule, part: &Rule) -> Option<String> {
    if !matches!(rule.check, Check::Not(_)) {
        return None;
    }
    let banded =
        with_all_below(set, part).into_iter().find(|below| below.threshold.is_some_and(Threshold::is_bands))?;
    let way = if banded.id == part.id { String::new() } else { format!(" (combined in {})", part.id) };
    Some(format!("rule {}{way} has two limits; between them it is not clear what its opposite is", banded.id))
}

/// A rule and all that it combines, over others too.
fn with_all_below<'s>(set: &'s RuleSet, rule: &'s Rule) -> Vec<&'s Rule> {
    let mut found = vec![rule];
    let mut at = 0;
    while let Some(next) = found.get(at).copied() {
        let is_part = |other: &&Rule| next.check.combines().iter().any(|name| *name.get_ref() == other.id);
        for part in set.rules.iter().filter(is_part) {
            if !found.iter().any(|known| known.id == part.id) {
                found.push(part);
            }
        }
        at += 1;
    }
    found
}
