//! The statements of repair SQL, in pieces: a long value is fetched while it is written.

use crate::db::{quote_ident, quote_literal};

use super::detail::Fetched;
use super::pair::TablePair;
use super::sql::Side;
use super::value::Value;

/// A part of a statement.
#[derive(Debug)]
pub(super) enum Piece<'r> {
    Sql(String),
    /// The literal of a value that is only on the server.
    Long {
        side: Side,
        row: &'r Fetched,
        column: usize,
    },
}

/// Adds a row of A to B.
pub(super) fn insert<'r>(pair: &TablePair<'_>, row: &'r Fetched) -> Vec<Piece<'r>> {
    let columns: Vec<usize> = (0..pair.columns.len()).filter(|index| !pair.columns[*index].generated).collect();
    let names: Vec<String> = columns.iter().map(|index| quote_ident(&pair.columns[*index].b_name)).collect();
    let (table, names) = (pair.b.quoted(), names.join(", "));
    let mut pieces = vec![sql(format!("INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE VALUES ("))];
    for (number, index) in columns.iter().enumerate() {
        pieces.extend((number > 0).then(|| sql(", ")));
        pieces.push(value(Side::A, row, *index));
    }
    pieces.push(sql(");\n"));
    pieces
}

/// Gives a row of B these values of A's; nothing, where B computes all of them.
pub(super) fn update<'r>(pair: &TablePair<'_>, a: &'r Fetched, b: &'r Fetched, columns: &[usize]) -> Vec<Piece<'r>> {
    let mut pieces = vec![sql(format!("UPDATE {} SET ", pair.b.quoted()))];
    let columns = columns.iter().filter(|index| !pair.columns[**index].generated);
    for (number, index) in columns.enumerate() {
        pieces.extend((number > 0).then(|| sql(", ")));
        pieces.push(sql(format!("{} = ", quote_ident(&pair.columns[*index].b_name))));
        pieces.push(value(Side::A, a, *index));
    }
    if pieces.len() == 1 {
        return Vec::new();
    }
    pieces.push(sql(" WHERE "));
    pieces.extend(these(pair, b));
    pieces.push(sql(";\n"));
    pieces
}

/// Takes a row away from B.
pub(super) fn delete<'r>(pair: &TablePair<'_>, row: &'r Fetched) -> Vec<Piece<'r>> {
    let mut pieces = vec![sql(format!("DELETE FROM {} WHERE ", pair.b.quoted()))];
    pieces.extend(these(pair, row));
    pieces.push(sql(";\n"));
    pieces
}

/// The condition that finds so many rows of B.
fn these<'r>(pair: &TablePair<'_>, row: &'r Fetched) -> Vec<Piece<'r>> {
    if !pair.key.is_empty() && !pair.key_is_declared {
        return joined(pair.key.iter().map(|index| by_key(pair, row, *index)));
    }
    let table = pair.b.quoted();
    let mut pieces = vec![sql(format!("(tableoid, ctid) IN (SELECT tableoid, ctid FROM {table} WHERE "))];
    pieces.extend(joined((0..pair.columns.len()).map(|index| same(pair, row, index))));
    // Of rows that are all alike, as many as there are too many.
    pieces.push(sql(format!(" LIMIT {})", row.copies)));
    pieces
}

fn by_key<'r>(pair: &TablePair<'_>, row: &'r Fetched, index: usize) -> [Piece<'r>; 2] {
    let name = quote_ident(&pair.columns[index].b_name);
    match row.values.get(index) {
        None | Some(Value::Null) => [sql(name), sql(" IS NULL")],
        Some(_) => [sql(format!("{name} = ")), value(Side::B, row, index)],
    }
}

/// Equality by text: not every type has an operator for it, and 1.0 is not 1.00 here.
fn same<'r>(pair: &TablePair<'_>, row: &'r Fetched, index: usize) -> [Piece<'r>; 2] {
    let column = &pair.columns[index];
    let cast = match column.b_base_type.as_str() {
        // Their casts to text say other things than they show.
        "bool" | "bpchar" => "",
        _ => "::text",
    };
    [sql(format!("{}{cast} IS NOT DISTINCT FROM ", quote_ident(&column.b_name))), value(Side::B, row, index)]
}

fn joined<'r>(conditions: impl Iterator<Item = [Piece<'r>; 2]>) -> Vec<Piece<'r>> {
    let mut pieces = Vec::new();
    for (number, condition) in conditions.enumerate() {
        pieces.extend((number > 0).then(|| sql(" AND ")));
        pieces.extend(condition);
    }
    pieces
}

fn value(side: Side, row: &Fetched, column: usize) -> Piece<'_> {
    match row.values.get(column) {
        None | Some(Value::Null) => sql("NULL"),
        Some(Value::Whole(text)) => sql(quote_literal(text)),
        Some(Value::Cut { .. }) => Piece::Long { side, row, column },
    }
}

fn sql<'r>(text: impl Into<String>) -> Piece<'r> {
    Piece::Sql(text.into())
}
