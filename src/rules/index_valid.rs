//! Indexes that are there and not used.

use serde::Deserialize;

use crate::db::Sql;

use super::catalog_scope;
use super::kind::{Complaints, Kind, Name, Parameter, Scope};
use super::row::Probed;

/// Indexes must be valid, ready and live.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IndexValid {
    #[serde(default)]
    schemas: Vec<Name>,
}

impl Kind for IndexValid {
    const NAME: &'static str = "index_valid";
    const SUMMARY: &'static str = "indexes that are invalid, not ready or being dropped";
    const PARAMETERS: &'static [Parameter] =
        &[Parameter::optional("schemas", "all", "the schemas that are looked at, where the rule names no table")];
    const NEEDS_TABLE: bool = false;

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        catalog_scope::one_scope(scope, &self.schemas, Self::NAME, complaints);
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let with =
            Sql::new(include_str!("index_valid.sql")).fragment("scope", catalog_scope::condition(scope, &self.schemas));
        catalog_scope::probe(scope, "index", "indexes that are not valid", &with)
    }
}
