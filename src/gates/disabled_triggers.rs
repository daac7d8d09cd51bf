//! Triggers that somebody switched off and did not switch on again.

use serde::Deserialize;

use super::gate::{ENABLED, Findings, Gate, Probe, SEVERITY, split};
use crate::db::DbError;
use crate::declaration::{Parameter, Shape};
use crate::evidence::Evidence;
use crate::verdict::{Moment, Severity};

/// Triggers that do not fire, those of foreign keys among them: then orphans come in unseen.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DisabledTriggers {
    /// Whether it is measured.
    pub enabled: bool,
    /// What a violation means.
    pub severity: Severity,
    /// Triggers that are meant to be off, as `schema.table.trigger`; for a foreign key's own, `schema.table.constraint`.
    pub allow: Vec<String>,
}

impl Default for DisabledTriggers {
    fn default() -> DisabledTriggers {
        DisabledTriggers { enabled: true, severity: Severity::Fail, allow: Vec::new() }
    }
}

impl Gate for DisabledTriggers {
    const NAME: &'static str = "disabled_triggers";
    const SUMMARY: &'static str = "every trigger fires, those of foreign keys too";
    const MOMENTS: &'static [Moment] = &[Moment::After];
    const SETTINGS: &'static [Parameter] = &[
        ENABLED,
        SEVERITY,
        Parameter::optional(
            "allow",
            Shape::TEXTS,
            "[]",
            "triggers that are meant to be off, as `schema.table.trigger`; for a foreign key's own, `schema.table.constraint`",
        ),
    ];

    fn is_enabled(&self) -> bool {
        self.enabled
    }

    async fn run(&self, probe: &mut Probe<'_>) -> Result<Vec<Evidence>, DbError> {
        let sql = include_str!("disabled_triggers.sql");
        let mut rows = probe.rows(sql).await?;
        let all = rows.len();
        rows.retain(|row| !matches!(row.get("id"), Ok(Some(id)) if self.allow.iter().any(|allowed| allowed == id)));
        let (looked_at, offenders) = split(&rows)?;
        let (allowed, is_clean) = (all - rows.len(), offenders.is_empty());
        let mut evidence = probe.found(Findings {
            gate: Self::NAME,
            subject: "triggers",
            looked_at,
            wrong: "not firing",
            severity: self.severity,
            offenders,
        });
        if allowed > 0 {
            evidence.measured.push_str(&format!("; {allowed} more are allowed to be off"));
        }
        let evidence = evidence.probe(sql);
        Ok(vec![if is_clean { evidence } else { evidence.remedy("ALTER TABLE … ENABLE TRIGGER …") }])
    }
}
