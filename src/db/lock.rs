//! The run's lock, and the session that exists only while it is held.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use super::link::Link;
use super::{Batch, BatchError, Cancel, ConnSpec, CopyIn, DbError, Row, Sql, quote_literal};

/// A session that may write, and the lock that allows it.
///
/// The lock is a transaction-level advisory lock on a connection of its own. It is polled for, never waited for: a
/// session blocked inside `pg_advisory_lock` holds a snapshot, which deadlocks `CREATE INDEX CONCURRENTLY` and leaves
/// an INVALID index. It works through a transaction pooler and dies with the process.
#[derive(Debug)]
pub struct LockedSession {
    lock: Link,
    work: Work,
    key: i64,
    token: Token,
}

/// A second advisory lock, which nobody else knows the key of. The lock's transaction takes it before the run's lock
/// and holds it as long: that it cannot be had tells the work session that the run's lock is held, by this very run,
/// at a tenth of what it costs to look into `pg_locks`.
#[derive(Debug, Clone, Copy)]
struct Token(i64);

/// The connection that writes.
#[derive(Debug)]
struct Work {
    link: Link,
    /// When its backend started: with the pid, this names it for ever.
    started: String,
    /// The same in UTC, with microseconds, as RFC 3339 writes it.
    backend_start: String,
    /// What `RESET ALL` takes away and must be set again: the wire's own settings.
    wire: String,
}

/// What asking for the lock came to.
#[derive(Debug)]
pub enum LockOutcome {
    /// It is held; the session may write.
    Held(Box<LockedSession>),
    /// Somebody else holds it.
    Refused(LockHolder),
}

/// A work session of an earlier run, as far as the asking role may see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OtherWork {
    /// Its server process; 0 where it has just ended.
    pub pid: i32,
    /// What it is doing.
    pub query: String,
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
    /// [`DbError`] where a connection fails, the server is a hot standby, or a pooler stands in between: the lock is
    /// free then. [`DbError::Cancelled`] where the switch is thrown while it waits.
    pub async fn acquire(spec: &ConnSpec, key: i64, wait: Duration, cancel: Cancel) -> Result<LockOutcome, DbError> {
        let lock_spec = spec.with_application_name(format!("{} lock", spec.application_name));
        let mut lock = Link::connect(&lock_spec, Cancel::never()).await?;
        let token = Token::new();
        match take(&mut lock, key, token, wait, &cancel).await {
            Ok(None) => {}
            Ok(Some(holder)) => {
                lock.close().await;
                return Ok(LockOutcome::Refused(holder));
            }
            Err(error) => {
                lock.close().await;
                return Err(error);
            }
        }
        match open_work(&lock, token, cancel).await {
            Ok(work) => Ok(LockOutcome::Held(Box::new(LockedSession { lock, work, key, token }))),
            Err(error) => {
                lock.close().await;
                Err(error)
            }
        }
    }

    /// Sends statements as one message. In an open transaction they belong to it; outside of one they are one.
    ///
    /// # Errors
    /// [`BatchError`] with how far it came. What is true afterwards depends on the transaction; see `execute`.
    pub async fn run(&mut self, sql: impl Into<String>) -> Result<Batch, BatchError> {
        let mut rows = Vec::new();
        let affected = self
            .work
            .link
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
        self.work.link.send(sql.into(), |_| Ok(())).await
    }

    /// The same, and keeps the first row that any of them returns.
    ///
    /// # Errors
    /// As [`LockedSession::run`].
    pub async fn run_first_row(&mut self, sql: impl Into<String>) -> Result<(Option<Row>, Vec<u64>), BatchError> {
        let mut first = None;
        let affected = self
            .work
            .link
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
        self.work.link.copy_in(statement).await
    }

    /// Whether the work session can still be used.
    pub fn is_usable(&self) -> bool {
        self.work.link.health.is_good()
    }

    /// Replaces a lost or poisoned work session by a new one, after making sure that the lock is still held. The old
    /// one is ended on the server first: what it was doing must not go on beside the new one.
    ///
    /// # Errors
    /// [`DbError::Lost`] where the lock is gone as well, or the old session is still there after a minute.
    pub async fn reconnect(&mut self) -> Result<(), DbError> {
        self.assert_held().await?;
        let work = open_work(&self.lock, self.token, self.work.link.cancel().clone()).await?;
        let old = std::mem::replace(&mut self.work, work);
        let (pid, started) = (old.link.pid(), old.started.clone());
        old.link.close().await;
        let end = Sql::new(include_str!("end_backend.sql")).value("pid", pid).value("started", started).render()?;
        let deadline = Instant::now() + Duration::from_secs(60);
        while !self.work.link.send_all(end.clone()).await?.rows.is_empty() {
            self.expect_before(deadline, || format!("the earlier session (pid {pid}) does not end on the server"))?;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        while let Some(other) = self.try_alone().await? {
            self.expect_before(deadline, || format!("another work session (pid {}) is still there", other.pid))?;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    fn expect_before(&mut self, deadline: Instant, reason: impl FnOnce() -> String) -> Result<(), DbError> {
        if Instant::now() < deadline {
            return Ok(());
        }
        let reason = reason();
        self.work.link.health.poison(reason.clone());
        Err(DbError::Lost { reason })
    }

    /// Tries to make this the only work session of the lock's holders, past ones included, and says which other one
    /// there still is. A killed run's work session may live on and finish, even commit, what it was told last; only
    /// once this returns `None` does the log say what is true, and stays true until this session writes.
    ///
    /// It is a second advisory lock, held by the work session itself until it ends. Names would not do: they can be
    /// set by anybody, and differ from run to run.
    ///
    /// # Errors
    /// [`DbError`] as for any query.
    pub async fn try_alone(&mut self) -> Result<Option<OtherWork>, DbError> {
        let alone = Sql::new(include_str!("try_alone.sql")).value("key", work_key(self.key)).render()?;
        if flag(&self.work.link.send_all(alone).await?, "alone")? {
            return Ok(None);
        }
        let other = Sql::new(include_str!("other_work.sql")).value("key", work_key(self.key)).render()?;
        let batch = self.work.link.send_all(other).await?;
        let Some(row) = batch.rows.first() else { return Ok(Some(OtherWork::default())) };
        let query = row.get("query")?.unwrap_or_default().to_owned();
        Ok(Some(OtherWork { pid: row.parse("pid")?, query }))
    }

    /// Asks the lock's own connection whether it is still there. A lock that went away unnoticed (an administrator,
    /// a pooler, a restart) must stop the run before its next write.
    ///
    /// # Errors
    /// [`DbError::Lost`] where it is not.
    pub async fn assert_held(&mut self) -> Result<(), DbError> {
        let sql = Sql::new(include_str!("lock_held.sql")).value("key", self.key).render()?;
        let held = self.lock.send_all(sql).await;
        match held {
            Ok(batch) if batch.rows.first().is_some_and(|row| row.at(0) == Some("t")) => Ok(()),
            Ok(_) => Err(DbError::Lost { reason: "the run's lock is no longer held".into() }),
            Err(error) => Err(DbError::Lost { reason: format!("the run's lock is gone: {error}") }),
        }
    }

    /// An SQL condition that the work session can test within its own statements: whether the lock's backend still
    /// holds it. Costs no round trip.
    ///
    /// # Errors
    /// None in practice: its parts are numbers.
    pub fn held_condition(&self) -> Result<String, DbError> {
        self.token.held_condition()
    }

    /// The settings that the connection itself needs; whoever resets the session's settings sends them again.
    pub fn wire_settings(&self) -> &str {
        &self.work.wire
    }

    /// Where the work session is connected to.
    pub fn spec(&self) -> &ConnSpec {
        self.work.link.spec()
    }

    /// When the server process of the work session started: in UTC with microseconds, as RFC 3339 writes it.
    pub fn backend_start(&self) -> &str {
        &self.work.backend_start
    }

    /// The server process of the work session.
    pub fn backend_pid(&self) -> i32 {
        self.work.link.pid()
    }

    /// What tells this session to stop. Thrown, it ends the statement under way; later ones are sent all the same, since
    /// a rollback and a log row must still be possible: look at it before starting new work.
    pub fn cancel(&self) -> &Cancel {
        self.work.link.cancel()
    }

    /// Gives the lock back and ends both connections.
    pub async fn close(self) {
        self.work.link.close().await;
        self.lock.close().await;
    }
}

/// Begins the lock's transaction and polls for the lock; the holder, where it is another's.
async fn take(
    lock: &mut Link,
    key: i64,
    token: Token,
    wait: Duration,
    cancel: &Cancel,
) -> Result<Option<LockHolder>, DbError> {
    let begin = Sql::new(include_str!("begin_lock.sql")).value("token", token.0);
    let begin = lock.spec().keepalives.values(begin).render()?;
    if let Some(row) = lock.send_all(begin).await?.rows.first() {
        lock.set_pid(row.parse("pid")?);
        if !row.flag("has_token")? {
            return Err(DbError::Answer { reason: "somebody holds a lock whose key was made up just now".into() });
        }
    }
    let deadline = Instant::now() + wait;
    while !try_lock(lock, key).await? {
        if cancel.is_cancelled() {
            return Err(DbError::Cancelled);
        }
        if Instant::now() >= deadline
            && let Some(holder) = holder(lock, key).await?
        {
            return Ok(Some(holder));
        }
        // Nobody to be named: it has come free, so it is asked for again.
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(100)) => {}
            () = cancel.cancelled() => {}
        }
    }
    Ok(None)
}

/// Opens the connection that writes, on the host that the lock is on.
async fn open_work(lock: &Link, token: Token, cancel: Cancel) -> Result<Work, DbError> {
    // Its own name tells it apart from reading sessions: a later run finds by it what a killed one left at work.
    let name = lock.spec().application_name.trim_end_matches(" lock");
    let spec = lock.spec().with_application_name(format!("{name} work"));
    let canary = [("phasegate.direct".to_owned(), "on".to_owned())];
    let mut link = Link::connect_with(&spec, cancel, &canary).await.map_err(|error| name_the_pooler(error, &spec))?;
    match start_work(&mut link, &token.held_condition()?).await {
        Ok((started, backend_start, wire)) => Ok(Work { link, started, backend_start, wire }),
        Err(error) => {
            link.close().await;
            Err(error)
        }
    }
}

/// Returns when the backend started, in the server's form and in UTC, and the wire's settings.
async fn start_work(link: &mut Link, held: &str) -> Result<(String, String, String), DbError> {
    let sql = link.spec().keepalives.values(Sql::new(include_str!("open_work.sql")).fragment("held", held)).render()?;
    let batch = link.send_all(sql).await?;
    let row = batch.rows.first().ok_or_else(|| DbError::Answer { reason: "no backend id".into() })?;
    link.set_pid(row.parse("pid")?);
    let refuse = |problem: &str| Err(DbError::Settings { what: link.spec().target(), problem: problem.into() });
    if row.flag("in_recovery")? {
        return refuse("this server is a hot standby and takes no writes; connect to the primary");
    }
    if !row.flag("is_direct")? {
        return refuse(POOLER);
    }
    if !row.flag("lock_is_here")? {
        return refuse("a second connection reached another server than the first; name one server, not a balancer");
    }
    let mut wire = link.spec().keepalives.values(Sql::new(include_str!("wire_settings.sql"))).render()?;
    for setting in ["client_connection_check_interval", "idle_session_timeout"] {
        if let Some(value) = row.get(setting)? {
            wire.push_str(&format!("SET {setting} = {};\n", quote_literal(value)));
        }
    }
    Ok((row.text("started")?.to_owned(), row.text("backend_start")?.to_owned(), wire))
}

const POOLER: &str = "a connection pooler stands before the server, and what a phase sets would leak to other \
                      clients; connect to the server itself";

/// A pooler refuses start-up settings that it does not know.
fn name_the_pooler(error: DbError, spec: &ConnSpec) -> DbError {
    match error {
        DbError::Connect { code: Some(code), reason, .. }
            if code == "08P01" && reason.contains("unsupported startup parameter") =>
        {
            DbError::Settings { what: spec.target(), problem: POOLER.into() }
        }
        other => other,
    }
}

impl Token {
    fn new() -> Token {
        // The standard library's own source of chance: keys of its hash maps.
        Token(RandomState::new().hash_one(Instant::now()).cast_signed())
    }

    fn held_condition(self) -> Result<String, DbError> {
        Ok(Sql::new(include_str!("lock_held_by.sql").trim_end()).value("token", self.0).render()?)
    }
}

async fn try_lock(lock: &mut Link, key: i64) -> Result<bool, DbError> {
    let sql = Sql::new(include_str!("try_lock.sql")).value("key", key).render()?;
    flag(&lock.send_all(sql).await?, "held")
}

fn flag(batch: &Batch, column: &str) -> Result<bool, DbError> {
    batch.rows.first().map_or(Ok(false), |row| row.flag(column))
}

/// The key of the lock that a work session holds itself. Keys of runs are below 2^60.
fn work_key(key: i64) -> i64 {
    key ^ (1 << 62)
}

/// Who holds the lock; `None` where nobody does any more.
async fn holder(lock: &mut Link, key: i64) -> Result<Option<LockHolder>, DbError> {
    // Within a transaction the server shows its activity as it was at the first look.
    lock.send_all("SELECT pg_catalog.pg_stat_clear_snapshot()").await?;
    let sql = Sql::new(include_str!("lock_holder.sql")).value("key", key).value("work_key", work_key(key)).render()?;
    let batch = lock.send_all(sql).await?;
    let Some(row) = batch.rows.first() else { return Ok(None) };
    let text = |column: &str| -> Result<String, DbError> { Ok(row.get(column)?.unwrap_or_default().to_owned()) };
    Ok(Some(LockHolder {
        pid: Some(row.parse("pid")?),
        application_name: text("application_name")?,
        host: text("host")?,
        since: text("since")?,
        query: text("query")?,
    }))
}
