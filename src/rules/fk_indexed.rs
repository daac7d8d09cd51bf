//! Foreign keys whose columns no index leads with.

use serde::Deserialize;

use crate::db::Sql;

use super::catalog_scope;
use super::kind::{Complaints, Kind, Name, Parameter, Scope};
use super::row::Probed;

/// Foreign keys must have an index on the side that points, so that a delete of a parent does not scan the children.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FkIndexed {
    #[serde(default)]
    schemas: Vec<Name>,
}

impl Kind for FkIndexed {
    const NAME: &'static str = "fk_indexed";
    const SUMMARY: &'static str = "foreign keys whose columns no valid index begins with";
    const PARAMETERS: &'static [Parameter] =
        &[Parameter::optional("schemas", "all", "the schemas that are looked at, where the rule names no table")];
    const NEEDS_TABLE: bool = false;

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        catalog_scope::one_scope(scope, &self.schemas, Self::NAME, complaints);
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let with =
            Sql::new(include_str!("fk_indexed.sql")).fragment("scope", catalog_scope::condition(scope, &self.schemas));
        catalog_scope::probe(scope, "foreign key", "foreign keys without an index", &with)
    }
}
