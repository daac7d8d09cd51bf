//! Objects that belong to somebody else.

use serde::Deserialize;

use crate::db::Sql;

use super::catalog_scope;
use super::kind::{Complaints, Form, Kind, Name, Parameter, Scope, Shape};
use super::row::Probed;
use super::violation::Planned;

/// Tables, views, sequences, functions and types must all be one role's.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Owner {
    role: Name,
    #[serde(default)]
    schemas: Vec<Name>,
}

impl Kind for Owner {
    const NAME: &'static str = "owner";
    const SUMMARY: &'static str = "tables, views, sequences, functions and types that another role owns";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("role", Shape::Text(Form::Named("role", "roles")), "whose they must be"),
        Parameter::optional(
            "schemas",
            Shape::SCHEMAS,
            "all",
            "the schemas that are looked at, where the rule names no table",
        ),
    ];
    const NEEDS_TABLE: bool = false;

    fn look_over(&self, complaints: &mut Complaints) {
        if self.role.get_ref().is_empty() {
            complaints.add(self.role.span(), "nobody has no name");
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        catalog_scope::one_scope(scope, &self.schemas, Self::NAME, complaints);
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        const GIVEN_AWAY: &str = "IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'phasegate_trial') THEN \
            CREATE ROLE phasegate_trial; END IF; \
            EXECUTE pg_catalog.format('ALTER TABLE %s OWNER TO phasegate_trial', item.name);";
        catalog_scope::violation(scope, &self.schemas, GIVEN_AWAY)
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let with = Sql::new(include_str!("owner.sql"))
            .value("role", self.role.get_ref())
            .fragment("scope", catalog_scope::condition(scope, &self.schemas));
        let noun = format!("objects that are not {}'s", self.role.get_ref());
        catalog_scope::probe(scope, "object", &noun, &with)
    }
}
