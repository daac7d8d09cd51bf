//! What the caller may choose.

use std::ffi::OsString;
use std::path::PathBuf;

/// How a disposable server is made. [`Options::new`] gives the defaults; every field may be changed after.
#[derive(Debug, Clone)]
pub struct Options {
    /// Who watches over the server, so that it does not outlive its owner.
    pub supervisor: Supervisor,
    /// The directory of `initdb` and `postgres`; when given, no other place is looked at.
    pub bin_dir: Option<PathBuf>,
    /// The value of PATH: the library does not read the environment itself.
    pub search_path: Option<OsString>,
    /// The major version wanted, e.g. 15; default is the newest that is there.
    pub major: Option<u32>,
    /// Where initdb'ed directories are kept between starts; default `phasegate-cache-<uid>` in the temporary directory.
    pub cache_dir: Option<PathBuf>,
    /// Where the server's own directory is made; default is the temporary directory, or `/tmp` where that one is
    /// too long for a socket's path or closed to the server's user.
    pub parent_dir: Option<PathBuf>,
    /// Server settings on top of the room's own, the last one wins: `("log_statement", "all")`.
    pub settings: Vec<(String, String)>,
    /// Lines of `pg_hba.conf` that come before the room's own (which trust the socket only).
    pub hba: Vec<String>,
    /// Files copied into the data directory, name there and source: a certificate and its key, mode 0600.
    pub files: Vec<(String, PathBuf)>,
    /// Also listen on 127.0.0.1 with a free port (always so on Windows). There a password is asked for.
    pub tcp: bool,
    /// Keep fsync and full_page_writes on, for benchmarks that must mean something.
    pub durable: bool,
    /// Data checksums on or off; default is what this major version does by itself.
    pub data_checksums: Option<bool>,
    /// How long the server may take from its start until it answers, in milliseconds.
    pub start_timeout_ms: u64,
}

impl Options {
    /// The defaults: newest major, system's temporary directory, socket only, not durable, 60 s to start.
    pub fn new(supervisor: Supervisor) -> Options {
        Options {
            supervisor,
            bin_dir: None,
            search_path: None,
            major: None,
            cache_dir: None,
            parent_dir: None,
            settings: Vec::new(),
            hba: Vec::new(),
            files: Vec::new(),
            tcp: false,
            durable: false,
            data_checksums: None,
            start_timeout_ms: 60_000,
        }
    }
}

/// Who watches over the server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Supervisor {
    /// This executable, started with the hidden subcommand `__supervise`; its `main` calls [`super::supervise`].
    Reexec(PathBuf),
}
