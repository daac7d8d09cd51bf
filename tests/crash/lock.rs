//! The run's lock: one writes, the others are told who.

use crate::SEEN;
use crate::site::{Done, Running, Site, WORK};

const GATED: &str = "-- phasegate: lock_timeout = 0\nINSERT INTO seen SELECT 1 + count(*) FROM gate;\n";

async fn gated() -> Site {
    let site = Site::new().await;
    site.sql("CREATE TABLE seen (n int); CREATE TABLE gate (a int)").await;
    site.phase("1_one.sql", GATED);
    site.phase("2_two.sql", "INSERT INTO seen VALUES (2);\n");
    site
}

#[tokio::test]
async fn of_five_at_once_one_applies_and_four_are_told_who() {
    for round in 0..5 {
        let site = gated().await;
        let holder = site.hold("LOCK TABLE gate").await;
        let mut all: Vec<Running> = (0..5).map(|_| site.apply()).collect();
        let mut refused: Vec<Done> = Vec::new();
        // The one that applies waits for the gate until the others have their answer.
        while all.len() > 1 {
            let ended = all.iter_mut().position(|running| !running.is_running());
            match ended {
                Some(at) => refused.push(all.remove(at).ended().await),
                None => tokio::time::sleep(std::time::Duration::from_millis(5)).await,
            }
        }
        site.until_blocked("INSERT INTO seen").await;
        let pid = site.value("SELECT pid FROM pg_stat_activity WHERE application_name = 'phasegate lock' AND datname = current_database()").await;
        for done in &refused {
            assert_eq!(done.code, Some(5), "round {round}: {done:?}");
            let who = format!("another run holds the lock: pid {pid} (phasegate lock) from local socket since 20");
            assert!(done.err.contains(&who), "round {round}: {who}: {done:?}");
        }
        let query = site.apply().ended().await;
        assert!(query.err.contains("running: ") && query.err.contains("INSERT INTO seen"), "{query:?}");
        holder.close().await;
        let winner = all.remove(0).ended().await;
        assert_eq!(winner.code, Some(2), "round {round}: {winner:?}");
        assert_eq!(site.value(SEEN).await, "1,2");
        site.holds().await;
    }
}

#[tokio::test]
async fn of_five_that_wait_one_applies_and_four_have_nothing_to_do() {
    for round in 0..5 {
        let site = gated().await;
        let holder = site.hold("LOCK TABLE gate").await;
        let all: Vec<Running> =
            (0..5).map(|_| site.start(&["migrate", "--apply-only", "--lock-wait", "60s"])).collect();
        site.until("(SELECT count(*) = 5 FROM pg_stat_activity WHERE application_name = 'phasegate lock' AND datname = current_database())").await;
        site.until_blocked("INSERT INTO seen").await;
        holder.close().await;
        let mut codes = Vec::new();
        for running in all {
            let done = running.ended().await;
            assert!(done.code != Some(0) || done.out.contains("nothing to do"), "{done:?}");
            codes.push(done.code.unwrap());
        }
        codes.sort_unstable();
        assert_eq!(codes, [2, 2, 2, 2, 2], "round {round}");
        assert_eq!(site.value(SEEN).await, "1,2");
        site.holds().await;
    }
}

/// Who waits for the lock keeps nothing from whoever has it: an upgrade of the log's own tables, for one.
#[tokio::test]
async fn who_waits_holds_no_table() {
    let site = gated().await;
    site.phase("1_one.sql", "INSERT INTO seen VALUES (1);\n");
    site.finish().await;
    site.phase("3_three.sql", "-- phasegate: lock_timeout = 0\nINSERT INTO seen SELECT 3 + count(*) FROM gate;\n");
    let holder = site.hold("LOCK TABLE gate").await;
    let first = site.apply();
    site.until_blocked("INSERT INTO seen").await;
    let mut second = site.start(&["migrate", "--apply-only", "--lock-wait", "60s"]);
    site.until("(SELECT count(*) = 2 FROM pg_stat_activity WHERE application_name = 'phasegate lock' AND datname = current_database())").await;
    let locks = "NOT EXISTS (SELECT FROM pg_locks WHERE relation = 'migration_log'::regclass)";
    site.until(locks).await;
    assert!(second.is_running());
    holder.close().await;
    assert_eq!(first.ended().await.code, Some(2));
    assert_eq!(second.ended().await.code, Some(2));
}

#[tokio::test]
async fn two_logs_in_one_database_do_not_hinder_each_other() {
    let site = gated().await;
    let mut other = Site::new().await;
    other.set_url(crate::common::server().url(&site.spec.database));
    other.configure("[log]\ntable = \"other_log\"\n");
    other.phase("1_other.sql", "INSERT INTO seen VALUES (7);\n");
    let holder = site.hold("LOCK TABLE gate").await;
    let running = site.apply();
    site.until_blocked("INSERT INTO seen").await;
    let done = other.run(&["migrate", "--apply-only"]).await;
    assert_eq!(done.code, Some(2), "{done:?}");
    assert!(!done.err.contains("waiting for server process"), "{done:?}");
    other.holds().await;
    holder.close().await;
    assert_eq!(running.ended().await.code, Some(2));
    assert_eq!(site.value(SEEN).await, "1,2,7");
    site.holds().await;
}

/// An administrator ends the lock's connection: what is under way must not commit, since another run may have begun.
#[tokio::test]
async fn without_the_lock_nothing_commits() {
    for (mode, state) in [("phase", "pending"), ("none", "half-run")] {
        let site = gated().await;
        let text = format!("-- phasegate: transaction = {mode}\n{GATED}");
        site.phase("1_one.sql", &text);
        let holder = site.hold("LOCK TABLE gate").await;
        let running = site.apply();
        site.until_blocked("INSERT INTO seen").await;
        site.value("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'phasegate lock' AND datname = current_database()").await;
        // The next run has the lock, and waits for the first one's work to end.
        let mut next = site.start(&["migrate", "--apply-only"]);
        next.until_said("waiting for server process").await;
        holder.close().await;
        let done = running.ended().await;
        assert_eq!(done.code, Some(3), "{mode}: {done:?}");
        assert!(done.err.contains("the run's lock is no longer held"), "{mode}: {done:?}");
        let next = next.ended().await;
        assert_eq!(next.code, Some(2), "{mode}: {next:?}");
        assert_eq!(site.value(SEEN).await, "1,2", "{mode}");
        site.holds().await;

        let alone = gated().await;
        alone.phase("1_one.sql", &text);
        let holder = alone.hold("LOCK TABLE gate").await;
        let running = alone.apply();
        alone.until_blocked("INSERT INTO seen").await;
        alone.value("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'phasegate lock' AND datname = current_database()").await;
        // Ending it is asked for at once and done a moment later; until then it holds the lock.
        alone.until("NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'phasegate lock' AND datname = current_database())").await;
        holder.close().await;
        assert_eq!(running.ended().await.code, Some(3));
        assert_eq!(alone.value(SEEN).await, "NULL", "{mode}");
        assert_eq!(alone.state().await.0, state);
        alone.finish().await;
    }
}

/// The work session is ended, the lock stays: the program knows, and says so in the log.
#[tokio::test]
async fn an_administrator_ends_the_work_session() {
    for (mode, code) in [("phase", 3), ("none", 4)] {
        let site = gated().await;
        site.phase("1_one.sql", &format!("-- phasegate: transaction = {mode}\n{GATED}"));
        let holder = site.hold("LOCK TABLE gate").await;
        let running = site.apply();
        site.until_blocked("INSERT INTO seen").await;
        site.value(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {WORK} AND datname = current_database()"
        ))
        .await;
        let done = running.ended().await;
        assert_eq!(done.code, Some(code), "{mode}: {done:?}");
        assert!(done.err.contains("terminating connection due to administrator command"), "{done:?}");
        assert_eq!(site.value("SELECT status FROM migration_log ORDER BY seq DESC LIMIT 1").await, "ERROR");
        holder.close().await;
        site.finish().await;
        assert_eq!(site.value(SEEN).await, "1,2");
    }
}
