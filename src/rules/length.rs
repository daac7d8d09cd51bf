//! Rows whose text is too short or too long.

use serde::Deserialize;
use toml::Spanned;

use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape};
use super::row::{self, Probed};
use super::violation::{Planned, Violation};
use super::words::figure;

/// A column whose values must be so long.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Length {
    column: Name,
    min: Option<Spanned<u32>>,
    max: Option<Spanned<u32>>,
    #[serde(default)]
    unit: Unit,
    #[serde(default = "super::kind::yes")]
    null_ok: bool,
}

/// What is counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Unit {
    #[default]
    Characters,
    Bytes,
}

impl Kind for Length {
    const NAME: &'static str = "length";
    const SUMMARY: &'static str = "rows whose text is too short or too long";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("column", Shape::COLUMN, "the column"),
        Parameter::optional("min", Shape::COUNT_32, "none", "the shortest length that is accepted"),
        Parameter::optional("max", Shape::COUNT_32, "none", "the longest; at least one of the two must be given"),
        Parameter::optional("unit", Shape::Word(&["characters", "bytes"]), "\"characters\"", "`characters` or `bytes`"),
        Parameter::optional("null_ok", Shape::Flag, "true", "whether NULL is accepted"),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        match (&self.min, &self.max) {
            (None, None) => complaints.add(self.column.span(), "length needs min, max or both"),
            (Some(min), Some(max)) if min.get_ref() > max.get_ref() => {
                complaints.add(min.span(), "min is above max, so no text could pass");
            }
            _ => {}
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.column(&self.column, complaints);
    }

    fn about(&self) -> Vec<&str> {
        vec![self.column.get_ref()]
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let is_bytea = row::is_bytea(scope, &self.column);
        let of = |length: u32| match is_bytea {
            true => format!("pg_catalog.decode(pg_catalog.repeat('00', {length}), 'hex')"),
            false => format!("pg_catalog.repeat('x', {length})"),
        };
        let shorter = self.min.as_ref().and_then(|min| min.get_ref().checked_sub(1)).map(of);
        let longer = self.max.as_ref().and_then(|max| max.get_ref().checked_add(1)).map(of);
        Violation::values(scope, &self.column, &shorter.into_iter().chain(longer).collect::<Vec<_>>())
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let is_bytea = row::is_bytea(scope, &self.column);
        let length = match (is_bytea, self.unit) {
            (true, _) => format!("pg_catalog.length({})", row::cell(&self.column)),
            (false, Unit::Characters) => format!("pg_catalog.length({})", row::text(&self.column)),
            (false, Unit::Bytes) => format!("pg_catalog.octet_length({})", row::text(&self.column)),
        };
        let unit = if is_bytea || self.unit == Unit::Bytes { "bytes" } else { "characters" };
        let bound = |bound: &Option<Spanned<u32>>| bound.as_ref().map(|bound| *bound.get_ref());
        let (condition, outside) = match (bound(&self.min), bound(&self.max)) {
            (Some(min), Some(max)) if min == max => {
                (format!("{length} <> {min}"), format!("not of {} {unit}", figure(min.into())))
            }
            (Some(min), Some(max)) => {
                let words = format!("not of {} to {} {unit}", figure(min.into()), figure(max.into()));
                (format!("{length} NOT BETWEEN {min} AND {max}"), words)
            }
            (Some(min), None) => (format!("{length} < {min}"), format!("of fewer than {} {unit}", figure(min.into()))),
            (None, max) => {
                let max = max.unwrap_or_default();
                (format!("{length} > {max}"), format!("of more than {} {unit}", figure(max.into())))
            }
        };
        Ok(row::probe(condition, &[&self.column], self.null_ok, format!("rows {outside}")))
    }
}
