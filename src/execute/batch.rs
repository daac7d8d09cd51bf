//! Statements that travel together: one message, and the way back from its errors to the file.

use crate::db::BatchError;
use crate::phase::Phase;
use crate::script::{Statement, locate_in_batch};

use super::Failure;

/// A message is sent once it is this long. Long enough that the round trip does not count, short enough for memory.
const FULL_BYTES: usize = 64 * 1024;

/// What stands between two statements of a message.
const SEPARATOR: &str = "\n";

/// Statements to be sent as one message, behind a lead of phasegate's own.
#[derive(Default)]
pub(super) struct Message {
    lead: String,
    /// How many results the lead gives.
    lead_results: usize,
    statements: Vec<Statement>,
    bytes: usize,
}

impl Message {
    /// An empty message with a lead of so many statements.
    pub(super) fn led_by(lead: String, lead_results: usize) -> Message {
        Message { lead, lead_results, ..Message::default() }
    }

    pub(super) fn push(&mut self, statement: Statement) {
        self.bytes += statement.text.len();
        self.statements.push(statement);
    }

    pub(super) fn is_full(&self) -> bool {
        self.bytes >= FULL_BYTES
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lead.is_empty() && self.statements.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.statements.len()
    }

    /// Where the file is behind this message.
    pub(super) fn end(&self) -> Option<u64> {
        self.statements.last().map(|statement| statement.range.end)
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::with_capacity(self.lead.len() + self.bytes + self.statements.len() + 1);
        text.push_str(&self.lead);
        for (index, statement) in self.statements.iter().enumerate() {
            if index > 0 {
                text.push_str(SEPARATOR);
            }
            text.push_str(&statement.text);
        }
        text
    }

    /// Rows touched by the statements, given those of the whole message.
    pub(super) fn rows(&self, affected: &[u64]) -> u64 {
        affected.iter().skip(self.lead_results).take(self.statements.len()).sum()
    }

    /// Where in the file the error is. The server's position tells the statement; without one, the number of results
    /// before it does. An error in the lead, or behind the statements, has no place in the file.
    pub(super) fn failure(&self, phase: &Phase, failed: &BatchError) -> Failure {
        let error = &failed.error;
        let lead_chars = self.lead.chars().count();
        let position = error.server().and_then(|server| server.position).and_then(|at| at.checked_sub(lead_chars));
        if let Some(at) = position.filter(|at| *at > 0)
            && let Some(found) = locate_in_batch(&self.statements, SEPARATOR, at)
        {
            return Failure::at(phase, error, &self.statements[found.index], Some(found.char_position));
        }
        let index = failed.completed.checked_sub(self.lead_results);
        match index.and_then(|index| self.statements.get(index)) {
            Some(statement) => Failure::at(phase, error, statement, None),
            None => Failure::from_db(phase, error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::{Piece, Splitter};

    #[test]
    fn the_text_is_what_the_file_has() {
        let mut message = Message::led_by("BEGIN;\n".into(), 1);
        let mut splitter = Splitter::new(&b"-- c\nSELECT 1;\n\n SELECT 2 ;"[..]);
        while let Some(Piece::Statement(statement)) = splitter.next_piece().unwrap() {
            message.push(statement);
        }
        assert_eq!(message.text(), "BEGIN;\nSELECT 1;\nSELECT 2 ;");
        assert_eq!(message.rows(&[0, 3, 4, 9]), 7);
    }
}
