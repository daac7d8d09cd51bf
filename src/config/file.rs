//! What stands in `phasegate.toml`.

use std::path::PathBuf;

use serde::{Deserialize, Deserializer};

use crate::gates::GatesConfig;
use crate::snapshot::{Buckets, DigestKind, Equality, ExcludedColumn, NO_REASON, SharedPass};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    pub(super) database: Database,
    pub(super) folders: Folders,
    pub(super) log: Log,
    pub(super) execute: Execute,
    pub(super) measure: Measure,
    pub(super) gates: GatesConfig,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Database {
    pub(super) url: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Folders {
    pub(super) migrations: PathBuf,
    pub(super) rules: PathBuf,
    pub(super) snapshots: PathBuf,
}

impl Default for Folders {
    fn default() -> Folders {
        Folders { migrations: "migrations".into(), rules: "integrity_rules".into(), snapshots: "snapshots".into() }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Log {
    pub(super) schema: String,
    pub(super) table: String,
}

impl Default for Log {
    fn default() -> Log {
        Log { schema: "public".into(), table: "migration_log".into() }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Execute {
    pub(super) search_path: String,
    pub(super) role: Option<String>,
    #[serde(deserialize_with = "millis")]
    pub(super) lock_timeout: u64,
    #[serde(deserialize_with = "millis")]
    pub(super) statement_timeout: u64,
    pub(super) lock_retries: u32,
}

impl Default for Execute {
    fn default() -> Execute {
        Execute { search_path: "public".into(), role: None, lock_timeout: 5_000, statement_timeout: 0, lock_retries: 5 }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Measure {
    pub(super) jobs: usize,
    pub(super) row_fingerprints: u64,
    #[serde(deserialize_with = "buckets")]
    pub(super) buckets: usize,
    pub(super) each_phase: bool,
    pub(super) equality: Equality,
    pub(super) digest: DigestKind,
    pub(super) shared_pass: SharedPass,
    pub(super) exclude: Vec<String>,
    pub(super) exclude_columns: Vec<ColumnEntry>,
    pub(super) redact: Vec<String>,
    #[serde(deserialize_with = "millis")]
    pub(super) max_snapshot_age: u64,
    pub(super) max_active_sessions: usize,
    #[serde(deserialize_with = "millis")]
    pub(super) statement_timeout: u64,
    #[serde(deserialize_with = "millis")]
    pub(super) gate_timeout: u64,
    pub(super) expect: Option<PathBuf>,
    pub(super) derive: bool,
}

impl Default for Measure {
    fn default() -> Measure {
        Measure {
            jobs: 2,
            row_fingerprints: 100_000,
            buckets: 256,
            each_phase: false,
            equality: Equality::default(),
            digest: DigestKind::default(),
            shared_pass: SharedPass::default(),
            exclude: Vec::new(),
            exclude_columns: Vec::new(),
            redact: Vec::new(),
            max_snapshot_age: 0,
            max_active_sessions: 0,
            statement_timeout: 0,
            gate_timeout: 60_000,
            expect: None,
            derive: false,
        }
    }
}

/// `"schema.table.column"`, or with a reason `{ column = "schema.table.column", reason = "…" }`.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected \"schema.table.column\" or { column = \"…\", reason = \"…\" }")]
pub(super) enum ColumnEntry {
    Name(String),
    WithReason(ExcludedColumn),
}

impl From<ColumnEntry> for ExcludedColumn {
    fn from(entry: ColumnEntry) -> ExcludedColumn {
        match entry {
            ColumnEntry::Name(column) => ExcludedColumn { column, reason: NO_REASON.to_owned() },
            ColumnEntry::WithReason(excluded) => excluded,
        }
    }
}

/// A power of two, or none.
fn buckets<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let count = usize::deserialize(deserializer)?;
    if count == 0 || (count.is_power_of_two() && count <= Buckets::MOST) {
        return Ok(count);
    }
    let most = Buckets::MOST;
    Err(serde::de::Error::custom(format!("buckets is {count}; give a power of two up to {most}, or 0 for none")))
}

/// `"5s"`, `"250ms"`, `"10min"`, `"0"`: the same words as in a phase's header.
fn millis<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = String::deserialize(deserializer)?;
    let duration = crate::phase::parse_duration("the timeout", &text).map_err(serde::de::Error::custom)?;
    u64::try_from(duration.as_millis()).map_err(serde::de::Error::custom)
}
