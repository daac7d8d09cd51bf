//! Defects: one table loses, gains or changes something small. Each is one statement, so that a refused one leaves nothing.

use crate::db::{Column, Table, quote_literal};

use super::picture::{Entry, Picture};
use super::rng::Rng;
use super::zoo::{Families, Family};

/// Silences triggers and foreign keys, as bulk loading does: the defect comes alone.
const SILENT: &str = "SET LOCAL session_replication_role = replica;";

/// A table to plant a defect in, as it was before.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The table.
    pub table: &'a Table,
    /// Its columns that stand in a unique index.
    pub unique: &'a [String],
    /// Its rows.
    pub picture: &'a Picture,
    /// How values are nudged.
    pub families: &'a Families,
}

/// What may become a defect: it does where the server accepts it and a value changes by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// What kind of defect.
    pub kind: String,
    /// The statements.
    pub sql: String,
}

type Kind = fn(&Target<'_>, &mut Rng) -> Option<(String, String)>;

/// Each kind with its weight.
const KINDS: &[(usize, Kind)] = &[
    (30, nudged),
    (14, twin),
    (6, deleted),
    (6, inserted),
    (6, replaced),
    (8, swapped),
    (7, copied),
    (5, traded),
    (6, null_for_value),
    (6, value_for_null),
    (5, sum_kept),
    (1, emptied),
];

/// A defect of a kind drawn by chance; `None` where the table has nothing for it.
pub fn attempt(target: &Target<'_>, rng: &mut Rng) -> Option<Attempt> {
    let mut left = rng.below(KINDS.iter().map(|(weight, _)| weight).sum());
    for (weight, kind) in KINDS {
        if left < *weight {
            let (kind, sql) = kind(target, rng)?;
            return Some(Attempt { kind, sql: format!("{SILENT} {sql}") });
        }
        left -= weight;
    }
    None
}

impl<'a> Target<'a> {
    fn row(&self, rng: &mut Rng) -> Option<&'a Entry> {
        rng.pick(&self.picture.rows)
    }

    /// Two rows that are not one.
    fn two_rows(&self, rng: &mut Rng) -> Option<(&'a Entry, &'a Entry)> {
        let (one, other) = (self.row(rng)?, self.row(rng)?);
        (one.place != other.place).then_some((one, other))
    }

    /// A column that can be written to, with its place.
    fn column(&self, rng: &mut Rng) -> Option<(usize, &'a Column)> {
        let at = rng.below(self.table.columns.len());
        self.table.columns.get(at).filter(|column| !column.generated).map(|column| (at, column))
    }

    fn family(&self, column: &'a Column, rng: &mut Rng) -> Option<&'a Family> {
        let families: Vec<&Family> = self.families.of(column).collect();
        rng.pick(&families).copied()
    }

    fn is_unique(&self, column: &Column) -> bool {
        self.unique.contains(&column.name)
    }

    fn update(&self, set: &str, condition: &str) -> String {
        format!("UPDATE {} AS r SET {set} WHERE {condition}", self.table.quoted())
    }

    /// One value of another row.
    fn from(&self, column: &Column, place: &str) -> String {
        format!("(SELECT r.{} FROM {} AS r WHERE {place})", column.quoted(), self.table.quoted())
    }
}

/// A value becomes a slightly different one; in a few cases in every row at once.
fn nudged(target: &Target<'_>, rng: &mut Rng) -> Option<(String, String)> {
    let (_, column) = target.column(rng)?;
    let family = target.family(column, rng)?;
    let (kind, sql) = rng.pick(family.nudges())?;
    let set = format!("{} = {}", column.quoted(), nudge(sql, column));
    if rng.percent(4) {
        return Some((format!("{kind}, in every row"), target.update(&set, "true")));
    }
    Some((kind.clone(), target.update(&set, &target.row(rng)?.place)))
}

/// The nudge's SQL with the column in its place.
fn nudge(sql: &str, column: &Column) -> String {
    sql.replace("{c}", &format!("r.{}", column.quoted()))
}

/// A value becomes one that a weaker comparison takes for the same.
fn twin(target: &Target<'_>, rng: &mut Rng) -> Option<(String, String)> {
    let (_, column) = target.column(rng)?;
    let family = target.family(column, rng)?;
    let (one, other) = rng.pick(family.twins())?;
    let (one, other) = if rng.percent(50) { (one, other) } else { (other, one) };
    let (name, table, type_name) = (column.quoted(), target.table.quoted(), &column.type_name);
    let (one, other) = (quote_literal(one), quote_literal(other));
    let skip = rng.below(2);
    let condition = format!(
        "(r.tableoid, r.ctid) = (SELECT s.tableoid, s.ctid FROM {table} AS s \
         WHERE s.{name}::text = ({one}::{type_name})::text ORDER BY s.tableoid, s.ctid OFFSET {skip} LIMIT 1)"
    );
    Some(("confusable value".into(), target.update(&format!("{name} = {other}::{type_name}"), &condition)))
}

fn deleted(target: &Target<'_>, rng: &mut Rng) -> Option<(String, String)> {
    let row = target.row(rng)?;
    Some(("row deleted".into(), format!("DELETE FROM {} AS r WHERE {}", target.table.quoted(), row.place)))
}

fn emptied(target: &Target<'_>, _: &mut Rng) -> Option<(String, String)> {
    Some(("all rows deleted".into(), format!("DELETE FROM {}", target.table.quoted())))
}

/// A copy of a row comes in: under a key of its own, or without a key as a duplicate.
fn inserted(target: &Target<'_>, rng: &mut Rng) -> Option<(String, String)> {
    let row = target.row(rng)?;
    let written: Vec<&Column> = target.table.columns.iter().filter(|column| !column.generated).collect();
    let value = |column: &&Column| {
        if target.is_unique(column) { fresh(target, column) } else { format!("r.{}", column.quoted()) }
    };
    let names: Vec<String> = written.iter().map(|column| column.quoted()).collect();
    let values: Vec<String> = written.iter().map(value).collect();
    let kind = if target.table.key.is_some() { "row inserted" } else { "row duplicated" };
    let table = target.table.quoted();
    let sql = format!(
        "INSERT INTO {table} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {table} AS r WHERE {}",
        names.join(", "),
        values.join(", "),
        row.place
    );
    Some((kind.into(), sql))
}

/// A value that no row has.
fn fresh(target: &Target<'_>, column: &Column) -> String {
    let (name, table) = (column.quoted(), target.table.quoted());
    match column.base_type.as_str() {
        "int2" | "int4" | "int8" | "numeric" | "date" => format!("(SELECT max(s.{name}) + 1 FROM {table} AS s)"),
        "timestamptz" | "timestamp" => format!("(SELECT max(s.{name}) + interval '1 s' FROM {table} AS s)"),
        "uuid" => format!("md5(r.{name}::text)::uuid"),
        _ => format!("'x' || r.{name}"),
    }
}

/// A row is overwritten with another one and keeps its key: as many rows as before.
fn replaced(target: &Target<'_>, rng: &mut Rng) -> Option<(String, String)> {
    let (row, other) = target.two_rows(rng)?;
    let written = target.table.columns.iter().filter(|column| !column.generated && !target.is_unique(column));
    let set: Vec<String> =
        written.map(|column| format!("{} = {}", column.quoted(), target.from(column, &other.place))).collect();
    (!set.is_empty()).then(|| ("row replaced by a copy".into(), target.update(&set.join(", "), &row.place)))
}

/// Two rows trade the values of a column: every count, sum and bound is what it was.
fn swapped(target: &Target<'_>, rng: &mut Rng) -> Option<(String, String)> {
    let (_, column) = target.column(rng)?;
    let (one, other) = target.two_rows(rng)?;
    let set = format!(
        "{} = CASE WHEN {} THEN {} ELSE {} END",
        column.quoted(),
        one.place,
        target.from(column, &other.place),
        target.from(column, &one.place)
    );
    let condition = format!("{} OR {}", one.place, other.place);
    Some(("values swapped between rows".into(), target.update(&set, &condition)))
}

fn copied(target: &Target<'_>, rng: &mut Rng) -> Option<(String, String)> {
    let (_, column) = target.column(rng)?;
    let (row, other) = target.two_rows(rng)?;
    let set = format!("{} = {}", column.quoted(), target.from(column, &other.place));
    Some(("value of another row".into(), target.update(&set, &row.place)))
}

/// Two columns of a row trade their values.
fn traded(target: &Target<'_>, rng: &mut Rng) -> Option<(String, String)> {
    let (_, column) = target.column(rng)?;
    let alike = |other: &&Column| other.base_type == column.base_type && other.name != column.name && !other.generated;
    let others: Vec<&Column> = target.table.columns.iter().filter(alike).collect();
    let other = rng.pick(&others)?;
    let set = format!("{0} = r.{1}, {1} = r.{0}", column.quoted(), other.quoted());
    Some(("values swapped between columns".into(), target.update(&set, &target.row(rng)?.place)))
}

fn null_for_value(target: &Target<'_>, rng: &mut Rng) -> Option<(String, String)> {
    let (at, column) = target.column(rng)?;
    let rows: Vec<&Entry> =
        target.picture.rows.iter().filter(|row| row.values.get(at).is_some_and(Option::is_some)).collect();
    let row = rng.pick(&rows).filter(|_| !column.not_null)?;
    Some(("NULL for a value".into(), target.update(&format!("{} = NULL", column.quoted()), &row.place)))
}

fn value_for_null(target: &Target<'_>, rng: &mut Rng) -> Option<(String, String)> {
    let (at, column) = target.column(rng)?;
    let of = |null: bool| -> Vec<&Entry> {
        target
            .picture
            .rows
            .iter()
            .filter(|row| row.values.get(at).is_some_and(|value| value.is_none() == null))
            .collect()
    };
    let (nulls, others) = (of(true), of(false));
    let row = rng.pick(&nulls)?;
    if column.base_category == 'S' && rng.percent(50) {
        return Some(("empty for NULL".into(), target.update(&format!("{} = ''", column.quoted()), &row.place)));
    }
    let set = format!("{} = {}", column.quoted(), target.from(column, &rng.pick(&others)?.place));
    Some(("value for a NULL".into(), target.update(&set, &row.place)))
}

/// One row gains what another one loses: the sum is what it was.
fn sum_kept(target: &Target<'_>, rng: &mut Rng) -> Option<(String, String)> {
    let numbers = |column: &&Column| {
        matches!(column.base_type.as_str(), "int2" | "int4" | "int8" | "numeric" | "money" | "float8")
    };
    let columns: Vec<&Column> =
        target.table.columns.iter().filter(numbers).filter(|column| !column.generated).collect();
    let column = rng.pick(&columns)?;
    let (one, other) = target.two_rows(rng)?;
    let name = column.quoted();
    let by = if column.base_type == "money" { "1::money" } else { "1" };
    let set = format!("{name} = CASE WHEN {} THEN r.{name} + {by} ELSE r.{name} - {by} END", one.place);
    Some(("amount moved, sum kept".into(), target.update(&set, &format!("{} OR {}", one.place, other.place))))
}
