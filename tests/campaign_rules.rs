//! The campaign over rules and gates: each kind of defect is found by exactly the right ones, and weakened rules are
//! found out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use phasegate::campaign::checks::{Kinds, Report};
use phasegate::db::{Cancel, Env};
use phasegate::run::{ChecksCampaignOptions, campaign_over_checks};
use phasegate::verdict::Verdict;

async fn run(change: impl FnOnce(&mut ChecksCampaignOptions)) -> Report {
    let mut options = ChecksCampaignOptions::new(common::options(), Env::default(), Cancel::never());
    options.clean_scales = Vec::new();
    change(&mut options);
    campaign_over_checks(&options, &|_| {}).await.unwrap()
}

/// What was wrong, by what it was and the check.
fn faults(report: &Report) -> BTreeSet<(&str, &str)> {
    report.faults.iter().map(|fault| (fault.what, fault.table.as_str())).collect()
}

/// Another campaign every day; the message of a failure names its seed.
#[tokio::test]
async fn each_kind_of_defect_is_found_by_the_right_checks_and_clean_data_raise_nothing() {
    let kinds = Kinds::read().unwrap().named("").len();
    let day = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 86_400;
    // Each by itself, and then a few at once.
    let all = kinds + 12;
    let report = run(|options| (options.defects, options.seed, options.clean_scales) = (all, day, vec![3])).await;
    assert_eq!(report.faults, [], "seed {day}");
    assert_eq!((report.verdict, report.done, report.score.right), (Verdict::Pass, all, all), "seed {day}");
    assert!((4..=6).contains(&report.together), "{} databases with two or three", report.together);
    assert_eq!(report.kinds.len(), kinds, "each kind once");
    assert_eq!(report.left_out, [""; 0]);
    assert_eq!(report.untried, [""; 0], "a rule or a gate of the platform that no defect is there for");
    let clean: Vec<(u32, usize)> = report.clean.iter().map(|clean| (clean.scale, clean.raised)).collect();
    assert_eq!(clean, [(1, 0), (3, 0)]);
    assert!(report.clean.iter().all(|clean| clean.checks == report.rules + report.gates && clean.rows > 10_000));
}

const OF_NO_USER: &str = "orphan: a portfolio of no user";

/// One kind, with the platform's rules changed.
async fn with_rules(change: impl Fn(&str) -> String) -> Report {
    let report = run(|options| {
        (options.defects, options.kind) = (2, OF_NO_USER.to_owned());
        for (_, text) in &mut options.rules {
            *text = change(text);
        }
    })
    .await;
    assert_eq!(report.done, 2);
    report
}

#[tokio::test]
async fn a_rule_that_looks_elsewhere_misses() {
    let report = with_rules(|text| {
        text.replace("table = \"public.portfolios\"\ncheck.relationships = { columns = [\"user_id\"]", {
            "table = \"public.portfolios\"\nwhere = \"user_id < 1000\"\ncheck.relationships = { columns = [\"user_id\"]"
        })
    })
    .await;
    assert_eq!((report.verdict, report.score.missed, report.score.false_alarms), (Verdict::Fail, 2, 0));
    assert_eq!(faults(&report), BTreeSet::from([("missed", "portfolio_has_user")]));
}

#[tokio::test]
async fn a_rule_that_tolerates_what_it_sees_names_wrongly() {
    let report = with_rules(|text| {
        text.replace("[rules.portfolio_has_user]", "[rules.portfolio_has_user]\nthreshold = { count = 1 }")
    })
    .await;
    assert_eq!((report.verdict, report.score.named_wrongly), (Verdict::Fail, 2));
    assert_eq!(faults(&report), BTreeSet::from([("named wrongly", "portfolio_has_user")]));
}

/// Of several defects at once the one that a rule looks away from is missed, and the others are found.
#[tokio::test]
async fn of_several_defects_each_is_judged_by_itself() {
    let report = run(|options| {
        // Each orphan by itself, and then two or three of them at once.
        options.kind = "orphan: ".to_owned();
        let orphans = Kinds::read().unwrap().named(&options.kind).len();
        options.defects = orphans + 4;
        for (_, text) in &mut options.rules {
            *text = text.replace("[rules.portfolio_has_user]\n", "[rules.portfolio_has_user]\nwhen = \"before\"\n");
        }
    })
    .await;
    let kind = |name: &str| report.kinds.get(name).copied().unwrap_or_default();
    assert!(report.together >= 1);
    assert_eq!((report.score.missed, report.score.false_alarms), (kind(OF_NO_USER), 0), "{:?}", report.faults);
    assert_eq!(report.score.right, report.done - kind(OF_NO_USER));
    assert!(report.faults.iter().all(|fault| fault.table == "portfolio_has_user"), "{:?}", report.faults);
}

/// What does not go with a database is taken back: the next defect begins as the first did.
#[tokio::test]
async fn declared_gates_are_found_red_and_are_green_again() {
    for kind in ["backup: ", "replication: ", "connections: a role"] {
        let kinds = Kinds::read().unwrap().named(kind).len();
        let report = run(|options| (options.defects, options.kind) = (2 * kinds, kind.to_owned())).await;
        assert_eq!(
            (report.verdict, report.score.right, &report.faults[..]),
            (Verdict::Pass, 2 * kinds, &[][..]),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn a_rule_that_complains_of_what_is_not_its_business_is_a_false_alarm() {
    let report = with_rules(|text| {
        let another = "[rules.user_role_is_known]";
        let meddler = "[rules.meddler]\ntable = \"public.portfolios\"\n\
                       check.accepted_range = { column = \"user_id\", max = \"1000\" }\n\n";
        text.replace(another, &format!("{meddler}{another}"))
    })
    .await;
    assert_eq!((report.verdict, report.score.right, report.score.false_alarms), (Verdict::Fail, 2, 2));
    assert_eq!(faults(&report), BTreeSet::from([("false alarm", "meddler")]));
    assert_eq!(report.untried, ["meddler"]);
}

#[tokio::test]
async fn what_is_raised_in_clean_data_is_a_false_alarm() {
    let report = with_rules(|text| text.replace("row_count = { min = 200,", "row_count = { min = 201,")).await;
    assert_eq!((report.verdict, report.score.right, report.clean[0].raised), (Verdict::Fail, 2, 1));
    assert_eq!(faults(&report), BTreeSet::from([("false alarm", "users_are_there")]));
}

#[test]
fn the_program_says_it_by_its_exit_code() {
    let phasegate = |words: &str| {
        let mut command = Command::new(common::phasegate());
        let output = command.args(["campaign", "rules"]).args(words.split(' ')).output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.code(), said)
    };
    let (exit, json) = phasegate("--defects 2 --kind sign --clean-scale 1 --seed 5 --format json");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((exit, &json["campaign"]["verdict"], &json["campaign"]["done"]), (Some(0), &"pass".into(), &2.into()));
    // Nothing planted is not a pass, and neither are fewer than were asked for.
    assert_eq!(phasegate("--defects 0 --clean-scale 1").0, Some(2));
    let (exit, said) = phasegate("--defects 1 --scale 2 --kind lost: --clean-scale 1");
    assert_eq!(exit, Some(2), "{said}");
    assert!(said.contains("not tried: lost: a user"), "{said}");
    let (exit, said) = phasegate("--kind nonsense");
    assert!(exit == Some(2) && said.contains("no kind of defect has \"nonsense\" in its name"), "{said}");
}
