//! Rules that group or join by the same columns are one statement, and each has the facts that it has alone.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use phasegate::db::{Cancel, Catalog, ConnSpec, Session, SharedSnapshot};
use phasegate::disposable::{Options, Server};
use phasegate::evidence::Evidence;
use phasegate::rules::{self, Explained, ResolvedRule, RunOptions, Way};
use phasegate::verdict::{Moment, Verdict};
use time::OffsetDateTime;

async fn resolved(spec: &ConnSpec, toml: &str) -> Vec<ResolvedRule> {
    let set = rules::load_embedded(&[("rules.toml", toml)]).unwrap_or_else(|error| panic!("{error}\n{toml}"));
    let mut session = Session::connect(spec).await.unwrap();
    let catalog = Catalog::read(&mut session).await.unwrap();
    session.close().await;
    let resolution = rules::resolve(&set, &catalog, Moment::Before);
    assert_eq!(resolution.not_evaluated, []);
    resolution.rules
}

/// The facts but for when and how long they were measured.
async fn judge(spec: &ConnSpec, toml: &str, options: &RunOptions) -> Vec<Evidence> {
    let rules = resolved(spec, toml).await;
    let snapshot = SharedSnapshot::open(spec, Cancel::never()).await.unwrap();
    let facts = rules::run(&rules, &snapshot, 2, options).await;
    snapshot.close().await;
    facts.into_iter().map(|fact| Evidence { at: OffsetDateTime::UNIX_EPOCH, took_ms: 0.0, ..fact }).collect()
}

/// The same rules, none of which shares a statement: each has a time limit of its own.
fn apart(toml: &str) -> String {
    toml.replace("allow_empty = true\n", "allow_empty = true\ntimeout = \"10min\"\n")
}

async fn shared(spec: &ConnSpec, rules: &[ResolvedRule]) -> Vec<Explained> {
    let snapshot = SharedSnapshot::open(spec, Cancel::never()).await.unwrap();
    let mut session = snapshot.session().await.unwrap();
    let explained = rules::explain(rules, &mut session, 2, &RunOptions::default()).await.unwrap();
    session.close().await;
    snapshot.close().await;
    explained.into_iter().filter(|statement| statement.way == Way::SharedPass).collect()
}

fn verdicts(facts: &[Evidence]) -> Vec<(&str, Verdict)> {
    facts.iter().map(|fact| (fact.check.as_str(), fact.verdict)).collect()
}

/// How many sets of rows and rules are tried; more were, when the statements were written.
const SEEDS: usize = 8;

/// Numbers as if by chance, the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// Few values, so that rows share them; among them all that is equal and does not look so, or the other way round.
fn tables(seed: usize, rows: usize) -> String {
    let any = |values: &str| {
        let values: Vec<&str> = values.split('|').collect();
        let cases: Vec<String> =
            values.iter().enumerate().map(|(at, value)| format!("WHEN {at} THEN {value}")).collect();
        format!("CASE pg_catalog.floor(pg_catalog.random() * {})::int {} END", values.len(), cases.join(" "))
    };
    let pair = any("NULL|ROW(NULL, NULL)::pair|ROW(1, NULL)::pair|ROW(1, 'x')::pair");
    let real = any("NULL|'NaN'::float8|'-0'::float8|0|1.5|'Infinity'::float8");
    let exact = any("NULL|'NaN'::numeric|1.0|1.00|-1|0");
    let (few, text, truth) = (any("NULL|0|1|2|3"), any("NULL|''|'a'|'A'|'a '|'b'"), any("NULL|true|false"));
    let uuid = any("NULL|'00000000-0000-0000-0000-000000000001'::uuid|'00000000-0000-0000-0000-000000000002'::uuid");
    format!(
        "DROP SCHEMA public CASCADE; CREATE SCHEMA public; SET search_path = public; SELECT setseed(0.{seed:02});
         CREATE TYPE pair AS (x int, y text);
         CREATE TABLE parents (id int PRIMARY KEY, other int, total numeric, gone date, kind text);
         CREATE TABLE loose (id bigint, two int, ok boolean);
         CREATE TABLE rows (id int PRIMARY KEY, parent int, wide bigint, a int, b text, c char(2), f real, g float8,
             n numeric, d date, u uuid, ok boolean, p pair, list int[], debit numeric, credit numeric);
         INSERT INTO parents SELECT i, {few}, {exact}, {day}, {text} FROM generate_series(0, 9) i WHERE {rows} > 0;
         INSERT INTO loose SELECT {few}, {few}, {truth} FROM generate_series(1, {rows}) i;
         INSERT INTO rows SELECT i, {pointer}, {pointer}, {few}, {text}, {text}, {real}, {real}, {exact}, {day}, {uuid},
             {truth}, {pair}, {list}, {exact}, {exact} FROM generate_series(1, {rows}) i",
        day = any("NULL|date '2026-01-01'|date '2026-01-02'"),
        pointer = any("NULL|0|1|2|3|4|11|12"),
        list = any("NULL|'{}'::int[]|'{1}'::int[]|'{NULL}'::int[]"),
    )
}

/// Conditions on the rows, most of them sound. A broken one must break alone what it breaks beside others.
const ROWS: &[&str] = &[
    "",
    "",
    "",
    "",
    "a > 1",
    "a IS NULL",
    "false",
    "g = 'NaN'",
    "g = 0",
    "ok",
    "NOT ok",
    "p IS NOT NULL",
    "b = 'a' -- a comment",
    "t.a = 2 OR ok",
    "a IN (SELECT two FROM loose)",
];
const BROKEN: &[&str] = &[
    "10 / a > 0",
    "b::int > 0",
    "gone IS NULL",
    "two = 1",
    "row_number() OVER () > 1",
    "count(*) > 0",
    "generate_series(1, 2) > 1",
    "k0 = 1",
    "e0",
    "n0 > 0",
    "c.n > 0",
];
const GROUPS: &[&str] = &[
    "\"a\"",
    "\"a\"",
    "\"b\"",
    "\"c\"",
    "\"f\"",
    "\"g\"",
    "\"n\"",
    "\"p\"",
    "\"u\"",
    "\"a\", \"b\"",
    "\"b\", \"a\"",
    "\"g\", \"a\"",
    "\"ok\"",
    "\"a\", \"g\"",
    "\"list\"",
];
const DEPENDENT: &[&str] = &[
    "\"b\"",
    "\"c\"",
    "\"f\"",
    "\"g\"",
    "\"n\"",
    "\"d\"",
    "\"u\"",
    "\"ok\"",
    "\"p\"",
    "\"list\"",
    "\"b\", \"g\"",
    "\"d\", \"p\"",
];

fn a_rule(id: usize, chance: &mut Chance) -> String {
    let mut table = "rows";
    let mut rows = chance.one(ROWS);
    if chance.below(12) == 0 {
        rows = chance.one(BROKEN);
    }
    let group = chance.one(GROUPS);
    let single = chance.one(&["a", "b", "g", "p", "ok"]);
    let pointer = chance.one(&["parent", "wide"]);
    let others =
        chance.one(&["", ", children_where = \"a > 1\"", ", children_where = \"false\"", ", children_where = \"ok\""]);
    let check = match chance.below(13) {
        0 => format!("unique = {{ columns = [{group}], nulls_distinct = {} }}", chance.one(&["true", "false"])),
        1 => format!("duplicate_rows = {{ columns = [{group}] }}"),
        2 | 3 => {
            format!("functional_dependency = {{ determinant = [{group}], dependent = [{}] }}", chance.one(DEPENDENT))
        }
        4 => {
            format!("ledger_balanced = {{ group = [{}], amount = \"n\", tolerance = \"1\" }}", chance.one(&["", group]))
        }
        5 => format!(
            "ledger_balanced = {{ group = [{}], debit = \"debit\", credit = \"credit\" }}",
            chance.one(&["", group])
        ),
        6 => format!(
            "distinct_count = {{ column = \"{single}\", {} }}",
            chance.one(&["min = 3", "max = 3", "min = 2, max = 4, null_counts = true", "min = 1, null_counts = true"])
        ),
        7 => format!("aggregate = {{ column = \"{single}\", fn = \"count_distinct\", max = 3.5 }}"),
        8 => format!("relationships = {{ columns = [\"{pointer}\"], to = \"parents\" }}"),
        9 => format!(
            "must_not_exist_in = {{ columns = [\"a\"], other = \"loose\", other_columns = [\"{}\"]{} }}",
            chance.one(&["id", "two"]),
            chance.one(&["", ", other_where = \"ok\"", ", other_where = \"p.two > t.a\"", ", other_where = \"e0\""])
        ),
        10 => format!(
            "soft_delete_consistent = {{ columns = [\"{pointer}\"], to = \"parents\", to_columns = [\"id\"], deleted = \"{}\", live = \"ok\" }}",
            chance.one(&["p.gone IS NOT NULL", "gone IS NOT NULL -- so", "a0", "id = 1"])
        ),
        at => {
            table = "parents";
            rows = chance.one(&[
                "",
                "",
                "id > 3",
                "other = 1",
                "false",
                "gone IS NULL",
                "10 / other > 0",
                "row_number() OVER () > 2",
            ]);
            let of = format!("columns = [\"id\"], children = \"rows\", child_columns = [\"{pointer}\"]{others}");
            match at {
                11 => format!(
                    "required_child = {{ {of}, {} }}",
                    chance.one(&["min = 1", "min = 0, max = 1", "min = 2, max = 3"])
                ),
                _ => format!(
                    "value_mismatch = {{ {of}, value = \"{}\", child_value = \"{}\", {} }}",
                    chance.one(&["total", "other", "total * 2"]),
                    chance.one(&["n", "a", "g", "debit - credit"]),
                    chance.one(&[
                        "tolerance = \"0\"",
                        "tolerance = \"0.5\", childless = \"pass\"",
                        "tolerance_relative = \"0.3\""
                    ])
                ),
            }
        }
    };
    let filter = if rows.is_empty() { String::new() } else { format!("where = \"{rows}\"\n") };
    format!("[rules.r{id}]\ntable = \"{table}\"\n{filter}allow_empty = true\ncheck.{check}\n")
}

#[tokio::test]
async fn a_rule_has_the_facts_that_it_has_alone() {
    let spec = common::database().await;
    let (mut several, mut violated, mut unknown) = (std::collections::BTreeMap::<String, usize>::new(), 0, 0);
    for seed in 0..SEEDS {
        common::sql(&spec, &tables(seed, if seed % 8 == 6 { 0 } else { 60 })).await;
        let mut chance = Chance(seed as u64 + 1);
        let toml: String = (0..60).map(|id| a_rule(id, &mut chance)).collect();
        let rules = resolved(&spec, &toml).await;
        for statement in shared(&spec, &rules).await {
            let sql = statement.sql.unwrap();
            *several.entry(sql.lines().next().unwrap().to_owned()).or_default() += statement.rules.len();
        }
        assert_eq!(shared(&spec, &resolved(&spec, &apart(&toml)).await).await, []);
        let alone = judge(&spec, &apart(&toml), &RunOptions::default()).await;
        let together = judge(&spec, &toml, &RunOptions::default()).await;
        for (alone, together) in alone.iter().zip(&together) {
            assert_eq!(together, alone, "seed {seed}");
        }
        violated += alone.iter().filter(|fact| fact.violations.is_some_and(|violations| violations > 0)).count();
        unknown += alone.iter().filter(|fact| fact.verdict == Verdict::NotEvaluated).count();
    }
    // Each way to share was taken by many, most of which turned red, and some broke.
    assert_eq!(several.len(), 3, "{several:?}");
    assert!(several.values().all(|rules| *rules > 20), "{several:?}");
    assert!(violated > 150 && unknown > 10, "{violated} {unknown}");
}

const TABLE: &str = "CREATE TABLE towns (id int PRIMARY KEY, gone date);
    INSERT INTO towns SELECT i, CASE WHEN i = 2 THEN date '2026-01-01' END FROM generate_series(1, 9) i;
    CREATE TABLE people (id int PRIMARY KEY, town int, zip text, name text, mail text, paid numeric, left_on date);
    INSERT INTO people SELECT i, i % 10 + 1, 'zip ' || i % 5, 'name ' || i % 5, 'mail ' || i, 1 - i % 2 * 2
        FROM generate_series(1, 30) i";

/// Rules that group `people` by `zip`; of those that the last one looks at one zip has a payment too many.
const BY_ZIP: [&str; 3] = [
    "[rules.zips]\ntable = \"people\"\ncheck.distinct_count = { column = \"zip\", min = 5, max = 5 }\n",
    "[rules.names]\ntable = \"people\"\ncheck.functional_dependency = { determinant = [\"zip\"], dependent = [\"name\"] }\n",
    "[rules.paid]\ntable = \"people\"\nwhere = \"id > 9\"\ncheck.ledger_balanced = { group = [\"zip\"], amount = \"paid\", tolerance = \"0.5\" }\n",
];

async fn people() -> ConnSpec {
    let spec = common::database().await;
    common::sql(&spec, TABLE).await;
    spec
}

#[tokio::test]
async fn one_statement_counts_for_each_what_is_planted() {
    let options = Options { settings: vec![("log_statement".into(), "all".into())], ..common::options() };
    let server = Server::start(&options).unwrap();
    let spec = ConnSpec::from_url(&server.url("postgres")).unwrap();
    common::sql(&spec, TABLE).await;
    let toml = BY_ZIP.concat();
    use Verdict::{Fail, Pass};
    let facts = judge(&spec, &toml, &RunOptions::default()).await;
    assert_eq!(verdicts(&facts), [("zips", Pass), ("names", Pass), ("paid", Fail)]);
    assert_eq!((facts[2].rows_examined, facts[2].violations), (Some(21), Some(1)));
    assert_eq!(facts[2].samples[0].key, "zip=zip 0");
    let log = std::fs::read_to_string(server.log_file()).unwrap();
    // All are counted by one statement, and the third names its offenders by its own.
    assert_eq!(log.matches("GROUP BY t.\"zip\"").count(), 2, "{log}");
    let explained = shared(&spec, &resolved(&spec, &toml).await).await;
    assert_eq!(explained.len(), 1);
    assert_eq!(explained[0].rules, ["zips", "names", "paid"]);
    let sent = log.replace("\n\t", "\n");
    assert!(sent.contains(explained[0].sql.as_deref().unwrap()), "what is explained is what is sent");
    assert!(explained[0].plan.iter().any(|line| line.contains("Seq Scan on people")), "{:?}", explained[0].plan);
    // What a person runs to measure again is the rule's own.
    assert!(facts[0].probe.as_deref().unwrap().contains("count(DISTINCT t.\"zip\")"), "{:?}", facts[0].probe);

    common::sql(&spec, "UPDATE people SET zip = 'zip 1' WHERE id = 5; UPDATE people SET paid = 0").await;
    let facts = judge(&spec, &toml, &RunOptions::default()).await;
    assert_eq!(verdicts(&facts), [("zips", Pass), ("names", Fail), ("paid", Pass)]);
    assert_eq!(facts[1].violations, Some(1));
    assert_eq!(facts[1].samples.iter().map(|sample| sample.key.as_str()).collect::<Vec<_>>(), ["zip=zip 1"]);
    common::sql(&spec, "UPDATE people SET zip = 'zip 9' WHERE id = 5").await;
    let facts = judge(&spec, &toml, &RunOptions::default()).await;
    assert_eq!(verdicts(&facts), [("zips", Fail), ("names", Pass), ("paid", Pass)]);
    assert_eq!(facts[0].figure.as_deref(), Some("6"));
    server.stop().unwrap();
}

#[tokio::test]
async fn one_join_counts_for_each_what_is_planted() {
    let spec = people().await;
    let orphans = "check.relationships = { columns = [\"town\"], to = \"towns\" }";
    let alive = "check.soft_delete_consistent = { columns = [\"town\"], to = \"towns\", to_columns = [\"id\"], \
                 deleted = \"p.gone IS NOT NULL\", live = \"left_on IS NULL\" }";
    let few = "where = \"id < 10\"";
    let toml: String =
        [("orphans", "", orphans), ("few", few, orphans), ("alive", "", alive), ("alive_few", few, alive)]
            .map(|(id, rows, check)| format!("[rules.{id}]\ntable = \"people\"\n{rows}\n{check}\n"))
            .concat();
    let explained = shared(&spec, &resolved(&spec, &toml).await).await;
    let together: Vec<_> = explained.iter().map(|statement| statement.rules.join(" ")).collect();
    assert_eq!(together, ["alive alive_few", "orphans few"]);
    let facts = judge(&spec, &toml, &RunOptions::default()).await;
    let counts: Vec<_> = facts.iter().map(|fact| (fact.rows_examined, fact.violations)).collect();
    // Town 10 is not there, town 2 is gone.
    assert_eq!(counts, [(Some(30), Some(3)), (Some(9), Some(1)), (Some(30), Some(3)), (Some(9), Some(1))]);
    assert_eq!(["id=9", "id=1"], [&facts[1].samples[0].key, &facts[3].samples[0].key].map(String::as_str));
    common::sql(&spec, "INSERT INTO towns VALUES (10); UPDATE people SET left_on = now() WHERE town = 2").await;
    let facts = judge(&spec, &toml, &RunOptions::default()).await;
    assert!(facts.iter().all(|fact| fact.verdict == Verdict::Pass), "{facts:?}");
}

#[tokio::test]
async fn what_breaks_or_takes_too_long_is_taken_out_of_a_statement() {
    let spec = people().await;
    let among = |rule: &str| format!("{}{}{rule}{}", BY_ZIP[0], BY_ZIP[1], BY_ZIP[2]);
    let of_names = |head: &str| {
        format!(
            "[rules.new]\ntable = \"people\"\n{head}\ncheck.functional_dependency = {{ determinant = [\"zip\"], dependent = [\"name\"] }}\n"
        )
    };
    use Verdict::{Fail, NotEvaluated, Pass};
    let expected = [("zips", Pass), ("names", Pass), ("new", NotEvaluated), ("paid", Fail)];
    let broken = judge(&spec, &among(&of_names("where = \"10 / (id - 3) < 100\"")), &RunOptions::default()).await;
    assert_eq!(verdicts(&broken), expected);
    assert_eq!(broken[2].measured, "not evaluated: division by zero (sqlstate 22012)");
    // Words of the server are those of the rule that broke, and repeat no value where it has some that are not shown.
    let hidden = "where = \"mail::int > 0\"\nredact = [\"mail\"]";
    let broken = judge(&spec, &among(&of_names(hidden)), &RunOptions::default()).await;
    assert_eq!(verdicts(&broken), expected);
    assert!(broken[2].measured.contains("which is not shown here (sqlstate 22P02)"), "{}", broken[2].measured);

    // 30 rows of 0.1 s: too long for it, and for the statement that it shares.
    let slow = among(&of_names("where = \"pg_sleep(0.1) IS NOT NULL\""));
    let options = RunOptions { statement_timeout_ms: 1_000, ..RunOptions::default() };
    let hurried = judge(&spec, &slow, &options).await;
    assert_eq!(verdicts(&hurried), expected);
    assert!(hurried[2].measured.contains("statement timeout"), "{}", hurried[2].measured);
    assert_eq!(shared(&spec, &resolved(&spec, &slow).await).await[0].rules, ["zips", "names", "new", "paid"]);

    // With a time limit of its own it stands alone from the beginning, and so does what looks at other tables.
    for head in ["timeout = \"10min\"", "where = \"town IN (SELECT t.id FROM towns AS t)\""] {
        let explained = shared(&spec, &resolved(&spec, &among(&of_names(head))).await).await;
        assert_eq!(explained[0].rules, ["zips", "names", "paid"], "{head}");
    }
}

#[tokio::test]
async fn the_hash_aggregate_stays_out_where_one_of_the_rules_keeps_it_out() {
    let spec = people().await;
    common::sql(
        &spec,
        "INSERT INTO people SELECT i, 1, 'x', 'y', 'mail ' || i FROM generate_series(31, 5000) i; ANALYZE people",
    )
    .await;
    let by_mail = "[rules.mails]\ntable = \"people\"\ncheck.distinct_count = { column = \"mail\", min = 1 }\n\
        [rules.names]\ntable = \"people\"\ncheck.functional_dependency = { determinant = [\"mail\"], dependent = [\"name\"] }\n";
    let is_hashed = |explained: &[Explained]| explained[0].plan.iter().any(|line| line.contains("HashAggregate"));
    assert!(is_hashed(&shared(&spec, &resolved(&spec, by_mail).await).await));
    let unique = "[rules.mail]\ntable = \"people\"\ncheck.unique = { columns = [\"mail\"] }\n";
    let explained = shared(&spec, &resolved(&spec, &format!("{by_mail}{unique}")).await).await;
    assert_eq!(explained[0].rules.len(), 3);
    assert!(!is_hashed(&explained), "{:?}", explained[0].plan);
}
