//! What the tests of the house share: the project's files, and Rust text as tokens.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "shared by several test programs")]

use std::fs;
use std::path::{Path, PathBuf};

/// The project's directory.
pub fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a directory of the project, sorted, as paths from the project's directory with `/` between.
pub fn files(below: &str) -> Vec<String> {
    let mut found = Vec::new();
    collect(&project().join(below), &mut found);
    let root = project();
    let mut names: Vec<String> = found
        .iter()
        .map(|path| path.strip_prefix(&root).unwrap().to_str().unwrap().replace(std::path::MAIN_SEPARATOR, "/"))
        .collect();
    names.sort();
    names
}

fn collect(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != ".git" && !name.starts_with("target") {
                collect(&path, found);
            }
        } else if name != ".git" {
            found.push(path);
        }
    }
}

/// The text of a file of the project.
pub fn text(file: &str) -> String {
    fs::read_to_string(project().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The path that `relative` names, seen from the directory of `file`, without `.` and `..`.
pub fn resolve(file: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in relative.split('/') {
        match part {
            "." | "" => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// A piece of Rust text that is neither comment nor blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A name or keyword.
    Word(String),
    /// The inside of a string, as it is written.
    Text(String),
    /// `::`.
    Path,
    /// Any other character.
    Sign(char),
}

impl Token {
    /// Whether it is this name.
    pub fn is(&self, word: &str) -> bool {
        matches!(self, Token::Word(found) if found == word)
    }
}

/// The tokens of Rust text, each with its line. Comments, and doc comments with their links, are left out.
pub fn tokens(text: &str) -> Vec<(u32, Token)> {
    let chars: Vec<char> = text.chars().collect();
    let mut lexer = Lexer { chars: &chars, at: 0, line: 1, found: Vec::new() };
    while lexer.at < chars.len() {
        lexer.one();
    }
    lexer.found
}

struct Lexer<'a> {
    chars: &'a [char],
    at: usize,
    line: u32,
    found: Vec<(u32, Token)>,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn bump(&mut self) -> char {
        let c = self.peek(0);
        self.at += 1;
        if c == '\n' {
            self.line += 1;
        }
        c
    }

    fn one(&mut self) {
        let (line, c, next) = (self.line, self.peek(0), self.peek(1));
        let token = match (c, next) {
            ('/', '/') => return self.line_comment(),
            ('/', '*') => return self.block_comment(),
            ('"', _) => self.string(),
            ('r', '"' | '#') if self.raw_hashes(1).is_some() => self.raw_string(1),
            ('b', 'r') if self.raw_hashes(2).is_some() => self.raw_string(2),
            ('b' | 'c', '"') => {
                self.at += 1;
                self.string()
            }
            ('\'', _) => return self.quote(),
            (':', ':') => {
                self.at += 2;
                Token::Path
            }
            _ if c.is_alphanumeric() || c == '_' => self.word(),
            _ => match self.bump() {
                c if c.is_whitespace() => return,
                c => Token::Sign(c),
            },
        };
        self.found.push((line, token));
    }

    fn word(&mut self) -> Token {
        let start = self.at;
        while self.peek(0).is_alphanumeric() || self.peek(0) == '_' {
            self.at += 1;
        }
        Token::Word(self.chars[start..self.at].iter().collect())
    }

    fn line_comment(&mut self) {
        while self.at < self.chars.len() && self.peek(0) != '\n' {
            self.at += 1;
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        while self.at < self.chars.len() {
            match (self.peek(0), self.peek(1)) {
                ('/', '*') => (depth, self.at) = (depth + 1, self.at + 2),
                ('*', '/') => (depth, self.at) = (depth - 1, self.at + 2),
                _ => drop(self.bump()),
            }
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) -> Token {
        self.at += 1;
        let mut inside = String::new();
        while self.at < self.chars.len() && self.peek(0) != '"' {
            if self.peek(0) == '\\' {
                inside.push(self.bump());
            }
            inside.push(self.bump());
        }
        self.at += 1;
        Token::Text(inside)
    }

    /// How many `#` stand at `ahead` before a quote; none where there is no quote behind them (`r#type`).
    fn raw_hashes(&self, ahead: usize) -> Option<usize> {
        let hashes = (ahead..).take_while(|at| self.peek(*at) == '#').count();
        (self.peek(ahead + hashes) == '"').then_some(hashes)
    }

    fn raw_string(&mut self, ahead: usize) -> Token {
        let hashes = self.raw_hashes(ahead).unwrap_or_default();
        self.at += ahead + hashes + 1;
        let mut inside = String::new();
        while self.at < self.chars.len() {
            if self.peek(0) == '"' && (1..=hashes).all(|at| self.peek(at) == '#') {
                break;
            }
            inside.push(self.bump());
        }
        self.at += hashes + 1;
        Token::Text(inside)
    }

    /// A character, or a lifetime.
    fn quote(&mut self) {
        self.at += 1;
        if self.peek(0) == '\\' {
            self.at += 2;
            while self.at < self.chars.len() && self.bump() != '\'' {}
        } else if self.peek(1) == '\'' {
            self.bump();
            self.at += 1;
        }
    }
}
