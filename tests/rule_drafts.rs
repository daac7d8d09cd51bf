//! Rules made from the catalog: they load, they pass on the data they were made from, and drift is found on both sides.
//!
//! `UPDATE=1` writes `tests/rule_drafts.toml` anew.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;

use std::path::PathBuf;
use std::process::Command;

use phasegate::db::Cancel;
use phasegate::db::{Catalog, ConnSpec, Session, SharedSnapshot};
use phasegate::rules::{self, RunOptions};
use phasegate::verdict::{Moment, Verdict};

const TABLES: &str = r#"
    CREATE SCHEMA "Sales Dept";
    CREATE TYPE mood AS ENUM ('calm', 'it''s "fine"');
    CREATE DOMAIN positive AS int CHECK (VALUE > 0);
    CREATE DOMAIN small_positive AS positive NOT NULL CHECK (VALUE < 1000);
    CREATE FUNCTION even(n int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT n % 2 = 0';
    CREATE TABLE users (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text UNIQUE, mood mood, "état" varchar(9),
                        CHECK (email LIKE '%@%'), CONSTRAINT "it's even" CHECK (public.even(id) OR id > 0));
    CREATE TABLE "Sales Dept"."Order ""Line""" ("User Id" int REFERENCES users, "n" small_positive, price numeric(9,2),
        total numeric GENERATED ALWAYS AS (price * 2) STORED, "a-b" int, "a b" int, PRIMARY KEY ("n", "User Id"),
        UNIQUE ("a-b"), CHECK ("a-b" < "a b"));
    CREATE TABLE parts (id bigserial, region text NOT NULL, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
    CREATE TABLE parts_eu PARTITION OF parts FOR VALUES IN ('eu');
    CREATE TABLE none (id int PRIMARY KEY, user_id int REFERENCES users);
    CREATE TABLE "dotted.name" (id int NOT NULL);
    CREATE SCHEMA "dotted.schema";
    CREATE TABLE "dotted.schema".t (id int PRIMARY KEY);
    CREATE TABLE points (at int REFERENCES "dotted.schema".t);
    CREATE UNIQUE INDEX some_only ON users (mood) WHERE id < 0;
    CREATE UNIQUE INDEX in_any_case ON users (lower(email), ("état" || 'x')) WHERE "état" = 'no';
    CREATE EXTENSION btree_gist;
    CREATE TABLE stays (id int GENERATED ALWAYS AS IDENTITY (INCREMENT -1) PRIMARY KEY, room int, "from" date, until date, during tsrange,
        CONSTRAINT one_guest EXCLUDE USING gist (room WITH =, during WITH &&) WHERE (id < 0),
        CONSTRAINT no_days_twice EXCLUDE USING gist (daterange("from", until) WITH &&),
        CONSTRAINT one_room_a_day EXCLUDE USING gist (room WITH <>, "from" WITH =), CONSTRAINT now_is_later CHECK (now() > '2000-01-01'));
    INSERT INTO stays (room, "from", until, during)
    SELECT n, date '2024-01-01' + n, date '2024-01-02' + n, tsrange('2024-01-01', '2024-01-02') FROM generate_series(1, 5) n;
    INSERT INTO stays ("from", until, during) SELECT '2024-03-01', '2024-03-01', '[2024-01-01,2024-01-03)' FROM generate_series(1, 2);
    INSERT INTO users (email, mood, "état")
    SELECT 'u' || n || '@example.com', CASE WHEN n % 4 > 0 THEN 'calm'::mood END, CASE WHEN n % 2 = 0 THEN 'on' ELSE 'off "x"' END FROM generate_series(1, 40) n;
    INSERT INTO "Sales Dept"."Order ""Line""" ("User Id", n, price, "a-b", "a b") SELECT n, n, n * 1.25, n, CASE WHEN n % 3 > 0 THEN n + 1 END FROM generate_series(1, 40) n;
    INSERT INTO parts (region) VALUES ('eu')"#;

fn phasegate(spec: &ConnSpec, home: &tempfile::TempDir, args: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(common::phasegate());
    command.current_dir(home.path()).env("DATABASE_URL", common::server().url(&spec.database)).arg("rules").args(args);
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// The rules that do not pass.
async fn red(spec: &ConnSpec, toml: &str) -> Vec<String> {
    let judged = judge(spec, toml).await;
    judged.into_iter().filter(|(_, verdict, _)| *verdict != Verdict::Pass).map(|(id, ..)| id).collect()
}

async fn judge(spec: &ConnSpec, toml: &str) -> Vec<(String, Verdict, String)> {
    let set = rules::load_embedded(&[("r.toml", toml)]).unwrap_or_else(|error| panic!("{error}\n{toml}"));
    let mut reader = Session::connect(spec).await.unwrap();
    let catalog = Catalog::read(&mut reader).await.unwrap();
    reader.close().await;
    let resolution = rules::resolve(&set, &catalog, Moment::After);
    assert_eq!(resolution.not_evaluated, []);
    let snapshot = SharedSnapshot::open(spec, Cancel::never()).await.unwrap();
    let facts = rules::run(&resolution.rules, &snapshot, 1, &RunOptions::default()).await;
    snapshot.close().await;
    facts.into_iter().map(|fact| (fact.check, fact.verdict, fact.measured)).collect()
}

#[tokio::test]
async fn what_the_catalog_promises_becomes_rules_that_pass_and_that_turn_red() {
    let spec = common::database().await;
    common::sql(&spec, TABLES).await;
    let home = tempfile::tempdir().unwrap();
    let (code, text, said) = phasegate(&spec, &home, &["generate", "--profile"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(phasegate(&spec, &home, &["generate", "--profile"]).1, text, "not the same twice");
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/rule_drafts.toml");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "UPDATE=1 writes it anew");
    assert!(
        text.contains("# not written: dotted.schema.t (id): id is never NULL: a rule names a table as schema.name")
    );
    assert!(text.contains("# not written: public.points (at): foreign key points_at_fkey"), "{text}");
    // Values of a column that is redacted are in no guess.
    std::fs::write(home.path().join("phasegate.toml"), "[measure]\nredact = [\"email\", \"mood\", \"état\"]\n")
        .unwrap();
    let (code, redacted, said) = phasegate(&spec, &home, &["generate", "--profile"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(text.contains("off \\\"x\\\"") && !redacted.contains("off \\\"x\\\""), "{redacted}");
    std::fs::remove_file(home.path().join("phasegate.toml")).unwrap();
    let facts = judge(&spec, &text).await;
    let others: Vec<_> = facts.iter().filter(|(_, verdict, _)| *verdict != Verdict::Pass).collect();
    assert!(others.is_empty(), "{others:#?}");

    common::sql(
        &spec,
        r#"SET session_replication_role = replica;
           ALTER DOMAIN small_positive DROP CONSTRAINT small_positive_check; ALTER TABLE users DROP CONSTRAINT users_email_check;
           ALTER TABLE users ALTER COLUMN id SET GENERATED BY DEFAULT;
           INSERT INTO users (id, email) VALUES (1000, 'nobody');
           UPDATE "Sales Dept"."Order ""Line""" SET n = 2000 WHERE n = 3;
           DELETE FROM users WHERE id = 5"#,
    )
    .await;
    let red = red(&spec, &text).await;
    assert_eq!(
        red,
        [
            "sales_dept_order__line__user_id_exists",
            "sales_dept_order__line__n_is_of_domain_2",
            "users_email_holds",
            "users_id_goes_on",
            "users_email_has_its_form",
            // 11 of 40 where it was 10.
            "users_mood_is_mostly_there",
        ]
    );
}

#[tokio::test]
async fn drift_is_found_on_both_sides() {
    let spec = common::database().await;
    let empty = tempfile::tempdir().unwrap();
    let (code, _, said) = phasegate(&spec, &empty, &["generate", "--output", "new.toml"]);
    assert!(code == Some(2) && said.contains("not written: the catalog promises nothing"), "{said}");
    assert!(!empty.path().join("new.toml").exists());
    common::sql(&spec, TABLES).await;
    let home = tempfile::tempdir().unwrap();
    let (code, said, _) = phasegate(&spec, &home, &["generate", "--output", "integrity_rules"]);
    assert_eq!(
        (code, said.trim()),
        (Some(0), PathBuf::from("integrity_rules").join("generated.toml").to_str().unwrap())
    );
    let (code, _, said) = phasegate(&spec, &home, &["generate", "--output", "integrity_rules"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("--force replaces it"), "{said}");
    assert_eq!(phasegate(&spec, &home, &["generate", "--output", "integrity_rules", "--force"]).0, Some(0));
    // What no rule can say nobody has looked at.
    let (code, said, _) = phasegate(&spec, &home, &["drift"]);
    assert_eq!(code, Some(2), "{said}");
    let unsaid = said.lines().filter(|line| line.starts_with("# no rule can say: ")).count();
    assert_eq!((unsaid, said.lines().count()), (3, 3), "{said}");
    common::sql(&spec, "DROP TABLE points; DROP TABLE \"dotted.schema\".t").await;
    let (code, said, _) = phasegate(&spec, &home, &["drift"]);
    assert_eq!(code, Some(0), "{said}");
    // A rule that tolerates all, or counts nowhere by itself, covers nothing.
    let path = home.path().join("integrity_rules/generated.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    for (at, more) in [
        ("[rules.none_user_id_exists]", "threshold = { percent = 100 }"),
        ("[rules.users_email_is_unique]", "threshold = { count = 9 }"),
        ("[rules.users_id_is_there]", "when = \"before\""),
    ] {
        assert!(text.contains(at), "{text}");
        std::fs::write(&path, text.replace(at, &format!("{at}\n{more}"))).unwrap();
        let (code, said, _) = phasegate(&spec, &home, &["drift"]);
        assert_eq!((code, said.matches("[rules.").count()), (Some(1), 1), "{at}: {said}");
        assert!(said.contains(at), "{said}");
    }
    std::fs::write(&path, text).unwrap();

    common::sql(
        &spec,
        "ALTER TABLE none DROP COLUMN user_id; ALTER TABLE none ADD owner_id int NOT NULL REFERENCES users;
         ALTER TABLE users ADD CONSTRAINT not_calm CHECK (mood <> 'calm' OR id > 0)",
    )
    .await;
    let (code, said, _) = phasegate(&spec, &home, &["drift"]);
    assert_eq!(code, Some(1), "{said}");
    let gone: Vec<&str> = said.lines().filter(|line| line.starts_with("# gone: ")).collect();
    assert_eq!(gone.len(), 1, "{said}");
    assert!(gone[0].ends_with("public.none has no column user_id; there are: id, owner_id"), "{said}");
    let found: Vec<&str> = said.lines().filter(|line| line.starts_with("[rules.")).collect();
    assert_eq!(
        found,
        ["[rules.none_owner_id_exists]", "[rules.none_owner_id_is_there]", "[rules.users_mood_id_holds]"],
        "{said}"
    );

    // What was found is what is to be pasted: once it stands there, only what is gone is left.
    let lines: String =
        said.lines().filter(|line| !line.starts_with("# gone")).map(|line| format!("{line}\n")).collect();
    std::fs::write(home.path().join("integrity_rules/pasted.toml"), lines).unwrap();
    let (code, said, _) = phasegate(&spec, &home, &["drift", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (code, found["uncovered"].as_array().unwrap().len(), found["gone"].as_array().unwrap().len()),
        (Some(1), 0, 1)
    );
}

/// The rules that somebody wrote cover what they say in their own words.
#[tokio::test]
async fn a_promise_is_covered_by_a_rule_that_asks_as_much() {
    let spec = common::database().await;
    common::sql(&spec, "CREATE TABLE t (id int PRIMARY KEY, a int CHECK (a > 0), b int REFERENCES t)").await;
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join("integrity_rules")).unwrap();
    let write = |text: &str| std::fs::write(home.path().join("integrity_rules/r.toml"), text).unwrap();
    let whole = "[rules.a]\ntable = \"t\"\ncheck.accepted_range = { column = \"a\", min = 1 }\n\
                 [rules.b]\ncheck.constraint_validated = { schemas = [\"public\"] }\n\
                 [rules.c]\ntable = \"t\"\ncheck.unique = { columns = [\"id\"] }\n\
                 [rules.d]\ntable = \"t\"\ncheck.not_null = { column = \"id\" }\n";
    write(whole);
    let (code, said, _) = phasegate(&spec, &home, &["drift"]);
    assert_eq!(code, Some(0), "{said}");
    // A rule over some rows says nothing of the others.
    write(&whole.replace("check.unique", "where = \"a > 5\"\ncheck.unique"));
    let (code, said, _) = phasegate(&spec, &home, &["drift"]);
    assert_eq!(
        (code, said.matches("[rules.").count(), said.contains("[rules.t_id_is_unique]")),
        (Some(1), 1, true),
        "{said}"
    );
}

/// Each is a promise about pairs of rows, or about the other end.
#[tokio::test]
async fn partial_and_exclusive_promises_turn_red_when_they_are_broken() {
    let spec = common::database().await;
    common::sql(&spec, TABLES).await;
    let home = tempfile::tempdir().unwrap();
    let (code, text, said) = phasegate(&spec, &home, &["generate"]);
    assert_eq!(code, Some(0), "{said}");
    common::sql(
        &spec,
        r#"DROP INDEX some_only, in_any_case; ALTER TABLE stays DROP CONSTRAINT one_guest, DROP CONSTRAINT no_days_twice, DROP CONSTRAINT one_room_a_day;
           ALTER TABLE users ALTER COLUMN id SET GENERATED BY DEFAULT; ALTER TABLE stays ALTER COLUMN id SET GENERATED BY DEFAULT;
           UPDATE users SET "état" = 'no' WHERE id IN (1, 2); UPDATE users SET email = 'U1@example.com' WHERE id = 2;
           INSERT INTO users (id, mood) VALUES (-2, 'calm'), (-4, 'calm');
           UPDATE stays SET room = 2, "from" = '2024-01-03' WHERE id = -1; UPDATE stays SET until = '2024-01-07' WHERE id = -4;
           INSERT INTO stays (id, room, "from", until) VALUES (-9, 8, '2024-01-04', '2024-01-04')"#,
    )
    .await;
    let red = red(&spec, &text).await;
    assert_eq!(
        red,
        [
            "stays_room_during_exclude",
            "stays_room_from_exclude",
            "stays_from_until_exclude",
            "stays_id_goes_on",
            "users_mood_is_unique",
            "users_email__tat_is_unique",
        ]
    );
}

#[tokio::test]
async fn a_rule_that_asks_for_less_covers_nothing() {
    let spec = common::database().await;
    common::sql(
        &spec,
        "CREATE TABLE p (a int, b int, UNIQUE (a, b));
         CREATE TABLE t (a int, b int, email text, during int4range, gone bool, FOREIGN KEY (a, b) REFERENCES p (a, b) MATCH FULL,
             EXCLUDE USING gist (during WITH &&));
         CREATE UNIQUE INDEX ON t (lower(email)) WHERE NOT gone",
    )
    .await;
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join("integrity_rules")).unwrap();
    let write = |text: &str| std::fs::write(home.path().join("integrity_rules/r.toml"), text).unwrap();
    let whole = "[rules.p]\ntable = \"p\"\ncheck.unique = { columns = [\"a\", \"b\"] }\n\
                 [rules.a]\ntable = \"t\"\ncheck.relationships = { columns = [\"a\", \"b\"], to = \"p\", to_columns = [\"a\", \"b\"], match = \"full\" }\n\
                 [rules.b]\ntable = \"t\"\nwhere = \"(not  gone)\"\ncheck.unique = { columns = [], expressions = [\"LOWER( email )\"] }\n\
                 [rules.c]\ntable = \"t\"\ncheck.no_overlap = { range = \"during\" }\n";
    write(whole);
    let (code, said, _) = phasegate(&spec, &home, &["drift"]);
    assert_eq!(code, Some(0), "{said}");
    for (from, to) in [
        (", match = \"full\"", ""),
        ("where = \"(not  gone)\"", "where = \"gone\""),
        ("LOWER( email )", "upper(email)"),
        ("range = \"during\"", "range = \"during\", partition_by = [\"a\"]"),
    ] {
        assert!(whole.contains(from));
        write(&whole.replace(from, to));
        let (code, said, _) = phasegate(&spec, &home, &["drift"]);
        assert_eq!((code, said.matches("[rules.").count()), (Some(1), 1), "{to}: {said}");
    }
    // One that looks at all rows asks for more.
    write(&whole.replace("where = \"(not  gone)\"\n", ""));
    let (code, said, _) = phasegate(&spec, &home, &["drift"]);
    assert_eq!(code, Some(0), "{said}");
}
