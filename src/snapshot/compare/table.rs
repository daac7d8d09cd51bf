//! One table before and after.

use crate::evidence::{Evidence, Sample};
use crate::verdict::Verdict;

use super::super::{ColumnSnapshot, Fingerprints, SnapshotError, TableSnapshot};
use super::row_diff::{RowDiff, as_multiset, by_key, keyed, samples};
use super::tables::{Sides, not_comparable};
use super::{amount, count, declare, fact};

/// What is identical, counted over all tables.
#[derive(Debug, Default)]
pub(super) struct Same {
    pub(super) tables: u64,
    pub(super) columns: usize,
    pub(super) rows: u64,
}

/// A table that both snapshots read.
pub(super) struct Pair<'a> {
    sides: &'a Sides<'a>,
    before: &'a TableSnapshot,
    after: &'a TableSnapshot,
    /// The columns on both sides whose digests can be compared.
    columns: Vec<ColumnPair<'a>>,
    /// The columns on both sides whose digests cannot: another form was hashed.
    retyped: Vec<ColumnPair<'a>>,
}

#[derive(Clone, Copy)]
struct ColumnPair<'a> {
    before: &'a ColumnSnapshot,
    after: &'a ColumnSnapshot,
}

impl ColumnPair<'_> {
    fn differs(&self) -> bool {
        self.before.digest != self.after.digest
    }
}

impl<'a> Pair<'a> {
    pub(super) fn new(sides: &'a Sides<'a>, before: &'a TableSnapshot, after: &'a TableSnapshot) -> Pair<'a> {
        let mut pair = Pair { sides, before, after, columns: Vec::new(), retyped: Vec::new() };
        for column in &before.columns {
            let Some(other) = after.column(&column.name).or_else(|| pair.renamed(column)) else { continue };
            let both = ColumnPair { before: column, after: other };
            // Equal digests prove equal forms of equal values, whatever the forms are called.
            if column.form == other.form || !both.differs() {
                pair.columns.push(both);
            } else {
                pair.retyped.push(both);
            }
        }
        pair
    }

    /// The only new column with the same digest. One of NULLs alone is like any other such and proves nothing.
    fn renamed(&self, column: &ColumnSnapshot) -> Option<&'a ColumnSnapshot> {
        let alike = |one: &ColumnSnapshot, other: &ColumnSnapshot| {
            one.form == other.form && one.digest == other.digest && one.nulls == other.nulls
        };
        let twins =
            self.before.columns.iter().filter(|one| self.after.column(&one.name).is_none() && alike(one, column));
        let mut candidates =
            self.after.columns.iter().filter(|one| self.before.column(&one.name).is_none() && alike(one, column));
        let found = candidates.next()?;
        (column.nulls < self.before.rows && twins.count() == 1 && candidates.next().is_none()).then_some(found)
    }

    pub(super) fn compare(&self, same: &mut Same) -> Vec<Evidence> {
        let mut found = self.renames();
        found.extend(self.retyped.iter().map(|pair| self.retyped_column(pair)));
        if !self.same_key() {
            found.push(self.other_key());
            return found;
        }
        if self.is_identical() {
            same.tables += 1;
            same.columns += self.columns.len();
            same.rows += self.after.rows;
            found.extend(self.declared_without_change());
            return found;
        }
        match self.fingerprints() {
            Ok(Some((before, after))) => found.extend(self.by_rows(&before, &after)),
            Ok(None) => found.extend(self.by_digests()),
            Err(error) => {
                found.push(not_comparable(self.name(), format!("its row fingerprints cannot be used: {error}")));
                found.extend(self.by_digests());
            }
        }
        found
    }

    fn name(&self) -> &'a str {
        &self.after.name
    }

    fn column_name(&self, pair: &ColumnPair) -> String {
        format!("{}.{}", self.name(), pair.after.name)
    }

    fn may_change(&self, pair: &ColumnPair) -> bool {
        let declared = |column: &ColumnSnapshot| self.sides.declared.changes_data(self.name(), &column.name);
        declared(pair.before) || declared(pair.after)
    }

    fn may_insert(&self) -> bool {
        self.sides.declared.inserts(self.name())
    }

    fn may_delete(&self) -> bool {
        self.sides.declared.deletes(self.name())
    }

    /// The name after of a column before.
    fn now<'n>(&'n self, column: &'n str) -> &'n str {
        let pair = self.columns.iter().chain(&self.retyped).find(|pair| pair.before.name == column);
        pair.map_or(column, |pair| &pair.after.name)
    }

    /// Whether the digests of both sides are seeded by the same key. A key column of another form seeds otherwise.
    fn same_key(&self) -> bool {
        let (before, after) = (self.before.key.as_deref(), self.after.key.as_deref());
        match (before, after) {
            (None, None) => true,
            (Some(before), Some(after)) => {
                before.iter().map(|column| self.now(column)).eq(after.iter().map(String::as_str))
                    && !self.retyped.iter().any(|pair| before.contains(&pair.before.name))
            }
            _ => false,
        }
    }

    fn other_key(&self) -> Evidence {
        let show =
            |key: &Option<Vec<String>>| key.as_ref().map_or("none".into(), |key| format!("({})", key.join(", ")));
        if self.columns.iter().chain(&self.retyped).all(|pair| self.may_change(pair))
            && (self.before.rows <= self.after.rows || self.may_delete())
            && (self.before.rows >= self.after.rows || self.may_insert())
        {
            return fact("data", self.name(), Verdict::Pass)
                .expected("declared: all of its data may change")
                .measured(format!("{} before, {} after", count(self.before.rows, "row"), self.after.rows));
        }
        not_comparable(
            self.name(),
            format!(
                "its key was {} before and is {} after, or of another type: the digests, which are made with the key, \
                 say nothing to each other; {} before, {} after",
                show(&self.before.key),
                show(&self.after.key),
                count(self.before.rows, "row"),
                self.after.rows
            ),
        )
        .remedy("take the snapshot after with the keys of the one before, or change the key in a migration of its own")
    }

    /// Whether both sides hash the same columns in the same forms, so that their row digests can be compared.
    fn same_columns(&self) -> bool {
        let form = |column: &ColumnSnapshot| (column.name.clone(), column.form.clone());
        self.before.columns.iter().map(form).eq(self.after.columns.iter().map(form))
    }

    /// Whether every value on both sides stands in the row in which it stood.
    fn is_identical(&self) -> bool {
        let columns = self.before.rows == self.after.rows && self.columns.iter().all(|pair| !pair.differs());
        // Without a key the column digests do not say which values stand together; the row digest does.
        let together = self.before.key.is_some() || self.columns.len() < 2 || self.before.rows < 2;
        match self.same_columns() {
            true => columns && self.before.row_digest == self.after.row_digest,
            false => columns && together,
        }
    }

    fn renames(&self) -> Vec<Evidence> {
        let renamed = self.columns.iter().filter(|pair| pair.before.name != pair.after.name);
        let told = renamed.map(|pair| {
            fact("column_renamed", &format!("{}.{}", self.name(), pair.before.name), Verdict::Pass)
                .expected("its values are there, under this name or another")
                .measured(format!("{} holds the same values: the digests are equal", self.column_name(pair)))
                .rows_examined(self.after.rows)
        });
        told.collect()
    }

    fn retyped_column(&self, pair: &ColumnPair) -> Evidence {
        let types = format!("was {}, is {}", pair.before.type_name, pair.after.type_name);
        let name = self.column_name(pair);
        let line = format!("changes data {} ({})", self.name(), pair.after.name);
        if self.may_change(pair) {
            return fact("values_changed", &name, Verdict::Pass)
                .expected(format!("declared: {line}"))
                .measured(format!("{types}; {}", figures(pair)));
        }
        fact("values_changed", &name, Verdict::NotEvaluated)
            .expected("the same values before and after")
            .measured(format!("{types}: values of the two types have no common form; {}", figures(pair)))
            .remedy(declare(&[line]))
    }

    fn declared_without_change(&self) -> Option<Evidence> {
        let declared: Vec<&str> =
            self.columns.iter().filter(|pair| self.may_change(pair)).map(|pair| pair.after.name.as_str()).collect();
        let mut what = Vec::new();
        if !declared.is_empty() {
            what.push(format!("changes data ({})", declared.join(", ")));
        }
        what.extend(self.may_insert().then(|| "inserts".to_owned()));
        what.extend(self.may_delete().then(|| "deletes".to_owned()));
        (!what.is_empty()).then(|| {
            fact("declared_without_effect", self.name(), Verdict::Pass)
                .expected(format!("declared: {}", what.join(", ")))
                .measured("no change")
                .rows_examined(self.after.rows)
        })
    }

    fn fingerprints(&self) -> Result<Option<(Fingerprints, Fingerprints)>, SnapshotError> {
        let Some(before) = self.sides.rows_before.rows(self.before)? else { return Ok(None) };
        let Some(after) = self.sides.rows_after.rows(self.after)? else { return Ok(None) };
        for (prints, table) in [(&before, self.before), (&after, self.after)] {
            if !prints.belong_to(table) {
                let problem = "their sums are not the digests of the table".to_owned();
                return Err(SnapshotError::Malformed { path: format!("row fingerprints of {}", table.name), problem });
            }
        }
        Ok(Some((before, after)))
    }

    fn places(&self, before: &Fingerprints, after: &Fingerprints, pairs: &[ColumnPair]) -> Vec<(usize, usize)> {
        let place = |prints: &Fingerprints, name: &str| prints.columns.iter().position(|column| column == name);
        // All of them are there: the fingerprints belong to the tables.
        pairs
            .iter()
            .filter_map(|pair| Some((place(before, &pair.before.name)?, place(after, &pair.after.name)?)))
            .collect()
    }

    fn by_rows(&self, before: &Fingerprints, after: &Fingerprints) -> Vec<Evidence> {
        if keyed(before) && keyed(after) {
            let diff = by_key(before, after, &self.places(before, after, &self.columns));
            return self.keyed_rows(&diff);
        }
        // Of what may change nothing is asked; what may not must be the same multiset.
        let fixed: Vec<ColumnPair> = self.columns.iter().filter(|pair| !self.may_change(pair)).copied().collect();
        let diff = as_multiset(before, after, &self.places(before, after, &fixed));
        let mut found: Vec<Evidence> = [self.lost(&diff), self.added(&diff)].into_iter().flatten().collect();
        found.extend(
            self.columns.iter().filter(|pair| self.may_change(pair)).filter_map(|pair| self.declared_change(pair)),
        );
        let examined = amount(before.rows.len()).max(amount(after.rows.len()));
        // Rows by whole content: a difference may be one of values. The columns are named by their digests.
        let undeclared: Vec<&str> =
            fixed.iter().filter(|pair| pair.differs()).map(|pair| pair.after.name.as_str()).collect();
        if found.iter().any(|fact| fact.verdict == Verdict::Fail) && self.before.rows == self.after.rows {
            let columns = if undeclared.is_empty() {
                "no column by itself: values were traded between rows".to_owned()
            } else {
                undeclared.join(", ")
            };
            found.push(
                fact("values_changed", self.name(), Verdict::Fail)
                    .expected("the same rows before and after, but for what is declared")
                    .measured(format!("a table without a key; columns that differ: {columns}"))
                    .violations(amount(diff.lost.len()), samples(&diff.lost, None, "as it was", self.limit()))
                    .remedy(declare(&[format!("changes data {} ({})", self.name(), or_star(&undeclared))])),
            );
        }
        found.push(self.kept(diff.kept, fixed.len(), examined));
        found
    }

    fn keyed_rows(&self, diff: &RowDiff) -> Vec<Evidence> {
        let mut found: Vec<Evidence> = [self.lost(diff), self.added(diff)].into_iter().flatten().collect();
        for (place, rows) in &diff.changed {
            let Some(pair) = self.columns.get(*place) else { continue };
            let changed = amount(rows.len());
            let line = format!("changes data {} ({})", self.name(), pair.after.name);
            let measured = format!("{} of {} differ; {}", count(changed, "value"), diff.kept, figures(pair));
            let fact = fact("values_changed", &self.column_name(pair), Verdict::Pass).rows_examined(diff.kept);
            found.push(if self.may_change(pair) {
                fact.expected(format!("declared: {line}")).measured(measured)
            } else {
                let what = format!("changed: {}", pair.after.name);
                let mut fact = fact
                    .expected("the same values before and after: no phase declares that it changes them")
                    .measured(measured)
                    .violations(changed, samples(rows, self.before.key.as_deref(), &what, self.limit()))
                    .remedy(declare(&[line]));
                fact.verdict = Verdict::Fail;
                fact
            });
        }
        if found.is_empty() && (self.columns.iter().any(ColumnPair::differs) || self.same_columns()) {
            // Identical tables do not come here.
            found.push(not_comparable(self.name(), "the digests differ and no row fingerprint does".into()));
            return found;
        }
        let proven = self.columns.len() - diff.changed.len();
        found.push(self.kept(diff.kept, proven, diff.kept));
        found
    }

    fn kept(&self, kept: u64, columns: usize, examined: u64) -> Evidence {
        fact("rows_compared", self.name(), Verdict::Pass)
            .expected("what is not declared stays as it is")
            .measured(format!(
                "{} on both sides, {} identical in all of them",
                count(kept, "row"),
                count(amount(columns), "column")
            ))
            .rows_examined(examined)
    }

    fn lost(&self, diff: &RowDiff) -> Option<Evidence> {
        let found = samples(&diff.lost, self.before.key.as_deref(), "lost", self.limit());
        self.moved("rows_deleted", "deletes", amount(diff.lost.len()), "gone", self.may_delete(), found)
    }

    fn added(&self, diff: &RowDiff) -> Option<Evidence> {
        let found = samples(&diff.added, self.before.key.as_deref(), "added", self.limit());
        self.moved("rows_inserted", "inserts", amount(diff.added.len()), "new", self.may_insert(), found)
    }

    fn moved(&self, check: &str, verb: &str, rows: u64, word: &str, may: bool, found: Vec<Sample>) -> Option<Evidence> {
        if rows == 0 {
            return None;
        }
        let line = format!("{verb} {}", self.name());
        let measured = format!("{} {word}; {} before, {} after", count(rows, "row"), self.before.rows, self.after.rows);
        let fact = fact(check, self.name(), if may { Verdict::Pass } else { Verdict::Fail })
            .measured(measured)
            .rows_examined(self.before.rows.max(self.after.rows));
        Some(match may {
            true => fact.expected(format!("declared: {line}")),
            false => fact
                .expected(format!("no rows {word}: no phase declares that it {verb} any"))
                .violations(rows, found)
                .remedy(declare(&[line])),
        })
    }

    fn limit(&self) -> usize {
        self.sides.options.samples
    }

    fn declared_change(&self, pair: &ColumnPair) -> Option<Evidence> {
        pair.differs().then(|| {
            fact("values_changed", &self.column_name(pair), Verdict::Pass)
                .expected(format!("declared: changes data {} ({})", self.name(), pair.after.name))
                .measured(figures(pair))
                .rows_examined(self.after.rows)
        })
    }

    /// What can be said without row fingerprints: which columns differ, and how the number of rows does.
    fn by_digests(&self) -> Vec<Evidence> {
        let (before, after) = (self.before.rows, self.after.rows);
        let mut found = Vec::new();
        found.extend(self.moved(
            "rows_deleted",
            "deletes",
            before.saturating_sub(after),
            "fewer",
            self.may_delete(),
            vec![],
        ));
        found.extend(self.moved(
            "rows_inserted",
            "inserts",
            after.saturating_sub(before),
            "more",
            self.may_insert(),
            vec![],
        ));
        let in_key = |pair: &&ColumnPair| self.before.key.as_ref().is_some_and(|key| key.contains(&pair.before.name));
        let key_differs = self.columns.iter().filter(in_key).any(ColumnPair::differs);
        if before == after && key_differs && !(self.may_delete() && self.may_insert()) {
            found.push(self.replaced());
        }
        // As many rows with the same keys are the same rows. Without a key nothing says so.
        let may_move = self.may_insert() || self.may_delete();
        if before != after || key_differs || (may_move && self.before.key.is_none()) {
            let declared = self.columns.iter().filter(|pair| self.may_change(pair));
            found.extend(declared.filter_map(|pair| self.declared_change(pair)));
            found.extend(self.unproven());
            return found;
        }
        for pair in self.columns.iter().filter(|pair| pair.differs()) {
            found.push(
                self.declared_change(pair).filter(|_| self.may_change(pair)).unwrap_or_else(|| self.changed(pair)),
            );
        }
        found.extend(self.traded());
        let proven = self.columns.iter().filter(|pair| !pair.differs()).count();
        found.push(self.kept(after, proven, after));
        found
    }

    fn changed(&self, pair: &ColumnPair) -> Evidence {
        fact("values_changed", &self.column_name(pair), Verdict::Fail)
            .expected("the same values before and after: no phase declares that it changes them")
            .measured(format!("the digests differ; {}; {}", figures(pair), self.without_rows()))
            .rows_examined(self.after.rows)
            .remedy(declare(&[format!("changes data {} ({})", self.name(), pair.after.name)]))
    }

    fn replaced(&self) -> Evidence {
        fact("rows_replaced", self.name(), Verdict::Fail)
            .expected("the same keys before and after")
            .measured(format!("as many rows ({}), other keys; {}", self.after.rows, self.without_rows()))
            .rows_examined(self.after.rows)
            .remedy(declare(&[format!("deletes {}", self.name()), format!("inserts {}", self.name())]))
    }

    /// A table without a key, or one whose row digest alone differs: which values stand together is not proven.
    fn traded(&self) -> Option<Evidence> {
        let fixed = self.columns.iter().filter(|pair| !self.may_change(pair)).count();
        let any_declared = fixed < self.columns.len();
        let any_differs = self.columns.iter().any(ColumnPair::differs);
        if self.before.key.is_some() && (any_differs || !self.same_columns()) || fixed < 2 && any_declared {
            return None;
        }
        if !any_declared && !any_differs && self.same_columns() {
            return Some(
                fact("values_changed", self.name(), Verdict::Fail)
                    .expected("the same rows before and after")
                    .measured(format!(
                        "the digest of the rows differs, that of no column does: values were traded between rows; {}",
                        self.without_rows()
                    ))
                    .rows_examined(self.after.rows)
                    .remedy(declare(&[format!("changes data {} (*)", self.name())])),
            );
        }
        Some(
            not_comparable(
                self.name(),
                format!("it has no key: which values stand in one row is not proven; {}", self.without_rows()),
            )
            .remedy(self.more_rows()),
        )
    }

    /// Rows came or went: the digests of columns differ for that alone.
    fn unproven(&self) -> Option<Evidence> {
        let columns: Vec<&str> = self
            .columns
            .iter()
            .filter(|pair| pair.differs() && !self.may_change(pair))
            .map(|pair| pair.after.name.as_str())
            .collect();
        (!columns.is_empty() || self.before.key.is_none()).then(|| {
            let measured = format!(
                "rows came or went, so the digests differ ({}); whether the rows that stayed are unchanged is not \
                 proven; {}",
                columns.join(", "),
                self.without_rows()
            );
            not_comparable(self.name(), measured).remedy(self.more_rows())
        })
    }

    fn without_rows(&self) -> String {
        let missing = match (&self.before.fingerprints, &self.after.fingerprints) {
            (Some(_), Some(_)) => return "its row fingerprints could not be used, so no keys are named".into(),
            (None, Some(_)) => "before",
            (Some(_), None) => "after",
            (None, None) => "before and after",
        };
        format!("the snapshot {missing} has no row fingerprints of this table, so no keys are named")
    }

    fn more_rows(&self) -> String {
        let rows = self.before.rows.max(self.after.rows);
        format!("take both snapshots with fingerprint_max_rows of at least {rows}")
    }
}

fn figures(pair: &ColumnPair) -> String {
    let (before, after) = (pair.before, pair.after);
    let show = |value: &Option<String>| value.clone().unwrap_or("none".into());
    let mut parts = Vec::new();
    let mut note = |what: &str, before: String, after: String| {
        if before != after {
            parts.push(format!("{what} {before} before, {after} after"));
        }
    };
    note("nulls", before.nulls.to_string(), after.nulls.to_string());
    note("min", show(&before.min), show(&after.min));
    note("max", show(&before.max), show(&after.max));
    note("sum", show(&before.sum), show(&after.sum));
    if parts.is_empty() { "nulls, bounds and sum as before".into() } else { parts.join("; ") }
}

fn or_star(columns: &[&str]) -> String {
    if columns.is_empty() { "*".into() } else { columns.join(", ") }
}
