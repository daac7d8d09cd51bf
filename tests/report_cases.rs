//! Reports as golden files: each directory of `tests/cases_report` holds one journal and what every format makes of it.
//!
//! `UPDATE=1 cargo test --test report_cases` writes the expected files anew and seals the hash chain of journals
//! whose facts were edited by hand. Read the difference before committing it.

#![allow(clippy::unwrap_used, reason = "a test stops at its first surprise")]

use std::path::{Path, PathBuf};

use phasegate::evidence::journal::{self, Journal, Run, RunHeader};
use phasegate::evidence::{Evidence, Topic};
use phasegate::report::{Decision, FORMATS, Format, Report, Style, render};
use phasegate::verdict::Verdict;

#[test]
fn every_case_renders_as_expected_in_every_format() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = Vec::new();
    for dir in case_dirs() {
        if update {
            seal(&dir.join(journal::FILE_NAME));
        }
        let report = Report::from_run(&read(&dir));
        for kind in &FORMATS {
            let path = dir.join(format!("expected.{}", kind.extension));
            let rendered = render(&report, kind.format, &Style::default());
            if update {
                std::fs::write(&path, &rendered).unwrap();
            } else if std::fs::read_to_string(&path).unwrap_or_default() != rendered {
                wrong.push(format!("{}: is now\n{rendered}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n(UPDATE=1 writes the expected files anew)", wrong.join("\n"));
}

#[test]
fn every_case_has_the_decision_in_its_name() {
    for dir in case_dirs() {
        let report = Report::from_run(&read(&dir));
        let expected = match name_of(&dir).split('_').next() {
            Some("go") => Decision::Go,
            Some("nogo") => Decision::NoGo,
            Some("unjudged") => Decision::CouldNotJudge,
            _ => panic!("{}: a case is named go_…, nogo_… or unjudged_…", dir.display()),
        };
        assert_eq!(report.decision, expected, "{}", dir.display());
    }
}

#[test]
fn no_line_on_the_terminal_is_wider_than_the_terminal() {
    for dir in case_dirs() {
        let report = Report::from_run(&read(&dir));
        for width in (40..=100).chain([120, 160, 250]) {
            for line in terminal(&report, width, false).lines() {
                let is = columns(line);
                assert!(is <= width, "{} at {width}: {is} columns: {line}", name_of(&dir));
            }
        }
    }
}

#[test]
fn what_is_not_a_pass_stands_on_the_terminal_in_full() {
    for dir in case_dirs() {
        let run = read(&dir);
        let report = Report::from_run(&run);
        for width in [40, 80, 120] {
            let page = without_spaces(&terminal(&report, width, false));
            for text in run.facts.iter().filter(|fact| is_finding(fact)).flat_map(texts_of) {
                for piece in text.split(is_escaped).map(without_spaces) {
                    assert!(page.contains(&piece), "{} at {width} lost: {piece}", name_of(&dir));
                }
            }
        }
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    for dir in case_dirs() {
        let report = Report::from_run(&read(&dir));
        let coloured = terminal(&report, 80, true);
        assert!(coloured.contains("\u{1b}["), "{}", name_of(&dir));
        let plain = terminal(&report, 80, false);
        let stripped: Vec<String> = coloured.lines().map(|line| without_colour(line).trim_end().to_owned()).collect();
        assert_eq!(stripped, plain.lines().collect::<Vec<_>>(), "{}", name_of(&dir));
    }
}

#[test]
fn nothing_in_the_data_reaches_the_page_as_a_control_character() {
    for dir in case_dirs() {
        let report = Report::from_run(&read(&dir));
        for kind in &FORMATS {
            let page = render(&report, kind.format, &Style::default());
            let bad = page.chars().find(|c| is_escaped(*c) && *c != '\n');
            assert_eq!(bad, None, "{} {}", name_of(&dir), kind.name);
        }
    }
}

#[test]
fn json_and_csv_hold_every_fact() {
    for dir in case_dirs() {
        let run = read(&dir);
        let report = Report::from_run(&run);
        let json = render(&report, Format::Json, &Style::default());
        let page: serde_json::Value = serde_json::from_str(&json).unwrap();
        let facts: Vec<Evidence> = serde_json::from_value(page["facts"].clone()).unwrap();
        assert_eq!(facts, run.facts, "{}", name_of(&dir));
        assert_eq!(page["exit_code"], report.decision.exit_code());
        let text = render(&report, Format::Csv, &Style::default());
        assert_eq!(text.lines().count(), run.facts.len() + 1, "{}: one line a fact", name_of(&dir));
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(rows.records().map(Result::unwrap).count(), run.facts.len(), "{}", name_of(&dir));
    }
}

#[test]
fn every_row_of_a_markdown_table_has_the_cells_of_its_head() {
    for dir in case_dirs() {
        let page = render(&Report::from_run(&read(&dir)), Format::Markdown, &Style::default());
        let mut head = None;
        for line in page.lines() {
            if !line.starts_with('|') {
                head = None;
                continue;
            }
            let cells = line.replace("\\\\", "").replace("\\|", "").matches('|').count();
            assert_eq!(*head.get_or_insert(cells), cells, "{}: {line}", name_of(&dir));
        }
    }
}

#[test]
fn a_failure_that_is_taken_out_turns_the_page_green_and_back() {
    let dir = cases().join("go_clean");
    let mut run = read(&dir);
    assert!(terminal(&Report::from_run(&run), 80, false).contains("\n GO "));
    let last_rule = run.facts.len() - 2;
    run.facts[last_rule].verdict = Verdict::Fail;
    assert!(terminal(&Report::from_run(&run), 80, false).contains("\n NO-GO "));
    run.facts[last_rule].verdict = Verdict::NotEvaluated;
    assert!(terminal(&Report::from_run(&run), 80, false).contains("\n COULD NOT JUDGE "));
}

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases_report")
}

fn case_dirs() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(cases()).unwrap().map(|entry| entry.unwrap().path());
    let mut dirs: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    dirs.sort();
    assert!(dirs.len() >= 4, "the cases are missing: {dirs:?}");
    dirs
}

fn name_of(dir: &Path) -> String {
    dir.file_name().unwrap().to_string_lossy().into_owned()
}

fn read(dir: &Path) -> Run {
    journal::read(&dir.join(journal::FILE_NAME)).unwrap_or_else(|error| panic!("{error}"))
}

fn terminal(report: &Report, width: u16, colour: bool) -> String {
    render(report, Format::Terminal, &Style { width, colour })
}

/// How many columns a terminal needs for it, by the Unicode width tables that comfy-table uses.
fn columns(line: &str) -> u16 {
    let mut table = comfy_table::Table::new();
    table.add_row([line]);
    table.column_max_content_widths()[0]
}

/// What acts on a terminal or is not seen, as far as the cases have it.
fn is_escaped(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200b}'..='\u{202e}')
}

fn without_spaces(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn without_colour(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |out, part| out + part.split_once('m').expect("a colour ends in m").1)
}

fn is_finding(fact: &Evidence) -> bool {
    fact.verdict != Verdict::Pass && fact.topic != Topic::Verdict
}

fn texts_of(fact: &Evidence) -> Vec<String> {
    let mut texts = vec![fact.subject.clone(), fact.expected.clone(), fact.measured.clone()];
    texts.extend(fact.remedy.clone());
    texts.extend(fact.samples.iter().flat_map(|sample| [sample.key.clone(), sample.value.clone()]));
    texts
}

/// Writes a journal anew from the facts in its lines, so that a case can be edited by hand. A torn tail stays.
fn seal(path: &Path) {
    let text = std::fs::read_to_string(path).unwrap();
    let end = text.rfind('\n').map_or(0, |at| at + 1);
    let (whole, torn) = text.split_at(end);
    let mut facts = whole.lines().map(|line| line.strip_suffix('}').unwrap().split_once("\"fact\":").unwrap().1);
    let header: RunHeader = serde_json::from_str(facts.next().unwrap()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::create(dir.path(), header).unwrap();
    for fact in facts {
        journal.append(&serde_json::from_str(fact).unwrap_or_else(|error| panic!("{error}: {fact}"))).unwrap();
    }
    let sealed = std::fs::read_to_string(journal.path()).unwrap() + torn;
    if sealed != text {
        std::fs::write(path, sealed).unwrap();
    }
}
