//! One run of a program: its time, its and the server's processor time, its memory.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use phasegate::disposable::Server;

/// What one run took. Processor times are known on Linux only, in steps of 10 ms.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    pub wall_s: f64,
    pub client_cpu_s: f64,
    pub server_cpu_s: f64,
    /// The greatest resident memory seen, sampled every few milliseconds.
    pub peak_kb: u64,
}

/// Runs a command to its end and sees it exit with this code.
pub fn run(command: &mut Command, server: &Server, exit_code: i32) -> Cost {
    let server_before = server_cpu_s(server);
    let own_before = children_cpu_s(Path::new("/proc/self/stat"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let start = Instant::now();
    let child = command.spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let (done, is_done) = std::sync::mpsc::channel::<()>();
    // A thread of its own, so that the end of the program is noticed at once.
    let watch = std::thread::spawn(move || {
        let mut peak_kb = 0;
        loop {
            peak_kb = peak_kb.max(peak(&status));
            if !matches!(
                is_done.recv_timeout(Duration::from_millis(5)),
                Err(std::sync::mpsc::RecvTimeoutError::Timeout)
            ) {
                return peak_kb;
            }
        }
    });
    let output = child.wait_with_output().unwrap();
    let wall_s = start.elapsed().as_secs_f64();
    drop(done);
    let peak_kb = watch.join().unwrap();
    let client_cpu_s = children_cpu_s(Path::new("/proc/self/stat")) - own_before;
    assert_eq!(output.status.code(), Some(exit_code), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    wait_for_backends(server);
    Cost { wall_s, client_cpu_s, server_cpu_s: server_cpu_s(server) - server_before, peak_kb }
}

fn peak(status: &str) -> u64 {
    let text = std::fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// The server counts the time of a session once its process is gone.
fn wait_for_backends(server: &Server) {
    let count =
        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    while super::query(server, "postgres", count) != "0" {
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Processor time of the postmaster and of all its children that have ended.
pub fn server_cpu_s(server: &Server) -> f64 {
    children_cpu_s(Path::new(&format!("/proc/{}/stat", server.postmaster_pid())))
}

/// `cutime` and `cstime`; 0 where there is no such file.
fn children_cpu_s(stat: &Path) -> f64 {
    const TICKS_PER_S: f64 = 100.0;
    let text = std::fs::read_to_string(stat).unwrap_or_default();
    // The name of the program stands in parentheses and may hold blanks.
    let fields = text.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
    fields.split_whitespace().skip(13).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS_PER_S
}
