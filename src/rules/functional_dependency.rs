//! Rows that agree in what should decide the rest, and not in the rest.

use serde::Deserialize;
use toml::Spanned;

use crate::db::{Column, Sql, quote_ident};

use super::grouped::Grouped;
use super::judged::{self, Shown, cells, columns};
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape, plain};
use super::row::Probed;
use super::share::Share;
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

    fn share(&self, scope: &Scope<'_>) -> Option<Share> {
        let rows = format!("({} AND ({}))", scope.filter(), self.known());
        let differ = |only: &str| self.differ(scope, only);
        Some(Grouped::new(scope, rows, &plain(self.determinant.get_ref()), differ).groups())
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let (determinant, dependent) = (plain(self.determinant.get_ref()), plain(self.dependent.get_ref()));
        let with = Sql::new(include_str!("functional_dependency.sql"))
            .fragment("determinants", columns(&determinant, "k"))
            .fragment("dependents", cells(&dependent))
            .fragment("table", scope.from())
            .fragment("filter", scope.filter())
            .fragment("known", self.known())
            .fragment("differ", self.differ(scope, ""))
            .fragment("groups", cells(&determinant));
        let shown = Shown::default()
            .keys(&determinant, "k")
            .value(&format!("variants of {}", dependent.join(", ")), "variants")
            .value("rows", "n");
        judged::probe(scope, "values that stand beside several others", &with, &shown, false)
    }
}

impl FunctionalDependency {
    /// Whether all that decides is known of a row.
    fn known(&self) -> String {
        judged::list(&plain(self.determinant.get_ref()), " AND ", |_, name| format!("t.{name} IS DISTINCT FROM NULL"))
    }

    /// Whether rows of a group differ in what is decided; of the rows that the clause behind each aggregate leaves.
    fn differ(&self, scope: &Scope<'_>, only: &str) -> String {
        let names = self.dependent.get_ref();
        let each = names.iter().map(|name| scope.known(name).and_then(|column| ends(column, only)));
        match each.collect::<Option<Vec<_>>>() {
            Some(each) => each.join(" OR "),
            None => format!("pg_catalog.count(DISTINCT ROW({})){only} > 1", cells(&plain(names))),
        }
    }
}

/// Whether a group has several values of this column, NULL among them: by the least and the greatest, which needs no sorting
/// as different values do. `None` for types whose order is not known to tell apart what is not equal.
fn ends(column: &Column, only: &str) -> Option<String> {
    let cell = format!("t.{}", column.quoted());
    let (least, greatest, value) = match column.base_type.as_str() {
        "int2" | "int4" | "int8" | "numeric" | "float4" | "float8" | "text" | "varchar" | "bpchar" | "date"
        | "time" | "timestamp" | "timestamptz" | "interval" => ("min", "max", cell.clone()),
        // It has an order and no least value before PostgreSQL 18.
        "uuid" => ("min", "max", format!("{cell}::text COLLATE \"C\"")),
        "bool" => ("bool_and", "bool_or", cell.clone()),
        _ => return None,
    };
    Some(format!(
        "coalesce(pg_catalog.{least}({value}){only} <> pg_catalog.{greatest}({value}){only}, false) \
         OR pg_catalog.count({cell}){only} BETWEEN 1 AND pg_catalog.count(*){only} - 1"
    ))
}
