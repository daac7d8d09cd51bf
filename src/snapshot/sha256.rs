//! Digests for whom a sum of hashes is not enough: an adversary, who can make up rows whose hashes add up to any sum,
//! or a server that may not hash (FIPS).
//!
//! The server hashes nothing. It sends each table in the order of its key, and the client takes SHA-256:
//!
//! * of each column over the pairs of key and value;
//! * of the table over whole rows.
//!
//! Each value has its length in front, NULL has the length -1. What is hashed begins with the names of the forms, so
//! that values of two types are not equal because their bytes are. A table without a key is ordered by its whole
//! content, and each of its columns is sent once more, ordered by itself.
//!
//! A sequence does not add up: nothing can be said of a part of a table, so there are neither row fingerprints nor
//! buckets. Memory holds one row, whatever the size of the table; a key index that has the order spares the server
//! the sort.

use crate::db::{Column, DbError, Session, Sql, TableKind, quote_ident};
use crate::digest::{ContentDigest, Hasher};

use super::digest_sql::Digested;
use super::form::{Bound, Form};
use super::tally::number;
use super::tuples::{Tuple, each_tuple};
use super::work::{cut, kind_word};
use super::{ColumnSnapshot, TableSnapshot};

/// How such digests are made. A change of the forms or of what is hashed is a new method.
pub const SHA256_METHOD: &str = "sha256-v1";

/// PostgreSQL allows 1,664 outputs; a column takes four.
const COLUMNS_PER_STATEMENT: usize = 400;
const OUTPUTS_PER_COLUMN: usize = 4;

/// Counts, bounds, sums and digests of one table.
///
/// # Errors
/// [`DbError`]; the session may be unusable then.
pub(super) async fn figures(session: &mut Session, digested: &Digested<'_>) -> Result<TableSnapshot, DbError> {
    let table = digested.table;
    let mut taken = TableSnapshot {
        name: table.full_name(),
        kind: kind_word(table.kind).to_owned(),
        rows: 0,
        key: digested.key.clone(),
        row_digest: ContentDigest::default(),
        columns: Vec::new(),
        fingerprints: None,
        buckets: None,
    };
    let of_columns = measured(session, digested, &mut taken).await?;
    let hashed =
        if digested.key.is_some() { keyed(session, digested).await? } else { keyless(session, digested).await? };
    let counted: Vec<u64> = of_columns.iter().map(|column| column.nulls).collect();
    if (hashed.rows, &hashed.nulls) != (taken.rows, &counted) {
        return Err(DbError::Answer { reason: "two readings of one instant counted different values".into() });
    }
    taken.row_digest = hashed.of_rows;
    taken.columns = of_columns;
    for (column, digest) in taken.columns.iter_mut().zip(hashed.of_columns) {
        column.digest = digest;
    }
    Ok(taken)
}

/// What the client made of a table.
struct Hashed {
    rows: u64,
    nulls: Vec<u64>,
    of_rows: ContentDigest,
    of_columns: Vec<ContentDigest>,
}

/// One reading for all.
async fn keyed(session: &mut Session, digested: &Digested<'_>) -> Result<Hashed, DbError> {
    let key: Vec<(String, Form)> = digested.key_columns().collect();
    let of_key = key.iter().map(|(value, form)| form.sent(value));
    let outputs: Vec<String> = of_key.chain(values(digested)).collect();
    let order = key_order(digested, &key);
    let names = key_forms(digested);
    let mut columns: Vec<Hasher> =
        digested.columns.iter().map(|(column, form)| begin_column(&form.name(&column.base_type), &names)).collect();
    let mut of_rows = begin_rows(digested);
    let (mut rows, mut nulls) = (0, vec![0; columns.len()]);
    each_tuple(session, &statement(digested, &outputs, &order)?, outputs.len(), |tuple: &Tuple<'_>| {
        rows += 1;
        for (place, hasher) in columns.iter_mut().enumerate() {
            let value = tuple.field(key.len() + place);
            hasher.update(tuple.fields(0..key.len()));
            hasher.update(value);
            nulls[place] += u64::from(tuple.is_null(key.len() + place));
        }
        of_rows.update(tuple.fields(key.len()..outputs.len()));
    })
    .await?;
    let of_columns = columns.into_iter().map(|hasher| hasher.finish().into()).collect();
    Ok(Hashed { rows, nulls, of_rows: of_rows.finish().into(), of_columns })
}

/// One reading for the rows, and one for each column: in the order of the rows a column's values would depend on those
/// of the others.
async fn keyless(session: &mut Session, digested: &Digested<'_>) -> Result<Hashed, DbError> {
    let outputs: Vec<String> = values(digested).collect();
    let mut of_rows = begin_rows(digested);
    let (mut rows, mut nulls) = (0, vec![0; outputs.len()]);
    each_tuple(session, &statement(digested, &outputs, &whole_order(digested))?, outputs.len(), |tuple| {
        rows += 1;
        for (place, count) in nulls.iter_mut().enumerate() {
            *count += u64::from(tuple.is_null(place));
        }
        of_rows.update(tuple.fields(0..outputs.len()));
    })
    .await?;
    let mut of_columns = Vec::new();
    for (column, form) in &digested.columns {
        let value = source(column);
        let mut hasher = begin_column(&form.name(&column.base_type), &[]);
        let mut count = 0;
        let order = [form.ordered(&value, false)];
        each_tuple(session, &statement(digested, &[form.sent(&value)], &order)?, 1, |tuple| {
            count += 1;
            hasher.update(tuple.field(0));
        })
        .await?;
        if count != rows {
            return Err(DbError::Answer { reason: "two readings of one instant counted different rows".into() });
        }
        of_columns.push(hasher.finish().into());
    }
    Ok(Hashed { rows, nulls, of_rows: of_rows.finish().into(), of_columns })
}

/// What the server counts: everything but the digests.
async fn measured(
    session: &mut Session,
    digested: &Digested<'_>,
    taken: &mut TableSnapshot,
) -> Result<Vec<ColumnSnapshot>, DbError> {
    let mut columns = Vec::new();
    let chunks: Vec<_> = match digested.columns.is_empty() {
        true => vec![&digested.columns[..]],
        false => digested.columns.chunks(COLUMNS_PER_STATEMENT).collect(),
    };
    for chunk in chunks {
        let mut outputs = vec!["count(*)".to_owned()];
        for (column, form) in chunk {
            let value = source(column);
            outputs.push(format!("count({value})"));
            let text = |figure: Option<String>| figure.map_or("NULL::text".to_owned(), |sql| format!("{sql}::text"));
            outputs.push(text(form.bound(Bound::Least, &value)));
            outputs.push(text(form.bound(Bound::Greatest, &value)));
            outputs.push(text(form.sum(&value)));
        }
        let sql = Sql::new(include_str!("sha256_figures.sql"))
            .fragment("outputs", outputs.join(", "))
            .fragment("source", rows_of(digested));
        let row = session.one(sql.render()?).await?;
        taken.rows = number(&row, 0)?;
        for (place, (column, form)) in chunk.iter().enumerate() {
            let at = 1 + place * OUTPUTS_PER_COLUMN;
            let non_nulls: u64 = number(&row, at)?;
            columns.push(ColumnSnapshot {
                name: column.name.clone(),
                type_name: column.type_name.clone(),
                form: form.name(&column.base_type),
                nulls: taken.rows.saturating_sub(non_nulls),
                min: row.at(at + 1).map(cut),
                max: row.at(at + 2).map(cut),
                sum: row.at(at + 3).map(str::to_owned),
                digest: ContentDigest::default(),
            });
        }
    }
    Ok(columns)
}

fn statement(digested: &Digested<'_>, outputs: &[String], order: &[String]) -> Result<String, DbError> {
    let order = if order.is_empty() { String::new() } else { format!("ORDER BY {}", order.join(", ")) };
    let sql = Sql::new(include_str!("sha256_copy.sql"))
        .fragment("outputs", outputs.join(", "))
        .fragment("source", rows_of(digested))
        .fragment("order", order);
    Ok(sql.render()?)
}

/// By the key; where it is not the table's own one, whose values are told apart by an index, by all else too.
fn key_order(digested: &Digested<'_>, key: &[(String, Form)]) -> Vec<String> {
    let is_own = digested.key == digested.table.key;
    let mut order: Vec<String> = key.iter().map(|(value, form)| form.ordered(value, is_own)).collect();
    if !is_own {
        order.extend(whole_order(digested));
    }
    order
}

fn whole_order(digested: &Digested<'_>) -> Vec<String> {
    digested.columns.iter().map(|(column, form)| form.ordered(&source(column), false)).collect()
}

fn values<'a>(digested: &'a Digested<'_>) -> impl Iterator<Item = String> + 'a {
    digested.columns.iter().map(|(column, form)| form.sent(&source(column)))
}

/// A parent's own rows; those of its partitions belong to it, those of its inheritors do not.
fn rows_of(digested: &Digested<'_>) -> String {
    let only = if digested.table.kind == TableKind::Partitioned { "" } else { "ONLY " };
    format!("{only}{}", digested.table.quoted())
}

fn source(column: &Column) -> String {
    format!("r.{}", quote_ident(&column.name))
}

/// The forms of the key's columns. Their names have no part: a renamed key is the same key.
fn key_forms(digested: &Digested<'_>) -> Vec<String> {
    let of = |name: &String| digested.columns.iter().find(|(column, _)| column.name == *name);
    let key = digested.key.iter().flatten().filter_map(of);
    key.map(|(column, form)| form.name(&column.base_type)).collect()
}

fn begin_column(form: &str, key_forms: &[String]) -> Hasher {
    let mut hasher = begin("column");
    put(&mut hasher, form);
    key_forms.iter().for_each(|form| put(&mut hasher, form));
    hasher.update(b"\n");
    hasher
}

fn begin_rows(digested: &Digested<'_>) -> Hasher {
    let mut hasher = begin("rows");
    for (column, form) in &digested.columns {
        put(&mut hasher, &column.name);
        put(&mut hasher, &form.name(&column.base_type));
    }
    hasher.update(b"\n");
    hasher
}

fn begin(of: &str) -> Hasher {
    let mut hasher = Hasher::default();
    hasher.update(format!("phasegate {SHA256_METHOD} {of}\n").as_bytes());
    hasher
}

/// A word with its length in front.
fn put(hasher: &mut Hasher, word: &str) {
    hasher.update(format!("{}:{word}", word.len()).as_bytes());
}
