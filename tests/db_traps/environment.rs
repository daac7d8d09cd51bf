//! The driver reads PG* variables by itself; none of them may reach the server behind the settings' back.

use std::process::Command;

use phasegate::db::{ConnSpec, Env, Session};

use crate::server;

const URL: &str = "PHASEGATE_TEST_URL";

/// Runs one of the tests below in a process with these variables.
fn in_child(test: &str, variables: &[(&str, &str)]) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", test, "--ignored"]).env(URL, server().url("postgres")).envs(variables.iter().copied());
    let output = child.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
fn variables_of_the_process_do_not_reach_the_server() {
    let variables = [
        ("PGHOST", "absent.example"),
        ("PGHOSTADDR", "192.0.2.1"),
        ("PGPORT", "1"),
        ("PGUSER", "nobody_at_all"),
        ("PGDATABASE", "absent"),
        ("PGPASSWORD", "x"),
        ("PGAPPNAME", "leaked"),
        ("PGSSLMODE", "verify-full"),
        ("PGSSLROOTCERT", "/absent"),
        ("PGSSLCERT", "/absent"),
        ("PGSSLKEY", "/absent"),
    ];
    in_child("environment::child_connects_as_its_url_says", &variables);
}

#[test]
fn options_of_the_process_are_kept_or_refused() {
    in_child("environment::child_refuses_foreign_options", &[("PGOPTIONS", "-c geqo=off")]);
}

#[test]
fn a_client_certificate_of_the_process_is_refused() {
    in_child("environment::child_refuses_a_foreign_certificate", &[("PGSSLCERT", "/absent"), ("PGSSLKEY", "/absent")]);
}

#[ignore = "runs in a process of its own"]
#[tokio::test]
async fn child_connects_as_its_url_says() {
    let spec = ConnSpec::from_url(&std::env::var(URL).unwrap()).unwrap();
    let mut session = Session::connect(&spec).await.unwrap();
    let row =
        session.one("SELECT current_user, current_database(), current_setting('application_name')").await.unwrap();
    assert_eq!([row.at(0), row.at(1), row.at(2)], [Some("postgres"), Some("postgres"), Some("phasegate")]);
}

#[ignore = "runs in a process of its own"]
#[tokio::test]
async fn child_refuses_foreign_options() {
    let url = std::env::var(URL).unwrap();
    let error = Session::connect(&ConnSpec::from_url(&url).unwrap()).await.unwrap_err().to_string();
    assert!(error.starts_with("PGOPTIONS: "), "{error}");
    // The same options, wanted: sent once.
    let env = Env::new([("PGOPTIONS", std::env::var("PGOPTIONS").unwrap())]);
    let (spec, _) = ConnSpec::resolve(Some(&url), &env).unwrap();
    let mut session = Session::connect(&spec).await.unwrap();
    assert_eq!(session.one("SHOW geqo").await.unwrap().at(0), Some("off"));
}

#[ignore = "runs in a process of its own"]
#[tokio::test]
async fn child_refuses_a_foreign_certificate() {
    let spec = ConnSpec::from_url("postgresql://u@127.0.0.1:1/d").unwrap();
    let error = Session::connect(&spec).await.unwrap_err().to_string();
    assert!(error.starts_with("PGSSLCERT: "), "{error}");
}
