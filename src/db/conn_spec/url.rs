//! `postgresql://user:password@host:port,host:port/database?keyword=value`.
//!
//! No message repeats a piece of the part before the database: a badly encoded password lands anywhere in it.

use super::super::DbError;
use super::keywords::{Words, put};
use super::refuse;

const SOURCE: &str = "connection URL";

/// Whether the text is a URL of PostgreSQL's; returns what follows the scheme.
pub(super) fn strip_scheme(text: &str) -> Option<&str> {
    text.strip_prefix("postgresql://").or_else(|| text.strip_prefix("postgres://"))
}

/// Reads what follows the scheme.
pub(super) fn parse(rest: &str) -> Result<Words, DbError> {
    let mut words = Words::new();
    let (front, query) = rest.split_once('?').map_or((rest, None), |(front, query)| (front, Some(query)));
    let (authority, path) = front.split_once('/').map_or((front, None), |(front, path)| (front, Some(path)));
    if path.is_some_and(|path| path.contains('@')) {
        return Err(unescaped());
    }
    let hosts = match authority.split_once('@') {
        Some((login, hosts)) => {
            read_login(login, &mut words)?;
            hosts
        }
        None => authority,
    };
    if hosts.contains('@') {
        return Err(unescaped());
    }
    read_hosts(hosts, &mut words)?;
    if let Some(path) = path.filter(|path| !path.is_empty()) {
        words.insert("dbname", decode(path)?);
    }
    // With an `@` in it, what looks like a parameter may be the rest of a password.
    let shy = query.is_some_and(|query| query.contains('@'));
    for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (keyword, value) =
            pair.split_once('=').ok_or_else(|| refuse(SOURCE, "a parameter after \"?\" has no \"=\""))?;
        read_parameter(&decode(keyword)?, decode(value)?, shy, &mut words)?;
    }
    Ok(words)
}

fn unescaped() -> DbError {
    refuse(SOURCE, "the user name or password holds an unescaped character; write @ as %40, / as %2F, ? as %3F")
}

fn read_login(login: &str, words: &mut Words) -> Result<(), DbError> {
    let (user, password) = login.split_once(':').map_or((login, None), |(user, word)| (user, Some(word)));
    if !user.is_empty() {
        words.insert("user", decode(user)?);
    }
    if let Some(password) = password.filter(|password| !password.is_empty()) {
        words.insert("password", decode(password)?);
    }
    Ok(())
}

fn read_hosts(list: &str, words: &mut Words) -> Result<(), DbError> {
    if list.is_empty() {
        return Ok(());
    }
    let (mut hosts, mut ports) = (Vec::new(), Vec::new());
    for entry in list.split(',') {
        let (host, port) = split_port(entry)?;
        hosts.push(decode(host)?);
        ports.push(decode(port)?);
    }
    // One word for all: hosts that are all empty mean the default host.
    if hosts.iter().any(|host| !host.is_empty()) {
        words.insert("host", hosts.join(","));
    }
    if ports.iter().any(|port| !port.is_empty()) {
        if ports.iter().any(|port| !port.is_empty() && port.parse::<u16>().is_err()) {
            return Err(refuse(SOURCE, "a port is not a number from 1 to 65535"));
        }
        words.insert("port", ports.join(","));
    }
    Ok(())
}

fn split_port(entry: &str) -> Result<(&str, &str), DbError> {
    if let Some(rest) = entry.strip_prefix('[') {
        let (host, tail) = rest.split_once(']').ok_or_else(|| refuse(SOURCE, "an IPv6 address lacks its \"]\""))?;
        return match tail.strip_prefix(':') {
            Some(port) => Ok((host, port)),
            None if tail.is_empty() => Ok((host, "")),
            None => Err(refuse(SOURCE, "after the \"]\" of an IPv6 address comes a port or the next part")),
        };
    }
    let (host, port) = entry.split_once(':').unwrap_or((entry, ""));
    Ok((host, port))
}

fn read_parameter(keyword: &str, value: String, shy: bool, words: &mut Words) -> Result<(), DbError> {
    // As libpq does for the sake of JDBC's URLs.
    if keyword == "ssl" && value == "true" {
        return put(words, "sslmode", "require".into(), SOURCE, false);
    }
    put(words, keyword, value, SOURCE, shy)
}

fn decode(text: &str) -> Result<String, DbError> {
    let broken = || refuse(SOURCE, "a percent sign is not followed by two hexadecimal digits (write % as %25)");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16)).ok_or_else(broken);
        let code = digit()? * 16 + digit()?;
        bytes.push(u8::try_from(code).map_err(|_| broken())?);
    }
    let text = String::from_utf8(bytes).map_err(|_| refuse(SOURCE, "percent-encoded bytes are not UTF-8"))?;
    if text.contains('\0') { Err(refuse(SOURCE, "%00 is not allowed")) } else { Ok(text) }
}
