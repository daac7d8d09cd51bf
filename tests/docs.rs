//! The pages of the commands are what the program says of itself.
//!
//! `UPDATE=1 cargo test --test docs` writes them anew; otherwise `docs/commands/` must hold exactly these pages.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

#[test]
fn the_pages_of_the_commands_are_up_to_date() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/commands");
    let pages = pages();
    if std::env::var_os("UPDATE").is_some() {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for (name, page) in &pages {
            fs::write(folder.join(name), page).unwrap();
        }
    }
    let there = fs::read_dir(&folder).map_or_else(
        |_| Vec::new(),
        |entries| {
            let mut names: Vec<String> =
                entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        },
    );
    let wanted: Vec<String> = pages.keys().cloned().collect();
    assert_eq!(there, wanted, "the files of docs/commands; UPDATE=1 writes them anew");
    for (name, page) in &pages {
        let found = fs::read_to_string(folder.join(name)).unwrap();
        assert_eq!(&found, page, "docs/commands/{name}; UPDATE=1 writes it anew");
    }
}

#[test]
fn every_command_shows_an_example() {
    let mut seen = 0;
    examples(&[], &mut seen);
    assert!(seen > 0, "phasegate --help lists no commands");
}

/// A command that has commands within it leaves the examples to them.
fn examples(path: &[&str], seen: &mut usize) {
    let text = help(path);
    let below = commands(&text);
    for name in &below {
        let path: Vec<&str> = path.iter().copied().chain([name.as_str()]).collect();
        examples(&path, seen);
    }
    if below.is_empty() && !path.is_empty() {
        *seen += 1;
        let typed = format!("phasegate {}", path.join(" "));
        let shown = text.lines().any(|line| line.trim_start().starts_with(&typed));
        assert!(shown, "{typed} --help has no line that begins with `{typed}`:\n{text}");
    }
}

/// File name and text of every page: one a command, and the index.
fn pages() -> BTreeMap<String, String> {
    let top = help(&[]);
    let names = commands(&top);
    assert!(!names.is_empty(), "phasegate --help lists no commands:\n{top}");
    let mut pages = BTreeMap::new();
    let mut index = format!("{}\n## Pages\n\n", section(1, &[], &top));
    for name in &names {
        pages.insert(format!("{name}.md"), page(1, &[name]));
        writeln!(index, "- [phasegate {name}]({name}.md)").unwrap();
    }
    pages.insert("README.md".to_owned(), index);
    pages
}

/// A command's help, and below it that of the commands within it.
fn page(level: usize, path: &[&str]) -> String {
    let text = help(path);
    let mut page = section(level, path, &text);
    for name in commands(&text) {
        let below: Vec<&str> = path.iter().copied().chain([name.as_str()]).collect();
        page = format!("{page}\n{}", self::page(level + 1, &below));
    }
    page
}

fn section(level: usize, path: &[&str], text: &str) -> String {
    let name = ["phasegate"].iter().chain(path).copied().collect::<Vec<_>>().join(" ");
    format!("{} {name}\n\n```text\n{text}```\n", "#".repeat(level))
}

/// What `--help` prints, whatever this machine's environment and terminal are.
fn help(path: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_phasegate"));
    command.args(path).arg("--help").env_clear().env("COLUMNS", "100");
    // Windows starts no program without it.
    command.envs(std::env::var_os("SystemRoot").map(|root| ("SystemRoot", root)));
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "phasegate {} --help: {}\n{errors}", path.join(" "), output.status);
    let text = String::from_utf8(output.stdout).unwrap().replace("phasegate.exe", "phasegate");
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// The names under `Commands:`, but for clap's own `help`.
fn commands(help: &str) -> Vec<String> {
    let below = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    below
        .take_while(|line| line.starts_with("  ") || line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn names_of_commands_are_read_from_the_help() {
    let text = "Runs it\n\nUsage: x [COMMAND]\n\nCommands:\n  init     Makes a folder\n           and a file\n  \
                migrate  Applies\n\n  log      Shows\n  help     Print\n\nOptions:\n  -q, --quiet\n";
    assert_eq!(commands(text), ["init", "migrate", "log"]);
    assert_eq!(commands("Options:\n  -h\n"), Vec::<String>::new());
}
