//! What differs between two snapshots and was not declared.
//!
//! Pure: two snapshots, their row fingerprints and the declarations in, evidence out. Row fingerprints are asked for
//! one table at a time, and only where digests differ.

mod bounds;
mod by_buckets;
mod by_digests;
mod by_rows;
mod checked;
mod declarations;
mod excluded;
mod figures;
mod moved_keys;
mod moves;
mod named;
mod objects;
mod renames;
mod row_diff;
mod sequences;
mod table;
mod tables;
mod wording;

use std::cell::RefCell;

use crate::evidence::{Evidence, Redaction, Topic};
use crate::phase::Declared;
use crate::verdict::Verdict;

use super::{RowSource, Snapshot};

pub use named::NamedRows;
pub(super) use named::{NamedColumn, NamedRow};
pub use renames::renames;

/// How much a comparison tells.
#[derive(Debug, Clone)]
pub struct CompareOptions {
    /// How many keys are named per finding.
    pub samples: usize,
    /// The columns whose values are not shown, not in a key either.
    pub redact: Redaction,
}

impl Default for CompareOptions {
    fn default() -> CompareOptions {
        CompareOptions { samples: 10, redact: Redaction::default() }
    }
}

/// Compares two snapshots of one database, or of two that should be alike.
///
/// What changed and was not declared is a `Fail`, by table, column and key, with the header line that would declare
/// it. What was declared and changed is a `Pass` with its figures. What cannot be judged is `NotEvaluated` and says
/// what it would take. Between two majors, what only their wording may tell apart is a `Warn`. What is identical is counted in one `Pass` for the data and one for the schema.
pub fn compare(
    before: &Snapshot,
    after: &Snapshot,
    rows_before: &dyn RowSource,
    rows_after: &dyn RowSource,
    declared: &Declared,
    options: &CompareOptions,
) -> Vec<Evidence> {
    compare_named(before, after, rows_before, rows_after, declared, options).0
}

/// The same, with the rows that the findings name, whose values [`super::show_values`] can look up.
pub fn compare_named(
    before: &Snapshot,
    after: &Snapshot,
    rows_before: &dyn RowSource,
    rows_after: &dyn RowSource,
    declared: &Declared,
    options: &CompareOptions,
) -> (Vec<Evidence>, Vec<NamedRows>) {
    let mut named = Vec::new();
    let mut found = objects::compare(&before.schema, &after.schema, declared, wording::majors(before, after));
    found.extend(sequences::compare(before, after, declared));
    found.extend(excluded::compare(before, after));
    match incomparable(before, after) {
        Some(reason) => {
            found.extend(declared.moves().map(|declared| moves::unknown(declared, &reason)));
            found.push(
                fact("data", &after.database, Verdict::NotEvaluated)
                    .expected("two snapshots whose digests can be compared")
                    .measured(reason)
                    .remedy("take both snapshots with one version of phasegate, of databases with one encoding"),
            )
        }
        None => {
            let sides =
                tables::Sides { before, after, rows_before, rows_after, declared, options, named: RefCell::default() };
            found.extend(sides.compare());
            found.extend(sides.moves());
            named = sides.named.into_inner();
        }
    }
    bounds::say_unjudged(declared, &mut found);
    found.extend(figures::judge(before, after, declared, &options.redact));
    found.extend(declarations::without_effect(before, after, declared));
    (found, named)
}

fn incomparable(before: &Snapshot, after: &Snapshot) -> Option<String> {
    let unlike = |what: &str, before: &str, after: &str| {
        (before != after)
            .then(|| format!("{what} before: {before}, after: {after}; their digests say nothing to each other"))
    };
    unlike("digest method", &before.digest_method, &after.digest_method)
        .or_else(|| unlike("equality", &format!("{:?}", before.equality), &format!("{:?}", after.equality)))
        .or_else(|| unlike("encoding", &before.encoding, &after.encoding))
        .or_else(|| {
            unlike("settings", &format!("{:?}", before.pinned_settings), &format!("{:?}", after.pinned_settings))
        })
}

fn fact(check: &str, subject: &str, verdict: Verdict) -> Evidence {
    Evidence::new(Topic::Difference, check, subject, verdict)
}

/// The remedy of every undeclared change.
fn declare(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| format!("-- phasegate: {line}")).collect();
    format!("if this change is intended, declare it: {}", lines.join(" and "))
}

/// `1 row`, `2 rows`.
fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

fn amount(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
