//! What dead supervisors left: found at the next start, stopped and removed.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::place::{self, Place};
use super::user::{Identity, User};

/// A start is not held up for longer than this; what remains is the next start's.
const BUDGET: Duration = Duration::from_secs(10);

/// Removes the directories of dead supervisors of this user below `parent`, their servers first.
///
/// Best effort: a directory that cannot be removed now is tried again at the next start.
pub(super) fn sweep(parent: &Path, who: Identity, search_path: Option<&OsStr>) {
    let deadline = Instant::now() + BUDGET;
    let prefix = place::prefix(who.own_uid);
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        if Instant::now() >= deadline {
            return;
        }
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(&prefix)) {
            clear(&entry.path(), who, search_path);
        }
    }
}

/// Stops and removes one directory whose supervisor is dead. A living one is left alone.
pub(super) fn clear(root: &Path, who: Identity, search_path: Option<&OsStr>) {
    let Some(place) = Place::take_over(root, who.own_uid) else { return };
    stop(&place, server_user_of(&place, who), search_path);
    // Tried again at the next start.
    let _ = place.remove();
}

#[cfg(unix)]
fn stop(place: &Place, user: Option<User>, search_path: Option<&OsStr>) {
    super::processes::end_all(place.name(), user, search_path, Duration::from_secs(6));
}

/// Windows: `pg_ctl` knows whether the process of that id is really the server of this directory.
#[cfg(not(unix))]
fn stop(place: &Place, _user: Option<User>, search_path: Option<&OsStr>) {
    let Ok(bin_dir) = fs::read_to_string(place.file("owner")) else { return };
    let Some(pg_ctl) = super::program::in_dir(Path::new(bin_dir.trim()), "pg_ctl") else { return };
    let mut command = super::program::command(pg_ctl, search_path, None);
    let _ = command.args(["stop", "-m", "immediate", "-s", "-D"]).arg(place.data()).status();
}

/// As whom the dead supervisor ran its server: today's choice may be another.
#[cfg(unix)]
fn server_user_of(place: &Place, who: Identity) -> Option<User> {
    use std::os::unix::fs::MetadataExt;
    let meta = fs::symlink_metadata(place.data()).ok()?;
    (who.own_uid == 0 && meta.uid() != 0).then(|| User { uid: meta.uid(), gid: meta.gid() })
}

#[cfg(not(unix))]
fn server_user_of(_place: &Place, _who: Identity) -> Option<User> {
    None
}
