//! A connection that broke while a commit was under way: the server is asked what became of it.

use std::time::{Duration, Instant};

use crate::db::{ConnSpec, DbError, Session, Sql};
use crate::migration_log::{Head, MigrationLog, Started};
use crate::phase::Phase;

use super::{Failure, Remains, Run};

impl Run<'_> {
    /// Returns `Ok` if the commit took effect. Otherwise the failure says whether nothing remains or nobody knows.
    ///
    /// The server knows whether a transaction is still in progress (`pg_xact_status`); once it is not, the log says
    /// whether its row is there.
    pub(super) async fn ask_about_commit(
        &mut self,
        phase: &Phase,
        started: &Started,
        head: &Head,
        lost: &DbError,
    ) -> Result<(), Failure> {
        let Some(xid) = &started.xid else { return Err(Failure::from_db(phase, lost)) };
        let deadline = Instant::now() + self.options.reconnect;
        let answer = loop {
            let answer = commit_status(self.session.spec(), self.log, xid, head).await;
            let decided = !matches!(&answer, Ok(Fate::InProgress) | Err(_));
            if decided || Instant::now() >= deadline || self.session.cancel().is_cancelled() {
                break answer;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        };
        let failure = Failure::from_db(phase, lost);
        match answer {
            Ok(Fate::Committed) => match self.session.reconnect().await {
                Ok(()) => Ok(()),
                Err(error) => Err(Failure {
                    message: format!("the phase took effect, but the run cannot go on: {error}"),
                    remains: Remains::All,
                    logged: true,
                    ..failure
                }
                .hint("run migrate again; it goes on behind this phase")),
            },
            Ok(Fate::Aborted) => Err(failure.hint("the server was asked: the commit did not take effect")),
            other => Err(Failure {
                remains: Remains::Unknown,
                detail: Some(match other {
                    Err(error) => format!("the server could not be asked what became of the commit: {error}"),
                    Ok(_) => format!("asked about transaction {xid}, the server said that it is in progress"),
                }),
                ..failure
            }
            .hint("once the server is back, phasegate status says what is true")),
        }
    }
}

/// The phase's row decides: it commits with the phase, and its hash cannot be another's. The transaction id alone
/// would not do, since a server that crashed may give the id of what it lost to somebody else.
async fn commit_status(spec: &ConnSpec, log: &MigrationLog, xid: &str, head: &Head) -> Result<Fate, DbError> {
    let mut session = Session::connect(spec).await?;
    let status = session.one(Sql::new(include_str!("xact_status.sql")).value("xid", xid).render()?).await;
    match status {
        Ok(row) if row.get("status")? == Some("in progress") => return Ok(Fate::InProgress),
        Ok(_) => {}
        Err(error) if error.code() == Some(ID_NOT_GIVEN_YET) => {}
        Err(error) => return Err(error),
    }
    let row = Sql::new(include_str!("row_is_there.sql"))
        .ident("schema", &log.schema)
        .ident("log", &log.table)
        .value("seq", head.seq)
        .value("hash", &head.hash);
    let there = session.one(row.render()?).await?.flag("there")?;
    session.close().await;
    Ok(if there { Fate::Committed } else { Fate::Aborted })
}

/// What became of a commit.
enum Fate {
    Committed,
    Aborted,
    InProgress,
}

/// SQLSTATE of "transaction ID is in the future": a server that crashed has forgotten it, and with it what it did.
const ID_NOT_GIVEN_YET: &str = "22023";
