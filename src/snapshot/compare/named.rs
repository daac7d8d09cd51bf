//! The rows that a comparison names, with what it takes to look their values up in a database.

use crate::evidence::{Evidence, Sample};

use super::super::RowPrint;
use super::row_diff::{Found, KeyNames};
use super::table::{ColumnPair, Pair};

/// The rows that one finding names.
#[derive(Debug, Clone)]
pub struct NamedRows {
    /// The finding's check.
    check: String,
    /// The finding's subject.
    subject: String,
    /// The table in the old snapshot and in the new one.
    pub(in crate::snapshot) table: (String, String),
    /// The columns whose values say what differs.
    pub(in crate::snapshot) columns: Vec<NamedColumn>,
    /// The rows, in the order of the finding's samples.
    pub(in crate::snapshot) rows: Vec<NamedRow>,
}

/// A column of named rows.
#[derive(Debug, Clone)]
pub(in crate::snapshot) struct NamedColumn {
    /// Its name in the old snapshot and in the new one.
    pub(in crate::snapshot) name: (String, String),
    /// Whether its values are not shown.
    pub(in crate::snapshot) is_hidden: bool,
}

/// A named row by its fingerprints: the old one of a row that was, the new one of a row that is.
#[derive(Debug, Clone)]
pub(in crate::snapshot) struct NamedRow {
    pub(in crate::snapshot) was: Option<RowPrint>,
    pub(in crate::snapshot) is: Option<RowPrint>,
}

impl NamedRow {
    /// What it was, else what it is.
    pub(super) fn print(&self) -> Option<&RowPrint> {
        self.was.as_ref().or(self.is.as_ref())
    }
}

impl NamedRows {
    /// The samples of the finding among these facts, in the order of the rows.
    pub(in crate::snapshot) fn samples<'f>(&self, facts: &'f mut [Evidence]) -> &'f mut [Sample] {
        let of_finding = |fact: &&mut Evidence| fact.check == self.check && fact.subject == self.subject;
        facts.iter_mut().find(of_finding).map_or(&mut [], |fact| &mut fact.samples)
    }
}

impl Pair<'_> {
    /// Names the first of these rows in the finding of this check and subject. What tells of them are these columns;
    /// none given: all but the key.
    pub(super) fn name_rows(
        &self,
        (check, subject): (&str, &str),
        what: &str,
        columns: &[ColumnPair],
        found: &Found,
    ) -> Vec<Sample> {
        let rows = found.first();
        let named = found.samples(&self.key_names(), what);
        if rows.is_empty() {
            return named;
        }
        self.sides.named.borrow_mut().push(NamedRows {
            check: check.to_owned(),
            subject: subject.to_owned(),
            table: (self.before.name.clone(), self.after.name.clone()),
            columns: if columns.is_empty() { self.beside_key(rows) } else { self.pairs(columns) },
            rows: rows.to_vec(),
        });
        named
    }

    pub(super) fn is_hidden(&self, was: &str, is: &str) -> bool {
        let redact = &self.sides.options.redact;
        redact.hides(&self.before.name, was) || redact.hides(&self.after.name, is)
    }

    fn key_names(&self) -> KeyNames<'_> {
        let names = self.before.key.as_deref();
        let hidden = names.into_iter().flatten().enumerate().filter(|(_, name)| self.is_hidden(name, self.now(name)));
        KeyNames { names, hidden: hidden.map(|(place, _)| place).collect() }
    }

    fn pairs(&self, columns: &[ColumnPair]) -> Vec<NamedColumn> {
        let named = columns.iter().map(|pair| NamedColumn {
            name: (pair.before.name.clone(), pair.after.name.clone()),
            is_hidden: self.is_hidden(&pair.before.name, &pair.after.name),
        });
        named.collect()
    }

    /// All columns of the side on which these rows are, but those of the key, which the samples name already.
    fn beside_key(&self, rows: &[NamedRow]) -> Vec<NamedColumn> {
        let is_old = rows.iter().any(|row| row.was.is_some());
        let table = if is_old { self.before } else { self.after };
        let beside = table.columns.iter().filter(|column| !table.key.iter().flatten().any(|key| *key == column.name));
        let named = beside.map(|column| NamedColumn {
            name: (column.name.clone(), column.name.clone()),
            is_hidden: self.is_hidden(&column.name, self.now(&column.name)),
        });
        named.collect()
    }
}
