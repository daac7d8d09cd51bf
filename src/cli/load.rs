//! `phasegate load`: what can be typed, and the list of loads.

use std::time::Duration;

use clap::Args;

use crate::gates::declared::loads::{Load as Declared, MOST_USERS, longest};
use crate::run::LoadOptions;

use super::args::Output;

/// What can be typed after `load`.
#[derive(Debug, Args)]
pub(super) struct Load {
    /// Only the load with this id; may be given again
    #[arg(long, value_name = "ID")]
    pub(super) only: Vec<String>,
    /// One step of so many users in place of those declared: 1 to 64
    #[arg(long, value_name = "N", value_parser = users)]
    users: Option<usize>,
    /// How long each step lasts in place of what is declared: 30s, 5min; 30min at most
    #[arg(long, value_name = "TIME", value_parser = duration)]
    duration: Option<Duration>,
    /// List the loads and put none on the platform
    #[arg(long)]
    pub(super) list: bool,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Load {
    pub(super) fn options(&self) -> LoadOptions {
        LoadOptions { only: self.only.clone(), users: self.users, duration: self.duration }
    }
}

fn users(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=MOST_USERS).contains(number));
    number.ok_or_else(|| format!("allowed are numbers from 1 to {MOST_USERS}"))
}

fn duration(text: &str) -> Result<Duration, String> {
    let time = crate::phase::parse_duration("the time", text)?;
    if time.is_zero() || time > longest() { Err("allowed are times from 1ms to 30min".to_owned()) } else { Ok(time) }
}

/// One line a load: its id, what it says, its steps.
pub(super) fn list(all: &[Declared]) -> String {
    if all.is_empty() {
        return "no load is declared; see docs/load.md for how\n".into();
    }
    let width = all.iter().map(|load| load.id.len()).max().unwrap_or(0);
    let numbers = |steps: &[usize]| steps.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    let line = |load: &Declared| {
        let beyond =
            if load.stress.is_empty() { String::new() } else { format!("; beyond: {}", numbers(&load.stress)) };
        let (users, seconds) = (numbers(&load.users), load.duration.as_secs_f64());
        let words = format!("{} (users: {users}{beyond}; {seconds} s each)", load.description);
        format!("{:width$}  {}\n", load.id, words.trim_start())
    };
    all.iter().map(line).collect()
}
