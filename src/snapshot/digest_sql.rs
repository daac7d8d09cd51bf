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
//! NULL has a hash of its own in both. A column that is declared NOT NULL is taken at its word, which costs less: nobody
//! looks whether its values are NULL. The same statement tells whether the word was kept, see [`Digested::statements`].

use std::collections::BTreeSet;

use crate::db::{Column, DbError, Sql, Table, quote_ident, quote_literal};
use crate::evidence::REDACTED;

use super::form::{Bound, Form, mixed, null_hash};
use super::units::Place;

/// PostgreSQL allows 1,664 outputs; a column takes at most five.
const COLUMNS_PER_STATEMENT: usize = 250;
/// Bounds are for the eye; one character more than is shown tells that there is more.
const LONGEST_BOUND: usize = 101;
/// Of a value that is shown so much is read, to find where it differs from another.
const LONGEST_VALUE: usize = 10_000;

/// What one statement tells before it comes to the columns.
pub(super) const OUTPUTS_OF_ROWS: usize = 4;
/// What it tells of one column.
pub(super) const OUTPUTS_PER_COLUMN: usize = 5;

/// A table together with the forms of its columns.
#[derive(Debug, Clone)]
pub(super) struct Digested<'a> {
    pub(super) table: &'a Table,
    /// The columns whose values seed the hashes.
    pub(super) key: Option<Vec<String>>,
    /// The columns by name, with their forms.
    pub(super) columns: Vec<(&'a Column, Form)>,
    /// Those that are declared NOT NULL and not read as if they were not.
    never_null: BTreeSet<&'a str>,
}

/// The columns that a statement tells of, by their places.
type Told = std::ops::Range<usize>;

impl<'a> Digested<'a> {
    pub(super) fn new(table: &'a Table, key: Option<Vec<String>>, form: impl Fn(&str) -> Form) -> Digested<'a> {
        let mut columns: Vec<_> = table.columns.iter().map(|column| (column, form(&column.name))).collect();
        columns.sort_by(|a, b| a.0.name.cmp(&b.0.name));
        Digested { table, key, columns, never_null: BTreeSet::new() }
    }

    /// The same, taken at its word where this says of a column that it holds no NULL.
    pub(super) fn trusting(mut self, is_never_null: impl Fn(&str) -> bool) -> Digested<'a> {
        let names = self.columns.iter().map(|(column, _)| column.name.as_str());
        self.never_null = names.filter(|name| is_never_null(name)).collect();
        self
    }

    /// The same, no column taken at its word.
    pub(super) fn doubting(&self) -> Digested<'a> {
        Digested { never_null: BTreeSet::new(), ..self.clone() }
    }

    /// The statements that digest the rows of a place, each with the columns that it tells of. Each returns
    /// `rows, row_digest, buckets, no_null` and then per column `non_nulls, min, max, sum, digest`; only the first has a
    /// row digest and, where a number of buckets is given, `bucket rows digest` of each, with commas between them.
    ///
    /// `no_null` says whether no row has a NULL where none should be: such a row has no hash, and an average knows how
    /// many hashes there were. The server keeps one state for sum and average, so that the question costs nothing. Where
    /// the answer is no, nothing that was told holds.
    pub(super) fn statements(&self, place: &Place, buckets: Option<usize>) -> Result<Vec<(Told, String)>, DbError> {
        let all = 0..self.columns.len();
        if self.columns.len() <= COLUMNS_PER_STATEMENT {
            return Ok(vec![(all.clone(), self.statement(place, all, true, buckets)?)]);
        }
        let mut statements = vec![(0..0, self.rows_statement(place, buckets)?)];
        for from in all.step_by(COLUMNS_PER_STATEMENT) {
            let range = from..(from + COLUMNS_PER_STATEMENT).min(self.columns.len());
            statements.push((range.clone(), self.statement(place, range, false, None)?));
        }
        Ok(statements)
    }

    /// Rows, row digest and buckets alone.
    pub(super) fn rows_statement(&self, place: &Place, buckets: Option<usize>) -> Result<String, DbError> {
        // Of hundreds of columns nothing is computed beforehand: a level has 1,664 outputs too.
        let cells = self.cells(0..self.columns.len(), false);
        self.aggregate(place, &cells, Vec::new(), Some(row_hash(&cells)), buckets)
    }

    fn statement(&self, place: &Place, told: Told, of_rows: bool, buckets: Option<usize>) -> Result<String, DbError> {
        let mut cells = self.cells(told, true);
        if of_rows {
            // Only the hash of the rows tells whether that was right.
            cells.iter_mut().for_each(|cell| cell.may_be_null = !self.never_null.contains(cell.column.name.as_str()));
        }
        let aggregates = cells.iter().enumerate().flat_map(|(index, cell)| cell.aggregates(index)).collect();
        self.aggregate(place, &cells, aggregates, of_rows.then(|| row_hash(&cells)), buckets)
    }

    fn aggregate(
        &self,
        place: &Place,
        cells: &[Cell],
        columns: Vec<Aggregate>,
        row_hash: Option<String>,
        buckets: Option<usize>,
    ) -> Result<String, DbError> {
        let Some(buckets) = buckets else {
            let rows = self.rows(place, cells, None)?;
            let no_null = no_null(cells, row_hash.as_deref());
            let digest = row_hash.map_or("NULL".into(), |hash| format!("coalesce(sum({hash}), 0)"));
            let outputs = ["count(*)".to_owned(), digest, "NULL".to_owned(), no_null].into_iter();
            let outputs = outputs.chain(columns.iter().map(Aggregate::flat)).collect::<Vec<_>>().join(", ");
            let sql = Sql::new(include_str!("table_digest.sql")).fragment("outputs", outputs).fragment("rows", rows);
            return Ok(sql.render()?);
        };
        let mut hash = row_hash.unwrap_or("NULL::int8".into());
        let last = buckets.saturating_sub(1);
        let (bucket, rows) = if self.key.is_some() {
            // Beside the values, though the key is hashed twice: where they are grouped, every row would be copied.
            ("g".to_owned(), self.rows(place, cells, Some(format!("{} & {last} AS g", self.key_hash())))?)
        } else {
            let rows = self.rows(place, cells, None)?;
            let rows = Sql::new(include_str!("row_hash.sql")).fragment("hash", hash).fragment("rows", rows).render()?;
            hash = "h".into();
            (format!("h & {last}"), rows)
        };
        let no_null = format!("{} AS w", no_null(cells, Some(&hash)));
        let partial = ["count(*) AS n".to_owned(), format!("sum({hash}) AS d"), no_null].into_iter();
        let partial = partial.chain(columns.iter().map(Aggregate::partial)).collect::<Vec<_>>().join(", ");
        let buckets = "string_agg(concat_ws(' ', g, n, d), ',')";
        let outputs = ["coalesce(sum(n), 0)", "coalesce(sum(d), 0)", buckets, "coalesce(bool_and(w), true)"];
        let outputs = outputs.map(str::to_owned).into_iter().chain(columns.iter().map(Aggregate::rolled_up));
        Ok(Sql::new(include_str!("bucket_digest.sql"))
            .fragment("outputs", outputs.collect::<Vec<_>>().join(", "))
            .fragment("bucket", bucket)
            .fragment("partial", partial)
            .fragment("rows", rows)
            .render()?)
    }

    /// The statement that tells one row a line: its key as a JSON array (NULL without a key), its row hash, and the
    /// hash of each column.
    pub(super) fn fingerprints(&self) -> Result<String, DbError> {
        let cells = self.cells(0..self.columns.len(), false);
        Ok(Sql::new(include_str!("table_digest.sql"))
            .fragment("outputs", print_outputs(&cells).join(", "))
            .fragment("rows", self.rows(&Place::whole(self.table), &cells, Some(self.key_json()))?)
            .render()?)
    }

    /// The same of the rows that `wanted` picks, and last of all a JSON array of the texts of these columns, by their
    /// places; of a hidden one nothing leaves the server.
    pub(super) fn values(&self, wanted: &Wanted, shown: &[(usize, Shows)]) -> Result<String, DbError> {
        let cells = self.cells(0..self.columns.len(), false);
        let texts = shown.iter().map(|(place, shows)| match (shows, cells.get(*place)) {
            (Shows::Value, Some(cell)) => format!("left({}, {LONGEST_VALUE})", cell.form.shown(&cell.value)),
            (Shows::Nothing, _) | (_, None) => quote_literal(REDACTED),
        });
        let mut outputs = print_outputs(&cells);
        outputs.push(format!("array_to_json(ARRAY[{}]::text[])::text", texts.collect::<Vec<_>>().join(", ")));
        let mut place = Place::whole(self.table);
        let restriction = match wanted {
            Wanted::Keys(keys) => {
                place.restriction = self.has_key(keys);
                "true".to_owned()
            }
            Wanted::Hashes(hashes) => {
                let list: Vec<String> = hashes.iter().map(i64::to_string).collect();
                format!("{} = ANY ('{{{}}}'::int8[])", row_hash(&cells), list.join(","))
            }
        };
        Ok(Sql::new(include_str!("values.sql"))
            .fragment("outputs", outputs.join(", "))
            .fragment("rows", self.rows(&place, &cells, Some(self.key_json()))?)
            .fragment("restriction", restriction)
            .render()?)
    }

    fn has_key(&self, keys: &[Vec<String>]) -> String {
        let names: Vec<String> = self.key_columns().map(|(name, _)| name).collect();
        let keys = keys.iter().map(|key| {
            let values: Vec<String> = key.iter().map(|value| quote_literal(value)).collect();
            format!("({})", values.join(", "))
        });
        format!("({}) IN ({})", names.join(", "), keys.collect::<Vec<_>>().join(", "))
    }

    /// The key as a JSON array, under the name `j`.
    fn key_json(&self) -> String {
        let key: Vec<String> = self.key_columns().map(|(value, form)| form.shown(&value)).collect();
        match key.as_slice() {
            [] => "NULL::text AS j".to_owned(),
            key => format!("json_build_array({})::text AS j", key.join(", ")),
        }
    }

    /// A statement without its end that selects the table's rows by the hash of which the low bits are the bucket.
    pub(super) fn select_by_hash(&self) -> String {
        let hash = match self.key {
            Some(_) => Form::key_hash(self.key_columns()),
            None => row_hash(&self.columns.iter().map(|column| self.cell_in_place(column)).collect::<Vec<_>>()),
        };
        format!("SELECT r.* FROM {} AS r WHERE {hash}", Place::whole(self.table).source)
    }

    /// The rows of a place: the key's hash, one output more, and of each cell its value and what its hashes are made of.
    fn rows(&self, place: &Place, cells: &[Cell], more: Option<String>) -> Result<String, DbError> {
        let mut outputs = vec![format!("{} AS k", self.key_hash())];
        outputs.extend(more);
        for cell in cells {
            outputs.push(format!("{} AS {}", cell.form.unpacked(&source(cell.column)), cell.value));
            if let Prepared::Before { expression, name } = &cell.prepared {
                outputs.push(format!("{expression} AS {name}"));
            }
        }
        Ok(Sql::new(include_str!("digest_rows.sql"))
            .fragment("outputs", outputs.join(", "))
            .fragment("source", &place.source)
            .fragment("restriction", &place.restriction)
            .render()?)
    }

    fn key_hash(&self) -> String {
        Form::key_hash(self.key_columns())
    }

    fn cells(&self, told: Told, is_prepared: bool) -> Vec<Cell<'a>> {
        self.columns[told].iter().enumerate().map(|(index, column)| self.cell(index, column, is_prepared)).collect()
    }

    fn cell(&self, index: usize, (column, form): &(&'a Column, Form), is_prepared: bool) -> Cell<'a> {
        let value = format!("v{index}");
        let before = form.prepared(&source(column)).filter(|_| is_prepared);
        let prepared = match before {
            Some(expression) => Prepared::Before { expression, name: format!("f{index}") },
            None => Prepared::InPlace(form.prepared(&value).unwrap_or_else(|| value.clone())),
        };
        let is_key = self.key.as_deref().is_some_and(|key| *key == [column.name.clone()]);
        Cell { column, form: *form, value, prepared, is_key, may_be_null: true }
    }

    /// A column that is hashed where it stands in the table.
    fn cell_in_place(&self, (column, form): &(&'a Column, Form)) -> Cell<'a> {
        let value = source(column);
        let prepared = Prepared::InPlace(form.prepared(&value).unwrap_or_else(|| value.clone()));
        Cell { column, form: *form, value, prepared, is_key: false, may_be_null: true }
    }

    pub(super) fn key_columns(&self) -> impl Iterator<Item = (String, Form)> {
        let names = self.key.as_deref().unwrap_or_default();
        names.iter().filter_map(|name| {
            let (column, form) = self.columns.iter().find(|(column, _)| column.name == *name)?;
            Some((source(column), *form))
        })
    }
}

/// Which rows to read.
pub(super) enum Wanted {
    /// Those of these keys, by their texts in the order of the key; found by its index.
    Keys(Vec<Vec<String>>),
    /// Those of these hashes; a scan.
    Hashes(Vec<i64>),
}

/// Whether the value of a column is read.
#[derive(Clone, Copy)]
pub(super) enum Shows {
    Value,
    Nothing,
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
    /// Whether NULL needs a hash.
    may_be_null: bool,
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
        if self.may_be_null { format!("coalesce({hash}, {})", null_hash("k")) } else { hash }
    }

    /// Its part in the hash of the row.
    fn part(&self) -> String {
        let hash = if self.may_be_null { Form::constant_hash } else { Form::constant_hash_of_value };
        hash(self.form, &self.value, self.prepared(), &self.column.name)
    }

    /// What is told of it, in the order of the outputs.
    fn aggregates(&self, index: usize) -> [Aggregate; OUTPUTS_PER_COLUMN] {
        let value = &self.value;
        let bound = if self.form.is_ordered_by_bytes() { Shown::Cut } else { Shown::Text };
        let aggregate = |name: &str, over_parts, expression, shown| Aggregate {
            name: format!("{name}{index}"),
            over_parts,
            expression,
            shown,
        };
        let count = if self.may_be_null { format!("count({value})") } else { "count(*)".to_owned() };
        [
            aggregate("n", "sum", Some(count), Shown::Number),
            aggregate("lo", self.form.bound_aggregate(Bound::Least), self.form.bound(Bound::Least, value), bound),
            aggregate("hi", self.form.bound_aggregate(Bound::Greatest), self.form.bound(Bound::Greatest, value), bound),
            aggregate("s", "sum", self.form.sum(value), Shown::Text),
            aggregate("d", "sum", Some(format!("sum({})", self.hash())), Shown::Number),
        ]
    }
}

/// An aggregate of a column.
struct Aggregate {
    /// Its name where it is rolled up.
    name: String,
    /// What makes the whole of the parts.
    over_parts: &'static str,
    /// `None` where the type has none.
    expression: Option<String>,
    shown: Shown,
}

#[derive(Clone, Copy)]
enum Shown {
    Number,
    Text,
    Cut,
}

impl Aggregate {
    fn flat(&self) -> String {
        self.expression.as_deref().map_or("NULL::text".into(), |expression| self.shown.text(expression))
    }

    fn partial(&self) -> String {
        format!("{} AS {}", self.expression.as_deref().unwrap_or("NULL::text"), self.name)
    }

    fn rolled_up(&self) -> String {
        let whole = format!("{}({})", self.over_parts, self.name);
        self.expression.as_ref().map_or("NULL::text".into(), |_| self.shown.text(&whole))
    }
}

impl Shown {
    fn text(self, value: &str) -> String {
        match self {
            Shown::Number => format!("coalesce({value}, 0)"),
            Shown::Text => format!("{value}::text"),
            Shown::Cut => format!("left({value}, {LONGEST_BOUND})"),
        }
    }
}

/// A column of the table, by an alias that no column's name can take over.
fn source(column: &Column) -> String {
    format!("r.{}", quote_ident(&column.name))
}

/// The key, the hash of the row, and that of each column.
fn print_outputs(cells: &[Cell]) -> Vec<String> {
    let mut outputs = vec!["j".to_owned(), row_hash(cells)];
    outputs.extend(cells.iter().map(Cell::hash));
    outputs
}

fn row_hash(cells: &[Cell]) -> String {
    let parts: Vec<String> = cells.iter().map(Cell::part).collect();
    mixed(&parts)
}

/// Whether as many rows have this hash as there are rows.
fn no_null(cells: &[Cell], row_hash: Option<&str>) -> String {
    match row_hash {
        Some(hash) if cells.iter().any(|cell| !cell.may_be_null) => {
            format!("coalesce(avg({hash}) = sum({hash}) / count(*), count(*) = 0)")
        }
        _ => "true".to_owned(),
    }
}
