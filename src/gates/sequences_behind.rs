//! Sequences that would hand out a value that is already there.

use serde::Deserialize;

use super::gate::{ENABLED, Findings, Gate, Probe, SEVERITY};
use crate::db::{DbError, Row, Sql};
use crate::declaration::{Parameter, Shape};
use crate::evidence::{Evidence, Sample};
use crate::verdict::{Moment, Severity, Verdict};

/// Sequences whose next value is not beyond the column that they feed, as after a load that brought its own keys.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SequencesBehind {
    /// Whether it is measured.
    pub enabled: bool,
    /// What a violation means.
    pub severity: Severity,
    /// How many values must be free between the column and the sequence's next value.
    pub margin: u32,
}

impl Default for SequencesBehind {
    fn default() -> SequencesBehind {
        SequencesBehind { enabled: true, severity: Severity::Fail, margin: 0 }
    }
}

impl Gate for SequencesBehind {
    const NAME: &'static str = "sequences_behind";
    const SUMMARY: &'static str = "every sequence is ahead of the column that it feeds";
    const MOMENTS: &'static [Moment] = &[Moment::After];
    const SETTINGS: &'static [Parameter] = &[
        ENABLED,
        SEVERITY,
        Parameter::optional(
            "margin",
            Shape::COUNT_32,
            "0",
            "how many values must be free between the column and the sequence's next value",
        ),
    ];

    fn is_enabled(&self) -> bool {
        self.enabled
    }

    async fn run(&self, probe: &mut Probe<'_>) -> Result<Vec<Evidence>, DbError> {
        let list = include_str!("sequences_behind.sql");
        let (mut looked_at, mut offenders, mut remedies, mut evidence) = (0, Vec::new(), Vec::new(), Vec::new());
        let mut left_out = 0_u64;
        for row in probe.rows(list).await? {
            // A sequence that starts over, or feeds a text, has no "ahead".
            if row.flag("cycles")? || !row.flag("is_number")? || !row.flag("is_table")? {
                left_out += 1;
                continue;
            }
            let feed = Feed::read(&row)?;
            match feed.behind(probe, self.margin).await {
                Ok(None) => looked_at += 1,
                Ok(Some(problem)) => {
                    looked_at += 1;
                    remedies.push(feed.remedy());
                    offenders.push(Sample::new(feed.sequence, problem));
                }
                Err(error) if error.server().is_some() => evidence.push(
                    Evidence::new(probe.topic, Self::NAME, &feed.sequence, Verdict::NotEvaluated)
                        .expected(format!("ahead of {}", feed.column))
                        .measured(format!("not evaluated: {error}")),
                ),
                Err(error) => return Err(error),
            }
        }
        let mut fact = probe.found(Findings {
            gate: Self::NAME,
            subject: "sequences",
            looked_at,
            wrong: "behind",
            severity: self.severity,
            offenders,
        });
        if left_out > 0 {
            fact.measured.push_str(&format!("; {left_out} that cycle or feed no number were left out"));
        }
        let fact = fact.probe(list);
        evidence.insert(0, if remedies.is_empty() { fact } else { fact.remedy(remedies.join("; ")) });
        Ok(evidence)
    }
}

/// A sequence and the column that it feeds.
struct Feed {
    sequence: String,
    column: String,
    sql: Sql,
    set: Sql,
}

impl Feed {
    fn read(row: &Row) -> Result<Feed, DbError> {
        let (table_schema, table) = (row.text("table_schema")?, row.text("table_name")?);
        let (sequence_schema, sequence) = (row.text("sequence_schema")?, row.text("sequence_name")?);
        let (column, increment): (&str, i64) = (row.text("column_name")?, row.parse("increment")?);
        let sql = Sql::new(include_str!("sequences_behind_one.sql"))
            .fragment("increment", format!("({increment})"))
            .ident("column", column)
            .ident("table_schema", table_schema)
            .ident("table_name", table)
            .ident("sequence_schema", sequence_schema)
            .ident("sequence_name", sequence);
        let furthest = if increment > 0 { "max" } else { "min" };
        let set = Sql::new(
            "SELECT setval(:'sequence', (SELECT :furthest(:\"column\") FROM :\"table_schema\".:\"table_name\"))",
        )
        .value("sequence", crate::db::quote_qualified(sequence_schema, sequence))
        .fragment("furthest", furthest)
        .ident("column", column)
        .ident("table_schema", table_schema)
        .ident("table_name", table);
        Ok(Feed {
            sequence: format!("{sequence_schema}.{sequence}"),
            column: format!("{table_schema}.{table}.{column}"),
            sql,
            set,
        })
    }

    /// What is wrong with it; `None` where it is ahead, or its column has no value yet.
    async fn behind(&self, probe: &mut Probe<'_>, margin: u32) -> Result<Option<String>, DbError> {
        let row = probe.one(&self.sql.clone().fragment("margin", margin.to_string()).render()?).await?;
        if row.get("is_behind")? != Some("t") {
            return Ok(None);
        }
        let (next, furthest) = (row.text("next_value")?, row.text("furthest")?);
        Ok(Some(format!("its next value is {next}, {} is already at {furthest}", self.column)))
    }

    fn remedy(&self) -> String {
        self.set.render().unwrap_or_default()
    }
}
