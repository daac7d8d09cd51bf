//! Loads: several users at once, as they use the platform: `[loads.<id>]` beside the rules.
//!
//! A load has steps of so many users each. A user is a task with a session of its own, that sends the requests one after
//! the other and thinks between them. What they see is counted in histograms, and judged step by step: errors, times,
//! and how much slower one user's way gets when others are there.

mod asked;
mod declared;
mod histogram;
mod judge;
mod slowdown;
mod step;
mod user;
mod written;

use std::path::Path;
use std::sync::Arc;

use crate::evidence::{Evidence, Topic};
use crate::verdict::Verdict;

use super::bench::Platform;
use super::files::{self, GateFileErrors};
use super::kind::Unmeasured;
use step::Step;

pub use declared::{Load, MOST_USERS, longest};
pub(super) use slowdown::Slowdown;
pub use written::{LOAD, PARAMETERS};

/// Reads the loads of every `*.toml` file of the folder of rules.
///
/// # Errors
/// [`GateFileErrors`] with every problem of every file, each at its line and column.
pub fn load(folder: &Path) -> Result<Vec<Load>, GateFileErrors> {
    files::read(&files::sources(folder)?)
}

/// The same for files that are part of the program: name and text.
///
/// # Errors
/// As [`load`].
pub fn load_embedded(files: &[(&str, &str)]) -> Result<Vec<Load>, GateFileErrors> {
    files::read(&files::embedded(files))
}

/// The subject of the fact that a load was put on the platform with other users or another duration than declared.
pub(super) const ALTERED: &str = "otherwise than declared";

/// Puts the load on the platform, step by step, and judges it: at least one fact. `tell` hears what begins.
///
/// The run of one user comes first where the others are held against it. After a cancel no step begins, and what was
/// begun is not judged.
pub async fn run(load: &Load, platform: &Platform, tell: &(dyn Fn(String) + Send + Sync)) -> Vec<Evidence> {
    let load = Arc::new(load.clone());
    let mut facts = Vec::new();
    let mut alone: Option<Step> = None;
    if load.altered {
        facts.push(altered(&load));
    }
    for users in load.all_steps() {
        if platform.cancel.is_cancelled() {
            facts.push(unmeasured(&load, Some(users), Unmeasured::new("the run was cancelled before it began")));
            return facts;
        }
        tell(format!("load {}: {users} users for {} s", load.id, load.duration.as_secs_f64()));
        match step::run(&load, users, platform).await {
            Ok(_) if platform.cancel.is_cancelled() => {
                facts.push(unmeasured(&load, Some(users), Unmeasured::new("cancelled before its end")));
                return facts;
            }
            Ok(step) => {
                facts.extend(judge::facts(&load, &step, alone.as_ref()));
                if users == 1 {
                    alone = Some(step);
                }
            }
            Err(reason) => {
                facts.push(unmeasured(&load, Some(users), reason));
                return facts;
            }
        }
    }
    if load.all_steps().is_empty() {
        facts.push(unmeasured(&load, None, Unmeasured::new("it has no step")));
    }
    facts
}

/// Who reads the evidence later must not take a second for half an hour.
fn altered(load: &Load) -> Evidence {
    let (steps, seconds) = (load.all_steps(), load.duration.as_secs_f64());
    Evidence::new(Topic::Environment, &load.id, ALTERED, Verdict::Pass)
        .measured(format!("steps of {steps:?} users, {seconds} s each"))
}

/// How much slower one user's way gets with the most users that are demanded, for those who only want that.
///
/// # Errors
/// Why it could not be measured.
pub(super) async fn measure_slowdown(load: &Load, platform: &Platform) -> Result<Slowdown, Unmeasured> {
    let load = Arc::new(load.clone());
    let most = load.users.iter().copied().max().filter(|most| *most > 1);
    let most = most.ok_or_else(|| Unmeasured::new(format!("load {} has no step of more than one user", load.id)))?;
    let alone = step::run(&load, 1, platform).await?;
    let together = step::run(&load, most, platform).await?;
    if platform.cancel.is_cancelled() {
        return Err(Unmeasured::new("cancelled before its end"));
    }
    slowdown::between(&alone, &together)
}

fn unmeasured(load: &Load, users: Option<usize>, reason: Unmeasured) -> Evidence {
    let subject = users.map_or_else(|| load.url.clone(), |users| judge::subject(load, users));
    let mut fact = Evidence::new(Topic::GateAfter, &load.id, subject, Verdict::NotEvaluated)
        .expected(load.description.as_str())
        .measured(format!("not evaluated: {}", reason.reason));
    fact.remedy = reason.remedy;
    fact
}
