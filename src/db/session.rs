//! A connection that reads, and the raw link that reading and writing sessions share.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Connection, Either, Row as _};

use super::{Cancel, ConnSpec, DbError, Sql};

/// One row of a result, every value in PostgreSQL's own text form.
#[derive(Debug, Clone)]
pub struct Row {
    columns: Arc<[String]>,
    values: Vec<Option<String>>,
}

impl Row {
    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// All values in order.
    pub fn values(&self) -> &[Option<String>] {
        &self.values
    }

    /// The value at this place, counted from 0; `None` for NULL or where there is no such column.
    pub fn at(&self, index: usize) -> Option<&str> {
        self.values.get(index).and_then(Option::as_deref)
    }

    /// The value of this column; `None` for NULL.
    ///
    /// # Errors
    /// [`DbError::Answer`] where the result has no such column.
    pub fn get(&self, column: &str) -> Result<Option<&str>, DbError> {
        let index = self.columns.iter().position(|name| name == column).ok_or_else(|| DbError::Answer {
            reason: format!("no column {column} among {}", self.columns.join(", ")),
        })?;
        Ok(self.at(index))
    }

    /// The text of this column, which must not be NULL.
    ///
    /// # Errors
    /// [`DbError::Answer`] where there is no such column or its value is NULL.
    pub fn text(&self, column: &str) -> Result<&str, DbError> {
        self.get(column)?.ok_or_else(|| DbError::Answer { reason: format!("column {column} is null") })
    }

    /// The value of this column, read as `T`.
    ///
    /// # Errors
    /// [`DbError::Answer`] where there is no such column, its value is NULL, or it is not a `T`.
    pub fn parse<T: std::str::FromStr>(&self, column: &str) -> Result<T, DbError> {
        let text = self.text(column)?;
        text.parse().map_err(|_| DbError::Answer { reason: format!("column {column} holds {text:?}") })
    }

    /// A boolean column (`t` or `f`), which must not be NULL.
    ///
    /// # Errors
    /// [`DbError::Answer`] as for [`Row::parse`].
    pub fn flag(&self, column: &str) -> Result<bool, DbError> {
        match self.text(column)? {
            "t" => Ok(true),
            "f" => Ok(false),
            text => Err(DbError::Answer { reason: format!("column {column} holds {text:?}, not a boolean") }),
        }
    }
}

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

/// A connection with its state of health. Only this type touches the driver's query calls.
#[derive(Debug)]
pub(super) struct Link {
    conn: Option<PgConnection>,
    spec: Arc<ConnSpec>,
    pid: i32,
    poison: Option<String>,
    in_flight: bool,
    pub(super) cancel: Cancel,
}

impl Link {
    /// Connects to the first host that answers, within the spec's time for each.
    pub(super) async fn connect(spec: Arc<ConnSpec>, cancel: Cancel) -> Result<Link, DbError> {
        let mut last = DbError::Settings { what: "host".into(), problem: "no host is given".into() };
        for (host, port) in &spec.hosts {
            let options = spec.options(host, *port).disable_statement_logging();
            let limit = Duration::from_millis(spec.connect_timeout_ms);
            last = match tokio::time::timeout(limit, PgConnection::connect_with(&options)).await {
                Ok(Ok(conn)) => {
                    return Ok(Link {
                        conn: Some(conn),
                        spec: spec.clone(),
                        pid: 0,
                        poison: None,
                        in_flight: false,
                        cancel,
                    });
                }
                Ok(Err(error)) => connect_error(&spec, host, *port, error),
                Err(_) => DbError::Connect {
                    target: target(&spec, host, *port),
                    reason: format!("no answer within {} ms (connect_timeout)", spec.connect_timeout_ms),
                    code: None,
                },
            };
        }
        Err(last)
    }

    pub(super) fn pid(&self) -> i32 {
        self.pid
    }

    pub(super) fn set_pid(&mut self, pid: i32) {
        self.pid = pid;
    }

    pub(super) fn spec(&self) -> &Arc<ConnSpec> {
        &self.spec
    }

    pub(super) fn poison(&mut self, reason: impl Into<String>) {
        self.poison.get_or_insert(reason.into());
    }

    pub(super) fn is_usable(&self) -> bool {
        self.poison.is_none() && !self.in_flight && self.conn.is_some()
    }

    fn ready(&mut self) -> Result<(), DbError> {
        if self.in_flight {
            self.poison("an earlier query was abandoned while the server was still at it");
        }
        match &self.poison {
            Some(reason) => Err(DbError::Poisoned { reason: reason.clone() }),
            None => Ok(()),
        }
    }

    /// Sends statements as one message of the simple protocol and hands over each row as it comes.
    pub(super) async fn send(
        &mut self,
        sql: String,
        mut each: impl FnMut(Row) -> Result<(), DbError>,
    ) -> Result<Vec<u64>, BatchError> {
        self.ready().map_err(|error| BatchError { completed: 0, error })?;
        self.in_flight = true;
        let outcome = {
            let cancel = self.cancel.clone();
            let (spec, pid) = (self.spec.clone(), self.pid);
            let conn = self.conn.as_mut().ok_or_else(|| closed(0))?;
            let mut work = std::pin::pin!(receive(conn, sql, &mut each));
            tokio::select! {
                biased;
                outcome = &mut work => outcome,
                () = cancel.cancelled(), if pid != 0 => {
                    // The statement ends by the server's hand, so that its outcome is known: wait for it.
                    let asked = cancel_backend(&spec, pid).await;
                    match asked { Ok(()) => work.await, Err(error) => Err(BatchError { completed: 0, error }) }
                }
            }
        };
        self.in_flight = false;
        outcome.map_err(|failed| self.note(failed))
    }

    /// Remembers an error after which the connection must not be used again.
    fn note(&mut self, failed: BatchError) -> BatchError {
        if failed.error.is_lost() || matches!(failed.error, DbError::Answer { .. }) {
            self.poison(failed.error.to_string());
        }
        failed
    }

    /// Starts `COPY … FROM STDIN`. After any error of a COPY the link is poisoned.
    pub(super) async fn copy_in(&mut self, statement: &str) -> Result<CopyIn<'_>, DbError> {
        self.ready()?;
        // Stays set until `finish` or `abort`: a copy that is dropped half-way leaves the link unusable.
        self.in_flight = true;
        let conn = self.conn.as_mut().ok_or_else(|| closed(0).error)?;
        match conn.copy_in_raw(statement).await {
            Ok(copy) => Ok(CopyIn { copy, in_flight: &mut self.in_flight, poison: &mut self.poison }),
            Err(error) => {
                self.in_flight = false;
                let error = DbError::from(error);
                self.poison.get_or_insert(format!("a copy failed to start: {error}"));
                Err(error)
            }
        }
    }

    /// Says goodbye; errors on the way out change nothing that was done.
    pub(super) async fn close(mut self) {
        if let Some(conn) = self.conn.take()
            && self.poison.is_none()
            && !self.in_flight
        {
            let _ = conn.close().await;
        }
    }
}

/// A copy into the server under way. End it with [`CopyIn::finish`]; dropping it poisons the session.
pub struct CopyIn<'a> {
    copy: sqlx::postgres::PgCopyIn<&'a mut PgConnection>,
    in_flight: &'a mut bool,
    poison: &'a mut Option<String>,
}

impl std::fmt::Debug for CopyIn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CopyIn")
    }
}

impl CopyIn<'_> {
    /// Sends a piece of data.
    ///
    /// # Errors
    /// [`DbError`]; the session is poisoned then.
    pub async fn send(&mut self, data: &[u8]) -> Result<(), DbError> {
        match self.copy.send(data).await {
            Ok(_) => Ok(()),
            Err(error) => Err(give_up(self.poison, error)),
        }
    }

    /// Ends the data; returns the number of rows copied.
    ///
    /// # Errors
    /// [`DbError`], with the server's word on which line is wrong; the session is poisoned then.
    pub async fn finish(self) -> Result<u64, DbError> {
        let CopyIn { copy, in_flight, poison } = self;
        let outcome = copy.finish().await;
        *in_flight = false;
        outcome.map_err(|error| give_up(poison, error))
    }
}

fn give_up(poison: &mut Option<String>, error: sqlx::Error) -> DbError {
    let error = DbError::from(error);
    poison.get_or_insert(format!("a copy failed: {error}"));
    error
}

fn closed(completed: usize) -> BatchError {
    BatchError { completed, error: DbError::Poisoned { reason: "the session is closed".into() } }
}

#[expect(clippy::disallowed_methods, reason = "the one place where text is sent")]
async fn receive(
    conn: &mut PgConnection,
    sql: String,
    each: &mut impl FnMut(Row) -> Result<(), DbError>,
) -> Result<Vec<u64>, BatchError> {
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
    match refused {
        Some(error) => Err(BatchError { completed: affected.len(), error }),
        None => Ok(affected),
    }
}

fn read(row: &PgRow, columns: &mut Arc<[String]>) -> Result<Row, DbError> {
    if columns.len() != row.len() {
        *columns = row.columns().iter().map(|column| column.name().to_owned()).collect();
    }
    let mut values = Vec::with_capacity(row.len());
    for index in 0..row.len() {
        let raw = row.try_get_raw(index)?;
        let value = if sqlx::ValueRef::is_null(&raw) {
            None
        } else {
            let text = raw.as_str().map_err(|error| DbError::Answer { reason: format!("not text: {error}") })?;
            Some(text.to_owned())
        };
        values.push(value);
    }
    Ok(Row { columns: columns.clone(), values })
}

/// Asks the server, over a connection of its own, to end what this backend is doing.
async fn cancel_backend(spec: &Arc<ConnSpec>, pid: i32) -> Result<(), DbError> {
    let mut link = Box::pin(Link::connect(spec.clone(), Cancel::never())).await?;
    let outcome = Box::pin(link.send(format!("SELECT pg_catalog.pg_cancel_backend({pid})"), |_| Ok(()))).await;
    link.close().await;
    outcome.map(|_| ()).map_err(|failed| failed.error)
}

fn target(spec: &ConnSpec, host: &str, port: u16) -> String {
    format!("{}@{host}:{port}/{}", spec.user, spec.database)
}

fn connect_error(spec: &ConnSpec, host: &str, port: u16, error: sqlx::Error) -> DbError {
    let code = error.as_database_error().and_then(|error| error.code()).map(|code| code.into_owned());
    let reason = match DbError::from(error) {
        DbError::Lost { reason } | DbError::Poisoned { reason } | DbError::Answer { reason } => reason,
        other => other.to_string(),
    };
    DbError::Connect { target: target(spec, host, port), reason, code }
}

/// A connection that can only read.
///
/// It lives inside a `READ ONLY` transaction from its first moment: the server refuses every write, also one inside
/// a function, and `SET LOCAL` leaves nothing behind in a pooler's server connection. In READ COMMITTED such a
/// transaction holds back no vacuum while it is idle. After an error the transaction is begun anew.
#[derive(Debug)]
pub struct Session {
    link: Link,
    begin: String,
    aborted: bool,
}

impl Session {
    /// Connects. After an error nothing is left open.
    ///
    /// # Errors
    /// [`DbError::Connect`] with who was asked and what was answered.
    pub async fn connect(spec: &ConnSpec) -> Result<Session, DbError> {
        Session::connect_with(spec, "READ COMMITTED", None, Cancel::never()).await
    }

    /// The same, and stops its work when told to.
    ///
    /// # Errors
    /// As [`Session::connect`].
    pub async fn connect_cancellable(spec: &ConnSpec, cancel: Cancel) -> Result<Session, DbError> {
        Session::connect_with(spec, "READ COMMITTED", None, cancel).await
    }

    pub(super) async fn connect_with(
        spec: &ConnSpec,
        isolation: &'static str,
        snapshot: Option<&str>,
        cancel: Cancel,
    ) -> Result<Session, DbError> {
        let link = Link::connect(Arc::new(spec.clone()), cancel).await?;
        let import = match snapshot {
            Some(id) => format!("SET TRANSACTION SNAPSHOT {};", super::quote_literal(id)),
            None => String::new(),
        };
        let begin = Sql::new(include_str!("begin_read_only.sql"))
            .fragment("isolation", isolation)
            .fragment("import_snapshot", import)
            .render()?;
        let mut session = Session { link, begin, aborted: false };
        session.begin().await?;
        Ok(session)
    }

    async fn begin(&mut self) -> Result<(), DbError> {
        let mut pid = 0;
        let sent = self.link.send(self.begin.clone(), |row| {
            pid = row.parse("pid")?;
            Ok(())
        });
        sent.await.map_err(|failed| failed.error)?;
        self.link.set_pid(pid);
        self.aborted = false;
        Ok(())
    }

    /// The server process that serves this session.
    pub fn backend_pid(&self) -> i32 {
        self.link.pid()
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

    /// Hands over the rows one by one, in constant memory. An error of `take` is returned once the result is read.
    ///
    /// # Errors
    /// As [`Session::rows`], or the error of `take`.
    pub async fn each(
        &mut self,
        sql: impl Into<String>,
        take: impl FnMut(Row) -> Result<(), DbError>,
    ) -> Result<(), DbError> {
        if self.aborted {
            self.begin().await?;
        }
        match self.link.send(sql.into(), take).await {
            Ok(_) => Ok(()),
            Err(failed) => {
                self.aborted = failed.error.server().is_some();
                Err(failed.error)
            }
        }
    }

    /// Ends the session.
    pub async fn close(self) {
        self.link.close().await;
    }
}
