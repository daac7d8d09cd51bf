//! Rows that are there more than once.

use serde::Deserialize;
use toml::Spanned;

use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape, plain};
use super::reads::Reads;
use super::row::Probed;
use super::share::Share;
use super::unique::Unique;
use super::violation::{Planned, Violation};

/// A table, one without a key above all, that must not have the same row twice.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DuplicateRows {
    columns: Option<Spanned<Vec<Name>>>,
    #[serde(default)]
    ignore: Vec<Name>,
}

impl Kind for DuplicateRows {
    const NAME: &'static str = "duplicate_rows";
    const SUMMARY: &'static str = "rows that are there more than once";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("columns", Shape::COLUMNS, "all", "the columns that make a row the same; NULL equals NULL"),
        Parameter::optional("ignore", Shape::SOME_COLUMNS, "[]", "columns that do not count, where all others do"),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        if let Some(columns) = &self.columns
            && !self.ignore.is_empty()
        {
            complaints.add(columns.span(), "columns and ignore say the same thing in two ways: give one");
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.columns(self.columns.as_ref().map_or(&[][..], |columns| columns.get_ref()), complaints);
        scope.columns(&self.ignore, complaints);
        if self.of(scope).is_empty() && complaints.0.is_empty() {
            complaints.add(scope.rule.span.clone(), "no column is left that could make a row the same as another");
        }
    }

    fn about(&self) -> Vec<&str> {
        self.columns.as_ref().map_or_else(Vec::new, |columns| plain(columns.get_ref()))
    }

    fn reads(&self, scope: &Scope<'_>, reads: &mut Reads) {
        if let Some(table) = scope.table {
            reads.columns(table, plain(&self.of(scope)));
        }
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        Violation::of([scope.copy(&[], "true")])
    }

    fn share(&self, scope: &Scope<'_>) -> Option<Share> {
        Unique::with_nulls_alike(self.of(scope)).share(scope)
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        Unique::with_nulls_alike(self.of(scope)).probe(scope)
    }
}

impl DuplicateRows {
    fn of(&self, scope: &Scope<'_>) -> Vec<Name> {
        if let Some(columns) = &self.columns {
            return columns.get_ref().clone();
        }
        let ignored = plain(&self.ignore);
        let all = scope.table.map_or(&[][..], |table| &table.columns);
        let counted = all.iter().filter(|column| !ignored.contains(&column.name.as_str()));
        counted.map(|column| Spanned::new(0..0, column.name.clone())).collect()
    }
}
