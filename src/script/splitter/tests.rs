use super::*;
use crate::script::{Unterminated, survey};

fn pieces(sql: &[u8]) -> Result<Vec<Piece>, ScriptError> {
    let mut splitter = Splitter::new(sql);
    let mut found = Vec::new();
    while let Some(piece) = splitter.next_piece()? {
        found.push(piece);
    }
    Ok(found)
}

fn texts(sql: &str) -> Vec<String> {
    let name = |piece| match piece {
        Piece::Statement(statement) => statement.text,
        Piece::CopyData(data) => format!("data:{}", String::from_utf8(data).unwrap()),
        Piece::CopyEnd => "end".into(),
        Piece::Meta(meta) => format!("meta:{}:{}", meta.command, meta.text),
    };
    pieces(sql.as_bytes()).unwrap().into_iter().map(name).collect()
}

fn error(sql: &[u8]) -> ScriptError {
    pieces(sql).expect_err("must be refused")
}

#[test]
fn statements_are_cut_where_psql_cuts_them() {
    let table: &[(&str, &[&str])] = &[
        ("", &[]),
        (" ;; /* x */ ; -- y\n;", &[]),
        ("select 1", &["select 1"]),
        ("select 1 -- end", &["select 1"]),
        ("select 1;select 2 ;", &["select 1;", "select 2 ;"]),
        ("select ';' || \";\" || $$;$$ || $a$;$$;$a$;x", &["select ';' || \";\" || $$;$$ || $a$;$$;$a$;", "x"]),
        ("select 'it''s;';x", &["select 'it''s;';", "x"]),
        ("select '\\';x", &["select '\\';", "x"]),
        ("select E'\\';';x", &["select E'\\';';", "x"]),
        ("select E'a'\n  -- c\n  'b\\';';x", &["select E'a'\n  -- c\n  'b\\';';", "x"]),
        ("select E'a' 'b\\';x", &["select E'a' 'b\\';", "x"]),
        ("select E'a' /*\n*/ 'b\\';x", &["select E'a' /*\n*/ 'b\\';", "x"]),
        ("select 'a'\n'b\\';x", &["select 'a'\n'b\\';", "x"]),
        ("select U&'\\0041;' || U&\"d\\0061;\";x", &["select U&'\\0041;' || U&\"d\\0061;\";", "x"]),
        ("select 1 /* ; /* ; */ ; */;x", &["select 1 /* ; /* ; */ ; */;", "x"]),
        ("select a$$b;x", &["select a$$b;", "x"]),
        ("select $1, $x;x", &["select $1, $x;", "x"]),
        ("select $E'\\';';x", &["select $E'\\';';", "x"]),
        ("select 1 -- it's;\n+ 2;x", &["select 1 -- it's;\n+ 2;", "x"]),
        ("create rule r as on insert to t do (a; b);x", &["create rule r as on insert to t do (a; b);", "x"]),
        (
            "create or replace function f() returns int begin atomic select case when a then 1 end; select 2; end; x",
            &[
                "create or replace function f() returns int begin atomic select case when a then 1 end; select 2; end;",
                "x",
            ],
        ),
        (
            "CREATE PROCEDURE p(a int default (1)) BEGIN ATOMIC select (case when 1 then 2 end); END;x",
            &["CREATE PROCEDURE p(a int default (1)) BEGIN ATOMIC select (case when 1 then 2 end); END;", "x"],
        ),
        ("create table begin (a int); x", &["create table begin (a int);", "x"]),
        ("begin; select 1; end;", &["begin;", "select 1;", "end;"]),
        ("create function f() language sql as 'begin';x", &["create function f() language sql as 'begin';", "x"]),
        ("select 1);x", &["select 1);", "x"]),
        ("select (1;x", &["select (1;x"]),
    ];
    for (sql, expected) in table {
        assert_eq!(texts(sql), *expected, "{sql:?}");
        let crlf = sql.replace('\n', "\r\n");
        let expected: Vec<String> = expected.iter().map(|text| text.replace('\n', "\r\n")).collect();
        assert_eq!(texts(&crlf), expected, "{crlf:?}");
    }
}

#[test]
fn copy_data_and_psql_lines() {
    let table: &[(&str, &[&str])] = &[
        (
            "copy t from stdin; -- c\n1\t';\n\\\\.\n\\.\nselect 1;",
            &["copy t from stdin;", "data:1\t';\n\\\\.\n", "end", "select 1;"],
        ),
        ("copy t from stdin;\r\n1\r\n\\.\r\nx", &["copy t from stdin;", "data:1\r\n", "end", "x"]),
        ("copy t from stdin; /* c */\n\\.", &["copy t from stdin;", "end"]),
        ("copy t to stdout;\n1;", &["copy t to stdout;", "1;"]),
        (
            "\\restrict key\nselect 1; \\unrestrict key\r\n\\",
            &["meta:restrict:\\restrict key", "select 1;", "meta:unrestrict:\\unrestrict key", "meta::\\"],
        ),
        ("\\echo it's; \"\nselect 1;", &["meta:echo:\\echo it's; \"", "select 1;"]),
    ];
    for (sql, expected) in table {
        assert_eq!(texts(sql), *expected, "{sql:?}");
    }
}

#[test]
fn a_statement_knows_where_it_stands() {
    let sql = "\u{feff}-- ä\r\n  select 'ö'; /* é */ select\n2 ;\nselect 3 -- end";
    let mut splitter = Splitter::new(sql.as_bytes());
    let mut found = Vec::new();
    while let Some(Piece::Statement(statement)) = splitter.next_piece().unwrap() {
        let range = usize::try_from(statement.range.start).unwrap()..usize::try_from(statement.range.end).unwrap();
        assert_eq!(&sql[range], statement.text);
        found.push((statement.number, statement.line, statement.column, statement.ends_with_semicolon));
    }
    assert_eq!(found, [(1, 2, 3, true), (2, 2, 23, true), (3, 4, 1, false)]);
    assert!(splitter.has_bom());
    assert_eq!(splitter.line_ends(), LineEnds::Mixed);
    assert_eq!(splitter.bytes_read(), sql.len() as u64);
    assert_eq!(splitter.next_piece().unwrap(), None, "the end stays the end");
}

#[test]
fn what_is_never_closed_is_named_by_its_opening() {
    let table = [
        ("select 1;\n select 'a;\nselect 2;", 2, 9, Unterminated::String),
        ("select E'a\\';", 1, 8, Unterminated::String),
        ("select E'a'\n'b\\';", 2, 1, Unterminated::String),
        ("select \"a;", 1, 8, Unterminated::QuotedIdentifier),
        ("select 1; /* a /* b */", 1, 11, Unterminated::Comment),
        ("do $body$ begin $$ end;", 1, 4, Unterminated::DollarQuote("$body$".into())),
        ("do $$ begin", 1, 4, Unterminated::DollarQuote("$$".into())),
    ];
    for (sql, line, column, expected) in table {
        match error(sql.as_bytes()) {
            ScriptError::Unterminated { position, what } => {
                assert_eq!((position.line, position.column, what), (line, column, expected), "{sql}");
            }
            other => panic!("{sql}: {other}"),
        }
    }
}

#[test]
fn refusals_say_where_and_what_to_do() {
    let table: &[(&[u8], &str)] = &[
        (b"select 1;\nselect '\xe4';", "2:9: byte 18 of the script is not UTF-8 (0xe4); save"),
        (b"select '\xc3", "1:9: byte 8 of the script is not UTF-8 (0xc3); save"),
        (b"select 1\0;", "1:9: byte 8 of the script is zero; SQL text"),
        (b"\xff\xfes\0", "1:1: the script is UTF-16 (little-endian byte order mark); save it as UTF-8"),
        (b"\xfe\xff\0s", "1:1: the script is UTF-16 (big-endian byte order mark); save it as UTF-8"),
        (b"\xffselect", "1:1: byte 0 of the script is not UTF-8 (0xff); save"),
        (b"\n copy t from stdin;\n1\n", "2:2: the data of this COPY ... FROM STDIN has no line `\\.` at its end;"),
        (b"copy t from stdin", "1:1: the data of this COPY"),
        (b"copy t from stdin;", "1:1: the data of this COPY"),
        (b"copy t from stdin; select 1;\n\\.\n", "1:20: the data of COPY ... FROM STDIN begins on the next line;"),
        (b"copy t from stdin; /* a\n*/\n\\.\n", "1:20: the data of COPY"),
        (b"select 1 \\gexec\n", "1:10: psql's `\\gexec` stands inside a statement; end"),
        (b"select 1\\; select 2;", "1:9: psql's `\\;` is not supported; write `;`"),
    ];
    for (sql, message) in table {
        let error = error(sql).to_string();
        assert!(error.starts_with(message), "{}: {error}", String::from_utf8_lossy(sql));
    }
}

#[test]
fn pieces_before_a_fault_are_given_and_none_after() {
    let mut splitter = Splitter::new(&b"select 1; select 2; /* bad: \xff */"[..]);
    assert!(matches!(splitter.next_piece(), Ok(Some(Piece::Statement(_)))));
    assert!(matches!(splitter.next_piece(), Ok(Some(Piece::Statement(_)))));
    assert!(matches!(splitter.next_piece(), Err(ScriptError::NotUtf8 { .. })));
    assert!(matches!(splitter.next_piece(), Err(ScriptError::Stopped { .. })));
    assert!(matches!(splitter.next_piece(), Err(ScriptError::Stopped { .. })));
}

#[test]
fn a_failing_reader_is_reported_with_its_place() {
    struct Breaks(usize);
    impl Read for Breaks {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.0 += 1;
            match self.0 {
                1 => {
                    buffer[..9].copy_from_slice("select 1\n".as_bytes());
                    Ok(9)
                }
                2 => Err(std::io::ErrorKind::Interrupted.into()),
                _ => Err(std::io::Error::other("the disk is gone")),
            }
        }
    }
    let error = Splitter::new(Breaks(0)).next_piece().unwrap_err();
    assert_eq!(error.to_string(), "2:1: cannot read on after byte 9: the disk is gone");
}

#[test]
fn a_statement_longer_than_the_server_takes_is_refused() {
    let sql = format!("select 1;\nselect '{}';", "x".repeat(200_000));
    for (limit_bytes, is_taken) in [(199_000, false), (200_010, true)] {
        let mut splitter = Splitter::new(sql.as_bytes());
        splitter.limit_bytes = limit_bytes;
        splitter.next_piece().unwrap();
        match splitter.next_piece() {
            Ok(piece) => assert!(is_taken && piece.is_some()),
            Err(error) => {
                assert!(!is_taken);
                assert!(error.to_string().starts_with("2:1: the statement that begins here is longer than 199000"));
            }
        }
    }
}

#[test]
fn copy_data_comes_in_small_whole_pieces() {
    let long_line = "ä".repeat(100_000);
    let data = format!("{}{long_line}\n{}", "short\n".repeat(30_000), "\\.x\n".repeat(20_000));
    let sql = format!("copy t from stdin;\n{data}\\.\nselect 1;");
    let mut joined = Vec::new();
    let mut ends = 0;
    for piece in pieces(sql.as_bytes()).unwrap() {
        match piece {
            Piece::CopyData(bytes) => {
                assert!(bytes.len() <= 64 * 1024 && !bytes.is_empty());
                joined.extend(bytes);
            }
            Piece::CopyEnd => ends += 1,
            _ => {}
        }
    }
    assert!(joined == data.as_bytes());
    assert_eq!(ends, 1);
}

#[test]
fn a_survey_names_what_matters() {
    let sql = "\\restrict k\nset standard_conforming_strings = off;\nBEGIN;\nsavepoint a;\n  commit; create index concurrently i on t(a);\ncopy t from stdin;\nbegin;\n\\.\n";
    let found = survey(sql.as_bytes()).unwrap();
    assert_eq!((found.statements, found.copies, found.bytes), (6, 1, sql.len() as u64));
    assert_eq!((found.has_bom, found.line_ends), (false, LineEnds::Lf));
    let places = |findings: &crate::script::Findings| -> Vec<(u32, u32, u32, String)> {
        let place = |f: &crate::script::Finding| (f.number, f.position.line, f.position.column, f.text.clone());
        findings.first.iter().map(place).collect()
    };
    assert_eq!(places(&found.transaction_control), [(2, 3, 1, "BEGIN;".into()), (4, 5, 3, "commit;".into())]);
    assert_eq!(places(&found.not_in_transaction), [(5, 5, 11, "create index concurrently i on t(a);".into())]);
    assert_eq!(places(&found.meta), [(0, 1, 1, "\\restrict k".into())]);
    assert_eq!(places(&found.scs_off), [(1, 2, 1, "set standard_conforming_strings = off;".into())]);
}

#[test]
fn a_survey_keeps_a_hundred_and_counts_all() {
    let found = survey("commit;\r\n".repeat(1000).as_bytes()).unwrap();
    assert_eq!((found.transaction_control.total, found.transaction_control.first.len()), (1000, 100));
    assert_eq!(found.line_ends, LineEnds::CrLf);
    assert!(!found.transaction_control.is_empty() && found.meta.is_empty());
}

#[test]
fn an_excerpt_is_one_line() {
    let table =
        [("select\r\n  1", 80, "select 1"), ("abcdef", 4, "abc…"), ("ab cdef", 5, "ab c…"), ("ab cd", 2, "ab…")];
    for (text, max_chars, expected) in table {
        assert_eq!(shorten(text, max_chars), expected, "{text:?}");
    }
}
