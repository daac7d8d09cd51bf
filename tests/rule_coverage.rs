//! What the rules of a run looked at, and why not at the rest.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use phasegate::db::{Cancel, Catalog, ConnSpec, ForeignKey, Session, SharedSnapshot};
use phasegate::rules::{self, Asked, Coverage, Excluded, Part, RuleSet, RunOptions};
use phasegate::verdict::{Moment, Verdict};

const TABLES: &str = "
    CREATE TABLE users (id int PRIMARY KEY, email text, manager_id int REFERENCES users);
    CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users, amount int, note text);
    CREATE TABLE lines (order_id int REFERENCES orders, n int, PRIMARY KEY (order_id, n));
    CREATE TABLE parts (id int, region text) PARTITION BY LIST (region);
    CREATE TABLE parts_eu PARTITION OF parts FOR VALUES IN ('eu');
    CREATE TABLE spare (id int, CONSTRAINT spare_of_users FOREIGN KEY (id) REFERENCES users);
    CREATE TABLE attic (id int);
    CREATE TABLE own_log (id int);
    INSERT INTO users VALUES (1, 'a', NULL), (2, 'b', 1); INSERT INTO orders VALUES (1, 1, 5, 'x');
    INSERT INTO lines VALUES (1, 1); INSERT INTO parts VALUES (1, 'eu');";

fn set(toml: &str) -> RuleSet {
    rules::load_embedded(&[("r.toml", toml)]).unwrap_or_else(|error| panic!("{error}"))
}

/// The coverage of these rules, of which only some are asked for.
async fn covered(spec: &ConnSpec, toml: &str, only: &[&str]) -> Coverage {
    covered_along(spec, toml, only, &["public"]).await
}

async fn covered_along(spec: &ConnSpec, toml: &str, only: &[&str], search_path: &[&str]) -> Coverage {
    let search_path: Vec<String> = search_path.iter().map(|schema| (*schema).to_owned()).collect();
    let options = RunOptions { search_path: search_path.clone(), ..RunOptions::default() };
    let only: Vec<String> = only.iter().map(|word| (*word).to_owned()).collect();
    let (all, chosen) = (set(toml), set(toml).choose(&only, Moment::After).unwrap());
    let mut session = Session::connect(spec).await.unwrap();
    let catalog = Catalog::read(&mut session).await.unwrap();
    let foreign_keys = ForeignKey::read_all(&mut session).await.unwrap();
    session.close().await;
    let resolution = rules::resolve(&chosen, &catalog, Moment::After);
    let snapshot = SharedSnapshot::open(spec, Cancel::never()).await.unwrap();
    let facts = rules::run(&resolution.rules, &snapshot, 1, &options).await;
    snapshot.close().await;
    let excluded = [Excluded { name: "public.attic".into(), reason: "nobody reads it".into() }];
    let asked = Asked {
        all: &all,
        chosen: &chosen,
        moment: Moment::After,
        catalog: &catalog,
        foreign_keys: &foreign_keys,
        excluded: &excluded,
        own: &["public.own_log".to_owned()],
        search_path: &search_path,
    };
    rules::coverage(&asked, &facts)
}

fn gaps(part: &Part) -> Vec<String> {
    part.not_checked.iter().map(|gap| format!("{}: {}", gap.name, gap.why)).collect()
}

const RULES: &str = "\
[rules.order_has_user]
table = \"orders\"
check.relationships = { columns = [\"user_id\"], to = \"users\" }
[rules.manager_is_user]
table = \"users\"
where = \"id > 1\"
check.relationships = { columns = [\"manager_id\"], to = \"users\" }
[rules.email_is_there]
tags = [\"mail\"]
table = \"users\"
check.not_null = { column = \"email\" }
[rules.amount_is_counted]
table = \"orders\"
where = \"1 / (id - 1) > 0\"
check.not_null = { column = \"amount\" }
[rules.early]
table = \"lines\"
when = \"before\"
check.row_count = { min = 1 }
[rules.indexed]
table = \"attic\"
check.index_valid = {}
[rules.parts_by_hand]
table = \"parts\"
check.query = { sql = \"SELECT p.id FROM public.parts AS p WHERE p.id < 0\" }
";

/// Of two tables of one name a query reads the one that the server finds.
#[tokio::test]
async fn a_name_without_a_schema_is_found_along_the_search_path() {
    let spec = common::database().await;
    common::sql(
        &spec,
        "CREATE SCHEMA app; CREATE SCHEMA old; CREATE TABLE public.spots (id int); CREATE TABLE app.spots (id int);
         CREATE TABLE old.seats (id int); CREATE TABLE old.spots (id int)",
    )
    .await;
    let query = |sql: &str| format!("[rules.q]\ntable = \"old.seats\"\ncheck.query = {{ sql = \"{sql}\" }}\n");
    for (sql, path, expected) in [
        ("SELECT id FROM spots WHERE id < 0", &["public"][..], &["app.spots", "old.seats", "old.spots"][..]),
        ("SELECT id FROM spots WHERE id < 0", &["app", "public"], &["old.seats", "old.spots", "public.spots"]),
        ("SELECT id FROM spots JOIN seats USING (id)", &["none", "old", "app"], &["app.spots", "public.spots"]),
        // What stands elsewhere with its schema says nothing of its namesake.
        ("SELECT id FROM old.spots", &["public"], &["app.spots", "old.seats", "public.spots"]),
        ("SELECT o.id FROM old.spots AS o, spots", &["app"], &["old.seats", "public.spots"]),
    ] {
        let coverage = covered_along(&spec, &query(sql), &[], path).await;
        let left: Vec<&str> = coverage.tables.not_checked.iter().map(|gap| gap.name.as_str()).collect();
        assert_eq!(left, expected, "{sql} along {path:?}");
    }
}

#[tokio::test]
async fn what_no_rule_looked_at_is_named_with_its_reason() {
    let spec = common::database().await;
    common::sql(&spec, TABLES).await;
    let coverage = covered(&spec, RULES, &[]).await;
    assert_eq!(coverage.tables.checked, 3, "users, orders, parts: {coverage:#?}");
    assert_eq!(
        gaps(&coverage.tables),
        [
            "public.attic: excluded by the settings: nobody reads it",
            "public.lines: rule early is judged at the other moment",
            "public.spare: no rule names it",
        ]
    );
    assert_eq!(
        gaps(&coverage.columns),
        [
            "public.attic.id: excluded by the settings: nobody reads it",
            "public.lines.order_id: no rule names it",
            "public.lines.n: no rule names it",
            "public.orders.id: no rule names it",
            "public.orders.amount: rule amount_is_counted was not evaluated",
            "public.orders.note: no rule names it",
            "public.parts.region: no rule names it",
            "public.spare.id: no rule names it",
        ]
    );
    assert_eq!(coverage.columns.checked, 5, "user_id, users.id, manager_id, email, parts.id");
    assert_eq!(
        gaps(&coverage.foreign_keys),
        [
            "lines_order_id_fkey of public.lines (order_id): no rule names it",
            "spare_of_users of public.spare (id): no rule names it",
            "users_manager_id_fkey of public.users (manager_id): rule manager_is_user looks at some rows only",
        ]
    );
    let facts = coverage.facts();
    let said: Vec<&str> = facts.iter().map(|fact| fact.measured.as_str()).collect();
    assert_eq!(said[2], "rules checked 1 of 4; not: 1 whose rule looks at some rows only, 2 that no rule names");
    assert!(facts.iter().all(|fact| fact.verdict == Verdict::Pass));
    assert_eq!(facts.iter().map(|fact| fact.samples.len()).collect::<Vec<_>>(), [3, 8, 3]);
}

#[tokio::test]
async fn what_was_left_out_by_request_is_no_check() {
    let spec = common::database().await;
    common::sql(&spec, TABLES).await;
    let coverage = covered(&spec, RULES, &["mail"]).await;
    assert_eq!((coverage.tables.checked, coverage.columns.checked, coverage.foreign_keys.checked), (1, 1, 0));
    let of = |part: &Part, name: &str| gaps(part).into_iter().find(|gap| gap.starts_with(name));
    let left_out = "rule order_has_user was left out by --only";
    assert_eq!(of(&coverage.tables, "public.orders:"), Some(format!("public.orders: {left_out}")));
    let key = "orders_user_id_fkey of public.orders (user_id)";
    assert_eq!(of(&coverage.foreign_keys, key), Some(format!("{key}: {left_out}")));
}

#[tokio::test]
async fn a_rule_over_all_constraints_speaks_for_every_foreign_key() {
    let spec = common::database().await;
    common::sql(&spec, TABLES).await;
    let toml = "[rules.kept]\ncheck.constraint_validated = { schemas = [\"public\"] }\n";
    let coverage = covered(&spec, toml, &[]).await;
    assert_eq!((coverage.foreign_keys.checked, gaps(&coverage.foreign_keys).len()), (4, 0));
    // Of its rows no more was looked at than what points.
    assert_eq!((coverage.tables.checked, coverage.columns.checked), (4, 4));
    let none = covered(&spec, "[rules.kept]\ncheck.constraint_validated = { schemas = [\"other\"] }\n", &[]).await;
    assert_eq!((none.foreign_keys.checked, none.tables.checked), (0, 0));
}
