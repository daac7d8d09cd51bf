//! A connection that broke while a commit was under way: the server is asked what became of it.

use std::time::{Duration, Instant};

use crate::db::{ConnSpec, DbError, Session, Sql};
use crate::migration_log::Started;
use crate::phase::Phase;

use super::{Failure, Remains, Run};

impl Run<'_> {
    /// Returns `Ok` if the commit took effect. Otherwise the failure says whether nothing remains or nobody knows.
    ///
    /// The server keeps the fate of recent transactions (`pg_xact_status`), also across a restart.
    pub(super) async fn ask_about_commit(
        &mut self,
        phase: &Phase,
        started: &Started,
        lost: &DbError,
    ) -> Result<(), Failure> {
        let Some(xid) = &started.xid else { return Err(Failure::from_db(phase, lost)) };
        let deadline = Instant::now() + self.options.reconnect;
        let answer = loop {
            let answer = commit_status(self.session.spec(), xid).await;
            let decided = matches!(&answer, Ok(Some(status)) if status != "in progress");
            if decided || Instant::now() >= deadline || self.session.cancel().is_cancelled() {
                break answer;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        };
        let failure = Failure::from_db(phase, lost);
        match answer.as_ref().map(Option::as_deref) {
            Ok(Some("committed")) => match self.session.reconnect().await {
                Ok(()) => Ok(()),
                Err(error) => Err(Failure {
                    message: format!("the phase took effect, but the run cannot go on: {error}"),
                    remains: Remains::All,
                    logged: true,
                    ..failure
                }
                .hint("run migrate again; it goes on behind this phase")),
            },
            Ok(Some("aborted")) => Err(failure.hint("the server was asked: the commit did not take effect")),
            other => Err(Failure {
                remains: Remains::Unknown,
                detail: Some(match other {
                    Err(error) => format!("the server could not be asked what became of the commit: {error}"),
                    Ok(status) => format!("asked about transaction {xid}, the server said {status:?}"),
                }),
                ..failure
            }
            .hint("once the server is back, phasegate status says what is true")),
        }
    }
}

async fn commit_status(spec: &ConnSpec, xid: &str) -> Result<Option<String>, DbError> {
    let mut session = Session::connect(spec).await?;
    let row = session.one(Sql::new(include_str!("xact_status.sql")).value("xid", xid).render()?).await?;
    let status = row.get("status")?.map(str::to_owned);
    session.close().await;
    Ok(status)
}
