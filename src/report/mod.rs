//! The page that a person signs: a function of a run's evidence and of nothing else.
//!
//! A report names no rule, no gate and no phase by itself; it prints what the facts say. The same journal gives the
//! same bytes today, next year, and on a machine that never saw the server.
//!
//! A format is one file with one `render` function, one variant of [`Format`] and one row of [`FORMATS`].

mod csv;
mod json;
mod markdown;
mod sections;
mod terminal;
mod words;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub use json::{FORMAT_VERSION as JSON_FORMAT_VERSION, read as read_json};

use crate::digest::Checksum;
use crate::evidence::journal::{Run, RunHeader};
use crate::evidence::{Evidence, Topic};
use crate::verdict::Verdict;

/// A run, judged and ready to be rendered.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Who ran what, when, and against which database.
    pub header: RunHeader,
    /// The verdict of the whole run.
    pub verdict: Verdict,
    /// What the verdict means for the migration.
    pub decision: Decision,
    /// How many facts say what.
    pub counts: Counts,
    /// What a reader must know about the run as such, beside the facts: it did not end, nothing was checked.
    pub remarks: Vec<String>,
    /// Every fact in the order in which it was measured.
    pub facts: Vec<Evidence>,
    /// The hash of the journal's last line; it vouches for all lines.
    pub head: Checksum,
    /// Whether the run came to its end.
    pub complete: bool,
    /// Whether the journal's last line is torn.
    pub torn_tail: bool,
}

/// What the verdict of a run means for the migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// All that was checked is as expected, or declared tolerable.
    Go,
    /// Something is not as expected.
    NoGo,
    /// Nothing is known to be wrong, and not everything could be measured.
    CouldNotJudge,
}

/// How many facts say what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Facts that fail.
    pub failed: usize,
    /// Facts that could not be measured.
    pub not_evaluated: usize,
    /// Facts that warn.
    pub warned: usize,
    /// Checks that pass. Only facts that judge count here: a server that was reached is not a check that passed.
    pub passed: usize,
}

/// How a report is to look. The caller knows the terminal; this room never asks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// The widest line, in columns. Values under 40 count as 40.
    pub width: u16,
    /// Whether to use ANSI colours.
    pub colour: bool,
}

/// A form in which a report can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Tables for the eye, as wide as [`Style::width`].
    Terminal,
    /// The page to sign.
    Markdown,
    /// Everything, for programs.
    Json,
    /// One row a fact, for spreadsheets.
    Csv,
}

/// One row of [`FORMATS`].
pub struct FormatKind {
    /// The format.
    pub format: Format,
    /// Its name on the command line and in the configuration.
    pub name: &'static str,
    /// What it is for, in one line.
    pub summary: &'static str,
    /// What a file of it ends in, without the dot.
    pub extension: &'static str,
    render: fn(&Report, &Style) -> String,
}

/// Every format there is.
pub static FORMATS: [FormatKind; 4] = [
    FormatKind {
        format: Format::Terminal,
        name: "terminal",
        summary: "tables for the eye, passing rules summed up, everything else in full",
        extension: "txt",
        render: terminal::render,
    },
    FormatKind {
        format: Format::Markdown,
        name: "markdown",
        summary: "the page to sign, with the probe of every failure",
        extension: "md",
        render: markdown::render,
    },
    FormatKind {
        format: Format::Json,
        name: "json",
        summary: "one versioned object with every fact, for programs",
        extension: "json",
        render: json::render,
    },
    FormatKind {
        format: Format::Csv,
        name: "csv",
        summary: "one row a fact, for spreadsheets",
        extension: "csv",
        render: csv::render,
    },
];

/// The report in this format. It ends with a line feed.
pub fn render(report: &Report, format: Format, style: &Style) -> String {
    (format.kind().render)(report, style)
}

impl Report {
    /// Judges a run.
    pub fn from_run(run: &Run) -> Report {
        let verdict = run.verdict();
        Report {
            header: run.header.clone(),
            verdict,
            decision: Decision::of(verdict),
            counts: Counts::of(&run.facts),
            remarks: remarks(run),
            facts: run.facts.clone(),
            head: run.head,
            complete: run.complete,
            torn_tail: run.torn_tail,
        }
    }

    /// When the last fact was measured; `None` where there is none.
    pub fn ended_at(&self) -> Option<OffsetDateTime> {
        self.facts.last().map(|fact| fact.at)
    }

    fn with_verdict(&self, verdict: Verdict) -> impl Iterator<Item = &Evidence> {
        self.facts.iter().filter(move |fact| fact.verdict == verdict && !fact.topic.repeats())
    }

    fn with_topic<'a>(&'a self, topics: &'a [Topic]) -> impl Iterator<Item = &'a Evidence> {
        self.facts.iter().filter(|fact| topics.contains(&fact.topic))
    }
}

impl Decision {
    /// What this verdict of a whole run means.
    pub fn of(verdict: Verdict) -> Decision {
        match verdict {
            Verdict::Pass | Verdict::Warn => Decision::Go,
            Verdict::Fail => Decision::NoGo,
            Verdict::NotEvaluated => Decision::CouldNotJudge,
        }
    }

    /// The process's exit code for it: 0, 1 or 2.
    pub fn exit_code(self) -> u8 {
        match self {
            Decision::Go => 0,
            Decision::NoGo => 1,
            Decision::CouldNotJudge => 2,
        }
    }

    /// The headline.
    pub fn word(self) -> &'static str {
        match self {
            Decision::Go => "GO",
            Decision::NoGo => "NO-GO",
            Decision::CouldNotJudge => "COULD NOT JUDGE",
        }
    }
}

impl Counts {
    /// Counts these facts; what only repeats others, as the run's own verdict does, is none of them.
    pub fn of(facts: &[Evidence]) -> Counts {
        let mut counts = Counts::default();
        for fact in facts.iter().filter(|fact| !fact.topic.repeats()) {
            match fact.verdict {
                Verdict::Fail => counts.failed += 1,
                Verdict::NotEvaluated => counts.not_evaluated += 1,
                Verdict::Warn => counts.warned += 1,
                Verdict::Pass if fact.topic.judges() => counts.passed += 1,
                Verdict::Pass => {}
            }
        }
        counts
    }
}

impl Default for Style {
    /// 80 columns, no colour.
    fn default() -> Style {
        Style { width: 80, colour: false }
    }
}

impl Format {
    /// Its row in [`FORMATS`].
    pub fn kind(self) -> &'static FormatKind {
        &FORMATS[self as usize]
    }

    /// The format of this name; `None` where there is none. [`FORMATS`] has the names to list.
    pub fn by_name(name: &str) -> Option<Format> {
        FORMATS.iter().find(|kind| kind.name == name).map(|kind| kind.format)
    }
}

fn remarks(run: &Run) -> Vec<String> {
    let mut remarks = Vec::new();
    if run.torn_tail {
        remarks.push("the last line of the journal is torn: the run was killed while it wrote it".to_owned());
    }
    if !run.complete {
        remarks.push("the run did not come to its end, so it is not green whatever was measured".to_owned());
    }
    if !run.facts.iter().any(|fact| fact.topic.judges()) {
        remarks.push("nothing was checked, and nothing checked is not a pass".to_owned());
    }
    match run.recorded_verdict() {
        Some(recorded) if recorded != crate::evidence::overall(&run.facts) => remarks.push(format!(
            "the run recorded the verdict {recorded}, its facts say {}; the worse one counts",
            crate::evidence::overall(&run.facts)
        )),
        _ => {}
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_formats_is_in_the_order_of_the_enum() {
        for kind in &FORMATS {
            assert_eq!(kind.format.kind().name, kind.name);
            assert_eq!(Format::by_name(kind.name), Some(kind.format));
        }
        assert_eq!(Format::by_name("pdf"), None);
    }

    #[test]
    fn a_decision_has_its_exit_code() {
        let codes = [Verdict::Pass, Verdict::Warn, Verdict::Fail, Verdict::NotEvaluated]
            .map(|verdict| Decision::of(verdict).exit_code());
        assert_eq!(codes, [0, 0, 1, 2]);
    }

    #[test]
    fn a_circumstance_is_no_check_that_passed() {
        let facts = [Topic::Environment, Topic::Rule, Topic::Coverage, Topic::Verdict]
            .map(|topic| Evidence::new(topic, "check", "subject", Verdict::Pass));
        assert_eq!(Counts::of(&facts), Counts { passed: 1, ..Counts::default() });
    }

    #[test]
    fn what_repeats_other_facts_is_not_counted_twice() {
        let facts = [Topic::GateAfter, Topic::Group].map(|topic| Evidence::new(topic, "c", "s", Verdict::Fail));
        assert_eq!(Counts::of(&facts), Counts { failed: 1, ..Counts::default() });
    }
}
