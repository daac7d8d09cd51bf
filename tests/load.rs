//! Loads on a service that is well, slow, broken, silent, or serves one after the other.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod service;

use std::time::{Duration, Instant};

use phasegate::db::{Cancel, ConnSpec, Env};
use phasegate::evidence::Evidence;
use phasegate::gates::declared::Platform;
use phasegate::gates::declared::loads::{self, load_embedded};
use phasegate::verdict::Verdict;

use service::{PASSWORD, Service};

/// What users of the portal do, and what is demanded.
fn portal(url: &str, more: &str) -> String {
    format!(
        r#"[loads.portal]
        url = "{url}"
        think_time = "0"
        setup = [{{ method = "POST", path = "/auth/login", json = {{ user = "user-${{USER}}", password = "${{SECRET}}" }}, remember = {{ TOKEN = "/access_token" }} }}]
        requests = [
            {{ path = "/dashboard", headers = {{ authorization = "Bearer ${{TOKEN}}" }}, expect_json = {{ "/portfolios" = 2 }} }},
            {{ path = "/portfolios" }},
            {{ path = "/health" }},
        ]
        {more}"#
    )
}

fn platform(cancel: Cancel) -> Platform {
    Platform {
        spec: ConnSpec::from_url("postgresql://nobody@localhost/none").unwrap(),
        cancel,
        env: Env::new([("SECRET", PASSWORD)]),
        folder: env!("CARGO_MANIFEST_DIR").into(),
        search_path: vec!["public".into()],
        timeout_ms: 30_000,
        memory: None,
        declarations: std::collections::BTreeMap::new(),
    }
}

async fn run(text: &str) -> Vec<Evidence> {
    let load = load_embedded(&[("l.toml", text)]).unwrap().remove(0);
    loads::run(&load, &platform(Cancel::never()), &|_| {}).await
}

/// The same, longer and longer where it was too short for this machine to tell anything; with the requests of the last
/// try.
async fn run_long_enough(text: &str, service: &Service) -> (Vec<Evidence>, u64) {
    run_until(text, service, |fact| fact.verdict != Verdict::NotEvaluated).await
}

/// The same until every fact is told.
async fn run_until(text: &str, service: &Service, is_told: fn(&Evidence) -> bool) -> (Vec<Evidence>, u64) {
    let load = load_embedded(&[("l.toml", text)]).unwrap().remove(0);
    let mut tried = (Vec::new(), 0);
    for seconds in [1, 5, 20, 60] {
        let before = service.requests();
        let load = load.clone().with(None, Some(Duration::from_secs(seconds)));
        let facts = loads::run(&load, &platform(Cancel::never()), &|_| {}).await;
        let is_over = facts.iter().all(is_told);
        tried = (facts, service.requests() - before);
        if is_over {
            break;
        }
    }
    tried
}

/// The facts that judge and do not pass.
fn red(facts: &[Evidence]) -> Vec<(Verdict, &str)> {
    let bad = facts.iter().filter(|fact| fact.topic.judges() && fact.verdict != Verdict::Pass);
    bad.map(|fact| (fact.verdict, fact.measured.as_str())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_well_passes_every_demand_and_each_request_is_measured() {
    let service = Service::start();
    let text = portal(&service.url(), "users = [1, 3]\nmax_p95 = \"10s\"\nmax_median = \"10s\"");
    let (facts, requests) = run_long_enough(&text, &service).await;
    assert_eq!(red(&facts), []);
    let measured: Vec<&Evidence> = facts.iter().filter(|fact| fact.subject.ends_with(", 3 users")).collect();
    let names = ["POST /auth/login", "GET /dashboard", "GET /portfolios", "GET /health"];
    for name in names {
        let fact = measured.iter().find(|fact| fact.subject.starts_with(name)).unwrap();
        assert!(fact.measured.contains(" 0 failed; min "), "{name}: {}", fact.measured);
        assert!(fact.measured.contains("; up to "), "{name}: {}", fact.measured);
    }
    let sent = |fact: &Evidence| fact.measured.split_once(" sent, ").map(|(sent, _)| sent.parse::<u64>().unwrap());
    let logins = measured.iter().find(|fact| fact.subject.starts_with("POST")).and_then(|fact| sent(fact)).unwrap();
    assert!((1..=3).contains(&logins), "one a user: {measured:#?}");
    assert_eq!(facts.iter().filter_map(sent).sum::<u64>(), requests, "every request is counted once");
    assert!(!format!("{facts:?}").contains(PASSWORD));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_service_breaks_the_demand_on_times_and_no_other() {
    let service = Service::start();
    service.delay(Duration::from_millis(30));
    let text = portal(&service.url(), "users = 2\nmax_p95 = \"20ms\"");
    let (facts, _) = run_long_enough(&text, &service).await;
    let red = red(&facts);
    assert_eq!(red.len(), 1, "{red:?}");
    assert!(red[0].0 == Verdict::Fail && red[0].1.starts_with("p95 ") && red[0].1.contains("GET /"), "{red:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn failing_requests_break_the_demand_on_errors_and_are_named() {
    let service = Service::start();
    let text = format!(
        "[loads.portal]\nurl = \"{}\"\nthink_time = \"0\"\nmin_requests = 3\n\
         requests = [{{ path = \"/health\" }}, {{ path = \"/fail\" }}]",
        service.url()
    );
    let (facts, _) = run_until(&text, &service, |fact| !fact.measured.starts_with("not evaluated: only")).await;
    let bad: Vec<&Evidence> = facts.iter().filter(|fact| fact.verdict != Verdict::Pass).collect();
    assert_eq!(bad.len(), 2, "{bad:#?}");
    assert!(bad[0].verdict == Verdict::Fail && bad[0].measured.contains("requests failed ("), "{bad:?}");
    // Where one request always fails, nobody gets through all of them.
    assert!(bad[1].verdict == Verdict::NotEvaluated && bad[1].measured == "not evaluated: 0 of 1 did", "{bad:?}");
    assert_eq!(bad[0].samples.len(), 1, "{bad:?}");
    let sample = bad[0].samples[0].line();
    assert!(
        sample.starts_with("GET /fail: ") && sample.contains("status 500: the status is not as expected"),
        "{sample}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_service_and_one_that_is_not_there_are_not_evaluated() {
    let service = Service::start();
    let silent = format!(
        "[loads.portal]\nurl = \"{}\"\nusers = 2\nduration = \"200ms\"\ntimeout = \"300ms\"\nrequests = [{{ path = \"/hang\" }}]",
        service.url()
    );
    let url = service.url();
    for (text, reason) in
        [(silent, " requests was answered: GET /hang: "), (portal(&url, "duration = \"200ms\""), "no request was made")]
    {
        if reason.starts_with("no request") {
            // Nobody gets in, so nobody makes a request.
            service.fail(true);
        }
        let facts = run(&text).await;
        let red = red(&facts);
        assert_eq!(red.len(), 1, "{facts:#?}");
        assert!(red[0].0 == Verdict::NotEvaluated && red[0].1.contains(reason), "{red:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_stands_for_nothing_is_not_evaluated_with_its_reason() {
    let service = Service::start();
    let facts = run(&portal(&service.url(), "").replace("SECRET", "NO_SUCH")).await;
    assert_eq!(facts.len(), 1, "{facts:#?}");
    assert_eq!(facts[0].verdict, Verdict::NotEvaluated);
    assert!(facts[0].measured.contains("${NO_SUCH} is not set"), "{}", facts[0].measured);
    assert_eq!(service.requests(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_serves_one_after_the_other_is_found_by_its_degradation() {
    let service = Service::start();
    // Long beside the work of whatever machine the tests run on.
    service.delay(Duration::from_millis(50));
    let demand = "users = 4\nmax_degradation_percent = 100";
    let (facts, _) = run_long_enough(&portal(&service.url(), demand), &service).await;
    assert_eq!(red(&facts), [], "side by side");
    service.one_by_one(true);
    let (facts, _) = run_long_enough(&portal(&service.url(), demand), &service).await;
    let red = red(&facts);
    assert_eq!(red.len(), 1, "{red:?}");
    assert!(red[0].0 == Verdict::Fail && red[0].1.contains("95 % sure"), "{red:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_ends_a_load_long_before_its_time() {
    let service = Service::start();
    let (switch, cancel) = Cancel::new();
    let load = load_embedded(&[("l.toml", portal(&service.url(), "users = 4\nduration = \"30min\"").as_str())])
        .unwrap()
        .remove(0);
    let start = Instant::now();
    let task = tokio::spawn(async move { loads::run(&load, &platform(cancel), &|_| {}).await });
    while service.requests() < 20 {
        assert!(start.elapsed() < Duration::from_secs(60), "nobody asks");
        tokio::task::yield_now().await;
    }
    switch.cancel();
    let facts = task.await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(60));
    assert_eq!((facts.len(), facts[0].verdict), (1, Verdict::NotEvaluated), "{facts:#?}");
    assert!(facts[0].measured.contains("cancelled"), "{facts:?}");
}

/// A measurement: the memory of the program while a load lasts, in the declared way of the reference platform's users.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "a measurement of half an hour; PHASEGATE_LOAD_SECONDS is another time"]
fn a_load_of_half_an_hour_takes_no_more_memory_at_its_end_than_after_its_first_tenth() {
    let seconds: u64 = std::env::var("PHASEGATE_LOAD_SECONDS").map_or(1800, |text| text.parse().unwrap());
    let service = Service::start();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("integrity_rules")).unwrap();
    let text =
        portal(&service.url(), "users = 4\nmax_p95 = \"2500ms\"").replace("think_time = \"0\"", "think_time = \"1s\"");
    std::fs::write(folder.path().join("integrity_rules/l.toml"), text).unwrap();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_phasegate"))
        .args(["--database", "postgresql://nobody@127.0.0.1:1/none", "--quiet", "load", "--duration"])
        .arg(format!("{seconds}s"))
        .current_dir(folder.path())
        .env("SECRET", PASSWORD)
        .spawn()
        .unwrap();
    // One user alone comes before the four, for as long.
    let (start, mut seen) = (Instant::now(), Vec::new());
    let ended = loop {
        match child.try_wait().unwrap() {
            Some(ended) => break ended,
            None => std::thread::sleep(Duration::from_secs(1)),
        }
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kb = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        seen.extend(kb.map(|kb| (start.elapsed(), kb)));
    };
    assert_eq!(ended.code(), Some(0));
    let first = Duration::from_secs(seconds / 10);
    let most = |late: bool| seen.iter().filter(|(at, _)| (*at > first) == late).map(|(_, kb)| *kb).max().unwrap_or(0);
    let (early, late) = (most(false), most(true));
    assert!(late <= early + 8_192, "{early} kB at most in the first tenth, {late} kB after it");
}

#[test]
fn the_examples_of_the_pages_can_be_read() {
    let example = |page: &str| {
        let text = std::fs::read_to_string(format!("{}/docs/{page}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        text.split("```toml\n").nth(1).unwrap().split("```").next().unwrap().to_owned()
    };
    assert_eq!(load_embedded(&[("load.toml", &example("load.md"))]).unwrap().len(), 1);
    let metrics = phasegate::gates::declared::metrics::load_embedded(&[("baseline.toml", &example("baseline.md"))]);
    assert_eq!(metrics.unwrap().len(), 10, "ten metrics");
}
