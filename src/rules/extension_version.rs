//! Extensions that are missing or of another version.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::db::{Sql, quote_literal};

use super::catalog_scope;
use super::kind::{Complaints, Form, Kind, Parameter, Scope, Shape};
use super::row::Probed;
use super::violation::{Planned, Violation};

/// Extensions that must be there, in these versions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExtensionVersion {
    expected: Spanned<BTreeMap<String, Spanned<String>>>,
}

impl Kind for ExtensionVersion {
    const NAME: &'static str = "extension_version";
    const SUMMARY: &'static str = "extensions that are missing, of another version, or behind what is installed";
    const PARAMETERS: &'static [Parameter] = &[Parameter::required(
        "expected",
        Shape::Map { names: Form::Any, of: &Shape::TEXT, least: 1 },
        "extensions and versions: `{ pgcrypto = \"1.3\" }`; `any`: whichever; `newest`: the one that the server has files of",
    )];
    const NEEDS_TABLE: bool = false;

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        catalog_scope::no_filter(scope, Self::NAME, complaints);
        if let Some(table) = &scope.rule.table {
            complaints.add(table.span(), "extension_version is about the database, not about a table");
        }
    }

    fn violation(&self, _scope: &Scope<'_>) -> Planned {
        // Another name and another version, for who asks for either.
        Violation::of_catalog(
            "UPDATE pg_catalog.pg_extension SET extname = 'phasegate_trial_' || oid, extversion = '0'",
        )
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let pairs = self.expected.get_ref().iter();
        let pairs =
            pairs.map(|(name, version)| format!("({}, {})", quote_literal(name), quote_literal(version.get_ref())));
        let with =
            Sql::new(include_str!("extension_version.sql")).fragment("expected", pairs.collect::<Vec<_>>().join(", "));
        catalog_scope::probe(scope, "extension", "extensions that are not as expected", &with)
    }
}
