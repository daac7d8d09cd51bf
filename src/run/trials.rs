//! rules probe: shows that each rule turns red when what violates it is there, and lists those of which that is not known.

use std::time::Duration;

use crate::db::{Catalog, LockOutcome, LockedSession, Session};
use crate::rules::{self, RuleSet, Tried};
use crate::verdict::{Moment, Verdict};

use super::gather::rule_options;
use super::{Context, DemoOptions, Error, Event, MigrateOptions, demo, migrate};

/// What the rules came to when their violations were planted.
#[derive(Debug)]
pub struct Trials {
    /// One entry a rule, in the order of the files.
    pub tried: Vec<Tried>,
}

impl Trials {
    /// The worst of them; nothing tried is not a pass.
    pub fn verdict(&self) -> Verdict {
        Verdict::fold(self.tried.iter().map(|tried| tried.verdict))
    }
}

/// Plants the violation of each rule, or of those with one of these ids or tags, in a transaction of its own that is
/// rolled back. The database must be one that may be changed: constraints are taken away meanwhile, under locks that keep
/// everybody else out, and sequences and statistics do not go back.
///
/// # Errors
/// [`Error`] where rules are wrong or the session is lost; everything is rolled back then.
pub async fn try_rules(context: &Context<'_>, only: &[String]) -> Result<Trials, Error> {
    let set = rules::load(&context.config.rules)?.choose(only, Moment::After)?;
    try_all(context, &set).await
}

async fn try_all(context: &Context<'_>, set: &RuleSet) -> Result<Trials, Error> {
    let mut reader = Session::connect_cancellable(&context.spec, context.cancel.clone()).await?;
    let catalog = Catalog::read(&mut reader).await?;
    reader.close().await;
    let lock = context.config.log.lock_key();
    let mut session = match LockedSession::acquire(&context.spec, lock, Duration::ZERO, context.cancel.clone()).await? {
        LockOutcome::Held(session) => session,
        LockOutcome::Refused(holder) => return Err(Error::Locked { holder }),
    };
    let options = rule_options(context);
    let mut tried = Vec::new();
    for trial in rules::trials(set, &catalog, Moment::After) {
        (context.events)(Event::Step(format!("rule {}", trial.rule())));
        match trial.run(&mut session, &options).await {
            Ok(one) => tried.push(one),
            Err(error) => {
                session.close().await;
                return Err(if context.cancel.is_cancelled() { Error::Cancelled } else { error.into() });
            }
        }
    }
    session.close().await;
    Ok(Trials { tried })
}

/// The same on a disposable server of its own with the reference platform after its migration.
///
/// # Errors
/// [`Error`] where no server can be had, and as [`try_rules`].
pub async fn try_platform(context: &Context<'_>, only: &[String], options: &DemoOptions) -> Result<Trials, Error> {
    let platform = demo::Platform::start(context, options).await?;
    let config = platform.config(context.config);
    let inner = Context { config: &config, spec: platform.spec.clone(), ..context.clone() };
    let phases = MigrateOptions { apply_only: true, ..MigrateOptions::default() };
    if let Some(failure) = migrate(&inner, &phases).await?.failure {
        return Err(Error::File { path: failure.file.into(), problem: failure.message });
    }
    try_rules(&inner, only).await
}
