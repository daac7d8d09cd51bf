//! The run's lock.

use std::time::{Duration, Instant};

use phasegate::db::{Cancel, DbError, LockOutcome, LockedSession};

use crate::{key, session, soon, spec, until, until_asleep};

async fn held(key: i64) -> Box<LockedSession> {
    match LockedSession::acquire(&spec(), key, Duration::from_secs(10), Cancel::never()).await.unwrap() {
        LockOutcome::Held(session) => session,
        LockOutcome::Refused(holder) => panic!("held by {holder}"),
    }
}

#[tokio::test]
async fn the_refused_one_learns_who_holds_it() {
    let key = key();
    let first_spec = spec().with_application_name("nightly run");
    let LockOutcome::Held(mut first) =
        LockedSession::acquire(&first_spec, key, Duration::ZERO, Cancel::never()).await.unwrap()
    else {
        panic!("nobody else asks for it");
    };
    let pid = first.backend_pid();
    let sleeping = first.run("SELECT pg_sleep(600) /* the long work */");
    let asking = async {
        let mut observer = session().await;
        until_asleep(&mut observer, pid).await;
        let outcome = LockedSession::acquire(&spec(), key, Duration::from_millis(50), Cancel::never()).await;
        observer.rows(format!("SELECT pg_cancel_backend({pid})")).await.unwrap();
        outcome.unwrap()
    };
    let (done, outcome) = soon(async { tokio::join!(sleeping, asking) }).await;
    assert_eq!(done.unwrap_err().error.code(), Some("57014"));
    let LockOutcome::Refused(holder) = outcome else { panic!("two hold one lock") };
    assert_eq!(holder.application_name, "nightly run lock");
    assert!(holder.pid.is_some_and(|pid| pid > 0) && holder.query.contains("the long work"), "{holder:?}");
    let text = holder.to_string();
    assert!(text.contains("nightly run") && text.contains("UTC"), "{text}");
    first.assert_held().await.unwrap();
    let sql = format!("SELECT {}", first.held_condition().unwrap());
    assert_eq!(first.run(sql).await.unwrap().rows[0].at(0), Some("t"));
    // Given back, it can be had.
    first.close().await;
    held(key).await.close().await;
}

#[tokio::test]
async fn only_one_of_many_gets_it_and_the_next_follows() {
    let key = key();
    let first = held(key).await;
    let second = tokio::spawn(held(key));
    // Both have asked, the second in vain.
    let asked = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%xact_lock(''{key}''%' AND pid <> pg_backend_pid()"
    );
    until(&mut session().await, &asked, "2").await;
    assert!(!second.is_finished());
    first.close().await;
    soon(second).await.unwrap().close().await;
}

#[tokio::test]
async fn waiting_ends_when_the_switch_is_thrown() {
    let key = key();
    let _first = held(key).await;
    let (switch, cancel) = Cancel::new();
    let spec = spec();
    let waiting = LockedSession::acquire(&spec, key, Duration::from_secs(600), cancel);
    let began = Instant::now();
    let (outcome, ()) = soon(async { tokio::join!(waiting, async { switch.cancel() }) }).await;
    assert!(matches!(outcome, Err(DbError::Cancelled)), "{outcome:?}");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_lock_that_was_taken_away_is_noticed() {
    let key = key();
    let mut first = held(key).await;
    let mut observer = session().await;
    let holders = format!("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = {key}");
    let kill = format!("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = {key}");
    observer.one(kill).await.unwrap();
    until(&mut observer, &holders, "0").await;
    let sql = format!("SELECT {}", first.held_condition().unwrap());
    assert_eq!(first.run(sql).await.unwrap().rows[0].at(0), Some("f"));
    let error = soon(first.assert_held()).await.unwrap_err();
    assert!(matches!(error, DbError::Lost { .. }), "{error:?}");
    // No way back into writing without the lock.
    assert!(first.reconnect().await.is_err());
}

#[tokio::test]
async fn the_lock_holds_no_snapshot() {
    let key = key();
    let _first = held(key).await;
    let sql = format!(
        "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
         WHERE l.locktype = 'advisory' AND l.objid = {key} AND a.backend_xmin IS NULL AND a.backend_xid IS NULL"
    );
    let mut observer = session().await;
    until(&mut observer, &sql, "1").await;
}
