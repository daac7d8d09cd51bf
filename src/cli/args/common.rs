//! What can be typed with any command, and with several.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::config::Overrides;
use crate::report::{FORMATS, Format};

/// Options of every command.
#[derive(Debug, Args)]
pub(in crate::cli) struct Common {
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
    pub(in crate::cli) operator: Option<String>,
    /// Say only what went wrong, and the verdict
    #[arg(long, short, global = true)]
    pub(in crate::cli) quiet: bool,
    /// Show diagnostics
    #[arg(long, short, global = true)]
    pub(in crate::cli) verbose: bool,
    /// When to colour the output
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(in crate::cli) color: When,
}

impl Common {
    pub(in crate::cli) fn overrides(&self) -> Overrides {
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
    pub(in crate::cli) fn typed_database(&self) -> bool {
        let on_the_line = |arg: std::ffi::OsString| {
            let arg = arg.to_string_lossy().into_owned();
            self.database.as_ref().is_some_and(|typed| arg.contains(typed.as_str()))
        };
        std::env::args_os().any(on_the_line)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum When {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Output {
    /// How to print the report
    #[arg(long, value_name = "FORMAT", default_value = "terminal", value_parser = report_format)]
    pub(in crate::cli) format: Format,
}

/// How lists are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Listing {
    Text,
    Json,
}

/// How the log and a comparison are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum LogListing {
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
