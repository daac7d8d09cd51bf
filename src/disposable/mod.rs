//! A throw-away PostgreSQL server: up in well under two seconds, gone with its owner.
//!
//! ```no_run
//! use phasegate::disposable::{Options, Server, Supervisor};
//!
//! let mut options = Options::new(Supervisor::Reexec("/usr/bin/phasegate".into()));
//! options.search_path = Some("/usr/bin".into());
//! let server = Server::start(&options)?;
//! let url = server.url("postgres");
//! server.stop()?;
//! # Ok::<(), phasegate::disposable::DisposableError>(())
//! ```
//!
//! A start copies a cached, initdb'ed directory; all such copies carry one system identifier. The server listens on a
//! Unix socket in a directory closed to other users, and there trusts everybody. As root it runs as `postgres`, else
//! `nobody`.
//!
//! Nothing outlives a killed owner: a supervising process ([`supervise`]) sees its standard input close, stops the
//! server and removes the directory. If the supervisor itself is killed, or the machine restarts, the next start of the
//! same user in the same parent directory sweeps what is left; a lock held by each supervisor tells the living from
//! the dead.

mod cluster;
mod error;
mod find;
mod install;
mod job;
mod options;
mod place;
mod postmaster;
#[cfg(unix)]
mod processes;
mod program;
mod server;
mod settings;
mod supervise;
mod sweep;
mod user;

pub use error::DisposableError;
pub use find::Version;
pub use options::{Options, Supervisor};
pub use server::{Kept, Server};
pub use supervise::supervise;
