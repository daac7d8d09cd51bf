//! One step: so many users for so long, and what they saw.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::task::JoinSet;

use super::super::bench::Platform;
use super::super::http::{Base, Client, Known, Request};
use super::super::kind::Unmeasured;
use super::asked::Asked;
use super::declared::Load;
use super::histogram::Histogram;
use super::user::User;

/// What the users of a step saw.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) users: usize,
    pub(super) setup: Vec<Asked>,
    pub(super) requests: Vec<Asked>,
    /// How long each way through all requests took of which none failed, without the thinking.
    pub(super) ways: Histogram,
    /// The users that went such a way at least once.
    pub(super) got_through: BTreeSet<usize>,
}

/// A step's counts, shared by its users.
pub(super) type Counts = Arc<Mutex<Step>>;

/// Lets so many users at the platform, each a task with a session of its own, and waits until the last has its last
/// answer: one left out at the end would be the slowest.
///
/// # Errors
/// Why no user can begin: a file that cannot be read, a name that stands for nothing.
pub(super) async fn run(load: &Arc<Load>, users: usize, platform: &Platform) -> Result<Step, Unmeasured> {
    let of_user = |number: usize| -> Result<(Known, Base), Unmeasured> {
        let mut known = Known::new(platform.env.clone());
        known.remember("USER", number.to_string());
        let base = known.base(&load.url).map_err(Unmeasured::new)?;
        Ok((known, base))
    };
    let authorities = of_user(1)?.1.authorities(platform, load.ca.as_deref()).await?;
    let counts: Counts = Arc::new(Mutex::new(Step::new(load, users)));
    let until = Instant::now() + load.duration;
    let mut tasks = JoinSet::new();
    for number in 1..=users {
        let (known, base) = of_user(number)?;
        let user = User {
            number,
            load: load.clone(),
            base,
            client: Client::new(load.limit, authorities.as_ref()),
            known,
            counts: counts.clone(),
            until,
            cancel: platform.cancel.clone(),
        };
        // Spread over one time of thinking, or all would ask at the same moments.
        let wait = load.think * u32::try_from(number - 1).unwrap_or(0) / u32::try_from(users).unwrap_or(1);
        tasks.spawn(user.visit(wait));
    }
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(|error| Unmeasured::new(format!("a user broke off: {error}")))??;
    }
    let step = counts.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(step)
}

impl Step {
    fn new(load: &Load, users: usize) -> Step {
        let asked = |requests: &[Request]| requests.iter().map(|request| Asked::new(request.name())).collect();
        Step {
            users,
            setup: asked(&load.setup),
            requests: asked(&load.requests),
            ways: Histogram::default(),
            got_through: BTreeSet::new(),
        }
    }

    /// All requests, those of the setup first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Asked> {
        self.setup.iter().chain(&self.requests)
    }
}
