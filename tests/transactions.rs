//! Transactions that stay open, and prepared ones: the gate of the program and the probe of the same name find both.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use phasegate::db::{Cancel, ConnSpec, Env, Session, SharedSnapshot};
use phasegate::disposable::Server;
use phasegate::evidence::Evidence;
use phasegate::gates::declared::{self, Platform};
use phasegate::gates::{self, GateContext, GatesConfig};
use phasegate::verdict::{Moment, Stage, Verdict};

#[tokio::test]
async fn open_and_prepared_transactions_are_found_while_they_are_there() {
    let server = Server::start(&common::options()).unwrap();
    psql(&server, "postgres", "ALTER SYSTEM SET max_prepared_transactions = 5");
    server.restart().unwrap();
    psql(&server, "postgres", "CREATE DATABASE elsewhere");
    psql(&server, "postgres", "CREATE TABLE t (id int)");
    let spec = ConnSpec::from_url(&server.url("postgres")).unwrap();
    assert_eq!(probe(&spec, "everywhere = true", &spec.user).await, [(Verdict::Pass, 0), (Verdict::Pass, 0)]);

    // A session of phasegate's holds its transaction open; a run in which it does so is not held against itself.
    let mut open = Session::connect(&spec).await.unwrap();
    open.rows("SELECT count(*) FROM public.t").await.unwrap();
    assert_eq!(probe(&spec, "", &spec.user).await, [(Verdict::Fail, 1), (Verdict::Pass, 0)]);
    assert_eq!(at(&spec, Stage::Before, "", &spec.user).await[0].0, Verdict::Pass);
    open.close().await;
    assert_eq!(probe(&spec, "", &spec.user).await[0].0, Verdict::Pass);

    psql(&server, "postgres", "BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'forgotten'");
    assert_eq!(probe(&spec, "", &spec.user).await, [(Verdict::Pass, 0), (Verdict::Fail, 1)]);
    assert_eq!(probe(&spec, "max_prepared_age = \"1h\"", &spec.user).await[1].0, Verdict::Pass);
    let gate = gate(&spec).await;
    assert_eq!(gate.verdict, Verdict::Fail, "{gate:?}");
    assert_eq!(gate.samples[0].key, "prepared transaction forgotten");
    let other = ConnSpec::from_url(&server.url("elsewhere")).unwrap();
    assert_eq!(probe(&other, "", &other.user).await[1].0, Verdict::Pass, "it is another database's");
    assert_eq!(probe(&other, "everywhere = true", &other.user).await[1], (Verdict::Fail, 1));
    psql(&server, "postgres", "ROLLBACK PREPARED 'forgotten'");
    assert_eq!(probe(&spec, "", &spec.user).await[1].0, Verdict::Pass);

    // Who may not see the others says so.
    psql(&server, "postgres", "CREATE ROLE blind LOGIN");
    let mut open = Session::connect(&spec).await.unwrap();
    open.rows("SELECT count(*) FROM public.t").await.unwrap();
    assert_eq!(probe(&spec, "", "blind").await[0].0, Verdict::NotEvaluated);
    open.close().await;
    server.stop().unwrap();
}

/// What the probe says of open and of prepared transactions, and how many it names.
async fn probe(spec: &ConnSpec, more: &str, role: &str) -> Vec<(Verdict, usize)> {
    at(spec, Stage::Continuous, more, role).await
}

async fn at(spec: &ConnSpec, stage: Stage, more: &str, role: &str) -> Vec<(Verdict, usize)> {
    let text = format!(
        "[gates.g]\nwhen = [\"before\", \"continuous\"]\n[gates.g.probe.transactions]\nmax_age = \"1ms\"\n{more}\n"
    );
    let mut spec = spec.clone();
    spec.user = role.to_owned();
    let platform = Platform {
        spec,
        cancel: Cancel::never(),
        env: Env::new([("PATH", "")]),
        folder: env!("CARGO_MANIFEST_DIR").into(),
        search_path: vec!["public".into()],
        timeout_ms: 30_000,
        memory: None,
        declarations: std::collections::BTreeMap::new(),
    };
    let set = declared::load_embedded(&[("t.toml", text.as_str())]).unwrap();
    let facts = declared::run(&set, stage, &platform).await;
    facts.iter().map(|fact| (fact.verdict, fact.samples.len())).collect()
}

async fn gate(spec: &ConnSpec) -> Evidence {
    let config: GatesConfig = toml::from_str("[long_transactions]\nmax_age_s = 0\n").unwrap();
    let mut snapshot = SharedSnapshot::open(spec, Cancel::never()).await.unwrap();
    let context = GateContext { own_pids: vec![snapshot.keeper().backend_pid()], ..GateContext::default() };
    let facts = gates::run(&config, Moment::Before, &snapshot, &context).await;
    snapshot.close().await;
    facts.into_iter().find(|fact| fact.check == "long_transactions").unwrap()
}

fn psql(server: &Server, database: &str, sql: &str) {
    let mut command = server.client("psql").unwrap();
    command.env("PGDATABASE", database).args(["-Xq", "-v", "ON_ERROR_STOP=1"]);
    // Each statement by itself: what prepares cannot stand in a transaction around all of them.
    for statement in sql.split("; ") {
        command.args(["-c", statement]);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
}
