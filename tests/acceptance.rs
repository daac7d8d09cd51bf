//! The acceptance of the reference platform, from end to end: its own gates on a migrated database, with a service as
//! backend and one as frontend. All five components of its health and all four scenarios are green; then one thing after
//! the other is broken, and exactly what depends on it turns red.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;
mod service;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;
use std::time::Duration;

use common::portal::Portal;
use phasegate::evidence::{Evidence, Topic};
use phasegate::platform;
use phasegate::verdict::Verdict;
use service::Service;

/// What the declarations of the platform name and this machine has not, and what stands for it here. How busy the machine
/// is that runs the tests, and how long its database takes meanwhile, is nothing to judge; half an hour is seconds.
const HERE: &[(&str, &str)] = &[
    (
        r#"{ max_cpu_percent = 80, max_memory_percent = 80, max_disk_percent = 90, disk = "C:\\" }"#,
        "{ max_memory_percent = 100, max_disk_percent = 100 }",
    ),
    (r#"{ name = "uvicorn", max_memory_mb = 2500 }"#, r#"{ name = "phasegate", max_memory_mb = 2500 }"#),
    (r#"max_median = "100ms""#, r#"max_median = "10s""#),
    (r#"max_median = "125ms""#, r#"max_median = "10s""#),
    (r#"duration = "30min""#, r#"duration = "2s""#),
    (r#"duration = "2min""#, r#"duration = "2s""#),
    (r#"duration = "5min""#, r#"duration = "2s""#),
    (r#"think_time = "1s""#, r#"think_time = "0""#),
    (r#"think_time = "100ms""#, r#"think_time = "0""#),
    ("max_degradation_percent = 5\n", "max_degradation_percent = 100\n"),
    ("limit = 5\n", "limit = 100\nmin_difference = 1000\n"),
    (r#"timeout = "5min""#, "min_difference = 150"),
    ("limit = \"50ms\"\n", "limit = \"10s\"\nmin_difference = 10000\n"),
    ("limit = \"5ms\"\nmin_difference = 1\n", "limit = \"10s\"\nmin_difference = 10000\n"),
    ("limit = \"10ms\"\nmin_difference = 1\n", "limit = \"10s\"\nmin_difference = 10000\n"),
    ("limit = 3000\n", "limit = 100000\nmin_difference = 100000\n"),
    ("limit = 1500\n", "limit = 100000\nmin_difference = 100000\n"),
    ("limit = 70\nmin_difference = 10\n", "limit = 100\nmin_difference = 100\n"),
    (r#"window = "2s""#, r#"window = "250ms""#),
    (r#"process_memory.name = "uvicorn""#, r#"process_memory.name = "phasegate""#),
    (r#"process_memory.name = "w3wp""#, r#"process_memory.name = "phasegate""#),
    (
        "SELECT pgp_sym_decrypt(pgp_sym_encrypt('AB123456C', 'a key of this test'), 'a key of this test')",
        "SELECT pg_catalog.md5('AB123456C')",
    ),
];

/// The five components and the four scenarios, in the order of the report.
const ALL: [&str; 9] = [
    "health:backend",
    "health:database",
    "health:frontend",
    "health:performance",
    "health:security",
    "scenario:1_authentication",
    "scenario:2_portfolios",
    "scenario:3_performance",
    "scenario:4_integrity",
];

/// A platform with its services, and a folder in which its gates are measured.
struct Platform {
    portal: Portal,
    backend: Service,
    frontend: Service,
    database: String,
}

/// What `phasegate gates` said.
struct Judged {
    exit: i32,
    groups: BTreeMap<String, Verdict>,
    facts: Vec<Evidence>,
    run: String,
}

#[test]
fn components_and_scenarios_are_green_and_turn_red_one_by_one() {
    let (portal, _) = Portal::migrated();
    let mut platform = Platform::on(portal);
    platform.bear_four_users();
    let sound = platform.judge();
    assert_eq!(sound.not_green(), [""; 0], "{:#?}", sound.facts);
    assert_eq!(sound.exit, 0);
    let counts: Vec<&str> = sound.groups().map(|fact| fact.measured.as_str()).collect();
    let gates = |count| format!("{count} gate{}: {count} pass", if count == 1 { "" } else { "s" });
    assert_eq!(counts, [2, 1, 1, 2, 2, 3, 3, 5, 5].map(gates));
    assert_eq!(platform.backend.portfolio_name(), "Pension", "what the acceptance changed is set back");
    platform.assert_nothing_secret(&sound);
    let page = fs::read_to_string(platform.portal.snapshots().join(&sound.run).join("report.md")).unwrap();
    assert!(page.contains("## Groups of gates\n"), "{page}");
    assert!(page.contains("| pass | health:backend | 2 gates: 2 pass |\n"), "{page}");

    platform.frontend.fail(true);
    platform.assert_red("the frontend fails", &["health:frontend"]);
    platform.frontend.fail(false);

    platform.backend.delay(Duration::from_millis(700));
    platform.assert_red("the backend is slow", &["health:performance", "scenario:3_performance"]);
    platform.backend.delay(Duration::ZERO);

    platform.backend.forget();
    platform.assert_red("an update is lost", &["scenario:2_portfolios"]);
    platform.backend = Service::start();

    platform.backend.change_portfolios();
    platform.assert_red("a figure is wrong", &["scenario:2_portfolios", "scenario:4_integrity"]);
    platform.backend = Service::start();

    let backup = platform.portal.folder().join("backups/portal.dump");
    let whole = fs::read(&backup).unwrap();
    fs::write(&backup, &whole[..300]).unwrap();
    platform.assert_red("the backup is cut off", &["scenario:4_integrity"]);
    fs::write(&backup, &whole).unwrap();

    // Everything that is asked of the backend; what is not stays as it is.
    platform.backend.fail(true);
    let through_the_backend: Vec<&str> =
        ALL.into_iter().filter(|name| !["health:database", "health:frontend"].contains(name)).collect();
    platform.assert_red("the backend fails", &through_the_backend);
    platform.backend.fail(false);
}

#[test]
fn what_cannot_be_measured_is_not_evaluated_and_the_rest_is_judged() {
    // Nothing that is asked here came with Phase 2.
    let mut platform = Platform::on(Portal::before());
    let database = std::mem::replace(&mut platform.database, nobody(&platform.portal.spec.database));
    let judged = platform.judge();
    let asked_of_it = ["health:database", "scenario:3_performance", "scenario:4_integrity"];
    assert_eq!(judged.not_green(), asked_of_it.map(|name| format!("not evaluated: {name}")));
    assert_eq!(judged.exit, 2);
    platform.database = database;

    let judged = platform.judge();
    assert_eq!(judged.not_green(), ["not evaluated: scenario:3_performance"], "a load that nobody has put on it");
    platform.bear_four_users();
    assert_eq!(platform.judge().exit, 0);

    // What was restored loses a row, and is compared again.
    let restored = Portal::url_of(&platform.restored());
    let mut psql = Command::new("psql");
    psql.args(["-Xq", "-d", &restored, "-c", "DELETE FROM activity_log WHERE id = (SELECT min(id) FROM activity_log)"]);
    assert!(psql.status().unwrap().success(), "psql");
    assert_eq!(platform.prove_the_restore(), Some(1));
    let judged = platform.judge();
    assert_eq!(judged.not_green(), ["fail: scenario:4_integrity"], "what was brought back is not the same");
    let proofs = fs::read_dir(platform.portal.snapshots()).unwrap().map(|entry| entry.unwrap().path());
    for run in proofs {
        let is_proof = fs::read_to_string(run.join("evidence.jsonl")).unwrap().contains("\"command\":\"diff\"");
        if is_proof {
            fs::remove_dir_all(run).unwrap();
        }
    }
    let judged = platform.judge();
    assert_eq!(judged.not_green(), ["not evaluated: scenario:4_integrity"], "what nobody has proven");
    assert_eq!(judged.exit, 2);

    // A red gate decides, also where others could not be measured.
    platform.frontend.fail(true);
    let judged = platform.judge();
    assert_eq!(judged.exit, 1);
    assert_eq!(judged.groups["health:frontend"], Verdict::Fail);
}

#[test]
fn loads_and_metrics_of_the_platform_run_and_turn_red_with_the_service() {
    let (portal, _) = Portal::migrated();
    let platform = Platform::on(portal);
    platform.backend.delay(USUAL);
    let sound = platform.run_long_enough(&["load"]);
    assert_eq!((sound.exit, sound.red()), (0, Vec::new()), "{:#?}", sound.facts);
    for load in ["four_users", "twice_as_many_users", "four_users_briefly"] {
        assert!(sound.facts.iter().any(|fact| fact.check == load && fact.topic.judges()), "{load} judged nothing");
    }
    let captured = platform.run_long_enough(&["baseline", "capture", "before_release"]);
    assert_eq!((captured.exit, captured.red()), (0, Vec::new()), "{:#?}", captured.facts);
    let again = platform.run_long_enough(&["baseline", "compare", "before_release"]);
    assert_eq!((again.exit, again.red()), (0, Vec::new()), "{:#?}", again.facts);
    let compared = again.facts.iter().filter(|fact| fact.expected.contains("of baseline before_release"));
    assert_eq!(compared.count(), 11, "the ten figures; memory is one of two");

    platform.backend.delay(USUAL + Duration::from_millis(800));
    let slow = platform.run(&["load", "--only", "four_users"]);
    assert_eq!((slow.exit, slow.red()), (1, vec!["four_users"]), "{:#?}", slow.facts);
    let slow = platform.run(&["baseline", "compare", "before_release"]);
    assert_eq!((slow.exit, slow.failed()), (1, vec!["analytics", "api", "bulk_work"]), "{:#?}", slow.facts);
    platform.backend.delay(USUAL);

    // Nobody gets in: nothing is measured, and that is no pass.
    platform.backend.fail(true);
    let broken = platform.run(&["load", "--only", "twice_as_many_users"]);
    assert_eq!((broken.exit, broken.red()), (2, vec!["twice_as_many_users"]), "{:#?}", broken.facts);
    let broken = platform.run(&["baseline", "compare", "before_release"]);
    let through_the_backend = vec!["analytics", "api", "bulk_work", "four_users"];
    assert_eq!((broken.exit, broken.red()), (2, through_the_backend), "{:#?}", broken.facts);

    // The gates that read what these runs came to.
    let gates = platform.run(&["gates", "--stage", "acceptance", "--only", "guide 5.2", "--only", "guide 2"]);
    let verdict = |gate: &str| gates.facts.iter().find(|fact| fact.check == gate).map(|fact| fact.verdict);
    assert_eq!(verdict("four_users_were_served"), Some(Verdict::Fail));
    assert_eq!(verdict("more_users_than_four_do_no_harm"), Some(Verdict::NotEvaluated));
}

#[test]
fn encryption_and_audit_trail_of_the_platform_are_measured_by_what_they_do() {
    let portal = Portal::before();
    let folder = portal.folder().join("integrity_rules");
    fs::create_dir_all(&folder).unwrap();
    let (_, text) = platform::RULES.iter().find(|(name, _)| *name == "preflight.toml").unwrap();
    let judged = |gate: &str, limit: &str| {
        let at = text.find(&format!("[gates.{gate}]")).unwrap();
        let end = text[at..].find("max_median").map_or(text.len(), |end| at + end);
        fs::write(folder.join("g.toml"), format!("{}max_median = \"{limit}\"\n", &text[at..end])).unwrap();
        let output = Command::new(common::phasegate())
            .args(["--database", &Portal::url_of(&portal.spec.database), "--quiet", "gates", "--format", "json"])
            .current_dir(portal.folder())
            .output()
            .unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let facts: Vec<Evidence> = serde_json::from_value(report["facts"].clone()).unwrap();
        let fact = facts.into_iter().find(|fact| fact.check == gate).unwrap();
        (fact.verdict, fact.measured)
    };
    let (audit, encryption) = ("audit_trail_is_quick", "encryption_is_quick");
    assert_eq!(judged(audit, "10s").0, Verdict::Pass, "{:?}", judged(audit, "10s"));
    portal.sql("DO $$ BEGIN ASSERT (SELECT count(*) FROM public.portfolios WHERE name LIKE '% ') = 0; END $$");
    portal.sql(
        "CREATE FUNCTION public.dawdle() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN PERFORM pg_catalog.pg_sleep(0.02); RETURN NEW; END $$;
         CREATE TRIGGER dawdles BEFORE INSERT ON public.activity_log FOR EACH ROW EXECUTE FUNCTION public.dawdle();",
    );
    assert_eq!(judged(audit, "5ms").0, Verdict::Fail, "what the trail's own triggers take is part of it");
    portal.sql("ALTER TABLE public.portfolios DISABLE TRIGGER portfolios_write_activity");
    let (verdict, measured) = judged(audit, "10s");
    assert_eq!(verdict, Verdict::NotEvaluated);
    assert!(measured.contains("does not fire portfolios_write_activity"), "{measured}");

    let (verdict, measured) = judged(encryption, "10s");
    assert_eq!(verdict, Verdict::NotEvaluated, "no pgcrypto yet: {measured}");
    assert!(measured.contains("pgp_sym_encrypt"), "{measured}");
    // Where the server brings it.
    portal.sql(
        "DO $$ BEGIN IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pgcrypto') THEN
             CREATE EXTENSION pgcrypto; END IF; END $$",
    );
    let (verdict, measured) = judged(encryption, "10s");
    let is_there = !measured.contains("does not exist");
    assert_eq!(verdict, if is_there { Verdict::Pass } else { Verdict::NotEvaluated }, "{measured}");
}

/// How long the backend takes for an answer when all is well: long beside the work of whatever machine the tests run on.
const USUAL: Duration = Duration::from_millis(50);

impl Platform {
    fn on(portal: Portal) -> Platform {
        let rules = portal.folder().join("integrity_rules");
        fs::create_dir_all(&rules).unwrap();
        let mut missing: Vec<&str> = HERE.iter().map(|(there, _)| *there).collect();
        for (name, text) in platform::RULES {
            let mut text = (*text).to_owned();
            for (there, here) in HERE {
                missing.retain(|one| !(one == there && text.contains(there)));
                text = text.replace(there, here);
            }
            text = text.replace("kingstons_portal_restored", &format!("{}_restored", portal.spec.database));
            fs::write(rules.join(name), text).unwrap();
        }
        assert_eq!(missing, [""; 0], "in no file");
        let database = Portal::url_of(&portal.spec.database);
        let folder = portal.folder();
        fs::create_dir(folder.join("backups")).unwrap();
        let mut dump = Command::new("pg_dump");
        dump.args(["--format=custom", "--file", "backups/portal.dump", &database]).current_dir(folder);
        assert!(dump.status().unwrap().success(), "pg_dump");
        let platform = Platform { portal, backend: Service::start(), frontend: Service::start(), database };
        platform.restore_beside();
        assert_eq!(platform.prove_the_restore(), Some(0));
        platform
    }

    fn restored(&self) -> String {
        format!("{}_restored", self.portal.spec.database)
    }

    /// Brings the backup back beside the database.
    fn restore_beside(&self) {
        let admin = Portal::url_of("postgres");
        let name = self.restored();
        let mut create = Command::new("createdb");
        create.args(["--maintenance-db", &admin, "--template", "template0", &name]);
        assert!(create.status().unwrap().success(), "createdb");
        let mut restore = Command::new("pg_restore");
        restore.args(["--dbname", &Portal::url_of(&name), "backups/portal.dump"]).current_dir(self.portal.folder());
        assert!(restore.status().unwrap().success(), "pg_restore");
    }

    /// Compares the two, and writes that down.
    fn prove_the_restore(&self) -> Option<i32> {
        let mut diff = Command::new(common::phasegate());
        diff.args(["--quiet", "diff", "--strict-schema", "--record"]).current_dir(self.portal.folder());
        let output = diff.args([&self.database, &Portal::url_of(&self.restored())]).output().unwrap();
        output.status.code()
    }

    fn judge(&self) -> Judged {
        self.run(&["gates", "--stage", "acceptance", "--only", "health", "--only", "scenario"])
    }

    /// The load that acceptance demands.
    fn bear_four_users(&self) {
        self.backend.delay(USUAL);
        let borne = self.run_long_enough(&["load", "--only", "four_users"]);
        assert_eq!((borne.exit, borne.red()), (0, Vec::new()), "{:#?}", borne.facts);
        self.backend.delay(Duration::ZERO);
    }

    /// The same with loads that last longer and longer, where they were too short for this machine to tell anything.
    fn run_long_enough(&self, words: &[&str]) -> Judged {
        let file = self.portal.folder().join("integrity_rules/load.toml");
        let short = fs::read_to_string(&file).unwrap();
        let mut judged = self.run(words);
        for seconds in [5, 20, 60] {
            if judged.exit != 2 {
                break;
            }
            fs::write(&file, short.replace(r#"duration = "2s""#, &format!("duration = \"{seconds}s\""))).unwrap();
            judged = self.run(words);
        }
        fs::write(&file, short).unwrap();
        judged
    }

    /// Runs the program on the platform.
    fn run(&self, words: &[&str]) -> Judged {
        let mut command = Command::new(common::phasegate());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
            command.env_remove(name);
        }
        let output = command
            .current_dir(self.portal.folder())
            .args(words)
            .args(["--format", "json"])
            .env("DATABASE_URL", &self.database)
            .env("PORTAL_BACKEND_URL", self.backend.url())
            .env("PORTAL_FRONTEND_URL", self.frontend.url())
            .env("PORTAL_TEST_PASSWORD", service::PASSWORD)
            .output()
            .unwrap();
        let complaints = String::from_utf8_lossy(&output.stderr);
        let report: serde_json::Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {complaints}"));
        let facts: Vec<Evidence> = serde_json::from_value(report["facts"].clone()).unwrap();
        let groups = facts.iter().filter(|fact| fact.topic == Topic::Group);
        Judged {
            exit: output.status.code().unwrap(),
            groups: groups.map(|fact| (fact.subject.clone(), fact.verdict)).collect(),
            run: report["run"]["run_id"].as_str().unwrap().to_owned(),
            facts,
        }
    }

    /// Exactly these turn red, and the whole run with them.
    fn assert_red(&self, what: &str, red: &[&str]) {
        let judged = self.judge();
        let expected: Vec<String> = red.iter().map(|name| format!("fail: {name}")).collect();
        assert_eq!(judged.not_green(), expected, "{what}: {:#?}", judged.facts);
        assert_eq!(judged.exit, 1, "{what}");
    }

    /// Neither the password nor what a variable says of the services is in the evidence or in the report.
    fn assert_nothing_secret(&self, judged: &Judged) {
        let run = self.portal.snapshots().join(&judged.run);
        for name in ["evidence.jsonl", "report.md"] {
            let text = fs::read_to_string(run.join(name)).unwrap();
            assert!(text.contains("PORTAL_BACKEND_URL"), "{name} names the variable");
            let backend = self.backend.url();
            for secret in [service::PASSWORD, backend.trim_start_matches("http://")] {
                assert!(!text.contains(secret), "{name} shows {secret}");
            }
        }
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let mut drop = Command::new("dropdb");
            drop.args(["--if-exists", "--force", "--maintenance-db", &Portal::url_of("postgres"), &self.restored()]);
            assert!(drop.status().unwrap().success(), "dropdb");
        }
    }
}

impl Judged {
    /// The checks that judge and are not green, each once, by name.
    fn red(&self) -> Vec<&str> {
        self.checks(|verdict| verdict != Verdict::Pass)
    }

    /// Those that failed, whatever else could not be measured in so short a time.
    fn failed(&self) -> Vec<&str> {
        self.checks(|verdict| verdict == Verdict::Fail)
    }

    fn checks(&self, are: fn(Verdict) -> bool) -> Vec<&str> {
        let chosen = self.facts.iter().filter(|fact| fact.topic.judges() && are(fact.verdict));
        let names: BTreeSet<&str> = chosen.map(|fact| fact.check.as_str()).collect();
        names.into_iter().collect()
    }

    fn groups(&self) -> impl Iterator<Item = &Evidence> {
        self.facts.iter().filter(|fact| fact.topic == Topic::Group && ALL.contains(&fact.subject.as_str()))
    }

    /// The groups that are not green; all nine are there.
    fn not_green(&self) -> Vec<String> {
        let names: Vec<&str> = self.groups().map(|fact| fact.subject.as_str()).collect();
        assert_eq!(names, ALL);
        let red = self.groups().filter(|fact| fact.verdict != Verdict::Pass);
        red.map(|fact| format!("{}: {}", fact.verdict, fact.subject)).collect()
    }
}

/// The database at an address at which nobody listens: the port was free a moment ago.
fn nobody(database: &str) -> String {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    format!("postgresql://127.0.0.1:{port}/{database}")
}
