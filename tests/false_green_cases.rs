//! Every known false green of other tools: `tests/cases_false_greens/<name>` has two tables that some tool calls equal
//! (`setup.sql`, `plant.sql`, which one and why in `about.txt`) and what phasegate says to them, by snapshot and by diff
//! (`expected.txt`). `index.txt` lists all of them, also those that other tests show.
//!
//! `UPDATE=1 cargo test --test false_green_cases` writes the expected files anew. Read the difference before committing it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use common::{database, sql};
use phasegate::db::{Cancel, Catalog, ConnSpec, SharedSnapshot};
use phasegate::diff::{self, RowDiff, RowKind};
use phasegate::phase::Declared;
use phasegate::snapshot::{self, CompareOptions, Options, Snapshot, StoredRows};
use phasegate::verdict::Verdict;

struct Taken {
    snapshot: Snapshot,
    directory: tempfile::TempDir,
}

async fn take(spec: &ConnSpec) -> Taken {
    let directory = tempfile::tempdir().unwrap();
    let shared = SharedSnapshot::open(spec, Cancel::never()).await.unwrap();
    let mut session = shared.session().await.unwrap();
    let catalog = Catalog::read(&mut session).await.unwrap();
    session.close().await;
    let taken = snapshot::take(&shared, &catalog, Some(directory.path()), &Options::default(), &|_| {}).await;
    shared.close().await;
    Taken { snapshot: taken.unwrap(), directory }
}

/// What `snapshot compare` complains of.
fn by_snapshot(before: &Taken, after: &Taken) -> Vec<String> {
    let rows = |taken: &Taken| StoredRows::new(taken.directory.path());
    let (declared, options) = (Declared::default(), CompareOptions::default());
    let facts = snapshot::compare(&before.snapshot, &after.snapshot, &rows(before), &rows(after), &declared, &options);
    let complaints = facts.iter().filter(|fact| fact.verdict != Verdict::Pass).map(|fact| {
        // The hash of a row without a key is the method's matter.
        let key =
            |key: &str| if key.starts_with("row with hash") { "row with hash".to_owned() } else { key.to_owned() };
        let keys: Vec<String> = fact.samples.iter().map(|sample| key(&sample.key)).collect();
        format!("snapshot: {} {} {} [{}]", fact.verdict, fact.check, fact.subject, keys.join("; "))
    });
    complaints.collect()
}

/// What `diff` complains of.
async fn by_diff(a: &ConnSpec, b: &ConnSpec) -> Vec<String> {
    let options = diff::Options::default();
    let compared = diff::compare(a, Some(b), &options, &Cancel::never(), None, &|_| {}).await.unwrap();
    let mut found = Vec::new();
    for table in &compared.tables {
        assert_eq!(table.columns, [], "{}", table.a);
        found.extend(table.rows.iter().map(|row| line(&table.a, &row.unwrap())));
    }
    found.extend(compared.not_compared.iter().map(|gap| format!("diff: {}: {}", gap.name, gap.reason)));
    assert_eq!(found.is_empty(), compared.verdict == Verdict::Pass, "{:?}", compared.verdict);
    found
}

fn line(table: &str, row: &RowDiff) -> String {
    let shown = |value: &Option<String>| value.as_ref().map_or("NULL".to_owned(), |text| format!("{text:?}"));
    let key: Vec<String> = row.key.iter().map(|(name, value)| format!("{name}={}", shown(value))).collect();
    let values = row.values.iter().map(|value| format!(" {} {} -> {}", value.column, shown(&value.a), shown(&value.b)));
    let kind = match row.kind {
        RowKind::OnlyInA => "only in A",
        RowKind::OnlyInB => "only in B",
        RowKind::Changed => "changed",
    };
    let copies = if row.copies > 1 { format!(" {} times", row.copies) } else { String::new() };
    format!("diff: {table} {kind} {}{copies}{}", key.join(" "), values.collect::<String>())
}

async fn complaints(a: &ConnSpec, b: &ConnSpec) -> Vec<String> {
    let mut found = by_snapshot(&take(a).await, &take(b).await);
    found.extend(by_diff(a, b).await);
    found
}

/// All cases stand in one pair of databases, each in a schema of its own name in place of `public`.
#[tokio::test]
async fn what_other_tools_call_equal_is_different_by_both_ways() {
    let read = |name: &str, file: &str| fs::read_to_string(folder().join(name).join(file)).unwrap();
    let own = |name: &str, file: &str| read(name, file).replace("public.", &format!("{name}."));
    let (a, b) = (database().await, database().await);
    let (mut setup, mut plant) = (String::new(), String::new());
    for name in cases() {
        assert_eq!(read(&name, "about.txt").lines().count(), 1, "{name}: which tool calls it equal and why, in a line");
        setup.push_str(&format!("CREATE SCHEMA {name};\n{}", own(&name, "setup.sql")));
        plant.push_str(&own(&name, "plant.sql"));
    }
    sql(&a, &setup).await;
    sql(&b, &setup).await;
    assert_eq!(complaints(&a, &b).await, Vec::<String>::new(), "the clean control");
    sql(&b, &plant).await;
    let mut found = complaints(&a, &b).await;
    let mut wrong = Vec::new();
    for name in cases() {
        let is_own = |line: &String| line.contains(&format!(" {name}.t"));
        let (mine, others): (Vec<String>, Vec<String>) = found.into_iter().partition(is_own);
        found = others;
        for way in ["snapshot: fail", "diff: "] {
            assert!(mine.iter().any(|line| line.starts_with(way)), "{name}: a false green of {way}\n{mine:#?}");
        }
        let text: String =
            mine.iter().map(|line| format!("{line}\n").replace(&format!(" {name}.t"), " public.t")).collect();
        let path = folder().join(&name).join("expected.txt");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &text).unwrap();
        }
        if fs::read_to_string(&path).unwrap_or_default() != text {
            wrong.push(format!("{name}\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "UPDATE=1 writes the expected files anew:\n{}", wrong.join("\n"));
    assert_eq!(found, Vec::<String>::new(), "nobody planted this");
}

#[test]
fn the_list_is_complete_and_what_it_names_is_there() {
    let text = fs::read_to_string(folder().join("index.txt")).unwrap();
    let rows: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(rows.len(), 37, "a row was added or is gone: say so here");
    let mut named = BTreeSet::new();
    for row in rows {
        let (what, shown) = row.split_once(" | ").unwrap();
        assert!(!what.is_empty() && !shown.is_empty(), "{row}");
        for part in shown.split("; ") {
            match part.split_once(": ") {
                None => named.extend(part.split(' ').map(str::to_owned)),
                Some(("kind", folder)) => assert!(kind(folder).join("expected.txt").exists(), "{what}: no {folder}"),
                Some((file, function)) => {
                    let source = fs::read_to_string(project().join(file)).unwrap();
                    let there = source.contains(&format!("fn {function}("));
                    assert!(there, "{what}: {file} has no test {function}");
                }
            }
        }
    }
    let cases: BTreeSet<String> = cases().into_iter().collect();
    assert_eq!(named, cases, "the names of the index, and the folders");
}

/// `rule/unique` is a folder of `tests/kinds`, `defect/lost_row` one of `tests/defects`.
fn kind(name: &str) -> PathBuf {
    match name.split_once("defect/") {
        Some((_, defect)) => project().join("tests/defects").join(defect),
        None => project().join("tests/kinds").join(name),
    }
}

fn cases() -> Vec<String> {
    let entries = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap());
    let folders = entries.filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn folder() -> PathBuf {
    project().join("tests/cases_false_greens")
}
