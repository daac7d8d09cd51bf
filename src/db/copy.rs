//! `COPY … FROM STDIN`: the only way in for data that is not SQL text. `COPY … TO STDOUT`: the fast way out.

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use sqlx::postgres::PgConnection;

use super::link::{Health, Link, cancel_backend};
use super::{Cancel, ConnSpec, DbError};

/// Of those that have arrived already.
const MESSAGES_AT_ONCE: usize = 1024;

/// A copy into the server under way. End it with [`CopyIn::finish`]; dropping it poisons the session.
pub struct CopyIn<'a> {
    copy: sqlx::postgres::PgCopyIn<&'a mut PgConnection>,
    health: &'a mut Health,
}

impl Link {
    /// Starts `COPY … FROM STDIN`. After any error of a COPY the link is poisoned.
    pub(super) async fn copy_in(&mut self, statement: &str) -> Result<CopyIn<'_>, DbError> {
        self.health.check()?;
        if statement.contains('\0') {
            return Err(DbError::Sql(super::SqlError::Nul));
        }
        // Stays set until `finish`: a copy that is dropped half-way leaves the link unusable.
        self.health.in_flight = true;
        match self.conn.copy_in_raw(statement).await {
            Ok(copy) => Ok(CopyIn { copy, health: &mut self.health }),
            Err(error) => {
                self.health.in_flight = false;
                Err(give_up(&mut self.health, "a copy failed to start", error))
            }
        }
    }
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
            Err(error) => Err(give_up(self.health, "a copy failed", error)),
        }
    }

    /// Ends the data; returns the number of rows copied.
    ///
    /// # Errors
    /// [`DbError`], with the server's word on which line is wrong; the session is poisoned then.
    pub async fn finish(self) -> Result<u64, DbError> {
        let CopyIn { copy, health } = self;
        let outcome = copy.finish().await;
        health.in_flight = false;
        outcome.map_err(|error| give_up(health, "a copy failed", error))
    }
}

/// A copy out of the server under way, read at the reader's own pace. Read it to its end; dropping it before poisons
/// the session.
pub struct CopyOut<'a> {
    copy: BoxStream<'a, Result<Vec<u8>, sqlx::Error>>,
    health: &'a mut Health,
    spec: &'a ConnSpec,
    pid: i32,
    cancel: Cancel,
}

impl Link {
    /// Starts `COPY … TO STDOUT`. After any error of a COPY the link is poisoned.
    pub(super) async fn copy_out(&mut self, statement: &str) -> Result<CopyOut<'_>, DbError> {
        self.health.check()?;
        if statement.contains('\0') {
            return Err(DbError::Sql(super::SqlError::Nul));
        }
        let parts = self.parts();
        // Stays set until the end was read: a copy that is dropped half-way leaves the link unusable.
        parts.health.in_flight = true;
        match parts.conn.copy_out_raw(statement).await {
            Ok(copy) => Ok(CopyOut {
                // A message holds one row only, and a word for each would cost more than the row.
                copy: copy
                    .try_ready_chunks(MESSAGES_AT_ONCE)
                    .map(|pieces| pieces.map(|pieces| pieces.concat()).map_err(|error| error.1))
                    .boxed(),
                health: parts.health,
                spec: parts.spec,
                pid: parts.pid,
                cancel: parts.cancel.clone(),
            }),
            Err(error) => {
                parts.health.in_flight = false;
                Err(give_up(parts.health, "a copy failed to start", error))
            }
        }
    }
}

impl std::fmt::Debug for CopyOut<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CopyOut")
    }
}

impl CopyOut<'_> {
    /// The next piece of data, `None` at the end.
    ///
    /// # Errors
    /// [`DbError`], [`DbError::Cancelled`] once the switch is thrown; the session is poisoned then.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, DbError> {
        let piece = tokio::select! {
            biased;
            () = self.cancel.cancelled() => {
                // Best effort: the session is given up in any case, and its end stops the server too.
                let _ = cancel_backend(self.spec, self.pid).await;
                self.health.poison("a copy was cancelled");
                return Err(DbError::Cancelled);
            }
            piece = self.copy.next() => piece,
        };
        match piece {
            Some(Ok(piece)) => Ok(Some(piece)),
            Some(Err(error)) => {
                self.health.in_flight = false;
                Err(give_up(self.health, "a copy failed", error))
            }
            None => {
                self.health.in_flight = false;
                Ok(None)
            }
        }
    }
}

fn give_up(health: &mut Health, what: &str, error: sqlx::Error) -> DbError {
    let error = health.told(DbError::from(error));
    health.poison(format!("{what}: {error}"));
    error
}
