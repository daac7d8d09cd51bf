//! The tables of two snapshots: which are on both sides, new, gone, renamed, or not read.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::evidence::Evidence;
use crate::phase::{Declared, ObjectKind};
use crate::verdict::Verdict;

use super::super::{RowSource, Snapshot, TableSnapshot};
use super::bounds::{self, Counts};
use super::named::NamedRows;
use super::table::{Pair, Same};
use super::{CompareOptions, amount, count, declare, fact};

/// All that a comparison sees.
pub(super) struct Sides<'a> {
    pub(super) before: &'a Snapshot,
    pub(super) after: &'a Snapshot,
    pub(super) rows_before: &'a dyn RowSource,
    pub(super) rows_after: &'a dyn RowSource,
    pub(super) declared: &'a Declared,
    pub(super) options: &'a CompareOptions,
    /// The rows that were named so far.
    pub(super) named: RefCell<Vec<NamedRows>>,
}

impl Sides<'_> {
    pub(super) fn compare(&self) -> Vec<Evidence> {
        let mut found = Vec::new();
        let mut same = Same::default();
        let names: BTreeSet<&str> =
            self.before.tables.iter().chain(&self.after.tables).map(|table| table.name.as_str()).collect();
        for name in names {
            match (self.before.table(name), self.after.table(name)) {
                (Some(before), Some(after)) => {
                    let pair = Pair::new(self, before, after);
                    found.extend(pair.compare(&mut same));
                }
                (Some(before), None) => {
                    let gone = self.gone(before);
                    found.extend(self.bounds_of_whole(&gone, Some(0), Some(before.rows)));
                    found.push(gone);
                }
                (None, Some(after)) => {
                    let came = self.came(after);
                    found.extend(came.iter().flat_map(|fact| self.bounds_of_whole(fact, Some(after.rows), Some(0))));
                    found.extend(came);
                }
                (None, None) => {}
            }
        }
        found.extend(same.evidence());
        found
    }

    /// The rows of a table that came or went as a whole, by declaration.
    fn bounds_of_whole(&self, told: &Evidence, inserted: Option<u64>, deleted: Option<u64>) -> Vec<Evidence> {
        if !matches!(told.check.as_str(), "table_added" | "table_dropped") {
            return Vec::new();
        }
        let counts = Counts { inserted, deleted, changed: &|_| None, remedy: "name a table that stays".into() };
        bounds::judge(self.declared, &told.subject, &counts)
    }

    fn gone(&self, before: &TableSnapshot) -> Evidence {
        let name = &before.name;
        let rows = count(before.rows, "row");
        if let Some(missed) = self.after.not_covered.iter().find(|table| table.name == *name) {
            return not_comparable(name, format!("read before ({rows}), not after: {}", missed.reason));
        }
        if self.after.schema.objects.iter().any(|object| object.kind == kind(before) && object.name == *name) {
            return not_comparable(name, format!("read by itself before ({rows}), not after: is it a partition now?"));
        }
        if let Some(renamed) = self.renamed(before) {
            return fact("table_renamed", name, Verdict::Pass)
                .expected("its rows are there, under this name or another")
                .measured(format!("{} holds the same {rows}: every digest is equal", renamed.name))
                .rows_examined(before.rows);
        }
        let word = kind(before).word();
        if self.declared.drops(kind(before), name) {
            return fact("table_dropped", name, Verdict::Pass)
                .expected(format!("declared: drops {word} {name}"))
                .measured(format!("gone, with {rows}"));
        }
        fact("table_dropped", name, Verdict::Fail)
            .expected("the table with its rows: no phase declares that it drops it")
            .measured(format!("gone, with {rows}"))
            .violations(before.rows, vec![])
            .remedy(declare(&[format!("drops {word} {name}")]))
    }

    fn came(&self, after: &TableSnapshot) -> Option<Evidence> {
        let name = &after.name;
        if let Some(missed) = self.before.not_covered.iter().find(|table| table.name == *name) {
            return Some(not_comparable(name, format!("read after, not before: {}", missed.reason)));
        }
        if self.before.schema.objects.iter().any(|object| object.kind == kind(after) && object.name == *name) {
            return Some(not_comparable(name, "read by itself after, not before: was it a partition?".into()));
        }
        // Undeclared, it is told of with the schema.
        self.declared.adds(kind(after), name).then(|| {
            fact("table_added", name, Verdict::Pass)
                .expected(format!("declared: adds {} {name}", kind(after).word()))
                .measured(format!("new, with {}", count(after.rows, "row")))
                .rows_examined(after.rows)
        })
    }

    /// The only new table with the same columns and digests. An empty table is like any other and proves nothing.
    fn renamed(&self, before: &TableSnapshot) -> Option<&TableSnapshot> {
        let mut alike = self.after.tables.iter().filter(|after| {
            self.before.table(&after.name).is_none()
                && before.rows > 0
                && (after.rows, after.row_digest, &after.key) == (before.rows, before.row_digest, &before.key)
                && after
                    .columns
                    .iter()
                    .map(|c| (&c.name, c.digest))
                    .eq(before.columns.iter().map(|c| (&c.name, c.digest)))
        });
        alike.next().filter(|_| alike.next().is_none())
    }
}

pub(super) fn not_comparable(name: &str, measured: String) -> Evidence {
    fact("data", name, Verdict::NotEvaluated)
        .expected("the same rows before and after, but for what is declared")
        .measured(measured)
}

fn kind(table: &TableSnapshot) -> ObjectKind {
    if table.kind == "materialized view" { ObjectKind::MaterializedView } else { ObjectKind::Table }
}

impl Same {
    /// One fact for all that is identical.
    fn evidence(self) -> Option<Evidence> {
        (self.tables > 0).then(|| {
            fact("data_unchanged", "data", Verdict::Pass)
                .expected("what is not declared stays as it is")
                .measured(format!(
                    "unchanged: {}, {}, {} identical",
                    count(self.tables, "table"),
                    count(amount(self.columns), "column"),
                    count(self.rows, "row")
                ))
                .rows_examined(self.rows)
        })
    }
}
