//! A connection that reads.

use super::link::Link;
use super::row::Row;
use super::{Cancel, ConnSpec, CopyOut, DbError, Sql, connect, transaction_control};

/// A connection that can only read.
///
/// It lives inside a `READ ONLY` transaction from its first moment: the server refuses every write, also one inside
/// a function, and `SET LOCAL` leaves nothing behind in a pooler's server connection. In READ COMMITTED such a
/// transaction holds back no vacuum while it is idle. After an error the transaction is begun anew. Statements that
/// would end it are not sent. Statistics views stand still within it, see [`Session::renew`].
#[derive(Debug)]
pub struct Session {
    link: Link,
    begin: Begin,
    aborted: bool,
}

/// How the transaction begins.
#[derive(Debug)]
struct Begin {
    isolation: &'static str,
    /// The shared snapshot to join.
    snapshot: Option<String>,
    /// Whether what the transaction stands for is gone once it failed: another one would be another instant.
    only_once: bool,
    statement_timeout_ms: u64,
    lock_timeout_ms: u64,
}

/// What PgBouncer says to whom it kept waiting for a server connection until it lost patience.
fn name_the_full_pool(error: DbError, spec: &ConnSpec) -> DbError {
    match error {
        DbError::Lost { reason } if reason.contains("query_wait_timeout") => DbError::Settings {
            what: spec.target(),
            problem:
                "a connection pooler stands before the server and has no connection left (query_wait_timeout); give \
                      its pool as many as there are sessions, set fewer `jobs`, or connect to the server itself"
                    .into(),
        },
        other => other,
    }
}

/// How long a reading session waits for a lock unless told otherwise.
const LOCK_TIMEOUT_MS: u64 = 10_000;

impl Session {
    /// Connects. After an error nothing is left open.
    ///
    /// # Errors
    /// [`DbError::Connect`] with who was asked and what was answered.
    pub async fn connect(spec: &ConnSpec) -> Result<Session, DbError> {
        Session::connect_cancellable(spec, Cancel::never()).await
    }

    /// The same, and stops its work when told to: the statement under way is cancelled, later ones are not sent.
    ///
    /// # Errors
    /// As [`Session::connect`].
    pub async fn connect_cancellable(spec: &ConnSpec, cancel: Cancel) -> Result<Session, DbError> {
        Session::open(spec, Begin::new("READ COMMITTED"), cancel).await
    }

    /// The session of a shared snapshot: with an id it joins that one, without it is to export its own.
    pub(super) async fn connect_to_instant(
        spec: &ConnSpec,
        snapshot: Option<&str>,
        cancel: Cancel,
    ) -> Result<Session, DbError> {
        let begin = Begin {
            snapshot: snapshot.map(str::to_owned),
            only_once: snapshot.is_none(),
            ..Begin::new("REPEATABLE READ")
        };
        Session::open(spec, begin, cancel).await
    }

    async fn open(spec: &ConnSpec, begin: Begin, cancel: Cancel) -> Result<Session, DbError> {
        let link = Link::connect(spec, cancel).await?;
        let mut session = Session { link, begin, aborted: false };
        // A pooler lets the login pass and may then keep the first statement waiting.
        let spec = session.link.spec().clone();
        match connect::within(&spec, session.begin_anew("")).await.and_then(|begun| begun) {
            Ok(()) => Ok(session),
            Err(error) => {
                let error = name_the_full_pool(error, session.link.spec());
                session.close().await;
                Err(error)
            }
        }
    }

    async fn begin_anew(&mut self, first: &str) -> Result<(), DbError> {
        let sql = format!("{first}{}", self.begin.render(self.link.spec())?);
        let batch = self.link.send_all(sql).await?;
        let row = batch.rows.last().ok_or_else(|| DbError::Answer { reason: "no backend id".into() })?;
        self.link.set_pid(row.parse("pid")?);
        self.aborted = false;
        Ok(())
    }

    /// Begins the transaction anew. The server freezes `pg_stat_activity` and the other statistics views, and `now()`,
    /// within one: who watches them calls this before each look. A session of a shared snapshot sees the same instant
    /// as before.
    ///
    /// # Errors
    /// [`DbError`] as for any query; [`DbError::Poisoned`] for the session that keeps a shared snapshot.
    pub async fn renew(&mut self) -> Result<(), DbError> {
        self.link.health.check()?;
        if self.begin.only_once {
            return Err(DbError::Poisoned { reason: "a new transaction would end the shared snapshot".into() });
        }
        self.begin_anew("ROLLBACK;").await
    }

    /// The server process that serves this session.
    pub fn backend_pid(&self) -> i32 {
        self.link.pid()
    }

    /// The settings of this session, narrowed to the one host that it reached.
    pub(super) fn spec(&self) -> &ConnSpec {
        self.link.spec()
    }

    /// Whether another query can be sent; false after a loss.
    pub fn is_usable(&self) -> bool {
        self.link.health.is_good()
    }

    /// Limits each statement's run time and its wait for a lock, in milliseconds, from now on and also after an
    /// error; 0 means no limit. At first there is no limit for statements, and 10 s for locks.
    ///
    /// # Errors
    /// [`DbError`] as for any query.
    pub async fn set_timeouts(&mut self, statement_ms: u64, lock_ms: u64) -> Result<(), DbError> {
        (self.begin.statement_timeout_ms, self.begin.lock_timeout_ms) = (statement_ms, lock_ms);
        if self.aborted {
            return Ok(());
        }
        let sql = Sql::new(include_str!("set_timeouts.sql"))
            .value("statement_timeout", statement_ms)
            .value("lock_timeout", lock_ms)
            .render()?;
        self.each(sql, |_| Ok(())).await
    }

    /// All rows of a query.
    ///
    /// # Errors
    /// [`DbError`]. After a server error the session can be used again; after a loss it cannot.
    pub async fn rows(&mut self, sql: impl Into<String>) -> Result<Vec<Row>, DbError> {
        let mut rows = Vec::new();
        self.each(sql, |row| {
            rows.push(row);
            Ok(())
        })
        .await?;
        Ok(rows)
    }

    /// The only row of a query.
    ///
    /// # Errors
    /// [`DbError::Answer`] where there is none or more than one, else as [`Session::rows`].
    pub async fn one(&mut self, sql: impl Into<String>) -> Result<Row, DbError> {
        let mut rows = self.rows(sql).await?;
        match (rows.pop(), rows.len()) {
            (Some(row), 0) => Ok(row),
            (last, before) => Err(DbError::Answer {
                reason: format!("{} rows where one was expected", before + usize::from(last.is_some())),
            }),
        }
    }

    /// Hands over the rows one by one, in constant memory. An error of `take` is returned once the result is read;
    /// the session and its transaction stay as they are.
    ///
    /// # Errors
    /// As [`Session::rows`], or the error of `take`; [`DbError::TransactionControl`] for a text that would end the
    /// transaction, [`DbError::Cancelled`] once the switch is thrown: nothing was sent then.
    pub async fn each(
        &mut self,
        sql: impl Into<String>,
        take: impl FnMut(Row) -> Result<(), DbError>,
    ) -> Result<(), DbError> {
        let sql = sql.into();
        self.make_ready(&sql).await?;
        match self.link.send(sql, take).await {
            Ok(_) => Ok(()),
            Err(failed) => {
                self.aborted |= failed.error.server().is_some();
                Err(failed.error)
            }
        }
    }

    /// Starts `COPY (SELECT …) TO STDOUT`, to be read at the caller's own pace.
    ///
    /// # Errors
    /// As [`Session::each`]; after an error of the copy itself the session cannot be used again.
    pub async fn copy_out(&mut self, statement: &str) -> Result<CopyOut<'_>, DbError> {
        self.make_ready(statement).await?;
        self.link.copy_out(statement).await
    }

    /// Refuses what must not be sent, and begins anew where the transaction failed.
    async fn make_ready(&mut self, sql: &str) -> Result<(), DbError> {
        if let Some(word) = transaction_control::find(sql) {
            return Err(DbError::TransactionControl { word });
        }
        self.link.health.check()?;
        if self.link.cancel().is_cancelled() {
            return Err(DbError::Cancelled);
        }
        if self.aborted {
            if self.begin.only_once {
                return Err(DbError::Poisoned {
                    reason: "the transaction that held the shared snapshot failed".into(),
                });
            }
            self.begin_anew("ROLLBACK;").await?;
        }
        Ok(())
    }

    /// Ends the session.
    pub async fn close(self) {
        self.link.close().await;
    }
}

impl Begin {
    fn new(isolation: &'static str) -> Begin {
        Begin { isolation, snapshot: None, only_once: false, statement_timeout_ms: 0, lock_timeout_ms: LOCK_TIMEOUT_MS }
    }

    fn render(&self, spec: &ConnSpec) -> Result<String, DbError> {
        let import = match &self.snapshot {
            Some(id) => format!("SET TRANSACTION SNAPSHOT {};", super::quote_literal(id)),
            None => String::new(),
        };
        let sql = Sql::new(include_str!("begin_read_only.sql"))
            .fragment("isolation", self.isolation)
            .fragment("import_snapshot", import)
            .value("statement_timeout", self.statement_timeout_ms)
            .value("lock_timeout", self.lock_timeout_ms);
        Ok(spec.keepalives.values(sql).render()?)
    }
}
