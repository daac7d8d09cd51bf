//! How long the audit trail takes: the time that its trigger adds to a write.
//!
//! The server tells it by itself (`EXPLAIN ANALYZE` has the time of every trigger), so that the write need not be measured
//! with and without it. The write is rolled back. That the trigger did its work is seen by what the transaction put into the
//! trail's table: one that fires and does nothing is quick for the wrong reason.

use serde::Deserialize;

use super::bench::Bench;
use super::gate::{accepted_ms, millis};
use super::kind::{Finding, Kind, Unmeasured};
use super::spread::Spread;
use super::words::shortened;
use crate::db::{RolledBack, Sql};
use crate::declaration::{Complaints, Form, Name, Parameter, Shape};

/// A write that is run again and again, and rolled back each time.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditLatency {
    sql: Name,
    trigger: Name,
    into: Name,
    max_median: Name,
    #[serde(default = "twenty")]
    runs: usize,
}

/// A write, the trigger that follows it, and where that writes.
#[derive(Clone, Copy)]
pub(super) struct AuditedWrite<'a> {
    pub(super) sql: &'a Name,
    pub(super) trigger: &'a Name,
    pub(super) into: &'a Name,
}

fn twenty() -> usize {
    20
}

/// Runs before the first that counts: plans are made, caches filled.
const UNCOUNTED: usize = 2;
/// So long at most a row that somebody else has locked is waited for.
const LOCK_MS: u64 = 2_000;

impl Kind for AuditLatency {
    const NAME: &'static str = "audit_latency";
    const SUMMARY: &'static str = "writing the audit trail adds little to a write";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required(
            "sql",
            Shape::SQL,
            "a write that the trail records: `INSERT`, `UPDATE`, `DELETE` or `MERGE`; it is run, and rolled back each time",
        ),
        Parameter::required(
            "trigger",
            Shape::Text(Form::Named("trigger", "triggers")),
            "the trigger that writes the trail",
        ),
        Parameter::required("into", Shape::TABLE, "the table that it writes into, with its schema: `public.audit_log`"),
        Parameter::required("max_median", Shape::TIME, "how long the trigger may take in the median, a call: `5ms`"),
        Parameter::optional(
            "runs",
            Shape::Whole { least: 5, most: 1_000 },
            "20",
            "how often it is run after two runs that do not count",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        millis(&self.max_median, complaints);
        self.write().look_over(complaints);
    }

    fn subject(&self) -> String {
        self.write().words()
    }

    async fn measure(&self, bench: &Bench<'_>) -> Result<Vec<Finding>, Unmeasured> {
        let times = self.write().times(self.runs, bench).await?;
        let limit = accepted_ms(&self.max_median) as f64;
        let spread = Spread::of(times).ok_or_else(|| Unmeasured::new("it was not run once"))?;
        Ok(vec![
            Finding::new(spread.outcome(limit), format!("median within {limit} ms"), spread.words())
                .probe(format!("BEGIN; EXPLAIN (ANALYZE) {}; ROLLBACK", self.write().statement()))
                .remedy("measure again when the machine is quiet; else see what the trigger waits for: its indexes, its locks"),
        ])
    }
}

impl AuditLatency {
    fn write(&self) -> AuditedWrite<'_> {
        AuditedWrite { sql: &self.sql, trigger: &self.trigger, into: &self.into }
    }
}

impl AuditedWrite<'_> {
    pub(super) fn look_over(&self, complaints: &mut Complaints) {
        const WRITES: [&str; 5] = ["INSERT", "UPDATE", "DELETE", "MERGE", "WITH"];
        let first = self.sql.get_ref().split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        if !WRITES.contains(&first.as_str()) {
            complaints.add(self.sql.span(), "sql is one write: it begins with INSERT, UPDATE, DELETE, MERGE or WITH");
        }
        if self.statement().contains(';') {
            complaints.add(self.sql.span(), "sql is one statement; a `;` does not belong in it");
        }
        for name in [self.trigger, self.into] {
            if name.get_ref().trim().is_empty() {
                complaints.add(name.span(), "the name is empty");
            }
        }
    }

    /// What it is about.
    pub(super) fn words(&self) -> String {
        format!("{} of {}", self.trigger.get_ref(), shortened(self.sql.get_ref()))
    }

    fn statement(&self) -> &str {
        self.sql.get_ref().trim().trim_end_matches(';').trim_end()
    }

    /// How long a call of the trigger takes, in milliseconds, in each of so many runs.
    ///
    /// # Errors
    /// Where the write is refused, the trigger does not fire, or nothing comes into the trail.
    pub(super) async fn times(&self, runs: usize, bench: &Bench<'_>) -> Result<Vec<f64>, Unmeasured> {
        let explain = format!("EXPLAIN (ANALYZE, FORMAT JSON) {}", self.statement());
        let inserted = Sql::new(include_str!("audit_latency.sql")).value("table", self.into.get_ref()).render();
        let inserted = inserted.map_err(|error| Unmeasured::new(error.to_string()))?;
        let mut session = bench.rolled_back(LOCK_MS).await?;
        let mut times = Vec::with_capacity(runs);
        for run in 0..runs + UNCOUNTED {
            let time = self.once(&mut session, &explain, &inserted).await?;
            if run >= UNCOUNTED {
                times.push(time);
            }
        }
        session.close().await;
        Ok(times)
    }

    async fn once(&self, session: &mut RolledBack, explain: &str, inserted: &str) -> Result<f64, Unmeasured> {
        // Before as well: the server may not have told yet what this connection put there earlier.
        let rows = session.run(&[inserted, explain, inserted]).await?;
        let answer = |at: usize| rows.get(at).and_then(|rows| rows.first()).and_then(|row| row.at(0));
        let fired = fired(answer(1).unwrap_or_default())?;
        let calls = fired.iter().filter(|fired| fired.name == *self.trigger.get_ref());
        let (calls, ms) = calls.fold((0.0, 0.0), |(calls, ms), fired| (calls + fired.calls, ms + fired.ms));
        if calls == 0.0 {
            let others: Vec<&str> = fired.iter().map(|fired| fired.name.as_str()).collect();
            let others = if others.is_empty() { "no trigger at all".to_owned() } else { others.join(", ") };
            return Err(Unmeasured::new(format!(
                "the write does not fire {}; it fires {others}",
                self.trigger.get_ref()
            ))
            .remedy("name a row that is there and the trigger of its table; one that is disabled does not fire"));
        }
        let inserted = |at: usize| answer(at).and_then(|count| count.parse::<u64>().ok());
        if inserted(2).is_none_or(|after| inserted(0).is_none_or(|before| after <= before)) {
            let (trigger, into) = (self.trigger.get_ref(), self.into.get_ref());
            return Err(Unmeasured::new(format!("{trigger} fires, and no row comes into {into}")).remedy(
                "let the write change something that the trail records; the server counts rows where track_counts is on",
            ));
        }
        Ok(ms / calls)
    }
}

/// A trigger that fired.
#[derive(Debug, PartialEq)]
struct Fired {
    name: String,
    /// In all calls together.
    ms: f64,
    calls: f64,
}

/// The triggers of an explained write, in the server's own form.
fn fired(json: &str) -> Result<Vec<Fired>, Unmeasured> {
    #[derive(Deserialize)]
    struct Explained {
        #[serde(rename = "Triggers", default)]
        triggers: Vec<Told>,
    }
    #[derive(Deserialize)]
    struct Told {
        #[serde(rename = "Trigger Name")]
        name: Option<String>,
        #[serde(rename = "Time")]
        ms: Option<f64>,
        #[serde(rename = "Calls", default)]
        calls: f64,
    }
    let read: Result<[Explained; 1], _> = serde_json::from_str(json);
    let [explained] = read.map_err(|error| Unmeasured::new(format!("the server's plan cannot be read: {error}")))?;
    let fired = explained.triggers.into_iter().filter_map(|told| {
        // That of a constraint has the constraint's name alone.
        Some(Fired { name: told.name?, ms: told.ms?, calls: told.calls })
    });
    Ok(fired.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_each_trigger_is_read() {
        let json = r#"[{"Plan": {"Node Type": "ModifyTable"}, "Planning Time": 0.1, "Triggers": [
            {"Constraint Name": "t_fkey", "Relation": "t", "Time": 0.4, "Calls": 2},
            {"Trigger Name": "audit", "Relation": "t", "Time": 1.5, "Calls": 3}], "Execution Time": 2.0}]"#;
        assert_eq!(fired(json).unwrap(), [Fired { name: "audit".into(), ms: 1.5, calls: 3.0 }]);
        assert_eq!(fired(r#"[{"Plan": {}}]"#).unwrap(), []);
        assert!(fired("").is_err() && fired("[]").is_err());
    }
}
