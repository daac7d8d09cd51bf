//! `COPY … FROM STDIN`: the only way in for data that is not SQL text.

use sqlx::postgres::PgConnection;

use super::DbError;
use super::link::{Health, Link};

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

fn give_up(health: &mut Health, what: &str, error: sqlx::Error) -> DbError {
    let error = DbError::from(error);
    health.poison(format!("{what}: {error}"));
    error
}
