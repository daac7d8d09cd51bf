//! The program and the server are killed in the middle of each kind of phase: what `status` says must be true, the
//! next `migrate` must finish, and nothing may run twice.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../common/mod.rs"]
mod common;
mod kinds;
mod lock;
mod middle;
mod proxy;
mod recovery;
mod replies;
mod site;
mod stop;
mod volume;

use phasegate::disposable::Server;

/// A server of the test's own, which it may kill.
fn own_server() -> Server {
    Server::start(&common::options()).unwrap()
}

/// Numbers of the statements that ran, each as often as it ran.
const SEEN: &str = "SELECT string_agg(n::text, ',' ORDER BY n) FROM seen";
