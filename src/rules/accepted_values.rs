//! Rows whose value is none of a list.

use serde::Deserialize;
use toml::Spanned;

use crate::db::{Column, Sql, SqlError};

use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape};
use super::probe::{Measure, Probe};
use super::row;
use super::scalar::Scalar;
use super::violation::{self, Planned, Violation, Way};

/// A column that may hold only the listed values.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcceptedValues {
    column: Name,
    values: Spanned<Vec<Spanned<Scalar>>>,
    #[serde(default = "super::kind::yes")]
    null_ok: bool,
}

impl Kind for AcceptedValues {
    const NAME: &'static str = "accepted_values";
    const SUMMARY: &'static str = "rows whose value is not in a list";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("column", Shape::COLUMN, "the column"),
        Parameter::required(
            "values",
            Shape::List { of: &Shape::SCALAR, least: 1 },
            "what it may hold: texts, numbers, true or false",
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
        let listed: Vec<String> = self.values.get_ref().iter().map(|value| value.get_ref().sql(column)).collect();
        let listed = listed.join(", ");
        let cell = row::cell(&self.column);
        // Another value of its own type, which must be one that the type has.
        let other = match (column.base_category, column.base_kind) {
            (_, 'e') => format!(
                "(SELECT other FROM pg_catalog.unnest(pg_catalog.enum_range({cell})) AS x(other) WHERE other NOT IN ({listed}) LIMIT 1)"
            ),
            ('B', _) => format!("NOT {cell}"),
            ('N', _) => format!(
                "(SELECT pg_catalog.max(x.value::numeric) + 1 FROM pg_catalog.unnest(ARRAY[{listed}]::text[]) AS x(value))::{}",
                column.base_type
            ),
            ('S', _) => format!("CASE WHEN '!' IN ({listed}) THEN '?' ELSE '!' END"),
            _ => return violation::none("no other value of the column's type is known"),
        };
        let condition = match column.base_kind {
            'e' => format!("{cell} IS NOT NULL AND {other} IS NOT NULL"),
            _ => "true".to_owned(),
        };
        let mut ways = vec![scope.set(self.column.get_ref(), &other, &condition)];
        if column.base_kind == 'e' {
            ways.push(
                scope.set(self.column.get_ref(), &other, &condition).and_then(|way| self.with_a_label(way, scope)),
            );
        }
        ways.extend((!self.null_ok).then(|| scope.set(self.column.get_ref(), "NULL", "true")));
        Violation::of(ways)
    }

    fn probe(&self, scope: &Scope<'_>) -> Result<Probe, SqlError> {
        let violates = scope.known(&self.column).map(|column| self.condition(column)).unwrap_or_default();
        let noun = "rows with a value that is not accepted".into();
        Ok(Probe { noun, measure: Measure::Rows { violates, shows: vec![self.column.get_ref().clone()], fused: true } })
    }
}

impl AcceptedValues {
    /// The type lists every value that there can be: it is given one more. `ALTER TYPE` does that too, but what it adds cannot
    /// be used in the same transaction.
    fn with_a_label(&self, way: Way, scope: &Scope<'_>) -> Result<Way, SqlError> {
        let label = Sql::new(include_str!("accepted_values_label.sql"))
            .value("table", scope.from())
            .value("column", self.column.get_ref())
            .render()?;
        Ok(Way { loosen: [way.loosen, vec![label]].concat(), ..way })
    }

    fn condition(&self, column: &Column) -> String {
        let values: Vec<String> = self.values.get_ref().iter().map(|value| value.get_ref().sql(column)).collect();
        // The list comes from the file and holds no NULL, so NOT IN says what it seems to.
        let condition = format!("t.{} NOT IN ({})", column.quoted(), values.join(", "));
        if self.null_ok { condition } else { format!("{condition} OR t.{} IS NULL", column.quoted()) }
    }
}
