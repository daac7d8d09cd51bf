//! An index that should be there.

use serde::Deserialize;
use toml::Spanned;

use crate::db::{Sql, quote_literal};

use super::catalog_scope;
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape, plain};
use super::reads::Reads;
use super::row::Probed;
use super::violation::Planned;

/// Columns that a valid index must begin with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IndexPresent {
    columns: Spanned<Vec<Name>>,
    #[serde(default)]
    unique: bool,
}

impl Kind for IndexPresent {
    const NAME: &'static str = "index_present";
    const SUMMARY: &'static str = "columns that no valid index begins with";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("columns", Shape::COLUMNS, "the columns, in the index's order"),
        Parameter::optional("unique", Shape::Flag, "false", "whether it must be unique over exactly these columns"),
    ];

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        catalog_scope::no_filter(scope, Self::NAME, complaints);
        scope.columns(self.columns.get_ref(), complaints);
    }

    fn about(&self) -> Vec<&str> {
        plain(self.columns.get_ref())
    }

    /// The catalog, and no row.
    fn reads(&self, _scope: &Scope<'_>, _reads: &mut Reads) {}

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        catalog_scope::violation(scope, &[], catalog_scope::INDEXES_INVALID)
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let names: Vec<String> = plain(self.columns.get_ref()).into_iter().map(quote_literal).collect();
        let with = Sql::new(include_str!("index_present.sql"))
            .fragment("columns", names.join(", "))
            .fragment("unique", self.unique.to_string())
            .fragment("scope", catalog_scope::condition(scope, &[]));
        let noun = if self.unique { "missing unique indexes" } else { "missing indexes" };
        catalog_scope::probe(scope, "table", noun, &with)
    }
}
