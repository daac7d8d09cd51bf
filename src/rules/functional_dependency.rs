//! Rows that agree in what should decide the rest, and not in the rest.

use serde::Deserialize;
use toml::Spanned;

use crate::db::{Sql, quote_ident};

use super::judged::{self, Shown, cells, columns};
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape, plain};
use super::row::Probed;
use super::violation::{Planned, Violation};

/// Columns whose values decide those of others: a postcode its town.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FunctionalDependency {
    determinant: Spanned<Vec<Name>>,
    dependent: Spanned<Vec<Name>>,
}

impl Kind for FunctionalDependency {
    const NAME: &'static str = "functional_dependency";
    const SUMMARY: &'static str = "values that should decide others and stand beside several of them";
    const TAKES_PERCENT: bool = false;
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("determinant", Shape::COLUMNS, "the columns that decide"),
        Parameter::required("dependent", Shape::COLUMNS, "the columns that are decided"),
    ];

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.columns(self.determinant.get_ref(), complaints);
        scope.columns(self.dependent.get_ref(), complaints);
    }

    fn about(&self) -> Vec<&str> {
        plain(self.determinant.get_ref()).into_iter().chain(plain(self.dependent.get_ref())).collect()
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let names = plain(self.determinant.get_ref());
        let known = judged::list(&names, " AND ", |_, name| format!("t.{name} IS NOT NULL"));
        let ways = plain(self.dependent.get_ref()).into_iter().map(|name| {
            let has_value = format!("{known} AND t.{} IS NOT NULL", quote_ident(name));
            scope.copy(&[(name, "NULL")], &has_value)
        });
        Violation::of(ways.take(1))
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let (determinant, dependent) = (plain(self.determinant.get_ref()), plain(self.dependent.get_ref()));
        let with = Sql::new(include_str!("functional_dependency.sql"))
            .fragment("determinants", columns(&determinant, "k"))
            .fragment("dependents", cells(&dependent))
            .fragment("table", scope.from())
            .fragment("filter", scope.filter())
            .fragment("known", judged::list(&determinant, " AND ", |_, name| format!("t.{name} IS DISTINCT FROM NULL")))
            .fragment("groups", cells(&determinant));
        let shown = Shown::default()
            .keys(&determinant, "k")
            .value(&format!("variants of {}", dependent.join(", ")), "variants")
            .value("rows", "n");
        judged::probe(scope, "values that stand beside several others", &with, &shown, false)
    }
}
