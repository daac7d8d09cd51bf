//! The server's own directory: how it is laid out, made, proven alive and removed.
//!
//! ```text
//! <parent>/phasegate-pg-<uid>-<random>/   ours (0711 as root, else 0700): names in it cannot be planted by the server's user
//!     owner.lock                          locked by the supervisor as long as it lives
//!     owner                               for people: who made it, from which binaries
//!     postgresql.conf pg_hba.conf         the server's user's, 0600
//!     server.log
//!     data/  s/                           the server's user's, 0700
//! ```

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::error::{DisposableError, Result};
use super::user::{Identity, User};

/// The longest socket path in bytes: `sun_path` less its terminating zero.
const SOCKET_PATH_LIMIT_BYTES: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// A server directory. Whoever holds it with its lock is its only owner.
#[derive(Debug)]
pub(super) struct Place {
    root: PathBuf,
    name: String,
    _lock: File,
}

impl Place {
    /// Makes a new directory under `parent`, locked.
    pub(super) fn create(parent: &Path, who: Identity) -> Result<Place> {
        loop {
            let name = format!("{}{:016x}", prefix(who.own_uid), random());
            let root = parent.join(&name);
            create_private_dir(&root, None, who.server_user.is_some())?;
            // A sweeper that came between the two is the only one who could hold it: then take another name.
            let Some(lock) = lock_of(&root, true)? else { continue };
            let place = Place { root, name, _lock: lock };
            create_private_dir(&place.data(), who.server_user, false)?;
            create_private_dir(&place.socket_dir(), who.server_user, false)?;
            return Ok(place);
        }
    }

    /// Takes over the directory of a supervisor that is dead; `None` while it lives or when it is not clear.
    pub(super) fn take_over(root: &Path, own_uid: u32) -> Option<Place> {
        let name = root.file_name()?.to_str()?.to_owned();
        if !name.starts_with(&prefix(own_uid)) || !is_own_directory(root, own_uid) {
            return None;
        }
        let lock = lock_of(root, is_older_than(root, Duration::from_secs(60))).ok().flatten()?;
        Some(Place { root: root.to_owned(), name, _lock: lock })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The directory's own name: unique, and in the command line of each of the server's processes.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn data(&self) -> PathBuf {
        data_of(&self.root)
    }

    pub(super) fn socket_dir(&self) -> PathBuf {
        socket_dir_of(&self.root)
    }

    pub(super) fn log(&self) -> PathBuf {
        log_of(&self.root)
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Removes all of it. A process that is just ending may still write there, so it is tried for a while.
    pub(super) fn remove(self) -> Result<()> {
        remove_patiently(&self.root)
    }
}

/// The data directory in a server directory.
pub(super) fn data_of(root: &Path) -> PathBuf {
    root.join("data")
}

/// The socket's directory in a server directory; one letter, since the path is bounded.
pub(super) fn socket_dir_of(root: &Path) -> PathBuf {
    root.join("s")
}

/// The server's log in a server directory.
pub(super) fn log_of(root: &Path) -> PathBuf {
    root.join("server.log")
}

/// What the names of all server directories of this user begin with.
pub(super) fn prefix(own_uid: u32) -> String {
    format!("phasegate-pg-{own_uid}-")
}

/// Where server directories are made: the caller's choice, else the first of the usual places that will do.
pub(super) fn parent(chosen: Option<&Path>, who: Identity) -> Result<PathBuf> {
    if let Some(chosen) = chosen {
        let chosen = std::path::absolute(chosen).map_err(DisposableError::io("find", chosen))?;
        return suitable(&chosen, who).map(|()| chosen);
    }
    let temporary = std::env::temp_dir();
    match suitable(&temporary, who) {
        Ok(()) => Ok(temporary),
        Err(_) if cfg!(unix) && suitable(Path::new("/tmp"), who).is_ok() => Ok(PathBuf::from("/tmp")),
        Err(error) => Err(error),
    }
}

/// Makes a directory that did not exist: 0700, or 0711 when the server's user must pass through it.
pub(super) fn create_private_dir(path: &Path, owner: Option<User>, passable: bool) -> Result<()> {
    dir_builder().create(path).map_err(DisposableError::io("create", path))?;
    if passable {
        open_for_passing(path)?;
    }
    hand_over(path, owner)
}

/// Writes a file that did not exist, readable by the server's user alone.
pub(super) fn create_private_file(path: &Path, content: &[u8], owner: Option<User>) -> Result<()> {
    use std::io::Write;
    let mut file =
        private_options().write(true).create_new(true).open(path).map_err(DisposableError::io("create", path))?;
    file.write_all(content).map_err(DisposableError::io("write", path))?;
    #[cfg(unix)]
    if let Some(user) = owner {
        std::os::unix::fs::fchown(&file, Some(user.uid), Some(user.gid))
            .map_err(DisposableError::io("hand over", path))?;
    }
    #[cfg(not(unix))]
    let _ = owner;
    Ok(())
}

/// For files that others may neither read nor lock: a lock on a readable file can be taken by anybody.
#[cfg(unix)]
pub(super) fn private_options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
pub(super) fn private_options() -> OpenOptions {
    OpenOptions::new()
}

/// Whether this is a real directory of ours that nobody else may write to.
#[cfg(unix)]
pub(super) fn is_own_directory(path: &Path, own_uid: u32) -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir() && meta.uid() == own_uid && meta.mode() & 0o022 == 0)
}

#[cfg(not(unix))]
pub(super) fn is_own_directory(path: &Path, _own_uid: u32) -> bool {
    fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir())
}

/// Removes a tree, again and again for up to 5 s while something still writes to it.
pub(super) fn remove_patiently(path: &Path) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        match fs::remove_dir_all(path) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !path.exists() => return Ok(()),
            Err(source) if Instant::now() >= deadline => return Err(DisposableError::io("remove", path)(source)),
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// Whether the server's user gets through every directory down to `path`.
#[cfg(unix)]
pub(super) fn is_reachable(path: &Path, user: Option<User>) -> bool {
    use std::os::unix::fs::MetadataExt;
    let Some(user) = user else { return true };
    let passable = |dir: &Path| {
        fs::metadata(dir).is_ok_and(|meta| {
            let bit = match () {
                () if meta.uid() == user.uid => 0o100,
                () if meta.gid() == user.gid => 0o010,
                () => 0o001,
            };
            meta.mode() & bit != 0
        })
    };
    fs::canonicalize(path).is_ok_and(|real| real.ancestors().all(passable))
}

#[cfg(not(unix))]
pub(super) fn is_reachable(_path: &Path, _user: Option<User>) -> bool {
    true
}

#[cfg(unix)]
fn dir_builder() -> fs::DirBuilder {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = fs::DirBuilder::new();
    builder.mode(0o700);
    builder
}

#[cfg(not(unix))]
fn dir_builder() -> fs::DirBuilder {
    fs::DirBuilder::new()
}

/// After the fact, since a umask such as 077 takes its share of the mode at creation.
#[cfg(unix)]
pub(super) fn open_for_passing(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o711)).map_err(DisposableError::io("open up", path))
}

#[cfg(not(unix))]
pub(super) fn open_for_passing(_path: &Path) -> Result<()> {
    Ok(())
}

/// A directory will do if the socket's path is short enough, the server's user gets there and others cannot swap names.
fn suitable(parent: &Path, who: Identity) -> Result<()> {
    let unsafe_because = |why: &str| DisposableError::UnsafeDirectory { path: parent.to_owned(), why: why.to_owned() };
    let socket = socket_dir_of(&parent.join(format!("{}{:016x}", prefix(who.own_uid), 0))).join(".s.PGSQL.65535");
    if cfg!(unix) && socket.as_os_str().len() > SOCKET_PATH_LIMIT_BYTES {
        return Err(DisposableError::PathTooLong { path: socket, limit_bytes: SOCKET_PATH_LIMIT_BYTES });
    }
    if !parent.is_dir() {
        return Err(unsafe_because("is no directory; create it first"));
    }
    if !is_reachable(parent, who.server_user) {
        return Err(unsafe_because("is closed to the unprivileged user of the server; choose another, such as /tmp"));
    }
    if is_swappable(parent) {
        return Err(unsafe_because("every user may rename what is in it; set its sticky bit (`chmod +t`)"));
    }
    Ok(())
}

/// Writable for others without the sticky bit.
#[cfg(unix)]
fn is_swappable(dir: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(dir).is_ok_and(|meta| meta.mode() & 0o022 != 0 && meta.mode() & 0o1000 == 0)
}

#[cfg(not(unix))]
fn is_swappable(_dir: &Path) -> bool {
    false
}

/// Locks `owner.lock`; `None` if another process holds it, or the file is not there and may not be made.
fn lock_of(root: &Path, may_create: bool) -> Result<Option<File>> {
    let path = root.join("owner.lock");
    let file = match private_options().write(true).create(may_create).open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(DisposableError::io("open", path)(source)),
    };
    match file.try_lock() {
        // Removed between opening and locking: what is locked is no longer the file of that name.
        Ok(()) => Ok(path.exists().then_some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(source)) => Err(DisposableError::io("lock", path)(source)),
    }
}

fn is_older_than(path: &Path, age: Duration) -> bool {
    let modified = fs::symlink_metadata(path).and_then(|meta| meta.modified());
    modified.is_ok_and(|then| then.elapsed().is_ok_and(|passed| passed > age))
}

#[cfg(unix)]
fn hand_over(path: &Path, owner: Option<User>) -> Result<()> {
    let Some(user) = owner else { return Ok(()) };
    std::os::unix::fs::lchown(path, Some(user.uid), Some(user.gid)).map_err(DisposableError::io("hand over", path))
}

#[cfg(not(unix))]
fn hand_over(_path: &Path, _owner: Option<User>) -> Result<()> {
    Ok(())
}

/// The standard library seeds its hash maps from the system's random numbers, which is all that is needed of them here.
fn random() -> u64 {
    std::hash::RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> Identity {
        Identity { own_uid: super::super::user::identity(None).unwrap().own_uid, server_user: None }
    }

    #[test]
    fn a_living_owner_keeps_its_directory_and_a_dead_one_loses_it() {
        let parent = tempfile::tempdir().unwrap();
        let place = Place::create(parent.path(), own()).unwrap();
        let root = place.root().to_owned();
        assert!(Place::take_over(&root, own().own_uid).is_none(), "its lock is held");
        drop(place);
        assert!(Place::take_over(&root, own().own_uid.wrapping_add(1)).is_none(), "of another user");
        let taken = Place::take_over(&root, own().own_uid).unwrap();
        taken.remove().unwrap();
        assert!(!root.exists());
    }

    #[test]
    fn a_directory_that_is_just_being_made_is_left_alone() {
        let parent = tempfile::tempdir().unwrap();
        let root = parent.path().join(format!("{}0", prefix(own().own_uid)));
        create_private_dir(&root, None, false).unwrap();
        assert!(Place::take_over(&root, own().own_uid).is_none());
    }

    #[cfg(unix)]
    #[test]
    fn a_parent_must_be_short_and_closed_to_swapping() {
        use std::os::unix::fs::PermissionsExt;
        let parent = tempfile::tempdir().unwrap();
        let long = parent.path().join("x".repeat(90));
        assert!(matches!(suitable(&long, own()), Err(DisposableError::PathTooLong { .. })));
        let open = parent.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(suitable(&open, own()).unwrap_err().to_string().contains("sticky"));
        fs::set_permissions(&open, fs::Permissions::from_mode(0o1777)).unwrap();
        suitable(&open, own()).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_closed_directory_on_the_way_is_noticed() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let inner = root.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let stranger = Some(User { uid: 4_000_000, gid: 4_000_000 });
        assert!(!is_reachable(&inner, stranger));
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o711)).unwrap();
        assert_eq!(is_reachable(&inner, stranger), is_reachable(root.path().parent().unwrap(), stranger));
    }

    #[cfg(unix)]
    #[test]
    fn planted_directories_are_not_ours() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        let uid = own().own_uid;
        let link = root.path().join("link");
        std::os::unix::fs::symlink(root.path(), &link).unwrap();
        assert!(!is_own_directory(&link, uid));
        assert!(!is_own_directory(root.path(), uid + 1));
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o770)).unwrap();
        assert!(!is_own_directory(root.path(), uid));
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o700)).unwrap();
        assert!(is_own_directory(root.path(), uid));
    }
}
