//! What to do about an error of the connection. The server and the system say what is wrong, seldom what helps.

use crate::db::DbError;
use crate::migration_log::LogError;
use crate::run::Error;

/// The remedy, where there is one to give.
pub(super) fn on(error: &Error) -> Option<&'static str> {
    let (code, reason) = match error {
        Error::Log(LogError::Db(error)) if error.code() == Some("42501") => {
            return Some("grant the role USAGE on the log's schema, and SELECT on the log's tables");
        }
        Error::Db(DbError::Connect { code, reason, .. }) => (code, reason),
        _ => return None,
    };
    match code.as_deref() {
        Some("28P01") => Some("check the password in ~/.pgpass or PGPASSWORD, and the user's name"),
        Some("28000") => Some("check the user's name, and what the server's pg_hba.conf allows it"),
        Some("3D000") => Some("check the database's name; psql -l lists those of a server"),
        Some("42501") => Some("the role needs CONNECT on this database"),
        Some("53300") => Some("the server has no connection left; close one, or raise max_connections"),
        Some("57P03") => Some("the server is starting or stopping; try again when it is up"),
        Some(_) => None,
        None => Some(on_the_way(reason)),
    }
}

/// No server answered.
fn on_the_way(reason: &str) -> &'static str {
    if reason.contains("lookup") {
        "check the host's name, given by --database, PGHOST or the service file"
    } else if reason.contains("tls") || reason.contains("certificate") {
        "check sslmode and sslrootcert, and that the certificate is made out to this host"
    } else if reason.contains("password") {
        "put the password into ~/.pgpass or PGPASSWORD"
    } else {
        "check that a server runs there, and --database, PGHOST and PGPORT"
    }
}
