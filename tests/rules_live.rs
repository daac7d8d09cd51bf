//! Rules against a real server: what is isolated, what is refused, what is one statement.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use phasegate::db::{Cancel, Catalog, ConnSpec, Session, SharedSnapshot};
use phasegate::disposable::{Options, Server};
use phasegate::evidence::Evidence;
use phasegate::platform;
use phasegate::rules::{self, RuleSet, RunOptions};
use phasegate::verdict::{Moment, Verdict};

async fn catalog(spec: &ConnSpec) -> Catalog {
    let mut session = Session::connect(spec).await.unwrap();
    let catalog = Catalog::read(&mut session).await.unwrap();
    session.close().await;
    catalog
}

async fn judge_with(spec: &ConnSpec, set: &RuleSet, jobs: usize, options: &RunOptions) -> Vec<Evidence> {
    let resolution = rules::resolve(set, &catalog(spec).await, Moment::Before);
    assert_eq!(resolution.not_evaluated, []);
    let snapshot = SharedSnapshot::open(spec, Cancel::never()).await.unwrap();
    let evidence = rules::run(&resolution.rules, &snapshot, jobs, options).await;
    snapshot.close().await;
    evidence
}

async fn judge(spec: &ConnSpec, toml: &str) -> Vec<Evidence> {
    let set = rules::load_embedded(&[("rules.toml", toml)]).unwrap_or_else(|error| panic!("{error}"));
    judge_with(spec, &set, 2, &RunOptions::default()).await
}

/// The same database, another role.
fn as_role(spec: &ConnSpec, role: &str) -> ConnSpec {
    let mut spec = spec.clone();
    spec.user = role.into();
    spec
}

fn verdicts(evidence: &[Evidence]) -> Vec<(&str, Verdict)> {
    evidence.iter().map(|fact| (fact.check.as_str(), fact.verdict)).collect()
}

fn not_null(id: &str, table: &str, column: &str) -> String {
    format!("[rules.{id}]\ntable = \"public.{table}\"\ncheck.not_null = {{ column = \"{column}\" }}\n")
}

#[tokio::test]
async fn one_broken_rule_is_isolated_and_the_others_are_judged() {
    let spec = common::database().await;
    common::sql(
        &spec,
        "CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t SELECT n, n FROM generate_series(1, 9) n",
    )
    .await;
    let mut toml: String = (0..8).map(|n| not_null(&format!("sound_{n}"), "t", "a")).collect();
    // Fails on the row with id 3, in the middle of the scan.
    toml.push_str(
        "[rules.broken]\ntable = \"t\"\nwhere = \"10 / (id - 3) < 100\"\ncheck.not_null = { column = \"a\" }\n",
    );
    toml.push_str(&(8..11).map(|n| not_null(&format!("sound_{n}"), "t", "a")).collect::<String>());
    let evidence = judge(&spec, &toml).await;
    let broken: Vec<&Evidence> = evidence.iter().filter(|fact| fact.verdict != Verdict::Pass).collect();
    assert_eq!(evidence.len(), 12);
    assert_eq!(evidence[8].check, "broken", "the order is that of the file");
    assert_eq!(verdicts(&evidence).iter().filter(|(_, verdict)| *verdict == Verdict::Pass).count(), 11);
    assert_eq!(broken[0].measured, "not evaluated: division by zero (sqlstate 22012)");
}

#[tokio::test]
async fn forty_rules_of_one_table_are_one_statement() {
    let options = Options { settings: vec![("log_statement".into(), "all".into())], ..common::options() };
    let server = Server::start(&options).unwrap();
    let spec = ConnSpec::from_url(&server.url("postgres").replace("postgres@/", "postgres@localhost/")).unwrap();
    common::sql(
        &spec,
        "CREATE TABLE wide (id int PRIMARY KEY, a int); INSERT INTO wide SELECT n, n FROM generate_series(1, 100) n",
    )
    .await;
    let toml: String = (0..40).map(|n| not_null(&format!("rule_{n}"), "wide", "a")).collect();
    let evidence = judge(&spec, &toml).await;
    assert_eq!(evidence.len(), 40);
    assert!(evidence.iter().all(|fact| fact.verdict == Verdict::Pass && fact.rows_examined == Some(100)));
    let log = std::fs::read_to_string(server.log_file()).unwrap();
    assert_eq!(log.matches("FROM \"public\".\"wide\" AS t").count(), 1, "{log}");
    // A violation adds the one statement that names the offenders, for that rule alone.
    common::sql(&spec, "UPDATE wide SET a = NULL WHERE id = 7").await;
    let evidence = judge(&spec, &format!("{}{}", not_null("a", "wide", "a"), not_null("b", "wide", "id"))).await;
    assert_eq!(verdicts(&evidence), [("a", Verdict::Fail), ("b", Verdict::Pass)]);
    let log = std::fs::read_to_string(server.log_file()).unwrap();
    assert_eq!(log.matches("FROM \"public\".\"wide\" AS t").count(), 3);
    server.stop().unwrap();
}

#[tokio::test]
async fn unknown_names_are_found_before_any_scan_with_their_place() {
    let spec = common::database().await;
    common::sql(&spec, "CREATE TABLE users (id int PRIMARY KEY, email text); CREATE TABLE funds (id int)").await;
    let toml = "[rules.a]\ntable = \"public.users\"\nredact = [\"emial\"]\ncheck.not_null = { column = \"mail\" }\n\
                [rules.b]\ntable = \"public.user\"\ncheck.row_count = { min = 1 }\n\
                [rules.c]\ntable = \"public.made_later\"\nwhen = \"after\"\ncheck.row_count = { min = 1 }\n\
                [rules.d]\ntable = \"funds\"\ncheck.relationships = { columns = [\"id\"], to = \"users\", to_columns = [\"ident\"] }\n\
                [rules.e]\ntable = \"users\"\ncheck.accepted_range = { column = \"id\", min = \"one\" }\n\
                [rules.f]\ntable = \"users\"\ncheck.not_null = { column = \"id\" }\n";
    let set = rules::load_embedded(&[("r.toml", toml)]).unwrap();
    let catalog = catalog(&spec).await;
    let found: Vec<String> = rules::problems(&set, &catalog, Moment::Before).iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "r.toml:3:11: public.users has no column emial; there are: id, email",
            "r.toml:4:29: public.users has no column mail; there are: id, email",
            "r.toml:6:9: there is no table public.user; there are: public.funds, public.users; \
             a rule on a table that a phase makes says when = \"after\"",
            "r.toml:14:71: public.users has no column ident; there are: id, email",
            "r.toml:17:47: \"one\" is not a value of integer, the type of column id",
        ]
    );
    // After the phases the rule's own moment has come.
    let after: Vec<String> = rules::problems(&set, &catalog, Moment::After).iter().map(ToString::to_string).collect();
    assert!(after.iter().any(|problem| problem.starts_with("r.toml:9:9: there is no table public.made_later")));
    let resolution = rules::resolve(&set, &catalog, Moment::Before);
    assert_eq!(resolution.rules.len(), 1);
    assert_eq!(resolution.not_evaluated.len(), 4);
    assert!(resolution.not_evaluated.iter().all(|fact| fact.verdict == Verdict::NotEvaluated));
}

#[tokio::test]
async fn what_may_not_be_read_is_not_evaluated() {
    let spec = common::database().await;
    common::sql(
        &spec,
        "CREATE TABLE secret (id int PRIMARY KEY, a int); INSERT INTO secret VALUES (1, 1);
         CREATE TABLE partly (id int PRIMARY KEY, a int, b int); INSERT INTO partly VALUES (1, 1, NULL);
         CREATE ROLE rules_reader LOGIN; GRANT SELECT (id, b) ON partly TO rules_reader",
    )
    .await;
    let reader = as_role(&spec, "rules_reader");
    let toml = [not_null("none", "secret", "id"), not_null("hidden", "partly", "a"), not_null("open", "partly", "b")];
    let evidence = judge(&reader, &toml.concat()).await;
    let expected = [("none", Verdict::NotEvaluated), ("hidden", Verdict::NotEvaluated), ("open", Verdict::Fail)];
    assert_eq!(verdicts(&evidence), expected);
    assert_eq!(evidence[0].measured, "not evaluated: permission denied for table secret (sqlstate 42501)");
    assert_eq!(evidence[2].samples[0].key, "id=1");
}

#[tokio::test]
async fn rows_that_a_policy_hides_are_not_taken_for_sound() {
    let spec = common::database().await;
    common::sql(
        &spec,
        "CREATE TABLE t (id int PRIMARY KEY, a int, owner text); INSERT INTO t VALUES (1, 1, 'me'), (2, NULL, 'you');
         CREATE ROLE rules_tenant LOGIN; GRANT SELECT ON t TO rules_tenant;
         ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON t USING (owner = 'me')",
    )
    .await;
    let evidence = judge(&as_role(&spec, "rules_tenant"), &not_null("a", "t", "a")).await;
    assert_eq!(evidence[0].verdict, Verdict::NotEvaluated);
    assert!(evidence[0].measured.contains("row-level security"), "{}", evidence[0].measured);
    assert_eq!(judge(&spec, &not_null("a", "t", "a")).await[0].verdict, Verdict::Fail);
}

/// Before anybody asks the database.
#[test]
fn a_threshold_that_would_let_everything_pass_is_refused() {
    let figure = "[rules.a]\ntable = \"t\"\nthreshold = { count = 1 }\ncheck.row_count = { min = 1 }\n";
    let refused = rules::load_embedded(&[("r.toml", figure)]).unwrap_err().to_string();
    assert!(refused.starts_with("r.toml:1:8: row_count takes no threshold"), "{refused}");
    for check in [
        "query = { sql = \"SELECT 1\" }",
        "ledger_balanced = { amount = \"a\" }",
        "functional_dependency = { determinant = [\"id\"], dependent = [\"a\"] }",
    ] {
        let toml = format!("[rules.b]\ntable = \"t\"\nthreshold = {{ percent = 1 }}\ncheck.{check}\n");
        let refused = rules::load_embedded(&[("r.toml", &toml)]).unwrap_err().to_string();
        let kind = check.split(' ').next().unwrap();
        assert_eq!(
            refused,
            format!("r.toml:1:8: {kind} does not count rows, so no percent of them violates it; give a count")
        );
    }
}

#[tokio::test]
async fn an_empty_table_is_no_pass_unless_the_rule_says_so() {
    let spec = common::database().await;
    common::sql(
        &spec,
        "CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (1, 1); CREATE TABLE none (id int)",
    )
    .await;
    let toml = "[rules.empty]\ntable = \"none\"\ncheck.not_null = { column = \"id\" }\n\
                [rules.empty_unique]\ntable = \"none\"\ncheck.unique = { columns = [\"id\"] }\n\
                [rules.empty_orphans]\ntable = \"none\"\ncheck.relationships = { columns = [\"id\"], to = \"t\" }\n\
                [rules.all_filtered]\ntable = \"t\"\nwhere = \"a > 5\"\ncheck.not_null = { column = \"a\" }\n\
                [rules.empty_is_fine]\ntable = \"none\"\nallow_empty = true\ncheck.not_null = { column = \"id\" }\n";
    let evidence = judge(&spec, toml).await;
    let found: Vec<Verdict> = evidence.iter().map(|fact| fact.verdict).collect();
    use Verdict::{NotEvaluated, Pass};
    assert_eq!(found, [NotEvaluated, NotEvaluated, NotEvaluated, NotEvaluated, Pass]);
    assert_eq!(evidence[0].measured, "not evaluated: there is no row to look at; allow_empty = true accepts that");
}

#[tokio::test]
async fn a_rule_that_looked_at_too_few_rows_says_nothing() {
    let spec = common::database().await;
    common::sql(
        &spec,
        "CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (1, 1), (2, NULL); CREATE TABLE none (id int)",
    )
    .await;
    let toml = "[rules.enough]\ntable = \"t\"\nmin_rows = 2\ncheck.not_null = { column = \"id\" }\n\
                [rules.too_few]\ntable = \"t\"\nmin_rows = 3\ncheck.not_null = { column = \"id\" }\n\
                [rules.too_few_to_fail]\ntable = \"t\"\nmin_rows = 1000\ncheck.not_null = { column = \"a\" }\n\
                [rules.figure]\ntable = \"t\"\nmin_rows = 3\ncheck.not_constant = { column = \"id\" }\n\
                [rules.own]\ntable = \"t\"\nmin_rows = 3\ncheck.unique = { columns = [\"id\"] }\n\
                [rules.filtered]\ntable = \"t\"\nwhere = \"id > 1\"\nmin_rows = 2\ncheck.not_null = { column = \"id\" }\n\
                [rules.empty]\ntable = \"none\"\nallow_empty = true\nmin_rows = 9\ncheck.not_null = { column = \"id\" }\n\
                [rules.few]\ntable = \"t\"\nallow_empty = true\nmin_rows = 9\ncheck.not_null = { column = \"id\" }\n";
    let evidence = judge(&spec, toml).await;
    use Verdict::{NotEvaluated, Pass};
    let found: Vec<Verdict> = evidence.iter().map(|fact| fact.verdict).collect();
    let expected = [Pass, NotEvaluated, NotEvaluated, NotEvaluated, NotEvaluated, NotEvaluated, Pass, NotEvaluated];
    assert_eq!(found, expected, "{evidence:#?}");
    assert_eq!(evidence[2].measured, "not evaluated: 1 of 2 rows, and min_rows is 1,000");
    let refused = "[rules.a]\ntable = \"t\"\nmin_rows = 5\ncheck.row_count = { min = 1 }\n\
                   [rules.b]\ntable = \"t\"\nmin_rows = 5\ncheck.query = { sql = \"SELECT 1\" }\n";
    let set = rules::load_embedded(&[("r.toml", refused)]).unwrap();
    let found: Vec<String> =
        rules::problems(&set, &catalog(&spec).await, Moment::Before).iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("r.toml:1:8: row_count takes no min_rows"), "{found:?}");
    assert!(found[1].starts_with("r.toml:5:8: a query does not say how many rows"), "{found:?}");
}

#[tokio::test]
async fn two_limits_warn_and_fail_whatever_the_kind_measures_by() {
    let spec = common::database().await;
    common::sql(
        &spec,
        "CREATE TABLE t (id int PRIMARY KEY, a int, b int);
         INSERT INTO t SELECT n, CASE WHEN n > 3 THEN n END, 1 FROM generate_series(1, 100) n",
    )
    .await;
    let rule = |id: &str, warn: &str, fail: &str, check: &str| {
        format!(
            "[rules.{id}]\ntable = \"t\"\nowner = \"Data Steward\"\nthreshold = {{ warn = {{ {warn} }}, fail = {{ {fail} }} }}\n\
             check.{check}\n"
        )
    };
    let not_null = "not_null = { column = \"a\" }";
    let toml = [
        rule("below", "count = 3", "count = 5", not_null),
        rule("warned", "count = 2", "percent = 3", not_null),
        rule("failed", "count = 0", "percent = 2.9", not_null),
        rule("grouped", "count = 5", "count = 99", "unique = { columns = [\"b\"] }"),
    ]
    .concat();
    let sql = "-- tags: daily, money\n-- owner: Treasurer\n-- threshold: warn 1, fail 3\nSELECT id FROM t WHERE id < 4";
    let files = [("a.toml", toml.as_str()), ("b.sql", sql)];
    let set = rules::load_embedded(&files).unwrap();
    assert_eq!(set.rules[4].tags, ["daily", "money"]);
    let evidence = judge_with(&spec, &set, 2, &RunOptions::default()).await;
    use Verdict::{Fail, Pass, Warn};
    let expected = [("below", Pass), ("warned", Warn), ("failed", Fail), ("grouped", Fail), ("b", Warn)];
    assert_eq!(verdicts(&evidence), expected);
    assert_eq!(evidence[1].expected, "at most 2 nulls, a failure above 3 % of rows");
    assert_eq!(evidence[0].remedy, None);
    assert_eq!(evidence[2].remedy.as_deref(), Some("Data Steward answers for it"));
    assert_eq!(evidence[4].remedy.as_deref(), Some("Treasurer answers for it"));
}

#[test]
fn what_the_common_parameters_do_not_take_has_its_place() {
    let rule =
        |id: &str, line: &str| format!("[rules.{id}]\ntable = \"t\"\n{line}\ncheck.not_null = {{ column = \"x\" }}\n");
    let toml = [
        rule("a", "threshold = { warn = { count = 5 } }"),
        rule("b", "threshold = { warn = { count = 5 }, fail = { count = 5 } }"),
        rule("c", "threshold = { count = 5, percent = 1 }"),
        rule("d", "threshold = { warn = { count = 1 }, fail = { percent = 101 } }"),
        rule("e", "threshold = { warn = { count = 1 }, fail = { count = 2 } }\nseverity = \"info\""),
        rule("f", "min_rows = 0"),
        rule("g", "timeout = \"0s\""),
        rule("h", "timeout = \"soon\""),
    ]
    .concat();
    let sql = "-- min_rows: 5\n-- threshold: warn 5, fail 4\n-- timeout: 0\n-- tags:\nSELECT 1";
    let error = rules::load_embedded(&[("r.toml", &toml), ("s.sql", sql)]).unwrap_err().to_string();
    let found: Vec<&str> = error.lines().collect();
    let expected = [
        "r.toml:3:13: rule a: missing parameter `fail`",
        "r.toml:7:13: warn must lie below fail",
        "r.toml:11:13: rule c: `threshold` is a table; it takes { count = … }, { percent = … } or { warn = …, fail = … }",
        "r.toml:15:56: rule d: `percent` is 101; it takes a number from 0 to 100",
        "r.toml:20:12: warn and fail of the threshold say what a violation means",
        "r.toml:24:12: rule f: `min_rows` is 0; it takes a whole number from 1 up",
        "r.toml:28:11: rule g: `timeout` is \"0s\"; it takes a time above 0",
        "r.toml:32:11: rule h: `timeout` is \"soon\"; it takes a time above 0",
        "s.sql:1:1: a query does not say how many rows it looked at",
        "s.sql:2:1: warn must lie below fail",
        "s.sql:3:1: a time of 0 leaves nothing",
        "s.sql:4:1: tags \"\": allowed is words with commas between them",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\n  is not\n{expected}");
    }
}

#[tokio::test]
async fn a_time_limit_of_a_rule_is_its_own() {
    let spec = common::database().await;
    common::sql(&spec, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT n FROM generate_series(1, 30) n")
        .await;
    // Each row takes 0.1 s: 3 s together, above the one limit and below the other.
    let slow = "where = \"pg_sleep(0.1) IS NOT NULL\"";
    let toml = format!(
        "[rules.hurried]\ntable = \"t\"\n{slow}\ntimeout = \"150ms\"\ncheck.not_null = {{ column = \"id\" }}\n{}",
        not_null("beside", "t", "id")
    );
    let sql = "-- timeout: 150ms\nSELECT pg_sleep(10)";
    let set = rules::load_embedded(&[("a.toml", toml.as_str()), ("b.sql", sql)]).unwrap();
    let evidence = judge_with(&spec, &set, 1, &RunOptions::default()).await;
    use Verdict::{NotEvaluated, Pass};
    assert_eq!(verdicts(&evidence), [("hurried", NotEvaluated), ("beside", Pass), ("b", NotEvaluated)]);
    assert!(evidence[0].measured.contains("statement timeout"), "{}", evidence[0].measured);
    // And it may be longer than that of all others.
    let patient = toml.replace("150ms", "1min");
    let set = rules::load_embedded(&[("a.toml", patient.as_str()), ("b.sql", "SELECT pg_sleep(10)")]).unwrap();
    let options = RunOptions { statement_timeout_ms: 2_000, ..RunOptions::default() };
    let evidence = judge_with(&spec, &set, 1, &options).await;
    assert_eq!(verdicts(&evidence), [("hurried", Pass), ("beside", Pass), ("b", NotEvaluated)]);
}

#[tokio::test]
async fn what_was_not_evaluated_is_not_made_green_by_what_was() {
    let spec = common::database().await;
    common::sql(
        &spec,
        "CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (1, 1); CREATE TABLE none (id int)",
    )
    .await;
    let toml = "[rules.either]\ncheck.any_of = { rules = [\"sound\", \"empty\"] }\n\
                [rules.both]\nseverity = \"info\"\ncheck.all_of = { rules = [\"sound\", \"broken\"] }\n\
                [rules.opposite]\ncheck.not = { rule = \"empty\" }\n\
                [rules.over_two]\ncheck.any_of = { rules = [\"either\", \"sound\"] }\n\
                [rules.banded]\ncheck.all_of = { rules = [\"between\", \"sound\"] }\n\
                [rules.sound]\ntable = \"t\"\ncheck.not_null = { column = \"a\" }\n\
                [rules.empty]\ntable = \"none\"\nonly_combined = true\ncheck.not_null = { column = \"id\" }\n\
                [rules.broken]\ntable = \"t\"\nwhere = \"1 / (a - 1) > 0\"\nonly_combined = true\ncheck.not_null = { column = \"a\" }\n\
                [rules.between]\ntable = \"t\"\nonly_combined = true\nthreshold = { warn = { count = 0 }, fail = { count = 5 } }\n\
                check.not_accepted_values = { column = \"a\", values = [1] }\n";
    let evidence = judge(&spec, toml).await;
    use Verdict::{Fail, NotEvaluated, Pass};
    let expected = [
        ("either", NotEvaluated),
        ("both", NotEvaluated),
        ("opposite", NotEvaluated),
        ("over_two", NotEvaluated),
        ("banded", Fail),
        ("sound", Pass),
        ("empty", NotEvaluated),
        ("broken", NotEvaluated),
        ("between", Pass),
    ];
    assert_eq!(verdicts(&evidence), expected);
    assert_eq!(evidence[0].measured, "not evaluated: of empty it is not known whether it holds");
    assert_eq!(evidence[8].measured, "1 of 1 row; counts only where it is combined");
}

#[test]
fn rules_that_cannot_be_combined_have_their_place() {
    let rule = |id: &str, rest: &str| format!("[rules.{id}]\ntable = \"t\"\n{rest}\ncheck.row_count = {{ min = 1 }}\n");
    let toml = [
        "[rules.a]\ncheck.all_of = { rules = [\"b\", \"lat\"] }\n",
        "[rules.b]\ncheck.any_of = { rules = [\"c\"] }\n",
        "[rules.c]\ncheck.not = { rule = \"a\" }\n",
        "[rules.self]\ncheck.not = { rule = \"self\" }\n",
        "[rules.d]\ncheck.any_of = { rules = [\"late\"] }\n",
        &rule("late", "when = \"after\""),
        &rule("lonely", "only_combined = true"),
        "[rules.e]\ncheck.not = { rule = \"banded\" }\n",
        "[rules.banded]\ntable = \"t\"\nthreshold = { warn = { count = 0 }, fail = { count = 5 } }\ncheck.not_null = { column = \"a\" }\n",
    ]
    .concat();
    let error = rules::load_embedded(&[("r.toml", &toml)]).unwrap_err().to_string();
    let found: Vec<&str> = error.lines().collect();
    let expected = [
        "r.toml:2:27: rule a combines b, which waits for a itself",
        "r.toml:2:32: there is no rule \"lat\"; there are: a, b, ",
        "r.toml:4:27: rule b combines c, which waits for b itself",
        "r.toml:6:22: rule c combines a, which waits for c itself",
        "r.toml:8:22: rule self combines self, which waits for self itself",
        "r.toml:10:27: rule late says when = \"after\"; what combines it must say so too",
        "r.toml:15:8: no rule combines lonely",
        "r.toml:20:22: rule banded has two limits",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\n  is not\n{expected}");
    }
    let none = "[rules.a]\ncheck.any_of = { rules = [] }\n[rules.b]\nseverity = \"warn\"\nonly_combined = true\ntable = \"t\"\n\
                check.row_count = { min = 1 }\n";
    let error = rules::load_embedded(&[("r.toml", none)]).unwrap_err().to_string();
    let found: Vec<&str> = error.lines().collect();
    assert!(found[0].starts_with("r.toml:2:26: rule a: `rules` lists nothing"), "{error}");
    assert!(found[1].starts_with("r.toml:4:12: severity has no effect beside only_combined"), "{error}");
}

#[test]
fn what_counts_only_where_it_is_combined_is_judged_at_each_of_its_moments() {
    let set = |combined: &str, part: &str, further: &str| {
        let toml = format!(
            "[rules.early]\n{combined}check.all_of = {{ rules = [\"part\"] }}\n\
             [rules.part]\ntable = \"t\"\n{part}only_combined = true\ncheck.row_count = {{ min = 1 }}\n{further}"
        );
        rules::load_embedded(&[("r.toml", &toml)]).map(|set| set.rules.len()).map_err(|error| error.to_string())
    };
    let (before, after) = ("when = \"before\"\n", "when = \"after\"\n");
    let refused = |combined, further: &str| set(combined, "", further).unwrap_err();
    for (combined, lonely, other) in [(before, "after", "before"), (after, "before", "after")] {
        assert_eq!(
            refused(combined, ""),
            format!(
                "r.toml:4:8: no rule combines part {lonely} the phases, and only_combined lets it count nowhere else; \
                 say when = \"{other}\""
            )
        );
    }
    assert_eq!(set(before, before, ""), Ok(2));
    assert_eq!(set("", "", ""), Ok(2));
    let late = "[rules.late]\nwhen = \"after\"\ncheck.not = { rule = \"part\" }\n";
    assert_eq!(set(before, "", late), Ok(3));
    // What combines it must count itself, at the same moment.
    let hidden = "[rules.late]\nonly_combined = true\ncheck.not = { rule = \"part\" }\n\
                  [rules.over]\nwhen = \"before\"\ncheck.not = { rule = \"late\" }\n";
    assert!(refused(before, hidden).starts_with("r.toml:8:8: no rule combines late after the phases"));
}

#[test]
fn the_opposite_of_two_limits_is_refused_however_deep_they_lie() {
    let rules = |between: &str| {
        format!(
            "[rules.opposite]\ncheck.not = {{ rule = \"top\" }}\n{between}\
             [rules.banded]\ntable = \"t\"\nthreshold = {{ warn = {{ count = 0 }}, fail = {{ count = 5 }} }}\n\
             check.not_null = {{ column = \"a\" }}\n"
        )
    };
    for between in [
        "[rules.top]\ncheck.all_of = { rules = [\"banded\"] }\n",
        "[rules.top]\ncheck.any_of = { rules = [\"mid\"] }\n[rules.mid]\ncheck.all_of = { rules = [\"banded\"] }\n",
    ] {
        let error = rules::load_embedded(&[("r.toml", &rules(between))]).unwrap_err().to_string();
        assert_eq!(
            error,
            "r.toml:2:22: rule banded (combined in top) has two limits; between them it is not clear what its opposite is"
        );
    }
    // The opposite inside is refused where it stands; beside an opposite, two limits are clear.
    let inside = "[rules.top]\ncheck.all_of = { rules = [\"low\"] }\n[rules.low]\ncheck.not = { rule = \"banded\" }\n";
    let error = rules::load_embedded(&[("r.toml", &rules(inside))]).unwrap_err().to_string();
    assert!(error.contains("r.toml:6:22: rule banded has two limits"), "{error}");
    let beside = "[rules.top]\ntable = \"t\"\ncheck.row_count = { min = 1 }\n\
                  [rules.all]\ncheck.all_of = { rules = [\"banded\", \"opposite\"] }\n";
    assert_eq!(rules::load_embedded(&[("r.toml", &rules(beside))]).unwrap().rules.len(), 4);
}

#[tokio::test]
async fn what_is_not_to_be_shown_is_given_away_by_nothing_that_is() {
    let spec = common::database().await;
    common::sql(
        &spec,
        "CREATE TABLE t (id int PRIMARY KEY, pay int, upto int, note text, at timestamptz);
         INSERT INTO t VALUES (1, 77001, 77900, 'seventy-seven', '1977-07-07'), (2, 77000, 77901, 'seventy-seven', '1977-07-07')",
    )
    .await;
    let rule = |id: &str, redact: &str, check: &str| {
        format!("[rules.{id}]\ntable = \"t\"\nredact = [{redact}]\ncheck.{check}\n")
    };
    let (line, other) = ("SELECT 1 AS k, pay FROM t WHERE id = 1", "SELECT 1 AS k, pay FROM t WHERE id = 2");
    let toml = [
        rule("rises", "\"pay\"", "monotonic = { column = \"pay\", order_by = [\"id\"] }"),
        rule("follows", "\"pay\"", "sequential_values = { column = \"pay\", step = 5 }"),
        rule("apart", "\"pay\", \"upto\"", "no_overlap = { lower = \"pay\", upper = \"upto\" }"),
        rule("balanced", "\"pay\"", "ledger_balanced = { group = [\"id\"], amount = \"pay\" }"),
        rule("most", "\"pay\"", "aggregate = { column = \"pay\", fn = \"max\", max = 5 }"),
        rule("fresh", "\"at\"", "freshness = { column = \"at\", max_age = \"1 day\" }"),
        rule("ahead", "\"pay\"", "sequence_ahead = { column = \"pay\" }"),
        rule("cast", "\"note\"", "expression_is_true = { sql = \"note::int > 0\" }"),
        rule("hidden", "", "no_plaintext_secret = { columns = [\"note\"] }").replace("redact = []", "where = \"note::int > 0\""),
        format!("[rules.agrees]\nredact = [\"pay\"]\ncheck.reconcile = {{ left = \"{line}\", right = \"{other}\", key = [\"k\"], columns = [\"pay\"] }}\n"),
    ]
    .concat();
    let evidence = judge(&spec, &toml).await;
    use Verdict::{Fail, NotEvaluated};
    let expected = ["rises", "follows", "apart", "balanced", "most", "fresh", "ahead", "cast", "hidden", "agrees"];
    let expected = expected.map(|id| (id, if matches!(id, "cast" | "hidden") { NotEvaluated } else { Fail }));
    assert_eq!(verdicts(&evidence), expected);
    let told = format!("{:?}", evidence.iter().map(|fact| (&fact.measured, &fact.samples)).collect::<Vec<_>>());
    assert!(!told.contains("77") && !told.contains("seventy"), "{told}");
    assert!(told.contains("before=***") && told.contains("total=***") && told.contains("sqlstate 22P02"), "{told}");
    // Where nothing is to be hidden all of it is told.
    let open = judge(&spec, &toml.replace("redact = [", "tags = [")).await;
    assert_eq!(open[0].samples[0].line(), "id=2: pay=77000, before=77001");
    assert_eq!(open[4].measured, "77001 over 2 rows");
}

#[tokio::test]
async fn a_ledger_without_a_row_may_be_accepted() {
    let spec = common::database().await;
    common::sql(&spec, "CREATE TABLE none (a int)").await;
    let toml = "[rules.a]\ntable = \"none\"\nallow_empty = true\ncheck.ledger_balanced = { amount = \"a\" }\n";
    assert_eq!(verdicts(&judge(&spec, toml).await), [("a", Verdict::Pass)]);
}

#[tokio::test]
async fn a_schema_that_is_not_there_is_not_passed_over() {
    let spec = common::database().await;
    common::sql(&spec, "CREATE SCHEMA \"Sales\"; CREATE TABLE \"Sales\".\"Orders\" (id int PRIMARY KEY)").await;
    let toml = "[rules.there]\ncheck.index_valid = { schemas = [\"public\", \"Sales\"] }\n\
                [rules.misspelt]\ncheck.index_valid = { schemas = [\"Sales\", \"sales\"] }\n";
    let evidence = judge(&spec, toml).await;
    assert_eq!(verdicts(&evidence), [("there", Verdict::Pass), ("misspelt", Verdict::NotEvaluated)]);
    assert!(evidence[1].measured.contains("schema \"sales\" does not exist"), "{}", evidence[1].measured);
}

#[tokio::test]
async fn where_a_sequence_stands_is_not_guessed_by_who_may_not_know() {
    let spec = common::database().await;
    common::sql(
        &spec,
        "CREATE TABLE t (id smallserial PRIMARY KEY); SELECT setval('t_id_seq', 32000);
         INSERT INTO t VALUES (-5); CREATE ROLE rules_guest LOGIN; GRANT SELECT ON t TO rules_guest",
    )
    .await;
    let toml = "[rules.last]\ncheck.sequence_headroom = {}\n\
                [rules.ahead]\ntable = \"t\"\ncheck.sequence_ahead = { column = \"id\" }\n";
    use Verdict::{Fail, NotEvaluated, Pass};
    assert_eq!(verdicts(&judge(&spec, toml).await), [("last", Fail), ("ahead", Pass)]);
    let evidence = judge(&as_role(&spec, "rules_guest"), toml).await;
    assert_eq!(verdicts(&evidence), [("last", NotEvaluated), ("ahead", NotEvaluated)]);
    assert!(
        evidence.iter().all(|fact| fact.measured.contains("permission denied for sequence t_id_seq")),
        "{evidence:?}"
    );
}

#[tokio::test]
async fn what_is_explained_is_what_is_sent_and_nothing_is_run() {
    let spec = common::database().await;
    common::sql(
        &spec,
        "CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t SELECT n, n FROM generate_series(1, 100) n",
    )
    .await;
    let toml = format!(
        "{}{}[rules.hurried]\ntable = \"t\"\ntimeout = \"1min\"\ncheck.not_null = {{ column = \"a\" }}\n\
         [rules.sorted]\ntable = \"t\"\ncheck.distinct_count = {{ column = \"a\", min = 1 }}\n\
         [rules.grouped]\ntable = \"t\"\ncheck.unique = {{ columns = [\"id\"] }}\n\
         [rules.asleep]\ntable = \"t\"\ncheck.query = {{ sql = \"SELECT pg_sleep(600)\" }}\n\
         [rules.wrong]\ntable = \"t\"\ncheck.query = {{ sql = \"SELECT no_such_column FROM t\" }}\n\
         [rules.all]\ncheck.all_of = {{ rules = [\"one\", \"two\"] }}\n",
        not_null("one", "t", "a"),
        not_null("two", "t", "id")
    );
    let set = rules::load_embedded(&[("rules.toml", &toml)]).unwrap_or_else(|error| panic!("{error}"));
    let resolution = rules::resolve(&set, &catalog(&spec).await, Moment::Before);
    let snapshot = SharedSnapshot::open(&spec, Cancel::never()).await.unwrap();
    let mut session = snapshot.session().await.unwrap();
    let explained = rules::explain(&resolution.rules, &mut session, 2, &RunOptions::default()).await.unwrap();
    session.close().await;
    snapshot.close().await;
    let of = |id: &str| explained.iter().find(|statement| statement.rules.iter().any(|rule| rule == id)).unwrap();
    use rules::Way;
    assert_eq!(
        (of("one").rules.as_slice(), of("one").way),
        (&["one".to_owned(), "two".to_owned()][..], Way::CommonScan)
    );
    let ways = ["hurried", "sorted", "grouped", "asleep", "all"].map(|id| of(id).way);
    use Way::{Combined, ScanOfItsOwn, StatementOfItsOwn};
    assert_eq!(ways, [ScanOfItsOwn, ScanOfItsOwn, StatementOfItsOwn, StatementOfItsOwn, Combined]);
    assert!(of("one").plan.iter().any(|line| line.contains("Seq Scan on t")), "{:?}", of("one").plan);
    // As it would be measured: without the hash aggregate.
    let grouped = &of("grouped").plan;
    assert!(!grouped.is_empty() && !grouped.iter().any(|line| line.contains("HashAggregate")), "{grouped:?}");
    assert!(of("wrong").problem.as_deref().unwrap().contains("no_such_column"), "{:?}", of("wrong"));
    assert_eq!((of("all").sql.as_ref(), of("all").problem.as_ref()), (None, None));
    let sent = judge_with(
        &spec,
        &rules::load_embedded(&[("r.toml", &not_null("one", "t", "a"))]).unwrap(),
        1,
        &RunOptions::default(),
    )
    .await;
    assert!(sent[0].probe.as_deref().unwrap().contains("FROM \"public\".\"t\" AS t"));
}

#[tokio::test]
async fn a_session_that_dies_takes_only_its_own_rule_with_it() {
    let spec = common::database().await;
    common::sql(&spec, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1); CREATE TABLE u (id int PRIMARY KEY); INSERT INTO u VALUES (1)").await;
    let toml = format!(
        "[rules.kills]\ntable = \"t\"\ncheck.query = {{ sql = \"SELECT pg_terminate_backend(pg_backend_pid())\" }}\n{}{}",
        not_null("t_id", "t", "id"),
        not_null("u_id", "u", "id")
    );
    let set = rules::load_embedded(&[("r.toml", &toml)]).unwrap();
    let evidence = judge_with(&spec, &set, 1, &RunOptions::default()).await;
    let expected = [("kills", Verdict::NotEvaluated), ("t_id", Verdict::Pass), ("u_id", Verdict::Pass)];
    assert_eq!(verdicts(&evidence), expected);
    assert!(evidence[0].measured.contains("57P01"), "{}", evidence[0].measured);
}

#[tokio::test]
async fn time_and_writes_are_bounded() {
    let spec = common::database().await;
    common::sql(
        &spec,
        "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1);
         CREATE FUNCTION writes() RETURNS int LANGUAGE sql AS 'INSERT INTO t VALUES (2) RETURNING id'",
    )
    .await;
    let files = [
        ("slow.sql", "SELECT pg_sleep(30)"),
        ("sound.toml", "[rules.sound]\ntable = \"t\"\ncheck.not_null = { column = \"id\" }\n"),
        ("writes.sql", "SELECT public.writes()"),
    ];
    let set = rules::load_embedded(&files).unwrap();
    let options = RunOptions { statement_timeout_ms: 200, ..RunOptions::default() };
    let evidence = judge_with(&spec, &set, 1, &options).await;
    let expected = [("slow", Verdict::NotEvaluated), ("sound", Verdict::Pass), ("writes", Verdict::NotEvaluated)];
    assert_eq!(verdicts(&evidence), expected);
    assert!(evidence[0].measured.contains("statement timeout"), "{}", evidence[0].measured);
    assert!(evidence[2].measured.contains("read-only transaction"), "{}", evidence[2].measured);
    assert_eq!(common::value(&spec, "SELECT count(*) FROM public.t").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn a_unique_rule_reads_the_table_and_not_an_index_that_lacks_a_row() {
    let spec = common::database().await;
    let index = |ready: bool| {
        format!("UPDATE pg_catalog.pg_index SET indisready = {ready} WHERE indexrelid = 'public.t_a'::regclass")
    };
    for sql in [
        "CREATE TABLE t (id int PRIMARY KEY, a int, filler text DEFAULT repeat('x', 600)); CREATE INDEX t_a ON t (a);
         INSERT INTO t SELECT n, n FROM generate_series(1, 9000) n",
        &*index(false),
        "INSERT INTO t VALUES (9001, 7)",
        &*index(true),
        "VACUUM ANALYZE t",
    ] {
        common::sql(&spec, sql).await;
    }
    // The planner prefers the small index, which does not know the second row.
    let by_itself = "SELECT count(*) FROM (SELECT FROM public.t GROUP BY a HAVING count(*) > 1) g";
    let plan =
        common::value(&spec, &format!("SET enable_hashagg = off; EXPLAIN (FORMAT json) {by_itself}")).await.unwrap();
    assert!(plan.contains("Index Only Scan"), "{plan}");
    assert_eq!(common::value(&spec, &format!("SET enable_hashagg = off; {by_itself}")).await.as_deref(), Some("0"));
    let toml = "[rules.u]\ntable = \"t\"\ncheck.unique = { columns = [\"a\"] }\n";
    for toml in [toml.to_owned(), format!("{toml}{}", not_null("rows", "t", "id"))] {
        let evidence = judge(&spec, &toml).await;
        let found: Vec<&str> = evidence[0].samples.iter().map(|sample| sample.key.as_str()).collect();
        assert_eq!((evidence[0].violations, evidence[0].rows_examined), (Some(2), Some(9001)));
        assert_eq!(found, ["id=7", "id=9001"]);
    }
}

#[tokio::test]
async fn rows_that_another_rule_counted_are_not_counted_again() {
    let options = Options { settings: vec![("log_statement".into(), "all".into())], ..common::options() };
    let server = Server::start(&options).unwrap();
    let spec = ConnSpec::from_url(&server.url("postgres")).unwrap();
    common::sql(
        &spec,
        "CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent SELECT n FROM generate_series(1, 50) n;
         CREATE TABLE child (id int PRIMARY KEY, parent int);
         INSERT INTO child SELECT n, n % 50 + 1 FROM generate_series(1, 98) n; INSERT INTO child VALUES (99, 51), (100, 3)",
    )
    .await;
    let own = "[rules.orphans]\ntable = \"child\"\ncheck.relationships = { columns = [\"parent\"], to = \"parent\" }\n\
               [rules.twice]\ntable = \"child\"\ncheck.unique = { columns = [\"parent\"] }\n\
               [rules.some]\ntable = \"child\"\nwhere = \"id > 1\"\ncheck.unique = { columns = [\"id\"] }\n";
    let log = || std::fs::read_to_string(server.log_file()).unwrap();
    let figures = |evidence: &[Evidence]| -> Vec<(Verdict, Option<u64>, Option<u64>)> {
        evidence.iter().map(|fact| (fact.verdict, fact.rows_examined, fact.violations)).collect()
    };
    let alone = judge(&spec, own).await;
    let expected =
        [(Verdict::Fail, Some(100), Some(1)), (Verdict::Fail, Some(100), Some(97)), (Verdict::Pass, Some(99), Some(0))];
    assert_eq!(figures(&alone), expected);
    assert_eq!(log().matches("SELECT NULL AS examined").count(), 0);
    let told = judge(&spec, &format!("{own}{}", not_null("told", "child", "id"))).await;
    assert_eq!(figures(&told)[..3], expected);
    assert_eq!(log().matches("SELECT NULL AS examined").count(), 2, "a filter counts for itself");
    // Nobody tells where the other rule cannot be measured.
    let broken = "[rules.broken]\ntable = \"child\"\ncheck.expression_is_true = { sql = \"10 / (id - 7) < 100\" }\n";
    let untold = judge(&spec, &format!("{own}{broken}")).await;
    assert_eq!(figures(&untold)[..3], expected);
    assert_eq!(untold[3].verdict, Verdict::NotEvaluated);
    // What is not unique is counted and named by one statement, which sorts once.
    assert_eq!(log().matches("-- The first groups of rows").count(), 0);
    let samples = |evidence: &[Evidence]| evidence[..3].iter().map(|fact| fact.samples.clone()).collect::<Vec<_>>();
    assert_eq!((samples(&told), samples(&untold)), (samples(&alone), samples(&alone)));
    // Where its offenders cannot be named, it is counted all the same.
    common::sql(&spec, "CREATE TABLE odd (a int, j json); INSERT INTO odd VALUES (1, '{}'), (1, '[]'), (2, '1')").await;
    let unnamed = "[rules.odd]\ntable = \"odd\"\nkey = [\"j\"]\ncheck.unique = { columns = [\"a\"] }\n";
    let odd = judge(&spec, unnamed).await;
    assert_eq!(figures(&odd), [(Verdict::Fail, Some(3), Some(2))]);
    assert!(odd[0].measured.contains("the offenders could not be named"), "{}", odd[0].measured);
    server.stop().unwrap();
}

async fn reference_platform() -> ConnSpec {
    let spec = common::database().await;
    common::sql(&spec, platform::SCHEMA).await;
    common::sql(&spec, &format!("SET platform.scale = '1'; {}", platform::DATA)).await;
    common::sql(&spec, platform::FINISH).await;
    spec
}

#[tokio::test]
async fn the_reference_platform_is_sound_until_it_is_broken() {
    let spec = reference_platform().await;
    let set = rules::load_embedded(platform::RULES).unwrap();
    assert_eq!(rules::problems(&set, &catalog(&spec).await, Moment::Before), []);
    let options = RunOptions::default();
    let evidence = judge_with(&spec, &set, 2, &options).await;
    let unsound: Vec<&Evidence> = evidence.iter().filter(|fact| fact.verdict != Verdict::Pass).collect();
    assert!(unsound.is_empty(), "{unsound:#?}");
    assert_eq!(evidence.len(), set.at(Moment::Before).count());

    common::sql(
        &spec,
        "SET session_replication_role = replica;
         UPDATE public.portfolios SET user_id = 999999 WHERE id = 9;
         UPDATE public.portfolios SET calculated_value = calculated_value + 0.01 WHERE id = 42;
         DELETE FROM public.transactions WHERE id = 777;",
    )
    .await;
    let evidence = judge_with(&spec, &set, 2, &options).await;
    let broken: Vec<(&str, Option<&str>)> = (evidence.iter().filter(|fact| fact.verdict == Verdict::Fail))
        .map(|fact| (fact.check.as_str(), fact.samples.first().map(|sample| sample.key.as_str())))
        .collect();
    let expected = [
        ("transactions_are_there", None),
        ("portfolio_has_user", Some("id=9")),
        ("portfolio_value_is_sum_of_holdings", Some("id=42")),
    ];
    assert_eq!(broken, expected);
    assert_eq!(evidence.iter().filter(|fact| fact.verdict == Verdict::NotEvaluated).count(), 0);
}
