//! What every kind of probe has in common.

use crate::db::DbError;
use crate::declaration::{Complaints, Parameter};
use crate::evidence::Sample;
use crate::verdict::{Severity, Verdict};

use super::bench::Bench;

/// One kind of probe: its configuration is the fields of the type.
pub(super) trait Kind {
    /// The name in files, documentation and evidence.
    const NAME: &'static str;
    /// One sentence: what it looks for.
    const SUMMARY: &'static str;
    /// Its parameters, in the order of the documentation.
    const PARAMETERS: &'static [Parameter];

    /// What is wrong with it whatever the platform looks like.
    fn look_over(&self, _complaints: &mut Complaints) {}

    /// What it is about, as a person names it.
    fn subject(&self) -> String;

    /// Whether it holds what it sees after the phases against what it saw before them, in one run.
    fn compares_with_before(&self) -> bool {
        false
    }

    /// Measures. At least one finding; a probe that looked at nothing says so as an error.
    ///
    /// It may be dropped at any await when its time is over, so whatever it makes must vanish with it.
    async fn measure(&self, bench: &Bench<'_>) -> Result<Vec<Finding>, Unmeasured>;
}

/// What one probe found of one subject.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    /// What was looked at; empty: the gate's own subject.
    pub(super) subject: String,
    /// What was expected, in words with figures and units.
    pub(super) expected: String,
    /// What was measured, in words with figures and units.
    pub(super) measured: String,
    pub(super) outcome: Outcome,
    pub(super) samples: Vec<Sample>,
    /// How to measure it again by hand. Never a secret.
    pub(super) probe: Option<String>,
    pub(super) remedy: Option<String>,
}

/// What a measurement says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// As expected.
    Holds,
    /// Near its limit: a warning, whatever the gate's severity.
    Doubtful,
    /// Not as expected.
    Violated,
    /// Measured, and yet nothing can be said: noise wider than the band, too few samples.
    Open,
}

/// Why nothing could be measured.
#[derive(Debug)]
pub(super) struct Unmeasured {
    pub(super) reason: String,
    pub(super) remedy: Option<String>,
}

impl Finding {
    /// A finding about the gate's own subject.
    pub(super) fn new(outcome: Outcome, expected: impl Into<String>, measured: impl Into<String>) -> Finding {
        Finding {
            subject: String::new(),
            expected: expected.into(),
            measured: measured.into(),
            outcome,
            samples: Vec::new(),
            probe: None,
            remedy: None,
        }
    }

    /// The same about a part of the subject.
    pub(super) fn about(mut self, subject: impl Into<String>) -> Finding {
        self.subject = subject.into();
        self
    }

    /// The same with what to do, where something is to be done.
    pub(super) fn remedy(mut self, remedy: impl Into<String>) -> Finding {
        if self.outcome != Outcome::Holds {
            self.remedy = Some(remedy.into());
        }
        self
    }

    /// The same with how to measure again.
    pub(super) fn probe(mut self, probe: impl Into<String>) -> Finding {
        self.probe = Some(probe.into());
        self
    }

    /// The same with offenders.
    pub(super) fn samples(mut self, samples: Vec<Sample>) -> Finding {
        self.samples = samples;
        self
    }
}

impl Outcome {
    /// What it means for something of this severity.
    pub(super) fn verdict(self, severity: Severity) -> Verdict {
        match self {
            Outcome::Holds => Verdict::Pass,
            Outcome::Doubtful => Verdict::Warn,
            Outcome::Violated => severity.violated(),
            Outcome::Open => Verdict::NotEvaluated,
        }
    }

    pub(super) fn of(holds: bool) -> Outcome {
        if holds { Outcome::Holds } else { Outcome::Violated }
    }
}

impl Unmeasured {
    pub(super) fn new(reason: impl Into<String>) -> Unmeasured {
        Unmeasured { reason: reason.into(), remedy: None }
    }

    pub(super) fn remedy(mut self, remedy: impl Into<String>) -> Unmeasured {
        self.remedy = Some(remedy.into());
        self
    }
}

impl From<DbError> for Unmeasured {
    fn from(error: DbError) -> Unmeasured {
        Unmeasured::new(error.to_string())
    }
}
