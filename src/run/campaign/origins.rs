//! Where the database comes from that is rewritten: a copy, a dump, a fresh filling, another server.

use std::path::Path;
use std::process::Command;

use crate::db::DbError;
use crate::disposable::DisposableError;
use crate::phase::{Change, ObjectKind};

use super::super::Error;
use super::ground::{CLEAN, Ground, Host, fill, make_types};

/// A database to copy from, and what it is.
pub(super) struct Origin {
    pub(super) kind: String,
    /// The server's place among the campaign's.
    pub(super) host: usize,
    pub(super) database: &'static str,
}

impl Origin {
    /// What is not the database's but the server's, and differs between majors: the versions of extensions that it
    /// brings, and whose the schema public is.
    pub(super) fn declared(&self) -> Vec<Change> {
        match self.host {
            0 => Vec::new(),
            _ => vec![
                Change::Changes(ObjectKind::Extension, "*".into()),
                Change::Changes(ObjectKind::Grant, "public".into()),
            ],
        }
    }
}

/// Makes all that can be made; what cannot is listed.
pub(super) async fn make(ground: &Ground, left_out: &mut Vec<String>) -> Result<Vec<Origin>, Error> {
    let host = &ground.servers[0];
    let mut origins = vec![Origin { kind: "copied as a template".into(), host: 0, database: CLEAN }];
    match collated(ground, host).await? {
        Some(kind) => origins.push(Origin { kind, host: 0, database: "campaign_collated" }),
        None => left_out.push("filled under another collation".into()),
    }
    match restored(host, &ground.options.scratch).await? {
        None => origins.push(Origin { kind: "dumped and restored".into(), host: 0, database: "campaign_restored" }),
        Some(reason) => left_out.push(format!("dumped and restored ({reason})")),
    }
    match ground.servers.get(1) {
        Some(other) => {
            let major = other.version.split(['.', ' ']).next().unwrap_or_default();
            origins.push(Origin { kind: format!("on a server of major {major}"), host: 1, database: CLEAN });
        }
        None => left_out.push("on a server of another major (none was named)".into()),
    }
    Ok(origins)
}

/// The same filled anew in a database that sorts otherwise; its kind, where the server can have one.
async fn collated(ground: &Ground, host: &Host) -> Result<Option<String>, Error> {
    const NAME: &str = "campaign_collated";
    let ways = [
        (
            "filled under an ICU collation",
            "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de' LOCALE 'C' ENCODING 'UTF8'",
        ),
        ("filled under the C collation", "TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C' ENCODING 'UTF8'"),
    ];
    for (kind, like) in ways {
        match host.create(NAME, like).await {
            Ok(()) => {
                let spec = host.spec(NAME);
                make_types(&spec, &ground.families).await?;
                fill(&spec, &ground.zoo, ground.options.scale).await?;
                return Ok(Some(kind.to_owned()));
            }
            Err(DbError::Server(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

/// Dumps and restores the untouched database; the reason, where the programs for it are not there.
async fn restored(host: &Host, scratch: &Path) -> Result<Option<String>, Error> {
    const NAME: &str = "campaign_restored";
    let file = scratch.join("dump.sql");
    let (dump, load) = (host.server.client("pg_dump"), host.server.client("psql"));
    let (mut dump, mut load) = match (dump, load) {
        (Ok(dump), Ok(load)) => (dump, load),
        (Err(error @ DisposableError::ProgramMissing { .. }), _)
        | (_, Err(error @ DisposableError::ProgramMissing { .. })) => {
            return Ok(Some(error.to_string()));
        }
        (Err(error), _) | (_, Err(error)) => return Err(error.into()),
    };
    host.create(NAME, "TEMPLATE template0").await?;
    dump.args(["-d", CLEAN, "-f"]).arg(&file);
    load.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", NAME, "-f"]).arg(&file);
    let ran = tokio::task::spawn_blocking(move || run(&mut dump).or_else(|| run(&mut load))).await;
    ran.map_err(|error| Error::Db(DbError::Answer { reason: format!("dump and restore: {error}") }))
        .map(|problem| problem.map(|problem| format!("failed: {problem}")))
}

/// Runs a program; what it said, where it failed.
fn run(command: &mut Command) -> Option<String> {
    match command.output() {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Some(error.to_string()),
    }
}
