//! Snapshots after each phase: every difference is laid to the first phase that shows it, also one that is undone later.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::path::Path;

use common::portal::{Portal, Said};
use phasegate::config::{self, Overrides};
use phasegate::db::{Cancel, Env};
use phasegate::evidence::{Evidence, Topic};
use phasegate::run::{self, Context, Event, Exit, MigrateOptions, Outcome};
use phasegate::verdict::Verdict;

const TABLE: &str = "CREATE TABLE t (id int PRIMARY KEY, a numeric(12,2) NOT NULL, b text);\n\
                     INSERT INTO t SELECT g, g, 'x' FROM generate_series(1, 20) g;";

/// A database with one table, and a folder with these phases.
fn place(phases: &[(&str, &str)]) -> Portal {
    let place = Portal::empty();
    place.sql(TABLE);
    for (name, text) in phases {
        place.write_phase(name, text);
    }
    place
}

fn migrate(place: &Portal) -> Said {
    place.phasegate_json(&["migrate", "--snapshot-each-phase"])
}

fn after_phase<'a>(said: &'a Said, subject: &str) -> Vec<&'a Evidence> {
    let of =
        |fact: &&Evidence| fact.topic == Topic::Difference && fact.check == "after_phase" && fact.subject == subject;
    said.facts.iter().filter(of).collect()
}

#[test]
fn a_clean_migration_names_nothing() {
    let portal = Portal::before();
    let said = migrate(&portal);
    assert_eq!(said.complaints(), "exit 0\n");
    for (phase, _) in phasegate::platform::PHASES {
        let phase = phase.trim_end_matches(".sql");
        let found = after_phase(&said, phase);
        assert_eq!(found.len(), 1, "{phase}");
        assert_eq!(found[0].verdict, Verdict::Pass);
        assert!(portal.snapshots().join(&said.run_id).join("phases").join(phase).join("snapshot.json").is_file());
    }
}

#[test]
fn the_phase_that_changed_a_value_is_named_in_the_whole_comparison() {
    let place = place(&[
        ("1_first.sql", "-- phasegate: changes data public.t (b)\nUPDATE t SET b = 'y';\n"),
        ("2_second.sql", "UPDATE t SET a = a - 0.01 WHERE id IN (3, 17);\n"),
        ("3_third.sql", "CREATE TABLE undeclared (id int);\n"),
    ]);
    let said = migrate(&place);
    assert_eq!(said.exit, 1);
    let whole = said.facts.iter().find(|fact| fact.check == "values_changed" && fact.subject == "public.t.a").unwrap();
    assert!(whole.measured.ends_with("first differs after phase 2_second"), "{}", whole.measured);
    let [found] = after_phase(&said, "public.t.a")[..] else { panic!("{}", said.complaints()) };
    assert_eq!(found.verdict, Verdict::Fail);
    let keys: Vec<&str> = found.samples.iter().map(|sample| sample.key.as_str()).collect();
    assert_eq!(keys, ["id=3", "id=17"]);
    assert!(found.measured.starts_with("first differs after phase 2_second: values_changed: 2 values"));
    let table = said.facts.iter().find(|fact| fact.check == "schema_added" && fact.subject == "public.undeclared");
    assert!(table.unwrap().measured.ends_with("first differs after phase 3_third"));
    assert_eq!(after_phase(&said, "1_first")[0].measured, "as declared: public.t.b");
}

#[test]
fn what_a_later_phase_undoes_is_still_a_finding() {
    let phases = [
        ("1_spoils.sql", "UPDATE t SET a = a + 1 WHERE id = 4;\n"),
        ("2_mends.sql", "UPDATE t SET a = a - 1 WHERE id = 4;\n"),
    ];
    // Without the snapshots between nothing of it is to be seen.
    assert_eq!(place(&phases).migrate().exit, 0);
    let said = migrate(&place(&phases));
    assert_eq!(said.exit, 1);
    let [first, second] = after_phase(&said, "public.t.a")[..] else { panic!("{}", said.complaints()) };
    assert!(first.measured.starts_with("first differs after phase 1_spoils"), "{}", first.measured);
    assert!(second.measured.starts_with("differs again after phase 2_mends, first after 1_spoils"));
    assert!(!said.facts.iter().any(|fact| fact.check == "values_changed"), "the whole is as before");
}

#[test]
fn what_another_phase_declares_does_not_count() {
    let place = place(&[
        ("1_does.sql", "UPDATE t SET b = 'z' WHERE id = 1;\n"),
        ("2_declares.sql", "-- phasegate: changes data public.t (b)\nUPDATE t SET b = 'z' WHERE id = 2;\n"),
    ]);
    let said = migrate(&place);
    assert_eq!(said.exit, 1);
    assert_eq!(after_phase(&said, "public.t.b")[0].samples[0].key, "id=1");
    assert_eq!(after_phase(&said, "2_declares")[0].measured, "as declared: public.t.b");
}

#[test]
fn a_difference_in_a_table_that_is_renamed_later_is_laid_to_its_phase_under_both_names() {
    let place = place(&[
        ("1_spoils.sql", "UPDATE t SET a = a + 1 WHERE id = 4;\n"),
        ("2_other.sql", "SELECT 1;\n"),
        (
            "3_renames.sql",
            "-- phasegate: drops table public.t\n-- phasegate: drops index public.t_pkey\n\
          -- phasegate: adds table public.u\nALTER TABLE t RENAME TO u;\n",
        ),
        ("4_spoils_again.sql", "UPDATE u SET a = a + 1 WHERE id = 5;\nUPDATE u SET b = 'q' WHERE id = 6;\n"),
    ]);
    let said = migrate(&place);
    assert_eq!(said.exit, 1, "{}", said.complaints());
    let [old] = after_phase(&said, "public.t.a")[..] else { panic!("{}", said.complaints()) };
    assert!(
        old.measured.starts_with("first differs after phase 1_spoils: values_changed: 1 value"),
        "{}",
        old.measured
    );
    let [new] = after_phase(&said, "public.u.a")[..] else { panic!("{}", said.complaints()) };
    assert!(
        new.measured.starts_with("differs again after phase 4_spoils_again, first after 1_spoils"),
        "{}",
        new.measured
    );
    let [other] = after_phase(&said, "public.u.b")[..] else { panic!("{}", said.complaints()) };
    assert!(other.measured.starts_with("first differs after phase 4_spoils_again"), "{}", other.measured);
    // Over the whole run one table is gone and one is new, both as declared; the phases say what was changed in it.
    for (check, subject) in [("table_dropped", "public.t"), ("table_added", "public.u")] {
        let whole = said.facts.iter().find(|fact| fact.check == check && fact.subject == subject).unwrap();
        for part in [
            "public.t is public.u since phase 3_renames",
            "public.t.a first differs after phase 1_spoils",
            "public.u.b first differs after phase 4_spoils_again",
        ] {
            assert!(whole.measured.contains(part), "{check}: {}", whole.measured);
        }
    }
}

#[test]
fn a_renamed_table_that_nobody_touches_stays_quiet() {
    let head = "-- phasegate: drops table public.t\n-- phasegate: adds table public.u\n";
    let place =
        place(&[("1_renames.sql", &format!("{head}ALTER TABLE t RENAME TO u;\n")), ("2_other.sql", "SELECT 1;\n")]);
    assert_eq!(migrate(&place).complaints(), "exit 0\n");
}

#[test]
fn each_phase_may_change_what_its_own_sql_names() {
    let derive = "-- phasegate: derive\n";
    let place = place(&[
        ("1_names.sql", &format!("{derive}UPDATE t SET b = 'y' WHERE id = 1;\n")),
        ("2_hides.sql", &format!("{derive}DO $$ BEGIN UPDATE t SET b = 'z' WHERE id = 2; END $$;\n")),
    ]);
    let said = migrate(&place);
    assert_eq!(said.exit, 1);
    assert_eq!(after_phase(&said, "1_names")[0].measured, "as declared: public.t.b");
    let [found] = after_phase(&said, "public.t.b")[..] else { panic!("{}", said.complaints()) };
    assert_eq!((found.verdict, found.samples[0].key.as_str()), (Verdict::Fail, "id=2"));
    // Over the whole run the column is one that the first phase may change.
    let whole = said.facts.iter().filter(|fact| fact.check == "values_changed");
    let whole: Vec<_> = whole.map(|fact| (fact.subject.as_str(), fact.verdict)).collect();
    assert_eq!(whole, [("public.t.b", Verdict::Pass)]);
}

#[test]
fn a_failed_phase_keeps_its_exit_code_and_what_was_found_before_it() {
    let place = place(&[("1_spoils.sql", "DELETE FROM t WHERE id = 9;\n"), ("2_fails.sql", "SELECT 1/0;\n")]);
    let said = migrate(&place);
    assert_eq!(said.exit, 3);
    let found = after_phase(&said, "public.t");
    assert_eq!(found[0].samples[0].key, "id=9");
    // The run that goes on compares from before the first: the row is still missing, and no phase of its own lost it.
    place.write_phase("2_fails.sql", "SELECT 1;\n");
    let said = migrate(&place);
    assert_eq!(said.exit, 1);
    let whole = said.facts.iter().find(|fact| fact.check == "rows_deleted").unwrap();
    assert!(whole.measured.ends_with("no snapshot after a phase of this run shows it by itself"), "{}", whole.measured);
    assert_eq!(after_phase(&said, "2_fails")[0].verdict, Verdict::Pass);
}

#[test]
fn a_phase_that_stopped_halfway_is_resumed_and_looked_at() {
    let half = "-- phasegate: transaction = none\nUPDATE t SET b = 'w' WHERE id = 2;\nSELECT 1/";
    let place = place(&[("1_half.sql", &format!("{half}0;\n"))]);
    assert_eq!(migrate(&place).exit, 4);
    place.write_phase("1_half.sql", &format!("{half}1;\n"));
    let said = migrate(&place);
    assert_eq!(said.exit, 1, "{}", said.complaints());
    assert!(said.facts.iter().any(|fact| fact.check == "values_changed" && fact.subject == "public.t.b"));
}

/// Migrates in this process; `at` hears of each step and the folder of the run.
async fn migrate_with(place: &Portal, at: impl Fn(&str, &Path) + Send + Sync, cancel: Cancel) -> Outcome {
    let folder = |name: &str| Some(place.folder().join(name));
    let (migrations, rules, snapshots) = (folder("migrations"), folder("integrity_rules"), folder("snapshots"));
    let config = config::load(&Overrides { migrations, rules, snapshots, ..Overrides::default() }).unwrap();
    let events = |event: Event| {
        if let Event::Step(step) = event
            && let Some(run) = std::fs::read_dir(place.snapshots()).unwrap().flatten().next()
        {
            at(&step, &run.path());
        }
    };
    let spec = place.spec.clone();
    let context = Context {
        config: &config,
        spec,
        cancel,
        events: &events,
        operator: None,
        free_bytes: None,
        env: Env::default(),
    };
    run::migrate(&context, &MigrateOptions { each_phase: true, ..MigrateOptions::default() }).await.unwrap()
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_taken_is_said_and_the_next_one_speaks_for_both() {
    let place = place(&[("1_a.sql", "UPDATE t SET b = 'q' WHERE id = 6;\n"), ("2_b.sql", "SELECT 1;\n")]);
    // A file where the folder should be made; gone before the next one.
    let at = |step: &str, run: &Path| match step {
        "snapshot after 1_a" => std::fs::write(run.join("phases"), "").unwrap(),
        "snapshot after 2_b" => std::fs::remove_file(run.join("phases")).unwrap(),
        _ => {}
    };
    let outcome = migrate_with(&place, at, Cancel::never()).await;
    assert_eq!(outcome.exit, Exit::NoGo);
    let facts = outcome.report.unwrap().facts;
    let of = |subject: &str| facts.iter().find(|fact| fact.check == "after_phase" && fact.subject == subject).unwrap();
    assert_eq!(of("1_a").verdict, Verdict::NotEvaluated);
    assert!(of("public.t.b").measured.starts_with("first differs after phase 1_a or 2_b"));
}

#[tokio::test]
async fn a_cancel_within_a_snapshot_ends_the_run_as_cancelled() {
    let place = place(&[("1_a.sql", "DELETE FROM t WHERE id = 6;\n"), ("2_b.sql", "DELETE FROM t;\n")]);
    let (switch, cancel) = Cancel::new();
    let at = |step: &str, _: &Path| {
        if step == "snapshot after 1_a" {
            switch.cancel();
        }
    };
    let outcome = migrate_with(&place, at, cancel).await;
    assert_eq!(outcome.exit, Exit::Cancelled);
    let facts = outcome.report.unwrap().facts;
    let looked = facts.iter().find(|fact| fact.check == "after_phase").unwrap();
    assert_eq!((looked.subject.as_str(), looked.verdict), ("1_a", Verdict::NotEvaluated));
    assert_eq!(common::value(&place.spec, "SELECT count(*) FROM public.t").await.as_deref(), Some("19"));
}

#[test]
fn only_applying_and_looking_after_each_phase_exclude_each_other() {
    let place = place(&[("1_a.sql", "SELECT 1;\n")]);
    let output = place.phasegate(&["migrate", "--apply-only", "--snapshot-each-phase"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot be used with"));
    // Set in the configuration it gives way.
    place.configure("[measure]\neach_phase = true\n");
    let said = place.phasegate_json(&["migrate", "--apply-only"]);
    assert_eq!(said.exit, 2);
    assert!(!place.snapshots().join(&said.run_id).join("phases").exists());
}
