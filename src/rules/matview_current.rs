//! Materialized views that no longer say what their query says.

use serde::Deserialize;

use crate::db::Sql;

use super::catalog_scope;
use super::kind::{Complaints, Kind, Name, Parameter, Scope};
use super::row::Probed;

/// Materialized views must hold what their query returns now.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MatviewCurrent {
    #[serde(default)]
    schemas: Vec<Name>,
}

impl Kind for MatviewCurrent {
    const NAME: &'static str = "matview_current";
    const SUMMARY: &'static str = "materialized views whose rows are not those of their query now";
    const PARAMETERS: &'static [Parameter] =
        &[Parameter::optional("schemas", "all", "the schemas that are looked at, where the rule names no table")];
    const NEEDS_TABLE: bool = false;

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        catalog_scope::one_scope(scope, &self.schemas, Self::NAME, complaints);
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let with = Sql::new(include_str!("matview_current.sql"))
            .fragment("scope", catalog_scope::condition(scope, &self.schemas));
        catalog_scope::probe(scope, "materialized view", "materialized views that are not current", &with)
    }
}
