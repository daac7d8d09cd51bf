//! What the benchmarks share: a server, a runner that interleaves two programs, and the table of ratios.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "shared by several programs that print; one that cannot go on has failed"
)]

pub mod figures;
pub mod process;

use std::path::PathBuf;
use std::process::Command;

use phasegate::disposable::{Options, Server, Supervisor};

/// The program that is measured.
pub fn phasegate() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_phasegate"))
}

/// Whether `cargo bench` started this; `cargo test --all-targets` must not measure for minutes.
pub fn asked_for() -> bool {
    let asked = std::env::args().any(|arg| arg == "--bench");
    if !asked {
        println!("measures only under cargo bench");
    }
    asked
}

/// The number behind `--name`, as in `cargo bench --bench phases -- --rounds 5`.
pub fn number(name: &str, default: usize) -> usize {
    let flag = format!("--{name}");
    let mut args = std::env::args().skip_while(|arg| *arg != flag).skip(1);
    args.next().map_or(default, |text| text.parse().unwrap())
}

/// A server with fsync and full_page_writes on: commits cost what they cost.
pub fn durable_server() -> Server {
    let options = Options {
        search_path: std::env::var_os("PATH"),
        durable: true,
        ..Options::new(Supervisor::Reexec(phasegate()))
    };
    let server = Server::start(&options).unwrap();
    let version = query(&server, "postgres", "SHOW server_version");
    println!("server: PostgreSQL {version}, durable (fsync, full_page_writes, synchronous_commit on), Unix socket");
    server
}

/// psql without its start-up file, stopping at the first error.
pub fn psql(server: &Server, database: &str) -> Command {
    let mut command = Command::new("psql");
    command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &server.url(database)]);
    command
}

/// The first value of a query, by psql.
pub fn query(server: &Server, database: &str, sql: &str) -> String {
    let output = psql(server, database).args(["-A", "-t", "-c", sql]).output().unwrap();
    assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A new, empty database, with nothing left for the checkpointer to do meanwhile.
pub fn new_database(server: &Server, name: &str) {
    query(server, "postgres", &format!("DROP DATABASE IF EXISTS {name}"));
    query(server, "postgres", &format!("CREATE DATABASE {name}"));
    query(server, "postgres", "CHECKPOINT");
}
