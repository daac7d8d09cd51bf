//! Names of tables and columns in the settings of a snapshot that there are none of.
//!
//! What is misspelt would be looked at, left out or shown, unasked.

use crate::config::MeasureConfig;
use crate::db::{Catalog, Session, Table};
use crate::evidence::{Redaction, names_column, no_such_column};
use crate::phase::{Change, Declared, ObjectKind};
use crate::snapshot::{self, SnapshotError};

use super::Error;

/// Refuses what names nothing in the database as it is.
pub(super) async fn refuse(measure: &MeasureConfig, session: &mut Session, catalog: &Catalog) -> Result<(), Error> {
    let mut problems = left_out(measure, session, catalog, &Declared::default()).await?;
    problems.extend(redacted(&measure.redact, catalog));
    answer(problems)
}

/// Refuses what names nothing before the phases and nothing that they declare to add.
pub(super) async fn refuse_before(
    measure: &MeasureConfig,
    session: &mut Session,
    catalog: &Catalog,
    declared: &Declared,
) -> Result<(), Error> {
    let mut problems = left_out(measure, session, catalog, declared).await?;
    let columns = columns(catalog);
    let unknown = measure.redact.unknown(columns.iter().map(|(table, column)| (table.as_str(), column.as_str())));
    let unknown = unknown.filter(|entry| !redacted_may_come(declared, entry));
    problems.extend(unknown.map(|entry| format!("{}; no pending phase declares to add it", no_such_column(entry))));
    answer(problems)
}

fn answer(problems: Vec<String>) -> Result<(), Error> {
    if problems.is_empty() { Ok(()) } else { Err(SnapshotError::Names { problems }.into()) }
}

async fn left_out(
    measure: &MeasureConfig,
    session: &mut Session,
    catalog: &Catalog,
    declared: &Declared,
) -> Result<Vec<String>, Error> {
    let tables = measure.tables.iter().flatten();
    let mut problems: Vec<String> = tables.filter_map(|name| snapshot::table_problem(catalog, name)).collect();
    let exclude: Vec<String> = measure.exclude.iter().filter(|name| !may_come(declared, name)).cloned().collect();
    problems.extend(snapshot::exclude_problems(session, catalog, &exclude).await?);
    let columns = measure.exclude_columns.iter().map(|entry| &entry.column);
    let columns = columns.filter(|column| !column_may_come(declared, column));
    problems.extend(columns.filter_map(|column| snapshot::column_problem(catalog, column)));
    Ok(problems)
}

fn may_come(declared: &Declared, name: &str) -> bool {
    ObjectKind::words().filter_map(ObjectKind::parse).any(|kind| declared.adds(kind, name))
}

fn column_may_come(declared: &Declared, column: &str) -> bool {
    let with_table = column.rsplit_once('.').is_some_and(|(table, _)| declared.adds(ObjectKind::Table, table));
    with_table || declared.adds(ObjectKind::Column, column)
}

fn redacted(redact: &Redaction, catalog: &Catalog) -> Vec<String> {
    let columns = columns(catalog);
    redact.problems(columns.iter().map(|(table, column)| (table.as_str(), column.as_str())))
}

/// Every column with its table.
fn columns(catalog: &Catalog) -> Vec<(String, String)> {
    let named = |table: &Table| {
        let name = table.full_name();
        table.columns.iter().map(move |column| (name.clone(), column.name.clone())).collect::<Vec<_>>()
    };
    catalog.tables.iter().flat_map(named).collect()
}

/// Whether an entry may name a column that a phase declares to add, by itself or with its table.
fn redacted_may_come(declared: &Declared, entry: &str) -> bool {
    let table = entry.rsplit_once('.').map(|(table, _)| table);
    let is_of = |name: &str| table.is_none_or(|table| name == table || name.ends_with(&format!(".{table}")));
    declared.all().any(|change| match change {
        Change::Adds(ObjectKind::Table | ObjectKind::MaterializedView, name) => name.contains('*') || is_of(name),
        Change::Adds(ObjectKind::Column, name) => {
            let named = |(table, column)| names_column(entry, table, column);
            name.contains('*') || name.rsplit_once('.').is_some_and(named)
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_phase_adds_may_be_redacted_before_it_is_there() {
        let adds =
            |kind, name: &str| Declared { changes: vec![Change::Adds(kind, name.into())], ..Declared::default() };
        let column = adds(ObjectKind::Column, "public.t.mail");
        for (entry, may) in
            [("mail", true), ("t.mail", true), ("public.t.mail", true), ("mial", false), ("u.mail", false)]
        {
            assert_eq!(redacted_may_come(&column, entry), may, "{entry}");
        }
        let table = adds(ObjectKind::Table, "public.t");
        for (entry, may) in [("mail", true), ("t.mail", true), ("public.t.mail", true), ("u.mail", false)] {
            assert_eq!(redacted_may_come(&table, entry), may, "{entry}");
        }
        assert!(redacted_may_come(&adds(ObjectKind::Table, "public.*"), "u.mail"));
        assert!(!redacted_may_come(&adds(ObjectKind::Index, "public.mail"), "mail"));
    }
}
