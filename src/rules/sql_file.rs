//! `*.sql` rule files: comment lines first (a description, directives), then one query.

use std::ops::Range;

use toml::Spanned;

use crate::verdict::Severity;

use super::Check;
use super::compare::CompareTo;
use super::definition;
use super::kind::{Complaints, Name};
use super::query::Query;
use super::rule::{Rule, When, default_sample, time_limit};
use super::threshold::{Limit, Threshold};

const DIRECTIVES: &str =
    "severity, when, sample, table, threshold, compare_to, redact, tags, owner, timeout, only_combined";

/// The rule of a file; what is wrong with it goes to the complaints.
pub(super) fn parse(id: &str, text: &str, source: usize, complaints: &mut Complaints) -> Rule {
    let mut rule = Rule {
        id: id.to_owned(),
        description: String::new(),
        severity: Severity::Fail,
        when: When::Both,
        threshold: None,
        compare_to: None,
        sample: default_sample(),
        allow_empty: true,
        min_rows: 1,
        only_combined: false,
        tags: Vec::new(),
        owner: String::new(),
        timeout_ms: None,
        table: None,
        filter: None,
        redact: Vec::new(),
        key: None,
        check: Check::Query(Query { sql: Spanned::new(0..0, String::new()) }),
        definition: definition::Definition::default(),
        source,
        span: 0..0,
    };
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let Some(comment) = trimmed.strip_prefix("--") else {
            if trimmed.is_empty() {
                at += line.len();
                continue;
            }
            break;
        };
        let span = at..at + line.trim_end().len();
        match directive(comment) {
            Some((word, value)) => apply(&mut rule, word, value, &span, complaints),
            None => describe(&mut rule, comment.trim()),
        }
        at += line.len();
    }
    rule.definition = definition::of_query(&text[at..], &rule.redact);
    rule.check = Check::Query(Query { sql: Spanned::new(at..text.len(), text[at..].to_owned()) });
    rule.look_over(complaints);
    rule
}

/// `word: value`, where the word is one; a sentence with a colon is not a directive.
fn directive(comment: &str) -> Option<(&str, &str)> {
    let (word, value) = comment.trim().split_once(':')?;
    let is_word = !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    is_word.then(|| (word, value.trim()))
}

fn describe(rule: &mut Rule, text: &str) {
    if !rule.description.is_empty() && !text.is_empty() {
        rule.description.push(' ');
    }
    rule.description.push_str(text);
}

fn apply(rule: &mut Rule, word: &str, value: &str, span: &Range<usize>, complaints: &mut Complaints) {
    let name = |text: &str| -> Name { Spanned::new(span.clone(), text.trim().to_owned()) };
    let wrong = match (word, value) {
        ("severity", "fail") => set(&mut rule.severity, Severity::Fail),
        ("severity", "warn") => set(&mut rule.severity, Severity::Warn),
        ("severity", "info") => set(&mut rule.severity, Severity::Info),
        ("severity", _) => Some("fail, warn or info"),
        ("when", "before") => set(&mut rule.when, When::Before),
        ("when", "after") => set(&mut rule.when, When::After),
        ("when", "both") => set(&mut rule.when, When::Both),
        ("when", _) => Some("before, after or both"),
        ("sample", _) => match value.parse() {
            Ok(number) => set(&mut rule.sample, number),
            Err(_) => Some("a whole number"),
        },
        ("threshold", _) => match threshold(value) {
            Some(threshold) => {
                threshold.look_over(span.clone(), complaints);
                set(&mut rule.threshold, Some(threshold))
            }
            None => Some(
                "a number of violations, or warn 5, fail 10; a query does not say how many rows it looked at, so no percent",
            ),
        },
        ("compare_to", "before") => set(&mut rule.compare_to, Some(CompareTo::SAME)),
        ("compare_to", _) => Some("before"),
        ("tags", "") => Some("words with commas between them"),
        ("tags", _) => set(&mut rule.tags, value.split(',').map(|tag| tag.trim().to_owned()).collect()),
        ("owner", "") => Some("who answers for it"),
        ("owner", _) => set(&mut rule.owner, value.to_owned()),
        ("timeout", _) => {
            rule.timeout_ms = time_limit(&name(value), complaints);
            None
        }
        ("only_combined", "true") => set(&mut rule.only_combined, true),
        ("only_combined", _) => Some("true; else leave it out"),
        ("min_rows", _) => {
            let message =
                "a query does not say how many rows it looked at, so min_rows cannot be told; a row_count can";
            complaints.add(span.clone(), message);
            None
        }
        ("table", "") => Some("schema.name"),
        ("table", _) => set(&mut rule.table, Some(name(value))),
        ("redact", _) => set(&mut rule.redact, value.split(',').map(name).collect()),
        _ => {
            complaints.add(span.clone(), format!("unknown directive {word:?}; there are: {DIRECTIVES}"));
            None
        }
    };
    if let Some(allowed) = wrong {
        complaints.add(span.clone(), format!("{word} {value:?}: allowed is {allowed}"));
    }
}

/// `5`, or `warn 5, fail 10`.
fn threshold(text: &str) -> Option<Threshold> {
    let count = |text: &str| text.trim().parse().ok().map(Limit::Count);
    let Some((warn, fail)) = text.split_once(',') else { return count(text).map(Threshold::AtMost) };
    let warn = count(warn.trim().strip_prefix("warn ")?)?;
    let fail = count(fail.trim().strip_prefix("fail ")?)?;
    Some(Threshold::Bands { warn, fail })
}

fn set<T>(place: &mut T, value: T) -> Option<&'static str> {
    *place = value;
    None
}
