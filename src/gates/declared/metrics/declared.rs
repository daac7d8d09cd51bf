//! A metric, as it was declared.

use serde::Deserialize;
use toml::Spanned;

use crate::declaration::{Complaints, Name, Shape};
use crate::phase::parse_duration;

use super::super::files::Declaration;
use super::super::gate::millis;
use super::source::Source;
use super::written::METRIC;

/// A figure of the platform, and how far it may go.
#[derive(Debug, Clone)]
pub struct Metric {
    /// Its id: lower snake case, unique over all files.
    pub id: String,
    /// What it stands for, in the author's words; may be empty.
    pub description: String,
    /// How often it is measured.
    pub runs: usize,
    /// What it may be at most, in its unit, whatever it was before.
    pub limit: Option<f64>,
    /// So many percent above the baseline are a warning.
    pub warn_percent: f64,
    /// So many percent above the baseline are a failure.
    pub fail_percent: f64,
    /// A smaller difference, in the metric's unit, is none.
    pub min_difference: f64,
    /// How long all runs together may take, in milliseconds; `None`: as long as a gate.
    pub timeout_ms: Option<u64>,
    pub(super) source: Source,
}

impl Metric {
    /// Whether measuring it puts users on the platform: no matter for every round of a watch.
    pub fn is_of_a_load(&self) -> bool {
        self.source.ends_by_itself()
    }
}

/// A metric as TOML has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct MetricToml {
    #[serde(default)]
    description: String,
    measure: Source,
    #[serde(default = "ten")]
    runs: Spanned<usize>,
    limit: Option<Spanned<Limit>>,
    #[serde(default = "fifteen")]
    warn_percent: f64,
    #[serde(default = "twenty_five")]
    fail_percent: f64,
    #[serde(default)]
    min_difference: f64,
    timeout: Option<Name>,
}

/// A number in the metric's unit, or a time.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a number in the metric's unit, or a time: 3000, \"300ms\"")]
enum Limit {
    Number(f64),
    Time(String),
}

fn ten() -> Spanned<usize> {
    Spanned::new(0..0, 10)
}

fn fifteen() -> f64 {
    15.0
}

fn twenty_five() -> f64 {
    25.0
}

impl Declaration for Metric {
    const TABLE: &'static str = "metrics";
    const WORD: &'static str = "metric";
    const SHAPE: Shape = METRIC;
    type Toml = MetricToml;

    fn from_toml(id: &Name, toml: MetricToml, _source: usize, complaints: &mut Complaints) -> Metric {
        toml.measure.look_over(complaints);
        let is_band = |percent: f64| percent.is_finite() && percent > 0.0;
        if !is_band(toml.warn_percent) || !is_band(toml.fail_percent) || toml.warn_percent > toml.fail_percent {
            complaints.add(id.span(), "warn_percent and fail_percent are above 0, and the warning comes first");
        }
        Metric {
            id: id.get_ref().clone(),
            description: toml.description,
            runs: toml.runs.into_inner(),
            limit: toml.limit.and_then(|limit| figure(&limit, &toml.measure, complaints)),
            warn_percent: toml.warn_percent,
            fail_percent: toml.fail_percent,
            min_difference: toml.min_difference,
            timeout_ms: toml.timeout.as_ref().and_then(|text| millis(text, complaints)),
            source: toml.measure,
        }
    }
}

/// The limit in the metric's unit.
fn figure(limit: &Spanned<Limit>, source: &Source, complaints: &mut Complaints) -> Option<f64> {
    let figure = match limit.get_ref() {
        Limit::Number(number) => Ok(*number),
        Limit::Time(text) if source.unit() == "ms" => {
            parse_duration("the limit", text).map(|time| time.as_secs_f64() * 1000.0)
        }
        Limit::Time(_) => Err(format!("the limit is a number in {}, since that is what is measured", source.unit())),
    };
    figure.map_err(|problem| complaints.add(limit.span(), problem)).ok()
}

#[cfg(test)]
mod tests {
    use super::super::load_embedded;

    #[test]
    fn what_cannot_be_measured_so_is_refused_with_its_place() {
        let text = "[metrics.a]\nmeasure.sql = { sql = \"SELECT 1\" }\nruns = 4\nlimit = \"soon\"\n\n\
                    [metrics.b]\nmeasure.cpu = { window = \"10ms\" }\nlimit = \"70ms\"\nwarn_percent = 30\n\n\
                    [metrics.c]\nmeasure.memory = { name = \"x\" }\n";
        let errors = load_embedded(&[("m.toml", text)]).unwrap_err().to_string();
        let expected = [
            "m.toml:3:8: metric a: `runs` is 4; it takes a whole number from 5 to 1000",
            "m.toml:4:9: metric a: `limit` is \"soon\"; it takes a time",
            "m.toml:6:10: warn_percent and fail_percent are above 0, and the warning comes first",
            "m.toml:7:26: the window is at least 250ms",
            "m.toml:8:9: the limit is a number in %",
            "m.toml:12:9: metric c: there is no measure \"memory\"; there are: http, sql, ",
        ];
        assert_eq!(errors.lines().count(), expected.len(), "{errors}");
        for (found, expected) in errors.lines().zip(expected) {
            assert!(found.starts_with(expected), "{found}\n  is not\n{expected}");
        }
    }

    #[test]
    fn a_limit_is_a_time_or_a_number_of_the_unit() {
        let text = "[metrics.a]\nmeasure.sql.sql = \"SELECT 1\"\nlimit = \"1s\"\n\
                    [metrics.b]\nmeasure.process_memory.name = \"x\"\nlimit = 3000\n";
        let metrics = load_embedded(&[("m.toml", text)]).unwrap();
        assert_eq!([metrics[0].limit, metrics[1].limit], [Some(1000.0), Some(3000.0)]);
    }
}
