//! Rows whose value is none of a list.

use serde::Deserialize;
use toml::Spanned;

use crate::db::{Column, SqlError};

use super::kind::{Complaints, Kind, Name, Parameter, Scope};
use super::probe::{Measure, Probe};
use super::scalar::Scalar;

/// A column that may hold only the listed values.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcceptedValues {
    column: Name,
    values: Spanned<Vec<Spanned<Scalar>>>,
    #[serde(default = "yes")]
    null_ok: bool,
}

fn yes() -> bool {
    true
}

impl Kind for AcceptedValues {
    const NAME: &'static str = "accepted_values";
    const SUMMARY: &'static str = "rows whose value is not in a list";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("column", "the column"),
        Parameter::required("values", "what it may hold: texts, numbers, true or false"),
        Parameter::optional("null_ok", "true", "whether NULL is accepted"),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        if self.values.get_ref().is_empty() {
            complaints.add(self.values.span(), "values lists nothing, so every row would violate");
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        let Some(column) = scope.column(&self.column, complaints) else { return };
        for value in self.values.get_ref() {
            if let Some(misfit) = value.get_ref().misfit(column) {
                complaints.add(value.span(), misfit);
            }
        }
    }

    fn about(&self) -> Vec<&str> {
        vec![self.column.get_ref()]
    }

    fn probe(&self, scope: &Scope<'_>) -> Result<Probe, SqlError> {
        let violates = scope.known(&self.column).map(|column| self.condition(column)).unwrap_or_default();
        let noun = "rows with a value that is not accepted".into();
        Ok(Probe { noun, measure: Measure::Rows { violates, shows: vec![self.column.get_ref().clone()], fused: true } })
    }
}

impl AcceptedValues {
    fn condition(&self, column: &Column) -> String {
        let values: Vec<String> = self.values.get_ref().iter().map(|value| value.get_ref().sql(column)).collect();
        // The list comes from the file and holds no NULL, so NOT IN says what it seems to.
        let condition = format!("t.{} NOT IN ({})", column.quoted(), values.join(", "));
        if self.null_ok { condition } else { format!("{condition} OR t.{} IS NULL", column.quoted()) }
    }
}
