//! Another's statements over the same rows: a session that has just read a part of a table runs them on that part while
//! its blocks are still in memory, so that what does not fit there is read from the disk once.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::db::{DbError, Row, Session, SqlError, Table};

use super::tally::number;
use super::units::{Place, Unit};

/// A statement to be run over every part of a table, each time in a transaction of its own with the settings that every
/// session begins with: neither it nor the digests see what the other sets.
pub struct Beside<'a> {
    /// The table, by its full name.
    pub table: String,
    /// How long it may take, over all parts together; `None`: as long as it takes.
    pub limit: Option<Duration>,
    /// The statement for a part. It returns one row, of numbers that add up over the parts.
    pub statement: Statement<'a>,
}

/// Makes the statement for a part of a table.
pub type Statement<'a> = Box<dyn Fn(&Part<'_>) -> Result<String, SqlError> + Send + Sync + 'a>;

/// A part of a table.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// What stands behind FROM; an alias may follow.
    pub source: &'a str,
    /// What stands behind WHERE.
    pub restriction: &'a str,
    /// How much is left of the limit; never nothing.
    pub left: Option<Duration>,
}

/// What came of a statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// The sums of its numbers over all parts.
    pub figures: Result<Vec<u64>, Untold>,
    /// How long it took over all parts together, in milliseconds.
    pub took_ms: f64,
}

/// Why there are no sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Untold {
    /// It failed on a part, or not every part was read: nothing is known.
    Unread,
    /// Its limit or somebody ended it; it would take as long the next time. In the server's words, where it was asked.
    Ended(String),
}

/// The statements at work.
pub(super) struct Besides<'a>(Vec<Running<'a>>);

struct Running<'a> {
    beside: &'a Beside<'a>,
    /// The table's place in the list; `None` where it is not read.
    table: Option<usize>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Parts that are still to be read.
    missing: usize,
    sums: Vec<u64>,
    took: Duration,
    failed: Option<Untold>,
}

impl<'a> Besides<'a> {
    pub(super) fn new(list: &'a [Beside<'a>], tables: &[&Table], units: &[Unit]) -> Besides<'a> {
        let running = |beside: &'a Beside<'a>| {
            let table = tables.iter().position(|table| table.full_name() == beside.table);
            let missing = units.iter().filter(|unit| Some(unit.table) == table).count();
            Running { beside, table, state: Mutex::new(State { missing, ..State::default() }) }
        };
        Besides(list.iter().map(running).collect())
    }

    /// Runs the statements of this table over a part of it that was just read. `is_over` says whether the snapshot was
    /// stopped meanwhile, in which case nothing is a statement's own fault.
    ///
    /// # Errors
    /// [`DbError`] only where the session cannot go on; a statement that fails concerns nobody but who asked for it.
    pub(super) async fn run(
        &self,
        session: &mut Session,
        table: usize,
        place: &Place,
        is_over: impl Fn() -> bool,
    ) -> Result<(), DbError> {
        for running in self.0.iter().filter(|running| running.table == Some(table)) {
            let Some(left) = running.left() else { continue };
            session.renew().await?;
            let begun = Instant::now();
            let told = running.ask(session, place, left).await;
            let lost = matches!(&told, Err(error) if error.is_lost() || matches!(error, DbError::Answer { .. }));
            running.note(&told, begun.elapsed(), &is_over);
            if lost {
                return told.map(drop);
            }
            session.renew().await?;
        }
        Ok(())
    }

    /// What came of each, in the order of the list.
    pub(super) fn told(self) -> Vec<Told> {
        let told = |running: Running| {
            let state = running.state.into_inner().unwrap_or_else(PoisonError::into_inner);
            let figures = match state.failed {
                Some(untold) => Err(untold),
                None if state.missing > 0 || running.table.is_none() => Err(Untold::Unread),
                None => Ok(state.sums),
            };
            Told { figures, took_ms: state.took.as_secs_f64() * 1000.0 }
        };
        self.0.into_iter().map(told).collect()
    }
}

impl Running<'_> {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How much time is left, where there is a limit; nothing once the statement failed.
    fn left(&self) -> Option<Option<Duration>> {
        let state = self.lock();
        let left = self.beside.limit.map(|limit| limit.saturating_sub(state.took).max(Duration::from_millis(1)));
        state.failed.is_none().then_some(left)
    }

    async fn ask(&self, session: &mut Session, place: &Place, left: Option<Duration>) -> Result<Vec<u64>, DbError> {
        let part = Part { source: &place.source, restriction: &place.restriction, left };
        let row = session.one((self.beside.statement)(&part)?).await?;
        numbers(&row)
    }

    fn note(&self, told: &Result<Vec<u64>, DbError>, took: Duration, is_over: impl Fn() -> bool) {
        let mut state = self.lock();
        state.took += took;
        state.missing = state.missing.saturating_sub(1);
        let failed = match told {
            Ok(numbers) if state.sums.is_empty() => {
                state.sums.clone_from(numbers);
                None
            }
            Ok(numbers) => {
                state.sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
                None
            }
            Err(error) if error.is_cancelled() && !is_over() => Some(Untold::Ended(error.to_string())),
            Err(_) => Some(Untold::Unread),
        };
        let over = self.beside.limit.filter(|limit| state.took > *limit).map(|limit| {
            Untold::Ended(format!(
                "its parts took {} ms together, of {} allowed",
                state.took.as_millis(),
                limit.as_millis()
            ))
        });
        // What was wrong first is what stands; parts that other sessions were reading then may still come in.
        state.failed = state.failed.take().or(failed).or(over);
    }
}

fn numbers(row: &Row) -> Result<Vec<u64>, DbError> {
    (0..row.values().len()).map(|at| number(row, at)).collect()
}

impl fmt::Debug for Beside<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Beside").field("table", &self.table).field("limit", &self.limit).finish_non_exhaustive()
    }
}
