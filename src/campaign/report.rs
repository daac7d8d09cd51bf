//! What a campaign came to.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::verdict::Verdict;

use super::seen::Ruling;

/// How many lines of a fault are kept on each side.
const LINES: usize = 6;
/// Characters of a line.
const LONGEST: usize = 240;

/// The whole campaign.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// All found, nothing raised: pass. Otherwise fail; not evaluated where less was done than was asked for.
    pub verdict: Verdict,
    /// The seed that makes the same campaign again.
    pub seed: u64,
    /// The size of the tables.
    pub scale: u32,
    /// The servers, the one with the defects first.
    pub servers: Vec<String>,
    /// How the digests were made.
    pub digest_method: String,
    /// How many tables there were.
    pub tables: usize,
    /// Their rows.
    pub rows: u64,
    /// Types of the table of all types.
    pub types: usize,
    /// Their values.
    pub values: usize,
    /// Types, and kinds of rewrite, that the server does not have.
    pub left_out: Vec<String>,
    /// The defects.
    pub defects: Part,
    /// The rewrites.
    pub rewrites: Part,
    /// What went wrong.
    pub faults: Vec<Fault>,
    /// How long it took, in milliseconds.
    pub took_ms: f64,
}

/// Defects, or rewrites.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Part {
    /// How many were asked for.
    pub asked: usize,
    /// How many were done.
    pub done: usize,
    /// In how many rounds.
    pub rounds: usize,
    /// By kind.
    pub kinds: BTreeMap<String, usize>,
    /// What `snapshot compare` made of them.
    pub snapshot: Score,
    /// What `diff` made of them.
    pub diff: Score,
}

/// How one way of comparing did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Score {
    /// Named exactly; of rewrites: not reported.
    pub right: usize,
    /// Defects of which nothing was reported.
    pub missed: usize,
    /// Defects that were reported otherwise than they are.
    pub named_wrongly: usize,
    /// Reports of what nobody planted.
    pub false_alarms: usize,
}

/// Something that went wrong, with what makes it happen again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// `missed`, `named wrongly`, `false alarm`.
    pub what: &'static str,
    /// `snapshot compare` or `diff`.
    pub way: &'static str,
    /// The seed of the round: with it the campaign's first round is this one.
    pub seed: u64,
    /// The table; empty where it belongs to none.
    pub table: String,
    /// The kind of defect or rewrite.
    pub kind: String,
    /// What was run.
    pub sql: String,
    /// What was planted.
    pub planted: Vec<String>,
    /// What was reported.
    pub reported: Vec<String>,
}

impl Report {
    /// The verdict of these parts.
    pub fn judge(&mut self) {
        let parts = [&self.defects, &self.rewrites];
        let wrong = |score: &Score| score.missed + score.named_wrongly + score.false_alarms;
        let faults: usize = parts.iter().map(|part| wrong(&part.snapshot) + wrong(&part.diff)).sum();
        let asked: usize = parts.iter().map(|part| part.asked).sum();
        let complete = parts.iter().all(|part| {
            part.done >= part.asked && [part.snapshot, part.diff].iter().all(|score| score.right == part.done)
        });
        self.verdict = match (faults, asked > 0 && complete) {
            (0, true) => Verdict::Pass,
            (0, false) => Verdict::NotEvaluated,
            _ => Verdict::Fail,
        };
    }
}

impl Part {
    /// Counts one of this kind.
    pub fn count(&mut self, kind: &str) {
        self.done += 1;
        *self.kinds.entry(kind.to_owned()).or_default() += 1;
    }
}

impl Score {
    /// Counts a ruling; its name where something is wrong.
    pub fn count(&mut self, ruling: Ruling) -> Option<&'static str> {
        match ruling {
            Ruling::Found => {
                self.right += 1;
                None
            }
            Ruling::Missed => {
                self.missed += 1;
                Some("missed")
            }
            Ruling::NamedWrongly => {
                self.named_wrongly += 1;
                Some("named wrongly")
            }
        }
    }
}

/// The first lines that the other side does not have, and how many more there are; long ones from where they part.
pub fn excerpt(lines: &BTreeSet<String>, other: &BTreeSet<String>) -> Vec<String> {
    let own: Vec<&String> = lines.difference(other).collect();
    let others: Vec<&String> = other.difference(lines).collect();
    let mut shown: Vec<String> = own
        .iter()
        .take(LINES)
        .enumerate()
        .map(|(place, line)| cut(line, others.get(place).map_or("", |line| line.as_str())))
        .collect();
    if own.len() > LINES {
        shown.push(format!("and {} more", own.len() - LINES));
    }
    shown
}

/// At most [`LONGEST`] characters of a line, where it is longer those from a little before it parts from the other.
fn cut(line: &str, other: &str) -> String {
    if line.chars().count() <= LONGEST {
        return line.to_owned();
    }
    let common = line.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let skipped = common.saturating_sub(LONGEST / 3);
    let part: String = line.chars().skip(skipped).take(LONGEST).collect();
    format!("{}{part}…", if skipped > 0 { "…" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(defects: Part) -> Verdict {
        let mut report = Report {
            verdict: Verdict::Pass,
            seed: 1,
            scale: 1,
            servers: Vec::new(),
            digest_method: String::new(),
            tables: 0,
            rows: 0,
            types: 0,
            values: 0,
            left_out: Vec::new(),
            defects,
            rewrites: Part::default(),
            faults: Vec::new(),
            took_ms: 0.0,
        };
        report.judge();
        report.verdict
    }

    #[test]
    fn a_long_line_is_shown_where_it_parts() {
        let lines = |end: &str| BTreeSet::from([format!("{}{end}", "x".repeat(1000)), "same".to_owned()]);
        let shown = excerpt(&lines("a=1"), &lines("a=2"));
        assert_eq!(shown.len(), 1);
        assert!(shown[0].starts_with("…xxx") && shown[0].ends_with("a=1…"), "{shown:?}");
    }

    #[test]
    fn only_what_was_planted_and_found_is_a_pass() {
        let score = |right, missed| Score { right, missed, ..Score::default() };
        let part = |done, snapshot, diff| Part { asked: 2, done, snapshot, diff, ..Part::default() };
        assert_eq!(report(part(2, score(2, 0), score(2, 0))), Verdict::Pass);
        assert_eq!(report(part(2, score(2, 0), score(1, 1))), Verdict::Fail);
        assert_eq!(report(part(1, score(1, 0), score(1, 0))), Verdict::NotEvaluated);
        assert_eq!(report(part(2, score(2, 0), score(1, 0))), Verdict::NotEvaluated);
        assert_eq!(report(Part::default()), Verdict::NotEvaluated);
        let alarm = Score { false_alarms: 1, ..score(2, 0) };
        assert_eq!(report(part(2, alarm, score(2, 0))), Verdict::Fail);
    }
}
