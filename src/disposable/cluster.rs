//! A fresh data directory: copied from a cache of initdb'ed ones, or from a running primary.

use std::ffi::OsString;
use std::fs::{self, File};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::error::{DisposableError, Result};
use super::job::Job;
use super::place::{self, Place};
use super::program;

/// How long initdb, a copy or a base backup may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Fills the place's empty data directory.
pub(super) fn fill(job: &Job, place: &Place, gone: &AtomicBool) -> Result<()> {
    match &job.primary {
        Some((host, port)) => base_backup(job, place, host, *port, gone),
        None => Cache::open(job, gone)?.copy_to(place),
    }
}

/// The replica's data directory; `-R` leaves standby.signal and the primary's address in it.
fn base_backup(job: &Job, place: &Place, host: &OsString, port: u16, gone: &AtomicBool) -> Result<()> {
    let backup = program::in_dir_or_path(&job.binaries.dir, "pg_basebackup", job.search_path.as_deref())?;
    let mut command = program::command(backup, job.search_path.as_deref(), job.who.server_user);
    command.args(["-U", "postgres", "-w", "-R", "-X", "stream", "-c", "fast", "-N", "-p", &port.to_string()]);
    command.arg("-h").arg(host).arg("-D").arg(place.data()).current_dir(place.root());
    program::run(&mut command, &place.file("basebackup.log"), Instant::now() + PATIENCE, gone)
}

/// One entry per build of the server and set of initdb options.
///
/// ```text
/// <cache>/<key>.lock       shared while copying, exclusive while making
/// <cache>/<key>/manifest   how many files and bytes belong to it
/// <cache>/<key>/data/      initdb'ed, of the server's user
/// ```
struct Cache<'a> {
    job: &'a Job,
    gone: &'a AtomicBool,
    entry: PathBuf,
    making: PathBuf,
    lock: File,
    deadline: Instant,
}

impl Cache<'_> {
    fn open<'a>(job: &'a Job, gone: &'a AtomicBool) -> Result<Cache<'a>> {
        ensure_cache_dir(job)?;
        let key = key_of(job);
        let lock_path = job.cache.join(format!("{key}.lock"));
        let lock = place::private_options().create(true).truncate(false).write(true).open(&lock_path);
        Ok(Cache {
            job,
            gone,
            entry: job.cache.join(&key),
            making: job.cache.join(format!("{key}.making")),
            lock: lock.map_err(DisposableError::io("open", lock_path))?,
            deadline: Instant::now() + PATIENCE,
        })
    }

    /// Copies the entry, making it first if it is not there, and again if a cleaner of temporary files ate of it.
    fn copy_to(&self, place: &Place) -> Result<()> {
        const ATTEMPTS: usize = 3;
        for _ in 0..ATTEMPTS {
            self.wait_for(File::try_lock_shared)?;
            let copied = self.entry.is_dir() && self.copy_is_whole(place)?;
            self.unlock()?;
            if copied {
                return Ok(());
            }
            place::remove_patiently(&place.data())?;
            place::create_private_dir(&place.data(), self.job.who.server_user, false)?;
            self.wait_for(File::try_lock)?;
            let made = self.make_unless_whole();
            self.unlock()?;
            made?;
        }
        let why =
            "its copies come out incomplete again and again; is the disk full? Remove it and try again".to_owned();
        Err(DisposableError::UnsafeDirectory { path: self.entry.clone(), why })
    }

    fn copy_is_whole(&self, place: &Place) -> Result<bool> {
        let log = place.file("copy.log");
        let copied = copy_tree(self.job, &self.entry.join("data"), &place.data(), &log, self.deadline, self.gone);
        match copied {
            Ok(()) => Ok(measure(&place.data())? == self.manifest()),
            Err(error) if self.is_whole() => Err(error),
            Err(_) => Ok(false),
        }
    }

    /// With the lock held exclusively: nobody copies from the entry or makes it.
    fn make_unless_whole(&self) -> Result<()> {
        if self.is_whole() {
            return Ok(());
        }
        place::remove_patiently(&self.entry)?;
        place::remove_patiently(&self.making)?;
        let made = self.initdb();
        if made.is_err() {
            // The error of initdb is the one to report.
            let _ = place::remove_patiently(&self.making);
            return made;
        }
        fs::rename(&self.making, &self.entry).map_err(DisposableError::io("rename", &self.making))
    }

    fn initdb(&self) -> Result<()> {
        let user = self.job.who.server_user;
        let data = self.making.join("data");
        place::create_private_dir(&self.making, None, user.is_some())?;
        place::create_private_dir(&data, user, false)?;
        let program = program::in_dir(&self.job.binaries.dir, "initdb").ok_or_else(|| {
            let bin_dir = self.job.binaries.dir.clone();
            DisposableError::ProgramMissing { program: "initdb".to_owned(), bin_dir }
        })?;
        let mut command = program::command(program, self.job.search_path.as_deref(), user);
        command.args(initdb_options(self.job)).arg("-D").arg(&data).current_dir(&self.making);
        program::run(&mut command, &self.making.join("initdb.log"), self.deadline, self.gone)?;
        let manifest = measure(&data)?;
        place::create_private_file(&self.making.join("manifest"), manifest.as_bytes(), None)
    }

    fn is_whole(&self) -> bool {
        measure(&self.entry.join("data")).is_ok_and(|now| now == self.manifest())
    }

    fn manifest(&self) -> String {
        fs::read_to_string(self.entry.join("manifest")).unwrap_or_default()
    }

    fn wait_for(&self, try_lock: fn(&File) -> std::result::Result<(), fs::TryLockError>) -> Result<()> {
        loop {
            match try_lock(&self.lock) {
                Ok(()) => return Ok(()),
                Err(fs::TryLockError::Error(source)) => return Err(DisposableError::io("lock", &self.entry)(source)),
                Err(fs::TryLockError::WouldBlock) if Instant::now() >= self.deadline => {
                    let why = "another process has been making it for minutes; end that process".to_owned();
                    return Err(DisposableError::UnsafeDirectory { path: self.entry.clone(), why });
                }
                Err(fs::TryLockError::WouldBlock) if self.gone.load(Ordering::Relaxed) => {
                    return Err(DisposableError::Supervisor { message: "the owner is gone".to_owned() });
                }
                Err(fs::TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
            }
        }
    }

    fn unlock(&self) -> Result<()> {
        self.lock.unlock().map_err(DisposableError::io("unlock", &self.entry))
    }
}

/// The cache must be ours alone: in a directory for everybody another user may have planted one of that name.
fn ensure_cache_dir(job: &Job) -> Result<()> {
    let refuse = |why: &str| DisposableError::UnsafeDirectory { path: job.cache.clone(), why: why.to_owned() };
    if let Some(above) = job.cache.parent() {
        fs::create_dir_all(above).map_err(DisposableError::io("create", above))?;
    }
    match place::create_private_dir(&job.cache, None, job.who.server_user.is_some()) {
        Err(DisposableError::Io { source, .. }) if source.kind() == std::io::ErrorKind::AlreadyExists => {}
        other => other?,
    }
    if !place::is_own_directory(&job.cache, job.who.own_uid) {
        return Err(refuse(
            "belongs to another user, is a link or is writable for others; remove it or choose another cache directory",
        ));
    }
    // Ours, and perhaps made a moment ago by another starter that has not opened it for passing yet.
    if job.who.server_user.is_some() {
        place::open_for_passing(&job.cache)?;
    }
    if !place::is_reachable(&job.cache, job.who.server_user) {
        return Err(refuse("is closed to the unprivileged user of the server; choose another cache directory"));
    }
    Ok(())
}

/// Trust is harmless here: the server gets its own access rules, see `settings::access_rules`.
fn initdb_options(job: &Job) -> Vec<&'static str> {
    let mut options = vec!["-A", "trust", "-N", "--no-locale", "-E", "UTF8", "-U", "postgres"];
    match job.data_checksums {
        Some(true) => options.push("--data-checksums"),
        // Before 18 they were off by default, and the option to say so did not exist.
        Some(false) if job.binaries.version.major >= 18 => options.push("--no-data-checksums"),
        _ => {}
    }
    options
}

fn key_of(job: &Job) -> String {
    let identity =
        (&job.binaries.build, &job.binaries.dir, initdb_options(job), job.who.server_user.map(|user| user.uid));
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(identity);
    format!("{}-{hash:016x}", job.binaries.version.full.replace(|c: char| !c.is_ascii_alphanumeric(), "_"))
}

/// Files and bytes below a directory.
fn measure(dir: &Path) -> Result<String> {
    let (mut files, mut bytes, mut todo) = (0_u64, 0_u64, vec![dir.to_owned()]);
    while let Some(dir) = todo.pop() {
        for entry in fs::read_dir(&dir).map_err(DisposableError::io("read", &dir))? {
            let entry = entry.map_err(DisposableError::io("read", &dir))?;
            let meta = entry.metadata().map_err(DisposableError::io("read", entry.path()))?;
            files += 1;
            match meta.is_dir() {
                true => todo.push(entry.path()),
                false => bytes += meta.len(),
            }
        }
    }
    Ok(format!("{files} entries, {bytes} bytes\n"))
}

/// As the server's user, so that root follows no link which that user might have laid. `cp` clones where the disk can.
#[cfg(unix)]
fn copy_tree(job: &Job, from: &Path, to: &Path, log: &Path, deadline: Instant, gone: &AtomicBool) -> Result<()> {
    let mut cp = program::command("cp", job.search_path.as_deref(), job.who.server_user);
    cp.arg("-a").arg(from.join(".")).arg(to).current_dir("/");
    program::run(&mut cp, log, deadline, gone)
}

#[cfg(not(unix))]
fn copy_tree(_job: &Job, from: &Path, to: &Path, _log: &Path, _deadline: Instant, _gone: &AtomicBool) -> Result<()> {
    let mut todo = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = todo.pop() {
        fs::create_dir_all(&to).map_err(DisposableError::io("create", &to))?;
        for entry in fs::read_dir(&from).map_err(DisposableError::io("read", &from))? {
            let entry = entry.map_err(DisposableError::io("read", &from))?;
            let target = to.join(entry.file_name());
            match entry.path().is_dir() {
                true => todo.push((entry.path(), target)),
                false => {
                    fs::copy(entry.path(), &target).map_err(DisposableError::io("copy to", &target))?;
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_or_shortened_file_shows_in_the_measure() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("base")).unwrap();
        fs::write(dir.path().join("base/1"), "12345").unwrap();
        let whole = measure(dir.path()).unwrap();
        assert_eq!(whole, "2 entries, 5 bytes\n");
        fs::write(dir.path().join("base/1"), "1234").unwrap();
        assert_ne!(measure(dir.path()).unwrap(), whole);
        fs::remove_file(dir.path().join("base/1")).unwrap();
        assert_ne!(measure(dir.path()).unwrap(), whole);
    }
}
