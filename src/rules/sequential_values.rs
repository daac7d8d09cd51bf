//! Numbers that are missing from a series, or stand in it twice.

use serde::Deserialize;
use toml::Spanned;

use crate::db::Sql;

use super::judged::{self, Shown, cells, columns};
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape, plain};
use super::resolve::key_of;
use super::row::Probed;
use super::violation::{self, Planned};

/// A column whose values must follow each other without a gap, as invoice numbers do.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SequentialValues {
    column: Name,
    #[serde(default)]
    partition_by: Vec<Name>,
    #[serde(default = "one")]
    step: Spanned<u32>,
}

fn one() -> Spanned<u32> {
    Spanned::new(0..0, 1)
}

impl Kind for SequentialValues {
    const NAME: &'static str = "sequential_values";
    const SUMMARY: &'static str = "numbers that do not follow the one before by one step";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("column", Shape::COLUMN, "the column of whole numbers"),
        Parameter::optional("partition_by", Shape::SOME_COLUMNS, "[]", "the columns that begin the series anew"),
        Parameter::optional(
            "step",
            Shape::Whole { least: 1, most: u32::MAX as i64 },
            "1",
            "how far one is from the next",
        ),
    ];

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.columns(&self.partition_by, complaints);
        let Some(column) = scope.column(&self.column, complaints) else { return };
        if !matches!(column.base_type.as_str(), "int2" | "int4" | "int8" | "numeric") {
            let message = format!("column {} is {}, no whole number", column.name, column.type_name);
            complaints.add(self.column.span(), message);
        }
    }

    fn about(&self) -> Vec<&str> {
        vec![self.column.get_ref()]
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let by = format!("2 * {} + 1", self.step.get_ref());
        let order = cells(&[self.column.get_ref()]);
        violation::beyond(scope, &self.column, ("max", &by), &order, &cells(&plain(&self.partition_by)))
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let key = key_of(scope);
        let key: Vec<&str> = key.iter().map(String::as_str).collect();
        let order: Vec<&str> = std::iter::once(self.column.get_ref().as_str()).chain(key.iter().copied()).collect();
        let with = Sql::new(include_str!("monotonic.sql"))
            .fragment("keys", columns(&key, "k"))
            .ident("column", self.column.get_ref().clone())
            .fragment("partition", cells(&plain(&self.partition_by)))
            .fragment("order", cells(&order))
            .fragment("wrong", format!("s.value - s.previous <> {}", self.step.get_ref()))
            .fragment("table", scope.from())
            .fragment("filter", scope.filter());
        let column = self.column.get_ref();
        let shown = Shown::default().keys(&key, "k").value(column, "value").value_of("before", "previous", &[column]);
        judged::probe(scope, "numbers that do not follow the one before", &with, &shown, false)
    }
}
