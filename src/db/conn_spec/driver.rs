//! The spec in the driver's terms, and nothing else from the process's environment.
//!
//! The driver starts every set of options from the PG* variables. All of them are overwritten here, except three that
//! it offers no way to take back: `PGOPTIONS` (it only adds to them) and `PGSSLCERT`/`PGSSLKEY`. Where those would
//! change what the spec says, the connection is refused rather than made with settings that nobody sees. Certificates
//! of the system are read by way of `SSL_CERT_FILE` and `SSL_CERT_DIR`, as OpenSSL does too.

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::super::DbError;
use super::{ConnSpec, SslMode, refuse};

impl ConnSpec {
    /// What the driver needs for the host at this place; `extra` are start-up settings besides the spec's own.
    pub(in super::super) fn driver_options(
        &self,
        index: usize,
        plain: bool,
        extra: &[(String, String)],
    ) -> Result<PgConnectOptions, DbError> {
        let (host, port) = self.hosts.get(index).ok_or_else(|| refuse("host", "no host is given"))?;
        let fresh = PgConnectOptions::new_without_pgpass();
        let inherited = parse_options(fresh.get_options().unwrap_or_default())?;
        let is_socket = host.starts_with('/');
        // As in libpq, TLS is for TCP.
        let mode = if is_socket || plain { SslMode::Disable } else { self.ssl_mode };
        if mode != SslMode::Disable && self.ssl_cert.is_none() && has_client_cert(&fresh) {
            return Err(refuse(
                "PGSSLCERT",
                "the environment names a client certificate which these settings do not; unset it or name it",
            ));
        }
        let mut options = fresh
            .host(host)
            .port(*port)
            .username(&self.user)
            .database(&self.database)
            // An empty password is what the driver sends for none; it replaces one from the environment.
            .password(self.password_for(index).map_or("", |password| password.expose()))
            .application_name(&self.application_name)
            .ssl_mode(driver_mode(mode))
            // A transaction pooler refuses start-up settings that it does not know; sessions set this by themselves.
            .extra_float_digits(None)
            .statement_cache_capacity(0)
            .disable_statement_logging();
        if is_socket {
            options = options.socket(host);
        }
        options = match &self.ssl_root_cert {
            Some(path) => options.ssl_root_cert(path),
            None => options.ssl_root_cert_from_pem(Vec::new()),
        };
        if let (Some(cert), Some(key)) = (&self.ssl_cert, &self.ssl_key) {
            options = options.ssl_client_cert(cert).ssl_client_key(key);
        }
        if inherited.is_empty() {
            options = with_settings(options, &self.options);
        } else if inherited != self.options {
            return Err(refuse(
                "PGOPTIONS",
                "the environment sets options which these settings do not, and the driver would send both; unset it",
            ));
        }
        Ok(with_settings(options, extra))
    }
}

fn with_settings(options: PgConnectOptions, settings: &[(String, String)]) -> PgConnectOptions {
    if settings.is_empty() {
        return options;
    }
    options.options(settings.iter().map(|(name, value)| (name, value)))
}

fn driver_mode(mode: SslMode) -> PgSslMode {
    match mode {
        SslMode::Disable => PgSslMode::Disable,
        SslMode::Prefer => PgSslMode::Prefer,
        SslMode::Require => PgSslMode::Require,
        SslMode::VerifyCa => PgSslMode::VerifyCa,
        SslMode::VerifyFull => PgSslMode::VerifyFull,
    }
}

/// The driver has no getter for it. The text stays here: it may hold a password.
fn has_client_cert(options: &PgConnectOptions) -> bool {
    let text = format!("{options:?}");
    !(text.contains("ssl_client_cert: None") && text.contains("ssl_client_key: None"))
}

/// Reads `options`: `-c name=value`, `-cname=value`, `--name=value`; a backslash takes the next character as it is.
pub(super) fn parse_options(text: &str) -> Result<Vec<(String, String)>, DbError> {
    let mut settings = Vec::new();
    let mut words = split(text).into_iter();
    while let Some(word) = words.next() {
        let setting = match word.as_str() {
            "-c" => words.next(),
            other => other.strip_prefix("--").or(other.strip_prefix("-c")).map(str::to_owned),
        };
        let (name, value) = setting
            .as_deref()
            .and_then(|setting| setting.split_once('='))
            .ok_or_else(|| refuse("options", "allowed are -c name=value and --name=value"))?;
        settings.push((name.replace('-', "_"), value.to_owned()));
    }
    Ok(settings)
}

fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c.is_ascii_whitespace() {
            words.extend(word.take());
            continue;
        }
        let word = word.get_or_insert_default();
        if c == '\\' { word.extend(chars.next()) } else { word.push(c) }
    }
    words.extend(word);
    words
}
