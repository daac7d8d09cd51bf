//! The probe `tls` before real servers: PostgreSQL with TLS on, services with certificates of every kind, OpenSSL's own
//! server where this project's library refuses to be one.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;
mod service;
mod tls;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command, Stdio};

use phasegate::db::{Cancel, ConnSpec, Env};
use phasegate::disposable::{Options, Server};
use phasegate::evidence::Evidence;
use phasegate::gates::declared::{self, Platform};
use phasegate::verdict::Stage;

use tls::Made;

impl Made {
    /// PostgreSQL with this certificate and these settings; clients come in over TCP without a password.
    fn postgresql(&self, name: &str, settings: &[(&str, &str)]) -> Server {
        let setting = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let on = [("ssl", "on"), ("ssl_cert_file", "test.crt"), ("ssl_key_file", "test.key")];
        let file = |end: &str| (format!("test.{end}"), self.file(&format!("{name}.{end}")));
        let options = Options {
            tcp: true,
            hba: vec!["host all all 127.0.0.1/32 trust".into()],
            files: vec![file("crt"), file("key")],
            settings: on.iter().chain(settings).map(setting).collect(),
            ..common::options()
        };
        Server::start(&options).unwrap()
    }

    /// The facts of one gate, a line each: `verdict subject: measured`, with `HOST` for the host and its port.
    async fn found(&self, spec: &ConnSpec, probe: &str) -> Vec<String> {
        let toml = format!("[gates.it]\nwhen = [\"acceptance\"]\nprobe.tls = {{ {probe} }}\n");
        let set = declared::load_embedded(&[("gates.toml", &toml)]).unwrap_or_else(|error| panic!("{error}"));
        let platform = Platform {
            spec: spec.clone(),
            cancel: Cancel::never(),
            env: Env::default(),
            folder: self.folder.path().to_owned(),
            search_path: vec!["public".into()],
            timeout_ms: 30_000,
            memory: None,
            declarations: std::collections::BTreeMap::new(),
        };
        let facts = declared::run(&set, Stage::Acceptance, &platform).await;
        facts.iter().map(line).collect()
    }

    /// The facts of a gate about what listens on a port.
    async fn of(&self, port: u16, probe: &str) -> Vec<String> {
        let nowhere = ConnSpec::from_url("host=localhost user=nobody").unwrap();
        self.found(&nowhere, &format!("of = \"localhost:{port}\", ca = \"ca.crt\"{probe}")).await
    }
}

fn spec(server: &Server, rest: &str) -> ConnSpec {
    ConnSpec::from_url(&format!("host=localhost port={} user=postgres dbname=postgres {rest}", server.port())).unwrap()
}

fn line(fact: &Evidence) -> String {
    let text = format!("{} {}: {}", fact.verdict, fact.subject, fact.measured);
    let Some((before, rest)) = text.split_once("localhost:") else { return text };
    format!("{before}HOST{}", rest.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// As many facts as are expected, in their order, each beginning with what is expected of it and with the rest in it.
fn assert_found(found: &[String], expected: &[(&str, &str)]) {
    let is = |(line, (start, part)): (&String, &(&str, &str))| line.starts_with(start) && line.contains(part);
    assert!(
        found.len() == expected.len() && found.iter().zip(expected).all(is),
        "found\n  {}\nexpected\n  {}",
        found.join("\n  "),
        expected.iter().map(|(start, part)| format!("{start} … {part}")).collect::<Vec<_>>().join("\n  ")
    );
}

const SESSION: (&str, &str) = ("pass session: in use: TLSv1.3, ", "AES");
const VERSION: (&str, &str) = ("pass session: version: TLSv1.3", "");
const VERIFIED: (&str, &str) = ("pass HOST: verified: CN=localhost, issued by CN=authority ca", "");
const DAYS_LEFT: (&str, &str) =
    ("pass HOST: days left: 399 days left, until 20", "; CN=localhost, issued by CN=authority ca");

#[tokio::test]
async fn a_database_with_a_good_certificate_passes() {
    let made = Made::new();
    let server = made.postgresql("good", &[]);
    let by_ca =
        made.found(&spec(&server, "sslmode=require"), "ca = \"ca.crt\", min_version = \"1.3\", days_left = 90").await;
    assert_found(&by_ca, &[SESSION, VERSION, VERIFIED, DAYS_LEFT]);
    // Without ca the connection's own authority counts.
    let verify_full = spec(&server, &format!("sslmode=verify-full sslrootcert='{}'", made.file("ca.crt").display()));
    assert_found(&made.found(&verify_full, "").await, &[SESSION, VERSION, VERIFIED, DAYS_LEFT]);
    // Without either, that of the system, to which the test's own is nobody.
    let unknown = ("fail HOST: verified: no trusted authority signed it", "issued by CN=authority ca");
    let by_system = made.found(&spec(&server, "sslmode=require"), "").await;
    // A system may trust nobody at all; then nothing is measured.
    if !by_system[0].contains("the system trusts no authority") {
        assert_found(&by_system, &[SESSION, VERSION, unknown, DAYS_LEFT]);
    }
    let too_long = ("fail HOST: days left: 399 days left, until 20", "");
    let found = made.found(&verify_full, "days_left = 400").await;
    assert_found(&found, &[SESSION, VERSION, VERIFIED, too_long]);
}

#[tokio::test]
async fn a_certificate_that_has_expired_is_named_also_where_it_lets_nobody_in() {
    let made = Made::new();
    let server = made.postgresql("expired", &[]);
    let not_verified = (
        "fail HOST: verified: it is not valid after 2021-01-01T00:00:00Z",
        "; CN=localhost, issued by CN=authority ca",
    );
    let expired = ("fail HOST: days left: expired ", " days ago, on 2021-01-01T00:00:00Z");
    let encrypted = made.found(&spec(&server, "sslmode=require"), "ca = \"ca.crt\"").await;
    assert_found(&encrypted, &[SESSION, VERSION, not_verified, expired]);
    let verify_full = spec(&server, &format!("sslmode=verify-full sslrootcert='{}'", made.file("ca.crt").display()));
    let nobody = ("not evaluated session: in use: not measured: cannot connect", "xpired");
    assert_found(&made.found(&verify_full, "").await, &[nobody, not_verified, expired]);
}

#[tokio::test]
async fn a_database_of_another_host_or_an_unknown_authority_is_told_so() {
    let made = Made::new();
    let server = made.postgresql("wrong_host", &[]);
    let days_left = ("pass HOST: days left: 399 days left", "");
    let other = ("fail HOST: verified: it is made out to db.example, not to localhost; CN=db.example", "");
    let require = spec(&server, "sslmode=require");
    assert_found(&made.found(&require, "ca = \"ca.crt\"").await, &[SESSION, VERSION, other, days_left]);
    let signed = ("pass HOST: verified: CN=db.example, issued by CN=authority ca", "");
    assert_found(
        &made.found(&require, "ca = \"ca.crt\", verify = \"ca\"").await,
        &[SESSION, VERSION, signed, days_left],
    );
    // Both reasons, where there are two.
    let both =
        ("fail HOST: verified: no trusted authority signed it", "; it is made out to db.example, not to localhost; ");
    assert_found(&made.found(&require, "ca = \"other.crt\"").await, &[SESSION, VERSION, both, days_left]);
    assert_found(&made.found(&require, "verify = \"none\"").await, &[SESSION, VERSION, days_left]);
}

#[tokio::test]
async fn a_session_in_plain_text_is_seen_with_and_without_tls_on_the_server() {
    let made = Made::new();
    let plain = ("fail session: in use: it is plain text", "");
    let with = made.postgresql("good", &[]);
    assert_found(&made.found(&spec(&with, "sslmode=disable"), "ca = \"ca.crt\"").await, &[plain, VERIFIED, DAYS_LEFT]);
    let without = made.postgresql("good", &[("ssl", "off")]);
    let no_tls = ("fail HOST: certificate: the server answers that it has no TLS", "");
    assert_found(&made.found(&spec(&without, "sslmode=prefer"), "ca = \"ca.crt\"").await, &[plain, no_tls]);
}

#[tokio::test]
async fn a_version_that_is_too_old_is_seen() {
    let made = Made::new();
    let server = made.postgresql("good", &[("ssl_max_protocol_version", "TLSv1.2")]);
    let require = spec(&server, "sslmode=require");
    let session = ("pass session: in use: TLSv1.2, ", "");
    let old = ("fail session: version: TLSv1.2", "");
    let found_13 = made.found(&require, "ca = \"ca.crt\", min_version = \"1.3\"").await;
    assert_found(&found_13, &[session, old, VERIFIED, DAYS_LEFT]);
    let enough = ("pass session: version: TLSv1.2", "");
    assert_found(&made.found(&require, "ca = \"ca.crt\"").await, &[session, enough, VERIFIED, DAYS_LEFT]);
}

#[tokio::test]
async fn a_database_that_nobody_reaches_is_not_evaluated() {
    let made = Made::new();
    let port = closed_port();
    let spec = ConnSpec::from_url(&format!("host=localhost port={port} user=postgres sslmode=require")).unwrap();
    let session = ("not evaluated session: in use: not measured: cannot connect", "refused");
    let host = ("not evaluated HOST: certificate: not measured: ", "refused");
    assert_found(&made.found(&spec, "ca = \"ca.crt\"").await, &[session, host]);
}

#[tokio::test]
async fn every_host_of_a_list_is_looked_at() {
    let made = Made::new();
    let (good, expired) = (made.postgresql("good", &[]), made.postgresql("expired", &[]));
    let dsn = format!(
        "host=localhost,localhost port={},{} user=postgres dbname=postgres sslmode=require",
        good.port(),
        expired.port()
    );
    let found = made.found(&ConnSpec::from_url(&dsn).unwrap(), "ca = \"ca.crt\"").await;
    let not_verified = ("fail HOST: verified: it is not valid after 2021-01-01T00:00:00Z", "");
    let gone = ("fail HOST: days left: expired ", " days ago, on 2021-01-01T00:00:00Z");
    assert_found(&found, &[SESSION, VERSION, VERIFIED, DAYS_LEFT, not_verified, gone]);
}

const IN_USE: (&str, &str) = ("pass HOST: in use: TLS 1.3, TLS13_", "");
const NEW: (&str, &str) = ("pass HOST: version: TLS 1.3", "");

#[tokio::test]
async fn a_service_with_a_good_certificate_passes() {
    let made = Made::new();
    let good = made.service("good");
    assert_found(&made.of(good.port(), ", days_left = 399").await, &[IN_USE, NEW, VERIFIED, DAYS_LEFT]);
    // By its address, which stands in the certificate too.
    let nowhere = ConnSpec::from_url("host=localhost user=nobody").unwrap();
    let by_address =
        made.found(&nowhere, &format!("of = \"https://127.0.0.1:{}/\", ca = \"ca.crt\"", good.port())).await;
    assert_eq!(by_address.iter().filter(|line| line.starts_with("pass 127.0.0.1:")).count(), 4, "{by_address:#?}");
}

#[tokio::test]
async fn thirty_days_are_too_few_for_ninety_and_enough_for_twenty() {
    let made = Made::new();
    let soon = made.service("soon");
    let few = ("fail HOST: days left: 29 days left, until 20", "");
    assert_found(&made.of(soon.port(), ", days_left = 90").await, &[IN_USE, NEW, VERIFIED, few]);
    let enough = ("pass HOST: days left: 29 days left, until 20", "");
    assert_found(&made.of(soon.port(), ", days_left = 20").await, &[IN_USE, NEW, VERIFIED, enough]);
}

#[tokio::test]
async fn a_certificate_between_that_ends_first_counts() {
    let made = Made::new();
    let chain = made.service("chain");
    let verified = ("pass HOST: verified: CN=localhost, issued by CN=authority between", "");
    let few = (
        "fail HOST: days left: 399 days left, until 20",
        "not for so long: of a certificate above it: it is not valid after",
    );
    assert_found(&made.of(chain.port(), ", days_left = 90").await, &[IN_USE, NEW, verified, few]);
    let enough = ("pass HOST: days left: 399 days left, until 20", "");
    assert_found(&made.of(chain.port(), ", days_left = 10").await, &[IN_USE, NEW, verified, enough]);
    // The link that is missing, where the server forgets to send it.
    let missing = ("fail HOST: verified: no trusted authority signed it, or the server does not send", "");
    assert_found(&made.of(made.service("chained").port(), "").await, &[IN_USE, NEW, missing, enough]);
}

#[tokio::test]
async fn what_no_client_should_trust_is_told_by_its_reason() {
    let made = Made::new();
    let enough = ("pass HOST: days left: 399 days left", "");
    let itself = ("fail HOST: verified: it is signed by itself, and not trusted; CN=localhost", "");
    assert_found(&made.of(made.service("self_signed").port(), "").await, &[IN_USE, NEW, itself, enough]);
    let both = ("fail HOST: verified: it is signed by itself, as that of an authority; CN=localhost", "");
    assert_found(&made.of(made.service("both").port(), "").await, &[IN_USE, NEW, both, enough]);
    let unknown = ("fail HOST: verified: no trusted authority signed it", "issued by CN=authority other");
    assert_found(&made.of(made.service("unknown").port(), "").await, &[IN_USE, NEW, unknown, enough]);
    let other = ("fail HOST: verified: it is made out to db.example, not to localhost; CN=db.example", "");
    assert_found(&made.of(made.service("wrong_host").port(), "").await, &[IN_USE, NEW, other, enough]);
    let early = ("fail HOST: verified: it is not valid before 2100-01-01T00:00:00Z", "");
    let not_yet = ("fail HOST: days left: not valid before 2100-01-01T00:00:00Z", "");
    assert_found(&made.of(made.service("later").port(), "").await, &[IN_USE, NEW, early, not_yet]);
}

#[tokio::test]
async fn a_service_without_tls_and_one_that_is_silent_are_told_apart() {
    let made = Made::new();
    let plain = answering(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    let in_plain_text = ("fail HOST: in use: it answers, and not in TLS", "");
    assert_found(&made.of(plain, "").await, &[in_plain_text]);
    let silent = answering(b"");
    let closed = ("not evaluated TLS of HOST: not evaluated: ", "in the handshake");
    assert_found(&made.of(silent, "").await, &[closed]);
    let refused = ("not evaluated TLS of HOST: not evaluated: ", "refused");
    assert_found(&made.of(closed_port(), "").await, &[refused]);
}

#[tokio::test]
async fn openssl_with_tls_1_1_alone_is_too_old() {
    let made = Made::new();
    let server = OpenSsl::start(&made, &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]);
    let old = ("fail HOST: version: it refuses TLS 1.2 and TLS 1.3", "");
    let found = made.of(server.port, "").await;
    assert_found(&found, &[old]);
}

#[tokio::test]
async fn a_server_that_demands_a_certificate_of_the_client_shows_its_own_all_the_same() {
    let made = Made::new();
    let server = OpenSsl::start(&made, &["-tls1_2", "-Verify", "1", "-verify_return_error"]);
    let found = made.of(server.port, "").await;
    let begun = ("not evaluated HOST: in use: it begins to, and then: ", "");
    let version = ("pass HOST: version: TLS 1.2", "");
    assert_found(&found, &[begun, version, VERIFIED, DAYS_LEFT]);
}

/// `openssl s_server` with the good certificate; it ends with this value.
struct OpenSsl {
    child: Child,
    port: u16,
    /// It ends where nobody takes what it says.
    _said: BufReader<ChildStdout>,
}

impl OpenSsl {
    fn start(made: &Made, words: &[&str]) -> OpenSsl {
        let mut child = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-cert"])
            .arg(made.file("good.crt"))
            .arg("-key")
            .arg(made.file("good.key"))
            .args(words)
            // It ends also where there is nothing more to read.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("ACCEPT") {
            line.clear();
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "it ended");
        }
        let port = line.trim_end().rsplit_once(':').unwrap().1.parse().unwrap();
        OpenSsl { child, port, _said: said }
    }
}

impl Drop for OpenSsl {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whoever comes says something, is told this, and is let go.
fn answering(answer: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut visitor, _) = listener.accept().unwrap();
        let mut heard = [0; 16 << 10];
        assert!(visitor.read(&mut heard).unwrap() > 0);
        visitor.write_all(answer).unwrap();
    });
    port
}

fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
