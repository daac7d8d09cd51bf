//! What can be typed.

mod common;
mod diff;
mod disposable;
mod judged;
mod snapshot;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};

use super::baseline::Baseline;
use super::gates::Gates;
use super::load::Load;
use super::rules::Rules;
use super::schema::Schema;
use super::watch::Watch;
use crate::config::Overrides;

pub(super) use common::{Common, Listing, LogListing, Output, When};
pub(super) use diff::Diff;
pub(super) use disposable::{Campaign, CampaignOver, Demo, RulesCampaign, ServerChoice};
pub(super) use judged::{Migrate, Verify};
pub(super) use snapshot::Snapshot;

const EXIT_CODES: &str = "\
Exit codes:
  0    go: everything asked for was done, and every verdict is go
  1    no-go: a verdict failed, or files and log diverge
  2    could not judge: usage, configuration, connection, a broken check
  3    a phase failed and nothing of it remains
  4    partly applied, or the outcome is unknown: a person must look
  5    another run holds the lock
  130  cancelled";

/// Runs a PostgreSQL migration as ordered phases, and proves that the data survived.
#[derive(Debug, Parser)]
#[command(name = "phasegate", version, after_help = EXIT_CODES, max_term_width = 100, arg_required_else_help = true)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) common: Common,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write a configuration and the folders for phases, rules and snapshots
    #[command(after_help = "Examples:\n  phasegate init\n  phasegate init portal-migration")]
    Init {
        /// Where to
        #[arg(default_value = ".")]
        folder: PathBuf,
    },
    /// Show the whole route on a throw-away server: the reference platform, its five phases, gates, rules, report
    #[command(after_help = "Examples:\n  phasegate demo\n  phasegate demo --scale 100 --keep")]
    Demo(Demo),
    /// Plant defects and harmless rewrites by chance on a throw-away server, and count what is found and raised
    ///
    /// Exits with 0 where every defect was named exactly and no rewrite was reported, 1 where not, 2 where less was
    /// tried than was asked for.
    #[command(
        after_help = "Examples:\n  phasegate campaign\n  phasegate campaign --defects 100 --rewrites 0 --seed 7 --format json\n  phasegate campaign rules --defects 500 --seed 1",
        args_conflicts_with_subcommands = true
    )]
    Campaign(Campaign),
    /// Say what a migrate would do, and what stands in its way; change nothing
    #[command(
        after_help = "Examples:\n  phasegate plan -d postgresql://dba@db1/portal\n  phasegate plan --format json"
    )]
    Plan {
        /// How to print it
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: Listing,
    },
    /// Say how every phase stands; change nothing
    #[command(after_help = "Examples:\n  phasegate status\n  phasegate status --format json")]
    Status {
        /// How to print it
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: Listing,
    },
    /// Apply what is pending, between gates and snapshots, and judge what became of the data
    #[command(
        after_help = "Examples:\n  phasegate migrate -d postgresql://dba@db1/portal\n  phasegate migrate --lock-wait 5min --format json"
    )]
    Migrate(Migrate),
    /// Make integrity rules from the catalog, hold them against it, and show that they turn red
    Rules {
        #[command(subcommand)]
        command: Rules,
    },
    /// Judge the database as it is: gates, rules, and nothing changed since a run; change nothing
    #[command(
        after_help = "Examples:\n  phasegate verify\n  phasegate verify --only pii --only no_orphans\n  phasegate verify --rules-only --format json\n  phasegate verify --rejudge 20261123T131500Z-4f2a\n  phasegate verify --explain --format json\n  phasegate verify --against 20261123T131500Z-4f2a\n  phasegate verify --against 20261123T131500Z-4f2a --old-database postgresql://dba@db2/portal_restored"
    )]
    Verify(Verify),
    /// Measure and judge the platform around the data by the gates that are declared beside the rules; change nothing
    #[command(
        after_help = "Examples:\n  phasegate gates\n  phasegate gates --stage acceptance --only security\n  phasegate gates --list"
    )]
    Gates(Gates),
    /// Put the declared loads on the platform: several users at once, judged by errors and times
    ///
    /// Users are tasks of this program, each with a session of its own; they send requests one after the other and think
    /// between them.
    #[command(
        after_help = "Examples:\n  phasegate load\n  phasegate load --only four_users --duration 5min\n  phasegate load --only four_users --users 16"
    )]
    Load(Load),
    /// Measure the continuous gates again and again, and say what changes; change nothing
    ///
    /// Exits with the worst verdict that was seen.
    #[command(
        after_help = "Examples:\n  phasegate watch\n  phasegate watch --every 10s --for 8h --baseline before_release --metrics-port 9187\n  phasegate watch --for 10min --json"
    )]
    Watch(Watch),
    /// Keep figures of the platform as a baseline, and compare with it
    Baseline {
        #[command(subcommand)]
        command: Baseline,
    },
    /// Take, list and compare snapshots of the data
    Snapshot {
        #[command(subcommand)]
        command: Snapshot,
    },
    /// Compare two databases, schemas or tables down to the row; change nothing
    ///
    /// Exits with 0 where they are equal, 1 where they differ, 2 where that could not be judged.
    #[command(
        after_help = "Examples:\n  phasegate diff postgresql://dba@old/portal postgresql://dba@new/portal\n  phasegate diff postgresql://dba@db1/portal --schema public=archive --format json"
    )]
    Diff(Box<Diff>),
    /// Show the log of phases, or prove that nobody rewrote it
    #[command(after_help = "Examples:\n  phasegate log\n  phasegate log --verify\n  phasegate log --format csv")]
    Log {
        /// Recompute the hash chain
        #[arg(long)]
        verify: bool,
        /// How to print it
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: LogListing,
    },
    /// Print the JSON Schema of a file that you write, by which editors complete it and mark what is wrong
    #[command(
        after_help = "Examples:\n  phasegate schema rules\n  phasegate schema --write schemas\n\nAn editor with a language server for TOML (Even Better TOML, taplo) reads it where the first line of a file says\n  #:schema ../schemas/rules.schema.json"
    )]
    Schema(Schema),
    /// Render the report of a run from its evidence, without a server
    #[command(
        after_help = "Examples:\n  phasegate report 20261123T131500Z-4f2a\n  phasegate report snapshots/20261123T131500Z-4f2a --format markdown"
    )]
    Report {
        /// The run, by its id or its folder
        run: String,
        #[command(flatten)]
        output: Output,
    },
}

impl Command {
    /// What this command's own options say of measuring.
    pub(super) fn override_measure(&self, overrides: &mut Overrides) {
        if let Command::Verify(Verify { digest, .. }) | Command::Migrate(Migrate { digest, .. }) = self {
            overrides.digest = digest.map(Into::into);
        }
        if let Command::Verify(Verify { redact, .. })
        | Command::Migrate(Migrate { redact, .. })
        | Command::Snapshot { command: Snapshot::Compare { redact, .. } } = self
        {
            overrides.redact.clone_from(redact);
        }
        let Command::Snapshot { command } = self else { return };
        if let Snapshot::Take { equality, digest, table, exclude, exclude_column, max_snapshot_age, .. } = command {
            overrides.equality = equality.map(Into::into);
            overrides.digest = digest.map(Into::into);
            overrides.tables.clone_from(table);
            overrides.exclude.clone_from(exclude);
            overrides.exclude_columns.clone_from(exclude_column);
            overrides.max_snapshot_age = *max_snapshot_age;
        }
    }
}

fn time(text: &str) -> Result<Duration, String> {
    crate::phase::parse_duration("the time", text)
}
