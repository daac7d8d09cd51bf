//! The session that writes.

use std::time::{Duration, Instant};

use phasegate::db::{Cancel, DbError, RolledBack};

use crate::{locked, locked_by, session, soon, spec, until, until_asleep};

#[tokio::test]
async fn a_copy_block_in_a_batch_fails_and_does_not_hang() {
    let mut writer = locked().await;
    writer.run("CREATE TABLE cp_batch (a int)").await.unwrap();
    // With its data the text is no SQL at all, and the server refuses all of it.
    let with_data = "INSERT INTO cp_batch VALUES (1); COPY cp_batch FROM stdin;\n2\n\\.\n";
    let failed = soon(writer.run(with_data)).await.unwrap_err();
    assert_eq!((failed.completed, failed.error.code()), (0, Some("42601")));
    assert!(writer.is_usable());
    // Without it the server waits for data that the driver never sends.
    let batch = "INSERT INTO cp_batch VALUES (1); COPY cp_batch FROM stdin; SELECT 1";
    let failed = soon(writer.run(batch)).await.unwrap_err();
    assert_eq!(failed.completed, 1);
    assert!(!failed.to_string().contains("sqlx"), "{failed}");
    assert!(!writer.is_usable());
    let next = soon(writer.run("SELECT 1")).await.unwrap_err();
    assert!(matches!(next.error, DbError::Poisoned { .. }), "{next:?}");
    soon(writer.reconnect()).await.unwrap();
    // The batch was one transaction, and the session that held it is gone.
    let batch = soon(writer.run("SELECT count(*) FROM cp_batch")).await.unwrap();
    assert_eq!(batch.rows[0].at(0), Some("0"));
}

#[tokio::test]
async fn after_a_failed_copy_the_session_is_refused_until_it_is_replaced() {
    let mut writer = locked().await;
    writer.run("CREATE TABLE cp_bad (a int)").await.unwrap();
    let mut copy = writer.copy_in("COPY cp_bad FROM STDIN").await.unwrap();
    copy.send(b"1\nx\n").await.unwrap();
    let error = soon(copy.finish()).await.unwrap_err();
    assert_eq!(error.server().unwrap().context.as_deref(), Some("COPY cp_bad, line 2, column a: \"x\""));
    assert!(matches!(writer.run("SELECT 1").await.unwrap_err().error, DbError::Poisoned { .. }));
    soon(writer.reconnect()).await.unwrap();
    // No copy at all, and one that the server refuses.
    for sql in ["SELECT 1", "COPY absent FROM STDIN"] {
        assert!(soon(writer.copy_in(sql)).await.is_err(), "{sql}");
        assert!(!writer.is_usable());
        soon(writer.reconnect()).await.unwrap();
    }
    // One that is given up half-way.
    writer.copy_in("COPY cp_bad FROM STDIN").await.unwrap().send(b"7\n").await.unwrap();
    assert!(writer.run("SELECT 1").await.unwrap_err().to_string().contains("abandoned"));
    soon(writer.reconnect()).await.unwrap();
    let mut copy = writer.copy_in("COPY cp_bad FROM STDIN").await.unwrap();
    copy.send(b"1\n").await.unwrap();
    copy.send(b"2\n").await.unwrap();
    assert_eq!(copy.finish().await.unwrap(), 2);
    let batch = writer.run("SELECT count(*) FROM cp_bad").await.unwrap();
    assert_eq!(batch.rows[0].at(0), Some("2"));
}

#[tokio::test]
async fn a_failed_batch_says_how_far_it_came() {
    let mut writer = locked().await;
    let done = writer.run("CREATE TABLE far (a int PRIMARY KEY); INSERT INTO far VALUES (1),(2)").await.unwrap();
    assert_eq!(done.affected, [0, 2]);
    // A COMMIT inside keeps what came before; only the splitter can tell, the count shows where it stopped.
    let failed = writer.run("BEGIN; INSERT INTO far VALUES (3); COMMIT; INSERT INTO far VALUES (3)").await.unwrap_err();
    assert_eq!(failed.completed, 3);
    let server = failed.error.server().unwrap();
    assert_eq!(server.detail.as_deref(), Some("Key (a)=(3) already exists."));
    assert_eq!(server.table.as_deref(), Some("public.far"));
    assert_eq!(server.column_or_constraint.as_deref(), Some("far_pkey"));
    assert_eq!(writer.run("SELECT count(*) FROM far").await.unwrap().rows[0].at(0), Some("3"));
    // An aborted transaction is rolled back, and the session goes on.
    assert!(writer.run("BEGIN; INSERT INTO far VALUES (4); SELECT 1/0").await.is_err());
    assert_eq!(writer.run("SELECT 1").await.unwrap_err().error.code(), Some("25P02"));
    writer.run("ROLLBACK").await.unwrap();
    assert_eq!(writer.run("SELECT count(*) FROM far").await.unwrap().rows[0].at(0), Some("3"));
    // NUL would cut the message in two.
    assert!(writer.run("SELECT 1\0; DROP TABLE far").await.is_err());
    assert!(writer.is_usable());
}

#[tokio::test]
async fn a_cancelled_statement_can_be_rolled_back_and_logged() {
    let (switch, cancel) = Cancel::new();
    let mut observer = session().await;
    let mut writer = locked_by(cancel).await;
    let pid = writer.backend_pid();
    writer.run("CREATE TABLE cancelled (a int)").await.unwrap();
    let (outcome, ()) = soon(async {
        tokio::join!(writer.run("BEGIN; INSERT INTO cancelled VALUES (1); SELECT pg_sleep(600)"), async {
            until_asleep(&mut observer, pid).await;
            switch.cancel();
        })
    })
    .await;
    let failed = outcome.unwrap_err();
    assert!(failed.error.is_cancelled() && failed.completed == 2, "{failed:?}");
    assert!(writer.cancel().is_cancelled());
    writer.run("ROLLBACK").await.unwrap();
    // Long enough for a second cancel request to hit it, if there were one.
    writer.run("INSERT INTO cancelled VALUES (2); SELECT pg_sleep(0.3)").await.unwrap();
    let rows = writer.run("SELECT a FROM cancelled").await.unwrap().rows;
    assert_eq!((rows.len(), rows[0].at(0)), (1, Some("2")));
}

#[tokio::test]
async fn an_abandoned_session_is_ended_on_the_server_before_it_is_replaced() {
    let mut writer = locked().await;
    writer.run("CREATE TABLE abandoned (a int)").await.unwrap();
    let old = writer.backend_pid();
    let work = "BEGIN; INSERT INTO abandoned VALUES (1); SELECT pg_sleep(600); COMMIT";
    assert!(tokio::time::timeout(Duration::from_millis(300), writer.run(work)).await.is_err());
    assert!(!writer.is_usable());
    let began = Instant::now();
    soon(writer.reconnect()).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(5));
    let sql = format!("SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE pid = {old}");
    assert_eq!(writer.run(sql).await.unwrap().rows[0].at(0), Some("0"));
    assert_eq!(writer.run("SELECT count(*) FROM abandoned").await.unwrap().rows[0].at(0), Some("0"));
}

#[tokio::test]
async fn of_what_is_rolled_back_nothing_stays_and_the_session_goes_on() {
    let spec = spec();
    locked().await.run("CREATE TABLE rb (a int PRIMARY KEY)").await.unwrap();
    let (switch, cancel) = Cancel::new();
    let mut trial = RolledBack::connect(&spec, cancel, "public", (60_000, 60_000)).await.unwrap();
    for _ in 0..2 {
        let told = trial.run(&["INSERT INTO rb VALUES (1) RETURNING a", "SELECT count(*) FROM rb"]).await.unwrap();
        assert_eq!((told[0][0].at(0), told[1][0].at(0)), (Some("1"), Some("1")));
        // What fails takes nothing with it but its own transaction.
        let failed = trial.run(&["INSERT INTO rb VALUES (2)", "INSERT INTO rb VALUES (2)"]).await.unwrap_err();
        assert_eq!(failed.code(), Some("23505"));
        for sql in ["COMMIT", "INSERT INTO rb VALUES (3); COMMIT", "END"] {
            assert!(matches!(trial.run(&[sql]).await, Err(DbError::TransactionControl { .. })), "{sql}");
        }
        // A procedure cannot end the transaction either.
        let ends = "DO $$ BEGIN INSERT INTO rb VALUES (4); COMMIT; END $$";
        assert_eq!(trial.run(&[ends]).await.unwrap_err().code(), Some("2D000"));
        assert_eq!(trial.run(&["SELECT count(*) FROM rb"]).await.unwrap()[0][0].at(0), Some("0"));
    }
    let mut observer = session().await;
    let asleep = async {
        let sql =
            "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)' AND wait_event = 'PgSleep'";
        until(&mut observer, sql, "1").await;
        switch.cancel();
    };
    let statements = ["INSERT INTO rb VALUES (5)", "SELECT pg_sleep(600)"];
    let (stopped, ()) = tokio::join!(soon(trial.run(&statements)), asleep);
    assert_eq!(stopped.unwrap_err().code(), Some("57014"));
    assert!(matches!(trial.run(&["SELECT 1"]).await, Err(DbError::Cancelled)));
    let rows = session().await.rows("SELECT count(*) FROM public.rb").await.unwrap();
    assert_eq!(rows[0].at(0), Some("0"));
    trial.close().await;
}
