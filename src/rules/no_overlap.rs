//! Spans that overlap.

use serde::Deserialize;

use crate::db::Sql;

use super::judged::{self, Shown, cells, columns};
use super::kind::{Complaints, Kind, Name, Parameter, Scope, plain};
use super::resolve::key_of;
use super::row::Probed;
use super::violation::{Planned, Violation};

/// Spans, each from a lower to an upper end, that must not overlap.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoOverlap {
    lower: Name,
    upper: Name,
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
        Parameter::required("lower", "the column of lower ends; NULL lies before everything"),
        Parameter::required("upper", "the column of upper ends; NULL lies after everything"),
        Parameter::optional("partition_by", "[]", "the columns within whose values spans must not overlap"),
        Parameter::optional(
            "inclusive",
            "false",
            "whether the upper end belongs to the span, so that none may begin there",
        ),
        Parameter::optional("gaps_ok", "true", "whether room between two spans is accepted; needs inclusive = false"),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        if self.inclusive && !self.gaps_ok {
            complaints.add(self.upper.span(), "where upper ends are inclusive it is not known what lies next to them");
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.column(&self.lower, complaints);
        scope.column(&self.upper, complaints);
        scope.columns(&self.partition_by, complaints);
    }

    fn about(&self) -> Vec<&str> {
        vec![self.lower.get_ref(), self.upper.get_ref()]
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        Violation::of([scope.copy(&[], "true")])
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let key = key_of(scope);
        let key: Vec<&str> = key.iter().map(String::as_str).collect();
        let (beyond, backwards) = if self.inclusive { (">=", "<") } else { (">", "<=") };
        let mut wrong = format!(
            "(s.has_earlier AND (s.low IS NULL OR s.reached_all OR s.reached {beyond} s.low)) OR s.high {backwards} s.low"
        );
        if !self.gaps_ok {
            wrong.push_str(" OR (NOT s.reached_all AND s.reached < s.low)");
        }
        let with = Sql::new(include_str!("no_overlap.sql"))
            .fragment("keys", columns(&key, "k"))
            .ident("lower", self.lower.get_ref().clone())
            .ident("upper", self.upper.get_ref().clone())
            .fragment("partition", cells(&plain(&self.partition_by)))
            .fragment("order", cells(&key))
            .fragment("wrong", format!("({wrong})"))
            .fragment("table", scope.from())
            .fragment("filter", scope.filter());
        let shown = Shown::default()
            .keys(&key, "k")
            .value(self.lower.get_ref(), "low")
            .value(self.upper.get_ref(), "high")
            .value_of("reached before", "reached", &[self.upper.get_ref()]);
        judged::probe(scope, "spans that overlap", &with, &shown, false)
    }
}
