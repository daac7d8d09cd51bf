//! Values that go down where they should only go up.

use serde::Deserialize;
use toml::Spanned;

use crate::db::Sql;

use super::judged::{self, Shown, cells, columns};
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape, plain};
use super::resolve::key_of;
use super::row::Probed;
use super::violation::{self, Planned};

/// A column whose values must only rise, or only fall, in the order of others.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Monotonic {
    column: Name,
    order_by: Spanned<Vec<Name>>,
    #[serde(default)]
    partition_by: Vec<Name>,
    #[serde(default)]
    strict: bool,
    #[serde(default)]
    decreasing: bool,
}

impl Kind for Monotonic {
    const NAME: &'static str = "monotonic";
    const SUMMARY: &'static str = "rows whose value goes back against the one before";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("column", Shape::COLUMN, "the column whose values must rise"),
        Parameter::required(
            "order_by",
            Shape::COLUMNS,
            "the columns that say what comes before what; the key decides between equals",
        ),
        Parameter::optional("partition_by", Shape::SOME_COLUMNS, "[]", "the columns that begin the order anew"),
        Parameter::optional("strict", Shape::Flag, "false", "whether a value that stays the same violates too"),
        Parameter::optional("decreasing", Shape::Flag, "false", "whether the values must fall instead"),
    ];

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.column(&self.column, complaints);
        scope.columns(self.order_by.get_ref(), complaints);
        scope.columns(&self.partition_by, complaints);
    }

    fn about(&self) -> Vec<&str> {
        vec![self.column.get_ref()]
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let (bound, by) = if self.decreasing { ("max", "1") } else { ("min", "-1") };
        let order = cells(&plain(self.order_by.get_ref()));
        violation::beyond(scope, &self.column, (bound, by), &order, &cells(&plain(&self.partition_by)))
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let key = key_of(scope);
        let key: Vec<&str> = key.iter().map(String::as_str).collect();
        let order: Vec<&str> = plain(self.order_by.get_ref()).into_iter().chain(key.iter().copied()).collect();
        let wrong = match (self.decreasing, self.strict) {
            (false, false) => "s.value < s.previous",
            (false, true) => "s.value <= s.previous",
            (true, false) => "s.value > s.previous",
            (true, true) => "s.value >= s.previous",
        };
        let with = Sql::new(include_str!("monotonic.sql"))
            .fragment("keys", columns(&key, "k"))
            .ident("column", self.column.get_ref().clone())
            .fragment("partition", cells(&plain(&self.partition_by)))
            .fragment("order", cells(&order))
            .fragment("wrong", wrong)
            .fragment("table", scope.from())
            .fragment("filter", scope.filter());
        let column = self.column.get_ref();
        let shown = Shown::default().keys(&key, "k").value(column, "value").value_of("before", "previous", &[column]);
        judged::probe(scope, "rows that go back", &with, &shown, false)
    }
}
