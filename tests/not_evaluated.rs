//! What cannot be measured, from outside: an unreachable host, a hanging endpoint, a server that dies in the middle of a
//! rule, a missing column, an empty table, a table without rights. Each is not evaluated with its reason, the rest is
//! judged; the exit is 1 where something failed, else 2.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;
mod service;

use std::fs;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use common::psql;
use phasegate::disposable::Server;
use phasegate::evidence::{Evidence, Topic};
use phasegate::verdict::Verdict;

use service::Service;

/// A table whose rule holds, one whose rule fails.
const TABLES: &str = "CREATE TABLE sound (id int PRIMARY KEY, name text);
    INSERT INTO sound SELECT n, 'a name that makes the table larger than the others' FROM generate_series(1, 2000) AS n;
    CREATE TABLE broken (id int PRIMARY KEY, name text);
    INSERT INTO broken SELECT n, nullif('a name that makes the table larger than the others', CASE n WHEN 7 THEN
        'a name that makes the table larger than the others' END) FROM generate_series(1, 2000) AS n;
    CREATE TABLE small (id int PRIMARY KEY);
    INSERT INTO small VALUES (1);
    ANALYZE";

/// What is asked beside that which cannot be measured. The failing one comes second.
fn beside(fails: bool) -> String {
    let broken =
        if fails { "[rules.fails]\ntable = \"public.broken\"\ncheck.not_null = { column = \"name\" }\n" } else { "" };
    format!("[rules.holds]\ntable = \"public.sound\"\ncheck.not_null = {{ column = \"name\" }}\n{broken}")
}

#[test]
fn a_host_that_nobody_reaches() {
    let gates = "[gates.database]\nwhen = [\"preflight\"]\nprobe.sql_latency = { sql = \"SELECT 1\", max_median = \"10s\" }\n\
                 [gates.sessions]\nwhen = [\"preflight\"]\nprobe.connections = { users = 2 }\n\
                 [gates.service]\nwhen = [\"preflight\"]\nprobe.http = { url = \"http://{nobody}\" }\n";
    let place = Place::new();
    let nobody = nobody();
    let database = format!("postgresql://nobody@{nobody}/none");
    let reasons = [("database", "Connection refused"), ("sessions", "Connection refused"), ("service", "refused")];
    for (path, exit) in [("there", 2), ("not_there", 1)] {
        place.gates(&format!("{}{}", gates.replace("{nobody}", &nobody), folder(path)));
        let judged = place.run(&["--database", &database, "gates"]);
        judged.is(exit, &reasons, &[("folder", if exit == 1 { Verdict::Fail } else { Verdict::Pass })]);
    }
}

#[test]
fn an_endpoint_that_hangs() {
    let service = Service::start();
    let gates = format!(
        "[gates.hangs]\nwhen = [\"preflight\"]\ntimeout = \"300ms\"\n\
         probe.http = {{ url = \"{url}\", requests = [{{ path = \"/hang\" }}] }}\n\
         [gates.answers]\nwhen = [\"preflight\"]\nprobe.http = {{ url = \"{url}\", requests = [{{ path = \"/health\" }}] }}\n",
        url = service.url()
    );
    let place = Place::new();
    for (path, exit) in [("there", 2), ("not_there", 1)] {
        place.gates(&format!("{gates}{}", folder(path)));
        let judged = place.run(&["--database", "postgresql://nobody@127.0.0.1:1/none", "gates"]);
        let others = [("answers", Verdict::Pass), ("folder", if exit == 1 { Verdict::Fail } else { Verdict::Pass })];
        judged.is(exit, &[("hangs", "it did not end within 300 ms")], &others);
    }
}

#[test]
fn a_server_that_dies_in_the_middle_of_a_rule() {
    let server = Server::start(&common::options()).unwrap();
    let place = Place::of(&server, TABLES);
    // The largest table is read first, and by one session: when the small one is under way, the others are judged.
    place.write("phasegate.toml", "[measure]\njobs = 1\n");
    let dies = "[rules.is_asked_when_it_dies]\ntable = \"public.small\"\n\
                check.expression_is_true = { sql = \"pg_sleep(600) IS NOT NULL\" }\n";
    for command in [&["verify"][..], &["verify", "--rules-only"]] {
        for (fails, exit) in [(true, 1), (false, 2)] {
            place.rules(&format!("{}{dies}", beside(fails)));
            let mut child = place.command(command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            let sleeping =
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
            eventually("the rule is asked", || {
                assert_eq!(child.try_wait().unwrap(), None, "it ended before");
                place.psql(sleeping) == "1"
            });
            server.kill().unwrap();
            let judged = Judged::of(&child.wait_with_output().unwrap());
            server.restart().unwrap();
            let mut others = vec![("holds", Verdict::Pass)];
            others.extend(fails.then_some(("fails", Verdict::Fail)));
            judged.is(exit, &[("is_asked_when_it_dies", "")], &others);
            if command.len() == 1 {
                let snapshot = judged.facts.iter().find(|fact| fact.check == "snapshot_after").unwrap();
                assert_eq!(snapshot.verdict, Verdict::NotEvaluated, "{}", snapshot.measured);
            }
        }
    }
    server.stop().unwrap();
}

#[test]
fn a_rule_on_a_column_that_is_not_there() {
    let place = Place::of(common::server(), TABLES);
    let missing = "[rules.column]\ntable = \"public.sound\"\ncheck.not_null = { column = \"nme\" }\n\
                   [rules.table]\ntable = \"public.snd\"\ncheck.not_null = { column = \"name\" }\n";
    for command in [&["verify"][..], &["verify", "--rules-only"]] {
        for (fails, exit) in [(true, 1), (false, 2)] {
            place.rules(&format!("{missing}{}", beside(fails)));
            let mut others = vec![("holds", Verdict::Pass)];
            others.extend(fails.then_some(("fails", Verdict::Fail)));
            let reasons = [("column", "r.toml:3:"), ("column", "has no column nme"), ("table", "r.toml:5:")];
            place.run(command).is(exit, &reasons, &others);
        }
    }
}

#[test]
fn a_table_without_a_row() {
    let place = Place::of(common::server(), &format!("{TABLES}; CREATE TABLE empty (id int PRIMARY KEY)"));
    let empty = "[rules.nothing]\ntable = \"public.empty\"\ncheck.not_null = { column = \"id\" }\n";
    for command in [&["verify"][..], &["verify", "--rules-only"]] {
        for (fails, exit) in [(true, 1), (false, 2)] {
            place.rules(&format!("{empty}{}", beside(fails)));
            let mut others = vec![("holds", Verdict::Pass)];
            others.extend(fails.then_some(("fails", Verdict::Fail)));
            place.run(command).is(exit, &[("nothing", "there is no row to look at")], &others);
        }
    }
}

#[test]
fn a_table_that_the_role_may_not_read() {
    let place = Place::of(
        common::server(),
        &format!("{TABLES}; CREATE ROLE of_not_evaluated LOGIN; GRANT SELECT ON sound, broken TO of_not_evaluated"),
    );
    let secret = "[rules.secret]\ntable = \"public.small\"\ncheck.not_null = { column = \"id\" }\n";
    for command in [&["verify"][..], &["verify", "--rules-only"]] {
        for (fails, exit) in [(true, 1), (false, 2)] {
            place.rules(&format!("{secret}{}", beside(fails)));
            let output = place.command(command).env("PGUSER", "of_not_evaluated").output().unwrap();
            let mut others = vec![("holds", Verdict::Pass)];
            others.extend(fails.then_some(("fails", Verdict::Fail)));
            Judged::of(&output).is(exit, &[("secret", "permission denied for table small")], &others);
        }
    }
}

/// A folder for the program, and a database where one is needed.
struct Place<'a> {
    home: tempfile::TempDir,
    database: Option<(&'a Server, String)>,
}

impl<'a> Place<'a> {
    fn new() -> Place<'a> {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("integrity_rules")).unwrap();
        fs::create_dir(home.path().join("there")).unwrap();
        Place { home, database: None }
    }

    fn of(server: &'a Server, sql: &str) -> Place<'a> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let database = format!("not_evaluated_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        psql(server, "postgres", &format!("CREATE DATABASE {database}"));
        psql(server, &database, sql);
        Place { database: Some((server, database)), ..Place::new() }
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.home.path().join(name), text).unwrap();
    }

    fn rules(&self, text: &str) {
        self.write("integrity_rules/r.toml", text);
    }

    fn gates(&self, text: &str) {
        self.write("integrity_rules/g.toml", text);
    }

    fn psql(&self, sql: &str) -> String {
        let (server, database) = self.database.as_ref().unwrap();
        psql(server, database, sql)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(common::phasegate());
        command.current_dir(self.home.path()).env_clear().args(args).args(["--quiet", "--format", "json"]);
        for name in ["PATH", "SystemRoot", "TMPDIR", "TEMP"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        if let Some((server, database)) = &self.database {
            command.env("PGHOST", server.host()).env("PGPORT", server.port().to_string());
            command.env("PGUSER", "postgres").env("PGDATABASE", database);
        }
        command
    }

    fn run(&self, args: &[&str]) -> Judged {
        Judged::of(&self.command(args).output().unwrap())
    }
}

/// What the program said.
struct Judged {
    exit: Option<i32>,
    facts: Vec<Evidence>,
}

impl Judged {
    fn of(output: &std::process::Output) -> Judged {
        let report: serde_json::Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        let facts = serde_json::from_value(report["facts"].clone()).unwrap();
        Judged { exit: output.status.code(), facts }
    }

    /// These could not be measured, with words of their reasons; these others were judged so.
    #[track_caller]
    fn is(&self, exit: i32, unmeasured: &[(&str, &str)], others: &[(&str, Verdict)]) {
        let of = |check: &str| {
            let judging = self.facts.iter().filter(|fact| fact.check == check && fact.topic != Topic::Coverage);
            judging.map(|fact| (fact.verdict, fact.measured.as_str())).collect::<Vec<_>>()
        };
        for (check, reason) in unmeasured {
            let said = of(check);
            assert!(!said.is_empty(), "{check}: {:#?}", self.facts);
            for (verdict, measured) in said {
                assert_eq!(verdict, Verdict::NotEvaluated, "{check}: {measured}");
                assert!(measured.contains(reason), "{check}: {measured:?} does not say {reason:?}");
                assert!(measured.len() > "not evaluated: ".len(), "{check}: there is no reason");
            }
        }
        for (check, verdict) in others {
            assert_eq!(
                of(check).iter().map(|said| said.0).collect::<Vec<_>>(),
                [*verdict],
                "{check}: {:#?}",
                self.facts
            );
        }
        assert_eq!(self.exit, Some(exit), "{:#?}", self.facts);
    }
}

/// A gate that needs neither server nor service.
fn folder(path: &str) -> String {
    format!("[gates.folder]\nwhen = [\"preflight\"]\nprobe.path = {{ path = \"{path}\", is = \"folder\" }}\n")
}

/// An address at which nobody listens: the port was free a moment ago.
fn nobody() -> String {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    format!("127.0.0.1:{port}")
}

#[track_caller]
fn eventually(what: &str, holds: impl FnMut() -> bool) {
    common::eventually_within(Duration::from_secs(120), what, holds);
}
