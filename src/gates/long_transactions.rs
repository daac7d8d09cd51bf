//! Old transactions: they hold locks that phases wait for, and keep CREATE INDEX CONCURRENTLY from ending.

use serde::Deserialize;

use super::gate::{ENABLED, Gate, Probe, SEVERITY, offender};
use crate::db::{DbError, Sql};
use crate::declaration::{Parameter, Shape};
use crate::evidence::Evidence;
use crate::verdict::{Moment, Severity, Verdict};

/// Transactions of other sessions, idle ones and prepared ones too, that are older than a limit.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LongTransactions {
    /// Whether it is measured.
    pub enabled: bool,
    /// What a violation means.
    pub severity: Severity,
    /// What it means that sessions of other roles hide how old their transactions are.
    pub if_unknown: Severity,
    /// The oldest age that is accepted, in seconds.
    pub max_age_s: u32,
}

impl Default for LongTransactions {
    fn default() -> LongTransactions {
        LongTransactions { enabled: true, severity: Severity::Fail, if_unknown: Severity::Warn, max_age_s: 300 }
    }
}

impl Gate for LongTransactions {
    const NAME: &'static str = "long_transactions";
    const SUMMARY: &'static str = "no other session holds a transaction open for long";
    const MOMENTS: &'static [Moment] = &[Moment::Before];
    const SETTINGS: &'static [Parameter] = &[
        ENABLED,
        SEVERITY,
        Parameter::optional(
            "if_unknown",
            Shape::SEVERITY,
            "\"warn\"",
            "what it means that sessions of other roles hide their transactions' age",
        ),
        Parameter::optional("max_age_s", Shape::COUNT_32, "300", "the oldest age that is accepted, in seconds"),
    ];

    fn is_enabled(&self) -> bool {
        self.enabled
    }

    async fn run(&self, probe: &mut Probe<'_>) -> Result<Vec<Evidence>, DbError> {
        let pids: Vec<String> = probe.context.own_pids.iter().map(ToString::to_string).collect();
        let sql = Sql::new(include_str!("long_transactions.sql"))
            .fragment("own_pids", pids.join(", "))
            .value("max_age_s", self.max_age_s)
            .render()?;
        let (mut offenders, mut hidden) = (Vec::new(), 0_u64);
        for row in probe.rows(&sql).await? {
            if row.flag("hidden")? {
                hidden += 1;
            } else {
                offenders.push(offender(&row)?);
            }
        }
        let count = u64::try_from(offenders.len()).unwrap_or(u64::MAX);
        let verdict = match (count, hidden) {
            (0, 0) => Verdict::Pass,
            (0, _) => self.if_unknown.violated(),
            _ => self.severity.violated(),
        };
        let unknown = match hidden {
            0 => String::new(),
            hidden => format!("; {hidden} sessions of other roles do not show their age"),
        };
        offenders.truncate(probe.context.sample);
        let evidence = Evidence::new(probe.topic, Self::NAME, "transactions", verdict)
            .expected(format!("0 transactions older than {} s", self.max_age_s))
            .measured(format!("{count} older than {} s{unknown}", self.max_age_s))
            .violations(count, offenders)
            .probe(sql);
        Ok(vec![match (count, hidden) {
            (0, 0) => evidence,
            (0, _) => evidence.remedy("GRANT pg_read_all_stats to the role, or look by hand"),
            _ => evidence.remedy("let them end, or end them: pg_terminate_backend(pid), ROLLBACK PREPARED"),
        }])
    }
}
