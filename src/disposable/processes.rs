//! The processes of one server, found by the unique name of its directory.
//!
//! The postmaster has the directory in its arguments; its children show `cluster_name`, which is the same name.
//! A process id alone proves nothing: after a crash or a restart of the machine it belongs to somebody else.

use std::ffi::OsStr;
use std::time::{Duration, Instant};

use super::program::command;
use super::user::User;

/// What to send. Signals go out as the server's user, who cannot reach anybody else's processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// Fast shutdown: transactions are rolled back, the state is written.
    Interrupt,
    /// Immediate shutdown: like a crash, but orderly.
    Quit,
    /// The process is gone without a word.
    Kill,
}

/// Ends every process of the server: asked first, killed after `patience`. Whether none is left.
pub(super) fn end_all(name: &str, user: Option<User>, search_path: Option<&OsStr>, patience: Duration) -> bool {
    end(name, user, search_path, Signal::Quit, patience)
        || end(name, user, search_path, Signal::Kill, Duration::from_secs(5))
}

/// Kills every process of the server at once. Whether none is left.
pub(super) fn kill_all(name: &str, user: Option<User>, search_path: Option<&OsStr>) -> bool {
    end(name, user, search_path, Signal::Kill, Duration::from_secs(10))
}

/// Sends a signal, best effort: the process may have ended meanwhile.
pub(super) fn signal(pids: &[u32], signal: Signal, user: Option<User>, search_path: Option<&OsStr>) {
    let name = match signal {
        Signal::Interrupt => "INT",
        Signal::Quit => "QUIT",
        Signal::Kill => "KILL",
    };
    // The shell's own `kill`: small systems have no program of that name.
    let mut sh = command("/bin/sh", search_path, user);
    sh.args(["-c", "s=$1; shift; for p; do kill -s \"$s\" \"$p\"; done", "sh", name]);
    let _ = sh.args(pids.iter().map(u32::to_string)).stderr(std::process::Stdio::null()).status();
}

fn end(name: &str, user: Option<User>, search_path: Option<&OsStr>, how: Signal, patience: Duration) -> bool {
    let deadline = Instant::now() + patience;
    let mut signalled: Vec<u32> = Vec::new();
    loop {
        let alive = of_server(name, search_path);
        if alive.is_empty() {
            return true;
        }
        // A child born between looking and signalling gets its own signal in the next round.
        let fresh: Vec<u32> = alive.iter().copied().filter(|pid| !signalled.contains(pid)).collect();
        if !fresh.is_empty() {
            signal(&fresh, how, user, search_path);
            signalled.extend(fresh);
        }
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Whether this command line belongs to the server of that name, and not to a client that merely names its socket.
fn belongs(command_line: &str, name: &str) -> bool {
    let Some(program) = command_line.split_whitespace().next() else { return false };
    let program = program.rsplit('/').next().unwrap_or(program);
    match program {
        "postgres" => command_line.contains(&format!("/{name}/")),
        "postgres:" => command_line.contains(&format!("postgres: {name}: ")),
        _ => false,
    }
}

/// Linux: the kernel's own list. Processes that have ended have no command line.
#[cfg(target_os = "linux")]
fn of_server(name: &str, _search_path: Option<&OsStr>) -> Vec<u32> {
    let pid_of = |entry: std::fs::DirEntry| -> Option<u32> {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let bytes = std::fs::read(entry.path().join("cmdline")).ok()?;
        let line = String::from_utf8_lossy(&bytes).replace('\0', " ");
        belongs(&line, name).then_some(pid)
    };
    std::fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(pid_of).collect()
}

#[cfg(not(target_os = "linux"))]
fn of_server(name: &str, search_path: Option<&OsStr>) -> Vec<u32> {
    let mut ps = command("ps", search_path, None);
    let list = super::program::answer(ps.args(["-axww", "-o", "pid=,command="])).unwrap_or_default();
    let pid_of = |line: &str| -> Option<u32> {
        let (pid, command_line) = line.trim_start().split_once(' ')?;
        belongs(command_line.trim_start(), name).then(|| pid.parse().ok()).flatten()
    };
    list.lines().filter_map(pid_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_servers_own_processes_are_its_own() {
        let name = "phasegate-pg-0-00000000000000aa";
        for own in [
            "/usr/lib/postgresql/15/bin/postgres -D /tmp/phasegate-pg-0-00000000000000aa/data ",
            "postgres: phasegate-pg-0-00000000000000aa: checkpointer ",
            "postgres: phasegate-pg-0-00000000000000aa: postgres postgres [local] idle",
        ] {
            assert!(belongs(own, name), "{own}");
        }
        for other in [
            "psql postgresql://postgres@/postgres?host=/tmp/phasegate-pg-0-00000000000000aa/s",
            "/bin/postgres -D /tmp/phasegate-pg-0-00000000000000aab/data",
            "postgres: other: postgres phasegate-pg-0-00000000000000aa: idle",
            "postgres: checkpointer",
            "",
        ] {
            assert!(!belongs(other, name), "{other}");
        }
    }
}
