//! The connection is lost while a commit is under way: what became of it is asked, never guessed.

use std::time::Duration;

use phasegate::db::{Cancel, LockOutcome, LockedSession, Session};
use phasegate::execute::{self, Options, Remains, Work};
use phasegate::migration_log::{self, MigrationLog};
use phasegate::plan::Action;

use crate::proxy::{Cut, Proxy};
use crate::site::{Done, Site};
use crate::{SEEN, common, own_server};

/// What only the message with the SUCCESS row and the COMMIT holds.
const SUCCESS: &str = "'SUCCESS', 'phase'";

const TWO: [(&str, &str); 2] =
    [("1_one.sql", "INSERT INTO seen VALUES (1);\n"), ("2_two.sql", "INSERT INTO seen VALUES (2);\n")];

/// A commit that waits, or fails, by a deferred trigger.
const DEFERRED: &str = "
CREATE TABLE gate (a int);
CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 FROM gate; RETURN NEW; END $$;
CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON seen DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait();
";

/// Applies these phases over a connection that is cut.
async fn cut(setup: &str, phases: &[(&str, &str)], marker: &'static str, nth: u32, how: Cut) -> (Site, Done) {
    let mut site = Site::new().await;
    site.sql(&format!("CREATE TABLE seen (n int); {setup}")).await;
    for (name, text) in phases {
        site.phase(name, text);
    }
    let server = common::server();
    let proxy = Proxy::new(server.socket_dir().join(format!(".s.PGSQL.{}", server.port())), marker, nth, how);
    site.set_url(format!("postgresql://postgres@{}/{}", proxy.address, site.spec.database));
    let done = site.run(&["migrate", "--apply-only"]).await;
    assert!(proxy.has_cut());
    site.set_url(server.url(&site.spec.database));
    (site, done)
}

async fn rows(site: &Site) -> String {
    site.value("SELECT string_agg(status, ' ' ORDER BY seq) FROM migration_log").await
}

#[tokio::test]
async fn a_commit_whose_reply_is_lost_took_effect() {
    let (site, done) = cut("", &TWO, SUCCESS, 1, Cut::AfterSending).await;
    assert_eq!(done.code, Some(2), "{done:?}");
    assert_eq!(rows(&site).await, "SUCCESS SUCCESS");
    assert_eq!(site.value(SEEN).await, "1,2");
    site.holds().await;
}

#[tokio::test]
async fn a_commit_that_never_reached_the_server_did_not() {
    let (site, done) = cut("", &TWO, SUCCESS, 2, Cut::BeforeSending).await;
    assert_eq!(done.code, Some(3), "{done:?}");
    assert!(done.err.contains("the server was asked: the commit did not take effect"), "{done:?}");
    assert_eq!(rows(&site).await, "SUCCESS ERROR");
    assert_eq!(site.value(SEEN).await, "1");
    site.finish().await;
    assert_eq!(site.value(SEEN).await, "1,2");
}

#[tokio::test]
async fn a_commit_that_the_server_refused_unheard_did_not() {
    let setup = "CREATE TABLE u (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)";
    let phase = "INSERT INTO seen VALUES (1);\nINSERT INTO u VALUES (1), (1);\n";
    let (site, done) = cut(setup, &[("1_one.sql", phase)], SUCCESS, 1, Cut::AfterSending).await;
    assert_eq!(done.code, Some(3), "{done:?}");
    assert_eq!(rows(&site).await, "ERROR");
    assert_eq!(site.value(SEEN).await, "NULL");
    site.chain_holds().await;
}

#[tokio::test]
async fn a_phase_of_steps_whose_last_reply_is_lost_is_asked_for_in_the_log() {
    let phase = "-- phasegate: transaction = none\nINSERT INTO seen VALUES (1);\n";
    let (site, done) = cut("", &[("1_one.sql", phase), TWO[1]], "'SUCCESS', 'none'", 1, Cut::AfterSending).await;
    assert_eq!(done.code, Some(2), "{done:?}");
    assert_eq!(rows(&site).await, "RUNNING SUCCESS SUCCESS");
    assert_eq!(site.value(SEEN).await, "1,2");
    site.holds().await;
}

/// The statement and its DONE row travel together, so the log knows; the next run asks it.
#[tokio::test]
async fn a_step_whose_reply_is_lost_is_not_run_again() {
    for (how, left) in [(Cut::AfterSending, "1"), (Cut::BeforeSending, "NULL")] {
        let phase = "-- phasegate: transaction = none\nINSERT INTO seen VALUES (1);\nINSERT INTO seen VALUES (2);\n";
        let (site, done) = cut("", &[("1_one.sql", phase)], "'DONE', '", 1, how).await;
        assert_eq!(done.code, Some(4), "{done:?}");
        assert_eq!(rows(&site).await, "RUNNING ERROR");
        assert_eq!(site.value(SEEN).await, left);
        site.finish().await;
        assert_eq!(site.value(SEEN).await, "1,2");
    }
}

#[tokio::test]
async fn a_running_row_whose_reply_is_lost_breaks_no_chain() {
    let phase = "-- phasegate: transaction = none\nINSERT INTO seen VALUES (1);\n";
    let (site, done) = cut("", &[("1_one.sql", phase)], "'RUNNING', 'none'", 1, Cut::AfterSending).await;
    assert!(matches!(done.code, Some(3 | 4)), "{done:?}");
    assert_eq!(rows(&site).await, "RUNNING ERROR");
    site.finish().await;
    assert_eq!(site.value(SEEN).await, "1");
}

/// The server is killed while it commits; once it is back it knows that it did not.
#[tokio::test]
async fn the_server_is_killed_while_it_commits() {
    let server = own_server();
    let site = Site::on(&server, "commits").await;
    site.sql(&format!("CREATE TABLE seen (n int); {DEFERRED}")).await;
    site.phase("1_one.sql", "-- phasegate: lock_timeout = 0\nINSERT INTO seen VALUES (1);\n");
    let holder = site.hold("LOCK TABLE gate").await;
    let running = site.apply();
    site.until_blocked("The log is written").await;
    server.kill().unwrap();
    drop(holder);
    server.restart().unwrap();
    let done = running.ended().await;
    assert_eq!(done.code, Some(3), "{done:?}");
    assert!(done.err.contains("the commit did not take effect"), "{done:?}");
    assert_eq!(site.state().await.0, "pending");
    site.finish().await;
    assert_eq!(site.value(SEEN).await, "1");
}

/// The server does not come back in time: nobody knows, and that is said.
#[tokio::test]
async fn a_commit_that_nobody_can_be_asked_about_is_unknown() {
    let server = own_server();
    let site = Site::on(&server, "unknown").await;
    site.sql(&format!("CREATE TABLE seen (n int); {DEFERRED}")).await;
    site.phase("1_one.sql", "-- phasegate: lock_timeout = 0\nINSERT INTO seen VALUES (1);\n");
    let holder = site.hold("LOCK TABLE gate").await;
    let log = MigrationLog::default();
    let outcome = LockedSession::acquire(&site.spec, log.lock_key(), Duration::ZERO, Cancel::never()).await.unwrap();
    let LockOutcome::Held(mut session) = outcome else { panic!("the lock is held by somebody else") };
    migration_log::upgrade(&log, &mut session).await.unwrap();
    let mut reader = Session::connect(&site.spec).await.unwrap();
    let head = log.read(&mut reader).await.unwrap().head;
    reader.close().await;
    let phases = phasegate::phase::discover(&site.path("migrations")).unwrap();
    let work = [Work { phase: &phases[0], action: &Action::Apply }];
    let options = Options { reconnect: Duration::from_millis(600), ..Options::default() };
    let mut events = |_| {};
    let apply = execute::apply(&mut session, &log, head, "test", &work, &options, &mut events);
    let kill = async {
        site.until_blocked("The log is written").await;
        server.kill().unwrap();
        drop(holder);
    };
    let (execution, ()) = tokio::join!(apply, kill);
    let failure = execution.failure.unwrap();
    assert_eq!(failure.remains, Remains::Unknown);
    assert!(failure.detail.as_deref().is_some_and(|text| text.contains("could not be asked")), "{failure:?}");
    drop(session);
    server.restart().unwrap();
    site.finish().await;
    assert_eq!(site.value(SEEN).await, "1");
}
