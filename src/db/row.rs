//! A row, as it came.

use std::sync::Arc;

use sqlx::postgres::PgRow;
use sqlx::{Column, Row as _};

use super::DbError;

/// One row of a result, every value in PostgreSQL's own text form.
#[derive(Debug, Clone)]
pub struct Row {
    columns: Arc<[String]>,
    values: Vec<Option<String>>,
}

impl Row {
    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// All values in order.
    pub fn values(&self) -> &[Option<String>] {
        &self.values
    }

    /// The value at this place, counted from 0; `None` for NULL or where there is no such column.
    pub fn at(&self, index: usize) -> Option<&str> {
        self.values.get(index).and_then(Option::as_deref)
    }

    /// The value of this column; `None` for NULL.
    ///
    /// # Errors
    /// [`DbError::Answer`] where the result has no such column.
    pub fn get(&self, column: &str) -> Result<Option<&str>, DbError> {
        let index = self.columns.iter().position(|name| name == column).ok_or_else(|| DbError::Answer {
            reason: format!("no column {column} among {}", self.columns.join(", ")),
        })?;
        Ok(self.at(index))
    }

    /// The text of this column, which must not be NULL.
    ///
    /// # Errors
    /// [`DbError::Answer`] where there is no such column or its value is NULL.
    pub fn text(&self, column: &str) -> Result<&str, DbError> {
        self.get(column)?.ok_or_else(|| DbError::Answer { reason: format!("column {column} is null") })
    }

    /// The value of this column, read as `T`.
    ///
    /// # Errors
    /// [`DbError::Answer`] where there is no such column, its value is NULL, or it is not a `T`.
    pub fn parse<T: std::str::FromStr>(&self, column: &str) -> Result<T, DbError> {
        let text = self.text(column)?;
        text.parse().map_err(|_| DbError::Answer { reason: format!("column {column} holds {text:?}") })
    }

    /// A boolean column (`t` or `f`), which must not be NULL.
    ///
    /// # Errors
    /// [`DbError::Answer`] as for [`Row::parse`].
    pub fn flag(&self, column: &str) -> Result<bool, DbError> {
        match self.text(column)? {
            "t" => Ok(true),
            "f" => Ok(false),
            text => Err(DbError::Answer { reason: format!("column {column} holds {text:?}, not a boolean") }),
        }
    }

    /// A column of names as a JSON array, which must not be NULL.
    ///
    /// # Errors
    /// [`DbError::Answer`] as for [`Row::parse`].
    pub fn names(&self, column: &str) -> Result<Vec<String>, DbError> {
        let text = self.text(column)?;
        serde_json::from_str(text).map_err(|_| DbError::Answer { reason: format!("column {column} holds {text:?}") })
    }
}

/// Takes over the driver's row; `columns` are shared by the rows of one result.
pub(super) fn read(row: &PgRow, columns: &mut Arc<[String]>) -> Result<Row, DbError> {
    if columns.len() != row.len() {
        *columns = row.columns().iter().map(|column| column.name().to_owned()).collect();
    }
    let mut values = Vec::with_capacity(row.len());
    for index in 0..row.len() {
        let raw = row.try_get_raw(index)?;
        let value = if sqlx::ValueRef::is_null(&raw) {
            None
        } else {
            let text = raw.as_str().map_err(|error| DbError::Answer { reason: format!("not text: {error}") })?;
            Some(text.to_owned())
        };
        values.push(value);
    }
    Ok(Row { columns: columns.clone(), values })
}
