//! Who runs the server: the server refuses root.

use std::ffi::OsStr;

use super::error::Result;

/// A user of the system by numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(unix), allow(dead_code, reason = "Windows has no numeric users"))]
pub(super) struct User {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// Who we are, and as whom the server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    /// Our own user id (0 on Windows): part of directory names, and the owner that they must have.
    pub(super) own_uid: u32,
    /// As whom the server runs when not as ourselves.
    pub(super) server_user: Option<User>,
}

/// Asks the system who we are; as root finds `postgres`, else `nobody`.
#[cfg(unix)]
pub(super) fn identity(search_path: Option<&OsStr>) -> Result<Identity> {
    use super::error::DisposableError;
    use super::program::{answer, command};
    let id = |args: &[&str]| -> Option<u32> { answer(command("id", search_path, None).args(args))?.parse().ok() };
    let unknown =
        || DisposableError::Supervisor { message: "cannot find out who runs this: `id -u` failed".to_owned() };
    let own_uid = id(&["-u"]).ok_or_else(unknown)?;
    if own_uid != 0 {
        return Ok(Identity { own_uid, server_user: None });
    }
    ["postgres", "nobody"]
        .iter()
        .find_map(|name| Some(User { uid: id(&["-u", name]).filter(|uid| *uid != 0)?, gid: id(&["-g", name])? }))
        .map(|user| Identity { own_uid, server_user: Some(user) })
        .ok_or(DisposableError::NoUnprivilegedUser)
}

/// Windows: the server's own programs lay privileges down.
#[cfg(not(unix))]
pub(super) fn identity(_search_path: Option<&OsStr>) -> Result<Identity> {
    Ok(Identity { own_uid: 0, server_user: None })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn the_server_never_runs_as_root() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let who = identity(None).unwrap();
        assert_eq!(who.own_uid, file.as_file().metadata().unwrap().uid());
        assert_eq!(who.server_user.is_some(), who.own_uid == 0);
        assert!(who.server_user.is_none_or(|user| user.uid != 0));
    }
}
