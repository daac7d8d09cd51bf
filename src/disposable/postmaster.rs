//! The server's process: started, awaited, stopped, killed.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::error::{DisposableError, Result};
use super::job::Job;
use super::place::Place;
use super::program;

#[cfg(not(unix))]
pub(super) use windows::Postmaster;

#[cfg(unix)]
pub(super) use unix::Postmaster;

/// How long a fast shutdown may take before the server is ended the hard way.
const FAST_SHUTDOWN: Duration = Duration::from_secs(20);

/// The postmaster's id, if postmaster.pid says that it accepts connections (a hot standby too).
fn ready_pid(data: &Path) -> Option<u32> {
    let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let mut lines = text.lines();
    let pid = lines.next()?.trim().parse().ok()?;
    (lines.nth(6)?.trim() == "ready").then_some(pid)
}

fn not_ready(place: &Place, what: impl Into<String>) -> DisposableError {
    DisposableError::NotReady { what: what.into(), log: program::tail(&place.log()) }
}

fn server_program(job: &Job, name: &str) -> Result<std::path::PathBuf> {
    program::in_dir(&job.binaries.dir, name)
        .ok_or_else(|| DisposableError::ProgramMissing { program: name.to_owned(), bin_dir: job.binaries.dir.clone() })
}

#[cfg(unix)]
mod unix {
    use std::process::Child;

    use super::super::place;
    use super::super::processes::{self, Signal};
    use super::*;

    /// A child of the supervisor, in its process group: Ctrl-C in a terminal reaches neither.
    pub(in super::super) struct Postmaster(Child);

    impl Postmaster {
        /// Starts the server and waits until it accepts connections; after an error it does not run.
        pub(in super::super) fn start(job: &Job, place: &Place, gone: &AtomicBool) -> Result<Postmaster> {
            let log = place::private_options().append(true).create(true).open(place.log());
            let log = log.map_err(DisposableError::io("open", place.log()))?;
            let err = log.try_clone().map_err(DisposableError::io("open", place.log()))?;
            let program = server_program(job, "postgres")?;
            let mut command = program::command(&program, job.search_path.as_deref(), job.who.server_user);
            command.arg("-D").arg(place.data());
            let mut config = std::ffi::OsString::from("config_file=");
            config.push(place.file("postgresql.conf"));
            command.arg("-c").arg(config).current_dir(place.root()).stdout(log).stderr(err);
            let child = command.spawn().map_err(DisposableError::io("start", program))?;
            let mut postmaster = Postmaster(child);
            match postmaster.wait_until_ready(job, place, gone) {
                Ok(()) => Ok(postmaster),
                Err(error) => {
                    // The reason why it is not ready is the one to report.
                    let _ = postmaster.stop(job, place, Signal::Quit);
                    Err(error)
                }
            }
        }

        pub(in super::super) fn pid(&self) -> u32 {
            self.0.id()
        }

        /// Whether it has ended by itself or by another's hand.
        pub(in super::super) fn has_ended(&mut self) -> bool {
            !matches!(self.0.try_wait(), Ok(None))
        }

        /// Fast shutdown: the state is written, the next start needs no recovery.
        pub(in super::super) fn stop_fast(mut self, job: &Job, place: &Place) -> Result<()> {
            self.stop(job, place, Signal::Interrupt)
        }

        /// Immediate shutdown, for a server whose data is thrown away.
        pub(in super::super) fn stop_now(mut self, job: &Job, place: &Place) -> Result<()> {
            self.stop(job, place, Signal::Quit)
        }

        /// As if the machine had killed it: SIGKILL to the postmaster, then to whatever is left of it.
        pub(in super::super) fn kill(mut self, job: &Job, place: &Place) -> Result<()> {
            let segment = shared_memory_id(&place.data());
            self.0.kill().and_then(|()| self.0.wait()).map_err(DisposableError::io("kill", place.data()))?;
            let all_gone = processes::kill_all(place.name(), job.who.server_user, job.search_path.as_deref());
            if let Some(id) = segment.filter(|_| all_gone) {
                // It keeps a few bytes of the system's shared memory for ever; nobody else would give them back.
                let mut ipcrm = program::command("ipcrm", job.search_path.as_deref(), job.who.server_user);
                let _ = program::answer(ipcrm.args(["-m", &id]));
            }
            all_gone.then_some(()).ok_or_else(|| not_ready(place, "could not be killed"))
        }

        fn stop(&mut self, job: &Job, place: &Place, signal: Signal) -> Result<()> {
            let (user, path) = (job.who.server_user, job.search_path.as_deref());
            if !self.has_ended() {
                processes::signal(&[self.pid()], signal, user, path);
                self.wait_for_end(FAST_SHUTDOWN);
            }
            if !self.has_ended() {
                self.0.kill().and_then(|()| self.0.wait()).map_err(DisposableError::io("end", place.data()))?;
            }
            match processes::end_all(place.name(), user, path, Duration::from_secs(6)) {
                true => Ok(()),
                false => Err(not_ready(place, "left processes behind")),
            }
        }

        fn wait_until_ready(&mut self, job: &Job, place: &Place, gone: &AtomicBool) -> Result<()> {
            let deadline = Instant::now() + Duration::from_millis(job.start_timeout_ms);
            while ready_pid(&place.data()) != Some(self.pid()) {
                if let Some(status) = self.0.try_wait().map_err(DisposableError::io("wait for", place.data()))? {
                    return Err(not_ready(place, format!("did not start ({status})")));
                }
                if gone.load(Ordering::Relaxed) {
                    return Err(not_ready(place, "was not started: the owner is gone"));
                }
                if Instant::now() >= deadline {
                    return Err(not_ready(place, format!("was not ready after {} ms", job.start_timeout_ms)));
                }
                std::thread::sleep(Duration::from_millis(3));
            }
            Ok(())
        }

        fn wait_for_end(&mut self, patience: Duration) {
            let deadline = Instant::now() + patience;
            while !self.has_ended() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
    }

    /// The id of the server's System V segment: the second number of line 7 of postmaster.pid.
    fn shared_memory_id(data: &Path) -> Option<String> {
        let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
        let id = text.lines().nth(6)?.split_whitespace().nth(1)?;
        id.chars().all(|c| c.is_ascii_digit()).then(|| id.to_owned())
    }
}

/// Windows: `pg_ctl` starts the server, since `postgres` refuses an administrator and `pg_ctl` lays the rights down.
#[cfg(not(unix))]
mod windows {
    use super::*;

    pub(in super::super) struct Postmaster {
        pid: u32,
        data: std::path::PathBuf,
    }

    impl Postmaster {
        pub(in super::super) fn start(job: &Job, place: &Place, gone: &AtomicBool) -> Result<Postmaster> {
            let config = place.file("postgresql.conf").to_string_lossy().replace('\\', "/");
            let mut command = program::command(server_program(job, "pg_ctl")?, job.search_path.as_deref(), None);
            command.args(["start", "-w", "-s", "-t", &job.start_timeout_ms.div_ceil(1000).to_string(), "-l"]);
            command.arg(place.log()).arg("-o").arg(format!("-c config_file=\"{config}\"")).arg("-D").arg(place.data());
            let deadline = Instant::now() + Duration::from_millis(job.start_timeout_ms) + Duration::from_secs(5);
            let started = program::run(&mut command, &place.file("pg_ctl.log"), deadline, gone);
            match (started, ready_pid(&place.data())) {
                (Ok(()), Some(pid)) if !gone.load(Ordering::Relaxed) => Ok(Postmaster { pid, data: place.data() }),
                (started, pid) => {
                    let half = Postmaster { pid: pid.unwrap_or(0), data: place.data() };
                    // The reason why it is not ready is the one to report.
                    let _ = half.stop_now(job, place);
                    Err(started.err().unwrap_or_else(|| not_ready(place, "did not start")))
                }
            }
        }

        pub(in super::super) fn pid(&self) -> u32 {
            self.pid
        }

        pub(in super::super) fn has_ended(&mut self) -> bool {
            ready_pid(&self.data) != Some(self.pid)
        }

        pub(in super::super) fn stop_fast(self, job: &Job, place: &Place) -> Result<()> {
            self.stop(job, place, "fast")
        }

        pub(in super::super) fn stop_now(self, job: &Job, place: &Place) -> Result<()> {
            self.stop(job, place, "immediate")
        }

        pub(in super::super) fn kill(self, job: &Job, place: &Place) -> Result<()> {
            let mut taskkill = program::command("taskkill", job.search_path.as_deref(), None);
            taskkill.args(["/F", "/T", "/PID", &self.pid.to_string()]);
            let never = AtomicBool::new(false);
            program::run(&mut taskkill, &place.file("taskkill.log"), Instant::now() + FAST_SHUTDOWN, &never)
        }

        fn stop(self, job: &Job, place: &Place, mode: &str) -> Result<()> {
            if !place.data().join("postmaster.pid").exists() {
                return Ok(());
            }
            let mut command = program::command(server_program(job, "pg_ctl")?, job.search_path.as_deref(), None);
            command.args(["stop", "-w", "-s", "-m", mode, "-D"]).arg(place.data());
            let never = AtomicBool::new(false);
            program::run(&mut command, &place.file("pg_ctl.log"), Instant::now() + FAST_SHUTDOWN, &never)
                .or_else(|_| self.kill(job, place))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_is_what_the_eighth_line_says() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("postmaster.pid");
        assert_eq!(ready_pid(dir.path()), None);
        for (status, expected) in [("starting", None), ("ready   ", Some(42)), ("standby ", None), ("stopping", None)] {
            fs::write(&file, format!("42\n/d\n1700000000\n5432\n/s\n\n  1 2\n{status}\n")).unwrap();
            assert_eq!(ready_pid(dir.path()), expected, "{status}");
        }
        fs::write(&file, "42\n/d\n").unwrap();
        assert_eq!(ready_pid(dir.path()), None, "half written");
    }
}
