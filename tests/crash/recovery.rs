//! What the next run makes of what the last one left.

use crate::SEEN;
use crate::site::Site;

const NONE: &str = "-- phasegate: transaction = none\n";

async fn with(tables: &str) -> Site {
    let site = Site::new().await;
    site.sql(&format!("CREATE TABLE seen (n int); {tables}")).await;
    site
}

#[tokio::test]
async fn an_edited_prefix_is_refused_and_a_mended_rest_goes_on() {
    let site = with("").await;
    let text = |first: &str, second: &str| format!("{NONE}INSERT INTO seen VALUES ({first});\n{second};\n");
    site.phase("1_p.sql", &text("1", "INSERT INTO nowhere VALUES (2)"));
    let done = site.run(&["migrate", "--apply-only"]).await;
    assert_eq!(done.code, Some(4), "{done:?}");
    assert!(done.err.contains("1_p.sql:3:13, statement 2"), "{done:?}");
    assert_eq!(site.state().await, ("half-run".into(), "1 statement took effect, statement 2 failed".into()));

    site.phase("1_p.sql", &text("5", "INSERT INTO seen VALUES (2)"));
    let refused = site.run(&["migrate", "--apply-only"]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    // The terminal wraps it.
    let said = refused.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("statement 1 of 1_p.sql ran already (or was under way) and was edited since"), "{said}");

    site.phase("1_p.sql", &text("1", "INSERT INTO seen VALUES (2)"));
    site.finish().await;
    assert_eq!(site.value(SEEN).await, "1,2");
}

/// Of a phase of steps that failed at its very first one, nothing remains, and the code says so.
#[tokio::test]
async fn a_first_step_that_fails_leaves_nothing() {
    let site = with("").await;
    site.phase("1_p.sql", &format!("{NONE}INSERT INTO nowhere VALUES (1);\n"));
    let done = site.run(&["migrate", "--apply-only"]).await;
    assert_eq!(done.code, Some(3), "{done:?}");
    site.phase("1_p.sql", "INSERT INTO seen VALUES (1);\n");
    let refused = site.run(&["migrate", "--apply-only"]).await;
    assert!(matches!(refused.code, Some(1 | 2)), "{refused:?}");
}

#[tokio::test]
async fn if_not_exists_over_an_invalid_index_is_refused() {
    let site = with("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)").await;
    // By hand, outside of phasegate: a build that fails leaves the name behind.
    site.phase("1_p.sql", &format!("{NONE}CREATE UNIQUE INDEX CONCURRENTLY i ON t (a);\n"));
    site.run(&["migrate", "--apply-only"]).await;
    assert_eq!(site.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass").await, "f");
    let other = Site::new().await;
    let mut other = other;
    other.set_url(crate::common::server().url(&site.spec.database));
    other.configure("[log]\ntable = \"other_log\"\n");
    other.phase("1_q.sql", &format!("{NONE}CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a);\n"));
    let done = other.run(&["migrate", "--apply-only"]).await;
    assert!(matches!(done.code, Some(3 | 4)), "{done:?}");
    assert!(done.err.contains("exists and is INVALID"), "{done:?}");
    assert!(done.err.contains("DROP INDEX CONCURRENTLY or REINDEX INDEX CONCURRENTLY"), "{done:?}");
}

#[tokio::test]
async fn an_index_build_that_fails_is_cleared_away_and_built_again() {
    let site = with("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)").await;
    let index = "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a);\n";
    site.phase("1_p.sql", &format!("{NONE}INSERT INTO seen VALUES (1);\n{index}INSERT INTO seen VALUES (3);\n"));
    let done = site.run(&["migrate", "--apply-only"]).await;
    assert_eq!(done.code, Some(4), "{done:?}");
    assert!(done.err.contains("sqlstate 23505") && done.err.contains("Key (a)=(1) is duplicated"), "{done:?}");
    assert!(done.err.contains("left index public.i INVALID"), "{done:?}");
    assert_eq!(site.state().await.1, "1 statement took effect, statement 2 failed");
    site.sql("DELETE FROM t WHERE ctid = (SELECT min(ctid) FROM t)").await;
    let done = site.finish().await;
    assert!(done.err.contains("was INVALID and has been dropped"), "{done:?}");
    assert_eq!(site.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass").await, "t");
    assert_eq!(site.value(SEEN).await, "1,3");
}

/// Another index of the name is never taken for the one that was to be built.
#[tokio::test]
async fn an_index_of_that_name_is_no_success() {
    let site = with("CREATE TABLE t (a int, b int); CREATE INDEX i ON t (b)").await;
    site.phase("1_p.sql", &format!("{NONE}CREATE INDEX CONCURRENTLY i ON t (a);\n"));
    for _ in 0..2 {
        let done = site.run(&["migrate", "--apply-only"]).await;
        assert!(matches!(done.code, Some(3 | 4)), "{done:?}");
        assert!(done.err.contains("index public.i exists already"), "{done:?}");
    }
    site.sql("DROP INDEX i").await;
    site.finish().await;
    assert!(site.value("SELECT pg_get_indexdef('i'::regclass)").await.ends_with("(a)"));
}

/// A statement that no transaction may hold, and that the server refused, runs again once its cause is mended.
#[tokio::test]
async fn a_refused_statement_runs_again() {
    let site = with("").await;
    let name = format!("made_by_{}", site.spec.database);
    site.sql(&format!("CREATE DATABASE {name}")).await;
    site.phase("1_p.sql", &format!("{NONE}INSERT INTO seen VALUES (1);\nCREATE DATABASE {name};\n"));
    let done = site.run(&["migrate", "--apply-only"]).await;
    assert_eq!(done.code, Some(4), "{done:?}");
    site.sql(&format!("DROP DATABASE {name}")).await;
    site.finish().await;
    assert_eq!(site.value(SEEN).await, "1");
}

#[tokio::test]
async fn a_lock_that_is_late_is_tried_for_again() {
    let insert = "INSERT INTO seen SELECT 1 + count(*) FROM gate;\n";
    let copy = "COPY gate FROM stdin;\n1\n\\.\nINSERT INTO seen VALUES (1);\n";
    for (mode, statement) in [("phase", insert), ("none", insert), ("phase", copy), ("none", copy)] {
        let site = with("CREATE TABLE gate (a int)").await;
        site.phase(
            "1_p.sql",
            &format!("-- phasegate: transaction = {mode}\n-- phasegate: lock_timeout = 100ms\n{statement}"),
        );
        let holder = site.hold("LOCK TABLE gate").await;
        let mut running = site.start(&["migrate", "--apply-only"]);
        running.until_said("try 1 of 5").await;
        assert!(running.said().contains("canceling statement due to lock timeout"), "{}", running.said());
        holder.close().await;
        let done = running.ended().await;
        assert_eq!(done.code, Some(2), "{mode} {statement}: {done:?}");
        assert!(done.out.contains("retries for locks") || done.out.contains("retry for locks"), "{done:?}");
        assert_eq!(site.value(SEEN).await, "1");
        site.holds().await;
    }
}

/// A lock that never comes: the last try says so, and nothing remains.
#[tokio::test]
async fn a_lock_that_never_comes_ends_the_run() {
    let mut site = with("CREATE TABLE gate (a int)").await;
    site.configure("[execute]\nlock_timeout = \"50ms\"\nlock_retries = 1\n");
    site.phase("1_p.sql", "INSERT INTO seen SELECT 1 + count(*) FROM gate;\n");
    let _holder = site.hold("LOCK TABLE gate").await;
    let done = site.run(&["migrate", "--apply-only"]).await;
    assert_eq!(done.code, Some(3), "{done:?}");
    assert!(done.err.contains("sqlstate 55P03"), "{done:?}");
    assert_eq!(site.state().await.0, "failed");
    site.chain_holds().await;
}
