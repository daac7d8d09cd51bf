//! One case: set up, typed, written down.

#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test that cannot go on has failed")]

mod mask;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::common;

/// The widest line that may be printed for people.
const WIDTH: usize = 80;

/// The password of every case that types one; it must never be seen again.
const SECRET: &str = "hunter2";

/// Runs a case. Returns what was printed, and what went wrong beside that.
pub fn run(case: &Path) -> (String, Vec<String>) {
    let script = fs::read_to_string(case.join("cmd")).unwrap_or_else(|error| panic!("{}: {error}", case.display()));
    let mut desk = Desk::new(case);
    if let Ok(sql) = fs::read_to_string(case.join("before.sql")) {
        desk.psql(&sql);
    }
    for line in script.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        writeln!(desk.text, "$ {line}").unwrap();
        desk.line(line);
        desk.text.push('\n');
    }
    desk.look_for_secrets();
    (desk.text, desk.faults)
}

/// Where a case happens.
struct Desk {
    home: tempfile::TempDir,
    database: String,
    /// The database as it was dumped last, until something may have changed it.
    dumped: Option<Vec<String>>,
    text: String,
    faults: Vec<String>,
}

impl Desk {
    fn new(case: &Path) -> Desk {
        let group = case.parent().unwrap().file_name().unwrap().to_string_lossy();
        // The same name at each run, so that tables of a given width look the same.
        let database = format!("{group}_{}", case.file_name().unwrap().to_string_lossy());
        let home = tempfile::tempdir().unwrap();
        copy(case, home.path());
        let desk = Desk { home, database, dumped: None, text: String::new(), faults: Vec::new() };
        desk.client("psql", "postgres", &["-c", &format!("CREATE DATABASE {}", desk.database)]);
        desk
    }

    fn line(&mut self, line: &str) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "untouched" => {
                let (files, dump) = (self.files(), self.dump());
                self.run(rest);
                self.check_same(line, "files", &files, &self.files());
                self.check_dump(line, &dump);
            }
            "same" => {
                let dump = self.dump();
                self.run(rest);
                self.check_dump(line, &dump);
            }
            "sql" => self.psql(rest),
            "query" => {
                let rows = self.client("psql", &self.database, &["-AtF", " | ", "-c", rest]);
                self.text.push_str(&mask::mask(&rows, &self.words()));
            }
            "copy" => {
                let (from, to) = rest.split_once(' ').unwrap();
                fs::copy(self.path(from), self.path(to)).unwrap();
            }
            "remove" => fs::remove_file(self.path(rest)).unwrap(),
            "files" => {
                let names: String = self.files().keys().map(|name| format!("{name}\n")).collect();
                self.text.push_str(&mask::mask(&names, &self.words()));
            }
            _ => {
                self.dumped = None;
                self.run(line);
            }
        }
    }

    /// `exit-code [NAME=value …] phasegate arguments…`
    fn run(&mut self, line: &str) {
        let (code, typed) = line.split_once(' ').unwrap_or_else(|| panic!("{line}: no exit code"));
        let expected: i32 = code.parse().unwrap_or_else(|_| panic!("{line}: {code} is no exit code"));
        let words: Vec<String> = split(typed).into_iter().map(|word| self.filled_in(&word)).collect();
        let program = words.iter().position(|word| word == "phasegate").unwrap_or_else(|| panic!("{line}: what?"));
        let mut command = self.phasegate();
        command.args(&words[program + 1..]).envs(words[..program].iter().filter_map(|word| word.split_once('=')));
        let output = command.output().unwrap();
        self.judge(line, expected, &output, &words);
        let words = self.words();
        self.text.push_str(&mask::mask(&String::from_utf8_lossy(&output.stdout), &words));
        for line in mask::mask(&String::from_utf8_lossy(&output.stderr), &words).lines() {
            writeln!(self.text, "! {line}").unwrap();
        }
    }

    fn judge(&mut self, line: &str, expected: i32, output: &Output, words: &[String]) {
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if output.status.code() != Some(expected) {
            self.faults.push(format!("`{line}` ended with {}:\n{out}{err}", output.status));
        }
        let format = words.iter().skip_while(|word| *word != "--format").nth(1).map_or("text", String::as_str);
        if format == "json"
            && !out.is_empty()
            && let Err(error) = serde_json::from_str::<serde_json::Value>(&out)
        {
            self.faults.push(format!("`{line}` did not print JSON alone ({error}):\n{out}"));
        }
        // A case whose text holds a path of this machine is not wrapped, so that it reads the same everywhere.
        let width = words.iter().find_map(|word| word.strip_prefix("COLUMNS=")?.parse().ok()).unwrap_or(WIDTH);
        let wide = |line: &&str| line.chars().count() > width;
        if matches!(format, "text" | "terminal")
            && let Some(wide) = out.lines().chain(err.lines()).find(wide)
        {
            self.faults.push(format!("`{line}` printed a line of more than {width} columns:\n{wide}"));
        }
    }

    fn check_dump(&mut self, line: &str, before: &Vec<String>) {
        self.dumped = None;
        let after = self.dump();
        self.check_same(line, "the database", before, &after);
    }

    /// Nothing that was printed, written to a file, or left in the database may hold the password.
    fn look_for_secrets(&mut self) {
        let typed = |line: &&str| !line.starts_with("$ ");
        let printed = self.text.lines().filter(typed).any(|line| line.contains(SECRET));
        let given = |name: &str| name == "phasegate.toml" || name.ends_with(".pgpass");
        let written: Vec<String> = self
            .files()
            .into_iter()
            .filter(|(name, bytes)| !given(name) && String::from_utf8_lossy(bytes).contains(SECRET))
            .map(|(name, _)| name)
            .collect();
        if printed || !written.is_empty() || self.dump().iter().any(|line| line.contains(SECRET)) {
            self.faults.push(format!(
                "the password is seen again: printed {printed}, in files {written:?}, or in the database"
            ));
        }
    }

    fn check_same<T: PartialEq + std::fmt::Debug>(&mut self, line: &str, what: &str, before: &T, after: &T) {
        if before != after {
            self.faults.push(format!("`{line}` changed {what}:\n{before:#?}\n{after:#?}"));
        }
    }

    /// The program, with nothing of this machine's in its environment but where the server is.
    fn phasegate(&self) -> Command {
        let server = common::server();
        let mut command = Command::new(common::phasegate());
        command.current_dir(self.home.path()).env_clear();
        for name in ["PATH", "SystemRoot", "TMPDIR", "TEMP"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command.env("HOME", self.home.path()).env("USER", "tester").env("COLUMNS", WIDTH.to_string());
        command.env("PGHOST", server.host()).env("PGPORT", server.port().to_string());
        command.env("PGUSER", "postgres").env("PGDATABASE", &self.database);
        command
    }

    fn psql(&mut self, sql: &str) {
        self.dumped = None;
        self.client("psql", &self.database, &["-v", "ON_ERROR_STOP=1", "-c", sql]);
    }

    /// Schema and data. Newer pg_dumps begin and end with a random word.
    fn dump(&mut self) -> Vec<String> {
        if let Some(known) = &self.dumped {
            return known.clone();
        }
        let dump = self.client("pg_dump", &self.database, &[]);
        let random = |line: &&str| line.starts_with("\\restrict") || line.starts_with("\\unrestrict");
        let lines: Vec<String> = dump.lines().filter(|line| !random(line)).map(str::to_owned).collect();
        self.dumped = Some(lines.clone());
        lines
    }

    fn client(&self, program: &str, database: &str, args: &[&str]) -> String {
        let mut command = common::server().client(program).unwrap();
        if program == "psql" {
            command.args(["-X", "-q"]);
        }
        let output = command.env("PGDATABASE", database).args(args).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {args:?}: {said}\n{}\n{}", self.text, self.faults.join("\n"));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Every file below the case's folder, with its content.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(self.home.path(), self.home.path(), &mut files);
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// `$HOST`, `$PORT`, `$DB`, and `$RUN` for the newest run, in a typed word.
    fn filled_in(&self, word: &str) -> String {
        let server = common::server();
        let host = server.host().to_string_lossy().into_owned();
        word.replace("$HOST", &host)
            .replace("$PORT", &server.port().to_string())
            .replace("$DB", &self.database)
            .replace("$RUN", &self.newest_run())
    }

    fn newest_run(&self) -> String {
        let entries = fs::read_dir(self.path("snapshots")).into_iter().flatten().flatten();
        let runs = entries.filter(|entry| entry.path().join("evidence.jsonl").is_file());
        runs.map(|entry| entry.file_name().to_string_lossy().into_owned()).max().unwrap_or_default()
    }

    /// What differs from machine to machine, and how it is written in a transcript.
    fn words(&self) -> Vec<(String, &'static str)> {
        let server = common::server();
        let at = |path: &Path| path.to_string_lossy().into_owned();
        let home = fs::canonicalize(self.home.path()).unwrap();
        vec![
            (at(&home), "HOME"),
            (at(self.home.path()), "HOME"),
            (format!("{}:{}", server.host().to_string_lossy(), server.port()), "HOST:PORT"),
            (server.host().to_string_lossy().into_owned(), "HOST"),
        ]
    }
}

/// The words of a line; `'…'` holds spaces together.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in line.split('\'').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match path.is_dir() {
            true => {
                fs::create_dir(to.join(&name)).unwrap();
                copy(&path, &to.join(&name));
            }
            // Git keeps no empty folder.
            false if name == ".keep" => {}
            false if matches!(name.as_str(), "cmd" | "expected.txt" | "before.sql") => {}
            false => drop(fs::copy(&path, to.join(&name)).unwrap()),
        }
    }
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            files.insert(name, fs::read(&path).unwrap());
        }
    }
}
