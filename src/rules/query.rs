//! Rules that only SQL can say: each row of the query is a violation.

use serde::Deserialize;

use crate::db::{Sql, SqlError};

use super::fragment;
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape};
use super::probe::{Measure, Probe};
use super::reads::{Asks, Reads};
use super::violation::{Planned, Violation};

/// A query that returns the offenders.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Query {
    pub(super) sql: Name,
}

impl Kind for Query {
    const NAME: &'static str = "query";
    const SUMMARY: &'static str = "the rows of a query of your own; a `*.sql` file in the rules folder is one";
    const TAKES_PERCENT: bool = false;
    const PARAMETERS: &'static [Parameter] = &[Parameter::required(
        "sql",
        Shape::SQL,
        "one SELECT, WITH or VALUES statement; each row it returns is a violation",
    )];

    fn look_over(&self, complaints: &mut Complaints) {
        if let Err(problem) = fragment::check(fragment::without_end(self.sql.get_ref())) {
            complaints.add(self.sql.span(), format!("the query: {problem}"));
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        if scope.rule.min_rows > 1 {
            let message =
                "a query does not say how many rows it looked at, so min_rows cannot be told; a row_count can";
            complaints.add(scope.rule.span.clone(), message);
        }
        // The query says for itself which rows it is about.
        if let Some(filter) = &scope.rule.filter {
            complaints.add(filter.span(), "where has no effect on a query; write it into the query");
        }
    }

    fn asks(&self) -> Asks {
        Asks { alike: [fragment::normal(fragment::without_end(self.sql.get_ref()))].into(), more: [].into() }
    }

    fn reads(&self, scope: &Scope<'_>, reads: &mut Reads) {
        reads.query(scope.catalog, self.sql.get_ref());
    }

    fn violation(&self, _scope: &Scope<'_>) -> Planned {
        Violation::search_tables([self.sql.get_ref().as_str()])
    }

    fn probe(&self, scope: &Scope<'_>) -> Result<Probe, SqlError> {
        let query = fragment::without_end(self.sql.get_ref());
        let count = Sql::new(include_str!("query.sql")).fragment("query", query).render()?;
        let sample = Sql::new(include_str!("query_sample.sql"))
            .fragment("query", query)
            .fragment("limit", scope.rule.sample.to_string())
            .render()?;
        Ok(Probe {
            noun: "rows".into(),
            measure: Measure::Own { count, violations: None, at_once: None, sample, sorted: false, bare_path: false },
        })
    }
}
