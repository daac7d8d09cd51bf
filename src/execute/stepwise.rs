//! A phase statement by statement: each one written down before it runs and again when it took effect.
//!
//! Wherever the server allows it, a statement and its DONE row are one transaction, so that after a crash the log
//! alone knows. What cannot run in a transaction (CONCURRENTLY, VACUUM) has its end told by the catalog; see
//! `reconcile`.

use std::time::{Duration, Instant};

use crate::db::{DbError, Sql};
use crate::digest::Checksum;
use crate::migration_log::Started;
use crate::phase::{Phase, Status};
use crate::plan::Action;
use crate::script::{LockClass, Piece, Splitter, Statement, StatementKind};

use super::batch::Message;
use super::log_rows::{started, statements_in};
use super::transactional::Hashed;
use super::{Event, Failure, PhaseRun, Remains, Run};

/// What is known of the attempt while it runs.
struct Attempt {
    number: i64,
    started: Started,
    begun: Instant,
    done: u64,
    skipped: u64,
    rows: u64,
    retries: u32,
    /// The statement under way.
    current: Option<Statement>,
    /// The phase's own SET statements so far: they belong to the session.
    set: Vec<String>,
}

/// How a statement of an earlier attempt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Earlier {
    /// It was not begun.
    Fresh,
    /// It took effect.
    Done,
    /// It was about to run.
    Unsure,
    /// The server ended it with an error.
    Failed,
}

impl Run<'_> {
    /// Applies a phase statement by statement, from its start or from where it stopped.
    pub(super) async fn stepwise(&mut self, phase: &Phase, action: &Action) -> Result<PhaseRun, Box<Failure>> {
        let begun = Instant::now();
        let remains = if *action == Action::Apply { Remains::Nothing } else { Remains::Part };
        check_whole(phase).map_err(|failure| Failure { remains, ..*failure })?;
        let opened = self.begin_attempt(phase, begun).await;
        let mut attempt = match opened {
            Ok(attempt) => attempt,
            Err(failure) => {
                let failure = Failure { remains, ..failure };
                return Err(Box::new(self.log_failure(phase, failure, begun, None, 0, None).await));
            }
        };
        match self.statements(phase, action, &mut attempt).await {
            Ok(()) => self.end_attempt(phase, &attempt).await.map_err(Box::new),
            Err(failure) => Err(Box::new(self.attempt_failed(phase, failure, &attempt, remains).await)),
        }
    }

    /// Puts the session's settings in place and writes the RUNNING row.
    async fn begin_attempt(&mut self, phase: &Phase, begun: Instant) -> Result<Attempt, Failure> {
        let fail = |error: &DbError| Failure::from_db(phase, error);
        let (settings, _) = self.settings(phase).map_err(|error| fail(&error))?;
        let begin = self.begin_steps().map_err(|error| fail(&error))?;
        let sent = self.session.run_first_row(format!("{settings}{begin}")).await;
        let (row, _) = sent.map_err(|failed| fail(&failed.error))?;
        let started = started(row.as_ref()).map_err(|error| fail(&error))?;
        let entry = self.entry(phase, &started, Status::Running);
        let (insert, head) = entry.chained(self.log, &self.head).map_err(|error| fail(&error))?;
        self.as_self(&insert).await.map_err(|error| fail(&error))?;
        let number = head.seq;
        self.head = head;
        Ok(Attempt { number, started, begun, done: 0, skipped: 0, rows: 0, retries: 0, current: None, set: Vec::new() })
    }

    /// Writes the SUCCESS row. Where its commit went unanswered, the log itself is asked.
    async fn end_attempt(&mut self, phase: &Phase, attempt: &Attempt) -> Result<PhaseRun, Failure> {
        let fail = |error: &DbError| {
            let failure = Failure { remains: Remains::Part, ..Failure::from_db(phase, error) };
            failure.hint("all statements took effect and are DONE in the log; the next migrate writes the SUCCESS row")
        };
        let mut entry = self.entry(phase, &attempt.started, Status::Success);
        entry.attempt = Some(attempt.number);
        entry.took_ms = attempt.begun.elapsed().as_secs_f64() * 1000.0;
        entry.statements = attempt.done;
        entry.rows_affected = attempt.rows;
        let (insert, head) = entry.chained(self.log, &self.head).map_err(|error| fail(&error))?;
        match self.as_self(&insert).await {
            Ok(()) => self.head = head,
            Err(error) => {
                let asked = error.is_lost() && self.reconnect().await.is_ok();
                if !asked || self.head != head {
                    return Err(fail(&error));
                }
            }
        }
        Ok(PhaseRun {
            phase: phase.id.clone(),
            statements: attempt.done,
            skipped: attempt.skipped,
            rows_affected: attempt.rows,
            took: Duration::ZERO,
            retries: attempt.retries,
        })
    }

    async fn attempt_failed(
        &mut self,
        phase: &Phase,
        mut failure: Failure,
        attempt: &Attempt,
        before: Remains,
    ) -> Failure {
        let refused = attempt.current.as_ref().filter(|_| failure.is_servers_word());
        // A statement that cannot run in a transaction may leave something behind also where it fails.
        let atomic = refused.is_some_and(|statement| statement.kind.can_run_in_transaction());
        let nothing = before == Remains::Nothing && attempt.done == 0 && atomic;
        let stopped = failure.is_cancelled() && self.session.cancel().is_cancelled();
        failure.remains = match (stopped, nothing) {
            (true, true) => Remains::NothingCancelled,
            (true, false) => Remains::PartCancelled,
            (false, true) => Remains::Nothing,
            (false, false) => Remains::Part,
        };
        self.log_failure(phase, failure, attempt.begun, Some(attempt.number), attempt.done, refused).await
    }

    async fn statements(&mut self, phase: &Phase, action: &Action, attempt: &mut Attempt) -> Result<(), Failure> {
        let mut script = Splitter::new(Hashed::open(phase)?);
        let mut copying: Option<(Statement, Vec<u8>)> = None;
        while let Some(piece) = script.next_piece().map_err(|error| Failure::of(phase, error.to_string()))? {
            match piece {
                Piece::Statement(statement) if statement.kind == StatementKind::CopyFromStdin => {
                    copying = Some((statement, Vec::new()));
                }
                Piece::Statement(statement) => self.statement(phase, action, &statement, attempt).await?,
                Piece::CopyData(first) => {
                    let Some((statement, _)) = copying.take() else { continue };
                    self.copy_step(phase, action, &statement, Some(first), &mut script, attempt).await?;
                }
                Piece::CopyEnd => {
                    let Some((statement, _)) = copying.take() else { continue };
                    self.copy_step(phase, action, &statement, None, &mut script, attempt).await?;
                }
                Piece::Meta(_) => {}
            }
        }
        script.into_inner().check(phase)
    }

    async fn statement(
        &mut self,
        phase: &Phase,
        action: &Action,
        statement: &Statement,
        attempt: &mut Attempt,
    ) -> Result<(), Failure> {
        self.go_on(phase)?;
        let alone = !statement.kind.can_run_in_transaction();
        match earlier(action, statement.number) {
            // A setting is of this session; the earlier attempt's is gone with its connection.
            Earlier::Done if statement.kind != StatementKind::Set => {
                attempt.skipped += 1;
                return Ok(());
            }
            earlier @ (Earlier::Unsure | Earlier::Failed) if alone => {
                self.timeouts_off(phase, statement).await?;
                if self.reconcile(phase, statement, earlier, attempt.number).await? {
                    attempt.skipped += 1;
                    return self.restore_timeouts(phase).await.map_err(|error| Failure::from_db(phase, &error));
                }
            }
            _ => {}
        }
        attempt.current = Some(statement.clone());
        let mut retries = 0;
        loop {
            let outcome = if alone {
                self.run_alone(phase, statement, attempt).await
            } else {
                self.run_with_its_row(phase, statement, attempt).await
            };
            let Err(failure) = outcome else { break };
            let last = alone || !failure.is_transient() || retries >= self.options.lock_retries;
            if last || self.clear_away().await.is_err() {
                return Err(failure);
            }
            retries += 1;
            attempt.retries += 1;
            self.wait_to_retry(phase, retries, failure.message).await?;
        }
        attempt.current = None;
        if statement.kind == StatementKind::Set {
            attempt.set.push(statement.text.clone());
        }
        attempt.done += 1;
        (self.events)(Event::Progress { statements: attempt.done + attempt.skipped, bytes: statement.range.end });
        Ok(())
    }

    /// A statement that the server lets run in a transaction: it and its DONE row commit together.
    async fn run_with_its_row(
        &mut self,
        phase: &Phase,
        statement: &Statement,
        attempt: &mut Attempt,
    ) -> Result<(), Failure> {
        let fail = |error: &DbError| Failure::at(phase, error, statement, None);
        self.intend(phase, statement, attempt.number).await.map_err(|error| fail(&error))?;
        let mut lead = "BEGIN;\n".to_owned();
        if statement.lock_class() == LockClass::LongAllowed {
            // It lets others work meanwhile, so nothing is gained by giving up early.
            lead.push_str("SET LOCAL lock_timeout = 0;\nSET LOCAL statement_timeout = 0;\n");
        }
        let results = statements_in(&lead);
        let mut message = Message::led_by(lead, results);
        message.push(statement.clone());
        let done = self.event_row(phase, statement, attempt.number, "DONE").map_err(|error| fail(&error))?;
        let end = if statement.ends_with_semicolon { "" } else { ";" };
        let as_self = self.as_self_lead().map_err(|error| fail(&error))?;
        let text = format!("{}{end}\n{as_self}{done};\nCOMMIT;", message.text());
        match self.session.run_discarding(text).await {
            Ok(affected) => attempt.rows += message.rows(&affected),
            Err(failed) => {
                let failure = message.failure(phase, &failed);
                if self.session.is_usable() {
                    self.session.run_discarding("ROLLBACK").await.map_err(|failed| fail(&failed.error))?;
                }
                return Err(failure);
            }
        }
        Ok(())
    }

    /// A statement that must run outside of a transaction, without a time limit: giving up in the middle of a
    /// CONCURRENTLY leaves an INVALID index.
    async fn run_alone(&mut self, phase: &Phase, statement: &Statement, attempt: &mut Attempt) -> Result<(), Failure> {
        let fail = |error: &DbError| Failure::at(phase, error, statement, None);
        self.refuse_false_success(phase, statement).await?;
        self.intend(phase, statement, attempt.number).await.map_err(|error| fail(&error))?;
        let (excerpt, number) = (statement.excerpt(100), statement.number);
        (self.events)(Event::StatementStarted { statement: number, excerpt });
        self.timeouts_off(phase, statement).await?;
        let mut message = Message::default();
        message.push(statement.clone());
        let sent = self.session.run_discarding(message.text()).await;
        let affected = match sent {
            Ok(affected) => affected,
            Err(failed) => {
                let mut failure = message.failure(phase, &failed);
                self.say_what_is_left(statement, &mut failure).await;
                return Err(failure);
            }
        };
        attempt.rows += message.rows(&affected);
        // What fails from here on is the log's matter: the statement itself was not refused.
        attempt.current = None;
        self.assert_took_effect(phase, statement).await?;
        let done = self.event_row(phase, statement, attempt.number, "DONE").map_err(|error| fail(&error))?;
        self.as_self(&done).await.map_err(|error| fail(&error))?;
        self.restore_timeouts(phase).await.map_err(|error| fail(&error))
    }

    async fn timeouts_off(&mut self, phase: &Phase, statement: &Statement) -> Result<(), Failure> {
        let sent = self.session.run_discarding("SET lock_timeout = 0;\nSET statement_timeout = 0;").await;
        sent.map(|_| ()).map_err(|failed| Failure::at(phase, &failed.error, statement, None))
    }

    async fn restore_timeouts(&mut self, phase: &Phase) -> Result<(), DbError> {
        let (settings, _) = self.settings(phase)?;
        let timeouts: Vec<&str> = settings.lines().filter(|line| line.contains("_timeout = ")).collect();
        self.session.run_discarding(timeouts.join("\n")).await.map(|_| ()).map_err(|failed| failed.error)
    }

    /// A COPY and its DONE row in one transaction.
    async fn copy_step(
        &mut self,
        phase: &Phase,
        action: &Action,
        statement: &Statement,
        mut first: Option<Vec<u8>>,
        script: &mut Splitter<Hashed>,
        attempt: &mut Attempt,
    ) -> Result<(), Failure> {
        let fail = |error: &DbError| Failure::at(phase, error, statement, None);
        if earlier(action, statement.number) == Earlier::Done {
            attempt.skipped += 1;
            return skip_data(phase, first.is_none(), script);
        }
        self.go_on(phase)?;
        self.intend(phase, statement, attempt.number).await.map_err(|error| fail(&error))?;
        attempt.current = Some(statement.clone());
        let has_data = first.is_some();
        let mut retries = 0;
        let rows = loop {
            self.session.run_discarding("BEGIN").await.map_err(|failed| fail(&failed.error))?;
            let failure = match self.copy(phase, statement, &mut first, script).await {
                Ok(rows) => break rows,
                Err(failure) => failure,
            };
            // Data that was sent is behind us in the file.
            let untouched = has_data && first.is_some();
            if !failure.is_transient() || !untouched || retries >= self.options.lock_retries {
                return Err(failure);
            }
            retries += 1;
            attempt.retries += 1;
            self.wait_to_retry(phase, retries, failure.message).await?;
            self.renew(phase, attempt).await.map_err(|error| fail(&error))?;
        };
        let done = self.event_row(phase, statement, attempt.number, "DONE").map_err(|error| fail(&error))?;
        let end = format!("{}{done};\nCOMMIT;", self.as_self_lead().map_err(|error| fail(&error))?);
        self.session.run_discarding(end).await.map_err(|failed| fail(&failed.error))?;
        attempt.current = None;
        attempt.rows += rows;
        attempt.done += 1;
        Ok(())
    }

    /// Replaces the session that a failed COPY spoiled by one in the same state.
    async fn renew(&mut self, phase: &Phase, attempt: &Attempt) -> Result<(), DbError> {
        self.reconnect().await?;
        let (mut sql, _) = self.settings(phase)?;
        for set in &attempt.set {
            sql.push_str(set.trim_end().trim_end_matches(';'));
            sql.push_str("\n;\n");
        }
        self.session.run_discarding(sql).await.map(|_| ()).map_err(|failed| failed.error)
    }

    /// Writes down that a statement is about to run.
    async fn intend(&mut self, phase: &Phase, statement: &Statement, attempt: i64) -> Result<(), DbError> {
        let row = self.event_row(phase, statement, attempt, "INTENT")?;
        self.as_self(&row).await
    }

    /// Sends a write to the log's tables as a transaction of its own, as the connection's own role.
    pub(super) async fn as_self(&mut self, sql: &str) -> Result<(), DbError> {
        let message = format!("BEGIN;\n{}{sql};\nCOMMIT;", self.as_self_lead()?);
        match self.session.run_discarding(message).await {
            Ok(_) => Ok(()),
            Err(failed) => {
                if self.session.is_usable() {
                    self.session.run_discarding("ROLLBACK").await.map_err(|failed| failed.error)?;
                }
                Err(failed.error)
            }
        }
    }

    pub(super) fn event_row(
        &self,
        phase: &Phase,
        statement: &Statement,
        attempt: i64,
        event: &'static str,
    ) -> Result<String, DbError> {
        let sql = Sql::new(include_str!("statement_event.sql"))
            .ident("schema", &self.log.schema)
            .ident("statements", self.log.statements_table())
            .value("attempt", attempt)
            .value("phase", &phase.id)
            .value("statement", statement.number)
            .value("event", event)
            .value("digits", statement_sha256(statement))
            .value("excerpt", statement.excerpt(120));
        Ok(sql.render()?)
    }
}

/// SHA-256 of a statement's text as the log has it, in hexadecimal digits.
pub fn statement_sha256(statement: &Statement) -> String {
    Checksum::of(statement.text.as_bytes()).hex()
}

pub(super) fn earlier(action: &Action, number: u32) -> Earlier {
    match action {
        Action::Apply => Earlier::Fresh,
        Action::Resume { done, .. } if done.contains(&number) => Earlier::Done,
        Action::Resume { unsure, .. } if *unsure == Some(number) => Earlier::Unsure,
        Action::Resume { failed, .. } if *failed == Some(number) => Earlier::Failed,
        Action::Resume { .. } => Earlier::Fresh,
    }
}

/// Statements commit one by one, so the file is held against the plan before the first of them.
fn check_whole(phase: &Phase) -> Result<(), Box<Failure>> {
    let mut file = Hashed::open(phase)?;
    let read = std::io::copy(&mut file, &mut std::io::sink());
    read.map_err(|error| Failure::of(phase, format!("cannot be read: {error}")))?;
    file.check(phase).map_err(Box::new)
}

fn skip_data(phase: &Phase, ended: bool, script: &mut Splitter<Hashed>) -> Result<(), Failure> {
    let mut ended = ended;
    while !ended {
        let piece = script.next_piece().map_err(|error| Failure::of(phase, error.to_string()))?;
        ended = !matches!(piece, Some(Piece::CopyData(_)));
    }
    Ok(())
}
