//! Constraints that say something about rows that is not true of them.

use serde::Deserialize;

use crate::db::Sql;

use super::catalog_scope;
use super::kind::{Complaints, Kind, Name, Parameter, Scope};
use super::row::Probed;

/// Constraints must be validated, enforced, and true of every row.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConstraintValidated {
    #[serde(default)]
    schemas: Vec<Name>,
}

impl Kind for ConstraintValidated {
    const NAME: &'static str = "constraint_validated";
    const SUMMARY: &'static str = "constraints that are not validated or enforced, or that rows violate all the same";
    const PARAMETERS: &'static [Parameter] =
        &[Parameter::optional("schemas", "all", "the schemas that are looked at, where the rule names no table")];
    const NEEDS_TABLE: bool = false;

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        catalog_scope::one_scope(scope, &self.schemas, Self::NAME, complaints);
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let with = Sql::new(include_str!("constraint_validated.sql"))
            .fragment("scope", catalog_scope::condition(scope, &self.schemas));
        catalog_scope::probe(scope, "constraint", "constraints that do not hold", &with)
    }
}
