//! What the migrating role may do.

use serde::Deserialize;

use super::gate::{ENABLED, Findings, Gate, Probe, SEVERITY, split};
use crate::db::{DbError, Sql, quote_literal};
use crate::declaration::Parameter;
use crate::evidence::Evidence;
use crate::verdict::{Moment, Severity};

/// Whether the role may create in the target schemas, read every table, and write the log.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Privileges {
    /// Whether it is measured.
    pub enabled: bool,
    /// What a violation means.
    pub severity: Severity,
}

impl Default for Privileges {
    fn default() -> Privileges {
        Privileges { enabled: true, severity: Severity::Fail }
    }
}

impl Gate for Privileges {
    const NAME: &'static str = "privileges";
    const SUMMARY: &'static str = "the role may create in the target schemas, read every table and write the log";
    const MOMENTS: &'static [Moment] = &[Moment::Before];
    const SETTINGS: &'static [Parameter] = &[ENABLED, SEVERITY];

    fn is_enabled(&self) -> bool {
        self.enabled
    }

    async fn run(&self, probe: &mut Probe<'_>) -> Result<Vec<Evidence>, DbError> {
        let schemas: Vec<String> = probe.context.target_schemas.iter().map(|name| quote_literal(name)).collect();
        let sql = Sql::new(include_str!("privileges.sql"))
            .fragment("schemas", schemas.join(", "))
            .value("log_schema", &probe.context.log_table.0)
            .value("log_name", &probe.context.log_table.1)
            .render()?;
        let rows = probe.rows(&sql).await?;
        let (looked_at, offenders) = split(&rows)?;
        let mut remedies = Vec::new();
        for row in &rows {
            if row.get("problem")?.is_some() {
                remedies.push(row.text("remedy")?.to_owned());
            }
        }
        remedies.truncate(probe.context.sample);
        let evidence = probe.found(Findings {
            gate: Self::NAME,
            subject: "privileges",
            looked_at,
            wrong: "missing",
            severity: self.severity,
            offenders,
        });
        let evidence = evidence.probe(sql);
        Ok(vec![if remedies.is_empty() { evidence } else { evidence.remedy(remedies.join("; ")) }])
    }
}
