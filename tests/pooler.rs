//! phasegate behind PgBouncer, in every mode that it has: reading is right, writing is refused before anything happens,
//! and the probes tell what they saw. Where PgBouncer is not installed each test says so and passes.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use common::pooler::{Mode, Pooler};
use common::portal::Portal;
use phasegate::db::{Cancel, ConnSpec, DbError, Env, LockOutcome, LockedSession, RolledBack, Session, SharedSnapshot};
use phasegate::evidence::Evidence;
use phasegate::gates::declared::{self, Platform};
use phasegate::verdict::{Stage, Verdict};

/// The modes that serve transactions.
const SERVING: [Mode; 2] = [Mode::Session, Mode::Transaction];

#[tokio::test]
async fn readers_see_one_instant_together_whoever_shares_their_connections() {
    for mode in SERVING {
        let Some(pooler) = Pooler::start(mode, 4, "") else { return };
        let direct = common::database().await;
        common::sql(&direct, "CREATE TABLE public.counted AS SELECT 1 AS n").await;
        let spec = pooler.spec(&direct.database);
        let snapshot = SharedSnapshot::open(&spec, Cancel::never()).await.unwrap();
        common::sql(&direct, "INSERT INTO public.counted VALUES (2)").await;
        let count = "SELECT count(*) FROM public.counted";
        for _ in 0..3 {
            let mut reader = snapshot.session().await.unwrap();
            // A session that failed begins anew, and joins the same instant.
            reader.rows("SELECT 1 / 0").await.unwrap_err();
            assert_eq!(reader.one(count).await.unwrap().at(0), Some("1"), "{mode:?}");
            let mut now = Session::connect(&spec).await.unwrap();
            assert_eq!(now.one(count).await.unwrap().at(0), Some("2"), "{mode:?}");
            now.close().await;
            reader.close().await;
        }
        snapshot.close().await;
    }
}

#[tokio::test]
async fn what_a_reader_sets_is_not_left_to_the_next_one() {
    // One server connection: who comes next gets the same, or one that the pooler made anew.
    let Some(pooler) = Pooler::start(Mode::Transaction, 1, "") else { return };
    let mut reader = Session::connect(&pooler.spec("postgres")).await.unwrap();
    assert_eq!(reader.one("SHOW transaction_read_only").await.unwrap().at(0), Some("on"));
    reader.close().await;
    let ask = [
        "SHOW transaction_read_only",
        "SHOW search_path",
        "SHOW statement_timeout",
        "SHOW lock_timeout",
        "SHOW extra_float_digits",
        "CREATE TEMPORARY TABLE written (n int)",
    ];
    // A visitor who knows nothing of phasegate.
    assert_eq!(psql(&pooler.url("postgres"), &ask), psql(&common::server().url("postgres"), &ask));
}

#[tokio::test]
async fn writing_is_refused_in_every_mode_and_the_lock_is_free() {
    const IGNORED: &str = "ignore_startup_parameters = phasegate.direct, extra_float_digits";
    for (key, (mode, more)) in
        [(Mode::Session, ""), (Mode::Transaction, ""), (Mode::Session, IGNORED), (Mode::Transaction, IGNORED)]
            .into_iter()
            .enumerate()
    {
        let Some(pooler) = Pooler::start(mode, 4, more) else { return };
        let key = i64::try_from(key).unwrap() + 7_000;
        let spec = pooler.spec("postgres");
        let error = LockedSession::acquire(&spec, key, Duration::ZERO, Cancel::never()).await.unwrap_err();
        let is_named = matches!(&error, DbError::Settings { problem, .. }
            if problem.contains("a connection pooler stands before the server") && problem.contains("connect to the server itself"));
        assert!(is_named, "{mode:?} {more}: {error}");
        // No connection of the pool has kept it.
        let direct = ConnSpec::from_url(&common::server().url("postgres")).unwrap();
        match LockedSession::acquire(&direct, key, Duration::from_secs(30), Cancel::never()).await.unwrap() {
            LockOutcome::Held(session) => session.close().await,
            LockOutcome::Refused(holder) => panic!("{mode:?} {more}: held by {holder}"),
        }
    }
}

/// Its transaction is one, whoever's connection it has, and leaves neither rows nor settings behind.
#[tokio::test]
async fn what_is_rolled_back_leaves_nothing_to_whoever_comes_next() {
    for mode in SERVING {
        let Some(pooler) = Pooler::start(mode, 1, "") else { return };
        let direct = common::database().await;
        common::sql(&direct, "CREATE TABLE public.counted AS SELECT 1 AS n").await;
        let spec = pooler.spec(&direct.database);
        let mut writer = RolledBack::connect(&spec, Cancel::never(), "public", (60_000, 10_000)).await.unwrap();
        let count = "SELECT count(*) FROM counted";
        for _ in 0..2 {
            let rows =
                writer.run(&["INSERT INTO counted VALUES (2)", "SET LOCAL work_mem = '77MB'", count]).await.unwrap();
            assert_eq!(rows.last().unwrap()[0].at(0), Some("2"), "{mode:?}");
        }
        writer.run(&["INSERT INTO counted VALUES (3)", "SELECT 1 / 0"]).await.unwrap_err();
        writer.close().await;
        let mut next = Session::connect(&spec).await.unwrap();
        let row = next.one("SELECT count(*), current_setting('work_mem') FROM public.counted").await.unwrap();
        assert_eq!(row.at(0), Some("1"), "{mode:?}");
        assert_ne!(row.at(1), Some("77MB"), "{mode:?}");
        next.close().await;
    }
}

#[test]
fn a_migration_through_a_pooler_changes_nothing_and_says_why() {
    let portal = Portal::before();
    for mode in SERVING {
        let Some(pooler) = Pooler::start(mode, 8, "") else { return };
        let output = phasegate(portal.folder(), &pooler.url(&portal.spec.database), &["migrate"]);
        let said = text(&output);
        assert_eq!(output.status.code(), Some(2), "{mode:?}: {said}");
        assert!(said.contains("a connection pooler stands before the server"), "{mode:?}: {said}");
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let log = runtime.block_on(common::value(&portal.spec, "SELECT to_regclass('public.migration_log')"));
        assert_eq!(log, None, "{mode:?}: nothing was written");
    }
}

#[test]
fn snapshots_and_verdicts_are_those_of_the_server_itself() {
    let (portal, run) = Portal::migrated();
    let direct = portal.verify(&run);
    for mode in SERVING {
        let Some(pooler) = Pooler::start(mode, 16, "") else { return };
        let url = pooler.url(&portal.spec.database);
        let output = phasegate(portal.folder(), &url, &["verify", "--against", &run, "--format", "json", "--quiet"]);
        let report: serde_json::Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)));
        let facts: Vec<Evidence> = serde_json::from_value(report["facts"].clone()).unwrap();
        assert_eq!((output.status.code(), said_by(&facts)), (Some(direct.exit), said_by(&direct.facts)), "{mode:?}");
    }
    portal.sql("UPDATE portfolios SET calculated_value = calculated_value - 0.01 WHERE id = 42");
    let pooler = Pooler::start(Mode::Transaction, 16, "").unwrap();
    let output = phasegate(portal.folder(), &pooler.url(&portal.spec.database), &["verify", "--against", &run]);
    assert!(output.status.code() == Some(1) && text(&output).contains("id=42"), "{}", text(&output));
}

#[test]
fn a_pool_that_is_too_small_is_no_verdict() {
    let (portal, run) = Portal::migrated();
    let Some(pooler) = Pooler::start(Mode::Transaction, 1, "query_wait_timeout = 1") else { return };
    let output = phasegate(portal.folder(), &pooler.url(&portal.spec.database), &["verify", "--against", &run]);
    let said = text(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("has no connection left (query_wait_timeout); give its pool as many"), "{said}");
}

#[tokio::test]
async fn a_pooler_that_shares_out_statements_is_no_way_to_read() {
    let Some(pooler) = Pooler::start(Mode::Statement, 4, "") else { return };
    let error = Session::connect(&pooler.spec("postgres")).await.unwrap_err().to_string();
    assert!(error.contains("statement pooling"), "{error}");
}

#[tokio::test]
async fn connections_are_counted_through_the_pooler_and_too_few_are_named() {
    for mode in SERVING {
        let Some(pooler) = Pooler::start(mode, 4, "query_wait_timeout = 2") else { return };
        let env = Env::new([("THROUGH", pooler.url("postgres").as_str())]);
        let probe = |users| format!("probe.connections = {{ users = {users}, through = \"THROUGH\" }}");
        let enough = measure(&probe(4), &spec_of_server(), &env).await;
        assert_eq!(verdicts(&enough), [Verdict::Pass], "{mode:?}: {enough:#?}");
        let too_few = measure(&probe(6), &spec_of_server(), &env).await;
        assert_eq!(verdicts(&too_few), [Verdict::Fail], "{mode:?}: {too_few:#?}");
        assert!(
            too_few[0].measured.starts_with("4 of 6 sessions answered at the same time; refused: "),
            "{too_few:#?}"
        );
        drop(pooler);
        let gone = measure(&probe(4), &spec_of_server(), &env).await;
        assert_eq!(verdicts(&gone), [Verdict::NotEvaluated], "{mode:?}: {gone:#?}");
    }
}

#[tokio::test]
async fn a_connection_through_the_pooler_comes_back_or_its_absence_is_named() {
    for mode in SERVING {
        let Some(pooler) = Pooler::start(mode, 4, "") else { return };
        let spec = pooler.spec("postgres");
        let probe = "probe.recovery = { max_time = \"20s\" }";
        let back = measure(probe, &spec, &Env::default()).await;
        assert!(!back.is_empty() && back.iter().all(|fact| fact.verdict == Verdict::Pass), "{mode:?}: {back:#?}");
        drop(pooler);
        let gone = measure(probe, &spec, &Env::default()).await;
        assert!(gone.iter().any(|fact| fact.verdict != Verdict::Pass), "{mode:?}: {gone:#?}");
    }
}

#[test]
fn the_pooler_of_a_test_that_was_killed_goes_with_it() {
    let Some(pooler) = Pooler::start(Mode::Transaction, 1, "") else { return };
    let (pid, folder) = (pooler.pid(), pooler.folder().to_owned());
    let lives = || Command::new("kill").args(["-0", &pid.to_string()]).output().unwrap().status.success();
    assert!(lives());
    let mut pooler = std::mem::ManuallyDrop::new(pooler);
    pooler.hang_up();
    let start = Instant::now();
    while lives() || folder.exists() {
        assert!(start.elapsed() < Duration::from_secs(30), "pid {pid} or {} is still there", folder.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn spec_of_server() -> ConnSpec {
    ConnSpec::from_url(&common::server().url("postgres")).unwrap()
}

async fn measure(probe: &str, spec: &ConnSpec, env: &Env) -> Vec<Evidence> {
    let text = format!("[gates.x]\nwhen = [\"acceptance\"]\n{probe}\n");
    let set = declared::load_embedded(&[("x.toml", text.as_str())]).unwrap();
    let platform = Platform {
        spec: spec.clone(),
        cancel: Cancel::never(),
        env: env.clone(),
        folder: env!("CARGO_MANIFEST_DIR").into(),
        search_path: vec!["public".into()],
        timeout_ms: 60_000,
        memory: None,
        declarations: std::collections::BTreeMap::new(),
    };
    declared::run(&set, Stage::Acceptance, &platform).await
}

fn verdicts(facts: &[Evidence]) -> Vec<Verdict> {
    facts.iter().map(|fact| fact.verdict).collect()
}

/// Every fact but for what differs from one run to the next: where the server is, and how long it took.
fn said_by(facts: &[Evidence]) -> Vec<String> {
    let judged = facts.iter().filter(|fact| fact.topic.judges());
    judged
        .map(|fact| format!("{:?} {} {} {}: {}", fact.topic, fact.check, fact.subject, fact.verdict, fact.measured))
        .collect()
}

fn phasegate(folder: &Path, url: &str, words: &[&str]) -> Output {
    let mut command = Command::new(common::phasegate());
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/integrity_rules");
    command.args(["--database", url]).args(words).args(["--rules", rules]).current_dir(folder).env_clear();
    command.output().unwrap()
}

/// What psql says to each of these statements.
fn psql(url: &str, statements: &[&str]) -> String {
    let mut client = Command::new("psql");
    client.args(["-qXtA", "-d", url]).args(statements.iter().flat_map(|sql| ["-c", sql]));
    text(&client.output().unwrap())
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
