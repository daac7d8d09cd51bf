//! Rows of which a condition is not true.

use serde::Deserialize;

use crate::db::Column;

use super::fragment::{self, normal};
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape};
use super::reads::{Asks, Reads};
use super::row::{self, Probed};
use super::violation::{self, Planned, Violation};

/// A condition, in SQL, that must be true of every row.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpressionIsTrue {
    sql: Name,
    #[serde(default)]
    columns: Vec<Name>,
    #[serde(default)]
    null_ok: bool,
}

impl Kind for ExpressionIsTrue {
    const NAME: &'static str = "expression_is_true";
    const SUMMARY: &'static str = "rows of which an SQL condition is not true";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("sql", Shape::SQL, "the condition; columns by their names, or as `t.column`"),
        Parameter::optional(
            "columns",
            Shape::SOME_COLUMNS,
            "[]",
            "the columns that it is about: named in the finding, shown in samples",
        ),
        Parameter::optional(
            "null_ok",
            Shape::Flag,
            "false",
            "whether a condition that is NULL, neither true nor false, is accepted",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        complaints.fragment(&self.sql, "sql");
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.columns(&self.columns, complaints);
    }

    fn about(&self) -> Vec<&str> {
        row::about(&self.columns)
    }

    fn asks(&self) -> Asks {
        Asks { alike: [normal(self.sql.get_ref())].into(), more: [].into() }
    }

    fn reads(&self, scope: &Scope<'_>, reads: &mut Reads) {
        if let Some(table) = scope.table {
            reads.columns(table, self.about());
            reads.expression(table, self.sql.get_ref());
        }
    }

    /// What the condition says is not understood: NULL and the ends of each type are tried in its columns.
    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let Some(table) = scope.table else { return violation::none("it has no table") };
        let named = fragment::names(self.sql.get_ref());
        let columns = table.columns.iter().filter(|column| named.contains(&column.name));
        let values = |column: &Column| -> &'static [&'static str] {
            match (column.base_category, column.base_kind) {
                (_, 'e') => &["NULL"],
                ('N', _) => &["NULL", "-1", "0", "30000", "-30000"],
                ('S', _) => &["NULL", "'!'", "''", "'0'"],
                ('D', _) => &["NULL", "'-infinity'", "'infinity'"],
                ('B', _) => &["NULL", "true", "false"],
                _ => &["NULL"],
            }
        };
        let ways: Vec<_> = columns
            .flat_map(|column| values(column).iter().map(move |value| scope.set(&column.name, value, "true")))
            .collect();
        Violation::guesses(ways)
    }

    fn probe(&self, _scope: &Scope<'_>) -> Probed {
        // The line break ends a comment that the condition may end with.
        let test = if self.null_ok { "IS FALSE" } else { "IS NOT TRUE" };
        let condition = format!("({}\n) {test}", self.sql.get_ref().trim());
        let columns: Vec<&Name> = self.columns.iter().collect();
        let said = self.sql.get_ref().split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(row::probe(condition, &columns, true, format!("rows that do not satisfy {said}")))
    }
}
