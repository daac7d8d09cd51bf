//! The probe `replication` on a real standby: it follows, it lags, it is gone.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::time::{Duration, Instant};

use phasegate::db::{Cancel, ConnSpec, Env};
use phasegate::disposable::Server;
use phasegate::evidence::Evidence;
use phasegate::gates::declared::{self, Platform};
use phasegate::verdict::{Stage, Verdict};

/// One standby, never more than so much behind.
const GATE: &str =
    "[gates.standby_follows]\nwhen = [\"continuous\"]\nprobe.replication = { min_standbys = 1, max_lag_mb = 1 }\n";

#[tokio::test]
async fn a_standby_that_follows_is_green_and_one_that_lags_or_is_gone_is_red() {
    let primary = Server::start(&common::options()).unwrap();
    psql(&primary, "CREATE TABLE t (id int, pad text)");
    let standby = primary.standby().unwrap();
    let spec = ConnSpec::from_url(&primary.url("postgres")).unwrap();
    let judged = || async {
        let set = declared::load_embedded(&[("r.toml", GATE)]).unwrap();
        let facts = declared::run(&set, Stage::Continuous, &platform(&spec)).await;
        facts.into_iter().find(|fact: &Evidence| fact.subject != "slots").unwrap()
    };
    until("the standby streams", || {
        psql(&primary, "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == "1"
    });
    let caught_up = "SELECT coalesce(bool_and(replay_lsn = pg_current_wal_lsn()), false) FROM pg_stat_replication";
    until("the standby has caught up", || psql(&primary, caught_up) == "t");
    let sound = judged().await;
    assert_eq!(sound.verdict, Verdict::Pass, "{sound:?}");
    assert!(sound.measured.starts_with("1 standbys stream, 0 are late"), "{sound:?}");

    psql(&standby, "SELECT pg_wal_replay_pause()");
    until("replay is paused", || psql(&standby, "SELECT pg_get_wal_replay_pause_state()") == "paused");
    psql(&primary, "INSERT INTO t SELECT n, repeat(md5(n::text), 30) FROM generate_series(1, 5000) AS n");
    let late = judged().await;
    assert_eq!(late.verdict, Verdict::Fail, "{late:?}");
    assert!(late.samples[0].value.ends_with("MB behind"), "{late:?}");

    psql(&standby, "SELECT pg_wal_replay_resume()");
    until("the standby has caught up again", || psql(&primary, caught_up) == "t");
    assert_eq!(judged().await.verdict, Verdict::Pass);

    standby.stop().unwrap();
    until("nobody streams", || psql(&primary, "SELECT count(*) FROM pg_stat_replication") == "0");
    let gone = judged().await;
    assert_eq!((gone.verdict, gone.measured.as_str()), (Verdict::Fail, "0 standbys stream, 0 are late"));
    primary.stop().unwrap();
}

fn platform(spec: &ConnSpec) -> Platform {
    Platform {
        spec: spec.clone(),
        cancel: Cancel::never(),
        env: Env::new([("PATH", "")]),
        folder: env!("CARGO_MANIFEST_DIR").into(),
        search_path: vec!["public".into()],
        timeout_ms: 30_000,
        memory: None,
        declarations: std::collections::BTreeMap::new(),
    }
}

fn psql(server: &Server, sql: &str) -> String {
    let output = server.client("psql").unwrap().args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-c", sql]).output().unwrap();
    assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(120), "it never came to be that {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
