//! Rules that hold what is measured after the phases against what was measured before them.
//!
//! Kinds that count violations must not count more than before; a rule's threshold says how many more are tolerated. Kinds
//! that judge one figure must come to the same figure, or change within bounds. It is numbers that are compared: a row that
//! was mended makes up for another that was broken, which is what the comparison of the snapshots is there to see.

use toml::Spanned;

use crate::decimal::Decimal;
use crate::evidence::{Evidence, REDACTED, Topic};

use super::change::Change;
use super::definition;
use super::probe::{Measure, Metric};
use super::resolve::{Resolution, ResolvedRule};
use super::words;

/// What a rule holds its figures against.
#[derive(Debug, Clone, PartialEq)]
pub struct CompareTo {
    pub(super) change: Change,
}

/// As TOML has it: the measurement before the phases is the only one that there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CompareToToml {
    Before,
}

/// Where the measurement before is to be found.
#[derive(Debug, Clone, Copy)]
pub enum Before<'a> {
    /// This is it: it is kept, and judged by the later one.
    Now,
    /// Among the facts of a run.
    Run {
        /// Its id; `None` for the run at hand.
        run_id: Option<&'a str>,
        /// Its facts.
        facts: &'a [Evidence],
    },
    /// There is none, for this reason.
    None(&'a str),
}

/// The measurement that one rule is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reference {
    /// This is it.
    Now,
    /// It is known.
    Known {
        metric: Metric,
        /// The run that measured it, where that is not the run at hand.
        run_id: Option<String>,
    },
    /// It is not, for this reason.
    Unknown(String),
}

/// What a rule says that nothing told where it could find the measurement before.
pub(super) const NOT_SOUGHT: &str = "the measurement before the phases was not looked for";

impl CompareTo {
    /// Nothing may be worse, no figure another one.
    pub(super) const SAME: CompareTo = CompareTo { change: Change::Not };

    /// Whether a figure may not fall without end.
    pub(super) fn has_least(&self) -> bool {
        match &self.change {
            Change::Not => true,
            Change::By { min, .. } | Change::ByPercent { min, .. } => min.is_some(),
        }
    }
}

impl Resolution {
    /// Tells the rules that compare what to compare with. One whose measurement before is not known will not be evaluated.
    pub fn compare(&mut self, before: Before<'_>, search_path: &[String]) {
        for rule in &mut self.rules {
            rule.compare(before, search_path);
        }
    }
}

impl ResolvedRule {
    pub(super) fn compare(&mut self, before: Before<'_>, search_path: &[String]) {
        if self.rule.compare_to.is_some() {
            self.reference = reference(self, before, search_path);
        }
    }

    /// Takes this for what was measured before.
    pub(super) fn compare_with(&mut self, metric: Metric) {
        if self.rule.compare_to.is_some() {
            self.reference = Reference::Known { metric, run_id: None };
        }
    }

    /// What was measured, with the violations that count: all, or by how many there are more than before.
    ///
    /// # Errors
    /// The reason why there is nothing to compare with. What is wrong whatever was there before is told in any case.
    pub(super) fn compared(&self, metric: &Metric) -> Result<Metric, String> {
        let Some(compare_to) = &self.rule.compare_to else { return Ok(metric.clone()) };
        let with = |violations| Metric { violations, ..metric.clone() };
        let is_count = self.compares_counts();
        match &self.reference {
            Reference::Now => Ok(with(if is_count { 0 } else { metric.violations })),
            _ if !is_count && metric.violations > 0 => Ok(metric.clone()),
            Reference::Unknown(reason) => Err(reason.clone()),
            Reference::Known { metric: before, .. } if is_count => {
                Ok(with(metric.violations.saturating_sub(before.violations)))
            }
            Reference::Known { metric: before, .. } => {
                let accepted = compare_to.change.accepts(&self.figure_of(before), &self.figure_of(metric))?;
                Ok(with(u64::from(!accepted)))
            }
        }
    }

    /// Why nothing can be said, where enough was looked at and only the measurement before is missing.
    pub(super) fn uncompared(&self, metric: &Metric) -> Option<String> {
        let is_enough = matches!(self.probe.measure, Measure::RowCount { .. })
            || !metric.examined.is_some_and(|rows| self.rule.is_too_few(rows));
        self.compared(metric).err().filter(|_| is_enough)
    }

    /// What is told of the measurement before, behind what is told of this one.
    pub(super) fn told_of_before(&self, metric: &Metric) -> String {
        if self.rule.compare_to.is_none() {
            return String::new();
        }
        match &self.reference {
            Reference::Now => "; kept, to be compared after the phases".to_owned(),
            Reference::Unknown(_) => String::new(),
            Reference::Known { metric: before, run_id } => {
                let whose = run_id.as_ref().map_or_else(String::new, |run_id| format!(" of run {run_id}"));
                format!("; before the phases{whose} {}", self.words_of_before(before, metric))
            }
        }
    }

    fn words_of_before(&self, before: &Metric, metric: &Metric) -> String {
        if self.compares_counts() {
            let examined = before.examined.map_or_else(String::new, |rows| format!(" of {}", words::rows(rows)));
            return format!("{}{examined}", words::figure(before.violations));
        }
        let (was, is) = (self.figure_of(before), self.figure_of(metric));
        let change = Change::words_of(&was, &is).map_or_else(String::new, |by| format!(" ({by})"));
        format!("{was}{change}")
    }

    /// What must be true, behind what must be true of the figure itself.
    pub(super) fn expected_of_before(&self) -> Option<String> {
        let compare_to = self.rule.compare_to.as_ref()?;
        Some(match self.compares_counts() {
            true => "more than before the phases".to_owned(),
            false => compare_to.change.words(),
        })
    }

    fn compares_counts(&self) -> bool {
        !matches!(self.probe.measure, Measure::RowCount { .. } | Measure::Figure { .. })
    }

    fn figure_of(&self, metric: &Metric) -> String {
        let rows = || metric.examined.map(|rows| rows.to_string());
        let figure = match self.probe.measure {
            Measure::RowCount { .. } => rows(),
            _ => metric.figure.clone(),
        };
        figure.unwrap_or_else(|| "NULL".to_owned())
    }
}

/// What is wrong with the settings whatever the database looks like; the comparison, where one is wanted.
pub(super) fn read(
    compare_to: Option<Spanned<CompareToToml>>,
    change: Option<Spanned<super::change::ChangeToml>>,
    complaints: &mut super::kind::Complaints,
) -> Option<CompareTo> {
    match (compare_to, change) {
        (None, None) => None,
        (None, Some(change)) => {
            complaints.add(change.span(), "change is measured from what was before; say compare_to = \"before\" too");
            None
        }
        (Some(_), None) => Some(CompareTo::SAME),
        (Some(_), Some(change)) => change.get_ref().read(change.span(), complaints).map(|change| CompareTo { change }),
    }
}

fn reference(rule: &ResolvedRule, before: Before<'_>, search_path: &[String]) -> Reference {
    let (run_id, facts) = match before {
        Before::Now => return Reference::Now,
        Before::None(reason) => return Reference::Unknown(reason.to_owned()),
        Before::Run { run_id, facts } => (run_id, facts),
    };
    let unknown = |problem: &str| {
        let whose = run_id.map_or_else(String::new, |run_id| format!("run {run_id}: "));
        Reference::Unknown(format!("{whose}{problem}"))
    };
    let Some(fact) = facts.iter().find(|fact| fact.topic == Topic::RuleBefore && fact.check == rule.rule.id) else {
        return unknown("it was not measured before the phases");
    };
    if fact.definition != Some(definition::checksum(&rule.rule, search_path)) {
        return unknown("before the phases its table, where, check or the search path was another one");
    }
    let Some(violations) = fact.violations else {
        return unknown(&format!("before the phases it was {}", fact.measured));
    };
    // What is shown to nobody, or was cut, is not the figure.
    let figure = fact.figure.clone();
    if figure.as_ref().is_some_and(|figure| figure == REDACTED || words::is_cut(figure)) {
        return unknown("its figure before the phases was not kept whole");
    }
    let metric = Metric { examined: fact.rows_examined, violations, figure };
    Reference::Known { metric, run_id: run_id.map(str::to_owned) }
}

impl Change {
    /// `-12.50, -0.42 %`; `None` where the figures are no numbers.
    fn words_of(was: &str, is: &str) -> Option<String> {
        let (was, is) = (Decimal::parse(was)?, Decimal::parse(is)?);
        let by = is.minus(&was);
        let signed = |number: &Decimal| format!("{}{number}", if number.is_negative() { "" } else { "+" });
        let percent = percent(&was, &by).map_or_else(String::new, |percent| format!(", {percent:+.2} %"));
        Some(format!("{}{percent}", signed(&by)))
    }
}

/// For people alone: what is judged is judged exactly.
fn percent(was: &Decimal, by: &Decimal) -> Option<f64> {
    let number = |decimal: &Decimal| decimal.to_string().parse::<f64>().ok();
    let (was, by) = (number(was)?, number(by)?);
    (was != 0.0).then(|| 100.0 * by / was.abs())
}
