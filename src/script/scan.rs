//! Where one statement ends: the rules of psql's own scanner (`psqlscan.l`) over the tokens of PostgreSQL.

use squawk_lexer::{BOM, LiteralKind, Token, TokenKind, tokenize};

use super::Unterminated;

/// A token this near the end of the text could be another one when more text is read, so more is read first.
/// It covers the two characters that the lexer looks ahead.
const LOOKAHEAD_BYTES: usize = 8;

/// What a scan came upon. All places are bytes from the beginning of the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A statement from its first token to its `;`, or to its last token where the script ends without one.
    Statement { start: usize, end: usize, semicolon: bool },
    /// A backslash at SQL level.
    Backslash { at: usize, in_statement: bool },
    /// The text is used up and its last token, of this many bytes, may not be whole.
    NeedMore { tail_bytes: usize },
    /// Something is opened here and the script ends within it.
    Unterminated { at: usize, what: Unterminated },
    /// Nothing more than blanks and comments.
    End,
}

/// The scan of one statement. It keeps its state while the text grows, so that no token is read twice
/// except the last one.
#[derive(Default)]
pub(super) struct Scan {
    at: usize,
    start: Option<usize>,
    /// The end of the last token that is no blank and no comment.
    last_end: usize,
    paren_depth: u32,
    body: AtomicBody,
    escape: EscapeString,
}

impl Scan {
    /// Goes on with a text that has grown at its end.
    pub(super) fn advance(&mut self, text: &str, is_complete: bool) -> Outcome {
        loop {
            match self.run(text, is_complete) {
                Some(outcome) => return outcome,
                // A token was measured otherwise than by the lexer, which starts anew behind it.
                None => continue,
            }
        }
    }

    /// Leaves out what stands before the statement, where none has begun yet. Says how many bytes that is.
    pub(super) fn skip_leading(&mut self) -> usize {
        if self.start.is_some() { 0 } else { std::mem::take(&mut self.at) }
    }

    fn run(&mut self, text: &str, is_complete: bool) -> Option<Outcome> {
        for token in tokenize(&text[self.at..]) {
            let rest = &text[self.at..];
            let corrected = self.escape.continuation(token, rest).or_else(|| lone_dollar(token));
            let seen_bytes = corrected.as_ref().map_or(bytes(token), |corrected| corrected.seen_bytes);
            let is_corrected = corrected.is_some();
            let token = corrected.map_or(token, |corrected| corrected.token);
            let kind = significance(token.kind, rest);
            if !is_complete && !kind.stays_itself() && self.at + seen_bytes + LOOKAHEAD_BYTES > text.len() {
                return Some(Outcome::NeedMore { tail_bytes: text.len() - self.at });
            }
            if let Some(what) = unterminated(token.kind, rest) {
                return Some(Outcome::Unterminated { at: self.at, what });
            }
            if kind == Role::Backslash {
                return Some(Outcome::Backslash { at: self.at, in_statement: self.start.is_some() });
            }
            let piece = &rest[..bytes(token)];
            self.escape.see(token.kind, piece);
            let at = self.at;
            self.at += piece.len();
            if let Some(outcome) = self.take(kind, piece, at) {
                return Some(outcome);
            }
            if is_corrected {
                return None;
            }
        }
        Some(self.at_end_of_text(is_complete))
    }

    /// Counts one whole token; says where the statement is, if this one ends it.
    fn take(&mut self, kind: Role, piece: &str, at: usize) -> Option<Outcome> {
        match kind {
            Role::Blank | Role::Comment => return None,
            Role::Semicolon if self.paren_depth == 0 && self.body.depth == 0 => {
                let start = self.start?;
                return Some(Outcome::Statement { start, end: self.at, semicolon: true });
            }
            Role::Open => self.paren_depth += 1,
            Role::Close => self.paren_depth = self.paren_depth.saturating_sub(1),
            Role::Word => self.body.see(piece, self.paren_depth),
            Role::Semicolon | Role::Backslash | Role::Other => {}
        }
        self.start.get_or_insert(at);
        self.last_end = self.at;
        None
    }

    fn at_end_of_text(&self, is_complete: bool) -> Outcome {
        match self.start {
            _ if !is_complete => Outcome::NeedMore { tail_bytes: 0 },
            Some(start) => Outcome::Statement { start, end: self.last_end, semicolon: false },
            None => Outcome::End,
        }
    }
}

/// What a token means for the cutting.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Blank,
    Comment,
    Semicolon,
    Open,
    Close,
    Word,
    Backslash,
    Other,
}

impl Role {
    /// Whether no text behind it can make it another token.
    fn stays_itself(self) -> bool {
        matches!(self, Role::Blank | Role::Semicolon)
    }
}

fn significance(kind: TokenKind, rest: &str) -> Role {
    match kind {
        // The lexer takes a byte order mark at the front of any text for a blank; PostgreSQL does not.
        TokenKind::Whitespace if rest.starts_with(BOM) => Role::Other,
        TokenKind::Whitespace => Role::Blank,
        TokenKind::LineComment | TokenKind::BlockComment { .. } => Role::Comment,
        TokenKind::Semi => Role::Semicolon,
        TokenKind::OpenParen => Role::Open,
        TokenKind::CloseParen => Role::Close,
        TokenKind::Ident => Role::Word,
        TokenKind::Unknown if rest.starts_with('\\') => Role::Backslash,
        _ => Role::Other,
    }
}

fn unterminated(kind: TokenKind, rest: &str) -> Option<Unterminated> {
    match kind {
        TokenKind::BlockComment { terminated: false } => Some(Unterminated::Comment),
        TokenKind::QuotedIdent { terminated: false, .. } => Some(Unterminated::QuotedIdentifier),
        TokenKind::Literal { kind } => match kind {
            LiteralKind::DollarQuotedString { terminated: false } => Some(Unterminated::DollarQuote(opening_tag(rest))),
            LiteralKind::Str { terminated: false }
            | LiteralKind::NationalStr { terminated: false }
            | LiteralKind::ByteStr { terminated: false }
            | LiteralKind::BitStr { terminated: false }
            | LiteralKind::UnicodeEscStr { terminated: false }
            | LiteralKind::EscStr { terminated: false } => Some(Unterminated::String),
            _ => None,
        },
        _ => None,
    }
}

/// `$tag$`, from the beginning of a dollar-quoted string.
fn opening_tag(rest: &str) -> String {
    rest.split_inclusive('$').take(2).collect()
}

/// The depth of a `BEGIN ATOMIC ... END` body, whose semicolons end nothing.
///
/// As in psql, words count only in a statement that begins with `CREATE [OR REPLACE] FUNCTION|PROCEDURE`, and only
/// outside of parentheses; `CASE` counts within a body, since it has an `END` too.
#[derive(Default)]
struct AtomicBody {
    lead: Lead,
    depth: u32,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Lead {
    #[default]
    Nothing,
    Create,
    CreateOr,
    CreateOrReplace,
    Routine,
    Another,
}

impl AtomicBody {
    fn see(&mut self, word: &str, paren_depth: u32) {
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        self.lead = match self.lead {
            Lead::Another => return,
            Lead::Routine if paren_depth > 0 => return,
            Lead::Routine => {
                match () {
                    () if is("begin") => self.depth += 1,
                    () if is("case") && self.depth > 0 => self.depth += 1,
                    () if is("end") => self.depth = self.depth.saturating_sub(1),
                    () => {}
                }
                return;
            }
            Lead::Nothing if is("create") => Lead::Create,
            Lead::Create if is("or") => Lead::CreateOr,
            Lead::CreateOr if is("replace") => Lead::CreateOrReplace,
            Lead::Create | Lead::CreateOrReplace if is("function") || is("procedure") => Lead::Routine,
            _ => Lead::Another,
        };
    }
}

/// A token that PostgreSQL reads otherwise than the lexer.
struct Corrected {
    token: Token,
    /// How much of the text decided what it is.
    seen_bytes: usize,
}

/// A dollar sign that opens no quote and numbers no parameter is a token by itself; the lexer adds the word behind it,
/// which may be the `E` of a string.
fn lone_dollar(token: Token) -> Option<Corrected> {
    match token.kind {
        TokenKind::PositionalParam { trailing_junk_start: 1 } if token.len > 1 => {
            Some(Corrected { token: Token { len: 1, ..token }, seen_bytes: bytes(token) })
        }
        _ => None,
    }
}

fn bytes(token: Token) -> usize {
    usize::try_from(token.len).unwrap_or(usize::MAX)
}

/// Whether a plain string is the continuation of an `E''` string and so has its backslash escapes.
///
/// The server joins two strings with nothing but blanks, line comments and at least one line end between them;
/// the lexer does not know it.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum EscapeString {
    #[default]
    No,
    JustEnded,
    EndedOnALineAbove,
}

impl EscapeString {
    /// The token, read as the continuation of an escape string, where it is one.
    fn continuation(self, token: Token, rest: &str) -> Option<Corrected> {
        let is_plain_string = matches!(token.kind, TokenKind::Literal { kind: LiteralKind::Str { .. } });
        if self != EscapeString::EndedOnALineAbove || !is_plain_string {
            return None;
        }
        let length = escape_string_bytes(rest);
        let kind = TokenKind::Literal { kind: LiteralKind::EscStr { terminated: length.is_some() } };
        let len = u32::try_from(length.unwrap_or(rest.len())).unwrap_or(u32::MAX);
        let token = Token { kind, len };
        Some(Corrected { token, seen_bytes: bytes(token) })
    }

    fn see(&mut self, kind: TokenKind, piece: &str) {
        *self = match (kind, *self) {
            (TokenKind::Literal { kind: LiteralKind::EscStr { .. } }, _) => EscapeString::JustEnded,
            (TokenKind::Whitespace, EscapeString::JustEnded) if piece.contains(['\n', '\r']) => {
                EscapeString::EndedOnALineAbove
            }
            (TokenKind::Whitespace | TokenKind::LineComment, state) => state,
            _ => EscapeString::No,
        };
    }
}

/// The length of the string with backslash escapes whose opening quote is the first byte. `None` without an end.
fn escape_string_bytes(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'\'' if bytes.get(at + 1) == Some(&b'\'') => at += 2,
            b'\'' => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}
