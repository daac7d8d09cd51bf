//! Every kind of rule and gate and every report format: its row, its page, an example that passes and one that fails.
//!
//! `tests/kinds/<rule|gate|probe>/<kind>/` is data:
//!
//! | file | what it is |
//! |---|---|
//! | `setup.sql` | a sound database: every rule or gate of the folder passes on it |
//! | `*.toml`, `*.sql` (rules) | the rules; `gate.toml` (gates) the configuration, where it is not the default |
//! | `pass.toml`, `fail.toml` (probes) | gates of which all hold, and gates of which none does |
//! | `setup.sh` (probes) | what is made in the folder `{scratch}` |
//! | `teardown.sql` (probes) | what other tests must not find |
//! | `env.txt` (probes) | environment variables, `NAME=value` a line |
//! | `schema.json` (rules) | what `phasegate snapshot schema` says of the sound database; `BLESS` writes it anew |
//! | `fail.sql` | what is broken then; `fail.toml` the configuration under which a gate fails |
//! | `role.txt` | who measures, where not the superuser |
//! | `free_bytes.txt` | free disk space that the gate is told of: sound, and broken |
//! | `open_transaction.sql` | what a session does that stays open, in the broken state |
//! | `expected.txt` | what is found then; written anew where the variable `BLESS` is set, to be read before it is kept |

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod common;
mod service;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use phasegate::db::{Cancel, Catalog, ConnSpec, Env, Session, SharedSnapshot};
use phasegate::declaration::{Parameter, parameter_table};
use phasegate::evidence::Evidence;
use phasegate::gates::declared::{self, PROBE_KINDS, Platform};
use phasegate::gates::{self, GATE_KINDS, GateContext, GatesConfig};
use phasegate::report::FORMATS;
use phasegate::rules::{self, RULE_KINDS, RunOptions};
use phasegate::verdict::{Moment, Stage, Verdict};

use service::Service;

/// Between these two lines of a page stands what the code says.
const TABLE_START: &str = "<!-- parameters: made by BLESS=1 cargo test --test kinds -->";
const TABLE_END: &str = "<!-- end of parameters -->";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn folder(sort: &str, kind: &str) -> PathBuf {
    root().join("tests/kinds").join(sort).join(kind)
}

fn read(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok()
}

fn needed(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{} is needed: {error}", path.display()))
}

fn names_in(path: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    entries.map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

fn assert_same(what: &str, kinds: impl Iterator<Item = &'static str>, found: &BTreeSet<String>) {
    let kinds: BTreeSet<String> = kinds.map(str::to_owned).collect();
    let missing: Vec<_> = kinds.difference(found).collect();
    let orphaned: Vec<_> = found.difference(&kinds).collect();
    assert!(missing.is_empty(), "{what}: missing for the kinds {missing:?}");
    assert!(orphaned.is_empty(), "{what}: there for no kind: {orphaned:?}; is a row missing in the table of kinds?");
}

#[test]
fn every_kind_has_its_page_and_its_case() {
    let docs = root().join("docs");
    assert_same("docs/rules", RULE_KINDS.iter().map(|kind| kind.name), &names_in(&docs.join("rules")));
    assert_same("docs/gates", GATE_KINDS.iter().map(|kind| kind.name), &names_in(&docs.join("gates")));
    assert_same("docs/probes", PROBE_KINDS.iter().map(|kind| kind.name), &names_in(&docs.join("probes")));
    assert_same("docs/reports", FORMATS.iter().map(|kind| kind.name), &names_in(&docs.join("reports")));
    let cases = root().join("tests/kinds");
    assert_same("tests/kinds/rule", RULE_KINDS.iter().map(|kind| kind.name), &names_in(&cases.join("rule")));
    assert_same("tests/kinds/gate", GATE_KINDS.iter().map(|kind| kind.name), &names_in(&cases.join("gate")));
    assert_same("tests/kinds/probe", PROBE_KINDS.iter().map(|kind| kind.name), &names_in(&cases.join("probe")));
}

#[test]
fn every_format_renders_a_run_that_goes_and_one_that_does_not() {
    let cases = root().join("tests/cases_report");
    for kind in &FORMATS {
        for start in ["go_", "nogo_"] {
            let found = names_in(&cases).into_iter().filter(|name| name.starts_with(start)).any(|name| {
                let files = fs::read_dir(cases.join(name)).unwrap();
                files.into_iter().any(|file| file.unwrap().path().extension().is_some_and(|end| end == kind.extension))
            });
            assert!(found, "format {} has no case {start}* in tests/cases_report", kind.name);
        }
    }
}

#[test]
fn every_rule_page_lists_the_parameters_that_the_code_has() {
    for kind in RULE_KINDS {
        assert_page_lists_parameters("docs/rules", kind);
    }
}

#[test]
fn other_names_of_kinds_are_read_and_told() {
    let page = needed(&root().join("docs/rules.md"));
    for name in RULE_KINDS.iter().flat_map(|kind| kind.other_names) {
        assert!(page.contains(&format!("`{name}`")), "docs/rules.md does not name {name}");
        let toml = format!("[rules.x]\ntable = \"t\"\ncheck.{name} = {{ no_such_parameter = 1 }}\n");
        let error = rules::load_embedded(&[("x.toml", &toml)]).unwrap_err().to_string();
        assert!(error.contains("unknown parameter `no_such_parameter`"), "{name}: {error}");
    }
}

#[test]
fn every_probe_page_lists_the_parameters_that_the_code_has() {
    for kind in PROBE_KINDS {
        assert_page_lists_parameters("docs/probes", kind);
    }
}

/// The page has the table that the code gives. That the reader of files accepts what stands in it is held by the tests of
/// `src/declaration/truth.rs`.
fn assert_page_lists_parameters(folder: &str, kind: &rules::KindInfo) {
    let path = root().join(folder).join(format!("{}.md", kind.name));
    assert!(needed(&path).contains(kind.summary), "{} does not say: {}", path.display(), kind.summary);
    assert_page_has_table(&path, (TABLE_START, TABLE_END), kind.parameters);
}

fn assert_page_has_table(path: &Path, (start, end): (&str, &str), parameters: &[Parameter]) {
    let page = needed(path);
    let table = parameter_table(parameters);
    if let (Some(_), Some(from), Some(to)) = (std::env::var_os("BLESS"), page.find(start), page.find(end)) {
        fs::write(path, format!("{}{start}\n{table}{}", &page[..from], &page[to..])).unwrap();
        return;
    }
    assert!(page.contains(&table), "{} lacks this table:\n{table}", path.display());
}

#[test]
fn the_pages_of_loads_and_requests_list_the_parameters_that_the_code_has() {
    let docs = root().join("docs");
    assert_page_has_table(&docs.join("load.md"), (TABLE_START, TABLE_END), declared::loads::PARAMETERS);
    let of_request = ("<!-- parameters of a request -->", "<!-- end of parameters of a request -->");
    assert_page_has_table(&docs.join("probes/http.md"), of_request, declared::REQUEST_PARAMETERS);
}

/// Written by hand, with links; each parameter has its row.
#[test]
fn the_pages_of_rules_gates_and_metrics_name_the_parameters_that_the_code_has() {
    for (page, parameters) in [
        ("docs/rules.md", rules::PARAMETERS),
        ("docs/declared-gates.md", declared::PARAMETERS),
        ("docs/baseline.md", declared::metrics::PARAMETERS),
    ] {
        let text = needed(&root().join(page));
        let all = text.lines().filter(|line| line.starts_with('|')).filter_map(|line| line.split('|').nth(1));
        let first: BTreeSet<&str> = all.collect();
        let missing: Vec<&str> = (parameters.iter().map(|parameter| parameter.name))
            .filter(|name| !first.iter().any(|cell| cell.contains(&format!("`{name}`"))))
            .collect();
        assert!(missing.is_empty(), "{page} has no row for {missing:?}");
    }
}

#[test]
fn every_gate_page_says_what_the_code_says() {
    for kind in GATE_KINDS {
        let path = root().join("docs/gates").join(format!("{}.md", kind.name));
        let page = needed(&path);
        assert!(page.contains(kind.summary), "{} does not say: {}", path.display(), kind.summary);
        assert_page_has_table(&path, (TABLE_START, TABLE_END), kind.settings);
    }
}

/// One line a fact, with its offenders below it.
fn lines(evidence: &[Evidence]) -> String {
    let mut out = String::new();
    for fact in evidence {
        let expected = format!("expected {}", fact.expected);
        out.push_str(&format!(
            "{}: {} | {} | {expected} | {}\n",
            fact.verdict, fact.check, fact.subject, fact.measured
        ));
        for sample in &fact.samples {
            let value = if sample.value.is_empty() { String::new() } else { format!(" ({})", sample.value) };
            out.push_str(&format!("    {}{value}\n", sample.key));
        }
        if let Some(remedy) = &fact.remedy {
            out.push_str(&format!("    remedy: {remedy}\n"));
        }
    }
    out
}

fn compare(path: &Path, found: &str) -> Result<(), String> {
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, found).unwrap();
        return Ok(());
    }
    let expected = needed(path);
    if expected == found {
        return Ok(());
    }
    Err(format!("{}\n--- expected\n{expected}--- found\n{found}", path.display()))
}

fn assert_all_pass(what: &str, evidence: &[Evidence]) -> Result<(), String> {
    let is_clean = !evidence.is_empty() && evidence.iter().all(|fact| fact.verdict == Verdict::Pass);
    if is_clean { Ok(()) } else { Err(format!("{what}: the sound database does not pass\n{}", lines(evidence))) }
}

async fn run_rules(spec: &ConnSpec, set: &rules::RuleSet) -> Vec<Evidence> {
    let mut session = Session::connect(spec).await.unwrap();
    let catalog = Catalog::read(&mut session).await.unwrap();
    session.close().await;
    let resolution = rules::resolve(set, &catalog, Moment::After);
    assert_eq!(resolution.not_evaluated, []);
    let snapshot = SharedSnapshot::open(spec, Cancel::never()).await.unwrap();
    let evidence = rules::run(&resolution.rules, &snapshot, 2, &RunOptions::default()).await;
    snapshot.close().await;
    evidence
}

async fn rule_case(kind: &str) -> Result<(), String> {
    let folder = folder("rule", kind);
    let spec = common::database().await;
    common::sql(&spec, &needed(&folder.join("setup.sql"))).await;
    let schema = folder.join("schema.json");
    if std::env::var_os("BLESS").is_some() && schema.exists() {
        let mut command = std::process::Command::new(common::phasegate());
        command.args(["snapshot", "schema", "--force", "--output"]).arg(&schema);
        command.env("DATABASE_URL", common::server().url(&spec.database));
        assert!(command.status().unwrap().success(), "{}", schema.display());
    }
    let mut files: Vec<(String, String)> = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let is_rule = [".toml", ".sql", ".json"].iter().any(|end| name.ends_with(end));
        if is_rule && name != "setup.sql" && name != "fail.sql" {
            files.push((name, needed(&path)));
        }
    }
    files.sort();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let set = rules::load_embedded(&files).unwrap_or_else(|error| panic!("{kind}: {error}"));
    let sound = run_rules(&spec, &set).await;
    assert_all_pass(kind, &sound)?;
    // How many rows were looked at is part of every verdict, but for a query, which does not say, and for what is combined.
    let is_silent = matches!(kind, "query" | "all_of" | "any_of" | "not");
    if !is_silent && sound.iter().any(|fact| fact.rows_examined.is_none()) {
        return Err(format!("{kind}: a verdict without rows examined\n{}", lines(&sound)));
    }
    common::sql(&spec, &needed(&folder.join("fail.sql"))).await;
    let broken = run_rules(&spec, &set).await;
    if broken.iter().all(|fact| fact.verdict == Verdict::Pass) {
        return Err(format!("{kind}: the broken database passes\n{}", lines(&broken)));
    }
    compare(&folder.join("expected.txt"), &lines(&broken))
}

#[tokio::test]
async fn every_rule_passes_what_is_sound_and_names_what_is_not() {
    let mut wrong = Vec::new();
    for kind in RULE_KINDS {
        wrong.extend(rule_case(kind.name).await.err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What one state of a gate's case looks like to the gate.
struct GateState {
    config: GatesConfig,
    free_bytes: Option<u64>,
}

async fn run_gate(kind: &str, moments: &[Moment], spec: &ConnSpec, state: GateState) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    for moment in moments {
        let mut snapshot = SharedSnapshot::open(spec, Cancel::never()).await.unwrap();
        let free_bytes = |_: &Path| state.free_bytes;
        let context = GateContext {
            own_pids: vec![snapshot.keeper().backend_pid()],
            free_bytes: Some(&free_bytes),
            ..GateContext::default()
        };
        evidence.extend(gates::run(&state.config, *moment, &snapshot, &context).await);
        snapshot.close().await;
    }
    evidence.retain(|fact| fact.check == kind);
    evidence
}

/// Figures that differ from run to run: sizes, process ids, ages, versions.
fn without_chance(text: &str) -> String {
    let mut out = String::new();
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        let next = words.peek().copied().unwrap_or_default();
        let is_number = word.trim_end_matches([':', ';', ',']).parse::<f64>().is_ok();
        let before = out.rsplit(' ').nth(1).unwrap_or_default();
        let is_chance = next.starts_with("MiB")
            || next == "s,"
            || (before == "in" && next.starts_with("ms"))
            || before == "pid"
            || before == "PostgreSQL";
        out.push_str(if is_number && is_chance { "N" } else { word });
        out.push(' ');
    }
    let trimmed: Vec<&str> = out.lines().map(str::trim_end).collect();
    format!("{}\n", trimmed.join("\n").trim_end())
}

async fn gate_case(kind: &gates::GateInfo) -> Result<(), String> {
    let folder = folder("gate", kind.name);
    let admin = common::database().await;
    common::sql(&admin, &needed(&folder.join("setup.sql"))).await;
    let mut spec = admin.clone();
    if let Some(role) = read(&folder.join("role.txt")) {
        spec.user = role.trim().to_owned();
    }
    let config = |name: &str| toml::from_str(&read(&folder.join(name)).unwrap_or_default()).unwrap();
    let free = read(&folder.join("free_bytes.txt")).unwrap_or_default();
    let mut free = free.lines().map(|line| line.parse().unwrap());
    let sound = GateState { config: config("gate.toml"), free_bytes: free.next() };
    assert_all_pass(kind.name, &run_gate(kind.name, kind.moments, &spec, sound).await)?;

    if let Some(sql) = read(&folder.join("fail.sql")) {
        common::sql(&admin, &sql).await;
    }
    let mut open = None;
    if let Some(sql) = read(&folder.join("open_transaction.sql")) {
        let session = open.insert(Session::connect(&admin).await.unwrap());
        session.rows(sql).await.unwrap();
    }
    let name = if folder.join("fail.toml").exists() { "fail.toml" } else { "gate.toml" };
    let broken =
        run_gate(kind.name, kind.moments, &spec, GateState { config: config(name), free_bytes: free.next() }).await;
    if let Some(session) = open {
        session.close().await;
    }
    if broken.iter().all(|fact| fact.verdict == Verdict::Pass) {
        return Err(format!("{}: the broken database passes\n{}", kind.name, lines(&broken)));
    }
    compare(&folder.join("expected.txt"), &without_chance(&lines(&broken)))
}

#[tokio::test]
async fn every_gate_passes_what_is_sound_and_names_what_is_not() {
    let mut wrong = Vec::new();
    for kind in GATE_KINDS {
        wrong.extend(gate_case(kind).await.err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The facts of all gates of a file, at the stage each names.
async fn run_probes(folder: &Path, name: &str, spec: &ConnSpec, places: &Places) -> Vec<Evidence> {
    let text = places.in_place(&needed(&folder.join(name)));
    let set = declared::load_embedded(&[(name, &text)]).unwrap_or_else(|error| panic!("{error}"));
    let variables = places.in_place(&read(&folder.join("env.txt")).unwrap_or_default());
    let variables = variables.lines().filter_map(|line| line.split_once('='));
    let path = std::env::var("PATH").unwrap();
    let memory = tempfile::tempdir().unwrap();
    let platform = Platform {
        spec: spec.clone(),
        cancel: Cancel::never(),
        env: Env::new(variables.chain([("PATH", path.as_str())])),
        folder: folder.to_owned(),
        search_path: vec!["public".into()],
        timeout_ms: 30_000,
        memory: Some(memory.path().to_owned()),
        declarations: phasegate::declaration::checksums(&places.scratch.path().join("integrity_rules")),
    };
    let mut evidence = Vec::new();
    for stage in Stage::ALL {
        evidence.extend(declared::run(&set, stage, &platform).await);
    }
    evidence
}

async fn probe_case(kind: &str) -> Result<(), String> {
    let folder = folder("probe", kind);
    let spec = common::database().await;
    if let Some(sql) = read(&folder.join("setup.sql")) {
        common::sql(&spec, &sql).await;
    }
    let places = Places::new(&spec);
    if folder.join("setup.sh").exists() {
        places.run(&folder.join("setup.sh"));
    }
    assert_all_pass(kind, &run_probes(&folder, "pass.toml", &spec, &places).await)?;
    if let Some(sql) = read(&folder.join("fail.sql")) {
        common::sql(&spec, &sql).await;
    }
    let mut open = None;
    if let Some(sql) = read(&folder.join("open_transaction.sql")) {
        let session = open.insert(Session::connect(&spec).await.unwrap());
        session.rows(sql).await.unwrap();
    }
    let broken = run_probes(&folder, "fail.toml", &spec, &places).await;
    if let Some(session) = open {
        session.close().await;
    }
    if let Some(sql) = read(&folder.join("teardown.sql")) {
        common::sql(&spec, &sql).await;
    }
    // A gate may have several facts, of which one may be as expected.
    let ids: BTreeSet<&str> = broken.iter().map(|fact| fact.check.as_str()).collect();
    let red = |id: &&&str| broken.iter().any(|fact| fact.check == **id && fact.verdict != Verdict::Pass);
    if ids.is_empty() || ids.iter().filter(red).count() < ids.len() {
        return Err(format!("{kind}: a gate that must not hold passes\n{}", lines(&broken)));
    }
    let version = common::value(&spec, "SHOW server_version").await.unwrap();
    let broken = lines(&broken).replace(&format!(" | {version}\n"), " | {version}\n");
    let broken = if folder.join("open_transaction.sql").exists() { without_chance(&broken) } else { broken };
    let found = broken.lines().map(without_figures).collect::<Vec<_>>().join("\n");
    compare(&folder.join("expected.txt"), &format!("{}\n", without_runs(&places.out_of_place(&found))))
}

/// The line with `N` for figures that a probe measured and that differ from run to run.
fn without_figures(line: &str) -> String {
    const UNITS: [&str; 13] = [
        "%",
        "MB",
        "ms",
        "processes",
        "blocks",
        "s old",
        "h ago",
        "bytes; pg",
        "bytes; it",
        "kB)",
        "to ",
        "days",
        "dat\"",
    ];
    let Some((head, measured)) = line.rsplit_once(" | ").or_else(|| line.rsplit_once('(')) else {
        return line.to_owned();
    };
    let mut out = String::new();
    let mut rest = measured;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let end = rest[at..].find(|c: char| !c.is_ascii_digit() && c != '.').map_or(rest.len(), |end| at + end);
        let after = rest[end..].trim_start();
        let follows = UNITS.iter().any(|unit| after.starts_with(unit));
        let is_figure = follows || rest[..at].ends_with("to ") || rest[..at].ends_with("between ");
        out.push_str(&rest[..at]);
        out.push_str(if is_figure { "N" } else { &rest[at..end] });
        rest = &rest[end..];
    }
    let separator = if line.contains(" | ") { " | " } else { "(" };
    format!("{head}{separator}{out}{rest}")
}

/// Words in gates that stand for where things are in this run.
struct Places {
    /// `{service}`.
    service: Service,
    /// `{tls:NAME}`: the host and port of such a service with the certificate of that name in `tests/tls`.
    tls: RefCell<BTreeMap<String, Service>>,
    /// `{closed_port}`: nothing listens there.
    closed_port: u16,
    /// `{scratch}`.
    scratch: tempfile::TempDir,
    /// `{database}`; `{database_of:ROLE}` for another role.
    spec: ConnSpec,
}

impl Places {
    fn new(spec: &ConnSpec) -> Places {
        // Free a moment ago, and nothing of these tests listens on a port that it did not ask for.
        let closed_port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Places {
            service: Service::start(),
            tls: RefCell::default(),
            closed_port,
            scratch: tempfile::tempdir().unwrap(),
            spec: spec.clone(),
        }
    }

    fn tls(&self, name: &str) -> String {
        let mut running = self.tls.borrow_mut();
        let service = running.entry(name.to_owned()).or_insert_with(|| {
            let file = |end: &str| root().join("tests/tls").join(format!("{name}.{end}"));
            Service::start_tls(&file("crt"), &file("key"))
        });
        format!("localhost:{}", service.port())
    }

    fn database_of(&self, role: &str) -> String {
        let (host, port) = &self.spec.hosts[0];
        format!("host={host} port={port} dbname={} user={role}", self.spec.database)
    }

    fn run(&self, script: &Path) {
        let mut command = std::process::Command::new("sh");
        command.arg(script).current_dir(self.scratch.path()).env("DATABASE", self.database_of(&self.spec.user));
        command.env("PHASEGATE", common::phasegate()).env("SERVICE", self.service.url());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}: {}", script.display(), String::from_utf8_lossy(&output.stderr));
    }

    fn in_place(&self, text: &str) -> String {
        let mut text = text
            .replace("{service}", &self.service.url())
            .replace("{closed_port}", &self.closed_port.to_string())
            .replace("{scratch}", self.scratch.path().to_str().unwrap())
            .replace("{database}", &self.database_of(&self.spec.user));
        while let Some((before, rest)) = text.split_once("{database_of:") {
            let (role, after) = rest.split_once('}').unwrap();
            text = format!("{before}{}{after}", self.database_of(role));
        }
        while let Some((before, rest)) = text.split_once("{tls:") {
            let (name, after) = rest.split_once('}').unwrap();
            text = format!("{before}{}{after}", self.tls(name));
        }
        text
    }

    fn out_of_place(&self, text: &str) -> String {
        let socket = &self.spec.hosts[0].0;
        let mut text = text.to_owned();
        for (name, service) in self.tls.borrow().iter() {
            text = text.replace(&format!("localhost:{}", service.port()), &format!("{{tls:{name}}}"));
        }
        text.replace(&self.service.url(), "{service}")
            .replace(&format!("{socket}:{}", self.spec.hosts[0].1), "{server}")
            .replace(&self.closed_port.to_string(), "{closed_port}")
            .replace(self.scratch.path().to_str().unwrap(), "{scratch}")
            .replace(root().to_str().unwrap(), "{root}")
            .replace(&self.spec.database, "{database}")
            .replace(&format!("socket in {socket}"), "socket in {socket}")
    }
}

/// The text with `{run}` for the id of a run and `{time}` for when it began: both differ from run to run.
fn without_runs(text: &str) -> String {
    let mut parts = text.split("run 2");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (_, rest) = part.split_once(" of ").unwrap_or(("", part));
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || "-:.TZ".contains(c));
        out.push_str(&format!("run {{run}} of {{time}}{rest}"));
    }
    out
}

#[tokio::test]
async fn every_probe_passes_what_is_sound_and_names_what_is_not() {
    let only = std::env::var("PHASEGATE_TEST_PROBE").ok();
    let mut wrong = Vec::new();
    for kind in PROBE_KINDS.iter().filter(|kind| only.as_deref().is_none_or(|only| only == kind.name)) {
        wrong.extend(probe_case(kind.name).await.err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
