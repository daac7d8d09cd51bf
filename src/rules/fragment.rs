//! SQL that a user wrote and that is put inside a larger statement: it must stay inside.
//!
//! The session is read-only, but a `;` would let a fragment end the transaction that makes it so.

use std::collections::BTreeSet;

use squawk_lexer::{LiteralKind, TokenKind, tokenize};

/// Whether the text can stand inside parentheses: no `;`, no parenthesis of its own left over, every quote closed.
pub(super) fn check(sql: &str) -> Result<(), String> {
    let mut depth = 0_u32;
    let mut words = 0_u32;
    for token in tokenize(sql) {
        match token.kind {
            TokenKind::Whitespace | TokenKind::LineComment | TokenKind::Eof => continue,
            TokenKind::Semi => return Err("a `;` does not belong here: it is part of one statement".into()),
            TokenKind::OpenParen => depth += 1,
            TokenKind::CloseParen => {
                depth = depth.checked_sub(1).ok_or("a `)` has no `(` before it")?;
            }
            TokenKind::BlockComment { terminated: false } => return Err("a comment is not closed".into()),
            TokenKind::BlockComment { terminated: true } => continue,
            TokenKind::QuotedIdent { terminated: false, .. } => return Err("a quoted name is not closed".into()),
            TokenKind::Literal { kind } if !is_closed(kind) => return Err("a quoted text is not closed".into()),
            _ => {}
        }
        words += 1;
    }
    match (depth, words) {
        (0, 0) => Err("it is empty".into()),
        (0, _) => Ok(()),
        _ => Err("a `(` has no `)` after it".into()),
    }
}

/// Whether a condition on the row `t` may look at more of it than columns by their names: the row as a whole, whose type
/// and order of columns differ between a table and its partitions, or the table that it is in. When in doubt, it does.
pub(super) fn looks_past_columns(sql: &str) -> bool {
    let is_word = |(kind, _): &(TokenKind, &str)| {
        !matches!(kind, TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment { .. })
    };
    let words: Vec<(TokenKind, &str)> = tokens(sql).filter(is_word).collect();
    let name = |text: &str| text.trim_matches('"').to_lowercase();
    words.iter().enumerate().any(|(at, (kind, text))| match kind {
        TokenKind::Ident | TokenKind::QuotedIdent { .. } if name(text) == "tableoid" => true,
        // A name in escapes, `U&"\0074"`.
        TokenKind::QuotedIdent { uescape: true, .. } => true,
        TokenKind::Ident | TokenKind::QuotedIdent { .. } if name(text) == "t" => {
            let next = |step: usize| words.get(at + step).map(|(kind, _)| *kind);
            let is_column = matches!(next(2), Some(TokenKind::Ident | TokenKind::QuotedIdent { .. }));
            !(next(1) == Some(TokenKind::Dot) && is_column)
        }
        _ => false,
    })
}

/// Whether a condition may look at tables: by a subquery. When in doubt, it does.
pub(super) fn looks_at_tables(sql: &str) -> bool {
    let names = names(sql);
    ["select", "table", "with"].into_iter().any(|word| names.contains(word))
}

/// The tokens of a piece of SQL, each with its text.
pub(super) fn tokens(sql: &str) -> impl Iterator<Item = (TokenKind, &str)> {
    tokenize(sql).scan(sql, |rest, token| {
        let at = usize::try_from(token.len).unwrap_or(usize::MAX);
        let (text, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
        *rest = after;
        Some((token.kind, text))
    })
}

/// The names that stand in a piece of SQL, as the catalog has them: folded where they are not quoted. Keywords are among
/// them, and names of functions; texts and comments are not.
pub(super) fn names(sql: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (kind, text) in tokens(sql) {
        match kind {
            // As the server folds: letters beyond ASCII stay.
            TokenKind::Ident => drop(names.insert(text.to_ascii_lowercase())),
            TokenKind::QuotedIdent { .. } => {
                let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
                names.insert(inner.replace("\"\"", "\""));
            }
            _ => {}
        }
    }
    names
}

/// The names in a piece of SQL that may be those of tables, each with the name and the dot before it, where there are any.
pub(super) fn qualified_names(sql: &str) -> BTreeSet<(Option<String>, String)> {
    let is_word = |(kind, _): &(TokenKind, &str)| {
        !matches!(kind, TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment { .. })
    };
    let words: Vec<(TokenKind, &str)> = tokens(sql).filter(is_word).collect();
    let name = |at: usize| words.get(at).and_then(|(_, text)| names(text).into_iter().next());
    let is_dot = |at: usize| words.get(at).is_some_and(|(kind, _)| *kind == TokenKind::Dot);
    let found = (0..words.len()).filter_map(|at| {
        let before = if at >= 2 && is_dot(at - 1) { name(at - 2) } else { None };
        Some((before, name(at)?))
    });
    found.collect()
}

/// The same for every way to lay a piece of SQL out: without blanks and comments, names folded.
pub(super) fn normal(sql: &str) -> String {
    let words = tokens(sql).filter_map(|(kind, text)| match kind {
        TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment { .. } | TokenKind::Eof => None,
        TokenKind::Ident => Some(text.to_ascii_lowercase()),
        _ => Some(text.to_owned()),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A statement without the `;` and the comments at its end.
pub(super) fn without_end(sql: &str) -> &str {
    let (mut at, mut end) = (0_usize, 0_usize);
    for token in tokenize(sql) {
        at += usize::try_from(token.len).unwrap_or(usize::MAX);
        let is_blank = matches!(
            token.kind,
            TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment { .. } | TokenKind::Eof
        );
        if !is_blank {
            end = at;
        }
    }
    let body = sql.get(..end).unwrap_or(sql);
    body.strip_suffix(';').map_or(body, str::trim_end)
}

fn is_closed(kind: LiteralKind) -> bool {
    match kind {
        LiteralKind::Str { terminated }
        | LiteralKind::NationalStr { terminated }
        | LiteralKind::ByteStr { terminated }
        | LiteralKind::BitStr { terminated }
        | LiteralKind::DollarQuotedString { terminated }
        | LiteralKind::UnicodeEscStr { terminated }
        | LiteralKind::EscStr { terminated } => terminated,
        LiteralKind::Int { .. } | LiteralKind::Numeric { .. } => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_cannot_leave_its_place() {
        for sql in ["true); COMMIT; SELECT (1", "a = 1;", "a) OR (b", "(a", "a = 'x", "a /* b", "\"a", "$x$ y", " -- "]
        {
            assert!(check(sql).is_err(), "{sql}");
        }
    }

    #[test]
    fn what_only_looks_like_an_end_is_let_through() {
        for sql in ["a = ';'", "b = $x$);$x$", "f(a, (b)) /* ; */", "a = 1 -- ;", "E'\\';' = a", "\"a;\" > 0"] {
            assert_eq!(check(sql), Ok(()), "{sql}");
        }
    }

    #[test]
    fn a_name_knows_what_stands_before_its_dot() {
        let found = qualified_names("SELECT t.a FROM \"S x\" . T AS t, u -- v.w");
        let has = |before: Option<&str>, name: &str| found.contains(&(before.map(str::to_owned), name.to_owned()));
        assert!(has(Some("S x"), "t") && has(Some("t"), "a") && has(None, "u") && has(None, "S x"));
        assert!(!has(None, "a") && !has(None, "w") && !has(Some("v"), "w"));
    }

    #[test]
    fn a_condition_that_names_columns_only_looks_at_nothing_else() {
        for sql in [
            "amount > 0",
            "t.amount > 0",
            "T . \"amount\" IS NULL /* t */",
            "'t' = note",
            "(SELECT 1 FROM x WHERE x.t_id = t.id) > 0",
        ] {
            assert!(!looks_past_columns(sql), "{sql}");
        }
        for sql in [
            "t IS NULL",
            "t::text <> ''",
            "f(t)",
            "(t).amount > 0",
            "t.* IS NULL",
            "to_jsonb(\"t\") = x",
            "T = T",
            "tableoid = 5",
            "t.TableOid = 5",
            "t.\"tableoid\" = 5",
            "t -- .x\n = x",
            "U&\"t\" IS NULL",
            "U&\"\\0074\" IS NULL",
        ] {
            assert!(looks_past_columns(sql), "{sql}");
        }
    }

    #[test]
    fn a_subquery_looks_at_tables() {
        for sql in [
            "a IN (SELECT 1)",
            "EXISTS (table x)",
            "a = ANY (ARRAY(Select id FROM x))",
            "(WITH x AS (VALUES (1)) TABLE x) = a",
        ] {
            assert!(looks_at_tables(sql), "{sql}");
        }
        for sql in ["a > 0", "a IN (VALUES (1), (2))", "kind = 'select' -- table", "selected"] {
            assert!(!looks_at_tables(sql), "{sql}");
        }
    }

    #[test]
    fn the_end_of_a_statement_is_taken_off() {
        assert_eq!(without_end("SELECT 1 ;\n-- done\n"), "SELECT 1");
        assert_eq!(without_end("SELECT ';' -- x"), "SELECT ';'");
        assert_eq!(without_end("SELECT 1; SELECT 2;"), "SELECT 1; SELECT 2");
    }
}
