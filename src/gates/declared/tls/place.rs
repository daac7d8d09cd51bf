//! Whose TLS is looked at.

use rustls::pki_types::ServerName;

use super::super::kind::Unmeasured;
use crate::db::ConnSpec;

/// The word for the database that phasegate works on.
pub(super) const DATABASE: &str = "database";

const HTTPS_PORT: u16 = 443;

/// Whose TLS is looked at.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Place {
    Database,
    /// What speaks TLS from its first byte.
    Service(Host),
}

/// Where to knock, and the name that the certificate must be made out to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Host {
    pub(super) address: String,
    pub(super) port: u16,
    pub(super) name: ServerName<'static>,
}

impl Place {
    /// Reads `database`, `host:port`, `https://host` with or without a port and a path.
    ///
    /// # Errors
    /// What is wrong, and what is allowed.
    pub(super) fn read(text: &str) -> Result<Place, String> {
        if text == DATABASE {
            return Ok(Place::Database);
        }
        if text.contains('@') {
            // Not repeated: it may hold a password.
            return Err("of names a user; a handshake has none: say host:port or https://host".into());
        }
        let (authority, default) = match text.split_once("://") {
            Some(("https", rest)) => (rest.split(['/', '?', '#']).next().unwrap_or_default(), Some(HTTPS_PORT)),
            Some(_) => return Err(unknown(text)),
            None => (text, None),
        };
        let (host, port) = split(authority, default).ok_or_else(|| unknown(text))?;
        Host::new(host, host, port).map(Place::Service).ok_or_else(|| unknown(text))
    }
}

impl Host {
    /// `None` where no certificate can be made out to that name.
    fn new(address: &str, name: &str, port: u16) -> Option<Host> {
        let name = ServerName::try_from(name.trim_end_matches('.').to_owned()).ok()?;
        Some(Host { address: address.to_owned(), port, name })
    }
}

impl std::fmt::Display for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.address.contains(':') {
            write!(f, "[{}]:{}", self.address, self.port)
        } else {
            write!(f, "{}:{}", self.address, self.port)
        }
    }
}

/// Every host that the database may be reached at.
///
/// # Errors
/// A Unix socket among them: a gate must not say that all is encrypted where one way is not.
pub(super) fn hosts_of(spec: &ConnSpec) -> Result<Vec<Host>, Unmeasured> {
    let mut hosts = Vec::with_capacity(spec.hosts.len());
    for (index, (address, port)) in spec.hosts.iter().enumerate() {
        if address.starts_with('/') {
            let reason = format!("the database is reached by the Unix socket in {address}, which has no TLS");
            return Err(Unmeasured::new(reason).remedy("connect by TCP as the application does: name its host"));
        }
        // Where an address stands in for a host, the certificate is made out to the host.
        let name = spec.passfile_hosts.get(index).unwrap_or(address);
        let host = Host::new(address, name, *port);
        hosts.push(host.ok_or_else(|| {
            Unmeasured::new(format!("{name:?} is no name that a certificate could be made out to"))
                .remedy("connect by the host's name or address")
        })?);
    }
    Ok(hosts)
}

/// Host and port; an IPv6 address stands in brackets.
fn split(authority: &str, default: Option<u16>) -> Option<(&str, u16)> {
    let (host, rest) = match authority.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port = match rest.strip_prefix(':') {
        Some(port) => port.parse().ok().filter(|port| *port > 0)?,
        None if rest.is_empty() => default?,
        None => return None,
    };
    (!host.is_empty()).then_some((host, port))
}

fn unknown(text: &str) -> String {
    format!("of is {text:?}; allowed are database, host:port and https://host")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(text: &str) -> (String, u16) {
        match Place::read(text) {
            Ok(Place::Service(host)) => (host.address, host.port),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn places_are_read() {
        assert_eq!(Place::read("database"), Ok(Place::Database));
        for (text, host, port) in [
            ("localhost:8443", "localhost", 8443),
            ("10.0.0.7:636", "10.0.0.7", 636),
            ("[::1]:8443", "::1", 8443),
            ("https://portal.example", "portal.example", 443),
            ("https://portal.example/health?all=1", "portal.example", 443),
            ("https://[::1]:8443/", "::1", 8443),
        ] {
            assert_eq!(service(text), (host.to_owned(), port), "{text}");
        }
    }

    #[test]
    fn what_is_no_place_is_refused_and_no_password_repeated() {
        for text in [
            "",
            "localhost",
            "localhost:",
            "localhost:0",
            "localhost:70000",
            "::1:443",
            "[::1]443",
            "a b:1",
            "http://portal.example",
            "postgresql://db1/portal",
            "https://",
            "https://:443",
        ] {
            assert!(
                Place::read(text).unwrap_err().contains("allowed are database, host:port and https://host"),
                "{text}"
            );
        }
        let error = Place::read("https://dba:secret@portal.example").unwrap_err();
        assert!(!error.contains("secret"), "{error}");
    }

    #[test]
    fn the_certificate_is_that_of_the_name_where_an_address_stands_in_for_it() {
        let spec = ConnSpec::from_url("host=db1.example hostaddr=10.0.0.7 user=dba dbname=portal").unwrap();
        let hosts = hosts_of(&spec).unwrap();
        assert_eq!(hosts.len(), 1);
        assert_eq!((hosts[0].address.as_str(), &*hosts[0].name.to_str()), ("10.0.0.7", "db1.example"));
    }

    #[test]
    fn one_socket_among_the_hosts_is_enough_to_say_nothing() {
        let spec = ConnSpec::from_url("host=db1.example,/run/postgresql user=dba dbname=portal").unwrap();
        assert!(hosts_of(&spec).unwrap_err().reason.contains("Unix socket in /run/postgresql"));
    }
}
