//! Baselines of a service that stays as it was, gets slower, gets noisy, or breaks.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;
mod service;

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use service::Service;

/// A folder with one metric of the service, whose bands are wide enough for any machine that tests run on.
fn folder(service: &Service, more: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("integrity_rules")).unwrap();
    let text = format!(
        "[metrics.health]\nmeasure.http = {{ url = \"{}\", request = {{ path = \"/health\" }} }}\nruns = 6\n\
         warn_percent = 100\nfail_percent = 200\n{more}",
        service.url()
    );
    std::fs::write(folder.path().join("integrity_rules/m.toml"), text).unwrap();
    folder
}

fn baseline(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(common::phasegate());
    // Nothing answers there, and nothing of it is needed.
    command.args(["--database", "postgresql://nobody@127.0.0.1:1/none", "--quiet", "baseline"]).args(args);
    command.current_dir(folder).env_clear().output().unwrap()
}

#[track_caller]
fn assert_ends(output: &Output, code: i32, says: &str) {
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(text.contains(says), "{text}");
}

#[test]
fn a_service_as_it_was_is_green_and_one_that_got_slower_is_red() {
    let service = Service::start();
    service.delay(Duration::from_millis(80));
    let folder = folder(&service, "");
    assert_ends(&baseline(folder.path(), &["capture", "before"]), 0, "GO");
    let file = std::fs::read_to_string(folder.path().join("snapshots/before/baseline.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&file).unwrap();
    assert_eq!(json["metrics"]["health"]["runs"], 6, "{file}");
    let median = json["metrics"]["health"]["median"].as_f64().unwrap();
    assert!((80.0..400.0).contains(&median), "{file}");

    assert_ends(&baseline(folder.path(), &["compare", "before"]), 0, "GO");
    service.delay(Duration::ZERO);
    assert_ends(&baseline(folder.path(), &["compare", "before"]), 0, "GO");
    service.delay(Duration::from_millis(2000));
    let slower = baseline(folder.path(), &["compare", "before"]);
    assert_ends(&slower, 1, "fail: health time of GET /health at ");
    assert_ends(&slower, 1, "NO-GO");

    let again = baseline(folder.path(), &["capture", "before"]);
    assert_ends(&again, 2, "there is a baseline of this name already");
    assert_eq!(std::fs::read_to_string(folder.path().join("snapshots/before/baseline.json")).unwrap(), file);
}

#[test]
fn noise_wider_than_the_band_is_not_evaluated() {
    let service = Service::start();
    let folder = folder(&service, "");
    service.delay(Duration::from_millis(80));
    assert_ends(&baseline(folder.path(), &["capture", "before"]), 0, "GO");
    service.delay_every_second(Duration::from_millis(1000));
    assert_ends(&baseline(folder.path(), &["compare", "before"]), 2, "noise says nothing");
}

#[test]
fn what_cannot_be_measured_or_is_beyond_its_limit_is_not_green() {
    let service = Service::start();
    let slow = folder(&service, "limit = \"1ms\"\n");
    service.delay(Duration::from_millis(20));
    assert_ends(&baseline(slow.path(), &["capture", "before"]), 0, "warn: health");
    assert_ends(&baseline(slow.path(), &["compare", "before"]), 1, "fail: health");

    let broken = folder(&service, "");
    service.fail(true);
    assert_ends(&baseline(broken.path(), &["capture", "before"]), 2, "GET /health: status 500");
    assert!(!broken.path().join("snapshots/before").exists(), "half a baseline is none");
    assert_ends(&baseline(broken.path(), &["compare", "before"]), 2, "no such baseline");
    service.fail(false);
    service.delay(Duration::ZERO);
    assert_ends(&baseline(broken.path(), &["capture", "before"]), 0, "GO");
    service.fail(true);
    assert_ends(&baseline(broken.path(), &["compare", "before"]), 2, "GET /health: status 500");
}

#[test]
fn a_figure_that_nobody_measures_any_more_or_measures_otherwise_is_not_evaluated() {
    let service = Service::start();
    let more = "[metrics.start]\nmeasure.http = { url = \"{url}\" }\nruns = 5\n\
                [metrics.memory]\nmeasure.process_memory = { name = \"phasegate\", interval = \"1ms\" }\n\
                [metrics.busy]\nmeasure.cpu = { window = \"250ms\" }\nruns = 5\n"
        .replace("{url}", &service.url());
    let folder = folder(&service, &more);
    assert_ends(&baseline(folder.path(), &["capture", "before"]), 0, "GO");
    let file = std::fs::read_to_string(folder.path().join("snapshots/before/baseline.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&file).unwrap();
    assert!(json["metrics"]["memory"]["median"].as_f64().unwrap() > 1.0, "{file}");
    assert_eq!([&json["metrics"]["memory"]["unit"], &json["metrics"]["busy"]["unit"]], ["MB", "%"]);

    let rules = folder.path().join("integrity_rules/m.toml");
    let text = std::fs::read_to_string(&rules).unwrap();
    let (only_health, _) = text.split_once("[metrics.start]").unwrap();
    std::fs::write(&rules, only_health.replace("/health\"", "/\"")).unwrap();
    let compared = baseline(folder.path(), &["compare", "before"]);
    for says in ["the baseline holds another figure", "it is declared no more"] {
        assert_ends(&compared, 2, says);
    }
}

#[test]
fn degradation_under_a_load_is_a_figure_like_any_other() {
    let service = Service::start();
    service.delay(Duration::from_millis(50));
    let folder = folder(
        &service,
        &format!(
            "[metrics.four_users]\nmeasure.load_degradation = {{ load = \"four\" }}\nlimit = 100\nmin_difference = 100\n\
             [loads.four]\nurl = \"{}\"\nusers = 4\nthink_time = \"0\"\nduration = \"2s\"\nrequests = [{{ path = \"/health\" }}]\n",
            service.url()
        ),
    );
    assert_ends(&baseline(folder.path(), &["capture", "before"]), 0, "GO");
    service.one_by_one(true);
    assert_ends(&baseline(folder.path(), &["compare", "before"]), 1, "fail: four_users degradation under load four");
}

#[tokio::test]
async fn the_time_of_an_audit_trail_is_a_metric_and_nothing_of_it_stays() {
    let spec = common::database().await;
    common::sql(
        &spec,
        "CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 1); CREATE TABLE trail (what text);
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN INSERT INTO trail VALUES (TG_OP); RETURN NULL; END $$;
         CREATE TRIGGER audit AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION note();",
    )
    .await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("integrity_rules")).unwrap();
    let text = "[metrics.trail]\nruns = 5\nwarn_percent = 900000\nfail_percent = 900000\n\
                measure.audit_trail = { sql = \"UPDATE t SET v = 2\", trigger = \"audit\", into = \"trail\" }\n";
    std::fs::write(folder.path().join("integrity_rules/m.toml"), text).unwrap();
    let run = |words: &[&str]| {
        let mut command = Command::new(common::phasegate());
        command.args(["--database", &common::server().url(&spec.database), "baseline"]).args(words);
        command.current_dir(folder.path()).output().unwrap()
    };
    assert_ends(&run(&["capture", "now"]), 0, "GO");
    let file = std::fs::read_to_string(folder.path().join("snapshots/now/baseline.json")).unwrap();
    assert!(file.contains("\"measures\": \"time of audit of UPDATE t SET v = 2\""), "{file}");
    let left = "SELECT (SELECT count(*) FROM public.trail) || ' ' || (SELECT v FROM public.t)";
    assert_eq!(common::value(&spec, left).await.as_deref(), Some("0 1"));
    common::sql(&spec, "ALTER TABLE t DISABLE TRIGGER audit").await;
    assert_ends(&run(&["compare", "now"]), 2, "does not fire audit; it fires no trigger at all");
}
