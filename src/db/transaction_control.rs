//! Keeps what would end a reading session's transaction from being sent: outside of it, writing would be allowed.

use squawk_lexer::{TokenKind, tokenize};

const WORDS: [&str; 6] = ["BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT"];

/// The word by which a statement of this text controls the transaction, if one does.
pub(super) fn find(sql: &str) -> Option<String> {
    let mut at = 0;
    let mut statement: Vec<String> = Vec::new();
    for token in tokenize(sql) {
        let end = at + usize::try_from(token.len).unwrap_or(usize::MAX);
        let text = sql.get(at..end).unwrap_or_default();
        at = end;
        match token.kind {
            TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment { .. } => continue,
            TokenKind::Semi => statement.clear(),
            // The first two words decide.
            _ if statement.len() < 2 => statement.push(text.to_ascii_uppercase()),
            _ => continue,
        }
        match statement.as_slice() {
            [word] if WORDS.contains(&word.as_str()) => return Some(word.clone()),
            [first, second] if first == "PREPARE" && second == "TRANSACTION" => return Some("PREPARE".into()),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn the_word_is_found_wherever_a_statement_starts() {
        for sql in [
            "commit",
            "SELECT 1; COMMIT",
            "/* x */ -- y\n End;",
            "select ';'; /* ; */ rollback",
            "prepare Transaction 'x'",
        ] {
            assert!(find(sql).is_some(), "{sql}");
        }
    }

    #[test]
    fn the_word_elsewhere_is_none() {
        for sql in [
            "SELECT 'x; COMMIT'",
            "SELECT $$;commit$$",
            "SELECT 1 /* ; commit; */",
            "SELECT CASE WHEN true THEN 1 END",
            "SELECT 1 AS commit; SELECT \"commit\"; PREPARE x AS SELECT 1",
            "SELECT E'\\'; COMMIT'",
            "",
        ] {
            assert_eq!(find(sql), None, "{sql}");
        }
    }
}
