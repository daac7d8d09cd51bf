//! Sessions that read.

use std::time::{Duration, Instant};

use phasegate::db::{Cancel, DbError, Session, SharedSnapshot};

use crate::{locked, session, soon, spec, until, until_asleep};

#[tokio::test]
async fn the_server_refuses_every_write() {
    let mut writer = locked().await;
    let create = "CREATE TABLE ro (a int); CREATE SEQUENCE ro_seq;
         CREATE FUNCTION ro_write() RETURNS void LANGUAGE sql AS 'INSERT INTO public.ro VALUES (1)';
         CREATE FUNCTION ro_read() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM public.ro'";
    writer.run(create).await.unwrap();
    let mut reader = session().await;
    for sql in [
        "INSERT INTO public.ro VALUES (1)",
        "SELECT public.ro_write()",
        "SET default_transaction_read_only = off; INSERT INTO public.ro VALUES (1)",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE; DELETE FROM public.ro",
        "SELECT nextval('public.ro_seq')",
        "CREATE TABLE public.other (a int)",
        "DO $$ BEGIN INSERT INTO public.ro VALUES (1); END $$",
        "COPY public.ro FROM STDIN",
    ] {
        assert_eq!(soon(reader.rows(sql)).await.unwrap_err().code(), Some("25006"), "{sql}");
    }
    // After an error the transaction is another one, and still refuses; inside of it the mode cannot change.
    assert_eq!(reader.rows("SET TRANSACTION READ WRITE").await.unwrap_err().code(), Some("25001"));
    assert_eq!(reader.rows("SET transaction_read_only = off").await.unwrap_err().code(), Some("25001"));
    assert_eq!(reader.rows("INSERT INTO public.ro VALUES (1)").await.unwrap_err().code(), Some("25006"));
    assert_eq!(reader.one("SELECT public.ro_read()").await.unwrap().at(0), Some("0"));
}

#[tokio::test]
async fn what_would_end_the_transaction_is_not_sent() {
    let mut reader = session().await;
    let xact = "SELECT pg_catalog.now()::text";
    let before = reader.one(xact).await.unwrap();
    for sql in ["COMMIT; DROP TABLE x", "SELECT 1; end", "/* x */ rollback", "BEGIN READ WRITE"] {
        let error = reader.rows(sql).await.unwrap_err();
        assert!(matches!(error, DbError::TransactionControl { .. }), "{sql}: {error}");
    }
    // now() is the transaction's start: it is the same transaction still.
    assert_eq!(reader.one(xact).await.unwrap().at(0), before.at(0));
}

#[tokio::test]
async fn an_error_shows_the_servers_words_and_not_its_source() {
    let mut reader = session().await;
    let error = reader.rows("SELECT 1;\n-- ünï\nSELECT nope").await.unwrap_err();
    let server = error.server().unwrap();
    assert_eq!((server.code.as_str(), server.position), ("42703", Some(25)));
    assert_eq!(error.to_string(), "column \"nope\" does not exist (sqlstate 42703)");
    assert!(!format!("{error:?}").contains("parse_relation"), "{error:?}");
    let error = reader.rows("SELECT upperr('x')").await.unwrap_err();
    assert!(error.server().unwrap().hint.as_deref().unwrap().contains("function"), "{error:?}");
    let error = reader.rows("DO $$ BEGIN EXECUTE 'SELECT nope'; END $$").await.unwrap_err();
    let server = error.server().unwrap();
    assert_eq!(server.internal, Some((8, "SELECT nope".to_owned())));
    assert!(server.context.as_deref().unwrap().contains("line 1 at EXECUTE"), "{server:?}");
}

#[tokio::test]
async fn a_session_goes_on_after_an_error_of_the_server_or_of_the_caller() {
    let mut reader = session().await;
    assert_eq!(reader.rows("SELECT 1/0").await.unwrap_err().code(), Some("22012"));
    assert_eq!(reader.one("SELECT 2").await.unwrap().at(0), Some("2"));
    // A row that the caller refuses is the caller's matter: same connection, same transaction.
    let started = reader.one("SELECT pg_catalog.now()::text").await.unwrap();
    let mut taken = 0;
    let refusal = reader.each("SELECT pg_catalog.generate_series(1, 1000)", |_| {
        taken += 1;
        Err(DbError::Answer { reason: "not wanted".into() })
    });
    assert!(refusal.await.unwrap_err().to_string().contains("not wanted"));
    assert_eq!(taken, 1);
    assert!(reader.one("SELECT 1 WHERE false").await.is_err());
    assert_eq!(reader.one("SELECT pg_catalog.now()::text").await.unwrap().at(0), started.at(0));
    assert!(reader.is_usable());
}

#[tokio::test]
async fn rows_come_in_the_servers_text_form() {
    let mut reader = session().await;
    let sql = "SELECT 1.50::numeric AS n, '\\x00ff'::bytea AS b, NULL::int AS z, ARRAY[1,NULL] AS a, true AS t,
                      0.1::float8 + 0.2 AS f, '2024-02-29 12:00+02'::timestamptz AS w, ROW(1,'x') AS r";
    let row = reader.one(sql).await.unwrap();
    let texts: Vec<Option<&str>> = row.values().iter().map(Option::as_deref).collect();
    let want = ["1.50", "\\x00ff", "", "{1,NULL}", "t", "0.30000000000000004", "2024-02-29 10:00:00+00", "(1,x)"];
    assert_eq!(texts, want.map(|text| Some(text).filter(|text| !text.is_empty())));
    // Results of several statements keep their own columns.
    let rows = reader.rows("SELECT 1 AS a; SELECT 2 AS b; SELECT 3 AS c, 4 AS d").await.unwrap();
    let names: Vec<String> = rows.iter().map(|row| row.columns().join("+")).collect();
    assert_eq!(names, ["a", "b", "c+d"]);
}

#[tokio::test]
async fn a_dropped_query_leaves_an_abandoned_session_and_its_backend_ends() {
    let (mut reader, mut observer) = (session().await, session().await);
    let pid = reader.backend_pid();
    let hasty = tokio::time::timeout(Duration::from_millis(300), reader.rows("SELECT pg_sleep(600)")).await;
    assert!(hasty.is_err());
    assert!(!reader.is_usable());
    let error = soon(reader.rows("SELECT 1")).await.unwrap_err();
    assert!(error.to_string().contains("abandoned"), "{error}");
    drop(reader);
    // The server looks every 5 s whether its client is still there.
    until(&mut observer, &format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}"), "0").await;
}

#[tokio::test]
async fn the_switch_ends_the_query_under_way_and_keeps_later_ones_from_being_sent() {
    let (switch, cancel) = Cancel::new();
    let mut observer = session().await;
    let mut reader = Session::connect_cancellable(&spec(), cancel).await.unwrap();
    let pid = reader.backend_pid();
    let began = Instant::now();
    let (outcome, ()) = soon(async {
        tokio::join!(reader.rows("SELECT pg_sleep(600)"), async {
            until_asleep(&mut observer, pid).await;
            switch.cancel();
        })
    })
    .await;
    let error = outcome.unwrap_err();
    assert!(error.is_cancelled() && error.code() == Some("57014"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(20));
    assert!(matches!(reader.rows("SELECT 1").await, Err(DbError::Cancelled)));
    assert!(reader.is_usable());
}

#[tokio::test]
async fn a_session_cancelled_by_another_goes_on() {
    let (mut reader, mut observer) = (session().await, session().await);
    let pid = reader.backend_pid();
    let (outcome, ()) = soon(async {
        tokio::join!(reader.rows("SELECT pg_sleep(600)"), async {
            until_asleep(&mut observer, pid).await;
            observer.rows(format!("SELECT pg_cancel_backend({pid})")).await.unwrap();
        })
    })
    .await;
    assert_eq!(outcome.unwrap_err().code(), Some("57014"));
    assert_eq!(reader.one("SELECT 1").await.unwrap().at(0), Some("1"));
}

#[tokio::test]
async fn statistics_stand_still_until_the_session_is_renewed() {
    let (mut watched, mut observer) = (session().await, session().await);
    let sql = format!("SELECT query FROM pg_stat_activity WHERE pid = {}", watched.backend_pid());
    observer.one(sql.as_str()).await.unwrap();
    watched.one("SELECT 'something new'").await.unwrap();
    assert!(!observer.one(sql.as_str()).await.unwrap().at(0).unwrap().contains("something new"));
    observer.renew().await.unwrap();
    assert_eq!(observer.one(sql.as_str()).await.unwrap().at(0), Some("SELECT 'something new'"));
}

#[tokio::test]
async fn a_killed_backend_is_a_loss() {
    let (mut reader, mut observer) = (session().await, session().await);
    let pid = reader.backend_pid();
    let (outcome, ()) = soon(async {
        tokio::join!(reader.rows("SELECT pg_sleep(600)"), async {
            until_asleep(&mut observer, pid).await;
            observer.rows(format!("SELECT pg_terminate_backend({pid})")).await.unwrap();
        })
    })
    .await;
    let error = outcome.unwrap_err();
    assert!(matches!(error, DbError::Lost { .. }), "{error:?}");
    assert!(matches!(reader.rows("SELECT 1").await, Err(DbError::Poisoned { .. })));
    assert!(!reader.is_usable());
    // Killed while idle.
    let mut reader = session().await;
    observer.rows(format!("SELECT pg_terminate_backend({})", reader.backend_pid())).await.unwrap();
    let gone = format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {}", reader.backend_pid());
    until(&mut observer, &gone, "0").await;
    assert!(soon(reader.rows("SELECT 1")).await.unwrap_err().is_lost());
}

#[tokio::test]
async fn a_code_of_lost_connections_in_a_plain_error_is_no_loss() {
    // What postgres_fdw raises when the foreign server is away.
    let mut reader = session().await;
    for code in ["08006", "57P01"] {
        let raise = format!("DO $$ BEGIN RAISE SQLSTATE '{code}'; END $$");
        assert_eq!(reader.rows(raise).await.unwrap_err().code(), Some(code));
        assert!(reader.one("SELECT 1").await.is_ok());
    }
}

#[tokio::test]
async fn timeouts_hold_also_after_an_error() {
    let mut writer = locked().await;
    writer.run("CREATE TABLE timeouts (a int)").await.unwrap();
    let mut reader = session().await;
    assert_eq!(reader.one("SHOW lock_timeout").await.unwrap().at(0), Some("10s"));
    reader.set_timeouts(200, 100).await.unwrap();
    for _ in 0..2 {
        assert_eq!(soon(reader.rows("SELECT pg_sleep(600)")).await.unwrap_err().code(), Some("57014"));
    }
    writer.run("BEGIN; LOCK TABLE timeouts").await.unwrap();
    assert_eq!(soon(reader.rows("SELECT FROM public.timeouts")).await.unwrap_err().code(), Some("55P03"));
    // Set while the transaction is broken: they count from the next one on.
    reader.set_timeouts(0, 0).await.unwrap();
    assert_eq!(reader.one("SHOW statement_timeout").await.unwrap().at(0), Some("0"));
}

#[tokio::test]
async fn sessions_of_one_snapshot_see_one_instant() {
    let mut writer = locked().await;
    writer.run("CREATE TABLE instant AS SELECT generate_series(1, 1000) AS a").await.unwrap();
    let snapshot = SharedSnapshot::open(&spec(), Cancel::never()).await.unwrap();
    let mut sessions = Vec::new();
    for _ in 0..3 {
        sessions.push(snapshot.session().await.unwrap());
    }
    writer.run("DELETE FROM instant WHERE a > 500").await.unwrap();
    sessions.push(snapshot.session().await.unwrap());
    let count = "SELECT count(*) FROM public.instant";
    for session in &mut sessions {
        assert_eq!(session.one(count).await.unwrap().at(0), Some("1000"));
        // An error inside: the next transaction joins the same instant.
        assert!(session.rows("SELECT 1/0").await.is_err());
        assert_eq!(session.one(count).await.unwrap().at(0), Some("1000"));
    }
    assert_eq!(session().await.one(count).await.unwrap().at(0), Some("500"));
    assert!(snapshot.lsn().is_some());
}

#[tokio::test]
async fn an_instant_whose_keeper_failed_is_over_and_says_so() {
    let mut snapshot = SharedSnapshot::open(&spec(), Cancel::never()).await.unwrap();
    assert!(snapshot.keeper().rows("SELECT 1/0").await.is_err());
    let error = snapshot.keeper().rows("SELECT 1").await.unwrap_err();
    assert!(error.to_string().contains("shared snapshot"), "{error}");
    assert!(snapshot.session().await.is_err());
}
