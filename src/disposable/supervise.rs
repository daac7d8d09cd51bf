//! The supervising process: owner of the server, told by the end of its standard input that nobody needs it any more.
//!
//! It speaks in lines. To it: [`Order`]. From it: [`Answer`]. A parent-death signal would not do instead: it comes when
//! the *thread* ends that started the process, it removes no directory, and only Linux has it.

use std::ffi::OsString;
use std::io::{BufRead, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use super::cluster;
use super::error::{DisposableError, Result};
use super::job::Job;
use super::place::{self, Place};
use super::postmaster::Postmaster;
use super::program;
use super::settings;
use super::sweep;

/// The hidden subcommand `__supervise`: `args` are those after it. Returns when the server and its directory are gone.
///
/// Only [`super::Server`] starts it; typed by hand it says so and ends.
pub fn supervise(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let done = Job::from_args(args).and_then(|job| {
        let gone = Arc::new(AtomicBool::new(false));
        let orders = listen(Arc::clone(&gone));
        sweep::sweep(&job.parent, job.who, job.search_path.as_deref());
        let place = Place::create(&job.parent, job.who)?;
        let mut keeper = Keeper { job, place, gone, port: 0, postmaster: None };
        let served = keeper.serve(&orders);
        let cleared = keeper.clear();
        served.and(cleared)
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&Answer::Error(error.to_string()));
            ExitCode::FAILURE
        }
    }
}

/// What the owner may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Fast stop if it runs, then start again in the same place.
    Restart,
    /// SIGKILL to the whole server.
    Kill,
    /// Let the server live until somebody stops it, whatever becomes of the owner.
    Keep,
    /// No word but the end of the owner or of its interest.
    End,
}

impl Order {
    pub(super) fn word(self) -> &'static str {
        match self {
            Order::Restart => "restart",
            Order::Kill => "kill",
            Order::Keep => "keep",
            Order::End => "end",
        }
    }

    fn read(line: &str) -> Option<Order> {
        [Order::Restart, Order::Kill, Order::Keep, Order::End].into_iter().find(|order| order.word() == line)
    }
}

/// What the supervisor says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// The server accepts connections; the name is that of its directory.
    Ready { pid: u32, port: u16, name: String },
    /// The order is carried out.
    Done,
    /// It is not, and why.
    Error(String),
}

impl Answer {
    fn line(&self) -> String {
        match self {
            Answer::Ready { pid, port, name } => format!("ready {pid} {port} {name}"),
            Answer::Done => "done".to_owned(),
            Answer::Error(message) => format!("error {}", message.replace('\\', "\\\\").replace('\n', "\\n")),
        }
    }

    pub(super) fn read(line: &str) -> Option<Answer> {
        if line == "done" {
            return Some(Answer::Done);
        }
        if let Some(escaped) = line.strip_prefix("error ") {
            return Some(Answer::Error(unescape(escaped)));
        }
        let mut words = line.strip_prefix("ready ")?.split(' ');
        let (pid, port) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        Some(Answer::Ready { pid, port, name: words.next()?.to_owned() })
    }
}

fn unescape(escaped: &str) -> String {
    let mut text = String::new();
    let mut letters = escaped.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.push(letters.next().map_or('\\', |next| if next == 'n' { '\n' } else { next })),
            other => text.push(other),
        }
    }
    text
}

/// The supervisor's state: one place, and the server in it while it runs.
struct Keeper {
    job: Job,
    place: Place,
    gone: Arc<AtomicBool>,
    port: u16,
    postmaster: Option<Postmaster>,
}

impl Keeper {
    /// Starts the server and obeys until the end. An error means that it never became ready.
    fn serve(&mut self, orders: &Receiver<Order>) -> Result<()> {
        self.prepare()?;
        self.start_on_a_free_port()?;
        self.say_ready();
        loop {
            match self.next(orders) {
                Order::Restart => match self.restart() {
                    Ok(()) => self.say_ready(),
                    Err(error) => say(&Answer::Error(error.to_string())),
                },
                Order::Kill => {
                    say(&self.kill().map_or_else(|error| Answer::Error(error.to_string()), |()| Answer::Done))
                }
                Order::Keep => {
                    say(&Answer::Done);
                    return self.wait_for_the_servers_own_end();
                }
                Order::End => return Ok(()),
            }
        }
    }

    /// The next order. A server that has ended meanwhile is reaped, and its place kept: its owner may want to restart it.
    fn next(&mut self, orders: &Receiver<Order>) -> Order {
        loop {
            match orders.recv_timeout(Duration::from_millis(250)) {
                Ok(order) => return order,
                Err(RecvTimeoutError::Disconnected) => return Order::End,
                Err(RecvTimeoutError::Timeout) => {
                    if let Some(postmaster) = &mut self.postmaster {
                        postmaster.has_ended();
                    }
                }
            }
        }
    }

    /// The data directory and what is written once.
    fn prepare(&mut self) -> Result<()> {
        let user = self.job.who.server_user;
        let bin_dir = self.job.binaries.dir.to_string_lossy().into_owned();
        place::create_private_file(&self.place.file("owner"), bin_dir.as_bytes(), None)?;
        cluster::fill(&self.job, &self.place, &self.gone)?;
        if self.job.primary.is_none() {
            // A standby has them from its primary.
            for (name, from) in &self.job.files {
                let content = std::fs::read(from).map_err(DisposableError::io("read", from))?;
                place::create_private_file(&self.place.data().join(file_name(name)?), &content, user)?;
            }
        }
        let rules = settings::access_rules(&self.job.hba)?;
        place::create_private_file(&self.place.file("pg_hba.conf"), rules.as_bytes(), user)
    }

    /// Another process may take the port between asking for a free one and the server's own bind.
    fn start_on_a_free_port(&mut self) -> Result<()> {
        const ATTEMPTS: usize = 5;
        let mut attempt = 1;
        loop {
            self.port = if self.job.tcp { free_port()? } else { 5432 };
            self.configure()?;
            match self.start() {
                Err(DisposableError::NotReady { log, .. })
                    if self.job.tcp && attempt < ATTEMPTS && log.contains("could not bind") => {}
                other => return other,
            }
            attempt += 1;
        }
    }

    fn configure(&self) -> Result<()> {
        let path = self.place.file("postgresql.conf");
        if path.exists() {
            std::fs::remove_file(&path).map_err(DisposableError::io("remove", &path))?;
        }
        let from_initdb = self.place.data().join("postgresql.conf");
        let text = settings::configuration(&from_initdb, &self.own_settings(), &self.job.settings)?;
        place::create_private_file(&path, text.as_bytes(), self.job.who.server_user)
    }

    fn own_settings(&self) -> Vec<(String, String)> {
        let text = |path: std::path::PathBuf| path.to_string_lossy().into_owned();
        let mut own: Vec<(String, String)> = [
            ("listen_addresses", if self.job.tcp { "127.0.0.1".to_owned() } else { String::new() }),
            ("port", self.port.to_string()),
            // The name by which the server's processes are told from all others.
            ("cluster_name", self.place.name().to_owned()),
            ("hba_file", text(self.place.file("pg_hba.conf"))),
            ("timezone", "UTC".to_owned()),
            ("log_timezone", "UTC".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let mut put = |name: &str, value: String| own.push((name.to_owned(), value));
        if cfg!(unix) {
            put("unix_socket_directories", text(self.place.socket_dir()));
            put("unix_socket_permissions", "0700".to_owned());
        } else {
            put("unix_socket_directories", String::new());
        }
        if !self.job.durable {
            if cfg!(unix) {
                // Shared memory as files of the data directory goes with it, even when the server was killed.
                put("dynamic_shared_memory_type", "mmap".to_owned());
            }
            own.extend(settings::not_durable());
        }
        own
    }

    fn start(&mut self) -> Result<()> {
        self.postmaster = Some(Postmaster::start(&self.job, &self.place, &self.gone)?);
        Ok(())
    }

    fn restart(&mut self) -> Result<()> {
        if let Some(postmaster) = self.postmaster.take() {
            postmaster.stop_fast(&self.job, &self.place)?;
        }
        self.start()
    }

    fn kill(&mut self) -> Result<()> {
        self.postmaster.take().map_or(Ok(()), |postmaster| postmaster.kill(&self.job, &self.place))
    }

    fn wait_for_the_servers_own_end(&mut self) -> Result<()> {
        while self.postmaster.as_mut().is_some_and(|postmaster| !postmaster.has_ended()) {
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    fn say_ready(&self) {
        if let Some(postmaster) = &self.postmaster {
            say(&Answer::Ready { pid: postmaster.pid(), port: self.port, name: self.place.name().to_owned() });
        }
    }

    /// Neither server nor directory is left.
    fn clear(mut self) -> Result<()> {
        let stopped = match self.postmaster.take() {
            Some(postmaster) => postmaster.stop_now(&self.job, &self.place),
            None => Ok(()),
        };
        stopped.and(self.place.remove())
    }
}

/// Reads the orders in a thread of its own, since a read cannot be given up; sets `gone` at their end.
fn listen(gone: Arc<AtomicBool>) -> Receiver<Order> {
    let (orders, received) = mpsc::channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(std::io::Result::ok) {
            match Order::read(&line) {
                Some(Order::End) => break,
                Some(order) if orders.send(order).is_ok() => {}
                Some(_) => return,
                None => say(&Answer::Error(format!("unknown order {line:?}"))),
            }
        }
        gone.store(true, Ordering::Relaxed);
    });
    received
}

/// A dead owner hears nothing, which is no error.
fn say(answer: &Answer) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", answer.line()).and_then(|()| out.flush());
}

fn free_port() -> Result<u16> {
    let probe = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    probe.map(|address| address.port()).map_err(DisposableError::io("find a free port on", "127.0.0.1"))
}

fn file_name(name: &str) -> Result<&str> {
    let plain = !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        && !name.starts_with('.');
    plain.then_some(name).ok_or_else(|| DisposableError::InvalidSetting {
        name: name.to_owned(),
        why: "a file in the data directory is named by letters, digits, `.`, `_` and `-`".to_owned(),
    })
}

/// The end of the server's log, for the owner.
pub(super) fn log_tail(root: &std::path::Path) -> String {
    program::tail(&place::log_of(root))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_survive_the_pipe() {
        for answer in [
            Answer::Ready { pid: 7, port: 5432, name: "phasegate-pg-0-1".into() },
            Answer::Done,
            Answer::Error("two\nlines, a \\n and C:\\new".into()),
        ] {
            let line = answer.line();
            assert!(!line.contains('\n'));
            assert_eq!(Answer::read(&line), Some(answer));
        }
        assert_eq!(Answer::read("ready x"), None);
        assert_eq!(Order::read("keep"), Some(Order::Keep));
        assert_eq!(Order::read("dance"), None);
    }

    #[test]
    fn a_file_stays_in_the_data_directory() {
        assert!(file_name("server.crt").is_ok());
        for name in ["../x", "/etc/x", "", ".hidden", "a/b"] {
            assert!(file_name(name).is_err(), "{name}");
        }
    }
}
