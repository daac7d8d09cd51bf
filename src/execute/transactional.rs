//! A phase in one transaction: its statements and its row in the log commit together.

use std::fs::File;
use std::io::Read;
use std::time::{Duration, Instant};

use crate::db::{DbError, Sql};
use crate::digest::Hasher;
use crate::migration_log::Started;
use crate::phase::{Phase, Status};
use crate::script::{Piece, Splitter, Statement, StatementKind};

use super::batch::Message;
use super::log_rows::started;
use super::{Event, Failure, PhaseRun, Remains, Run};

/// What ran so far in a transaction that is open.
struct Progress {
    started: Started,
    statements: u64,
    rows: u64,
}

impl Run<'_> {
    /// Applies a phase in one transaction, again and again while it gets no lock.
    pub(super) async fn transactional(&mut self, phase: &Phase) -> Result<PhaseRun, Box<Failure>> {
        let begun = Instant::now();
        let mut retries = 0;
        loop {
            let failure = match self.one_transaction(phase).await {
                Ok(mut run) => {
                    run.retries = retries;
                    return Ok(run);
                }
                Err(failure) => failure,
            };
            let last = !failure.is_transient() || retries >= self.options.lock_retries;
            if last || self.clear_away().await.is_err() {
                return Err(Box::new(self.transaction_failed(phase, failure, begun).await));
            }
            retries += 1;
            if let Err(stopped) = self.wait_to_retry(phase, retries, failure.message).await {
                return Err(Box::new(self.transaction_failed(phase, stopped, begun).await));
            }
        }
    }

    async fn transaction_failed(&mut self, phase: &Phase, mut failure: Failure, begun: Instant) -> Failure {
        if matches!(failure.remains, Remains::Unknown | Remains::All) {
            return failure;
        }
        if failure.is_cancelled() && self.session.cancel().is_cancelled() {
            failure.remains = Remains::NothingCancelled;
        }
        self.log_failure(phase, failure, begun, None, 0, None).await
    }

    async fn one_transaction(&mut self, phase: &Phase) -> Result<PhaseRun, Failure> {
        let begun = Instant::now();
        let mut progress = self.open(phase).await.map_err(|error| Failure::from_db(phase, &error))?;
        let mut message = Message::default();
        let mut script = Splitter::new(Hashed::open(phase)?);
        let mut copying: Option<Statement> = None;
        while let Some(piece) = script.next_piece().map_err(|error| Failure::of(phase, error.to_string()))? {
            match piece {
                Piece::Statement(statement) if statement.kind == StatementKind::CopyFromStdin => {
                    self.flush(phase, &mut message, &mut progress).await?;
                    copying = Some(statement);
                }
                Piece::Statement(statement) if statement.kind == StatementKind::CopyToStdout => {
                    let error = DbError::Answer { reason: "COPY TO STDOUT has nobody to read it in a phase".into() };
                    return Err(Failure::at(phase, &error, &statement, None).hint("take it out, or copy to a file"));
                }
                Piece::Statement(statement) => {
                    message.push(statement);
                    if message.is_full() {
                        self.flush(phase, &mut message, &mut progress).await?;
                    }
                }
                Piece::CopyData(first) => {
                    let Some(statement) = copying.take() else { continue };
                    progress.rows += self.copy(phase, &statement, &mut Some(first), &mut script).await?;
                    progress.statements += 1;
                }
                Piece::CopyEnd => {
                    let Some(statement) = copying.take() else { continue };
                    progress.rows += self.copy(phase, &statement, &mut None, &mut script).await?;
                    progress.statements += 1;
                }
                Piece::Meta(_) => {}
            }
        }
        self.flush(phase, &mut message, &mut progress).await?;
        script.into_inner().check(phase)?;
        self.commit(phase, &progress, begun).await
    }

    /// Puts the settings in place and begins. A message of its own: the server's views show only the front of a
    /// message, and who looks there wants to see the phase's statements.
    async fn open(&mut self, phase: &Phase) -> Result<Progress, DbError> {
        let (settings, _) = self.settings(phase)?;
        let held = self.session.held_condition()?;
        let begin = Sql::new(include_str!("begin_phase.sql"))
            .fragment("held", held)
            .value("backend_start", self.session.backend_start())
            .render()?;
        let sent = self.session.run_first_row(format!("{settings}{begin}")).await;
        let (row, _) = sent.map_err(|failed| failed.error)?;
        Ok(Progress { started: started(row.as_ref())?, statements: 0, rows: 0 })
    }

    /// Sends what has been collected.
    async fn flush(&mut self, phase: &Phase, message: &mut Message, progress: &mut Progress) -> Result<(), Failure> {
        if message.is_empty() {
            return Ok(());
        }
        self.go_on(phase)?;
        let sent = self.session.run_discarding(message.text()).await;
        let affected = sent.map_err(|failed| message.failure(phase, &failed))?;
        progress.statements += message.len() as u64;
        progress.rows += message.rows(&affected);
        if let Some(bytes) = message.end() {
            (self.events)(Event::Progress { statements: progress.statements, bytes });
        }
        *message = Message::default();
        Ok(())
    }

    /// Inserts the SUCCESS row and commits. A connection that is lost meanwhile is not a failed commit: the server is
    /// asked what became of it.
    async fn commit(&mut self, phase: &Phase, progress: &Progress, begun: Instant) -> Result<PhaseRun, Failure> {
        let fail = |error: &DbError| Failure::from_db(phase, error);
        let started = &progress.started;
        let mut entry = self.entry(phase, started, Status::Success);
        entry.took_ms = begun.elapsed().as_secs_f64() * 1000.0;
        entry.statements = progress.statements;
        entry.rows_affected = progress.rows;
        let (insert, head) = entry.chained(self.log, &self.head).map_err(|error| fail(&error))?;
        let lead = self.as_self_lead().map_err(|error| fail(&error))?;
        let message = format!("{lead}{insert};\nCOMMIT;");
        self.go_on(phase)?;
        match self.session.run_discarding(message).await {
            Ok(_) => {}
            Err(failed) if failed.error.is_lost() => {
                self.ask_about_commit(phase, started, &head, &failed.error).await?
            }
            Err(failed) => return Err(fail(&failed.error)),
        }
        self.head = head;
        Ok(PhaseRun {
            phase: phase.id.clone(),
            statements: progress.statements,
            skipped: 0,
            rows_affected: progress.rows,
            took: Duration::ZERO,
            retries: 0,
        })
    }

    /// Runs a COPY with the data that stands in the script behind it. Returns the rows copied. `first` is taken only
    /// once the COPY has its table, so that until then it can be tried again.
    pub(super) async fn copy(
        &mut self,
        phase: &Phase,
        statement: &Statement,
        first: &mut Option<Vec<u8>>,
        script: &mut Splitter<Hashed>,
    ) -> Result<u64, Failure> {
        let fail = |error: &DbError| {
            let mut failure = Failure::at(phase, error, statement, error.server().and_then(|server| server.position));
            failure.place_in_copy(statement);
            failure
        };
        // A COPY that is given up half-way spoils the session; the next use of it ends the old one on the server.
        let cancel = self.session.cancel().clone();
        let stopped = || Failure { statement: Some(statement.number), ..Failure::cancelled_within(phase) };
        let mut copy = tokio::select! {
            begun = self.session.copy_in(&statement.text) => begun.map_err(|error| fail(&error))?,
            () = cancel.cancelled() => return Err(stopped()),
        };
        let mut data = first.take();
        while let Some(bytes) = data {
            tokio::select! {
                biased;
                () = cancel.cancelled() => return Err(stopped()),
                sent = copy.send(&bytes) => sent.map_err(|error| fail(&error))?,
            }
            data = match script.next_piece().map_err(|error| Failure::of(phase, error.to_string()))? {
                Some(Piece::CopyData(bytes)) => Some(bytes),
                _ => None,
            };
        }
        tokio::select! {
            copied = copy.finish() => copied.map_err(|error| fail(&error)),
            () = cancel.cancelled() => Err(stopped()),
        }
    }
}

impl Failure {
    /// The server counts the lines of COPY data from 1; the file counts from its own start.
    fn place_in_copy(&mut self, statement: &Statement) {
        let Some(context) = &self.context else { return };
        let Some((_, rest)) = context.split_once(", line ") else { return };
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let Ok(line) = digits.parse::<u32>() else { return };
        let statement_lines = u32::try_from(statement.text.matches('\n').count()).unwrap_or(u32::MAX);
        if let Some(position) = &mut self.position {
            position.line = statement.line.saturating_add(statement_lines).saturating_add(line);
            position.column = 1;
            self.excerpt = None;
        }
    }
}

/// A phase's file that is hashed while it is read, so that what ran is known to be what was planned.
pub(super) struct Hashed {
    file: File,
    hasher: Hasher,
}

impl Hashed {
    pub(super) fn open(phase: &Phase) -> Result<Hashed, Failure> {
        let file = File::open(&phase.path).map_err(|error| Failure::of(phase, format!("cannot be read: {error}")))?;
        Ok(Hashed { file, hasher: Hasher::default() })
    }

    /// Whether what was read is what was planned. Called once the file is at its end.
    pub(super) fn check(self, phase: &Phase) -> Result<(), Failure> {
        if self.hasher.finish() == phase.checksums.raw {
            return Ok(());
        }
        Err(Failure::of(phase, "the file changed after the plan was made").hint("look at the plan again, then migrate"))
    }
}

impl Read for Hashed {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        Ok(read)
    }
}
