//! What the digests must know of the columns beyond [`crate::db::Catalog`].

use std::collections::{BTreeMap, BTreeSet};

use crate::db::{DbError, Row, Session};

use super::form::Form;

/// The form of each column, by table and name, and the tables that reach beyond this server.
#[derive(Debug, Default)]
pub struct Forms {
    by_column: BTreeMap<(u32, String), Known>,
    with_foreign_partitions: BTreeSet<u32>,
}

#[derive(Debug)]
struct Known {
    form: Form,
    /// The type that it stands on.
    base_name: String,
    never_null: bool,
}

impl Forms {
    /// Reads the forms of all columns in one query.
    ///
    /// # Errors
    /// [`DbError`] as for any query.
    pub async fn read(session: &mut Session) -> Result<Forms, DbError> {
        let mut forms = Forms::default();
        session.each(include_str!("columns.sql"), |row| forms.take(&row)).await?;
        Ok(forms)
    }

    fn take(&mut self, row: &Row) -> Result<(), DbError> {
        let table: u32 = row.parse("oid")?;
        let form = Form::of(row.parse("base_oid")?, row.text("kind")? == "e", row.flag("own_text_cast")?);
        let known = Known { form, base_name: row.text("base_name")?.to_owned(), never_null: row.flag("never_null")? };
        self.by_column.insert((table, row.text("column")?.to_owned()), known);
        if row.flag("foreign_partition")? {
            self.with_foreign_partitions.insert(table);
        }
        Ok(())
    }

    /// The form of a column. Every type has one; what the query did not tell of is hashed as a row of one field.
    pub fn get(&self, table: u32, column: &str) -> Form {
        self.by_column.get(&(table, column.to_owned())).map_or(Form::of(0, false, true), |known| known.form)
    }

    /// The type that a column stands on, as a cast names it.
    pub fn base_name(&self, table: u32, column: &str) -> &str {
        self.by_column.get(&(table, column.to_owned())).map_or("text", |known| &known.base_name)
    }

    /// Whether the catalog says that a column holds no NULL: it is NOT NULL, and that was looked at.
    pub fn is_never_null(&self, table: u32, column: &str) -> bool {
        self.by_column.get(&(table, column.to_owned())).is_some_and(|known| known.never_null)
    }

    /// Whether some partitions of this table are foreign tables.
    pub fn has_foreign_partitions(&self, table: u32) -> bool {
        self.with_foreign_partitions.contains(&table)
    }
}
