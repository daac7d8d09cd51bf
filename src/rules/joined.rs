//! Rules that hold rows of the same table against the same rows of another: one join for all of them.
//!
//! Only where they ask for the same thing there, or its lack. Neither one statement for all that a table points at, nor one
//! for orphans and for what outlives its parent, was faster than one after the other: docs/benchmarks.md has the figures.

use crate::db::Sql;

use super::kind::Scope;
use super::share::{Counts, RowsOf, Share, distinct};

/// What a rule asks of each of its rows.
#[derive(Debug, Clone)]
pub(super) struct Joined {
    table: String,
    /// Whether there is a row of the other table, or none, as a condition.
    meets: String,
    /// Which rows are the rule's.
    rows: String,
    /// Which of them are asked.
    asked: String,
}

impl Joined {
    /// Rows for which the condition `meets`, which joins, is true, and the other one as well.
    pub(super) fn new(scope: &Scope<'_>, meets: impl Into<String>, asked: impl Into<String>) -> Joined {
        Joined { table: scope.from(), meets: meets.into(), rows: scope.filter(), asked: asked.into() }
    }

    pub(super) fn share(self) -> Share {
        Share::Join(self)
    }

    pub(super) fn pass(&self) -> String {
        format!("{} {}", self.table, self.meets)
    }

    /// Which rows are asked of those that [`RowsOf`] leaves.
    fn condition(&self, is_asked: bool, is_own: bool) -> String {
        let own = (!is_own && self.rows != "true").then(|| self.rows.clone());
        let asked = (!is_asked).then(|| format!("({})", self.asked));
        let all: Vec<String> = own.into_iter().chain(asked).collect();
        if all.is_empty() { String::new() } else { format!(" FILTER (WHERE {})", all.join(" AND ")) }
    }
}

/// One pass for rules all of which say the same [`Joined::pass`].
pub(super) fn statement(rules: &[&Joined]) -> (Sql, Vec<Counts>) {
    let rows = distinct(rules.iter().map(|rule| rule.rows.as_str()));
    let asked = distinct(rules.iter().map(|rule| rule.asked.as_str()));
    let any = RowsOf::new(rows.iter().copied());
    let examined = rows.iter().enumerate().map(|(at, rows)| format!("pg_catalog.count(*){} AS e{at}", any.only(rows)));
    let violations = rules.iter().enumerate().map(|(of, rule)| {
        let only = rule.condition(asked.len() == 1, rows.len() == 1);
        format!("pg_catalog.count(*){only} AS v{of}")
    });
    let joint = ",\n           ";
    let (table, meets) = rules.first().map_or_else(Default::default, |rule| (rule.table.clone(), rule.meets.clone()));
    let sql = Sql::new(include_str!("joined_pass.sql"))
        .fragment("examined", examined.collect::<Vec<_>>().join(joint))
        .fragment("violations", violations.collect::<Vec<_>>().join(joint))
        .fragment("table", table)
        .fragment("rows", any.any)
        .fragment("meets", meets)
        .fragment("asked", if asked.len() == 1 { asked[0] } else { "true" });
    let counts = rules.iter().enumerate().map(|(of, rule)| {
        let at = rows.iter().position(|rows| *rows == rule.rows).unwrap_or_default();
        Counts { examined: format!("e.e{at}"), violations: format!("v.v{of}"), figure: None }
    });
    (sql, counts.collect())
}
