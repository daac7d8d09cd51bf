//! One script of 50 MB as a phase, against psql with the same file in one transaction.
//!
//! `cargo bench --bench script -- --rounds 5`

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "prints its figures; what cannot go on has failed")]

mod common;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::figures::{Comparison, print};
use common::process::{Cost, run};
use phasegate::disposable::Server;

/// What `--apply-only` exits with: applied, and nothing judged.
const NOT_EVALUATED: i32 = 2;

const BYTES: usize = 50 * 1024 * 1024;

const TABLE: &str = "CREATE TABLE entry (id bigint, name text, amount numeric(18, 2), booked_on date, note text);\n";

fn main() {
    if !common::asked_for() {
        return;
    }
    let rounds = common::number("rounds", 5);
    let server = common::durable_server();
    let scratch = tempfile::tempdir().unwrap();
    println!("limit:     psql -X -q -v ON_ERROR_STOP=1 --single-transaction -d URL -f FILE");
    println!("phasegate: phasegate migrate --apply-only -q -d URL --migrations DIR (the file is its only phase)");
    type Shape = (&'static str, fn(&mut dyn std::io::Write));
    let shapes: [Shape; 3] = [
        ("50 MB of INSERTs, a row each", |out| inserts(out, 1)),
        ("50 MB of INSERTs, 500 rows each", |out| inserts(out, 500)),
        ("50 MB of COPY data", copy),
    ];
    let mut comparisons = Vec::new();
    for (name, write) in shapes {
        let file = write_script(scratch.path(), name, write);
        comparisons.push(Comparison::measure(
            name,
            Some(1.10),
            rounds,
            || by_psql(&server, &file),
            || by_phasegate(&server, &file, scratch.path()),
        ));
    }
    print(&comparisons);
    server.stop().unwrap();
}

fn write_script(scratch: &Path, name: &str, write: fn(&mut dyn std::io::Write)) -> PathBuf {
    let folder = scratch.join(name.replace(|c: char| !c.is_ascii_alphanumeric(), "_"));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("01_entries.sql");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&file).unwrap());
    out.write_all(TABLE.as_bytes()).unwrap();
    write(&mut out);
    out.flush().unwrap();
    file
}

fn inserts(out: &mut dyn std::io::Write, rows: usize) {
    let (mut written, mut id) = (0, 0);
    while written < BYTES {
        let mut text = "INSERT INTO entry (id, name, amount, booked_on, note) VALUES".to_owned();
        for row in 0..rows {
            id += 1;
            let comma = if row == 0 { "" } else { "," };
            write!(
                text,
                "{comma}\n  ({id}, 'Entry no. {id}', {}.{:02}, '2026-0{}-1{}', 'it''s; -- no comment {id}')",
                id % 9973,
                id % 100,
                id % 9 + 1,
                id % 9
            )
            .unwrap();
        }
        text.push_str(";\n");
        out.write_all(text.as_bytes()).unwrap();
        written += text.len();
    }
}

fn copy(out: &mut dyn std::io::Write) {
    out.write_all(b"COPY entry (id, name, amount, booked_on, note) FROM stdin;\n").unwrap();
    let (mut written, mut id) = (0, 0);
    while written < BYTES {
        id += 1;
        let line = format!(
            "{id}\tEntry no. {id}\t{}.{:02}\t2026-0{}-1{}\tit's; -- no comment {id}\n",
            id % 9973,
            id % 100,
            id % 9 + 1,
            id % 9
        );
        out.write_all(line.as_bytes()).unwrap();
        written += line.len();
    }
    out.write_all(b"\\.\n").unwrap();
}

fn by_psql(server: &Server, file: &Path) -> Cost {
    common::new_database(server, "bench");
    run(common::psql(server, "bench").arg("--single-transaction").arg("-f").arg(file), server, 0)
}

fn by_phasegate(server: &Server, file: &Path, scratch: &Path) -> Cost {
    common::new_database(server, "bench");
    let mut command = Command::new(common::phasegate());
    command.args(["migrate", "--apply-only", "-q", "-d", &server.url("bench")]);
    command.arg("--migrations").arg(file.parent().unwrap()).arg("--snapshots").arg(scratch.join("snapshots"));
    run(command.current_dir(scratch), server, NOT_EVALUATED)
}
