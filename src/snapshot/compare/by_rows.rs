//! One table before and after, by the fingerprints of its rows: which are gone, new, or different.

use crate::evidence::{Evidence, Sample};
use crate::verdict::Verdict;

use super::super::SnapshotError;
use super::checked::Checked;
use super::row_diff::{Found, RowDiff, as_multiset, by_key};
use super::table::{ColumnPair, Pair};
use super::tables::not_comparable;
use super::{count, declare, fact};

impl Pair<'_> {
    /// `None` where a side has no row fingerprints. They are read row by row, and what they say counts when the last one
    /// was read and all of them are those of the table.
    pub(super) fn by_rows(&self) -> Result<Option<Vec<Evidence>>, SnapshotError> {
        let Some((before, after)) = self.prints()? else { return Ok(None) };
        if before.key().is_some() && after.key().is_some() {
            let pairs = places(&before, &after, &self.columns);
            let numbered = self.numbered_changes();
            let groups: Vec<Vec<usize>> = numbered.iter().map(|(_, places)| places.clone()).collect();
            if let Some(diff) = by_key(before, after, &pairs, &groups, self.limit())? {
                let mut found = self.keyed_rows(&diff);
                found.extend(self.bounds_by_key(&diff, &numbered));
                return Ok(Some(found));
            }
        }
        self.rows_of_multiset()
    }

    fn prints(&self) -> Result<Option<(Checked<'_>, Checked<'_>)>, SnapshotError> {
        let Some(before) = Checked::of(self.sides.rows_before, self.before)? else { return Ok(None) };
        let Some(after) = Checked::of(self.sides.rows_after, self.after)? else { return Ok(None) };
        Ok(Some((before, after)))
    }

    fn rows_of_multiset(&self) -> Result<Option<Vec<Evidence>>, SnapshotError> {
        // Of what may change nothing is asked; what may not must be the same multiset.
        let fixed: Vec<ColumnPair> = self.columns.iter().filter(|pair| !self.may_change(pair)).copied().collect();
        let Some((before, after)) = self.prints()? else { return Ok(None) };
        let pairs = places(&before, &after, &fixed);
        let examined = self.before.rows.max(self.after.rows);
        let gone = || SnapshotError::Malformed {
            path: format!("row fingerprints of {}", self.name()),
            problem: "they are no longer there".to_owned(),
        };
        let open = || self.prints()?.ok_or_else(gone);
        let diff = as_multiset(&open, examined, &pairs, self.limit())?;
        let mut found: Vec<Evidence> = [self.lost(&diff), self.added(&diff)].into_iter().flatten().collect();
        found.extend(
            self.columns.iter().filter(|pair| self.may_change(pair)).filter_map(|pair| self.declared_change(pair)),
        );
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
                    .violations(diff.lost.rows, self.named("values_changed", "as it was", &diff.lost))
                    .remedy(declare(&[format!("changes data {} ({})", self.name(), or_star(&undeclared))])),
            );
        }
        found.push(self.kept(diff.kept, fixed.len(), examined));
        found.extend(self.bounds_of_multiset(&diff));
        Ok(Some(found))
    }

    fn keyed_rows(&self, diff: &RowDiff) -> Vec<Evidence> {
        let mut found: Vec<Evidence> = [self.lost(diff), self.added(diff)].into_iter().flatten().collect();
        for (place, rows) in &diff.changed {
            let Some(pair) = self.columns.get(*place) else { continue };
            let changed = rows.rows;
            let line = format!("changes data {} ({})", self.name(), pair.after.name);
            let measured = format!("{} of {} differ; {}", count(changed, "value"), diff.kept, self.figures(pair));
            let fact = fact("values_changed", &self.column_name(pair), Verdict::Pass).rows_examined(diff.kept);
            found.push(if self.may_change(pair) {
                fact.expected(format!("declared: {line}")).measured(measured)
            } else {
                let what = format!("changed: {}", pair.after.name);
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
        let found = if may { Vec::new() } else { self.named("rows_deleted", "lost", &diff.lost) };
        self.moved("rows_deleted", "deletes", diff.lost.rows, "gone", may, found)
    }

    fn added(&self, diff: &RowDiff) -> Option<Evidence> {
        let may = self.may_insert();
        let found = if may { Vec::new() } else { self.named("rows_inserted", "added", &diff.added) };
        self.moved("rows_inserted", "inserts", diff.added.rows, "new", may, found)
    }

    /// Names rows in a finding of the whole table.
    fn named(&self, check: &str, what: &str, rows: &Found) -> Vec<Sample> {
        self.name_rows((check, self.name()), what, &[], rows)
    }
}

/// Where the hashes of these columns are, before and after.
fn places(before: &Checked<'_>, after: &Checked<'_>, pairs: &[ColumnPair]) -> Vec<(usize, usize)> {
    // All of them are there: the fingerprints belong to the tables.
    pairs.iter().filter_map(|pair| Some((before.place(&pair.before.name)?, after.place(&pair.after.name)?))).collect()
}

fn or_star(columns: &[&str]) -> String {
    if columns.is_empty() { "*".into() } else { columns.join(", ") }
}
