//! What violates a rule, made from the rule itself: how each kind says it.
//!
//! A violation is planted in a transaction that is rolled back, in a database that may be changed. It shows that the rule
//! turns red; a rule that stays green when its own violation is there checks nothing.

use crate::db::{Column, Sql, SqlError, Table, quote_ident};

use super::kind::{Name, Scope};
use super::threshold::Threshold;

/// Ways to violate a rule, tried in turn until it turns red; or why none is known.
pub(super) type Planned = Result<Violation, String>;

/// Ways to violate a rule.
#[derive(Debug, Clone)]
pub(super) struct Violation {
    pub(super) ways: Vec<Way>,
    /// Whether each is one by the rule's own words, so that a rule that stays green is at fault. Else they are guesses.
    pub(super) is_certain: bool,
}

/// One way: statements to be sent in their order.
#[derive(Debug, Clone)]
pub(super) struct Way {
    /// What keeps the violation out is taken away first, by these.
    pub(super) loosen: Vec<String>,
    /// What makes the violation.
    pub(super) plant: Vec<String>,
    /// Whether it is only made where a row was changed.
    pub(super) changes_rows: bool,
}

impl Violation {
    /// These ways, each of which violates.
    pub(super) fn of(ways: impl IntoIterator<Item = Result<Way, SqlError>>) -> Planned {
        let ways: Result<Vec<Way>, SqlError> = ways.into_iter().collect();
        Ok(Violation { ways: ways.map_err(|error| error.to_string())?, is_certain: true })
    }

    /// Ways that may violate: where none does, nothing is known.
    pub(super) fn guesses(ways: impl IntoIterator<Item = Result<Way, SqlError>>) -> Planned {
        Ok(Violation { is_certain: false, ..Violation::of(ways)? })
    }

    /// A change of the catalog by these statements.
    pub(super) fn of_catalog(plant: impl Into<String>) -> Planned {
        Violation::of([Ok(Way { loosen: Vec::new(), plant: vec![plant.into()], changes_rows: false })])
    }

    /// Each of these SQL expressions over `t` as the value of a column, one after the other.
    pub(super) fn values(scope: &Scope<'_>, column: &Name, values: &[String]) -> Planned {
        let column = column.get_ref();
        Violation::of(values.iter().map(|value| scope.set(column, value, "true")))
    }
}

/// `Err` with the reason why no violation is known.
pub(super) fn none(reason: &str) -> Planned {
    Err(reason.to_owned())
}

impl<'a> Scope<'a> {
    /// Sets a column of rows that the rule looks at: of one, or of all where some are tolerated.
    pub(super) fn set(&self, column: &str, value: &str, condition: &str) -> Result<Way, SqlError> {
        let condition = format!("{} AND {condition}", self.filter());
        self.set_in(self.table, column, value, &condition, self.tolerates())
    }

    /// Sets a column in all rows that the rule looks at.
    pub(super) fn set_all(&self, column: &str, value: &str) -> Result<Way, SqlError> {
        self.set_in(self.table, column, value, &self.filter(), true)
    }

    /// Sets a column of a table, in one row or in all for which the condition is true.
    pub(super) fn set_in(
        &self,
        table: Option<&Table>,
        column: &str,
        value: &str,
        condition: &str,
        all: bool,
    ) -> Result<Way, SqlError> {
        let table = self.known_table(table)?;
        let mut loosen = vec![loosened(table, false)?];
        // The column is computed from others: it is made an ordinary one first.
        loosen.extend(
            table.column(column).filter(|column| column.generated).map(|column| {
                format!("ALTER TABLE {} ALTER COLUMN {} DROP EXPRESSION", table.quoted(), column.quoted())
            }),
        );
        let name = table.quoted();
        // Rows are not told apart where all are meant: before PostgreSQL 14 their places cannot be hashed.
        let chosen = match all {
            true => condition.to_owned(),
            false => format!(
                "(t.tableoid, t.ctid) IN (SELECT t.tableoid, t.ctid FROM {name} AS t WHERE {condition} LIMIT 1)"
            ),
        };
        let plant = format!("UPDATE {name} AS t SET {} = {value} WHERE {chosen}", quote_ident(column));
        Ok(Way { loosen, plant: vec![plant], changes_rows: true })
    }

    /// Puts copies of rows into a table, some of their columns replaced.
    pub(super) fn copy_in(
        &self,
        table: Option<&Table>,
        replaced: &[(&str, &str)],
        condition: &str,
        times: u64,
        keep_identity: bool,
    ) -> Result<Way, SqlError> {
        let table = self.known_table(table)?;
        let kept: Vec<&Column> = table.columns.iter().filter(|column| !column.generated).collect();
        let names: Vec<String> = kept.iter().map(|column| column.quoted()).collect();
        let values: Vec<String> = kept
            .iter()
            .map(|column| match replaced.iter().find(|(name, _)| *name == column.name) {
                Some((_, value)) => (*value).to_owned(),
                None => format!("t.{}", column.quoted()),
            })
            .collect();
        let plant = format!(
            "INSERT INTO {name} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM (SELECT * FROM {name} AS t \
             WHERE {condition}{}) AS t, pg_catalog.generate_series(1, {times})",
            names.join(", "),
            values.join(", "),
            limit(self.tolerates()),
            name = table.quoted(),
        );
        Ok(Way { loosen: vec![loosened(table, keep_identity)?], plant: vec![plant], changes_rows: true })
    }

    /// A copy of a row that the rule looks at.
    pub(super) fn copy(&self, replaced: &[(&str, &str)], condition: &str) -> Result<Way, SqlError> {
        self.copy_in(self.table, replaced, &format!("{} AND {condition}", self.filter()), 1, false)
    }

    /// Takes rows `t` away.
    pub(super) fn delete(&self, table: Option<&Table>, condition: &str) -> Result<Way, SqlError> {
        let plant = format!("DELETE FROM {} AS t WHERE {condition}", self.known_table(table)?.quoted());
        Ok(Way { loosen: Vec::new(), plant: vec![plant], changes_rows: true })
    }

    /// How many rows must violate: where some are tolerated, all of them.
    pub(super) fn tolerates(&self) -> bool {
        self.rule.threshold.is_some_and(|threshold| threshold != Threshold::NONE)
    }

    fn known_table<'t>(&self, table: Option<&'t Table>) -> Result<&'t Table, SqlError> {
        table.ok_or_else(|| SqlError::Missing { placeholder: "a table".to_owned() })
    }
}

/// The value of an expression of this column's type, further on by `by` (a number, days for a time); `None` for types
/// without steps.
pub(super) fn further(column: &Column, value: &str, by: &str) -> Option<String> {
    match (column.base_category, column.base_type.as_str()) {
        ('N', "money") => None,
        ('N', _) => Some(format!("({value} + ({by}))::{}", column.base_type)),
        (_, "date") => Some(format!("({value} + ({by})::int)")),
        (_, "timestamp" | "timestamptz") => Some(format!("({value} + ({by}) * interval '1 day')")),
        _ => None,
    }
}

/// Puts a value beyond the end of its column into a row that has one before it in this order: beyond `max` or `min`, by so
/// much.
pub(super) fn beyond(
    scope: &Scope<'_>,
    name: &Name,
    (bound, by): (&str, &str),
    order: &str,
    partition: &str,
) -> Planned {
    let Some(column) = scope.known(name) else { return none("it has no column") };
    let end = format!("(SELECT pg_catalog.{bound}(x.{}) FROM {} AS x)", column.quoted(), scope.from());
    let Some(value) = further(column, &end, by) else {
        return none("no value further on is known of the column's type");
    };
    let condition = format!(
        "(t.tableoid, t.ctid) IN (SELECT s.tableoid, s.ctid FROM (SELECT t.tableoid, t.ctid, \
         pg_catalog.row_number() OVER (PARTITION BY {partition} ORDER BY {order}) AS place \
         FROM {} AS t WHERE {}) AS s WHERE s.place > 1)",
        scope.from(),
        scope.filter(),
    );
    Violation::of([scope.set(name.get_ref(), &value, &condition)])
}

fn limit(all: bool) -> &'static str {
    if all { "" } else { " LIMIT 1" }
}

fn loosened(table: &Table, keep_identity: bool) -> Result<String, SqlError> {
    Sql::new(include_str!("loosen.sql"))
        .value("table", table.quoted())
        .fragment("keep_identity", keep_identity.to_string())
        .render()
}
