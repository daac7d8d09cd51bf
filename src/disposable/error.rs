//! What can go wrong with a throw-away server.

use std::path::PathBuf;

/// Why a disposable server could not be found, started, changed or stopped.
///
/// After any of these no server of the failed start is left running and its directory is gone.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DisposableError {
    /// No directory with `initdb` and `postgres` was found.
    #[error("no PostgreSQL server binaries (initdb and postgres) found; looked in {looked}; {remedy}")]
    BinariesMissing {
        /// The places that were looked at.
        looked: String,
        /// How to install a server on this system.
        remedy: String,
    },
    /// Servers were found, but not of the major version that was asked for.
    #[error("no PostgreSQL {major} server binaries found; there are: {present}; {remedy}")]
    MajorMissing {
        /// The major version that was asked for.
        major: u32,
        /// The versions that are there, with their directories.
        present: String,
        /// How to install the wanted one on this system.
        remedy: String,
    },
    /// The directory that was named explicitly cannot serve.
    #[error("server binaries: {path}: {why}", path = .path.display())]
    BinaryDirectory {
        /// The directory as it was named.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// phasegate runs as root, the server refuses root, and there is nobody else to run it as.
    #[error(
        "the server refuses to run as root and neither the user `postgres` nor `nobody` exists; run as another user, or create one with `useradd --system postgres`"
    )]
    NoUnprivilegedUser,
    /// A directory could be changed by another user, or cannot be reached by the server's user.
    #[error("directory {path}: {why}", path = .path.display())]
    UnsafeDirectory {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it, and the remedy.
        why: String,
    },
    /// The socket's path would be longer than the operating system allows.
    #[error("socket path {path} is longer than {limit_bytes} bytes; choose a shorter directory", path = .path.display())]
    PathTooLong {
        /// The path that is too long.
        path: PathBuf,
        /// What the operating system allows, in bytes.
        limit_bytes: usize,
    },
    /// A server setting or access rule that cannot be written into a configuration file.
    #[error("server setting {name:?}: {why}")]
    InvalidSetting {
        /// The setting's name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// A program of PostgreSQL or of the system ended badly or took too long.
    #[error("{program} {outcome}: {output}")]
    Program {
        /// The program's path.
        program: String,
        /// How it ended.
        outcome: String,
        /// The end of what it printed.
        output: String,
    },
    /// These server binaries come without a program that is needed.
    #[error("{program} is neither in {bin_dir} nor on the search path; install PostgreSQL's client programs", bin_dir = .bin_dir.display())]
    ProgramMissing {
        /// The program's name.
        program: String,
        /// The directory of the server's binaries.
        bin_dir: PathBuf,
    },
    /// The server ended, or was not ready in time.
    #[error("the disposable server {what}; the end of its log:\n{log}")]
    NotReady {
        /// What it did instead of becoming ready.
        what: String,
        /// The last lines of the server's log.
        log: String,
    },
    /// The supervising process reported an error, or ended without a word.
    #[error("{message}")]
    Supervisor {
        /// Its message, or what was seen of its end.
        message: String,
    },
    /// The operating system refused something.
    #[error("cannot {what} {path}: {source}", path = .path.display())]
    Io {
        /// What was tried, as a verb.
        what: &'static str,
        /// On which path.
        path: PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },
}

impl DisposableError {
    /// For `map_err`: what was tried, on which path.
    pub(super) fn io(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| DisposableError::Io { what, path, source }
    }
}

/// Short form for this room.
pub(super) type Result<T> = std::result::Result<T, DisposableError>;
