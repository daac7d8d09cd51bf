//! What a snapshot holds of a declared move: the rows of each of its tables as sums of hashes that can be added up over
//! tables.
//!
//! What moves is a multiset of rows, each a list of values: expressions over the sources that answer to expressions over
//! the targets. For each table there are the number of its rows, the sum of a hash a row over all values, and for each
//! value the sum of its hash under the hash of the row's key (`form.rs`). Nothing in a hash depends on the table or on
//! the name of a column there, so that the sums of two tables add up to that of both together.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::db::{Catalog, Table, quote_ident};
use crate::digest::Digest;
use crate::phase::{Move, Side};

use super::Snapshot;

/// A move that is to be measured.
#[derive(Debug, Clone, PartialEq)]
pub struct WantedMove {
    /// As it was declared.
    pub declared: Move,
    /// The values and the key, as a snapshot before has them; `None`: found out here.
    pub like: Option<Values>,
}

/// What is compared of each row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Values {
    /// Expressions over the sources, in order; where the declaration names none, columns.
    pub names: Vec<String>,
    /// Those of them, by place, that tell the rows apart; empty: none are known to.
    pub key: Vec<usize>,
}

/// A move at one instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveSnapshot {
    /// As it was declared.
    pub declared: Move,
    /// What is compared.
    pub values: Values,
    /// The tables that were there: sources and targets in the order of the declaration.
    pub tables: Vec<MovedTable>,
}

/// One table of a move at one instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MovedTable {
    /// `schema.name`.
    pub table: String,
    /// Why it could not be measured; all else is then without meaning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// The rows that have a part in the move.
    pub part: MovedRows,
    /// The rows that have none, by the condition of this side; `None` where it has no condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<MovedRows>,
}

/// Some rows of a table, as sums.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MovedRows {
    /// How many.
    pub rows: u64,
    /// The sum of the rows' hashes; `None` where the table lacks one of the values.
    pub row_digest: Option<Digest>,
    /// The values that the table has.
    pub values: Vec<MovedValue>,
}

/// One value of the rows of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MovedValue {
    /// Its place among the names.
    pub place: usize,
    /// The form that was hashed.
    pub form: String,
    /// The keyed digest.
    pub digest: Digest,
}

impl Snapshot {
    /// The moves as the snapshot that will be compared with this one must measure them.
    pub fn wanted_moves(&self) -> Vec<WantedMove> {
        let wanted = |found: &MoveSnapshot| WantedMove {
            declared: found.declared.clone(),
            like: (!found.values.names.is_empty()).then(|| found.values.clone()),
        };
        self.moves.iter().map(wanted).collect()
    }
}

impl WantedMove {
    /// What is compared: as declared, or the columns that all tables share which are there.
    pub(super) fn values(&self, catalog: &Catalog) -> Values {
        if let Some(like) = &self.like {
            return like.clone();
        }
        let tables =
            |sides: &[Side]| -> Vec<&Table> { sides.iter().filter_map(|side| table(catalog, &side.table)).collect() };
        let (sources, targets) = (tables(&self.declared.sources), tables(&self.declared.targets));
        let mut names = self.declared.values().to_vec();
        if names.is_empty() && !sources.is_empty() {
            let columns =
                |table: &&Table| table.columns.iter().map(|column| column.name.clone()).collect::<BTreeSet<_>>();
            let shared = sources.iter().chain(&targets).map(columns).reduce(|one, other| &one & &other);
            names = shared.unwrap_or_default().into_iter().collect();
        }
        let key = key(&names, &sources).unwrap_or_default();
        Values { names, key }
    }

    /// The expression of each value over this table, where the table has it.
    pub(super) fn expressions(&self, side: &Side, values: &Values, table: &Table) -> Vec<Option<String>> {
        if !side.values.is_empty() {
            return side.values.iter().cloned().map(Some).collect();
        }
        let column = |name: &String| table.column(name).map(|column| format!("r.{}", quote_ident(&column.name)));
        values.names.iter().map(column).collect()
    }
}

/// The key that all sources have, where each of its columns is a value by itself.
fn key(names: &[String], sources: &[&Table]) -> Option<Vec<usize>> {
    let key = sources.first()?.key.as_ref()?;
    if sources.iter().any(|source| source.key.as_ref() != Some(key)) {
        return None;
    }
    key.iter().map(|column| names.iter().position(|name| name == column || *name == quote_ident(column))).collect()
}

/// The table of this name. There is none of a view, which holds no rows of its own.
pub(super) fn table<'a>(catalog: &'a Catalog, name: &str) -> Option<&'a Table> {
    catalog.tables.iter().find(|table| table.full_name() == name)
}
