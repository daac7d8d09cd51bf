//! Columns that one of two snapshots left out: what was read once only is not compared.

use std::collections::BTreeSet;

use crate::evidence::Evidence;
use crate::verdict::Verdict;

use super::super::Snapshot;
use super::fact;

/// One open question for each column that was left out of one snapshot and read for the other.
pub(super) fn compare(before: &Snapshot, after: &Snapshot) -> Vec<Evidence> {
    let sides = [(before, after, "before", "after"), (after, before, "after", "before")];
    let mut found = Vec::new();
    for (left_out_of, read_for, when, other) in sides {
        let read = columns(read_for);
        for excluded in left_out_of.excluded_columns.iter().filter(|excluded| read.contains(&excluded.column)) {
            found.push(
                fact("coverage_changed", &excluded.column, Verdict::NotEvaluated)
                    .expected("the same columns left out before and after")
                    .measured(format!("left out {when} ({}), read {other}: it is not compared", excluded.reason))
                    .remedy("take both snapshots with the same exclude_columns"),
            );
        }
    }
    found
}

fn columns(snapshot: &Snapshot) -> BTreeSet<String> {
    let of_table = snapshot
        .tables
        .iter()
        .flat_map(|table| table.columns.iter().map(|column| format!("{}.{}", table.name, column.name)));
    of_table.collect()
}
