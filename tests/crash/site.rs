//! A database, a folder of phases, and the program run on both.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use phasegate::db::{Cancel, ConnSpec, LockOutcome, LockedSession, Session};
use phasegate::disposable::Server;
use serde_json::Value;

use crate::common;

/// How long anything may take before the test says that it does not happen.
const PATIENCE: Duration = Duration::from_secs(120);

/// Sessions of the program that apply phases.
pub(crate) const WORK: &str = "application_name = 'phasegate work'";

/// Reading sessions see no user's schema by themselves.
const PATH: &str = "SET LOCAL search_path = public; ";

/// A database and a folder of phases.
pub(crate) struct Site {
    pub(crate) spec: ConnSpec,
    url: String,
    dir: tempfile::TempDir,
    config: Option<PathBuf>,
}

/// What a finished program came to.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) err: String,
    pub(crate) out: String,
}

/// A program under way. Ended with the test, if it did not end before.
pub(crate) struct Running {
    child: Child,
    out: PathBuf,
    err: PathBuf,
}

impl Site {
    /// A new database on this process's server.
    pub(crate) async fn new() -> Site {
        let spec = common::database().await;
        let url = common::server().url(&spec.database);
        Site::with(spec, url)
    }

    /// A new database on a server that the test may kill.
    pub(crate) async fn on(server: &Server, name: &str) -> Site {
        let admin = ConnSpec::from_url(&server.url("postgres")).unwrap();
        common::sql(&admin, &format!("CREATE DATABASE {name}")).await;
        Site::with(admin.with_database(name), server.url(name))
    }

    fn with(spec: ConnSpec, url: String) -> Site {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["migrations", "integrity_rules", "snapshots", "output"] {
            std::fs::create_dir(dir.path().join(folder)).unwrap();
        }
        Site { spec, url, dir, config: None }
    }

    /// The same database by another way in.
    pub(crate) fn set_url(&mut self, url: String) {
        self.url = url;
    }

    pub(crate) fn phase(&self, name: &str, text: &str) {
        std::fs::write(self.dir.path().join("migrations").join(name), text).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn configure(&mut self, text: &str) {
        let path = self.dir.path().join("phasegate.toml");
        std::fs::write(&path, text).unwrap();
        self.config = Some(path);
    }

    /// Starts the program with these words.
    pub(crate) fn start(&self, args: &[&str]) -> Running {
        let stamp = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
        let (out, err) = (self.path(&format!("output/{stamp}.out")), self.path(&format!("output/{stamp}.err")));
        let mut command = Command::new(common::phasegate());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        let child = command
            .args(args)
            .current_dir(self.dir.path())
            .env("DATABASE_URL", &self.url)
            .stdin(Stdio::null())
            .stdout(File::create(&out).unwrap())
            .stderr(File::create(&err).unwrap())
            .spawn()
            .unwrap();
        Running { child, out, err }
    }

    /// Starts to apply what is pending.
    pub(crate) fn apply(&self) -> Running {
        self.start(&["migrate", "--apply-only", "--format", "json", "-q"])
    }

    pub(crate) async fn run(&self, args: &[&str]) -> Done {
        self.start(args).ended().await
    }

    /// Applies what is pending and expects it to end well.
    pub(crate) async fn finish(&self) -> Done {
        let done = self.run(&["migrate", "--apply-only"]).await;
        assert_eq!(done.code, Some(2), "not evaluated is the best that --apply-only can come to: {done:?}");
        assert!(done.out.contains("only applying was asked for"), "{done:?}");
        self.holds().await;
        done
    }

    /// Everything is applied, a further run has nothing to do, and the log's chain is whole.
    pub(crate) async fn holds(&self) {
        let again = self.run(&["migrate", "--apply-only"]).await;
        // 0 where the run that applied it ended go; what was only applied stays unproven.
        assert!(matches!(again.code, Some(0 | 2)), "{again:?}");
        assert!(again.out.contains("nothing to do"), "{again:?}");
        self.chain_holds().await;
    }

    pub(crate) async fn chain_holds(&self) {
        let proof = self.run(&["log", "--verify"]).await;
        assert_eq!(proof.code, Some(0), "{proof:?}");
    }

    /// State and note of the first phase.
    pub(crate) async fn state(&self) -> (String, String) {
        let done = self.run(&["status", "--format", "json"]).await;
        let json: Value = serde_json::from_str(&done.out).unwrap_or_else(|error| panic!("{error}: {done:?}"));
        let phase = &json["status"]["phases"][0];
        let text = |key: &str| phase[key].as_str().unwrap().to_owned();
        (text("state"), text("note"))
    }

    pub(crate) async fn value(&self, query: &str) -> String {
        common::value(&self.spec, &format!("{PATH}{query}")).await.unwrap_or_else(|| "NULL".into())
    }

    pub(crate) async fn sql(&self, text: &str) {
        common::sql(&self.spec, text).await;
    }

    /// A session of the test that has begun a transaction with this in it.
    pub(crate) async fn hold(&self, text: &str) -> Box<LockedSession> {
        let spec = self.spec.with_application_name("holder");
        let outcome = LockedSession::acquire(&spec, 2, Duration::ZERO, Cancel::never()).await.unwrap();
        let LockOutcome::Held(mut session) = outcome else { panic!("the holder's own lock is taken") };
        session.run(format!("BEGIN; {text}")).await.unwrap();
        session
    }

    /// Waits until a query says true.
    pub(crate) async fn until(&self, condition: &str) {
        let mut session = Session::connect(&self.spec).await.unwrap();
        let deadline = Instant::now() + PATIENCE;
        loop {
            // Within a transaction the server shows its activity as it was at the first look.
            let fresh = "SELECT pg_stat_clear_snapshot();";
            let rows = session.rows(format!("{PATH}{fresh}SELECT {condition}")).await.unwrap();
            if rows.last().and_then(|row| row.at(0)) == Some("t") {
                return session.close().await;
            }
            if Instant::now() > deadline {
                let seen = "SELECT string_agg(concat_ws(' ', pid, application_name, state, wait_event, left(query, 80)), E'\\n') FROM pg_stat_activity WHERE datname = current_database()";
                panic!("never came true: {condition}\n{}", self.value(seen).await);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until the program's statement waits for somebody.
    pub(crate) async fn until_blocked(&self, query_like: &str) {
        let blocked = format!(
            "EXISTS (SELECT FROM pg_stat_activity WHERE {WORK} AND wait_event_type = 'Lock' AND datname = current_database() AND query LIKE '%{query_like}%')"
        );
        self.until(&blocked).await;
    }

    /// Waits until nothing of the program is left on the server, neither its work session nor the one with the lock.
    pub(crate) async fn until_gone(&self) {
        let gone = "NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'phasegate%k' \
                    AND datname = current_database())"
            .to_owned();
        self.until(&gone).await;
    }
}

impl Running {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL, and it is gone.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGSTOP, SIGCONT, SIGINT. After SIGSTOP it stands still, all of it: the signal alone is on its way to one thread,
    /// while another may go on for a moment.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.pid().to_string()).status().unwrap();
        assert!(sent.success());
        let deadline = Instant::now() + PATIENCE;
        while name == "STOP" && !self.stands_still() {
            assert!(Instant::now() < deadline, "it does not stop");
            std::thread::yield_now();
        }
    }

    /// Whether the system says of every thread (of the process, where it does not tell of threads) that it is stopped.
    fn stands_still(&self) -> bool {
        let is_stopped = |stat: String| stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('T'));
        match std::fs::read_dir(format!("/proc/{}/task", self.pid())) {
            Ok(threads) => threads
                .flatten()
                .all(|thread| std::fs::read_to_string(thread.path().join("stat")).is_ok_and(is_stopped)),
            Err(_) => {
                let said = Command::new("ps").args(["-o", "stat=", "-p", &self.pid().to_string()]).output().unwrap();
                said.stdout.trim_ascii_start().starts_with(b"T")
            }
        }
    }

    /// What it has said on standard error so far.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.err).unwrap()
    }

    /// Waits until it has said this on standard error.
    pub(crate) async fn until_said(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.said().contains(text) {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < deadline, "never said {text:?} ({ended:?}): {}", self.said());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(mut self) -> Done {
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "it does not end: {}", self.said());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Done {
            code: self.child.wait().unwrap().code(),
            out: std::fs::read_to_string(&self.out).unwrap(),
            err: std::fs::read_to_string(&self.err).unwrap(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
