//! How many rows came, went or changed, held against how many may.

use std::collections::BTreeSet;

use crate::evidence::Evidence;
use crate::phase::{Bound, Change, Counted, Declared};
use crate::verdict::Verdict;

use super::fact;
use super::row_diff::RowDiff;
use super::table::Pair;

const CHECK: &str = "rows_expected";

/// What is known of the rows of one table; `None`: it cannot be told.
pub(super) struct Counts<'a> {
    pub(super) inserted: Option<u64>,
    pub(super) deleted: Option<u64>,
    /// The rows that were there before and differ in one of these columns (patterns, as declared).
    pub(super) changed: &'a dyn Fn(&[String]) -> Option<u64>,
    /// What it takes to know more.
    pub(super) remedy: String,
}

/// One fact for each sort of rows that some line gives a number of.
pub(super) fn judge(declared: &Declared, table: &str, counts: &Counts<'_>) -> Vec<Evidence> {
    let mut found = Vec::new();
    for counted in numbered(declared, table) {
        let measured = match &counted {
            Counted::Inserts => counts.inserted,
            Counted::Deletes => counts.deleted,
            Counted::Changes(columns) => (counts.changed)(columns),
        };
        let bound = together(declared, table, &counted);
        let subject = subject(table, &counted);
        found.push(match measured {
            Some(rows) => judged(&subject, &counted, bound, rows),
            None => not_known(&subject, &counted, bound).remedy(counts.remedy.clone()),
        });
    }
    found
}

/// Whatever was given a number and not counted is not evaluated: a number that nobody held against anything is not green.
pub(super) fn say_unjudged(declared: &Declared, found: &mut Vec<Evidence>) {
    let tables: BTreeSet<&String> = declared
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::Rows { table, .. } => Some(table),
            _ => None,
        })
        .collect();
    for table in tables {
        for counted in numbered(declared, table) {
            let subject = subject(table, &counted);
            if !found.iter().any(|fact| fact.check == CHECK && fact.subject == subject) {
                let bound = together(declared, table, &counted);
                found.push(not_known(&subject, &counted, bound).remedy(
                    "name a table that both snapshots read and can compare; see what is said of it and of the coverage",
                ));
            }
        }
    }
}

/// The sorts of rows of a table that have a number, each once.
fn numbered(declared: &Declared, table: &str) -> Vec<Counted> {
    let mut sorts: Vec<Counted> = Vec::new();
    for line in declared.row_lines(table).into_iter().filter(|line| line.is_bounded) {
        if !sorts.contains(&line.counted) {
            sorts.push(line.counted);
        }
    }
    sorts
}

/// What all lines together allow. New and lost rows add up; of changed ones a row may be that of two lines.
fn together(declared: &Declared, table: &str, counted: &Counted) -> Bound {
    let mut total: Option<Bound> = None;
    for line in declared.row_lines(table) {
        let (joined, overlaps): (fn(Bound, Bound) -> Bound, bool) = match (counted, &line.counted) {
            (Counted::Changes(columns), Counted::Changes(others)) => (Bound::overlapping, share(columns, others)),
            (one, other) => (Bound::plus, one == other),
        };
        if overlaps {
            // A line over other columns as well may have found all of its rows in those.
            let bound = if line.counted == *counted { line.bound } else { Bound { least: 0, ..line.bound } };
            total = Some(total.map_or(bound, |total| joined(total, bound)));
        }
    }
    total.unwrap_or(Bound::ANY)
}

/// Whether two lists of columns may have one in common.
fn share(columns: &[String], others: &[String]) -> bool {
    let is_pattern = |name: &String| name.contains('*');
    columns.iter().any(is_pattern) || others.iter().any(is_pattern) || columns.iter().any(|name| others.contains(name))
}

fn judged(subject: &str, counted: &Counted, bound: Bound, rows: u64) -> Evidence {
    let fits = bound.allows(rows);
    let fact = fact(CHECK, subject, if fits { Verdict::Pass } else { Verdict::Fail })
        .expected(expected(counted, bound))
        .measured(super::count(rows, "row"));
    if fits {
        return fact;
    }
    let over = bound.most.map_or(0, |most| rows.saturating_sub(most)).max(bound.least.saturating_sub(rows));
    let remedy = "look at the statement that should have found these rows; if the number is right as it is, declare it";
    fact.violations(over, Vec::new()).remedy(remedy)
}

fn not_known(subject: &str, counted: &Counted, bound: Bound) -> Evidence {
    fact(CHECK, subject, Verdict::NotEvaluated)
        .expected(expected(counted, bound))
        .measured("not evaluated: how many rows they are cannot be told from the two snapshots")
}

fn expected(counted: &Counted, bound: Bound) -> String {
    let verb = match counted {
        Counted::Inserts => "new",
        Counted::Deletes => "gone",
        Counted::Changes(_) => "changed",
    };
    format!("declared: {bound} {verb}")
}

fn subject(table: &str, counted: &Counted) -> String {
    match counted {
        Counted::Inserts => format!("{table} inserts"),
        Counted::Deletes => format!("{table} deletes"),
        Counted::Changes(columns) => format!("{table} ({})", columns.join(", ")),
    }
}

impl Pair<'_> {
    /// Nothing changed at all.
    pub(super) fn bounds_of_identical(&self) -> Vec<Evidence> {
        let changed = |columns: &[String]| (!self.has_retyped(columns)).then_some(0);
        self.bounds(Some(0), Some(0), &changed)
    }

    /// The columns of each line that gives a number of changed rows, and which pairs of columns they are.
    pub(super) fn numbered_changes(&self) -> Vec<(Vec<String>, Vec<usize>)> {
        let sorts = numbered(self.sides.declared, self.name()).into_iter();
        let columns = sorts.filter_map(|counted| match counted {
            Counted::Changes(columns) => Some(columns),
            Counted::Inserts | Counted::Deletes => None,
        });
        let places = |columns: &[String]| -> Vec<usize> {
            let pairs = self.columns.iter().enumerate();
            pairs
                .filter(|(_, pair)| self.is_among(columns, &pair.before.name, &pair.after.name))
                .map(|(place, _)| place)
                .collect()
        };
        columns.map(|columns| (columns.clone(), places(&columns))).collect()
    }

    /// Rows told apart by key, counted for these lines.
    pub(super) fn bounds_by_key(&self, diff: &RowDiff, numbered: &[(Vec<String>, Vec<usize>)]) -> Vec<Evidence> {
        let changed = |columns: &[String]| {
            let line = numbered.iter().position(|(known, _)| known == columns)?;
            diff.changed_in.get(line).copied().filter(|_| !self.has_retyped(columns))
        };
        self.bounds(Some(diff.added.rows), Some(diff.lost.rows), &changed)
    }

    /// Rows as a multiset of what may not change: which of the others changed is not to be told.
    pub(super) fn bounds_of_multiset(&self, diff: &RowDiff) -> Vec<Evidence> {
        self.bounds(Some(diff.added.rows), Some(diff.lost.rows), &|_| None)
    }

    /// By digests alone. Where the rows are the same ones, none came or went, and a column with its old digest is as it
    /// was; more is not to be told.
    pub(super) fn bounds_by_digests(&self, same_rows: bool) -> Vec<Evidence> {
        let none = same_rows.then_some(0);
        let changed = |columns: &[String]| {
            let differs = self
                .columns
                .iter()
                .any(|pair| pair.differs() && self.is_among(columns, &pair.before.name, &pair.after.name));
            none.filter(|_| !differs && self.before.key.is_some() && !self.has_retyped(columns))
        };
        self.bounds(none, none, &changed)
    }

    fn bounds(
        &self,
        inserted: Option<u64>,
        deleted: Option<u64>,
        changed: &dyn Fn(&[String]) -> Option<u64>,
    ) -> Vec<Evidence> {
        let counts = Counts { inserted, deleted, changed, remedy: self.more_rows() };
        judge(self.sides.declared, self.name(), &counts)
    }

    fn has_retyped(&self, columns: &[String]) -> bool {
        self.retyped.iter().any(|pair| self.is_among(columns, &pair.before.name, &pair.after.name))
    }

    fn is_among(&self, patterns: &[String], before: &str, after: &str) -> bool {
        let data = Change::Data { table: self.name().to_owned(), columns: patterns.to_vec() };
        let alone = Declared { changes: vec![data], ..Declared::default() };
        alone.changes_data(self.name(), before) || alone.changes_data(self.name(), after)
    }
}
