//! load: several users at once, and what is demanded of the platform meanwhile.

use std::time::Duration;

use crate::config::Config;
use crate::evidence::{Evidence, LOADS_CHOSEN, Topic};
use crate::gates::declared::loads::{self, Load};
use crate::verdict::Verdict;

use super::checks::{choose, nothing_to_do, platform};
use super::gates::surroundings;
use super::notebook::Notebook;
use super::{Context, Error, Event, Outcome};

/// Which loads, and what of them is otherwise than declared.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// Only those with one of these ids; empty: all.
    pub only: Vec<String>,
    /// One step of so many users in place of those declared.
    pub users: Option<usize>,
    /// How long each step lasts in place of what is declared.
    pub duration: Option<Duration>,
}

/// The declared loads, chosen by id.
///
/// # Errors
/// [`Error`] where the files are wrong, or an id chooses nothing.
pub fn declared_loads(config: &Config, only: &[String]) -> Result<Vec<Load>, Error> {
    let mut all = loads::load(&config.rules)?;
    choose(config, &mut all, only, "load has the id", |load| &load.id, |load, word| load.id == word)?;
    Ok(all)
}

/// Puts the loads on the platform, one after the other, and judges what their users saw. Writes nothing to the database;
/// what the requests change is the author's business.
///
/// # Errors
/// [`Error`] where the files are wrong, no load is declared, or the evidence cannot be written.
pub async fn load(context: &Context<'_>, options: &LoadOptions) -> Result<Outcome, Error> {
    let chosen = declared_loads(context.config, &options.only)?;
    if chosen.is_empty() {
        let reason = "no load is declared; write one as [loads.<id>], see docs/load.md".to_owned();
        return Err(nothing_to_do(context.config, reason));
    }
    let (version, facts) = surroundings(context).await;
    let mut notebook = Notebook::open(context, "load", version)?;
    notebook.note(facts)?;
    if !options.only.is_empty() {
        let names: Vec<&str> = chosen.iter().map(|load| load.id.as_str()).collect();
        let fact = Evidence::new(Topic::Environment, LOADS_CHOSEN, names.join(", "), Verdict::Pass);
        notebook.note([fact.measured("put on alone; the others were not asked for")])?;
    }
    let tell = |step: String| (context.events)(Event::Step(step));
    for load in chosen {
        let load = load.with(options.users, options.duration);
        notebook.note(loads::run(&load, &platform(context, None), &tell).await)?;
    }
    notebook.end(context)
}
