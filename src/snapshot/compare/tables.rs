//! The tables of two snapshots: which are on both sides, new, gone, renamed, or not read.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::evidence::Evidence;
use crate::phase::{Declared, ObjectKind};
use crate::verdict::Verdict;

use super::super::{RowSource, Snapshot, TableSnapshot};
use super::bounds::{self, Counts};
use super::named::NamedRows;
use super::renames::{self, Successor};
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
        match renames::of_table(self.before, self.after, before) {
            Successor::One(renamed) => fact("table_renamed", name, Verdict::Pass)
                .expected("its rows are there, under this name or another")
                .measured(format!("{} holds the same {rows}: every digest is equal", renamed.name))
                .rows_examined(before.rows),
            Successor::None => self.dropped(before, &[], String::new()),
            Successor::Unclear { candidates, why } => {
                let names: Vec<String> = candidates.iter().map(|table| table.name.clone()).collect();
                self.dropped(before, &names, format!("; {}", renames::unclear(&names, why, "rows")))
            }
        }
    }

    /// A table that is gone: a loss, also where others may be what became of it (`candidates`).
    fn dropped(&self, before: &TableSnapshot, candidates: &[String], unclear: String) -> Evidence {
        let (name, word) = (&before.name, kind(before).word());
        let told = format!("gone, with {}{unclear}", count(before.rows, "row"));
        let is_moved = self.declared.moves().any(|found| found.sources.iter().any(|side| side.table == *name));
        let first = candidates.first().map_or("", String::as_str);
        if self.declared.drops(kind(before), name) {
            let is_certain = candidates.is_empty() || is_moved;
            let fact = fact("table_dropped", name, if is_certain { Verdict::Pass } else { Verdict::Warn })
                .expected(format!("declared: drops {word} {name}"))
                .measured(told);
            return match is_certain {
                true => fact,
                false => fact.remedy(format!("if it was renamed, say to what: -- phasegate: moves {name} -> {first}")),
            };
        }
        let mut lines = vec![format!("drops {word} {name}")];
        lines.extend(candidates.iter().map(|table| format!("adds {word} {table}")));
        if !candidates.is_empty() {
            lines.push(format!("moves {name} -> {first}"));
        }
        fact("table_dropped", name, Verdict::Fail)
            .expected("the table with its rows: no phase declares that it drops it")
            .measured(told)
            .violations(before.rows, vec![])
            .remedy(declare(&lines))
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
