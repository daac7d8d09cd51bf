//! The rounds of defects: one in each table, so that each is told from the others.

use std::collections::BTreeSet;

use crate::campaign::{Changes, Fault, Lines, Report, Rng, Score, Target, attempt, excerpt, judge, round_seed};
use crate::db::{DbError, Session};
use crate::phase::Declared;

use super::super::{Error, Event};
use super::ground::{CLEAN, COPY, Ground, Known, open, picture};
use super::tell;

/// Many attempts are refused by a check or a unique index, or change nothing.
const ATTEMPTS: usize = 60;

struct Planted<'a> {
    known: &'a Known,
    kind: String,
    sql: String,
    changes: Changes,
}

pub(super) async fn run(
    ground: &Ground,
    report: &mut Report,
    events: &(dyn Fn(Event) + Send + Sync),
) -> Result<(), Error> {
    for round in 0.. {
        let left = report.defects.asked.saturating_sub(report.defects.done);
        if left == 0 {
            return Ok(());
        }
        ground.check()?;
        tell(events, "defects", &report.defects);
        let seed = round_seed(ground.options.seed, round);
        let copy = ground.servers[0].spec(COPY);
        ground.servers[0].create(COPY, &format!("TEMPLATE {CLEAN}")).await?;
        let planted = plant(ground, seed, left).await?;
        if planted.is_empty() {
            // Nothing can be planted here: the report says how many were.
            return Ok(());
        }
        let seen = ground.look(&copy, &Declared::default(), &[]).await?;
        report.defects.rounds += 1;
        planted.iter().for_each(|planted| report.defects.count(&planted.kind));
        let faults = &mut report.faults;
        score(&planted, seen.by_snapshot, "snapshot compare", seed, &mut report.defects.snapshot, faults);
        score(&planted, seen.by_diff, "diff", seed, &mut report.defects.diff, faults);
    }
    Ok(())
}

/// Plants a defect in as many tables as are left to do.
async fn plant(ground: &Ground, seed: u64, left: usize) -> Result<Vec<Planted<'_>>, Error> {
    let copy = ground.servers[0].spec(COPY);
    let mut writer = open(&copy).await?;
    let mut reader = Session::connect(&copy).await?;
    let mut tables: Vec<&Known> = ground.tables.iter().collect();
    Rng::new(seed).shuffle(&mut tables);
    let mut planted = Vec::new();
    for known in tables {
        if planted.len() == left {
            break;
        }
        let target =
            Target { table: &known.table, unique: &known.unique, picture: &known.picture, families: &ground.families };
        let mut rng = Rng::of(seed, &known.table.full_name());
        for _ in 0..ATTEMPTS {
            let Some(attempt) = attempt(&target, &mut rng) else { continue };
            match writer.run_discarding(attempt.sql.as_str()).await.map_err(|failed| failed.error) {
                Ok(_) => {}
                Err(DbError::Server(_)) => continue,
                Err(error) => return Err(error.into()),
            }
            let changes = known.picture.changes(&picture(&mut reader, &known.table).await?);
            if !changes.is_empty() {
                planted.push(Planted { known, kind: attempt.kind, sql: attempt.sql, changes });
                break;
            }
        }
    }
    reader.close().await;
    writer.close().await;
    Ok(planted)
}

/// Holds what one way reports against what was planted.
fn score(
    planted: &[Planted<'_>],
    mut seen: Lines,
    way: &'static str,
    seed: u64,
    score: &mut Score,
    faults: &mut Vec<Fault>,
) {
    for planted in planted {
        let table = planted.known.table.full_name();
        let wanted = if way == "diff" { &planted.changes.shown } else { &planted.changes.counted };
        let reported = seen.remove(&table).unwrap_or_default();
        let Some(what) = score.count(judge(wanted, Some(&reported))) else { continue };
        let (kind, sql) = (planted.kind.clone(), planted.sql.clone());
        let (planted, reported) = (excerpt(wanted, &reported), excerpt(&reported, wanted));
        faults.push(Fault { what, way, seed, table, kind, sql, planted, reported });
    }
    score.false_alarms += alarms(seen, way, seed, "no defect", faults);
}

/// Whatever is left was reported and not planted.
pub(super) fn alarms(seen: Lines, way: &'static str, seed: u64, kind: &str, faults: &mut Vec<Fault>) -> usize {
    let mut count = 0;
    for (table, lines) in seen.into_iter().filter(|(_, lines)| !lines.is_empty()) {
        count += 1;
        let (kind, reported) = (kind.to_owned(), excerpt(&lines, &BTreeSet::new()));
        faults.push(Fault {
            what: "false alarm",
            way,
            seed,
            table,
            kind,
            sql: String::new(),
            planted: Vec::new(),
            reported,
        });
    }
    count
}
