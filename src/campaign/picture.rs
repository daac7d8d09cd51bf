//! A table as it is, value by value: what a comparison by digests is held against.

use std::collections::{BTreeMap, BTreeSet};

use crate::db::{Row, Sql, SqlError, Table, TableKind};

/// All rows of a table.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The rows, in the order of their places.
    pub rows: Vec<Entry>,
    columns: Vec<String>,
    /// The places of the key's columns.
    key: Option<Vec<usize>>,
}

/// One row.
#[derive(Debug, Clone)]
pub struct Entry {
    /// A condition that is true of this row alone, `r` being the table.
    pub place: String,
    /// The values as the server shows them.
    pub values: Vec<Option<String>>,
}

/// What differs between two pictures of a table, as lines: `lost id=1`, `changed id=2: a, b`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// With the keys; without a key as numbers of rows.
    pub counted: BTreeSet<String>,
    /// With the keys; without a key as the rows themselves.
    pub shown: BTreeSet<String>,
}

impl Picture {
    /// The query for [`Picture::new`].
    ///
    /// # Errors
    /// [`SqlError`] as for every statement.
    pub fn sql(table: &Table) -> Result<String, SqlError> {
        let value = |column: &crate::db::Column| format!(", r.{}", column.quoted());
        let only = if table.kind == TableKind::Partitioned { "" } else { "ONLY " };
        Sql::new(include_str!("picture.sql"))
            .fragment("values", table.columns.iter().map(value).collect::<String>())
            .fragment("source", format!("{only}{}", table.quoted()))
            .render()
    }

    /// The rows that the query returned.
    pub fn new(table: &Table, rows: &[Row]) -> Picture {
        let entry = |row: &Row| {
            let (table, place) = (row.at(0).unwrap_or_default(), row.at(1).unwrap_or_default());
            let place = format!("(r.tableoid = {table}::oid AND r.ctid = '{place}'::tid)");
            Entry { place, values: row.values().iter().skip(2).cloned().collect() }
        };
        let columns: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
        let place = |name: &String| columns.iter().position(|column| column == name);
        let key = table.key.as_ref().and_then(|key| key.iter().map(place).collect());
        Picture { rows: rows.iter().map(entry).collect(), columns, key }
    }

    /// What differs from this one in the other.
    pub fn changes(&self, after: &Picture) -> Changes {
        match &self.key {
            Some(key) => self.by_key(after, key),
            None => self.as_multiset(after),
        }
    }

    fn by_key(&self, after: &Picture, key: &[usize]) -> Changes {
        let name = |entry: &Entry| {
            let pairs = key.iter().map(|place| (self.columns[*place].as_str(), entry.values[*place].as_deref()));
            key_name(pairs)
        };
        let mut rest: BTreeMap<String, &Entry> = after.rows.iter().map(|entry| (name(entry), entry)).collect();
        let mut lines = BTreeSet::new();
        for entry in &self.rows {
            let key = name(entry);
            let Some(other) = rest.remove(&key) else {
                lines.insert(lost(&key));
                continue;
            };
            let pairs = self.columns.iter().zip(entry.values.iter().zip(&other.values));
            let differing: Vec<&str> =
                pairs.filter(|(_, (one, other))| one != other).map(|(name, _)| name.as_str()).collect();
            if !differing.is_empty() {
                lines.insert(changed(&key, differing));
            }
        }
        lines.extend(rest.keys().map(|key| added(key)));
        Changes { counted: lines.clone(), shown: lines }
    }

    fn as_multiset(&self, after: &Picture) -> Changes {
        let mut balance = BTreeMap::<&[Option<String>], i64>::new();
        for entry in &self.rows {
            *balance.entry(&entry.values).or_default() -= 1;
        }
        for entry in &after.rows {
            *balance.entry(&entry.values).or_default() += 1;
        }
        let mut changes = Changes::default();
        let (mut fewer, mut more) = (0, 0);
        for (values, by) in balance.into_iter().filter(|(_, by)| *by != 0) {
            let values: Vec<Option<String>> = values.iter().map(|value| value.as_deref().map(shortened)).collect();
            let pairs = self.columns.iter().map(String::as_str).zip(values.iter().map(Option::as_deref));
            let content = format!("{} times {}", by.unsigned_abs(), key_name(pairs));
            changes.shown.insert(if by < 0 { lost(&content) } else { added(&content) });
            if by < 0 { fewer += by.unsigned_abs() } else { more += by.unsigned_abs() }
        }
        if fewer > 0 {
            changes.counted.insert(lost(&rows(fewer)));
        }
        if more > 0 {
            changes.counted.insert(added(&rows(more)));
        }
        if more > 0 && more == fewer {
            changes.counted.insert(in_columns(self.differing_columns(after)));
        }
        changes
    }

    /// The columns whose values, taken together, are not the same.
    fn differing_columns(&self, after: &Picture) -> Vec<&str> {
        let values = |picture: &'_ Picture, place: usize| -> Vec<Option<String>> {
            let mut values: Vec<_> = picture.rows.iter().map(|entry| entry.values[place].clone()).collect();
            values.sort_unstable();
            values
        };
        let names = self.columns.iter().enumerate();
        names
            .filter(|(place, _)| values(self, *place) != values(after, *place))
            .map(|(_, name)| name.as_str())
            .collect()
    }
}

impl Changes {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }
}

/// A long value as comparisons show it: 200 characters and how many there are.
fn shortened(value: &str) -> String {
    match value.char_indices().nth(200) {
        Some((at, _)) => format!("{}… ({} characters)", &value[..at], value.chars().count()),
        None => value.to_owned(),
    }
}

/// `a=1, b=NULL`.
pub fn key_name<'a>(pairs: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> String {
    pairs.map(|(name, value)| format!("{name}={}", value.unwrap_or("NULL"))).collect::<Vec<_>>().join(", ")
}

/// The line for a row that is gone.
pub fn lost(row: &str) -> String {
    format!("lost {row}")
}

/// The line for a row that came.
pub fn added(row: &str) -> String {
    format!("added {row}")
}

/// The line for a row with other values in these columns.
pub fn changed(row: &str, mut columns: Vec<&str>) -> String {
    columns.sort_unstable();
    format!("changed {row}: {}", columns.join(", "))
}

/// The line for values that differ in a table without a key; no columns: they were traded between rows.
pub(super) fn in_columns(mut columns: Vec<&str>) -> String {
    columns.sort_unstable();
    format!("differing in: {}", columns.join(", "))
}

/// What stands for a number of rows without a key.
pub(super) fn rows(count: u64) -> String {
    format!("{count} without a key")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(key: bool, rows: &[[Option<&str>; 3]]) -> Picture {
        let entry = |row: &[Option<&str>; 3]| Entry {
            place: String::new(),
            values: row.iter().map(|value| value.map(str::to_owned)).collect(),
        };
        Picture {
            rows: rows.iter().map(entry).collect(),
            columns: ["id", "b", "a"].map(str::to_owned).into(),
            key: key.then(|| vec![0]),
        }
    }

    #[test]
    fn rows_with_a_key_are_named_with_their_columns() {
        let before = picture(true, &[[Some("1"), None, Some("")], [Some("2"), None, None]]);
        let after = picture(true, &[[Some("1"), Some(""), None], [Some("3"), None, None]]);
        let lines: Vec<String> = before.changes(&after).shown.into_iter().collect();
        assert_eq!(lines, ["added id=3", "changed id=1: a, b", "lost id=2"]);
        assert!(before.changes(&before).is_empty());
    }

    #[test]
    fn rows_without_a_key_are_counted() {
        let row = [Some("1"), None, Some("x")];
        let (before, after) = (picture(false, &[row, row, row]), picture(false, &[row, [Some("1"), None, None]]));
        let changes = before.changes(&after);
        let lines: Vec<&str> = changes.counted.iter().map(String::as_str).collect();
        assert_eq!(lines, ["added 1 without a key", "lost 2 without a key"]);
        let lines: Vec<&str> = changes.shown.iter().map(String::as_str).collect();
        assert_eq!(lines, ["added 1 times id=1, b=NULL, a=NULL", "lost 2 times id=1, b=NULL, a=x"]);
        let traded = picture(false, &[row, row, [Some("1"), None, None]]);
        let columns =
            |picture: &Picture| before.changes(picture).counted.into_iter().find(|line| line.starts_with("diff"));
        assert_eq!(columns(&traded), Some("differing in: a".into()));
        assert_eq!(columns(&after), None);
    }
}
