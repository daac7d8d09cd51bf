//! The text of the server's configuration files.

use std::path::Path;

use super::error::{DisposableError, Result};

/// `postgresql.conf`: what initdb found out, then the room's own settings, then the caller's.
pub(super) fn configuration(
    from_initdb: &Path,
    own: &[(String, String)],
    callers: &[(String, String)],
) -> Result<String> {
    let mut text = format!("include_if_exists = {}\n", quoted("include_if_exists", &from_initdb.to_string_lossy())?);
    for (name, value) in own.iter().chain(callers) {
        text.push_str(&format!("{} = {}\n", checked_name(name)?, quoted(name, value)?));
    }
    Ok(text)
}

/// Settings that trade the data of a crash of the *machine* for speed.
///
/// synchronous_commit stays on: without it a killed *server* forgets what it had reported as committed, and without
/// fsync it costs no more than a write to the operating system's memory.
pub(super) fn not_durable() -> Vec<(String, String)> {
    let off = ["fsync", "full_page_writes"];
    off.iter().map(|name| ((*name).to_owned(), "off".to_owned())).collect()
}

/// `pg_hba.conf`: the caller's lines, then trust on the socket (whose directory is closed to others).
/// Over TCP anybody on this machine could come, so a password is asked for; Windows has nothing but TCP.
pub(super) fn access_rules(callers: &[String]) -> Result<String> {
    let tcp = if cfg!(unix) { "scram-sha-256" } else { "trust" };
    let mut text = String::new();
    for line in callers {
        text.push_str(one_line("pg_hba.conf", line)?);
        text.push('\n');
    }
    if cfg!(unix) {
        text.push_str("local all all trust\nlocal replication all trust\n");
    }
    for (database, address) in [("all", "127.0.0.1/32"), ("replication", "127.0.0.1/32")] {
        text.push_str(&format!("host {database} all {address} {tcp}\n"));
    }
    Ok(text)
}

fn checked_name(name: &str) -> Result<&str> {
    let mut letters = name.chars();
    let first = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    match first && letters.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.') {
        true => Ok(name),
        false => Err(invalid(name, "a name is made of letters, digits, `_` and `.`")),
    }
}

/// Configuration files know both `''` and backslash escapes.
fn quoted(name: &str, value: &str) -> Result<String> {
    Ok(format!("'{}'", one_line(name, value)?.replace('\\', "\\\\").replace('\'', "''")))
}

fn one_line<'a>(name: &str, value: &'a str) -> Result<&'a str> {
    match value.contains(['\n', '\r', '\0']) {
        true => Err(invalid(name, "the value must be one line")),
        false => Ok(value),
    }
}

fn invalid(name: &str, why: &str) -> DisposableError {
    DisposableError::InvalidSetting { name: name.to_owned(), why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn the_callers_settings_come_last_and_are_quoted() {
        let text = configuration(Path::new("/d/c"), &[pair("fsync", "off")], &[pair("my.x", r"a'b\c")]).unwrap();
        assert_eq!(text, "include_if_exists = '/d/c'\nfsync = 'off'\nmy.x = 'a''b\\\\c'\n");
    }

    #[test]
    fn nothing_breaks_out_of_its_line() {
        for (name, value) in [("a", "1\nb = 2"), ("a b", "1"), ("a=1\nb", "1"), ("", "1"), ("1a", "1")] {
            let error = configuration(Path::new("/c"), &[], &[pair(name, value)]).unwrap_err();
            assert!(matches!(error, DisposableError::InvalidSetting { .. }), "{name:?} {value:?}");
        }
        assert!(access_rules(&["local all all trust\nhost all all all trust".to_owned()]).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn only_the_socket_is_trusted() {
        let text = access_rules(&["hostssl all ada all scram-sha-256".to_owned()]).unwrap();
        assert!(text.starts_with("hostssl all ada"));
        assert!(text.lines().all(|line| line.starts_with("local") || !line.ends_with("trust")), "{text}");
    }
}
