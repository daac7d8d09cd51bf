//! A view that no longer says what a query says.

use serde::Deserialize;
use toml::Spanned;

use crate::db::{Sql, quote_qualified};

use super::catalog_scope;
use super::fragment;
use super::judged::{self, Shown};
use super::kind::{Complaints, Form, Kind, Name, Parameter, Scope, Shape};
use super::reads::Reads;
use super::row::Probed;
use super::violation::{Planned, Violation};

/// A view, or table, whose rows must be those of a query.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ViewEquivalent {
    view: Spanned<String>,
    query: Name,
}

impl Kind for ViewEquivalent {
    const NAME: &'static str = "view_equivalent";
    const SUMMARY: &'static str = "rows of a view that a query does not return, and the other way round";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required(
            "view",
            Shape::Text(Form::Named("view", "views")),
            "the view, materialized view or table: `schema.name`",
        ),
        Parameter::required("query", Shape::SQL, "a SELECT with the same columns in the same order"),
    ];
    const NEEDS_TABLE: bool = false;

    fn look_over(&self, complaints: &mut Complaints) {
        if self.view.get_ref().split('.').count() != 2 {
            complaints.add(self.view.span(), "write the view as schema.name");
        }
        if let Err(problem) = fragment::check(fragment::without_end(self.query.get_ref())) {
            complaints.add(self.query.span(), format!("query: {problem}"));
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        catalog_scope::no_filter(scope, Self::NAME, complaints);
        if let Some(table) = &scope.rule.table {
            complaints.add(table.span(), "view_equivalent names its view itself");
        }
    }

    fn about(&self) -> Vec<&str> {
        vec![self.view.get_ref()]
    }

    fn reads(&self, scope: &Scope<'_>, reads: &mut Reads) {
        reads.query(scope.catalog, self.query.get_ref());
        if let Some(view) = scope.catalog.find(self.view.get_ref()) {
            reads.columns(view, view.columns.iter().map(|column| column.name.as_str()));
        }
    }

    fn violation(&self, _scope: &Scope<'_>) -> Planned {
        let twice = Sql::new(include_str!("view_equivalent_violation.sql")).value("view", self.named());
        let twice = Violation::of_catalog(twice.render().map_err(|error| error.to_string())?)?.guessed();
        // A table, or a materialized view, has rows of its own.
        Ok(Violation { ways: twice.ways, ..Violation::search_tables([self.query.get_ref().as_str()])? })
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let with = Sql::new(include_str!("view_equivalent.sql"))
            .fragment("left", format!("SELECT * FROM {}", self.named()))
            .fragment("right", fragment::without_end(self.query.get_ref()));
        let shown = Shown::default().key("row", "k0").row("values", "shown");
        judged::probe(
            scope,
            format!("rows that {} and the query do not share", self.view.get_ref()),
            &with,
            &shown,
            false,
        )
    }
}

impl ViewEquivalent {
    /// The view, as SQL names it.
    fn named(&self) -> String {
        let (schema, name) = self.view.get_ref().split_once('.').unwrap_or_default();
        quote_qualified(schema, name)
    }
}
