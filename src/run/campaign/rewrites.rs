//! The rounds of rewrites: a database from somewhere, with other settings, and every table rewritten.

use crate::campaign::Fault;
use std::collections::BTreeSet;

use crate::campaign::{Lines, Report, Rewrite, Rewritten, Rng, Score, excerpt, rewrite, round_seed, setting};
use crate::db::{ConnSpec, DbError, LockedSession, Session};
use crate::phase::Declared;

use super::super::{Error, Event};
use super::defects::alarms;
use super::ground::{COPY, Ground, Known, open, picture};
use super::origins::{self, Origin};
use super::tell;

/// Some attempts are refused by the server's major or by the table's kind.
const ATTEMPTS: usize = 40;
/// Settings changed in a round.
const SETTINGS: usize = 3;

struct Done {
    /// Empty: the whole database.
    table: String,
    rewrite: Rewrite,
}

pub(super) async fn run(
    ground: &Ground,
    report: &mut Report,
    events: &(dyn Fn(Event) + Send + Sync),
) -> Result<(), Error> {
    if report.rewrites.asked == 0 {
        return Ok(());
    }
    events(Event::Step("databases to rewrite".to_owned()));
    let origins = origins::make(ground, &mut report.left_out).await?;
    for round in 0.. {
        let left = report.rewrites.asked.saturating_sub(report.rewrites.done);
        if left == 0 {
            return Ok(());
        }
        ground.check()?;
        tell(events, "rewrites", &report.rewrites);
        let seed = round_seed(ground.options.seed, round);
        let mut rng = Rng::of(seed, "rewrites");
        let Some(origin) = rng.pick(&origins) else { return Ok(()) };
        let host = &ground.servers[origin.host];
        let copy = host.spec(COPY);
        host.create(COPY, &format!("TEMPLATE {}", origin.database)).await?;
        let done = work(ground, &copy, origin, &mut rng, left).await?;
        let changes = done.iter().flat_map(|done| done.rewrite.declared.clone()).chain(origin.declared());
        let mut declared = Declared::default();
        declared.changes.extend(changes);
        let came: Vec<String> =
            done.iter().filter_map(|done| Some(format!("{}.{}", done.table, done.rewrite.added.as_ref()?))).collect();
        unchanged(ground, &copy, &done, seed).await?;
        let seen = ground.look(&copy, &declared, &came).await?;
        report.rewrites.rounds += 1;
        report.rewrites.count(&origin.kind);
        done.iter().for_each(|done| report.rewrites.count(done.rewrite.kind));
        let faults = &mut report.faults;
        score(&done, seen.by_snapshot, "snapshot compare", seed, &origin.kind, &mut report.rewrites.snapshot, faults);
        score(&done, seen.by_diff, "diff", seed, &origin.kind, &mut report.rewrites.diff, faults);
    }
    Ok(())
}

/// Changes settings and rewrites tables, as many as are left to do; the origin counts as one.
async fn work(ground: &Ground, copy: &ConnSpec, _: &Origin, rng: &mut Rng, left: usize) -> Result<Vec<Done>, Error> {
    let mut left = left.saturating_sub(1);
    let mut done = Vec::new();
    let mut writer = open(copy).await?;
    let mut tables: Vec<&Known> = ground.tables.iter().collect();
    rng.shuffle(&mut tables);
    for known in tables.into_iter().take(left) {
        let table = known.table.full_name();
        let target = Rewritten { table: &known.table, index: known.index.as_deref() };
        for _ in 0..ATTEMPTS {
            let Some(rewrite) = rewrite(&target, rng) else { continue };
            if apply(&mut writer, &rewrite).await? {
                done.push(Done { table, rewrite });
                break;
            }
        }
    }
    left = left.saturating_sub(done.len());
    for _ in 0..SETTINGS.min(left) {
        if let Some(rewrite) = setting(COPY, rng)
            && apply(&mut writer, &rewrite).await?
        {
            done.push(Done { table: String::new(), rewrite });
        }
    }
    writer.close().await;
    Ok(done)
}

/// Runs the steps. False where the server refused the first one: nothing was done then.
async fn apply(writer: &mut LockedSession, rewrite: &Rewrite) -> Result<bool, Error> {
    for (number, step) in rewrite.steps.iter().enumerate() {
        match writer.run_discarding(step.as_str()).await.map_err(|failed| failed.error) {
            Ok(_) => {}
            Err(DbError::Server(_)) if number == 0 => return Ok(false),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}

/// A rewrite that changes a value is none: that would be a mistake of the campaign's own.
async fn unchanged(ground: &Ground, copy: &ConnSpec, done: &[Done], seed: u64) -> Result<(), Error> {
    let mut session = Session::connect(copy).await?;
    for known in &ground.tables {
        let changes = known.picture.changes(&picture(&mut session, &known.table).await?);
        if !changes.is_empty() {
            let table = known.table.full_name();
            let kind = done.iter().find(|done| done.table == table).map_or("no rewrite", |done| done.rewrite.kind);
            let lines = excerpt(&changes.shown, &BTreeSet::new()).join("; ");
            let reason = format!("the campaign's own mistake: {kind} changed {table} (seed {seed}): {lines}");
            return Err(DbError::Answer { reason }.into());
        }
    }
    session.close().await;
    Ok(())
}

/// Whatever is reported is a false alarm, put to the rewrite of its table.
fn score(
    done: &[Done],
    seen: Lines,
    way: &'static str,
    seed: u64,
    origin: &str,
    score: &mut Score,
    faults: &mut Vec<Fault>,
) {
    let first = faults.len();
    let is_quiet = |table: &str| seen.get(table).is_none_or(BTreeSet::is_empty);
    score.right += usize::from(is_quiet(""));
    score.right += done.iter().filter(|done| is_quiet(&done.table)).count();
    score.false_alarms += alarms(seen, way, seed, origin, faults);
    for fault in &mut faults[first..] {
        let own: Vec<&Rewrite> =
            done.iter().filter(|done| done.table == fault.table).map(|done| &done.rewrite).collect();
        if let Some(rewrite) = own.first() {
            fault.kind = format!("{origin}, {}", rewrite.kind);
            fault.sql = own.iter().flat_map(|rewrite| &rewrite.steps).cloned().collect::<Vec<_>>().join("; ");
        }
    }
}
