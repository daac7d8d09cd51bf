//! Columns whose values nobody is shown.

/// What stands in place of a value that is not shown.
pub const REDACTED: &str = "***";

/// The columns whose values are not shown, each by its name alone, or as `table.column` or `schema.table.column`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redaction(Vec<String>);

impl Redaction {
    /// These columns.
    pub fn new(entries: impl IntoIterator<Item = String>) -> Redaction {
        Redaction(entries.into_iter().collect())
    }

    /// Whether the values of this column of `schema.table` are not shown.
    pub fn hides(&self, table: &str, column: &str) -> bool {
        self.0.iter().any(|entry| names_column(entry, table, column))
    }

    /// The entries as they were written.
    pub fn entries(&self) -> &[String] {
        &self.0
    }

    /// The entries that name none of these columns, each given with its table. What is misspelt would be shown, and nobody
    /// would notice.
    pub fn unknown<'s, 'a: 's>(
        &'s self,
        columns: impl Iterator<Item = (&'a str, &'a str)> + Clone + 's,
    ) -> impl Iterator<Item = &'s str> + 's {
        let known = move |entry: &&str| !columns.clone().any(|(table, column)| names_column(entry, table, column));
        self.0.iter().map(String::as_str).filter(known)
    }

    /// What is wrong with the entries that name none of these columns: one line each.
    pub fn problems<'a>(&self, columns: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> Vec<String> {
        self.unknown(columns).map(no_such_column).collect()
    }
}

/// What is wrong with an entry that names no column.
pub fn no_such_column(entry: &str) -> String {
    format!("there is no column {entry} to redact; write column, table.column or schema.table.column")
}

/// Whether `entry` names this column: `column`, `table.column` or `schema.table.column`.
pub fn names_column(entry: &str, table: &str, column: &str) -> bool {
    let Some(front) = entry.strip_suffix(column) else { return false };
    let Some(front) = front.strip_suffix('.') else { return front.is_empty() };
    table == front || table.strip_suffix(front).is_some_and(|schema| schema.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_named_with_and_without_its_table() {
        for entry in ["c", "t.c", "s.t.c"] {
            assert!(names_column(entry, "s.t", "c"), "{entry}");
        }
        for entry in ["x.c", "xt.c", "s.c", "ac", "c.", "t.s.c", ""] {
            assert!(!names_column(entry, "s.t", "c"), "{entry}");
        }
        assert!(names_column("a.b", "s.t", "a.b"));
    }

    #[test]
    fn what_is_misspelt_is_said() {
        let redaction = Redaction::new(["t.mail".to_owned(), "t.mial".to_owned()]);
        let problems = redaction.problems([("s.t", "mail"), ("s.t", "id")].into_iter());
        assert_eq!(problems.len(), 1);
        assert!(problems[0].contains("t.mial"), "{problems:?}");
    }
}
