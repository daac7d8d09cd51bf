//! Running other programs: a clean environment, another user, an end in bounded time.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::error::{DisposableError, Result};
use super::user::User;

/// A command with nothing inherited that could steer PostgreSQL: no PG* variables, C locale, UTC, no stdin.
pub(super) fn command(program: impl AsRef<OsStr>, search_path: Option<&OsStr>, user: Option<User>) -> Command {
    let mut command = Command::new(program);
    clean_environment(&mut command, search_path);
    command.env("LC_ALL", "C").env("TZ", "UTC").stdin(Stdio::null());
    drop_privileges(&mut command, user);
    command
}

/// Runs to the end, output into `log`; an error carries the log's tail. Killed when `deadline` or `gone` comes first.
pub(super) fn run(command: &mut Command, log: &Path, deadline: Instant, gone: &AtomicBool) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let failed = |outcome: String| DisposableError::Program { program: program.clone(), outcome, output: tail(log) };
    let out = File::create(log).map_err(DisposableError::io("create", log))?;
    let err = out.try_clone().map_err(DisposableError::io("open", log))?;
    let mut child = command.stdout(out).stderr(err).spawn().map_err(|source| failed(spawn_failure(&source)))?;
    loop {
        match child.try_wait().map_err(DisposableError::io("wait for", &program))? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(failed(format!("failed ({status})"))),
            None if gone.load(Ordering::Relaxed) || Instant::now() >= deadline => {
                // Already ended is as good as killed.
                let _ = child.kill();
                let _ = child.wait();
                return Err(failed("was ended before it was done".to_owned()));
            }
            None => std::thread::sleep(Duration::from_millis(3)),
        }
    }
}

/// What a small program of the system printed, trimmed; `None` when it is missing or failed.
pub(super) fn answer(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// The program's file in `dir`, if it is there.
pub(super) fn in_dir(dir: &Path, program: &str) -> Option<PathBuf> {
    let file = dir.join(format!("{program}{}", std::env::consts::EXE_SUFFIX));
    file.is_file().then_some(file)
}

/// The program's file in `dir`, else on the search path.
pub(super) fn in_dir_or_path(dir: &Path, program: &str, search_path: Option<&OsStr>) -> Result<PathBuf> {
    let on_path = || search_path.and_then(|path| std::env::split_paths(path).find_map(|dir| in_dir(&dir, program)));
    in_dir(dir, program)
        .or_else(on_path)
        .ok_or_else(|| DisposableError::ProgramMissing { program: program.to_owned(), bin_dir: dir.to_owned() })
}

/// The last lines of a log, for an error message.
pub(super) fn tail(log: &Path) -> String {
    const LINES: usize = 20;
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(LINES);
    match lines.is_empty() {
        true => "(nothing was logged)".to_owned(),
        false => lines[from..].join("\n"),
    }
}

fn spawn_failure(source: &std::io::Error) -> String {
    match source.kind() {
        std::io::ErrorKind::PermissionDenied => {
            format!("could not be started: {source} (may the unprivileged user of the server reach it?)")
        }
        _ => format!("could not be started: {source}"),
    }
}

#[cfg(unix)]
fn clean_environment(command: &mut Command, search_path: Option<&OsStr>) {
    let mut path = OsString::new();
    if let Some(given) = search_path.filter(|given| !given.is_empty()) {
        path.push(given);
        path.push(":");
    }
    path.push("/usr/bin:/bin");
    command.env_clear().env("PATH", path);
}

/// Windows programs need SystemRoot, TEMP and more; so here only what steers PostgreSQL is taken away.
#[cfg(not(unix))]
fn clean_environment(command: &mut Command, search_path: Option<&OsStr>) {
    const STEERING: [&str; 32] = [
        "PGDATA",
        "PGHOST",
        "PGHOSTADDR",
        "PGPORT",
        "PGDATABASE",
        "PGUSER",
        "PGPASSWORD",
        "PGPASSFILE",
        "PGSERVICE",
        "PGSERVICEFILE",
        "PGSYSCONFDIR",
        "PGOPTIONS",
        "PGAPPNAME",
        "PGSSLMODE",
        "PGSSLNEGOTIATION",
        "PGSSLCERT",
        "PGSSLKEY",
        "PGSSLROOTCERT",
        "PGSSLCRL",
        "PGREQUIREAUTH",
        "PGREQUIRESSL",
        "PGCHANNELBINDING",
        "PGGSSENCMODE",
        "PGKRBSRVNAME",
        "PGCONNECT_TIMEOUT",
        "PGCLIENTENCODING",
        "PGDATESTYLE",
        "PGTZ",
        "PGGEQO",
        "PGLOCALEDIR",
        "PGTARGETSESSIONATTRS",
        "PGLOADBALANCEHOSTS",
    ];
    for name in STEERING {
        command.env_remove(name);
    }
    if let Some(path) = search_path {
        command.env("PATH", OsString::from(path));
    }
}

#[cfg(unix)]
fn drop_privileges(command: &mut Command, user: Option<User>) {
    use std::os::unix::process::CommandExt;
    if let Some(user) = user {
        // Setting the user as root also empties the supplementary groups.
        command.uid(user.uid).gid(user.gid);
    }
}

#[cfg(not(unix))]
fn drop_privileges(_command: &mut Command, _user: Option<User>) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_end_of_the_log() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("log");
        assert_eq!(tail(&log), "(nothing was logged)");
        let text: String = (1..=50).map(|n| format!("line {n}\n")).collect();
        fs::write(&log, text).unwrap();
        assert!(tail(&log).starts_with("line 31\n") && tail(&log).ends_with("line 50"));
    }

    #[cfg(unix)]
    #[test]
    fn a_program_is_ended_at_its_deadline_and_says_what_it_printed() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("log");
        let mut sh = command("sh", None, None);
        sh.args(["-c", "echo half way; exec sleep 60"]);
        let started = Instant::now();
        let error = run(&mut sh, &log, started + Duration::from_millis(300), &AtomicBool::new(false)).unwrap_err();
        assert!(error.to_string().contains("half way"), "{error}");
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    #[cfg(unix)]
    #[test]
    fn nothing_of_the_environment_reaches_a_child() {
        let names = answer(command("sh", None, None).args(["-c", "env | cut -d= -f1 | sort | tr '\\n' ' '"])).unwrap();
        for name in names.split_whitespace() {
            assert!(["LC_ALL", "PATH", "TZ", "PWD", "OLDPWD", "SHLVL", "_"].contains(&name), "{name} leaked");
        }
    }
}
