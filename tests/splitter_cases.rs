//! Tricky scripts in `tests/cases_splitter/*.sql` against what the splitter makes of them, in `*.expected` beside each.
//!
//! `UPDATE=1 cargo test --test splitter_cases` writes the expected files anew: review the difference before it is
//! committed. The statements of every case whose first line does not say `-- refused` were compared with those that
//! psql 15 sent to a server.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use phasegate::script::{Piece, Splitter};

#[test]
fn every_case_is_cut_as_expected() {
    let update = std::env::var_os("UPDATE").is_some();
    let cases = cases();
    assert!(cases.len() >= 10, "only {} cases were found", cases.len());
    let mut wrong = Vec::new();
    for sql in cases {
        let expected_path = sql.with_extension("expected");
        let found = render(&std::fs::read(&sql).unwrap());
        if update {
            std::fs::write(&expected_path, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&expected_path).unwrap_or_default().replace("\r\n", "\n");
        if found != expected {
            wrong.push(format!("{}\n--- expected\n{expected}--- found\n{found}", sql.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases_splitter");
    let entries = std::fs::read_dir(folder).expect("the folder of cases").map(|entry| entry.expect("a case").path());
    let mut cases: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "sql")).collect();
    cases.sort();
    cases
}

/// One line a piece: place, bytes, kind, text as a Rust literal.
fn render(script: &[u8]) -> String {
    let mut splitter = Splitter::new(script);
    let mut out = String::new();
    loop {
        let _ = match splitter.next_piece() {
            Ok(Some(Piece::Statement(s))) => {
                writeln!(
                    out,
                    "#{} {} {}..{} {:?}\n  {:?}",
                    s.number,
                    s.position(),
                    s.range.start,
                    s.range.end,
                    s.kind,
                    s.text
                )
            }
            Ok(Some(Piece::CopyData(data))) => writeln!(out, "data\n  {:?}", String::from_utf8_lossy(&data)),
            Ok(Some(Piece::CopyEnd)) => writeln!(out, "end of data"),
            Ok(Some(Piece::Meta(meta))) => {
                writeln!(out, "meta {} {}\n  {:?}", meta.position(), meta.command, meta.text)
            }
            Ok(None) => {
                let _ = writeln!(
                    out,
                    "bytes {}, bom {}, {:?}",
                    splitter.bytes_read(),
                    splitter.has_bom(),
                    splitter.line_ends()
                );
                return out;
            }
            Err(error) => {
                let _ = writeln!(out, "error {error}");
                return out;
            }
        };
    }
}
