//! The backup that a gate looks at, and what befalls it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::campaign::Rng;
use crate::campaign::checks::Damage;
use crate::digest::Checksum;
use crate::platform;
use crate::spill::Temporary;

/// A folder with a backup in it. What it holds is of no matter: the gate holds it against its checksum.
pub(super) struct Shelf {
    folder: Temporary,
}

impl Shelf {
    pub(super) fn make() -> io::Result<Shelf> {
        let shelf = Shelf { folder: Temporary::folder("campaign")? };
        fs::create_dir(shelf.folder.path().join("backups"))?;
        shelf.mend()?;
        Ok(shelf)
    }

    /// Where the paths of gates begin.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn backup(&self) -> PathBuf {
        self.path().join("backups").join("portal.sql")
    }

    /// The backup as it should be.
    pub(super) fn mend(&self) -> io::Result<()> {
        fs::write(self.backup(), platform::SCHEMA)?;
        let sum = Checksum::of(platform::SCHEMA.as_bytes()).hex();
        fs::write(self.path().join("backups").join("portal.sql.sha256"), format!("{sum}  portal.sql\n"))
    }

    pub(super) fn harm(&self, damage: Damage, rng: &mut Rng) -> io::Result<()> {
        let mut bytes = platform::SCHEMA.as_bytes().to_vec();
        match damage {
            Damage::Gone => return fs::remove_file(self.backup()),
            Damage::Old => {
                let hours = 25 + rng.below(500) as u64;
                let made = SystemTime::now().checked_sub(Duration::from_secs(3600 * hours));
                let file = File::options().write(true).open(self.backup())?;
                return file.set_modified(made.unwrap_or(SystemTime::UNIX_EPOCH));
            }
            Damage::Cut => bytes.truncate(bytes.len() - 1 - rng.below(bytes.len() / 2)),
            Damage::Changed => {
                let at = rng.below(bytes.len());
                bytes[at] ^= 1 << rng.below(7);
            }
        }
        fs::write(self.backup(), bytes)
    }
}
