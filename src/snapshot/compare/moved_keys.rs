//! Which rows of a move are lost, too many, or changed: by key, where the row fingerprints of its tables allow. A row that
//! a target held before is told from the moved ones by that, so that it may change beside the move where that is declared.

use std::collections::BTreeMap;

use crate::evidence::Sample;
use crate::phase::{Move, Side};

use super::super::rows::RowPrint;
use super::super::{RowSource, Snapshot, SnapshotError};
use super::amount;
use super::checked::Checked;
use super::row_diff::{Found, KeyNames};
use super::tables::Sides;

/// The rows at fault; none where they cannot be told.
#[derive(Default)]
pub(super) struct Keys {
    rows: Vec<Sample>,
    /// How many rows are lost or too many, named or not.
    strays: u64,
    changed: BTreeMap<usize, (u64, Vec<Sample>)>,
    /// Rows that a target held before and that changed as declared: they have no part in the rest of this.
    beside: u64,
    /// Whether every compared value of every row was seen.
    is_whole: bool,
}

impl Keys {
    /// How many rows that the targets held before changed as declared, where that is all that differs.
    pub(super) fn all_beside(&self) -> Option<u64> {
        (self.is_whole && self.beside > 0 && self.strays == 0 && self.changed.is_empty()).then_some(self.beside)
    }

    /// Whether whatever differs was seen row by row.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    pub(super) fn rows(&self) -> Vec<Sample> {
        self.rows.clone()
    }

    /// How many rows differ in the value of this place, and the first of them.
    pub(super) fn changed(&self, place: usize) -> (u64, Vec<Sample>) {
        self.changed.get(&place).cloned().unwrap_or_default()
    }

    /// Holds the rows of all tables before against those of all tables after.
    pub(super) fn of(sides: &Sides<'_>, declared: &Move, compared: &[(usize, &str)]) -> Keys {
        Keys::read(sides, declared, compared).unwrap_or_default()
    }

    fn read(sides: &Sides<'_>, declared: &Move, compared: &[(usize, &str)]) -> Option<Keys> {
        let key = declared.sources.iter().find_map(|side| sides.before.table(&side.table)?.key.clone())?;
        let before = Moment { snapshot: sides.before, source: sides.rows_before };
        let after = Moment { snapshot: sides.after, source: sides.rows_after };
        let is_target = |side: &Side| declared.targets.contains(side);
        let all = declared.sides();
        let was = before.lanes(all, &key, compared)?;
        let now = declared.sides().filter(|side| is_target(side) || !declared.is_copy);
        let is = after.lanes(now, &key, compared)?;
        let may_change = |side: &Side, place: usize, name: &str| {
            sides.declared.changes_data(&side.table, side.values.get(place).map_or(name, String::as_str))
        };
        let allowed = declared.targets.iter().map(|side| {
            let allowed = compared.iter().map(|(place, name)| may_change(side, *place, name)).collect();
            (side.table.as_str(), allowed)
        });
        let allowed: Vec<(&str, Vec<bool>)> = allowed.collect();
        let names = KeyNames { names: Some(&key), hidden: hidden(sides, declared, &key, compared) };
        held_against(&names, (was, is), compared, &allowed, sides.options.samples).ok()
    }
}

/// The rows of one table of a move.
struct Lane<'a> {
    table: &'a str,
    rows: Checked<'a>,
    /// Where the compared values are, in their order.
    columns: Vec<Option<usize>>,
}

/// One row: its table, its fingerprint, and the hashes of the compared values in their order.
struct Moved {
    table: String,
    print: RowPrint,
    values: Vec<Option<i64>>,
}

struct Moment<'a> {
    snapshot: &'a Snapshot,
    source: &'a dyn RowSource,
}

impl<'a> Moment<'a> {
    fn lanes<'s>(
        &self,
        sides: impl Iterator<Item = &'s Side>,
        key: &[String],
        compared: &[(usize, &str)],
    ) -> Option<Vec<Lane<'a>>> {
        let mut lanes = Vec::new();
        for side in sides {
            // A table that is not there has no rows.
            let Some(table) = self.snapshot.table(&side.table) else { continue };
            let rows = Checked::of(self.source, table).ok()??;
            let named = |place: usize, name: &str| side.values.get(place).cloned().unwrap_or_else(|| name.to_owned());
            let own_key: Vec<String> = key
                .iter()
                .map(|column| {
                    let place = compared.iter().find(|(_, name)| name == column);
                    place.map_or_else(|| column.clone(), |(place, name)| named(*place, name))
                })
                .collect();
            if rows.key() != Some(own_key.as_slice()) {
                return None;
            }
            let columns = compared.iter().map(|(place, name)| rows.place(&named(*place, name))).collect();
            lanes.push(Lane { table: &table.name, rows, columns });
        }
        Some(lanes)
    }
}

impl Lane<'_> {
    /// Takes the rows of this key, which is the least of those that are left.
    fn take_all(&mut self, key: &str, into: &mut Vec<Moved>) -> Result<(), SnapshotError> {
        while self.rows.peek().is_some_and(|row| &*row.key == key) {
            let Some(print) = self.rows.take()? else { break };
            let values = self.columns.iter().map(|at| print.columns.get((*at)?).copied()).collect();
            into.push(Moved { table: self.table.to_owned(), print, values });
        }
        Ok(())
    }
}

/// The places of the key's columns that are not shown, by their name in any of the tables.
fn hidden(sides: &Sides<'_>, declared: &Move, key: &[String], compared: &[(usize, &str)]) -> Vec<usize> {
    let redact = &sides.options.redact;
    let is_hidden = |column: &String| {
        declared.sides().any(|side| {
            let place = compared.iter().find(|(_, name)| name == column).map(|(place, _)| *place);
            let own = place.and_then(|place| side.values.get(place)).unwrap_or(column);
            redact.hides(&side.table, own) || redact.hides(&side.table, column)
        })
    };
    key.iter().enumerate().filter(|(_, column)| is_hidden(column)).map(|(place, _)| place).collect()
}

/// Takes the pairs out that fit, a row of each side; a row is taken once.
fn pair_off(was: &mut Vec<Moved>, is: &mut Vec<Moved>, fits: impl Fn(&Moved, &Moved) -> bool) -> Vec<(Moved, Moved)> {
    let mut pairs = Vec::new();
    let mut at = 0;
    while let Some(row) = was.get(at) {
        match is.iter().position(|other| fits(row, other)) {
            Some(other) => pairs.push((was.remove(at), is.remove(other))),
            None => at += 1,
        }
    }
    pairs
}

/// Takes the rows of one key out that this table has on both sides and that differ in allowed values alone, those that are
/// equal first; returns how many differ.
fn set_aside(table: &str, allowed: &[bool], was: &mut Vec<Moved>, is: &mut Vec<Moved>) -> u64 {
    let is_here = |one: &Moved, other: &Moved| one.table == table && other.table == table;
    pair_off(was, is, |one, other| is_here(one, other) && one.values == other.values);
    let may_be_one = |one: &Moved, other: &Moved| {
        let mut values = one.values.iter().zip(&other.values).zip(allowed);
        is_here(one, other) && values.all(|((one, other), allowed)| one == other || *allowed)
    };
    amount(pair_off(was, is, may_be_one).len())
}

/// The rows of all lanes on both sides, in the order of their keys: those of one key are in memory at a time. What each
/// target may change is `allowed`.
fn held_against(
    key: &KeyNames,
    (mut was, mut is): (Vec<Lane<'_>>, Vec<Lane<'_>>),
    compared: &[(usize, &str)],
    allowed: &[(&str, Vec<bool>)],
    limit: usize,
) -> Result<Keys, SnapshotError> {
    let (mut lost, mut added) = (Found::new(limit), Found::new(limit));
    let mut changed = BTreeMap::<usize, Found>::new();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let (mut beside, mut is_whole) = (0, true);
    while let Some(next) = was.iter().chain(&is).filter_map(|lane| Some(&lane.rows.peek()?.key)).min().cloned() {
        was.iter_mut().try_for_each(|lane| lane.take_all(&next, &mut before))?;
        is.iter_mut().try_for_each(|lane| lane.take_all(&next, &mut after))?;
        is_whole &= before.iter().chain(&after).all(|row: &Moved| row.values.iter().all(Option::is_some));
        for (table, allowed) in allowed {
            beside += set_aside(table, allowed, &mut before, &mut after);
        }
        pair_off(&mut before, &mut after, |one, other| one.values == other.values);
        for (row, other) in pair_off(&mut before, &mut after, |_, _| true) {
            for ((place, _), (one, two)) in compared.iter().zip(row.values.iter().zip(&other.values)) {
                if one != two && one.is_some() && two.is_some() {
                    changed.entry(*place).or_insert_with(|| Found::new(limit)).change(&row.print, &other.print);
                }
            }
        }
        before.drain(..).for_each(|row| lost.lose(&row.print));
        after.drain(..).for_each(|row| added.gain(&row.print));
    }
    let mut rows = lost.samples(key, "lost");
    let room = limit.saturating_sub(rows.len());
    rows.extend(added.samples(key, "too many").into_iter().take(room));
    let changed = changed.into_iter().map(|(place, found)| {
        let name = compared.iter().find(|(known, _)| *known == place).map_or("", |(_, name)| *name);
        (place, (found.rows, found.samples(key, &format!("changed: {name}"))))
    });
    Ok(Keys { rows, strays: lost.rows + added.rows, changed: changed.collect(), beside, is_whole })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(of: &[(&str, [i64; 2])]) -> Vec<Moved> {
        let print = || RowPrint { key: "[\"1\"]".into(), row: 0, columns: [].into() };
        let row = |(table, values): &(&str, [i64; 2])| Moved {
            table: (*table).to_owned(),
            print: print(),
            values: values.iter().copied().map(Some).collect(),
        };
        of.iter().map(row).collect()
    }

    fn left(rows: &[Moved]) -> Vec<(&str, i64, i64)> {
        let value = |row: &Moved, at: usize| row.values[at].unwrap();
        rows.iter().map(|row| (row.table.as_str(), value(row, 0), value(row, 1))).collect()
    }

    #[test]
    fn rows_of_one_key_are_set_aside_one_by_one() {
        // Of two rows one is gone, of one there are two: neither hides behind its key.
        for (was, is, kept) in [
            (vec![("b", [1, 1]), ("b", [1, 2])], vec![("b", [1, 2])], (vec![("b", 1, 1)], vec![])),
            (vec![("b", [1, 1])], vec![("b", [1, 2]), ("b", [1, 1])], (vec![], vec![("b", 1, 2)])),
        ] {
            let (mut was, mut is) = (rows(&was), rows(&is));
            assert_eq!(set_aside("b", &[false, true], &mut was, &mut is), 0);
            assert_eq!((left(&was), left(&is)), kept);
        }
        // What may change changed in one of two, and what may not in the other.
        let (mut was, mut is) = (rows(&[("b", [1, 1]), ("b", [2, 1])]), rows(&[("b", [3, 1]), ("b", [1, 9])]));
        assert_eq!(set_aside("b", &[false, true], &mut was, &mut is), 1);
        assert_eq!((left(&was), left(&is)), (vec![("b", 2, 1)], vec![("b", 3, 1)]));
        // A row of another table is not this table's.
        let (mut was, mut is) = (rows(&[("a", [1, 1])]), rows(&[("b", [1, 1])]));
        assert_eq!((set_aside("b", &[true, true], &mut was, &mut is), was.len(), is.len()), (0, 1, 1));
    }

    #[test]
    fn equal_rows_of_one_key_are_found_before_the_others_are_called_changed() {
        let (mut was, mut is) = (rows(&[("a", [1, 1]), ("a", [2, 2])]), rows(&[("b", [2, 2]), ("b", [3, 3])]));
        assert_eq!(pair_off(&mut was, &mut is, |one, other| one.values == other.values).len(), 1);
        assert_eq!((left(&was), left(&is)), (vec![("a", 1, 1)], vec![("b", 3, 3)]));
    }
}
