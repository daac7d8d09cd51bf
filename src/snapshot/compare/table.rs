//! One table before and after.

use crate::evidence::{Evidence, Sample};
use crate::phase::{Change, ObjectKind};
use crate::verdict::Verdict;

use super::super::{ColumnSnapshot, TableSnapshot};
use super::renames::{self, Successor};
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
    pub(super) sides: &'a Sides<'a>,
    pub(super) before: &'a TableSnapshot,
    pub(super) after: &'a TableSnapshot,
    /// The columns on both sides whose digests can be compared.
    pub(super) columns: Vec<ColumnPair<'a>>,
    /// The columns on both sides whose digests cannot: another form was hashed.
    pub(super) retyped: Vec<ColumnPair<'a>>,
}

#[derive(Clone, Copy)]
pub(super) struct ColumnPair<'a> {
    pub(super) before: &'a ColumnSnapshot,
    pub(super) after: &'a ColumnSnapshot,
}

impl ColumnPair<'_> {
    pub(super) fn differs(&self) -> bool {
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

    fn renamed(&self, column: &ColumnSnapshot) -> Option<&'a ColumnSnapshot> {
        match renames::of_column(self.before, self.after, column) {
            Successor::One(found) => Some(found),
            _ => None,
        }
    }

    pub(super) fn compare(&self, same: &mut Same) -> Vec<Evidence> {
        let mut found = self.renames();
        found.extend(self.retyped.iter().map(|pair| self.retyped_column(pair)));
        if !self.same_key() {
            found.push(self.other_key());
            return found;
        }
        if self.is_identical() {
            if self.is_whole() {
                same.tables += 1;
                same.columns += self.columns.len();
                same.rows += self.after.rows;
            } else {
                found.push(self.kept(self.after.rows, self.columns.len(), self.after.rows));
            }
            found.extend(self.declared_without_change());
            found.extend(self.bounds_of_identical());
            return found;
        }
        match self.by_rows() {
            Ok(Some(told)) => found.extend(told),
            Ok(None) => found.extend(self.by_digests()),
            Err(error) => {
                found.push(not_comparable(self.name(), format!("its row fingerprints cannot be used: {error}")));
                found.extend(self.by_digests());
            }
        }
        found
    }

    pub(super) fn name(&self) -> &'a str {
        &self.after.name
    }

    pub(super) fn column_name(&self, pair: &ColumnPair) -> String {
        format!("{}.{}", self.name(), pair.after.name)
    }

    pub(super) fn may_change(&self, pair: &ColumnPair) -> bool {
        let declared = |column: &ColumnSnapshot| self.sides.declared.changes_data(self.name(), &column.name);
        declared(pair.before) || declared(pair.after)
    }

    pub(super) fn may_insert(&self) -> bool {
        self.sides.declared.inserts(self.name())
    }

    pub(super) fn may_delete(&self) -> bool {
        self.sides.declared.deletes(self.name())
    }

    /// The name after of a column before.
    pub(super) fn now<'n>(&'n self, column: &'n str) -> &'n str {
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
    pub(super) fn same_columns(&self) -> bool {
        let form = |column: &ColumnSnapshot| (column.name.clone(), column.form.clone());
        self.before.columns.iter().map(form).eq(self.after.columns.iter().map(form))
    }

    /// Whether every column of either side was compared.
    fn is_whole(&self) -> bool {
        self.columns.len() == self.before.columns.len() && self.columns.len() == self.after.columns.len()
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
        told.chain(self.before.columns.iter().filter_map(|column| self.unclear_rename(column))).collect()
    }

    /// A column of which equal values do not say what it is called now. Its declared loss is one all the same; of an
    /// undeclared one nothing can be said.
    fn unclear_rename(&self, column: &ColumnSnapshot) -> Option<Evidence> {
        let Successor::Unclear { candidates, why } = renames::of_column(self.before, self.after, column) else {
            return None;
        };
        let name = format!("{}.{}", self.name(), column.name);
        let names: Vec<String> = candidates.iter().map(|found| format!("{}.{}", self.name(), found.name)).collect();
        let declared = self.sides.declared;
        let is_declared = declared.drops(ObjectKind::Column, &name);
        let verdict = match (is_declared, self.names_one(&name, &names)) {
            (true, true) => Verdict::Pass,
            (true, false) => Verdict::Warn,
            (false, _) => Verdict::NotEvaluated,
        };
        let told = fact("column_renamed", &name, verdict)
            .expected("its values are there, under this name or one other")
            .measured(renames::unclear(&names, why, "values"))
            .rows_examined(self.after.rows);
        let adds = names.iter().map(|name| format!("adds column {name}"));
        Some(match verdict {
            Verdict::NotEvaluated => {
                told.remedy(declare(&std::iter::once(format!("drops column {name}")).chain(adds).collect::<Vec<_>>()))
            }
            Verdict::Warn => told.remedy(format!(
                "see that the new name is the one that was meant; for a number, say so: -- phasegate: moves sum {name} \
                 -> {}",
                names.first().map_or("", String::as_str)
            )),
            _ => told,
        })
    }

    /// Whether a line says of this column alone that its sum went to one of the candidates alone, and no line says it of
    /// another column. The sum of several says of none where it went.
    fn names_one(&self, column: &str, candidates: &[String]) -> bool {
        let lines = || {
            self.sides.declared.changes.iter().filter_map(|change| match change {
                Change::MovesSum { sources, targets } => Some((sources.as_slice(), targets.as_slice())),
                _ => None,
            })
        };
        let target = lines().find_map(|(sources, targets)| match (sources, targets) {
            ([source], [target]) if source == column && candidates.contains(target) => Some(target),
            _ => None,
        });
        let of_another = |target: &String| {
            lines().any(|(sources, targets)| targets.contains(target) && sources.iter().any(|source| source != column))
        };
        target.is_some_and(|target| !of_another(target))
    }

    fn retyped_column(&self, pair: &ColumnPair) -> Evidence {
        let types = format!("was {}, is {}", pair.before.type_name, pair.after.type_name);
        let name = self.column_name(pair);
        let line = format!("changes data {} ({})", self.name(), pair.after.name);
        if self.may_change(pair) {
            return fact("values_changed", &name, Verdict::Pass)
                .expected(format!("declared: {line}"))
                .measured(format!("{types}; {}", self.figures(pair)));
        }
        fact("values_changed", &name, Verdict::NotEvaluated)
            .expected("the same values before and after")
            .measured(format!("{types}: values of the two types have no common form; {}", self.figures(pair)))
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

    pub(super) fn kept(&self, kept: u64, columns: usize, examined: u64) -> Evidence {
        fact("rows_compared", self.name(), Verdict::Pass)
            .expected("what is not declared stays as it is")
            .measured(format!(
                "{} on both sides, {} identical in all of them",
                count(kept, "row"),
                count(amount(columns), "column")
            ))
            .rows_examined(examined)
    }

    pub(super) fn moved(
        &self,
        check: &str,
        verb: &str,
        rows: u64,
        word: &str,
        may: bool,
        found: Vec<Sample>,
    ) -> Option<Evidence> {
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

    pub(super) fn limit(&self) -> usize {
        self.sides.options.samples
    }

    pub(super) fn declared_change(&self, pair: &ColumnPair) -> Option<Evidence> {
        pair.differs().then(|| {
            fact("values_changed", &self.column_name(pair), Verdict::Pass)
                .expected(format!("declared: changes data {} ({})", self.name(), pair.after.name))
                .measured(self.figures(pair))
                .rows_examined(self.after.rows)
        })
    }

    /// What the figures of a column say; of one whose values are not shown only its NULLs.
    pub(super) fn figures(&self, pair: &ColumnPair) -> String {
        figures(pair, self.is_hidden(&pair.before.name, &pair.after.name))
    }
}

fn figures(pair: &ColumnPair, is_hidden: bool) -> String {
    let (before, after) = (pair.before, pair.after);
    let show = |value: &Option<String>| value.clone().unwrap_or("none".into());
    let mut parts = Vec::new();
    let mut note = |what: &str, before: String, after: String| {
        if before != after {
            parts.push(format!("{what} {before} before, {after} after"));
        }
    };
    note("nulls", before.nulls.to_string(), after.nulls.to_string());
    if !is_hidden {
        note("min", show(&before.min), show(&after.min));
        note("max", show(&before.max), show(&after.max));
        note("sum", show(&before.sum), show(&after.sum));
    }
    if !parts.is_empty() {
        return parts.join("; ");
    }
    // Only what the column has can be as before.
    match (is_hidden || before.min.is_none(), is_hidden || before.sum.is_none()) {
        (false, false) => "nulls, bounds and sum as before".into(),
        (false, true) => "nulls and bounds as before".into(),
        (true, _) => "nulls as before".into(),
    }
}
