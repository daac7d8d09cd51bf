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
                Some(other) => circle(set, rule, other).or_else(|| mismatch(rule, other)),
            };
            problems.extend(message.map(|message| set.problem(rule, &name.span(), message)));
        }
        if rule.only_combined && !is_combined(set, rule) {
            let message = format!("no rule combines {}, and only_combined lets it count nowhere else", rule.id);
            problems.push(set.problem(rule, &rule.span, message));
        }
    }
    problems
}

fn unknown(set: &RuleSet, id: &str) -> String {
    let known: Vec<&str> = set.rules.iter().map(|rule| rule.id.as_str()).collect();
    format!("there is no rule {id:?}; {}", words::allowed(id, &known))
}

fn is_combined(set: &RuleSet, rule: &Rule) -> bool {
    set.rules.iter().flat_map(|other| other.check.combines()).any(|name| *name.get_ref() == rule.id)
}

/// A rule that combines, over others, itself.
fn circle(set: &RuleSet, rule: &Rule, part: &Rule) -> Option<String> {
    let mut seen: Vec<&str> = Vec::new();
    let mut ahead = vec![part];
    while let Some(next) = ahead.pop() {
        if next.id == rule.id {
            return Some(format!("rule {} combines {}, which waits for {} itself", rule.id, part.id, rule.id));
        }
        if !seen.contains(&next.id.as_str()) {
            seen.push(&next.id);
            let names = next.check.combines();
            ahead.extend(set.rules.iter().filter(|other| names.iter().any(|name| *name.get_ref() == other.id)));
        }
    }
    None
}

fn mismatch(rule: &Rule, part: &Rule) -> Option<String> {
    let needed = |moment| rule.when.includes(moment) && !part.when.includes(moment);
    if needed(Moment::Before) || needed(Moment::After) {
        let when = match part.when {
            When::Before => "before",
            When::After | When::Both => "after",
        };
        return Some(format!("rule {} says when = {when:?}; what combines it must say so too", part.id));
    }
    let is_between = matches!(part.threshold, Some(Threshold::Bands { .. })) && matches!(rule.check, Check::Not(_));
    is_between.then(|| format!("rule {} has two limits; between them it is not clear what its opposite is", part.id))
}
