//! The program as people type it: one folder a case, one transcript a case.
//!
//! `tests/cases/<group>/<case>/` is copied into a scratch directory, a database of the case's own is made, `before.sql`
//! runs in it, then the lines of `cmd`, in order:
//!
//! | line | meaning |
//! |---|---|
//! | `2 phasegate plan …` | runs the program; it must end with this exit code. `NAME=value` before it sets variables |
//! | `same 1 phasegate …` | the same, and the database (schema and data, by pg_dump) must be as it was |
//! | `untouched 2 phasegate …` | the same, and no file may have been made, changed or removed either |
//! | `sql …` | runs SQL as the superuser |
//! | `query …` | prints the rows of a query |
//! | `copy A B`, `remove A`, `files` | changes and lists files |
//!
//! What is printed must be `expected.txt`, with times, ids and hashes masked (`! ` marks standard error);
//! `UPDATE=1 cargo test --test cases` writes it anew. Exit codes stand in `cmd`, where nothing rewrites them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;
mod transcript;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// One test a group, so that each test process needs one server and no test is long.
macro_rules! groups {
    ($($group:ident),+ $(,)?) => {
        $(#[test] fn $group() { run_group(stringify!($group)); })+

        #[test]
        fn every_folder_of_cases_is_run() {
            let run: BTreeSet<String> = [$(stringify!($group).to_owned()),+].into();
            assert_eq!(folders(&root()).iter().map(|path| name(path)).collect::<BTreeSet<_>>(), run);
        }
    };
}

groups![folders_and_files, config_and_rules, scripts, connection, history, failures, commands, isolation];

fn run_group(group: &str) {
    let mut faults = Vec::new();
    for case in folders(&root().join(group)) {
        let expected_at = case.join("expected.txt");
        let (mut text, mut wrong) = transcript::run(&case);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&expected_at, &text).unwrap();
        }
        let expected = std::fs::read_to_string(&expected_at).unwrap_or_default();
        if text != expected {
            text = difference(&expected, &text);
            wrong.push(format!("the transcript differs (UPDATE=1 writes it anew):\n{text}"));
        }
        faults.extend(wrong.into_iter().map(|fault| format!("{group}/{}: {fault}", name(&case))));
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n\n"));
}

/// 5 and 130 need a second program and a signal; `tests/cli.rs` has them.
#[test]
fn every_documented_exit_code_is_tested() {
    let help = std::process::Command::new(common::phasegate()).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let below = help.lines().skip_while(|line| *line != "Exit codes:").skip(1);
    let documented: BTreeSet<u8> = below.filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect();
    let mut typed = BTreeSet::from([5, 130]);
    for case in folders(&root()).iter().flat_map(|group| folders(group)) {
        let script = std::fs::read_to_string(case.join("cmd")).unwrap();
        typed.extend(script.split_whitespace().filter_map(|word| word.parse::<u8>().ok()).filter(|code| *code < 5));
    }
    assert_eq!(documented, BTreeSet::from([0, 1, 2, 3, 4, 5, 130]));
    assert_eq!(typed, documented);
}

/// The lines from the first that differs on.
fn difference(expected: &str, found: &str) -> String {
    let same = expected.lines().zip(found.lines()).take_while(|(one, other)| one == other).count();
    let rest =
        |text: &str, mark: char| text.lines().skip(same).map(|line| format!("{mark} {line}\n")).collect::<String>();
    format!("line {}\n{}{}", same + 1, rest(expected, '-'), rest(found, '+'))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    assert!(!folders.is_empty(), "no case in {}", folder.display());
    folders
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}
