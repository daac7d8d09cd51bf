//! Tables and columns that bear another name after: known by their values, and by nothing else.

use super::super::{ColumnSnapshot, Snapshot, TableSnapshot};

/// What holds the values of a table or column that is gone.
pub(super) enum Successor<'a, T> {
    /// Nothing that is new, or it held nothing that could be told from anything else.
    None,
    /// This alone, and nothing else that is gone had these values.
    One(&'a T),
    /// Which one became which cannot be told.
    Unclear {
        /// What is new and holds the same values.
        candidates: Vec<&'a T>,
        why: Why,
    },
}

/// Why equal values do not tell the new name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// There is more than one candidate, or so many others that are gone held the values too.
    Many { others: usize },
    /// All values are one, as a new column has it that was filled by its default.
    Constant,
    /// Whether all values are one is not known: the type has no order, or they are longer than their bounds are kept.
    Unknown,
}

impl<'a, T> Successor<'a, T> {
    fn of(candidates: Vec<&'a T>, gone: usize) -> Successor<'a, T> {
        match candidates.as_slice() {
            [] => Successor::None,
            [only] if gone == 1 => Successor::One(only),
            _ => Successor::Unclear { candidates, why: Why::Many { others: gone.saturating_sub(1) } },
        }
    }

    /// Whatever it may be.
    fn all(self) -> Vec<&'a T> {
        match self {
            Successor::None => Vec::new(),
            Successor::One(found) => vec![found],
            Successor::Unclear { candidates, .. } => candidates,
        }
    }
}

/// Every table and column of which it is certain that it has another name after: the old name and the new one.
pub fn renames(before: &Snapshot, after: &Snapshot) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for table in &before.tables {
        match (after.table(&table.name), of_table(before, after, table)) {
            (Some(now), _) => {
                found.extend(table.columns.iter().filter_map(|column| match of_column(table, now, column) {
                    Successor::One(new) => {
                        Some((format!("{}.{}", table.name, column.name), format!("{}.{}", table.name, new.name)))
                    }
                    _ => None,
                }))
            }
            (None, Successor::One(new)) => found.push((table.name.clone(), new.name.clone())),
            (None, _) => {}
        }
    }
    found
}

/// Every table and column that may have another name after, certain or not: the old name and the new one.
pub(super) fn possible(before: &Snapshot, after: &Snapshot) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for table in &before.tables {
        let Some(now) = after.table(&table.name) else {
            let names = of_table(before, after, table).all().into_iter().map(|new| new.name.clone());
            found.extend(names.map(|new| (table.name.clone(), new)));
            continue;
        };
        for column in &table.columns {
            let name = |column: &str| format!("{}.{column}", table.name);
            let new = of_column(table, now, column).all();
            found.extend(new.into_iter().map(|new| (name(&column.name), name(&new.name))));
        }
    }
    found
}

/// What holds the rows of a table that is gone. An empty table is like any other and proves nothing.
pub(super) fn of_table<'a>(
    before: &Snapshot,
    after: &'a Snapshot,
    table: &TableSnapshot,
) -> Successor<'a, TableSnapshot> {
    let columns = |table: &TableSnapshot| -> Vec<_> {
        table.columns.iter().map(|column| (column.name.clone(), column.digest)).collect()
    };
    let alike = |one: &TableSnapshot| {
        (one.rows, one.row_digest, &one.key) == (table.rows, table.row_digest, &table.key)
            && columns(one) == columns(table)
    };
    if table.rows == 0 || after.table(&table.name).is_some() {
        return Successor::None;
    }
    let new = after.tables.iter().filter(|one| before.table(&one.name).is_none() && alike(one));
    let gone = before.tables.iter().filter(|one| after.table(&one.name).is_none() && alike(one));
    Successor::of(new.collect(), gone.count())
}

/// What holds the values of a column that is gone. One of NULLs alone is like any other such, and nothing is lost with it.
pub(super) fn of_column<'a>(
    before: &TableSnapshot,
    after: &'a TableSnapshot,
    column: &ColumnSnapshot,
) -> Successor<'a, ColumnSnapshot> {
    let alike =
        |one: &ColumnSnapshot| one.form == column.form && one.digest == column.digest && one.nulls == column.nulls;
    if column.nulls >= before.rows || after.column(&column.name).is_some() {
        return Successor::None;
    }
    let new = after.columns.iter().filter(|one| before.column(&one.name).is_none() && alike(one));
    let gone = before.columns.iter().filter(|one| after.column(&one.name).is_none() && alike(one));
    match (Successor::of(new.collect(), gone.count()), why_weak(column)) {
        // Which columns are the key is known by more than their values.
        (Successor::One(found), Some(why)) if !is_same_of_key(before, after, column, found) => {
            Successor::Unclear { candidates: vec![found], why }
        }
        (found, _) => found,
    }
}

/// Why values that are equal row by row prove nothing. Where some are NULL, the same ones were in both.
fn why_weak(column: &ColumnSnapshot) -> Option<Why> {
    let whole = |bound: &&String| !bound.ends_with('…');
    let weak = match (column.min.as_ref().filter(whole), column.max.as_ref().filter(whole)) {
        (Some(least), Some(greatest)) if least == greatest => Some(Why::Constant),
        (None, None) => Some(Why::Unknown),
        _ => None,
    };
    weak.filter(|_| column.nulls == 0)
}

fn is_same_of_key(before: &TableSnapshot, after: &TableSnapshot, was: &ColumnSnapshot, is: &ColumnSnapshot) -> bool {
    let place = |table: &TableSnapshot, column: &ColumnSnapshot| {
        table.key.as_ref().and_then(|key| key.iter().position(|name| *name == column.name))
    };
    place(before, was).is_some_and(|found| place(after, is) == Some(found))
}

/// Who the candidates are, and that nothing was assumed.
pub(super) fn unclear(names: &[String], why: Why, what: &str) -> String {
    let verb = if names.len() == 1 { "holds" } else { "hold" };
    let reason = match why {
        Why::Many { others: 0 } => ": which is its new name".to_owned(),
        Why::Many { others: 1 } => ", which one more that is gone held too: which is its new name".to_owned(),
        Why::Many { others } => format!(", which {others} more that are gone held too: which is its new name"),
        Why::Constant => {
            ", all of which are one, as in a column filled by its default: whether it is its new name".into()
        }
        Why::Unknown => {
            ", which may all be one, as in a column filled by its default: whether it is its new name".into()
        }
    };
    format!("{} {verb} the same {what}{reason} cannot be told, and none is assumed", names.join(" and "))
}
