//! What the catalog promises of rows, beside foreign keys.

use super::{DbError, ForeignKey, Row, Session};

/// Everything that the catalog promises of the rows of the user's tables.
#[derive(Debug, Clone, Default)]
pub struct Promises {
    /// Foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// All others, by table, sort and columns.
    pub others: Vec<Promise>,
}

/// One promise of the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// What sort it is.
    pub sort: PromiseSort,
    /// The table: `schema.name`.
    pub table: String,
    /// The columns that it is about; none for a check that names none.
    pub columns: Vec<String>,
    /// What says it: the name of a constraint, an index, a type, a sequence, a column.
    pub said_by: String,
}

/// Sorts of promises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromiseSort {
    /// A condition over columns that is not false.
    Check(String),
    /// The column is this expression.
    Generated(String),
    /// A condition over `VALUE`, the column's value.
    Domain(String),
    /// The column is never NULL.
    NotNull,
    /// The columns, with these expressions, are there once.
    Unique {
        /// Whether NULL equals NULL.
        nulls_alike: bool,
        /// What is unique beside columns, or in their place.
        expressions: Vec<String>,
        /// The rows for which that holds; `None`: all.
        only: Option<String>,
    },
    /// No two rows are alike by all of these elements.
    Exclusion {
        /// What is compared of two rows, and how.
        elements: Vec<Excluded>,
        /// The rows for which that holds; `None`: all.
        only: Option<String>,
    },
    /// The column holds one of these.
    Enum(Vec<String>),
    /// A sequence feeds the column.
    Sequence,
}

/// One element of an exclusion constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    /// The column or the expression, in SQL.
    pub sql: String,
    /// The operator, `OPERATOR(pg_catalog.&&)`.
    pub operator: String,
    /// The column, where it is one.
    pub column: Option<String>,
    /// What is asked of the two: that they are ranges that overlap, that they are equal, or something else.
    pub asks: ExcludedBy,
    /// Whether it can be NULL, which is like nothing.
    pub nullable: bool,
}

/// What is asked of two rows by an exclusion constraint's element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExcludedBy {
    /// Their ranges overlap.
    Overlap,
    /// They are equal.
    Equality,
    /// Something else.
    Other,
}

impl Promises {
    /// Reads them all.
    ///
    /// # Errors
    /// [`DbError`] as for any query.
    pub async fn read(session: &mut Session) -> Result<Promises, DbError> {
        let foreign_keys = ForeignKey::read_all(session).await?;
        let rows = session.rows(include_str!("promises.sql")).await?;
        let others = rows.iter().map(Promise::read).collect::<Result<_, _>>()?;
        Ok(Promises { foreign_keys, others })
    }
}

impl Excluded {
    fn read(parts: &[String]) -> Option<Excluded> {
        let [sql, operator, column, asks, nullable] = parts else { return None };
        Some(Excluded {
            sql: sql.clone(),
            operator: operator.clone(),
            column: Some(column.clone()).filter(|column| !column.is_empty()),
            asks: match asks.as_str() {
                "overlap" => ExcludedBy::Overlap,
                "equality" => ExcludedBy::Equality,
                _ => ExcludedBy::Other,
            },
            nullable: nullable == "nullable",
        })
    }
}

impl Promise {
    fn read(row: &Row) -> Result<Promise, DbError> {
        let sql = || row.text("sql").map(str::to_owned);
        let only = || row.get("sql").map(|sql| sql.map(str::to_owned));
        let sort = match row.text("sort")? {
            "check" => PromiseSort::Check(sql()?),
            "generated" => PromiseSort::Generated(sql()?),
            "domain" => PromiseSort::Domain(sql()?),
            "not_null" => PromiseSort::NotNull,
            word @ ("unique" | "unique_nulls") => PromiseSort::Unique {
                nulls_alike: word == "unique_nulls",
                expressions: row.get("labels")?.map_or_else(|| Ok(Vec::new()), |_| row.names("labels"))?,
                only: only()?,
            },
            "exclusion" => {
                let parts = row.names("labels")?;
                PromiseSort::Exclusion { elements: parts.chunks(5).filter_map(Excluded::read).collect(), only: only()? }
            }
            "enum" => PromiseSort::Enum(row.names("labels")?),
            "sequence" => PromiseSort::Sequence,
            other => return Err(DbError::Answer { reason: format!("a promise of the sort {other}") }),
        };
        Ok(Promise {
            sort,
            table: row.text("table_name")?.to_owned(),
            columns: row.names("columns")?,
            said_by: row.text("said_by")?.to_owned(),
        })
    }
}
