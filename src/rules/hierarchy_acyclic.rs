//! Rows that are their own ancestors.

use serde::Deserialize;

use crate::db::Sql;

use super::judged::{self, Shown};
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape};
use super::row::{self, Probed};
use super::violation::{Planned, Violation};

/// Rows that point at their parents in the same table, without a circle.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HierarchyAcyclic {
    id: Name,
    parent: Name,
}

impl Kind for HierarchyAcyclic {
    const NAME: &'static str = "hierarchy_acyclic";
    const SUMMARY: &'static str = "rows that stand in a circle of parents, or below one";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("id", Shape::COLUMN, "the column that names a row"),
        Parameter::required("parent", Shape::COLUMN, "the column that names its parent; NULL: a root"),
    ];

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.column(&self.id, complaints);
        scope.column(&self.parent, complaints);
    }

    fn about(&self) -> Vec<&str> {
        vec![self.parent.get_ref()]
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        Violation::values(scope, &self.parent, &[row::cell(&self.id)])
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let with = Sql::new(include_str!("hierarchy_acyclic.sql"))
            .ident("id", self.id.get_ref().clone())
            .ident("parent", self.parent.get_ref().clone())
            .fragment("table", scope.from())
            .fragment("filter", scope.filter());
        let shown = Shown::default().key(self.id.get_ref(), "k0").value(self.parent.get_ref(), "parent");
        judged::probe(scope, "rows that no root leads to", &with, &shown, false)
    }
}
