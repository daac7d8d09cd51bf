//! The configuration: what stands in `phasegate.toml` and what was typed, fully resolved before anything happens.

mod error;
mod file;
mod resolve;
mod schemas;
mod written;

use std::path::PathBuf;

use crate::evidence::Redaction;
use crate::migration_log::MigrationLog;
use crate::snapshot::{DigestKind, Equality, ExcludedColumn, SharedPass};

pub use error::ConfigError;
pub use resolve::{Overrides, load};
pub use schemas::{FileSchema, SCHEMAS};

/// Name of the configuration file, looked for in the working directory.
pub const FILE_NAME: &str = "phasegate.toml";

/// What `phasegate init` writes.
pub const TEMPLATE: &str = include_str!("template.toml");

/// Everything a run needs to know, resolved.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it was read from, where there is one.
    pub source: Option<PathBuf>,
    /// Where to connect, as it was written; `None` leaves all to the PG* variables.
    pub database: Option<String>,
    /// Folder of the phases.
    pub migrations: PathBuf,
    /// Folder of the integrity rules.
    pub rules: PathBuf,
    /// Folder of runs and their snapshots.
    pub snapshots: PathBuf,
    /// The log's tables.
    pub log: MigrationLog,
    /// How phases are applied.
    pub execute: ExecuteConfig,
    /// How snapshots are taken and rules are run.
    pub measure: MeasureConfig,
    /// Which gates there are and what they demand.
    pub gates: crate::gates::GatesConfig,
}

/// How phases are applied. Durations in milliseconds; 0 is no limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecuteConfig {
    /// `search_path` of every phase.
    pub search_path: String,
    /// Role that phases run as.
    pub role: Option<String>,
    /// How long a statement waits for a lock.
    pub lock_timeout_ms: u64,
    /// How long a statement may take.
    pub statement_timeout_ms: u64,
    /// How often it is tried again for want of a lock.
    pub lock_retries: u32,
}

/// How snapshots are taken and rules are run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasureConfig {
    /// Sessions that measure at the same time.
    pub jobs: usize,
    /// Up to how many rows of a table are fingerprinted one by one, so that differing rows can be named.
    pub row_fingerprints: u64,
    /// Into how many buckets at most the digests of larger tables are put; 0 is none.
    pub buckets: usize,
    /// Whether a migration takes a snapshot after each of its phases.
    pub each_phase: bool,
    /// When two values are one for the digests.
    pub equality: Equality,
    /// Tables that are not looked at; named in every report.
    pub exclude: Vec<String>,
    /// Only these tables; `None`: all.
    pub tables: Option<Vec<String>>,
    /// Columns that are not looked at; named in every report.
    pub exclude_columns: Vec<ExcludedColumn>,
    /// Columns whose values are not shown, wherever they are read.
    pub redact: Redaction,
    /// How the digests are made.
    pub digest: DigestKind,
    /// Whether rules are counted in the pass of the digests.
    pub shared_pass: SharedPass,
    /// How old a snapshot may grow, in milliseconds; 0 is no limit.
    pub max_snapshot_age_ms: u64,
    /// While more other sessions are active than these, no table is begun; 0 is any number.
    pub max_active_sessions: usize,
    /// How long one query may take, in milliseconds; 0 is no limit.
    pub statement_timeout_ms: u64,
    /// How long a declared gate may take that does not say so itself, in milliseconds.
    pub gate_timeout_ms: u64,
    /// A file of expected changes, beside what the phases declare.
    pub expect: Option<PathBuf>,
    /// Whether what the SQL of every phase names counts as declared.
    pub derive: bool,
}
