//! The campaign: a short one is clean, and one with a weakened comparison is not.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use phasegate::campaign::Report;
use phasegate::db::{Cancel, Env};
use phasegate::run::{CampaignOptions, campaign};
use phasegate::verdict::Verdict;

const DEFECTS: usize = 60;
const REWRITES: usize = 40;

async fn run(weaken: impl FnOnce(&mut CampaignOptions)) -> Report {
    let scratch = tempfile::tempdir().unwrap();
    let mut options =
        CampaignOptions::new(common::options(), scratch.path().to_owned(), Env::default(), Cancel::never());
    (options.defects, options.rewrites) = (DEFECTS, 0);
    weaken(&mut options);
    campaign(&options, &|_| {}).await.unwrap()
}

#[track_caller]
fn assert_clean(report: &Report) {
    let faults: Vec<String> = report.faults.iter().map(|fault| format!("{fault:#?}")).collect();
    assert_eq!(report.verdict, Verdict::Pass, "seed {}\n{}", report.seed, faults.join("\n"));
    for (part, asked) in [(&report.defects, DEFECTS), (&report.rewrites, REWRITES)] {
        assert_eq!((part.done, part.snapshot.right, part.diff.right), (asked, asked, asked));
        assert!(part.kinds.len() > 10, "{:?}", part.kinds);
    }
}

#[tokio::test]
async fn every_defect_is_named_and_no_rewrite_is_reported() {
    let report = run(|options| (options.rewrites, options.seed) = (REWRITES, 7)).await;
    assert_clean(&report);
    assert!(report.types > 90 && report.values > 1000, "{} types, {} values", report.types, report.values);
}

/// Another campaign every day; the message of a failure names its seed.
#[tokio::test]
async fn neither_with_the_seed_of_the_day() {
    let day = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 86_400;
    assert_clean(&run(|options| (options.rewrites, options.seed) = (REWRITES, day)).await);
}

/// The number of defects in this table, by how `way` judged them.
fn faults(report: &Report, way: &str, what: &str) -> usize {
    report.faults.iter().filter(|fault| fault.way == way && fault.what == what).count()
}

#[tokio::test]
async fn a_table_that_is_not_looked_at_is_a_miss() {
    let report = run(|options| {
        options.snapshot.exclude = vec!["zoo.by_uuid".into()];
        options.diff.exclude = vec!["public.users".into()];
    })
    .await;
    assert_eq!(report.verdict, Verdict::Fail);
    let missed = |way| faults(&report, way, "missed");
    assert_eq!((missed("snapshot compare"), missed("diff")), (report.defects.rounds, report.defects.rounds));
    assert!(report.faults.iter().all(|fault| ["zoo.by_uuid", "public.users"].contains(&fault.table.as_str())));
}

#[tokio::test]
async fn a_comparison_that_names_no_keys_names_wrongly() {
    let report = run(|options| {
        options.snapshot.row_fingerprints = 0;
        options.diff.max_different_percent = Some(0.0);
    })
    .await;
    assert_eq!(report.verdict, Verdict::Fail);
    assert_eq!(report.defects.snapshot.named_wrongly, DEFECTS, "{:?}", report.defects.snapshot);
    assert_eq!(report.defects.diff.named_wrongly, DEFECTS, "{:?}", report.defects.diff);
}

#[tokio::test]
async fn a_column_that_is_not_compared_hides_what_happens_in_it() {
    let all = run(|options| options.diff.columns = vec![("zoo.tally.word".into(), "x".into())]).await;
    assert!(all.defects.diff.named_wrongly > 0, "{:?}", all.defects.diff);
    let none = run(|options| {
        (options.defects, options.rewrites) = (0, REWRITES);
        options.diff.columns = vec![("public.users.email".into(), "display_name".into())];
    })
    .await;
    assert_eq!(none.verdict, Verdict::Fail);
    assert_eq!((none.rewrites.diff.false_alarms, none.rewrites.snapshot.false_alarms), (none.rewrites.rounds, 0));
}

#[test]
fn the_program_says_it_by_its_exit_code() {
    let phasegate = |words: &str| {
        let mut command = Command::new(common::phasegate());
        let output = command.arg("campaign").args(words.split(' ')).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (exit, json) = phasegate("--defects 5 --rewrites 5 --seed 5 --format json");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((exit, &json["campaign"]["verdict"]), (Some(0), &"pass".into()));
    assert_eq!(json["campaign"]["defects"]["done"], 5);
    // Nothing planted is not a pass.
    assert_eq!(phasegate("--defects 0 --rewrites 0").0, Some(2));
    assert_eq!(phasegate("--defects -1").0, Some(2));
}
