//! Backups: new, large enough, and readable to the end.

mod archive;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::bench::Bench;
use super::gate::{accepted_ms, millis};
use super::kind::{Finding, Kind, Outcome, Unmeasured};
use super::program::{Absent, run_with};
use crate::declaration::{Complaints, Name, Parameter, Shape};
use archive::Archive;

/// The newest backup of a folder, or one file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Backup {
    path: PathBuf,
    max_age: Name,
    #[serde(default = "one")]
    min_bytes: u64,
    #[serde(default)]
    proof: Proof,
    #[serde(default)]
    names: Vec<String>,
    database: Option<Name>,
}

fn one() -> u64 {
    1
}

/// How it is proven to be whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Proof {
    /// By what it is: an archive by `pg_restore`, which reads all of it, SQL text by the line that `pg_dump` ends with.
    #[default]
    Readable,
    /// Its checksum stands beside it: `<file>.sha256`.
    Checksum,
}

/// What `pg_dump` and `pg_dumpall` write last.
const LAST_WORDS: [&str; 2] = ["PostgreSQL database dump complete", "PostgreSQL database cluster dump complete"];

impl Kind for Backup {
    const NAME: &'static str = "backup";
    const SUMMARY: &'static str = "there is a backup that is new enough and whole";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required(
            "path",
            Shape::PATH,
            "a backup, or a folder of them of which the newest counts; relative to the configuration",
        ),
        Parameter::required("max_age", Shape::TIME, "how old it may be: `24h`"),
        Parameter::optional("min_bytes", Shape::COUNT, "1", "how large it is at least"),
        Parameter::optional(
            "proof",
            Shape::Word(&["readable", "checksum"]),
            "\"readable\"",
            "`readable`: an archive by `pg_restore`, which reads it to its end, SQL by its last line; `checksum`: by `<file>.sha256` beside it",
        ),
        Parameter::optional(
            "names",
            Shape::TEXTS,
            "[]",
            "texts that the list of its contents must name (archives only): `TABLE DATA public users`",
        ),
        Parameter::optional("database", Shape::TEXT, "the database itself", "whose backup it is, as an archive says"),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        millis(&self.max_age, complaints);
        if self.proof == Proof::Checksum && !self.names.is_empty() {
            complaints.add(0..0, "a checksum does not tell what a backup names; names need proof = \"readable\"");
        }
    }

    fn subject(&self) -> String {
        self.path.display().to_string()
    }

    async fn measure(&self, bench: &Bench<'_>) -> Result<Vec<Finding>, Unmeasured> {
        let expected =
            format!("a whole backup of at least {} bytes, made within {}", self.min_bytes, self.max_age.get_ref());
        let Some((path, made, bytes)) = self.newest(bench).await? else {
            let finding = Finding::new(Outcome::Violated, expected, "there is no backup");
            return Ok(vec![finding.remedy("make one: pg_dump --format=custom --file=…")]);
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let age = SystemTime::now()
            .duration_since(made)
            .map_err(|_| Unmeasured::new(format!("{name} was made in the future; the clocks differ")))?;
        let proven = match self.proof {
            Proof::Readable => self.readable(bench, &path).await?,
            Proof::Checksum => checksum(&path).await?,
        };
        let mut wrong = Vec::new();
        let limit = accepted_ms(&self.max_age);
        if age.as_millis() > u128::from(limit) {
            wrong.push(format!("it is {} s old", age.as_secs()));
        }
        if bytes < self.min_bytes {
            wrong.push(format!("it has {bytes} bytes"));
        }
        let measured = match proven {
            Ok(whole) => {
                let began = whole.began.map(|began| (OffsetDateTime::now_utc() - began).whole_milliseconds());
                // A copy is as new as the copying. What it says of itself is not.
                if let Some(began) = began.filter(|began| wrong.is_empty() && *began > i128::from(limit)) {
                    wrong.push(format!("by its own words it was begun more than {} h ago", began / 3_600_000));
                }
                if wrong.is_empty() {
                    format!("{name}: {bytes} bytes; {}", whole.how)
                } else {
                    format!("{name}: {}", wrong.join("; "))
                }
            }
            Err(problem) => {
                wrong.push(problem);
                format!("{name}: {}", wrong.join("; "))
            }
        };
        Ok(vec![
            Finding::new(Outcome::of(wrong.is_empty()), expected, measured)
                .remedy("make a new backup, and prove it by a restore"),
        ])
    }
}

/// That it is whole, or why it is not.
type Proven = Result<Whole, String>;

/// A backup that is whole.
struct Whole {
    how: String,
    /// When it was begun at the latest, where it says so.
    began: Option<OffsetDateTime>,
}

impl Whole {
    fn by(how: impl Into<String>) -> Whole {
        Whole { how: how.into(), began: None }
    }
}

impl Backup {
    /// The backup: its path, when it was made, its size.
    async fn newest(&self, bench: &Bench<'_>) -> Result<Option<(PathBuf, SystemTime, u64)>, Unmeasured> {
        let path = bench.path(&self.path);
        let io = |error: std::io::Error| Unmeasured::new(format!("{}: {error}", path.display()));
        match tokio::fs::metadata(&path).await {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io(error)),
        }
        if let Some((made, bytes)) = weighed(&path).await.map_err(io)? {
            return Ok(Some((path, made, bytes)));
        }
        let mut newest: Option<(PathBuf, SystemTime, u64)> = None;
        let mut entries = tokio::fs::read_dir(&path).await.map_err(io)?;
        while let Some(entry) = entries.next_entry().await.map_err(io)? {
            let is_beside = entry.path().extension().is_some_and(|end| end == "sha256");
            let Some((made, bytes)) = weighed(&entry.path()).await.map_err(io)?.filter(|_| !is_beside) else {
                continue;
            };
            if newest.as_ref().is_none_or(|(_, before, _)| made > *before) {
                newest = Some((entry.path(), made, bytes));
            }
        }
        Ok(newest)
    }

    async fn readable(&self, bench: &Bench<'_>, path: &Path) -> Result<Proven, Unmeasured> {
        if !path.is_dir() && !is_archive(path).await? {
            if !self.names.is_empty() {
                return Err(Unmeasured::new("names need an archive: pg_dump --format=custom"));
            }
            let end = last_bytes(path, 512).await?;
            let is_whole = LAST_WORDS.iter().any(|words| end.contains(words));
            return Ok(if is_whole {
                Ok(Whole::by("it ends as pg_dump ends"))
            } else {
                Err("it does not end as pg_dump ends".into())
            });
        }
        let shown = path.display().to_string();
        let list = match pg_restore(bench, &["--list", &shown]).await? {
            Ok(list) => list,
            Err(problem) => return Ok(Err(problem)),
        };
        let archive = Archive::of(&list);
        let wanted = self.database.as_ref().map_or(&bench.platform.spec.database, Name::get_ref);
        if let Some(other) = archive.database.filter(|name| name != wanted) {
            return Ok(Err(format!("it is of database {other}, not of {wanted}")));
        }
        let entries = archive.entries;
        let missing: Vec<&String> =
            self.names.iter().filter(|name| !entries.iter().any(|entry| names(entry, name))).collect();
        if entries.is_empty() {
            return Ok(Err("it lists nothing".into()));
        }
        if !missing.is_empty() {
            return Ok(Err(format!("it does not list {missing:?}")));
        }
        // The list stands at the front; only who reads the rest knows that it is there.
        let nowhere = format!("--file={}", if cfg!(windows) { "NUL" } else { "/dev/null" });
        let read = pg_restore(bench, &[&nowhere, &shown]).await?;
        let how = format!("pg_restore reads it to its end, {} entries", entries.len());
        Ok(read.map(|_| Whole { how, began: archive.began }))
    }
}

/// Whether an entry of the list is called so: `3431; 0 16388 TABLE DATA public users postgres` is `TABLE DATA public users`,
/// and not `TABLE DATA public user`.
fn names(entry: &str, name: &str) -> bool {
    entry.split_once(name).is_some_and(|(_, rest)| rest.is_empty() || rest.starts_with(' '))
}

/// What `pg_restore` answers, or why it cannot read the archive.
async fn pg_restore(bench: &Bench<'_>, args: &[&str]) -> Result<Result<String, String>, Unmeasured> {
    // As the archive has its time: without a zone.
    match run_with(bench, "pg_restore", args, &[("TZ", "UTC"), ("LC_ALL", "C")]).await {
        Ok(ran) if ran.succeeded => Ok(Ok(ran.answer)),
        Ok(ran) => {
            let said = ran.said();
            Ok(Err(format!("pg_restore cannot read it: {}", said.lines().next().unwrap_or_default())))
        }
        Err(Absent::NotFound) => {
            Err(Unmeasured::new("there is no pg_restore").remedy("install PostgreSQL's client programs"))
        }
        Err(Absent::Refused(reason)) => Err(Unmeasured::new(reason)),
    }
}

/// When a backup was made, and its size: of a file, or of the directory format of `pg_dump`, which is one backup, and whose
/// table of contents is a file in it. `None`: another folder.
async fn weighed(path: &Path) -> std::io::Result<Option<(SystemTime, u64)>> {
    let found = tokio::fs::metadata(path).await?;
    if !found.is_dir() {
        return Ok(Some((found.modified()?, found.len())));
    }
    let contents = match tokio::fs::metadata(path.join("toc.dat")).await {
        Ok(contents) => contents,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = 0;
    let mut entries = tokio::fs::read_dir(path).await?;
    while let Some(entry) = entries.next_entry().await? {
        bytes += entry.metadata().await?.len();
    }
    Ok(Some((contents.modified()?, bytes)))
}

async fn is_archive(path: &Path) -> Result<bool, Unmeasured> {
    let mut file =
        tokio::fs::File::open(path).await.map_err(|error| Unmeasured::new(format!("{}: {error}", path.display())))?;
    let mut start = [0; 262];
    let mut read = 0;
    while read < start.len() {
        match file.read(&mut start[read..]).await {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) => return Err(Unmeasured::new(format!("{}: {error}", path.display()))),
        }
    }
    // The custom format begins with its magic, a tar has one at byte 257.
    Ok(start.starts_with(b"PGDMP") || &start[257..262] == b"ustar")
}

async fn last_bytes(path: &Path, count: u64) -> Result<String, Unmeasured> {
    let io = |error: std::io::Error| Unmeasured::new(format!("{}: {error}", path.display()));
    let mut file = tokio::fs::File::open(path).await.map_err(io)?;
    let length = file.metadata().await.map_err(io)?.len();
    file.seek(std::io::SeekFrom::Start(length.saturating_sub(count))).await.map_err(io)?;
    let mut end = Vec::new();
    file.read_to_end(&mut end).await.map_err(io)?;
    Ok(String::from_utf8_lossy(&end).into_owned())
}

/// The file's SHA-256 against the one that stands beside it, as `sha256sum` writes it.
async fn checksum(path: &Path) -> Result<Proven, Unmeasured> {
    let io = |error: std::io::Error| Unmeasured::new(format!("{}: {error}", path.display()));
    let beside = PathBuf::from(format!("{}.sha256", path.display()));
    let text = match tokio::fs::read_to_string(&beside).await {
        Ok(text) => text,
        Err(error) => {
            return Err(Unmeasured::new(format!("{}: {error}", beside.display()))
                .remedy("sha256sum FILE > FILE.sha256 where it is made"));
        }
    };
    let mut file = tokio::fs::File::open(path).await.map_err(io)?;
    let mut hasher = crate::digest::Hasher::default();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).await.map_err(io)? {
            0 => break,
            read => hasher.update(&buffer[..read]),
        }
    }
    let (found, expected) = (hasher.finish().hex(), text.split_whitespace().next().unwrap_or_default().to_lowercase());
    Ok(if found == expected {
        Ok(Whole::by("its SHA-256 is the one beside it"))
    } else {
        Err("its SHA-256 is not the one beside it".into())
    })
}
