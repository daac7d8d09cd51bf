//! Where the server's binaries are.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::{DisposableError, Result};
use super::install::remedy;
use super::options::Options;
use super::program::{answer, command, in_dir};

/// Version of a server's binaries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Major version: 15.
    pub major: u32,
    /// Version as the server states it: `15.20`, `18beta1`.
    pub full: String,
}

/// Server binaries that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    pub(super) dir: PathBuf,
    pub(super) version: Version,
    /// All of `postgres --version`: it tells two builds of one version apart.
    pub(super) build: String,
}

/// The binaries to use: the named directory, else the newest of all places, or the wanted major of them.
pub(super) fn find(options: &Options) -> Result<Binaries> {
    let search_path = options.search_path.as_deref();
    if let Some(dir) = &options.bin_dir {
        return named(dir, options.major, search_path);
    }
    let places = Places::of_this_system(search_path);
    newest(present(&places.directories(search_path), search_path), options.major, &places.to_string())
}

/// A directory that was named explicitly is used or refused, never passed over.
fn named(dir: &Path, major: Option<u32>, search_path: Option<&OsStr>) -> Result<Binaries> {
    let refuse = |why: String| DisposableError::BinaryDirectory { path: dir.to_owned(), why };
    for program in ["initdb", "postgres"] {
        in_dir(dir, program).ok_or_else(|| {
            refuse(format!("there is no {program}; name the directory that holds initdb and postgres"))
        })?;
    }
    let found =
        examine(dir, search_path).ok_or_else(|| refuse("`postgres --version` does not run there".to_owned()))?;
    match major {
        Some(major) if major != found.version.major => {
            Err(refuse(format!("holds PostgreSQL {}, not the {major} that is asked for", found.version.full)))
        }
        _ => Ok(found),
    }
}

/// All usable binaries of these directories, each once, in the order of the directories.
fn present(directories: &[PathBuf], search_path: Option<&OsStr>) -> Vec<Binaries> {
    let mut all: Vec<Binaries> = Vec::new();
    for dir in directories {
        let Some(dir) = resolved(dir) else { continue };
        if all.iter().any(|known| known.dir == dir) {
            continue;
        }
        all.extend(examine(&dir, search_path));
    }
    all
}

fn newest(mut all: Vec<Binaries>, major: Option<u32>, looked: &str) -> Result<Binaries> {
    if all.is_empty() {
        return Err(DisposableError::BinariesMissing { looked: looked.to_owned(), remedy: remedy(major) });
    }
    // Stable: of one major the place that was looked at first wins.
    all.sort_by_key(|found| std::cmp::Reverse(found.version.major));
    let Some(major) = major else { return Ok(all.swap_remove(0)) };
    let names: Vec<String> = all.iter().map(|b| format!("{} in {}", b.version.full, b.dir.display())).collect();
    all.into_iter().find(|found| found.version.major == major).ok_or_else(|| DisposableError::MajorMissing {
        major,
        present: names.join(", "),
        remedy: remedy(Some(major)),
    })
}

/// The directory of the real files: a link in `/usr/local/bin` leads to the versioned directory.
fn resolved(dir: &Path) -> Option<PathBuf> {
    in_dir(dir, "initdb")?;
    let real = fs::canonicalize(in_dir(dir, "postgres")?).ok()?;
    let home = real.parent()?;
    match in_dir(home, "initdb").is_some() && in_dir(home, "postgres").is_some() {
        true => Some(home.to_owned()),
        false => Some(dir.to_owned()),
    }
}

fn examine(dir: &Path, search_path: Option<&OsStr>) -> Option<Binaries> {
    let build = answer(command(in_dir(dir, "postgres")?, search_path, None).arg("--version"))?;
    let version = parse_version(&build)?;
    Some(Binaries { dir: std::path::absolute(dir).ok()?, version, build })
}

/// `postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)`. Servers before 10 do not say when they are ready.
fn parse_version(line: &str) -> Option<Version> {
    let full = line.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let digits = full.split(|c: char| !c.is_ascii_digit()).next()?;
    let major = digits.parse().ok().filter(|major| *major >= 10)?;
    Some(Version { major, full: full.to_owned() })
}

/// The places to look at, in order.
struct Places {
    pg_config: Option<PathBuf>,
    usual: &'static [&'static str],
}

impl Places {
    fn of_this_system(search_path: Option<&OsStr>) -> Places {
        let pg_config =
            search_path.and_then(|path| std::env::split_paths(path).find_map(|dir| in_dir(&dir, "pg_config")));
        let bindir = pg_config.and_then(|file| answer(command(file, search_path, None).arg("--bindir")));
        Places { pg_config: bindir.map(PathBuf::from), usual: USUAL }
    }

    fn directories(&self, search_path: Option<&OsStr>) -> Vec<PathBuf> {
        let mut all: Vec<PathBuf> = search_path.map(|path| std::env::split_paths(path).collect()).unwrap_or_default();
        all.retain(|dir| dir.is_absolute());
        all.extend(self.pg_config.clone());
        all.extend(self.usual.iter().flat_map(|pattern| expand(Path::new(pattern))));
        all
    }
}

impl std::fmt::Display for Places {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.pg_config {
            Some(dir) => write!(f, "PATH, {} (from pg_config), ", dir.display())?,
            None => write!(f, "PATH, pg_config --bindir, ")?,
        }
        write!(f, "{}", self.usual.join(", "))
    }
}

/// Debian, RHEL, SUSE, Alpine, Arch and others; Homebrew on Linux.
#[cfg(not(any(windows, target_os = "macos")))]
const USUAL: &[&str] = &[
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/lib/postgresql*/bin",
    "/usr/lib64/postgresql*/bin",
    "/usr/libexec/postgresql*",
    "/usr/bin",
    "/usr/local/bin",
    "/usr/local/pgsql/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
];

#[cfg(target_os = "macos")]
const USUAL: &[&str] = &[
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/Library/PostgreSQL/*/bin",
    "/opt/local/lib/postgresql*/bin",
    "/usr/local/pgsql/bin",
];

#[cfg(windows)]
const USUAL: &[&str] = &[r"C:\Program Files\PostgreSQL\*\bin"];

/// The directories that a pattern with stars names, in the order of their names.
fn expand(pattern: &Path) -> Vec<PathBuf> {
    pattern.components().fold(vec![PathBuf::new()], |bases, part| {
        let text = part.as_os_str().to_string_lossy();
        match text.split_once('*') {
            None => bases.into_iter().map(|base| base.join(part)).collect(),
            Some((before, after)) => bases.iter().flat_map(|base| matching(base, before, after)).collect(),
        }
    })
}

fn matching(base: &Path, before: &str, after: &str) -> Vec<PathBuf> {
    let fits = |name: &str| name.strip_prefix(before).is_some_and(|rest| rest.ends_with(after));
    let entries = fs::read_dir(base).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> =
        entries.filter(|entry| entry.file_name().to_str().is_some_and(fits)).map(|entry| entry.path()).collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binaries(full: &str, major: u32) -> Binaries {
        Binaries {
            dir: PathBuf::from(format!("/opt/{full}")),
            version: Version { major, full: full.into() },
            build: full.into(),
        }
    }

    #[test]
    fn versions_are_read_from_what_the_server_says() {
        let parse = |line| parse_version(line).map(|v| (v.major, v.full));
        assert_eq!(parse("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)"), Some((15, "15.20".into())));
        assert_eq!(parse("postgres (PostgreSQL) 18beta1"), Some((18, "18beta1".into())));
        assert_eq!(parse("postgres (EnterpriseDB) 17.2.0"), Some((17, "17.2.0".into())));
        assert_eq!(parse("postgres (PostgreSQL) 9.6.24"), None);
        assert_eq!(parse("no numbers"), None);
    }

    #[test]
    fn the_newest_major_is_taken_unless_another_is_asked_for() {
        let all = vec![binaries("9x", 14), binaries("17.1", 17), binaries("17.0", 17), binaries("15.2", 15)];
        assert_eq!(newest(all.clone(), None, "").unwrap().version.full, "17.1");
        assert_eq!(newest(all.clone(), Some(15), "").unwrap().version.full, "15.2");
        let error = newest(all, Some(13), "").unwrap_err().to_string();
        assert!(error.contains("no PostgreSQL 13") && error.contains("17.1 in /opt/17.1, 17.0 in"), "{error}");
    }

    #[test]
    fn nothing_found_says_where_it_looked_and_the_remedy() {
        let places = Places { pg_config: None, usual: USUAL };
        let error = newest(Vec::new(), None, &places.to_string()).unwrap_err().to_string();
        for expected in ["PATH", "pg_config", USUAL[0], "./setup"] {
            assert!(error.contains(expected), "{expected} is not in: {error}");
        }
    }

    #[test]
    fn stars_stand_for_directories() {
        let root = tempfile::tempdir().unwrap();
        for name in ["pgsql-9/bin", "pgsql-15/bin", "other/bin"] {
            fs::create_dir_all(root.path().join(name)).unwrap();
        }
        let found = expand(&root.path().join("pgsql-*").join("bin"));
        assert_eq!(found, [root.path().join("pgsql-15/bin"), root.path().join("pgsql-9/bin")]);
        assert_eq!(expand(&root.path().join("none-*/bin")), Vec::<PathBuf>::new());
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_to_the_directory_of_the_files() {
        let root = tempfile::tempdir().unwrap();
        let real = fs::canonicalize(root.path()).unwrap().join("15/bin");
        let links = root.path().join("bin");
        fs::create_dir_all(&real).unwrap();
        fs::create_dir_all(&links).unwrap();
        for program in ["initdb", "postgres"] {
            fs::write(real.join(program), "").unwrap();
            std::os::unix::fs::symlink(real.join(program), links.join(program)).unwrap();
        }
        assert_eq!(resolved(&links), Some(real.clone()));
        fs::remove_file(real.join("initdb")).unwrap();
        assert_eq!(resolved(&links), None, "a dangling link is no program");
    }

    #[test]
    fn a_named_directory_without_a_server_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let error = named(dir.path(), None, None).unwrap_err().to_string();
        assert!(error.contains("there is no initdb"), "{error}");
    }
}
