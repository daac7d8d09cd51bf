//! How much TLS the settings ask for, by libpq's rules.

use std::path::PathBuf;

use super::super::DbError;
use super::keywords::Words;
use super::passfile::key_is_private;
use super::{Env, Note, SslMode, refuse};

/// The TLS part of a spec.
pub(super) struct Tls {
    pub(super) mode: SslMode,
    pub(super) root_cert: Option<PathBuf>,
    pub(super) cert: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
}

/// Decides the mode and the files.
pub(super) fn resolve(words: &Words, env: &Env, notes: &mut Vec<Note>) -> Result<Tls, DbError> {
    check_protocol(words)?;
    let (cert, key) = client_cert(words, env)?;
    let given = words.get("sslmode").map(|text| mode(text)).transpose()?;
    if words.get("sslrootcert").is_some_and(|path| path == "system") {
        return match given {
            None | Some(SslMode::VerifyFull) => Ok(Tls { mode: SslMode::VerifyFull, root_cert: None, cert, key }),
            Some(_) => Err(refuse("sslmode", "sslrootcert=system goes with verify-full only")),
        };
    }
    let mode = given.unwrap_or(SslMode::Prefer);
    let root_cert = root_cert(words, env, mode)?;
    // A root certificate beside `require` means that the server is to be checked against it.
    let mode = if mode == SslMode::Require && root_cert.is_some() { SslMode::VerifyCa } else { mode };
    if let Some(path) = &root_cert
        && matches!(mode, SslMode::VerifyCa | SslMode::VerifyFull)
    {
        notes.push(Note::SystemRootsTrustedToo { path: path.clone() });
    }
    Ok(Tls { mode, root_cert, cert, key })
}

fn mode(text: &str) -> Result<SslMode, DbError> {
    match text {
        "disable" => Ok(SslMode::Disable),
        "prefer" => Ok(SslMode::Prefer),
        "require" => Ok(SslMode::Require),
        "verify-ca" => Ok(SslMode::VerifyCa),
        "verify-full" => Ok(SslMode::VerifyFull),
        "allow" => Err(refuse("sslmode", "allow is not supported: say disable, or prefer to use TLS where it is")),
        other => {
            Err(refuse("sslmode", format!("{other:?} is none of disable, prefer, require, verify-ca, verify-full")))
        }
    }
}

fn check_protocol(words: &Words) -> Result<(), DbError> {
    let value = |keyword: &str| words.get(keyword).map_or("", String::as_str);
    match value("ssl_min_protocol_version") {
        "" | "TLSv1" | "TLSv1.1" | "TLSv1.2" => Ok(()),
        other => Err(refuse(
            "ssl_min_protocol_version",
            format!("{other} is not supported; TLSv1.2 or newer is always used"),
        )),
    }?;
    match value("gssencmode") {
        "" | "disable" | "prefer" => Ok(()),
        other => Err(refuse("gssencmode", format!("{other} is not supported; allowed are disable, prefer"))),
    }?;
    match value("channel_binding") {
        "" | "disable" | "prefer" => Ok(()),
        other => Err(refuse("channel_binding", format!("{other} is not supported; allowed are disable, prefer"))),
    }
}

/// The given file, which must be there; else the user's own, where it is there.
fn root_cert(words: &Words, env: &Env, mode: SslMode) -> Result<Option<PathBuf>, DbError> {
    if matches!(mode, SslMode::Disable | SslMode::Prefer) {
        return Ok(None);
    }
    if let Some(path) = words.get("sslrootcert").filter(|path| !path.is_empty()) {
        return existing("sslrootcert", path).map(Some);
    }
    let path = env.file(".postgresql/root.crt", "root.crt");
    match (path.filter(|path| path.is_file()), mode) {
        (Some(path), _) => Ok(Some(path)),
        (None, SslMode::Require) => Ok(None),
        (None, _) => Err(refuse(
            "sslrootcert",
            "verify-ca and verify-full need the authorities to trust: name a file, put it at \
             ~/.postgresql/root.crt, or say sslrootcert=system with verify-full",
        )),
    }
}

/// Certificate and key: both given, or the user's own where both are there.
fn client_cert(words: &Words, env: &Env) -> Result<(Option<PathBuf>, Option<PathBuf>), DbError> {
    let given = |keyword: &str| words.get(keyword).filter(|path| !path.is_empty());
    let own = |name: &str| env.file(&format!(".postgresql/{name}"), name).filter(|path| path.is_file());
    let cert = match given("sslcert") {
        Some(path) => Some(existing("sslcert", path)?),
        None => own("postgresql.crt"),
    };
    let Some(cert) = cert else { return Ok((None, None)) };
    let key = match given("sslkey") {
        Some(path) => existing("sslkey", path)?,
        None => own("postgresql.key")
            .ok_or_else(|| refuse("sslkey", format!("certificate {} has no private key", cert.display())))?,
    };
    if !key_is_private(&key) {
        return Err(refuse("sslkey", format!("{} may be used by others; chmod it to 0600", key.display())));
    }
    Ok((Some(cert), Some(key)))
}

fn existing(keyword: &str, path: &str) -> Result<PathBuf, DbError> {
    let path = PathBuf::from(path);
    if path.is_file() {
        return Ok(path);
    }
    Err(refuse(keyword, format!("{} is not a file", path.display())))
}
