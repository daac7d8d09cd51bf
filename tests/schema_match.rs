//! The schema as a committed file: written once, held against later, and another file is another rule.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::fs;
use std::process::Command;

use phasegate::db::ConnSpec;

const RULES: &str = "[rules.schema_is_as_committed]\ncheck.schema_match = { baseline = \"schema.json\" }\n";

fn phasegate(spec: &ConnSpec, home: &tempfile::TempDir, args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(common::phasegate());
    command.current_dir(home.path()).env("DATABASE_URL", common::server().url(&spec.database)).args(args);
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap())
}

#[tokio::test]
async fn a_schema_is_held_against_the_file_that_was_committed() {
    let spec = common::database().await;
    common::sql(
        &spec,
        "CREATE SCHEMA app; CREATE TABLE app.t (id serial PRIMARY KEY, a text); CREATE TYPE app.mood AS ENUM ('calm');
         CREATE FUNCTION public.f(app.mood) RETURNS int LANGUAGE sql AS 'SELECT 1';
         COMMENT ON COLUMN app.t.a IS 'a column'; COMMENT ON CONSTRAINT t_pkey ON app.t IS 'a key'",
    )
    .await;
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("integrity_rules")).unwrap();
    fs::write(home.path().join("integrity_rules/r.toml"), RULES).unwrap();
    let verify = ["verify", "--rules-only", "--format", "json"];

    let (code, said) = phasegate(&spec, &home, &verify);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("r.toml:2:35: rule schema_is_as_committed: there is no such file as"), "{said}");
    let write = ["snapshot", "schema", "--output", "integrity_rules/schema.json"];
    assert_eq!(phasegate(&spec, &home, &write).0, Some(0));
    let (code, said) = phasegate(&spec, &home, &write);
    assert!(code == Some(2) && said.contains("--force replaces it"), "{said}");
    let (code, said) = phasegate(&spec, &home, &verify);
    assert_eq!(code, Some(0), "{said}");
    let run: serde_json::Value = serde_json::from_str(&said).unwrap();
    let run = run["run"]["run_id"].as_str().unwrap().to_owned();

    // Whatever the search path leads to, and whatever phasegate keeps for itself.
    common::sql(&spec, "CREATE TABLE public.migration_log (id int)").await;
    fs::write(home.path().join("phasegate.toml"), "[execute]\nsearch_path = \"app, public\"\n").unwrap();
    let (code, said) = phasegate(&spec, &home, &verify);
    assert_eq!(code, Some(0), "{said}");
    fs::remove_file(home.path().join("phasegate.toml")).unwrap();

    common::sql(&spec, "ALTER TYPE app.mood ADD VALUE 'wild'; ALTER SEQUENCE app.t_id_seq INCREMENT 2").await;
    let (code, said) = phasegate(&spec, &home, &verify);
    assert_eq!(code, Some(1), "{said}");
    let report: serde_json::Value = serde_json::from_str(&said).unwrap();
    let samples = report["facts"].as_array().unwrap().iter().find(|fact| fact["check"] == "schema_is_as_committed");
    let samples: Vec<&str> =
        samples.unwrap()["samples"].as_array().unwrap().iter().filter_map(|s| s["key"].as_str()).collect();
    assert_eq!(samples, ["object=sequence app.t_id_seq", "object=type app.mood"]);

    // What an earlier run counted was counted against the file of then.
    let rejudge = ["verify", "--rejudge", &run, "--format", "json"];
    assert_eq!(phasegate(&spec, &home, &rejudge).0, Some(0));
    assert_eq!(phasegate(&spec, &home, &[&write[..], &["--force"]].concat()).0, Some(0));
    let (code, said) = phasegate(&spec, &home, &rejudge);
    assert_eq!(code, Some(2), "{said}");
    assert_eq!(phasegate(&spec, &home, &verify).0, Some(0));
}

#[tokio::test]
async fn nothing_to_compare_is_no_match() {
    let spec = common::database().await;
    common::sql(&spec, "CREATE TABLE t (id int)").await;
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("integrity_rules")).unwrap();
    let write = ["snapshot", "schema", "--output", "integrity_rules/schema.json"];
    assert_eq!(phasegate(&spec, &home, &write).0, Some(0));
    let rule = |more: &str| {
        let text = format!("[rules.r]\ncheck.schema_match = {{ {more} }}\n");
        fs::write(home.path().join("integrity_rules/r.toml"), text).unwrap();
        phasegate(&spec, &home, &["verify", "--rules-only"])
    };
    for (more, said) in [
        ("baseline = \"schema.json\", schemas = [\"publik\"]", "there is no row to look at"),
        ("schemas = [\"public\"]", "schema_match needs a baseline (a file) or other (a schema)"),
        ("other = \"x\"", "give schemas = [\"…\"] with one name, or a table"),
        ("other = \"public\", schemas = [\"public\"]", "a schema is always like itself"),
    ] {
        let (code, found) = rule(more);
        // A report breaks its lines.
        let told = found.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(code == Some(2) && told.contains(said), "{more}: {found}");
    }
    // A misspelt schema is like no other.
    assert_eq!(rule("other = \"publik\", schemas = [\"public\"]").0, Some(1));
}
