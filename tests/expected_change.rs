//! Declared bounds, figures and moves: each folder of `tests/cases_expect` is a small database (`before.sql`) and an
//! honest phase (`phase.sql`); each `plant_*.sql` is a defect at the end of that phase, each `instead_*.sql` one that
//! must not be green in its place. `expected.txt` has everything that phasegate complains of, nothing for the honest
//! phase. `expect.txt` is a file of expected changes, `config.toml` the configuration, where the case has one.
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

/// One test a group of names, so that none is long: each has a server of its own.
macro_rules! groups {
    ($($group:ident: $starts:expr;)+) => {
        $(#[test] fn $group() { judge(&$starts); })+

        #[test]
        fn every_case_is_of_one_group() {
            let starts: Vec<&str> = [$(&$starts[..]),+].concat();
            for case in folders() {
                let of = starts.iter().filter(|start| name(&case).starts_with(**start)).count();
                assert_eq!(of, 1, "{}", case.display());
            }
        }
    };
}

groups! {
    numbers_of_rows: ["bound", "row_bounds"];
    figures_and_files: ["figures", "sum_moves", "expected_in_a_file"];
    moves: ["move_of", "move_shared", "move_that", "move_to", "move_with", "copies"];
    moves_beside_other_changes: ["move_beside", "move_by"];
    renames: ["rename"];
    derived: ["derived"];
}

/// Each line is green on honest data and red on a defect.
fn judge(starts: &[&str]) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut broken = Vec::new();
    let only = std::env::var("CASE").ok();
    for case in folders().into_iter().filter(|case| starts.iter().any(|start| name(case).starts_with(start))) {
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

fn name(case: &Path) -> String {
    case.file_name().unwrap().to_string_lossy().into_owned()
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
    let honest = fs::read_to_string(case.join("phase.sql")).unwrap();
    let mut text = format!("== honest\n{}", migrate(case, &honest, "").await);
    let mut files: Vec<PathBuf> = fs::read_dir(case).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let sql = fs::read_to_string(&file).unwrap();
        let said = match name.split_once('_') {
            Some(("plant", _)) => migrate(case, &honest, &sql).await,
            Some(("instead", _)) => migrate(case, &sql, "").await,
            _ => continue,
        };
        text += &format!("== {name}\n{said}");
    }
    text
}

/// Runs the phase, with the defect at its end, in a database of its own.
async fn migrate(case: &Path, phase: &str, plant: &str) -> String {
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
    for (number, text) in (1..).zip(phase.split("-- next phase\n")) {
        // The defect happens in the last one.
        let is_last = phase.split("-- next phase\n").count() == number;
        let plant = if is_last { plant } else { "" };
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
