//! A rule, as it was written.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use crate::verdict::{Moment, Severity, Verdict};

use super::Check;
use super::change::ChangeToml;
use super::compare::{self, CompareTo, CompareToToml};
use super::definition::Definition;
use super::kind::{Complaints, Name};
use super::probe::Metric;
use super::threshold::{Threshold, ThresholdToml};

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
    /// Whether it is held against what was measured before the phases.
    pub compare_to: Option<CompareTo>,
    /// How many offenders are named at most.
    pub sample: u32,
    /// Whether a table without rows is judged like any other.
    pub allow_empty: bool,
    /// With fewer rows examined than this nothing is said; rows that were not there say nothing about those that will be.
    pub min_rows: u64,
    /// Whether it counts only in the rules that combine it.
    pub only_combined: bool,
    /// Words to choose rules by, and to say what they stand for.
    pub tags: Vec<String>,
    /// Who answers for it; may be empty.
    pub owner: String,
    /// How long its statement may take, in milliseconds; `None`: as long as the others.
    pub timeout_ms: Option<u64>,
    pub(super) table: Option<Name>,
    pub(super) filter: Option<Name>,
    pub(super) redact: Vec<Name>,
    pub(super) key: Option<Vec<Name>>,
    pub(super) check: Check,
    /// What of the file decides what it counts, in one form ([`super::definition`]).
    pub(super) definition: Definition,
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

/// A rule as TOML has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleToml {
    #[serde(default)]
    description: String,
    table: Option<Name>,
    severity: Option<Spanned<Severity>>,
    #[serde(default)]
    when: When,
    #[serde(rename = "where")]
    filter: Option<Name>,
    threshold: Option<Spanned<ThresholdToml>>,
    compare_to: Option<Spanned<CompareToToml>>,
    change: Option<Spanned<ChangeToml>>,
    #[serde(default = "default_sample")]
    sample: u32,
    #[serde(default)]
    redact: Vec<Name>,
    #[serde(default)]
    allow_empty: bool,
    min_rows: Option<Spanned<u64>>,
    #[serde(default)]
    only_combined: bool,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    owner: String,
    timeout: Option<Name>,
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

impl Rule {
    pub(super) fn from_toml(
        id: &Name,
        toml: RuleToml,
        definition: Definition,
        source: usize,
        complaints: &mut Complaints,
    ) -> Rule {
        let threshold = toml.threshold.as_ref().and_then(|written| ThresholdToml::threshold(written, complaints));
        if let (Some(severity), Some(Threshold::Bands { .. })) = (&toml.severity, threshold) {
            complaints
                .add(severity.span(), "warn and fail of the threshold say what a violation means; leave severity out");
        }
        if let (Some(severity), true) = (&toml.severity, toml.only_combined) {
            complaints
                .add(severity.span(), "severity has no effect beside only_combined: what combines the rule has one");
        }
        let change = toml.change.as_ref().map(Spanned::span);
        let compare_to = compare::read(toml.compare_to, toml.change, complaints);
        let rule = Rule {
            id: id.get_ref().clone(),
            description: toml.description,
            severity: toml.severity.map(Spanned::into_inner).unwrap_or_default(),
            when: toml.when,
            threshold,
            compare_to,
            sample: toml.sample,
            allow_empty: toml.allow_empty,
            min_rows: toml.min_rows.map_or(1, Spanned::into_inner),
            only_combined: toml.only_combined,
            tags: toml.tags,
            owner: toml.owner,
            timeout_ms: toml.timeout.as_ref().and_then(|text| time_limit(text, complaints)),
            table: toml.table,
            filter: toml.filter,
            redact: toml.redact,
            key: toml.key.map(Spanned::into_inner),
            check: toml.check,
            definition,
            source,
            span: id.span(),
        };
        if let Some(change) = change.filter(|_| !rule.check.has_figure()) {
            let message = format!(
                "{} has no figure that changes; its threshold says how many more violations are tolerated",
                rule.check.name()
            );
            complaints.add(change, message);
        }
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
        if self.threshold.is_some() && !self.check.takes_threshold() {
            let message = format!("{} takes no threshold; widen its own bounds instead", self.check.name());
            complaints.add(self.span.clone(), message);
        } else if self.threshold.is_some_and(Threshold::is_of_rows) && !self.check.takes_percent() {
            let message =
                format!("{} does not count rows, so no percent of them violates it; give a count", self.check.name());
            complaints.add(self.span.clone(), message);
        }
        if self.compare_to.is_some() {
            self.look_over_comparison(complaints);
        } else if let Some(place) = self.check.unbounded() {
            complaints.add(place, format!("{} needs min, max or both, or compare_to = \"before\"", self.check.name()));
        }
        self.check.look_over(complaints);
    }

    fn look_over_comparison(&self, complaints: &mut Complaints) {
        if self.when != When::Both {
            let message =
                "compare_to holds what is measured after the phases against what is measured before: leave out when";
            complaints.add(self.span.clone(), message);
        }
        if !self.check.takes_threshold() && !self.check.has_figure() {
            let message = format!("{} has nothing that compare_to could compare", self.check.name());
            complaints.add(self.span.clone(), message);
        }
    }

    /// Whether values of this column stay out of samples.
    pub(super) fn is_redacted(&self, column: &str) -> bool {
        self.redact.iter().any(|name| name.get_ref() == column)
    }

    /// Whether there are values that stay out of samples.
    pub(super) fn redacts(&self) -> bool {
        !self.redact.is_empty()
    }

    /// Whether a word chooses it: its id, or one of its tags.
    pub fn is_called(&self, word: &str) -> bool {
        self.id == word || self.tags.iter().any(|tag| tag == word)
    }

    /// What a count means under this rule. Counting nothing is not a pass, and counting too little is none either.
    pub(super) fn judge(&self, metric: &Metric, empty_is_judged: bool) -> Verdict {
        match self.judge_as(self.severity, metric, empty_is_judged) {
            Verdict::Warn | Verdict::Fail if self.only_combined => Verdict::Pass,
            verdict => verdict,
        }
    }

    /// Whether the rule holds by this count, whatever a violation means; `None` where that is not known.
    pub(super) fn holds(&self, metric: &Metric, empty_is_judged: bool) -> Option<bool> {
        match self.judge_as(Severity::Fail, metric, empty_is_judged) {
            Verdict::NotEvaluated => None,
            verdict => Some(verdict == Verdict::Pass),
        }
    }

    fn judge_as(&self, severity: Severity, metric: &Metric, empty_is_judged: bool) -> Verdict {
        if !empty_is_judged && metric.examined.is_some_and(|rows| self.is_too_few(rows)) {
            return Verdict::NotEvaluated;
        }
        let threshold = self.threshold.unwrap_or(Threshold::NONE);
        threshold.judge(metric.violations, metric.examined, severity)
    }

    /// Whether fewer rows were looked at than a judgement needs.
    pub(super) fn is_too_few(&self, rows: u64) -> bool {
        if rows == 0 { !self.allow_empty } else { rows < self.min_rows }
    }
}

/// A rule's own `timeout`, in milliseconds.
pub(super) fn time_limit(text: &Name, complaints: &mut Complaints) -> Option<u64> {
    complaints.limit(text.span(), crate::phase::parse_duration("the time", text.get_ref()))
}
