//! One instant, seen by many sessions.

use std::time::Instant;

use time::OffsetDateTime;

use super::{Cancel, ConnSpec, DbError, Session};

/// An exported snapshot: every session opened from it sees the database at the same instant.
///
/// The instant lasts as long as this value: its own session keeps the transaction open that exported it.
#[derive(Debug)]
pub struct SharedSnapshot {
    keeper: Session,
    id: String,
    lsn: Option<String>,
    taken_at: OffsetDateTime,
    opened_at: Instant,
    cancel: Cancel,
}

impl SharedSnapshot {
    /// Fixes the instant.
    ///
    /// # Errors
    /// [`DbError`] where the server cannot be reached or may not export a snapshot.
    pub async fn open(spec: &ConnSpec, cancel: Cancel) -> Result<SharedSnapshot, DbError> {
        let mut keeper = Session::connect_to_instant(spec, None, cancel.clone()).await?;
        let row = match keeper.one(include_str!("export_snapshot.sql")).await {
            Ok(row) => row,
            Err(error) => {
                keeper.close().await;
                return Err(error);
            }
        };
        let (id, lsn) = (row.text("id")?.to_owned(), row.get("lsn")?.map(str::to_owned));
        Ok(SharedSnapshot { keeper, id, lsn, taken_at: OffsetDateTime::now_utc(), opened_at: Instant::now(), cancel })
    }

    /// A new session that sees this instant, on the same host as all others.
    ///
    /// # Errors
    /// [`DbError`] where no further connection can be made, or the instant is over.
    pub async fn session(&self) -> Result<Session, DbError> {
        self.session_with(self.cancel.clone()).await
    }

    /// The same with a switch of its own.
    ///
    /// # Errors
    /// As [`SharedSnapshot::session`].
    pub async fn session_with(&self, cancel: Cancel) -> Result<Session, DbError> {
        Session::connect_to_instant(self.keeper.spec(), Some(&self.id), cancel).await
    }

    /// The session that keeps the instant; for work that needs no second connection.
    ///
    /// An error in it ends the instant: it refuses further queries then, and no new session can join.
    pub fn keeper(&mut self) -> &mut Session {
        &mut self.keeper
    }

    /// The position in the write-ahead log at the instant; `None` where the role may not ask.
    pub fn lsn(&self) -> Option<&str> {
        self.lsn.as_deref()
    }

    /// When the instant was fixed, by the client's clock.
    pub fn taken_at(&self) -> OffsetDateTime {
        self.taken_at
    }

    /// When the instant was fixed, by the clock that only goes forward: the start of its age.
    pub fn opened_at(&self) -> Instant {
        self.opened_at
    }

    /// Ends the instant.
    pub async fn close(self) {
        self.keeper.close().await;
    }
}
