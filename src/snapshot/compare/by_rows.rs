//! One table before and after, by the fingerprints of its rows: which are gone, new, or different.

use crate::evidence::{Evidence, Sample};
use crate::verdict::Verdict;

use super::super::{Fingerprints, SnapshotError};
use super::row_diff::{Found, RowDiff, as_multiset, by_key, keyed};
use super::table::{ColumnPair, Pair};
use super::tables::not_comparable;
use super::{amount, count, declare, fact};

impl Pair<'_> {
    pub(super) fn fingerprints(&self) -> Result<Option<(Fingerprints, Fingerprints)>, SnapshotError> {
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

    pub(super) fn by_rows(&self, before: &Fingerprints, after: &Fingerprints) -> Vec<Evidence> {
        if keyed(before) && keyed(after) {
            let diff = by_key(before, after, &self.places(before, after, &self.columns));
            let mut found = self.keyed_rows(&diff);
            found.extend(self.bounds_by_key(&diff));
            return found;
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
                    .violations(amount(diff.lost.len()), self.as_they_were(&diff))
                    .remedy(declare(&[format!("changes data {} ({})", self.name(), or_star(&undeclared))])),
            );
        }
        found.push(self.kept(diff.kept, fixed.len(), examined));
        found.extend(self.bounds_of_multiset(&diff));
        found
    }

    fn keyed_rows(&self, diff: &RowDiff) -> Vec<Evidence> {
        let mut found: Vec<Evidence> = [self.lost(diff), self.added(diff)].into_iter().flatten().collect();
        for (place, rows) in &diff.changed {
            let Some(pair) = self.columns.get(*place) else { continue };
            let changed = amount(rows.len());
            let line = format!("changes data {} ({})", self.name(), pair.after.name);
            let measured = format!("{} of {} differ; {}", count(changed, "value"), diff.kept, self.figures(pair));
            let fact = fact("values_changed", &self.column_name(pair), Verdict::Pass).rows_examined(diff.kept);
            found.push(if self.may_change(pair) {
                fact.expected(format!("declared: {line}")).measured(measured)
            } else {
                let what = format!("changed: {}", pair.after.name);
                let rows = rows.iter().map(|&(was, is)| Found::Changed(was, is));
                let named = self.name_rows(("values_changed", &self.column_name(pair)), &what, &[*pair], rows);
                let mut fact = fact
                    .expected("the same values before and after: no phase declares that it changes them")
                    .measured(measured)
                    .violations(changed, named)
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

    fn lost(&self, diff: &RowDiff) -> Option<Evidence> {
        let may = self.may_delete();
        let rows = diff.lost.iter().copied().map(Found::Lost).filter(|_| !may);
        let found = self.name_rows(("rows_deleted", self.name()), "lost", &[], rows);
        self.moved("rows_deleted", "deletes", amount(diff.lost.len()), "gone", may, found)
    }

    fn added(&self, diff: &RowDiff) -> Option<Evidence> {
        let may = self.may_insert();
        let rows = diff.added.iter().copied().map(Found::Added).filter(|_| !may);
        let found = self.name_rows(("rows_inserted", self.name()), "added", &[], rows);
        self.moved("rows_inserted", "inserts", amount(diff.added.len()), "new", may, found)
    }

    /// The rows of a table without a key that are not there as they were.
    fn as_they_were(&self, diff: &RowDiff) -> Vec<Sample> {
        let rows = diff.lost.iter().copied().map(Found::Lost);
        self.name_rows(("values_changed", self.name()), "as it was", &[], rows)
    }
}

fn or_star(columns: &[&str]) -> String {
    if columns.is_empty() { "*".into() } else { columns.join(", ") }
}
