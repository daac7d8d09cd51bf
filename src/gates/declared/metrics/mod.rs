//! Metrics: figures of the platform, kept as a baseline and compared with it later: `[metrics.<id>]` beside the rules.
//!
//! A metric is measured again and again; its median is what counts, and where the middle half of the runs lies says how
//! far it can be believed.

mod baseline;
mod compare;
mod declared;
mod reading;
mod source;
mod written;

use std::path::Path;
use std::time::Duration;

use crate::evidence::{Evidence, Topic};
use crate::verdict::{Stage, Verdict};

use super::bench::{Bench, Platform};
use super::files::{self, GateFileErrors};
use super::kind::Unmeasured;
use super::loads::Load;

pub use baseline::{BASELINE, Baseline, BaselineError, FILE_NAME};
pub use compare::{against_baseline, against_limit};
pub use declared::Metric;
pub use reading::Reading;
pub use written::{METRIC, METRIC_KINDS, PARAMETERS};

/// Reads the metrics of every `*.toml` file of the folder of rules.
///
/// # Errors
/// [`GateFileErrors`] with every problem of every file, each at its line and column.
pub fn load(folder: &Path) -> Result<Vec<Metric>, GateFileErrors> {
    files::read(&files::sources(folder)?)
}

/// The same for files that are part of the program: name and text.
///
/// # Errors
/// As [`load`].
pub fn load_embedded(files: &[(&str, &str)]) -> Result<Vec<Metric>, GateFileErrors> {
    files::read(&files::embedded(files))
}

/// Measures a metric within its time. `loads` are those that a metric may refer to.
///
/// # Errors
/// The fact that it could not be measured, and why.
pub async fn measure(metric: &Metric, loads: &[Load], platform: &Platform) -> Result<Reading, Box<Evidence>> {
    let limit = Duration::from_millis(metric.timeout_ms.unwrap_or(platform.timeout_ms));
    let bench = Bench::new(platform, Stage::Acceptance, &metric.id, limit);
    let measuring = metric.source.measure(metric.runs, loads, &bench);
    let measured = if metric.source.ends_by_itself() {
        measuring.await
    } else {
        let over = || {
            Unmeasured::new(format!("it did not end within {} ms", limit.as_millis()))
                .remedy("give the metric fewer runs or a longer timeout")
        };
        bench.bounded(measuring, over).await
    };
    measured.map_err(|reason| Box::new(unmeasured(metric, reason)))
}

fn unmeasured(metric: &Metric, reason: Unmeasured) -> Evidence {
    let mut fact = Evidence::new(Topic::GateAfter, &metric.id, metric.source.words(), Verdict::NotEvaluated)
        .expected(metric.description.as_str())
        .measured(format!("not evaluated: {}", reason.reason));
    fact.remedy = reason.remedy;
    fact
}
