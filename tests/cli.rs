//! The program from outside, where a transcript is not enough: other servers, signals, reports without a server.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use common::{options, phasegate, psql, server};
use phasegate::db::ConnSpec;
use phasegate::disposable::{Options, Server};
use phasegate::migration_log::MigrationLog;

const PHASE: &str = "-- phasegate: adds table public.t\nCREATE TABLE t (id bigint PRIMARY KEY, name text NOT NULL);\n\
                     INSERT INTO t VALUES (1, 'one'), (2, 'two');\n";
const RULES: &str = "[rules.named]\ndescription = \"every row of t has a name\"\ntable = \"public.t\"\nwhen = \"after\"\n\
                     check.not_null = { column = \"name\" }\n";

/// A folder with a phase and a rule, and a database.
struct Place<'a> {
    home: tempfile::TempDir,
    server: &'a Server,
    database: String,
}

impl<'a> Place<'a> {
    fn new(server: &'a Server) -> Place<'a> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let database = format!("cli_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        psql(server, "postgres", &format!("CREATE DATABASE {database}"));
        let place = Place { home: tempfile::tempdir().unwrap(), server, database };
        place.write("migrations/01_t.sql", PHASE);
        place.write("integrity_rules/t.toml", RULES);
        place
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(phasegate());
        command.current_dir(self.home.path()).env_clear().args(args);
        for name in ["PATH", "SystemRoot", "TMPDIR", "TEMP"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command.env("HOME", self.home.path()).env("USER", "tester").env("COLUMNS", "80");
        command.env("PGHOST", self.server.host()).env("PGPORT", self.server.port().to_string());
        command.env("PGUSER", "postgres").env("PGDATABASE", &self.database);
        command
    }

    fn run(&self, args: &[&str]) -> Printed {
        Printed::of(&self.command(args).output().unwrap())
    }

    fn psql(&self, sql: &str) -> String {
        psql(self.server, &self.database, sql)
    }

    /// The folder of the only run.
    fn run_folder(&self) -> PathBuf {
        let entries = fs::read_dir(self.home.path().join("snapshots")).unwrap().map(|entry| entry.unwrap().path());
        let runs: Vec<PathBuf> = entries.collect();
        assert_eq!(runs.len(), 1, "{runs:?}");
        runs.into_iter().next().unwrap()
    }

    fn migrated(&self) -> PathBuf {
        self.run(&["migrate", "--quiet"]).ends_with(0);
        self.run_folder()
    }
}

struct Printed {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Printed {
    fn of(output: &Output) -> Printed {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Printed { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    #[track_caller]
    fn ends_with(&self, code: i32) -> &Printed {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    fn says(&self, words: &str) -> &Printed {
        // Where a message is broken into lines does not matter here.
        let all = format!("{} {}", self.out, self.err).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(all.contains(words), "{words:?} is not in:\n{}\n{}", self.out, self.err);
        self
    }
}

#[track_caller]
fn eventually(what: &str, holds: impl FnMut() -> bool) {
    common::eventually_within(Duration::from_secs(20), what, holds);
}

#[test]
fn a_report_without_a_server_is_what_the_run_printed() {
    let place = Place::new(server());
    let printed = place.run(&["migrate", "--color", "never"]);
    printed.ends_with(0);
    let run = place.run_folder();
    let id = run.file_name().unwrap().to_str().unwrap();
    let offline = |args: &[&str]| {
        let output = place.command(args).env("PGHOST", "/nonexistent").output().unwrap();
        Printed::of(&output)
    };

    let again = offline(&["report", id]);
    again.ends_with(0);
    let (page, last) = printed.out.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(again.out.trim_end(), page);
    assert_eq!(last, format!("report: snapshots/{id}/report.md"));

    let markdown = offline(&["report", id, "--format", "markdown"]);
    assert_eq!(markdown.ends_with(0).out, fs::read_to_string(run.join("report.md")).unwrap());

    let json: serde_json::Value = serde_json::from_str(&offline(&["report", id, "--format", "json"]).out).unwrap();
    assert!(json.to_string().contains(id));

    let csv = offline(&["report", &run.display().to_string(), "--format", "csv"]);
    let mut reader = csv::Reader::from_reader(csv.ends_with(0).out.as_bytes());
    let width = reader.headers().unwrap().len();
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert!(records.len() > 10 && records.iter().all(|record| record.len() == width));
}

#[test]
fn machine_formats_are_alone_on_standard_output() {
    let place = Place::new(server());
    let json = place.run(&["migrate", "--format", "json"]);
    json.ends_with(0);
    assert_eq!(json.err, "");
    let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    let id = place.run_folder().file_name().unwrap().to_str().unwrap().to_owned();
    let again = place.run(&["report", &id, "--format", "json"]);
    assert_eq!(value, serde_json::from_str::<serde_json::Value>(&again.out).unwrap());

    // A phase that fails says so in the document, and its line with the caret stays on standard error.
    place.write("migrations/02_bad.sql", "SELEC 1;\n");
    let failed = place.run(&["migrate", "--format", "json"]);
    failed.ends_with(3).says("02_bad.sql:1:1");
    serde_json::from_str::<serde_json::Value>(&failed.out).unwrap();
    assert!(failed.err.contains("SELEC 1;\n^"), "{}", failed.err);
}

#[test]
fn evidence_that_was_edited_is_refused() {
    let place = Place::new(server());
    let run = place.migrated();
    let path = run.join("evidence.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let forged = text.replacen("2 rows", "3 rows", 1);
    assert_ne!(text, forged);
    fs::write(&path, forged).unwrap();
    let line = 1 + text[..text.find("2 rows").unwrap()].matches('\n').count();
    let id = run.display().to_string();
    for format in ["terminal", "markdown", "json", "csv"] {
        let report = place.run(&["report", &id, "--format", format]);
        report.ends_with(2).says(&format!("evidence.jsonl:{line}: the evidence was changed after it was written"));
        assert_eq!(report.out, "");
    }
}

#[test]
fn a_run_without_its_end_is_not_green() {
    let place = Place::new(server());
    let run = place.migrated();
    let path = run.join("evidence.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let id = run.display().to_string();
    place.run(&["report", &id]).ends_with(0).says("GO");

    let without_verdict = &text[..=text.trim_end().rfind('\n').unwrap()];
    fs::write(&path, without_verdict).unwrap();
    place.run(&["report", &id]).ends_with(2).says("COULD NOT JUDGE").says("the run did not come to its end");

    fs::write(&path, &text[..text.len() - 10]).unwrap();
    place.run(&["report", &id]).ends_with(2).says("the last line of the journal is torn");
}

#[test]
fn verify_measures_the_rules_that_were_asked_for_and_names_the_others() {
    let place = Place::new(server());
    place.migrated();
    place.write(
        "integrity_rules/t.toml",
        &format!(
            "{RULES}tags = [\"daily\"]\n[rules.none_left]\ntable = \"public.t\"\ncheck.row_count = {{ max = 0 }}\n\
             [rules.early]\nwhen = \"before\"\ntable = \"public.t\"\ncheck.row_count = {{ min = 1 }}\n"
        ),
    );
    place.run(&["verify"]).ends_with(1).says("none_left");
    let chosen = place.run(&["verify", "--only", "daily", "--format", "json"]);
    chosen.ends_with(0).says("checked 1 of 2 rules; the others were not asked for");
    let report: serde_json::Value = serde_json::from_str(&chosen.out).unwrap();
    let facts = report["facts"].as_array().unwrap();
    let of = |topic: &str| facts.iter().filter(|fact| fact["topic"] == topic).collect::<Vec<_>>();
    assert_eq!(of("rule").len(), 1, "{}", chosen.out);
    assert_eq!(of("rule")[0]["check"], "named");
    let left_out = facts.iter().find(|fact| fact["check"] == "rules_chosen").unwrap();
    assert_eq!(left_out["samples"][0]["key"], "none_left");
    place.run(&["verify", "--only", "none_left"]).ends_with(1);
    place
        .run(&["verify", "--only", "daly"])
        .ends_with(2)
        .says("no rule has the id or tag \"daly\" here: there are: daily, named, none_left");
    place.run(&["verify", "--only", "early"]).ends_with(2).says("rule early says when = \"before\"");
}

#[test]
fn verify_measures_rules_alone_and_says_what_it_left_out() {
    let place = Place::new(server());
    place.psql("CREATE TABLE t (id int PRIMARY KEY, name text); INSERT INTO t VALUES (1, 'a')");
    let chosen = place.run(&["verify", "--rules-only", "--format", "json"]);
    chosen.ends_with(0).says("rules only; gates and a snapshot were not asked for");
    let report: serde_json::Value = serde_json::from_str(&chosen.out).unwrap();
    let topics: Vec<&str> =
        report["facts"].as_array().unwrap().iter().map(|fact| fact["topic"].as_str().unwrap()).collect();
    assert!(topics.contains(&"rule"), "{topics:?}");
    assert!(!topics.iter().any(|topic| topic.starts_with("gate") || *topic == "snapshot"), "{topics:?}");
    let run = report["run"]["run_id"].as_str().unwrap();
    place.run(&["verify", "--against", run]).ends_with(2).says("no such snapshot");
    place.run(&["verify", "--rules-only", "--against", run]).ends_with(2).says("cannot be used with");
    place.psql("INSERT INTO t VALUES (2, NULL)");
    place.run(&["verify", "--rules-only"]).ends_with(1).says("id=2");
    place.psql("ALTER TABLE t DROP COLUMN name");
    place.run(&["verify", "--rules-only"]).ends_with(2).says("public.t has no column name");
}

#[test]
fn verify_explains_its_rules_and_writes_nothing() {
    let place = Place::new(server());
    place.psql("CREATE TABLE t (id int PRIMARY KEY, name text)");
    let printed = place.run(&["verify", "--explain"]);
    printed.ends_with(0).says("-- named: in one scan of public.t").says("Seq Scan on t");
    // What is printed can be run as it is.
    assert_eq!(place.psql(&printed.out), "0|0", "{}", printed.out);
    let data = place.run(&["verify", "--explain", "--only", "named", "--format", "json"]);
    let data: serde_json::Value = serde_json::from_str(&data.ends_with(0).out).unwrap();
    assert_eq!(data["statements"][0]["rules"][0], "named");
    assert_eq!(data["statements"][0]["way"], "common_scan");
    assert!(!place.home.path().join("snapshots").exists());
    place.run(&["verify", "--explain", "--format", "csv"]).ends_with(2).says("the formats are terminal and json");
    place.psql("DROP TABLE t");
    place.run(&["verify", "--explain"]).ends_with(2).says("there is no table public.t");
}

#[test]
fn colour_only_where_it_is_wanted() {
    let place = Place::new(server());
    let run = place.migrated().display().to_string();
    let escape = '\u{1b}';
    assert!(!place.run(&["report", &run]).out.contains(escape), "a pipe");
    assert!(!place.run(&["report", &run, "--color", "never"]).out.contains(escape));
    let always = place.run(&["report", &run, "--color", "always"]).out;
    assert!(always.contains(escape));
    let no_color = place.command(&["report", &run, "--color", "auto"]).env("NO_COLOR", "1").output().unwrap();
    assert!(!Printed::of(&no_color).out.contains(escape));
    // Colour changes nothing but colour.
    let mut plain = String::new();
    for (at, part) in always.split(escape).enumerate() {
        plain.push_str(if at == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    assert_eq!(plain, place.run(&["report", &run]).out);
}

#[test]
fn help_has_examples_and_fits_eighty_columns() {
    let place = Place::new(server());
    let commands = [
        "init",
        "demo",
        "plan",
        "status",
        "migrate",
        "verify",
        "snapshot take",
        "snapshot list",
        "snapshot compare",
        "log",
        "report",
    ];
    for command in commands {
        let words: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let help = place.run(&words);
        help.ends_with(0).says("Examples:").says(&format!("phasegate {command}"));
        assert_eq!(help.err, "");
        let wide = help.out.lines().find(|line| line.chars().count() > 80);
        assert_eq!(wide, None, "{command}");
    }
    place.run(&["--help"]).ends_with(0).says("Exit codes:");
}

#[test]
fn a_closed_pipe_is_no_crash() {
    let place = Place::new(server());
    let mut child = place.command(&["--help"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let closed = child.wait_with_output().unwrap();
    assert!(!String::from_utf8_lossy(&closed.stderr).contains("panicked"));
    let mut child = place.command(&["plan"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let closed = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&closed.stderr), "");
    assert_eq!(closed.status.code(), Some(0));
}

#[test]
fn who_holds_the_lock_is_said() {
    let place = Place::new(server());
    let mut holder = place.server.client("psql").unwrap();
    let sql =
        format!("BEGIN; SELECT pg_advisory_xact_lock({}); SELECT pg_sleep(60);", MigrationLog::default().lock_key());
    holder.env("PGDATABASE", &place.database).env("PGAPPNAME", "the other run").args(["-Xq", "-c", &sql]);
    let mut holder = holder.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let of_holder = "FROM pg_stat_activity WHERE application_name = 'the other run' AND query LIKE '%pg_sleep%'";
    let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted";
    eventually("the lock is held", || place.psql(held) == "1");
    let pid = place.psql(&format!("SELECT pid {of_holder}"));

    let refused = place.run(&["migrate", "--lock-wait", "200ms"]);
    refused.ends_with(5).says("another run holds the lock").says(&pid).says("the other run");
    assert_eq!(place.psql("SELECT to_regclass('t'), to_regclass('migration_log')"), "|");
    assert!(!place.home.path().join("snapshots").exists());
    // Reading needs no lock.
    place.run(&["plan"]).ends_with(0);

    place.psql(&format!("SELECT pg_terminate_backend({pid})"));
    holder.wait().unwrap();
    place.migrated();
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_in_order() {
    let place = Place::new(server());
    place.write("migrations/02_long.sql", "CREATE TABLE u (i int);\nSELECT pg_sleep(60);\n");
    let child = place.command(&["migrate"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let sleeping =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
    eventually("the phase sleeps", || place.psql(sleeping) == "1");
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let ended = Printed::of(&child.wait_with_output().unwrap());
    ended.ends_with(130).says("stopping");
    assert_eq!(place.psql(sleeping), "0", "the statement goes on in the server");
    assert_eq!(place.psql("SELECT to_regclass('t') IS NOT NULL, to_regclass('u') IS NULL"), "t|t");
    place.run(&["status"]).ends_with(0).says("1 phase applied, 1 to run");
    place.run(&["log", "--verify"]).ends_with(0);
}

#[test]
fn a_wrong_password_is_refused_and_never_shown() {
    let secured = Server::start(&Options { tcp: true, ..options() }).unwrap();
    psql(&secured, "postgres", "CREATE ROLE ada LOGIN SUPERUSER PASSWORD 'right-secret'");
    let place = Place::new(&secured);
    let with = |password: &str, args: &[&str]| {
        let mut command = place.command(args);
        command.env("PGHOST", "127.0.0.1").env("PGUSER", "ada").env("PGPASSWORD", password);
        Printed::of(&command.output().unwrap())
    };
    for args in [&["migrate", "--verbose"][..], &["plan"], &["status"], &["verify"]] {
        let refused = with("wrong-secret", args);
        refused.ends_with(2).says("password authentication failed for user \"ada\"").says("remedy:");
        assert!(!format!("{}{}", refused.out, refused.err).contains("secret"), "{}{}", refused.out, refused.err);
    }
    with("", &["plan"]).ends_with(2).says("password");
    assert_eq!(place.psql("SELECT to_regclass('migration_log') IS NULL"), "t");
    assert!(!place.home.path().join("snapshots").exists());

    let url = format!("postgresql://ada:right-secret@127.0.0.1:{}/{}", secured.port(), place.database);
    let migrated = place.run(&["migrate", "--verbose", "-d", &url]);
    migrated.ends_with(0).says("visible to every user of this machine");
    assert!(!format!("{}{}", migrated.out, migrated.err).contains("right-secret"));
    assert!(!all_files(&place.run_folder()).iter().any(|(_, text)| text.contains("right-secret")));
    let logged = place.psql("SELECT string_agg(migration_log::text, '') FROM migration_log");
    assert!(!logged.contains("right-secret"));
    with("right-secret", &["status"]).ends_with(0);
    secured.stop().unwrap();
}

fn all_files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(all_files(&path));
        } else {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            files.push((path, text));
        }
    }
    files
}

#[test]
fn a_standby_can_be_read_and_not_migrated() {
    let primary = Server::start(&options()).unwrap();
    let place = Place::new(&primary);
    place.run(&["migrate", "--quiet"]).ends_with(0);
    let standby = primary.standby().unwrap();
    let spec = ConnSpec::from_url(&primary.url(&place.database)).unwrap();
    assert_eq!(spec.database, place.database);
    let there = Place { home: place.home, server: &standby, database: place.database };
    there.run(&["status"]).ends_with(0).says("1 phase applied, 0 to run");
    there.run(&["log", "--verify"]).ends_with(0);
    there.run(&["migrate"]).ends_with(0).says("nothing to do");

    there.write("migrations/02_more.sql", "CREATE TABLE more (i int);\n");
    let before = fs::read_dir(there.home.path().join("snapshots")).unwrap().count();
    there.run(&["plan"]).ends_with(0).says("1 phase to run");
    there.run(&["migrate"]).ends_with(2).says("standby");
    assert_eq!(fs::read_dir(there.home.path().join("snapshots")).unwrap().count(), before);
    there.run(&["verify", "--quiet"]).ends_with(0).says("GO");
    standby.stop().unwrap();
    primary.stop().unwrap();
}
