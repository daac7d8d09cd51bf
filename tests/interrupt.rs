//! Ctrl-C while something is measured: the exit code is 130 whatever the command, and what was not measured is not green.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use phasegate::db::Session;

const SETTINGS: &str = "\
[gates.silent]
when = [\"acceptance\"]
probe.http = { url = \"URL\", requests = [{ path = \"/health\" }] }

[gates.well]
when = [\"acceptance\"]
probe.path = { path = \"integrity_rules\" }

[loads.silent]
url = \"URL\"
requests = [{ path = \"/health\" }]

[metrics.silent]
measure.http = { url = \"URL\", request = { path = \"/health\" } }
";

/// Runs the program until it asks a service that never answers, then interrupts it.
fn interrupted(folder: &Path, words: &[&str]) -> Output {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    std::fs::create_dir_all(folder.join("integrity_rules")).unwrap();
    let text = SETTINGS.replace("URL", &format!("http://{}", silent.local_addr().unwrap()));
    std::fs::write(folder.join("integrity_rules/g.toml"), text).unwrap();
    let mut command = Command::new(common::phasegate());
    command.args(["--database", "postgresql://nobody@127.0.0.1:1/none"]).args(words);
    let child = command.current_dir(folder).env_clear().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It is under way once it is here; nextest ends a test that waits for nothing.
    let _connection = silent.accept().unwrap();
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    child.wait_with_output().unwrap()
}

#[test]
fn what_only_measures_ends_as_cancelled() {
    for words in [&["gates", "--stage", "acceptance"][..], &["load"], &["baseline", "capture", "today"]] {
        let folder = tempfile::tempdir().unwrap();
        let output = interrupted(folder.path(), words);
        let said = String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned();
        assert_eq!(output.status.code(), Some(130), "{words:?}: {said}");
        let runs: Vec<_> = std::fs::read_dir(folder.path().join("snapshots")).unwrap().collect();
        assert_eq!(runs.len(), 1, "{words:?}");
        let journal = std::fs::read_to_string(runs[0].as_ref().unwrap().path().join("evidence.jsonl")).unwrap();
        let silent = journal.lines().find(|line| line.contains("\"check\":\"silent\"")).unwrap();
        assert!(silent.contains("\"verdict\":\"not_evaluated\""), "{words:?}: {silent}");
        assert!(!folder.path().join("snapshots/today").exists(), "half a baseline is none");
    }
}

#[tokio::test]
async fn a_gates_statement_is_ended_on_the_server() {
    let spec = common::database().await;
    let mut holder = Session::connect(&spec).await.unwrap();
    holder.rows("SELECT pg_advisory_xact_lock(7702)").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("integrity_rules")).unwrap();
    let text = "[gates.waits]\nwhen = [\"acceptance\"]\n\
                probe.sql_latency = { sql = \"SELECT pg_advisory_xact_lock_shared(7702)\", max_median = \"10ms\" }\n";
    std::fs::write(folder.path().join("integrity_rules/g.toml"), text).unwrap();
    let mut command = Command::new(common::phasegate());
    command.args(["--database", &common::server().url(&spec.database), "gates", "--stage", "acceptance"]);
    let child = command.current_dir(folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7702 AND NOT granted";
    while common::value(&spec, waiting).await.as_deref() != Some("1") {}
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stdout));
    while common::value(&spec, waiting).await.as_deref() != Some("0") {}
    holder.close().await;
}
