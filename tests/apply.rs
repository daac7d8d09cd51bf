//! Phases applied on a real server: what runs, what the log says, what remains after a failure.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::time::Duration;

use common::{database, value};
use phasegate::db::{Cancel, ConnSpec, LockOutcome, LockedSession, Session};
use phasegate::execute::{self, Execution, Options, Remains, Work};
use phasegate::migration_log::{self, MigrationLog};
use phasegate::phase::{Status, discover};
use phasegate::plan::Action;

/// Applies a folder of these files.
async fn apply(spec: &ConnSpec, files: &[(&str, &str)]) -> Execution {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    let phases = discover(dir.path()).unwrap();
    let log = MigrationLog::default();
    let outcome = LockedSession::acquire(spec, log.lock_key(), Duration::ZERO, Cancel::never()).await.unwrap();
    let LockOutcome::Held(mut session) = outcome else { panic!("the lock is held by somebody else") };
    migration_log::upgrade(&log, &mut session).await.unwrap();
    let mut reader = Session::connect(spec).await.unwrap();
    let state = log.read(&mut reader).await.unwrap();
    let work: Vec<Work<'_>> = phases.iter().map(|phase| Work { phase, action: &Action::Apply }).collect();
    let execution =
        execute::apply(&mut session, &log, state.head, "test", &work, &Options::default(), &mut |_| {}).await;
    session.close().await;
    execution
}

async fn statuses(spec: &ConnSpec) -> Vec<(String, Status)> {
    let mut session = Session::connect(spec).await.unwrap();
    let state = MigrationLog::default().read(&mut session).await.unwrap();
    let (rows, _, faults) = migration_log::verify(&MigrationLog::default(), &mut session).await.unwrap();
    assert_eq!(faults, []);
    assert_eq!(rows, state.applied.len() as u64);
    state.applied.into_iter().map(|row| (row.phase, row.status)).collect()
}

#[tokio::test]
async fn a_phase_and_its_row_commit_together() {
    let spec = database().await;
    let execution = apply(
        &spec,
        &[
            ("1_a.sql", "CREATE TABLE t (a int);\nINSERT INTO t VALUES (1), (2);\n"),
            ("2_b.sql", "INSERT INTO t VALUES (3);\nCOPY t FROM stdin;\n4\n5\n\\.\nSELECT * FROM t;\n"),
            ("3_c.sql", "SET search_path = pg_catalog;\nSET ROLE pg_monitor;\n"),
            ("4_d.sql", "INSERT INTO t VALUES (6);"),
        ],
    )
    .await;
    assert!(execution.failure.is_none(), "{:?}", execution.failure);
    assert_eq!(value(&spec, "SELECT sum(a) FROM public.t").await.as_deref(), Some("21"));
    let rows: Vec<u64> = execution.done.iter().map(|run| run.rows_affected).collect();
    assert_eq!(rows, [2, 8, 0, 1]);
    assert_eq!(statuses(&spec).await.len(), 4);
}

#[tokio::test]
async fn nothing_remains_of_a_failed_transaction_but_its_row() {
    let spec = database().await;
    let text = "CREATE TABLE t (a int);\n\nINSERT INTO t VALUES (1);\nSELECT 'é',\n   nope FROM t;\n";
    let execution = apply(&spec, &[("1_a.sql", "SELECT 1;"), ("2_b.sql", text), ("3_c.sql", "SELECT 1;")]).await;
    let failure = execution.failure.unwrap();
    assert_eq!(failure.place(), "2_b.sql:5:4, statement 3");
    assert_eq!(failure.code.as_deref(), Some("42703"));
    assert_eq!(failure.remains, Remains::Nothing);
    assert!(failure.logged);
    assert!(failure.to_string().contains("   nope FROM t;\n   ^"), "{failure}");
    assert_eq!(value(&spec, "SELECT to_regclass('public.t') IS NULL").await.as_deref(), Some("t"));
    assert_eq!(statuses(&spec).await, [("1_a".to_owned(), Status::Success), ("2_b".to_owned(), Status::Error)]);
    let errors = "SELECT error_at FROM public.migration_log WHERE status = 'ERROR'";
    assert_eq!(value(&spec, errors).await.as_deref(), Some("2_b.sql:5:4, statement 3"));
}

#[tokio::test]
async fn a_failure_without_a_position_still_names_its_statement() {
    let spec = database().await;
    let text = "CREATE TABLE t (a int PRIMARY KEY);\nINSERT INTO t VALUES (1);\n  INSERT INTO t VALUES (1);\n";
    let failure = apply(&spec, &[("1_a.sql", text)]).await.failure.unwrap();
    assert_eq!(failure.place(), "1_a.sql:3:3, statement 3");
    assert_eq!(failure.detail.as_deref(), Some("Key (a)=(1) already exists."));
    let copy = "CREATE TABLE t (a int);\nCOPY t\nFROM stdin;\n1\nx\n\\.\n";
    let failure = apply(&spec, &[("1_a.sql", copy)]).await.failure.unwrap();
    assert_eq!(failure.place(), "1_a.sql:5:1, statement 2");
    assert!(failure.logged);
}

#[tokio::test]
async fn a_deferred_constraint_fails_the_commit_and_nothing_remains() {
    let spec = database().await;
    let text = "CREATE TABLE t (a int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO t VALUES (1), (1);\n";
    let failure = apply(&spec, &[("1_a.sql", text)]).await.failure.unwrap();
    assert_eq!(failure.code.as_deref(), Some("23505"));
    assert_eq!(statuses(&spec).await, [("1_a".to_owned(), Status::Error)]);
}

#[tokio::test]
async fn a_phase_outside_of_a_transaction_goes_statement_by_statement() {
    let spec = database().await;
    let text = "-- phasegate: transaction = none\nCREATE TABLE t (a int);\nINSERT INTO t SELECT generate_series(1, 9);\n\
                CREATE UNIQUE INDEX CONCURRENTLY i ON t (a);\nVACUUM t;\nSELECT 1 / 0;\n";
    let failure = apply(&spec, &[("1_a.sql", text)]).await.failure.unwrap();
    assert_eq!(failure.place(), "1_a.sql:6:1, statement 5");
    assert_eq!(failure.remains, Remains::Part);
    assert_eq!(statuses(&spec).await, [("1_a".to_owned(), Status::Running), ("1_a".to_owned(), Status::Error)]);
    let done = "SELECT string_agg(statement::text, ',' ORDER BY statement) FROM public.migration_log_statement WHERE event = 'DONE'";
    assert_eq!(value(&spec, done).await.as_deref(), Some("1,2,3,4"));
}

#[tokio::test]
async fn the_log_cannot_be_rewritten_unnoticed() {
    let spec = database().await;
    apply(&spec, &[("1_a.sql", "SELECT 1;"), ("2_b.sql", "SELECT 2;"), ("3_c.sql", "SELECT 3;")]).await;
    let mut session = common::locked(&spec).await;
    let refused = session.run("UPDATE public.migration_log SET phase = 'x'").await.unwrap_err();
    assert!(refused.to_string().contains("append-only"), "{refused}");
    session.run("ALTER TABLE public.migration_log DISABLE TRIGGER ALL").await.unwrap();
    for (change, expected) in [
        ("UPDATE public.migration_log SET rows_affected = 7 WHERE seq = 2", "edited"),
        ("DELETE FROM public.migration_log WHERE seq = 2", "missing"),
    ] {
        session.run(change).await.unwrap();
        let mut reader = Session::connect(&spec).await.unwrap();
        let (_, _, faults) = migration_log::verify(&MigrationLog::default(), &mut reader).await.unwrap();
        assert_eq!(faults.len(), 1, "{change}");
        assert!(faults[0].problem.contains(expected), "{faults:?}");
    }
}

#[tokio::test]
async fn the_logs_tables_upgrade_themselves_and_keep_their_rows() {
    let spec = database().await;
    let log = MigrationLog { schema: "public".into(), table: "my log".into() };
    let mut session = common::locked(&spec).await;
    assert_eq!(migration_log::to_version(&log, &mut session, Some(1)).await.unwrap(), 1);
    let mut reader = Session::connect(&spec).await.unwrap();
    assert!(log.read(&mut reader).await.unwrap().exists);
    assert_eq!(migration_log::upgrade(&log, &mut session).await.unwrap(), 1);
    assert_eq!(migration_log::upgrade(&log, &mut session).await.unwrap(), 0);
}

#[tokio::test]
async fn another_tools_table_of_that_name_is_not_touched() {
    let spec = database().await;
    common::sql(&spec, "CREATE TABLE public.migration_log (id int, status text)").await;
    let mut session = Session::connect(&spec).await.unwrap();
    let error = MigrationLog::default().read(&mut session).await.unwrap_err();
    assert!(error.to_string().contains("public.migration_log exists and is not phasegate's log"), "{error}");
}
