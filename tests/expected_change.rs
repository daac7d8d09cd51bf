//! Declared bounds, figures and moves: each folder of `tests/cases_expect` is a small database (`before.sql`) and an
//! honest phase (`phase.sql`); each `plant_*.sql` is a defect at the end of that phase. `expected.txt` has everything
//! that phasegate complains of, nothing for the honest phase. `expect.txt` is a file of expected changes, `config.toml`
//! the configuration, where the case has one.
//!
//! `UPDATE=1 cargo test --test expected_change` writes the expected files anew. Read the difference before committing it.

#![allow(clippy::unwrap_used, reason = "a test stops at its first surprise")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use phasegate::db::ConnSpec;
use phasegate::evidence::{Evidence, Topic};
use phasegate::verdict::Verdict;

const RULE: &str = "[rules.kept_is_there]\ndescription = \"a table that no case touches\"\ntable = \"public.kept\"\n\
                    check.row_count = { min = 1, max = 1 }\n";

#[test]
fn each_line_is_green_on_honest_data_and_red_on_a_defect() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut broken = Vec::new();
    let only = std::env::var("CASE").ok();
    for case in folders() {
        if only.as_ref().is_some_and(|only| !case.ends_with(only)) {
            continue;
        }
        let said = runtime.block_on(transcript(&case));
        let path = case.join("expected.txt");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &said).unwrap();
        }
        assert_honest(&case, &said);
        if fs::read_to_string(&path).unwrap_or_default() != said {
            broken.push(format!("{}:\n{said}", case.display()));
        }
    }
    assert!(broken.is_empty(), "not as expected (UPDATE=1 writes it anew):\n{}", broken.join("\n"));
}

/// Whatever was written down, no update can turn a defect green or the honest phase red.
fn assert_honest(case: &Path, said: &str) {
    let mut plants = 0;
    for part in said.split("== ").skip(1) {
        let (name, rest) = part.split_once('\n').unwrap();
        let exit = rest.lines().next().unwrap();
        if name.starts_with("honest") {
            assert_eq!(exit, "exit 0", "{}: {said}", case.display());
        } else {
            assert!(exit != "exit 0" && rest.lines().count() > 1, "{}: {name} is green: {said}", case.display());
            plants += 1;
        }
    }
    assert!(plants > 0, "{}: a case without a defect shows nothing", case.display());
}

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases_expect");
    let mut folders: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

async fn transcript(case: &Path) -> String {
    let mut text = format!("== honest\n{}", migrate(case, None).await);
    let mut plants: Vec<PathBuf> = fs::read_dir(case).unwrap().map(|entry| entry.unwrap().path()).collect();
    plants.retain(|path| path.file_name().unwrap().to_string_lossy().starts_with("plant_"));
    plants.sort();
    for plant in plants {
        let name = plant.file_stem().unwrap().to_string_lossy().into_owned();
        let sql = fs::read_to_string(&plant).unwrap();
        text += &format!("== {name}\n{}", migrate(case, Some(&sql)).await);
    }
    text
}

/// Runs the phase of the case, with the defect at its end, in a database of its own.
async fn migrate(case: &Path, plant: Option<&str>) -> String {
    let spec: ConnSpec = common::database().await;
    let before = fs::read_to_string(case.join("before.sql")).unwrap();
    common::sql(
        &spec,
        &format!("CREATE TABLE public.kept (id int PRIMARY KEY); INSERT INTO kept VALUES (1); {before}"),
    )
    .await;
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    fs::create_dir_all(at("integrity_rules")).unwrap();
    fs::create_dir_all(at("migrations")).unwrap();
    fs::write(at("integrity_rules/kept.toml"), RULE).unwrap();
    let phase = fs::read_to_string(case.join("phase.sql")).unwrap();
    for (number, text) in (1..).zip(phase.split("-- next phase\n")) {
        // The defect happens in the last one.
        let is_last = phase.split("-- next phase\n").count() == number;
        let plant = plant.filter(|_| is_last).unwrap_or_default();
        fs::write(at(&format!("migrations/{number:02}_p.sql")), format!("{text}\n{plant}")).unwrap();
    }
    let mut words = vec!["migrate", "--format", "json"];
    if case.join("expect.txt").exists() {
        fs::copy(case.join("expect.txt"), at("expect.txt")).unwrap();
        words.extend(["--expect", "expect.txt"]);
    }
    if case.join("config.toml").exists() {
        fs::copy(case.join("config.toml"), at("phasegate.toml")).unwrap();
    }
    let output = Command::new(common::phasegate())
        .current_dir(home.path())
        .env("DATABASE_URL", common::server().url(&spec.database))
        .args(words)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let report: serde_json::Value = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {text}\n{}", String::from_utf8_lossy(&output.stderr)));
    let facts: Vec<Evidence> = serde_json::from_value(report["facts"].clone()).unwrap();
    common::sql(
        &ConnSpec::from_url(&common::server().url("postgres")).unwrap(),
        &format!("DROP DATABASE {}", spec.database),
    )
    .await;
    complaints(output.status.code().unwrap(), &facts)
}

fn complaints(exit: i32, facts: &[Evidence]) -> String {
    let mut text = format!("exit {exit}\n");
    for fact in facts.iter().filter(|fact| fact.verdict != Verdict::Pass && fact.topic != Topic::Verdict) {
        let count = fact.violations.map_or(String::new(), |count| format!(" [{count}]"));
        text += &format!("{} {} {}{count}: {}\n", fact.verdict.word(), fact.check, fact.subject, fact.measured);
        for sample in &fact.samples {
            text += &format!("    {} | {}\n", sample.key, sample.value);
        }
    }
    // What the honest phase is green for.
    let expected = ["rows_expected", "figure_expected", "rows_moved"];
    for fact in facts.iter().filter(|fact| fact.verdict == Verdict::Pass && expected.contains(&fact.check.as_str())) {
        text += &format!("  pass {} {}: {}\n", fact.check, fact.subject, fact.measured);
    }
    text
}
