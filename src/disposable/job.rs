//! What the owner asks of its supervisor, as arguments of a process.

use std::ffi::OsString;
use std::path::PathBuf;

use super::error::{DisposableError, Result};
use super::find::{Binaries, Version};
use super::user::{Identity, User};

/// All that the supervisor needs to know; paths are absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) binaries: Binaries,
    pub(super) who: Identity,
    pub(super) search_path: Option<OsString>,
    pub(super) parent: PathBuf,
    pub(super) cache: PathBuf,
    pub(super) settings: Vec<(String, String)>,
    pub(super) hba: Vec<String>,
    pub(super) files: Vec<(String, PathBuf)>,
    pub(super) tcp: bool,
    pub(super) durable: bool,
    pub(super) data_checksums: Option<bool>,
    pub(super) start_timeout_ms: u64,
    /// The server to be a standby of: its host (or socket directory) and port.
    pub(super) primary: Option<(OsString, u16)>,
}

impl Job {
    /// As arguments: always a name and its value.
    pub(super) fn to_args(&self) -> Vec<OsString> {
        let mut args: Vec<OsString> = Vec::new();
        let mut put = |name: &str, value: OsString| args.extend([OsString::from(name), value]);
        put("bin-dir", self.binaries.dir.clone().into());
        put("major", self.binaries.version.major.to_string().into());
        put("version", self.binaries.version.full.clone().into());
        put("build", self.binaries.build.clone().into());
        put("own-uid", self.who.own_uid.to_string().into());
        if let Some(user) = self.who.server_user {
            put("server-user", format!("{}:{}", user.uid, user.gid).into());
        }
        if let Some(path) = &self.search_path {
            put("search-path", path.clone());
        }
        put("parent", self.parent.clone().into());
        put("cache", self.cache.clone().into());
        for (name, value) in &self.settings {
            put("setting", format!("{name}={value}").into());
        }
        for line in &self.hba {
            put("hba", line.into());
        }
        for (name, path) in &self.files {
            put("file", name.into());
            put("file-from", path.clone().into());
        }
        put("tcp", self.tcp.to_string().into());
        put("durable", self.durable.to_string().into());
        if let Some(checksums) = self.data_checksums {
            put("data-checksums", checksums.to_string().into());
        }
        put("start-timeout-ms", self.start_timeout_ms.to_string().into());
        if let Some((host, port)) = &self.primary {
            put("primary-host", host.clone());
            put("primary-port", port.to_string().into());
        }
        args
    }

    /// Back from arguments.
    pub(super) fn from_args(args: impl IntoIterator<Item = OsString>) -> Result<Job> {
        let args = Args::read(args)?;
        let files =
            args.all("file").into_iter().zip(args.all("file-from")).map(|(name, from)| (text(name), from.into()));
        Ok(Job {
            binaries: Binaries {
                dir: args.one("bin-dir")?.into(),
                version: Version { major: args.parsed("major")?, full: text(args.one("version")?) },
                build: text(args.one("build")?),
            },
            who: Identity {
                own_uid: args.parsed("own-uid")?,
                server_user: args.last("server-user").map(user).transpose()?,
            },
            search_path: args.last("search-path"),
            parent: args.one("parent")?.into(),
            cache: args.one("cache")?.into(),
            settings: args.all("setting").into_iter().map(setting).collect::<Result<_>>()?,
            hba: args.all("hba").into_iter().map(text).collect(),
            files: files.collect(),
            tcp: args.parsed("tcp")?,
            durable: args.parsed("durable")?,
            data_checksums: args.last("data-checksums").map(|_| args.parsed("data-checksums")).transpose()?,
            start_timeout_ms: args.parsed("start-timeout-ms")?,
            primary: args.last("primary-host").map(|host| Ok((host, args.parsed("primary-port")?))).transpose()?,
        })
    }
}

struct Args(Vec<(OsString, OsString)>);

impl Args {
    fn read(args: impl IntoIterator<Item = OsString>) -> Result<Args> {
        let mut args = args.into_iter();
        let mut pairs = Vec::new();
        while let Some(name) = args.next() {
            pairs.push((name, args.next().ok_or_else(|| wrong("a name without a value"))?));
        }
        Ok(Args(pairs))
    }

    fn all(&self, name: &str) -> Vec<OsString> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    }

    fn last(&self, name: &str) -> Option<OsString> {
        self.all(name).pop()
    }

    fn one(&self, name: &str) -> Result<OsString> {
        self.last(name).ok_or_else(|| wrong(name))
    }

    fn parsed<T: std::str::FromStr>(&self, name: &str) -> Result<T> {
        text(self.one(name)?).parse().map_err(|_| wrong(name))
    }
}

fn text(value: OsString) -> String {
    value.to_string_lossy().into_owned()
}

fn setting(value: OsString) -> Result<(String, String)> {
    let value = text(value);
    value.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).ok_or_else(|| wrong("setting"))
}

fn user(value: OsString) -> Result<User> {
    let value = text(value);
    let pair =
        value.split_once(':').and_then(|(uid, gid)| Some(User { uid: uid.parse().ok()?, gid: gid.parse().ok()? }));
    pair.ok_or_else(|| wrong("server-user"))
}

fn wrong(what: &str) -> DisposableError {
    DisposableError::Supervisor {
        message: format!("__supervise: bad or missing argument: {what}; this subcommand is for phasegate itself"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_carry_the_whole_job() {
        let full = Job {
            binaries: Binaries {
                dir: "/b".into(),
                version: Version { major: 15, full: "15.20".into() },
                build: "postgres (PostgreSQL) 15.20".into(),
            },
            who: Identity { own_uid: 0, server_user: Some(User { uid: 101, gid: 104 }) },
            search_path: Some("/usr/bin:/x".into()),
            parent: "/tmp".into(),
            cache: "/tmp/c".into(),
            settings: vec![("a".into(), "x=y".into()), ("b".into(), String::new())],
            hba: vec!["local all all trust".into()],
            files: vec![("server.crt".into(), "/a b/c".into()), ("server.key".into(), "/k".into())],
            tcp: true,
            durable: false,
            data_checksums: Some(true),
            start_timeout_ms: 7,
            primary: Some(("/tmp/x/s".into(), 5432)),
        };
        assert_eq!(Job::from_args(full.to_args()).unwrap(), full);
        let who = Identity { own_uid: 7, server_user: None };
        let bare = Job {
            who,
            search_path: None,
            settings: vec![],
            hba: vec![],
            files: vec![],
            data_checksums: None,
            primary: None,
            ..full
        };
        assert_eq!(Job::from_args(bare.to_args()).unwrap(), bare);
    }

    #[test]
    fn typed_by_a_person_it_says_what_it_is() {
        let error = Job::from_args([OsString::from("bin-dir"), OsString::from("/b")]).unwrap_err().to_string();
        assert!(error.contains("for phasegate itself"), "{error}");
    }
}
