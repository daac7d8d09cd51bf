//! Rules that group the same table by the same columns, in one pass.

use crate::db::{Sql, quote_ident};

use super::kind::Scope;
use super::share::{self, Counts, RowsOf, Share};

/// What a rule asks of each group of its rows.
#[derive(Debug, Clone)]
pub(super) struct Grouped {
    table: String,
    /// In the order of the rule; which group a row is in does not hang on it.
    columns: Vec<String>,
    /// Which rows are the rule's, as a condition.
    rows: String,
    /// Whether a group is one that is looked for, where all rows are the rule's ...
    of_all: String,
    /// ... and where they stand among others.
    of_own: String,
    told: Told,
    /// Whether groups are found by sorting what the table itself holds.
    pub(super) sorted: bool,
}

/// What is told of the groups that are looked for.
#[derive(Debug, Clone)]
enum Told {
    /// How many rows they have.
    Rows,
    /// How many there are.
    Groups,
    /// How many there are, as a figure that is judged by this condition over `:value`.
    Figure(String),
}

/// Stands in a condition for the figure that it judges.
pub(super) const VALUE: &str = ":value";

impl Grouped {
    /// These rows of the rule's table in groups by these columns. `looked_for` is a condition over a group; it takes the
    /// clause that must stand behind each of its aggregates.
    pub(super) fn new(
        scope: &Scope<'_>,
        rows: String,
        columns: &[&str],
        looked_for: impl Fn(&str) -> String,
    ) -> Grouped {
        Grouped {
            table: scope.from(),
            columns: columns.iter().map(|name| format!("t.{}", quote_ident(name))).collect(),
            of_all: looked_for(""),
            of_own: looked_for(&share::only(&rows)),
            rows,
            told: Told::Groups,
            sorted: false,
        }
    }

    /// A share of the rows in groups that are looked for, found by sorting: a hash aggregate spills to disk where nearly each
    /// row is a group.
    pub(super) fn rows(self) -> Share {
        Share::Groups(Grouped { told: Told::Rows, sorted: true, ..self })
    }

    /// A share of the number of groups that are looked for.
    pub(super) fn groups(self) -> Share {
        Share::Groups(self)
    }

    /// A share of that number as a figure, held against a condition over [`VALUE`].
    pub(super) fn figure(self, holds: String) -> Share {
        Share::Groups(Grouped { told: Told::Figure(holds), ..self })
    }

    pub(super) fn pass(&self) -> String {
        let mut columns = self.columns.clone();
        columns.sort();
        columns.dedup();
        format!("{} {columns:?}", self.table)
    }

    /// What is told, where `n` names the number of the rule's rows in a group, and `d` whether it is looked for.
    fn counts(&self, n: &str, d: &str) -> Counts {
        let sum = |only: &str| format!("coalesce(pg_catalog.sum({n}){only}, 0)::int8");
        let groups = format!("pg_catalog.count(*) FILTER (WHERE {n} > 0 AND {d})");
        let (violations, figure) = match &self.told {
            Told::Rows => (sum(&format!(" FILTER (WHERE {d})")), None),
            Told::Groups => (groups, None),
            Told::Figure(holds) => {
                let holds = holds.replace(VALUE, &format!("({groups})"));
                (format!("CASE WHEN {holds} THEN 0 ELSE 1 END"), Some(format!("({groups})::text")))
            }
        };
        Counts { examined: sum(""), violations, figure }
    }
}

/// One pass for rules all of which say the same [`Grouped::pass`].
pub(super) fn statement(rules: &[&Grouped]) -> (Sql, Vec<Counts>) {
    let rows = RowsOf::new(rules.iter().map(|rule| rule.rows.as_str()));
    let mut measures = Vec::new();
    for (of, rule) in rules.iter().enumerate() {
        let only = rows.only(&rule.rows);
        let looked_for = if only.is_empty() { &rule.of_all } else { &rule.of_own };
        measures.push(format!("pg_catalog.count(*){only} AS n{of}"));
        measures.push(format!("({looked_for}) AS d{of}"));
    }
    let (table, columns) =
        rules.first().map_or_else(Default::default, |rule| (rule.table.clone(), rule.columns.join(", ")));
    let sql = Sql::new(include_str!("grouped.sql"))
        .fragment("measures", measures.join(",\n           "))
        .fragment("table", table)
        .fragment("rows", rows.any)
        .fragment("columns", if columns.is_empty() { "()".to_owned() } else { columns });
    let counts = rules.iter().enumerate().map(|(of, rule)| rule.counts(&format!("g.n{of}"), &format!("g.d{of}")));
    (sql, counts.collect())
}
