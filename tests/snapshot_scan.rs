//! How a snapshot reads: tables in parts, partitions one by one, rows in buckets; the figures are the same however.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{database, sql, value};
use phasegate::db::{Cancel, Catalog, ConnSpec, Session, SharedSnapshot};
use phasegate::digest::Digest;
use phasegate::snapshot::{self, Buckets, Equality, Form, Forms, Options, Snapshot, TableSnapshot};

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

fn options(jobs: usize, row_fingerprints: u64) -> Options {
    Options { jobs, row_fingerprints, ..Options::default() }
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

/// Rows of many types, once in a column that takes NULL and once in one that is declared not to.
const DECLARED: &str = "CREATE TABLE free (id int PRIMARY KEY, n int, v text, d float8, at timestamptz, x numeric);
    INSERT INTO free SELECT g, g % 7, 'v' || g, -0.0::float8 * (g % 3) + g % 2, timestamptz '1880-01-01' + g * interval '1 month',
        g / 7.0 FROM generate_series(1, 3000) g;
    CREATE TABLE bound (LIKE free, PRIMARY KEY (id));
    ALTER TABLE bound ALTER n SET NOT NULL, ALTER v SET NOT NULL, ALTER d SET NOT NULL, ALTER at SET NOT NULL,
        ALTER x SET NOT NULL;
    INSERT INTO bound SELECT * FROM free;
    CREATE TABLE keyless_free AS SELECT * FROM free; CREATE TABLE keyless_bound (LIKE bound);
    INSERT INTO keyless_bound SELECT * FROM free;
    CREATE TABLE empty_free (LIKE free); CREATE TABLE empty_bound (LIKE bound); ANALYZE;";

#[tokio::test]
async fn a_column_taken_at_its_word_has_the_digests_of_one_that_is_not() {
    let spec = database().await;
    sql(&spec, DECLARED).await;
    // Not one column of them is looked at for NULLs, or this test would compare a thing with itself.
    let declared =
        "SELECT count(*) FROM pg_attribute WHERE attrelid = 'public.bound'::regclass AND attnum > 0 AND attnotnull";
    assert_eq!(value(&spec, declared).await.as_deref(), Some("6"));
    assert_alike(&spec, 0).await;
}

#[tokio::test]
async fn a_null_in_a_column_that_is_declared_not_null_is_read_and_counted() {
    let spec = database().await;
    sql(&spec, DECLARED).await;
    // As corruption or a superuser's hand leaves it.
    let broken = "UPDATE pg_attribute SET attnotnull = false WHERE attname = 'v' AND attrelid IN ('bound'::regclass,
        'keyless_bound'::regclass); UPDATE bound SET v = NULL WHERE id IN (1, 2999); UPDATE free SET v = NULL WHERE id IN (1, 2999);
        UPDATE keyless_bound SET v = NULL; UPDATE keyless_free SET v = NULL;
        UPDATE pg_attribute SET attnotnull = true WHERE attname = 'v' AND attrelid IN ('bound'::regclass,
        'keyless_bound'::regclass);";
    sql(&spec, broken).await;
    assert_alike(&spec, 2).await;
}

#[tokio::test]
async fn only_a_declaration_that_was_looked_at_is_taken_for_its_word() {
    let spec = database().await;
    // PostgreSQL before 18 has no NOT NULL constraints that nobody validated: checks are made to look like them.
    let unvalidated = "CREATE TABLE sound (a int NOT NULL, b int); CREATE TABLE unsound (LIKE sound);
        ALTER TABLE unsound ADD CONSTRAINT odd CHECK (a > 0) NOT VALID;
        CREATE MATERIALIZED VIEW seen AS SELECT a FROM sound;
        CREATE TABLE whole (a int NOT NULL) PARTITION BY LIST (a); CREATE TABLE whole1 PARTITION OF whole FOR VALUES IN (1);
        CREATE TABLE split (a int NOT NULL) PARTITION BY LIST (a); CREATE TABLE split1 PARTITION OF split FOR VALUES IN (1);
        ALTER TABLE split1 ADD CONSTRAINT odd CHECK (a > 0) NOT VALID;
        UPDATE pg_constraint SET contype = 'n' WHERE conname = 'odd';";
    sql(&spec, unvalidated).await;
    let mut session = Session::connect(&spec).await.unwrap();
    let (catalog, forms) = (Catalog::read(&mut session).await.unwrap(), Forms::read(&mut session).await.unwrap());
    session.close().await;
    let mut trusted = Vec::new();
    for table in &catalog.tables {
        let names = table.columns.iter().map(|column| &column.name);
        let names = names.filter(|name| forms.is_never_null(table.oid, name));
        trusted.extend(names.map(|name| format!("{}.{name}", table.name)));
    }
    assert_eq!(trusted, ["sound.a", "whole.a", "whole1.a"]);
}

/// Whether the tables of declared columns have the figures of the others, so many NULLs in `v` among them, in whatever way
/// they are read: with row fingerprints, with buckets, with neither.
async fn assert_alike(spec: &ConnSpec, nulls: u64) {
    for limit in [100_000, 100, 0] {
        let taken = take(spec, &options(1, limit)).await;
        let content = |name: &str| {
            let table = content(taken.table(name).unwrap());
            TableSnapshot { fingerprints: None, ..table }
        };
        assert_eq!(content("public.bound"), content("public.free"));
        assert_eq!(content("public.keyless_bound"), content("public.keyless_free"));
        assert_eq!(content("public.empty_bound"), content("public.empty_free"));
        assert_eq!(content("public.bound").buckets.is_some(), limit == 100);
        let bound = taken.table("public.bound").unwrap();
        assert_eq!((bound.rows, bound.column("v").unwrap().nulls, bound.column("d").unwrap().nulls), (3000, nulls, 0));
    }
}

/// What the hash of a float was made of first. Digests are kept, so whatever it is made of must be the same.
fn first_float_hash(bits: usize, of_zero: &str) -> String {
    format!(
        "coalesce(CASE WHEN v <> '0'::float{bits} THEN hashfloat{bits}extended(v, k) WHEN v = '0'::float{bits} THEN {of_zero}
         END, hashint4extended(1853189996, k # 5577006791947779410))"
    )
}

#[tokio::test]
async fn every_float_keeps_its_hash() {
    let spec = database().await;
    let mut state = 7_u64;
    let mut random = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    // Shortest decimals that are read back to the bit; one in sixteen has the exponent of the denormal numbers.
    let doubles = (0..50_000).map(|at| {
        let bits = random();
        f64::from_bits(if at % 16 == 0 { bits & 0x800f_ffff_ffff_ffff } else { bits })
    });
    let doubles: Vec<String> = doubles.map(|number| format!("{number:e}")).collect();
    let singles = (0..50_000).map(|at| {
        let bits = u32::try_from(random() >> 32).unwrap();
        f32::from_bits(if at % 16 == 0 { bits & 0x807f_ffff } else { bits })
    });
    let singles: Vec<String> = singles.map(|number| format!("{number:e}")).collect();
    let special = "NULL,0,-0,1,-1,NaN,inf,-inf";
    for (bits, oid, numbers, edges) in [
        (8, 701, doubles, "5e-324,-5e-324,2.2250738585072014e-308,1.7976931348623157e308,-1.7976931348623157e308"),
        (4, 700, singles, "1e-45,-1e-45,1.1754944e-38,3.4028235e38,-3.4028235e38"),
    ] {
        let table = format!("floats{bits}");
        let all = format!("{special},{edges},{}", numbers.join(","));
        sql(&spec, &format!("CREATE TABLE {table} AS SELECT unnest('{{{all}}}'::float{bits}[]) AS v")).await;
        for (equality, of_zero) in [
            (Equality::Representation, "hashtextextended(v::text COLLATE \"C\", k)"),
            (Equality::Value, "hashint4extended(2053468783, k)"),
        ] {
            let (first, now) =
                (first_float_hash(bits, of_zero), Form::of(oid, false, false).under(equality).hash("v", "k"));
            assert_ne!(first, now);
            let counted = format!(
                "SELECT concat_ws(' ', count(*) FILTER (WHERE ({first}) IS DISTINCT FROM ({now})), count({now}),
                        count(DISTINCT {now}) > 49000, count(*) FILTER (WHERE v = 0))
                 FROM public.{table}, (VALUES (0::int8), (1), (-1), ('-3848465438864589366'::int8)) AS seeds (k)"
            );
            let told = value(&spec, &counted).await.unwrap();
            assert!(told.starts_with("0 200052 t "), "float{bits}, {equality:?}: {told}");
        }
    }
}
