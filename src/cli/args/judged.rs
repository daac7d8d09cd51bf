//! What can be typed after `phasegate migrate` and `phasegate verify`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::snapshot::DigestWord;
use super::{Output, time};

#[derive(Debug, Args)]
pub(in crate::cli) struct Migrate {
    /// How long to wait for another run to end: 30s, 5min
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = time)]
    pub(in crate::cli) lock_wait: Duration,
    /// Only apply the phases: no gates, rules, snapshots; the verdict is then "not evaluated" (exit code 2)
    #[arg(long)]
    pub(in crate::cli) apply_only: bool,
    /// Take a snapshot after each phase too, and name the first phase that shows a difference
    #[arg(long, conflicts_with = "apply_only")]
    pub(in crate::cli) snapshot_each_phase: bool,
    /// A database as it was before (a restored backup): the old and new values of rows that differ are shown
    #[arg(long, value_name = "URL", conflicts_with = "apply_only")]
    pub(in crate::cli) old_database: Option<String>,
    /// Columns whose values are not shown, besides those of the configuration
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(in crate::cli) redact: Vec<String>,
    /// How digests are made [default: as configured, else hash64]
    #[arg(long, value_name = "METHOD", conflicts_with = "apply_only")]
    pub(in crate::cli) digest: Option<DigestWord>,
    /// A file of what may change beside what the phases declare, and of what must hold
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) expect: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) output: Output,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Verify {
    /// A run (or a snapshot) since which nothing may have changed
    #[arg(long, value_name = "RUN")]
    pub(in crate::cli) against: Option<String>,
    /// A database as it was then (a restored backup): the old and new values of rows that differ are shown
    #[arg(long, value_name = "URL", requires = "against")]
    pub(in crate::cli) old_database: Option<String>,
    /// Columns whose values are not shown, besides those of the configuration
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(in crate::cli) redact: Vec<String>,
    /// Only rules with this id or tag; may be given again. Gates and the snapshot are as always
    #[arg(long, value_name = "ID|TAG")]
    pub(in crate::cli) only: Vec<String>,
    /// Only the rules: no gates, no snapshot, so that nothing can be held against this run later
    #[arg(long, conflicts_with_all = ["against", "old_database", "expect", "digest"])]
    pub(in crate::cli) rules_only: bool,
    /// Judge again what a run counted (its id, its folder, or its report in JSON), by the rules as they are now; no server
    #[arg(long, value_name = "RUN", conflicts_with_all = ["against", "old_database", "expect", "digest", "rules_only"])]
    pub(in crate::cli) rejudge: Option<String>,
    /// Print the SQL of each rule and the server's plan for it; measure nothing but a sample of large tables, judge nothing
    #[arg(long, conflicts_with_all = ["against", "old_database", "expect", "rules_only", "rejudge"])]
    pub(in crate::cli) explain: bool,
    /// How digests are made [default: as configured, else hash64]
    #[arg(long, value_name = "METHOD")]
    pub(in crate::cli) digest: Option<DigestWord>,
    /// A file of what may have changed since then, and of what must hold
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) expect: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) output: Output,
}
