//! The wire against real servers: every trap of the driver, every promise of `db`.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod connecting;
mod environment;
mod locking;
#[cfg(unix)]
mod pooler;
mod quoting;
mod reading;
mod tls;
mod writing;

use std::future::Future;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use phasegate::db::{Cancel, ConnSpec, LockOutcome, LockedSession, Session};
use phasegate::disposable::{Options, Server, Supervisor};

/// Never in any text that is shown.
const SECRET: &str = "hunter2";

fn options() -> Options {
    let mut options = Options::new(Supervisor::Reexec(env!("CARGO_BIN_EXE_phasegate").into()));
    options.search_path = std::env::var_os("PATH");
    options
}

/// The server that all tests share; its supervisor ends it with this process.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(&options()).unwrap())
}

fn spec() -> ConnSpec {
    spec_of(server())
}

fn spec_of(server: &Server) -> ConnSpec {
    ConnSpec::from_url(&server.url("postgres")).unwrap()
}

async fn session() -> Session {
    Session::connect(&spec()).await.unwrap()
}

/// A lock key of the test's own.
fn key() -> i64 {
    static NEXT: AtomicI64 = AtomicI64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

async fn locked() -> Box<LockedSession> {
    locked_by(Cancel::never()).await
}

async fn locked_by(cancel: Cancel) -> Box<LockedSession> {
    match LockedSession::acquire(&spec(), key(), Duration::ZERO, cancel).await.unwrap() {
        LockOutcome::Held(session) => session,
        LockOutcome::Refused(holder) => panic!("held by {holder}"),
    }
}

/// A hang is a failure.
async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), work).await.expect("this hangs")
}

/// Asks until the only value of the answer is this one.
async fn until(observer: &mut Session, sql: &str, wanted: &str) {
    soon(async {
        while observer.one(sql).await.unwrap().at(0) != Some(wanted) {
            tokio::time::sleep(Duration::from_millis(20)).await;
            observer.renew().await.unwrap();
        }
    })
    .await;
}

/// Waits until this backend runs `pg_sleep`.
async fn until_asleep(observer: &mut Session, pid: i32) {
    let sql = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE pid = {pid} AND state = 'active' AND wait_event = 'PgSleep'"
    );
    until(observer, &sql, "1").await;
}

fn certificate(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(name)
}
