//! `tests/cases_names/*.sql`: each statement with what it names in the comment lines behind it.

use super::*;
use crate::script::{Piece, Splitter};

#[test]
fn each_statement_names_what_stands_behind_it() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases_names");
    let mut statements = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for block in text.split("\n\n").filter(|block| !block.trim().is_empty()) {
            let (comments, sql): (Vec<&str>, Vec<&str>) = block.lines().partition(|line| line.starts_with("-- "));
            let expected: Vec<String> = comments.iter().map(|line| line[3..].to_owned()).collect();
            assert_eq!(said(&statement(&sql.join("\n"))), expected, "{}: {}", path.display(), sql.join("\n"));
            statements += 1;
        }
    }
    assert!(statements > 40, "{statements}");
}

fn statement(sql: &str) -> Names {
    let mut splitter = Splitter::new(sql.as_bytes());
    match splitter.next_piece().unwrap() {
        Some(Piece::Statement(statement)) => names(&statement.text),
        other => panic!("{other:?}"),
    }
}

fn said(found: &Names) -> Vec<String> {
    let mut said: Vec<String> = found.changes.iter().map(line).collect();
    said.extend(found.hides.iter().map(|name| format!("hides {name}")));
    said.extend(found.moves_path.then(|| "moves the path".to_owned()));
    said.extend(found.more.map(|why| format!("more: {why}")));
    said
}

fn line(change: &NamedChange) -> String {
    match change {
        NamedChange::Object { verb, kind, of, place } => {
            format!(
                "{verb:?} {kind} {of}{}",
                match place {
                    Place::Itself | Place::NoSchema => String::new(),
                    Place::Below(name) => format!(" below {name}"),
                    Place::Beside(name) => format!(" beside {name}"),
                }
            )
        }
        NamedChange::Data { table, columns } => format!("Data {table} ({})", columns.join(", ")),
        NamedChange::Inserts(table) => format!("Inserts {table}"),
        NamedChange::Deletes(table) => format!("Deletes {table}"),
    }
}
