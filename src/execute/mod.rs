//! The only writer: applies phases, one after the other, and writes each into the log.
//!
//! There is one apply loop, [`apply`]. Progress goes out as [`Event`]s, never as prints, and no event decides anything.

mod batch;
mod event;
mod failure;
mod log_rows;
mod lost;
mod reconcile;
mod stepwise;
mod transactional;

use std::time::{Duration, Instant};

use crate::db::{DbError, LockedSession};
use crate::migration_log::{Head, MigrationLog};
use crate::phase::{Phase, TransactionMode};
use crate::plan::Action;

pub use event::Event;
pub use failure::{Failure, Remains};
pub use stepwise::statement_sha256;

/// What phases are applied with.
#[derive(Debug, Clone)]
pub struct Options {
    /// `search_path` of every phase.
    pub search_path: String,
    /// Role that phases run as; that of the connection where not given.
    pub role: Option<String>,
    /// How long a statement may wait for a lock before it gives up, in milliseconds; 0 waits for ever. Statements that
    /// let others work meanwhile (CONCURRENTLY, VALIDATE) always may wait.
    pub lock_timeout_ms: u64,
    /// How long a statement may take, in milliseconds; 0 is no limit.
    pub statement_timeout_ms: u64,
    /// How often a phase or statement that got no lock is tried again.
    pub lock_retries: u32,
    /// How long a lost server is waited for to learn what became of a commit.
    pub reconnect: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            search_path: "public".to_owned(),
            role: None,
            lock_timeout_ms: 5_000,
            statement_timeout_ms: 0,
            lock_retries: 5,
            reconnect: Duration::from_secs(30),
        }
    }
}

/// One phase and what is to be done with it.
#[derive(Debug, Clone)]
pub struct Work<'a> {
    /// The phase.
    pub phase: &'a Phase,
    /// From its start, or from where it stopped.
    pub action: &'a Action,
}

/// What happened, also the part before a failure.
#[derive(Debug)]
pub struct Execution {
    /// The phases that took effect, in order.
    pub done: Vec<PhaseRun>,
    /// What stopped the run, where something did.
    pub failure: Option<Failure>,
    /// Where the log ends now.
    pub head: Head,
}

/// A phase that took effect.
#[derive(Debug, Clone, PartialEq)]
pub struct PhaseRun {
    /// The phase.
    pub phase: String,
    /// Statements that ran in this attempt.
    pub statements: u64,
    /// Statements of an earlier attempt that were not run again.
    pub skipped: u64,
    /// Rows they touched.
    pub rows_affected: u64,
    /// How long the attempt took.
    pub took: Duration,
    /// How often it was tried before it got its locks.
    pub retries: u32,
}

/// Applies phases in order until one fails.
///
/// 1. A transactional phase: the session's settings are put back, one transaction runs the file's statements and
///    inserts the phase's SUCCESS row. Before the commit the file's bytes are held against the planned checksum and
///    the lock is seen to be held.
/// 2. Another phase: a RUNNING row, then each statement with an INTENT row before it and a DONE row after it (in one
///    transaction with the statement wherever the server allows), then a SUCCESS row.
/// 3. A failure ends the run with an ERROR row.
///
/// `head` and `work` come from a log that was read under the lock, after [`wait_for_earlier_run`].
///
/// True afterwards, also after a failure: every phase in `done` took effect wholly and has its SUCCESS row. Of a
/// failed transactional phase nothing remains. Of another failed phase the statements with a DONE row remain.
/// Where the connection was lost while a commit was under way, the server was asked what became of it; if it could
/// not be asked, [`Failure::remains`] is [`Remains::Unknown`].
pub async fn apply(
    session: &mut LockedSession,
    log: &MigrationLog,
    head: Head,
    run_id: &str,
    work: &[Work<'_>],
    options: &Options,
    events: &mut (dyn FnMut(Event) + Send),
) -> Execution {
    let mut run = Run { session, log, head, run_id, options, events };
    let mut done = Vec::new();
    let failure = run.all(work, &mut done).await;
    Execution { done, failure, head: run.head }
}

/// Waits until no server process of an earlier, killed run is at work any more. It may still commit what it was told
/// last, so the log is read, and the plan made, only after this.
///
/// # Errors
/// [`DbError::Cancelled`] where a person does not want to wait; [`DbError`] as for any query.
pub async fn wait_for_earlier_run(
    session: &mut LockedSession,
    events: &mut (dyn FnMut(Event) + Send),
) -> Result<(), DbError> {
    let mut told = 0;
    while let Some(other) = session.try_alone().await? {
        if other.pid != told {
            told = other.pid;
            events(Event::WaitingForBackend { pid: other.pid, query: other.query });
        }
        let cancel = session.cancel().clone();
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(100)) => {}
            () = cancel.cancelled() => return Err(DbError::Cancelled),
        }
    }
    Ok(())
}

/// What all parts of a run share.
struct Run<'a> {
    session: &'a mut LockedSession,
    log: &'a MigrationLog,
    head: Head,
    run_id: &'a str,
    options: &'a Options,
    events: &'a mut (dyn FnMut(Event) + Send),
}

impl Run<'_> {
    async fn all(&mut self, work: &[Work<'_>], done: &mut Vec<PhaseRun>) -> Option<Failure> {
        for (index, item) in work.iter().enumerate() {
            if self.session.cancel().is_cancelled() {
                return Some(Failure::cancelled_before(item.phase));
            }
            let (phase, bytes) = (item.phase.id.clone(), item.phase.bytes);
            (self.events)(Event::PhaseStarted { phase, index, of: work.len(), bytes });
            let start = Instant::now();
            let outcome = match item.phase.header.transaction {
                TransactionMode::Phase => self.transactional(item.phase).await,
                TransactionMode::None => self.stepwise(item.phase, item.action).await,
            };
            match outcome {
                Ok(mut phase_run) => {
                    phase_run.took = start.elapsed();
                    (self.events)(Event::PhaseDone { run: phase_run.clone() });
                    done.push(phase_run);
                }
                Err(failure) => {
                    (self.events)(Event::PhaseFailed { phase: item.phase.id.clone() });
                    return Some(*failure);
                }
            }
        }
        None
    }
}

impl Run<'_> {
    /// Says that a lock was not to be had, and waits before the next try.
    ///
    /// # Errors
    /// The failure, where a person stops the run meanwhile.
    async fn wait_to_retry(&mut self, phase: &Phase, retry: u32, reason: String) -> Result<(), Failure> {
        let wait = backoff(retry);
        (self.events)(Event::Retrying { retry, of: self.options.lock_retries, wait, reason });
        let cancel = self.session.cancel().clone();
        tokio::select! { () = tokio::time::sleep(wait) => {}, () = cancel.cancelled() => {} }
        self.go_on(phase)
    }

    /// A cancel ends the statement under way; before the next one it is looked at here.
    fn go_on(&self, phase: &Phase) -> Result<(), Failure> {
        if self.session.cancel().is_cancelled() { Err(Failure::cancelled_within(phase)) } else { Ok(()) }
    }

    /// Makes the work session ready for another try: rolled back, or anew where a failed COPY spoiled it.
    async fn clear_away(&mut self) -> Result<(), DbError> {
        if self.session.is_usable() {
            return self.session.run_discarding("ROLLBACK").await.map(|_| ()).map_err(|failed| failed.error);
        }
        self.reconnect().await
    }
}

/// How long to wait before try number `retry` (from 1): doubling from 200 ms, at most 10 s, and up to half of it more
/// by chance, so that two runs do not meet again and again.
fn backoff(retry: u32) -> Duration {
    let base_ms = 200_u64.saturating_mul(1 << retry.saturating_sub(1).min(6)).min(10_000);
    let chance = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| u64::from(since.subsec_micros()));
    Duration::from_millis(base_ms + chance % (base_ms / 2))
}
