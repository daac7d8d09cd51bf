//! What tests share: one disposable server a test process, one database a test.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "shared by several test programs; a test that cannot go on has failed, one that is skipped says so"
)]

#[cfg(unix)]
pub mod pooler;
pub mod portal;

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use phasegate::db::{Cancel, ConnSpec, LockOutcome, LockedSession};
use phasegate::disposable::{Options, Server, Supervisor};
use phasegate::snapshot::{RowSource, RowStream, SnapshotError, TableSnapshot};

/// The program under test.
pub fn phasegate() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_phasegate"))
}

/// The options that every test's server starts from.
pub fn options() -> Options {
    Options { search_path: std::env::var_os("PATH"), ..Options::new(Supervisor::Reexec(phasegate())) }
}

/// This process's server. Its supervisor takes it away when the process ends, however it ends.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(&options()).unwrap())
}

/// A new, empty database on this process's server.
pub async fn database() -> ConnSpec {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let admin = ConnSpec::from_url(&server().url("postgres")).unwrap();
    let mut session = locked(&admin).await;
    session.run(format!("CREATE DATABASE {name}")).await.unwrap();
    session.close().await;
    admin.with_database(&name)
}

/// A session that may write, for setting things up.
pub async fn locked(spec: &ConnSpec) -> Box<LockedSession> {
    match LockedSession::acquire(spec, 1, Duration::from_secs(30), Cancel::never()).await.unwrap() {
        LockOutcome::Held(session) => session,
        LockOutcome::Refused(holder) => panic!("the tests' own lock is held by {holder}"),
    }
}

/// Runs SQL.
pub async fn sql(spec: &ConnSpec, text: &str) {
    let mut session = locked(spec).await;
    session.run(text).await.unwrap();
    session.close().await;
}

/// The first value of a query.
pub async fn value(spec: &ConnSpec, query: &str) -> Option<String> {
    let mut session = phasegate::db::Session::connect(spec).await.unwrap();
    let rows = session.rows(query).await.unwrap();
    session.close().await;
    rows.first().and_then(|row| row.at(0).map(str::to_owned))
}

/// No row fingerprints of any table.
pub struct NoRows;

impl RowSource for NoRows {
    fn rows(&self, _: &TableSnapshot) -> Result<Option<RowStream<'_>>, SnapshotError> {
        Ok(None)
    }
}

/// What a statement of this database tells, by `psql`.
pub fn psql(server: &Server, database: &str, sql: &str) -> String {
    let mut command = server.client("psql").unwrap();
    let output =
        command.env("PGDATABASE", database).args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-c", sql]).output().unwrap();
    assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Waits until something is so, and fails where it is not within this time.
#[track_caller]
pub fn eventually_within(limit: Duration, what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < limit, "it never came to be that {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
