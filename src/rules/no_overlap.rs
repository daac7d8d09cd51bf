//! Spans that overlap.

use serde::Deserialize;

use crate::db::{Sql, SqlError};

use super::fragment::normal;
use super::judged::{self, Shown, cells, columns};
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape, plain};
use super::reads::{Asks, Reads};
use super::resolve::key_of;
use super::row::Probed;
use super::violation::{Planned, Violation};

/// Spans, each from a lower to an upper end, that must not overlap.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoOverlap {
    lower: Option<Name>,
    upper: Option<Name>,
    range: Option<Name>,
    #[serde(default)]
    partition_by: Vec<Name>,
    #[serde(default)]
    inclusive: bool,
    #[serde(default = "super::kind::yes")]
    gaps_ok: bool,
}

impl Kind for NoOverlap {
    const NAME: &'static str = "no_overlap";
    const SUMMARY: &'static str = "spans that overlap an earlier one, or end before they begin";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("lower", Shape::COLUMN, "none", "the column of lower ends; NULL lies before everything"),
        Parameter::optional("upper", Shape::COLUMN, "none", "the column of upper ends; NULL lies after everything"),
        Parameter::optional(
            "range",
            Shape::SQL,
            "none",
            "a column of ranges, or an SQL expression over `t` that is one; in place of both",
        ),
        Parameter::optional(
            "partition_by",
            Shape::SOME_COLUMNS,
            "[]",
            "the columns within whose values spans must not overlap",
        ),
        Parameter::optional(
            "inclusive",
            Shape::Flag,
            "false",
            "whether the upper end belongs to the span, so that none may begin there",
        ),
        Parameter::optional(
            "gaps_ok",
            Shape::Flag,
            "true",
            "whether room between two spans is accepted; needs inclusive = false",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        if let (true, false, Some(upper)) = (self.inclusive, self.gaps_ok, &self.upper) {
            complaints.add(upper.span(), "where upper ends are inclusive it is not known what lies next to them");
        }
        let Some(range) = &self.range else { return };
        complaints.fragment(range, "range");
        if self.lower.is_some() || self.upper.is_some() {
            complaints.add(range.span(), "give lower and upper, or range");
        }
        if self.inclusive {
            complaints
                .add(range.span(), "a range says itself whether its upper end belongs to it; leave inclusive out");
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        if self.range.is_none() && (self.lower.is_none() || self.upper.is_none()) {
            complaints.add(scope.rule.span.clone(), "no_overlap needs lower and upper, or range");
        }
        for end in self.lower.iter().chain(&self.upper) {
            scope.column(end, complaints);
        }
        scope.columns(&self.partition_by, complaints);
        let Some(range) = &self.range else { return };
        match scope.known(range) {
            Some(column) if column.base_category != 'R' || column.base_type.ends_with("multirange") => {
                complaints.add(range.span(), format!("column {} is {}, no range", column.name, column.type_name));
            }
            None if range.get_ref().chars().all(|c| c.is_alphanumeric() || c == '_') => {
                scope.column(range, complaints);
            }
            _ => {}
        }
    }

    fn about(&self) -> Vec<&str> {
        self.lower.iter().chain(&self.upper).chain(&self.range).map(|name| name.get_ref().as_str()).collect()
    }

    fn reads(&self, scope: &Scope<'_>, reads: &mut Reads) {
        let Some(table) = scope.table else { return };
        reads.columns(table, self.about());
        if let Some(range) = self.range.as_ref().filter(|range| scope.known(range).is_none()) {
            reads.expression(table, range.get_ref());
        }
    }

    fn asks(&self) -> Asks {
        let within = self.partition_by.iter().map(|name| format!("within {}", name.get_ref()));
        let ends = [("lower", &self.lower), ("upper", &self.upper), ("range", &self.range)];
        let ends = ends.iter().filter_map(|(word, name)| Some(format!("{word} {}", normal(name.as_ref()?.get_ref()))));
        let more = [(self.inclusive, "inclusive"), (!self.gaps_ok, "no gaps")];
        let more = more.iter().filter(|(asks, _)| *asks).map(|(_, word)| *word);
        Asks { alike: within.chain(ends).collect(), more: more.collect() }
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let condition = self.range.as_ref().map(|range| format!("NOT pg_catalog.isempty({})", term(scope, range)));
        Violation::of([scope.copy(&[], condition.as_deref().unwrap_or("true"))])
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let key = key_of(scope);
        let key: Vec<&str> = key.iter().map(String::as_str).collect();
        let (sql, shown) = match (&self.range, &self.lower, &self.upper) {
            (Some(range), ..) => self.of_ranges(scope, range),
            (None, Some(lower), Some(upper)) => self.of_ends(lower, upper),
            _ => return Err(SqlError::Missing { placeholder: "range".to_owned() }),
        };
        let with = sql
            .fragment("keys", columns(&key, "k"))
            .fragment("partition", cells(&plain(&self.partition_by)))
            .fragment("order", cells(&key))
            .fragment("table", scope.from())
            .fragment("filter", scope.filter());
        judged::probe(scope, "spans that overlap", &with, &shown.keys(&key, "k"), false)
    }
}

impl NoOverlap {
    fn of_ends(&self, lower: &Name, upper: &Name) -> (Sql, Shown) {
        let (beyond, backwards) = if self.inclusive { (">=", "<") } else { (">", "<=") };
        let mut wrong = format!(
            "(s.has_earlier AND (s.low IS NULL OR s.reached_all OR s.reached {beyond} s.low)) OR s.high {backwards} s.low"
        );
        if !self.gaps_ok {
            wrong.push_str(" OR (NOT s.reached_all AND s.reached < s.low)");
        }
        let sql = Sql::new(include_str!("no_overlap.sql"))
            .ident("lower", lower.get_ref().clone())
            .ident("upper", upper.get_ref().clone())
            .fragment("wrong", format!("({wrong})"));
        let shown = Shown::default().value(lower.get_ref(), "low").value(upper.get_ref(), "high").value_of(
            "reached before",
            "reached",
            &[upper.get_ref()],
        );
        (sql, shown)
    }

    fn of_ranges(&self, scope: &Scope<'_>, range: &Name) -> (Sql, Shown) {
        let gaps = match self.gaps_ok {
            true => "false",
            false => {
                "NOT s.reached_all AND (s.reached < s.low OR s.reached = s.low AND NOT s.low_closed AND s.reached_closed IS DISTINCT FROM s.low)"
            }
        };
        let sql =
            Sql::new(include_str!("no_overlap_ranges.sql")).fragment("range", term(scope, range)).fragment("gap", gaps);
        let shown = match scope.known(range) {
            Some(column) => {
                Shown::default().value(&column.name, "span").value_of("reached before", "reached", &[&column.name])
            }
            // Of which columns it is made is not looked into.
            None => Shown::default().row("range", "span").row("reached before", "reached"),
        };
        (sql, shown)
    }
}

/// The range of a row `t`, in SQL.
fn term(scope: &Scope<'_>, range: &Name) -> String {
    match scope.known(range) {
        Some(column) => format!("t.{}", column.quoted()),
        None => format!("({}\n)", range.get_ref()),
    }
}
