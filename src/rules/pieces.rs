//! The common scan of a large table in pieces, so that all sessions work at it where it takes long.
//!
//! Why not the dear conditions in a statement of their own: the table is then read twice, and one session waits for the
//! dear half. Ranges of blocks cost next to nothing more, and every session has as much to do.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;

use crate::db::{BLOCK, DbError, Session, SharedSnapshot};

use super::leaves::{self, Leaf};
use super::offenders::Part;
use super::part_scan::adds_up_over_parts;
use super::probe::Metric;
use super::resolve::ResolvedRule;
use super::run::{RunOptions, Task, weight};
use super::scan::{self, FusedScan};
use super::statement::{How, Way, with_settings};

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
/// A scan that takes this part of the time above which scans are cut is cut where no other is.
const FILLS: f64 = 5.0;

/// The sessions share it: none of it is given to further processes of the server.
const SCAN: How = How { way: Way::Scan, alone: true, bare_path: false };

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
    /// In how many pieces it is made; 1: as a whole.
    pub pieces: u64,
}

/// Makes tasks of units: pieces in the place of what takes long, behind all that is made as a whole, so that no session is
/// idle while another one is at something large. All sessions look at the large tables first, and are kept for the work;
/// none is opened where there is nothing to look at, or where one session measures all.
pub(super) async fn spread(
    units: Vec<Vec<usize>>,
    rules: &[ResolvedRule],
    snapshot: &SharedSnapshot,
    sessions: &mut Vec<Session>,
    jobs: usize,
    options: &RunOptions,
) -> Vec<Task> {
    let large: VecDeque<usize> =
        (0..units.len()).filter(|unit| jobs > 1 && !additive(&units[*unit], rules).0.is_empty()).collect();
    let opened = join_all((0..jobs.min(large.len())).map(|_| snapshot.session())).await;
    // Where none can be had the workers will say so.
    sessions.extend(opened.into_iter().filter_map(Result::ok));
    let queue = Mutex::new(large);
    let share = share(&units, rules, jobs);
    let looks = sessions.iter_mut().map(|session| look(session, &queue, &units, (rules, share), jobs, options));
    let mut looked: BTreeMap<usize, Look> = join_all(looks).await.into_iter().flatten().collect();
    sessions.retain(Session::is_usable);
    cut_one_at_least(looked.values_mut().map(|look| &mut look.sampled).collect(), jobs, options);
    let (mut whole, mut pieces) = (Vec::new(), Vec::new());
    for (number, unit) in units.into_iter().enumerate() {
        let alone = weight(&unit, rules) <= share;
        match looked.get(&number).and_then(|look| cut(&unit, rules, look, options)) {
            Some((others, some)) => {
                whole.extend((!others.is_empty()).then_some(Task::Unit { rules: others, alone }));
                pieces.extend((0..some.parts.len()).map(|number| Task::Piece(some.clone(), number)));
            }
            None => whole.push(Task::Unit { rules: unit, alone }),
        }
    }
    whole.into_iter().chain(pieces).collect()
}

/// What each session does of all. A statement of no more than that is made by one process of the server: further ones cost
/// more and have nothing left to save. 0 where there is one session.
pub(super) fn share(units: &[Vec<usize>], rules: &[ResolvedRule], jobs: usize) -> u64 {
    let known = units.iter().map(|unit| weight(unit, rules)).filter(|weight| *weight < u64::MAX);
    match u64::try_from(jobs) {
        Ok(jobs @ 2..) => known.fold(0, u64::saturating_add) / jobs,
        _ => 0,
    }
}

/// Looks at large tables until there are none left.
async fn look(
    session: &mut Session,
    queue: &Mutex<VecDeque<usize>>,
    units: &[Vec<usize>],
    (rules, share): (&[ResolvedRule], u64),
    jobs: usize,
    options: &RunOptions,
) -> Vec<(usize, Look)> {
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let mut told = Vec::new();
    while let Some(unit) = next().filter(|_| session.is_usable()) {
        let own: Vec<&ResolvedRule> = additive(&units[unit], rules).0.iter().map(|index| &rules[*index]).collect();
        // What cannot be looked at cannot be measured either, and is told then.
        let alone = weight(&units[unit], rules) <= share;
        told.extend(sample(&own, alone, session, jobs, options).await.ok().flatten().map(|look| (unit, look)));
    }
    told
}

/// Where no scan is long enough to be cut, the longest is, unless it is short: its pieces fill what would be left idle.
pub(super) fn cut_one_at_least(mut sampled: Vec<&mut Sampled>, jobs: usize, options: &RunOptions) {
    if jobs < 2 || sampled.iter().any(|sampled| sampled.pieces > 1) {
        return;
    }
    sampled.sort_by(|one, other| one.whole_ms.total_cmp(&other.whole_ms));
    if let Some(longest) = sampled.pop().filter(|longest| longest.whole_ms * FILLS >= options.cut_above_ms as f64) {
        longest.pieces = longest.most_pieces(jobs);
    }
}

/// The rules of a unit that are not counted piece by piece, and the pieces for those that are.
fn cut(unit: &[usize], rules: &[ResolvedRule], look: &Look, options: &RunOptions) -> Option<(Vec<usize>, Arc<Pieces>)> {
    let (some, others) = additive(unit, rules);
    let own: Vec<&ResolvedRule> = some.iter().map(|index| &rules[*index]).collect();
    let (Ok(scan), 2..) = (FusedScan::new(&own), look.sampled.pieces) else { return None };
    let parts = leaves::parts(&look.leaves, look.sampled.pieces);
    let pieces = Pieces {
        unit: some,
        scan,
        limit: (options.statement_timeout_ms > 0).then(|| Duration::from_millis(options.statement_timeout_ms)),
        state: Mutex::new(State { missing: parts.len(), ..State::default() }),
        parts,
    };
    Some((others, Arc::new(pieces)))
}

/// The rules of a unit that can be counted piece by piece, and the others; none of them where the table is small or its
/// rows lie elsewhere.
fn additive(unit: &[usize], rules: &[ResolvedRule]) -> (Vec<usize>, Vec<usize>) {
    let adds_up = |index: &&usize| {
        let rule = &rules[**index];
        // How much lies in the parts of a table is seen then.
        let is_large = rule.table.as_ref().is_some_and(|table| table.bytes >= LEAST_BYTES || table.has_parts);
        is_large && scan::is_in_common_scan(rule) && adds_up_over_parts(rule)
    };
    unit.iter().partition(|index| adds_up(index))
}

/// A large table, looked at.
pub(super) struct Look {
    pub(super) sampled: Sampled,
    leaves: Vec<Leaf>,
}

/// What a sample says of the common scan of these rules; `None` where no piece of it can be read without the rest, or where
/// there is little.
///
/// # Errors
/// [`DbError`] where it cannot be looked at.
pub(super) async fn sample(
    rules: &[&ResolvedRule],
    alone: bool,
    session: &mut Session,
    jobs: usize,
    options: &RunOptions,
) -> Result<Option<Look>, DbError> {
    let scan = FusedScan::new(rules)?;
    let Some(table) = rules.first().and_then(|rule| rule.table.as_ref()) else { return Ok(None) };
    let Some(leaves) = leaves::leaves(table, session).await? else { return Ok(None) };
    let of_blocks = leaves.iter().map(|leaf| leaf.blocks).sum::<u64>();
    let Some(largest) = leaves.iter().max_by_key(|leaf| leaf.blocks).filter(|_| of_blocks * BLOCK >= LEAST_BYTES)
    else {
        return Ok(None);
    };
    let blocks = SAMPLED_BLOCKS.min(largest.blocks);
    // In the middle, where rows are neither the oldest nor the newest.
    let from = (largest.blocks - blocks) / 2;
    let range = format!("ctid >= '({from},0)'::tid AND ctid < '({},0)'::tid", from + blocks);
    let statement = scan.over_part(&largest.source, &range)?;
    let is_range = |line: &String| line.contains("Tid Range Scan");
    if !plan(session, (options, SCAN), "EXPLAIN", &statement).await?.iter().any(is_range) {
        return Ok(None);
    }
    let by_itself = How { alone, ..SCAN };
    if !alone && is_left_to_the_server(&plan(session, (options, by_itself), "EXPLAIN", &scan.sql).await?, jobs) {
        return Ok(None);
    }
    let limit = match options.statement_timeout_ms {
        0 => SAMPLE_LIMIT_MS,
        limit => limit.min(SAMPLE_LIMIT_MS),
    };
    let limited = RunOptions { statement_timeout_ms: limit, ..options.clone() };
    let took_ms = match plan(session, (&limited, SCAN), "EXPLAIN (ANALYZE, TIMING OFF)", &statement).await {
        Ok(lines) => execution_ms(&lines)?,
        Err(error) if error.is_cancelled() => limit as f64,
        Err(error) => return Err(error),
    };
    let whole_ms = took_ms * of_blocks as f64 / blocks as f64;
    let mut sampled = Sampled { blocks, of_blocks, took_ms, whole_ms, pieces: 1 };
    if jobs > 1 && whole_ms >= options.cut_above_ms as f64 {
        sampled.pieces = sampled.most_pieces(jobs);
    }
    Ok(Some(Look { sampled, leaves }))
}

/// Whether the server spreads a scan over as many processes as there are sessions, and compiles its conditions, which takes the
/// time of several pieces and would be done for each of them.
fn is_left_to_the_server(plan: &[String], jobs: usize) -> bool {
    let workers = |line: &String| line.trim().strip_prefix("Workers Planned: ")?.parse::<usize>().ok();
    plan.iter().any(|line| line == "JIT:") && plan.iter().find_map(workers).is_some_and(|workers| workers + 1 >= jobs)
}

impl Sampled {
    fn most_pieces(&self, jobs: usize) -> u64 {
        (self.of_blocks * BLOCK / LEAST_PIECE).clamp(1, u64::try_from(jobs).unwrap_or(1) * PIECES_PER_SESSION)
    }
}

/// The same for the rules of a unit that can be counted piece by piece, for who only wants to know.
pub(super) async fn sample_unit(
    unit: &[&ResolvedRule],
    alone: bool,
    session: &mut Session,
    jobs: usize,
    options: &RunOptions,
) -> Result<Option<Sampled>, DbError> {
    let rules: Vec<ResolvedRule> = unit.iter().map(|rule| (*rule).clone()).collect();
    let places: Vec<usize> = (0..rules.len()).collect();
    let own: Vec<&ResolvedRule> = additive(&places, &rules).0.into_iter().map(|index| &rules[index]).collect();
    if own.is_empty() {
        Ok(None)
    } else {
        Ok(sample(&own, alone, session, jobs, options).await?.map(|look| look.sampled))
    }
}

async fn plan(
    session: &mut Session,
    (options, how): (&RunOptions, How),
    word: &str,
    sql: &str,
) -> Result<Vec<String>, DbError> {
    // The comment that a statement begins with must not hide the word before it.
    let rows = session.rows(with_settings(options, &format!("{word}\n{sql}"), how)?).await?;
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
    parts: Vec<Part>,
    /// How long all pieces together may take: as long as the scan as a whole.
    limit: Option<Duration>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Pieces that are still to be read.
    missing: usize,
    /// The numbers of each, by its place.
    told: BTreeMap<usize, Vec<u64>>,
    took: Duration,
    failed: Option<DbError>,
}

/// What came of all pieces.
pub(super) struct Summed {
    pub(super) sums: Result<Vec<u64>, DbError>,
    /// The numbers of each piece.
    pub(super) parts: BTreeMap<usize, Vec<u64>>,
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
        let part = self.scan.over_part(&self.parts[number].source, &self.parts[number].restriction)?;
        Ok(Some(with_settings(&options, &part, SCAN)?))
    }

    /// Adds what a piece told. With the last of them comes the whole.
    pub(super) fn add(&self, number: usize, told: Result<Option<Vec<u64>>, DbError>, took: Duration) -> Option<Summed> {
        let mut state = self.state();
        state.missing -= 1;
        state.took += took;
        match told {
            Ok(Some(numbers)) => drop(state.told.insert(number, numbers)),
            Ok(None) => {}
            Err(error) => drop(state.failed.get_or_insert(error)),
        }
        (state.missing == 0).then(|| {
            let parts = std::mem::take(&mut state.told);
            let sums = match state.failed.take() {
                Some(error) => Err(error),
                None => Ok(sum(parts.values())),
            };
            Summed { sums, parts, took: state.took }
        })
    }

    /// The pieces in which the rules at these places of its unit have offenders. `None` where that is not
    /// known, or where it would be most of them.
    pub(super) fn with_offenders(&self, parts: &BTreeMap<usize, Vec<u64>>, rules: &[usize]) -> Option<Vec<Part>> {
        let has_any = |number: &usize| {
            let violated = parts.get(number).map(|numbers| self.scan.violated(numbers));
            violated.is_none_or(|violated| rules.iter().any(|rule| violated.get(*rule).is_none_or(|any| *any)))
        };
        let found: Vec<usize> = (0..self.parts.len()).filter(has_any).collect();
        (parts.len() == self.parts.len() && found.len() * 2 <= self.parts.len())
            .then(|| found.into_iter().map(|number| self.parts[number].clone()).collect())
    }

    /// What the sums mean for its rules.
    pub(super) fn metrics(&self, sums: &[u64], rules: &[&ResolvedRule]) -> Result<Vec<Metric>, DbError> {
        self.scan.of_sums(sums, rules)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn sum<'a>(parts: impl Iterator<Item = &'a Vec<u64>>) -> Vec<u64> {
    let mut sums = Vec::new();
    for numbers in parts {
        sums.resize(numbers.len(), 0);
        sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compiled_and_spread_over_as_many_processes_is_left_to_the_server() {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let gather = "Finalize Aggregate\n  ->  Gather\n        Workers Planned: 2\n";
        let compiled = lines(&format!("{gather}JIT:\n  Functions: 9"));
        assert_eq!([2, 3, 4].map(|jobs| is_left_to_the_server(&compiled, jobs)), [true, true, false]);
        assert!(!is_left_to_the_server(&lines(gather), 2));
        assert!(!is_left_to_the_server(&lines("Aggregate\nJIT:\n"), 2));
    }

    #[test]
    fn the_longest_is_cut_where_none_is_long_unless_it_is_short() {
        let pieces = |of: &[(f64, u64)], jobs: usize| {
            let sampled = |(whole_ms, pieces): &(f64, u64)| Sampled {
                blocks: 128,
                of_blocks: 9000,
                took_ms: 1.0,
                whole_ms: *whole_ms,
                pieces: *pieces,
            };
            let mut all: Vec<Sampled> = of.iter().map(sampled).collect();
            cut_one_at_least(all.iter_mut().collect(), jobs, &RunOptions::default());
            all.iter().map(|sampled| sampled.pieces).collect::<Vec<_>>()
        };
        assert_eq!(pieces(&[(300.0, 1), (900.0, 1), (250.0, 1)], 2), [1, 16, 1]);
        assert_eq!(pieces(&[(300.0, 1), (1_200.0, 12)], 2), [1, 12]);
        assert_eq!(pieces(&[(199.0, 1), (150.0, 1)], 2), [1, 1]);
        assert_eq!(pieces(&[(300.0, 1), (900.0, 1)], 1), [1, 1]);
        assert_eq!(pieces(&[], 2), Vec::<u64>::new());
    }
}
