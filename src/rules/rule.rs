//! A rule, as it was written.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use crate::verdict::{Moment, Severity, Verdict};

use super::Check;
use super::kind::{Complaints, Name};
use super::probe::Metric;

/// One rule: what must be true, of which rows, and how much it matters.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its id: lower snake case, unique over all files.
    pub id: String,
    /// What must be true, in the author's words; may be empty.
    pub description: String,
    /// What a violation means.
    pub severity: Severity,
    /// When it is judged.
    pub when: When,
    /// How much is tolerated; nothing where not given.
    pub threshold: Option<Threshold>,
    /// How many offenders are named at most.
    pub sample: u32,
    /// Whether a table without rows is judged like any other.
    pub allow_empty: bool,
    pub(super) table: Option<Name>,
    pub(super) filter: Option<Name>,
    pub(super) redact: Vec<Name>,
    pub(super) key: Option<Vec<Name>>,
    pub(super) check: Check,
    /// Which file it came from, and where its id stands there.
    pub(super) source: usize,
    pub(super) span: Range<usize>,
}

/// When a rule is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Only before the phases.
    Before,
    /// Only after the phases: for tables and columns that a phase makes.
    After,
    /// Both times.
    #[default]
    Both,
}

/// How much is tolerated.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Threshold {
    /// So many violations.
    Count(u64),
    /// Violations in so many percent of the rows examined.
    Percent(f64),
}

/// A rule as TOML has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleToml {
    #[serde(default)]
    description: String,
    table: Option<Name>,
    #[serde(default)]
    severity: Severity,
    #[serde(default)]
    when: When,
    #[serde(rename = "where")]
    filter: Option<Name>,
    threshold: Option<Spanned<Threshold>>,
    #[serde(default = "default_sample")]
    sample: u32,
    #[serde(default)]
    redact: Vec<Name>,
    #[serde(default)]
    allow_empty: bool,
    key: Option<Spanned<Vec<Name>>>,
    check: Check,
}

pub(super) fn default_sample() -> u32 {
    5
}

impl When {
    /// Whether a rule is judged at this moment.
    pub fn includes(self, moment: Moment) -> bool {
        matches!((self, moment), (When::Both, _) | (When::Before, Moment::Before) | (When::After, Moment::After))
    }
}

impl Threshold {
    /// Whether so many violations are tolerated.
    pub(super) fn tolerates(self, violations: u64, examined: Option<u64>) -> bool {
        match self {
            Threshold::Count(most) => violations <= most,
            // Whole numbers up to 2^53 are exact here; beyond, the share is right to 16 digits.
            Threshold::Percent(most) => share(violations, examined) <= most,
        }
    }

    /// `at most 5`, `at most 1 %`.
    pub(super) fn words(self) -> String {
        match self {
            Threshold::Count(most) => format!("at most {}", super::words::figure(most)),
            Threshold::Percent(most) => format!("at most {most} % of rows with"),
        }
    }
}

/// The share in percent; all of them where it is not known how many were looked at.
fn share(violations: u64, examined: Option<u64>) -> f64 {
    match (violations, examined) {
        (0, _) => 0.0,
        (violations, Some(examined)) if examined > 0 => violations as f64 * 100.0 / examined as f64,
        _ => 100.0,
    }
}

impl Rule {
    pub(super) fn from_toml(id: &Name, toml: RuleToml, source: usize, complaints: &mut Complaints) -> Rule {
        if let Some(threshold) = &toml.threshold
            && let Threshold::Percent(percent) = threshold.get_ref()
            && !(0.0..=100.0).contains(percent)
        {
            complaints.add(threshold.span(), "a percent threshold lies between 0 and 100");
        }
        if let Some(key) = &toml.key {
            complaints.not_empty(key, "key");
        }
        if toml.table.is_none() && toml.check.needs_table() {
            complaints.add(id.span(), format!("rule {}: missing field `table`", id.get_ref()));
        }
        let rule = Rule {
            id: id.get_ref().clone(),
            description: toml.description,
            severity: toml.severity,
            when: toml.when,
            threshold: toml.threshold.map(Spanned::into_inner),
            sample: toml.sample,
            allow_empty: toml.allow_empty,
            table: toml.table,
            filter: toml.filter,
            redact: toml.redact,
            key: toml.key.map(Spanned::into_inner),
            check: toml.check,
            source,
            span: id.span(),
        };
        rule.look_over(complaints);
        rule
    }

    /// What is wrong with it whatever the database looks like.
    pub(super) fn look_over(&self, complaints: &mut Complaints) {
        let snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if self.id.is_empty() || !self.id.chars().all(snake) {
            complaints.add(self.span.clone(), format!("rule id {:?}: use lower-case letters, digits and _", self.id));
        }
        if let Some(filter) = &self.filter {
            complaints.fragment(filter, "where");
        }
        self.check.look_over(complaints);
    }

    /// Whether values of this column stay out of samples.
    pub(super) fn is_redacted(&self, column: &str) -> bool {
        self.redact.iter().any(|name| name.get_ref() == column)
    }

    /// What a count means under this rule. Counting nothing is not a pass.
    pub(super) fn judge(&self, metric: &Metric, empty_is_judged: bool) -> Verdict {
        if metric.examined == Some(0) && !self.allow_empty && !empty_is_judged {
            return Verdict::NotEvaluated;
        }
        let tolerated = match self.threshold {
            Some(threshold) => threshold.tolerates(metric.violations, metric.examined),
            None => metric.violations == 0,
        };
        if tolerated { Verdict::Pass } else { self.severity.violated() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percent_threshold_is_of_the_rows_examined() {
        let one = Threshold::Percent(1.0);
        assert!(one.tolerates(1, Some(100)));
        assert!(!one.tolerates(2, Some(100)));
        assert!(!one.tolerates(1, Some(99)));
        assert!(one.tolerates(0, Some(0)));
        // How many there are is not known: one violation may be all of them.
        assert!(!one.tolerates(1, None));
    }

    #[test]
    fn a_count_threshold_is_inclusive() {
        assert!(Threshold::Count(3).tolerates(3, Some(3)));
        assert!(!Threshold::Count(3).tolerates(4, Some(1_000_000)));
    }
}
