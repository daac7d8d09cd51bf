//! Tables that show every row to whoever may read them.

use serde::Deserialize;

use crate::db::Sql;

use super::catalog_scope;
use super::kind::{Complaints, Kind, Name, Parameter, Scope};
use super::row::Probed;

/// Tables must have row-level security switched on, for their owner too, and a policy.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RlsEnabled {
    #[serde(default)]
    schemas: Vec<Name>,
}

impl Kind for RlsEnabled {
    const NAME: &'static str = "rls_enabled";
    const SUMMARY: &'static str = "tables on which row-level security is off, not forced, or without a policy";
    const PARAMETERS: &'static [Parameter] =
        &[Parameter::optional("schemas", "all", "the schemas that are looked at, where the rule names no table")];
    const NEEDS_TABLE: bool = false;

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        catalog_scope::one_scope(scope, &self.schemas, Self::NAME, complaints);
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let with =
            Sql::new(include_str!("rls_enabled.sql")).fragment("scope", catalog_scope::condition(scope, &self.schemas));
        catalog_scope::probe(scope, "table", "tables without row-level security", &with)
    }
}
