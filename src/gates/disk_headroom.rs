//! Room on the server's disk for what a migration rewrites.

use std::path::Path;

use serde::Deserialize;

use super::gate::{ENABLED, Gate, Probe, SEVERITY};
use crate::db::DbError;
use crate::declaration::{Parameter, Shape};
use crate::evidence::Evidence;
use crate::verdict::{Moment, Severity, Verdict};

/// Whether the disk has room for the database once more, and a reserve.
///
/// No query tells the free space of a server's disk. It is known where the server runs on this machine and its role
/// may ask for the data directory; elsewhere the gate says that it does not know.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DiskHeadroom {
    /// Whether it is measured.
    pub enabled: bool,
    /// What a violation means.
    pub severity: Severity,
    /// What it means that the free space cannot be known: `info` passes and says so.
    pub if_unknown: Severity,
    /// Free space demanded, in percent of the size of the database: a rewrite of everything, and half as much again.
    pub percent_of_database: u64,
}

impl Default for DiskHeadroom {
    fn default() -> DiskHeadroom {
        DiskHeadroom { enabled: true, severity: Severity::Fail, if_unknown: Severity::Info, percent_of_database: 150 }
    }
}

impl Gate for DiskHeadroom {
    const NAME: &'static str = "disk_headroom";
    const SUMMARY: &'static str = "the server's disk has room for what the phases rewrite";
    const MOMENTS: &'static [Moment] = &[Moment::Before];
    const SETTINGS: &'static [Parameter] = &[
        ENABLED,
        SEVERITY,
        Parameter::optional(
            "if_unknown",
            Shape::SEVERITY,
            "\"info\"",
            "what it means that free space cannot be known; `info` passes and says so",
        ),
        Parameter::optional(
            "percent_of_database",
            Shape::COUNT,
            "150",
            "free space demanded, in percent of the size of the database",
        ),
    ];

    fn is_enabled(&self) -> bool {
        self.enabled
    }

    async fn run(&self, probe: &mut Probe<'_>) -> Result<Vec<Evidence>, DbError> {
        let sql = include_str!("disk_headroom.sql");
        let row = probe.one(sql).await?;
        let size: u64 = row.parse("database_bytes")?;
        let needed = size.saturating_mul(self.percent_of_database) / 100;
        let free = match (row.get("data_directory")?, probe.context.free_bytes) {
            (None, _) => Err("the role may not see the data directory (pg_read_all_settings)"),
            (_, None) => Err("the server is not on this machine"),
            (Some(directory), Some(free_bytes)) => {
                free_bytes(Path::new(directory)).ok_or("the data directory's file system does not say")
            }
        };
        let (verdict, measured) = match free {
            Err(why) => (self.if_unknown.violated(), format!("free space is not known: {why}")),
            Ok(free) if free >= needed => (Verdict::Pass, format!("{} free", mib(free))),
            Ok(free) => (self.severity.violated(), format!("{} free", mib(free))),
        };
        let evidence = Evidence::new(probe.topic, Self::NAME, "data directory", verdict)
            .expected(format!("{} free: {} % of the database's {}", mib(needed), self.percent_of_database, mib(size)))
            .measured(measured)
            .probe(sql);
        Ok(vec![match (free, verdict) {
            (Err(_), _) => evidence.remedy("look at the free space of the server's data directory by hand"),
            (_, Verdict::Pass) => evidence,
            _ => evidence.remedy("free or add disk space before the migration"),
        }])
    }
}

/// Whole mebibytes, rounded up so that little is not shown as nothing.
fn mib(bytes: u64) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}
