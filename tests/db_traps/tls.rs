//! Which mode accepts which server.

use std::path::Path;

use phasegate::db::{ConnSpec, DbError, Session};
use phasegate::disposable::{Options, Server};

use crate::{certificate, options};

/// A server with this certificate; clients come in over TCP without a password, by TLS or by either.
fn tls_server(name: &str, hba: &[&str]) -> Server {
    let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let file = |name: &str, from: &str| (name.to_owned(), certificate(from));
    let options = Options {
        tcp: true,
        files: vec![
            file("test.crt", &format!("{name}.crt")),
            file("test.key", &format!("{name}.key")),
            file("test_ca.crt", "ca.crt"),
        ],
        settings: vec![
            setting("ssl", "on"),
            setting("ssl_cert_file", "test.crt"),
            setting("ssl_key_file", "test.key"),
            setting("ssl_ca_file", "test_ca.crt"),
        ],
        hba: hba.iter().map(|&line| line.to_owned()).collect(),
        ..options()
    };
    Server::start(&options).unwrap()
}

/// `true` or `false`: connected with or without TLS; else why not.
async fn encrypted(server: &Server, host: &str, rest: &str) -> Result<bool, DbError> {
    let dsn = format!("host={host} port={} user=postgres dbname=postgres {rest}", server.port());
    let mut session = Session::connect(&ConnSpec::from_url(&dsn)?).await?;
    session.one("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").await?.flag("ssl")
}

fn root(mode: &str) -> String {
    format!("sslmode={mode} sslrootcert='{}'", certificate("ca.crt").display())
}

const TRUST: &str = "host all all 127.0.0.1/32 trust";

#[tokio::test]
async fn the_right_server_is_accepted_by_all_modes() {
    let server = tls_server("server", &[TRUST]);
    assert!(!encrypted(&server, "127.0.0.1", "sslmode=disable").await.unwrap());
    assert!(encrypted(&server, "127.0.0.1", "").await.unwrap());
    assert!(encrypted(&server, "127.0.0.1", "sslmode=require").await.unwrap());
    for mode in ["require", "verify-ca", "verify-full"] {
        assert!(encrypted(&server, "127.0.0.1", &root(mode)).await.unwrap(), "{mode}");
        assert!(encrypted(&server, "localhost", &root(mode)).await.unwrap(), "{mode}");
    }
    // The system does not know the test's authority.
    let error = encrypted(&server, "localhost", "sslrootcert=system").await.unwrap_err().to_string();
    assert!(error.contains("UnknownIssuer"), "{error}");
}

async fn refused(server: &Server, mode: &str, reason: &str) {
    let error = encrypted(server, "127.0.0.1", &root(mode)).await.unwrap_err();
    assert!(matches!(error, DbError::Connect { .. }), "{error:?}");
    assert!(error.to_string().contains(reason), "{mode}: {error}");
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused_by_verify_full_alone() {
    let server = tls_server("wrong_host", &[TRUST]);
    assert!(encrypted(&server, "127.0.0.1", "sslmode=require").await.unwrap());
    assert!(encrypted(&server, "127.0.0.1", &root("verify-ca")).await.unwrap());
    refused(&server, "verify-full", "not valid for").await;
}

#[tokio::test]
async fn an_unknown_authority_is_refused_wherever_one_is_named() {
    let server = tls_server("unknown_ca", &[TRUST]);
    assert!(encrypted(&server, "127.0.0.1", "sslmode=require").await.unwrap());
    // As in libpq: `require` beside a root certificate verifies.
    for mode in ["require", "verify-ca", "verify-full"] {
        refused(&server, mode, "UnknownIssuer").await;
    }
}

#[tokio::test]
async fn an_expired_certificate_is_refused_wherever_one_is_verified() {
    let server = tls_server("expired", &[TRUST]);
    assert!(encrypted(&server, "127.0.0.1", "sslmode=require").await.unwrap());
    for mode in ["require", "verify-ca", "verify-full"] {
        refused(&server, mode, "Expired").await;
    }
}

#[tokio::test]
async fn a_server_without_tls_is_refused_from_require_on() {
    let server = Server::start(&Options { tcp: true, hba: vec![TRUST.into()], ..options() }).unwrap();
    assert!(!encrypted(&server, "127.0.0.1", "").await.unwrap());
    for mode in ["require", "verify-ca", "verify-full"] {
        refused(&server, mode, "TLS").await;
    }
    // As in libpq, a Unix socket knows no TLS, whatever the mode.
    let dir = server.host().into_string().unwrap();
    if cfg!(unix) {
        assert!(!encrypted(&server, &dir, "sslmode=require").await.unwrap());
    }
}

#[tokio::test]
async fn prefer_takes_plain_text_where_the_server_has_no_entry_for_tls() {
    let server = tls_server("server", &["hostnossl all all 127.0.0.1/32 trust", "hostssl all all 127.0.0.1/32 reject"]);
    assert!(!encrypted(&server, "127.0.0.1", "").await.unwrap());
    assert_eq!(encrypted(&server, "127.0.0.1", "sslmode=require").await.unwrap_err().code(), Some("28000"));
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_the_server() {
    let server = tls_server("server", &["hostssl all all 127.0.0.1/32 cert map=ada"]);
    std::fs::write(server.data_dir().join("pg_ident.conf"), "ada ada postgres\n").unwrap();
    Session::connect(&ConnSpec::from_url(&server.url("postgres")).unwrap())
        .await
        .unwrap()
        .one("SELECT pg_reload_conf()")
        .await
        .unwrap();
    let without = encrypted(&server, "127.0.0.1", "sslmode=require").await.unwrap_err();
    assert!(matches!(without, DbError::Connect { .. }), "{without:?}");
    // Git keeps no 0600.
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("client.key");
    std::fs::copy(certificate("client.key"), &key).unwrap();
    set_mode(&key, 0o600);
    let with =
        format!("{} sslcert='{}' sslkey='{}'", root("verify-full"), certificate("client.crt").display(), key.display());
    // The reload reaches new connections when the postmaster has read it.
    let mut outcome = encrypted(&server, "127.0.0.1", &with).await;
    for _ in 0..50 {
        if outcome.is_ok() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        outcome = encrypted(&server, "127.0.0.1", &with).await;
    }
    assert!(outcome.unwrap());
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) {}
