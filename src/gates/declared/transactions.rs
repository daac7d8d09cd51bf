//! Transactions that stay open: each holds its locks, and keeps what nobody needs any more from being cleared away.

use serde::Deserialize;

use super::bench::Bench;
use super::gate::{accepted_ms, millis};
use super::kind::{Finding, Kind, Outcome, Unmeasured};
use crate::db::{Row, Sql};
use crate::declaration::{Complaints, Name, Parameter, Shape};
use crate::evidence::Sample;
use crate::verdict::Stage;

/// How long a transaction may be open.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Transactions {
    max_age: Name,
    max_prepared_age: Option<Name>,
    #[serde(default)]
    everywhere: bool,
}

/// So many offenders are named.
const NAMED: usize = 20;

impl Kind for Transactions {
    const NAME: &'static str = "transactions";
    const SUMMARY: &'static str = "no transaction is open for long, prepared ones included";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("max_age", Shape::TIME, "how long a transaction may be open: `5min`"),
        Parameter::optional("max_prepared_age", Shape::TIME, "max_age", "how long one may be prepared and not ended"),
        Parameter::optional(
            "everywhere",
            Shape::Flag,
            "false",
            "whether those of other databases of the server count too",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        millis(&self.max_age, complaints);
        if let Some(age) = &self.max_prepared_age {
            millis(age, complaints);
        }
    }

    fn subject(&self) -> String {
        "transactions".into()
    }

    async fn measure(&self, bench: &Bench<'_>) -> Result<Vec<Finding>, Unmeasured> {
        // A migration that is under way holds its lock in a transaction of its own.
        let is_in_a_run = matches!(bench.stage, Stage::Before | Stage::EachPhase | Stage::After);
        let prepared = self.max_prepared_age.as_ref().unwrap_or(&self.max_age);
        let sql = Sql::new(include_str!("transactions.sql"))
            .value("everywhere", self.everywhere)
            .value("leave_out_own", is_in_a_run)
            .value("max_age_ms", accepted_ms(&self.max_age))
            .value("max_prepared_ms", accepted_ms(prepared))
            .render()
            .map_err(|error| Unmeasured::new(error.to_string()))?;
        let mut session = bench.session().await?;
        let rows = session.rows(sql).await?;
        session.close().await;
        judged(&rows, [self.max_age.get_ref().as_str(), prepared.get_ref().as_str()])
    }
}

/// One finding for open transactions, one for prepared ones.
fn judged(rows: &[Row], [age, prepared_age]: [&str; 2]) -> Result<Vec<Finding>, Unmeasured> {
    let (mut open, mut prepared, mut hidden) = (Vec::new(), Vec::new(), 0);
    for row in rows {
        if row.flag("hidden")? {
            hidden += 1;
            continue;
        }
        let offender = Sample::new(row.text("name")?, row.text("problem")?);
        if row.flag("is_prepared")? { prepared.push(offender) } else { open.push(offender) }
    }
    let outcome = match (open.len(), hidden) {
        (0, 0) => Outcome::Holds,
        // Nothing is known of those that this role may not see.
        (0, _) => Outcome::Open,
        _ => Outcome::Violated,
    };
    let unknown =
        if hidden > 0 { format!("; {hidden} sessions do not show their age to this role") } else { String::new() };
    let measured = format!("{} older than {age}{unknown}", open.len());
    open.truncate(NAMED);
    let remedy =
        if hidden > 0 { "GRANT pg_read_all_stats to the role" } else { "let them end, or pg_terminate_backend(pid)" };
    let count = prepared.len();
    prepared.truncate(NAMED);
    Ok(vec![
        Finding::new(outcome, format!("none older than {age}"), measured)
            .about("open transactions")
            .samples(open)
            .remedy(remedy),
        Finding::new(
            Outcome::of(count == 0),
            format!("none older than {prepared_age}"),
            format!("{count} older than {prepared_age}"),
        )
        .about("prepared transactions")
        .samples(prepared)
        .remedy("COMMIT PREPARED or ROLLBACK PREPARED, by whoever knows what it was for"),
    ])
}
