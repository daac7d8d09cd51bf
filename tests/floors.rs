//! Rooms stand on floors and import only from lower ones; rooms on one floor do not see each other.
//!
//! Read are all paths that lead out of a room: `crate::…` and `super::…` up to the crate's root, in `use` lines, in
//! groups and within code, and files of other rooms taken in with `include_str!`. A link in a comment may point up.

mod source;

use source::{Token, files, resolve, text, tokens};

/// The floors, from the top. The same table stands in the documentation of the library and in ARCHITECTURE.md.
const FLOORS: &[(u32, &[&str])] = &[
    (6, &["cli"]),
    (5, &["run"]),
    (4, &["config", "execute", "diff"]),
    (3, &["plan", "migration_log", "snapshot", "rules", "gates", "campaign"]),
    (2, &["phase", "script", "db", "disposable", "platform", "report", "declaration", "spill"]),
    (1, &["evidence"]),
    (0, &["verdict", "digest", "decimal"]),
];

/// The program itself stands above every room.
const PROGRAM: &str = "main";

#[test]
fn rooms_import_only_from_lower_floors() {
    let broken: Vec<String> = rust_files().iter().flat_map(|file| faults(file, &room_of(file), &text(file))).collect();
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn every_file_belongs_to_a_room_and_every_room_is_there() {
    let files = files("src");
    for file in files.iter().filter(|file| *file != "src/lib.rs") {
        let room = room_of(file);
        assert!(floor(&room).is_some(), "{file}: there is no room {room:?}; give it a floor in tests/floors.rs");
    }
    let library = text("src/lib.rs");
    for room in FLOORS.iter().flat_map(|(_, rooms)| *rooms) {
        assert!(files.iter().any(|file| room_of(file) == *room), "room {room} has a floor and no file in src");
        assert!(library.contains(&format!("\npub mod {room};")), "src/lib.rs does not declare {room}");
    }
}

#[test]
fn the_table_is_the_same_wherever_it_is_written() {
    for file in ["src/lib.rs", "ARCHITECTURE.md"] {
        assert_eq!(table(&text(file)), written(FLOORS), "the table of floors in {file}");
    }
}

fn written(floors: &[(u32, &[&str])]) -> Vec<(u32, Vec<String>)> {
    floors.iter().map(|(floor, rooms)| (*floor, rooms.iter().map(|room| (*room).to_owned()).collect())).collect()
}

/// Rows like `| 3 rooms | [`plan`], `gates` | … |`: the floor's number, and the names of the second cell.
fn table(text: &str) -> Vec<(u32, Vec<String>)> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut cells = line.trim_start_matches("//!").trim().split('|').skip(1);
        let (Some(first), Some(second)) = (cells.next(), cells.next()) else { continue };
        let Some(Ok(floor)) = first.split_whitespace().next().map(str::parse) else { continue };
        let names = second.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        found.push((floor, names));
    }
    found
}

fn rust_files() -> Vec<String> {
    files("src").into_iter().filter(|file| file.ends_with(".rs") && file != "src/lib.rs").collect()
}

/// `src/db/lock.rs` and `src/db.rs` belong to `db`.
fn room_of(file: &str) -> String {
    let name = file.trim_start_matches("src/").split('/').next().unwrap_or_default();
    name.split('.').next().unwrap_or_default().to_owned()
}

fn floor(room: &str) -> Option<u32> {
    if room == PROGRAM {
        return Some(u32::MAX);
    }
    FLOORS.iter().find(|(_, rooms)| rooms.contains(&room)).map(|(floor, _)| *floor)
}

/// Every import of a room's file that the floors do not allow, as `file:line: …`.
fn faults(file: &str, room: &str, text: &str) -> Vec<String> {
    let own = floor(room);
    let allowed = |other: &str| other == room || floor(other).is_some_and(|other| Some(other) < own);
    let say = |(line, other): &(u32, String)| match floor(other) {
        Some(floor) => {
            format!("{file}:{line}: {room} (floor {}) must not import {other} (floor {floor})", own.unwrap_or_default())
        }
        None => format!("{file}:{line}: {room} imports {other}, which is no room of the table in tests/floors.rs"),
    };
    imports(file, text).iter().filter(|(_, other)| !allowed(other)).map(say).collect()
}

/// Line and name of whatever a file takes from the crate's root.
fn imports(file: &str, text: &str) -> Vec<(u32, String)> {
    let tokens = tokens(text);
    let mut reader = Reader { tokens: &tokens, at: 0, found: Vec::new() };
    let mut depth = depth_of(file);
    // For each open brace: whether it is that of a module.
    let mut braces: Vec<bool> = Vec::new();
    while let Some((line, token)) = tokens.get(reader.at) {
        let begins = reader.at == 0 || tokens[reader.at - 1].1 != Token::Path;
        match token {
            Token::Sign('{') => {
                let module = reader.at >= 2 && tokens[reader.at - 2].1.is("mod");
                depth += usize::from(module);
                braces.push(module);
            }
            Token::Sign('}') => depth -= usize::from(braces.pop() == Some(true)),
            Token::Word(word) if begins && ((word == "phasegate" && file == "src/main.rs") || word == "crate") => {
                reader.path(0);
                continue;
            }
            Token::Word(word) if begins && (word == "super" || word == "self") => {
                reader.path(if word == "super" { depth.saturating_sub(1) } else { depth });
                continue;
            }
            Token::Word(word) if word.starts_with("include") => {
                if let Some(other) = included(file, &tokens[reader.at..]) {
                    reader.found.push((*line, other));
                }
            }
            _ => {}
        }
        reader.at += 1;
    }
    reader.found
}

/// How many modules a file's text stands in below the crate's root.
fn depth_of(file: &str) -> usize {
    let parts = file.trim_start_matches("src/").trim_end_matches("/mod.rs").trim_end_matches(".rs");
    if parts == PROGRAM || parts == "lib" { 0 } else { parts.split('/').count() }
}

/// The room whose file `include_str!("…")` takes in.
fn included(file: &str, tokens: &[(u32, Token)]) -> Option<String> {
    match tokens.get(1..4)? {
        [(_, Token::Sign('!')), (_, Token::Sign('(')), (_, Token::Text(path))] => {
            let path = resolve(file, path);
            path.starts_with("src/").then(|| room_of(&path))
        }
        _ => None,
    }
}

struct Reader<'a> {
    tokens: &'a [(u32, Token)],
    at: usize,
    found: Vec<(u32, String)>,
}

impl Reader<'_> {
    fn token(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    /// Reads a path on from its first word, which stands `depth` modules below the crate's root.
    fn path(&mut self, mut depth: usize) {
        self.at += 1;
        while self.token() == Some(&Token::Path) {
            self.at += 1;
            match self.token() {
                Some(Token::Word(word)) if word == "super" => depth = depth.saturating_sub(1),
                Some(Token::Word(word)) if depth == 0 => {
                    self.found.push((self.tokens[self.at].0, word.clone()));
                    self.at += 1;
                    return;
                }
                Some(Token::Sign('{')) => return self.group(depth),
                Some(Token::Sign('*')) if depth == 0 => self.found.push((self.tokens[self.at].0, "*".to_owned())),
                _ => return,
            }
            self.at += 1;
        }
    }

    /// Reads `{a::b, super::c, self}`.
    fn group(&mut self, depth: usize) {
        let mut open = 0;
        let mut first = false;
        while let Some(token) = self.token() {
            match token {
                Token::Sign('{') => (open, first) = (open + 1, open == 0),
                Token::Sign('}') if open == 1 => return self.at += 1,
                Token::Sign('}') => open -= 1,
                Token::Sign(',') => first = open == 1,
                Token::Word(word) if first => {
                    first = false;
                    if word == "super" {
                        self.path(depth.saturating_sub(1));
                        continue;
                    }
                    if depth == 0 && word != "self" {
                        self.found.push((self.tokens[self.at].0, word.clone()));
                    }
                }
                Token::Sign('*') if first && depth == 0 => {
                    self.found.push((self.tokens[self.at].0, "*".to_owned()));
                }
                _ => {}
            }
            self.at += 1;
        }
    }
}

/// The checker itself, on planted text.
#[cfg(test)]
mod checker {
    use super::*;

    fn of(file: &str, text: &str) -> Vec<String> {
        faults(file, &room_of(file), text)
    }

    #[test]
    fn lower_floors_and_the_own_room_are_allowed() {
        let text = "use crate::db::{DbError, Sql};\nuse crate::plan::Action;\nuse super::Event;\n\
                    fn f() -> crate::verdict::Verdict { crate::script::locate() }\n\
                    mod tests { use super::*; use super::super::Run; use crate::execute::apply; }\n";
        assert_eq!(of("src/execute/lost.rs", text), Vec::<String>::new());
    }

    #[test]
    fn an_import_from_above_is_named_with_file_line_and_room() {
        assert_eq!(
            of("src/db/lock.rs", "\nuse std::io;\nuse crate::execute::apply;\n"),
            ["src/db/lock.rs:3: db (floor 2) must not import execute (floor 4)"]
        );
    }

    #[test]
    fn rooms_of_one_floor_do_not_see_each_other() {
        assert_eq!(of("src/plan/make.rs", "use crate::gates::Gate;").len(), 1);
        assert_eq!(of("src/verdict.rs", "use crate::digest::Checksum;").len(), 1);
    }

    #[test]
    fn no_way_of_writing_it_is_overlooked() {
        for text in [
            "use crate::{\n    db::{self, Session},\n    run,\n};",
            "use crate::{db::{a, b::{c, d}}, run::{self}};",
            "use super::super::run;",
            "use super::{super::run::migrate, Event};",
            "use self::super::super::run;",
            "pub(crate) use crate::run as other;",
            "fn f() { let x = crate::run::migrate(\"}\", '{'); }",
            "macro_rules! m { () => { $crate::run::x() } }",
            "mod tests { use super::super::super::run; }",
            "mod a { fn f() {} } use super::super::run;",
            "const X: &str = include_str!(\"../run/x.sql\");",
            "use crate::*;",
            "use crate::{*};",
            "/* // */ use crate::run;",
            "const A: &str = r#\"\"use\"#; use crate :: run;",
            "fn f<'a>(c: char) -> bool { c == '\"' } use crate::run;",
        ] {
            assert_eq!(of("src/execute/lost.rs", text).len(), 1, "{text}");
        }
    }

    #[test]
    fn comments_strings_and_names_that_look_alike_are_no_imports() {
        for text in [
            "//! see [`crate::run`]\n/// crate::run\n/* use crate::run; /* crate::run */ crate::run */",
            "const A: &str = \"use crate::run;\";",
            "const A: &str = r##\"use crate::run;\"# \"##;",
            "pub(crate) fn run() {} use other::crate_run::run; use super::run;",
            "const X: &str = include_str!(\"x.sql\"); const Y: &str = include_str!(\"../../migrations/01_a.sql\");",
        ] {
            assert_eq!(of("src/execute/lost.rs", text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn a_name_that_is_no_room_is_refused() {
        assert!(of("src/db/lock.rs", "use crate::helpers::x;")[0].contains("no room"));
        assert_eq!(floor(&room_of("src/helpers/mod.rs")), None);
    }

    #[test]
    fn the_program_may_use_every_room_by_the_crates_name() {
        assert_eq!(of("src/main.rs", "fn main() { phasegate::cli::main() }"), Vec::<String>::new());
        assert_eq!(of("src/main.rs", "use phasegate::helpers;").len(), 1);
    }

    #[test]
    fn a_table_with_another_order_or_room_differs() {
        let rows = "//! | floor | rooms |\n//! |---|---|\n//! | 1 fact | [`evidence`] |\n| 0 words | `verdict`, `digest` | x |";
        assert_eq!(table(rows), written(&[(1, &["evidence"]), (0, &["verdict", "digest"])]));
        assert_ne!(table(rows), written(&[(1, &["evidence"]), (0, &["verdict"])]));
    }
}
