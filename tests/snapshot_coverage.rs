//! What a snapshot covers: columns left out, kinds of tables, its age, its waiting; and what forgers cannot hide.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use common::{NoRows, database, locked, sql, value};
use phasegate::db::{Cancel, Catalog, ConnSpec, Session, SharedSnapshot};
use phasegate::evidence::Evidence;
use phasegate::phase::{Change, Declared, ObjectKind};
use phasegate::snapshot::{
    self, Cause, CompareOptions, DigestKind, Event, ExcludedColumn, Options, Snapshot, compare, coverage, covered,
};
use phasegate::verdict::Verdict;

async fn take_telling(spec: &ConnSpec, options: &Options, events: &(dyn Fn(Event) + Sync)) -> Snapshot {
    let shared = SharedSnapshot::open(spec, Cancel::never()).await.unwrap();
    let mut session = shared.session().await.unwrap();
    let catalog = Catalog::read(&mut session).await.unwrap();
    session.close().await;
    let taken = snapshot::take(&shared, &catalog, None, options, events).await.unwrap();
    shared.close().await;
    taken
}

async fn take(spec: &ConnSpec, options: &Options) -> Snapshot {
    take_telling(spec, options, &|_| {}).await
}

fn differences(before: &Snapshot, after: &Snapshot, declared: &[Change]) -> Vec<Evidence> {
    let declared = Declared { changes: declared.to_vec(), ..Declared::default() };
    compare(before, after, &NoRows, &NoRows, &declared, &CompareOptions::default())
}

fn findings(facts: &[Evidence]) -> Vec<String> {
    let found = facts.iter().filter(|fact| fact.verdict != Verdict::Pass);
    found.map(|fact| format!("{} {} {}", fact.verdict, fact.check, fact.subject)).collect()
}

fn excluding(columns: &[(&str, &str)]) -> Options {
    let entry = |(column, reason): &(&str, &str)| ExcludedColumn { column: (*column).into(), reason: (*reason).into() };
    Options { exclude_columns: columns.iter().map(entry).collect(), ..Options::default() }
}

#[tokio::test]
async fn a_column_left_out_is_listed_and_one_left_out_once_is_an_open_question() {
    let spec = database().await;
    sql(&spec, "CREATE TABLE t (id int PRIMARY KEY, v int, seen timestamptz); INSERT INTO t VALUES (1, 1, now())")
        .await;
    let without = excluding(&[("public.t.seen", "every reader writes it")]);
    for digest in [DigestKind::Hash64, DigestKind::Sha256] {
        let without = Options { digest, ..without.clone() };
        let all = Options { digest, ..Options::default() };
        let (before, full) = (take(&spec, &without).await, take(&spec, &all).await);
        assert_eq!(before.table("public.t").unwrap().column("seen"), None);
        let told = coverage(&before);
        let sentence =
            "checked 1 of 1 tables (2 columns); 1 column excluded: public.t.seen because every reader writes it";
        assert!(told.measured.starts_with(sentence), "{told:?}");
        assert!(
            covered(&full).starts_with("checked 1 of 1 tables (3 columns)") && !covered(&full).contains("excluded")
        );
        sql(&spec, "UPDATE t SET seen = seen + interval '1 day'").await;
        assert_eq!(findings(&differences(&before, &take(&spec, &without).await, &[])), Vec::<String>::new());
        let open = ["not evaluated coverage_changed public.t.seen"];
        assert_eq!(findings(&differences(&before, &take(&spec, &all).await, &[])), open);
        assert_eq!(findings(&differences(&full, &take(&spec, &without).await, &[])), open);
        assert_eq!(findings(&differences(&full, &take(&spec, &all).await, &[])), ["fail values_changed public.t.seen"]);
        // What is not left out is looked at all the same.
        sql(&spec, "UPDATE t SET v = v + 1").await;
        assert_eq!(
            findings(&differences(&before, &take(&spec, &without).await, &[])),
            ["fail values_changed public.t.v"]
        );
    }
}

#[tokio::test]
async fn names_of_columns_that_cannot_be_left_out_are_refused() {
    let spec = database().await;
    sql(
        &spec,
        "CREATE TABLE t (id int PRIMARY KEY, v int); CREATE VIEW w AS SELECT 1 AS x;
         CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id);
         CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);",
    )
    .await;
    let mut session = Session::connect(&spec).await.unwrap();
    let catalog = Catalog::read(&mut session).await.unwrap();
    let column = |name: &str| snapshot::column_problem(&catalog, name);
    let table = |name: &str| snapshot::table_problem(&catalog, name);
    assert_eq!((column("public.t.v"), table("public.t")), (None, None));
    for (problem, part) in [
        (column("public.t.w"), "no column public.t.w"),
        (column("public.u.v"), "no table of the column public.u.v"),
        (column("public.t.id"), "part of the key"),
        (column("public.p1.id"), "name the parent's"),
        (table("public.u"), "no table public.u"),
        (table("public.p1"), "is a partition"),
    ] {
        assert!(problem.as_deref().is_some_and(|problem| problem.contains(part)), "{part}: {problem:?}");
    }
    let names = ["public.t", "public.w", "public.nowhere"].map(str::to_owned);
    let problems = snapshot::exclude_problems(&mut session, &catalog, &names).await.unwrap();
    assert!(problems.len() == 1 && problems[0].contains("public.nowhere"), "{problems:?}");
    // Of a key nothing can be left out, also where nobody looked at the names.
    assert_eq!(take(&spec, &excluding(&[("public.t.id", "x")])).await.excluded_columns, []);
}

#[tokio::test]
async fn every_kind_of_table_is_read_or_listed() {
    let spec = database().await;
    sql(
        &spec,
        "CREATE TABLE t (id int PRIMARY KEY); CREATE UNLOGGED TABLE fleeting (id int PRIMARY KEY);
         CREATE TABLE whole (id int PRIMARY KEY) PARTITION BY RANGE (id);
         CREATE TABLE part PARTITION OF whole FOR VALUES FROM (0) TO (10); INSERT INTO whole VALUES (1);
         CREATE TABLE base (id int PRIMARY KEY); CREATE TABLE heir () INHERITS (base); INSERT INTO heir VALUES (1);
         CREATE VIEW looked AS SELECT * FROM t; CREATE MATERIALIZED VIEW filled AS SELECT 1 AS x;
         CREATE MATERIALIZED VIEW unfilled AS SELECT 1 AS x WITH NO DATA;
         CREATE FOREIGN DATA WRAPPER nobody; CREATE SERVER elsewhere FOREIGN DATA WRAPPER nobody;
         CREATE FOREIGN TABLE far (id int) SERVER elsewhere; SELECT lo_create(0);",
    )
    .await;
    // A temporary table of another session's own.
    let mut other = locked(&spec).await;
    other.run("CREATE TEMPORARY TABLE mine (id int)").await.unwrap();
    for digest in [DigestKind::Hash64, DigestKind::Sha256] {
        let taken = take(&spec, &Options { digest, ..Options::default() }).await;
        let read: Vec<(&str, u64)> = taken.tables.iter().map(|table| (table.name.as_str(), table.rows)).collect();
        let wanted = [
            ("public.base", 0),
            ("public.filled", 1),
            ("public.fleeting", 0),
            ("public.heir", 1),
            ("public.t", 0),
            ("public.whole", 1),
        ];
        assert_eq!(read, wanted);
        let missed: Vec<(&str, Cause)> = taken.not_covered.iter().map(|gap| (gap.name.as_str(), gap.cause)).collect();
        let unsuited = ["large objects", "public.far", "public.unfilled"].map(|name| (name, Cause::Unsuited));
        assert_eq!(missed, unsuited);
        let told = coverage(&taken);
        assert_eq!(told.verdict, Verdict::Warn);
        for part in
            ["checked 6 of 9 tables", "1 view by its definition", "public.far: a foreign table", "temporary tables"]
        {
            assert!(told.measured.contains(part), "{part} not in {}", told.measured);
        }
    }
    other.close().await;
    let asked = Options { tables: Some(vec!["public.t".into()]), ..Options::default() };
    let taken = take(&spec, &asked).await;
    assert_eq!(taken.tables.len(), 1);
    assert!(taken.not_covered.iter().any(|gap| gap.name == "public.base" && gap.cause == Cause::Excluded));
}

#[tokio::test]
async fn past_its_greatest_age_a_snapshot_lists_what_is_left() {
    let spec = database().await;
    sql(
        &spec,
        "CREATE TABLE a AS SELECT g AS id, g::numeric AS b, g::numeric AS c, g::numeric AS d, g::numeric AS e, g::numeric AS f
         FROM generate_series(1, 300000) g; ALTER TABLE a ADD PRIMARY KEY (id); CREATE TABLE b (id int PRIMARY KEY);",
    )
    .await;
    let whole = take(&spec, &Options { jobs: 1, ..Options::default() }).await;
    assert_eq!((whole.tables.len(), whole.not_covered.len()), (2, 0));
    for digest in [DigestKind::Hash64, DigestKind::Sha256] {
        // The largest table comes first. However fast the machine is, one of these ends while it is being read.
        let ages = (0..8).map(|step| Duration::from_millis(100 << step));
        let mut was_cut = false;
        for age in ages {
            let started = Mutex::new(0);
            let count = |event: Event| {
                if matches!(event, Event::TableStarted { .. }) {
                    *started.lock().unwrap() += 1;
                }
            };
            let bounded = Options { jobs: 1, digest, max_age: Some(age), ..Options::default() };
            let taken = take_telling(&spec, &bounded, &count).await;
            if taken.table("public.a").is_some() {
                break;
            }
            let left: Vec<&str> = taken.not_covered.iter().map(|gap| gap.name.as_str()).collect();
            assert_eq!((left.as_slice(), taken.tables.len()), (["public.a", "public.b"].as_slice(), 0));
            assert!(taken.not_covered.iter().all(|gap| gap.cause == Cause::Failed));
            assert!(taken.not_covered[0].reason.contains("the snapshot reached its greatest age"), "{taken:?}");
            assert_eq!(coverage(&taken).verdict, Verdict::NotEvaluated);
            // The statement under way was cancelled.
            let active = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()
                          AND datname = current_database() AND backend_type = 'client backend'";
            let asked = Instant::now();
            // A copy's end is not waited for: the server gets word and its session is gone.
            while value(&spec, active).await.as_deref() != Some("0") {
                assert!(asked.elapsed() < Duration::from_secs(30), "{digest:?}: the statement goes on");
            }
            let compared = differences(&whole, &Snapshot { digest_method: whole.digest_method.clone(), ..taken }, &[]);
            assert_eq!(findings(&compared), ["not evaluated data public.a", "not evaluated data public.b"]);
            was_cut |= *started.lock().unwrap() == 1;
        }
        assert!(was_cut, "{digest:?}: no reading was cut short");
    }
}

#[tokio::test]
async fn a_snapshot_waits_while_others_are_at_work() {
    let spec = database().await;
    sql(&spec, "CREATE TABLE t (id int PRIMARY KEY)").await;
    // Two sessions that are at work until the snapshot says that it waits for them.
    let mut holder = Session::connect(&spec).await.unwrap();
    holder.rows("SELECT pg_advisory_xact_lock(7701)").await.unwrap();
    let workers: Vec<_> = (0..2)
        .map(|_| {
            let spec = spec.clone();
            tokio::spawn(async move { value(&spec, "SELECT pg_advisory_xact_lock_shared(7701)").await })
        })
        .collect();
    let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7701 AND NOT granted";
    while value(&spec, waiting).await.as_deref() != Some("2") {}
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let release = tokio::spawn(async move {
        heard.recv().await;
        holder.close().await;
    });
    let events = Mutex::new(Vec::new());
    let listen = |event: Event| {
        if matches!(event, Event::Waiting { .. }) {
            let _ = told.send(());
        }
        events.lock().unwrap().push(event);
    };
    // Other tests of this process have sessions of their own on the server: only more than one is too many.
    let options = Options { max_active_sessions: 1, ..Options::default() };
    let taken = take_telling(&spec, &options, &listen).await;
    assert_eq!((taken.tables.len(), taken.not_covered.len()), (1, 0));
    let events = events.into_inner().unwrap();
    let place = |wanted: fn(&Event) -> bool| events.iter().position(wanted).unwrap();
    let waited = place(|event| matches!(event, Event::Waiting { active, allowed: 1 } if *active >= 2));
    assert!(waited < place(|event| matches!(event, Event::TableStarted { .. })), "{events:?}");
    release.await.unwrap();
    for worker in workers {
        worker.await.unwrap();
    }
}

/// The hash of an integer depends on its value XOR the key's hash, so that two values can be chosen whose hashes trade
/// places. The column's sum stays; where a column was added the rows' sums say nothing to each other.
#[tokio::test]
async fn what_is_forged_for_a_sum_is_seen_by_a_sequence() {
    let spec = database().await;
    sql(
        &spec,
        "CREATE TABLE one (id int PRIMARY KEY); INSERT INTO one VALUES (1);
         CREATE TABLE two (id int PRIMARY KEY); INSERT INTO two VALUES (2);
         CREATE TABLE t (id int PRIMARY KEY, v bigint); INSERT INTO t VALUES (1, 100), (2, 200);",
    )
    .await;
    let by = |digest: DigestKind| Options { digest, ..Options::default() };
    let (sums, sequences) = (take(&spec, &by(DigestKind::Hash64)).await, take(&spec, &by(DigestKind::Sha256)).await);
    // The digest of a key of one row is the hash of that key.
    let key = |name: &str| sums.table(name).unwrap().column("id").unwrap().digest.sum().unwrap().0;
    let between = i64::try_from(key("public.one")).unwrap() ^ i64::try_from(key("public.two")).unwrap();
    let (first, second) = (200 ^ between, 100 ^ between);
    assert!((first, second) != (100, 200));
    sql(&spec, &format!("UPDATE t SET v = CASE id WHEN 1 THEN {first} ELSE {second} END; ALTER TABLE t ADD more int"))
        .await;
    let more = [Change::Adds(ObjectKind::Column, "public.t.more".into())];
    let forged = take(&spec, &by(DigestKind::Hash64)).await;
    assert_eq!(findings(&differences(&sums, &forged, &more)), Vec::<String>::new(), "the pair is not forged well");
    assert_eq!(
        findings(&differences(&sequences, &take(&spec, &by(DigestKind::Sha256)).await, &more)),
        ["fail values_changed public.t.v"]
    );
    // Without the added column the rows' sum sees it.
    sql(&spec, "ALTER TABLE t DROP COLUMN more").await;
    let found = findings(&differences(&sums, &take(&spec, &by(DigestKind::Hash64)).await, &[]));
    assert_eq!(found, ["fail values_changed public.t"]);
}
