//! Declared moves: what stood in the sources stands in the targets, no row more and none less.
//!
//! The law of `moves`: over all sources and targets together, rows and every sum of hashes are before what they are
//! after. The law of `copies`: the targets gained what the sources held before. A table that is not there counts nothing.

use std::collections::BTreeSet;

use crate::digest::Digest;
use crate::evidence::Evidence;
use crate::phase::{Move, ObjectKind, Side};
use crate::verdict::Verdict;

use super::super::{MoveSnapshot, MovedRows, MovedTable};
use super::moved_keys::Keys;
use super::tables::Sides;
use super::{amount, count, fact};

const CHECK: &str = "rows_moved";

impl Sides<'_> {
    /// One fact or more for each declared move.
    pub(super) fn moves(&self) -> Vec<Evidence> {
        self.declared.moves().flat_map(|found| self.one_move(found)).collect()
    }

    fn one_move(&self, declared: &Move) -> Vec<Evidence> {
        if self.before.digest_method.starts_with("sha256") {
            return vec![unknown(
                declared,
                "digests by sha256 are those of whole columns and cannot be added up over tables",
            )];
        }
        let measured = |moves: &'_ [MoveSnapshot]| moves.iter().position(|known| known.declared == *declared);
        let (was, is) = match (measured(&self.before.moves), measured(&self.after.moves)) {
            (Some(before), Some(after)) => (&self.before.moves[before], &self.after.moves[after]),
            (before, _) => {
                let moment = if before.is_none() { "before" } else { "after" };
                return vec![unknown(declared, &format!("the snapshot {moment} did not measure it"))];
            }
        };
        let law = match Law::new(declared, was, is) {
            Ok(law) => law,
            Err(reason) => return vec![unknown(declared, &reason)],
        };
        let mut found = law.judge(|| Keys::of(self, declared, &law.compared_names()), &|place| {
            let column = |side: &Side| side.values.get(place).map_or(law.name(place), String::as_str).to_owned();
            let held_rows = |side: &&Side| rows_of(was, &side.table) > 0;
            declared.targets.iter().filter(held_rows).any(|side| self.declared.changes_data(&side.table, &column(side)))
        });
        found.extend(declared.sides().filter_map(|side| self.rest(declared, &side.table, was, is)));
        found
    }

    /// The rows of a table with a condition that have no part in the move: none of them may come or go with it.
    fn rest(&self, declared: &Move, table: &str, was: &MoveSnapshot, is: &MoveSnapshot) -> Option<Evidence> {
        let side = |found: &MoveSnapshot| found.tables.iter().find(|known| known.table == table).cloned();
        let (before, after) = (side(was), side(is));
        let has_rest = |side: &Option<MovedTable>| side.as_ref().is_some_and(|side| side.rest.is_some());
        let dropped = after.is_none() && self.declared.drops(ObjectKind::Table, table);
        let free = self.declared.inserts_by_itself(table) && self.declared.deletes_by_itself(table);
        if !has_rest(&before) && !has_rest(&after) || dropped || free {
            return None;
        }
        let rest = |side: Option<MovedTable>| side.and_then(|side| side.rest).unwrap_or_default();
        let (before, after) = (rest(before), rest(after));
        let more = after.rows > before.rows && !self.declared.inserts_by_itself(table);
        let fewer = after.rows < before.rows && !self.declared.deletes_by_itself(table);
        let key = |rows: &MovedRows| -> Vec<(usize, Digest)> {
            let values = rows.values.iter().filter(|value| was.values.key.contains(&value.place));
            values.map(|value| (value.place, value.digest)).collect()
        };
        let others = after.rows == before.rows && key(&before) != key(&after);
        (more || fewer || others).then(|| {
            let what = if others { "are other rows" } else { "came or went" };
            fact(CHECK, table, Verdict::Fail)
                .expected(format!("declared: {declared}; rows outside of its condition stay"))
                .measured(format!("rows outside of the condition {what}: {} before, {} after", before.rows, after.rows))
                .violations(before.rows.abs_diff(after.rows).max(1), Vec::new())
                .remedy("correct the condition, or declare what else comes or goes by inserts or deletes")
        })
    }
}

/// What is added up on both sides.
struct Law<'a> {
    declared: &'a Move,
    was: &'a MoveSnapshot,
    is: &'a MoveSnapshot,
    /// The places of the values that every table has.
    compared: Vec<usize>,
    /// Whether every table has every value, so that rows are compared whole.
    is_whole: bool,
}

/// Rows and sums of hashes over several tables. What is expected and what is there.
struct Totals {
    rows: (i128, i128),
    row_digest: (Digest, Digest),
    values: Vec<(usize, Digest, Digest)>,
}

impl<'a> Law<'a> {
    /// What can be added up; or why nothing can.
    fn new(declared: &'a Move, was: &'a MoveSnapshot, is: &'a MoveSnapshot) -> Result<Law<'a>, String> {
        for (moment, side) in [("before", was), ("after", is)] {
            if let Some((table, problem)) =
                side.tables.iter().find_map(|table| Some((&table.table, table.problem.as_ref()?)))
            {
                return Err(format!("{table} {moment}: {problem}"));
            }
        }
        let all = || was.tables.iter().chain(&is.tables);
        if let Some(side) = declared.sides().find(|side| !all().any(|table| table.table == side.table)) {
            return Err(format!("there is no table {}, before or after", side.table));
        }
        if was.values != is.values {
            return Err("the two snapshots measured other values".to_owned());
        }
        let has = |place: usize| all().all(|table| table.part.values.iter().any(|value| value.place == place));
        let compared: Vec<usize> = (0..was.values.names.len()).filter(|place| has(*place)).collect();
        let is_whole = compared.len() == was.values.names.len();
        let law = Law { declared, was, is, compared, is_whole };
        law.one_form()?;
        law.rows_hold_together()?;
        Ok(law)
    }

    fn tables(&self) -> impl Iterator<Item = &'a MovedTable> {
        self.was.tables.iter().chain(&self.is.tables)
    }

    fn name(&self, place: usize) -> &'a str {
        self.was.values.names.get(place).map_or("", String::as_str)
    }

    fn compared_names(&self) -> Vec<(usize, &'a str)> {
        self.compared.iter().map(|place| (*place, self.name(*place))).collect()
    }

    /// Hashes of two forms say nothing to each other.
    fn one_form(&self) -> Result<(), String> {
        for place in &self.compared {
            let mut forms: Vec<(&str, &str)> = Vec::new();
            for table in self.tables() {
                let found = table.part.values.iter().find(|value| value.place == *place);
                forms.extend(found.map(|value| (table.table.as_str(), value.form.as_str())));
            }
            let Some((first, form)) = forms.first() else { continue };
            if let Some((other, unlike)) = forms.iter().find(|(_, other)| other != form) {
                let name = self.name(*place);
                return Err(format!(
                    "{name} has the form {form} in {first} and {unlike} in {other}; cast one of them in the \
                     declaration, as in ({name}::numeric = {name})"
                ));
            }
        }
        Ok(())
    }

    /// Sums of single values say which value stood in which row only where a key tells the rows apart.
    fn rows_hold_together(&self) -> Result<(), String> {
        if self.compared.is_empty() {
            return Err("its tables have no column in common; name the columns: moves … -> … (old = new)".to_owned());
        }
        let key = &self.was.values.key;
        let is_keyed = !key.is_empty() && key.iter().all(|place| self.compared.contains(place));
        let targets = self.declared.targets.iter();
        let were_empty = targets.clone().all(|side| rows_of(self.was, &side.table) == 0);
        if self.is_whole || (is_keyed && self.declared.sources.len() == 1 && were_empty) {
            return Ok(());
        }
        Err("its tables do not have the same columns, so that which values stand in one row is not proven; name the \
             columns: moves … -> … (id, old = new)"
            .to_owned())
    }

    fn totals(&self) -> Totals {
        let (was, is) = (self.was, self.is);
        let is_source = |table: &&MovedTable| self.declared.sources.iter().any(|side| side.table == table.table);
        let sum = |tables: &[&MovedTable]| -> (i128, Digest, Vec<Digest>) {
            let rows = tables.iter().map(|table| i128::from(table.part.rows)).sum();
            let whole = tables.iter().filter_map(|table| table.part.row_digest);
            let value = |place: &usize| {
                let of = tables.iter().flat_map(|table| &table.part.values).filter(|value| value.place == *place);
                of.fold(Digest::default(), |sum, value| sum + value.digest)
            };
            let values = self.compared.iter().map(value).collect();
            (rows, whole.fold(Digest::default(), |sum, digest| sum + digest), values)
        };
        let before: Vec<&MovedTable> = was.tables.iter().collect();
        // What a copy leaves behind is judged as any other table is.
        let after: Vec<&MovedTable> =
            is.tables.iter().filter(|table| !self.declared.is_copy || !is_source(table)).collect();
        let (before, after) = (sum(&before), sum(&after));
        let values = self.compared.iter().zip(before.2.iter().zip(&after.2));
        Totals {
            rows: (before.0, after.0),
            row_digest: (before.1, after.1),
            values: values.map(|(place, (before, after))| (*place, *before, *after)).collect(),
        }
    }

    /// `may_change`: whether the value of this place may change in rows that a target held before.
    fn judge(&self, keys: impl FnOnce() -> Keys, may_change: &dyn Fn(usize) -> bool) -> Vec<Evidence> {
        let totals = self.totals();
        let differing: Vec<usize> =
            totals.values.iter().filter(|(_, before, after)| before != after).map(|(place, ..)| *place).collect();
        let same_rows = !self.is_whole || totals.row_digest.0 == totals.row_digest.1;
        if totals.rows.0 == totals.rows.1 && differing.is_empty() && same_rows {
            return self.proven(totals.rows.1);
        }
        let keys = keys();
        let same_number = totals.rows.0 == totals.rows.1;
        if let Some(beside) = keys.all_beside().filter(|_| same_number && !self.has_condition()) {
            let mut found = self.proven(totals.rows.1);
            if let Some(proven) = found.first_mut() {
                proven.measured +=
                    &format!(", but for {} of the targets that changed as declared", count(beside, "older row"));
            }
            return found;
        }
        let is_certain = keys.is_whole() && !self.has_condition();
        if same_number && !differing.is_empty() && !is_certain && differing.iter().all(|place| may_change(*place)) {
            let names: Vec<&str> = differing.iter().map(|place| self.name(*place)).collect();
            let reason = format!(
                "as many rows, but other values of {}; whether of moved rows, or of rows that the targets held before \
                 and that may change, cannot be told",
                names.join(", ")
            );
            return vec![unknown(self.declared, &reason).remedy(
                "change the older rows in a migration of its own, or take row fingerprints and move columns as they are",
            )];
        }
        let mut found = Vec::new();
        if totals.rows.0 != totals.rows.1 {
            found.push(self.wrong_number(&totals, &keys));
        } else if differing.iter().any(|place| self.was.values.key.contains(place)) {
            found.push(self.other_rows(&keys));
        } else if differing.is_empty() {
            found.push(self.fails(
                &self.subject(),
                "values were traded between rows: each value is there, the rows are not".into(),
            ));
        }
        // With other rows every sum differs, and says nothing more.
        if found.is_empty() {
            // A sum that differs by rows that may change alone is no fault.
            let faulty: Vec<usize> =
                differing.iter().copied().filter(|place| keys.changed(*place).0 > 0 || !may_change(*place)).collect();
            let named = if faulty.is_empty() { &differing } else { &faulty };
            found.extend(named.iter().map(|place| self.wrong_value(*place, &keys)));
        }
        found
    }

    fn has_condition(&self) -> bool {
        self.declared.sides().any(|side| side.condition.is_some())
    }

    fn proven(&self, rows: i128) -> Vec<Evidence> {
        let names: Vec<&str> = self.compared.iter().map(|place| self.name(*place)).collect();
        let kept = if self.declared.is_copy { "as the sources had them" } else { "before and after" };
        let mut found = vec![
            fact(CHECK, &self.subject(), Verdict::Pass)
                .expected(format!("declared: {}", self.declared))
                .measured(format!("{rows} rows in all {kept}, identical in {}", names.join(", ")))
                .rows_examined(u64::try_from(rows).unwrap_or(0)),
        ];
        let left_out: Vec<&str> = (0..self.was.values.names.len())
            .filter(|place| !self.compared.contains(place))
            .map(|place| self.name(place))
            .collect();
        if !left_out.is_empty() {
            found.push(
                fact("values_not_moved", &self.subject(), Verdict::NotEvaluated)
                    .expected("every column of the sources in the targets")
                    .measured(format!("not in every table, so not compared: {}", left_out.join(", ")))
                    .remedy("name the columns that move, and by that say which do not: moves … -> … (id, old = new)"),
            );
        }
        found
    }

    fn wrong_number(&self, totals: &Totals, keys: &Keys) -> Evidence {
        let (expected, there) = totals.rows;
        let word = if there < expected { "lost" } else { "too many" };
        let apart = u64::try_from(expected.abs_diff(there)).unwrap_or(u64::MAX);
        let measured =
            format!("{} {word}: {expected} in all expected, {there} after; {}", count(apart, "row"), self.each());
        let fact = self.fails(&self.subject(), measured).violations(apart, keys.rows());
        if self.declared.is_copy || there < expected || !self.sources_are_kept() {
            return fact;
        }
        fact.remedy("the sources kept their rows: empty them, or declare it as copies in place of moves")
    }

    fn sources_are_kept(&self) -> bool {
        let kept = |side: &Side| rows_of(self.is, &side.table) >= rows_of(self.was, &side.table);
        self.declared.sources.iter().any(kept)
    }

    fn other_rows(&self, keys: &Keys) -> Evidence {
        let measured = format!("as many rows, other keys; {}", self.each());
        self.fails(&self.subject(), measured).violations(amount(keys.rows().len()).max(1), keys.rows())
    }

    fn wrong_value(&self, place: usize, keys: &Keys) -> Evidence {
        let places: Vec<String> = self
            .declared
            .targets
            .iter()
            .map(|side| format!("{}.{}", side.table, side.values.get(place).map_or(self.name(place), String::as_str)))
            .collect();
        let measured =
            format!("as many rows, but {} has other values than {} had", places.join(" + "), self.name(place));
        let changed = keys.changed(place);
        let fact = self.fails(&places.join(" + "), measured);
        if changed.0 > 0 { fact.violations(changed.0, changed.1) } else { fact }
    }

    fn fails(&self, subject: &str, measured: String) -> Evidence {
        fact(CHECK, subject, Verdict::Fail).expected(format!("declared: {}", self.declared)).measured(measured).remedy(
            "look at the statements that move the rows; if they change values on the way, declare how: (old = new)",
        )
    }

    fn subject(&self) -> String {
        let names: Vec<&str> = self.declared.sources.iter().map(|side| side.table.as_str()).collect();
        names.join(" + ")
    }

    /// The rows of each table, before and after.
    fn each(&self) -> String {
        let mut seen = BTreeSet::new();
        let one = |table: &str| format!("{table} {} -> {}", rows_of(self.was, table), rows_of(self.is, table));
        let sides = self.declared.sides().filter(|side| seen.insert(side.table.as_str()));
        sides.map(|side| one(&side.table)).collect::<Vec<_>>().join(", ")
    }
}

fn rows_of(side: &MoveSnapshot, table: &str) -> u64 {
    side.tables.iter().filter(|known| known.table == table).map(|known| known.part.rows).sum()
}

/// A move that was not measured.
pub(super) fn unknown(declared: &Move, reason: &str) -> Evidence {
    let names: Vec<&str> = declared.sources.iter().map(|side| side.table.as_str()).collect();
    fact(CHECK, &names.join(" + "), Verdict::NotEvaluated)
        .expected(format!("declared: {declared}"))
        .measured(format!("not evaluated: {reason}"))
        .remedy("declare it before the snapshot before is taken, so that both snapshots measure it in the same way")
}
