//! Indexes that are used, and those that are not.

use serde::Deserialize;

use super::bench::Bench;
use super::kind::{Finding, Kind, Outcome, Unmeasured};
use crate::db::{Row, Sql};
use crate::declaration::{Complaints, Form, Name, Parameter, Shape};
use crate::evidence::Sample;

/// What the server counted since its statistics began.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct IndexUsage {
    used: Vec<Name>,
    max_unused_mb: Option<u64>,
    min_days: f64,
}

impl Kind for IndexUsage {
    const NAME: &'static str = "index_usage";
    const SUMMARY: &'static str = "indexes that queries need are used, and unused ones do not take much room";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional(
            "used",
            Shape::List { of: &Shape::Text(Form::Named("index", "indexes")), least: 0 },
            "[]",
            "indexes that must have been scanned: `schema.index`",
        ),
        Parameter::optional(
            "max_unused_mb",
            Shape::COUNT,
            "none",
            "how much room indexes may take that were never scanned, in megabytes (1,000,000 bytes); those of keys and constraints do not count",
        ),
        Parameter::optional(
            "min_days",
            Shape::AMOUNT,
            "0",
            "for how many days the statistics must have counted to say so",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        if self.used.is_empty() && self.max_unused_mb.is_none() {
            complaints.add(0..0, "index_usage demands nothing; nothing would be checked");
        }
    }

    fn subject(&self) -> String {
        "indexes".into()
    }

    async fn measure(&self, bench: &Bench<'_>) -> Result<Vec<Finding>, Unmeasured> {
        let mut session = bench.session().await?;
        let sql =
            Sql::new(include_str!("index_usage.sql")).render().map_err(|error| Unmeasured::new(error.to_string()))?;
        let rows = session.rows(sql).await?;
        session.close().await;
        self.have_counted(rows.first())?;
        let mut findings = Vec::new();
        for wanted in &self.used {
            let mut found = None;
            for row in &rows {
                if row.text("name")? == wanted.get_ref() {
                    found = Some(row.parse::<u64>("scans")?);
                }
            }
            let measured = found.map_or("there is no such index".to_owned(), |scans| format!("{scans} scans"));
            let finding =
                Finding::new(Outcome::of(found.is_some_and(|scans| scans > 0)), "scanned at least once", measured);
            findings
                .push(finding.about(wanted.get_ref().as_str()).remedy("see the plans of the queries it was made for"));
        }
        if let Some(most) = self.max_unused_mb {
            let (mut unused, mut bytes) = (Vec::new(), 0_u64);
            for row in &rows {
                let size: u64 = row.parse("bytes")?;
                if row.parse::<u64>("scans")? == 0 && !row.flag("is_needed")? {
                    bytes += size;
                    unused.push(Sample::new(row.text("name")?, format!("{} kB", size / 1_000)));
                }
            }
            let measured =
                format!("{} of {} indexes were never scanned: {} MB", unused.len(), rows.len(), bytes / 1_000_000);
            let outcome = if rows.is_empty() { Outcome::Open } else { Outcome::of(bytes <= most * 1_000_000) };
            let finding = Finding::new(outcome, format!("at most {most} MB of unused indexes"), measured);
            unused.truncate(20);
            findings.push(
                finding
                    .samples(unused)
                    .probe(include_str!("index_usage.sql"))
                    .remedy("DROP INDEX CONCURRENTLY what no query needs, standbys included"),
            );
        }
        Ok(findings)
    }
}

impl IndexUsage {
    /// Whether the statistics are old enough to say that something was never used.
    fn have_counted(&self, row: Option<&Row>) -> Result<(), Unmeasured> {
        let days: Option<f64> =
            row.map(|row| row.get("days")).transpose()?.flatten().and_then(|days| days.parse().ok());
        match days {
            _ if self.min_days <= 0.0 => Ok(()),
            Some(days) if days >= self.min_days => Ok(()),
            Some(days) => {
                let reason = format!("the statistics count for {days:.1} days only, not for {}", self.min_days);
                Err(Unmeasured::new(reason).remedy("look again later"))
            }
            None => Err(Unmeasured::new("the server does not tell since when its statistics count")
                .remedy("SELECT pg_stat_reset() begins them anew; look again later")),
        }
    }
}
