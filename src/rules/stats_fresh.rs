//! Tables of which the planner knows too little.

use serde::Deserialize;
use toml::Spanned;

use crate::db::Sql;

use super::catalog_scope;
use super::kind::{Complaints, Form, Kind, Name, Parameter, Scope, Shape};
use super::row::Probed;
use super::violation::{Planned, Violation};

/// Tables must have been analyzed of late, and not be full of dead rows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatsFresh {
    #[serde(default = "a_week")]
    max_age: Spanned<String>,
    #[serde(default = "a_fifth")]
    max_dead_percent: Spanned<u8>,
    #[serde(default)]
    schemas: Vec<Name>,
}

fn a_week() -> Spanned<String> {
    Spanned::new(0..0, "7 days".to_owned())
}

fn a_fifth() -> Spanned<u8> {
    Spanned::new(0..0, 20)
}

impl Kind for StatsFresh {
    const NAME: &'static str = "stats_fresh";
    const SUMMARY: &'static str = "tables that were not analyzed of late, or are full of dead rows";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("max_age", Shape::Text(Form::Age), "\"7 days\"", "how long ago the last ANALYZE may be"),
        Parameter::optional(
            "max_dead_percent",
            Shape::WHOLE_PERCENT,
            "20",
            "how many percent of the rows may be dead, beyond the first 1,000",
        ),
        Parameter::optional(
            "schemas",
            Shape::SCHEMAS,
            "all",
            "the schemas that are looked at, where the rule names no table",
        ),
    ];
    const NEEDS_TABLE: bool = false;

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        catalog_scope::one_scope(scope, &self.schemas, Self::NAME, complaints);
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        // Statistics are counted outside of transactions and cannot be made older, but those of a new table there are none of.
        let replaced = "EXECUTE pg_catalog.format('ALTER TABLE %s RENAME TO %I', item.name, 'phasegate ' || item.oid);
        EXECUTE pg_catalog.format('CREATE TABLE %s (LIKE %s)', item.qualified, item.oid::regclass);";
        catalog_scope::violation(scope, &self.schemas, replaced).map(Violation::guessed)
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let with = Sql::new(include_str!("stats_fresh.sql"))
            .value("max_age", self.max_age.get_ref())
            .value("max_dead_percent", self.max_dead_percent.get_ref())
            .fragment("scope", catalog_scope::condition(scope, &self.schemas));
        catalog_scope::probe(scope, "table", "tables with stale statistics", &with)
    }
}
