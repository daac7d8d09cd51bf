//! Rows of which a condition is not true.

use serde::Deserialize;

use super::kind::{Complaints, Kind, Name, Parameter, Scope};
use super::reads::Reads;
use super::row::{self, Probed};

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
        Parameter::required("sql", "the condition; columns by their names, or as `t.column`"),
        Parameter::optional("columns", "[]", "the columns that it is about: named in the finding, shown in samples"),
        Parameter::optional(
            "null_ok",
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

    fn reads(&self, scope: &Scope<'_>, reads: &mut Reads) {
        if let Some(table) = scope.table {
            reads.columns(table, self.about());
            reads.expression(table, self.sql.get_ref());
        }
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
