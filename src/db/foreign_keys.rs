//! Which foreign keys there are.

use super::{DbError, Row, Session};

/// A foreign key, as the catalog describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// The constraint's name.
    pub name: String,
    /// The table that points: `schema.name`.
    pub table: String,
    /// The columns that point.
    pub columns: Vec<String>,
    /// The table that is pointed at.
    pub to: String,
    /// The columns that are pointed at, in the same order.
    pub to_columns: Vec<String>,
    /// `MATCH FULL`: all of its columns are NULL or none is.
    pub is_full: bool,
}

impl ForeignKey {
    /// Reads all of them, by table and name; those of partitions are their parent's.
    ///
    /// # Errors
    /// [`DbError`] as for any query.
    pub async fn read_all(session: &mut Session) -> Result<Vec<ForeignKey>, DbError> {
        session.rows(include_str!("foreign_keys.sql")).await?.iter().map(ForeignKey::read).collect()
    }

    fn read(row: &Row) -> Result<ForeignKey, DbError> {
        let full = |schema: &str, name: &str| Ok::<_, DbError>(format!("{}.{}", row.text(schema)?, row.text(name)?));
        Ok(ForeignKey {
            name: row.text("name")?.to_owned(),
            table: full("schema", "table_name")?,
            columns: row.names("columns")?,
            to: full("to_schema", "to_table")?,
            to_columns: row.names("to_columns")?,
            is_full: row.flag("is_full")?,
        })
    }
}
