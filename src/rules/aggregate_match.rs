//! A figure over a column that does not agree with the same figure over another table's.

use serde::Deserialize;
use toml::Spanned;

use crate::db::{Column, Sql, SqlError, Table, quote_ident};

use super::judged::{self, Shown};
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape, column_of, filter};
use super::reads::Reads;
use super::row::Probed;
use super::violation::{Planned, Violation};

/// A sum or the like that must be that of another table, or a multiple of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AggregateMatch {
    column: Name,
    #[serde(rename = "fn")]
    function: Function,
    other: Name,
    other_column: Name,
    other_where: Option<Name>,
    #[serde(default = "one")]
    factor: Spanned<String>,
    #[serde(default = "nothing")]
    tolerance: Spanned<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Function {
    Sum,
    Min,
    Max,
    Avg,
    Count,
    CountDistinct,
}

fn one() -> Spanned<String> {
    Spanned::new(0..0, "1".to_owned())
}

fn nothing() -> Spanned<String> {
    Spanned::new(0..0, "0".to_owned())
}

impl Kind for AggregateMatch {
    const NAME: &'static str = "aggregate_match";
    const TAKES_THRESHOLD: bool = false;
    const SUMMARY: &'static str = "a figure over a column that is not that over a column of another table";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("column", Shape::COLUMN, "the column"),
        Parameter::required(
            "fn",
            Shape::Word(&["sum", "min", "max", "avg", "count", "count_distinct"]),
            "`sum`, `min`, `max`, `avg`, `count` (of values that are not NULL), `count_distinct`",
        ),
        Parameter::required("other", Shape::TABLE, "the other table"),
        Parameter::required("other_column", Shape::COLUMN, "its column"),
        Parameter::optional("other_where", Shape::SQL, "none", "a condition on the rows of the other table that count"),
        Parameter::optional(
            "factor",
            Shape::DECIMAL,
            "\"1\"",
            "how often the other figure this one must be, as a text: `\"2\"`",
        ),
        Parameter::optional(
            "tolerance",
            Shape::DECIMAL,
            "\"0\"",
            "how far from that it may be, as a decimal text; compared exactly",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        if let Some(condition) = &self.other_where {
            complaints.fragment(condition, "other_where");
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        let own = scope.column(&self.column, complaints);
        let other = scope.other_table(&self.other, complaints);
        let other = other.and_then(|table| column_of(table, &self.other_column, complaints));
        for (column, name) in [(own, &self.column), (other, &self.other_column)] {
            if let Some(column) = column.filter(|column| self.needs_number() && column.base_category != 'N') {
                complaints.add(name.span(), format!("column {} is {}, no number", column.name, column.type_name));
            }
        }
    }

    fn about(&self) -> Vec<&str> {
        vec![self.column.get_ref()]
    }

    fn reads(&self, scope: &Scope<'_>, reads: &mut Reads) {
        let tables = [(scope.table, &self.column), (scope.catalog.find(self.other.get_ref()), &self.other_column)];
        for (table, column) in tables {
            if let Some(table) = table {
                reads.columns(table, [column.get_ref().as_str()]);
            }
        }
    }

    /// Over nothing there is no figure, and none of nothing is more than nothing.
    fn violation(&self, scope: &Scope<'_>) -> Planned {
        Violation::of([scope.set_all(self.column.get_ref(), "NULL")])
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let Some(other) = scope.catalog.find(self.other.get_ref()) else {
            return Err(SqlError::Missing { placeholder: self.other.get_ref().clone() });
        };
        let with = Sql::new(include_str!("aggregate_match.sql"))
            .value("word", self.word())
            .fragment("own", self.figure(scope.table, &self.column))
            .fragment("table", scope.from())
            .fragment("filter", scope.filter())
            .fragment("other_figure", self.figure(Some(other), &self.other_column))
            .fragment("other", other.quoted())
            .fragment("other_filter", filter(self.other_where.as_ref()))
            .value("factor", self.factor.get_ref())
            .value("tolerance", self.tolerance.get_ref());
        // One gives away the other.
        let of = [self.column.get_ref().as_str(), self.other_column.get_ref().as_str()];
        let there = format!("{}.{}", other.full_name(), self.other_column.get_ref());
        let shown = Shown::default().key("figure", "k0").value_of("here", "own", &of).value_of(&there, "other", &of);
        judged::probe(scope, format!("differences from the {} of {there}", self.word()), &with, &shown, false)
    }
}

impl AggregateMatch {
    fn needs_number(&self) -> bool {
        !matches!(self.function, Function::Count | Function::CountDistinct)
    }

    fn word(&self) -> &'static str {
        match self.function {
            Function::Sum => "sum",
            Function::Min => "least value",
            Function::Max => "greatest value",
            Function::Avg => "mean",
            Function::Count => "number of values",
            Function::CountDistinct => "number of distinct values",
        }
    }

    /// The aggregate over a column, whose floats are taken by their text: a cast would keep 15 digits of them.
    fn figure(&self, table: Option<&Table>, name: &Name) -> String {
        let is_float = |column: &Column| matches!(column.base_type.as_str(), "float4" | "float8");
        let cell = format!("t.{}", quote_ident(name.get_ref()));
        let number = match table.and_then(|table| table.column(name.get_ref())).is_some_and(is_float) {
            true => format!("{cell}::text::numeric"),
            false => format!("{cell}::numeric"),
        };
        match self.function {
            Function::Sum => format!("pg_catalog.sum({number})"),
            Function::Min => format!("pg_catalog.min({number})"),
            Function::Max => format!("pg_catalog.max({number})"),
            Function::Avg => format!("pg_catalog.avg({number})"),
            Function::Count => format!("pg_catalog.count({cell})"),
            Function::CountDistinct => format!("pg_catalog.count(DISTINCT {cell})"),
        }
    }
}
