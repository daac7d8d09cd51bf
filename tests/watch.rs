//! Watching a service that breaks and is mended, while somebody reads along.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;
mod service;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use service::Service;

/// No condition that a test waits for takes longer, on whatever machine.
const PATIENCE: Duration = Duration::from_secs(120);

fn folder(service: &Service) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("integrity_rules")).unwrap();
    let text = format!(
        "[gates.backend]\nwhen = [\"continuous\"]\nprobe.http = {{ url = \"{}\", requests = [{{ path = \"/health\" }}] }}\n\
         [gates.folder]\nwhen = [\"continuous\"]\nprobe.path = {{ path = \"integrity_rules\" }}\n\
         [gates.never]\nwhen = [\"preflight\"]\nprobe.path = {{ path = \"no_such\" }}\n",
        service.url()
    );
    std::fs::write(folder.path().join("integrity_rules/g.toml"), text).unwrap();
    folder
}

/// A watch under way, with what it prints.
struct Watching {
    child: Child,
    lines: Receiver<String>,
    errors: Receiver<String>,
}

impl Watching {
    fn start(folder: &Path, args: &[&str]) -> Watching {
        let mut command = Command::new(common::phasegate());
        command.args(["--database", "postgresql://nobody@127.0.0.1:1/none", "watch", "--every", "200ms"]).args(args);
        command.current_dir(folder).env_clear().stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (lines, errors) = (read(child.stdout.take().unwrap()), read(child.stderr.take().unwrap()));
        Watching { child, lines, errors }
    }

    /// The first line from now on for which this holds.
    fn wait_for(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no line comes that is {what}"));
            let value: Value = serde_json::from_str(&line).unwrap();
            if holds(&value) {
                return value;
            }
        }
    }

    fn interrupt(mut self) -> i32 {
        let killed = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        self.child.wait().unwrap().code().unwrap()
    }
}

fn read(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

fn get(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(format!("{request}\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_service_that_breaks_is_an_alert_and_its_recovery_is_told() {
    let service = Service::start();
    let folder = folder(&service);
    let watching = Watching::start(folder.path(), &["--for", "1h", "--json", "--metrics-port", "0"]);
    let told = watching.errors.recv_timeout(PATIENCE).unwrap();
    let address = told.split("http://").nth(1).and_then(|rest| rest.split('/').next()).unwrap().to_owned();
    let says = |verdict: &'static str| move |line: &Value| line["gate"] == "backend" && line["verdict"] == verdict;

    let well = watching.wait_for("a pass", says("pass"));
    assert_eq!(well["change"], Value::Null, "{well}");
    service.fail(true);
    let broken = watching.wait_for("a failure", says("fail"));
    assert_eq!(broken["change"], serde_json::json!({ "what": "alert", "before": "pass", "now": "fail" }), "{broken}");
    assert!(broken["measured"].as_str().unwrap().starts_with("status 500"), "{broken}");
    let metrics = get(&address, "GET /metrics HTTP/1.1\r\nhost: localhost");
    assert!(metrics.starts_with("HTTP/1.1 200 OK\r\n"), "{metrics}");
    for line in ["phasegate_gate_verdict{gate=\"backend\"} 3\n", "phasegate_gate_verdict{gate=\"folder\"} 0\n"] {
        assert!(metrics.contains(line), "{metrics}");
    }
    assert!(!metrics.contains("never"), "a gate of another stage is not watched: {metrics}");
    assert!(get(&address, "GET /other HTTP/1.1").starts_with("HTTP/1.1 404 "));
    assert!(get(&address, "POST /metrics HTTP/1.1").starts_with("HTTP/1.1 405 "));
    service.fail(false);
    let mended = watching.wait_for("a recovery", says("pass"));
    assert_eq!(mended["change"]["what"], "recovered", "{mended}");
    assert_eq!(watching.interrupt(), 1, "the worst that was seen");

    let run = std::fs::read_dir(folder.path().join("snapshots")).unwrap().next().unwrap().unwrap().path();
    let journal = std::fs::read_to_string(run.join("evidence.jsonl")).unwrap();
    let of_backend = journal.lines().filter(|line| line.contains("\"check\":\"backend\"")).count();
    assert_eq!(of_backend, 3, "well, broken, mended:\n{journal}");
    let rounds = std::fs::read_to_string(run.join("rounds.jsonl")).unwrap();
    assert!(rounds.lines().count() >= 6, "both gates of three rounds at least:\n{rounds}");
    assert!(journal.contains(&phasegate::digest::Checksum::of(rounds.as_bytes()).to_string()), "{journal}");
}

#[test]
fn a_watch_stops_by_itself_and_only_changes_are_printed() {
    let service = Service::start();
    let folder = folder(&service);
    let mut watching = Watching::start(folder.path(), &["--for", "1s", "--only", "folder"]);
    let code = watching.child.wait().unwrap().code();
    let lines: Vec<String> = watching.lines.iter().collect();
    assert_eq!(code, Some(0), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("alert")), "{lines:?}");
    assert_eq!(service.requests(), 0, "only what was asked for is measured");
}

#[test]
fn a_service_that_was_never_there_is_an_alert_and_not_green() {
    let service = Service::start();
    let folder = folder(&service);
    drop(service);
    let mut watching = Watching::start(folder.path(), &["--for", "1s", "--quiet"]);
    let code = watching.child.wait().unwrap().code();
    let lines: Vec<String> = watching.lines.iter().collect();
    assert_eq!(code, Some(2), "{lines:?}");
    assert!(lines[0].contains(" alert: backend not evaluated: "), "{lines:?}");
}

/// What the guide asks for: an alarm where a figure is more than 15 % worse than it was.
#[test]
fn a_figure_that_gets_worse_than_its_baseline_is_an_alert() {
    let service = Service::start();
    let usual = Duration::from_millis(400);
    service.delay(usual);
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("integrity_rules")).unwrap();
    let text = format!(
        "[metrics.health]\nruns = 5\nmeasure.http = {{ url = \"{}\", request = {{ path = \"/health\" }} }}\n",
        service.url()
    );
    std::fs::write(folder.path().join("integrity_rules/m.toml"), text).unwrap();
    let captured = Command::new(common::phasegate())
        .args(["--database", "postgresql://nobody@127.0.0.1:1/none", "--quiet", "baseline", "capture", "before"])
        .current_dir(folder.path())
        .env_clear()
        .status()
        .unwrap();
    assert_eq!(captured.code(), Some(0));

    let watching = Watching::start(folder.path(), &["--for", "1h", "--json", "--baseline", "before"]);
    let says =
        |verdict: &'static str| move |line: &Value| line["gate"] == "metric health" && line["verdict"] == verdict;
    watching.wait_for("a pass", says("pass"));
    service.delay(usual.mul_f64(1.2));
    let worse = watching.wait_for("a warning", says("warn"));
    assert!(worse["measured"].as_str().unwrap().contains('%'), "{worse}");
    service.delay(usual * 2);
    let bad = watching.wait_for("a failure", says("fail"));
    assert_eq!(bad["gate"], "metric health", "{bad}");
    service.delay(usual);
    watching.wait_for("a recovery", says("pass"));
    assert_eq!(watching.interrupt(), 1, "the worst that was seen");
}

#[test]
fn nothing_to_watch_and_a_port_that_is_taken_are_errors() {
    let service = Service::start();
    let folder = folder(&service);
    let mut nothing = Watching::start(folder.path(), &["--for", "1s", "--only", "never"]);
    assert_eq!(nothing.child.wait().unwrap().code(), Some(2));
    assert!(nothing.errors.iter().any(|line| line.contains("no gate to watch")));
    let port = service.url().rsplit(':').next().unwrap().to_owned();
    let mut taken = Watching::start(folder.path(), &["--for", "1s", "--metrics-port", &port]);
    assert_eq!(taken.child.wait().unwrap().code(), Some(2));
    assert!(taken.errors.iter().any(|line| line.contains("cannot listen on 127.0.0.1:")));
    assert!(!folder.path().join("snapshots").exists(), "no run was begun");
}
