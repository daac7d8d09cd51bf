//! What can be typed where a throw-away server is used: `phasegate demo`, `phasegate campaign`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Listing, Output};

#[derive(Debug, Args)]
pub(in crate::cli) struct Demo {
    /// Size of the platform: 1 has 130 client groups, 1000 has 5 million valuations
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(in crate::cli) scale: u32,
    /// Leave the server running to look around
    #[arg(long)]
    pub(in crate::cli) keep: bool,
    /// Take a snapshot after each phase too, and name the first phase that shows a difference
    #[arg(long)]
    pub(in crate::cli) snapshot_each_phase: bool,
    #[command(flatten)]
    pub(in crate::cli) server: ServerChoice,
    #[command(flatten)]
    pub(in crate::cli) output: Output,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Campaign {
    #[command(subcommand)]
    pub(in crate::cli) over: Option<CampaignOver>,
    /// How many defects to plant
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = tries)]
    pub(in crate::cli) defects: usize,
    /// How many harmless rewrites to make
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = tries)]
    pub(in crate::cli) rewrites: usize,
    /// What chance starts from: the same seed makes the same campaign
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(in crate::cli) seed: u64,
    /// Size of the tables
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(in crate::cli) scale: u32,
    /// Directory of initdb and postgres of another major version, which then holds the rewritten side in some rounds
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) other_pg_bin: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) server: ServerChoice,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: Listing,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum CampaignOver {
    /// Plant defects that rules and gates are there for, and see that exactly the right ones complain
    ///
    /// Each is planted in a copy of the migrated reference platform. Exits with 0 where each was found by the right rule
    /// or gate and nothing else was raised, 1 where not, 2 where fewer were planted than were asked for.
    #[command(
        after_help = "Examples:\n  phasegate campaign rules\n  phasegate campaign rules --kind orphan --defects 42 --seed 7 --format json"
    )]
    Rules(RulesCampaign),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RulesCampaign {
    /// How many defects to plant
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = tries)]
    pub(in crate::cli) defects: usize,
    /// Only kinds of defect with this text in their name
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(in crate::cli) kind: String,
    /// What chance starts from: the same seed makes the same campaign
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(in crate::cli) seed: u64,
    /// Size of the tables in which they are planted
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(in crate::cli) scale: u32,
    /// Sizes of further databases, without a defect, in which nothing may be raised
    #[arg(
        long,
        value_name = "N",
        default_value = "100",
        value_delimiter = ',',
        value_parser = clap::value_parser!(u32).range(1..=1_000)
    )]
    pub(in crate::cli) clean_scale: Vec<u32>,
    #[command(flatten)]
    pub(in crate::cli) server: ServerChoice,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: Listing,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ServerChoice {
    /// Directory of initdb and postgres [default: PATH, pg_config, the usual places]
    #[arg(long, value_name = "DIR", env = "PHASEGATE_PG_BIN")]
    pub(in crate::cli) pg_bin: Option<PathBuf>,
    /// Major version of PostgreSQL [default: the newest there is]
    #[arg(long, value_name = "N", env = "PHASEGATE_PG_MAJOR")]
    pub(in crate::cli) pg_major: Option<u32>,
}

fn tries(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| *number <= 1_000_000);
    number.ok_or_else(|| "allowed are numbers from 0 to 1000000".to_owned())
}
