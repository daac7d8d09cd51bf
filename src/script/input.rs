//! Bytes into checked UTF-8: a buffer in front of a reader, with the position of its first character.

use std::io::{ErrorKind, Read};

use super::{Position, ScriptError};

/// How much is read at once, in bytes.
pub(super) const CHUNK_BYTES: usize = 64 * 1024;

/// What the buffer is cut back to after a long statement, in bytes.
const KEEP_BYTES: usize = 1024 * 1024;

/// The longest character, less one: what can be left over at the end of a chunk.
const CARRY_BYTES: usize = 3;

pub(super) struct Input<R> {
    reader: R,
    /// `chunk[..carried]` is the beginning of a character whose end is not read yet.
    chunk: Vec<u8>,
    carried: usize,
    text: String,
    consumed: usize,
    position: Position,
    ended: bool,
    /// A fault behind the text: raised when the text before it is used up, so that it does not depend on chunks.
    failure: Option<ScriptError>,
    begun: bool,
    pub(super) has_bom: bool,
    pub(super) bytes: u64,
    pub(super) newlines: u64,
    pub(super) crlf_newlines: u64,
    last_was_cr: bool,
}

impl<R: Read> Input<R> {
    pub(super) fn new(reader: R) -> Input<R> {
        Input {
            reader,
            chunk: vec![0; CHUNK_BYTES + CARRY_BYTES],
            carried: 0,
            text: String::new(),
            consumed: 0,
            position: Position::START,
            ended: false,
            failure: None,
            begun: false,
            has_bom: false,
            bytes: 0,
            newlines: 0,
            crlf_newlines: 0,
            last_was_cr: false,
        }
    }

    pub(super) fn into_reader(self) -> R {
        self.reader
    }

    /// What is read and not consumed.
    pub(super) fn text(&self) -> &str {
        &self.text[self.consumed..]
    }

    /// Whether the text holds everything up to the end of the script.
    pub(super) fn is_complete(&self) -> bool {
        self.ended && self.failure.is_none()
    }

    /// The position of the first character of the text.
    pub(super) fn position(&self) -> Position {
        self.position
    }

    /// The position of the character at this byte of the text.
    pub(super) fn position_at(&self, byte: usize) -> Position {
        self.position.after(&self.text()[..byte])
    }

    /// Takes this many bytes off the front of the text.
    pub(super) fn consume(&mut self, bytes: usize) {
        self.position = self.position_at(bytes);
        self.consumed += bytes;
        if self.text.capacity() > KEEP_BYTES && self.text().len() < KEEP_BYTES / 2 {
            self.drop_consumed();
            self.text.shrink_to(KEEP_BYTES);
        }
    }

    /// Bytes held in memory.
    pub(super) fn capacity(&self) -> usize {
        self.text.capacity() + self.chunk.capacity()
    }

    /// Reads on until the text has grown by at least so many bytes, or the script ends.
    pub(super) fn read_more(&mut self, least_bytes: usize) -> Result<(), ScriptError> {
        self.drop_consumed();
        let wanted = self.text.len().saturating_add(least_bytes.max(1));
        let before = self.text.len();
        while self.text.len() < wanted && !self.ended && self.failure.is_none() {
            let read = self.read_chunk();
            self.decode(read);
        }
        match self.failure.take_if(|_| self.text.len() == before) {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }

    fn drop_consumed(&mut self) {
        self.text.drain(..self.consumed);
        self.consumed = 0;
    }

    /// Fills the chunk, at the least with what a byte order mark needs; says how many bytes stand in it.
    fn read_chunk(&mut self) -> usize {
        let mut filled = self.carried;
        while filled <= CARRY_BYTES && !self.ended {
            match self.reader.read(&mut self.chunk[filled..]) {
                Ok(0) => self.ended = true,
                Ok(count) => {
                    filled += count;
                    self.bytes += count as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(source) => {
                    self.ended = true;
                    self.failure = Some(ScriptError::Read { position: Position::START, source });
                }
            }
        }
        filled
    }

    /// Moves what is good UTF-8 from the chunk to the text; notes the first fault.
    fn decode(&mut self, filled: usize) {
        let bytes = &self.chunk[..filled];
        let (mut good, mut fault) = match std::str::from_utf8(bytes) {
            Ok(good) => (good, None),
            Err(error) => {
                let upto = error.valid_up_to();
                let is_cut = error.error_len().is_none() && (!self.ended || self.failure.is_some());
                (std::str::from_utf8(&bytes[..upto]).unwrap_or_default(), (!is_cut).then_some(bytes[upto]))
            }
        };
        if let Some(zero) = good.find('\0') {
            (good, fault) = (&good[..zero], Some(0));
        }
        let rest = good.len();
        if !self.begun && filled > 0 {
            self.begun = true;
            if let Some(without) = good.strip_prefix('\u{feff}') {
                self.has_bom = true;
                self.position.offset = '\u{feff}'.len_utf8() as u64;
                good = without;
            }
        }
        let lines = Lines::count(good, self.last_was_cr);
        self.newlines += lines.all;
        self.crlf_newlines += lines.crlf;
        self.last_was_cr = if good.is_empty() { self.last_was_cr } else { good.ends_with('\r') };
        self.text.push_str(good);
        let second = bytes.get(1).copied();
        if let Some(byte) = fault {
            let position = self.position_at(self.text.len());
            self.failure = Some(fault_at(position, byte, second));
            self.ended = true;
        } else if let Some(ScriptError::Read { position, .. }) = &mut self.failure {
            *position = self.position.after(&self.text);
        }
        self.chunk.copy_within(rest..filled, 0);
        self.carried = filled - rest;
    }
}

/// What is wrong with this byte; `second` is the second byte of the chunk.
fn fault_at(position: Position, byte: u8, second: Option<u8>) -> ScriptError {
    match (position.offset, byte, second) {
        (0, 0xff, Some(0xfe)) => ScriptError::Utf16 { position, endian: "little" },
        (0, 0xfe, Some(0xff)) => ScriptError::Utf16 { position, endian: "big" },
        (_, 0, _) => ScriptError::NulByte { position },
        _ => ScriptError::NotUtf8 { position, byte },
    }
}

/// Line ends in a piece of text.
struct Lines {
    all: u64,
    crlf: u64,
}

impl Lines {
    fn count(text: &str, mut after_cr: bool) -> Lines {
        let mut lines = Lines { all: 0, crlf: 0 };
        let mut rest = text;
        while let Some(newline) = rest.find('\n') {
            after_cr = if newline == 0 { after_cr } else { rest.as_bytes()[newline - 1] == b'\r' };
            lines.all += 1;
            lines.crlf += u64::from(after_cr);
            after_cr = false;
            rest = &rest[newline + 1..];
        }
        lines
    }
}
