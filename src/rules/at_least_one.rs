//! A column that holds nothing but NULL.

use serde::Deserialize;

use super::figure;
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape};
use super::row::{self, Probed};
use super::violation::{Planned, Violation};

/// A column that must have a value in one row at least.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AtLeastOne {
    column: Name,
}

impl Kind for AtLeastOne {
    const NAME: &'static str = "at_least_one";
    const TAKES_THRESHOLD: bool = false;
    const SUMMARY: &'static str = "a column that is NULL in every row";
    const PARAMETERS: &'static [Parameter] = &[Parameter::required("column", Shape::COLUMN, "the column")];

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.column(&self.column, complaints);
    }

    fn about(&self) -> Vec<&str> {
        vec![self.column.get_ref()]
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        Violation::of([scope.set_all(self.column.get_ref(), "NULL")])
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        // A composite of NULLs is none either; a count of the column would count it.
        let cell = row::cell(&self.column);
        let value = format!("pg_catalog.count(*) FILTER (WHERE ({}) AND NOT ({cell} IS NULL))", scope.filter());
        let holds = format!("{value} > 0");
        Ok(figure::probe("values: at least 1", value, holds, false))
    }
}
