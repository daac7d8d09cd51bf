//! One table before and after, by its digests alone: which columns differ, and how the number of rows does.

use crate::evidence::Evidence;
use crate::verdict::Verdict;

use super::by_buckets::Localised;
use super::table::{ColumnPair, Pair};
use super::tables::not_comparable;
use super::{declare, fact};

impl Pair<'_> {
    /// What can be said without row fingerprints: which columns differ, and how the number of rows does.
    pub(super) fn by_digests(&self) -> Vec<Evidence> {
        let (before, after) = (self.before.rows, self.after.rows);
        let localised = self.localised();
        let in_key = |pair: &&ColumnPair| self.before.key.as_ref().is_some_and(|key| key.contains(&pair.before.name));
        let key_differs = self.columns.iter().filter(in_key).any(ColumnPair::differs);
        // As many rows with the same keys are the same rows. Without a key nothing says so.
        let may_move = self.may_insert() || self.may_delete();
        let is_unsure = before != after || key_differs || (may_move && self.before.key.is_none());
        let bounds = self.bounds_by_digests(!is_unsure);
        if is_unsure {
            let mut found = self.came_and_went(localised.as_ref(), key_differs);
            let declared = self.columns.iter().filter(|pair| self.may_change(pair));
            found.extend(declared.filter_map(|pair| self.declared_change(pair)));
            found.extend(self.unproven());
            self.tell_buckets(localised.as_ref(), &mut found);
            found.extend(bounds);
            return found;
        }
        let mut found = Vec::new();
        for pair in self.columns.iter().filter(|pair| pair.differs()) {
            found.push(
                self.declared_change(pair).filter(|_| self.may_change(pair)).unwrap_or_else(|| self.changed(pair)),
            );
        }
        found.extend(self.traded());
        self.tell_buckets(localised.as_ref(), &mut found);
        found.extend(bounds);
        let proven = self.columns.iter().filter(|pair| !pair.differs()).count();
        found.push(self.kept(after, proven, after));
        found
    }

    /// How many rows are gone and new at least: by the buckets, else by the totals, in which a loss hides behind a gain.
    fn came_and_went(&self, localised: Option<&Localised>, key_differs: bool) -> Vec<Evidence> {
        let (before, after) = (self.before.rows, self.after.rows);
        // Without a key a row's bucket goes by its values: one that was changed left it and is not gone.
        let stays = self.before.key.is_some() || !self.columns.iter().any(|pair| self.may_change(pair));
        let least = localised.filter(|_| stays).map(|localised| (localised.lost, localised.added));
        let (lost, added) = least.unwrap_or((before.saturating_sub(after), after.saturating_sub(before)));
        let words = if least.is_some() { ["gone", "new"] } else { ["fewer", "more"] };
        let mut found = Vec::new();
        found.extend(self.moved("rows_deleted", "deletes", lost, words[0], self.may_delete(), vec![]));
        found.extend(self.moved("rows_inserted", "inserts", added, words[1], self.may_insert(), vec![]));
        if least.is_some() {
            found.iter_mut().for_each(|fact| fact.measured = format!("at least {}", fact.measured));
        }
        if before == after && lost == 0 && key_differs && !(self.may_delete() && self.may_insert()) {
            found.push(self.replaced());
        }
        found
    }

    fn changed(&self, pair: &ColumnPair) -> Evidence {
        fact("values_changed", &self.column_name(pair), Verdict::Fail)
            .expected("the same values before and after: no phase declares that it changes them")
            .measured(format!("the digests differ; {}; {}", self.figures(pair), self.without_rows()))
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
        if self.before.row_digest.sum().is_none() {
            return "digests of sequences (sha256) have no row fingerprints, so no keys are named".into();
        }
        let missing = match (&self.before.fingerprints, &self.after.fingerprints) {
            (Some(_), Some(_)) => return "its row fingerprints could not be used, so no keys are named".into(),
            (None, Some(_)) => "before",
            (Some(_), None) => "after",
            (None, None) => "before and after",
        };
        format!("the snapshot {missing} has no row fingerprints of this table, so no keys are named")
    }

    pub(super) fn more_rows(&self) -> String {
        if self.before.row_digest.sum().is_none() {
            return "take both snapshots with digest = \"hash64\" ([measure] in the configuration), which can tell rows apart".into();
        }
        let rows = self.before.rows.max(self.after.rows);
        format!("take both snapshots with row_fingerprints = {rows} or more ([measure] in the configuration)")
    }
}
