//! The major version of the server.

use serde::Deserialize;

use super::gate::{ENABLED, Gate, Probe, SEVERITY};
use crate::db::DbError;
use crate::declaration::{Parameter, Shape};
use crate::evidence::Evidence;
use crate::verdict::{Moment, Severity, Verdict};

/// Which major versions of PostgreSQL the phases may run on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerVersion {
    /// Whether it is measured.
    pub enabled: bool,
    /// What a violation means.
    pub severity: Severity,
    /// The oldest major version allowed.
    pub min: u32,
    /// The newest major version allowed; any where not given.
    pub max: Option<u32>,
}

impl Default for ServerVersion {
    fn default() -> ServerVersion {
        ServerVersion { enabled: true, severity: Severity::Fail, min: 13, max: None }
    }
}

impl Gate for ServerVersion {
    const NAME: &'static str = "server_version";
    const SUMMARY: &'static str = "the server's major version lies within bounds";
    const MOMENTS: &'static [Moment] = &[Moment::Before];
    const SETTINGS: &'static [Parameter] = &[
        ENABLED,
        SEVERITY,
        Parameter::optional("min", Shape::COUNT_32, "13", "the oldest major version allowed"),
        Parameter::optional("max", Shape::COUNT_32, "none", "the newest major version allowed"),
    ];

    fn is_enabled(&self) -> bool {
        self.enabled
    }

    async fn run(&self, probe: &mut Probe<'_>) -> Result<Vec<Evidence>, DbError> {
        let sql = include_str!("server_version.sql");
        let row = probe.one(sql).await?;
        let major: u32 = row.parse("major")?;
        let within = major >= self.min && self.max.is_none_or(|max| major <= max);
        let expected = match self.max {
            Some(max) => format!("major version {} to {max}", self.min),
            None => format!("major version {} or later", self.min),
        };
        let verdict = if within { Verdict::Pass } else { self.severity.violated() };
        let evidence = Evidence::new(probe.topic, Self::NAME, "server", verdict)
            .expected(expected)
            .measured(format!("PostgreSQL {}", row.text("version")?))
            .probe(sql);
        Ok(vec![evidence])
    }
}
