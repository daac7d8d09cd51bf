//! All sources together.

use std::path::{Path, PathBuf};

use super::super::DbError;
use super::keywords::{self, KEYWORDS, UNSUPPORTED, Words};
use super::passfile::{Passfile, SOCKET_DIRS};
use super::{ConnSpec, Env, Keepalives, Note, Secret, SslMode, TargetSession, driver, refuse, service, tls, url};

const DEFAULT_PORT: u16 = 5432;
/// libpq waits for ever by default; a run inside a maintenance window does not.
const DEFAULT_CONNECT_TIMEOUT_MS: u64 = 10_000;
const NAME: &str = "phasegate";

/// Variables by which libpq's programs set the session, and what phasegate does in their place.
const SESSION_VARIABLES: [(&str, &str); 3] = [
    ("PGTZ", "sessions run in UTC"),
    ("PGDATESTYLE", "sessions run with ISO, MDY"),
    ("PGGEQO", "set geqo in PGOPTIONS"),
];

pub(super) fn resolve(dsn: Option<&str>, env: &Env) -> Result<(ConnSpec, Vec<Note>), DbError> {
    let mut notes = Vec::new();
    let words = words(dsn, env, &mut notes)?;
    let get = |keyword: &str| words.get(keyword).map(String::as_str).filter(|value| !value.is_empty());
    if let Some(encoding) = get("client_encoding")
        && !["utf8", "utf-8", "unicode", "auto"].contains(&encoding.to_ascii_lowercase().as_str())
    {
        return Err(refuse("client_encoding", format!("{encoding} is not supported; phasegate speaks UTF8")));
    }
    let user = get("user").or(env.user()).ok_or_else(|| refuse("user", "no user is named"))?.to_owned();
    let (hosts, names) = hosts(&words)?;
    let tls = tls::resolve(&words, env, &mut notes)?;
    if tls.mode == SslMode::VerifyFull && !names.is_empty() && hosts.iter().map(|(host, _)| host).ne(&names) {
        return Err(refuse("hostaddr", "is not supported together with sslmode=verify-full, which needs the name"));
    }
    let spec = ConnSpec {
        database: get("dbname").unwrap_or(&user).to_owned(),
        password: get("password").map(Secret::new),
        hosts,
        ssl_mode: tls.mode,
        ssl_root_cert: tls.root_cert,
        ssl_cert: tls.cert,
        ssl_key: tls.key,
        connect_timeout_ms: connect_timeout_ms(get("connect_timeout"))?,
        application_name: get("application_name").or(get("fallback_application_name")).unwrap_or(NAME).to_owned(),
        target: target_session(get("target_session_attrs"))?,
        options: driver::parse_options(get("options").unwrap_or_default())?,
        keepalives: keepalives(&words)?,
        passfile_hosts: names,
        hides_values: false,
        passfile: if get("password").is_some() { Passfile::default() } else { passfile(&words, env, &mut notes) },
        user,
    };
    Ok((spec, notes))
}

/// What the connection string says, then the service, then the variables.
fn words(dsn: Option<&str>, env: &Env, notes: &mut Vec<Note>) -> Result<Words, DbError> {
    let mut words = match dsn.map(str::trim) {
        None | Some("") => Words::new(),
        Some(text) => match url::strip_scheme(text) {
            Some(rest) => url::parse(rest)?,
            None if text.contains('=') => keywords::parse(text)?,
            None => {
                return Err(refuse(
                    "connection string",
                    "is neither postgresql://user@host/database nor host=… dbname=… user=…",
                ));
            }
        },
    };
    if words.contains_key("password") {
        notes.push(Note::PasswordInConnectionString);
    }
    let named = |keyword: &str, variable: &str| {
        words.get(keyword).map(String::as_str).or(env.get(variable)).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    if let Some(name) = named("service", "PGSERVICE") {
        let file = named("servicefile", "PGSERVICEFILE");
        for (keyword, value) in service::load(&name, file.as_deref(), env)? {
            words.entry(keyword).or_insert(value);
        }
    }
    for (keyword, variable) in KEYWORDS {
        if let Some(value) = env.get(variable) {
            words.entry(keyword).or_insert_with(|| value.to_owned());
        }
    }
    for (keyword, variable, harmless) in UNSUPPORTED {
        keywords::check_unsupported(keyword, env.get(variable).unwrap_or_default(), harmless, variable)?;
    }
    for (name, instead) in SESSION_VARIABLES {
        notes.extend(env.get(name).map(|_| Note::VariableNotUsed { name, instead }));
    }
    Ok(words)
}

/// Hosts with ports, and the names that they have where addresses stand in for them.
type Hosts = (Vec<(String, u16)>, Vec<String>);

/// Hosts with ports, and the names they have in the password file where addresses stand in for them.
fn hosts(words: &Words) -> Result<Hosts, DbError> {
    let list = |keyword: &str| -> Vec<String> {
        let text = words.get(keyword).map_or("", String::as_str);
        if text.is_empty() { Vec::new() } else { text.split(',').map(|item| item.trim().to_owned()).collect() }
    };
    let (names, addresses, ports) = (list("host"), list("hostaddr"), list("port"));
    if !names.is_empty() && !addresses.is_empty() && names.len() != addresses.len() {
        let problem = format!("{} addresses for {} hosts", addresses.len(), names.len());
        return Err(refuse("hostaddr", problem));
    }
    if let Some(bad) = addresses.iter().find(|text| !text.is_empty() && text.parse::<std::net::IpAddr>().is_err()) {
        return Err(refuse("hostaddr", format!("{bad:?} is not an IP address")));
    }
    let count = names.len().max(addresses.len()).max(1);
    if ports.len() > 1 && ports.len() != count {
        return Err(refuse("port", format!("{} ports for {count} hosts; give one, or one for each", ports.len())));
    }
    let mut hosts = Vec::with_capacity(count);
    let mut known_as = Vec::with_capacity(count);
    for index in 0..count {
        let port = port(ports.get(index).or(ports.first()).map_or("", String::as_str))?;
        let pick = |list: &[String]| list.get(index).filter(|text| !text.is_empty()).cloned();
        let name = pick(&names);
        if name.as_deref().is_some_and(|name| name.starts_with('@')) {
            return Err(refuse("host", "sockets in the abstract namespace are not supported; name a directory"));
        }
        let host = pick(&addresses).or_else(|| name.clone()).unwrap_or_else(|| default_host(port));
        known_as.push(name.unwrap_or_else(|| host.clone()));
        hosts.push((host, port));
    }
    if addresses.is_empty() {
        known_as.clear();
    }
    Ok((hosts, known_as))
}

fn port(text: &str) -> Result<u16, DbError> {
    if text.is_empty() {
        return Ok(DEFAULT_PORT);
    }
    match text.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(refuse("port", format!("{text:?} is not a number from 1 to 65535"))),
    }
}

/// The socket directory in which a server listens on this port, else this machine by TCP.
fn default_host(port: u16) -> String {
    let listening = |dir: &&str| Path::new(dir).join(format!(".s.PGSQL.{port}")).exists();
    let found = SOCKET_DIRS.into_iter().filter(|_| cfg!(unix)).find(listening);
    found.unwrap_or("localhost").to_owned()
}

fn connect_timeout_ms(text: Option<&str>) -> Result<u64, DbError> {
    let Some(text) = text else { return Ok(DEFAULT_CONNECT_TIMEOUT_MS) };
    match text.trim().parse::<i32>() {
        // As in libpq: 0 and below wait for ever.
        Ok(seconds) => Ok(u64::try_from(seconds).unwrap_or(0) * 1000),
        Err(_) => Err(refuse("connect_timeout", format!("{text:?} is not a whole number of seconds"))),
    }
}

fn target_session(text: Option<&str>) -> Result<TargetSession, DbError> {
    match text {
        None | Some("any") => Ok(TargetSession::Any),
        Some("read-write") => Ok(TargetSession::ReadWrite),
        Some("read-only") => Ok(TargetSession::ReadOnly),
        Some("primary") => Ok(TargetSession::Primary),
        Some("standby") => Ok(TargetSession::Standby),
        Some("prefer-standby") => Ok(TargetSession::PreferStandby),
        Some(other) => Err(refuse(
            "target_session_attrs",
            format!("{other:?} is none of any, read-write, read-only, primary, standby, prefer-standby"),
        )),
    }
}

fn keepalives(words: &Words) -> Result<Keepalives, DbError> {
    let number = |keyword: &str, default: u32| match words.get(keyword).filter(|text| !text.is_empty()) {
        None => Ok(default),
        Some(text) => text.trim().parse().map_err(|_| refuse(keyword, format!("{text:?} is not a whole number"))),
    };
    let default = Keepalives::default();
    if number("keepalives", 1)? == 0 {
        return Ok(Keepalives { idle_s: 0, interval_s: 0, count: 0 });
    }
    Ok(Keepalives {
        idle_s: number("keepalives_idle", default.idle_s)?,
        interval_s: number("keepalives_interval", default.interval_s)?,
        count: number("keepalives_count", default.count)?,
    })
}

fn passfile(words: &Words, env: &Env, notes: &mut Vec<Note>) -> Passfile {
    let given = words.get("passfile").filter(|path| !path.is_empty()).map(PathBuf::from);
    let asked_for = given.is_some();
    match given.or_else(|| env.file(".pgpass", "pgpass.conf")) {
        Some(path) => Passfile::load(path, asked_for, notes),
        None => Passfile::default(),
    }
}
