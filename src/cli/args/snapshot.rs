//! What can be typed after `phasegate snapshot`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Subcommand, ValueEnum};

use crate::snapshot::{DigestKind, Equality};

use super::{Listing, time};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Snapshot {
    /// Read every table at one instant and keep what it was
    #[command(after_help = "Examples:\n  phasegate snapshot take\n  phasegate snapshot take --name before-friday")]
    Take {
        /// Name of the snapshot [default: the time]
        #[arg(long)]
        name: Option<String>,
        /// When two values are one [default: as configured, else representation]
        #[arg(long, value_name = "WHEN")]
        equality: Option<EqualityWord>,
        /// How digests are made [default: as configured, else hash64]
        #[arg(long, value_name = "METHOD")]
        digest: Option<DigestWord>,
        /// Only this table
        #[arg(long, value_name = "SCHEMA.TABLE")]
        table: Vec<String>,
        /// Not this table, besides those of the configuration
        #[arg(long, value_name = "SCHEMA.TABLE")]
        exclude: Vec<String>,
        /// Not this column, besides those of the configuration
        #[arg(long, value_name = "SCHEMA.TABLE.COLUMN")]
        exclude_column: Vec<String>,
        /// From this age on read nothing further, and list what is left: 30min; 0 is no limit [default: as configured]
        #[arg(long, value_name = "TIME", value_parser = time)]
        max_snapshot_age: Option<Duration>,
        /// A file of expected changes: the moves in it are measured
        #[arg(long, value_name = "FILE")]
        expect: Option<PathBuf>,
    },
    /// List the snapshots
    #[command(after_help = "Examples:\n  phasegate snapshot list")]
    List {
        /// How to print it
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: Listing,
    },
    /// Hold the database to a snapshot that was kept: nothing may differ; change nothing
    ///
    /// Exits with 0 where nothing differs, 1 where something does, 2 where that could not be judged.
    #[command(after_help = "Examples:\n  phasegate snapshot check golden\n  phasegate snapshot check golden --update")]
    Check {
        /// The baseline, by its name, its folder or its run
        baseline: String,
        /// Put the database as it is now in the baseline's place; read the difference before you commit it
        #[arg(long)]
        update: bool,
        /// A file of what may differ, and of what must hold
        #[arg(long, value_name = "FILE")]
        expect: Option<PathBuf>,
        /// How to print it
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: Listing,
    },
    /// Write the schema alone, one object a line, for rules of the kind schema_match; no table is read
    #[command(
        after_help = "Examples:\n  phasegate snapshot schema\n  phasegate snapshot schema --output integrity_rules/schema.json --force"
    )]
    Schema {
        /// A new file [default: standard output]
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Replace the file where there is one; read the difference before you commit it
        #[arg(long, requires = "output")]
        force: bool,
    },
    /// Say what differs between two snapshots, or the two of a run; no server is needed
    #[command(
        after_help = "Examples:\n  phasegate snapshot compare before-friday after-friday\n  phasegate snapshot compare 20261123T131500Z-4f2a 20261123T131500Z-4f2a --declared\n  phasegate snapshot compare before-friday after-friday --old-database postgresql://dba@db2/portal_restored --new-database postgresql://dba@db1/portal"
    )]
    Compare {
        /// The earlier one, by its name, its folder or its run
        before: String,
        /// The later one
        after: String,
        /// Allow what the phases of the folder declare
        #[arg(long)]
        declared: bool,
        /// A database as it was at the earlier one (a restored backup): the old values of rows that differ are shown
        #[arg(long, value_name = "URL")]
        old_database: Option<String>,
        /// A database as it was at the later one: the new values of rows that differ are shown
        #[arg(long, value_name = "URL")]
        new_database: Option<String>,
        /// Columns whose values are not shown, besides those of the configuration
        #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
        redact: Vec<String>,
        /// A file of what may change beside what the phases declare, and of what must hold
        #[arg(long, value_name = "FILE")]
        expect: Option<PathBuf>,
        /// How to print it
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: Listing,
    },
}

/// When two values are one for the digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum EqualityWord {
    /// When PostgreSQL shows them alike
    Representation,
    /// When PostgreSQL calls them equal: 1.0 is 1.00, 0 is -0, blanks at the end of char are nothing
    Value,
}

impl From<EqualityWord> for Equality {
    fn from(word: EqualityWord) -> Equality {
        match word {
            EqualityWord::Representation => Equality::Representation,
            EqualityWord::Value => Equality::Value,
        }
    }
}

/// How digests are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DigestWord {
    /// By the server, as sums: finds accidents, and names rows
    Hash64,
    /// By this program, over the rows in order: finds forgeries too
    Sha256,
}

impl From<DigestWord> for DigestKind {
    fn from(word: DigestWord) -> DigestKind {
        match word {
            DigestWord::Hash64 => DigestKind::Hash64,
            DigestWord::Sha256 => DigestKind::Sha256,
        }
    }
}
