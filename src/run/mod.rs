//! The route: config -> plan -> execution -> evidence -> verdict -> report. One file a command, each read top to bottom.

mod baseline;
mod before;
mod campaign;
mod check;
mod checks;
mod demo;
mod diff;
mod earlier;
mod error;
mod exit;
mod explain;
mod gates;
mod gather;
mod history;
mod init;
mod load;
mod metrics;
mod migrate;
mod names;
mod new_file;
mod notebook;
mod prepare;
mod recorded;
mod rejudge;
mod rule_files;
mod rules_only;
mod schema;
mod schema_file;
mod shared_pass;
mod snapshots;
mod trail;
mod trials;
mod values;
mod verify;
mod watch;

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::db::{Cancel, ConnSpec, Env};
use crate::execute::Failure;
use crate::plan::Plan;
use crate::report::Report;

pub use baseline::{Checked, check_snapshot};
pub use campaign::{CampaignOptions, ChecksCampaignOptions, campaign, campaign_over_checks};
pub use check::declared_in_folder;
pub use demo::{DemoOptions, demo};
pub use diff::{diff, record_diff};
pub use error::Error;
pub use exit::Exit;
pub use explain::{Explanation, explain_rules};
pub use gates::{GatesOptions, declared_gates, gates};
pub use history::{History, PhaseState, history, log_rows, report, status};
pub use init::init;
pub use load::{LoadOptions, declared_loads, load};
pub use metrics::{capture_baseline, compare_baseline};
pub use migrate::{MigrateOptions, migrate};
pub use prepare::plan;
pub use rejudge::rejudge;
pub use rule_files::{generate_rules, rules_drift, write_drafts};
pub use schema::write_schema;
pub use schema_file::{schema_baseline, write_schema_baseline};
pub use snapshots::{Listed, compare_snapshots, list_snapshots, take_snapshot};
pub use trials::{Trials, try_platform, try_rules};
pub use values::Lookup;
pub use verify::{VerifyOptions, verify};
pub use watch::{Change, Round, WatchEvent, WatchOptions, Watched, watch};

/// What every command is given.
#[derive(Clone)]
pub struct Context<'a> {
    /// The configuration, resolved.
    pub config: &'a Config,
    /// Where to connect, resolved.
    pub spec: ConnSpec,
    /// What tells the work to stop.
    pub cancel: Cancel,
    /// Who listens. Called from several tasks.
    pub events: &'a (dyn Fn(Event) + Send + Sync),
    /// Who ran it, for the evidence.
    pub operator: Option<String>,
    /// The environment variables, for gates that look at them; their values are never shown.
    pub env: Env,
    /// Free bytes of the file system that holds a directory, where the system can tell.
    pub free_bytes: Option<FreeBytes<'a>>,
}

/// Tells the free bytes of the file system that holds a directory.
pub type FreeBytes<'a> = &'a (dyn Fn(&Path) -> Option<u64> + Send + Sync);

/// Progress of a command.
#[derive(Debug, Clone)]
pub enum Event {
    /// A part of the route begins: `snapshot before`.
    Step(String),
    /// A phase is under way.
    Execute(crate::execute::Event),
    /// A snapshot is under way.
    Snapshot(crate::snapshot::Event),
    /// A comparison of two databases is under way.
    Diff(crate::diff::Event),
    /// Something a person should know.
    Note(String),
}

/// What a command that judges came to.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code's meaning.
    pub exit: Exit,
    /// What was planned.
    pub plan: Option<Plan>,
    /// What stopped the phases.
    pub failure: Option<Failure>,
    /// The report over all evidence.
    pub report: Option<Report>,
    /// Where the evidence lies.
    pub directory: Option<PathBuf>,
}
