//! Tables too large for row fingerprints: the buckets that differ are named exactly, what they prove is claimed and no
//! more, and clean data stays quiet.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{NoRows, database, sql, value};
use phasegate::db::{Cancel, Catalog, ConnSpec, SharedSnapshot};
use phasegate::evidence::Evidence;
use phasegate::phase::{Change, Declared};
use phasegate::snapshot::{self, CompareOptions, Options, Snapshot, compare};
use phasegate::verdict::Verdict;

const TABLE: &str =
    "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT g, g FROM generate_series(1, 3000) g";

/// A snapshot with so many buckets at most and no row fingerprints, as it comes back from its file.
async fn take(spec: &ConnSpec, buckets: usize) -> Snapshot {
    let shared = SharedSnapshot::open(spec, Cancel::never()).await.unwrap();
    let mut session = shared.session().await.unwrap();
    let catalog = Catalog::read(&mut session).await.unwrap();
    session.close().await;
    let directory = tempfile::tempdir().unwrap();
    let options = Options { row_fingerprints: 100, buckets, ..Options::default() };
    let taken = snapshot::take(&shared, &catalog, Some(directory.path()), &options, &|_| {}).await.unwrap();
    shared.close().await;
    snapshot::save(directory.path(), &taken).unwrap();
    snapshot::load(directory.path()).unwrap()
}

/// What is no pass.
fn findings(before: &Snapshot, after: &Snapshot, declared: &[Change]) -> Vec<Evidence> {
    let declared = Declared { changes: declared.to_vec(), ..Declared::default() };
    let mut found = compare(before, after, &NoRows, &NoRows, &declared, &CompareOptions::default());
    found.retain(|fact| fact.verdict != Verdict::Pass);
    found
}

/// `verdict check subject violations`.
fn lines(found: &[Evidence]) -> Vec<String> {
    let line = |fact: &Evidence| {
        let violations = fact.violations.map_or(String::new(), |count| format!(" {count}"));
        format!("{} {} {}{violations}", fact.verdict, fact.check, fact.subject)
    };
    found.iter().map(line).collect()
}

fn inserts() -> Change {
    Change::Inserts("public.t".into())
}

/// The bucket of an integer key, in SQL of its own.
fn bucket(id: &str, count: u32) -> String {
    let constant = "('x' || left(encode(sha256('key 0'), 'hex'), 16))::bit(64)::int8";
    format!("(hashint4extended(1735289191, ({id})::int8 # {constant}) & {})", count - 1)
}

async fn bucket_of(spec: &ConnSpec, id: u32, count: u32) -> u32 {
    value(spec, &format!("SELECT {}", bucket(&id.to_string(), count))).await.unwrap().parse().unwrap()
}

/// The first new key in the bucket, or outside of it.
async fn new_key(spec: &ConnSpec, bucket_wanted: u32, inside: bool) -> u32 {
    let operator = if inside { "=" } else { "<>" };
    let query = format!(
        "SELECT min(g) FROM generate_series(3001, 4000) g WHERE {} {operator} {bucket_wanted}",
        bucket("g", 16)
    );
    value(spec, &query).await.unwrap().parse().unwrap()
}

/// What must be said of the only bucket that differs.
async fn words(spec: &ConnSpec, place: u32, before: i64, after: i64) -> String {
    let others = format!("SELECT count(*) FROM public.t WHERE {} <> {place}", bucket("id", 16));
    let others: i64 = value(spec, &others).await.unwrap().parse().unwrap();
    format!(
        "; 1 of 16 buckets differs: {place}, with {before} rows before and {after} after ({}.{} % of the rows after); \
         the {others} rows in the others are the same before and after",
        after * 100 / (after + others),
        after * 1000 / (after + others) % 10
    )
}

async fn in_bucket(spec: &ConnSpec, place: u32) -> i64 {
    let query = format!("SELECT count(*) FROM public.t WHERE {} = {place}", bucket("id", 16));
    value(spec, &query).await.unwrap().parse().unwrap()
}

/// The statement that a remedy gives.
fn select(fact: &Evidence) -> &str {
    let remedy = fact.remedy.as_deref().unwrap();
    &remedy[remedy.find("SELECT r.*").unwrap_or_else(|| panic!("{remedy}"))..]
}

#[tokio::test]
async fn one_changed_row_is_laid_to_its_bucket_which_the_remedy_shows() {
    let spec = database().await;
    sql(&spec, TABLE).await;
    let before = take(&spec, 16).await;
    assert_eq!(before.table("public.t").unwrap().buckets.as_ref().unwrap().rows.len(), 16);
    sql(&spec, "UPDATE t SET v = v WHERE id % 2 = 0; DELETE FROM public.t WHERE id = 9; INSERT INTO t VALUES (9, '9')")
        .await;
    assert_eq!(lines(&findings(&before, &take(&spec, 16).await, &[])), [""; 0]);

    sql(&spec, "UPDATE t SET v = 'x' WHERE id = 77").await;
    let after = take(&spec, 16).await;
    let found = findings(&before, &after, &[]);
    assert_eq!(lines(&found), ["fail values_changed public.t.v"]);
    let place = bucket_of(&spec, 77, 16).await;
    let rows = in_bucket(&spec, place).await;
    let words = words(&spec, place, rows, rows).await;
    assert!(found[0].measured.ends_with(&words), "{}\n{words}", found[0].measured);
    let shown = format!("SELECT count(*) || ' ' || count(*) FILTER (WHERE id = 77) FROM ({}) AS s", select(&found[0]));
    assert_eq!(value(&spec, &shown).await.unwrap(), format!("{rows} 1"));

    // Sixteen buckets against eight.
    let folded = findings(&before, &take(&spec, 8).await, &[]);
    let place = bucket_of(&spec, 77, 8).await;
    assert!(
        folded[0].measured.contains(&format!("; 1 of 8 buckets differs: {place}, with ")),
        "{}",
        folded[0].measured
    );
    assert!(select(&folded[0]).ends_with(&format!(" & 7 IN ({place})")));
    // None, and nothing is said of them.
    let none = take(&spec, 0).await;
    assert_eq!(none.table("public.t").unwrap().buckets, None);
    assert!(!findings(&before, &none, &[])[0].measured.contains("bucket"));
}

#[tokio::test]
async fn a_lost_row_is_counted_by_its_bucket_also_where_another_came() {
    let spec = database().await;
    sql(&spec, TABLE).await;
    let before = take(&spec, 16).await;
    let place = bucket_of(&spec, 500, 16).await;
    let rows = in_bucket(&spec, place).await;
    sql(&spec, "DELETE FROM public.t WHERE id = 500").await;
    let found = findings(&before, &take(&spec, 16).await, &[]);
    assert_eq!(lines(&found), ["fail rows_deleted public.t 1", "not evaluated data public.t"]);
    let words = words(&spec, place, rows, rows - 1).await;
    assert_eq!(found[0].measured, format!("at least 1 row gone; 3000 before, 2999 after{words}"));
    assert!(found[1].measured.ends_with(&words), "{}", found[1].measured);

    // As many rows as before, and under "inserts" more than before: the loss is seen in either case.
    let other = new_key(&spec, place, false).await;
    sql(&spec, &format!("INSERT INTO t VALUES ({other}, 'new')")).await;
    let after = take(&spec, 16).await;
    let both = ["fail rows_deleted public.t 1", "fail rows_inserted public.t 1", "not evaluated data public.t"];
    let found = findings(&before, &after, &[]);
    assert_eq!(lines(&found), both);
    let mut places = [place, bucket_of(&spec, other, 16).await];
    places.sort_unstable();
    let named = format!("; 2 of 16 buckets differ: {}, {}, with", places[0], places[1]);
    assert!(found.iter().all(|fact| fact.measured.contains(&named)), "{found:?}");
    let lost = ["fail rows_deleted public.t 1", "not evaluated data public.t"];
    assert_eq!(lines(&findings(&before, &after, &[inserts()])), lost);
    sql(
        &spec,
        &format!(
            "INSERT INTO t SELECT g, 'n' FROM generate_series(3001, 3999) g WHERE {} <> {place} AND g <> {other}",
            bucket("g", 16)
        ),
    )
    .await;
    assert_eq!(lines(&findings(&before, &take(&spec, 16).await, &[inserts()])), lost);

    // In one bucket a loss and a gain cannot be told apart, and the keys still say that they are others.
    sql(&spec, "DELETE FROM public.t WHERE id > 3000").await;
    let same = new_key(&spec, place, true).await;
    sql(&spec, &format!("INSERT INTO t VALUES ({same}, 'new')")).await;
    let found = findings(&before, &take(&spec, 16).await, &[]);
    assert_eq!(lines(&found), ["fail rows_replaced public.t", "not evaluated data public.t"]);
}

#[tokio::test]
async fn where_rows_may_come_the_unchanged_part_is_named_and_the_rest_is_not_evaluated() {
    let spec = database().await;
    sql(&spec, TABLE).await;
    let before = take(&spec, 16).await;
    let place = bucket_of(&spec, 77, 16).await;
    let rows = in_bucket(&spec, place).await;
    let new = new_key(&spec, place, true).await;
    sql(&spec, &format!("INSERT INTO t VALUES ({new}, 'new')")).await;
    let words = words(&spec, place, rows, rows + 1).await;
    let found = findings(&before, &take(&spec, 16).await, &[inserts()]);
    assert_eq!(lines(&found), ["not evaluated data public.t"]);
    assert!(found[0].measured.ends_with(&words), "{}", found[0].measured);
    // A change behind the insert looks the same, and is no greener.
    sql(&spec, "UPDATE t SET v = 'x' WHERE id = 77").await;
    let found = findings(&before, &take(&spec, 16).await, &[inserts()]);
    assert_eq!(lines(&found), ["not evaluated data public.t"]);
    assert!(found[0].measured.ends_with(&words), "{}", found[0].measured);
}

#[tokio::test]
async fn buckets_of_other_rows_or_another_key_say_nothing() {
    let spec = database().await;
    sql(&spec, TABLE).await;
    sql(&spec, "CREATE TABLE keyless AS SELECT g % 50 AS a, g AS b FROM generate_series(1, 2000) g").await;
    let before = take(&spec, 16).await;
    let silent = |found: &[Evidence]| {
        assert!(!found.is_empty() && found.iter().all(|fact| !fact.measured.contains("bucket")), "{found:?}");
    };
    sql(&spec, "UPDATE keyless SET b = 0 WHERE b = 7").await;
    let found = findings(&before, &take(&spec, 16).await, &[]);
    assert_eq!(lines(&found), ["fail values_changed public.keyless.b", "not evaluated data public.keyless"]);
    assert!(found[0].measured.contains(" of 16 buckets differ"), "{}", found[0].measured);
    // A row whose values may change leaves its bucket and is not lost.
    let may = [
        Change::Inserts("public.keyless".into()),
        Change::Data { table: "public.keyless".into(), columns: vec!["b".into()] },
    ];
    let found = findings(&before, &take(&spec, 16).await, &may);
    assert_eq!(lines(&found), ["not evaluated data public.keyless"]);

    sql(&spec, "DROP TABLE keyless; ALTER TABLE t ADD c int; UPDATE t SET v = 'x' WHERE id = 77").await;
    let mut widened = findings(&before, &take(&spec, 16).await, &[]);
    widened.retain(|fact| fact.subject == "public.t.v");
    silent(&widened);
    sql(&spec, "ALTER TABLE t DROP c; ALTER TABLE t DROP CONSTRAINT t_pkey; ALTER TABLE t ADD PRIMARY KEY (v)").await;
    let mut rekeyed = findings(&before, &take(&spec, 16).await, &[]);
    rekeyed.retain(|fact| fact.check == "data");
    silent(&rekeyed);
}

#[tokio::test]
async fn the_statement_finds_the_rows_whatever_the_key_is_made_of() {
    let spec = database().await;
    let from = "SELECT timestamptz '1850-01-01' + g * interval '1 day' AS at, 'ß' || g AS \"We\"\"ird\", g AS v
                FROM generate_series(1, 2000) g";
    sql(
        &spec,
        &format!(
            "CREATE TABLE \"T.x\" AS {from}; ALTER TABLE \"T.x\" ADD PRIMARY KEY (at, \"We\"\"ird\");
         CREATE TABLE plain AS {from}; CREATE TABLE parts (LIKE plain) PARTITION BY HASH (v);
         CREATE TABLE p0 PARTITION OF parts FOR VALUES WITH (MODULUS 1, REMAINDER 0); INSERT INTO parts {from};"
        ),
    )
    .await;
    let before = take(&spec, 16).await;
    for table in ["\"T.x\"", "plain", "parts"] {
        sql(&spec, &format!("UPDATE {table} SET v = 0 WHERE v = 77")).await;
    }
    let found = findings(&before, &take(&spec, 16).await, &[]);
    let subjects = [
        "fail values_changed public.T.x.v",
        "fail values_changed public.parts.v",
        "not evaluated data public.parts",
        "fail values_changed public.plain.v",
        "not evaluated data public.plain",
    ];
    assert_eq!(lines(&found), subjects);
    for fact in found.iter().filter(|fact| fact.verdict == Verdict::Fail) {
        assert!(fact.remedy.as_deref().unwrap().contains("pinned_settings"), "{fact:?}");
        let settings = before.pinned_settings.iter().map(|(name, value)| format!("SET LOCAL \"{name}\" = '{value}'; "));
        let statement = format!("SELECT count(*) FROM ({}) AS s WHERE v = 0", select(fact));
        assert_eq!(
            value(&spec, &format!("{}{statement}", settings.collect::<String>())).await.as_deref(),
            Some("1"),
            "{fact:?}"
        );
    }
}
