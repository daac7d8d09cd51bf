//! A phase that failed: what, where, and what remains of it.

use std::fmt;

use serde::Serialize;

use crate::db::{DbError, ServerError};
use crate::phase::Phase;
use crate::script::{Excerpt, Position, Statement};

/// Why a phase stopped, and what is true now.
#[derive(Debug, Clone, Serialize)]
pub struct Failure {
    /// The phase.
    pub phase: String,
    /// Its file.
    pub file: String,
    /// Where in the file, where it has a place.
    pub position: Option<Position>,
    /// The statement's number, where it is about one.
    pub statement: Option<u32>,
    /// The line at fault and the column in it, where it has a place.
    #[serde(skip)]
    pub excerpt: Option<Excerpt>,
    /// SQLSTATE, where the server sent one.
    pub code: Option<String>,
    /// What went wrong.
    pub message: String,
    /// More about it.
    pub detail: Option<String>,
    /// What the server or phasegate advises.
    pub hint: Option<String>,
    /// The call stack within the server, or the line of a COPY.
    pub context: Option<String>,
    /// What remains of the phase.
    pub remains: Remains,
    /// Whether the ERROR row could be written.
    pub logged: bool,
}

/// What remains of a phase that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Remains {
    /// Nothing of it.
    Nothing,
    /// Nothing of it; a person stopped it.
    NothingCancelled,
    /// The statements that are DONE in the log; a person stopped it.
    PartCancelled,
    /// The statements that are DONE in the log.
    Part,
    /// All of it: it took effect, and the run could not go on behind it.
    All,
    /// Nobody knows: the server could not be asked what became of a commit.
    Unknown,
}

/// SQLSTATE query_canceled.
const CANCELLED: &str = "57014";

/// What the guard before every commit asks the server for where the run's lock is gone; see `still_locked.sql`.
const LOCK_LOST: &str = "phasegate_lock_is_lost";

impl Failure {
    /// A failure of the phase as a whole.
    pub(super) fn of(phase: &Phase, message: impl Into<String>) -> Failure {
        Failure {
            phase: phase.id.clone(),
            file: phase.file.clone(),
            position: None,
            statement: None,
            excerpt: None,
            code: None,
            message: message.into(),
            detail: None,
            hint: None,
            context: None,
            remains: Remains::Nothing,
            logged: false,
        }
    }

    pub(super) fn cancelled_before(phase: &Phase) -> Failure {
        Failure { remains: Remains::NothingCancelled, ..Failure::of(phase, "cancelled before it began") }
    }

    /// Stopped between two statements, or in the middle of a COPY: as if the server had ended it.
    pub(super) fn cancelled_within(phase: &Phase) -> Failure {
        Failure { code: Some(CANCELLED.to_owned()), ..Failure::of(phase, "cancelled between two statements") }
    }

    /// The failure that an error is, without a place.
    pub(super) fn from_db(phase: &Phase, error: &DbError) -> Failure {
        let failure = Failure::of(phase, error.to_string());
        if error.server().is_some_and(|server| server.message.contains(LOCK_LOST)) {
            // Object not in prerequisite state: the server refused, so nothing of the statement took effect.
            let (code, message) = (Some("55000".to_owned()), "the run's lock is no longer held".to_owned());
            return Failure { code, message, ..failure }
                .hint("its connection was ended (by an administrator, or with the server); migrate again");
        }
        match error.server() {
            Some(server) => failure.with_server(server),
            None => failure,
        }
    }

    /// The failure that an error is at this place of a statement (in characters from 1; 1 where the server named none).
    pub(super) fn at(phase: &Phase, error: &DbError, statement: &Statement, char_position: Option<usize>) -> Failure {
        let place = char_position.unwrap_or(1);
        Failure {
            position: Some(crate::script::locate(statement, place)),
            statement: Some(statement.number),
            excerpt: Some(crate::script::excerpt_at(statement, place)),
            ..Failure::from_db(phase, error)
        }
    }

    /// Adds a line to the detail.
    pub(super) fn note(&mut self, note: &str) {
        self.detail = Some(match self.detail.take() {
            Some(detail) => format!("{detail}\n{note}"),
            None => note.to_owned(),
        });
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint.get_or_insert(hint.into());
        self
    }

    fn with_server(mut self, server: &ServerError) -> Failure {
        self.code = Some(server.code.clone());
        self.message.clone_from(&server.message);
        self.detail.clone_from(&server.detail);
        self.hint.clone_from(&server.hint);
        self.context.clone_from(&server.context);
        self
    }

    /// Whether trying again later may help: no lock within its time, a deadlock, a serialization failure.
    pub(super) fn is_transient(&self) -> bool {
        matches!(self.code.as_deref(), Some("55P03" | "40P01" | "40001"))
    }

    /// Whether the server ended the statement because it was told to.
    pub(super) fn is_cancelled(&self) -> bool {
        self.code.as_deref() == Some(CANCELLED)
    }

    /// Whether the server itself answered, so that what it refused is known not to have taken effect.
    pub(super) fn is_servers_word(&self) -> bool {
        self.code.is_some()
    }

    /// `file:line:column, statement n`, as far as known.
    pub fn place(&self) -> String {
        let mut place = self.file.clone();
        if let Some(position) = self.position {
            place = format!("{place}:{position}");
        }
        if let Some(statement) = self.statement {
            place = format!("{place}, statement {statement}");
        }
        place
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place(), self.message)?;
        if let Some(code) = &self.code {
            write!(f, " (sqlstate {code})")?;
        }
        if let Some(excerpt) = &self.excerpt {
            write!(f, "\n{excerpt}")?;
        }
        for (name, text) in [("detail", &self.detail), ("hint", &self.hint), ("context", &self.context)] {
            if let Some(text) = text {
                write!(f, "\n{name}: {text}")?;
            }
        }
        Ok(())
    }
}
