//! Properties of the splitter over generated scripts, and its memory over a long one.

use std::io::Read;

use proptest::prelude::*;

use super::{Piece, ScriptError, Splitter, survey};

/// Gives at most so many bytes at a time, in turn.
struct Chunked<'a> {
    bytes: &'a [u8],
    sizes: &'a [usize],
    turn: usize,
}

impl Read for Chunked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let size = self.sizes[self.turn % self.sizes.len()].min(self.bytes.len()).min(buffer.len());
        self.turn += 1;
        let (now, later) = self.bytes.split_at(size);
        buffer[..size].copy_from_slice(now);
        self.bytes = later;
        Ok(size)
    }
}

fn split(bytes: &[u8], sizes: &[usize]) -> (Vec<Piece>, Option<String>) {
    let mut splitter = Splitter::new(Chunked { bytes, sizes, turn: 0 });
    let mut pieces = Vec::new();
    loop {
        match splitter.next_piece() {
            Ok(Some(piece)) => pieces.push(piece),
            Ok(None) => return (pieces, None),
            Err(error) => return (pieces, Some(error.to_string())),
        }
    }
}

/// A word, quote or comment that may stand inside a statement.
fn inner() -> impl Strategy<Value = String> {
    // An operator behind each E'' string: a comment, a line feed and another string would continue it, escapes and all.
    let fixed = prop::sample::select(vec![
        "a",
        "1",
        "1.5e3",
        "+",
        "-",
        "*",
        "/",
        ",",
        "::",
        ":'v'",
        "$1",
        "<=",
        "begin",
        "end",
        "case",
        "é",
        "x$y$z",
        "[1:2]",
        "@-",
        ".",
        "U&'\\0041;'",
        "U&\"b;\"",
        "N';'",
        "B'01'",
        "x'1f'",
        "'\\'",
        "E'\\';' +",
        "E'\\\\' +",
        "E'a'\n 'b\\';' +",
        "-- it's; $$\n",
        "/* ; /* ' */ $$ */",
        "$$;'$$",
        "$q$;$$;$q$",
        "$é$;$é$",
        "\";\"\"\"",
        "';'';'",
        "(a; b)",
        "('(')",
        "''",
        "\"\u{feff}\"",
        "e'' +",
        "'\n;\n'",
        "$E'\\';' +",
        "$",
    ]);
    let string = "[a-z;'$ \\\\\n\"(ä漢]{0,12}".prop_map(|text| format!("'{}'", text.replace('\'', "''")));
    let dollar = "[a-z;' \\\\\n\"(ä]{0,40}".prop_map(|text| format!("$t${text}$t$"));
    let long = (1_usize..200).prop_map(|count| format!("'{}'", "ä;".repeat(count)));
    prop_oneof![8 => fixed.prop_map(str::to_owned), 2 => string, 1 => dollar, 1 => long]
}

fn statement() -> impl Strategy<Value = String> {
    let lead = prop::sample::select(vec!["select", "insert into t", "CREATE TABLE", "create rule", "with"]);
    let body =
        "create or replace function f() returns int begin atomic select case when a then (1) end; select ';'; end;";
    let simple =
        (lead, prop::collection::vec(inner(), 0..8)).prop_map(|(lead, inner)| format!("{lead} {} ;", inner.join(" ")));
    prop_oneof![9 => simple, 1 => Just(body.to_owned())]
}

/// What stands between two statements and belongs to none.
fn gap() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", "\n", " ", "\n-- a 'comment;\n", "/* ; /* nested */ */", ";", " ; \n", "\t\n\n"])
}

fn copy() -> impl Strategy<Value = (String, String)> {
    let line = "[a-z0-9;'\\$ ä]{0,30}\n";
    let data = prop::collection::vec(line, 0..20).prop_map(|lines| lines.concat());
    data.prop_map(|data| ("copy t (a, b) from stdin;".to_owned(), data))
}

#[derive(Debug, Clone)]
enum Part {
    Statement(String),
    Copy(String, String),
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![6 => statement().prop_map(Part::Statement), 1 => copy().prop_map(|(sql, data)| Part::Copy(sql, data))]
}

fn assemble(parts: &[(Part, &'static str)], crlf: bool) -> (String, Vec<String>, String) {
    let mut script = String::new();
    let mut statements = Vec::new();
    let mut data = String::new();
    let ends = |text: &str| if crlf { text.replace('\n', "\r\n") } else { text.to_owned() };
    for (part, gap) in parts {
        let (Part::Statement(sql) | Part::Copy(sql, _)) = part;
        script.push_str(&ends(sql));
        statements.push(ends(sql));
        if let Part::Copy(_, lines) = part {
            script.push_str(&ends(&format!("\n{lines}\\.\n")));
            data.push_str(&ends(lines));
        }
        script.push_str(&ends(gap));
    }
    (script, statements, data)
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![
        Just(vec![1]),
        Just(vec![usize::MAX]),
        prop::collection::vec(1_usize..50, 1..10),
        prop::collection::vec(1_usize..5000, 1..4)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Statements joined are statements split, however the bytes arrive and whatever ends their lines.
    #[test]
    fn what_is_joined_is_split(
        parts in prop::collection::vec((part(), gap()), 0..20), crlf: bool, bom: bool, sizes in sizes()
    ) {
        let (script, expected, data) = assemble(&parts, crlf);
        let script = if bom { format!("\u{feff}{script}") } else { script };
        let (pieces, error) = split(script.as_bytes(), &sizes);
        prop_assert_eq!(error, None);
        let mut texts = Vec::new();
        let mut copied = Vec::new();
        let mut number = 0;
        for piece in pieces {
            match piece {
                Piece::Statement(statement) => {
                    number += 1;
                    prop_assert_eq!(statement.number, number);
                    let start = usize::try_from(statement.range.start).unwrap();
                    let end = usize::try_from(statement.range.end).unwrap();
                    prop_assert_eq!(&script[start..end], &statement.text);
                    let before = script[..start].trim_start_matches('\u{feff}');
                    prop_assert_eq!(statement.line as usize, before.matches('\n').count() + 1);
                    let line = before.rsplit('\n').next().unwrap_or_default();
                    prop_assert_eq!(statement.column as usize, line.chars().count() + 1);
                    texts.push(statement.text);
                }
                Piece::CopyData(bytes) => copied.extend(bytes),
                Piece::CopyEnd => {}
                Piece::Meta(meta) => prop_assert!(false, "{meta:?}"),
            }
        }
        prop_assert_eq!(texts, expected);
        prop_assert_eq!(String::from_utf8(copied).unwrap(), data);
    }

    /// Any bytes at all: no panic, and the same answer however they arrive.
    #[test]
    fn chunks_do_not_matter(
        bytes in prop_oneof![
            "[a-z;'$\"\\\\ \n\r\\-/*(E&U:.\u{feff}ä]{0,200}".prop_map(String::into_bytes),
            prop::collection::vec(any::<u8>(), 0..100),
            "copy t from stdin;[;\r ]{0,3}\n[a\\\\.\r\n]{0,60}".prop_map(String::into_bytes),
        ],
        sizes in sizes()
    ) {
        prop_assert_eq!(split(&bytes, &sizes), split(&bytes, &[usize::MAX]));
    }
}

/// A script of a given length that is nowhere in memory as a whole: a unit again and again.
struct Repeated<'a> {
    unit: &'a [u8],
    at: usize,
    left: usize,
}

impl Read for Repeated<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let size = buffer.len().min(self.unit.len() - self.at).min(self.left);
        buffer[..size].copy_from_slice(&self.unit[self.at..self.at + size]);
        self.at = (self.at + size) % self.unit.len();
        self.left -= size;
        Ok(size)
    }
}

/// 200 MB, most of it COPY data as dumps have it, pass through buffers of less than half a megabyte.
#[test]
fn two_hundred_megabytes_pass_through_a_small_buffer() {
    let mut unit = String::from("copy t from stdin;\n");
    unit.push_str(&"1\tsome text of a row\t2026-01-01\t12345.67\n".repeat(48_000));
    unit.push_str("\\.\n");
    unit.push_str(&"insert into t values (1, 'it''s', $$;$$, 12.5); -- note\n".repeat(800));
    let units = 100;
    let total = unit.len() * units;
    assert!(total > 200_000_000 - 10_000_000, "{total}");
    let mut splitter = Splitter::new(Repeated { unit: unit.as_bytes(), at: 0, left: total });
    let (mut statements, mut copied, mut largest) = (0, 0, 0);
    while let Some(piece) = splitter.next_piece().unwrap() {
        match piece {
            Piece::Statement(_) => statements += 1,
            Piece::CopyData(bytes) => copied += bytes.len(),
            _ => {}
        }
        largest = largest.max(splitter.buffer_capacity());
    }
    assert_eq!(statements, 801 * units);
    assert_eq!(copied, 48_000 * 41 * units);
    assert_eq!(splitter.bytes_read(), total as u64);
    assert!(largest < 512 * 1024, "{largest} bytes of buffer");
}

/// One statement of 8 MB is read in time that grows with its length, and its memory is given back.
#[test]
fn a_long_statement_is_read_once_and_its_memory_given_back() {
    let values = "(1, 'ä;'),\n".repeat(200_000);
    let literal = "'ö;\n".repeat(1_000_000).replace('\'', "''");
    let sql = format!("insert into t values {values} (2, '{literal}');\n{}", "select 1;\n".repeat(20_000));
    let mut splitter = Splitter::new(sql.as_bytes());
    let mut largest = 0;
    while splitter.next_piece().unwrap().is_some() {
        largest = largest.max(splitter.buffer_capacity());
    }
    assert!(largest < 3 * sql.len(), "{largest}");
    assert!(splitter.buffer_capacity() < 2 * 1024 * 1024, "{}", splitter.buffer_capacity());
}

#[test]
fn a_survey_stops_at_the_first_error() {
    let sql = "select 1;\nselect 'x;\n";
    assert!(matches!(survey(sql.as_bytes()), Err(ScriptError::Unterminated { .. })));
}
