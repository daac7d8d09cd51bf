//! Two queries that should say the same.

use serde::Deserialize;
use toml::Spanned;

use crate::db::{Sql, quote_ident};

use super::catalog_scope;
use super::fragment;
use super::judged::{self, Shown};
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape, plain};
use super::reads::Reads;
use super::row::Probed;
use super::scalar::Scalar;
use super::violation::{Planned, Violation};

/// Two queries of one database, compared by key and column.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reconcile {
    left: Name,
    right: Name,
    key: Spanned<Vec<Name>>,
    columns: Spanned<Vec<Name>>,
    tolerance: Option<Spanned<Scalar>>,
}

impl Kind for Reconcile {
    const NAME: &'static str = "reconcile";
    const SUMMARY: &'static str = "lines of two queries that differ, or that one of them lacks";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("left", Shape::SQL, "a SELECT"),
        Parameter::required("right", Shape::SQL, "another one"),
        Parameter::required("key", Shape::COLUMNS, "the columns, of both, that name a line"),
        Parameter::required("columns", Shape::COLUMNS, "the columns, of both, that must agree"),
        Parameter::optional(
            "tolerance",
            Shape::TOLERANCE,
            "none",
            "how far numbers may be apart; all columns are numbers then",
        ),
    ];
    const NEEDS_TABLE: bool = false;

    fn look_over(&self, complaints: &mut Complaints) {
        for (query, name) in [(&self.left, "left"), (&self.right, "right")] {
            if let Err(problem) = fragment::check(fragment::without_end(query.get_ref())) {
                complaints.add(query.span(), format!("{name}: {problem}"));
            }
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        catalog_scope::no_filter(scope, Self::NAME, complaints);
        if let Some(table) = &scope.rule.table {
            complaints.add(table.span(), "reconcile says in its queries which tables it is about");
        }
    }

    fn reads(&self, scope: &Scope<'_>, reads: &mut Reads) {
        reads.query(scope.catalog, self.left.get_ref());
        reads.query(scope.catalog, self.right.get_ref());
    }

    fn violation(&self, _scope: &Scope<'_>) -> Planned {
        Violation::search_tables([self.left.get_ref().as_str(), self.right.get_ref()])
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let key = plain(self.key.get_ref());
        let differ = plain(self.columns.get_ref()).into_iter().map(|name| {
            let (l, r) = (format!("l.{}", quote_ident(name)), format!("r.{}", quote_ident(name)));
            match &self.tolerance {
                Some(tolerance) => format!(
                    "CASE WHEN {l} IS NULL OR {r} IS NULL THEN {l} IS DISTINCT FROM {r} \
                     ELSE NOT coalesce(pg_catalog.abs({l}::text::numeric - {r}::text::numeric) <= {}, false) END",
                    tolerance.get_ref().text
                ),
                None => format!("{l} IS DISTINCT FROM {r}"),
            }
        });
        let by_key = judged::list(&key, ", ", |_, name| format!("x.{name}"));
        let place =
            format!("pg_catalog.row_number() OVER (PARTITION BY {by_key} ORDER BY ROW(x.*)::text COLLATE \"C\")");
        let with = Sql::new(include_str!("reconcile.sql"))
            .fragment("left", fragment::without_end(self.left.get_ref()))
            .fragment("right", fragment::without_end(self.right.get_ref()))
            .fragment("keys", judged::list(&key, ", ", |n, name| format!("coalesce(l.{name}, r.{name}) AS k{n}")))
            .fragment("place", place)
            .fragment("differ", differ.collect::<Vec<_>>().join(" OR "))
            .fragment("same", judged::list(&key, " AND ", |_, name| format!("l.{name} = r.{name}")));
        let shown = Shown::default()
            .keys(&key, "k")
            .value("problem", "problem")
            .row("left", "left_shown")
            .row("right", "right_shown");
        judged::probe(scope, "lines that do not agree", &with, &shown, false)
    }
}
