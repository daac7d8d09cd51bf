//! One pass over a script, for the plan.

use std::io::Read;

use serde::Serialize;

use super::splitter::shorten;
use super::{Meta, Piece, Position, ScriptError, Splitter, Statement, StatementKind};

/// How many findings of a sort are kept; all are counted.
const KEPT_FINDINGS: usize = 100;

/// How many characters of a statement a finding shows.
const EXCERPT_CHARS: usize = 80;

/// What a script holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Survey {
    /// Its statements.
    pub statements: u32,
    /// Its length in bytes.
    pub bytes: u64,
    /// Whether it begins with a byte order mark (which is skipped).
    pub has_bom: bool,
    /// Its line ends.
    pub line_ends: LineEnds,
    /// Its `COPY ... FROM STDIN` statements.
    pub copies: u32,
    /// Statements that begin or end a transaction. Savepoints are not among them.
    pub transaction_control: Findings,
    /// Statements that cannot run in a transaction.
    pub not_in_transaction: Findings,
    /// psql's backslash lines, the harmless ones too.
    pub meta: Findings,
    /// Statements that turn `standard_conforming_strings` off, behind which quotes would mean something else.
    pub scs_off: Findings,
}

/// The line ends of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LineEnds {
    /// `\n` only, or none at all.
    Lf,
    /// `\r\n` only.
    CrLf,
    /// Both.
    Mixed,
}

/// Places of one sort: the first 100, and how many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// How many there are.
    pub total: u32,
    /// The first 100 of them, in the script's order.
    pub first: Vec<Finding>,
}

impl Findings {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    fn add(&mut self, position: Position, number: u32, text: &str) {
        self.total = self.total.saturating_add(1);
        if self.first.len() < KEPT_FINDINGS {
            self.first.push(Finding { position, number, text: shorten(text, EXCERPT_CHARS) });
        }
    }
}

/// A place in a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Where it is.
    pub position: Position,
    /// The statement's number from 1; for a psql line, the number of the statement before it, or 0.
    pub number: u32,
    /// Its beginning, on one line, at most 80 characters.
    pub text: String,
}

/// Reads a script once, from beginning to end, and says what it holds.
///
/// # Errors
/// The first [`ScriptError`]: a script that cannot be read to its end cannot be run.
pub fn survey(reader: impl Read) -> Result<Survey, ScriptError> {
    let mut splitter = Splitter::new(reader);
    let mut survey = Survey {
        statements: 0,
        bytes: 0,
        has_bom: false,
        line_ends: LineEnds::Lf,
        copies: 0,
        transaction_control: Findings::default(),
        not_in_transaction: Findings::default(),
        meta: Findings::default(),
        scs_off: Findings::default(),
    };
    while let Some(piece) = splitter.next_piece()? {
        survey.take(&piece);
    }
    survey.bytes = splitter.bytes_read();
    survey.has_bom = splitter.has_bom();
    survey.line_ends = splitter.line_ends();
    Ok(survey)
}

impl Survey {
    fn take(&mut self, piece: &Piece) {
        match piece {
            Piece::Statement(statement) => self.take_statement(statement),
            Piece::Meta(meta) => self.take_meta(meta),
            Piece::CopyData(_) | Piece::CopyEnd => {}
        }
    }

    fn take_statement(&mut self, statement: &Statement) {
        self.statements = statement.number;
        let kind = &statement.kind;
        self.copies += u32::from(*kind == StatementKind::CopyFromStdin);
        let add = |findings: &mut Findings| findings.add(statement.position(), statement.number, &statement.text);
        if kind.bounds_transaction() {
            add(&mut self.transaction_control);
        }
        if !kind.can_run_in_transaction() {
            add(&mut self.not_in_transaction);
        }
        if super::classify::turns_scs_off(kind, &statement.text) {
            add(&mut self.scs_off);
        }
    }

    fn take_meta(&mut self, meta: &Meta) {
        self.meta.add(meta.position(), self.statements, &meta.text);
    }
}
