//! A script as a stream of statements, COPY data and psql lines.

use std::io::Read;
use std::ops::Range;

use super::classify::{LockClass, StatementKind, classify, lock_class};
use super::copy_data::{self, WINDOW_BYTES};
use super::input::{CHUNK_BYTES, Input};
use super::scan::{Outcome, Scan};
use super::{LineEnds, Position, ScriptError};

/// The longest text that PostgreSQL takes: its greatest allocation, less the message's own bytes.
const STATEMENT_LIMIT_BYTES: usize = 0x3fff_ff00;

/// Cuts a script into pieces, in the memory of its longest statement.
///
/// Memory is three buffers of 64 KB and about twice the longest statement (or comment); it is given back afterwards.
pub struct Splitter<R: Read> {
    input: Input<R>,
    mode: Mode,
    statements: u32,
    limit_bytes: usize,
}

/// A piece of a script, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// An SQL statement.
    Statement(Statement),
    /// Data of the COPY statement before it: at most 64 KB, line ends as they are, without the `\.` line.
    /// Together the pieces are what psql would send.
    CopyData(Vec<u8>),
    /// The end of that data. It follows every [`StatementKind::CopyFromStdin`], also where there was no data.
    CopyEnd,
    /// A line of psql's own.
    Meta(Meta),
}

/// An SQL statement and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Exactly the bytes from its first token to its `;`, without the comments before it.
    pub text: String,
    /// Its number in the script, from 1.
    pub number: u32,
    /// Its bytes in the script, a byte order mark counted.
    pub range: Range<u64>,
    /// The line of its first token, from 1.
    pub line: u32,
    /// The column of its first token, in characters from 1.
    pub column: u32,
    /// What it is.
    pub kind: StatementKind,
    /// Whether `text` ends with its `;`. Only the last statement of a script may lack it.
    pub ends_with_semicolon: bool,
}

impl Statement {
    /// Where it begins.
    pub fn position(&self) -> Position {
        Position { offset: self.range.start, line: self.line, column: self.column }
    }

    /// How its locks are to be waited for.
    pub fn lock_class(&self) -> LockClass {
        lock_class(&self.kind, &self.text)
    }

    /// Its beginning on one line, blanks joined, at most so many characters, `…` where it was cut.
    pub fn excerpt(&self, max_chars: usize) -> String {
        shorten(&self.text, max_chars)
    }
}

/// A line of psql's own at SQL level, such as `\restrict KEY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// The command's name, without the backslash; empty for a lone backslash.
    pub command: String,
    /// The backslash's byte in the script.
    pub offset: u64,
    /// The line, from 1.
    pub line: u32,
    /// The backslash's column, in characters from 1.
    pub column: u32,
    /// From the backslash to the end of the line, which is not included.
    pub text: String,
}

impl Meta {
    /// Where the backslash stands.
    pub fn position(&self) -> Position {
        Position { offset: self.offset, line: self.line, column: self.column }
    }

    /// Whether it may be passed over: `\restrict` and `\unrestrict`, which `pg_dump` writes to guard psql itself.
    pub fn is_harmless(&self) -> bool {
        matches!(self.command.as_str(), "restrict" | "unrestrict")
    }
}

/// Where in the script's grammar the splitter stands.
#[derive(Clone, Copy)]
enum Mode {
    Sql,
    /// Behind the `;` of the COPY statement that begins at this position.
    CopyHead(Position),
    CopyData {
        copy: Position,
        at_line_start: bool,
    },
    Ended,
    Failed,
}

impl<R: Read> Splitter<R> {
    /// A splitter at the beginning of a script. Nothing is read yet.
    pub fn new(reader: R) -> Splitter<R> {
        Splitter { input: Input::new(reader), mode: Mode::Sql, statements: 0, limit_bytes: STATEMENT_LIMIT_BYTES }
    }

    /// Its statements alone, without what stands between them. After an error there is nothing more.
    pub fn statements(mut self) -> impl Iterator<Item = Result<Statement, ScriptError>> {
        let mut is_over = false;
        std::iter::from_fn(move || {
            while !is_over {
                match self.next_piece() {
                    Ok(Some(Piece::Statement(statement))) => return Some(Ok(statement)),
                    Ok(Some(_)) => {}
                    Ok(None) => is_over = true,
                    Err(error) => {
                        is_over = true;
                        return Some(Err(error));
                    }
                }
            }
            None
        })
    }

    /// The next piece; `None` at the end of the script, and ever after.
    ///
    /// # Errors
    /// [`ScriptError`] names the place. The pieces before it have been given out, save that a statement which ends
    /// within a few bytes of a byte that cannot be read is not. COPY data without an end is given out before its
    /// end is missed. After an error every call fails.
    pub fn next_piece(&mut self) -> Result<Option<Piece>, ScriptError> {
        let piece = match self.mode {
            Mode::Sql => self.next_sql(),
            Mode::CopyHead(copy) => self.skip_copy_head(copy).and_then(|()| self.next_copy_data(copy, true)),
            Mode::CopyData { copy, at_line_start } => self.next_copy_data(copy, at_line_start),
            Mode::Ended => Ok(None),
            Mode::Failed => Err(ScriptError::Stopped { position: self.input.position() }),
        };
        match &piece {
            Ok(None) => self.mode = Mode::Ended,
            Ok(Some(_)) => {}
            Err(_) => self.mode = Mode::Failed,
        }
        piece
    }

    /// Gives the reader back. What is buffered and not yet given out is gone.
    pub fn into_inner(self) -> R {
        self.input.into_reader()
    }

    /// Bytes read so far, a byte order mark included. At the end of the script: its length.
    pub fn bytes_read(&self) -> u64 {
        self.input.bytes
    }

    /// Whether the script begins with a byte order mark, known after the first piece.
    pub fn has_bom(&self) -> bool {
        self.input.has_bom
    }

    /// The line ends read so far.
    pub fn line_ends(&self) -> LineEnds {
        match (self.input.crlf_newlines, self.input.newlines) {
            (0, _) => LineEnds::Lf,
            (crlf, all) if crlf == all => LineEnds::CrLf,
            _ => LineEnds::Mixed,
        }
    }

    /// Bytes of memory that the buffers hold now.
    #[doc(hidden)]
    pub fn buffer_capacity(&self) -> usize {
        self.input.capacity()
    }

    fn next_sql(&mut self) -> Result<Option<Piece>, ScriptError> {
        let mut scan = Scan::default();
        loop {
            match scan.advance(self.input.text(), self.input.is_complete()) {
                Outcome::End => return Ok(None),
                Outcome::NeedMore { tail_bytes } => {
                    self.input.consume(scan.skip_leading());
                    self.refuse_longer_than_limit(self.input.text().len())?;
                    // As much again as could not be used, so that a long token is not read over and over.
                    self.input.read_more(tail_bytes.max(CHUNK_BYTES))?;
                }
                Outcome::Statement { start, end, semicolon } => return self.statement(start, end, semicolon).map(Some),
                Outcome::Backslash { at, in_statement } => return self.meta(at, in_statement).map(Some),
                Outcome::Unterminated { at, what } => {
                    return Err(ScriptError::Unterminated { position: self.input.position_at(at), what });
                }
            }
        }
    }

    fn statement(&mut self, start: usize, end: usize, ends_with_semicolon: bool) -> Result<Piece, ScriptError> {
        self.input.consume(start);
        self.refuse_longer_than_limit(end - start)?;
        let position = self.input.position();
        let text = self.input.text()[..end - start].to_owned();
        self.input.consume(text.len());
        let kind = classify(&text);
        if kind == StatementKind::CopyFromStdin {
            if !ends_with_semicolon {
                return Err(ScriptError::UnterminatedCopyData { position });
            }
            self.mode = Mode::CopyHead(position);
        }
        self.statements = self.statements.saturating_add(1);
        Ok(Piece::Statement(Statement {
            text,
            number: self.statements,
            range: position.offset..self.input.position().offset,
            line: position.line,
            column: position.column,
            kind,
            ends_with_semicolon,
        }))
    }

    fn refuse_longer_than_limit(&self, bytes: usize) -> Result<(), ScriptError> {
        if bytes <= self.limit_bytes {
            return Ok(());
        }
        Err(ScriptError::TooLong { position: self.input.position(), limit_bytes: self.limit_bytes })
    }

    fn meta(&mut self, at: usize, in_statement: bool) -> Result<Piece, ScriptError> {
        self.input.consume(at);
        let position = self.input.position();
        let line_bytes = self.line_bytes()?;
        let line = &self.input.text()[..line_bytes];
        let text = line.trim_end_matches(['\r', '\n']).to_owned();
        let consumed = line.len();
        let behind = &text[1..];
        if let Some(character @ (';' | ':')) = behind.chars().next() {
            return Err(ScriptError::Escaped { position, character });
        }
        let name_end = behind.find(|c: char| c.is_ascii_whitespace() || c == '\\').unwrap_or(behind.len());
        let command = behind[..name_end].to_owned();
        if in_statement {
            return Err(ScriptError::MetaInStatement { position, command });
        }
        self.input.consume(consumed);
        Ok(Piece::Meta(Meta { command, offset: position.offset, line: position.line, column: position.column, text }))
    }

    /// Passes over the rest of the COPY statement's line: psql reads the data from the next line on.
    fn skip_copy_head(&mut self, copy: Position) -> Result<(), ScriptError> {
        let bytes = self.line_bytes()?;
        let line = &self.input.text()[..bytes];
        if let Some(at) = first_sql(line) {
            return Err(ScriptError::TextAfterCopy { position: self.input.position_at(at) });
        }
        if !line.ends_with('\n') {
            return Err(ScriptError::UnterminatedCopyData { position: copy });
        }
        self.input.consume(bytes);
        Ok(())
    }

    fn next_copy_data(&mut self, copy: Position, at_line_start: bool) -> Result<Option<Piece>, ScriptError> {
        while self.input.text().len() < WINDOW_BYTES && !self.input.is_complete() {
            self.input.read_more(CHUNK_BYTES)?;
        }
        match copy_data::cut(self.input.text(), at_line_start) {
            copy_data::Outcome::Data { bytes, line_ends } => {
                let data = self.input.text().as_bytes()[..bytes].to_vec();
                self.input.consume(bytes);
                self.mode = Mode::CopyData { copy, at_line_start: line_ends };
                Ok(Some(Piece::CopyData(data)))
            }
            copy_data::Outcome::EndMarker { bytes } => {
                self.input.consume(bytes);
                self.mode = Mode::Sql;
                Ok(Some(Piece::CopyEnd))
            }
            copy_data::Outcome::Missing => Err(ScriptError::UnterminatedCopyData { position: copy }),
        }
    }

    /// The length of the line at the front of the text, its end included; reads on until it is there.
    fn line_bytes(&mut self) -> Result<usize, ScriptError> {
        loop {
            let text = self.input.text();
            if let Some(newline) = text.find('\n') {
                return Ok(newline + 1);
            }
            if self.input.is_complete() {
                return Ok(text.len());
            }
            self.refuse_longer_than_limit(text.len())?;
            let again = text.len().max(CHUNK_BYTES);
            self.input.read_more(again)?;
        }
    }
}

/// The first byte of a line that is neither blank nor comment. A comment that does not end on the line counts as one.
fn first_sql(line: &str) -> Option<usize> {
    match Scan::default().advance(line, true) {
        Outcome::End => None,
        Outcome::Statement { start, .. } => Some(start),
        Outcome::Backslash { at, .. } | Outcome::Unterminated { at, .. } => Some(at),
        Outcome::NeedMore { .. } => None,
    }
}

/// Text on one line, blanks joined, at most so many characters.
pub(super) fn shorten(text: &str, max_chars: usize) -> String {
    let mut out = String::new();
    let mut left = max_chars;
    for word in text.split_whitespace() {
        let blank = usize::from(!out.is_empty());
        let length = word.chars().count();
        if length + blank > left {
            let part = left.saturating_sub(blank + 1);
            if blank == 1 && part > 0 {
                out.push(' ');
            }
            out.extend(word.chars().take(part));
            out.push('…');
            return out;
        }
        if blank == 1 {
            out.push(' ');
        }
        out.push_str(word);
        left -= length + blank;
    }
    out
}

#[cfg(test)]
mod tests;
