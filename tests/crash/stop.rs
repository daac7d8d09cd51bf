//! Ctrl-C: the server ends the statement, the log says so, the code is 130.

use crate::SEEN;
use crate::site::{Site, WORK};

const ERRORS: &str = "SELECT string_agg(error_code, ' ') FROM migration_log WHERE status = 'ERROR'";

async fn idle_server(site: &Site) {
    site.until(&format!("NOT EXISTS (SELECT FROM pg_stat_activity WHERE {WORK} AND datname = current_database())"))
        .await;
}

#[tokio::test]
async fn in_the_middle_of_a_statement() {
    let cases = [
        ("phase", "INSERT INTO seen VALUES (1);\nINSERT INTO seen SELECT 2 + count(*) FROM gate", "failed", "NULL"),
        ("none", "INSERT INTO seen VALUES (1);\nINSERT INTO seen SELECT 2 + count(*) FROM gate", "half-run", "1"),
        // A COPY is not a statement like others: it waits for its table, then for its data.
        ("phase", "INSERT INTO seen VALUES (1), (2);\nCOPY gate FROM stdin;\n1\n\\.\nSELECT 1", "failed", "NULL"),
        ("none", "INSERT INTO seen VALUES (1), (2);\nCOPY gate FROM stdin;\n1\n\\.\nSELECT 1", "half-run", "1,2"),
    ];
    for (mode, text, state, left) in cases {
        let site = Site::new().await;
        site.sql("CREATE TABLE seen (n int); CREATE TABLE gate (a int)").await;
        site.phase(
            "1_p.sql",
            &format!("-- phasegate: transaction = {mode}\n-- phasegate: lock_timeout = 0\n{text};\n"),
        );
        let holder = site.hold("LOCK TABLE gate").await;
        let running = site.apply();
        site.until_blocked("gate").await;
        running.signal("INT");
        let done = running.ended().await;
        assert_eq!(done.code, Some(130), "{mode}: {done:?}");
        idle_server(&site).await;
        assert_eq!(site.value(ERRORS).await, "57014", "{mode}: {done:?}");
        assert_eq!(site.state().await.0, state, "{mode}");
        assert_eq!(site.value(SEEN).await, left, "{mode}");
        site.chain_holds().await;
        holder.close().await;
        site.finish().await;
        assert_eq!(site.value(SEEN).await, "1,2", "{mode}");
    }
}

#[tokio::test]
async fn while_an_index_is_built() {
    let site = Site::new().await;
    site.sql("CREATE TABLE t (a int)").await;
    site.phase("1_p.sql", "-- phasegate: transaction = none\nCREATE INDEX CONCURRENTLY i ON t (a);\n");
    let holder = site.hold("INSERT INTO t VALUES (1)").await;
    let running = site.apply();
    site.until_blocked("CREATE INDEX").await;
    running.signal("INT");
    let done = running.ended().await;
    assert_eq!(done.code, Some(130), "{done:?}");
    idle_server(&site).await;
    assert_eq!(site.value(ERRORS).await, "57014");
    assert_eq!(site.state().await.0, "half-run");
    holder.close().await;
    site.finish().await;
    assert_eq!(site.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass").await, "t");
}

#[tokio::test]
async fn while_it_waits_to_try_again() {
    for mode in ["phase", "none"] {
        let site = Site::new().await;
        site.sql("CREATE TABLE seen (n int); CREATE TABLE gate (a int)").await;
        let header = format!("-- phasegate: transaction = {mode}\n-- phasegate: lock_timeout = 50ms\n");
        site.phase("1_p.sql", &format!("{header}INSERT INTO seen SELECT 1 + count(*) FROM gate;\n"));
        let holder = site.hold("LOCK TABLE gate").await;
        let mut running = site.start(&["migrate", "--apply-only"]);
        running.until_said("try 3 of 5").await;
        running.signal("INT");
        let done = running.ended().await;
        assert_eq!(done.code, Some(130), "{done:?}");
        assert!(!done.err.contains("try 5 of 5"), "{done:?}");
        assert_eq!(site.value(ERRORS).await, "57014");
        holder.close().await;
        site.finish().await;
        assert_eq!(site.value(SEEN).await, "1");
    }
}

#[tokio::test]
async fn while_it_waits_for_the_lock() {
    let site = Site::new().await;
    site.sql("CREATE TABLE seen (n int); CREATE TABLE gate (a int)").await;
    site.phase("1_p.sql", "-- phasegate: lock_timeout = 0\nINSERT INTO seen SELECT 1 + count(*) FROM gate;\n");
    let holder = site.hold("LOCK TABLE gate").await;
    let first = site.apply();
    site.until_blocked("INSERT INTO seen").await;
    let second = site.start(&["migrate", "--apply-only", "--lock-wait", "60s"]);
    site.until("(SELECT count(*) = 2 FROM pg_stat_activity WHERE application_name = 'phasegate lock' AND datname = current_database())").await;
    second.signal("INT");
    let done = second.ended().await;
    assert_eq!(done.code, Some(130), "{done:?}");
    holder.close().await;
    assert_eq!(first.ended().await.code, Some(2));
    site.holds().await;
}
