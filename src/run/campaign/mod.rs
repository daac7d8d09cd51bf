//! campaign: defects and harmless rewrites by chance, on a server of its own, to show what phasegate finds.

mod checks;
mod defects;
mod ground;
mod look;
mod origins;
mod rewrites;

use std::path::PathBuf;
use std::time::Instant;

use crate::campaign::{Part, Report};
use crate::db::{Cancel, Env};
use crate::verdict::Verdict;
use crate::{diff, disposable, snapshot};

use super::{Error, Event};
use ground::Ground;

pub use checks::{ChecksCampaignOptions, campaign_over_checks};

/// What a person may choose for the campaign, and how it compares.
#[derive(Debug, Clone)]
pub struct CampaignOptions {
    /// How many defects.
    pub defects: usize,
    /// How many rewrites.
    pub rewrites: usize,
    /// What chance starts from.
    pub seed: u64,
    /// Size of the tables.
    pub scale: u32,
    /// How the server is made.
    pub server: disposable::Options,
    /// How a second server is made, of another major: rewrites are then also carried over to it.
    pub other: Option<disposable::Options>,
    /// A folder to work in; the caller takes it away afterwards.
    pub scratch: PathBuf,
    /// The surroundings: what the driver takes from them by itself must be part of the settings, or it is refused.
    pub env: Env,
    /// How snapshots are taken.
    pub snapshot: snapshot::Options,
    /// How databases are compared.
    pub diff: diff::Options,
    /// Stops the work.
    pub cancel: Cancel,
}

impl CampaignOptions {
    /// The comparison as users have it, but that every key is named.
    pub fn new(server: disposable::Options, scratch: PathBuf, env: Env, cancel: Cancel) -> CampaignOptions {
        CampaignOptions {
            defects: 1000,
            rewrites: 1000,
            seed: 1,
            scale: 1,
            server,
            other: None,
            scratch,
            env,
            snapshot: snapshot::Options { cancel: cancel.clone(), ..snapshot::Options::default() },
            diff: diff::Options { limit: 1_000_000, ..diff::Options::default() },
            cancel,
        }
    }
}

/// Plants defects and rewrites tables, some of each in every round, and holds what `snapshot compare` and `diff` report
/// against what was done. The servers are gone afterwards.
///
/// # Errors
/// [`Error`] where no server can be had, or it could not be asked.
pub async fn campaign(options: &CampaignOptions, events: &(dyn Fn(Event) + Send + Sync)) -> Result<Report, Error> {
    let start = Instant::now();
    events(Event::Step("servers and tables".to_owned()));
    let ground = Ground::make(options).await?;
    let mut report = ground.report();
    let part = |asked| Part { asked, ..Part::default() };
    (report.defects, report.rewrites) = (part(options.defects), part(options.rewrites));
    defects::run(&ground, &mut report, events).await?;
    rewrites::run(&ground, &mut report, events).await?;
    report.judge();
    report.took_ms = start.elapsed().as_secs_f64() * 1000.0;
    Ok(report)
}

impl Ground {
    /// A report in which nothing was done yet.
    fn report(&self) -> Report {
        Report {
            verdict: Verdict::NotEvaluated,
            seed: self.options.seed,
            scale: self.options.scale,
            servers: self.servers.iter().map(|server| server.version.clone()).collect(),
            digest_method: self.clean.digest_method.clone(),
            tables: self.tables.len(),
            rows: self.clean.tables.iter().map(|table| table.rows).sum(),
            types: self.types,
            values: self.values,
            left_out: self.left_out.clone(),
            defects: Part::default(),
            rewrites: Part::default(),
            faults: Vec::new(),
            took_ms: 0.0,
        }
    }
}

/// Says how far it is, now and then.
fn tell(events: &(dyn Fn(Event) + Send + Sync), what: &str, part: &Part) {
    if part.rounds.is_multiple_of(5) {
        events(Event::Step(format!("{what}: {} of {}", part.done, part.asked)));
    }
}
