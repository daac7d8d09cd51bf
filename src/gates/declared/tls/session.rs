//! The session that phasegate works in, as the server sees it.

use super::super::bench::Bench;
use super::super::kind::{Finding, Outcome};
use super::Version;
use super::findings::{IN_USE, version};
use crate::db::{DbError, SslMode};

/// How the server sees a session of ours.
struct Seen {
    encrypted: bool,
    /// `TLSv1.3`
    version: String,
    cipher: String,
}

/// Whether phasegate's own session is encrypted, and by which version.
pub(super) async fn findings(bench: &Bench<'_>, least: Version) -> Vec<Finding> {
    let finding = |outcome, measured: String| {
        Finding::new(outcome, "the session is encrypted", measured)
            .about(format!("session: {IN_USE}"))
            .probe(include_str!("session.sql"))
    };
    let seen = match ask(bench).await {
        Ok(seen) => seen,
        // It goes on: a certificate that keeps everybody out is what the handshake will show.
        Err(error) => {
            let unmeasured = finding(Outcome::Open, format!("not measured: {error}"));
            return vec![unmeasured.remedy("see why there is no session; what is found of the host may tell")];
        }
    };
    if !seen.encrypted {
        let remedy = match bench.platform.spec.ssl_mode {
            SslMode::Disable => "say sslmode=verify-full in place of disable",
            _ => "set ssl = on in the server's configuration, and say sslmode=verify-full",
        };
        return vec![finding(Outcome::Violated, "it is plain text".into()).remedy(remedy)];
    }
    let measured = format!("{}, {}", seen.version, seen.cipher);
    vec![finding(Outcome::Holds, measured), version("session", least, of_name(&seen.version), &seen.version)]
}

async fn ask(bench: &Bench<'_>) -> Result<Seen, DbError> {
    let mut session = bench.session().await?;
    let row = session.one(include_str!("session.sql")).await?;
    let text = |column| row.get(column).map(|value| value.unwrap_or_default().to_owned());
    let seen = Seen { encrypted: row.flag("ssl")?, version: text("version")?, cipher: text("cipher")? };
    session.close().await;
    Ok(seen)
}

/// A version by the server's name for it; what is not known is taken for too old.
fn of_name(name: &str) -> Option<Version> {
    match name {
        "TLSv1.2" => Some(Version::V12),
        "TLSv1.3" => Some(Version::V13),
        _ => None,
    }
}
