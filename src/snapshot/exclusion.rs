//! Columns that are left out by name, and names that name nothing.

use serde::{Deserialize, Serialize};

use crate::db::{Catalog, DbError, Session, Table};

use super::schema;

/// A column that was not looked at because someone said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExcludedColumn {
    /// `schema.table.column`.
    pub column: String,
    /// Why, in the words of who left it out.
    pub reason: String,
}

/// The reason of whoever gave none.
pub const NO_REASON: &str = "left out by name";

/// What is left of the catalog without these columns, and those of them that there were.
pub(super) fn without(catalog: &Catalog, excluded: &[ExcludedColumn]) -> (Catalog, Vec<ExcludedColumn>) {
    let mut left = catalog.clone();
    let mut found = Vec::new();
    for table in left.tables.iter_mut().filter(|table| !table.is_partition) {
        let name = table.full_name();
        let key = table.key.clone().unwrap_or_default();
        table.columns.retain(|column| {
            let full = format!("{name}.{}", column.name);
            // What tells rows apart is part of every digest.
            let entry = excluded.iter().find(|entry| entry.column == full && !key.contains(&column.name));
            found.extend(entry.cloned());
            entry.is_none()
        });
    }
    found.sort_by(|a, b| a.column.cmp(&b.column));
    (left, found)
}

/// What is wrong with the names of tables and other objects that are to be left out: one line for each that there is
/// none of.
///
/// # Errors
/// [`DbError`] where the server cannot be asked.
pub async fn exclude_problems(
    session: &mut Session,
    catalog: &Catalog,
    names: &[String],
) -> Result<Vec<String>, DbError> {
    let is_table = |name: &&String| catalog.tables.iter().any(|table| table.full_name() == **name);
    let others: Vec<&String> = names.iter().filter(|name| !is_table(name)).collect();
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let mut known: Vec<String> =
        schema::read(session, &[]).await?.objects.into_iter().map(|object| object.name).collect();
    for row in session.rows(include_str!("others.sql")).await? {
        known.push(row.text("name")?.to_owned());
    }
    let unknown = others.into_iter().filter(|name| !known.contains(name));
    Ok(unknown.map(|name| format!("there is nothing named {name} to be left out; write schema.table")).collect())
}

/// What is wrong with this name of a table.
pub fn table_problem(catalog: &Catalog, name: &str) -> Option<String> {
    match catalog.tables.iter().find(|table| table.full_name() == name) {
        Some(table) if table.is_partition => {
            Some(format!("{name} is a partition, which is read with its parent; name the parent"))
        }
        Some(_) => None,
        None => Some(format!("there is no table {name}; write schema.table as phasegate snapshot take lists them")),
    }
}

/// What is wrong with this name of a column.
pub fn column_problem(catalog: &Catalog, name: &str) -> Option<String> {
    let holds = |table: &&Table| name.strip_prefix(&table.full_name()).is_some_and(|rest| rest.starts_with('.'));
    let tables: Vec<&Table> = catalog.tables.iter().filter(holds).collect();
    if tables.is_empty() {
        return Some(format!("there is no table of the column {name}; write schema.table.column"));
    }
    let found = tables.iter().find_map(|table| {
        let column = name.get(table.full_name().len() + 1..)?;
        table.column(column).map(|column| (*table, &column.name))
    });
    let Some((table, column)) = found else {
        return Some(format!("there is no column {name}"));
    };
    if table.is_partition {
        return Some(format!("{name} is a column of a partition, which is read with its parent; name the parent's"));
    }
    let in_key = table.key.iter().flatten().any(|key| key == column);
    in_key.then(|| format!("{name} is part of the key that tells rows apart and cannot be left out; exclude the table"))
}
