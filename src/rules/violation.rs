//! What violates a rule, made from the rule itself: how each kind says it.
//!
//! A violation is planted in a transaction that is rolled back, in a database that may be changed. It shows that the rule
//! turns red; a rule that stays green when its own violation is there checks nothing.

use crate::db::{Column, Sql, SqlError, Table, quote_ident};

use super::kind::{Name, Scope};
use super::threshold::Threshold;

/// Ways to violate a rule, tried in turn until it turns red; or why none is known.
pub(super) type Planned = Result<Violation, String>;

/// Ways to violate a rule, and where to look for one where none of them does.
#[derive(Debug, Clone)]
pub(super) struct Violation {
    pub(super) ways: Vec<Way>,
    pub(super) search: Option<Search>,
}

/// Where a violation is looked for that the rule itself does not say.
#[derive(Debug, Clone)]
pub(super) enum Search {
    /// Among changes of the tables that the rule's own statement reads.
    Tables {
        /// SQL in the rule's own words: its values are tried, and the objects that its texts name.
        words: String,
    },
    /// Among changes of the tables that materialized views are made of: a condition on `pg_namespace` n and `pg_class` c.
    Matviews {
        /// Which they are.
        scope: String,
    },
    /// In sessions in which one of these settings has another value from their start on.
    Sessions {
        /// Their names.
        settings: Vec<String>,
    },
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
    /// Whether it violates by the rule's own words, so that a rule that stays green is at fault. Else it is a guess.
    pub(super) is_certain: bool,
}

impl Violation {
    /// These ways, each of which violates.
    pub(super) fn of(ways: impl IntoIterator<Item = Result<Way, SqlError>>) -> Planned {
        let ways: Result<Vec<Way>, SqlError> = ways.into_iter().collect();
        Ok(Violation { ways: ways.map_err(|error| error.to_string())?, search: None })
    }

    /// Ways that may violate: where none does, nothing is known.
    pub(super) fn guesses(ways: impl IntoIterator<Item = Result<Way, SqlError>>) -> Planned {
        Violation::of(ways).map(Violation::guessed)
    }

    /// The same, none of which need be a violation.
    pub(super) fn guessed(self) -> Violation {
        Violation { ways: self.ways.into_iter().map(|way| Way { is_certain: false, ..way }).collect(), ..self }
    }

    /// A change of the catalog by these statements.
    pub(super) fn of_catalog(plant: impl Into<String>) -> Planned {
        Violation::of([Ok(Way::of_catalog(plant))])
    }

    /// Each of these SQL expressions over `t` as the value of a column, one after the other.
    pub(super) fn values(scope: &Scope<'_>, column: &Name, values: &[String]) -> Planned {
        let column = column.get_ref();
        Violation::of(values.iter().map(|value| scope.set(column, value, "true")))
    }

    /// What is looked for alone.
    pub(super) fn search(search: Search) -> Planned {
        Ok(Violation { ways: Vec::new(), search: Some(search) })
    }

    /// What is looked for in the tables that the rule's own statement reads, `words` of it being the rule's own.
    pub(super) fn search_tables<'s>(words: impl IntoIterator<Item = &'s str>) -> Planned {
        Violation::search(Search::Tables { words: words.into_iter().collect::<Vec<_>>().join("\n") })
    }
}

impl Way {
    /// A statement that changes the catalog.
    pub(super) fn of_catalog(plant: impl Into<String>) -> Way {
        Way { loosen: Vec::new(), plant: vec![plant.into()], changes_rows: false, is_certain: true }
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
        let table = known_table(table)?;
        set_rows(table, column, value, &chosen(table, condition, (!all).then_some(1)))
    }

    /// Puts copies of rows into a table, some of their columns replaced: by expressions over `t`, and over the number `n` of
    /// the copy.
    pub(super) fn copy_in(
        &self,
        table: Option<&Table>,
        replaced: &[(&str, &str)],
        condition: &str,
        times: u64,
        keep_identity: bool,
    ) -> Result<Way, SqlError> {
        let limit = if self.tolerates() { "" } else { " LIMIT 1" };
        copy_rows(known_table(table)?, replaced, &format!("{condition}{limit}"), times, keep_identity)
    }

    /// Puts rows into a table that have nothing but these values and the table's defaults.
    pub(super) fn insert(&self, values: &[(&str, &str)], times: u64, keep_identity: bool) -> Result<Way, SqlError> {
        let table = known_table(self.table)?;
        let names: Vec<String> = values.iter().map(|(name, _)| quote_ident(name)).collect();
        let list = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        let values: Vec<&str> = values.iter().map(|(_, value)| *value).collect();
        let plant = format!(
            "INSERT INTO {}{list} OVERRIDING SYSTEM VALUE SELECT {} FROM pg_catalog.generate_series(1, {times}) AS n",
            table.quoted(),
            values.join(", "),
        );
        Ok(Way {
            loosen: vec![loosened(table, keep_identity)?],
            plant: vec![plant],
            changes_rows: true,
            is_certain: true,
        })
    }

    /// A copy of a row that the rule looks at.
    pub(super) fn copy(&self, replaced: &[(&str, &str)], condition: &str) -> Result<Way, SqlError> {
        self.copy_in(self.table, replaced, &format!("{} AND {condition}", self.filter()), 1, false)
    }

    /// Takes rows `t` away.
    pub(super) fn delete(&self, table: Option<&Table>, condition: &str) -> Result<Way, SqlError> {
        Ok(delete_rows(known_table(table)?, condition))
    }

    /// How many rows must violate: where some are tolerated, all of them.
    pub(super) fn tolerates(&self) -> bool {
        self.rule.threshold.is_some_and(|threshold| threshold != Threshold::NONE)
    }
}

fn known_table(table: Option<&Table>) -> Result<&Table, SqlError> {
    table.ok_or_else(|| SqlError::Missing { placeholder: "a table".to_owned() })
}

/// Rows `t` of a table for which the condition is true, so many of them at most.
pub(super) fn chosen(table: &Table, condition: &str, most: Option<u64>) -> String {
    // Rows are not told apart where all are meant: before PostgreSQL 14 their places cannot be hashed.
    let Some(most) = most else { return condition.to_owned() };
    let name = table.quoted();
    format!("(t.tableoid, t.ctid) IN (SELECT t.tableoid, t.ctid FROM {name} AS t WHERE {condition} LIMIT {most})")
}

/// Sets a column in the rows `t` for which the condition is true.
pub(super) fn set_rows(table: &Table, column: &str, value: &str, condition: &str) -> Result<Way, SqlError> {
    let mut loosen = vec![loosened(table, false)?];
    // The column is computed from others: it is made an ordinary one first.
    loosen.extend(
        table
            .column(column)
            .filter(|column| column.generated)
            .map(|column| format!("ALTER TABLE {} ALTER COLUMN {} DROP EXPRESSION", table.quoted(), column.quoted())),
    );
    let plant = format!("UPDATE {} AS t SET {} = {value} WHERE {condition}", table.quoted(), quote_ident(column));
    Ok(Way { loosen, plant: vec![plant], changes_rows: true, is_certain: true })
}

/// Copies the rows `t` for which the condition is true, so many times each.
pub(super) fn copy_rows(
    table: &Table,
    replaced: &[(&str, &str)],
    condition: &str,
    times: u64,
    keep_identity: bool,
) -> Result<Way, SqlError> {
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
        "INSERT INTO {name} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM (SELECT * FROM {name} AS t WHERE {condition}) AS t, \
         pg_catalog.generate_series(1, {times}) AS n",
        names.join(", "),
        values.join(", "),
        name = table.quoted(),
    );
    Ok(Way { loosen: vec![loosened(table, keep_identity)?], plant: vec![plant], changes_rows: true, is_certain: true })
}

/// Takes the rows `t` away for which the condition is true.
pub(super) fn delete_rows(table: &Table, condition: &str) -> Way {
    let plant = format!("DELETE FROM {} AS t WHERE {condition}", table.quoted());
    Way { loosen: Vec::new(), plant: vec![plant], changes_rows: true, is_certain: true }
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

pub(super) fn loosened(table: &Table, keep_identity: bool) -> Result<String, SqlError> {
    Sql::new(include_str!("loosen.sql"))
        .value("table", table.quoted())
        .fragment("keep_identity", keep_identity.to_string())
        .render()
}
