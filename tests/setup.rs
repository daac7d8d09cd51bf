//! `./setup` on machines that are not this one: every program it calls is a stub that writes down how it was called,
//! and the system's directories are those of a temporary root.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// What the script needs of the system it runs on, and what no stub stands for.
const TOOLS: &[&str] = &["sh", "sed", "cat", "env", "mkdir", "rm", "chmod", "grep"];
/// Installs a PostgreSQL server into the root.
const INSTALLS: &str = "case \"$*\" in *install*|'add '*|*-S*) d=$PHASEGATE_SETUP_ROOT/usr/lib/postgresql/17/bin; \
                        mkdir -p $d; for p in initdb postgres; do echo '#!/bin/sh' >$d/$p; chmod +x $d/$p; done;; esac";

/// A machine with Rust and a C compiler, on which everything else is missing.
struct Machine {
    home: TempDir,
}

struct Outcome {
    code: Option<i32>,
    out: String,
    err: String,
    /// The commands that ran, one a line.
    calls: Vec<String>,
}

impl Machine {
    fn new() -> Machine {
        let machine = Machine { home: tempfile::tempdir().unwrap() };
        for directory in ["bin", "root"] {
            fs::create_dir(machine.home.path().join(directory)).unwrap();
        }
        let path = std::env::var_os("PATH").unwrap();
        for tool in TOOLS {
            let real = std::env::split_paths(&path).map(|dir| dir.join(tool)).find(|file| file.is_file());
            symlink(real.unwrap(), machine.bin(tool)).unwrap();
        }
        machine.stub("cargo", "").stub("cc", "").stub("rustc", "echo rustc 1.99.0").stub("uname", "echo Linux");
        machine.stub("id", "echo 0");
        machine
    }

    fn bin(&self, name: &str) -> PathBuf {
        self.home.path().join("bin").join(name)
    }

    fn stub(&self, name: &str, body: &str) -> &Machine {
        let file = self.bin(name);
        let home = self.home.path().display();
        fs::write(&file, format!("#!/bin/sh\necho \"{name} $*\" >>{home}/calls\n{body}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    fn without(&self, name: &str) -> &Machine {
        fs::remove_file(self.bin(name)).unwrap();
        self
    }

    fn run(&self, args: &[&str]) -> Outcome {
        self.run_with(args, &[])
    }

    fn run_with(&self, args: &[&str], env: &[(&str, &str)]) -> Outcome {
        let calls = self.home.path().join("calls");
        fs::write(&calls, "").unwrap();
        let output = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("setup"))
            .args(args)
            .env_clear()
            .env("PATH", self.home.path().join("bin"))
            .env("PHASEGATE_SETUP_ROOT", self.home.path().join("root"))
            .envs(env.iter().copied())
            .current_dir("/")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let looks = ["id ", "uname ", "rustc ", "cc --version", "pg_config ", "cargo nextest --version"];
        let calls = fs::read_to_string(calls).unwrap();
        Outcome {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
            calls: calls
                .lines()
                .filter(|line| !looks.iter().any(|look| line.starts_with(look)))
                .map(|line| line.trim_end().to_owned())
                .collect(),
        }
    }

    /// Whether the wish not to have a cluster made is still there.
    fn has_drop_in(&self) -> bool {
        self.home.path().join("root/etc/postgresql-common/createcluster.d/phasegate.conf").exists()
    }
}

#[test]
fn each_package_manager_gets_its_own_command() {
    for (manager, expected) in [
        ("dnf", "dnf install -y postgresql-server postgresql-contrib"),
        ("zypper", "zypper --non-interactive install postgresql-server postgresql-contrib"),
        ("pacman", "pacman -S --needed --noconfirm postgresql"),
        ("apk", "apk add postgresql postgresql-contrib"),
        ("brew", "brew install postgresql@18"),
    ] {
        let machine = Machine::new();
        let outcome = machine.stub(manager, INSTALLS).run(&["prepare", "--yes"]);
        assert_eq!((outcome.code, &outcome.calls[..]), (Some(0), &[expected.to_owned()][..]), "{}", outcome.err);
        assert!(outcome.out.contains(&format!("setup: + {expected}\n")), "shown before it runs: {}", outcome.out);
    }
}

#[test]
fn on_debian_the_lists_are_fetched_first_and_no_cluster_is_made() {
    let machine = Machine::new();
    let drop_in = "grep -q create_main_cluster=false \
                   $PHASEGATE_SETUP_ROOT/etc/postgresql-common/createcluster.d/phasegate.conf || exit 9";
    machine.stub("apt-get", &format!("{drop_in}; {INSTALLS}")).stub("dnf", "");
    let outcome = machine.run_with(&["prepare"], &[("CI", "true")]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    assert_eq!(
        outcome.calls,
        [
            "apt-get -o DPkg::Lock::Timeout=300 update",
            "apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends postgresql",
        ]
    );
    assert!(!machine.has_drop_in(), "what kept the cluster away is taken back");
    assert_eq!(machine.run(&["check"]).code, Some(0));
}

#[test]
fn a_failed_installation_stops_and_leaves_no_setting_behind() {
    let machine = Machine::new();
    let outcome = machine.stub("apt-get", "exit 100").run(&["test", "--yes"]);
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.err.contains("the installation failed"), "{}", outcome.err);
    assert!(!machine.has_drop_in());
    assert!(!outcome.calls.iter().any(|call| call.starts_with("cargo")), "{:?}", outcome.calls);
    // A manager that says yes and brings nothing.
    let outcome = machine.stub("apt-get", "").run(&["test", "--yes"]);
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.err.contains("still no PostgreSQL server binaries"), "{}", outcome.err);
}

#[test]
fn nothing_is_installed_when_nobody_can_be_asked() {
    let machine = Machine::new();
    let outcome = machine.stub("apt-get", INSTALLS).run(&["demo"]);
    assert_eq!((outcome.code, outcome.calls.len()), (Some(2), 0), "{:?}", outcome.calls);
    assert!(outcome.out.contains("apt-get -o DPkg::Lock::Timeout=300 install -y"), "{}", outcome.out);
    assert!(outcome.err.contains("./setup --yes demo"), "{}", outcome.err);
    assert!(!machine.has_drop_in());
}

#[test]
fn who_is_not_root_uses_sudo_or_is_told_the_commands() {
    let machine = Machine::new();
    machine.stub("id", "echo 1000").stub("dnf", INSTALLS);
    let outcome = machine.run(&["prepare", "--yes"]);
    assert_eq!((outcome.code, outcome.calls.len()), (Some(2), 0), "{:?}", outcome.calls);
    assert!(outcome.out.contains("setup: + dnf install -y") && outcome.err.contains("no sudo"), "{}", outcome.err);
    let outcome = machine.stub("sudo", "exec \"$@\"").run(&["prepare", "--yes"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    assert_eq!(outcome.calls[0], "sudo dnf install -y postgresql-server postgresql-contrib");
}

#[test]
fn a_mac_gets_homebrew_and_never_sudo() {
    let machine = Machine::new();
    machine.stub("uname", "echo Darwin").stub("id", "echo 501").stub("sudo", "exit 9").stub("apt-get", "exit 9");
    let outcome = machine.run(&["prepare", "--yes"]);
    assert!(outcome.code == Some(2) && outcome.err.contains("Homebrew"), "{}", outcome.err);
    let outcome = machine.stub("brew", INSTALLS).run(&["prepare", "--yes"]);
    assert_eq!((outcome.code, outcome.calls), (Some(0), vec!["brew install postgresql@18".to_owned()]));
    let outcome = machine.without("cc").run(&["prepare", "--yes"]);
    assert!(outcome.code == Some(2) && outcome.err.contains("xcode-select --install"), "{}", outcome.err);
}

#[test]
fn a_missing_compiler_is_installed_along() {
    let machine = Machine::new();
    let cc = machine.bin("cc").display().to_string();
    let brings_cc = format!("{INSTALLS}; echo '#!/bin/sh' >{cc}; chmod +x {cc}");
    let outcome = machine.without("cc").stub("apk", &brings_cc).run(&["prepare", "--yes"]);
    assert_eq!((outcome.code, &outcome.calls[0][..]), (Some(0), "apk add postgresql postgresql-contrib gcc musl-dev"));
}

#[test]
fn rust_is_checked_and_never_installed() {
    let machine = Machine::new();
    machine.stub("apt-get", INSTALLS);
    for (rustc, expected) in [
        ("echo rustc 1.74.1", "Rust 1.74.1 is too old"),
        ("echo rustc 0.99.0-nightly", "too old"),
        ("exit 1", "rustup toolchain install stable"),
    ] {
        let outcome = machine.stub("rustc", rustc).run(&["test", "--yes"]);
        assert!(outcome.code == Some(2) && outcome.err.contains(expected), "{}", outcome.err);
        assert_eq!(outcome.calls.len(), 0, "{:?}", outcome.calls);
    }
    for rustc in ["echo rustc 2.0.0", "echo 'rustc 1.95.0-beta.3 (abc 2026-01-01)'"] {
        assert_eq!(machine.stub("rustc", rustc).run(&["prepare", "--yes"]).code, Some(0), "{rustc}");
    }
    let outcome = machine.without("cargo").run(&["test", "--yes"]);
    assert!(outcome.code == Some(2) && outcome.err.contains("rustup"), "{}", outcome.err);
}

#[test]
fn check_only_looks() {
    let machine = Machine::new();
    let outcome = machine.stub("apt-get", INSTALLS).run_with(&["check"], &[("CI", "true")]);
    assert_eq!((outcome.code, outcome.calls.len()), (Some(2), 0), "{:?}", outcome.calls);
    assert!(
        outcome.out.contains("PostgreSQL: MISSING") && outcome.out.contains("Rust: rustc 1.99.0"),
        "{}",
        outcome.out
    );
    assert!(outcome.out.contains("installs: postgresql"), "{}", outcome.out);
}

#[test]
fn binaries_are_found_by_path_and_pg_config() {
    let machine = Machine::new();
    assert_eq!(machine.stub("initdb", "").run(&["check"]).code, Some(2), "initdb alone is no server");
    assert_eq!(machine.stub("postgres", "").run(&["check"]).code, Some(0));
    let machine = Machine::new();
    let elsewhere = machine.home.path().join("else where");
    fs::create_dir(&elsewhere).unwrap();
    for program in ["initdb", "postgres"] {
        symlink(machine.bin("cc"), elsewhere.join(program)).unwrap();
    }
    let outcome = machine.stub("pg_config", &format!("echo '{}'", elsewhere.display())).run(&["check"]);
    assert!(outcome.code == Some(0) && outcome.out.contains("else where"), "{}", outcome.out);
}

#[test]
fn demo_and_test_call_cargo_and_hand_on_its_exit_code() {
    let machine = Machine::new();
    machine.stub("initdb", "").stub("postgres", "");
    let outcome = machine.run(&["demo", "--scale", "2 x"]);
    assert_eq!(outcome.calls, ["cargo build --locked", "cargo run --quiet --locked -- demo --scale 2 x"]);
    let outcome = machine.run(&["test"]);
    assert_eq!(outcome.calls, ["cargo test --locked --doc", "cargo nextest run --locked"]);
    let outcome = machine.stub("cargo", "[ \"$1\" != nextest ]").run(&["test"]);
    assert_eq!((outcome.code, outcome.calls), (Some(0), vec!["cargo test --locked".to_owned()]));
    let outcome = machine.stub("cargo", "[ \"$1\" != run ] || exit 4").run(&["demo"]);
    assert_eq!(outcome.code, Some(4));
    let outcome = machine.stub("cargo", "[ \"$1\" != build ] || exit 101").run(&["demo"]);
    assert_eq!((outcome.code, outcome.calls.len()), (Some(101), 1));
}

#[test]
fn what_was_typed_wrong_is_said() {
    let machine = Machine::new();
    for (args, expected) in [
        (&["tset"][..], "unknown command 'tset'; allowed are demo, test, prepare, check"),
        (&["test", "floors"], "test takes no arguments; found 'floors'"),
        (&[], "usage:"),
    ] {
        let outcome = machine.run(args);
        assert!(outcome.code == Some(2) && outcome.err.contains(expected), "{}", outcome.err);
    }
    let outcome = machine.run(&["--help"]);
    assert!(outcome.code == Some(0) && outcome.out.starts_with("usage:") && outcome.err.is_empty());
}
