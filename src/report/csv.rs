//! The report for spreadsheets: one row a fact, in the order in which they were measured.
//!
//! A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@` as a formula, and samples hold what a customer may
//! have typed. Such cells get an apostrophe in front, which spreadsheets take as "this is text", unless they are plain
//! numbers. That changes the cell, and it is the lesser evil: people open this file, programs read the JSON report,
//! which is exact. Control characters are escaped as on every other page, so one fact is one line also for grep.

use super::{Report, Style, words};
use crate::evidence::{Evidence, Sample};

const COLUMNS: [&str; 14] = [
    "number",
    "topic",
    "check",
    "subject",
    "verdict",
    "expected",
    "measured",
    "rows_examined",
    "violations",
    "samples",
    "remedy",
    "at",
    "took_ms",
    "probe",
];

/// The report as comma-separated values with a header line (RFC 4180, lines end in a line feed).
pub(super) fn render(report: &Report, _style: &Style) -> String {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    // Writing into memory fails only on rows of unequal length, and the type keeps them equal.
    let _ = writer.write_record(COLUMNS);
    for (at, fact) in report.facts.iter().enumerate() {
        let _ = writer.write_record(row(at + 1, fact));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn row(number: usize, fact: &Evidence) -> [String; COLUMNS.len()] {
    let optional = |n: Option<u64>| n.map_or_else(String::new, |n| n.to_string());
    let samples: Vec<String> = fact.samples.iter().map(Sample::line).collect();
    [
        number.to_string(),
        words::topic(fact.topic).to_owned(),
        cell(&fact.check),
        cell(&fact.subject),
        fact.verdict.to_string(),
        cell(&fact.expected),
        cell(&fact.measured),
        optional(fact.rows_examined),
        optional(fact.violations),
        cell(&samples.join("; ")),
        cell(fact.remedy.as_deref().unwrap_or_default()),
        words::instant(fact.at),
        fact.took_ms.to_string(),
        cell(fact.probe.as_deref().unwrap_or_default()),
    ]
}

fn cell(text: &str) -> String {
    let plain = words::plain(text);
    // The wide forms count too: some spreadsheets fold them.
    let begins_formula = plain.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if begins_formula && plain.parse::<f64>().is_err() { format!("'{plain}") } else { plain }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_formula_becomes_text_and_a_number_stays() {
        assert_eq!(cell("=HYPERLINK(\"http://e\")"), "'=HYPERLINK(\"http://e\")");
        assert_eq!(cell("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(cell(" +1+1"), "' +1+1");
        assert_eq!(cell("-0.01"), "-0.01");
        assert_eq!(cell("a=b"), "a=b");
        assert_eq!(cell("a\nb"), "a\\nb");
    }
}
