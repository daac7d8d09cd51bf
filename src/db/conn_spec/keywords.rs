//! `host=… dbname=…`, and which keywords there are.

use std::collections::BTreeMap;

use super::super::DbError;
use super::refuse;

/// What one source says: keyword to value. Later words of the same source win.
pub(super) type Words = BTreeMap<&'static str, String>;

/// Every keyword that is honoured, with libpq's variable for it.
pub(super) const KEYWORDS: [(&str, &str); 26] = [
    ("host", "PGHOST"),
    ("hostaddr", "PGHOSTADDR"),
    ("port", "PGPORT"),
    ("dbname", "PGDATABASE"),
    ("user", "PGUSER"),
    ("password", "PGPASSWORD"),
    ("passfile", "PGPASSFILE"),
    ("service", "PGSERVICE"),
    ("servicefile", "PGSERVICEFILE"),
    ("options", "PGOPTIONS"),
    ("application_name", "PGAPPNAME"),
    ("fallback_application_name", ""),
    ("connect_timeout", "PGCONNECT_TIMEOUT"),
    ("target_session_attrs", "PGTARGETSESSIONATTRS"),
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION"),
    ("gssencmode", "PGGSSENCMODE"),
    ("channel_binding", "PGCHANNELBINDING"),
    ("client_encoding", "PGCLIENTENCODING"),
    ("keepalives", ""),
    ("keepalives_idle", ""),
    ("keepalives_interval", ""),
    ("keepalives_count", ""),
];

/// libpq's keywords that the driver cannot keep, with their variables and the values that ask for nothing.
pub(super) const UNSUPPORTED: [(&str, &str, &[&str]); 25] = [
    ("sslcrl", "PGSSLCRL", &[]),
    ("sslcrldir", "PGSSLCRLDIR", &[]),
    ("sslpassword", "", &[]),
    ("sslcompression", "PGSSLCOMPRESSION", &["0"]),
    ("sslsni", "PGSSLSNI", &["1"]),
    ("sslnegotiation", "PGSSLNEGOTIATION", &["postgres"]),
    ("sslcertmode", "PGSSLCERTMODE", &["allow"]),
    ("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION", &["TLSv1.3"]),
    ("requiressl", "PGREQUIRESSL", &["0"]),
    ("requirepeer", "PGREQUIREPEER", &[]),
    ("require_auth", "PGREQUIREAUTH", &[]),
    ("krbsrvname", "PGKRBSRVNAME", &["postgres"]),
    ("gsslib", "PGGSSLIB", &[]),
    ("gssdelegation", "PGGSSDELEGATION", &["0"]),
    ("replication", "", &["false", "off", "no", "0"]),
    ("tcp_user_timeout", "", &["0"]),
    ("load_balance_hosts", "PGLOADBALANCEHOSTS", &["disable"]),
    ("min_protocol_version", "PGMINPROTOCOLVERSION", &["3.0"]),
    ("max_protocol_version", "PGMAXPROTOCOLVERSION", &["3.0", "3.2", "latest"]),
    ("scram_client_key", "", &[]),
    ("scram_server_key", "", &[]),
    ("oauth_issuer", "", &[]),
    ("oauth_client_id", "", &[]),
    ("oauth_client_secret", "", &[]),
    ("oauth_scope", "", &[]),
];

/// Adds `keyword=value` of `source` to the words.
///
/// `shy` leaves the keyword out of the message, where it may be a piece of a badly quoted password.
pub(super) fn put(words: &mut Words, keyword: &str, value: String, source: &str, shy: bool) -> Result<(), DbError> {
    if let Some((name, _)) = KEYWORDS.iter().find(|(name, _)| *name == keyword) {
        words.insert(name, value);
        return Ok(());
    }
    if let Some((name, _, harmless)) = UNSUPPORTED.iter().find(|(name, ..)| *name == keyword) {
        return check_unsupported(name, &value, harmless, source);
    }
    let allowed: Vec<&str> = KEYWORDS.iter().map(|(name, _)| *name).collect();
    let shown = if shy { String::new() } else { format!(" {keyword:?}") };
    Err(refuse(source, format!("unknown keyword{shown}; allowed are {}", allowed.join(", "))))
}

/// Refuses a setting that would have to be ignored, unless its value asks for nothing.
pub(super) fn check_unsupported(name: &str, value: &str, harmless: &[&str], source: &str) -> Result<(), DbError> {
    if value.is_empty() || harmless.contains(&value) {
        return Ok(());
    }
    let allowed = match harmless {
        [] => "leave it out".to_owned(),
        values => format!("leave it out, or say {}", values.join(" or ")),
    };
    Err(refuse(format!("{name} ({source})"), format!("this is not supported and will not be ignored: {allowed}")))
}

/// Reads a keyword/value string by libpq's rules: blanks around `=` are free, values with blanks stand in single
/// quotes, a backslash takes the next character as it is.
pub(super) fn parse(text: &str) -> Result<Words, DbError> {
    let source = "connection string";
    let mut words = Words::new();
    let mut chars = text.char_indices().peekable();
    let mut after_password = false;
    loop {
        while chars.next_if(|(_, c)| c.is_ascii_whitespace()).is_some() {}
        let Some(&(start, _)) = chars.peek() else { return Ok(words) };
        let mut keyword = String::new();
        while let Some((_, c)) = chars.next_if(|(_, c)| !c.is_ascii_whitespace() && *c != '=') {
            keyword.push(c);
        }
        while chars.next_if(|(_, c)| c.is_ascii_whitespace()).is_some() {}
        if chars.next_if(|(_, c)| *c == '=').is_none() {
            let at = text[..start].chars().count() + 1;
            return Err(refuse(source, format!("the word at character {at} is not followed by \"=\"")));
        }
        while chars.next_if(|(_, c)| c.is_ascii_whitespace()).is_some() {}
        let value = value(&mut chars)?;
        put(&mut words, &keyword, value, source, after_password)?;
        after_password |= keyword == "password";
    }
}

fn value(chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>) -> Result<String, DbError> {
    let quoted = chars.next_if(|(_, c)| *c == '\'').is_some();
    let mut value = String::new();
    loop {
        match chars.next_if(|(_, c)| quoted || !c.is_ascii_whitespace()) {
            None if quoted => return Err(refuse("connection string", "a quoted value does not end")),
            None => return Ok(value),
            Some((_, '\'')) if quoted => return Ok(value),
            Some((_, '\\')) => value.extend(chars.next().map(|(_, c)| c)),
            Some((_, c)) => value.push(c),
        }
    }
}
