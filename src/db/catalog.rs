//! Which tables there are, with their columns and keys: what snapshots, rules and gates all start from.

use super::{DbError, Row, Session, quote_ident, quote_qualified};

/// The user's tables, ordered by schema and name. Those of extensions and of the system are not among them.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// All of them, also those that may not be read.
    pub tables: Vec<Table>,
}

/// A table, as the catalog describes it.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its object id; differs between databases.
    pub oid: u32,
    /// Schema, as it is stored.
    pub schema: String,
    /// Name, as it is stored.
    pub name: String,
    /// What it is.
    pub kind: TableKind,
    /// Whether it is a partition of another table.
    pub is_partition: bool,
    /// Whether other tables inherit from it or are its partitions.
    pub has_children: bool,
    /// The planner's guess at its rows; -1 where it never counted.
    pub estimated_rows: i64,
    /// Size of its main fork in bytes; 0 where it has none.
    pub bytes: u64,
    /// Whether this role may read it.
    pub readable: bool,
    /// Whether it holds data to read; false for a materialized view that was never refreshed.
    pub populated: bool,
    /// Columns in order.
    pub columns: Vec<Column>,
    /// The columns that tell its rows apart: the primary key, else a unique index over NOT NULL columns.
    pub key: Option<Vec<String>>,
}

/// What kind of table one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableKind {
    /// An ordinary table.
    Table,
    /// A partitioned table; its rows are in its partitions.
    Partitioned,
    /// A foreign table; its rows are on another server.
    Foreign,
    /// A materialized view.
    MaterializedView,
}

/// A column, as the catalog describes it.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name, as it is stored.
    pub name: String,
    /// Its type as PostgreSQL writes it: `numeric(12,2)`.
    pub type_name: String,
    /// The type's catalog name with domains followed to their base: `int8`, `numeric`, `text`, `_int4`, `mood`.
    pub base_type: String,
    /// `pg_type.typtype` of that base: `b`ase, `c`omposite, `e`num, `r`ange, `m`ultirange.
    pub base_kind: char,
    /// `pg_type.typcategory` of that base: `N`umeric, `S`tring, `A`rray …
    pub base_category: char,
    /// Whether NULL is refused.
    pub not_null: bool,
    /// Whether it is computed from other columns.
    pub generated: bool,
}

impl Catalog {
    /// Reads the catalog in one query.
    ///
    /// # Errors
    /// [`DbError`] as for any query.
    pub async fn read(session: &mut Session) -> Result<Catalog, DbError> {
        let mut catalog = Catalog::default();
        session.each(include_str!("catalog.sql"), |row| catalog.take(&row)).await?;
        Ok(catalog)
    }

    fn take(&mut self, row: &Row) -> Result<(), DbError> {
        let oid: u32 = row.parse("oid")?;
        if self.tables.last().is_none_or(|table| table.oid != oid) {
            self.tables.push(table(oid, row)?);
        }
        if let (Some(table), Some(name)) = (self.tables.last_mut(), row.get("column")?) {
            table.columns.push(column(name, row)?);
        }
        Ok(())
    }

    /// The table of this name; without a schema, that of `public`.
    pub fn find(&self, name: &str) -> Option<&Table> {
        let (schema, name) = name.split_once('.').unwrap_or(("public", name));
        self.tables.iter().find(|table| table.schema == schema && table.name == name)
    }
}

impl Table {
    /// An empty table without columns, for tests.
    #[cfg(test)]
    pub(crate) fn of_tests(schema: &str, name: &str) -> Table {
        Table {
            oid: 1,
            schema: schema.into(),
            name: name.into(),
            kind: TableKind::Table,
            is_partition: false,
            has_children: false,
            estimated_rows: 1,
            bytes: 0,
            readable: true,
            populated: true,
            columns: Vec::new(),
            key: None,
        }
    }

    /// `schema.name`, as people write it.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }

    /// `"schema"."name"`, as SQL needs it.
    pub fn quoted(&self) -> String {
        quote_qualified(&self.schema, &self.name)
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl Column {
    /// `"name"`, as SQL needs it.
    pub fn quoted(&self) -> String {
        quote_ident(&self.name)
    }
}

fn table(oid: u32, row: &Row) -> Result<Table, DbError> {
    let kind = match row.text("kind")? {
        "r" => TableKind::Table,
        "p" => TableKind::Partitioned,
        "f" => TableKind::Foreign,
        "m" => TableKind::MaterializedView,
        other => return Err(DbError::Answer { reason: format!("relkind {other} of a table") }),
    };
    let key = row.get("key")?.map(serde_json::from_str).transpose();
    Ok(Table {
        oid,
        schema: row.text("schema")?.to_owned(),
        name: row.text("name")?.to_owned(),
        kind,
        is_partition: row.flag("is_partition")?,
        has_children: row.flag("has_children")?,
        estimated_rows: row.parse("estimated_rows")?,
        bytes: row.parse("bytes")?,
        readable: row.flag("readable")?,
        populated: row.flag("populated")?,
        columns: Vec::new(),
        key: key.map_err(|error| DbError::Answer { reason: format!("key of a table: {error}") })?,
    })
}

fn column(name: &str, row: &Row) -> Result<Column, DbError> {
    let letter = |column: &str| -> Result<char, DbError> { Ok(row.text(column)?.chars().next().unwrap_or(' ')) };
    Ok(Column {
        name: name.to_owned(),
        type_name: row.text("type")?.to_owned(),
        base_type: row.text("base_type")?.to_owned(),
        base_kind: letter("base_kind")?,
        base_category: letter("base_category")?,
        not_null: row.flag("not_null")?,
        generated: row.flag("generated")?,
    })
}
