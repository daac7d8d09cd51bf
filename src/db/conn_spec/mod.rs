//! Where to connect, read as libpq reads it.
//!
//! | file | what it reads |
//! |---|---|
//! | `resolve` | all sources together, in libpq's order: connection string, service, variables, files, defaults |
//! | `url` | `postgresql://…` |
//! | `keywords` | `host=… dbname=…`, and which keywords there are |
//! | `service` | `pg_service.conf` |
//! | `passfile` | `.pgpass` |
//! | `env` | the variables, home and user that the caller hands over |
//! | `driver` | the spec in the driver's terms |

use std::fmt;
use std::path::PathBuf;

use super::{DbError, Sql};

mod driver;
mod env;
mod keywords;
mod note;
mod passfile;
mod resolve;
mod service;
mod tls;
mod url;

pub use env::Env;
pub use note::Note;
pub use passfile::Passfile;

/// A server, a database, a role: everything a connection needs, fully resolved.
#[derive(Debug, Clone)]
pub struct ConnSpec {
    /// Host names, addresses, or directories of Unix sockets, with ports; tried in order.
    pub hosts: Vec<(String, u16)>,
    /// The role to log in as.
    pub user: String,
    /// Its password, where one was given; else the password file is asked for each host.
    pub password: Option<Secret>,
    /// The database.
    pub database: String,
    /// How much TLS is demanded.
    pub ssl_mode: SslMode,
    /// Certificates of the authorities to trust; the system's own where not given.
    pub ssl_root_cert: Option<PathBuf>,
    /// Client certificate.
    pub ssl_cert: Option<PathBuf>,
    /// Key of the client certificate.
    pub ssl_key: Option<PathBuf>,
    /// How long one host may take to answer, in milliseconds; 0 waits for ever.
    pub connect_timeout_ms: u64,
    /// The name that the server shows for the sessions.
    pub application_name: String,
    /// Which of the hosts is wanted.
    pub target: TargetSession,
    /// Server settings sent with the connection request (`options`), in order.
    pub options: Vec<(String, String)>,
    /// When the server looks whether this client is still there.
    pub keepalives: Keepalives,
    /// Names by which the hosts are known in the password file, where they differ from `hosts` (`hostaddr`).
    pub passfile_hosts: Vec<String>,
    /// The password file that is asked where no password was given.
    pub passfile: Passfile,
    /// Whether the server's errors are told without the values of rows that they repeat; the user's own words in an
    /// exception are told all the same. At first they are told as they are.
    pub hides_values: bool,
}

/// How much TLS is demanded; libpq's modes. `allow` is left out: it is plain text wherever the server lets it be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SslMode {
    /// No TLS.
    Disable,
    /// TLS where the server has it.
    Prefer,
    /// TLS, whoever the server is.
    Require,
    /// TLS, with a certificate that a trusted authority signed.
    VerifyCa,
    /// The same, made out to this host.
    VerifyFull,
}

/// Which server of several is wanted; libpq's `target_session_attrs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TargetSession {
    /// The first that answers.
    #[default]
    Any,
    /// One whose sessions may write.
    ReadWrite,
    /// One whose sessions may not write.
    ReadOnly,
    /// One that is no standby.
    Primary,
    /// A standby.
    Standby,
    /// A standby; where there is none, any.
    PreferStandby,
}

/// When the server probes a silent client, in seconds and counts; 0 leaves it to the server's system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keepalives {
    /// Silence before the first probe, in seconds.
    pub idle_s: u32,
    /// Time between two probes, in seconds.
    pub interval_s: u32,
    /// Unanswered probes after which the connection is dead.
    pub count: u32,
}

impl Keepalives {
    /// As the values of a statement that sets them.
    pub(in crate::db) fn values(self, sql: Sql) -> Sql {
        sql.value("keepalives_idle", self.idle_s)
            .value("keepalives_interval", self.interval_s)
            .value("keepalives_count", self.count)
    }
}

impl Default for Keepalives {
    fn default() -> Keepalives {
        Keepalives { idle_s: 30, interval_s: 10, count: 3 }
    }
}

/// Text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps it.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl ConnSpec {
    /// Puts the settings together as libpq does: what the connection string says, then the service it or `PGSERVICE`
    /// names, then the variables, then the files in the home directory, then defaults.
    ///
    /// Reads files (service, password file, certificates' presence), never the process's environment. The notes are
    /// for the user's eyes: what was left aside and why.
    ///
    /// # Errors
    /// [`DbError::Settings`] for whatever libpq would refuse, and for settings that the driver cannot keep.
    pub fn resolve(dsn: Option<&str>, env: &Env) -> Result<(ConnSpec, Vec<Note>), DbError> {
        resolve::resolve(dsn, env)
    }

    /// Reads a connection string alone: no variables, no files, no user of the system.
    ///
    /// # Errors
    /// [`DbError::Settings`] as [`ConnSpec::resolve`], also where it names no user.
    pub fn from_url(url: &str) -> Result<ConnSpec, DbError> {
        ConnSpec::resolve(Some(url), &Env::default()).map(|(spec, _)| spec)
    }

    /// `user@host:port/database`, for messages; no password.
    pub fn target(&self) -> String {
        format!("{}@{}/{}", self.user, self.places(), self.database)
    }

    /// `host:port` of every host, with commas between them: where the server is, as evidence names it.
    pub fn places(&self) -> String {
        let hosts: Vec<String> = self.hosts.iter().map(|(host, port)| format!("{host}:{port}")).collect();
        hosts.join(",")
    }

    /// The same server, another database.
    #[must_use]
    pub fn with_database(&self, database: &str) -> ConnSpec {
        ConnSpec { database: database.to_owned(), ..self.clone() }
    }

    /// The same server, under another name.
    #[must_use]
    pub fn with_application_name(&self, name: impl Into<String>) -> ConnSpec {
        ConnSpec { application_name: name.into(), ..self.clone() }
    }

    /// Only this one of the hosts: a second connection must reach the server that the first one reached.
    pub(super) fn narrowed(&self, index: usize) -> ConnSpec {
        let pick = |list: &[String]| list.get(index).cloned().into_iter().collect();
        let hosts = self.hosts.get(index).cloned().into_iter().collect();
        ConnSpec { hosts, passfile_hosts: pick(&self.passfile_hosts), target: TargetSession::Any, ..self.clone() }
    }

    /// The password for this host: the given one, else the password file's.
    fn password_for(&self, index: usize) -> Option<&Secret> {
        let (host, port) = self.hosts.get(index)?;
        let name = self.passfile_hosts.get(index).unwrap_or(host);
        self.password.as_ref().or_else(|| self.passfile.find(name, *port, &self.database, &self.user))
    }
}

/// A refused setting; `problem` says what is allowed.
fn refuse(what: impl Into<String>, problem: impl Into<String>) -> DbError {
    DbError::Settings { what: what.into(), problem: problem.into() }
}

#[cfg(test)]
mod tests;
