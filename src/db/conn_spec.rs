//! Where to connect.

use std::fmt;
use std::path::PathBuf;

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::DbError;

/// A server, a database, a role: everything a connection needs, fully resolved.
#[derive(Debug, Clone)]
pub struct ConnSpec {
    /// Host names, addresses, or directories of Unix sockets, with ports; tried in order.
    pub hosts: Vec<(String, u16)>,
    /// The role to log in as.
    pub user: String,
    /// Its password, where one is needed.
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
    /// How long one host may take to answer, in milliseconds.
    pub connect_timeout_ms: u64,
    /// The name that the server shows for the sessions.
    pub application_name: String,
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

/// Text that is never shown.
#[derive(Clone)]
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
    /// `user@host:port/database`, for messages; no password.
    pub fn target(&self) -> String {
        let hosts: Vec<String> = self.hosts.iter().map(|(host, port)| format!("{host}:{port}")).collect();
        format!("{}@{}/{}", self.user, hosts.join(","), self.database)
    }

    /// Reads a `postgresql://` URL.
    ///
    /// # Errors
    /// [`DbError::Settings`] where it is not one.
    pub fn from_url(url: &str) -> Result<ConnSpec, DbError> {
        let options: PgConnectOptions = url.parse()?;
        let host = options.get_socket().map_or_else(|| options.get_host().to_owned(), |s| s.display().to_string());
        Ok(ConnSpec {
            hosts: vec![(host, options.get_port())],
            user: options.get_username().to_owned(),
            password: None,
            database: options.get_database().unwrap_or(options.get_username()).to_owned(),
            ssl_mode: SslMode::Prefer,
            ssl_root_cert: None,
            ssl_cert: None,
            ssl_key: None,
            connect_timeout_ms: 10_000,
            application_name: "phasegate".into(),
        })
    }

    /// The same server, another database.
    #[must_use]
    pub fn with_database(&self, database: &str) -> ConnSpec {
        ConnSpec { database: database.to_owned(), ..self.clone() }
    }

    pub(super) fn options(&self, host: &str, port: u16) -> PgConnectOptions {
        let mode = match self.ssl_mode {
            SslMode::Disable => PgSslMode::Disable,
            SslMode::Prefer => PgSslMode::Prefer,
            SslMode::Require => PgSslMode::Require,
            SslMode::VerifyCa => PgSslMode::VerifyCa,
            SslMode::VerifyFull => PgSslMode::VerifyFull,
        };
        let mut options = PgConnectOptions::new_without_pgpass()
            .port(port)
            .username(&self.user)
            .database(&self.database)
            .application_name(&self.application_name)
            .ssl_mode(mode)
            .statement_cache_capacity(0);
        options = if host.starts_with('/') { options.socket(host) } else { options.host(host) };
        if let Some(password) = &self.password {
            options = options.password(password.expose());
        }
        if let Some(path) = &self.ssl_root_cert {
            options = options.ssl_root_cert(path);
        }
        if let Some(path) = &self.ssl_cert {
            options = options.ssl_client_cert(path);
        }
        if let Some(path) = &self.ssl_key {
            options = options.ssl_client_key(path);
        }
        options
    }
}
