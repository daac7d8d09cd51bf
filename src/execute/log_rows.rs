//! The rows that a run writes into the log.

use std::time::{Duration, Instant};

use time::{OffsetDateTime, PrimitiveDateTime};

use crate::db::{DbError, Row, Sql, quote_ident};
use crate::migration_log::{Entry, Started};
use crate::phase::{Phase, Status};

use super::{Event, Failure, Remains, Run};

impl Run<'_> {
    /// Settings that every phase starts from, with its own timeouts, and how many results they give.
    pub(super) fn settings(&self, phase: &Phase) -> Result<(String, usize), DbError> {
        let millis = |limit: Duration| u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        let lock_ms = phase.header.lock_timeout.map_or(self.options.lock_timeout_ms, millis);
        let statement_ms = phase.header.statement_timeout.map_or(self.options.statement_timeout_ms, millis);
        let mut sql = Sql::new(include_str!("phase_settings.sql"))
            .fragment("search_path", quoted_list(&self.options.search_path))
            .value("lock_timeout_ms", lock_ms)
            .value("statement_timeout_ms", statement_ms)
            .render()?;
        sql.push_str(self.session.wire_settings());
        if let Some(role) = &self.options.role {
            sql.push_str(&format!("SET ROLE {};\n", quote_ident(role)));
        }
        let results = statements_in(&sql);
        Ok((sql, results))
    }

    /// Waits until no server process of an earlier, killed run is at work any more.
    pub(super) async fn wait_for_orphans(&mut self) -> Result<(), Failure> {
        let name = self.session.spec().application_name.clone();
        let fail = |error: &DbError| Failure { message: error.to_string(), ..Failure::unplaced() };
        let sql = Sql::new(include_str!("orphans.sql")).value("name", name).render();
        let sql = sql.map_err(|error| fail(&error.into()))?;
        let mut told = 0;
        loop {
            let batch = self.session.run(sql.clone()).await.map_err(|failed| fail(&failed.error))?;
            let Some(row) = batch.rows.first() else { return Ok(()) };
            let pid = row.parse("pid").map_err(|error| fail(&error))?;
            if told != pid {
                told = pid;
                let query = row.at(1).unwrap_or_default().to_owned();
                (self.events)(Event::WaitingForBackend { pid, query });
            }
            if self.session.cancel().is_cancelled() {
                let message = format!("cancelled while server process {pid} of an earlier run was still at work");
                return Err(Failure { message, remains: Remains::NothingCancelled, ..Failure::unplaced() });
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The row of an attempt that ended, chained to the log's head. The head moves only once the row is committed.
    pub(super) fn entry<'e>(&'e self, phase: &'e Phase, started: &'e Started, status: Status) -> Entry<'e> {
        Entry {
            run_id: self.run_id,
            phase,
            attempt: None,
            status,
            started,
            took_ms: 0.0,
            statements: 0,
            rows_affected: 0,
            error: None,
        }
    }

    /// Rolls back what is open, writes the ERROR row, and says in the failure whether that worked.
    pub(super) async fn log_failure(
        &mut self,
        phase: &Phase,
        mut failure: Failure,
        begun: Instant,
        attempt: Option<i64>,
        statements: u64,
    ) -> Failure {
        match self.write_error(phase, &failure, begun, attempt, statements).await {
            Ok(()) => failure.logged = true,
            Err(error) => {
                let note = format!("the ERROR row could not be written: {error}");
                failure.detail = Some(match failure.detail.take() {
                    Some(detail) => format!("{detail}\n{note}"),
                    None => note,
                });
            }
        }
        failure
    }

    async fn write_error(
        &mut self,
        phase: &Phase,
        failure: &Failure,
        begun: Instant,
        attempt: Option<i64>,
        statements: u64,
    ) -> Result<(), DbError> {
        if !self.session.is_usable() {
            self.session.reconnect().await?;
        }
        let (settings, _) = self.settings(phase)?;
        let held = self.session.held_condition()?;
        let begin = Sql::new(include_str!("begin_steps.sql")).fragment("held", held).render()?;
        let sent = self.session.run_first_row(format!("ROLLBACK;\n{settings}{begin}")).await;
        let (row, _) = sent.map_err(|failed| failed.error)?;
        let mut started = started(row.as_ref())?;
        let took = begun.elapsed();
        started.at -= took;
        let entry = Entry {
            attempt,
            took_ms: took.as_secs_f64() * 1000.0,
            statements,
            error: Some((failure.code.clone(), failure.message.clone(), Some(failure.place()))),
            ..self.entry(phase, &started, Status::Error)
        };
        let (insert, head) = entry.chained(self.log, &self.head)?;
        let message = format!("BEGIN;\n{}{insert};\nCOMMIT;", include_str!("as_self.sql"));
        self.session.run_discarding(message).await.map_err(|failed| failed.error)?;
        self.head = head;
        Ok(())
    }
}

impl Failure {
    /// A failure before any phase began.
    pub(super) fn unplaced() -> Failure {
        Failure {
            phase: String::new(),
            file: String::new(),
            position: None,
            statement: None,
            excerpt: None,
            code: None,
            message: String::new(),
            detail: None,
            hint: None,
            context: None,
            remains: Remains::Nothing,
            logged: false,
        }
    }
}

/// What the server said when an attempt began.
///
/// # Errors
/// [`DbError::Lost`] where the run's lock is not held any more.
pub(super) fn started(row: Option<&Row>) -> Result<Started, DbError> {
    let row = row.ok_or_else(|| DbError::Answer { reason: "no row where a phase began".into() })?;
    if !row.flag("held")? {
        return Err(DbError::Lost { reason: "the run's lock is no longer held".into() });
    }
    Ok(Started {
        at: instant(row.text("at")?)?,
        xid: row.get("xid")?.map(str::to_owned),
        backend_pid: row.parse("pid")?,
        backend_start: instant(row.text("backend_start")?)?,
        role: row.text("role")?.to_owned(),
    })
}

fn instant(text: &str) -> Result<OffsetDateTime, DbError> {
    let format =
        time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");
    let parsed = PrimitiveDateTime::parse(text, &format);
    Ok(parsed.map_err(|error| DbError::Answer { reason: format!("{text:?} is no instant: {error}") })?.assume_utc())
}

/// How many statements a text of phasegate's own holds. It has no `;` but at their ends, and comments have none.
pub(super) fn statements_in(sql: &str) -> usize {
    sql.lines().filter(|line| !line.trim_start().starts_with("--")).map(|line| line.matches(';').count()).sum()
}

/// `a, "B"` with every name quoted as SQL wants it.
fn quoted_list(search_path: &str) -> String {
    let names = search_path.split(',').map(str::trim).filter(|name| !name.is_empty());
    names.map(|name| quote_ident(name.trim_matches('"'))).collect::<Vec<_>>().join(", ")
}
