//! Every rule turns red when what violates it is planted, and everything is taken back.
//!
//! `UPDATE=1` writes `tests/rule_trials.txt` anew: what became of each example rule of `tests/kinds`.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use phasegate::db::{Catalog, ConnSpec, Session};
use phasegate::platform;
use phasegate::rules::{self, RULE_KINDS, RuleSet, RunOptions, Tried};
use phasegate::verdict::{Moment, Verdict};

/// What the database is made of, and how much is in it.
const STATE: &str = "
    SELECT concat_ws('|',
        (SELECT string_agg(concat(conrelid::regclass, conname, pg_get_constraintdef(oid)), ',' ORDER BY oid) FROM pg_constraint),
        (SELECT string_agg(concat(indexrelid::regclass, indisvalid), ',' ORDER BY indexrelid) FROM pg_index),
        (SELECT string_agg(concat(attrelid, attname, attnotnull, attgenerated, attidentity), ',' ORDER BY attrelid, attnum)
         FROM pg_attribute WHERE attrelid > 16383),
        (SELECT string_agg(concat(c.oid::regclass, (xpath('//*[local-name()=\"n\"]/text()', query_to_xml(
                    'SELECT concat(count(*), chr(58), sum(hashtext(t::text)::int8)) AS n FROM ' || c.oid::regclass || ' AS t',
                    false, false, '')))[1]), ',' ORDER BY c.oid)
         FROM pg_class AS c WHERE c.relkind = 'r' AND c.oid > 16383))";

async fn try_all(spec: &ConnSpec, set: &RuleSet) -> Vec<Tried> {
    try_under(spec, set, &RunOptions::default()).await
}

async fn try_under(spec: &ConnSpec, set: &RuleSet, options: &RunOptions) -> Vec<Tried> {
    let before = common::value(spec, STATE).await;
    let mut reader = Session::connect(spec).await.unwrap();
    let catalog = Catalog::read(&mut reader).await.unwrap();
    reader.close().await;
    let mut session = common::locked(spec).await;
    let mut all = Vec::new();
    for trial in rules::trials(set, &catalog, Moment::After) {
        all.push(trial.run(&mut session, options).await.unwrap());
    }
    session.close().await;
    assert!(before.is_some());
    assert_eq!(common::value(spec, STATE).await, before, "something was not taken back");
    all
}

fn lines(all: &[Tried]) -> String {
    all.iter().map(|tried| format!("{}: {}: {}\n", tried.verdict, tried.rule, tried.said)).collect()
}

/// The rules of a kind's example.
fn example(folder: &Path) -> RuleSet {
    let mut files: Vec<(String, String)> = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let is_rule = [".toml", ".sql", ".json"].iter().any(|end| name.ends_with(end));
        if is_rule && name != "setup.sql" && name != "fail.sql" {
            files.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    files.sort();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    rules::load_embedded(&files).unwrap()
}

#[tokio::test]
async fn every_kind_is_tried_on_its_own_example() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut found = String::new();
    for kind in RULE_KINDS {
        let folder = root.join("kinds/rule").join(kind.name);
        let spec = common::database().await;
        common::sql(&spec, &fs::read_to_string(folder.join("setup.sql")).unwrap()).await;
        let tried = try_all(&spec, &example(&folder)).await;
        found += &format!("{}\n", kind.name);
        found += &lines(&tried).lines().map(|line| format!("    {line}\n")).collect::<String>();
    }
    let path = root.join("rule_trials.txt");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &found).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), found);
    assert!(!found.contains("    fail: "), "a rule stays green on its own example:\n{found}");
}

/// On a server of its own, after the platform's own migration.
#[test]
fn every_rule_of_the_reference_platform_turns_red_or_is_named() {
    let mut command = std::process::Command::new(common::phasegate());
    let output = command.args(["rules", "probe", "--platform", "--format", "json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let rules = found["rules"].as_array().unwrap();
    let set = rules::load_embedded(platform::RULES).unwrap();
    assert_eq!(rules.len(), set.at(Moment::After).count());
    let others: Vec<&serde_json::Value> = rules.iter().filter(|rule| rule["verdict"] != "pass").collect();
    assert!(others.is_empty(), "{others:?}");
    let searched: Vec<String> = (rules.iter().filter(|rule| rule["said"] != "turned red"))
        .map(|rule| format!("{}: {}", rule["rule"].as_str().unwrap(), rule["said"].as_str().unwrap()))
        .collect();
    let one = |table: &str| {
        format!(
            "WHERE (t.tableoid, t.ctid) IN (SELECT t.tableoid, t.ctid FROM \"public\".\"{table}\" AS t WHERE true LIMIT 1)"
        )
    };
    let set = |rule: &str, table: &str, what: &str| {
        format!("{rule}: turned red after UPDATE \"public\".\"{table}\" AS t SET {what} {}", one(table))
    };
    let expected = [
        "audit_triggers_are_enabled: turned red after ALTER TABLE portfolios DISABLE TRIGGER portfolios_write_activity"
            .to_owned(),
        set("holding_value_is_units_times_price", "holdings", "\"units\" = (t.\"units\" + 1)::numeric"),
        set(
            "national_insurance_number_is_no_text",
            "product_owners",
            "\"national_insurance_number_enc\" = pg_catalog.convert_to('phasegate', 'UTF8')",
        ),
        set(
            "shares_of_a_product_add_up",
            "product_owner_products",
            "\"share_percent\" = (t.\"share_percent\" + 1)::numeric",
        ),
        set(
            "transaction_sign_follows_type",
            "transactions",
            "\"type\" = (SELECT o.label FROM pg_catalog.unnest(pg_catalog.enum_range(t.\"type\")) AS o(label) \
             WHERE o.label <> t.\"type\" LIMIT 1)",
        ),
        "views_are_there_and_filled: turned red after REFRESH MATERIALIZED VIEW provider_summary WITH NO DATA"
            .to_owned(),
    ];
    assert_eq!(searched, expected);
}

const VACUOUS: &str = "\
[rules.never]
table = \"t\"
where = \"a IS NOT NULL\"
check.not_null = { column = \"a\" }
[rules.generous]
table = \"t\"
threshold = { percent = 100 }
check.not_null = { column = \"a\" }
[rules.red]
table = \"t\"
check.accepted_values = { column = \"id\", values = [99] }
[rules.empty]
table = \"none\"
check.not_null = { column = \"a\" }
[rules.missing]
table = \"nowhere\"
check.not_null = { column = \"a\" }
[rules.sound]
table = \"t\"
threshold = { percent = 50 }
check.not_null = { column = \"a\" }
";

const TABLES: &str =
    "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL CHECK (a > 0)); INSERT INTO t VALUES (1, 1), (2, 2);
                      CREATE TABLE none (a int)";

#[tokio::test]
async fn a_rule_that_cannot_turn_red_is_found() {
    let spec = common::database().await;
    common::sql(&spec, TABLES).await;
    let tried = try_all(&spec, &rules::load_embedded(&[("r.toml", VACUOUS)]).unwrap()).await;
    let found = lines(&tried);
    let expected = "fail: never: stayed green when what violates it was there\n\
                    fail: generous: stayed green when what violates it was there\n\
                    not evaluated: red: it is red without any violation planted\n\
                    not evaluated: empty: it has no rows to look at, or too few\n\
                    not evaluated: missing: r.toml:16:9: there is no table public.nowhere";
    assert!(found.starts_with(expected), "{found}");
    assert!(found.ends_with("pass: sound: turned red\n"), "{found}");
    let planted = tried[0].planted.as_deref().unwrap();
    assert!(planted.starts_with("UPDATE \"public\".\"t\" AS t SET \"a\" = NULL"), "{planted}");
}

const SEARCHED: &str = "\
[rules.by_way_of_a_filled_view]
table = \"totals\"
check.query = { sql = \"SELECT shop FROM totals WHERE total < 0\" }
[rules.by_a_word_of_its_own]
table = \"t\"
check.query = { sql = \"SELECT id FROM t WHERE note = 'closed' AND a < 10\" }
[rules.under_a_check]
table = \"t\"
check.query = { sql = \"SELECT id FROM t WHERE a <= 0\" }
[rules.in_the_catalog]
table = \"t\"
check.query = { sql = \"SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'a_is_positive')\" }
[rules.of_nothing]
table = \"t\"
check.query = { sql = \"SELECT 1 WHERE 2 < 1\" }
[rules.of_no_row]
table = \"t\"
check.query = { sql = \"SELECT id FROM t WHERE false\" }
[rules.at_the_start]
check.settings = { expected = { wal_level = \"replica\", block_size = 8192 } }
";

#[tokio::test]
async fn what_violates_sql_of_a_rules_own_is_looked_for() {
    let spec = common::database().await;
    let tables = "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL CONSTRAINT a_is_positive CHECK (a > 0), note text, shop int);
        INSERT INTO t VALUES (1, 1, 'open', 1), (2, 2, 'open', 2);
        CREATE MATERIALIZED VIEW totals AS SELECT shop, sum(a) AS total FROM t GROUP BY shop; ANALYZE";
    common::sql(&spec, tables).await;
    let tried = try_all(&spec, &rules::load_embedded(&[("r.toml", SEARCHED)]).unwrap()).await;
    let said: Vec<&str> = tried.iter().map(|tried| tried.said.as_str()).collect();
    let minus = "turned red after UPDATE \"public\".\"t\" AS t SET \"a\" = (-t.\"a\")::int4 WHERE (t.tableoid, t.ctid) IN \
                 (SELECT t.tableoid, t.ctid FROM \"public\".\"t\" AS t WHERE true LIMIT 1)";
    assert_eq!(said[0], format!("{minus}; REFRESH MATERIALIZED VIEW \"public\".\"totals\""));
    assert!(
        said[1].starts_with("turned red after UPDATE \"public\".\"t\" AS t SET \"note\" = 'closed' WHERE"),
        "{}",
        said[1]
    );
    assert_eq!(said[2], minus, "the check is taken away first");
    assert_eq!(said[3], "turned red after ALTER TABLE t DROP CONSTRAINT a_is_positive CASCADE");
    assert_eq!(said[4], "it reads no table whose rows could be changed");
    assert!(said[5].starts_with("none of ") && said[5].contains(" changes of public.t turned it red"), "{}", said[5]);
    assert_eq!(
        said[6],
        "no session can have another value of block_size (internal), wal_level (postmaster): show by hand that it turns red"
    );
}

#[tokio::test]
async fn a_rules_own_time_limit_is_kept() {
    const SLOW: &str = "[rules.hasty]\ntable = \"t\"\ntimeout = \"50ms\"\n\
        check.query = { sql = \"SELECT id FROM pg_sleep(0.3), t WHERE a < 0\" }\n\
        [rules.patient]\ntable = \"t\"\ntimeout = \"1min\"\n\
        check.query = { sql = \"SELECT id FROM pg_sleep(0.3), t WHERE a < 0\" }\n";
    let spec = common::database().await;
    common::sql(&spec, TABLES).await;
    let options = RunOptions { statement_timeout_ms: 200, ..RunOptions::default() };
    let tried = try_under(&spec, &rules::load_embedded(&[("r.toml", SLOW)]).unwrap(), &options).await;
    assert!(tried[0].said.contains("statement timeout"), "{}", tried[0].said);
    assert_eq!((tried[0].verdict, tried[1].verdict), (Verdict::NotEvaluated, Verdict::Pass), "{}", tried[1].said);
}

#[tokio::test]
async fn no_database_is_changed_unasked() {
    let spec = common::database().await;
    common::sql(&spec, TABLES).await;
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("integrity_rules")).unwrap();
    fs::write(home.path().join("integrity_rules/r.toml"), VACUOUS).unwrap();
    let run = |args: &[&str]| {
        let url = common::server().url(&spec.database);
        let mut command = std::process::Command::new(common::phasegate());
        command.current_dir(home.path()).env("DATABASE_URL", url).args(["rules", "probe"]).args(args);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code(), said)
    };
    let (code, said) = run(&[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("say --changes-allowed"), "{said}");
    let (code, said) = run(&["--changes-allowed"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("1 turned red, 2 stayed green, 3 were not tried"), "{said}");
    let (code, said) = run(&["--changes-allowed", "--only", "sound"]);
    assert_eq!(code, Some(0), "{said}");
}

/// What is there before the violation is what they compare with: they are green until it is planted.
#[tokio::test]
async fn rules_that_compare_turn_red_by_what_is_planted_alone() {
    let toml = "\
[rules.named]
table = \"t\"
compare_to = \"before\"
check.not_null = { column = \"name\" }
[rules.rows]
table = \"t\"
compare_to = \"before\"
change = { min_percent = -50 }
check.row_count = {}
[rules.growing]
table = \"t\"
compare_to = \"before\"
change = { max = 10 }
check.row_count = {}
[rules.sum]
table = \"t\"
compare_to = \"before\"
check.aggregate = { column = \"id\", fn = \"sum\" }
[rules.nulls]
table = \"t\"
compare_to = \"before\"
check.null_rate = { column = \"name\" }
[rules.names]
table = \"t\"
compare_to = \"before\"
check.distinct_count = { column = \"name\" }
";
    let spec = common::database().await;
    common::sql(&spec, "CREATE TABLE t (id int PRIMARY KEY, name text); INSERT INTO t VALUES (1, 'a'), (2, NULL)")
        .await;
    let tried = try_all(&spec, &rules::load_embedded(&[("t.toml", toml)]).unwrap()).await;
    let expected = "pass: named: turned red\npass: rows: turned red\n\
        not evaluated: growing: as many rows as it forbids are too many to plant\n\
        pass: sum: turned red\npass: nulls: turned red\npass: names: turned red\n";
    assert_eq!(lines(&tried), expected);
}
