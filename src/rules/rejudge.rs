//! Counts of an earlier run, judged again by the rules as they are written now. No server is asked.

use crate::db::Catalog;
use crate::evidence::{Evidence, Topic};
use crate::verdict::Moment;

use super::combined::combine;
use super::compare::{Before, NOT_SOUGHT, Reference};
use super::definition;
use super::kind::{Complaints, Scope, filter};
use super::load::RuleSet;
use super::outcome::Outcome;
use super::place::RuleProblem;
use super::probe::{Measure, Metric, Probe};
use super::resolve::ResolvedRule;
use super::rule::Rule;

/// One fact a rule, in the order of the files, by what an earlier run counted after its phases.
///
/// Thresholds, severity, `min_rows`, `allow_empty`, the bounds of `row_count` and of figures that are numbers are those of the files. A rule whose table,
/// filter or check is another one than that of the count, or that was not counted, is not evaluated. When it was measured,
/// by which statement, and who offends, is as the run wrote it down.
///
/// # Errors
/// Every setting that judges and that a run would refuse.
pub fn rejudge(
    set: &RuleSet,
    measured: &[Evidence],
    search_path: &[String],
) -> Result<Vec<Evidence>, Vec<RuleProblem>> {
    let problems: Vec<RuleProblem> = set.at(Moment::After).flat_map(|rule| problems(set, rule)).collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut rules: Vec<ResolvedRule> = set.at(Moment::After).map(|rule| stand_in(rule, measured)).collect();
    let before = Before::Run { run_id: None, facts: measured };
    rules.iter_mut().for_each(|rule| rule.compare(before, search_path));
    let mut facts: Vec<Evidence> = rules.iter().map(|rule| judge(rule, measured, search_path)).collect();
    combine(&rules, &mut facts);
    Ok(facts)
}

fn judge(rule: &ResolvedRule, measured: &[Evidence], search_path: &[String]) -> Evidence {
    let known = find(&rule.rule, measured);
    let wanted = definition::checksum(&rule.rule, search_path);
    let counted = match known {
        None => Err("the run did not measure this rule".to_owned()),
        Some(fact) if fact.definition.is_none() => Err("the run kept no definition of what it counted".to_owned()),
        Some(fact) if fact.definition != Some(wanted) => by_figure(rule, fact, search_path).map(|count| (fact, count)),
        Some(fact) => fact.violations.map(|violations| (fact, violations)).ok_or_else(|| not_counted(fact)),
    };
    let outcome = match counted {
        Ok((fact, violations)) => Outcome {
            metric: Ok(metric(rule, fact, violations)),
            samples: fact.samples.clone(),
            unsampled: None,
            took_ms: fact.took_ms,
        },
        Err(reason) => Outcome::broken(&reason),
    };
    let mut evidence = outcome.evidence(rule);
    evidence.definition = Some(wanted);
    evidence.figure_definition = definition::figure_checksum(&rule.rule, search_path);
    evidence.probe = known.and_then(|fact| fact.probe.clone());
    if let Some(fact) = known {
        evidence.at = fact.at;
    }
    evidence
}

/// The violations by the bounds of now, where nothing but these is another, and the figure is there.
fn by_figure(rule: &ResolvedRule, fact: &Evidence, search_path: &[String]) -> Result<u64, String> {
    let known = definition::figure_checksum(&rule.rule, search_path);
    let bounds = rule.rule.check.bounds().filter(|_| known.is_some() && known == fact.figure_definition);
    let Some(bounds) = bounds else {
        return Err("its table, where, check or the search path is another one than that of the run".to_owned());
    };
    let Some(figure) = fact.figure.as_ref().filter(|_| fact.violations.is_some()) else {
        return Err(not_counted(fact));
    };
    let accepted = bounds.accept(figure).ok_or_else(|| {
        "its bounds are others than those of the run, and what the run wrote down is no number to be held against them".to_owned()
    })?;
    Ok(u64::from(!accepted))
}

fn not_counted(fact: &Evidence) -> String {
    let said = fact.measured.strip_prefix("not evaluated: ").unwrap_or(&fact.measured);
    format!("the run could not count it: {said}")
}

fn metric(rule: &ResolvedRule, fact: &Evidence, violations: u64) -> Metric {
    let violations = match (&rule.probe.measure, fact.rows_examined) {
        (Measure::RowCount { min, max }, Some(rows)) => {
            u64::from(min.is_some_and(|min| rows < min) || max.is_some_and(|max| rows > max))
        }
        _ => violations,
    };
    Metric { examined: fact.rows_examined, violations, figure: fact.figure.clone() }
}

fn find<'a>(rule: &Rule, measured: &'a [Evidence]) -> Option<&'a Evidence> {
    measured.iter().find(|fact| fact.topic == Topic::Rule && fact.check == rule.id)
}

/// The rule as far as it can be made ready without a catalog: enough to judge it, not to measure it.
fn stand_in(rule: &Rule, measured: &[Evidence]) -> ResolvedRule {
    let known = find(rule, measured);
    let has_figure = known.is_some_and(|fact| fact.figure.is_some());
    let measure = match has_figure {
        true => Measure::Figure { value: String::new(), holds: String::new(), dear: false },
        false => Measure::Own {
            count: String::new(),
            violations: None,
            at_once: None,
            sample: String::new(),
            sorted: false,
            bare_path: false,
        },
    };
    // A number of rows, figures with bounds and rules that combine others need no table to be judged.
    let own = (needs_no_table(rule) || rule.check.bounds().is_some())
        .then(|| rule.check.probe(&nowhere(rule, &Catalog::default())).ok())
        .flatten();
    ResolvedRule {
        share: None,
        subject: known.map_or_else(|| table_of(rule), |fact| fact.subject.clone()),
        probe: own.unwrap_or_else(|| Probe { noun: "violations".to_owned(), measure }),
        filter: filter(rule.filter.as_ref()),
        table: None,
        weight: 0,
        reference: Reference::Unknown(NOT_SOUGHT.to_owned()),
        rule: rule.clone(),
    }
}

/// What of it can be seen to be wrong without a table.
fn problems(set: &RuleSet, rule: &Rule) -> Vec<RuleProblem> {
    let mut complaints = Complaints::default();
    if needs_no_table(rule) {
        rule.check.hold_against(&nowhere(rule, &Catalog::default()), &mut complaints);
    }
    complaints.0.into_iter().map(|(span, message)| set.problem(rule, &span, message)).collect()
}

fn needs_no_table(rule: &Rule) -> bool {
    matches!(rule.check, super::Check::RowCount(_) | super::Check::Query(_)) || !rule.check.combines().is_empty()
}

fn nowhere<'a>(rule: &'a Rule, catalog: &'a Catalog) -> Scope<'a> {
    Scope { rule, catalog, table: None }
}

fn table_of(rule: &Rule) -> String {
    rule.table.as_ref().map_or_else(|| "database".to_owned(), |table| table.get_ref().clone())
}
