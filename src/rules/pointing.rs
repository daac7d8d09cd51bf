//! What the kinds have in common that hold a row against rows of another table.

use toml::Spanned;

use crate::db::{SqlError, Table, quote_ident};

use super::kind::{Complaints, Name, Scope, column_of, plain};
use super::probe::{Measure, Probe};
use super::reads::Reads;

/// Columns of the rule's table, and those of another table that they are held against.
pub(super) struct Pointing<'a> {
    pub(super) columns: &'a Spanned<Vec<Name>>,
    pub(super) to: &'a Name,
    pub(super) to_columns: &'a Spanned<Vec<Name>>,
}

impl<'a> Pointing<'a> {
    pub(super) fn look_over(&self, complaints: &mut Complaints) {
        complaints.same_length(self.columns, self.to_columns, ("columns", "to_columns"));
    }

    pub(super) fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.columns(self.columns.get_ref(), complaints);
        let Some(other) = scope.other_table(self.to, complaints) else { return };
        for name in self.to_columns.get_ref() {
            column_of(other, name, complaints);
        }
    }

    /// The columns of both tables.
    pub(super) fn reads(&self, scope: &Scope<'_>, reads: &mut Reads) {
        let (Some(table), Some(other)) = (scope.table, scope.catalog.find(self.to.get_ref())) else { return };
        reads.columns(table, plain(self.columns.get_ref()));
        reads.columns(other, plain(self.to_columns.get_ref()));
    }

    /// The other table, which is known to be there.
    pub(super) fn other<'s>(&self, scope: &Scope<'s>) -> Result<&'s Table, SqlError> {
        let missing = || SqlError::Missing { placeholder: self.to.get_ref().clone() };
        scope.catalog.find(self.to.get_ref()).ok_or_else(missing)
    }

    /// The condition under which row `p` of the other table is the one that row `t` means.
    pub(super) fn matches(&self) -> String {
        let pairs = plain(self.columns.get_ref()).into_iter().zip(plain(self.to_columns.get_ref()));
        let equal = pairs.map(|(column, other)| format!("p.{} = t.{}", quote_ident(other), quote_ident(column)));
        equal.collect::<Vec<_>>().join(" AND ")
    }

    /// A probe by a condition that joins.
    pub(super) fn probe(&self, noun: String, violates: String) -> Probe {
        let shows = self.columns.get_ref().iter().map(|name| name.get_ref().clone()).collect();
        Probe { noun, measure: Measure::Rows { violates: format!("\n{violates}\n"), shows, fused: false } }
    }
}
