//! The SQL that digests a table.
//!
//! Each value is covered by two hashes that have nothing in common but the [`Form`] that they are made of:
//!
//! * `h = hash(form(c), seed = k)`, `k` being the hash of the row's key; their sum is the digest of the column. The seed
//!   has no part of the column's name, so that a renamed column keeps its digest. A key of one column is digested by
//!   `k` itself.
//! * `p = hash(form(c), seed = constant of the column's name)`. The row's hash is the XOR of these, in which the order of
//!   columns has no part, hashed once more, so that nothing stays linear. The key's columns are among them, `k` is not:
//!   the digest of the rows is the same whatever key the table has. Two columns of one row cannot trade values, since
//!   their constants differ, and two rows cannot, since their hashes are then those of other rows.
//!
//! NULL has a hash of its own in both.

use crate::db::{Column, DbError, Sql, Table, TableKind, quote_ident};

use super::form::{Form, mixed, null_hash};

/// PostgreSQL allows 1,664 outputs; a column takes at most five.
const COLUMNS_PER_STATEMENT: usize = 250;

/// A table together with the forms of its columns.
#[derive(Debug, Clone)]
pub(super) struct Digested<'a> {
    pub(super) table: &'a Table,
    /// The columns whose values seed the hashes.
    pub(super) key: Option<Vec<String>>,
    /// The columns by name, with their forms.
    pub(super) columns: Vec<(&'a Column, Form)>,
}

/// What one statement tells of one column, in the order of its outputs.
pub(super) const OUTPUTS_PER_COLUMN: usize = 5;

impl<'a> Digested<'a> {
    pub(super) fn new(table: &'a Table, key: Option<Vec<String>>, form: impl Fn(&str) -> Form) -> Digested<'a> {
        let mut columns: Vec<_> = table.columns.iter().map(|column| (column, form(&column.name))).collect();
        columns.sort_by(|a, b| a.0.name.cmp(&b.0.name));
        Digested { table, key, columns }
    }

    /// The statements that digest the table, each with the places of the columns that it tells of. Each returns
    /// `rows, row_digest` and then per column `non_nulls, min, max, sum, digest`; only the first has a row digest.
    pub(super) fn statements(&self) -> Result<Vec<(std::ops::Range<usize>, String)>, DbError> {
        let all = 0..self.columns.len();
        if self.columns.len() <= COLUMNS_PER_STATEMENT {
            return Ok(vec![(all, self.statement(&self.columns, true, true)?)]);
        }
        let mut statements = vec![(0..0, self.statement(&self.columns, true, false)?)];
        for from in all.step_by(COLUMNS_PER_STATEMENT) {
            let range = from..(from + COLUMNS_PER_STATEMENT).min(self.columns.len());
            statements.push((range.clone(), self.statement(&self.columns[range], false, true)?));
        }
        Ok(statements)
    }

    fn statement(&self, columns: &[(&Column, Form)], of_rows: bool, of_columns: bool) -> Result<String, DbError> {
        // Of hundreds of columns nothing can be computed beforehand: a level has 1,664 outputs too.
        let cells: Vec<Cell> =
            columns.iter().enumerate().map(|(index, column)| self.cell(index, column, of_columns)).collect();
        let mut outputs = vec!["count(*)".to_owned()];
        outputs.push(if of_rows { format!("coalesce(sum({}), 0)", row_hash(&cells)) } else { "NULL".into() });
        if of_columns {
            for cell in &cells {
                outputs.push(format!("count({})", cell.value));
                outputs.push(cell.form.bound("min", &cell.value));
                outputs.push(cell.form.bound("max", &cell.value));
                outputs.push(cell.form.sum(&cell.value));
                outputs.push(format!("coalesce(sum({}), 0)", cell.hash()));
            }
        }
        self.render(&cells, &outputs, None)
    }

    /// The statement that tells one row a line: its key as a JSON array (NULL without a key), its row hash, and the
    /// hash of each column.
    pub(super) fn fingerprints(&self) -> Result<String, DbError> {
        let cells: Vec<Cell> =
            self.columns.iter().enumerate().map(|(index, column)| self.cell(index, column, false)).collect();
        let mut outputs = vec!["j".to_owned(), row_hash(&cells)];
        outputs.extend(cells.iter().map(Cell::hash));
        let key: Vec<String> = self.key_columns().map(|(value, form)| form.shown(&value)).collect();
        let json = if key.is_empty() {
            "NULL::text AS j".to_owned()
        } else {
            format!("json_build_array({})::text AS j", key.join(", "))
        };
        self.render(&cells, &outputs, Some(json))
    }

    fn cell(&self, index: usize, (column, form): &(&'a Column, Form), is_prepared: bool) -> Cell<'a> {
        let value = format!("v{index}");
        let own = form.prepared(&value);
        let prepared = match own {
            Some(expression) if is_prepared => Prepared::Before { expression, name: format!("f{index}") },
            Some(expression) => Prepared::InPlace(expression),
            None => Prepared::InPlace(value.clone()),
        };
        let is_key = self.key.as_deref().is_some_and(|key| *key == [column.name.clone()]);
        Cell { column, form: *form, value, prepared, is_key }
    }

    fn render(&self, cells: &[Cell], outputs: &[String], json: Option<String>) -> Result<String, DbError> {
        let key_hash = Form::key_hash(self.key_columns());
        let mut inputs = vec![format!("{key_hash} AS k")];
        let mut passed = vec!["k".to_owned()];
        if let Some(json) = json {
            inputs.push(json);
            passed.push("j".into());
        }
        for cell in cells {
            inputs.push(format!("{} AS {}", cell.form.unpacked(&source(cell.column)), cell.value));
            passed.push(cell.value.clone());
            if let Prepared::Before { expression, name } = &cell.prepared {
                passed.push(format!("{expression} AS {name}"));
            }
        }
        // A parent's own rows; those of its partitions belong to it, those of its inheritors do not.
        let only = if self.table.kind == TableKind::Partitioned { "" } else { "ONLY " };
        Ok(Sql::new(include_str!("table_digest.sql"))
            .fragment("outputs", outputs.join(", "))
            .fragment("prepared", passed.join(", "))
            .fragment("inputs", inputs.join(", "))
            .fragment("source", format!("{only}{}", self.table.quoted()))
            .render()?)
    }

    pub(super) fn key_columns(&self) -> impl Iterator<Item = (String, Form)> {
        let names = self.key.as_deref().unwrap_or_default();
        names.iter().filter_map(|name| {
            let (column, form) = self.columns.iter().find(|(column, _)| column.name == *name)?;
            Some((source(column), *form))
        })
    }
}

/// A column in a statement.
struct Cell<'a> {
    column: &'a Column,
    form: Form,
    /// The name of its value.
    value: String,
    prepared: Prepared,
    /// Whether it is all of the key.
    is_key: bool,
}

/// What the hashes of a value are made of.
enum Prepared {
    /// Computed once, under this name.
    Before { expression: String, name: String },
    /// Computed where it is needed.
    InPlace(String),
}

impl Cell<'_> {
    fn prepared(&self) -> &str {
        match &self.prepared {
            Prepared::Before { name, .. } => name,
            Prepared::InPlace(expression) => expression,
        }
    }

    /// Its hash under the key.
    fn hash(&self) -> String {
        if self.is_key {
            return "k".into();
        }
        let hash = self.form.hash_prepared(&self.value, self.prepared(), "k");
        format!("coalesce({hash}, {})", null_hash("k"))
    }
}

/// A column of the table, by an alias that no column's name can take over.
fn source(column: &Column) -> String {
    format!("r.{}", quote_ident(&column.name))
}

fn row_hash(cells: &[Cell]) -> String {
    let parts: Vec<String> =
        cells.iter().map(|cell| cell.form.constant_hash(&cell.value, cell.prepared(), &cell.column.name)).collect();
    mixed(&parts)
}
