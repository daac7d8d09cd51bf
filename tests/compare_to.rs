//! Rules that are held against what was measured before the phases: worse is red, as it was is green, and what was not
//! measured before is never either.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::portal::{Portal, Said};
use phasegate::evidence::{Evidence, Topic};
use phasegate::verdict::Verdict;

/// 20 rows, 3 of them without a name, worth 210.00 together.
const TABLE: &str = "CREATE TABLE t (id int PRIMARY KEY, a numeric(12,2) NOT NULL, name text);\n\
    INSERT INTO t SELECT g, g, CASE WHEN g > 3 THEN 'x' END FROM generate_series(1, 20) g;";

const NAMED: &str = "[rules.named]\ntable = \"t\"\ncompare_to = \"before\"\ncheck.not_null = { column = \"name\" }\n";
const WORTH: &str =
    "[rules.worth]\ntable = \"t\"\ncompare_to = \"before\"\ncheck.aggregate = { column = \"a\", fn = \"sum\" }\n";
const ROWS: &str = "[rules.rows]\ntable = \"t\"\ncompare_to = \"before\"\ncheck.row_count = {}\n";

/// Everything is declared, so that nothing but the rules has anything to say.
const DECLARED: &str =
    "-- phasegate: changes data public.t (a, name)\n-- phasegate: inserts public.t\n-- phasegate: deletes public.t\n";

fn place(rules: &str) -> Portal {
    let place = Portal::empty();
    place.sql(TABLE);
    write_rules(&place, rules);
    place
}

fn write_rules(place: &Portal, rules: &str) {
    std::fs::write(place.folder().join("integrity_rules/rules.toml"), rules).unwrap();
}

fn migrate(rules: &str, phase: &str) -> Said {
    let place = place(rules);
    place.write_phase("1_phase.sql", &format!("{DECLARED}{phase}\n"));
    place.migrate()
}

fn after<'a>(said: &'a Said, rule: &str) -> &'a Evidence {
    said.facts.iter().find(|fact| fact.topic == Topic::Rule && fact.check == rule).unwrap()
}

fn told(said: &Said, rule: &str) -> (Verdict, String) {
    let fact = after(said, rule);
    (fact.verdict, fact.measured.clone())
}

#[test]
fn what_is_no_worse_than_before_passes_and_what_is_worse_fails() {
    let all = [NAMED, WORTH, ROWS].concat();
    let said = migrate(&all, "SELECT 1;");
    assert_eq!(said.exit, 0, "{}", said.complaints());
    let before = said.facts.iter().find(|fact| fact.topic == Topic::RuleBefore && fact.check == "named").unwrap();
    assert_eq!(before.measured, "3 of 20 rows; kept, to be compared after the phases");
    assert_eq!(told(&said, "named"), (Verdict::Pass, "3 of 20 rows; before the phases 3 of 20 rows".into()));
    assert_eq!(
        told(&said, "worth"),
        (Verdict::Pass, "210.00 over 20 rows; before the phases 210.00 (+0.00, +0.00 %)".into())
    );
    assert_eq!(told(&said, "rows"), (Verdict::Pass, "20 rows; before the phases 20 (+0, +0.00 %)".into()));

    let said = migrate(&all, "UPDATE t SET name = NULL WHERE id = 9;");
    assert_eq!(said.complaints().lines().next(), Some("exit 1"));
    assert_eq!(told(&said, "named"), (Verdict::Fail, "4 of 20 rows; before the phases 3 of 20 rows".into()));
    assert_eq!(after(&said, "named").expected, "0 nulls more than before the phases");
    assert_eq!(told(&said, "worth").0, Verdict::Pass);

    let said = migrate(&all, "UPDATE t SET a = a - 0.01 WHERE id = 9;");
    assert_eq!(told(&said, "named").0, Verdict::Pass);
    assert_eq!(
        told(&said, "worth"),
        (Verdict::Fail, "209.99 over 20 rows; before the phases 210.00 (-0.01, -0.00 %)".into())
    );
    assert_eq!(after(&said, "worth").expected, "sum: whatever it is, the same as before the phases");

    let said = migrate(&all, "DELETE FROM t WHERE id = 20;");
    assert_eq!(said.exit, 1);
    assert_eq!(told(&said, "rows"), (Verdict::Fail, "19 rows; before the phases 20 (-1, -5.00 %)".into()));
}

#[test]
fn a_threshold_says_how_many_more_and_a_change_by_how_much() {
    let named = format!("{NAMED}[rules.named.threshold]\ncount = 1\n");
    let one_more = "UPDATE t SET name = NULL WHERE id = 9;";
    let two_more = "UPDATE t SET name = NULL WHERE id IN (9, 10);";
    assert_eq!(migrate(&named, one_more).exit, 0);
    assert_eq!(told(&migrate(&named, two_more), "named").0, Verdict::Fail);

    let rows = ROWS.replace("check", "change = { min_percent = -5, max_percent = 0 }\ncheck");
    assert_eq!(migrate(&rows, "DELETE FROM t WHERE id = 20;").exit, 0);
    assert_eq!(told(&migrate(&rows, "DELETE FROM t WHERE id > 18;"), "rows").0, Verdict::Fail);
    assert_eq!(told(&migrate(&rows, "INSERT INTO t VALUES (21, 1, 'x');"), "rows").0, Verdict::Fail);

    let worth = WORTH.replace("check", "change = { min = \"-0.01\" }\ncheck");
    assert_eq!(migrate(&worth, "UPDATE t SET a = a - 0.01 WHERE id = 9;").exit, 0);
    assert_eq!(migrate(&worth, "UPDATE t SET a = a + 100 WHERE id = 9;").exit, 0);
    let said = migrate(&worth, "UPDATE t SET a = a - 0.02 WHERE id = 9;");
    assert_eq!(told(&said, "worth").0, Verdict::Fail);
    assert_eq!(after(&said, "worth").expected, "sum: whatever it is, changed by -0.01 or more since before the phases");
}

#[test]
fn bounds_of_a_figure_hold_beside_the_comparison() {
    let rows = ROWS.replace("{}", "{ min = 21 }");
    let said = migrate(&rows, "SELECT 1;");
    // Red before the phases: nothing was changed.
    assert_eq!(said.exit, 1);
    assert!(!said.facts.iter().any(|fact| fact.topic == Topic::Rule));
}

#[test]
fn a_share_of_nulls_is_compared_to_the_last_digit() {
    let place = Portal::empty();
    place.sql(
        "CREATE TABLE t (id int PRIMARY KEY, name text); INSERT INTO t SELECT g FROM generate_series(1, 300000) g;",
    );
    write_rules(
        &place,
        "[rules.rate]\ntable = \"t\"\ncompare_to = \"before\"\ncheck.null_rate = { column = \"name\" }\n",
    );
    place.write_phase(
        "1_phase.sql",
        "-- phasegate: changes data public.t (name)\nUPDATE t SET name = 'x' WHERE id = 7;\n",
    );
    let said = place.migrate();
    assert_eq!(told(&said, "rate").0, Verdict::Fail, "{}", after(&said, "rate").measured);
}

#[test]
fn rules_that_combine_see_the_comparison() {
    let both = format!(
        "{NAMED}only_combined = true\n{WORTH}only_combined = true\n[rules.both]\ncheck.all_of = {{ rules = [\"named\", \"worth\"] }}\n"
    );
    assert_eq!(migrate(&both, "SELECT 1;").exit, 0);
    let said = migrate(&both, "UPDATE t SET a = 0 WHERE id = 9;");
    assert_eq!(told(&said, "both"), (Verdict::Fail, "1 of 2 rules hold".into()));
}

#[test]
fn what_a_failed_run_made_worse_is_not_what_was_before_for_the_next() {
    let place = place(NAMED);
    place.write_phase("1_spoils.sql", &format!("{DECLARED}UPDATE t SET name = NULL WHERE id = 9;\n"));
    place.write_phase("2_fails.sql", "SELECT 1 / 0;\n");
    assert_eq!(place.migrate().exit, 3);
    place.write_phase("2_fails.sql", "SELECT 1;\n");
    let said = place.migrate();
    let worse = |said: &Said| {
        let (verdict, measured) = told(said, "named");
        assert_eq!(verdict, Verdict::Fail, "{measured}");
        assert!(measured.starts_with("4 of 20 rows; before the phases of run "), "{measured}");
        assert!(measured.ends_with(" 3 of 20 rows"), "{measured}");
    };
    worse(&said);
    // Nor is it for a verify, whichever run that is held against.
    worse(&place.phasegate_json(&["verify"]));
    worse(&place.phasegate_json(&["verify", "--rules-only"]));
    worse(&place.phasegate_json(&["verify", "--against", &said.run_id]));
    // Mended, it is proven by the next run, and still it is held against what was before all that this one proved.
    place.sql("UPDATE t SET name = 'x' WHERE id = 9");
    place.write_phase("3_more.sql", "SELECT 1;\n");
    let said = place.migrate();
    assert_eq!(told(&said, "named").0, Verdict::Pass, "{}", said.complaints());
    place.sql("UPDATE t SET name = NULL WHERE id = 9");
    worse(&place.phasegate_json(&["verify"]));
}

#[test]
fn verify_holds_against_what_was_before_the_phases_that_were_proven_last() {
    let place = place(NAMED);
    place.write_phase("1_phase.sql", "SELECT 1;\n");
    for words in [&["verify"][..], &["verify", "--rules-only"]] {
        let said = place.phasegate_json(words);
        let measured = "not evaluated: no run of phasegate has applied phases";
        assert_eq!((said.exit, told(&said, "named")), (2, (Verdict::NotEvaluated, measured.into())));
    }
    let run = place.migrate();
    assert_eq!(run.exit, 0);
    place.sql("UPDATE t SET name = NULL WHERE id = 9");
    for words in [&["verify"][..], &["verify", "--rules-only"], &["verify", "--against", &run.run_id]] {
        let said = place.phasegate_json(words);
        let measured = format!("4 of 20 rows; before the phases of run {} 3 of 20 rows", run.run_id);
        assert_eq!(told(&said, "named"), (Verdict::Fail, measured), "{words:?}");
    }
    place.sql("UPDATE t SET name = 'y' WHERE id = 9");
    assert_eq!(place.phasegate_json(&["verify"]).exit, 0);

    // Another question has another answer.
    write_rules(&place, &NAMED.replace("check", "where = \"id > 1\"\ncheck"));
    let said = place.phasegate_json(&["verify"]);
    let measured = format!(
        "not evaluated: run {}: before the phases its table, where, check or the search path was another one",
        run.run_id
    );
    assert_eq!((said.exit, told(&said, "named")), (2, (Verdict::NotEvaluated, measured)));
}

#[test]
fn counts_are_judged_again_against_those_of_their_own_run() {
    let place = place(NAMED);
    place.write_phase("1_phase.sql", &format!("{DECLARED}UPDATE t SET name = NULL WHERE id IN (9, 10);\n"));
    let run = place.migrate();
    assert_eq!(run.exit, 1);
    let again = |rules: &str| {
        write_rules(&place, rules);
        told(&place.phasegate_json(&["verify", "--rejudge", &run.run_id]), "named").0
    };
    assert_eq!(again(NAMED), Verdict::Fail);
    assert_eq!(again(&format!("{NAMED}[rules.named.threshold]\ncount = 2\n")), Verdict::Pass);
    assert_eq!(again(&format!("{NAMED}[rules.named.threshold]\ncount = 1\n")), Verdict::Fail);
}

#[test]
fn what_cannot_be_compared_is_refused_where_it_stands() {
    let head = "[rules.r]\ntable = \"t\"\n";
    let cases = [
        ("when = \"after\"\ncompare_to = \"before\"\ncheck.not_null = { column = \"name\" }", "leave out when"),
        ("compare_to = \"after\"\ncheck.not_null = { column = \"name\" }", "rules.toml:3:14"),
        (
            "change = { min = 1 }\ncheck.row_count = { min = 1 }",
            "rules.toml:3:10: change is measured from what was before",
        ),
        (
            "compare_to = \"before\"\nchange = { min = 1 }\ncheck.not_null = { column = \"name\" }",
            "not_null has no figure that changes",
        ),
        ("compare_to = \"before\"\nchange = { min = 1, max_percent = 1 }\ncheck.row_count = {}", "rules.toml:4:10"),
        ("compare_to = \"before\"\nchange = {}\ncheck.row_count = {}", "one bound at least"),
        ("compare_to = \"before\"\nchange = { min = 2, max = 1 }\ncheck.row_count = {}", "min is above max"),
        (
            "compare_to = \"before\"\nchange = { min = \"x\" }\ncheck.row_count = {}",
            "a table with min, max or a table with min_percent",
        ),
        (
            "compare_to = \"before\"\ncheck.freshness = { column = \"a\", max_age = \"1 day\" }",
            "freshness has nothing that compare_to could compare",
        ),
        ("check.aggregate = { column = \"a\", fn = \"sum\" }", "aggregate needs min, max or both, or compare_to"),
    ];
    for (text, expected) in cases {
        let place = place(&format!("{head}{text}\n"));
        let output = place.phasegate(&["verify"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{text}: {said}");
        assert!(said.contains(expected), "{text}: {said}");
        assert!(!place.snapshots().exists(), "{text}");
    }
    // What only the database tells is not evaluated, and the others would be judged.
    let text = "redact = [\"a\"]\ncompare_to = \"before\"\ncheck.aggregate = { column = \"a\", fn = \"sum\" }\n";
    let output = place(&format!("{head}{text}")).phasegate(&["verify", "--format", "json"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("not evaluated: ") && said.contains("redact keeps its figure"), "{said}");
}
