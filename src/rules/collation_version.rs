//! Collations that have changed beneath the indexes that were built by them.

use serde::Deserialize;

use crate::db::Sql;

use super::catalog_scope;
use super::kind::{Complaints, Kind, Parameter, Scope};
use super::row::Probed;
use super::violation::{Planned, Violation};

/// The collations in use must be of the version that their indexes were built with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CollationVersion {}

impl Kind for CollationVersion {
    const NAME: &'static str = "collation_version";
    const SUMMARY: &'static str = "collations in use whose version is no longer the one that indexes were built with";
    const PARAMETERS: &'static [Parameter] = &[];
    const NEEDS_TABLE: bool = false;

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        catalog_scope::no_filter(scope, Self::NAME, complaints);
        if let Some(table) = &scope.rule.table {
            complaints.add(table.span(), "collation_version is about the database, not about a table");
        }
    }

    fn violation(&self, _scope: &Scope<'_>) -> Planned {
        Violation::of_catalog(include_str!("collation_version_violation.sql"))
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let with = Sql::new(include_str!("collation_version.sql"));
        catalog_scope::probe(scope, "collation", "collations of another version", &with)
    }
}
