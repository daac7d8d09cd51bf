//! Rows without a value.

use serde::Deserialize;

use crate::db::{SqlError, quote_ident};

use super::kind::{Complaints, Kind, Name, Parameter, Scope};
use super::probe::{Measure, Probe};

/// A column that must have a value in every row.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotNull {
    column: Name,
}

impl Kind for NotNull {
    const NAME: &'static str = "not_null";
    const SUMMARY: &'static str = "rows in which a column has no value";
    const PARAMETERS: &'static [Parameter] = &[Parameter::required("column", "the column that must have a value")];

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.column(&self.column, complaints);
    }

    fn about(&self) -> Vec<&str> {
        vec![self.column.get_ref()]
    }

    fn probe(&self, _scope: &Scope<'_>) -> Result<Probe, SqlError> {
        // A composite value is `IS NULL` also where all its fields are; a count of the column would not see that.
        let violates = format!("t.{} IS NULL", quote_ident(self.column.get_ref()));
        Ok(Probe { noun: "nulls".into(), measure: Measure::Rows { violates, shows: Vec::new(), fused: true } })
    }
}
