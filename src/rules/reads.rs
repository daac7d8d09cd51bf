//! What a rule reads of the database, as its kind declares it: names alone, for the coverage of a run.

use std::collections::{BTreeMap, BTreeSet};

use crate::db::{Catalog, Table};

use super::fragment;

/// Tables with their columns, and what points at what.
#[derive(Debug)]
pub(super) struct Reads {
    /// Columns by the full name of their table; a table whose rows are only counted has none.
    pub(super) tables: BTreeMap<String, BTreeSet<String>>,
    /// Columns that are held against those of another table, as a foreign key is.
    pub(super) pointing: Vec<Pairs>,
    /// Tables each of whose foreign keys is held against the rows.
    pub(super) foreign_keys_of: BTreeSet<String>,
    /// Where SQL finds names without a schema.
    search_path: Vec<String>,
}

/// Columns of a table, each with the one of another table that it points at.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pairs {
    pub(super) table: String,
    pub(super) to: String,
    pub(super) columns: BTreeSet<(String, String)>,
}

/// What a rule asks, in words that can be compared with those of another rule of its kind.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Asks {
    /// What must be the same for the two to ask the same.
    pub(super) alike: BTreeSet<String>,
    /// What makes it ask for more.
    pub(super) more: BTreeSet<&'static str>,
}

impl Asks {
    /// Whether what this asks is all that another one does.
    pub(super) fn covers(&self, other: &Asks) -> bool {
        self.alike == other.alike && self.more.is_superset(&other.more)
    }
}

impl Pairs {
    pub(super) fn new<'a>(
        table: &str,
        to: &str,
        columns: impl IntoIterator<Item = &'a str>,
        to_columns: impl IntoIterator<Item = &'a str>,
    ) -> Pairs {
        let pairs = columns.into_iter().zip(to_columns).map(|(from, to)| (from.to_owned(), to.to_owned()));
        Pairs { table: table.to_owned(), to: to.to_owned(), columns: pairs.collect() }
    }
}

impl Default for Reads {
    fn default() -> Reads {
        Reads::along(&["public".to_owned()])
    }
}

impl Reads {
    /// Nothing yet; names without a schema are found along this path.
    pub(super) fn along(search_path: &[String]) -> Reads {
        Reads {
            tables: BTreeMap::new(),
            pointing: Vec::new(),
            foreign_keys_of: BTreeSet::new(),
            search_path: search_path.to_vec(),
        }
    }

    /// The rows of a table, and these columns of it; what is none of its columns is left out.
    pub(super) fn columns<'a>(&mut self, table: &Table, names: impl IntoIterator<Item = &'a str>) {
        let read = self.tables.entry(table.full_name()).or_default();
        read.extend(names.into_iter().filter(|name| table.column(name).is_some()).map(str::to_owned));
    }

    /// The columns of a table that an expression names.
    pub(super) fn expression(&mut self, table: &Table, sql: &str) {
        let names = fragment::names(sql);
        self.columns(table, names.iter().map(String::as_str));
    }

    /// The tables that a query names, and their columns that it names. By name alone: what stands behind an alias, and
    /// what a view reads, is not looked into.
    pub(super) fn query(&mut self, catalog: &Catalog, sql: &str) {
        let (names, tables) = (fragment::names(sql), fragment::qualified_names(sql));
        for table in &catalog.tables {
            let by_schema = tables.contains(&(Some(table.schema.clone()), table.name.clone()));
            let by_path = || tables.contains(&(None, table.name.clone())) && self.is_found(catalog, table);
            if by_schema || by_path() {
                self.columns(table, names.iter().map(String::as_str));
            }
        }
    }

    /// Whether it is the first of its name along the search path.
    fn is_found(&self, catalog: &Catalog, table: &Table) -> bool {
        let has =
            |schema: &&String| catalog.tables.iter().any(|other| other.schema == **schema && other.name == table.name);
        self.search_path.iter().find(has) == Some(&table.schema)
    }
}
