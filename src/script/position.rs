//! Where something stands: byte offsets, lines, columns, and the characters that a server counts.

use serde::Serialize;

use super::Statement;

/// A place in a script. Printed as `line:column`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Position {
    /// Bytes before it, a byte order mark included.
    pub offset: u64,
    /// The line, from 1. Lines end at `\n`.
    pub line: u32,
    /// The column in characters, from 1. A byte order mark has no column.
    pub column: u32,
}

impl Position {
    /// The beginning of a script.
    pub const START: Position = Position { offset: 0, line: 1, column: 1 };

    /// The place behind `text`, if `text` begins here.
    pub fn after(self, text: &str) -> Position {
        let offset = self.offset.saturating_add(text.len() as u64);
        match text.rfind('\n') {
            None => Position { offset, column: self.column.saturating_add(chars(text)), ..self },
            Some(last) => {
                let newlines = text.as_bytes().iter().filter(|byte| **byte == b'\n').count();
                let line = self.line.saturating_add(saturate(newlines));
                Position { offset, line, column: chars(&text[last + 1..]).saturating_add(1) }
            }
        }
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// The place in the file of a server error's position, when `statement.text` alone was sent.
///
/// `char_position` is as the server counts: characters, from 1. A position beyond the text is its end.
pub fn locate(statement: &Statement, char_position: usize) -> Position {
    statement.position().after(&statement.text[..byte_of_char(&statement.text, char_position)])
}

/// Which statement of a batch an error's position belongs to, and where that is in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Located {
    /// The statement, as an index into the batch.
    pub index: usize,
    /// The position within that statement's text, in characters from 1.
    pub char_position: usize,
    /// The place in the file.
    pub position: Position,
}

/// The place in the file of a server error's position, when the texts of several statements were sent as one string,
/// joined by `separator`.
///
/// A position inside a separator counts as the end of the statement before it. `None` for an empty batch.
pub fn locate_in_batch(batch: &[Statement], separator: &str, char_position: usize) -> Option<Located> {
    let separator_chars = separator.chars().count();
    let mut before = 0;
    for (index, statement) in batch.iter().enumerate() {
        let length = statement.text.chars().count();
        if char_position <= before + length + separator_chars || index + 1 == batch.len() {
            let char_position = char_position.saturating_sub(before).max(1);
            return Some(Located { index, char_position, position: locate(statement, char_position) });
        }
        before += length + separator_chars;
    }
    None
}

/// One line of a script, cut to a width that can be shown, with the column that is meant.
///
/// Its `Display` gives two lines: the text, and a caret under the column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The line's text, tabs as one blank, `…` where it was cut.
    pub text: String,
    /// The column in `text`, in characters from 1.
    pub column: u32,
}

impl std::fmt::Display for Excerpt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let width = usize::try_from(self.column).unwrap_or(usize::MAX);
        write!(f, "{}\n{:>width$}", self.text, '^')
    }
}

/// The part of a line around a column (in characters, from 1), at most 80 characters wide.
pub fn excerpt(line_text: &str, column: u32) -> Excerpt {
    const WIDTH: usize = 80;
    const BEFORE: usize = 55;
    let line = line_text.trim_end_matches(['\r', '\n']);
    let column = usize::try_from(column).unwrap_or(usize::MAX).max(1);
    let first = column.saturating_sub(BEFORE);
    let mut shown = line.chars().skip(first).map(|c| if c.is_control() { ' ' } else { c });
    let mut text: String = shown.by_ref().take(WIDTH).collect();
    if first > 0 && !text.is_empty() {
        replace_first_char(&mut text);
    }
    if shown.next().is_some() {
        text.pop();
        text.push('…');
    }
    let column = (column - first).min(text.chars().count() + 1);
    Excerpt { text, column: saturate(column) }
}

/// The line of a statement at a server error's position, with its caret.
///
/// It shows the statement's own text only: what stands before it on its first line is left out.
pub fn excerpt_at(statement: &Statement, char_position: usize) -> Excerpt {
    let text = &statement.text;
    let at = byte_of_char(text, char_position);
    let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    excerpt(&text[line_start..line_end], chars(&text[line_start..at]).saturating_add(1))
}

/// The byte at which the character number `char_position` (from 1) begins; the end where there are fewer.
fn byte_of_char(text: &str, char_position: usize) -> usize {
    text.char_indices().nth(char_position.saturating_sub(1)).map_or(text.len(), |(byte, _)| byte)
}

fn replace_first_char(text: &mut String) {
    text.remove(0);
    text.insert(0, '…');
}

fn chars(text: &str) -> u32 {
    saturate(text.chars().count())
}

fn saturate(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::{Piece, Splitter};

    fn statements(sql: &str) -> Vec<Statement> {
        let mut splitter = Splitter::new(sql.as_bytes());
        let mut found = Vec::new();
        while let Some(piece) = splitter.next_piece().unwrap() {
            if let Piece::Statement(statement) = piece {
                found.push(statement);
            }
        }
        found
    }

    #[test]
    fn after_counts_lines_and_characters() {
        let table: &[(&str, u64, u32, u32)] = &[
            ("", 0, 1, 1),
            ("ab", 2, 1, 3),
            ("äö", 4, 1, 3),
            ("a\r\nb", 4, 2, 2),
            ("\n\n", 2, 3, 1),
            ("x\n漢字", 8, 2, 3),
        ];
        for (text, offset, line, column) in table {
            let expected = Position { offset: *offset, line: *line, column: *column };
            assert_eq!(Position::START.after(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_servers_position_is_found_in_the_file() {
        let all = statements("-- ünï\nselect 1;  select\r\n 'ä', boom;\n");
        let statement = &all[1];
        // The server counts characters: `select\r\n 'ä', boom` has its `boom` at 15.
        let position = locate(statement, 15);
        assert_eq!(position, Position { offset: 35, line: 3, column: 7 });
        assert_eq!(excerpt_at(statement, 15).to_string(), " 'ä', boom;\n      ^");
        assert_eq!(locate(statement, 9999).offset, statement.range.end);
        assert_eq!(locate(statement, 0), statement.position());
    }

    #[test]
    fn a_batch_is_taken_apart_again() {
        let all = statements("select 'ä';\nselect 22;\nselect boom;");
        let sent = all.iter().map(|s| s.text.as_str()).collect::<Vec<_>>().join("\n");
        let char_position = sent.chars().count() - "boom;".len() + 1;
        let located = locate_in_batch(&all, "\n", char_position).unwrap();
        assert_eq!((located.index, located.char_position), (2, 8));
        assert_eq!((located.position.line, located.position.column), (3, 8));
        assert_eq!(locate_in_batch(&all, "\n", 1).unwrap().position, Position::START);
        assert_eq!(locate_in_batch(&all, "\n", 11).unwrap().index, 0);
        assert_eq!(locate_in_batch(&all, "\n", 13).unwrap().index, 1);
        assert_eq!(locate_in_batch(&[], "\n", 1), None);
    }

    #[test]
    fn an_excerpt_is_cut_on_both_sides() {
        assert_eq!(excerpt("select\tboom\r", 8).to_string(), "select boom\n       ^");
        assert_eq!(excerpt("", 5).to_string(), "\n^");
        let long = format!("{}boom{}", "a".repeat(500), "b".repeat(500));
        let cut = excerpt(&long, 501);
        assert_eq!(cut.text.chars().count(), 80);
        assert!(cut.text.starts_with('…') && cut.text.ends_with('…'));
        let caret = usize::try_from(cut.column).unwrap();
        assert_eq!(cut.text.chars().skip(caret - 1).take(4).collect::<String>(), "boom");
    }
}
