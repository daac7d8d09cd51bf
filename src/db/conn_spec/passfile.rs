//! `.pgpass`: `host:port:database:user:password`, one a line; `*` stands for any; `\:` and `\\` escape.

use std::path::{Path, PathBuf};

use super::{Note, Secret};

/// Directories of sockets that the password file calls `localhost`.
pub(super) const SOCKET_DIRS: [&str; 3] = ["/var/run/postgresql", "/run/postgresql", "/tmp"];

/// The lines of a password file; its `Debug` shows no password.
#[derive(Debug, Clone, Default)]
pub struct Passfile(Vec<Entry>);

#[derive(Debug, Clone)]
struct Entry {
    /// Host, port, database, user.
    pattern: [String; 4],
    password: Secret,
}

impl Passfile {
    /// Reads it. One that is missing, no plain file, unreadable or open to others counts as empty; a note says why,
    /// except for a missing one that nobody asked for.
    pub(super) fn load(path: PathBuf, asked_for: bool, notes: &mut Vec<Note>) -> Passfile {
        let text = match std::fs::metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !asked_for => return Passfile::default(),
            Err(error) => Err(error.to_string()),
            Ok(data) if !data.is_file() => Err("it is not a plain file".into()),
            Ok(data) => private(&data).and_then(|()| std::fs::read_to_string(&path).map_err(|error| error.to_string())),
        };
        match text {
            Ok(text) => Passfile(text.lines().filter_map(entry).collect()),
            Err(reason) => {
                notes.push(Note::PassfileIgnored { path, reason: format!("ignored: {reason}") });
                Passfile::default()
            }
        }
    }

    /// The password of the first line that matches.
    pub(super) fn find(&self, host: &str, port: u16, database: &str, user: &str) -> Option<&Secret> {
        let host = if SOCKET_DIRS.contains(&host) { ["localhost", host] } else { [host, host] };
        let port = port.to_string();
        let matches = |entry: &&Entry| {
            let [a, b, c, d] = &entry.pattern;
            let is = |pattern: &str, value: &str| pattern == "*" || pattern == value;
            host.iter().any(|host| is(a, host)) && is(b, &port) && is(c, database) && is(d, user)
        };
        self.0.iter().find(matches).map(|entry| &entry.password)
    }
}

#[cfg(unix)]
fn private(data: &std::fs::Metadata) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt;
    if data.mode() & 0o077 == 0 {
        return Ok(());
    }
    Err("its group or others may use it; chmod it to 0600".into())
}

#[cfg(not(unix))]
fn private(_: &std::fs::Metadata) -> Result<(), String> {
    Ok(())
}

/// Whether a file that holds a secret key is closed to others; libpq's rule, which lets root's key be read by a group.
#[cfg(unix)]
pub(super) fn key_is_private(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).is_ok_and(|data| data.mode() & if data.uid() == 0 { 0o037 } else { 0o077 } == 0)
}

/// Whether a file that holds a secret key is closed to others; not asked on this system.
#[cfg(not(unix))]
pub(super) fn key_is_private(_: &Path) -> bool {
    true
}

fn entry(line: &str) -> Option<Entry> {
    if line.starts_with('#') {
        return None;
    }
    let mut fields = vec![String::new()];
    let mut chars = line.trim_end_matches('\r').chars();
    while let Some(c) = chars.next() {
        let last = fields.len() - 1;
        match c {
            // After the fourth colon all is password, colons too.
            ':' if last < 4 => fields.push(String::new()),
            '\\' => fields[last].extend(chars.next()),
            c => fields[last].push(c),
        }
    }
    let [host, port, database, user, password]: [String; 5] = fields.try_into().ok()?;
    Some(Entry { pattern: [host, port, database, user], password: Secret(password) })
}
