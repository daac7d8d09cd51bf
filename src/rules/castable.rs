//! Rows whose text could not become a value of another type.

use serde::Deserialize;
use toml::Spanned;

use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape};
use super::row::{self, Probed};
use super::violation::{Planned, Violation};
use super::words;

/// A text column that is to become a column of another type.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Castable {
    column: Name,
    #[serde(rename = "type")]
    to: Spanned<String>,
    #[serde(default = "super::kind::yes")]
    null_ok: bool,
}

/// Each type with the condition that is true of a text `:v` that cannot be cast to it.
///
/// `pg_input_is_valid` would ask the type itself, but only from PostgreSQL 16 on. These ask in plain SQL and refuse more
/// than the types do (a date only as 2024-02-29, no money signs): whoever plans a cast wants to know of the odd ones.
const TYPES: &[(&str, &str)] = &[
    (
        "smallint",
        "CASE WHEN :v ~ '^\\s*[+-]?[0-9]{1,30}\\s*$' THEN :v::numeric NOT BETWEEN -32768 AND 32767 ELSE :v IS NOT NULL END",
    ),
    (
        "integer",
        "CASE WHEN :v ~ '^\\s*[+-]?[0-9]{1,30}\\s*$' THEN :v::numeric NOT BETWEEN -2147483648 AND 2147483647 ELSE :v IS NOT NULL END",
    ),
    (
        "bigint",
        "CASE WHEN :v ~ '^\\s*[+-]?[0-9]{1,30}\\s*$' THEN :v::numeric NOT BETWEEN -9223372036854775808 AND 9223372036854775807 ELSE :v IS NOT NULL END",
    ),
    ("numeric", "NOT (:v ~ '^\\s*[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,3})?\\s*$')"),
    ("double precision", "NOT (:v ~ '^\\s*[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,2})?\\s*$')"),
    ("boolean", "NOT (:v ~* '^\\s*(t|true|f|false|y|yes|n|no|on|off|1|0)\\s*$')"),
    ("uuid", "NOT (:v ~ '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$')"),
    (
        "date",
        "CASE WHEN :v ~ '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' AND :v !~ '^0000' \
         THEN pg_catalog.substr(:v, 9, 2)::int > pg_catalog.date_part('day', pg_catalog.make_date(\
              pg_catalog.substr(:v, 1, 4)::int, pg_catalog.substr(:v, 6, 2)::int, 1) + interval '1 month' - interval '1 day') \
         ELSE :v IS NOT NULL END",
    ),
];

const NAMES: [&str; TYPES.len()] = words::first_words!(TYPES);

impl Kind for Castable {
    const NAME: &'static str = "castable";
    const SUMMARY: &'static str = "rows whose text could not be cast to another type";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("column", Shape::COLUMN, "the column"),
        Parameter::required(
            "type",
            Shape::Word(&NAMES),
            "what it is to become: smallint, integer, bigint, numeric, double precision, boolean, uuid, date",
        ),
        Parameter::optional("null_ok", Shape::Flag, "true", "whether NULL is accepted"),
    ];

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.column(&self.column, complaints);
    }

    fn about(&self) -> Vec<&str> {
        vec![self.column.get_ref()]
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        Violation::values(scope, &self.column, &["'!'".to_owned()])
    }

    fn probe(&self, _scope: &Scope<'_>) -> Probed {
        let condition = self.condition().unwrap_or_default().replace(":v", &row::text(&self.column));
        let noun = format!("rows that cannot become {}", self.to.get_ref());
        Ok(row::probe(condition, &[&self.column], self.null_ok, noun))
    }
}

impl Castable {
    fn condition(&self) -> Option<&'static str> {
        TYPES.iter().find(|(name, _)| name == self.to.get_ref()).map(|(_, condition)| *condition)
    }
}
