//! The raw connection that reading and writing sessions share, with its state of health. Only this file and `copy`
//! call the driver.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Either};

use super::connect::{self, Connected};
use super::row::{Row, read};
use super::{Cancel, ConnSpec, DbError};

/// What a batch of statements did.
#[derive(Debug, Default)]
pub struct Batch {
    /// Rows affected by each statement, in order.
    pub affected: Vec<u64>,
    /// Rows returned by all statements together, in order.
    pub rows: Vec<Row>,
}

/// A batch that failed, and how far it came.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct BatchError {
    /// How many statements had finished before; the next one is the one that failed, unless a syntax error (whose
    /// position tells) kept the whole batch from starting.
    pub completed: usize,
    /// What went wrong.
    pub error: DbError,
}

/// A connection with its state of health.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) conn: PgConnection,
    pub(super) health: Health,
    /// The settings, with the one host that answered.
    spec: Arc<ConnSpec>,
    pid: i32,
    cancel: Cancel,
}

/// Whether a connection may still be used.
#[derive(Debug, Default)]
pub(super) struct Health {
    /// Why it may not.
    poison: Option<String>,
    /// Set while an answer is awaited; found set, somebody stopped waiting for it.
    pub(super) in_flight: bool,
    /// Whether errors are told without the values of rows.
    hides_values: bool,
}

impl Health {
    pub(super) fn poison(&mut self, reason: impl Into<String>) {
        self.poison.get_or_insert(reason.into());
    }

    pub(super) fn check(&mut self) -> Result<(), DbError> {
        if self.in_flight {
            self.poison("an earlier query was abandoned while the server was still at it");
        }
        match &self.poison {
            Some(reason) => Err(DbError::Poisoned { reason: reason.clone() }),
            None => Ok(()),
        }
    }

    /// The error as it may be told.
    pub(super) fn told(&self, error: DbError) -> DbError {
        if self.hides_values { error.without_values() } else { error }
    }

    pub(super) fn is_good(&self) -> bool {
        self.poison.is_none() && !self.in_flight
    }
}

/// A link taken apart.
pub(super) struct Parts<'a> {
    pub(super) conn: &'a mut PgConnection,
    pub(super) health: &'a mut Health,
    pub(super) spec: &'a ConnSpec,
    pub(super) pid: i32,
    pub(super) cancel: &'a Cancel,
}

impl Link {
    /// Connects to the first host that answers and is wanted, within the spec's time for each.
    pub(super) async fn connect(spec: &ConnSpec, cancel: Cancel) -> Result<Link, DbError> {
        Link::connect_with(spec, cancel, &[]).await
    }

    /// The same with start-up settings besides the spec's own.
    pub(super) async fn connect_with(
        spec: &ConnSpec,
        cancel: Cancel,
        extra: &[(String, String)],
    ) -> Result<Link, DbError> {
        let Connected { conn, spec } = connect::first(spec, extra).await?;
        let health = Health { hides_values: spec.hides_values, ..Health::default() };
        Ok(Link { conn, health, spec: Arc::new(spec), pid: 0, cancel })
    }

    pub(super) fn pid(&self) -> i32 {
        self.pid
    }

    /// All parts at once, for what borrows the connection longer than a call.
    pub(super) fn parts(&mut self) -> Parts<'_> {
        Parts { conn: &mut self.conn, health: &mut self.health, spec: &self.spec, pid: self.pid, cancel: &self.cancel }
    }

    pub(super) fn set_pid(&mut self, pid: i32) {
        self.pid = pid;
    }

    /// The settings, narrowed to the one host that this link reached.
    pub(super) fn spec(&self) -> &ConnSpec {
        &self.spec
    }

    pub(super) fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Sends statements as one message of the simple protocol and hands over each row as it comes. Once `each` has
    /// refused a row it gets no more; the rest of the result is read and its error returned, and the link stays good.
    ///
    /// A cancel switch that is thrown while this waits ends the statement; one thrown earlier is the caller's to see,
    /// so that what cleans up after a cancelled statement can still be sent.
    pub(super) async fn send(
        &mut self,
        sql: String,
        mut each: impl FnMut(Row) -> Result<(), DbError>,
    ) -> Result<Vec<u64>, BatchError> {
        let fail = |error| BatchError { completed: 0, error };
        self.health.check().map_err(fail)?;
        if sql.contains('\0') {
            // It would end the message early and leave the rest to be read as another one.
            return Err(fail(DbError::Sql(super::SqlError::Nul)));
        }
        let watched = self.pid != 0 && !self.cancel.is_cancelled();
        self.health.in_flight = true;
        let outcome = {
            let mut work = std::pin::pin!(receive(&mut self.conn, sql, &mut each));
            tokio::select! {
                biased;
                outcome = &mut work => outcome,
                () = self.cancel.cancelled(), if watched => {
                    // The statement ends by the server's hand, so that its outcome is known: wait for it.
                    match cancel_backend(&self.spec, self.pid).await {
                        Ok(()) => work.await,
                        Err(error) => Err(fail(DbError::Lost {
                            reason: format!("the statement could not be cancelled and was left running: {error}"),
                        })),
                    }
                }
            }
        };
        self.health.in_flight = false;
        let outcome = outcome.map_err(|failed| BatchError { error: self.health.told(failed.error), ..failed });
        let received = outcome.inspect_err(|failed| self.note(&failed.error))?;
        match received.refused {
            Some(error) => Err(BatchError { completed: received.affected.len(), error }),
            None => Ok(received.affected),
        }
    }

    /// Sends statements and keeps all rows.
    pub(super) async fn send_all(&mut self, sql: impl Into<String>) -> Result<Batch, DbError> {
        let mut rows = Vec::new();
        let sent = self.send(sql.into(), |row| {
            rows.push(row);
            Ok(())
        });
        let affected = sent.await.map_err(|failed| failed.error)?;
        Ok(Batch { affected, rows })
    }

    /// Remembers an error after which the connection must not be used again: all but the server's own refusals, which
    /// leave it in a known state.
    fn note(&mut self, error: &DbError) {
        if error.server().is_none() {
            self.health.poison(error.to_string());
        }
    }

    /// Says goodbye; errors on the way out change nothing that was done. A link that is not in a known state is just
    /// dropped, which closes its socket.
    pub(super) async fn close(self) {
        if self.health.is_good() {
            // Bounded, since a dead peer never takes the farewell.
            let _ = tokio::time::timeout(Duration::from_secs(2), self.conn.close()).await;
        }
    }
}

/// What came back for a message.
struct Received {
    affected: Vec<u64>,
    /// The caller's own error about a row, or a row that could not be read.
    refused: Option<DbError>,
}

async fn receive(
    conn: &mut PgConnection,
    sql: String,
    each: &mut impl FnMut(Row) -> Result<(), DbError>,
) -> Result<Received, BatchError> {
    let mut affected = Vec::new();
    let mut columns: Arc<[String]> = Arc::from([]);
    let mut stream = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_many(&mut *conn);
    let mut refused = None;
    while let Some(item) = stream.next().await {
        match item {
            Ok(Either::Left(done)) => {
                affected.push(done.rows_affected());
                columns = Arc::from([]);
            }
            Ok(Either::Right(row)) => {
                if refused.is_none() {
                    refused = read(&row, &mut columns).and_then(&mut *each).err();
                }
            }
            Err(error) => return Err(BatchError { completed: affected.len(), error: error.into() }),
        }
    }
    Ok(Received { affected, refused })
}

/// Asks the server, over a connection of its own to the same host, to end what this backend is doing.
pub(super) async fn cancel_backend(spec: &ConnSpec, pid: i32) -> Result<(), DbError> {
    let mut link = Box::pin(Link::connect(spec, Cancel::never())).await?;
    let outcome = Box::pin(link.send_all(format!("SELECT pg_catalog.pg_cancel_backend({pid})"))).await;
    link.close().await;
    outcome.map(|_| ())
}
