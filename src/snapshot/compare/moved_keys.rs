//! Which rows of a move are lost, too many, or changed: by key, where the row fingerprints of its tables allow. A row that
//! a target held before is told from the moved ones by that, so that it may change beside the move where that is declared.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::Sample;
use crate::phase::{Move, Side};

use super::super::rows::RowPrint;
use super::super::{Fingerprints, RowSource, Snapshot};
use super::row_diff::{Found, KeyNames, first, samples};
use super::tables::Sides;

/// The rows at fault; none where they cannot be told.
#[derive(Default)]
pub(super) struct Keys {
    rows: Vec<Sample>,
    /// How many rows are lost or too many, named or not.
    strays: usize,
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
        let mut was = before.prints(all, &key, compared)?;
        let now = declared.sides().filter(|side| is_target(side) || !declared.is_copy);
        let mut is = after.prints(now, &key, compared)?;
        let is_whole = was.iter().chain(&is).all(|row| row.values.iter().all(Option::is_some));
        let may_change = |side: &Side, place: usize, name: &str| {
            sides.declared.changes_data(&side.table, side.values.get(place).map_or(name, String::as_str))
        };
        let beside = declared
            .targets
            .iter()
            .map(|side| {
                let allowed: Vec<bool> = compared.iter().map(|(place, name)| may_change(side, *place, name)).collect();
                set_aside(&side.table, &allowed, &mut was, &mut is)
            })
            .sum();
        let names = KeyNames { names: Some(&key), hidden: hidden(sides, declared, &key, compared) };
        Some(Keys { beside, is_whole, ..held_against(&names, &was, &is, compared, sides.options.samples) })
    }
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

impl Moment<'_> {
    fn prints<'s>(
        &self,
        sides: impl Iterator<Item = &'s Side>,
        key: &[String],
        compared: &[(usize, &str)],
    ) -> Option<Vec<Moved>> {
        let mut rows = Vec::new();
        for side in sides {
            // A table that is not there has no rows.
            let Some(table) = self.snapshot.table(&side.table) else { continue };
            let prints = self.source.rows(table).ok()??;
            if !prints.belong_to(table) {
                return None;
            }
            let named = |place: usize, name: &str| side.values.get(place).cloned().unwrap_or_else(|| name.to_owned());
            let own_key: Vec<String> = key
                .iter()
                .map(|column| {
                    let place = compared.iter().find(|(_, name)| name == column);
                    place.map_or_else(|| column.clone(), |(place, name)| named(*place, name))
                })
                .collect();
            if prints.key.as_deref() != Some(own_key.as_slice()) {
                return None;
            }
            let column = |(place, name): &(usize, &str)| {
                let name = named(*place, name);
                prints.columns.iter().position(|column| *column == name)
            };
            let columns: Vec<Option<usize>> = compared.iter().map(column).collect();
            rows.extend(moved(&side.table, prints, &columns));
        }
        Some(rows)
    }
}

fn moved(table: &str, prints: Fingerprints, columns: &[Option<usize>]) -> Vec<Moved> {
    let row = |print: RowPrint| {
        let values = columns.iter().map(|at| print.columns.get((*at)?).copied()).collect();
        Moved { table: table.to_owned(), print, values }
    };
    prints.rows.into_iter().map(row).collect()
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

/// Takes the rows out that this table has on both sides and that differ in allowed values alone; returns how many differ.
fn set_aside(table: &str, allowed: &[bool], was: &mut Vec<Moved>, is: &mut Vec<Moved>) -> u64 {
    let here = |rows: &[Moved]| -> BTreeMap<Box<str>, Vec<Option<i64>>> {
        let of_table = rows.iter().filter(|row| row.table == table);
        of_table.map(|row| (row.print.key.clone(), row.values.clone())).collect()
    };
    let (old, new) = (here(was), here(is));
    let (mut taken, mut differing) = (BTreeSet::new(), 0);
    for (key, before) in old {
        let Some(after) = new.get(&key) else { continue };
        let mut values = before.iter().zip(after).zip(allowed);
        if values.all(|((one, two), allowed)| one == two || *allowed) {
            differing += u64::from(before != *after);
            taken.insert(key);
        }
    }
    for rows in [was, is] {
        rows.retain(|row| row.table != table || !taken.contains(&row.print.key));
    }
    differing
}

fn held_against(key: &KeyNames, was: &[Moved], is: &[Moved], compared: &[(usize, &str)], limit: usize) -> Keys {
    let mut rest = BTreeMap::<&str, Vec<&Moved>>::new();
    for row in is {
        rest.entry(&*row.print.key).or_default().push(row);
    }
    let (mut lost, mut changed) = (Vec::new(), BTreeMap::<usize, Vec<&RowPrint>>::new());
    for row in was {
        let Some(candidates) = rest.get_mut(&*row.print.key).filter(|rows| !rows.is_empty()) else {
            lost.push(&row.print);
            continue;
        };
        // Of several with this key the one that is equal, if there is one.
        let equal = candidates.iter().position(|other| other.values == row.values).unwrap_or(0);
        let other = candidates.remove(equal);
        for ((place, _), (one, two)) in compared.iter().zip(row.values.iter().zip(&other.values)) {
            if one != two && one.is_some() && two.is_some() {
                changed.entry(*place).or_default().push(&row.print);
            }
        }
    }
    let added: Vec<&RowPrint> = rest.into_values().flatten().map(|row| &row.print).collect();
    let named = |rows: &[&RowPrint], what: &str, limit: usize| {
        samples(&first(rows.iter().copied().map(Found::Lost), limit), key, what)
    };
    let mut rows = named(&lost, "lost", limit);
    rows.extend(named(&added, "too many", limit.saturating_sub(rows.len())));
    let changed = changed.into_iter().map(|(place, rows)| {
        let name = compared.iter().find(|(known, _)| *known == place).map_or("", |(_, name)| *name);
        (place, (super::amount(rows.len()), named(&rows, &format!("changed: {name}"), limit)))
    });
    Keys { rows, strays: lost.len() + added.len(), changed: changed.collect(), ..Keys::default() }
}
