//! Two databases compared: every difference is named by key and column, nothing else is, and nothing is written.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::time::Duration;

use common::portal::Portal;
use common::{database, sql, value};
use phasegate::db::{Cancel, ConnSpec};
use phasegate::diff::{Comparison, Decimal, DiffError, Options, RowKind, TableDiff, compare};
use phasegate::snapshot::Cause;
use phasegate::verdict::Verdict;

async fn diff_with(a: &ConnSpec, b: &ConnSpec, options: &Options) -> Comparison {
    compare(a, Some(b), options, &Cancel::never(), None, &|_| {}).await.unwrap()
}

async fn diff(a: &ConnSpec, b: &ConnSpec) -> Comparison {
    diff_with(a, b, &Options::default()).await
}

/// Two databases with the same tables and rows.
async fn twins(text: &str) -> (ConnSpec, ConnSpec) {
    let (a, b) = (database().await, database().await);
    sql(&a, text).await;
    sql(&b, text).await;
    (a, b)
}

/// Everything that was found: `table kind key=value: column a -> b`.
fn findings(compared: &Comparison) -> Vec<String> {
    let mut found: Vec<String> = compared.tables.iter().flat_map(rows).collect();
    found.extend(compared.not_compared.iter().map(|gap| format!("{}: {}", gap.name, gap.reason)));
    found
}

fn rows(table: &TableDiff) -> Vec<String> {
    let shown = |value: &Option<String>| value.as_ref().map_or("NULL".to_owned(), |text| format!("{text:?}"));
    let notes = table.columns.iter().map(|note| format!("{} {} {:?}", table.b, note.column, note.problem));
    let rows = table.rows.iter().map(Result::unwrap).map(|row| {
        let kind = match row.kind {
            RowKind::OnlyInA => "only in A",
            RowKind::OnlyInB => "only in B",
            RowKind::Changed => "changed",
        };
        let key: Vec<String> = row.key.iter().map(|(name, value)| format!("{name}={}", shown(value))).collect();
        let values: Vec<String> = row
            .values
            .iter()
            .map(|value| format!("{} {} -> {}", value.column, shown(&value.a), shown(&value.b)))
            .collect();
        let copies = if row.copies > 1 { format!(" {} times", row.copies) } else { String::new() };
        format!("{} {kind} {}{copies}: {}", table.b, key.join(" "), values.join(", "))
    });
    notes.chain(rows).collect()
}

/// The statements of a repair, without the transaction around them.
fn statements(repair: &str) -> &str {
    repair.split_once("BEGIN;").unwrap().1.trim_end().strip_suffix("COMMIT;").unwrap()
}

#[tokio::test]
async fn equal_databases_are_equal_and_coverage_says_what_was_compared() {
    // They have a runtime of their own.
    let (portal, other) = tokio::task::spawn_blocking(|| (Portal::before(), Portal::before())).await.unwrap();
    let compared = diff(&portal.spec, &other.spec).await;
    assert_eq!(findings(&compared), Vec::<String>::new());
    assert_eq!(compared.verdict, Verdict::Pass);
    assert!(compared.tables.len() > 5 && compared.coverage().contains("tables"), "{}", compared.coverage());
}

#[tokio::test]
async fn each_kind_of_difference_is_named_by_key_and_column() {
    let (a, b) = twins(
        "CREATE TABLE t (id int PRIMARY KEY, x text, n numeric, f float8, j jsonb);
         INSERT INTO t SELECT i, 'x' || i, i::numeric / 100, sqrt(i), jsonb_build_object('i', i)
         FROM generate_series(1, 2000) i; ANALYZE",
    )
    .await;
    sql(&a, "UPDATE t SET x = NULL WHERE id = 5; UPDATE t SET n = 1.0, x = 'o''k' WHERE id = 7").await;
    sql(&b, "UPDATE t SET x = '' WHERE id = 5; UPDATE t SET n = 1.00 WHERE id = 7; DELETE FROM t WHERE id = 9;
             INSERT INTO t VALUES (-3, 'new'); UPDATE t SET f = -f WHERE id = 11; UPDATE t SET f = nextf FROM
             (SELECT 0.1::float8 + 0.2::float8 AS nextf) s WHERE id = 12; UPDATE t SET j = '{\"i\": -13}' WHERE id = 13")
        .await;
    sql(&a, "UPDATE t SET f = 0.3 WHERE id = 12").await;
    let compared = diff(&a, &b).await;
    assert_eq!(compared.verdict, Verdict::Fail);
    assert_eq!(
        findings(&compared),
        [
            "public.t only in A id=\"9\": ",
            "public.t only in B id=\"-3\": ",
            "public.t changed id=\"5\": x NULL -> \"\"",
            "public.t changed id=\"7\": x \"o'k\" -> \"x7\", n \"1.0\" -> \"1.00\"",
            "public.t changed id=\"11\": f \"3.3166247903554\" -> \"-3.3166247903554\"",
            "public.t changed id=\"12\": f \"0.3\" -> \"0.30000000000000004\"",
            "public.t changed id=\"13\": j \"{\\\"i\\\": 13}\" -> \"{\\\"i\\\": -13}\"",
        ]
    );
    assert_eq!(compared.tables[0].changed_columns["f"], 2);
}

#[tokio::test]
async fn swapped_values_and_rows_are_seen() {
    let (a, b) = twins(
        "CREATE TABLE t (id int PRIMARY KEY, x bigint, y bigint); INSERT INTO t SELECT i, i, -i FROM generate_series(1, 100) i",
    )
    .await;
    sql(
        &b,
        "UPDATE t SET x = CASE id WHEN 3 THEN 4 ELSE 3 END WHERE id IN (3, 4); UPDATE t SET x = y, y = x WHERE id = 9",
    )
    .await;
    let found = findings(&diff(&a, &b).await);
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(found[2], "public.t changed id=\"9\": x \"9\" -> \"-9\", y \"-9\" -> \"9\"");
}

#[tokio::test]
async fn tables_without_a_key_are_multisets_with_counts() {
    let (a, b) = (database().await, database().await);
    sql(
        &a,
        "CREATE TABLE t (x text, p point); INSERT INTO t VALUES ('a', NULL), ('a', NULL), ('b', '(1,2)'), (NULL, NULL)",
    )
    .await;
    sql(&b, "CREATE TABLE t (x text, p point); INSERT INTO t VALUES (NULL, NULL), ('b', '(1,2)'), ('c', NULL), ('c', NULL), ('c', NULL)").await;
    let compared = diff(&a, &b).await;
    assert_eq!(
        findings(&compared),
        ["public.t only in A x=\"a\" p=NULL 2 times: ", "public.t only in B x=\"c\" p=NULL 3 times: "]
    );
    assert_eq!((compared.tables[0].only_in_a, compared.tables[0].only_in_b), (2, 3));
}

#[tokio::test]
async fn ten_differences_are_found_among_a_hundred_thousand_rows_whatever_the_key() {
    for key in ["id bigint", "id text COLLATE \"C\"", "id uuid"] {
        let value_of = match key {
            "id uuid" => "md5(i::text)::uuid",
            "id bigint" => "i * 7919",
            _ => "'k' || i",
        };
        let text = format!(
            "CREATE TABLE t ({key} PRIMARY KEY, n int, x text); INSERT INTO t SELECT {value_of}, i, 'x' || i
             FROM generate_series(1, 100000) i; ANALYZE"
        );
        let (a, b) = twins(&text).await;
        sql(&b, "UPDATE t SET x = x || '!' WHERE n % 10000 = 5").await;
        let compared = diff(&a, &b).await;
        let table = &compared.tables[0];
        assert_eq!((table.changed, table.rows.len(), table.rows_a), (10, 10, 100_000), "{key}");
        assert!(
            table.rows.iter().map(Result::unwrap).all(|row| row.values.len() == 1 && row.values[0].column == "x"),
            "{key}"
        );
        // One in fifty: found by the sample, streamed at once.
        sql(&b, "UPDATE t SET n = -n WHERE n % 50 = 0; DELETE FROM t WHERE n % 50 = 1").await;
        let compared = diff(&a, &b).await;
        let table = &compared.tables[0];
        assert_eq!((table.changed, table.only_in_a, table.rows.len()), (2010, 2000, 20), "{key}");
        assert_eq!(table.changed_columns["n"], 2000, "{key}");
    }
}

#[tokio::test]
async fn tables_and_columns_are_mapped() {
    let a = database().await;
    sql(&a, "CREATE SCHEMA old; CREATE TABLE old.users (id int PRIMARY KEY, name text, x int); INSERT INTO old.users VALUES (1, 'a', 1), (2, 'b', 2)").await;
    sql(&a, "CREATE SCHEMA new; CREATE TABLE new.people (x int, full_name text, id int PRIMARY KEY); INSERT INTO new.people VALUES (1, 'a', 1), (2, 'c', 2)").await;
    let options = Options {
        tables: vec![("old.users".into(), "new.people".into())],
        columns: vec![("name".into(), "full_name".into())],
        ..Options::default()
    };
    let compared = compare(&a, None, &options, &Cancel::never(), None, &|_| {}).await.unwrap();
    assert_eq!(findings(&compared), ["new.people changed id=\"2\": name \"b\" -> \"c\""]);
    // Whole schemas, where the names do not meet.
    let options = Options { schemas: vec![("old".into(), "new".into())], ..Options::default() };
    let compared = compare(&a, None, &options, &Cancel::never(), None, &|_| {}).await.unwrap();
    assert_eq!(findings(&compared).len(), 2);
    assert_eq!(compared.verdict, Verdict::Fail);
    let itself = compare(&a, None, &Options::default(), &Cancel::never(), None, &|_| {}).await;
    assert!(matches!(itself, Err(DiffError::Itself)));
    let options = Options { tables: vec![("old.nobody".into(), "old.users".into())], ..Options::default() };
    let compared = compare(&a, None, &options, &Cancel::never(), None, &|_| {}).await.unwrap();
    assert_eq!(compared.verdict, Verdict::Fail);
}

#[tokio::test]
async fn what_a_tolerance_hides_is_counted() {
    let (a, b) = twins("CREATE TABLE t (id int PRIMARY KEY, n numeric, f float8); INSERT INTO t SELECT i, i, i FROM generate_series(1, 50) i").await;
    sql(&b, "UPDATE t SET n = n + 0.01 WHERE id <= 3; UPDATE t SET n = n + 0.011 WHERE id = 4; UPDATE t SET f = 'NaN' WHERE id = 5; UPDATE t SET n = NULL WHERE id = 6").await;
    let tolerance = |column: &str| (column.to_owned(), Decimal::parse("0.01").unwrap());
    let options = Options { tolerances: vec![tolerance("t.n"), tolerance("f")], ..Options::default() };
    let compared = diff_with(&a, &b, &options).await;
    let table = &compared.tables[0];
    assert_eq!((table.tolerated, table.tolerated_columns["n"], table.changed), (3, 3, 3));
    sql(&b, "UPDATE t SET n = id, f = id WHERE id > 3").await;
    assert_eq!(diff_with(&a, &b, &options).await.verdict, Verdict::Warn);
    assert_eq!(diff(&a, &b).await.verdict, Verdict::Fail);
    let options = Options { tolerances: vec![tolerance("nowhere")], ..Options::default() };
    let refused = compare(&a, Some(&b), &options, &Cancel::never(), None, &|_| {}).await;
    assert!(matches!(refused, Err(DiffError::Unknown { .. })));
}

#[tokio::test]
async fn order_collation_names_and_wider_types_make_no_difference() {
    let (a, b) = (database().await, database().await);
    sql(&a, "CREATE TABLE \"we\"\"ird.t\" (\"k;--\" text COLLATE \"C\", \"Ü x\" int, \"select\" varchar(9), PRIMARY KEY (\"k;--\", \"Ü x\"));
             INSERT INTO \"we\"\"ird.t\" VALUES ('a-b', 1, 'x'), ('ab', 2, NULL), ('A', 3, '')").await;
    sql(&b, "CREATE TABLE \"we\"\"ird.t\" (\"select\" text, \"Ü x\" bigint, \"k;--\" text COLLATE \"POSIX\", PRIMARY KEY (\"Ü x\", \"k;--\"));
             INSERT INTO \"we\"\"ird.t\" VALUES ('', 3, 'A'), (NULL, 2, 'ab'), ('x', 1, 'a-b')").await;
    let compared = diff(&a, &b).await;
    assert_eq!(compared.verdict, Verdict::Warn, "{:?}", findings(&compared));
    assert_eq!(findings(&compared).len(), 2, "two types differ: {:?}", findings(&compared));
    sql(&b, "UPDATE \"we\"\"ird.t\" SET \"select\" = 'it''s\\' WHERE \"k;--\" = 'ab'").await;
    let found = findings(&diff(&a, &b).await);
    assert!(found[2].ends_with("changed k;--=\"ab\" Ü x=\"2\": select NULL -> \"it's\\\\\""), "{found:?}");
}

#[tokio::test]
async fn columns_on_one_side_are_a_difference_unless_left_out() {
    let (a, b) = twins("CREATE TABLE t (id int PRIMARY KEY, x int); INSERT INTO t VALUES (1, 1)").await;
    sql(&b, "ALTER TABLE t ADD y int").await;
    let compared = diff(&a, &b).await;
    assert_eq!((compared.verdict, findings(&compared)), (Verdict::Fail, vec!["public.t y OnlyInB".to_owned()]));
    let options = Options { ignore_columns: vec!["y".into()], ..Options::default() };
    assert_eq!(diff_with(&a, &b, &options).await.verdict, Verdict::Pass);
}

#[tokio::test]
async fn a_missing_table_differs_an_unreadable_one_cannot_be_judged_and_nothing_is_not_equal() {
    let (a, b) =
        twins("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1); CREATE TABLE empty (x int)").await;
    assert_eq!(diff(&a, &b).await.verdict, Verdict::Pass);
    sql(&a, "CREATE TABLE only_here (x int)").await;
    let compared = diff(&a, &b).await;
    assert_eq!(
        (compared.verdict, findings(&compared)),
        (Verdict::Fail, vec!["public.only_here: B has no table public.only_here".to_owned()])
    );
    let options = Options { exclude: vec!["public.only_here".into()], ..Options::default() };
    assert_eq!(diff_with(&a, &b, &options).await.verdict, Verdict::Pass);
    for (filter, verdict) in
        [("id > 5", Verdict::NotEvaluated), ("id = 1 -- all", Verdict::Pass), ("nowhere = 1", Verdict::NotEvaluated)]
    {
        let tables = vec![("public.t".to_owned(), "public.t".to_owned())];
        let options = Options { tables, filter: Some(filter.into()), ..Options::default() };
        assert_eq!(diff_with(&a, &b, &options).await.verdict, verdict, "{filter}");
    }
    sql(&b, "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'diff_reader') THEN CREATE ROLE diff_reader LOGIN PASSWORD 'r'; END IF; END $$;
             GRANT SELECT ON t TO diff_reader").await;
    let reader = ConnSpec { user: "diff_reader".into(), password: Some(phasegate::db::Secret::new("r")), ..b.clone() };
    let compared =
        diff_with(&a, &reader, &Options { exclude: vec!["public.only_here".into()], ..Options::default() }).await;
    assert_eq!(compared.verdict, Verdict::NotEvaluated);
    assert!(compared.not_compared.iter().any(|gap| gap.cause == Some(Cause::Failed) && gap.name == "public.empty"));
    let (a, b) = (database().await, database().await);
    assert_eq!(diff(&a, &b).await.verdict, Verdict::NotEvaluated);
}

#[tokio::test]
async fn partitions_are_compared_through_their_parent_and_with_a_plain_table() {
    let (a, b) = (database().await, database().await);
    sql(&a, "CREATE TABLE t (id int, x text) PARTITION BY RANGE (id); CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (50);
             CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (50) TO (500); INSERT INTO t SELECT i, 'x' || i FROM generate_series(1, 100) i").await;
    sql(&b, "CREATE TABLE t (id int, x text); INSERT INTO t SELECT i, 'x' || i FROM generate_series(1, 100) i").await;
    let options = Options { tables: vec![("public.t".into(), "public.t".into())], ..Options::default() };
    let compared = diff_with(&a, &b, &options).await;
    assert_eq!((findings(&compared), compared.verdict), (Vec::new(), Verdict::Warn));
    assert_eq!(schema_notes(&compared), ["table public.t: partitioned table partition by RANGE (id) | table"]);
    // The same place in two partitions.
    sql(&a, "UPDATE t SET x = 'a' WHERE id = 3; UPDATE t SET x = 'b' WHERE id = 52").await;
    let compared = diff_with(&a, &b, &options).await;
    assert_eq!((compared.tables[0].only_in_a, compared.tables[0].only_in_b), (2, 2), "{:?}", findings(&compared));
}

#[tokio::test]
async fn rows_that_settle_are_not_called_different() {
    let (a, b) = twins(
        "CREATE TABLE t (id int PRIMARY KEY, x int); INSERT INTO t SELECT i, i FROM generate_series(1, 100) i;
                        CREATE TABLE m (x int); INSERT INTO m VALUES (1)",
    )
    .await;
    sql(&a, "UPDATE t SET x = -1 WHERE id = 4; UPDATE t SET x = -1 WHERE id = 5; DELETE FROM t WHERE id = 6; INSERT INTO m VALUES (2), (3)").await;
    let options = Options { two_phase: Some(Duration::from_millis(10)), ..Options::default() };
    let cancel = Cancel::never();
    // What was late arrives while the comparison waits.
    let runtime = tokio::runtime::Handle::current();
    let late = b.clone();
    let events = move |event| {
        if matches!(event, phasegate::diff::Event::Waiting(_)) {
            let (late, runtime) = (late.clone(), runtime.clone());
            std::thread::spawn(move || {
                runtime.block_on(sql(
                    &late,
                    "UPDATE t SET x = -1 WHERE id = 4; DELETE FROM t WHERE id = 6; INSERT INTO m VALUES (2)",
                ));
            })
            .join()
            .unwrap();
        }
    };
    let compared = tokio::task::spawn_blocking(move || {
        tokio::runtime::Handle::current()
            .block_on(async { compare(&a, Some(&b), &options, &cancel, None, &events).await.unwrap() })
    })
    .await
    .unwrap();
    assert_eq!(findings(&compared), ["public.m only in A x=\"3\": ", "public.t changed id=\"5\": x \"-1\" -> \"5\""]);
    let settled: Vec<u64> = compared.tables.iter().map(|table| table.settled).collect();
    assert_eq!(settled, [1, 2]);
}

#[tokio::test]
async fn when_too_much_differs_the_columns_are_named() {
    let (a, b) = twins("CREATE TABLE t (id int PRIMARY KEY, x int, y text); INSERT INTO t SELECT i, i, i FROM generate_series(1, 5000) i; ANALYZE").await;
    sql(&b, "UPDATE t SET y = y || '.' WHERE id % 10 = 0").await;
    let options = Options { max_different_percent: Some(50.0), ..Options::default() };
    let compared = diff_with(&a, &b, &options).await;
    let aborted = compared.tables[0].aborted.clone().unwrap();
    assert_eq!((aborted.columns, compared.verdict), (vec!["y".to_owned()], Verdict::Fail));
    assert!(aborted.unequal_buckets * 2 > aborted.buckets && compared.tables[0].rows.is_empty());
}

#[tokio::test]
async fn values_are_redacted() {
    let (a, b) = twins("CREATE TABLE t (id int PRIMARY KEY, secret text); INSERT INTO t VALUES (1, 'alice')").await;
    sql(&b, "UPDATE t SET secret = 'bob'").await;
    let options = Options { redact: vec!["secret".into()], ..Options::default() };
    let compared = diff_with(&a, &b, &options).await;
    let json = serde_json::to_string(&compared).unwrap();
    assert!(json.contains("(redacted)") && !json.contains("alice") && !json.contains("bob"), "{json}");
}

#[tokio::test]
async fn the_repair_sql_makes_b_like_a() {
    let (a, b) = twins(
        "CREATE TYPE mood AS ENUM ('ok', 'sad');
         CREATE TABLE parent (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, x text);
         CREATE TABLE child (p int REFERENCES parent, n int, at timestamptz, b bytea, m mood, l int[], f float8,
                             twice int GENERATED ALWAYS AS (n * 2) STORED, PRIMARY KEY (p, n));
         CREATE TABLE multi (t text, n numeric, flag bool, c char(4), j json, p point);
         INSERT INTO parent (x) SELECT 'x' || i FROM generate_series(1, 20) i;
         INSERT INTO child SELECT i, i, '2024-01-01', 'ab', 'ok', ARRAY[i], 0.1 FROM generate_series(1, 20) i;
         INSERT INTO multi SELECT 'a', 1.0, true, 'x', '{\"a\":1}', '(1,2)' FROM generate_series(1, 3)",
    )
    .await;
    sql(&b, "DELETE FROM child WHERE p IN (2, 3); DELETE FROM parent WHERE id IN (2, 3); INSERT INTO parent (x) VALUES ('new');
             INSERT INTO child VALUES (21, 1, NULL, NULL, NULL, NULL, 0); UPDATE parent SET x = E'o''br\\\\ien\\n' WHERE id = 7;
             UPDATE child SET n = 99, at = at + '1 us', b = '\\x00ff', m = 'sad', l = '{}', f = 'NaN' WHERE p = 5;
             UPDATE child SET at = NULL, f = -0.0 WHERE p = 6; DELETE FROM multi WHERE ctid = '(0,1)';
             INSERT INTO multi VALUES ('a', 1.00, true, 'x', '{\"a\":1}', '(1,2)'), (NULL, NULL, false, '', NULL, NULL), (NULL, NULL, false, '', NULL, NULL)")
        .await;
    let before = value(&b, "SELECT count(*) FROM public.parent").await;
    let mut repair = Vec::new();
    let compared =
        compare(&a, Some(&b), &Options::default(), &Cancel::never(), Some(&mut repair), &|_| {}).await.unwrap();
    assert_eq!(compared.verdict, Verdict::Fail);
    assert_eq!(value(&b, "SELECT count(*) FROM public.parent").await, before, "it was written and not run");
    let text = String::from_utf8(repair).unwrap();
    assert!(text.starts_with("-- ") && text.ends_with("COMMIT;\n"), "{text}");
    sql(&b, &format!("BEGIN; {} COMMIT", statements(&text))).await;
    let compared = diff(&a, &b).await;
    assert_eq!((findings(&compared), compared.verdict), (Vec::new(), Verdict::Pass), "{text}");
}

/// A table that broke off leaves nothing of itself in the repair, and what came before and after it is whole.
#[tokio::test]
async fn a_repair_is_whole_for_each_table_or_says_nothing_of_it() {
    let (a, b) = twins(
        "CREATE TABLE broken (id int PRIMARY KEY, x text); CREATE TABLE sound (id int PRIMARY KEY, x text);
         CREATE TABLE first (id int PRIMARY KEY, x text); INSERT INTO sound SELECT i, 'x' FROM generate_series(1, 5) i;
         INSERT INTO broken SELECT i, CASE i WHEN 2 THEN repeat('long''', 700000) ELSE repeat(md5(i::text), 8) END
         FROM generate_series(1, 1000) i;
         INSERT INTO first SELECT i, repeat(md5(i::text), 20) FROM generate_series(1, 3000) i; ANALYZE",
    )
    .await;
    let change = "UPDATE broken SET x = 'other' WHERE id < 4; DELETE FROM broken WHERE id = 5; \
                  UPDATE sound SET x = 'other' WHERE id < 4; UPDATE first SET x = 'other' WHERE id < 4";
    sql(&b, change).await;
    // The second piece of the long value cannot be read.
    let filter =
        "CASE WHEN id = 2 AND strpos(current_query(), 'v, 2097' || '153, ') > 0 THEN 1 / (id - 2) = 0 ELSE true END";
    for two_phase in [None, Some(Duration::ZERO)] {
        let options = Options { filter: Some(filter.into()), two_phase, ..Options::default() };
        let mut repair = Vec::new();
        let compared = compare(&a, Some(&b), &options, &Cancel::never(), Some(&mut repair), &|_| {}).await.unwrap();
        let gaps: Vec<&str> = compared.not_compared.iter().map(|gap| gap.name.as_str()).collect();
        assert_eq!((gaps, compared.verdict), (vec!["public.broken"], Verdict::Fail), "{:?}", findings(&compared));
        let text = String::from_utf8(repair).unwrap();
        assert!(text.contains("-- not repaired: public.broken: "), "{text}");
        assert!(!text.contains("long") && !text.contains("\"broken\""), "{}", &text[..2000.min(text.len())]);
        assert_eq!((text.matches("UPDATE").count(), text.matches("INSERT").count()), (6, 0), "{text}");
        let copy = database().await;
        for table in ["sound", "first"] {
            let make = format!("CREATE TABLE {table} (id int PRIMARY KEY, x text)");
            sql(&copy, &format!("{make}; INSERT INTO {table} SELECT i, 'other' FROM generate_series(1, 3) i")).await;
        }
        sql(&copy, &format!("BEGIN; {} COMMIT", statements(&text))).await;
        let repaired = "SELECT count(*) FROM public.sound s JOIN public.first f USING (id)
                        WHERE s.x = 'x' AND f.x = repeat(md5(id::text), 20)";
        assert_eq!(value(&copy, repaired).await.as_deref(), Some("3"), "{text}");
    }
}

/// What B computes cannot be written to it.
#[tokio::test]
async fn what_a_repair_cannot_change_stands_in_its_head() {
    let text = |factor: u8| {
        format!(
            "CREATE TABLE t (id int PRIMARY KEY, n int, x text, more int GENERATED ALWAYS AS (n * {factor}) STORED);
             INSERT INTO t (id, n, x) SELECT i, i, 'x' FROM generate_series(1, 5) i"
        )
    };
    let (a, b) = (database().await, database().await);
    sql(&a, &text(2)).await;
    sql(&b, &text(3)).await;
    sql(&b, "UPDATE t SET x = 'other' WHERE id = 1").await;
    let mut repair = Vec::new();
    let compared =
        compare(&a, Some(&b), &Options::default(), &Cancel::never(), Some(&mut repair), &|_| {}).await.unwrap();
    assert_eq!((compared.tables[0].changed, compared.verdict), (5, Verdict::Fail));
    let text = String::from_utf8(repair).unwrap();
    assert!(text.contains("-- not repaired: public.t: 4 rows differ only in columns that B computes\n"), "{text}");
    assert_eq!(text.matches("UPDATE").count(), 1, "{text}");
}

/// The type of a text has no part in what it says; the blanks at its end do.
#[tokio::test]
async fn text_and_char_are_the_same_where_they_are_shown_alike_and_no_tolerance_is_spoken_of() {
    let (a, b) = (database().await, database().await);
    sql(&a, "CREATE TABLE t (id int PRIMARY KEY, x text); INSERT INTO t VALUES (1, 'a    '), (2, 'a'), (3, 'abcde')")
        .await;
    sql(&b, "CREATE TABLE t (id int PRIMARY KEY, x char(5)); INSERT INTO t VALUES (1, 'a'), (2, 'a'), (3, 'abcde')")
        .await;
    for (one, other, shown) in [(&a, &b, "x \"a\" -> \"a    \""), (&b, &a, "x \"a    \" -> \"a\"")] {
        let compared = diff(one, other).await;
        let table = &compared.tables[0];
        assert_eq!((table.changed, table.tolerated, compared.verdict), (1, 0, Verdict::Fail));
        assert_eq!(findings(&compared)[1], format!("public.t changed id=\"2\": {shown}"));
    }
    sql(&a, "DELETE FROM t WHERE id = 2").await;
    sql(&b, "DELETE FROM t WHERE id = 2").await;
    for (one, other) in [(&a, &b), (&b, &a)] {
        let compared = diff(one, other).await;
        assert_eq!((compared.tables[0].tolerated, compared.verdict), (0, Verdict::Warn), "{:?}", findings(&compared));
    }
    // As a key, too.
    for (spec, kind) in [(&a, "text"), (&b, "char(5)")] {
        let make = format!("DROP TABLE t; CREATE TABLE t (k {kind} PRIMARY KEY, n int)");
        sql(spec, &format!("{make}; INSERT INTO t VALUES ('abcde', 1), ('a    ', 2)")).await;
    }
    assert_eq!(diff(&a, &b).await.verdict, Verdict::Warn);
    assert_eq!(diff(&b, &a).await.verdict, Verdict::Warn);
}

#[tokio::test]
async fn nothing_is_written() {
    let (a, b) =
        twins("CREATE TABLE t (id int PRIMARY KEY, x text); INSERT INTO t SELECT i, i FROM generate_series(1, 100) i")
            .await;
    sql(&b, "UPDATE t SET x = 'y' WHERE id = 3").await;
    let state =
        "SELECT json_agg(c.relname ORDER BY c.oid)::text || (SELECT sum(xmin::text::bigint)::text FROM public.t)
                 || (SELECT count(*)::text FROM pg_proc) FROM pg_class c";
    let before = (value(&a, state).await, value(&b, state).await);
    let options = Options { two_phase: Some(Duration::ZERO), filter: Some("id > 0".into()), ..Options::default() };
    assert_eq!(diff_with(&a, &b, &options).await.verdict, Verdict::Fail);
    assert_eq!((value(&a, state).await, value(&b, state).await), before);
    // A condition that would write is refused by the server, and nothing is judged.
    sql(
        &a,
        "CREATE FUNCTION public.w() RETURNS bool LANGUAGE sql AS 'INSERT INTO public.t VALUES (1000); SELECT true'",
    )
    .await;
    sql(
        &b,
        "CREATE FUNCTION public.w() RETURNS bool LANGUAGE sql AS 'INSERT INTO public.t VALUES (1000); SELECT true'",
    )
    .await;
    let options = Options { filter: Some("public.w()".into()), ..Options::default() };
    assert_eq!(diff_with(&a, &b, &options).await.verdict, Verdict::NotEvaluated);
}

#[tokio::test]
async fn the_program_says_it_by_its_exit_code() {
    let (a, b) = twins("CREATE TABLE t (id int PRIMARY KEY, x text); INSERT INTO t VALUES (1, 'a')").await;
    let folder = tempfile::tempdir().unwrap();
    let url = |spec: &ConnSpec| common::server().url(&spec.database);
    let run = |args: &[&str]| {
        let output = std::process::Command::new(common::phasegate())
            .current_dir(folder.path())
            .arg("diff")
            .args(args)
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(run(&[&url(&a), &url(&b)]).0, Some(0));
    assert_eq!(run(&[&url(&a)]).0, Some(2));
    assert_eq!(run(&[&url(&a), "postgresql://nobody@127.0.0.1:1/none"]).0, Some(2));
    sql(&b, "UPDATE t SET x = E'\\x1b[31m'").await;
    let (code, text) = run(&[&url(&a), &url(&b), "--repair-sql", "repair.sql"]);
    assert!(code == Some(1) && text.contains("id=1") && !text.contains('\u{1b}'), "{text}");
    assert!(std::fs::read_to_string(folder.path().join("repair.sql")).unwrap().contains("UPDATE \"public\".\"t\""));
    assert_eq!(run(&[&url(&a), &url(&b), "--repair-sql", "repair.sql"]).0, Some(2), "the file is there already");
    let (_, json) = run(&[&url(&a), &url(&b), "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["diff"]["tables"][0]["rows"][0]["values"][0]["a"], "a");
    let (_, csv) = run(&[&url(&a), &url(&b), "--format", "csv"]);
    assert!(csv.lines().nth(1).unwrap().contains("changed"), "{csv}");
}

/// The facts of the only run in a folder.
fn recorded(folder: &std::path::Path) -> Vec<phasegate::evidence::Evidence> {
    let runs: Vec<_> =
        std::fs::read_dir(folder.join("snapshots")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    assert!(runs[0].join("report.md").exists());
    let run = phasegate::evidence::journal::read(&runs[0].join("evidence.jsonl")).unwrap();
    assert!(run.complete && run.header.command == "diff");
    std::fs::remove_dir_all(&runs[0]).unwrap();
    run.facts
}

#[tokio::test]
async fn what_is_recorded_says_what_was_compared_and_what_differs() {
    use phasegate::evidence::{DIFF_CHOSEN, DIFF_WITH, Evidence, Topic};
    let (a, b) = twins(
        "CREATE TABLE t (id int PRIMARY KEY, x text, secret text); INSERT INTO t VALUES (1, 'a', 'hidden-value');
         CREATE TABLE u (id int PRIMARY KEY); INSERT INTO u VALUES (1)",
    )
    .await;
    let folder = tempfile::tempdir().unwrap();
    let url = |spec: &ConnSpec| common::server().url(&spec.database);
    let run = |args: &[&str]| {
        let mut command = std::process::Command::new(common::phasegate());
        let output = command.current_dir(folder.path()).args(["--quiet", "diff"]).args(args).output().unwrap();
        output.status.code()
    };
    let verdicts = |facts: &[Evidence]| {
        let judging = facts.iter().filter(|fact| fact.topic.judges());
        judging.map(|fact| format!("{} {}: {}", fact.check, fact.subject, fact.verdict)).collect::<Vec<_>>()
    };
    let chosen = |facts: &[Evidence]| {
        facts.iter().find(|fact| fact.check == DIFF_CHOSEN).map(|fact| fact.measured.clone()).unwrap_or_default()
    };
    assert_eq!(run(&[&url(&a), &url(&b)]), Some(0));
    assert!(!folder.path().join("snapshots").exists(), "nobody asked for it");

    assert_eq!(run(&["--record", &url(&a), &url(&b)]), Some(0));
    let facts = recorded(folder.path());
    assert_eq!(verdicts(&facts), ["diff public.t: pass", "diff public.u: pass", "diff_schema schema: pass"]);
    assert_eq!(chosen(&facts), "");
    let with = facts.iter().find(|fact| fact.check == DIFF_WITH).unwrap();
    assert_eq!((with.subject.as_str(), with.topic), (b.database.as_str(), Topic::Environment));

    sql(&b, "UPDATE t SET x = 'b', secret = 'other-value'; DROP TABLE u; CREATE INDEX more ON t (x)").await;
    assert_eq!(run(&["--record", "--strict-schema", "--redact", "secret", &url(&a), &url(&b)]), Some(1));
    let facts = recorded(folder.path());
    assert_eq!(verdicts(&facts), ["diff public.t: fail", "diff public.u: fail", "diff_schema schema: fail"]);
    let of_t = facts.iter().find(|fact| fact.subject == "public.t").unwrap();
    assert_eq!((of_t.samples[0].key.as_str(), of_t.samples[0].value.as_str()), ("id=1", "changed in x, secret"));
    assert!(!format!("{facts:?}").contains("-value"));

    // Neither a part nor the database itself by another way is a proof of the whole.
    assert_eq!(run(&["--record", "--table", "public.t", "--ignore-columns", "x,secret", &url(&a), &url(&b)]), Some(0));
    assert_eq!(chosen(&recorded(folder.path())), "some tables (--table); not all columns (--ignore-columns)");
    let (host, port) = (common::server().socket_dir(), common::server().port());
    let around = format!("host={}/ port={port} user=postgres dbname={}", host.display(), a.database);
    assert_eq!(run(&["--record", &url(&a), &around]), Some(0));
    assert_eq!(chosen(&recorded(folder.path())), "both sides are one database, or its standby");

    // Nothing compared is not equal.
    let (empty, also) = twins("SELECT 1").await;
    assert_eq!(run(&["--record", &url(&empty), &url(&also)]), Some(2));
    let facts = recorded(folder.path());
    assert!(verdicts(&facts)[0].ends_with("not evaluated"), "{:?}", verdicts(&facts));
}

fn schema_notes(compared: &Comparison) -> Vec<String> {
    let side = |definition: &Option<String>| definition.clone().unwrap_or_else(|| "none".into());
    let note = |note: &phasegate::diff::SchemaNote| {
        format!("{} {}: {} | {}", note.kind.word(), note.name, side(&note.a), side(&note.b))
    };
    compared.schema.different.iter().map(note).collect()
}

#[tokio::test]
async fn schema_objects_that_differ_are_told_and_count_when_that_is_asked_for() {
    let (a, b) = twins(
        "CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent VALUES (1);
         CREATE TABLE t (id int PRIMARY KEY, p int NOT NULL DEFAULT 1 CONSTRAINT fk REFERENCES parent, x int CONSTRAINT c CHECK (x > 0));
         INSERT INTO t VALUES (1, 1, 1); CREATE INDEX ix ON t (x); CREATE VIEW v AS SELECT 1 AS one;
         CREATE SEQUENCE s; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    )
    .await;
    let alike = diff(&a, &b).await;
    assert_eq!((schema_notes(&alike), alike.verdict), (Vec::new(), Verdict::Pass));
    assert!(alike.schema.same >= 12, "{}", alike.schema.same);
    sql(&b, "ALTER TABLE t ALTER p DROP NOT NULL, ALTER p SET DEFAULT 2, DROP CONSTRAINT fk, DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (x >= 0);
             DROP INDEX ix; CREATE UNIQUE INDEX jx ON t (x); CREATE OR REPLACE VIEW v AS SELECT 2 AS one; DROP SEQUENCE s;
             CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'")
        .await;
    let compared = diff(&a, &b).await;
    assert_eq!((findings(&compared), compared.verdict), (Vec::new(), Verdict::Warn));
    let notes = schema_notes(&compared);
    let begins = [
        "column public.t.p: integer not null default 1 | integer default 2",
        "index public.ix: CREATE INDEX ix ON public.t USING btree (x) | none",
        "index public.jx: none | CREATE UNIQUE INDEX jx ON public.t USING btree (x)",
        "constraint public.t.c: CHECK ((x > 0)) | CHECK ((x >= 0))",
        "constraint public.t.fk: FOREIGN KEY (p) REFERENCES public.parent(id) | none",
        "view public.v:",
        "function public.f():",
        "sequence public.s:",
    ];
    assert_eq!(notes.len(), begins.len(), "{notes:#?}");
    assert!(begins.iter().all(|begin| notes.iter().any(|note| note.starts_with(begin))), "{notes:#?}");
    let strict = Options { strict_schema: true, ..Options::default() };
    assert_eq!(diff_with(&a, &b, &strict).await.verdict, Verdict::Fail);
    // Of one table: its own parts alone.
    let tables = vec![("public.t".to_owned(), "public.t".to_owned())];
    let one = diff_with(&a, &b, &Options { tables, ..Options::default() }).await;
    assert_eq!(schema_notes(&one).len(), 5, "{:#?}", schema_notes(&one));
    let tables = vec![("public.parent".to_owned(), "public.parent".to_owned())];
    let one = diff_with(&a, &b, &Options { tables, ..strict }).await;
    assert_eq!((schema_notes(&one), one.verdict), (Vec::new(), Verdict::Pass));
}

#[tokio::test]
async fn the_same_schema_under_another_name_is_the_same() {
    let a = database().await;
    for schema in ["old", "new"] {
        let text = "CREATE SCHEMA $; CREATE TABLE $.p (id int PRIMARY KEY);
            CREATE TABLE $.t (id serial PRIMARY KEY, p int REFERENCES $.p, x text CHECK (x <> '')); CREATE INDEX ON $.t (x);
            INSERT INTO $.p VALUES (1); INSERT INTO $.t (p, x) VALUES (1, 'a'); CREATE VIEW $.v AS SELECT id FROM $.t";
        sql(&a, &text.replace('$', schema)).await;
    }
    let options = Options { schemas: vec![("old".into(), "new".into())], strict_schema: true, ..Options::default() };
    let compared = compare(&a, None, &options, &Cancel::never(), None, &|_| {}).await.unwrap();
    assert_eq!((schema_notes(&compared), compared.verdict), (Vec::new(), Verdict::Pass));
    sql(&a, "ALTER TABLE new.t ALTER p SET NOT NULL").await;
    let compared = compare(&a, None, &options, &Cancel::never(), None, &|_| {}).await.unwrap();
    assert_eq!(
        (schema_notes(&compared), compared.verdict),
        (vec!["column old.t.p: integer | integer not null".to_owned()], Verdict::Fail)
    );
}

/// Keys of every kind: one row changed, one only in A, one only in B, read again after a delay, and repaired.
#[tokio::test]
async fn rows_are_told_apart_by_keys_of_any_type() {
    let keys = [
        ("k smallint", "i::int2", "k"),
        ("k numeric", "i::numeric / 8", "k"),
        ("k timestamptz", "timestamptz 'epoch' + i * interval '1 us'", "k"),
        ("k date", "date '2000-01-01' + i", "k"),
        ("k float8", "sqrt(i)", "k"),
        ("k bytea", "('k' || i)::bytea", "k"),
        ("k inet", "inet '10.0.0.0' + i", "k"),
        ("k mood", "(enum_range(NULL::mood))[i]", "k"),
        ("k int4range", "int4range(i, i + 5)", "k"),
        ("k text COLLATE ci", "chr(64 + i) || 'É'' ;--'", "k"),
        ("k char(8)", "'k' || i", "k"),
        (
            "k uuid, l text COLLATE \"C\", m timestamptz, o int8",
            "md5(i::text)::uuid, 'l ' || i, timestamptz '2020-01-01' + i * interval '1 h', i",
            "k, l, m, o",
        ),
    ];
    for (columns, values, key) in keys {
        let text = format!(
            "CREATE TYPE mood AS ENUM ({}); CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
             CREATE TABLE t ({columns}, n int, x text, PRIMARY KEY ({key}));
             INSERT INTO t SELECT {values}, i, 'x' || i FROM generate_series(1, 20) i",
            (1..=20).map(|label| format!("'m{label}'")).collect::<Vec<_>>().join(", ")
        );
        let (a, b) = twins(&text).await;
        assert_eq!(findings(&diff(&a, &b).await), Vec::<String>::new(), "{columns}");
        sql(&b, "UPDATE t SET x = 'changed' WHERE n = 5; DELETE FROM t WHERE n = 7").await;
        sql(&a, "DELETE FROM t WHERE n = 11").await;
        for two_phase in [None, Some(Duration::ZERO)] {
            let mut repair = Vec::new();
            let options = Options { two_phase, ..Options::default() };
            let compared = compare(&a, Some(&b), &options, &Cancel::never(), Some(&mut repair), &|_| {}).await.unwrap();
            let table = &compared.tables[0];
            assert_eq!((table.only_in_a, table.only_in_b, table.changed), (1, 1, 1), "{columns}");
            assert_eq!(table.key.len(), key.split(',').count(), "{columns}");
            let changed = table.rows.iter().map(Result::unwrap).find(|row| row.kind == RowKind::Changed).unwrap();
            assert_eq!(changed.values[0].b.as_deref(), Some("changed"), "{columns}");
            if two_phase.is_some() {
                let text = String::from_utf8(repair).unwrap();
                sql(&b, statements(&text)).await;
                assert_eq!(findings(&diff(&a, &b).await), Vec::<String>::new(), "{columns}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn a_declared_key_names_rows_where_there_is_none_and_need_not_tell_them_apart() {
    let (a, b) = twins(
        "CREATE TABLE t (k int, l text, x text, j json);
         INSERT INTO t SELECT i, 'l', 'x' || i, '{}' FROM generate_series(1, 50) i;
         INSERT INTO t VALUES (NULL, 'l', 'null', NULL), (60, 'l', 'twice', NULL), (60, 'l', 'twice', NULL), (60, 'l', 'thrice', NULL)",
    )
    .await;
    let with = |keys: &[&str]| Options {
        keys: vec![(Some("public.t".into()), keys.iter().map(|key| (*key).to_owned()).collect())],
        ..Options::default()
    };
    assert_eq!(diff_with(&a, &b, &with(&["k"])).await.verdict, Verdict::Pass);
    sql(
        &b,
        "UPDATE t SET x = 'y' WHERE k = 5; UPDATE t SET x = 'z' WHERE k IS NULL;
             DELETE FROM t WHERE ctid = (SELECT min(ctid) FROM t WHERE k = 60); UPDATE t SET k = 70 WHERE k = 9",
    )
    .await;
    let expected = [
        "public.t only in A k=\"9\": ",
        "public.t only in A k=\"60\": ",
        "public.t only in B k=\"70\": ",
        "public.t changed k=NULL: x \"null\" -> \"z\"",
        "public.t changed k=\"5\": x \"x5\" -> \"y\"",
    ];
    for two_phase in [None, Some(Duration::ZERO)] {
        let options = Options { two_phase, ..with(&["k"]) };
        assert_eq!(findings(&diff_with(&a, &b, &options).await), expected);
    }
    // Of the rows that share a key, the repair touches the right ones.
    let mut repair = Vec::new();
    compare(&a, Some(&b), &with(&["k", "l"]), &Cancel::never(), Some(&mut repair), &|_| {}).await.unwrap();
    let text = String::from_utf8(repair).unwrap();
    sql(&b, statements(&text)).await;
    assert_eq!((findings(&diff(&a, &b).await), diff(&a, &b).await.verdict), (Vec::new(), Verdict::Pass), "{text}");
    for keys in [with(&["nowhere"]), Options { keys: vec![(Some("public.u".into()), vec!["k".into()])], ..with(&[]) }] {
        let refused = compare(&a, Some(&b), &keys, &Cancel::never(), None, &|_| {}).await;
        assert!(matches!(refused, Err(DiffError::Unknown { .. })));
    }
}

#[tokio::test]
async fn what_one_side_alone_cannot_read_is_not_passed_over() {
    let (a, b) = twins(
        "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1); CREATE MATERIALIZED VIEW m AS SELECT id FROM t",
    )
    .await;
    assert_eq!(diff(&a, &b).await.verdict, Verdict::Pass);
    sql(&b, "REFRESH MATERIALIZED VIEW m WITH NO DATA").await;
    let compared = diff(&a, &b).await;
    assert_eq!(compared.verdict, Verdict::NotEvaluated, "{:?}", findings(&compared));
    assert!(findings(&compared)[0].contains("public.m: in B it is a materialized view without data"));
    // Empty on both sides there is nothing to miss; it is listed all the same.
    sql(&a, "REFRESH MATERIALIZED VIEW m WITH NO DATA").await;
    assert_eq!(diff(&a, &b).await.verdict, Verdict::Warn);
    let tables = vec![("public.m".to_owned(), "public.m".to_owned()), ("public.t".to_owned(), "public.t".to_owned())];
    let options = Options { tables, ..Options::default() };
    assert_eq!(diff_with(&a, &b, &options).await.verdict, Verdict::NotEvaluated, "it was named");
    let options = Options { exclude: vec!["public.m".into()], ..Options::default() };
    assert_eq!(diff_with(&a, &b, &options).await.verdict, Verdict::Pass);
}

#[tokio::test]
async fn a_table_without_rows_on_both_sides_is_called_empty() {
    let (a, b) = twins("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1); CREATE TABLE e (id int)").await;
    let compared = diff(&a, &b).await;
    assert!(compared.coverage().contains("1 of them without a row on either side"), "{}", compared.coverage());
    sql(&b, "INSERT INTO e VALUES (NULL)").await;
    let compared = diff(&a, &b).await;
    assert_eq!(findings(&compared), ["public.e only in B id=NULL: "]);
}

/// Of long values only the start is read, and two hashes; the rest comes when repair SQL is written.
#[tokio::test]
async fn long_values_are_told_apart_shown_by_their_start_and_repaired_whole() {
    let (a, b) = twins(
        "CREATE TYPE pair AS (p text, q int);
         CREATE TABLE t (id int PRIMARY KEY, x text, j jsonb, c char(1500), y bytea, r pair, n numeric);
         INSERT INTO t SELECT i, repeat(E'é''\\\\', 1000000) || i, jsonb_build_array(repeat('j', 2000), i), 'c' || i,
             convert_to(repeat('y', 700) || i, 'UTF8'), ROW(NULL, NULL)::pair, i / 3.0 FROM generate_series(1, 6) i;
         CREATE TABLE k (k text PRIMARY KEY, x text);
         INSERT INTO k SELECT repeat('key ', 1000) || i, 'x' || i FROM generate_series(1, 9) i;
         CREATE TABLE keyless (x text); INSERT INTO keyless SELECT repeat('z', 1000000) || i FROM generate_series(1, 3) i",
    )
    .await;
    sql(
        &b,
        "UPDATE t SET x = left(x, -1) || '#' WHERE id = 1; UPDATE t SET c = 'other' WHERE id = 2; DELETE FROM t WHERE id = 3;
         UPDATE t SET y = y || '\\x00' WHERE id = 4; UPDATE t SET r = NULL WHERE id = 5; DELETE FROM keyless WHERE x LIKE '%1';
         UPDATE k SET x = 'other' WHERE k LIKE '%7'; INSERT INTO keyless VALUES (repeat('z', 2000) || 'b')",
    )
    .await;
    let start = "é'\\".repeat(67).chars().take(200).collect::<String>();
    for two_phase in [None, Some(Duration::ZERO)] {
        let mut repair = Vec::new();
        let options = Options { two_phase, ..Options::default() };
        let compared = compare(&a, Some(&b), &options, &Cancel::never(), Some(&mut repair), &|_| {}).await.unwrap();
        let [k, keyless, t] = &compared.tables[..] else { panic!("{:?}", findings(&compared)) };
        let columns: Vec<_> = t.changed_columns.iter().map(|(column, rows)| (column.as_str(), *rows)).collect();
        assert_eq!((columns, t.only_in_a, t.changed), (vec![("c", 1), ("r", 1), ("x", 1), ("y", 1)], 1, 4));
        let shown: Vec<_> =
            t.rows.iter().map(Result::unwrap).filter(|row| row.values.iter().any(|of| of.column == "x")).collect();
        let long = Some(format!("{start}… (3000001 characters)"));
        assert_eq!((&shown[0].values[0].a, &shown[0].values[0].b), (&long, &long));
        assert_eq!((k.changed, keyless.only_in_a, keyless.only_in_b), (1, 1, 1));
        if two_phase.is_some() {
            let text = String::from_utf8(repair).unwrap();
            sql(&b, statements(&text)).await;
            assert_eq!(findings(&diff(&a, &b).await), Vec::<String>::new());
        }
    }
}

#[tokio::test]
async fn many_rows_of_one_declared_key_are_never_each_others_counterparts() {
    let (a, b) =
        twins("CREATE TABLE t (k int, x int); INSERT INTO t SELECT 1, i FROM generate_series(1, 3001) i").await;
    sql(&b, "UPDATE t SET x = -x; DELETE FROM t WHERE x = -3001").await;
    let options = Options { keys: vec![(None, vec!["k".into()])], limit: usize::MAX, ..Options::default() };
    for two_phase in [None, Some(Duration::ZERO)] {
        let table = diff_with(&a, &b, &Options { two_phase, ..options.clone() }).await.tables.remove(0);
        assert_eq!((table.only_in_a, table.only_in_b, table.changed, table.rows.len()), (3001, 3000, 0, 6001));
    }
}
