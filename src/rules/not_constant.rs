//! A column that holds one value in every row.

use serde::Deserialize;

use super::figure;
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape};
use super::row::{self, Probed};
use super::violation::{Planned, Violation};

/// A column that must hold more than one value: a default that overwrote everything shows here.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotConstant {
    column: Name,
}

impl Kind for NotConstant {
    const NAME: &'static str = "not_constant";
    const TAKES_THRESHOLD: bool = false;
    const SUMMARY: &'static str = "a column that holds the same value in every row, or none";
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
        // By text, since json and the like have neither order nor equality; NULL beside a value is no second value.
        let text = row::text(&self.column);
        let (least, most) = (format!("pg_catalog.min({text})"), format!("pg_catalog.max({text})"));
        let (least, most) = (figure::over(scope, &least), figure::over(scope, &most));
        let value = format!("CASE WHEN {least} < {most} THEN 'more than one value' ELSE 'at most one value' END");
        Ok(figure::probe("more than one value", value, format!("{least} < {most}"), false))
    }
}
