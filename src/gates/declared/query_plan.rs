//! Critical queries by their plans: how long, by which steps, how well guessed.

mod plan;

use serde::Deserialize;

use super::bench::Bench;
use super::gate::{accepted_ms, millis};
use super::kind::{Finding, Kind, Outcome, Unmeasured};
use super::words::shortened;
use crate::db::{Session, Sql};
use crate::declaration::{Complaints, Name, Parameter, Shape};

use plan::Plan;

/// A query that must stay fast, and stay so for the right reason.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct QueryPlan {
    sql: Name,
    max_time: Option<Name>,
    #[serde(default = "three")]
    runs: usize,
    #[serde(default)]
    require: Vec<String>,
    #[serde(default)]
    forbid: Vec<String>,
    max_misestimate: Option<f64>,
    max_buffers: Option<u64>,
}

fn three() -> usize {
    3
}

impl Kind for QueryPlan {
    const NAME: &'static str = "query_plan";
    const SUMMARY: &'static str = "a critical query runs in time, by the steps it must, as the planner guessed";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required(
            "sql",
            Shape::SQL,
            "the query; it is really run (EXPLAIN ANALYZE), in a transaction that can only read",
        ),
        Parameter::optional(
            "max_time",
            Shape::TIME,
            "none",
            "how long the median run may take, planning included: `50ms`",
        ),
        Parameter::optional(
            "runs",
            Shape::Whole { least: 1, most: 1_000 },
            "3",
            "how often it is run after one run that does not count",
        ),
        Parameter::optional(
            "require",
            Shape::TEXTS,
            "[]",
            "steps the plan must have: `Index Scan`, or with what it is on: `Index Scan portfolios_user_id_idx`",
        ),
        Parameter::optional("forbid", Shape::TEXTS, "[]", "steps it must not have: `Seq Scan transactions`"),
        Parameter::optional(
            "max_misestimate",
            Shape::Number { least: 1.0, most: f64::INFINITY },
            "none",
            "how many times more or fewer rows than the planner guessed a step may give (both at least 1)",
        ),
        Parameter::optional(
            "max_buffers",
            Shape::COUNT,
            "none",
            "how many blocks (of 8 kB) it may touch, cached or not, those of temporary files included",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        if self.sql.get_ref().trim().is_empty() {
            complaints.add(self.sql.span(), "the query is empty");
        }
        if self.sql.get_ref().trim_end().trim_end_matches(';').contains(';') {
            complaints.add(self.sql.span(), "the query is one statement; a `;` does not belong in it");
        }
        for step in self.require.iter().chain(&self.forbid) {
            if let Err(problem) = plan::look_over_step(step) {
                complaints.add(0..0, problem);
            }
        }
        if let Some(limit) = &self.max_time {
            millis(limit, complaints);
        }
        let demands = self.max_time.is_some() || self.max_misestimate.is_some() || self.max_buffers.is_some();
        if !demands && self.require.is_empty() && self.forbid.is_empty() {
            complaints.add(self.sql.span(), "query_plan demands nothing of this query; nothing would be checked");
        }
    }

    fn subject(&self) -> String {
        shortened(self.sql.get_ref())
    }

    async fn measure(&self, bench: &Bench<'_>) -> Result<Vec<Finding>, Unmeasured> {
        let mut session = bench.session().await?;
        let statement = self.statement(bench)?;
        let mut plans = Vec::with_capacity(self.runs);
        // The first run fills caches.
        for run in 0..=self.runs {
            let plan = explain(&mut session, &statement).await?;
            if run > 0 {
                plans.push(plan);
            }
        }
        session.close().await;
        plans.sort_by(|a, b| a.total_ms().total_cmp(&b.total_ms()));
        let median = &plans[plans.len() / 2];
        let wrong = self.wrong(median, &plans);
        let measured = format!(
            "median {:.1} ms of {} runs ({:.1} to {:.1}), {} blocks{}",
            median.total_ms(),
            plans.len(),
            plans[0].total_ms(),
            plans[plans.len() - 1].total_ms(),
            median.buffers(),
            if wrong.is_empty() { String::new() } else { format!("; {}", wrong.join("; ")) },
        );
        Ok(vec![
            Finding::new(Outcome::of(wrong.is_empty()), self.expected(), measured)
                .probe(format!("EXPLAIN (ANALYZE, BUFFERS) {}", self.sql.get_ref().trim()))
                .remedy("see the plan; ANALYZE its tables, and look for the index it should use"),
        ])
    }
}

impl QueryPlan {
    fn statement(&self, bench: &Bench<'_>) -> Result<String, Unmeasured> {
        let query = self.sql.get_ref().trim().trim_end_matches(';').to_owned();
        Sql::new(include_str!("query_plan.sql"))
            .fragment("search_path", bench.search_path())
            .fragment("query", query)
            .render()
            .map_err(|error| Unmeasured::new(error.to_string()))
    }

    /// The time is that of the median run; everything else must be so in every run, since a plan may change from one to the
    /// next.
    fn wrong(&self, median: &Plan, plans: &[Plan]) -> Vec<String> {
        let mut wrong = Vec::new();
        if let Some(limit) = self.limit_ms()
            && median.total_ms() > limit as f64
        {
            wrong.push(format!("it took longer than {limit} ms"));
        }
        let has = |plan: &Plan, step: &str| plan.steps().iter().any(|found| found.is(step));
        let missing = self.require.iter().filter(|step| !plans.iter().all(|plan| has(plan, step)));
        wrong.extend(missing.map(|step| format!("no {step} in the plan")));
        for step in &self.forbid {
            let found = plans.iter().flat_map(Plan::steps).find(|found| found.is(step));
            wrong.extend(found.map(|found| format!("a {} in the plan", found.name())));
        }
        let guesses = plans.iter().filter_map(Plan::worst_guess);
        if let Some(most) = self.max_misestimate
            && let Some((step, factor)) = guesses.max_by(|a, b| a.1.total_cmp(&b.1))
            && factor > most
        {
            wrong.push(format!("{step}: {factor:.0} times off what the planner guessed"));
        }
        if self.max_buffers.is_some_and(|most| plans.iter().any(|plan| plan.buffers() > most)) {
            wrong.push("it touches more blocks than it may".into());
        }
        wrong
    }

    fn limit_ms(&self) -> Option<u64> {
        self.max_time.as_ref().map(accepted_ms)
    }

    fn expected(&self) -> String {
        let mut words = Vec::new();
        words.extend(self.limit_ms().map(|limit| format!("within {limit} ms")));
        words.extend(self.require.iter().map(|step| format!("by {step}")));
        words.extend(self.forbid.iter().map(|step| format!("without {step}")));
        words.extend(self.max_misestimate.map(|most| format!("guessed within {most} times")));
        words.extend(self.max_buffers.map(|most| format!("at most {most} blocks")));
        words.join(", ")
    }
}

async fn explain(session: &mut Session, statement: &str) -> Result<Plan, Unmeasured> {
    let row = session.one(statement).await?;
    let text = row.at(0).ok_or_else(|| Unmeasured::new("the server gave no plan"))?;
    Plan::parse(text).map_err(Unmeasured::new)
}
