//! Constraints that were added NOT VALID and never validated, or are not enforced at all.

use serde::Deserialize;

use super::gate::{ENABLED, Findings, Gate, Probe, SEVERITY, split};
use crate::db::DbError;
use crate::declaration::Parameter;
use crate::evidence::Evidence;
use crate::verdict::{Moment, Severity};

/// Constraints that do not speak for all rows of their table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NotValidConstraints {
    /// Whether it is measured.
    pub enabled: bool,
    /// What a violation means.
    pub severity: Severity,
}

impl Default for NotValidConstraints {
    fn default() -> NotValidConstraints {
        NotValidConstraints { enabled: true, severity: Severity::Fail }
    }
}

impl Gate for NotValidConstraints {
    const NAME: &'static str = "not_valid_constraints";
    const SUMMARY: &'static str = "every constraint is validated and enforced";
    const MOMENTS: &'static [Moment] = &[Moment::After];
    const SETTINGS: &'static [Parameter] = &[ENABLED, SEVERITY];

    fn is_enabled(&self) -> bool {
        self.enabled
    }

    async fn run(&self, probe: &mut Probe<'_>) -> Result<Vec<Evidence>, DbError> {
        let sql = include_str!("not_valid_constraints.sql");
        let (looked_at, offenders) = split(&probe.rows(sql).await?)?;
        let is_clean = offenders.is_empty();
        let evidence = probe.found(Findings {
            gate: Self::NAME,
            subject: "constraints",
            looked_at,
            wrong: "not valid",
            severity: self.severity,
            offenders,
        });
        let evidence = evidence.probe(sql);
        Ok(vec![if is_clean { evidence } else { evidence.remedy("ALTER TABLE … VALIDATE CONSTRAINT …") }])
    }
}
