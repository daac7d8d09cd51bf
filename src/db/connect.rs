//! Making a connection: the hosts in their order, each within its time, until one answers that is wanted.

use std::future::Future;
use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection};

use super::conn_spec::TargetSession;
use super::{ConnSpec, DbError, SslMode};

/// A connection, and the settings narrowed to the host that it reached.
pub(super) struct Connected {
    pub(super) conn: PgConnection,
    pub(super) spec: ConnSpec,
}

/// Tries the hosts in order. As in libpq, a host that cannot be reached, or is not what is wanted, makes way for the
/// next; one that refuses the login ends the search.
pub(super) async fn first(spec: &ConnSpec, extra: &[(String, String)]) -> Result<Connected, DbError> {
    let passes: &[TargetSession] = match spec.target {
        TargetSession::PreferStandby => &[TargetSession::Standby, TargetSession::Any],
        _ => std::slice::from_ref(&spec.target),
    };
    let mut failures: Vec<DbError> = Vec::new();
    for wanted in passes {
        failures.clear();
        for index in 0..spec.hosts.len() {
            match one(&spec.narrowed(index), *wanted, extra).await {
                Ok(conn) => return Ok(Connected { conn, spec: spec.narrowed(index) }),
                Err(error) if ends_search(&error) => return Err(error),
                Err(error) => failures.push(error),
            }
        }
    }
    Err(all_of(failures))
}

/// A server that answers with an error has been found; only one that is starting up or shutting down is passed over.
fn ends_search(error: &DbError) -> bool {
    match error {
        DbError::Connect { code, .. } => code.as_deref().is_some_and(|code| code != "57P03"),
        _ => true,
    }
}

/// One error for all hosts.
fn all_of(mut failures: Vec<DbError>) -> DbError {
    match failures.len() {
        0 => DbError::Settings { what: "host".into(), problem: "no host is given".into() },
        1 => failures.remove(0),
        _ => {
            let (mut targets, mut reasons) = (Vec::new(), Vec::new());
            for failure in failures {
                if let DbError::Connect { target, reason, .. } = failure {
                    reasons.push(format!("{target}: {reason}"));
                    targets.push(target);
                }
            }
            DbError::Connect { target: targets.join(", "), reason: reasons.join("; "), code: None }
        }
    }
}

/// Connects to the only host of this spec.
async fn one(spec: &ConnSpec, wanted: TargetSession, extra: &[(String, String)]) -> Result<PgConnection, DbError> {
    let conn = login(spec, &spec.driver_options(0, false, extra)?).await;
    let mut conn = match conn {
        // `prefer` takes plain text where the server has no entry for TLS.
        Err(error) if spec.ssl_mode == SslMode::Prefer && error.code() == Some("28000") => {
            match login(spec, &spec.driver_options(0, true, extra)?).await {
                Ok(conn) => conn,
                Err(_) => return Err(error),
            }
        }
        other => other?,
    };
    match check(&mut conn, wanted).await {
        Ok(None) => Ok(conn),
        Ok(Some(reason)) => Err(failed(spec, reason, None)),
        Err(error) => Err(failed(spec, error.to_string(), None)),
    }
}

async fn login(spec: &ConnSpec, options: &PgConnectOptions) -> Result<PgConnection, DbError> {
    match within(spec, PgConnection::connect_with(options)).await? {
        Ok(conn) => Ok(conn),
        Err(error) => Err(refused(spec, error)),
    }
}

/// Waits at most as long as one host may take.
pub(super) async fn within<T>(spec: &ConnSpec, work: impl Future<Output = T>) -> Result<T, DbError> {
    if spec.connect_timeout_ms == 0 {
        return Ok(work.await);
    }
    let limit = Duration::from_millis(spec.connect_timeout_ms);
    let late = |_| failed(spec, format!("no answer within {} ms (connect_timeout)", spec.connect_timeout_ms), None);
    tokio::time::timeout(limit, work).await.map_err(late)
}

/// Why this server is not the wanted one, if it is not.
async fn check(conn: &mut PgConnection, wanted: TargetSession) -> Result<Option<&'static str>, sqlx::Error> {
    if wanted == TargetSession::Any {
        return Ok(None);
    }
    let standby = ask(conn, "SELECT pg_catalog.pg_is_in_recovery()").await? == "t";
    let read_only = standby || ask(conn, "SHOW default_transaction_read_only").await? == "on";
    Ok(match wanted {
        TargetSession::ReadWrite if read_only => Some("its sessions are read-only (target_session_attrs=read-write)"),
        TargetSession::ReadOnly if !read_only => Some("its sessions can write (target_session_attrs=read-only)"),
        TargetSession::Primary if standby => Some("it is a hot standby (target_session_attrs=primary)"),
        TargetSession::Standby if !standby => Some("it is not a standby (target_session_attrs=standby)"),
        _ => None,
    })
}

async fn ask(conn: &mut PgConnection, sql: &'static str) -> Result<String, sqlx::Error> {
    let row = sqlx::raw_sql(sql).fetch_one(conn).await?;
    let value = sqlx::Row::try_get_raw(&row, 0)?;
    value.as_str().map(str::to_owned).map_err(sqlx::Error::Decode)
}

fn refused(spec: &ConnSpec, error: sqlx::Error) -> DbError {
    let code = error.as_database_error().and_then(|error| error.code()).map(|code| code.into_owned());
    match DbError::from(error) {
        settings @ DbError::Settings { .. } => settings,
        DbError::Lost { reason } | DbError::Poisoned { reason } | DbError::Answer { reason } => {
            failed(spec, reason, code)
        }
        other => failed(spec, other.to_string(), code),
    }
}

fn failed(spec: &ConnSpec, reason: impl Into<String>, code: Option<String>) -> DbError {
    DbError::Connect { target: spec.target(), reason: reason.into(), code }
}
