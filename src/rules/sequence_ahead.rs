//! A sequence that would give out a number that is taken.

use serde::Deserialize;
use toml::Spanned;

use crate::db::quote_literal;

use super::figure;
use super::kind::{Complaints, Form, Kind, Name, Parameter, Scope, Shape};
use super::row::{self, Probed};
use super::violation::{Planned, Violation, Way};

/// A column whose sequence must stand at or after its greatest value.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SequenceAhead {
    column: Name,
    #[serde(default)]
    margin: u32,
    sequence: Option<Spanned<String>>,
}

impl Kind for SequenceAhead {
    const NAME: &'static str = "sequence_ahead";
    const TAKES_THRESHOLD: bool = false;
    const SUMMARY: &'static str =
        "a column whose sequence stands behind its greatest value, or its least where it counts down";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("column", Shape::COLUMN, "the column that the sequence feeds"),
        Parameter::optional("margin", Shape::COUNT_32, "0", "how many numbers it must be ahead at least"),
        Parameter::optional(
            "sequence",
            Shape::Text(Form::Named("sequence", "sequences")),
            "the column's own",
            "`schema.name`, where the column does not own it",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        if let Some(sequence) = self.sequence.as_ref().filter(|sequence| sequence.get_ref().split('.').count() != 2) {
            complaints.add(sequence.span(), "write the sequence as schema.name");
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        let Some(column) = scope.column(&self.column, complaints) else { return };
        if column.base_category != 'N' {
            let message = format!("column {} is {}, no number", column.name, column.type_name);
            complaints.add(self.column.span(), message);
        }
    }

    fn about(&self) -> Vec<&str> {
        vec![self.column.get_ref()]
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let far = format!(
            "(SELECT coalesce(pg_catalog.pg_sequence_last_value(s.seqrelid), s.seqstart) + pg_catalog.sign(s.seqincrement) * (1000 + {}) \
             FROM pg_catalog.pg_sequence AS s WHERE s.seqrelid = {}::regclass)",
            self.margin,
            self.named(scope)
        );
        let replaced = [(self.column.get_ref().as_str(), far.as_str())];
        Violation::of([
            scope.copy_in(scope.table, &replaced, &scope.filter(), 1, true),
            // In an empty table; a row of nothing but defaults need not be one that it looks at.
            scope.insert(&replaced, 1, true).map(|way| Way { is_certain: false, ..way }),
        ])
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let named = self.named(scope);
        // One that there is not stands nowhere: NULL.
        let stands = format!(
            "(SELECT {} FROM pg_catalog.pg_sequence AS q WHERE q.seqrelid = {named}::regclass)",
            include_str!("sequence_stands.sql").trim_end()
        );
        let counts_down = format!(
            "coalesce((SELECT q.seqincrement < 0 FROM pg_catalog.pg_sequence AS q WHERE q.seqrelid = {named}::regclass), false)"
        );
        let over = |end: &str| figure::over(scope, &format!("pg_catalog.{end}({})", row::cell(&self.column)));
        let (greatest, least) = (over("max"), over("min"));
        let ahead = format!("CASE WHEN {counts_down} THEN {least} - {stands} ELSE {stands} - {greatest} END");
        let holds = format!("{stands} IS NOT NULL AND coalesce({ahead} >= {}, true)", self.margin);
        let value = format!(
            "pg_catalog.concat('sequence at ', coalesce({stands}::text, 'no place: there is none'), \
             CASE WHEN {counts_down} THEN ', least value ' ELSE ', greatest value ' END, \
             CASE WHEN {counts_down} THEN {least} ELSE {greatest} END)"
        );
        let noun = match self.margin {
            0 => "sequence at or past the last value".to_owned(),
            margin => format!("sequence past the last value by {margin} or more"),
        };
        Ok(figure::probe(noun, figure::shown(scope, &self.column, value), holds, false))
    }
}

impl SequenceAhead {
    /// The sequence, as SQL names it.
    fn named(&self, scope: &Scope<'_>) -> String {
        match &self.sequence {
            Some(sequence) => {
                let (schema, name) = sequence.get_ref().split_once('.').unwrap_or_default();
                quote_literal(&crate::db::quote_qualified(schema, name))
            }
            None => format!(
                "pg_catalog.pg_get_serial_sequence({}, {})",
                quote_literal(&scope.from()),
                quote_literal(self.column.get_ref())
            ),
        }
    }
}
