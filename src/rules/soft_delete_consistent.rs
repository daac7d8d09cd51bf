//! Rows that are alive while their parent is marked as deleted.

use serde::Deserialize;
use toml::Spanned;

use crate::db::Sql;

use super::kind::{Complaints, Kind, Name, Parameter, Scope, plain};
use super::pointing::Pointing;
use super::reads::Reads;
use super::row::Probed;
use super::violation::{self, Planned};

/// Rows that must be marked as deleted where their parent is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SoftDeleteConsistent {
    columns: Spanned<Vec<Name>>,
    to: Name,
    to_columns: Spanned<Vec<Name>>,
    deleted: Name,
    live: Name,
}

impl Kind for SoftDeleteConsistent {
    const NAME: &'static str = "soft_delete_consistent";
    const SUMMARY: &'static str = "rows that are alive while their parent is marked as deleted";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("columns", "the columns that point at the parent"),
        Parameter::required("to", "the parent's table"),
        Parameter::required("to_columns", "the columns they point at, in the same order"),
        Parameter::required("deleted", "when a parent `p` counts as deleted: `p.deleted_at IS NOT NULL`"),
        Parameter::required("live", "when a row `t` counts as alive: `t.deleted_at IS NULL`"),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        self.pointing().look_over(complaints);
        complaints.fragment(&self.deleted, "deleted");
        complaints.fragment(&self.live, "live");
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        self.pointing().hold_against(scope, complaints);
    }

    fn about(&self) -> Vec<&str> {
        plain(self.columns.get_ref())
    }

    fn reads(&self, scope: &Scope<'_>, reads: &mut Reads) {
        self.pointing().reads(scope, reads);
        if let (Some(table), Some(parent)) = (scope.table, scope.catalog.find(self.to.get_ref())) {
            reads.expression(table, self.live.get_ref());
            reads.expression(parent, self.deleted.get_ref());
        }
    }

    fn violation(&self, _scope: &Scope<'_>) -> Planned {
        violation::none("its conditions are SQL of its own")
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let parent = self.pointing().other(scope)?;
        let violates = Sql::new(include_str!("soft_delete_consistent.sql").trim_end())
            .fragment("parent", parent.quoted())
            .fragment("matches", self.pointing().matches())
            // A line of its own: the condition may end in a comment.
            .fragment("deleted", format!("{}\n", self.deleted.get_ref().trim()))
            .fragment("live", format!("{}\n", self.live.get_ref().trim()))
            .render()?;
        Ok(self.pointing().probe(format!("rows that outlive their row in {}", parent.full_name()), violates))
    }
}

impl SoftDeleteConsistent {
    fn pointing(&self) -> Pointing<'_> {
        Pointing { columns: &self.columns, to: &self.to, to_columns: &self.to_columns }
    }
}
