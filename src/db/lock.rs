//! The run's lock, and the session that exists only while it is held.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::session::{CopyIn, Link};
use super::{Batch, BatchError, Cancel, ConnSpec, DbError, Row, Sql};

/// A session that may write, and the lock that allows it.
///
/// The lock is a transaction-level advisory lock on a connection of its own. It is polled for, never waited for: a
/// session blocked inside `pg_advisory_lock` holds a snapshot, which deadlocks `CREATE INDEX CONCURRENTLY` and leaves
/// an INVALID index. It works through a transaction pooler and dies with the process.
#[derive(Debug)]
pub struct LockedSession {
    lock: Link,
    work: Link,
    key: i64,
    cancel: Cancel,
}

/// What asking for the lock came to.
#[derive(Debug)]
pub enum LockOutcome {
    /// It is held; the session may write.
    Held(Box<LockedSession>),
    /// Somebody else holds it.
    Refused(LockHolder),
}

/// Who holds the lock, as far as the asking role may see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LockHolder {
    /// Server process of the holder's lock connection.
    pub pid: Option<i32>,
    /// Its application name.
    pub application_name: String,
    /// Its client host; empty for a local socket.
    pub host: String,
    /// Since when it has the lock's transaction open.
    pub since: String,
    /// What the holder's work session is doing.
    pub query: String,
}

impl std::fmt::Display for LockHolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some(pid) = self.pid else { return f.write_str("a session that has just ended") };
        let host = if self.host.is_empty() { "local socket" } else { &self.host };
        write!(f, "pid {pid} ({}) from {host} since {}", self.application_name, self.since)?;
        if self.query.is_empty() { Ok(()) } else { write!(f, ", running: {}", self.query) }
    }
}

impl LockedSession {
    /// Asks for the lock `key` until `wait` is over, then opens the session that may write.
    ///
    /// 1. A connection of its own begins a READ COMMITTED transaction with its idle timeouts off.
    /// 2. It polls `pg_try_advisory_xact_lock`, every 100 ms, until it has the lock or `wait` is over.
    /// 3. Refused: the holder is looked up and named, nothing stays open.
    /// 4. Held: a second connection is opened for the work.
    ///
    /// # Errors
    /// [`DbError`] where a connection fails; the lock is free then.
    pub async fn acquire(spec: &ConnSpec, key: i64, wait: Duration, cancel: Cancel) -> Result<LockOutcome, DbError> {
        let lock_spec = ConnSpec { application_name: format!("{} lock", spec.application_name), ..spec.clone() };
        let mut lock = Link::connect(Arc::new(lock_spec), Cancel::never()).await?;
        let begun = send_all(&mut lock, include_str!("begin_lock.sql").to_owned()).await?;
        if let Some(row) = begun.rows.first() {
            lock.set_pid(row.parse("pid")?);
        }
        let deadline = Instant::now() + wait;
        while !try_lock(&mut lock, key).await? {
            if Instant::now() >= deadline || cancel.is_cancelled() {
                let holder = holder(&mut lock, key).await?;
                lock.close().await;
                return Ok(LockOutcome::Refused(holder));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let work = open_work(spec, cancel.clone()).await?;
        Ok(LockOutcome::Held(Box::new(LockedSession { lock, work, key, cancel })))
    }

    /// Sends statements as one message. In an open transaction they belong to it; outside of one they are one.
    ///
    /// # Errors
    /// [`BatchError`] with how far it came. What is true afterwards depends on the transaction; see `execute`.
    pub async fn run(&mut self, sql: impl Into<String>) -> Result<Batch, BatchError> {
        let mut rows = Vec::new();
        let affected = self
            .work
            .send(sql.into(), |row| {
                rows.push(row);
                Ok(())
            })
            .await?;
        Ok(Batch { affected, rows })
    }

    /// Sends statements whose rows nobody wants: a phase may select a million of them.
    ///
    /// # Errors
    /// As [`LockedSession::run`].
    pub async fn run_discarding(&mut self, sql: impl Into<String>) -> Result<Vec<u64>, BatchError> {
        self.work.send(sql.into(), |_| Ok(())).await
    }

    /// The same, and keeps the first row that any of them returns.
    ///
    /// # Errors
    /// As [`LockedSession::run`].
    pub async fn run_first_row(&mut self, sql: impl Into<String>) -> Result<(Option<Row>, Vec<u64>), BatchError> {
        let mut first = None;
        let affected = self
            .work
            .send(sql.into(), |row| {
                first.get_or_insert(row);
                Ok(())
            })
            .await?;
        Ok((first, affected))
    }

    /// Starts `COPY … FROM STDIN`. Any error of a copy poisons the work session; see [`LockedSession::reconnect`].
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn copy_in(&mut self, statement: &str) -> Result<CopyIn<'_>, DbError> {
        self.work.copy_in(statement).await
    }

    /// Whether the work session can still be used.
    pub fn is_usable(&self) -> bool {
        self.work.is_usable()
    }

    /// Replaces a lost or poisoned work session by a new one, after making sure that the lock is still held.
    ///
    /// # Errors
    /// [`DbError::Lost`] where the lock is gone as well.
    pub async fn reconnect(&mut self) -> Result<(), DbError> {
        self.assert_held().await?;
        // The old backend may still be at work; what it does is not ours to overlap with.
        let old = self.work.pid();
        self.work = open_work(self.lock.spec(), self.cancel.clone()).await?;
        let gone = Sql::new(include_str!("backend_gone.sql")).value("pid", old).render()?;
        while send_all(&mut self.work, gone.clone()).await?.rows.first().is_some_and(|row| row.at(0) == Some("t")) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Asks the lock's own connection whether it is still there. A lock that went away unnoticed (an administrator,
    /// a pooler, a restart) must stop the run before its next write.
    ///
    /// # Errors
    /// [`DbError::Lost`] where it is not.
    pub async fn assert_held(&mut self) -> Result<(), DbError> {
        let sql = Sql::new(include_str!("lock_held.sql")).value("key", self.key).render()?;
        let held = send_all(&mut self.lock, sql).await;
        match held {
            Ok(batch) if batch.rows.first().is_some_and(|row| row.at(0) == Some("t")) => Ok(()),
            Ok(_) => Err(DbError::Lost { reason: "the run's lock is no longer held".into() }),
            Err(error) => Err(DbError::Lost { reason: format!("the run's lock is gone: {error}") }),
        }
    }

    /// An SQL condition that the work session can test within its own statements: whether the lock's backend still
    /// holds it. Costs no round trip.
    pub fn held_condition(&self) -> Result<String, DbError> {
        let sql = Sql::new(include_str!("lock_held_by.sql")).value("key", self.key).value("pid", self.lock.pid());
        Ok(sql.render()?)
    }

    /// Where the work session is connected to.
    pub fn spec(&self) -> &ConnSpec {
        self.work.spec()
    }

    /// The server process of the work session.
    pub fn backend_pid(&self) -> i32 {
        self.work.pid()
    }

    /// What tells this session to stop.
    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Gives the lock back and ends both connections.
    pub async fn close(self) {
        self.work.close().await;
        self.lock.close().await;
    }
}

async fn open_work(spec: &ConnSpec, cancel: Cancel) -> Result<Link, DbError> {
    let name = spec.application_name.trim_end_matches(" lock").trim_end_matches(" work");
    let spec = ConnSpec { application_name: format!("{name} work"), ..spec.clone() };
    let mut work = Link::connect(Arc::new(spec), cancel).await?;
    let batch = send_all(&mut work, include_str!("open_work.sql").to_owned()).await?;
    if let Some(row) = batch.rows.first() {
        work.set_pid(row.parse("pid")?);
        if row.flag("in_recovery")? {
            return Err(DbError::Settings {
                what: work.spec().target(),
                problem: "this server is a hot standby and takes no writes; connect to the primary".into(),
            });
        }
    }
    Ok(work)
}

async fn try_lock(lock: &mut Link, key: i64) -> Result<bool, DbError> {
    let sql = Sql::new(include_str!("try_lock.sql")).value("key", key).render()?;
    let batch = send_all(lock, sql).await?;
    batch.rows.first().map_or(Ok(false), |row| row.flag("held"))
}

async fn holder(lock: &mut Link, key: i64) -> Result<LockHolder, DbError> {
    let sql = Sql::new(include_str!("lock_holder.sql")).value("key", key).render()?;
    let batch = send_all(lock, sql).await?;
    let Some(row) = batch.rows.first() else { return Ok(LockHolder::default()) };
    let text = |column: &str| -> Result<String, DbError> { Ok(row.get(column)?.unwrap_or_default().to_owned()) };
    Ok(LockHolder {
        pid: Some(row.parse("pid")?),
        application_name: text("application_name")?,
        host: text("host")?,
        since: text("since")?,
        query: text("query")?,
    })
}

async fn send_all(link: &mut Link, sql: String) -> Result<Batch, DbError> {
    let mut rows: Vec<Row> = Vec::new();
    let sent = link.send(sql, |row| {
        rows.push(row);
        Ok(())
    });
    let affected = sent.await.map_err(|failed| failed.error)?;
    Ok(Batch { affected, rows })
}
