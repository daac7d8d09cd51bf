//! baseline capture, baseline compare: the figures of the platform, kept and held against what they were.

use std::collections::BTreeMap;

use crate::evidence::{Evidence, Topic};
use crate::gates::declared::loads::{self, Load};
use crate::gates::declared::metrics::{self, Baseline, BaselineError, FILE_NAME, Metric, Reading};
use crate::verdict::Verdict;

use super::checks::{nothing_to_do, platform};
use super::gates::surroundings;
use super::notebook::Notebook;
use super::snapshots::file_name;
use super::{Context, Error, Event, Outcome};

/// The declared metrics, and the loads that they may refer to.
pub(super) struct Declared {
    metrics: Vec<Metric>,
    loads: Vec<Load>,
    /// Declared, and not measured now.
    left_out: Vec<Metric>,
}

impl Declared {
    /// Reads them. None at all is an error: nothing would be compared.
    pub(super) fn load(context: &Context<'_>) -> Result<Declared, Error> {
        let folder = &context.config.rules;
        let declared = Declared { metrics: metrics::load(folder)?, loads: loads::load(folder)?, left_out: Vec::new() };
        if declared.metrics.is_empty() {
            let reason = "no metric is declared; write one as [metrics.<id>], see docs/baseline.md".to_owned();
            return Err(nothing_to_do(context.config, reason));
        }
        Ok(declared)
    }

    /// Whether nothing would be measured.
    pub(super) fn is_empty(&self) -> bool {
        self.metrics.is_empty()
    }

    /// The same without the metrics that put a load on the platform, and the fact which they are.
    pub(super) fn without_loads(mut self) -> (Declared, Option<Evidence>) {
        self.left_out = self.metrics.extract_if(.., |metric| metric.is_of_a_load()).collect();
        let names: Vec<&str> = self.left_out.iter().map(|metric| metric.id.as_str()).collect();
        let fact = (!names.is_empty()).then(|| {
            Evidence::new(Topic::Environment, "left_out", names.join(", "), Verdict::Pass)
                .measured("it puts a load on the platform; phasegate baseline compare measures it")
        });
        (self, fact)
    }

    /// Measures every metric, one after the other, so that none is measured beside another.
    async fn measure(&self, context: &Context<'_>) -> Vec<(&Metric, Result<Reading, Box<Evidence>>)> {
        let mut readings = Vec::new();
        for metric in &self.metrics {
            (context.events)(Event::Step(format!("metric {}", metric.id)));
            readings.push((metric, metrics::measure(metric, &self.loads, &platform(context, None)).await));
        }
        readings
    }

    /// Measures every metric and holds it against its limit and against a baseline.
    pub(super) async fn compare(&self, context: &Context<'_>, name: &str, baseline: &Baseline) -> Vec<Evidence> {
        let mut facts = Vec::new();
        for (metric, reading) in self.measure(context).await {
            match reading {
                Ok(now) => {
                    facts.extend(metrics::against_limit(metric, &now));
                    facts.push(metrics::against_baseline(metric, name, baseline.metrics.get(&metric.id), &now));
                }
                Err(fact) => facts.push(*fact),
            }
        }
        facts.extend(self.gone(name, baseline));
        facts
    }

    /// Figures of the baseline that nobody measures any more.
    fn gone<'a>(&'a self, name: &'a str, baseline: &'a Baseline) -> impl Iterator<Item = Evidence> + 'a {
        let is_there = |id: &str| self.metrics.iter().chain(&self.left_out).any(|metric| metric.id == id);
        baseline.metrics.iter().filter(move |(id, _)| !is_there(id)).map(move |(id, reading)| {
            Evidence::new(Topic::GateAfter, id, &reading.measures, Verdict::NotEvaluated)
                .expected("compared")
                .measured(format!("not evaluated: baseline {name} has it, and it is declared no more"))
                .remedy("declare the metric again, or capture a new baseline")
        })
    }
}

/// Measures every metric and keeps the figures in `snapshots/<name>/baseline.json`: all of them, or none.
///
/// # Errors
/// [`Error`] where the files are wrong, there is such a baseline already, or nothing can be written.
pub async fn capture_baseline(context: &Context<'_>, name: &str) -> Result<Outcome, Error> {
    let folder = context.config.snapshots.join(file_name(name)?);
    let declared = Declared::load(context)?;
    if folder.join(FILE_NAME).exists() {
        return Err(BaselineError::Exists { path: folder.join(FILE_NAME) }.into());
    }
    let (version, facts) = surroundings(context).await;
    let mut notebook = Notebook::open(context, "baseline capture", version)?;
    notebook.note(facts)?;
    let (mut known, mut missing) = (BTreeMap::new(), Vec::new());
    for (metric, reading) in declared.measure(context).await {
        match reading {
            Ok(reading) => {
                notebook.note([captured(metric, &reading)])?;
                known.insert(metric.id.clone(), reading);
            }
            Err(fact) => {
                missing.push(metric.id.as_str());
                notebook.note([*fact])?;
            }
        }
    }
    if missing.is_empty() {
        let number = known.len();
        let checksum = Baseline::new(known).save(&folder)?;
        let measured = format!("{number} metrics in {}; {checksum}", folder.join(FILE_NAME).display());
        notebook.note([Evidence::new(Topic::Snapshot, metrics::BASELINE, name, Verdict::Pass).measured(measured)])?;
    } else {
        let measured = format!("not written: not measured are {}", missing.join(", "));
        let fact = Evidence::new(Topic::Snapshot, metrics::BASELINE, name, Verdict::NotEvaluated).measured(measured);
        notebook.note([fact.remedy("capture it again once all of them can be measured")])?;
    }
    notebook.end(context)
}

/// Measures every metric again and holds it against the baseline, by its bands, and against its own limit.
///
/// # Errors
/// [`Error`] where the files are wrong, or there is no such baseline.
pub async fn compare_baseline(context: &Context<'_>, name: &str) -> Result<Outcome, Error> {
    let (baseline, fact) = read_baseline(context, name)?;
    let declared = Declared::load(context)?;
    let (version, facts) = surroundings(context).await;
    let mut notebook = Notebook::open(context, "baseline compare", version)?;
    notebook.note(facts)?;
    notebook.note([fact])?;
    notebook.note(declared.compare(context, name, &baseline).await)?;
    notebook.end(context)
}

/// The baseline, and the fact which one it is.
pub(super) fn read_baseline(context: &Context<'_>, name: &str) -> Result<(Baseline, Evidence), Error> {
    let (baseline, checksum) = Baseline::read(&context.config.snapshots.join(file_name(name)?))?;
    let host = baseline.host.as_deref().unwrap_or("an unknown machine");
    let measured = format!("captured at {} on {host}; {checksum}", baseline.taken_at);
    let verdict = if baseline.is_of_this_host() { Verdict::Pass } else { Verdict::Warn };
    let mut fact = Evidence::new(Topic::Environment, metrics::BASELINE, name, verdict)
        .expected("captured on this machine")
        .measured(measured);
    if verdict != Verdict::Pass {
        fact = fact.remedy("times of two machines differ whatever was changed; capture a baseline on this one");
    }
    Ok((baseline, fact))
}

/// What was captured. A figure beyond its limit is a warning: it is what the platform was like.
fn captured(metric: &Metric, reading: &Reading) -> Evidence {
    let mut fact = metrics::against_limit(metric, reading).unwrap_or_else(|| {
        Evidence::new(Topic::GateAfter, &metric.id, &reading.measures, Verdict::Pass)
            .expected(metric.description.as_str())
            .measured(reading.words())
    });
    if matches!(fact.verdict, Verdict::Fail | Verdict::NotEvaluated) {
        fact.verdict = Verdict::Warn;
    }
    fact
}
