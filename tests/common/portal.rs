//! The reference platform on this process's server: one template database before its Phase 2, one after it; every test
//! gets a copy of its own, and runs the real program on it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use phasegate::db::{ConnSpec, LockedSession};
use phasegate::evidence::Evidence;
use phasegate::platform;
use phasegate::verdict::Verdict;
use serde_json::Value;
use tempfile::TempDir;

/// The instant at which the platform's clock stands in databases with a fixed clock.
pub const NOW: &str = "2025-01-06 00:00:00+00";

/// A copy of the platform, and a folder for the program to work in; both go with it. For tests that are not async.
pub struct Portal {
    pub spec: ConnSpec,
    url: String,
    folder: TempDir,
    rules: PathBuf,
    /// Whether others copy this database: it then stays until the server goes.
    is_template: bool,
}

impl Drop for Portal {
    /// Dozens of copies would fill a small disk.
    fn drop(&mut self) {
        if !self.is_template && !std::thread::panicking() {
            run_in("postgres", &format!("DROP DATABASE {} WITH (FORCE)", self.spec.database));
        }
    }
}

/// What the program said.
#[derive(Debug)]
pub struct Said {
    pub exit: i32,
    pub run_id: String,
    pub facts: Vec<Evidence>,
}

impl Portal {
    /// The platform as it was before its Phase 2; its phases are in the folder.
    pub fn before() -> Portal {
        let portal = Portal::of(template_before());
        for (name, text) in platform::PHASES {
            portal.write_phase(name, text);
        }
        portal
    }

    /// The platform after a clean migration, with the folder of that run, and the run's id.
    pub fn migrated() -> (Portal, String) {
        let after = template_after();
        let portal = Portal::of(&after.database);
        for (path, bytes) in &after.run {
            let path = portal.snapshots().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        (portal, after.run_id.clone())
    }

    /// An empty database, without phases and rules.
    pub fn empty() -> Portal {
        let mut portal = Portal::of("template0");
        portal.rules = portal.folder.path().join("integrity_rules");
        std::fs::create_dir_all(&portal.rules).unwrap();
        std::fs::write(portal.rules.join("one.sql"), "SELECT 1 WHERE false;\n").unwrap();
        portal
    }

    fn of(template: &str) -> Portal {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("portal_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        run_in("postgres", &format!("CREATE DATABASE {name} TEMPLATE {template}"));
        Portal::on(&name)
    }

    fn on(database: &str) -> Portal {
        let url = super::server().url(database);
        let folder = tempfile::tempdir().unwrap();
        Portal { spec: ConnSpec::from_url(&url).unwrap(), url, folder, rules: rules(), is_template: false }
    }

    /// Stops the platform's clock in this database: every migration then gives the same rows.
    pub fn fix_clock(&self) {
        let database = self.spec.database.clone();
        run_in("postgres", &format!("ALTER DATABASE {database} SET platform.now = '{NOW}'"));
    }

    /// Writes a phase, in place of one of that name.
    pub fn write_phase(&self, name: &str, text: &str) {
        let folder = self.folder.path().join("migrations");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), text).unwrap();
    }

    /// Adds to the end of one of the platform's own phases.
    pub fn append_to_phase(&self, name: &str, text: &str) {
        let (_, own) = platform::PHASES.iter().find(|(phase, _)| *phase == name).unwrap();
        self.write_phase(name, &format!("{own}\n{text}"));
    }

    /// Writes the configuration.
    pub fn configure(&self, text: &str) {
        std::fs::write(self.folder.path().join("phasegate.toml"), text).unwrap();
    }

    /// Runs SQL in this database.
    pub fn sql(&self, text: &str) {
        run_in(&self.spec.database, text);
    }

    /// The address of a database of this process's server.
    pub fn url_of(database: &str) -> String {
        super::server().url(database)
    }

    /// The folder that the program works in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of runs and snapshots.
    pub fn snapshots(&self) -> PathBuf {
        self.folder.path().join("snapshots")
    }

    /// `phasegate migrate`.
    pub fn migrate(&self) -> Said {
        self.phasegate_json(&["migrate"])
    }

    /// `phasegate verify --against` this run.
    pub fn verify(&self, run: &str) -> Said {
        self.phasegate_json(&["verify", "--against", run])
    }

    /// Runs the program, which is to print its report as JSON.
    pub fn phasegate_json(&self, words: &[&str]) -> Said {
        let output = self.phasegate(&[words, &["--format", "json"]].concat());
        let exit = output.status.code().unwrap();
        let (text, complaints) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let report: Value = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{words:?} exit {exit}, no report: {error}\n{text}\n{complaints}"));
        Said {
            exit,
            run_id: report["run"]["run_id"].as_str().unwrap().to_owned(),
            facts: serde_json::from_value(report["facts"].clone()).unwrap(),
        }
    }

    /// Runs the program on this database, with the rules of the project.
    pub fn phasegate(&self, words: &[&str]) -> Output {
        let mut command = Command::new(super::phasegate());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
            command.env_remove(name);
        }
        command
            .current_dir(self.folder.path())
            .env("DATABASE_URL", &self.url)
            .args(words)
            .arg("--rules")
            .arg(&self.rules);
        command.output().unwrap()
    }
}

impl Said {
    /// Everything that is not a pass: topic, check, subject, how many, and the offenders by key; the run's verdict,
    /// which only repeats the worst of it, left out.
    pub fn complaints(&self) -> String {
        let mut lines = vec![format!("exit {}", self.exit)];
        for fact in &self.facts {
            if fact.verdict == Verdict::Pass || fact.check == "verdict" {
                continue;
            }
            let topic = serde_json::to_value(fact.topic).unwrap();
            let count = fact.violations.map_or(String::new(), |count| format!(": {count}"));
            let (word, topic) = (fact.verdict.word(), topic.as_str().unwrap());
            lines.push(format!("{word} {topic} {} {}{count}", fact.check, fact.subject));
            lines.extend(fact.samples.iter().map(|sample| format!("    {} | {}", sample.key, sample.value)));
        }
        let project = format!("{}/", Path::new(env!("CARGO_MANIFEST_DIR")).display());
        lines.join("\n").replace(&project, "") + "\n"
    }
}

/// The project's rules.
fn rules() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("integrity_rules")
}

/// The database before Phase 2, made once a process.
fn template_before() -> &'static str {
    static MADE: OnceLock<()> = OnceLock::new();
    const NAME: &str = "portal_before";
    MADE.get_or_init(|| {
        run_in("postgres", &format!("CREATE DATABASE {NAME}"));
        let data = format!("SET platform.scale = '1';\n{}", platform::DATA);
        for text in [platform::SCHEMA, &data, platform::FINISH] {
            run_in(NAME, text);
        }
    });
    NAME
}

/// A clean migration, made once a process.
struct Migrated {
    database: String,
    run_id: String,
    /// The files of the run by their paths, in memory: what a process leaves in a temporary folder, nobody takes away.
    run: Vec<(PathBuf, Vec<u8>)>,
}

fn template_after() -> &'static Migrated {
    static MADE: OnceLock<Migrated> = OnceLock::new();
    MADE.get_or_init(|| {
        let mut portal = Portal::before();
        portal.is_template = true;
        let said = portal.migrate();
        assert_eq!(said.complaints(), "exit 0\n", "the clean run");
        let mut run = Vec::new();
        read_files(&portal.snapshots(), &portal.snapshots(), &mut run);
        Migrated { database: portal.spec.database.clone(), run_id: said.run_id, run }
    })
}

fn read_files(root: &Path, folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_files(root, &path, found);
        } else {
            let name = path.strip_prefix(root).unwrap().to_owned();
            found.push((name, std::fs::read(&path).unwrap()));
        }
    }
}

/// On a thread of its own: a portal may also be dropped within an async test.
fn run_in(database: &str, text: &str) {
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let spec = ConnSpec::from_url(&super::server().url(database)).unwrap();
            let mut session: Box<LockedSession> = super::locked(&spec).await;
            session.run_discarding(text).await.unwrap_or_else(|failed| panic!("{database}: {}\n{text}", failed.error));
            session.close().await;
        });
    };
    std::thread::scope(|scope| scope.spawn(work).join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}
