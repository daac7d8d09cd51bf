//! Every fact of every round, one line each, beside the journal that has the changes.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::about;
use crate::digest::Checksum;
use crate::evidence::Evidence;
use crate::run::Error;

/// The name of the file inside the run's folder.
const FILE_NAME: &str = "rounds.jsonl";

/// The file, open.
pub(super) struct RoundsFile {
    path: PathBuf,
    out: BufWriter<File>,
    rounds: u64,
    facts: u64,
}

impl RoundsFile {
    pub(super) fn create(directory: &Path) -> Result<RoundsFile, Error> {
        let path = directory.join(FILE_NAME);
        let file = File::create_new(&path).map_err(|error| problem(&path, &error))?;
        Ok(RoundsFile { path, out: BufWriter::new(file), rounds: 0, facts: 0 })
    }

    /// A round's facts; they are in the file when this ends.
    pub(super) fn write(&mut self, round: u64, facts: &[Evidence]) -> Result<(), Error> {
        self.rounds = round;
        self.facts += u64::try_from(facts.len()).unwrap_or(0);
        for fact in facts {
            let line = serde_json::json!({ "round": round, "fact": fact });
            writeln!(self.out, "{line}").map_err(|error| problem(&self.path, &error))?;
        }
        self.out.flush().map_err(|error| problem(&self.path, &error))
    }

    /// The fact that names the file by its checksum: the journal's chain then covers it.
    pub(super) fn close(mut self) -> Result<Evidence, Error> {
        self.out.flush().map_err(|error| problem(&self.path, &error))?;
        let bytes = std::fs::read(&self.path).map_err(|error| problem(&self.path, &error))?;
        let measured = format!("{} rounds, {} facts; {}", self.rounds, self.facts, Checksum::of(&bytes));
        Ok(about(FILE_NAME, measured))
    }
}

fn problem(path: &Path, error: &std::io::Error) -> Error {
    Error::File { path: path.to_owned(), problem: error.to_string() }
}
