//! Indexes whose pages do not hang together.

use serde::Deserialize;

use crate::db::Sql;

use super::catalog_scope;
use super::judged::{self, Shown};
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape};
use super::row::Probed;
use super::violation::{Planned, Violation};

/// B-tree indexes must be sound, by PostgreSQL's own amcheck.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IndexSound {
    #[serde(default)]
    heapallindexed: bool,
    #[serde(default)]
    schemas: Vec<Name>,
}

impl Kind for IndexSound {
    const NAME: &'static str = "index_sound";
    const SUMMARY: &'static str = "b-tree indexes that amcheck finds corrupt";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional(
            "heapallindexed",
            Shape::Flag,
            "false",
            "whether every row must be found in the index too: a second scan",
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
        // The catalog says the other direction of each key, and its pages lie in the old one: so a changed collation leaves them.
        let turned = "UPDATE pg_catalog.pg_index AS i SET indoption = (
            SELECT pg_catalog.string_agg((o.option # 1)::text, ' ' ORDER BY o.place)
            FROM pg_catalog.unnest(i.indoption) WITH ORDINALITY AS o(option, place))::int2vector
        FROM pg_catalog.pg_class AS x, pg_catalog.pg_am AS m
        WHERE i.indrelid = item.oid AND x.oid = i.indexrelid AND m.oid = x.relam AND m.amname = 'btree';";
        catalog_scope::violation(scope, &self.schemas, turned).map(Violation::guessed)
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let with = Sql::new(include_str!("index_sound.sql"))
            .fragment("heapallindexed", self.heapallindexed.to_string())
            .fragment("scope", catalog_scope::condition(scope, &self.schemas));
        let shown = Shown::default().key("index", "k0").value("problem", "problem");
        judged::probe(scope, "corrupt indexes", &with, &shown, false)
    }
}
