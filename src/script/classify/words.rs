//! The words of one statement, without blanks and comments.

use squawk_lexer::{LiteralKind, TokenKind, tokenize};

use super::QualifiedName;

/// The longest identifier that the catalog holds, in bytes; the server cuts longer ones.
const IDENTIFIER_BYTES: usize = 63;

/// A token that is no blank and no comment.
#[derive(Clone, Copy)]
pub(super) struct Lexeme<'a> {
    kind: TokenKind,
    text: &'a str,
}

impl Lexeme<'_> {
    /// Whether it is this keyword (or sign), unquoted.
    pub(super) fn is(&self, keyword: &str) -> bool {
        let quoted = matches!(self.kind, TokenKind::QuotedIdent { .. } | TokenKind::Literal { .. });
        !quoted && self.text.eq_ignore_ascii_case(keyword)
    }
}

/// The first word of a statement, opening parentheses passed over; empty where there is none.
pub(super) fn lead(text: &str) -> &str {
    stream(text).find(|lexeme| lexeme.kind != TokenKind::OpenParen).map_or("", |lexeme| lexeme.text)
}

/// All words of a statement.
pub(super) fn lexemes(text: &str) -> Vec<Lexeme<'_>> {
    stream(text).collect()
}

/// The first words of a statement.
pub(super) fn first_lexemes(text: &str, count: usize) -> Vec<Lexeme<'_>> {
    stream(text).take(count).collect()
}

fn stream(text: &str) -> impl Iterator<Item = Lexeme<'_>> {
    let mut at = 0;
    tokenize(text).filter_map(move |token| {
        let start = at;
        at += usize::try_from(token.len).unwrap_or(usize::MAX);
        let is_blank =
            matches!(token.kind, TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment { .. });
        (!is_blank).then(|| Lexeme { kind: token.kind, text: &text[start..at] })
    })
}

/// The words not read yet. A copy of it goes back.
#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    rest: &'a [Lexeme<'a>],
}

impl<'a> Words<'a> {
    /// From the first word on.
    pub(super) fn new(lexemes: &'a [Lexeme<'a>]) -> Words<'a> {
        Words { rest: lexemes }
    }

    /// Whether these come next.
    pub(super) fn begins(&self, keywords: &[&str]) -> bool {
        self.rest.len() >= keywords.len() && self.rest.iter().zip(keywords).all(|(lexeme, keyword)| lexeme.is(keyword))
    }

    /// Takes this one, if it comes next.
    pub(super) fn eat(&mut self, keyword: &str) -> bool {
        self.eat_all(&[keyword])
    }

    /// Takes all of these, if they come next; else none.
    pub(super) fn eat_all(&mut self, keywords: &[&str]) -> bool {
        let begins = self.begins(keywords);
        if begins {
            self.rest = &self.rest[keywords.len()..];
        }
        begins
    }

    /// Takes a list of options in parentheses, if one comes next. Says whether `option` is in it and not turned off.
    pub(super) fn eat_option_list(&mut self, option: &str) -> bool {
        if !self.eat("(") {
            return false;
        }
        let mut found = false;
        while let Some((first, rest)) = self.rest.split_first() {
            self.rest = rest;
            if first.is(")") {
                break;
            }
            if first.is(option) {
                let off = ["false", "off", "0"];
                found = !rest.first().is_some_and(|value| off.iter().any(|off| value.text.trim_matches('\'') == *off));
            }
        }
        found
    }

    /// Goes on to the first of these outside of parentheses, brackets and CASE, and leaves it unread. Without one, stays
    /// where it is and says so.
    pub(super) fn skip_to(&mut self, stops: &[&str]) -> bool {
        let (mut depth, mut before) = (0_u32, None::<Lexeme<'_>>);
        for (place, lexeme) in self.rest.iter().enumerate() {
            let is_stop = stops.iter().any(|stop| lexeme.is(stop));
            // `IS DISTINCT FROM` is within a value.
            let is_operator = lexeme.is("from") && before.is_some_and(|before| before.is("distinct"));
            if depth == 0 && is_stop && !is_operator {
                self.rest = &self.rest[place..];
                return true;
            }
            match lexeme.kind {
                TokenKind::OpenParen | TokenKind::OpenBracket => depth += 1,
                TokenKind::CloseParen | TokenKind::CloseBracket => depth = depth.saturating_sub(1),
                _ if lexeme.is("case") => depth += 1,
                _ if lexeme.is("end") => depth = depth.saturating_sub(1),
                _ => {}
            }
            before = Some(*lexeme);
        }
        false
    }

    /// Goes on behind the next group in parentheses. Without one, says so.
    pub(super) fn skip_behind_parens(&mut self) -> bool {
        let mut depth = 0_u32;
        while let Some((first, rest)) = self.rest.split_first() {
            self.rest = rest;
            match first.kind {
                TokenKind::OpenParen => depth += 1,
                TokenKind::CloseParen if depth <= 1 => return true,
                TokenKind::CloseParen => depth -= 1,
                _ => {}
            }
        }
        false
    }

    /// Whether this keyword is anywhere ahead within parentheses.
    pub(super) fn has_in_parens(&self, keyword: &str) -> bool {
        let mut depth = 0_u32;
        self.rest.iter().any(|lexeme| {
            match lexeme.kind {
                TokenKind::OpenParen => depth += 1,
                TokenKind::CloseParen => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth > 0 && lexeme.is(keyword)
        })
    }

    /// Whether anything ahead looks like the call of a function: a name with a parenthesis behind it.
    pub(super) fn calls(&self) -> bool {
        const NO_CALL: [&str; 12] =
            ["in", "as", "from", "where", "and", "or", "not", "exists", "select", "using", "values", "on"];
        self.rest.windows(2).any(|pair| {
            let is_name = matches!(pair[0].kind, TokenKind::Ident | TokenKind::QuotedIdent { .. });
            is_name && pair[1].kind == TokenKind::OpenParen && !NO_CALL.iter().any(|word| pair[0].is(word))
        })
    }

    /// Takes `[schema.]table.column`.
    pub(super) fn column_name(&mut self) -> Option<(QualifiedName, String)> {
        let mut parts = vec![self.identifier()?];
        while self.eat(".") {
            parts.push(self.identifier()?);
        }
        let (column, name) = (parts.pop()?, parts.pop()?);
        Some((QualifiedName { schema: parts.pop(), name }, column))
    }

    /// Whether the statement ends here.
    pub(super) fn is_at_end(&self) -> bool {
        self.rest.iter().all(|lexeme| lexeme.is(";"))
    }

    /// Whether this keyword is anywhere ahead.
    pub(super) fn has(&self, keyword: &str) -> bool {
        self.has_all(&[keyword])
    }

    /// Whether these keywords follow one another anywhere ahead.
    pub(super) fn has_all(&self, keywords: &[&str]) -> bool {
        self.rest
            .windows(keywords.len())
            .any(|window| window.iter().zip(keywords).all(|(lexeme, word)| lexeme.is(word)))
    }

    /// Whether these keywords follow one another anywhere ahead, and `then` comes after them.
    pub(super) fn has_sequence_then(&self, keywords: &[&str], then: &str) -> bool {
        self.has_all(keywords) && self.has(then)
    }

    /// The next word outside of parentheses.
    pub(super) fn next_outside_parens(&mut self) -> Option<Lexeme<'a>> {
        let mut depth = 0_u32;
        while let Some((first, rest)) = self.rest.split_first() {
            self.rest = rest;
            match first.kind {
                TokenKind::OpenParen => depth += 1,
                TokenKind::CloseParen => depth = depth.saturating_sub(1),
                _ if depth == 0 => return Some(*first),
                _ => {}
            }
        }
        None
    }

    /// Takes a name of one to three parts, if one comes next: `name`, `schema.name`, `database.schema.name`.
    pub(super) fn name(&mut self) -> Option<QualifiedName> {
        let mut ahead = *self;
        let mut schema = None;
        let mut name = ahead.identifier()?;
        while ahead.eat(".") {
            schema = Some(std::mem::replace(&mut name, ahead.identifier()?));
        }
        *self = ahead;
        Some(QualifiedName { schema, name })
    }

    /// Takes an identifier, if one comes next, as the catalog has it. `U&""` is not one here: it is left unread.
    pub(super) fn identifier(&mut self) -> Option<String> {
        let (first, rest) = self.rest.split_first()?;
        let name = match first.kind {
            TokenKind::Ident => first.text.to_ascii_lowercase(),
            TokenKind::QuotedIdent { terminated: true, uescape: false } => {
                first.text[1..first.text.len() - 1].replace("\"\"", "\"")
            }
            _ => return None,
        };
        self.rest = rest;
        Some(name[..name.floor_char_boundary(IDENTIFIER_BYTES)].to_owned())
    }

    /// Takes a plain string, a number or a word, if one comes next: its value as a setting has it.
    pub(super) fn literal(&mut self) -> Option<String> {
        let (first, rest) = self.rest.split_first()?;
        let value = match first.kind {
            TokenKind::Literal { kind: LiteralKind::Str { terminated: true } } => {
                first.text[1..first.text.len() - 1].replace("''", "'")
            }
            TokenKind::Literal { .. } | TokenKind::Ident => first.text.to_owned(),
            _ => return None,
        };
        self.rest = rest;
        Some(value)
    }
}
