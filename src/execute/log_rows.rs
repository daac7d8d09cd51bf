//! The rows that a run writes into the log.

use std::time::{Duration, Instant};

use time::{OffsetDateTime, PrimitiveDateTime};

use crate::db::{DbError, Row, Sql, quote_ident, schemas_of};
use crate::migration_log::{Entry, Head, Started};
use crate::phase::{Phase, Status};
use crate::script::Statement;

use super::{Failure, Run};

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

    /// What the server is asked when a phase outside of a transaction begins, or one has failed.
    pub(super) fn begin_steps(&self) -> Result<String, DbError> {
        let sql = Sql::new(include_str!("begin_steps.sql"))
            .fragment("held", self.session.held_condition()?)
            .value("backend_start", self.session.backend_start());
        Ok(sql.render()?)
    }

    /// Statements that put a write to the log's tables after them into the transaction under way: as the connection's
    /// own role, and only as long as the run's lock is held.
    pub(super) fn as_self_lead(&self) -> Result<String, DbError> {
        let held = self.session.held_condition()?;
        let guard = Sql::new(include_str!("still_locked.sql")).fragment("held", held).render()?;
        Ok(format!("{}{guard}", include_str!("as_self.sql")))
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

    /// Replaces a work session that is lost, and reads where the log ends: a row of ours whose commit went unanswered
    /// may be there after all. The old session is gone from the server by then, so the answer stays true.
    pub(super) async fn reconnect(&mut self) -> Result<(), DbError> {
        self.session.reconnect().await?;
        let sql = Sql::new(include_str!("head.sql"))
            .ident("schema", &self.log.schema)
            .ident("log", &self.log.table)
            .render()?;
        let batch = self.session.run(sql).await.map_err(|failed| failed.error)?;
        self.head = match batch.rows.first() {
            Some(row) => Head { seq: row.parse("seq")?, hash: row.text("row_hash")?.to_owned() },
            None => Head::default(),
        };
        Ok(())
    }

    /// Rolls back what is open, writes the ERROR row, and says in the failure whether that worked. `refused` is the
    /// statement that the server itself ended with an error: of that one it is known that it did not take effect.
    pub(super) async fn log_failure(
        &mut self,
        phase: &Phase,
        mut failure: Failure,
        begun: Instant,
        attempt: Option<i64>,
        statements: u64,
        refused: Option<&Statement>,
    ) -> Failure {
        match self.write_error(phase, &failure, begun, attempt, statements, refused).await {
            Ok(()) => failure.logged = true,
            Err(error) => {
                failure.note(&format!("the ERROR row could not be written: {error}"));
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
        refused: Option<&Statement>,
    ) -> Result<(), DbError> {
        if !self.session.is_usable() {
            self.reconnect().await?;
        }
        let (settings, _) = self.settings(phase)?;
        let begin = self.begin_steps()?;
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
        let refused = match (attempt, refused) {
            (Some(attempt), Some(statement)) => self.event_row(phase, statement, attempt, "FAILED")? + ";\n",
            _ => String::new(),
        };
        let message = format!("BEGIN;\n{}{refused}{insert};\nCOMMIT;", self.as_self_lead()?);
        self.session.run_discarding(message).await.map_err(|failed| failed.error)?;
        self.head = head;
        Ok(())
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
    let names = schemas_of(search_path);
    names.iter().map(|name| quote_ident(name)).collect::<Vec<_>>().join(", ")
}
