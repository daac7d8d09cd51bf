//! What can be typed after `phasegate diff`.

use std::path::PathBuf;

use clap::Args;

use crate::diff::Decimal;

use super::LogListing;

#[derive(Debug, Args)]
pub(in crate::cli) struct Diff {
    /// The first database: a postgresql:// URL or key=value settings. Keep passwords in ~/.pgpass
    pub(in crate::cli) a: String,
    /// The second one [default: the first, where --schema or --table say what to compare in it]
    pub(in crate::cli) b: Option<String>,
    /// Only this schema; old=new where it has another name in B
    #[arg(long, value_name = "NAME", value_parser = mapping)]
    pub(in crate::cli) schema: Vec<(String, String)>,
    /// Only this table; old=new where it has another name in B
    #[arg(long, value_name = "SCHEMA.NAME", value_parser = mapping)]
    pub(in crate::cli) table: Vec<(String, String)>,
    /// Not this table
    #[arg(long, value_name = "SCHEMA.NAME")]
    pub(in crate::cli) exclude: Vec<String>,
    /// A column that has another name in B: old=new, table.old=new
    #[arg(long, value_name = "OLD=NEW", value_parser = mapping)]
    pub(in crate::cli) column: Vec<(String, String)>,
    /// Columns to leave out
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(in crate::cli) ignore_columns: Vec<String>,
    /// What tells the rows of a table apart, in place of its own key: schema.table=column,column; without a table for all
    #[arg(long, value_name = "[TABLE=]COLUMNS", value_parser = diff_key)]
    pub(in crate::cli) key: Vec<(Option<String>, Vec<String>)>,
    /// Only the rows for which this SQL condition is true
    #[arg(long = "where", value_name = "CONDITION")]
    pub(in crate::cli) filter: Option<String>,
    /// Numbers of a column that are no further apart than this count as equal: amount=0.01
    #[arg(long, value_name = "COLUMN=NUMBER", value_parser = tolerance)]
    pub(in crate::cli) tolerance: Vec<(String, Decimal)>,
    /// Columns whose values are not shown
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(in crate::cli) redact: Vec<String>,
    /// How many differing rows of a table to show
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(in crate::cli) limit: usize,
    /// Where more of a table's buckets differ, name the columns and look for no rows
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub(in crate::cli) max_different_percent: Option<f64>,
    /// Count schema objects that differ (columns' definitions, constraints, indexes …) as a difference; else they are told
    #[arg(long)]
    pub(in crate::cli) strict_schema: bool,
    /// Look again after so many seconds at rows that differ, and count those that still do
    #[arg(long, value_name = "SECONDS")]
    pub(in crate::cli) two_phase: Option<u64>,
    /// Write SQL that would make B like A to a new file; it is never run
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) repair_sql: Option<PathBuf>,
    /// Write down what it came to as evidence in the snapshots folder, for a gate (earlier_run) to demand
    #[arg(long)]
    pub(in crate::cli) record: bool,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: LogListing,
}

/// `name`, or `old=new`.
fn mapping(text: &str) -> Result<(String, String), String> {
    let (old, new) = text.split_once('=').unwrap_or((text, text));
    if old.is_empty() || new.is_empty() {
        return Err("write name, or old=new".to_owned());
    }
    Ok((old.to_owned(), new.to_owned()))
}

fn diff_key(text: &str) -> Result<(Option<String>, Vec<String>), String> {
    let (table, columns) = match text.rsplit_once('=') {
        Some((table, columns)) => (Some(table), columns),
        None => (None, text),
    };
    let columns: Vec<String> = columns.split(',').map(|column| column.trim().to_owned()).collect();
    let repeated = columns.iter().enumerate().any(|(index, column)| columns[..index].contains(column));
    if table == Some("") || repeated || columns.contains(&String::new()) {
        return Err("write column,column or schema.table=column,column, each column once".to_owned());
    }
    // As --table takes it: without a schema, public.
    let table = table.map(|table| if table.contains('.') { table.to_owned() } else { format!("public.{table}") });
    Ok((table, columns))
}

fn tolerance(text: &str) -> Result<(String, Decimal), String> {
    let (column, number) = text.rsplit_once('=').ok_or("write column=number, as in amount=0.01")?;
    match Decimal::parse(number) {
        Some(number) if !column.is_empty() && !number.is_negative() => Ok((column.to_owned(), number)),
        _ => Err(format!("{number} is not a number from 0 up")),
    }
}

fn percent(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| format!("{text} is not a number"))?;
    if (0.0..=100.0).contains(&number) { Ok(number) } else { Err("allowed is 0 to 100".to_owned()) }
}
