//! The report for programs: one object with everything, exact to the character.

use serde::{Deserialize, Serialize};

use super::{Counts, Decision, Report, Style, words};
use crate::digest::Checksum;
use crate::evidence::Evidence;
use crate::evidence::journal::{self, Run, RunHeader};
use crate::verdict::Verdict;

/// The version of the object's form. It rises when a field goes or changes its meaning, not when one is added.
pub const FORMAT_VERSION: u32 = 1;

/// The report as an indented JSON object.
///
/// Escaping in strings goes further than JSON demands, so that `cat` on a terminal is safe; no parser sees it.
pub(super) fn render(report: &Report, _style: &Style) -> String {
    let page = Page {
        format_version: FORMAT_VERSION,
        decision: report.decision,
        verdict: report.verdict,
        exit_code: report.decision.exit_code(),
        counts: report.counts,
        remarks: report.remarks.clone(),
        run: report.header.clone(),
        journal: Journal { head: report.head, complete: report.complete, torn_tail: report.torn_tail },
        facts: report.facts.clone(),
    };
    // Only an instant outside the years 0 to 9999 has no JSON form, and no journal can hold one.
    let text = serde_json::to_string_pretty(&page)
        .unwrap_or_else(|error| format!("{{\"format_version\":0,\"error\":{:?}}}", error.to_string()));
    escape_deceptive(&text) + "\n"
}

/// The report that this object is, judged anew by its facts.
///
/// # Errors
/// What is wrong with the text: it is no report, of another version, or its facts are not those that its head vouches for.
pub fn read(text: &str) -> Result<Report, String> {
    let page: Page = serde_json::from_str(text).map_err(|error| format!("it is no report in JSON: {error}"))?;
    if page.format_version != FORMAT_VERSION {
        let found = page.format_version;
        return Err(format!("the report has format version {found}; this phasegate reads version {FORMAT_VERSION}"));
    }
    let Journal { head, complete, torn_tail } = page.journal;
    if journal::head_of(&page.run, &page.facts) != Some(head) {
        return Err("the report was changed after it was written: its facts are not those of its head".to_owned());
    }
    Ok(Report::from_run(&Run { header: page.run, facts: page.facts, head, torn_tail, complete }))
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    format_version: u32,
    decision: Decision,
    verdict: Verdict,
    exit_code: u8,
    counts: Counts,
    remarks: Vec<String>,
    run: RunHeader,
    journal: Journal,
    facts: Vec<Evidence>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Journal {
    head: Checksum,
    complete: bool,
    torn_tail: bool,
}

/// `\uXXXX` for what would act on a terminal or not be seen. Such characters stand only inside strings, except the
/// line feeds between the lines.
fn escape_deceptive(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || !words::is_deceptive(c) {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out += &format!("\\u{unit:04x}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::journal::DatabaseName;

    #[test]
    fn the_object_is_read_back_and_takes_no_unknown_field() {
        let page = Page {
            format_version: FORMAT_VERSION,
            decision: Decision::CouldNotJudge,
            verdict: Verdict::NotEvaluated,
            exit_code: 2,
            counts: Counts::default(),
            remarks: vec!["nothing was checked".to_owned()],
            run: RunHeader::new("run-1", "verify", DatabaseName { name: "wealth".to_owned(), host: "h".to_owned() }),
            journal: Journal { head: Checksum::of(b""), complete: true, torn_tail: false },
            facts: Vec::new(),
        };
        let json = serde_json::to_string(&page).unwrap();
        assert_eq!(serde_json::from_str::<Page>(&json).unwrap(), page);
        let message = serde_json::from_str::<Page>(&json.replacen('{', "{\"surprise\":1,", 1)).unwrap_err().to_string();
        assert!(message.contains("unknown field `surprise`"), "{message}");
    }

    #[test]
    fn escaping_changes_no_value() {
        let text = "a\u{9b}31m \u{202e} \u{e0041} \n 🏦 \u{1b}";
        let json = escape_deceptive(&serde_json::to_string(text).unwrap());
        assert!(!json.chars().any(words::is_deceptive), "{json}");
        assert!(json.contains("\\udb40\\udc41"), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
