//! Applying many small phases, and finding nothing to apply, against psql on the same files.
//!
//! `cargo bench --bench phases -- --rounds 11`

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "prints its figures; what cannot go on has failed")]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::figures::{Comparison, print};
use common::process::{Cost, run};
use phasegate::disposable::Server;

/// What `--apply-only` exits with: applied, and nothing judged.
const NOT_EVALUATED: i32 = 2;

/// The list that psql asks for where phasegate finds nothing to do: what phasegate itself must know of every phase.
const LIST: &str = "SELECT seq, attempt, run_id, phase, status, transaction_mode, raw_sha256, normalised_sha256, \
                    recorded_at, took_ms, row_hash FROM public.migration_log ORDER BY seq";

fn main() {
    if !common::asked_for() {
        return;
    }
    let rounds = common::number("rounds", 9);
    let server = common::durable_server();
    let scratch = tempfile::tempdir().unwrap();
    println!("limit:     psql -X -q -v ON_ERROR_STOP=1 -d URL -f 1 -f 2 ... (one session, each statement commits)");
    println!("phasegate: phasegate migrate --apply-only -q -d URL --migrations DIR (log, lock, checksums on)");
    let mut comparisons = Vec::new();
    type Shape = (&'static str, fn(usize) -> String);
    let shapes: [Shape; 2] = [("4 statements", several), ("1 statement", single)];
    for ((kind, shape), count) in shapes.into_iter().flat_map(|shape| [(shape, 200), (shape, 1_000)]) {
        let name = format!("apply {count} phases of {kind}");
        let folder = write_phases(scratch.path(), &name.replace(' ', "_"), count, shape);
        let rounds = if count > 500 { rounds.min(7) } else { rounds };
        comparisons.push(Comparison::measure(
            &name,
            Some(1.10),
            rounds,
            || apply_by_psql(&server, &folder),
            || apply_by_phasegate(&server, &folder, scratch.path()),
        ));
    }
    let folder = write_phases(scratch.path(), "applied", 1_000, several);
    apply_by_phasegate(&server, &folder, scratch.path());
    // Only applied is not proven, and a run that finds its evidence would say so (exit code 2): as on a machine that has
    // only the log, nothing is pending and nothing is judged.
    std::fs::remove_dir_all(scratch.path().join("snapshots")).unwrap();
    println!("no-op limit: psql ... -A -t -c '{LIST}'");
    println!("no-op:       phasegate migrate -q -d URL --migrations DIR --rules DIR");
    comparisons.push(Comparison::measure(
        "no-op with 1000 applied",
        Some(0.60),
        rounds * 4,
        || run(common::psql(&server, "bench").args(["-A", "-t", "-c", LIST]), &server, 0),
        || run(migrate(&server, &folder, scratch.path()).arg("--rules").arg(rules(scratch.path())), &server, 0),
    ));
    print(&comparisons);
    server.stop().unwrap();
}

/// A small phase as people write them: a table, its index, two rows.
fn several(number: usize) -> String {
    format!(
        "-- {number}: reference data of one more product line\n\
         CREATE TABLE line_{number} (\n    id bigint PRIMARY KEY,\n    name text NOT NULL,\n    \
         opened_on date,\n    rate numeric(9, 4) CHECK (rate >= 0)\n);\n\
         CREATE INDEX line_{number}_opened_on ON line_{number} (opened_on);\n\
         INSERT INTO line_{number} VALUES (1, 'first', '2026-01-01', 1.25);\n\
         INSERT INTO line_{number} VALUES (2, 'second', '2026-02-01', 2.5), (3, 'third', NULL, NULL);\n"
    )
}

/// The least favourable one: psql, too, needs one commit only.
fn single(number: usize) -> String {
    format!("CREATE TABLE line_{number} (\n    id bigint PRIMARY KEY,\n    name text NOT NULL\n);\n")
}

fn write_phases(scratch: &Path, name: &str, count: usize, text: fn(usize) -> String) -> PathBuf {
    let folder = scratch.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    for number in 1..=count {
        std::fs::write(folder.join(format!("{number:04}_line_{number}.sql")), text(number)).unwrap();
    }
    folder
}

fn rules(scratch: &Path) -> PathBuf {
    let folder = scratch.join("rules");
    std::fs::create_dir_all(&folder).unwrap();
    let rule = "[rules.lines_are_there]\ntable = \"public.line_1\"\ncheck.row_count = { min = 1 }\n";
    std::fs::write(folder.join("rules.toml"), rule).unwrap();
    folder
}

fn apply_by_psql(server: &Server, folder: &Path) -> Cost {
    common::new_database(server, "bench");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut command = common::psql(server, "bench");
    for file in files {
        command.arg("-f").arg(file);
    }
    run(&mut command, server, 0)
}

fn apply_by_phasegate(server: &Server, folder: &Path, scratch: &Path) -> Cost {
    common::new_database(server, "bench");
    run(migrate(server, folder, scratch).arg("--apply-only"), server, NOT_EVALUATED)
}

fn migrate(server: &Server, folder: &Path, scratch: &Path) -> Command {
    let mut command = Command::new(common::phasegate());
    command.args(["migrate", "-q", "-d", &server.url("bench")]).arg("--migrations").arg(folder);
    command.arg("--snapshots").arg(scratch.join("snapshots")).current_dir(scratch);
    command
}
