//! How a snapshot reads: tables in parts, partitions one by one, rows in buckets; the figures are the same however.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{database, sql, value};
use phasegate::db::{Cancel, Catalog, ConnSpec, SharedSnapshot};
use phasegate::digest::Digest;
use phasegate::snapshot::{self, Buckets, Options, Snapshot, TableSnapshot};

async fn take(spec: &ConnSpec, options: &Options) -> Snapshot {
    let shared = SharedSnapshot::open(spec, Cancel::never()).await.unwrap();
    let mut session = shared.session().await.unwrap();
    let catalog = Catalog::read(&mut session).await.unwrap();
    session.close().await;
    let directory = tempfile::tempdir().unwrap();
    let taken = snapshot::take(&shared, &catalog, Some(directory.path()), options, &|_| {}).await.unwrap();
    shared.close().await;
    assert_eq!(taken.not_covered, []);
    taken
}

fn options(jobs: usize, fingerprint_max_rows: u64) -> Options {
    Options { jobs, fingerprint_max_rows, ..Options::default() }
}

/// The table but for its name and kind.
fn content(table: &TableSnapshot) -> TableSnapshot {
    let buckets = table.buckets.clone().map(|buckets| Buckets { select: None, ..buckets });
    TableSnapshot { name: String::new(), kind: String::new(), buckets, ..table.clone() }
}

fn sums(buckets: &Buckets) -> (u64, Digest) {
    (buckets.rows.iter().sum(), buckets.digests.iter().fold(Digest::default(), |sum, digest| sum + *digest))
}

/// A table that is large by its empty pages: 72 MB of 9,000 rows, of every type that has bounds or a sum.
const LARGE: &str = "CREATE TYPE mood AS ENUM ('zest', 'apathy'); CREATE DOMAIN few AS numeric CHECK (VALUE IS NOT NULL) NOT NULL;
    CREATE DOMAIN mail AS character(9);
    CREATE TABLE large (id bigint PRIMARY KEY, small smallint, amount numeric, fixed numeric(12,2), scant few, day date,
        at timestamptz, local timestamp, clock time, span interval, zoned timetz, f real, d double precision, m mood,
        word text, padded character(12), mail mail, j jsonb, no int, filler text) WITH (fillfactor = 10);
    INSERT INTO large SELECT g, g % 100 - 50, CASE WHEN g = 4000 THEN 'NaN' ELSE g::numeric / 7 END, -g, g * 1e15,
        CASE WHEN g = 17 THEN '-infinity' ELSE date '2020-01-01' + g END, timestamptz '1850-01-01' + g * interval '11 days',
        timestamp '2000-01-01' + g * interval '1 second', time '00:00' + g * interval '7 seconds', g * interval '1 hour',
        timetz '12:00+01', CASE WHEN g = 8999 THEN 'NaN' ELSE sqrt(g)::real END, -0.0::float8 * g,
        CASE WHEN g = 5000 THEN 'zest' ELSE 'apathy' END::mood, repeat('é', 98) || g, 'p' || g, 'm' || g % 10,
        jsonb_build_object('g', g), NULL, repeat('x', 600) FROM generate_series(1, 9000) g;";

#[tokio::test]
async fn a_table_read_in_parts_is_the_table_read_at_once() {
    let spec = database().await;
    sql(&spec, LARGE).await;
    assert_eq!(
        value(&spec, "SELECT pg_table_size('public.large') >= 64 << 20").await.as_deref(),
        Some("t"),
        "for two parts"
    );
    let (whole, parts) = (take(&spec, &options(1, 100)).await, take(&spec, &options(2, 100)).await);
    let (whole, parts) = (whole.table("public.large").unwrap(), parts.table("public.large").unwrap());
    assert_eq!(whole, parts);
    let figures = |name: &str| {
        let column = parts.column(name).unwrap();
        [&column.min, &column.max, &column.sum].map(|text| text.as_deref().unwrap_or("-").to_owned())
    };
    assert_eq!(figures("id"), ["1", "9000", "40504500"]);
    assert_eq!(figures("amount")[1..], ["NaN", "NaN"]);
    assert_eq!(figures("fixed"), ["-9000.00", "-1.00", "-40504500.00"]);
    assert_eq!(figures("scant")[2], "40504500000000000000000");
    assert_eq!(figures("day")[..2], ["-infinity", "2044-08-22"]);
    assert_eq!(figures("m")[..2], ["zest", "apathy"]);
    assert_eq!(figures("no"), ["-", "-", "-"]);
    assert_eq!(figures("mail")[..2], ["m0", "m9"]);
    assert_eq!(parts.column("word").unwrap().max.as_deref().map(|text| text.chars().count()), Some(101));
    let buckets = parts.buckets.as_ref().unwrap();
    assert_eq!(sums(buckets), (9000, parts.row_digest.sum().unwrap()));
    assert!(
        buckets.rows.len() >= 16 && buckets.rows.len().is_power_of_two() && buckets.rows.iter().all(|rows| *rows > 0)
    );
}

#[tokio::test]
async fn a_change_is_in_the_bucket_of_its_key_and_in_no_other() {
    let spec = database().await;
    sql(
        &spec,
        "CREATE TABLE keyed (id int PRIMARY KEY, v text); INSERT INTO keyed SELECT g, g FROM generate_series(1, 3000) g;
         CREATE TABLE keyless AS SELECT * FROM keyed; CREATE TABLE small AS SELECT * FROM keyed WHERE id < 90; ANALYZE;
         CREATE TABLE grown (id int PRIMARY KEY); INSERT INTO grown VALUES (1); ANALYZE grown;
         INSERT INTO grown SELECT generate_series(2, 2000);",
    )
    .await;
    let before = take(&spec, &options(2, 100)).await;
    assert_eq!(before.table("public.small").unwrap().buckets, None);
    assert!(before.table("public.small").unwrap().fingerprints.is_some());
    let buckets = |taken: &Snapshot, name: &str| taken.table(name).unwrap().buckets.clone().unwrap();
    // What the planner took for one row has its buckets from a scan of their own.
    assert_eq!(sums(&buckets(&before, "public.grown")).0, 2000);

    sql(&spec, "UPDATE keyed SET v = 'x' WHERE id = 77; UPDATE keyless SET v = 'x' WHERE id = 77").await;
    let after = take(&spec, &options(1, 100)).await;
    let differing = |name: &str| {
        let (before, after) = (buckets(&before, name), buckets(&after, name));
        assert_eq!(before.rows.len(), after.rows.len());
        let places = (0..before.rows.len()).filter(|place| before.digests[*place] != after.digests[*place]);
        (places.count(), before.rows == after.rows)
    };
    assert_eq!(differing("public.keyed"), (1, true));
    // By content: the row left one bucket for another, or changed within one.
    assert!([(2, false), (1, true)].contains(&differing("public.keyless")));
    assert_eq!(differing("public.grown"), (0, true));
}

#[tokio::test]
async fn partitions_are_read_one_by_one_whatever_the_order_of_their_columns() {
    let spec = database().await;
    sql(
        &spec,
        "CREATE TABLE plain (id int PRIMARY KEY, v text, n numeric);
         INSERT INTO plain SELECT g, 'v' || g, g / 3.0 FROM generate_series(1, 500) g;
         CREATE TABLE parts (id int PRIMARY KEY, v text, n numeric) PARTITION BY RANGE (id);
         CREATE TABLE p1 (n numeric, gone int, v text, id int NOT NULL); ALTER TABLE p1 DROP COLUMN gone;
         ALTER TABLE parts ATTACH PARTITION p1 FOR VALUES FROM (1) TO (100);
         CREATE TABLE p2 PARTITION OF parts FOR VALUES FROM (100) TO (1000) PARTITION BY RANGE (id);
         CREATE TABLE p21 PARTITION OF p2 FOR VALUES FROM (100) TO (300);
         CREATE TABLE p22 PARTITION OF p2 FOR VALUES FROM (300) TO (1000);
         CREATE TABLE unused PARTITION OF parts FOR VALUES FROM (1000) TO (2000);
         INSERT INTO parts SELECT * FROM plain;
         CREATE TABLE barren (id int PRIMARY KEY) PARTITION BY RANGE (id);",
    )
    .await;
    for limit in [10, 0] {
        let taken = take(&spec, &options(2, limit)).await;
        let (plain, parts) = (taken.table("public.plain").unwrap(), taken.table("public.parts").unwrap());
        assert_eq!(content(plain), content(parts));
        assert_eq!((parts.rows, parts.buckets.is_some()), (500, limit > 0));
        assert_eq!(taken.table("public.barren").unwrap().rows, 0);
    }
    // Who may read the parent alone reads through it.
    sql(
        &spec,
        "DROP ROLE IF EXISTS parents_reader; CREATE ROLE parents_reader LOGIN;
         GRANT SELECT ON plain, parts, barren TO parents_reader;",
    )
    .await;
    let reader = ConnSpec { user: "parents_reader".into(), ..spec.clone() };
    let taken = take(&reader, &options(2, 10)).await;
    assert_eq!(content(taken.table("public.plain").unwrap()), content(taken.table("public.parts").unwrap()));
    sql(&spec, "DROP OWNED BY parents_reader; DROP ROLE parents_reader").await;
}
