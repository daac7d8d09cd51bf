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
    /// The columns are there once.
    Unique {
        /// Whether NULL equals NULL.
        nulls_alike: bool,
    },
    /// The column holds one of these.
    Enum(Vec<String>),
    /// A sequence feeds the column.
    Sequence,
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

impl Promise {
    fn read(row: &Row) -> Result<Promise, DbError> {
        let sql = || row.text("sql").map(str::to_owned);
        let sort = match row.text("sort")? {
            "check" => PromiseSort::Check(sql()?),
            "generated" => PromiseSort::Generated(sql()?),
            "domain" => PromiseSort::Domain(sql()?),
            "not_null" => PromiseSort::NotNull,
            "unique" => PromiseSort::Unique { nulls_alike: false },
            "unique_nulls" => PromiseSort::Unique { nulls_alike: true },
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
