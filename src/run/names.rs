//! Names of tables and columns in the settings of a snapshot that there are none of.
//!
//! What is misspelt would be looked at, left out or shown, unasked.

use crate::config::MeasureConfig;
use crate::db::{Catalog, Session, Table};
use crate::evidence::Redaction;
use crate::phase::{Declared, ObjectKind};
use crate::snapshot::{self, SnapshotError};

use super::Error;

/// Refuses what names nothing in the database as it is.
pub(super) async fn refuse(measure: &MeasureConfig, session: &mut Session, catalog: &Catalog) -> Result<(), Error> {
    let mut problems = left_out(measure, session, catalog, &Declared::default()).await?;
    problems.extend(redacted(&measure.redact, catalog));
    answer(problems)
}

/// Refuses what names nothing before the phases and nothing that they declare to add. A column that is redacted may be
/// made by any of them; see [`super::values`].
pub(super) async fn refuse_before(
    measure: &MeasureConfig,
    session: &mut Session,
    catalog: &Catalog,
    declared: &Declared,
) -> Result<(), Error> {
    answer(left_out(measure, session, catalog, declared).await?)
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
    let named = |table: &Table| {
        let name = table.full_name();
        table.columns.iter().map(move |column| (name.clone(), column.name.clone())).collect::<Vec<_>>()
    };
    let columns: Vec<(String, String)> = catalog.tables.iter().flat_map(named).collect();
    redact.problems(columns.iter().map(|(table, column)| (table.as_str(), column.as_str())))
}
