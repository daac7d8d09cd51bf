//! The common scan of a large table in pieces, so that all sessions work at it where it takes long.
//!
//! Why not the dear conditions in a statement of their own: the table is then read twice, and one session waits for the
//! dear half. Ranges of blocks cost next to nothing more, and every session has as much to do.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::db::{DbError, Session, SharedSnapshot, block_ranges};

use super::probe::Metric;
use super::resolve::ResolvedRule;
use super::run::{RunOptions, Task, with_settings};
use super::scan::{self, FusedScan};

/// A smaller table is not worth a look.
const LEAST_BYTES: u64 = 8 << 20;
/// A piece of less is not worth a statement of its own.
const LEAST_PIECE: u64 = 4 << 20;
/// So many pieces for each session leave none idle for long at the end.
const PIECES_PER_SESSION: u64 = 8;
/// So many blocks are timed: 1 MiB.
const SAMPLED_BLOCKS: u64 = 128;
/// A sample that takes longer is ended; the scan is long in any case.
const SAMPLE_LIMIT_MS: u64 = 1_000;
const BLOCK: u64 = 8192;

/// What a sample of a table's common scan said, and what is made of it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Sampled {
    /// How many blocks were read for it.
    pub blocks: u64,
    /// How many the table has.
    pub of_blocks: u64,
    /// How long the server took for them, in milliseconds; what was ended counts as its limit.
    pub took_ms: f64,
    /// How long one session would take for the whole, by that.
    pub whole_ms: f64,
    /// Whether the server spreads the scan over processes of its own; it is then left to it, and nothing is sampled.
    pub parallel: bool,
    /// In how many pieces it is made; 1: as a whole.
    pub pieces: u64,
}

/// Puts pieces in the place of units that take long. One session looks at the large tables, one after the other; none is
/// opened where there is none, or where one session measures all.
pub(super) async fn spread(
    units: Vec<Vec<usize>>,
    rules: &[ResolvedRule],
    snapshot: &SharedSnapshot,
    jobs: usize,
    options: &RunOptions,
) -> Vec<Task> {
    let is_large = |unit: &Vec<usize>| !additive(unit, rules).0.is_empty();
    let session = match jobs > 1 && units.iter().any(is_large) {
        // Where none can be had the workers will say so.
        true => snapshot.session().await.ok(),
        false => None,
    };
    let Some(mut session) = session else { return units.into_iter().map(Task::Unit).collect() };
    let mut tasks = Vec::with_capacity(units.len());
    for unit in units {
        tasks.extend(cut(unit, rules, &mut session, jobs, options).await);
    }
    session.close().await;
    tasks
}

async fn cut(
    unit: Vec<usize>,
    rules: &[ResolvedRule],
    session: &mut Session,
    jobs: usize,
    options: &RunOptions,
) -> Vec<Task> {
    let (some, others) = additive(&unit, rules);
    let own: Vec<&ResolvedRule> = some.iter().map(|index| &rules[*index]).collect();
    // What cannot be looked at cannot be measured either, and is told then.
    let sampled = sample(&own, session, jobs, options).await.ok().flatten();
    let pieces = sampled.as_ref().map_or(1, |sampled| sampled.pieces);
    let scan = FusedScan::new(&own);
    let (Ok(scan), 2..) = (scan, pieces) else { return vec![Task::Unit(unit)] };
    let source = own.first().and_then(|rule| rule.table.as_ref()).map(|table| table.quoted.clone());
    let ranges = block_ranges(blocks(&own), pieces);
    let pieces = Arc::new(Pieces {
        unit: some,
        scan,
        source: source.unwrap_or_default(),
        limit: (options.statement_timeout_ms > 0).then(|| Duration::from_millis(options.statement_timeout_ms)),
        state: Mutex::new(State { missing: ranges.len(), ..State::default() }),
        ranges,
    });
    let rest = (!others.is_empty()).then_some(Task::Unit(others));
    rest.into_iter().chain((0..pieces.ranges.len()).map(|number| Task::Piece(pieces.clone(), number))).collect()
}

/// The rules of a unit that can be counted piece by piece, and the others; none of them where the table is small or its
/// rows lie elsewhere.
fn additive(unit: &[usize], rules: &[ResolvedRule]) -> (Vec<usize>, Vec<usize>) {
    let adds_up = |index: &&usize| {
        let rule = &rules[**index];
        let is_large = rule.table.as_ref().is_some_and(|table| table.bytes >= LEAST_BYTES);
        is_large && scan::is_in_common_scan(rule) && scan::adds_up(rule)
    };
    unit.iter().partition(|index| adds_up(index))
}

fn blocks(rules: &[&ResolvedRule]) -> u64 {
    rules.first().and_then(|rule| rule.table.as_ref()).map_or(0, |table| table.bytes / BLOCK)
}

/// What a sample says of the common scan of these rules; `None` where no piece of it can be read without the rest.
///
/// # Errors
/// [`DbError`] where it cannot be looked at.
pub(super) async fn sample(
    rules: &[&ResolvedRule],
    session: &mut Session,
    jobs: usize,
    options: &RunOptions,
) -> Result<Option<Sampled>, DbError> {
    let scan = FusedScan::new(rules)?;
    let of_blocks = blocks(rules);
    let sampled = Sampled { blocks: 0, of_blocks, took_ms: 0.0, whole_ms: 0.0, parallel: true, pieces: 1 };
    if plan(session, options, "EXPLAIN", &scan.sql).await?.iter().any(|line| line.contains("Gather")) {
        return Ok(Some(sampled));
    }
    let blocks = SAMPLED_BLOCKS.min(of_blocks);
    // In the middle, where rows are neither the oldest nor the newest.
    let from = (of_blocks - blocks) / 2;
    let range = format!("ctid >= '({from},0)'::tid AND ctid < '({},0)'::tid", from + blocks);
    let source = rules.first().and_then(|rule| rule.table.as_ref()).map(|table| table.quoted.as_str());
    let statement = scan.over_part(source.unwrap_or_default(), &range)?;
    if !plan(session, options, "EXPLAIN", &statement).await?.iter().any(|line| line.contains("Tid Range Scan")) {
        return Ok(None);
    }
    let limit = match options.statement_timeout_ms {
        0 => SAMPLE_LIMIT_MS,
        limit => limit.min(SAMPLE_LIMIT_MS),
    };
    let limited = RunOptions { statement_timeout_ms: limit, ..options.clone() };
    let took_ms = match plan(session, &limited, "EXPLAIN (ANALYZE, TIMING OFF)", &statement).await {
        Ok(lines) => execution_ms(&lines)?,
        Err(error) if error.is_cancelled() => limit as f64,
        Err(error) => return Err(error),
    };
    let whole_ms = took_ms * of_blocks as f64 / blocks as f64;
    let most = (of_blocks * BLOCK / LEAST_PIECE).min(u64::try_from(jobs).unwrap_or(1) * PIECES_PER_SESSION);
    let is_cut = jobs > 1 && whole_ms >= options.cut_above_ms as f64;
    let pieces = if is_cut { most.max(1) } else { 1 };
    Ok(Some(Sampled { blocks, took_ms, whole_ms, parallel: false, pieces, ..sampled }))
}

/// The same for the rules of a unit that can be counted piece by piece, for who only wants to know.
pub(super) async fn sample_unit(
    unit: &[&ResolvedRule],
    session: &mut Session,
    jobs: usize,
    options: &RunOptions,
) -> Result<Option<Sampled>, DbError> {
    let rules: Vec<ResolvedRule> = unit.iter().map(|rule| (*rule).clone()).collect();
    let places: Vec<usize> = (0..rules.len()).collect();
    let own: Vec<&ResolvedRule> = additive(&places, &rules).0.into_iter().map(|index| &rules[index]).collect();
    if own.is_empty() { Ok(None) } else { sample(&own, session, jobs, options).await }
}

async fn plan(session: &mut Session, options: &RunOptions, word: &str, sql: &str) -> Result<Vec<String>, DbError> {
    // The comment that a statement begins with must not hide the word before it.
    let rows = session.rows(with_settings(options, &format!("{word}\n{sql}"), false)?).await?;
    Ok(rows.iter().filter_map(|row| row.at(0).map(str::to_owned)).collect())
}

fn execution_ms(lines: &[String]) -> Result<f64, DbError> {
    let time = lines.iter().find_map(|line| line.strip_prefix("Execution Time: ")?.strip_suffix(" ms")?.parse().ok());
    time.ok_or_else(|| DbError::Answer { reason: "the plan of a sample tells no time".into() })
}

/// One table's common scan in pieces: what is known of it so far.
#[derive(Debug)]
pub(super) struct Pieces {
    /// The places of its rules.
    pub(super) unit: Vec<usize>,
    scan: FusedScan,
    source: String,
    ranges: Vec<String>,
    /// How long all pieces together may take: as long as the scan as a whole.
    limit: Option<Duration>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Pieces that are still to be read.
    missing: usize,
    sums: Vec<u64>,
    took: Duration,
    failed: Option<DbError>,
}

/// What came of all pieces.
pub(super) struct Summed {
    pub(super) sums: Result<Vec<u64>, DbError>,
    pub(super) took: Duration,
}

impl Pieces {
    /// The statement for a piece; `None` where nothing is to be asked any more.
    pub(super) fn statement(&self, number: usize, options: &RunOptions) -> Result<Option<String>, DbError> {
        let state = self.state();
        if state.failed.is_some() {
            return Ok(None);
        }
        let left = self.limit.map_or(0, |limit| limit.saturating_sub(state.took).as_millis().max(1));
        let options = RunOptions { statement_timeout_ms: u64::try_from(left).unwrap_or(u64::MAX), ..options.clone() };
        let part = self.scan.over_part(&self.source, &self.ranges[number])?;
        Ok(Some(with_settings(&options, &part, false)?))
    }

    /// Adds what a piece told. With the last of them comes the whole.
    pub(super) fn add(&self, told: Result<Option<Vec<u64>>, DbError>, took: Duration) -> Option<Summed> {
        let mut state = self.state();
        state.missing -= 1;
        state.took += took;
        match told {
            Ok(Some(numbers)) if state.sums.is_empty() => state.sums = numbers,
            Ok(Some(numbers)) => state.sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number),
            Ok(None) => {}
            Err(error) => drop(state.failed.get_or_insert(error)),
        }
        (state.missing == 0).then(|| Summed {
            sums: match state.failed.take() {
                Some(error) => Err(error),
                None => Ok(std::mem::take(&mut state.sums)),
            },
            took: state.took,
        })
    }

    /// What the sums mean for its rules.
    pub(super) fn metrics(&self, sums: &[u64], rules: &[&ResolvedRule]) -> Result<Vec<Metric>, DbError> {
        self.scan.of_sums(sums, rules)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
