//! A baseline on disk: figures that later ones are held against.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::reading::Reading;
use crate::digest::Checksum;

/// The name of the file inside the baseline's folder.
pub const FILE_NAME: &str = "baseline.json";
/// The check of the fact that tells which baseline a run was about: its subject is the name.
pub const BASELINE: &str = "baseline";

/// The version of the form that this build writes, and the only one it reads.
const FORMAT_VERSION: u32 = 1;

/// Figures of one moment, by the ids of their metrics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The version of the form.
    pub format_version: u32,
    /// When it was captured.
    #[serde(with = "time::serde::rfc3339")]
    pub taken_at: OffsetDateTime,
    /// The version of phasegate that captured it.
    pub phasegate_version: String,
    /// The machine that measured; times of another one are another matter.
    pub host: Option<String>,
    /// The figures.
    pub metrics: BTreeMap<String, Reading>,
}

/// Why a baseline could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// There is one already.
    #[error("{}: there is a baseline of this name already, and none is overwritten; choose another name", .path.display())]
    Exists {
        /// Its file.
        path: PathBuf,
    },
    /// The file system refused.
    #[error("{}: {reason}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// In the system's words.
        reason: String,
    },
    /// It is not what this version of phasegate writes.
    #[error("{}: it is no baseline that this phasegate reads: {reason}; capture a new one", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl Baseline {
    /// Figures of this moment and this machine.
    pub fn new(metrics: BTreeMap<String, Reading>) -> Baseline {
        Baseline {
            format_version: FORMAT_VERSION,
            taken_at: OffsetDateTime::now_utc(),
            phasegate_version: env!("CARGO_PKG_VERSION").to_owned(),
            host: this_host(),
            metrics,
        }
    }

    /// Whether it was captured on this machine, as far as that can be known.
    pub fn is_of_this_host(&self) -> bool {
        self.host.is_some() && self.host == this_host()
    }

    /// Writes it into a folder, and tells its checksum.
    ///
    /// # Errors
    /// [`BaselineError::Exists`] where there is one already; what the file system refuses.
    pub fn save(&self, folder: &Path) -> Result<Checksum, BaselineError> {
        let path = folder.join(FILE_NAME);
        let io = |error: std::io::Error| BaselineError::Io { path: path.clone(), reason: error.to_string() };
        let unwritable =
            |error: serde_json::Error| BaselineError::Unreadable { path: path.clone(), reason: error.to_string() };
        let text = format!("{}\n", serde_json::to_string_pretty(self).map_err(unwritable)?);
        std::fs::create_dir_all(folder).map_err(io)?;
        let mut file = match std::fs::File::create_new(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(BaselineError::Exists { path });
            }
            Err(error) => return Err(io(error)),
        };
        if let Err(error) = file.write_all(text.as_bytes()).and_then(|()| file.sync_all()) {
            // A part of one must not stand in the way of the next attempt.
            let _ = std::fs::remove_file(&path);
            return Err(io(error));
        }
        Ok(Checksum::of(text.as_bytes()))
    }

    /// Reads one, with its checksum.
    ///
    /// # Errors
    /// [`BaselineError`] where there is none, or it is none.
    pub fn read(folder: &Path) -> Result<(Baseline, Checksum), BaselineError> {
        let path = folder.join(FILE_NAME);
        let bytes = std::fs::read(&path).map_err(|error| BaselineError::Io {
            path: path.clone(),
            reason: match error.kind() {
                std::io::ErrorKind::NotFound => "no such baseline; make it with phasegate baseline capture".to_owned(),
                _ => error.to_string(),
            },
        })?;
        let unreadable = |reason: String| BaselineError::Unreadable { path: path.clone(), reason };
        let baseline: Baseline = serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string()))?;
        if baseline.format_version != FORMAT_VERSION {
            return Err(unreadable(format!("its format version is {}", baseline.format_version)));
        }
        Ok((baseline, Checksum::of(&bytes)))
    }
}

fn this_host() -> Option<String> {
    sysinfo::System::host_name().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_baseline_is_read_as_it_was_written_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let reading = Reading { measures: "m".into(), unit: "ms".into(), runs: 10, low: 1.0, median: 1.5, high: 2.0 };
        let baseline = Baseline::new(BTreeMap::from([("a".to_owned(), reading)]));
        let checksum = baseline.save(folder.path()).unwrap();
        assert_eq!(Baseline::read(folder.path()).unwrap(), (baseline.clone(), checksum));
        let error = baseline.save(folder.path()).unwrap_err().to_string();
        assert!(error.contains("none is overwritten"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn what_is_no_baseline_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Baseline::read(folder.path()).unwrap_err().to_string().contains("no such baseline"));
        let baseline = Baseline { format_version: 2, ..Baseline::new(BTreeMap::new()) };
        baseline.save(folder.path()).unwrap();
        assert!(Baseline::read(folder.path()).unwrap_err().to_string().contains("its format version is 2"));
    }
}
