//! How much a rule tolerates.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use crate::verdict::{Severity, Verdict};

use super::kind::Complaints;
use super::words;

/// How much is tolerated, and what more than that means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Threshold {
    /// So much; what more means is the rule's severity.
    AtMost(Limit),
    /// Two limits that say themselves what they mean.
    Bands {
        /// Above this it is a warning.
        warn: Limit,
        /// Above this it is a failure.
        fail: Limit,
    },
}

/// One limit; what lies on it is tolerated.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// So many violations.
    Count(u64),
    /// Violations in so many percent of the rows examined.
    Percent(f64),
}

/// A threshold as TOML has it: one of `count` and `percent`, or both of `warn` and `fail`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ThresholdToml {
    count: Option<u64>,
    percent: Option<f64>,
    warn: Option<Limit>,
    fail: Option<Limit>,
}

impl Threshold {
    /// Nothing is tolerated.
    pub(super) const NONE: Threshold = Threshold::AtMost(Limit::Count(0));

    /// What so many violations mean.
    pub(super) fn judge(self, violations: u64, examined: Option<u64>, severity: Severity) -> Verdict {
        match self {
            Threshold::AtMost(limit) if limit.tolerates(violations, examined) => Verdict::Pass,
            Threshold::AtMost(_) => severity.violated(),
            Threshold::Bands { fail, .. } if !fail.tolerates(violations, examined) => Verdict::Fail,
            Threshold::Bands { warn, .. } if !warn.tolerates(violations, examined) => Verdict::Warn,
            Threshold::Bands { .. } => Verdict::Pass,
        }
    }

    /// Whether it cannot be judged without the number of rows that were looked at.
    pub(super) fn is_of_rows(self) -> bool {
        let is_percent = |limit| matches!(limit, Limit::Percent(_));
        match self {
            Threshold::AtMost(limit) => is_percent(limit),
            Threshold::Bands { warn, fail } => is_percent(warn) || is_percent(fail),
        }
    }

    /// Whether it has two limits.
    pub(super) fn is_bands(self) -> bool {
        matches!(self, Threshold::Bands { .. })
    }

    /// `at most 5 orphans`, `at most 5 orphans, a failure above 1 % of rows`.
    pub(super) fn words(self, noun: &str) -> String {
        let most = |limit| match limit {
            Limit::Count(most) => format!("at most {} {noun}", words::figure(most)),
            Limit::Percent(most) => format!("at most {most} % of rows with {noun}"),
        };
        match self {
            Threshold::AtMost(limit) => most(limit),
            Threshold::Bands { warn, fail: Limit::Count(fail) } => {
                format!("{}, a failure above {}", most(warn), words::figure(fail))
            }
            Threshold::Bands { warn, fail: Limit::Percent(fail) } => {
                format!("{}, a failure above {fail} % of rows", most(warn))
            }
        }
    }

    /// What is wrong with it whatever the rule says.
    pub(super) fn look_over(self, place: Range<usize>, complaints: &mut Complaints) {
        let limits = match self {
            Threshold::AtMost(limit) => vec![limit],
            Threshold::Bands { warn, fail } => vec![warn, fail],
        };
        for limit in &limits {
            if let Limit::Percent(percent) = limit
                && !(0.0..=100.0).contains(percent)
            {
                complaints.add(place.clone(), "a percent threshold lies between 0 and 100");
            }
        }
        let leaves_nothing = match limits.as_slice() {
            [Limit::Count(warn), Limit::Count(fail)] => warn >= fail,
            [Limit::Percent(warn), Limit::Percent(fail)] => warn >= fail,
            // Which of a count and a share is larger depends on the rows.
            _ => false,
        };
        if leaves_nothing {
            complaints.add(place, "warn must lie below fail, or nothing would be a warning");
        }
    }
}

impl ThresholdToml {
    pub(super) fn threshold(written: &Spanned<ThresholdToml>, complaints: &mut Complaints) -> Option<Threshold> {
        let toml = written.get_ref();
        let threshold = match (toml.count, toml.percent, toml.warn, toml.fail) {
            (Some(count), None, None, None) => Threshold::AtMost(Limit::Count(count)),
            (None, Some(percent), None, None) => Threshold::AtMost(Limit::Percent(percent)),
            (None, None, Some(warn), Some(fail)) => Threshold::Bands { warn, fail },
            _ => {
                let allowed = "a threshold is one of { count = 5 }, { percent = 1 } and \
                               { warn = { count = 5 }, fail = { percent = 1 } }";
                complaints.add(written.span(), allowed);
                return None;
            }
        };
        threshold.look_over(written.span(), complaints);
        Some(threshold)
    }
}

impl Limit {
    /// Whether so many violations are tolerated.
    fn tolerates(self, violations: u64, examined: Option<u64>) -> bool {
        match self {
            Limit::Count(most) => violations <= most,
            // Whole numbers up to 2^53 are exact here; beyond, the share is right to 16 digits.
            Limit::Percent(most) => share(violations, examined) <= most,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percent_threshold_is_of_the_rows_examined() {
        let one = Limit::Percent(1.0);
        assert!(one.tolerates(1, Some(100)));
        assert!(!one.tolerates(2, Some(100)));
        assert!(!one.tolerates(1, Some(99)));
        assert!(one.tolerates(0, Some(0)));
        // How many there are is not known: one violation may be all of them.
        assert!(!one.tolerates(1, None));
    }

    #[test]
    fn a_count_threshold_is_inclusive() {
        assert!(Limit::Count(3).tolerates(3, Some(3)));
        assert!(!Limit::Count(3).tolerates(4, Some(1_000_000)));
    }

    #[test]
    fn bands_say_themselves_what_they_mean() {
        let bands = Threshold::Bands { warn: Limit::Count(2), fail: Limit::Percent(10.0) };
        let judged = |violations| bands.judge(violations, Some(100), Severity::Info);
        assert_eq!([2, 3, 10, 11].map(judged), [Verdict::Pass, Verdict::Warn, Verdict::Warn, Verdict::Fail]);
        assert_eq!(bands.words("orphans"), "at most 2 orphans, a failure above 10 % of rows");
        // The failure counts before the warning, however the two lie.
        assert_eq!(bands.judge(2, Some(10), Severity::Info), Verdict::Fail);
    }
}
