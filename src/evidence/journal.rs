//! The evidence of one run on disk: append-only, hash-chained, one line a fact (JSON Lines).
//!
//! ```text
//! {"seq":0,"prev":"sha256:000…","hash":"sha256:2f1…","fact":{ the run header }}
//! {"seq":1,"prev":"sha256:2f1…","hash":"sha256:9bc…","fact":{ a fact }}
//! ```
//!
//! `hash` = SHA-256 of the 64 hexadecimal digits of `prev`, a line feed, and the bytes of the fact as they stand in
//! the line. So every line vouches for all lines before it, and the head (the hash of the last line) for the whole
//! run. The chain shows an edited, deleted, inserted or moved line. It cannot show that whole lines were cut off at
//! the end or that someone computed the chain anew: a run without its closing verdict is therefore never green, and
//! the head is printed on the report, to be kept where the journal is not.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Evidence, Topic, overall};
use crate::digest::{Checksum, Hasher};
use crate::verdict::Verdict;

/// The name of the journal inside the run's directory.
pub const FILE_NAME: &str = "evidence.jsonl";

/// The version of the journal's form that this build writes, and the only one it reads.
pub const FORMAT_VERSION: u32 = 1;

/// A journal open for appending. One process owns it; no line of it is ever rewritten.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    head: Checksum,
    next_seq: u64,
    broken: bool,
}

/// Who ran what, when, and against which database: the first line of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunHeader {
    /// The version of the journal's form: [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The run's own id, also the name of its directory.
    pub run_id: String,
    /// The command that ran: `migrate`, `verify`, `demo`.
    pub command: String,
    /// When the run began.
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    /// The version of phasegate that wrote the journal.
    pub phasegate_version: String,
    /// The database it was about.
    pub database: DatabaseName,
    /// The server's version as it names itself; `None` where the server was never reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_version: Option<String>,
    /// Who ran it; `None` where nobody was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// The checksum of the configuration file; `None` where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_checksum: Option<Checksum>,
    /// The checksums of what was declared then, `loads.four_users`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub declarations: BTreeMap<String, Checksum>,
}

/// Which database a run was about. It has no place for a user or a password, so none can leak.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseName {
    /// The database's name.
    pub name: String,
    /// The server: `db1.example:5432`, or the directory of a Unix socket.
    pub host: String,
}

/// A run as its journal tells it, after the chain was proven.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Who ran what, when, and against which database.
    pub header: RunHeader,
    /// The facts in the order in which they were measured.
    pub facts: Vec<Evidence>,
    /// The hash of the last whole line; it vouches for all lines.
    pub head: Checksum,
    /// Whether the last line has no end: the writer was killed in it. That line is not among the facts.
    pub torn_tail: bool,
    /// Whether the run came to its end: its last fact is the verdict, and no line is torn.
    pub complete: bool,
}

/// Why a journal could not be written or cannot be believed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// There is a journal already; evidence is never overwritten.
    #[error("{path}: there is evidence of a run already, and it is never overwritten; choose another run id")]
    Exists {
        /// The file that exists.
        path: PathBuf,
    },
    /// The file system refused.
    #[error("{path}: cannot {action} the evidence: {source}")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What was attempted: `create`, `append to`, `sync`, `read`.
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// An earlier append failed and may have left half a line; what came after it could not be read any more.
    #[error("{path}: an earlier line could not be written whole, so nothing is appended after it")]
    Broken {
        /// The journal.
        path: PathBuf,
    },
    /// The fact cannot be written as JSON, or could not be read back.
    #[error("{path}: a fact cannot be recorded: {reason}")]
    Unwritable {
        /// The journal.
        path: PathBuf,
        /// What is wrong with the fact.
        reason: String,
    },
    /// No whole first line, so nobody knows which run this is.
    #[error("{path}:1: the file has no run header; it is not the journal of a run, or the run died in its first line")]
    NoHeader {
        /// The file.
        path: PathBuf,
    },
    /// Written by another version of phasegate.
    #[error("{path}:1: the journal has format version {found}; this phasegate reads version {FORMAT_VERSION}")]
    Version {
        /// The file.
        path: PathBuf,
        /// The version it has.
        found: u32,
    },
    /// A line is not as phasegate wrote it.
    #[error("{path}:{line}: the evidence was changed after it was written: {what}")]
    Tampered {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
}

impl Journal {
    /// Begins the journal of a run: makes the directory where it is missing and writes the header.
    ///
    /// # Errors
    /// [`JournalError::Exists`] where the directory has a journal already (which stays as it is);
    /// [`JournalError::Io`] where the file system refuses.
    pub fn create(dir: &Path, header: RunHeader) -> Result<Journal, JournalError> {
        let path = dir.join(FILE_NAME);
        std::fs::create_dir_all(dir).map_err(|source| io_error(dir, "create", source))?;
        let file = OpenOptions::new().append(true).create_new(true).open(&path).map_err(|source| {
            if source.kind() == io::ErrorKind::AlreadyExists {
                JournalError::Exists { path: path.clone() }
            } else {
                io_error(&path, "create", source)
            }
        })?;
        let mut journal = Journal { file, path, head: genesis(), next_seq: 0, broken: false };
        journal.write_line(&header)?;
        Ok(journal)
    }

    /// Appends one fact as one whole line, handed to the system at once and not buffered here: killing the process
    /// loses nothing that was appended. Only [`Journal::sync`] makes it survive a loss of power.
    ///
    /// # Errors
    /// [`JournalError::Unwritable`] where the fact has no JSON form (the journal stays as it was);
    /// [`JournalError::Io`] where the file system refuses, after which every append is [`JournalError::Broken`].
    pub fn append(&mut self, fact: &Evidence) -> Result<(), JournalError> {
        if !fact.took_ms.is_finite() {
            // JSON has no such number: it would be written as null and could not be read back.
            let reason = format!("took_ms of {} on {} is {}", fact.check, fact.subject, fact.took_ms);
            return Err(JournalError::Unwritable { path: self.path.clone(), reason });
        }
        self.write_line(fact)
    }

    /// Makes everything appended so far survive a loss of power (fsync of the file and of its directory).
    ///
    /// # Errors
    /// [`JournalError::Io`] where the system cannot promise it.
    pub fn sync(&mut self) -> Result<(), JournalError> {
        self.file.sync_all().map_err(|source| io_error(&self.path, "sync", source))?;
        sync_directory_of(&self.path).map_err(|source| io_error(&self.path, "sync", source))
    }

    /// The hash of the last line; it vouches for the whole journal up to here.
    pub fn head(&self) -> Checksum {
        self.head
    }

    /// Where the journal is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn write_line<T: Serialize>(&mut self, fact: &T) -> Result<(), JournalError> {
        if self.broken {
            return Err(JournalError::Broken { path: self.path.clone() });
        }
        let fact = serde_json::to_string(fact)
            .map_err(|error| JournalError::Unwritable { path: self.path.clone(), reason: error.to_string() })?;
        let hash = link(&self.head, &fact);
        let line = format_line(self.next_seq, &self.head, &hash, &fact);
        self.file.write_all(line.as_bytes()).map_err(|source| {
            self.broken = true;
            io_error(&self.path, "append to", source)
        })?;
        self.head = hash;
        self.next_seq += 1;
        Ok(())
    }
}

impl RunHeader {
    /// The header of a run that begins now, written by this version; the caller fills in what else is known.
    pub fn new(run_id: impl Into<String>, command: impl Into<String>, database: DatabaseName) -> RunHeader {
        RunHeader {
            format_version: FORMAT_VERSION,
            run_id: run_id.into(),
            command: command.into(),
            started_at: OffsetDateTime::now_utc(),
            phasegate_version: env!("CARGO_PKG_VERSION").to_owned(),
            database,
            server_version: None,
            operator: None,
            config_checksum: None,
            declarations: BTreeMap::new(),
        }
    }
}

impl Run {
    /// The verdict of the run: that of its facts, but never better than what the run itself recorded as its verdict,
    /// and never green where the run did not come to its end.
    pub fn verdict(&self) -> Verdict {
        let unfinished = if self.complete { Verdict::Pass } else { Verdict::NotEvaluated };
        Verdict::fold([overall(&self.facts), self.recorded_verdict().unwrap_or(unfinished), unfinished])
    }

    /// The verdict that the run recorded about itself; `None` where it did not come so far.
    pub fn recorded_verdict(&self) -> Option<Verdict> {
        self.facts.iter().filter(|fact| fact.topic == Topic::Verdict).map(|fact| fact.verdict).max()
    }
}

/// Reads a journal and proves its chain. A last line without its end is left out and told in [`Run::torn_tail`].
///
/// # Errors
/// [`JournalError::Tampered`] with the first line that is not as phasegate wrote it;
/// [`JournalError::NoHeader`], [`JournalError::Version`], [`JournalError::Io`] where there is nothing to prove.
pub fn read(path: &Path) -> Result<Run, JournalError> {
    let bytes = std::fs::read(path).map_err(|source| io_error(path, "read", source))?;
    let (whole, torn) = split_torn_tail(&bytes);
    let mut chain = Chain { path, head: genesis(), next_seq: 0 };
    let mut lines = whole.split_inclusive(|byte| *byte == b'\n');
    let first = lines.next().ok_or_else(|| JournalError::NoHeader { path: path.to_owned() })?;
    let header = read_header(path, chain.accept(first)?)?;
    let mut facts = Vec::new();
    for line in lines {
        let fact = chain.accept(line)?;
        facts.push(serde_json::from_str::<Evidence>(fact).map_err(|error| chain.tampered(error.to_string()))?);
    }
    let torn_tail = !torn.is_empty();
    let ended = facts.last().is_some_and(|fact| fact.topic == Topic::Verdict);
    Ok(Run { header, facts, head: chain.head, torn_tail, complete: ended && !torn_tail })
}

/// What is proven of a journal so far.
struct Chain<'a> {
    path: &'a Path,
    head: Checksum,
    next_seq: u64,
}

/// A line without its fact.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    seq: u64,
    prev: Checksum,
    hash: Checksum,
}

impl Chain<'_> {
    /// Proves that the line follows the ones before it, and gives the text of its fact.
    fn accept<'line>(&mut self, line: &'line [u8]) -> Result<&'line str, JournalError> {
        let expected_seq = self.next_seq;
        self.next_seq += 1;
        let text = std::str::from_utf8(line).map_err(|_| self.tampered("it is not UTF-8"))?;
        let (link_text, fact) = text
            .strip_suffix("}\n")
            .and_then(|text| text.split_once(",\"fact\":"))
            .ok_or_else(|| self.tampered("it does not have the form {\"seq\":…,\"prev\":…,\"hash\":…,\"fact\":…}"))?;
        let Link { seq, prev, hash } = serde_json::from_str(&format!("{link_text}}}"))
            .map_err(|error| self.tampered(format!("it does not begin with seq, prev and hash: {error}")))?;
        if seq != expected_seq {
            return Err(self.tampered(format!(
                "its number is {seq} and should be {expected_seq}; a line before it was deleted, inserted or moved"
            )));
        }
        if prev != self.head {
            return Err(self.tampered("it does not follow the line before it (prev is not that line's hash)"));
        }
        if hash != link(&prev, fact) {
            return Err(self.tampered("its hash is not that of its fact; the fact or the hash was edited"));
        }
        if text != format_line(seq, &prev, &hash, fact) {
            return Err(self.tampered("its fact is as it was, but the line around it was rewritten"));
        }
        self.head = hash;
        Ok(fact)
    }

    /// An error about the line that was handed to [`Chain::accept`] last.
    fn tampered(&self, what: impl Into<String>) -> JournalError {
        let line = usize::try_from(self.next_seq).unwrap_or(usize::MAX);
        JournalError::Tampered { path: self.path.to_owned(), line, what: what.into() }
    }
}

fn read_header(path: &Path, fact: &str) -> Result<RunHeader, JournalError> {
    #[derive(Deserialize)]
    struct AnyVersion {
        format_version: u32,
    }
    let no_header = |_| JournalError::NoHeader { path: path.to_owned() };
    // The version first: a newer header may have fields that this build does not know.
    let AnyVersion { format_version } = serde_json::from_str(fact).map_err(no_header)?;
    if format_version != FORMAT_VERSION {
        return Err(JournalError::Version { path: path.to_owned(), found: format_version });
    }
    serde_json::from_str(fact).map_err(no_header)
}

/// All whole lines, and what follows the last line feed.
fn split_torn_tail(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    bytes.split_at(end)
}

/// The hash of the last line of a journal of these facts; `None` where one of them has no form in JSON.
///
/// What was read from another place than a journal is proven by it, as far as the head is known from elsewhere.
pub fn head_of(header: &RunHeader, facts: &[Evidence]) -> Option<Checksum> {
    let mut head = link(&genesis(), &serde_json::to_string(header).ok()?);
    for fact in facts {
        head = link(&head, &serde_json::to_string(fact).ok()?);
    }
    Some(head)
}

/// What the first line follows: no line has this hash.
fn genesis() -> Checksum {
    Checksum::parse(&"0".repeat(64)).unwrap_or_else(|| Checksum::of(b""))
}

fn link(prev: &Checksum, fact: &str) -> Checksum {
    let mut hasher = Hasher::default();
    hasher.update(prev.hex().as_bytes());
    hasher.update(b"\n");
    hasher.update(fact.as_bytes());
    hasher.finish()
}

fn format_line(seq: u64, prev: &Checksum, hash: &Checksum, fact: &str) -> String {
    format!("{{\"seq\":{seq},\"prev\":\"{prev}\",\"hash\":\"{hash}\",\"fact\":{fact}}}\n")
}

fn io_error(path: &Path, action: &'static str, source: io::Error) -> JournalError {
    JournalError::Io { path: path.to_owned(), action, source }
}

/// A new file survives a loss of power only when its directory's entry does.
#[cfg(unix)]
fn sync_directory_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => File::open(dir)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

/// Directories cannot be synced here; the file system's own journal keeps the entry.
#[cfg(not(unix))]
fn sync_directory_of(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
