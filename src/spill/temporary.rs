//! A file or a folder that nobody else can read and that vanishes with this value.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Where it lies. What cannot be removed is left behind in silence.
#[derive(Debug)]
pub struct Temporary {
    path: PathBuf,
    is_folder: bool,
}

impl Temporary {
    /// A new file in this folder, open to be written and read; `what` is a part of its name.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn file(folder: &Path, what: &str) -> io::Result<(Temporary, File)> {
        let path = folder.join(name(what));
        let file = private_file().read(true).write(true).create_new(true).open(&path)?;
        Ok((Temporary { path, is_folder: false }, file))
    }

    /// A new, empty folder in the system's own for such things.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn folder(what: &str) -> io::Result<Temporary> {
        let path = std::env::temp_dir().join(name(what));
        private_folder().create(&path)?;
        Ok(Temporary { path, is_folder: true })
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file once more, to be read.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn open(&self) -> io::Result<File> {
        File::open(&self.path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = if self.is_folder { fs::remove_dir_all(&self.path) } else { fs::remove_file(&self.path) };
    }
}

/// A name that no other process and no other call has.
fn name(what: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let nanos = time::OffsetDateTime::now_utc().unix_timestamp_nanos();
    format!("phasegate-{what}-{}-{nanos}-{count}", std::process::id())
}

/// It holds values of databases.
#[cfg(unix)]
fn private_file() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn private_file() -> OpenOptions {
    OpenOptions::new()
}

#[cfg(unix)]
fn private_folder() -> DirBuilder {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

#[cfg(not(unix))]
fn private_folder() -> DirBuilder {
    DirBuilder::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_folders_are_apart_and_vanish() {
        let folder = Temporary::folder("test").unwrap();
        let (one, file) = Temporary::file(folder.path(), "test").unwrap();
        let (other, _) = Temporary::file(folder.path(), "test").unwrap();
        assert!(one.path() != other.path() && one.path().is_file() && one.open().is_ok());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!([mode(one.path()), mode(folder.path())], [0o600, 0o700]);
        }
        let (path, within) = (folder.path().to_owned(), one.path().to_owned());
        drop((file, one));
        assert!(path.is_dir() && !within.exists());
        drop(folder);
        assert!(!path.exists());
    }
}
