//! What is compared with what: tables with tables, columns with columns.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::db::{Catalog, Column, Table, TableKind};
use crate::evidence::names_column;
use crate::snapshot::{Cause, Form, Forms};

use super::sql::{Side, common_form};
use super::{ColumnNote, ColumnProblem, DiffError, NotCompared, Options};
use crate::decimal::Decimal;

/// Two tables to compare.
#[derive(Debug)]
pub(super) struct TablePair<'a> {
    pub(super) a: &'a Table,
    pub(super) b: &'a Table,
    /// The columns that both have, in A's order.
    pub(super) columns: Vec<ColumnPair>,
    /// The places of the key among them; empty: multisets.
    pub(super) key: Vec<usize>,
    /// Whether it was named by the user: nothing says then that it tells rows apart, or has no NULL, or an index.
    pub(super) key_is_declared: bool,
    /// A condition on the rows of both.
    pub(super) filter: Option<String>,
    pub(super) notes: Vec<ColumnNote>,
}

/// Two columns to compare.
#[derive(Debug)]
pub(super) struct ColumnPair {
    /// Its name in A.
    pub(super) name: String,
    pub(super) b_name: String,
    pub(super) form: Form,
    pub(super) tolerance: Option<Decimal>,
    pub(super) redacted: bool,
    /// Whether B computes it.
    pub(super) generated: bool,
    /// Whether it is an integer that is never NULL, on both sides.
    pub(super) is_whole: bool,
    /// B's type, as the catalog names it.
    pub(super) b_base_type: String,
}

/// A database's tables, and how their columns are hashed.
pub(super) struct Known {
    pub(super) catalog: Catalog,
    pub(super) forms: Forms,
    /// The places of the tables in the catalog by full name: two of them where a name has a dot in it.
    by_name: HashMap<String, Vec<usize>>,
}

impl Known {
    pub(super) fn new(catalog: Catalog, forms: Forms) -> Known {
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, table) in catalog.tables.iter().enumerate() {
            by_name.entry(table.full_name()).or_default().push(index);
        }
        Known { catalog, forms, by_name }
    }
}

/// What there is to do, largest first, and what will not be compared.
pub(super) struct Pairs<'a> {
    pub(super) pairs: Vec<TablePair<'a>>,
    pub(super) not_compared: Vec<NotCompared>,
}

impl TablePair<'_> {
    pub(super) fn column_name(&self, side: Side, index: usize) -> &str {
        let column = &self.columns[index];
        if side == Side::A { &column.name } else { &column.b_name }
    }

    /// The planner's guess at the rows of the larger side.
    pub(super) fn estimated_rows(&self) -> u64 {
        let guess = |table: &Table| match u64::try_from(table.estimated_rows) {
            Ok(rows) if rows > 0 => rows,
            // Never counted: as if its rows were short.
            _ => table.bytes / 64,
        };
        guess(self.a).max(guess(self.b))
    }
}

/// Finds for each table of A the one of B.
pub(super) fn pair<'a>(a: &'a Known, b: &'a Known, options: &Options) -> Result<Pairs<'a>, DiffError> {
    let mut found = Pairs { pairs: Vec::new(), not_compared: Vec::new() };
    for (name_a, name_b) in names(a, b, options)? {
        let name = if name_a == name_b { name_a.clone() } else { format!("{name_a} = {name_b}") };
        let mut leave_out = |cause: Option<Cause>, reason: String| {
            found.not_compared.push(NotCompared { name: name.clone(), cause, reason });
        };
        if options.exclude.iter().any(|excluded| *excluded == name_a || *excluded == name_b) {
            leave_out(Some(Cause::Excluded), "excluded".into());
            continue;
        }
        let (Some(table_a), Some(table_b)) = (find(a, &name_a)?, find(b, &name_b)?) else {
            let missing = if find(a, &name_a)?.is_none() { ("A", &name_a) } else { ("B", &name_b) };
            leave_out(None, format!("{} has no table {}", missing.0, missing.1));
            continue;
        };
        let is_named = options.tables.contains(&(name_a.clone(), name_b.clone()));
        match (unsuited(a, table_a, "A"), unsuited(b, table_b, "B")) {
            (None, None) => found.pairs.push(columns((a, table_a), (b, table_b), options)?),
            (Some((cause, reason)), Some(_)) if !is_named => leave_out(Some(cause), reason),
            // One side can be read, or both were meant: to pass over it would be to call it equal.
            (Some((_, reason)), _) | (None, Some((_, reason))) => leave_out(Some(Cause::Failed), reason),
        }
    }
    for pair in &found.pairs {
        if pair.columns.is_empty() {
            let bare = pair.a.columns.is_empty() && pair.b.columns.is_empty();
            let (cause, reason) = match bare {
                true => (Some(Cause::Unsuited), "it has no columns"),
                false => (None, "the two have no column in common that is to be compared"),
            };
            found.not_compared.push(NotCompared { name: pair.a.full_name(), cause, reason: reason.into() });
        }
    }
    found.pairs.retain(|pair| !pair.columns.is_empty());
    found.pairs.sort_by_key(|pair| std::cmp::Reverse(pair.a.bytes.max(pair.b.bytes)));
    unknown_columns(&found.pairs, options)?;
    unknown_keys(&found.pairs, options)?;
    Ok(found)
}

/// The pairs of names that were asked for; all, where none were.
fn names(a: &Known, b: &Known, options: &Options) -> Result<BTreeSet<(String, String)>, DiffError> {
    let mut names: BTreeSet<(String, String)> = options.tables.iter().cloned().collect();
    for (name, _) in &names {
        if find(a, name)?.is_none() && !options.tables.iter().any(|(_, other)| matches!(find(b, other), Ok(Some(_)))) {
            return Err(DiffError::Unknown { what: format!("table {name}"), known: known_names(a) });
        }
    }
    let all = options.tables.is_empty() && options.schemas.is_empty();
    let whole = |known: &Known| -> Vec<(String, String)> {
        let tables = known.catalog.tables.iter().filter(|table| !table.is_partition);
        tables.map(|table| (table.schema.clone(), table.name.clone())).collect()
    };
    for (schema, table) in whole(a) {
        let others = options.schemas.iter().filter(|(from, _)| *from == schema).map(|(_, to)| to.clone());
        let others: Vec<String> = if all { vec![schema.clone()] } else { others.collect() };
        names.extend(others.iter().map(|other| (format!("{schema}.{table}"), format!("{other}.{table}"))));
    }
    for (schema, table) in whole(b) {
        let others = options.schemas.iter().filter(|(_, to)| *to == schema).map(|(from, _)| from.clone());
        let others: Vec<String> = if all { vec![schema.clone()] } else { others.collect() };
        names.extend(others.iter().map(|other| (format!("{other}.{table}"), format!("{schema}.{table}"))));
    }
    Ok(names)
}

fn known_names(known: &Known) -> String {
    let names: Vec<String> = known.catalog.tables.iter().take(20).map(Table::full_name).collect();
    if names.is_empty() { "A has no tables".into() } else { format!("A has {}", names.join(", ")) }
}

/// The table of this full name, a dot in a name being possible on either side of the one between.
fn find<'a>(known: &'a Known, name: &str) -> Result<Option<&'a Table>, DiffError> {
    match known.by_name.get(name).map(Vec::as_slice) {
        Some([_, _, ..]) => Err(DiffError::Ambiguous { name: name.to_owned() }),
        Some([index]) => Ok(known.catalog.tables.get(*index)),
        _ => Ok(if name.contains('.') { None } else { known.catalog.find(name) }),
    }
}

fn unsuited(known: &Known, table: &Table, side: &str) -> Option<(Cause, String)> {
    if table.kind == TableKind::Foreign || known.forms.has_foreign_partitions(table.oid) {
        let reason = format!("in {side} it is a foreign table or has such partitions: outside this instant");
        return Some((Cause::Unsuited, reason));
    }
    if !table.readable {
        let reason = format!("the role may not read it in {side}; grant SELECT on it and USAGE on its schema");
        return Some((Cause::Failed, reason));
    }
    if !table.populated {
        let reason = format!("in {side} it is a materialized view without data; REFRESH MATERIALIZED VIEW fills it");
        return Some((Cause::Unsuited, reason));
    }
    None
}

/// Pairs the columns of two tables.
fn columns<'a>(
    (a, table_a): (&Known, &'a Table),
    (b, table_b): (&Known, &'a Table),
    options: &Options,
) -> Result<TablePair<'a>, DiffError> {
    let name = table_a.full_name();
    let listed = |list: &[String], column: &str| list.iter().any(|entry| names_column(entry, &name, column));
    let mut pair = TablePair {
        a: table_a,
        b: table_b,
        columns: Vec::new(),
        key: Vec::new(),
        key_is_declared: false,
        filter: options.filter.clone(),
        notes: Vec::new(),
    };
    let mut taken = BTreeSet::new();
    for column in &table_a.columns {
        let renamed = options.columns.iter().find(|(from, _)| names_column(from, &name, &column.name));
        let wanted = renamed.map_or(&column.name, |(_, to)| to);
        let other = table_b.column(wanted);
        taken.extend(other.map(|other| other.name.clone()));
        if listed(&options.ignore_columns, &column.name) {
            pair.notes.push(ColumnNote { column: column.name.clone(), problem: ColumnProblem::Ignored });
            continue;
        }
        let Some(other) = other else {
            pair.notes.push(ColumnNote { column: column.name.clone(), problem: ColumnProblem::OnlyInA });
            continue;
        };
        if column.type_name != other.type_name {
            let problem = ColumnProblem::Type { a: column.type_name.clone(), b: other.type_name.clone() };
            pair.notes.push(ColumnNote { column: column.name.clone(), problem });
        }
        let form_a = (a.forms.get(table_a.oid, &column.name), column.base_type.as_str());
        let form_b = (b.forms.get(table_b.oid, &other.name), other.base_type.as_str());
        let tolerance = options.tolerances.iter().find(|(entry, _)| names_column(entry, &name, &column.name));
        pair.columns.push(ColumnPair {
            name: column.name.clone(),
            b_name: other.name.clone(),
            form: common_form(form_a, form_b),
            tolerance: tolerance.map(|(_, tolerance)| tolerance.clone()),
            redacted: listed(&options.redact, &column.name) || options.also_redact.hides(&name, &column.name),
            generated: other.generated,
            is_whole: is_whole(column) && is_whole(other),
            b_base_type: other.base_type.clone(),
        });
    }
    for other in table_b.columns.iter().filter(|other| !taken.contains(&other.name)) {
        let ignored = listed(&options.ignore_columns, &other.name);
        let problem = if ignored { ColumnProblem::Ignored } else { ColumnProblem::OnlyInB };
        pair.notes.push(ColumnNote { column: other.name.clone(), problem });
    }
    match declared_key(&name, options) {
        None => pair.key = key(&pair).unwrap_or_default(),
        Some(columns) => {
            pair.key = columns.iter().map(|column| place_of(&pair, column)).collect::<Result<_, _>>()?;
            pair.key_is_declared = true;
        }
    }
    Ok(pair)
}

/// The key that was declared for the table of this name, else the one for all.
fn declared_key<'o>(name: &str, options: &'o Options) -> Option<&'o Vec<String>> {
    let of = |table: Option<&str>| options.keys.iter().find(|(known, _)| known.as_deref() == table);
    of(Some(name)).or_else(|| of(None)).map(|(_, columns)| columns)
}

fn place_of(pair: &TablePair<'_>, column: &String) -> Result<usize, DiffError> {
    pair.columns.iter().position(|known| known.name == *column).ok_or_else(|| {
        let names: Vec<&str> = pair.columns.iter().map(|column| column.name.as_str()).collect();
        DiffError::Unknown {
            what: format!("column {column} for --key in both tables of {}", pair.a.full_name()),
            known: format!("both have {}", names.join(", ")),
        }
    })
}

/// A's key where both have its columns, else B's.
fn key(pair: &TablePair<'_>) -> Option<Vec<usize>> {
    let place =
        |side: Side, name: &String| (0..pair.columns.len()).find(|index| pair.column_name(side, *index) == name);
    let by = |side: Side| -> Option<Vec<usize>> {
        let names = pair.table(side).key.as_ref()?;
        names.iter().map(|name| place(side, name)).collect()
    };
    by(Side::A).or_else(|| by(Side::B))
}

fn is_whole(column: &Column) -> bool {
    column.not_null && matches!(column.base_type.as_str(), "int2" | "int4" | "int8")
}

/// A column that was named and is nowhere: what was meant is not done, so nothing is.
fn unknown_columns(pairs: &[TablePair<'_>], options: &Options) -> Result<(), DiffError> {
    let mut entries: BTreeMap<&str, &str> = BTreeMap::new();
    entries.extend(options.ignore_columns.iter().map(|entry| (entry.as_str(), "--ignore-columns")));
    entries.extend(options.redact.iter().map(|entry| (entry.as_str(), "--redact")));
    entries.extend(options.tolerances.iter().map(|(entry, _)| (entry.as_str(), "--tolerance")));
    entries.extend(options.columns.iter().map(|(entry, _)| (entry.as_str(), "--column")));
    for (entry, option) in entries {
        let mut all = pairs.iter().flat_map(|pair| {
            let name = pair.a.full_name();
            pair.a.columns.iter().chain(&pair.b.columns).map(move |column| (name.clone(), &column.name))
        });
        if !pairs.is_empty() && !all.any(|(table, column)| names_column(entry, &table, column)) {
            let known = "write column, table.column or schema.table.column, with A's names".into();
            return Err(DiffError::Unknown { what: format!("column {entry} of {option}"), known });
        }
    }
    Ok(())
}

/// A key of a table that is not compared would be passed over.
fn unknown_keys(pairs: &[TablePair<'_>], options: &Options) -> Result<(), DiffError> {
    let names: Vec<String> = pairs.iter().map(|pair| pair.a.full_name()).collect();
    match options.keys.iter().filter_map(|(table, _)| table.as_ref()).find(|table| !names.contains(table)) {
        Some(table) => {
            let known = format!("compared are {}", names.iter().take(20).cloned().collect::<Vec<_>>().join(", "));
            Err(DiffError::Unknown { what: format!("table {table} for --key"), known })
        }
        None => Ok(()),
    }
}
