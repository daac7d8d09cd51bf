//! Snapshots of a real server: every mutation is seen and named, no harmless rewrite raises anything.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Mutex;

use common::{NoRows, database, sql, value};
use phasegate::db::{Cancel, Catalog, ConnSpec, SharedSnapshot};
use phasegate::evidence::Evidence;
use phasegate::phase::{Change, Declared, ObjectKind};
use phasegate::snapshot::{
    self, CompareOptions, DigestKind, Equality, Event, Options, Snapshot, SnapshotError, StoredRows, compare, coverage,
};
use phasegate::verdict::Verdict;

/// A snapshot in its directory, with row fingerprints.
struct Taken {
    snapshot: Snapshot,
    directory: tempfile::TempDir,
}

async fn take_with(spec: &ConnSpec, options: &Options) -> Taken {
    let directory = tempfile::tempdir().unwrap();
    let shared = SharedSnapshot::open(spec, Cancel::never()).await.unwrap();
    let taken = take_into(&shared, directory.path(), options).await.unwrap();
    shared.close().await;
    // What is compared is what was stored.
    snapshot::save(directory.path(), &taken).unwrap();
    let snapshot = snapshot::load(directory.path()).unwrap();
    assert_eq!(snapshot, taken);
    Taken { snapshot, directory }
}

async fn take_into(shared: &SharedSnapshot, directory: &Path, options: &Options) -> Result<Snapshot, SnapshotError> {
    let mut session = shared.session().await.unwrap();
    let catalog = Catalog::read(&mut session).await.unwrap();
    session.close().await;
    snapshot::take(shared, &catalog, Some(directory), options, &|_| {}).await
}

async fn take(spec: &ConnSpec) -> Taken {
    take_with(spec, &Options::default()).await
}

async fn take_sha256(spec: &ConnSpec) -> Taken {
    take_with(spec, &Options { digest: DigestKind::Sha256, ..Options::default() }).await
}

fn differences(before: &Taken, after: &Taken, declared: &[Change]) -> Vec<Evidence> {
    let declared = Declared { changes: declared.to_vec(), ..Declared::default() };
    let rows = |taken: &Taken| StoredRows::new(taken.directory.path());
    let options = CompareOptions::default();
    compare(&before.snapshot, &after.snapshot, &rows(before), &rows(after), &declared, &options)
}

/// The same from the digests alone.
fn digest_differences(before: &Taken, after: &Taken, declared: &[Change]) -> Vec<Evidence> {
    let bare = |taken: &Taken| {
        let mut snapshot = taken.snapshot.clone();
        snapshot.tables.iter_mut().for_each(|table| table.fingerprints = None);
        snapshot
    };
    let declared = Declared { changes: declared.to_vec(), ..Declared::default() };
    compare(&bare(before), &bare(after), &NoRows, &NoRows, &declared, &CompareOptions::default())
}

/// What is not a pass: `verdict check subject [keys]`.
fn findings(evidence: &[Evidence]) -> Vec<String> {
    let found = evidence.iter().filter(|fact| fact.verdict != Verdict::Pass).map(|fact| {
        let keys: Vec<&str> = fact.samples.iter().map(|sample| sample.key.as_str()).collect();
        format!("{} {} {} [{}]", fact.verdict, fact.check, fact.subject, keys.join("; "))
    });
    found.collect()
}

fn none() -> Vec<String> {
    Vec::new()
}

fn data(table: &str, columns: &[&str]) -> Change {
    Change::Data { table: table.into(), columns: columns.iter().map(|column| (*column).to_owned()).collect() }
}

const MUTATIONS: &[(&str, &str, &str)] = &[
    ("numeric", "5.00", "-5.00"),
    ("numeric", "1.0", "1.00"),
    ("numeric", "NaN", "Infinity"),
    ("numeric", "Infinity", "-Infinity"),
    ("numeric", "123456789012345678901234567890.01", "123456789012345678901234567890.02"),
    ("numeric", "1", "10000"),
    ("numeric", "0", "0.00"),
    ("numeric(12,2)", "-0.01", "0.01"),
    ("numeric(12,2)", "NaN", "0"),
    ("numeric", "1e-30", "1e30"),
    ("bigint", "-1", "4294967295"),
    ("bigint", "1", "4294967296"),
    ("bigint", "9223372036854775807", "-9223372036854775808"),
    ("integer", "1", "-1"),
    ("integer", "0", "NULL"),
    ("smallint", "1", "256"),
    ("double precision", "0", "-0"),
    ("double precision", "0", "NULL"),
    ("double precision", "-Infinity", "Infinity"),
    ("double precision", "5e-324", "0"),
    ("double precision", "0.1", "0.10000000000000002"),
    ("double precision", "NaN", "Infinity"),
    ("double precision", "9007199254740992", "9007199254740994"),
    ("real", "0.1", "0.10000001"),
    ("real", "0", "-0"),
    ("real", "NaN", "-Infinity"),
    ("text", "NULL", ""),
    ("text", "a", "a "),
    ("text", "a", "A"),
    ("text", "NULL", "NULL'"),
    ("text", "é", "e\u{301}"),
    ("varchar(20)", "", "NULL"),
    ("bpchar", "a", "a  "),
    ("char(5)", "a", "b"),
    ("name", "a", "b"),
    ("\"char\"", "a", "b"),
    ("boolean", "t", "f"),
    ("boolean", "f", "NULL"),
    ("date", "infinity", "-infinity"),
    ("date", "infinity", "5874897-12-31"),
    ("date", "2000-01-01", "NULL"),
    ("date", "2024-02-29", "2024-03-01"),
    ("date", "0044-03-15 BC", "0044-03-15"),
    ("timestamp", "2024-01-01 00:00:00", "2024-01-01 00:00:00.000001"),
    ("timestamp", "1899-12-31 23:59:59.999999", "1900-01-01 00:00:00"),
    ("timestamp", "2099-12-31 23:59:59.999999", "2099-12-31 23:59:59.999998"),
    ("timestamp", "2099-12-31 23:59:59.999999", "2100-01-01 00:00:00"),
    ("timestamp", "1900-01-01 00:00:00.000001", "1900-01-01 00:00:00.000002"),
    ("timestamp", "1999-12-31 23:59:59.999999", "NULL"),
    ("timestamp", "2000-01-01 00:00:00", "2000-01-01 00:00:00.000001"),
    ("timestamp", "4000-01-01 00:00:00 BC", "4000-01-01 00:00:00.000001 BC"),
    ("timestamp", "infinity", "-infinity"),
    ("timestamp", "294000-01-01 00:00:00.000001", "294000-01-01 00:00:00.000002"),
    ("timestamptz", "2024-01-01 00:00:00+00", "2023-12-31 23:59:59.999999+00"),
    ("timestamptz", "4000-01-01 00:00:00+00", "4000-01-01 00:00:00.000001+00"),
    ("timestamptz", "infinity", "-infinity"),
    ("time", "00:00:00", "24:00:00"),
    ("time", "23:59:59.999999", "23:59:59.999998"),
    ("timetz", "12:00+00", "13:00+01"),
    ("interval", "1 day", "24:00:00"),
    ("interval", "1 mon", "30 days"),
    ("interval", "1 mon -1 day", "-1 mon 1 day"),
    ("jsonb", r#"{"a":1}"#, r#"{"a":-1}"#),
    ("jsonb", r#"{"a":[1],"b":2}"#, r#"{"a":[1,"b",2]}"#),
    ("jsonb", "[[1],2]", "[[1,2]]"),
    ("jsonb", "[[],1]", "[[1]]"),
    ("jsonb", "1.0", "1.00"),
    ("jsonb", "null", "NULL"),
    ("jsonb", r#""1""#, "1"),
    ("json", r#"{"a":1}"#, r#"{"a": 1}"#),
    ("jsonpath", "$.a", "$.b"),
    ("integer[]", "{{1,2},{3,4}}", "{1,2,3,4}"),
    ("integer[]", "[0:1]={1,2}", "{1,2}"),
    ("integer[]", "{}", "NULL"),
    ("text[]", r#"{NULL}"#, r#"{"NULL"}"#),
    ("text[]", r#"{"a,b"}"#, "{a,b}"),
    ("bpchar[]", r#"{"a "}"#, "{a}"),
    ("double precision[]", "{0}", "{-0}"),
    ("bytea", r"\x00", r"\x"),
    ("bytea", r"\x", "NULL"),
    ("bytea", r"\x0001", r"\x0100"),
    ("bytea", r"\x5c783030", r"\x00"),
    ("uuid", "00000000-0000-0000-0000-000000000001", "00000000-0000-0001-0000-000000000000"),
    ("inet", "10.0.0.1/8", "10.0.0.1"),
    ("cidr", "10.0.0.0/8", "10.0.0.0/9"),
    ("macaddr", "08:00:2b:01:02:03", "08:00:2b:01:02:04"),
    ("bit(3)", "101", "100"),
    ("varbit", "0", "00"),
    ("money", "1.00", "-1.00"),
    ("point", "(0,0)", "(-0,0)"),
    ("path", "((0,0),(1,1))", "[(0,0),(1,1)]"),
    ("circle", "<(0,0),1>", "<(0,0),2>"),
    ("xml", "<a/>", "<a></a>"),
    ("tsvector", "a:1", "a:2"),
    ("tsquery", "a & b", "a | b"),
    ("int4range", "[1,2)", "empty"),
    ("numrange", "[1,2)", "(1,2)"),
    ("numrange", "[1.0,2)", "[1.00,2)"),
    ("int4multirange", "{[1,2)}", "{}"),
    ("pg_lsn", "0/1", "1/0"),
    ("xid", "1", "2"),
    ("xid8", "1", "4294967297"),
    ("oid", "1", "4294967295"),
    ("tid", "(0,1)", "(1,0)"),
    ("regclass", "pg_class", "pg_type"),
    ("public.mood", "sad", "happy"),
    ("public.pair", "(a|b,c)", "(a,b|c)"),
    ("public.pair", "(,)", "NULL"),
    ("public.pair", "(,)", "(\"\",)"),
    ("public.pair[]", "{\"(,)\"}", "{NULL}"),
    ("public.amount", "5.00", "-5.00"),
    ("public.pair_domain", "(a,b)", "(b,a)"),
    ("public.blind", "a", "A"),
];

const TYPES: &str = "CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TYPE pair AS (a text, b text);
    CREATE DOMAIN amount AS numeric; CREATE DOMAIN pair_domain AS pair;
    CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    CREATE DOMAIN blind AS text COLLATE nocase;";

fn literal(text: &str) -> String {
    if text == "NULL" { text.into() } else { format!("'{}'", text.replace('\'', "''")) }
}

#[tokio::test]
async fn a_changed_value_of_any_type_is_seen_and_named() {
    let spec = database().await;
    let mut setup = TYPES.to_owned();
    let mut mutate = String::new();
    for (index, (type_name, before, after)) in MUTATIONS.iter().enumerate() {
        let (before, after) = (literal(before), literal(after));
        write!(
            setup,
            "CREATE TABLE public.t{index} (id bigint PRIMARY KEY, v {type_name}, w {type_name});
             INSERT INTO public.t{index} VALUES (1, {before}, {after}), (2, {after}, {before}), (3, NULL, NULL);"
        )
        .unwrap();
        write!(mutate, "UPDATE public.t{index} SET v = {after} WHERE id = 1;").unwrap();
    }
    sql(&spec, &setup).await;
    let before = take(&spec).await;
    assert_eq!(before.snapshot.not_covered, []);
    assert_eq!(before.snapshot.tables.len(), MUTATIONS.len());
    assert_eq!(findings(&differences(&before, &take(&spec).await, &[])), none());

    let sha256 = take_sha256(&spec).await;
    assert_eq!(findings(&differences(&sha256, &take_sha256(&spec).await, &[])), none());
    sql(&spec, &mutate).await;
    let after = take(&spec).await;
    let by_sha256 = findings(&differences(&sha256, &take_sha256(&spec).await, &[]));
    let found = findings(&differences(&before, &after, &[]));
    let bare = findings(&digest_differences(&before, &after, &[]));
    for (index, mutation) in MUTATIONS.iter().enumerate() {
        let wanted = format!("fail values_changed public.t{index}.v [id=1]");
        assert!(found.contains(&wanted), "{mutation:?} unseen or misnamed: {found:?}");
        assert!(bare.contains(&wanted.replace("id=1", "")), "{mutation:?} unseen by the digests: {bare:?}");
        assert!(by_sha256.contains(&wanted.replace("id=1", "")), "{mutation:?} unseen by sha256: {by_sha256:?}");
        let tables =
            (before.snapshot.table(&format!("public.t{index}")), after.snapshot.table(&format!("public.t{index}")));
        assert_ne!(tables.0.unwrap().row_digest, tables.1.unwrap().row_digest, "{mutation:?} unseen by the row digest");
    }
    assert_eq!((found.len(), bare.len(), by_sha256.len()), (MUTATIONS.len(), MUTATIONS.len(), MUTATIONS.len()));
}

#[tokio::test]
async fn values_of_any_type_that_trade_rows_are_seen_and_named() {
    let spec = database().await;
    let mut setup = TYPES.to_owned();
    for (index, (type_name, one, other)) in MUTATIONS.iter().enumerate() {
        let (one, other) = (literal(one), literal(other));
        write!(
            setup,
            "CREATE TABLE public.t{index} (id bigint PRIMARY KEY, v {type_name});
             INSERT INTO public.t{index} VALUES (1, {one}), (2, {other}), (3, {one}), (4, NULL);
             CREATE TABLE public.k{index} (v {type_name}, w {type_name});
             INSERT INTO public.k{index} VALUES ({one}, {one}), ({other}, {other});"
        )
        .unwrap();
    }
    sql(&spec, &setup).await;
    let before = take(&spec).await;
    let sha256 = take_sha256(&spec).await;
    let mut swap = String::new();
    for index in 0..MUTATIONS.len() {
        write!(
            swap,
            "UPDATE public.t{index} AS t SET v = (SELECT o.v FROM public.t{index} o WHERE o.id = 3 - t.id) WHERE id < 3;
             UPDATE public.k{index} AS t SET w = (SELECT o.w FROM public.k{index} o WHERE o.ctid <> t.ctid);"
        )
        .unwrap();
    }
    sql(&spec, &swap).await;
    let after = take(&spec).await;
    let by_sha256 = findings(&differences(&sha256, &take_sha256(&spec).await, &[]));
    let found = findings(&differences(&before, &after, &[]));
    let bare = findings(&digest_differences(&before, &after, &[]));
    for (index, mutation) in MUTATIONS.iter().enumerate() {
        let wanted = format!("fail values_changed public.t{index}.v [id=1; id=2]");
        assert!(found.contains(&wanted), "{mutation:?} unseen or misnamed: {found:?}");
        assert!(bare.contains(&wanted.replace("id=1; id=2", "")), "{mutation:?} unseen by the digests: {bare:?}");
        assert!(by_sha256.contains(&wanted.replace("id=1; id=2", "")), "{mutation:?} unseen by sha256: {by_sha256:?}");
        // Without a key the columns are the same multisets: the row digest alone knows.
        let (table, other) = (format!("public.t{index}"), format!("public.k{index}"));
        for table in [&table, &other] {
            let digest = |taken: &Taken| taken.snapshot.table(table).unwrap().row_digest;
            assert_ne!(digest(&before), digest(&after), "{mutation:?} unseen by the row digest of {table}");
        }
        assert!(
            bare.contains(&format!("fail values_changed {other} []")),
            "{mutation:?} unseen without a key: {bare:?}"
        );
        assert!(
            by_sha256.contains(&format!("fail values_changed {other} []")),
            "{mutation:?} unseen by sha256 without a key: {by_sha256:?}"
        );
    }
}

/// Type, two representations of one value, another value.
const ONE_VALUE: &[(&str, &str, &str, &str)] = &[
    ("numeric", "1.0", "1.00", "-1.0"),
    ("numeric", "0", "0.000", "NaN"),
    ("numeric", "100", "100.0", "1000"),
    ("double precision", "0", "-0", "5e-324"),
    ("real", "-0", "0", "NULL"),
    ("bpchar", "a", "a  ", " a"),
    ("bpchar", "", "  ", "NULL"),
];

#[tokio::test]
async fn equality_of_values_ignores_how_they_are_written_and_nothing_else() {
    let spec = database().await;
    let mut setup = String::new();
    let update = |at: fn(&(&'static str, &'static str, &'static str, &'static str)) -> &'static str| {
        let one =
            |(index, row): (usize, &_)| format!("UPDATE public.t{index} SET v = {} WHERE id = 1;", literal(at(row)));
        ONE_VALUE.iter().enumerate().map(one).collect::<String>()
    };
    for (index, (type_name, one, ..)) in ONE_VALUE.iter().enumerate() {
        let one = literal(one);
        write!(
            setup,
            "CREATE TABLE public.t{index} (id int PRIMARY KEY, v {type_name});
             INSERT INTO public.t{index} VALUES (1, {one}), (2, {one});"
        )
        .unwrap();
    }
    sql(&spec, &setup).await;
    let by_value = Options { equality: Equality::Value, ..Options::default() };
    let (strict, loose) = (take(&spec).await, take_with(&spec, &by_value).await);
    let sha256 = Options { digest: DigestKind::Sha256, ..by_value.clone() };
    let loose_sha256 = take_with(&spec, &sha256).await;
    assert_eq!(loose.snapshot.equality, Equality::Value);
    let every = |verdict: &str| -> Vec<String> {
        (0..ONE_VALUE.len()).map(|index| format!("{verdict} values_changed public.t{index}.v [id=1]")).collect()
    };
    sql(&spec, &update(|row| row.2)).await;
    assert_eq!(findings(&differences(&strict, &take(&spec).await, &[])), every("fail"));
    let rewritten = take_with(&spec, &by_value).await;
    assert_eq!(findings(&differences(&loose, &rewritten, &[])), none());
    assert_eq!(findings(&differences(&loose_sha256, &take_with(&spec, &sha256).await, &[])), none());
    sql(&spec, &update(|row| row.3)).await;
    let by_sha256 = findings(&differences(&loose_sha256, &take_with(&spec, &sha256).await, &[]));
    assert_eq!(by_sha256.join("\n"), every("fail").join("\n").replace("id=1", ""));
    assert_eq!(findings(&differences(&loose, &take_with(&spec, &by_value).await, &[])), every("fail"));
    // The two kinds say nothing to each other.
    let found = findings(&differences(&strict, &rewritten, &[]));
    assert!(found[0].starts_with("not evaluated data "), "{found:?}");
}

#[tokio::test]
async fn a_snapshot_of_the_first_format_is_read_and_its_digests_are_not_compared() {
    let spec = database().await;
    sql(&spec, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)").await;
    let new = take(&spec).await;
    let mut old = serde_json::to_value(&new.snapshot).unwrap();
    old["format_version"] = 1.into();
    old["digest_method"] = "hash64-v1".into();
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join(snapshot::FILE), old.to_string()).unwrap();
    let old = Taken { snapshot: snapshot::load(directory.path()).unwrap(), directory };
    let evidence = differences(&old, &new, &[]);
    assert_eq!(findings(&evidence).len(), 1, "{evidence:?}");
    let fact = evidence.iter().find(|fact| fact.verdict == Verdict::NotEvaluated).unwrap();
    assert!(fact.measured.starts_with("digest method before: hash64-v1, after: hash64-v2"), "{fact:?}");
}

#[tokio::test]
async fn values_that_trade_places_are_seen() {
    let spec = database().await;
    sql(
        &spec,
        "CREATE TABLE kept (id int PRIMARY KEY, a int, b int, n numeric);
         INSERT INTO kept SELECT g, g, g, g FROM generate_series(1, 50) g;
         CREATE TABLE keyless (a int, b int); INSERT INTO keyless VALUES (1, 1), (2, 2), (2, 2), (NULL, 3);
         CREATE TABLE aab (v text); INSERT INTO aab VALUES ('a'), ('a'), ('b');
         CREATE TABLE composite (a text, b text, v int, PRIMARY KEY (a, b)); INSERT INTO composite VALUES ('x', 'yz', 1), ('xy', 'z', 2);",
    )
    .await;
    let before = take(&spec).await;
    let sha256 = take_sha256(&spec).await;
    sql(
        &spec,
        "UPDATE kept SET n = CASE id WHEN 3 THEN 7 ELSE 3 END WHERE id IN (3, 7);
         UPDATE kept SET a = 12, b = 11 WHERE id = 11; UPDATE kept SET a = 11, b = 12 WHERE id = 12;
         DELETE FROM keyless; INSERT INTO keyless VALUES (1, 2), (2, 1), (2, 2), (NULL, 3);
         DELETE FROM aab; INSERT INTO aab VALUES ('b'), ('c'), ('c');
         UPDATE composite SET v = 3 - v;",
    )
    .await;
    let after = take(&spec).await;
    let found = findings(&differences(&before, &after, &[]));
    for wanted in [
        "fail values_changed public.kept.n [id=3; id=7]",
        "fail values_changed public.kept.a [id=11; id=12]",
        "fail values_changed public.composite.v [a=x, b=yz; a=xy, b=z]",
    ] {
        assert!(found.iter().any(|line| line == wanted), "{wanted} not in {found:#?}");
    }
    for (check, table) in [("rows_deleted", "keyless"), ("rows_inserted", "keyless"), ("rows_deleted", "aab")] {
        assert!(
            found.iter().any(|line| line.starts_with(&format!("fail {check} public.{table} [row with hash"))),
            "{found:#?}"
        );
    }
    let by_sha256 = findings(&differences(&sha256, &take_sha256(&spec).await, &[]));
    for wanted in ["kept.n", "kept.a", "composite.v", "keyless", "aab.v"] {
        let wanted = format!("fail values_changed public.{wanted} []");
        assert!(by_sha256.contains(&wanted), "{wanted} not in {by_sha256:#?}");
    }
    let bare = findings(&digest_differences(&before, &after, &[]));
    assert!(bare.iter().any(|line| line.starts_with("fail values_changed public.keyless ")), "{bare:#?}");
    assert!(bare.iter().any(|line| line.starts_with("fail values_changed public.aab.v")), "{bare:#?}");
}

#[tokio::test]
async fn rows_that_come_and_go_are_named_and_can_be_declared() {
    let spec = database().await;
    sql(
        &spec,
        "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT g, 'v' || g FROM generate_series(1, 100) g;
         CREATE TABLE other (id int PRIMARY KEY); INSERT INTO other VALUES (1);",
    )
    .await;
    let before = take(&spec).await;
    let sha256 = take_sha256(&spec).await;
    // Deleted and inserted again as it was: nothing happened.
    sql(&spec, "DELETE FROM t WHERE id = 40; INSERT INTO t VALUES (40, 'v40')").await;
    assert_eq!(findings(&differences(&before, &take(&spec).await, &[])), none());

    sql(&spec, "DELETE FROM t WHERE id = 5; INSERT INTO t VALUES (101, 'v5'); UPDATE t SET v = 'x' WHERE id = 9").await;
    let after = take(&spec).await;
    // A sequence says nothing of a part of the rows: not proven, whatever is declared.
    let by_sha256 = |declared: &[Change], after: &Taken| findings(&differences(&sha256, after, declared));
    let after_sha256 = take_sha256(&spec).await;
    assert_eq!(by_sha256(&[], &after_sha256), ["fail rows_replaced public.t []", "not evaluated data public.t []"]);
    let may_move = [Change::Inserts("public.t".into()), Change::Deletes("public.t".into())];
    assert_eq!(by_sha256(&may_move, &after_sha256), ["not evaluated data public.t []"]);
    // Nor do digests of two methods say anything to each other.
    assert!(by_sha256(&[], &after)[0].starts_with("not evaluated data "));
    assert_eq!(
        findings(&differences(&before, &after, &[])),
        [
            "fail rows_deleted public.t [id=5]",
            "fail rows_inserted public.t [id=101]",
            "fail values_changed public.t.v [id=9]"
        ]
    );
    let moved = [Change::Inserts("public.t".into()), Change::Deletes("public.t".into())];
    assert_eq!(findings(&differences(&before, &after, &moved)), ["fail values_changed public.t.v [id=9]"]);
    let all = [moved.as_slice(), &[data("public.t", &["v"])]].concat();
    let evidence = differences(&before, &after, &all);
    assert_eq!(findings(&evidence), none());
    assert!(evidence.iter().any(|fact| fact.measured.starts_with("unchanged: 1 table, 1 column, 1 row identical")));
    let remedy =
        differences(&before, &after, &[]).into_iter().find(|fact| fact.check == "values_changed").unwrap().remedy;
    assert!(remedy.unwrap().ends_with("-- phasegate: changes data public.t (v)"));

    // The same keys are the same rows, also where rows may come and go.
    sql(&spec, "DELETE FROM t WHERE id = 101; INSERT INTO t VALUES (5, 'v5')").await;
    let same_keys = findings(&digest_differences(&before, &take(&spec).await, &moved));
    assert_eq!(same_keys, ["fail values_changed public.t.v []"]);

    // Without fingerprints nothing is claimed that is not known.
    let bare = findings(&digest_differences(&before, &after, &[]));
    assert_eq!(bare, ["fail rows_replaced public.t []", "not evaluated data public.t []"]);
    assert_eq!(findings(&digest_differences(&before, &after, &moved)), ["not evaluated data public.t []"]);
}

#[tokio::test]
async fn harmless_rewrites_raise_nothing() {
    let spec = database().await;
    let mut setup = TYPES.to_owned();
    for (index, (type_name, before, after)) in MUTATIONS.iter().enumerate() {
        let (before, after) = (literal(before), literal(after));
        write!(
            setup,
            "CREATE TABLE public.t{index} (id int PRIMARY KEY, v {type_name});
             INSERT INTO public.t{index} VALUES (2, {before}), (1, {after}), (3, NULL);"
        )
        .unwrap();
    }
    sql(&spec, &setup).await;
    let before = take(&spec).await;
    let sha256 = take_sha256(&spec).await;
    let name = value(&spec, "SELECT current_database()").await.unwrap();
    sql(
        &spec,
        &format!(
            "ALTER DATABASE {name} SET TimeZone = 'Asia/Kathmandu'; ALTER DATABASE {name} SET DateStyle = 'SQL, DMY';
             ALTER DATABASE {name} SET IntervalStyle = 'sql_standard'; ALTER DATABASE {name} SET extra_float_digits = -5;
             ALTER DATABASE {name} SET bytea_output = 'escape'; ALTER DATABASE {name} SET search_path = public;
             ALTER DATABASE {name} SET lc_monetary = 'C.UTF-8'"
        ),
    )
    .await;
    let mut rewrites = String::new();
    for index in 0..MUTATIONS.len() {
        write!(
            rewrites,
            "CLUSTER public.t{index} USING t{index}_pkey; ALTER TABLE public.t{index} SET WITHOUT CLUSTER;"
        )
        .unwrap();
    }
    rewrites.push_str("CREATE INDEX an_index ON t0 (v); ALTER TABLE t1 ADD COLUMN later int DEFAULT 7; DELETE FROM t2 WHERE id = 1; INSERT INTO t2 SELECT 1, '-Infinity'::numeric WHERE false;");
    sql(&spec, &rewrites).await;
    sql(&spec, "VACUUM FULL").await;
    sql(&spec, &format!("INSERT INTO t2 VALUES (1, {})", literal(MUTATIONS[2].2))).await;
    let after = take(&spec).await;
    let declared = [
        Change::Adds(ObjectKind::Index, "public.an_index".into()),
        Change::Adds(ObjectKind::Column, "public.t1.later".into()),
    ];
    assert_eq!(findings(&differences(&before, &after, &declared)), none());
    assert_eq!(findings(&digest_differences(&before, &after, &declared)), none());
    assert_eq!(findings(&differences(&sha256, &take_sha256(&spec).await, &declared)), none());
    let undeclared = findings(&differences(&before, &after, &[]));
    assert_eq!(undeclared, ["fail schema_added public.t1.later []", "fail schema_added public.an_index []"]);
}

#[tokio::test]
async fn weird_names_and_shapes_are_read() {
    let spec = database().await;
    let wide: Vec<String> = (0..700).map(|index| format!("c{index} smallint")).collect();
    sql(
        &spec,
        r#"CREATE TABLE r (r int, t int, k int, h0 int, v0 text, PRIMARY KEY (r)); INSERT INTO r VALUES (1, 2, 3, 4, 'x');
        CREATE SCHEMA "we""ird.S";
        CREATE TABLE "we""ird.S"."Tä b'l\e" ("a""b" int, ":'x'" text, ":""y"":" int, PRIMARY KEY ("a""b", ":'x'"));"#,
    )
    .await;
    sql(&spec, r#"INSERT INTO "we""ird.S"."Tä b'l\e" VALUES (1, E'tab\t"quote\nline', 3)"#).await;
    sql(
        &spec,
        &format!(
            "CREATE TABLE wide (id int PRIMARY KEY, {}); INSERT INTO wide (id, c0, c699) VALUES (1, 1, 2), (2, 3, 4);
             CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES; INSERT INTO nothing DEFAULT VALUES;
             CREATE TABLE empty (id int PRIMARY KEY, v text);
             CREATE TABLE parent (id int, v text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
             CREATE TABLE part1 PARTITION OF parent FOR VALUES FROM (0) TO (10);
             CREATE TABLE part2 PARTITION OF parent FOR VALUES FROM (10) TO (20);
             INSERT INTO parent VALUES (1, 'a'), (11, 'b');
             CREATE TABLE base (id int PRIMARY KEY, v text); CREATE TABLE heir (more int) INHERITS (base);
             INSERT INTO base VALUES (1, 'base'); INSERT INTO heir VALUES (1, 'heir', 2);
             CREATE MATERIALIZED VIEW mv AS SELECT * FROM base; CREATE MATERIALIZED VIEW unfilled AS SELECT 1 WITH NO DATA;
             CREATE VIEW v AS SELECT * FROM base;",
            wide.join(", ")
        ),
    )
    .await;
    let before = take(&spec).await;
    let sha256 = take_sha256(&spec).await;
    assert_eq!(sha256.snapshot.not_covered, before.snapshot.not_covered);
    for (one, other) in before.snapshot.tables.iter().zip(&sha256.snapshot.tables) {
        let figures = |table: &snapshot::TableSnapshot| {
            let columns =
                table.columns.iter().map(|c| (c.name.clone(), c.nulls, c.min.clone(), c.max.clone(), c.sum.clone()));
            (table.name.clone(), table.rows, columns.collect::<Vec<_>>())
        };
        assert_eq!(figures(one), figures(other));
        assert_eq!((one.row_digest.sum().is_some(), other.row_digest.sum()), (true, None));
    }
    let rows = |name: &str| before.snapshot.table(name).unwrap().rows;
    assert_eq!((rows("public.parent"), rows("public.base"), rows("public.heir"), rows("public.nothing")), (2, 1, 1, 2));
    assert!(before.snapshot.table("public.part1").is_none());
    assert_eq!(before.snapshot.table("public.wide").unwrap().columns.len(), 701);
    assert_eq!(before.snapshot.not_covered.len(), 1);
    let told = coverage(&before.snapshot);
    assert_eq!(told.verdict, Verdict::Warn);
    assert!(told.measured.contains("public.unfilled: a materialized view without data"), "{}", told.measured);

    sql(
        &spec,
        r#"UPDATE "we""ird.S"."Tä b'l\e" SET ":""y"":" = 4; UPDATE wide SET c699 = 5 WHERE id = 2; UPDATE part2 SET v = 'c';
        UPDATE r SET h0 = 5; UPDATE heir SET v = 'changed'; REFRESH MATERIALIZED VIEW mv; INSERT INTO nothing DEFAULT VALUES;"#,
    )
    .await;
    let by_sha256 = findings(&differences(&sha256, &take_sha256(&spec).await, &[]));
    for column in ["we\"ird.S.Tä b'l\\e.:\"y\":", "public.wide.c699", "public.parent.v", "public.r.h0", "public.heir.v"]
    {
        assert!(by_sha256.contains(&format!("fail values_changed {column} []")), "{column} not in {by_sha256:#?}");
    }
    let found = findings(&differences(&before, &take(&spec).await, &[]));
    for wanted in [
        "fail values_changed we\"ird.S.Tä b'l\\e.:\"y\": [a\"b=1, :'x'=tab\t\"quote\nline]",
        "fail values_changed public.wide.c699 [id=2]",
        "fail values_changed public.parent.v [id=11]",
        "fail values_changed public.r.h0 [r=1]",
    ] {
        assert!(found.iter().any(|line| line.starts_with(wanted)), "{wanted} not in {found:#?}");
    }
    for table in ["public.heir", "public.mv", "public.nothing"] {
        assert!(found.iter().any(|line| line.contains(&format!(" {table} "))), "{table} not in {found:#?}");
    }
}

#[tokio::test]
async fn renames_and_wider_types_keep_their_digests() {
    let spec = database().await;
    sql(
        &spec,
        "CREATE TABLE t (id int PRIMARY KEY, amount int, note varchar(10), gone int);
         INSERT INTO t SELECT g, g * 3, 'n' || g, 1 FROM generate_series(1, 20) g;
         CREATE TABLE old (id int PRIMARY KEY, v text); INSERT INTO old VALUES (1, 'a');
         CREATE TABLE dropped (id int); INSERT INTO dropped VALUES (1);
         CREATE TABLE retyped (id int PRIMARY KEY, v int); INSERT INTO retyped VALUES (1, 1);",
    )
    .await;
    let before = take(&spec).await;
    let sha256 = take_sha256(&spec).await;
    sql(
        &spec,
        "ALTER TABLE t ALTER COLUMN id TYPE bigint, ALTER COLUMN note TYPE text;
         ALTER TABLE t RENAME COLUMN amount TO sum; ALTER TABLE t DROP COLUMN gone;
         ALTER TABLE old RENAME TO new; DROP TABLE dropped; ALTER TABLE retyped ALTER COLUMN v TYPE numeric;",
    )
    .await;
    let after = take(&spec).await;
    let evidence = differences(&before, &after, &[]);
    let told = |check: &str| {
        let facts = evidence.iter().filter(|fact| fact.check == check);
        facts.map(|fact| format!("{} {}", fact.verdict, fact.subject)).collect::<Vec<_>>()
    };
    assert_eq!(told("column_renamed"), ["pass public.t.amount"]);
    assert_eq!(told("table_renamed"), ["pass public.old"]);
    assert_eq!(told("table_dropped"), ["fail public.dropped"]);
    assert_eq!(told("values_changed"), ["not evaluated public.retyped.v"]);
    assert!(told("schema_changed").contains(&"fail public.t.id".to_owned()));
    assert!(told("schema_dropped").contains(&"fail public.t.gone".to_owned()));
    let declared = [
        Change::Changes(ObjectKind::Column, "public.t.*".into()),
        Change::Changes(ObjectKind::Column, "public.retyped.v".into()),
        data("public.retyped", &["v"]),
        Change::Drops(ObjectKind::Column, "public.t.amount".into()),
        Change::Adds(ObjectKind::Column, "public.t.sum".into()),
        Change::Drops(ObjectKind::Column, "public.t.gone".into()),
        Change::Drops(ObjectKind::Table, "public.old".into()),
        Change::Adds(ObjectKind::Table, "public.new".into()),
        Change::Drops(ObjectKind::Table, "public.dropped".into()),
    ];
    assert_eq!(findings(&differences(&before, &after, &declared)), none());
    assert_eq!(findings(&differences(&sha256, &take_sha256(&spec).await, &declared)), none());
    // Declared and without effect: a mistyped name is not silent.
    let typed = [declared.as_slice(), &[Change::Adds(ObjectKind::Index, "public.ixx".into())]].concat();
    assert_eq!(findings(&differences(&before, &after, &typed)), ["warn declared_without_effect public.ixx []"]);
}

#[tokio::test]
async fn a_new_key_hides_nothing_where_the_old_one_is_asked_for() {
    let spec = database().await;
    sql(
        &spec,
        "CREATE TABLE moved (id int PRIMARY KEY, code text NOT NULL, v int); INSERT INTO moved VALUES (1, 'a', 1), (2, 'b', 2);
         CREATE TABLE gained (id int NOT NULL, v int); INSERT INTO gained VALUES (1, 1), (2, 2);",
    )
    .await;
    let before = take(&spec).await;
    let sha256 = take_sha256(&spec).await;
    let keys = "ALTER TABLE moved DROP CONSTRAINT moved_pkey, ADD PRIMARY KEY (code); ALTER TABLE gained ADD PRIMARY KEY (id);";
    sql(&spec, keys).await;
    let declared = [
        Change::Changes(ObjectKind::Constraint, "*".into()),
        Change::Changes(ObjectKind::Column, "*".into()),
        Change::Adds(ObjectKind::Constraint, "*".into()),
    ];
    let found = findings(&differences(&before, &take(&spec).await, &declared));
    assert!(found.contains(&"not evaluated data public.moved []".to_owned()), "{found:#?}");
    assert!(found.contains(&"not evaluated data public.gained []".to_owned()), "{found:#?}");
    let options = Options { keys: before.snapshot.keys(), ..Options::default() };
    let with = async || findings(&differences(&before, &take_with(&spec, &options).await, &declared));
    let data =
        |found: Vec<String>| found.into_iter().filter(|line| !line.contains("without_effect")).collect::<Vec<_>>();
    assert_eq!(data(with().await), none());
    let by_sha256 = Options { digest: DigestKind::Sha256, ..options.clone() };
    assert_eq!(data(findings(&differences(&sha256, &take_with(&spec, &by_sha256).await, &declared))), none());
    sql(&spec, "UPDATE moved SET v = 3 - v; UPDATE gained SET v = 3 - v").await;
    let found = data(with().await);
    let seen = data(findings(&differences(&sha256, &take_with(&spec, &by_sha256).await, &declared)));
    assert_eq!(seen.len(), 2, "{seen:#?}");
    assert!(found.contains(&"fail values_changed public.moved.v [id=1; id=2]".to_owned()), "{found:#?}");
    assert!(found.iter().any(|line| line.starts_with("fail values_changed public.gained ")), "{found:#?}");
}

#[tokio::test]
async fn every_kind_of_object_is_in_the_schema_fingerprint() {
    let spec = database().await;
    sql(
        &spec,
        "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int, b int REFERENCES t, n text DEFAULT 'x');
         CREATE INDEX ix ON t (a); CREATE VIEW v AS SELECT a FROM t; CREATE MATERIALIZED VIEW mv AS SELECT a FROM t;
         CREATE FUNCTION f(x int, text) RETURNS int LANGUAGE sql AS 'SELECT 1';
         CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
         CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch();
         CREATE AGGREGATE agg(int) (sfunc = int4pl, stype = int); CREATE SEQUENCE s; CREATE TYPE mood AS ENUM ('a');
         CREATE POLICY p ON t USING (a > 0); COMMENT ON COLUMN t.a IS 'first'; CREATE SCHEMA more;
         CREATE TABLE log (id serial PRIMARY KEY, x text); CREATE INDEX log_ix ON log (x);",
    )
    .await;
    let options = Options { exclude: vec!["public.log".into()], ..Options::default() };
    let before = take_with(&spec, &options).await;
    let objects = || before.snapshot.schema.objects.iter();
    assert!(objects().all(|object| !object.name.contains("log")), "the excluded table left traces");
    assert!(coverage(&before.snapshot).measured.contains("public.log: excluded"));
    let kinds: std::collections::BTreeSet<ObjectKind> = objects().map(|object| object.kind).collect();
    assert_eq!(kinds.len(), ObjectKind::words().count(), "{kinds:?}");
    assert_eq!(findings(&differences(&before, &take_with(&spec, &options).await, &[])), none());

    sql(
        &spec,
        "ALTER TABLE t DISABLE TRIGGER tr; ALTER TABLE t ALTER n SET DEFAULT 'y'; CREATE OR REPLACE VIEW v AS SELECT a + 0 AS a FROM t;
         CREATE OR REPLACE FUNCTION f(x int, text) RETURNS int LANGUAGE sql AS 'SELECT 2'; ALTER SEQUENCE s INCREMENT 5;
         ALTER TYPE mood ADD VALUE 'b'; ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER POLICY p ON t USING (a > 1);
         COMMENT ON COLUMN t.a IS 'second'; GRANT SELECT ON t TO pg_monitor; DROP INDEX ix; INSERT INTO log (x) VALUES ('y');
         ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0) NOT VALID; SELECT nextval('s');",
    )
    .await;
    let middle = take_with(&spec, &options).await;
    let mut found = findings(&differences(&before, &middle, &[]));
    found.sort();
    let mut wanted: Vec<String> = [
        "fail schema_added public.t.positive []",
        "fail schema_changed public.f(integer, text) []",
        "fail schema_changed public.mood []",
        "fail schema_changed public.s []",
        "fail schema_changed public.t []",
        "fail schema_changed public.t []",
        "fail schema_changed public.t.a []",
        "fail schema_changed public.t.n []",
        "fail schema_changed public.t.p []",
        "fail schema_changed public.t.tr []",
        "fail schema_changed public.v []",
        "fail schema_dropped public.ix []",
    ]
    .map(str::to_owned)
    .into();
    wanted.sort();
    assert_eq!(found, wanted);
    sql(&spec, "ALTER TABLE t VALIDATE CONSTRAINT positive").await;
    sql(&spec, "ALTER TABLE t DISABLE TRIGGER ALL").await;
    let found = findings(&differences(&middle, &take_with(&spec, &options).await, &[]));
    assert!(found.contains(&"fail schema_changed public.t.positive []".to_owned()), "{found:#?}");
    assert!(found.contains(&"fail schema_changed public.t.t_b_fkey []".to_owned()), "{found:#?}");
}

#[tokio::test]
async fn what_cannot_be_read_is_listed_and_the_rest_goes_on() {
    let spec = database().await;
    sql(
        &spec,
        "CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a VALUES (1); CREATE TABLE secret (id int);
         CREATE TABLE guarded (id int PRIMARY KEY, v int); INSERT INTO guarded VALUES (1, 1), (2, 2);
         ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON guarded USING (id = 1);
         DROP ROLE IF EXISTS snapshot_reader; CREATE ROLE snapshot_reader LOGIN; GRANT SELECT ON a, guarded TO snapshot_reader;
         CREATE TABLE z (id int PRIMARY KEY); GRANT SELECT ON z TO snapshot_reader; CREATE SEQUENCE invoices;",
    )
    .await;
    let reader = ConnSpec { user: "snapshot_reader".into(), ..spec.clone() };
    let before = take_with(&reader, &Options { jobs: 1, ..Options::default() }).await;
    let names: Vec<&str> = before.snapshot.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["public.a", "public.z"]);
    let missed: Vec<String> =
        before.snapshot.not_covered.iter().map(|table| format!("{}: {}", table.name, table.reason)).collect();
    assert!(missed[0].starts_with("public.guarded: query would be affected by row-level security"), "{missed:?}");
    assert!(missed[1].starts_with("public.secret: the role may not read it"), "{missed:?}");
    assert_eq!(coverage(&before.snapshot).verdict, Verdict::NotEvaluated);
    // Covered before and not after leaves the question open.
    let full = take(&spec).await;
    let found = findings(&differences(&full, &before, &[]));
    assert!(found.contains(&"not evaluated data public.guarded []".to_owned()), "{found:#?}");
    assert!(found.contains(&"not evaluated sequence_moved_back public.invoices []".to_owned()), "{found:#?}");
    assert!(coverage(&before.snapshot).measured.contains("public.invoices: the role may not see where"));
    sql(&spec, "DROP OWNED BY snapshot_reader; DROP ROLE snapshot_reader").await;
}

#[tokio::test]
async fn all_tables_are_read_at_one_instant() {
    let spec = database().await;
    sql(
        &spec,
        "CREATE TABLE a (id int PRIMARY KEY, v int); INSERT INTO a SELECT g, 0 FROM generate_series(1, 500) g;
         CREATE TABLE b (id int PRIMARY KEY, v int); INSERT INTO b SELECT g, 0 FROM generate_series(1, 500) g;
         CREATE TABLE c (id int PRIMARY KEY, v int); INSERT INTO c SELECT g, 0 FROM generate_series(1, 500) g;",
    )
    .await;
    let shared = SharedSnapshot::open(&spec, Cancel::never()).await.unwrap();
    let mut session = shared.session().await.unwrap();
    let catalog = Catalog::read(&mut session).await.unwrap();
    // A writer commits between the tables: each event of a table begun is followed by a change of all three.
    let (begun, mut writes) = tokio::sync::mpsc::unbounded_channel();
    let writer = {
        let spec = spec.clone();
        tokio::spawn(async move {
            while writes.recv().await.is_some() {
                sql(&spec, "UPDATE a SET v = v + 1; UPDATE b SET v = v + 1; UPDATE c SET v = v + 1").await;
            }
        })
    };
    sql(&spec, "UPDATE a SET v = v + 1; UPDATE b SET v = v + 1; UPDATE c SET v = v + 1").await;
    let seen = Mutex::new(0);
    let events = |event: Event| {
        if matches!(event, Event::TableStarted { .. }) {
            *seen.lock().unwrap() += 1;
            begun.send(()).unwrap();
        }
    };
    let directory = tempfile::tempdir().unwrap();
    let options = Options { jobs: 2, ..Options::default() };
    let taken = snapshot::take(&shared, &catalog, Some(directory.path()), &options, &events).await.unwrap();
    drop(begun);
    writer.await.unwrap();
    assert_eq!(*seen.lock().unwrap(), 3);
    for table in &taken.tables {
        assert_eq!(table.column("v").unwrap().sum.as_deref(), Some("0"), "{}", table.name);
    }
    assert_eq!(value(&spec, "SELECT min(v) FROM public.c").await.as_deref(), Some("4"));
}

#[tokio::test]
async fn fingerprints_that_are_not_those_that_were_written_are_refused() {
    let spec = database().await;
    sql(&spec, "CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 1), (2, 2)").await;
    let before = take(&spec).await;
    sql(&spec, "UPDATE t SET v = 3 WHERE id = 2").await;
    let after = take(&spec).await;
    let file = before.snapshot.table("public.t").unwrap().fingerprints.clone().unwrap();
    let path = before.directory.path().join(&file.file);
    let packed = std::fs::File::open(&path).unwrap();
    let text = std::io::read_to_string(flate2::read::GzDecoder::new(packed)).unwrap();
    let mut edited = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut edited, text.replace("[\"2\"]", "[\"9\"]").as_bytes()).unwrap();
    std::fs::write(&path, edited.finish().unwrap()).unwrap();
    let found = findings(&differences(&before, &after, &[]));
    assert_eq!(found, ["not evaluated data public.t []", "fail values_changed public.t.v []"]);

    // A directory that holds a snapshot takes no second one; a table above the limit has no file.
    let shared = SharedSnapshot::open(&spec, Cancel::never()).await.unwrap();
    let refused = take_into(&shared, before.directory.path(), &Options::default()).await;
    assert!(matches!(refused, Err(SnapshotError::Exists { .. })));
    let small = take_with(&spec, &Options { row_fingerprints: 1, ..Options::default() }).await;
    assert_eq!(small.snapshot.table("public.t").unwrap().fingerprints, None);
    let listed = snapshot::list(before.directory.path().parent().unwrap()).unwrap();
    assert!(listed.contains(&before.directory.path().to_owned()));
}

#[tokio::test]
async fn unchanged_is_said_of_what_was_compared_and_no_more() {
    let spec = database().await;
    sql(
        &spec,
        "CREATE TABLE same (id int PRIMARY KEY); INSERT INTO same VALUES (1);
         CREATE TABLE wider (id int PRIMARY KEY); INSERT INTO wider VALUES (1), (2);
         CREATE TABLE doc (id int PRIMARY KEY, d jsonb, n int); INSERT INTO doc VALUES (1, '{}', 1), (2, '{}', 2);",
    )
    .await;
    let before = take(&spec).await;
    sql(
        &spec,
        "ALTER TABLE wider ADD COLUMN more int; UPDATE doc SET d = '[]' WHERE id = 1; UPDATE doc SET n = 3 - n;",
    )
    .await;
    let evidence = differences(&before, &take(&spec).await, &[]);
    let told = |check: &str, subject: &str| {
        let fact = evidence.iter().find(|fact| fact.check == check && fact.subject == subject);
        fact.map(|fact| fact.measured.as_str()).unwrap_or_default()
    };
    assert_eq!(told("data_unchanged", "data"), "unchanged: 1 table, 1 column, 1 row identical");
    assert_eq!(told("rows_compared", "public.wider"), "2 rows on both sides, 1 column identical in all of them");
    // A type without an order has no bounds that could be as before.
    assert_eq!(told("values_changed", "public.doc.d"), "1 value of 2 differ; nulls as before");
    assert_eq!(told("values_changed", "public.doc.n"), "2 values of 2 differ; nulls, bounds and sum as before");
}
