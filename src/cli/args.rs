//! What can be typed.

mod snapshot;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::baseline::Baseline;
use super::gates::Gates;
use super::load::Load;
use super::rules::Rules;
use super::watch::Watch;
use crate::config::Overrides;
use crate::diff::Decimal;
use crate::report::{FORMATS, Format};

use snapshot::DigestWord;

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

/// Options of every command.
#[derive(Debug, Args)]
pub(super) struct Common {
    /// Configuration file [default: phasegate.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to connect: a postgresql:// URL or key=value settings; else the PG* variables say. Keep passwords in
    /// ~/.pgpass
    #[arg(long, short, global = true, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    database: Option<String>,
    /// Folder of the phases
    #[arg(long, global = true, value_name = "DIR")]
    migrations: Option<PathBuf>,
    /// Folder of the integrity rules
    #[arg(long, global = true, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// Folder of runs and snapshots
    #[arg(long, global = true, value_name = "DIR")]
    snapshots: Option<PathBuf>,
    /// Sessions that measure at the same time
    #[arg(long, global = true, value_name = "N", value_parser = jobs)]
    jobs: Option<usize>,
    /// Who runs this, for the evidence [default: the system's user]
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) operator: Option<String>,
    /// Say only what went wrong, and the verdict
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
    /// Show diagnostics
    #[arg(long, short, global = true)]
    pub(super) verbose: bool,
    /// When to colour the output
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(super) color: When,
}

impl Common {
    pub(super) fn overrides(&self) -> Overrides {
        Overrides {
            config: self.config.clone(),
            database: self.database.clone(),
            migrations: self.migrations.clone(),
            rules: self.rules.clone(),
            snapshots: self.snapshots.clone(),
            jobs: self.jobs,
            ..Overrides::default()
        }
    }

    /// Whether the connection was typed as an argument, where every user of the machine can read it.
    pub(super) fn typed_database(&self) -> bool {
        let on_the_line = |arg: std::ffi::OsString| {
            let arg = arg.to_string_lossy().into_owned();
            self.database.as_ref().is_some_and(|typed| arg.contains(typed.as_str()))
        };
        std::env::args_os().any(on_the_line)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
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
        after_help = "Examples:\n  phasegate campaign\n  phasegate campaign --defects 100 --rewrites 0 --seed 7 --format json"
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
        after_help = "Examples:\n  phasegate verify\n  phasegate verify --only pii --only no_orphans\n  phasegate verify --rules-only --format json\n  phasegate verify --explain --format json\n  phasegate verify --against 20261123T131500Z-4f2a\n  phasegate verify --against 20261123T131500Z-4f2a --old-database postgresql://dba@db2/portal_restored"
    )]
    Verify {
        /// A run (or a snapshot) since which nothing may have changed
        #[arg(long, value_name = "RUN")]
        against: Option<String>,
        /// A database as it was then (a restored backup): the old and new values of rows that differ are shown
        #[arg(long, value_name = "URL", requires = "against")]
        old_database: Option<String>,
        /// Columns whose values are not shown, besides those of the configuration
        #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
        redact: Vec<String>,
        /// Only rules with this id or tag; may be given again. Gates and the snapshot are as always
        #[arg(long, value_name = "ID|TAG")]
        only: Vec<String>,
        /// Only the rules: no gates, no snapshot, so that nothing can be held against this run later
        #[arg(long, conflicts_with_all = ["against", "old_database", "expect", "digest"])]
        rules_only: bool,
        /// Print the SQL of each rule and the server's plan for it; measure nothing but a sample of large tables, judge nothing
        #[arg(long, conflicts_with_all = ["against", "old_database", "expect", "rules_only"])]
        explain: bool,
        /// How digests are made [default: as configured, else hash64]
        #[arg(long, value_name = "METHOD")]
        digest: Option<DigestWord>,
        /// A file of what may have changed since then, and of what must hold
        #[arg(long, value_name = "FILE")]
        expect: Option<PathBuf>,
        #[command(flatten)]
        output: Output,
    },
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
        if let Command::Verify { digest, .. } | Command::Migrate(Migrate { digest, .. }) = self {
            overrides.digest = digest.map(Into::into);
        }
        if let Command::Verify { redact, .. }
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

#[derive(Debug, Args)]
pub(super) struct Output {
    /// How to print the report
    #[arg(long, value_name = "FORMAT", default_value = "terminal", value_parser = report_format)]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Migrate {
    /// How long to wait for another run to end: 30s, 5min
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = time)]
    pub(super) lock_wait: Duration,
    /// Only apply the phases: no gates, rules, snapshots; the verdict is then "not evaluated" (exit code 2)
    #[arg(long)]
    pub(super) apply_only: bool,
    /// Take a snapshot after each phase too, and name the first phase that shows a difference
    #[arg(long, conflicts_with = "apply_only")]
    pub(super) snapshot_each_phase: bool,
    /// A database as it was before (a restored backup): the old and new values of rows that differ are shown
    #[arg(long, value_name = "URL", conflicts_with = "apply_only")]
    pub(super) old_database: Option<String>,
    /// Columns whose values are not shown, besides those of the configuration
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(super) redact: Vec<String>,
    /// How digests are made [default: as configured, else hash64]
    #[arg(long, value_name = "METHOD", conflicts_with = "apply_only")]
    pub(super) digest: Option<DigestWord>,
    /// A file of what may change beside what the phases declare, and of what must hold
    #[arg(long, value_name = "FILE")]
    pub(super) expect: Option<PathBuf>,
    #[command(flatten)]
    pub(super) output: Output,
}

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Size of the platform: 1 has 130 client groups, 1000 has 5 million valuations
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(super) scale: u32,
    /// Leave the server running to look around
    #[arg(long)]
    pub(super) keep: bool,
    /// Take a snapshot after each phase too, and name the first phase that shows a difference
    #[arg(long)]
    pub(super) snapshot_each_phase: bool,
    #[command(flatten)]
    pub(super) server: ServerChoice,
    #[command(flatten)]
    pub(super) output: Output,
}

#[derive(Debug, Args)]
pub(super) struct Campaign {
    /// How many defects to plant
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = tries)]
    pub(super) defects: usize,
    /// How many harmless rewrites to make
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = tries)]
    pub(super) rewrites: usize,
    /// What chance starts from: the same seed makes the same campaign
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// Size of the tables
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(super) scale: u32,
    /// Directory of initdb and postgres of another major version, which then holds the rewritten side in some rounds
    #[arg(long, value_name = "DIR")]
    pub(super) other_pg_bin: Option<PathBuf>,
    #[command(flatten)]
    pub(super) server: ServerChoice,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Listing,
}

#[derive(Debug, Args)]
pub(super) struct ServerChoice {
    /// Directory of initdb and postgres [default: PATH, pg_config, the usual places]
    #[arg(long, value_name = "DIR", env = "PHASEGATE_PG_BIN")]
    pub(super) pg_bin: Option<PathBuf>,
    /// Major version of PostgreSQL [default: the newest there is]
    #[arg(long, value_name = "N", env = "PHASEGATE_PG_MAJOR")]
    pub(super) pg_major: Option<u32>,
}

#[derive(Debug, Args)]
pub(super) struct Diff {
    /// The first database: a postgresql:// URL or key=value settings. Keep passwords in ~/.pgpass
    pub(super) a: String,
    /// The second one [default: the first, where --schema or --table say what to compare in it]
    pub(super) b: Option<String>,
    /// Only this schema; old=new where it has another name in B
    #[arg(long, value_name = "NAME", value_parser = mapping)]
    pub(super) schema: Vec<(String, String)>,
    /// Only this table; old=new where it has another name in B
    #[arg(long, value_name = "SCHEMA.NAME", value_parser = mapping)]
    pub(super) table: Vec<(String, String)>,
    /// Not this table
    #[arg(long, value_name = "SCHEMA.NAME")]
    pub(super) exclude: Vec<String>,
    /// A column that has another name in B: old=new, table.old=new
    #[arg(long, value_name = "OLD=NEW", value_parser = mapping)]
    pub(super) column: Vec<(String, String)>,
    /// Columns to leave out
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(super) ignore_columns: Vec<String>,
    /// What tells the rows of a table apart, in place of its own key: schema.table=column,column; without a table for all
    #[arg(long, value_name = "[TABLE=]COLUMNS", value_parser = diff_key)]
    pub(super) key: Vec<(Option<String>, Vec<String>)>,
    /// Only the rows for which this SQL condition is true
    #[arg(long = "where", value_name = "CONDITION")]
    pub(super) filter: Option<String>,
    /// Numbers of a column that are no further apart than this count as equal: amount=0.01
    #[arg(long, value_name = "COLUMN=NUMBER", value_parser = tolerance)]
    pub(super) tolerance: Vec<(String, Decimal)>,
    /// Columns whose values are not shown
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(super) redact: Vec<String>,
    /// How many differing rows of a table to show
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(super) limit: usize,
    /// Where more of a table's buckets differ, name the columns and look for no rows
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub(super) max_different_percent: Option<f64>,
    /// Count schema objects that differ (columns' definitions, constraints, indexes …) as a difference; else they are told
    #[arg(long)]
    pub(super) strict_schema: bool,
    /// Look again after so many seconds at rows that differ, and count those that still do
    #[arg(long, value_name = "SECONDS")]
    pub(super) two_phase: Option<u64>,
    /// Write SQL that would make B like A to a new file; it is never run
    #[arg(long, value_name = "FILE")]
    pub(super) repair_sql: Option<PathBuf>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: LogListing,
}

/// How lists are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Listing {
    Text,
    Json,
}

/// How the log and a comparison are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogListing {
    Text,
    Json,
    Csv,
}

fn report_format(text: &str) -> Result<Format, String> {
    Format::by_name(text).ok_or_else(|| {
        let names: Vec<&str> = FORMATS.iter().map(|kind| kind.name).collect();
        format!("allowed are {}", names.join(", "))
    })
}

fn jobs(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=64).contains(number));
    number.ok_or_else(|| "allowed are numbers from 1 to 64".to_owned())
}

fn tries(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| *number <= 1_000_000);
    number.ok_or_else(|| "allowed are numbers from 0 to 1000000".to_owned())
}

fn time(text: &str) -> Result<Duration, String> {
    crate::phase::parse_duration("the time", text)
}

/// `name`, or `old=new`.
fn mapping(text: &str) -> Result<(String, String), String> {
    let (old, new) = text.split_once('=').unwrap_or((text, text));
    if old.is_empty() || new.is_empty() {
        return Err("write name, or old=new".to_owned());
    }
    Ok((old.to_owned(), new.to_owned()))
}

fn diff_key(text: &str) -> Result<(Option<String>, Vec<String>), String> {
    let (table, columns) = match text.rsplit_once('=') {
        Some((table, columns)) => (Some(table), columns),
        None => (None, text),
    };
    let columns: Vec<String> = columns.split(',').map(|column| column.trim().to_owned()).collect();
    let repeated = columns.iter().enumerate().any(|(index, column)| columns[..index].contains(column));
    if table == Some("") || repeated || columns.contains(&String::new()) {
        return Err("write column,column or schema.table=column,column, each column once".to_owned());
    }
    // As --table takes it: without a schema, public.
    let table = table.map(|table| if table.contains('.') { table.to_owned() } else { format!("public.{table}") });
    Ok((table, columns))
}

fn tolerance(text: &str) -> Result<(String, Decimal), String> {
    let (column, number) = text.rsplit_once('=').ok_or("write column=number, as in amount=0.01")?;
    match Decimal::parse(number) {
        Some(number) if !column.is_empty() && !number.is_negative() => Ok((column.to_owned(), number)),
        _ => Err(format!("{number} is not a number from 0 up")),
    }
}

fn percent(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| format!("{text} is not a number"))?;
    if (0.0..=100.0).contains(&number) { Ok(number) } else { Err("allowed is 0 to 100".to_owned()) }
}
