//! What became of one rule, and the fact that is made of it.

use crate::evidence::{Evidence, Sample, Topic};
use crate::verdict::Verdict;

use super::probe::{Measure, Metric};
use super::resolve::ResolvedRule;
use super::{scan, words};

/// What became of one rule.
pub(super) struct Outcome {
    pub(super) metric: Result<Metric, String>,
    pub(super) samples: Vec<Sample>,
    pub(super) unsampled: Option<String>,
    pub(super) took_ms: f64,
}

impl Outcome {
    pub(super) fn broken(reason: &str) -> Outcome {
        Outcome { metric: Err(reason.to_owned()), samples: Vec::new(), unsampled: None, took_ms: 0.0 }
    }

    pub(super) fn evidence(self, rule: &ResolvedRule) -> Evidence {
        let verdict = match &self.metric {
            Ok(metric) => rule.judge(metric),
            Err(_) => Verdict::NotEvaluated,
        };
        let mut evidence = Evidence::new(Topic::Rule, &rule.rule.id, &rule.subject, verdict)
            .expected(rule.expected())
            .measured(self.measured(verdict, rule));
        evidence.remedy = rule.remedy(verdict);
        evidence.took_ms = self.took_ms;
        evidence.probe = scan::count_alone(rule).ok();
        if let Ok(metric) = self.metric {
            evidence.rows_examined = metric.examined;
            evidence.violations = Some(metric.violations);
            evidence.figure = metric.figure.map(|figure| words::told(Some(&figure)));
            evidence.samples = self.samples;
        }
        evidence
    }

    fn measured(&self, verdict: Verdict, rule: &ResolvedRule) -> String {
        let measure = &rule.probe.measure;
        let is_row_count = matches!(measure, Measure::RowCount { .. });
        let is_figure = matches!(measure, Measure::Figure { .. });
        let metric = match &self.metric {
            Err(reason) => return format!("not evaluated: {reason}"),
            Ok(metric) => metric,
        };
        if let Some(reason) = rule.uncompared(metric) {
            return format!("not evaluated: {reason}");
        }
        let figures = match metric.examined {
            Some(rows) if is_row_count => words::rows(rows),
            Some(0) if verdict == Verdict::NotEvaluated => {
                return "not evaluated: there is no row to look at; allow_empty = true accepts that".into();
            }
            Some(rows) if verdict == Verdict::NotEvaluated => {
                let (violations, least) = (words::figure(metric.violations), words::figure(rule.rule.min_rows));
                return format!("not evaluated: {violations} of {}, and min_rows is {least}", words::rows(rows));
            }
            Some(rows) if is_figure => {
                format!("{} over {}", words::told(metric.figure.as_deref()), words::rows(rows))
            }
            Some(rows) => format!("{} of {}", words::figure(metric.violations), words::rows(rows)),
            None => words::rows(metric.violations),
        };
        let figures = match rule.rule.only_combined && metric.violations > 0 {
            true => format!("{figures}; counts only where it is combined"),
            false => figures,
        };
        let figures = format!("{figures}{}", rule.told_of_before(metric));
        match &self.unsampled {
            Some(reason) => format!("{figures}; the offenders could not be named: {reason}"),
            None => figures,
        }
    }
}
