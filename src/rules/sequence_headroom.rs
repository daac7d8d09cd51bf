//! Sequences that run out of numbers.

use serde::Deserialize;
use toml::Spanned;

use crate::db::Sql;

use super::catalog_scope;
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape};
use super::row::Probed;
use super::violation::{Planned, Violation};

/// Sequences that must have so much of their numbers left.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SequenceHeadroom {
    #[serde(default = "a_fifth")]
    percent: Spanned<u8>,
    #[serde(default)]
    schemas: Vec<Name>,
}

fn a_fifth() -> Spanned<u8> {
    Spanned::new(0..0, 20)
}

impl Kind for SequenceHeadroom {
    const NAME: &'static str = "sequence_headroom";
    const SUMMARY: &'static str =
        "sequences with too few numbers left, by their own end or that of the column they feed";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("percent", Shape::WHOLE_PERCENT, "20", "how many percent of the numbers must be left"),
        Parameter::optional("schemas", Shape::SCHEMAS, "all", "the schemas whose sequences are looked at"),
    ];
    const NEEDS_TABLE: bool = false;

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        catalog_scope::no_filter(scope, Self::NAME, complaints);
        if let Some(table) = &scope.rule.table {
            complaints
                .add(table.span(), "sequence_headroom is about schemas; sequence_ahead is about a table's column");
        }
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let block = Sql::new(include_str!("sequence_headroom_violation.sql"))
            .fragment("scope", catalog_scope::condition(scope, &self.schemas));
        Violation::of_catalog(block.render().map_err(|error| error.to_string())?)
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let with = Sql::new(include_str!("sequence_headroom.sql"))
            .value("percent", self.percent.get_ref())
            .fragment("stands", include_str!("sequence_stands.sql").trim_end())
            .fragment("scope", catalog_scope::condition(scope, &self.schemas));
        let noun = format!("sequences with less than {} % left", self.percent.get_ref());
        catalog_scope::probe(scope, "sequence", &noun, &with)
    }
}
