//! Settings that are not as they should be.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::db::{Sql, quote_literal};

use super::catalog_scope;
use super::kind::{Complaints, Form, Kind, Parameter, Scope, Shape};
use super::row::Probed;
use super::scalar::Scalar;
use super::violation::{Planned, Search, Violation};

/// Settings of the server that must have these values.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    expected: Spanned<BTreeMap<String, Spanned<Scalar>>>,
}

impl Kind for Settings {
    const NAME: &'static str = "settings";
    const SUMMARY: &'static str = "settings of the server with another value than expected";
    const PARAMETERS: &'static [Parameter] = &[Parameter::required(
        "expected",
        Shape::Map { names: Form::Any, of: &Shape::SCALAR, least: 1 },
        "the settings and their values, as `SHOW` shows them or in the setting's own unit: `{ max_connections = 100 }`",
    )];
    const NEEDS_TABLE: bool = false;

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        catalog_scope::no_filter(scope, Self::NAME, complaints);
        if let Some(table) = &scope.rule.table {
            complaints.add(table.span(), "settings is about the server, not about a table");
        }
    }

    fn violation(&self, _scope: &Scope<'_>) -> Planned {
        Violation::search(Search::Sessions { settings: self.expected.get_ref().keys().cloned().collect() })
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let pairs = self.expected.get_ref().iter();
        let pairs =
            pairs.map(|(name, value)| format!("({}, {})", quote_literal(name), quote_literal(&value.get_ref().text)));
        let with =
            Sql::new(include_str!("settings_expected.sql")).fragment("expected", pairs.collect::<Vec<_>>().join(", "));
        catalog_scope::probe(scope, "setting", "settings with another value", &with)
    }
}
