//! The owner's side of a disposable server.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::error::{DisposableError, Result};
use super::find::{self, Version};
use super::job::Job;
use super::options::{Options, Supervisor};
use super::place;
use super::program;
use super::supervise::{self, Answer, Order};
use super::sweep;
use super::user;

/// How long the supervisor may take beside the server's own start: waiting for the cache, initdb, a base backup, a stop.
const SUPERVISOR_PATIENCE: Duration = Duration::from_secs(180);

/// A running throw-away server. Dropped, or its process killed, neither the server nor its directory is left.
#[derive(Debug)]
pub struct Server {
    job: Job,
    supervisor: Supervisor,
    root: PathBuf,
    port: u16,
    line: Mutex<Line>,
}

/// A server that was left running on purpose, see [`Server::keep`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Address of a database on it: of `postgres`, unless who kept it says another.
    pub url: String,
    /// Its data directory; the log lies beside it. Gone when the server is stopped.
    pub data_dir: PathBuf,
    /// The shell command that stops it, after which its directory is removed.
    pub stop_command: String,
}

impl Server {
    /// Finds binaries, makes a data directory, starts the server; returns when it accepts connections.
    ///
    /// # Errors
    /// No binaries, no unprivileged user, an unsuitable directory, or a server that does not start in time: the message
    /// has the end of its log. After an error nothing is left running.
    pub fn start(options: &Options) -> Result<Server> {
        let who = user::identity(options.search_path.as_deref())?;
        let cache = options.cache_dir.clone();
        let cache = cache.unwrap_or_else(|| std::env::temp_dir().join(format!("phasegate-cache-{}", who.own_uid)));
        let parent = place::parent(options.parent_dir.as_deref(), who)?;
        let absolute = |path: &Path| std::path::absolute(path).map_err(DisposableError::io("find", path));
        let files = options.files.iter().map(|(name, from)| Ok((name.clone(), absolute(from)?)));
        let job = Job {
            binaries: find::find(options)?,
            who,
            search_path: options.search_path.clone(),
            cache: match options.cache_dir {
                // The temporary directory is closed to the server's user, like the parent that was not taken.
                None if !place::is_reachable(&std::env::temp_dir(), who.server_user) => {
                    parent.join(format!("phasegate-cache-{}", who.own_uid))
                }
                _ => absolute(&cache)?,
            },
            parent,
            settings: options.settings.clone(),
            hba: options.hba.clone(),
            files: files.collect::<Result<_>>()?,
            tcp: options.tcp || cfg!(windows),
            durable: options.durable,
            data_checksums: options.data_checksums,
            start_timeout_ms: options.start_timeout_ms,
            primary: None,
        };
        Server::launch(job, options.supervisor.clone())
    }

    /// A hot standby of this server: same version, same settings, made by pg_basebackup, streaming from it.
    ///
    /// # Errors
    /// As [`Server::start`]; [`DisposableError::ProgramMissing`] where these binaries come without `pg_basebackup`.
    pub fn standby(&self) -> Result<Server> {
        let primary = Some((self.host(), self.port));
        Server::launch(Job { primary, ..self.job.clone() }, self.supervisor.clone())
    }

    /// Where clients connect to: the socket's directory; `127.0.0.1` on Windows.
    pub fn host(&self) -> OsString {
        if cfg!(unix) { self.socket_dir().into() } else { "127.0.0.1".into() }
    }

    /// The port, which is also part of the socket's name; the same after a restart.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Address of a database for the superuser `postgres`:
    /// `postgresql://postgres@/db?host=/socket/directory&port=5432`, percent-encoded.
    pub fn url(&self, database: &str) -> String {
        let database = percent_encoded(database.as_bytes(), false);
        match cfg!(unix) {
            true => {
                let host = self.host();
                let host = percent_encoded(host.as_encoded_bytes(), true);
                format!("postgresql://postgres@/{database}?host={host}&port={}", self.port)
            }
            false => format!("postgresql://postgres@127.0.0.1:{}/{database}", self.port),
        }
    }

    /// The directory of the Unix socket, closed to other users.
    pub fn socket_dir(&self) -> PathBuf {
        place::socket_dir_of(&self.root)
    }

    /// The data directory.
    pub fn data_dir(&self) -> PathBuf {
        place::data_of(&self.root)
    }

    /// The server's log file.
    pub fn log_file(&self) -> PathBuf {
        place::log_of(&self.root)
    }

    /// The directory of the server's programs.
    pub fn bin_dir(&self) -> &Path {
        &self.job.binaries.dir
    }

    /// The server's version.
    pub fn version(&self) -> &Version {
        &self.job.binaries.version
    }

    /// Process id of the postmaster; another one after [`Server::restart`].
    pub fn postmaster_pid(&self) -> u32 {
        self.line().postmaster_pid
    }

    /// Process id of the supervising process.
    pub fn supervisor_pid(&self) -> u32 {
        self.line().supervisor.id()
    }

    /// A client program (`psql`, `pg_dump`) of this server's directory, else of the search path, aimed at this server:
    /// PGHOST, PGPORT, PGUSER and PGDATABASE are set and no other PG* variable of ours reaches it.
    ///
    /// # Errors
    /// [`DisposableError::ProgramMissing`] when it is in neither place.
    pub fn client(&self, name: &str) -> Result<Command> {
        let search_path = self.job.search_path.as_deref();
        let file = program::in_dir_or_path(&self.job.binaries.dir, name, search_path)?;
        let mut command = program::command(file, search_path, None);
        command.env("PGHOST", self.host()).env("PGPORT", self.port.to_string());
        command.env("PGUSER", "postgres").env("PGDATABASE", "postgres").env("PGCLIENTENCODING", "UTF8");
        Ok(command)
    }

    /// Fast shutdown if it runs, then start; after [`Server::kill`] with crash recovery. Settings by ALTER SYSTEM take effect.
    ///
    /// # Errors
    /// The server did not start again: it is down, and a further restart may be tried.
    pub fn restart(&self) -> Result<()> {
        let mut line = self.line();
        match line.ask(Order::Restart, self.patience())? {
            Answer::Ready { pid, .. } => {
                line.postmaster_pid = pid;
                Ok(())
            }
            other => Err(line.misunderstood(&other)),
        }
    }

    /// SIGKILL to the postmaster and all its children, as a crash; returns when all are gone. [`Server::restart`] recovers.
    ///
    /// # Errors
    /// A process could not be killed.
    pub fn kill(&self) -> Result<()> {
        let mut line = self.line();
        match line.ask(Order::Kill, self.patience())? {
            Answer::Done => Ok(()),
            other => Err(line.misunderstood(&other)),
        }
    }

    /// Stops the server and removes its directory.
    ///
    /// # Errors
    /// Something is left: the message says what. The next start will sweep it.
    pub fn stop(self) -> Result<()> {
        self.end()
    }

    /// Leaves server and directory for a look around; both go when the server is stopped.
    ///
    /// # Errors
    /// The supervisor does not answer; then nothing is kept.
    pub fn keep(self) -> Result<Kept> {
        let kept = Kept { url: self.url("postgres"), data_dir: self.data_dir(), stop_command: self.stop_command() };
        let mut line = self.line();
        match line.ask(Order::Keep, self.patience())? {
            Answer::Done => line.kept = true,
            other => return Err(line.misunderstood(&other)),
        }
        drop(line);
        Ok(kept)
    }

    /// The last lines of the server's log, for a message.
    pub fn log_tail(&self) -> String {
        supervise::log_tail(&self.root)
    }

    fn launch(job: Job, supervisor: Supervisor) -> Result<Server> {
        let Supervisor::Reexec(executable) = &supervisor;
        let mut command = Command::new(executable);
        command.arg("__supervise").args(job.to_args());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        own_group(&mut command);
        let child = command.spawn().map_err(DisposableError::io("start the supervisor", executable))?;
        let mut line = Line::to(child, executable)?;
        let patience = Duration::from_millis(job.start_timeout_ms) + SUPERVISOR_PATIENCE;
        match line.answer(patience) {
            Ok(Answer::Ready { pid, port, name }) => {
                line.postmaster_pid = pid;
                Ok(Server { root: job.parent.join(name), job, supervisor, port, line: Mutex::new(line) })
            }
            Ok(other) => Err(line.misunderstood(&other)),
            Err(error) => {
                // It clears up after itself before it ends.
                line.hang_up(SUPERVISOR_PATIENCE);
                Err(error)
            }
        }
    }

    fn end(&self) -> Result<()> {
        let mut line = self.line();
        if line.kept {
            return Ok(());
        }
        let ended = line.hang_up(Duration::from_secs(40));
        if ended && self.root.exists() {
            // The supervisor was killed: its work is done here.
            sweep::clear(&self.root, self.job.who, self.job.search_path.as_deref());
        }
        match self.root.exists() {
            true => {
                let message = format!("the disposable server's directory {} could not be removed", self.root.display());
                Err(DisposableError::Supervisor { message })
            }
            false => Ok(()),
        }
    }

    fn stop_command(&self) -> String {
        match cfg!(unix) {
            true => format!("kill -INT {}", self.postmaster_pid()),
            false => {
                format!("\"{}\" stop -D \"{}\"", self.bin_dir().join("pg_ctl").display(), self.data_dir().display())
            }
        }
    }

    fn patience(&self) -> Duration {
        Duration::from_millis(self.job.start_timeout_ms) + SUPERVISOR_PATIENCE
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Who wants to know calls `stop`; the next start sweeps what is left.
        let _ = self.end();
    }
}

/// The pipes to the supervisor. Closing `orders` is the order to end.
#[derive(Debug)]
struct Line {
    supervisor: Child,
    orders: Option<ChildStdin>,
    answers: Receiver<String>,
    postmaster_pid: u32,
    kept: bool,
}

impl Line {
    fn to(mut supervisor: Child, executable: &Path) -> Result<Line> {
        let lost = || DisposableError::Supervisor { message: format!("no pipe to {}", executable.display()) };
        let orders = supervisor.stdin.take();
        let out = supervisor.stdout.take().ok_or_else(lost)?;
        let (lines, answers) = mpsc::channel();
        // A thread of its own, since a read of a pipe knows no time limit.
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(std::io::Result::ok) {
                if lines.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Line { supervisor, orders, answers, postmaster_pid: 0, kept: false })
    }

    fn ask(&mut self, order: Order, patience: Duration) -> Result<Answer> {
        let sent =
            self.orders.as_mut().map(|orders| writeln!(orders, "{}", order.word()).and_then(|()| orders.flush()));
        match sent {
            Some(Ok(())) => self.answer(patience),
            _ => Err(DisposableError::Supervisor { message: "the server's supervising process is gone".to_owned() }),
        }
    }

    fn answer(&mut self, patience: Duration) -> Result<Answer> {
        let message = match self.answers.recv_timeout(patience) {
            Ok(line) => match Answer::read(&line) {
                Some(Answer::Error(message)) => message,
                Some(answer) => return Ok(answer),
                None => format!("the supervisor said {line:?}; is it another program than phasegate?"),
            },
            Err(RecvTimeoutError::Timeout) => {
                format!("the server's supervising process did not answer in {} s", patience.as_secs())
            }
            Err(RecvTimeoutError::Disconnected) => "the server's supervising process ended without a word".to_owned(),
        };
        Err(DisposableError::Supervisor { message })
    }

    fn misunderstood(&self, answer: &Answer) -> DisposableError {
        DisposableError::Supervisor { message: format!("the supervisor gave an answer out of turn: {answer:?}") }
    }

    /// Closes the pipe and waits until the supervisor has cleared up and ended. Whether it has.
    fn hang_up(&mut self, patience: Duration) -> bool {
        self.orders = None;
        let deadline = Instant::now() + patience;
        loop {
            match self.supervisor.try_wait() {
                Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(2)),
                Ok(None) => return false,
                Ok(Some(_)) | Err(_) => return true,
            }
        }
    }
}

/// Out of the terminal's foreground group: Ctrl-C there must not end the supervisor before its work is done.
#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0).current_dir("/");
}

#[cfg(windows)]
fn own_group(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
    command.creation_flags(CREATE_NEW_PROCESS_GROUP);
}

#[cfg(not(any(unix, windows)))]
fn own_group(_command: &mut Command) {}

fn percent_encoded(bytes: &[u8], keep_slash: bool) -> String {
    let mut text = String::new();
    for &byte in bytes {
        match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || (keep_slash && byte == b'/') {
            true => text.push(char::from(byte)),
            false => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_percent_encoded() {
        assert_eq!(percent_encoded("a b/ü?".as_bytes(), false), "a%20b%2F%C3%BC%3F");
        assert_eq!(percent_encoded(b"/tmp/x y", true), "/tmp/x%20y");
    }

    #[test]
    fn a_server_may_be_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Server>();
    }

    #[test]
    fn a_supervisor_that_is_another_program_is_named() {
        let mut options = Options::new(Supervisor::Reexec("/nonexistent/phasegate".into()));
        options.bin_dir = Some("/nonexistent".into());
        let error = Server::start(&options).unwrap_err();
        assert!(matches!(error, DisposableError::BinaryDirectory { .. }), "{error}");
    }
}
