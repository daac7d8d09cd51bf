//! The two ways in which phasegate compares, and what each reports.

use std::path::Path;

use crate::campaign::{Lines, added, changed, key_name, lost, of_facts};
use crate::db::{Catalog, ConnSpec, SharedSnapshot};
use crate::diff::{self, ColumnProblem, Comparison, RowDiff, RowKind, TableDiff};
use crate::phase::Declared;
use crate::snapshot::{self, CompareOptions, Snapshot, StoredRows};
use crate::verdict::Verdict;

use super::super::Error;
use super::ground::{CLEAN, Ground};

/// What both ways report of a database, held against the untouched one.
pub(super) struct Seen {
    pub(super) by_snapshot: Lines,
    pub(super) by_diff: Lines,
}

/// A snapshot that was taken.
pub(super) struct Taken {
    pub(super) snapshot: Snapshot,
}

/// Takes a snapshot into the directory.
pub(super) async fn take(spec: &ConnSpec, directory: &Path, options: &snapshot::Options) -> Result<Taken, Error> {
    let shared = SharedSnapshot::open(spec, options.cancel.clone()).await?;
    let mut session = shared.session().await?;
    let catalog = Catalog::read(&mut session).await?;
    session.close().await;
    let snapshot = snapshot::take(&shared, &catalog, Some(directory), options, &|_| {}).await?;
    shared.close().await;
    Ok(Taken { snapshot })
}

impl Ground {
    /// Compares the database with the untouched one. What is declared, and columns that came by declaration, may differ.
    pub(super) async fn look(&self, copy: &ConnSpec, declared: &Declared, came: &[String]) -> Result<Seen, Error> {
        let by_snapshot = self.by_snapshot(copy, declared).await?;
        let mut options = self.options.diff.clone();
        options.ignore_columns.extend_from_slice(came);
        let clean = self.servers[0].spec(CLEAN);
        let compared = diff::compare(&clean, Some(copy), &options, &self.options.cancel, None, &|_| {}).await?;
        Ok(Seen { by_snapshot, by_diff: of_comparison(&compared, came) })
    }

    async fn by_snapshot(&self, copy: &ConnSpec, declared: &Declared) -> Result<Lines, Error> {
        let after_at = self.options.scratch.join("after");
        let options = snapshot::Options { keys: self.clean.keys(), ..self.options.snapshot.clone() };
        let Taken { snapshot: after } = take(copy, &after_at, &options).await?;
        let (rows_before, rows_after) = (StoredRows::new(&self.clean_at), StoredRows::new(&after_at));
        let all = CompareOptions { samples: usize::MAX, ..CompareOptions::default() };
        let facts = snapshot::compare(&self.clean, &after, &rows_before, &rows_after, declared, &all);
        let mut lines = of_facts(&facts, &self.names());
        for gap in after.not_covered.iter().filter(|gap| gap.cause == snapshot::Cause::Failed) {
            lines.entry(gap.name.clone()).or_default().insert(format!("not read: {}", gap.reason));
        }
        Ok(lines)
    }
}

fn of_comparison(compared: &Comparison, came: &[String]) -> Lines {
    let mut lines = Lines::new();
    for table in &compared.tables {
        let own = lines.entry(table.a.clone()).or_default();
        own.extend(table.rows.iter().map(|row| match row {
            Ok(row) => line(table, &row),
            Err(error) => format!("rows not read: {error}"),
        }));
        let shown = u64::try_from(table.rows.len()).unwrap_or(u64::MAX);
        if table.verdict == Verdict::NotEvaluated || (table.verdict == Verdict::Fail && shown == 0) {
            own.insert(format!("{} without rows", table.verdict));
        }
        let expected = |name: &str| came.iter().any(|column| column.rsplit('.').next() == Some(name));
        for note in &table.columns {
            if note.problem != ColumnProblem::Ignored && !expected(&note.column) {
                own.insert(format!("column {}: {:?}", note.column, note.problem));
            }
        }
    }
    // What was left out on purpose is not looked at: a defect in it is missed.
    for gap in compared.not_compared.iter().filter(|gap| gap.cause != Some(snapshot::Cause::Excluded)) {
        lines.entry(gap.name.clone()).or_default().insert(format!("not compared: {}", gap.reason));
    }
    lines
}

fn line(table: &TableDiff, row: &RowDiff) -> String {
    let key = key_name(row.key.iter().map(|(name, value)| (name.as_str(), value.as_deref())));
    let named = if table.key.is_empty() { format!("{} times {key}", row.copies) } else { key };
    match row.kind {
        RowKind::OnlyInA => lost(&named),
        RowKind::OnlyInB => added(&named),
        RowKind::Changed => changed(&named, row.values.iter().map(|value| value.column.as_str()).collect()),
    }
}
