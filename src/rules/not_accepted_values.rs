//! Rows whose value is one of a list of values that must not be.

use serde::Deserialize;
use toml::Spanned;

use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape};
use super::row::{self, Probed};
use super::scalar::Scalar;
use super::violation::{self, Planned, Violation};

/// A column that may hold anything but the listed values.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotAcceptedValues {
    column: Name,
    values: Spanned<Vec<Spanned<Scalar>>>,
    #[serde(default = "super::kind::yes")]
    null_ok: bool,
}

impl Kind for NotAcceptedValues {
    const NAME: &'static str = "not_accepted_values";
    const SUMMARY: &'static str = "rows whose value is in a list of values that must not be";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("column", Shape::COLUMN, "the column"),
        Parameter::required(
            "values",
            Shape::List { of: &Shape::SCALAR, least: 1 },
            "what it must not hold: texts, numbers, true or false",
        ),
        Parameter::optional("null_ok", Shape::Flag, "true", "whether NULL is accepted"),
    ];

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

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let Some(column) = scope.known(&self.column) else { return violation::none("it has no column") };
        let values: Vec<String> = self.values.get_ref().iter().map(|value| value.get_ref().sql(column)).collect();
        Violation::values(scope, &self.column, &values)
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let values: Vec<String> = scope.known(&self.column).map_or_else(Vec::new, |column| {
            self.values.get_ref().iter().map(|value| value.get_ref().sql(column)).collect()
        });
        let condition = format!("{} IN ({})", row::cell(&self.column), values.join(", "));
        Ok(row::probe(condition, &[&self.column], self.null_ok, "rows with a value that must not be"))
    }
}
