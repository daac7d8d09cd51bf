//! The throw-away server against real PostgreSQL binaries.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use phasegate::disposable::{DisposableError, Options, Server, Supervisor};

fn options() -> Options {
    let mut options = Options::new(Supervisor::Reexec(env!("CARGO_BIN_EXE_phasegate").into()));
    options.search_path = std::env::var_os("PATH");
    options
}

/// A directory of the test's own that the server's user may pass through.
fn scratch() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    #[cfg(unix)]
    fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o711)).unwrap();
    dir
}

fn options_in(dir: &Path) -> Options {
    Options { parent_dir: Some(dir.to_owned()), ..options() }
}

fn query(server: &Server, sql: &str) -> String {
    let output = server.client("psql").unwrap().args(["-X", "-A", "-t", "-q", "-c", sql]).output().unwrap();
    assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The server directories below a parent.
fn left_in(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("phasegate-pg-")).collect()
}

fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(unix)]
fn is_alive(pid: u32) -> bool {
    // A zombie is dead: it waits for its parent only.
    let state = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().unwrap().stdout;
    !state.is_empty() && !state.starts_with(b"Z")
}

#[cfg(unix)]
fn kill_9(pid: u32) {
    assert!(Command::new("sh").args(["-c", &format!("kill -9 {pid}")]).status().unwrap().success());
}

#[test]
fn a_server_answers_restarts_and_leaves_nothing() {
    let dir = scratch();
    let server = Server::start(&options_in(dir.path())).unwrap();
    assert!(query(&server, "show server_version").starts_with(&server.version().full));
    assert_eq!(query(&server, "show fsync"), "off");
    assert_eq!(query(&server, "show timezone"), "UTC");
    assert!(server.log_tail().contains("ready to accept connections"), "{}", server.log_tail());
    query(&server, "create table kept as select 42 as n");
    query(&server, "alter system set work_mem = '7MB'");

    let before = server.postmaster_pid();
    server.restart().unwrap();
    assert_ne!(server.postmaster_pid(), before);
    assert_eq!(query(&server, "select n from kept"), "42");
    assert_eq!(query(&server, "show work_mem"), "7MB");

    let by_url = server
        .client("psql")
        .unwrap()
        .args(["-X", "-A", "-t", "-c", "select 1", "-d", &server.url("postgres")])
        .output();
    assert_eq!(by_url.unwrap().stdout, b"1\n");
    server.stop().unwrap();
    assert_eq!(left_in(dir.path()), [""; 0]);
}

#[test]
fn two_servers_know_nothing_of_each_other() {
    let (one, two) = (Server::start(&options()).unwrap(), Server::start(&options()).unwrap());
    query(&one, "create table only_in_one ()");
    assert_eq!(query(&two, "select to_regclass('only_in_one') is null"), "t");
    drop(one);
    assert_eq!(query(&two, "select 1"), "1");
}

#[test]
fn five_starters_with_an_empty_cache_all_get_a_server_and_one_cache_entry() {
    let dir = scratch();
    let options = Options { cache_dir: Some(dir.path().join("cache")), ..options_in(dir.path()) };
    let servers: Vec<Server> = std::thread::scope(|scope| {
        let starters: Vec<_> = (0..5).map(|_| scope.spawn(|| Server::start(&options).unwrap())).collect();
        starters.into_iter().map(|starter| starter.join().unwrap()).collect()
    });
    for server in &servers {
        assert_eq!(query(server, "select count(*) > 0 from pg_class"), "t");
    }
    let entries =
        fs::read_dir(dir.path().join("cache")).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_dir());
    assert_eq!(entries.count(), 1, "one made it, four waited");
    drop(servers);
    assert_eq!(left_in(dir.path()), [""; 0]);
}

#[test]
fn a_cache_that_a_cleaner_ate_of_is_made_again() {
    let dir = scratch();
    let cache = dir.path().join("cache");
    let options = Options { cache_dir: Some(cache.clone()), ..options_in(dir.path()) };
    Server::start(&options).unwrap().stop().unwrap();
    let entry = fs::read_dir(&cache).unwrap().map(|e| e.unwrap().path()).find(|path| path.is_dir()).unwrap();
    fs::remove_file(entry.join("data/global/pg_control")).unwrap();
    let server = Server::start(&options).unwrap();
    assert_eq!(query(&server, "select 1"), "1");
    assert!(entry.join("data/global/pg_control").exists());
}

#[cfg(unix)]
#[test]
fn a_cache_planted_by_others_is_refused() {
    let dir = scratch();
    let cache = dir.path().join("cache");
    fs::create_dir(&cache).unwrap();
    fs::set_permissions(&cache, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let error = Server::start(&Options { cache_dir: Some(cache), ..options_in(dir.path()) }).unwrap_err();
    assert!(error.to_string().contains("writable for others"), "{error}");
    assert_eq!(left_in(dir.path()), [""; 0]);
}

#[cfg(unix)]
#[test]
fn the_server_is_closed_to_others_and_not_root() {
    use std::os::unix::fs::MetadataExt;
    let server = Server::start(&options()).unwrap();
    for dir in [server.socket_dir(), server.data_dir()] {
        let meta = fs::metadata(&dir).unwrap();
        assert_eq!(meta.mode() & 0o777, 0o700, "{}", dir.display());
        assert_ne!(meta.uid(), 0);
    }
    assert_eq!(query(&server, "show listen_addresses"), "");
    let user = Command::new("ps").args(["-o", "uid=", "-p", &server.postmaster_pid().to_string()]).output().unwrap();
    assert_ne!(String::from_utf8(user.stdout).unwrap().trim(), "0");
}

#[test]
fn over_tcp_a_password_is_asked_for_and_files_settings_and_rules_arrive() {
    let dir = scratch();
    let file = dir.path().join("source");
    fs::write(&file, "hello").unwrap();
    let options = Options {
        tcp: true,
        settings: vec![("max_prepared_transactions".into(), "3".into()), ("work_mem".into(), "5MB".into())],
        hba: vec!["host all closed_out 127.0.0.1/32 reject".into()],
        files: vec![("extra.txt".into(), file)],
        ..options_in(dir.path())
    };
    let server = Server::start(&options).unwrap();
    assert_eq!(query(&server, "show work_mem"), "5MB");
    assert_eq!(query(&server, "show max_prepared_transactions"), "3");
    assert_eq!(query(&server, "select pg_read_file('extra.txt')"), "hello");
    query(&server, "create role ada login password 'secret'; create role closed_out login password 'secret'");
    let over_tcp = |user: &str, password: &str| {
        let mut psql = server.client("psql").unwrap();
        psql.env("PGHOST", "127.0.0.1").env("PGUSER", user).env("PGPASSWORD", password);
        psql.args(["-X", "-w", "-c", "select 1"]).output().unwrap().status.success()
    };
    assert!(over_tcp("ada", "secret"));
    assert!(!over_tcp("ada", "wrong") || cfg!(windows));
    assert!(!over_tcp("closed_out", "secret"));
}

#[test]
fn a_killed_server_recovers() {
    let dir = scratch();
    let server = Server::start(&options_in(dir.path())).unwrap();
    query(&server, "create table t as select generate_series(1, 1000) as n");
    // A backend that is busy in a loop does not notice by itself that its postmaster is gone.
    let loops = "do $$ begin loop null; end loop; end $$";
    let mut busy = server.client("psql").unwrap().args(["-X", "-c", loops]).stderr(Stdio::null()).spawn().unwrap();
    wait_until("the loop runs", || {
        query(&server, "select count(*) from pg_stat_activity where query like 'do %'") == "1"
    });
    server.kill().unwrap();
    assert!(!busy.wait().unwrap().success());
    let down = server.client("psql").unwrap().args(["-X", "-c", "select 1"]).output().unwrap();
    assert!(!down.status.success(), "it is down");
    server.restart().unwrap();
    assert_eq!(query(&server, "select sum(n) from t"), "500500");
    assert!(server.log_tail().contains("recovery"), "{}", server.log_tail());
    server.kill().unwrap();
    server.kill().unwrap();
    server.stop().unwrap();
    assert_eq!(left_in(dir.path()), [""; 0], "a server that is down is removed as well");
}

#[test]
fn a_standby_is_in_recovery_and_follows() {
    let primary = Server::start(&options()).unwrap();
    let standby = primary.standby().unwrap();
    assert_eq!(query(&standby, "select pg_is_in_recovery()"), "t");
    assert_eq!(query(&primary, "select pg_is_in_recovery()"), "f");
    query(&primary, "create table followed ()");
    wait_until("the table is there", || query(&standby, "select to_regclass('followed') is not null") == "t");
    standby.restart().unwrap();
    assert_eq!(query(&standby, "select pg_is_in_recovery()"), "t");
}

#[test]
fn a_server_that_cannot_start_says_why_and_leaves_nothing() {
    let dir = scratch();
    let settings = vec![("shared_buffers".into(), "a lot".into())];
    let error = Server::start(&Options { settings, ..options_in(dir.path()) }).unwrap_err().to_string();
    assert!(error.contains("did not start") && error.contains("shared_buffers"), "{error}");
    assert_eq!(left_in(dir.path()), [""; 0]);
}

#[test]
fn missing_binaries_and_majors_are_explained() {
    let error = Server::start(&Options { major: Some(99), ..options() }).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, DisposableError::MajorMissing { .. }), "{text}");
    assert!(text.contains("no PostgreSQL 99") && text.contains("there are: 1") && text.contains("./setup"), "{text}");
    let bin_dir = Some("/nonexistent".into());
    let text = Server::start(&Options { bin_dir, ..options() }).unwrap_err().to_string();
    assert!(text.contains("/nonexistent") && text.contains("initdb"), "{text}");
}

#[cfg(unix)]
#[test]
fn a_kept_server_lives_on_and_its_directory_goes_with_it() {
    let dir = scratch();
    let server = Server::start(&options_in(dir.path())).unwrap();
    let pid = server.postmaster_pid();
    let kept = server.keep().unwrap();
    Server::start(&options_in(dir.path())).unwrap().stop().unwrap();
    assert!(is_alive(pid) && kept.data_dir.exists(), "the sweep of another start leaves it alone");
    assert!(Command::new("sh").args(["-c", &kept.stop_command]).status().unwrap().success());
    wait_until("server and directory are gone", || !is_alive(pid) && left_in(dir.path()).is_empty());
}

/// Not a test: the owner that the next two kill, when they start it with the variable.
#[test]
fn helper_owner() {
    let Some(dir) = std::env::var_os("PHASEGATE_TEST_OWNER_DIR") else { return };
    let server = Server::start(&options_in(Path::new(&dir))).unwrap();
    let mut out = std::io::stdout();
    writeln!(out, "\nowned {} {}", server.postmaster_pid(), server.supervisor_pid()).unwrap();
    out.flush().unwrap();
    loop {
        std::thread::park();
    }
}

/// An owner in a process of its own: it, its postmaster, its supervisor.
#[cfg(unix)]
fn owner(dir: &Path) -> (Child, u32, u32) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "helper_owner", "--nocapture"]).env("PHASEGATE_TEST_OWNER_DIR", dir);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.find_map(|line| line.unwrap().strip_prefix("owned ").map(str::to_owned)).unwrap();
    let mut pids = line.split(' ').map(|pid| pid.parse().unwrap());
    (child, pids.next().unwrap(), pids.next().unwrap())
}

#[cfg(unix)]
#[test]
fn nothing_outlives_a_killed_owner() {
    let dir = scratch();
    let (mut child, postmaster, supervisor) = owner(dir.path());
    assert!(is_alive(postmaster) && left_in(dir.path()).len() == 1);
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until("all is gone", || !is_alive(postmaster) && !is_alive(supervisor) && left_in(dir.path()).is_empty());
}

#[cfg(unix)]
#[test]
fn an_owner_killed_in_the_middle_of_initdb_leaves_nothing() {
    let dir = scratch();
    let cache = dir.path().join("cache");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "helper_cold_owner"]).env("PHASEGATE_TEST_COLD_DIR", dir.path()).stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    let making = || {
        let mut names =
            fs::read_dir(&cache).into_iter().flatten().flatten().map(|e| e.file_name().into_string().unwrap());
        names.any(|name| name.ends_with(".making"))
    };
    wait_until("initdb runs", making);
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until("all is gone", || left_in(dir.path()).is_empty() && !making());
}

/// Not a test: see above.
#[test]
fn helper_cold_owner() {
    let Some(dir) = std::env::var_os("PHASEGATE_TEST_COLD_DIR") else { return };
    let dir = Path::new(&dir);
    let _server = Server::start(&Options { cache_dir: Some(dir.join("cache")), ..options_in(dir) }).unwrap();
    loop {
        std::thread::park();
    }
}

#[cfg(unix)]
#[test]
fn what_a_killed_supervisor_left_is_swept_at_the_next_start() {
    let dir = scratch();
    let living = Server::start(&options_in(dir.path())).unwrap();
    let (mut child, postmaster, supervisor) = owner(dir.path());
    // Both at once: nobody is left who could clear up.
    kill_9(supervisor);
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until("the supervisor is dead", || !is_alive(supervisor));
    assert!(is_alive(postmaster), "the orphan runs on");
    assert_eq!(left_in(dir.path()).len(), 2);

    let next = Server::start(&options_in(dir.path())).unwrap();
    assert!(!is_alive(postmaster), "swept");
    assert_eq!(left_in(dir.path()).len(), 2, "the living and the new one");
    assert_eq!(query(&living, "select 1") + &query(&next, "select 2"), "12");
}

#[cfg(unix)]
#[test]
fn an_owner_clears_up_after_its_killed_supervisor() {
    let dir = scratch();
    let server = Server::start(&options_in(dir.path())).unwrap();
    let postmaster = server.postmaster_pid();
    kill_9(server.supervisor_pid());
    assert!(server.restart().unwrap_err().to_string().contains("supervising process"), "nobody obeys any more");
    server.stop().unwrap();
    assert!(!is_alive(postmaster) && left_in(dir.path()).is_empty());
}

/// Not run by default: prints how long things take, for the documentation.
#[test]
#[ignore = "a measurement"]
fn timings() {
    let dir = scratch();
    let options = Options { cache_dir: Some(dir.path().join("cache")), ..options_in(dir.path()) };
    for round in ["cold", "cached", "cached", "cached"] {
        let began = Instant::now();
        let server = Server::start(&options).unwrap();
        let started = began.elapsed();
        let began = Instant::now();
        server.restart().unwrap();
        let restarted = began.elapsed();
        let began = Instant::now();
        server.stop().unwrap();
        let stopped = began.elapsed();
        writeln!(std::io::stdout(), "{round}: start {started:?}, restart {restarted:?}, stop {stopped:?}").unwrap();
    }
}
