//! Indexes that a failed CREATE INDEX CONCURRENTLY or REINDEX left behind.

use serde::Deserialize;

use super::gate::{ENABLED, Findings, Gate, Probe, SEVERITY, split};
use crate::db::DbError;
use crate::declaration::Parameter;
use crate::evidence::Evidence;
use crate::verdict::{Moment, Severity};

/// Indexes that are not valid, not ready or half dropped.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InvalidIndexes {
    /// Whether it is measured.
    pub enabled: bool,
    /// What a violation means.
    pub severity: Severity,
}

impl Default for InvalidIndexes {
    fn default() -> InvalidIndexes {
        InvalidIndexes { enabled: true, severity: Severity::Fail }
    }
}

impl Gate for InvalidIndexes {
    const NAME: &'static str = "invalid_indexes";
    const SUMMARY: &'static str = "every index is valid and in use";
    const MOMENTS: &'static [Moment] = &[Moment::Before, Moment::After];
    const SETTINGS: &'static [Parameter] = &[ENABLED, SEVERITY];

    fn is_enabled(&self) -> bool {
        self.enabled
    }

    async fn run(&self, probe: &mut Probe<'_>) -> Result<Vec<Evidence>, DbError> {
        let sql = include_str!("invalid_indexes.sql");
        let rows = probe.rows(sql).await?;
        let (looked_at, offenders) = split(&rows)?;
        let mut remedies = Vec::new();
        for row in &rows {
            remedies.extend(row.get("remedy")?.map(str::to_owned));
        }
        let evidence = probe.found(Findings {
            gate: Self::NAME,
            subject: "indexes",
            looked_at,
            wrong: "invalid",
            severity: self.severity,
            offenders,
        });
        let evidence = evidence.probe(sql);
        Ok(vec![if remedies.is_empty() { evidence } else { evidence.remedy(remedies.join("; ")) }])
    }
}
