//! How long a statement takes: encryption, decryption, a lookup in the audit trail, any query.

use std::time::Instant;

use serde::Deserialize;

use super::bench::Bench;
use super::gate::{accepted_ms, millis};
use super::kind::{Finding, Kind, Unmeasured};
use super::spread::Spread;
use super::words::shortened;
use crate::db::Sql;
use crate::declaration::{Complaints, Name, Parameter, Shape};

/// A statement that is run again and again.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SqlLatency {
    sql: Name,
    max_median: Name,
    #[serde(default = "twenty")]
    runs: usize,
}

fn twenty() -> usize {
    20
}

impl Kind for SqlLatency {
    const NAME: &'static str = "sql_latency";
    const SUMMARY: &'static str = "a statement answers in time: encryption, the audit trail, a critical query";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("sql", Shape::SQL, "the statement, in a transaction that can only read"),
        Parameter::required(
            "max_median",
            Shape::TIME,
            "how long the median run may take, the way to the server included: `10ms`",
        ),
        Parameter::optional(
            "runs",
            Shape::Whole { least: 5, most: 10_000 },
            "20",
            "how often it is run after two runs that do not count",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        millis(&self.max_median, complaints);
        if self.sql.get_ref().trim().is_empty() {
            complaints.add(self.sql.span(), "the statement is empty");
        }
    }

    fn subject(&self) -> String {
        shortened(self.sql.get_ref())
    }

    async fn measure(&self, bench: &Bench<'_>) -> Result<Vec<Finding>, Unmeasured> {
        let times = times(self.sql.get_ref(), self.runs, bench).await?;
        let limit = accepted_ms(&self.max_median) as f64;
        let spread = Spread::of(times).ok_or_else(|| Unmeasured::new("it was not run once"))?;
        let expected = format!("median within {limit} ms");
        Ok(vec![
            Finding::new(spread.outcome(limit), expected, spread.words())
                .probe(self.sql.get_ref().trim())
                .remedy("measure again when the machine is quiet; else see what the statement waits for"),
        ])
    }
}

/// How long each of so many runs of a statement takes, in milliseconds, the way to the server included; two runs before
/// them do not count.
pub(super) async fn times(sql: &str, runs: usize, bench: &Bench<'_>) -> Result<Vec<f64>, Unmeasured> {
    const UNCOUNTED: usize = 2;
    let mut session = bench.session().await?;
    let settings = Sql::new(include_str!("sql_latency.sql")).fragment("search_path", bench.search_path());
    let settings = settings.render().map_err(|error| Unmeasured::new(error.to_string()))?;
    session.each(settings, |_| Ok(())).await?;
    let mut times = Vec::with_capacity(runs);
    for run in 0..runs + UNCOUNTED {
        let start = Instant::now();
        session.each(sql, |_| Ok(())).await?;
        if run >= UNCOUNTED {
            times.push(start.elapsed().as_secs_f64() * 1000.0);
        }
    }
    session.close().await;
    Ok(times)
}
