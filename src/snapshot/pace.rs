//! How long a snapshot may last, and when it waits for others: a snapshot that is held open keeps vacuum from clearing
//! rows away, and one that is being taken takes the server's time.
//!
//! The load is judged by what is active, never by the lag of replicas: a reader makes none.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::db::{Cancel, DbError, Session, SharedSnapshot, Sql};

use super::{Event, Options};

/// How often a waiting worker looks.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// After so long it goes on in any case: waiting keeps the snapshot open, which costs others too.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// The bounds of one snapshot.
pub(super) struct Pace {
    /// The end, and the age that it stands for.
    end: Option<(Instant, Duration)>,
    /// How many other sessions may be active; 0 for any number.
    max_active: usize,
    /// The sessions that read this snapshot.
    own: Mutex<BTreeSet<i32>>,
    cancel: Cancel,
}

impl Pace {
    pub(super) fn new(snapshot: &SharedSnapshot, options: &Options) -> Pace {
        // An age that no clock reaches is none.
        let end = options.max_age.and_then(|age| Some((snapshot.opened_at().checked_add(age)?, age)));
        let cancel = end.map_or(options.cancel.clone(), |(end, _)| options.cancel.until(end));
        Pace { end, max_active: options.max_active_sessions, own: Mutex::default(), cancel }
    }

    pub(super) fn is_bounded(&self) -> bool {
        self.end.is_some()
    }

    /// A session of the snapshot, whose statements end with the snapshot's time.
    pub(super) async fn session(&self, snapshot: &SharedSnapshot) -> Result<Session, DbError> {
        let session = snapshot.session_with(self.cancel.clone()).await?;
        self.own(&session);
        Ok(session)
    }

    /// Counts a session as the snapshot's own.
    pub(super) fn own(&self, session: &Session) {
        let mut own = self.own.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        own.insert(session.backend_pid());
    }

    /// Why nothing more is read, once the time is over.
    pub(super) fn over(&self) -> Option<String> {
        let (end, age) = self.end?;
        let age = humantime(age);
        (Instant::now() >= end).then(|| {
            format!(
                "the snapshot reached its greatest age of {age} before this was read; allow more, or read more at once"
            )
        })
    }

    /// Waits while others are at work; at most as long as `patience`, which it uses up.
    ///
    /// # Errors
    /// [`DbError`] where the server cannot be asked.
    pub(super) async fn wait(
        &self,
        session: &mut Session,
        patience: &mut Duration,
        events: &(dyn Fn(Event) + Sync),
    ) -> Result<(), DbError> {
        if self.max_active == 0 {
            return Ok(());
        }
        let mut told = false;
        loop {
            let active = self.active(session).await?;
            if active <= self.max_active || patience.is_zero() || self.cancel.is_cancelled() {
                return Ok(());
            }
            if !told {
                events(Event::Waiting { active, allowed: self.max_active });
                told = true;
            }
            let _ = tokio::time::timeout(LOOK_EVERY, self.cancel.cancelled()).await;
            *patience = patience.saturating_sub(LOOK_EVERY);
        }
    }

    async fn active(&self, session: &mut Session) -> Result<usize, DbError> {
        // What the server says of others stands still within a transaction.
        session.renew().await?;
        self.own(session);
        let own: Vec<String> = {
            let own = self.own.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            own.iter().map(i32::to_string).collect()
        };
        let sql = Sql::new(include_str!("active_sessions.sql")).value("own", format!("{{{}}}", own.join(",")));
        session.one(sql.render()?).await?.parse("active")
    }
}

/// The patience of a worker that has not waited yet.
pub(super) fn patience() -> Duration {
    LONGEST_WAIT
}

fn humantime(age: Duration) -> String {
    if age.subsec_millis() > 0 { format!("{} ms", age.as_millis()) } else { format!("{} s", age.as_secs()) }
}
