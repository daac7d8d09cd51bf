//! Evidence: one measured fact each, never rewritten.
//!
//! A run's evidence is its only truth: the verdict and every report are functions of it.

pub mod journal;
mod redact;
mod sample;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::digest::Checksum;
use crate::verdict::Verdict;

pub use redact::{REDACTED, Redaction, names_column, no_such_column};
pub use sample::{OldNew, Sample, shown};

/// The check of the fact that some of the rules were chosen, and the others left out by request.
pub const RULES_CHOSEN: &str = "rules_chosen";
/// The same of loads.
pub const LOADS_CHOSEN: &str = "loads_chosen";
/// The same of gates that were watched.
pub const GATES_CHOSEN: &str = "gates_chosen";
/// The same of what two databases hold: some of it was not compared, or not exactly.
pub const DIFF_CHOSEN: &str = "diff_chosen";
/// The check of the fact that names the second database of a comparison: its name is the subject, its place is measured.
pub const DIFF_WITH: &str = "diff_with";

/// The verdict of all these facts together: the worst of them, those that repeat others ([`Topic::repeats`]) left out.
///
/// Nothing checked is not a pass: without one fact that judges ([`Topic::judges`]) it is `NotEvaluated` at best.
/// A server that was reached or a snapshot that was taken proves nothing about the data.
pub fn overall(facts: &[Evidence]) -> Verdict {
    let measured = || facts.iter().filter(|fact| !fact.topic.repeats());
    let nothing_judged = (!measured().any(|fact| fact.topic.judges())).then_some(Verdict::NotEvaluated);
    Verdict::fold(measured().map(|fact| fact.verdict).chain(nothing_judged))
}

/// One measured fact: what was expected, what was measured, and what that means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// What kind of fact this is.
    pub topic: Topic,
    /// The check that measured it: the id of a rule, a gate, a phase; lower snake case.
    pub check: String,
    /// What it is about, as a person names it: `public.holdings.amount`, `03_data_migrations`.
    pub subject: String,
    /// What was expected, in words with figures and units.
    pub expected: String,
    /// What was measured, in words with figures and units.
    pub measured: String,
    /// What it means.
    pub verdict: Verdict,
    /// When the measurement ended.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// How long the measurement took, in milliseconds.
    pub took_ms: f64,
    /// How many rows were looked at; `None` where rows have no part in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_examined: Option<u64>,
    /// How many of them violate; `None` where nothing is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub violations: Option<u64>,
    /// The figure that was judged, as people read it, where one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figure: Option<String>,
    /// What the count of a rule was made by: counts of the same definition can be judged again by other thresholds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<Checksum>,
    /// The same without the bounds of its figure, where it judges one that is kept whole: it can be judged by other bounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figure_definition: Option<Checksum>,
    /// A few of the offenders, by key. Never a value of a redacted column.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Sample>,
    /// The SQL or the probe that measured it, so that a reader can measure again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<String>,
    /// What to do about it, where something is to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// What kind of fact a piece of evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Where and with what the run took place: server, versions, log head. One subject a fact.
    Environment,
    /// The plan: which phases run; a divergence that stands in the way.
    Plan,
    /// A phase that was applied, failed, or was resumed.
    Phase,
    /// A gate before the phases.
    GateBefore,
    /// A gate after the phases.
    GateAfter,
    /// An integrity rule before the phases.
    RuleBefore,
    /// An integrity rule after the phases, or as the database is now.
    Rule,
    /// A snapshot that was taken.
    Snapshot,
    /// What differs between the snapshots before and after.
    Difference,
    /// What was checked and what was not.
    Coverage,
    /// What the gates of one group come to together: a component, a scenario. It repeats their facts.
    Group,
    /// The verdict of the run over all other evidence; the last fact of a complete run.
    Verdict,
}

impl Topic {
    /// Whether a fact of this kind judges the database or a phase. The others say under which circumstances the
    /// judging took place; a pass among them is information, not a result.
    pub fn judges(self) -> bool {
        match self {
            Topic::Phase
            | Topic::GateBefore
            | Topic::GateAfter
            | Topic::RuleBefore
            | Topic::Rule
            | Topic::Difference => true,
            Topic::Environment | Topic::Plan | Topic::Snapshot | Topic::Coverage | Topic::Group | Topic::Verdict => {
                false
            }
        }
    }

    /// Whether a fact of this kind only says what others come to: it is counted with them already.
    pub fn repeats(self) -> bool {
        matches!(self, Topic::Group | Topic::Verdict)
    }
}

impl Evidence {
    /// A fact measured just now that took no time worth naming; the caller fills in what else is known.
    pub fn new(topic: Topic, check: impl Into<String>, subject: impl Into<String>, verdict: Verdict) -> Evidence {
        Evidence {
            topic,
            check: check.into(),
            subject: subject.into(),
            expected: String::new(),
            measured: String::new(),
            verdict,
            at: OffsetDateTime::now_utc(),
            took_ms: 0.0,
            rows_examined: None,
            violations: None,
            figure: None,
            definition: None,
            figure_definition: None,
            samples: Vec::new(),
            probe: None,
            remedy: None,
        }
    }

    /// Sets what was expected.
    #[must_use]
    pub fn expected(mut self, text: impl Into<String>) -> Evidence {
        self.expected = text.into();
        self
    }

    /// Sets what was measured.
    #[must_use]
    pub fn measured(mut self, text: impl Into<String>) -> Evidence {
        self.measured = text.into();
        self
    }

    /// Sets how many rows were looked at.
    #[must_use]
    pub fn rows_examined(mut self, rows: u64) -> Evidence {
        self.rows_examined = Some(rows);
        self
    }

    /// Sets how many violate, and which (a few).
    #[must_use]
    pub fn violations(mut self, count: u64, samples: Vec<Sample>) -> Evidence {
        self.violations = Some(count);
        self.samples = samples;
        self
    }

    /// Sets the SQL or probe.
    #[must_use]
    pub fn probe(mut self, text: impl Into<String>) -> Evidence {
        self.probe = Some(text.into());
        self
    }

    /// Sets what to do.
    #[must_use]
    pub fn remedy(mut self, text: impl Into<String>) -> Evidence {
        self.remedy = Some(text.into());
        self
    }

    /// Sets how long it took since `start`.
    #[must_use]
    pub fn took_since(mut self, start: std::time::Instant) -> Evidence {
        self.took_ms = start.elapsed().as_secs_f64() * 1000.0;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(topic: Topic, verdict: Verdict) -> Evidence {
        Evidence::new(topic, "check", "subject", verdict)
    }

    #[test]
    fn the_worst_fact_stands_for_all() {
        let pass = fact(Topic::Rule, Verdict::Pass);
        let fail = fact(Topic::Difference, Verdict::Fail);
        assert_eq!(overall(std::slice::from_ref(&pass)), Verdict::Pass);
        assert_eq!(overall(&[pass, fail]), Verdict::Fail);
    }

    #[test]
    fn circumstances_alone_are_not_a_pass_but_can_fail() {
        let circumstances = [Topic::Environment, Topic::Plan, Topic::Snapshot, Topic::Coverage];
        let passes = circumstances.map(|topic| fact(topic, Verdict::Pass));
        assert_eq!(overall(&[]), Verdict::NotEvaluated);
        assert_eq!(overall(&passes), Verdict::NotEvaluated);
        assert_eq!(overall(&[fact(Topic::Plan, Verdict::Fail)]), Verdict::Fail);
        let mut judged = passes.to_vec();
        judged.push(fact(Topic::GateAfter, Verdict::Pass));
        assert_eq!(overall(&judged), Verdict::Pass);
    }

    #[test]
    fn a_recorded_verdict_is_no_fact_of_its_own() {
        assert_eq!(overall(&[fact(Topic::Verdict, Verdict::Pass)]), Verdict::NotEvaluated);
    }
}
