//! What a phase declares that it may change. Everything else must come out of the migration as it went in.

use serde::{Deserialize, Serialize};

/// The declarations of one or more phases.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// One entry a declared name.
    pub changes: Vec<Change>,
}

/// One declared change. Names are as written: qualified, `*` stands for any run of characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// `adds <kind> <name>`: an object that was not there before.
    Adds(ObjectKind, String),
    /// `changes <kind> <name>`: an object with another definition than before.
    Changes(ObjectKind, String),
    /// `drops <kind> <name>`: an object that is gone.
    Drops(ObjectKind, String),
    /// `changes data <table> (<columns>)`: existing rows with other values in these columns (`*`: in any).
    Data {
        /// The table.
        table: String,
        /// The columns.
        columns: Vec<String>,
    },
    /// `inserts <table>`: rows that were not there before.
    Inserts(String),
    /// `deletes <table>`: rows that are gone.
    Deletes(String),
}

/// What kind of object a declaration speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is named by its word")]
pub enum ObjectKind {
    Table,
    Column,
    Index,
    Constraint,
    View,
    MaterializedView,
    Function,
    Trigger,
    Sequence,
    Type,
    Comment,
    Grant,
    Policy,
    Extension,
    Schema,
}

/// Kind and word of every object kind: the one list.
const WORDS: &[(ObjectKind, &str)] = &[
    (ObjectKind::Table, "table"),
    (ObjectKind::Column, "column"),
    (ObjectKind::Index, "index"),
    (ObjectKind::Constraint, "constraint"),
    (ObjectKind::View, "view"),
    (ObjectKind::MaterializedView, "materialized_view"),
    (ObjectKind::Function, "function"),
    (ObjectKind::Trigger, "trigger"),
    (ObjectKind::Sequence, "sequence"),
    (ObjectKind::Type, "type"),
    (ObjectKind::Comment, "comment"),
    (ObjectKind::Grant, "grant"),
    (ObjectKind::Policy, "policy"),
    (ObjectKind::Extension, "extension"),
    (ObjectKind::Schema, "schema"),
];

impl ObjectKind {
    /// Its word in a declaration.
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|(kind, _)| *kind == self).map_or("object", |(_, word)| word)
    }

    /// The kind of this word.
    pub fn parse(word: &str) -> Option<ObjectKind> {
        WORDS.iter().find(|(_, known)| *known == word).map(|(kind, _)| *kind)
    }

    /// All words, for messages.
    pub fn words() -> impl Iterator<Item = &'static str> {
        WORDS.iter().map(|(_, word)| *word)
    }
}

impl Declared {
    /// Whether the object may be new. A declared table covers everything that belongs to it.
    pub fn adds(&self, kind: ObjectKind, name: &str) -> bool {
        self.changes.iter().any(|change| match change {
            Change::Adds(declared, pattern) => covers(*declared, pattern, kind, name),
            _ => false,
        })
    }

    /// Whether the object may have another definition.
    pub fn changes(&self, kind: ObjectKind, name: &str) -> bool {
        self.changes.iter().any(|change| match change {
            Change::Changes(declared, pattern) => *declared == kind && matches(pattern, name),
            _ => false,
        })
    }

    /// Whether the object may be gone.
    pub fn drops(&self, kind: ObjectKind, name: &str) -> bool {
        self.changes.iter().any(|change| match change {
            Change::Drops(declared, pattern) => covers(*declared, pattern, kind, name),
            _ => false,
        })
    }

    /// Whether existing rows of the table may have other values in this column.
    pub fn changes_data(&self, table: &str, column: &str) -> bool {
        self.changes.iter().any(|change| match change {
            Change::Data { table: pattern, columns } => {
                matches(pattern, table) && columns.iter().any(|pattern| matches(pattern, column))
            }
            _ => false,
        })
    }

    /// Whether rows may be new.
    pub fn inserts(&self, table: &str) -> bool {
        self.changes.iter().any(|change| matches!(change, Change::Inserts(pattern) if matches(pattern, table)))
    }

    /// Whether rows may be gone.
    pub fn deletes(&self, table: &str) -> bool {
        self.changes.iter().any(|change| matches!(change, Change::Deletes(pattern) if matches(pattern, table)))
    }

    /// Adds the declarations of another phase.
    pub fn extend(&mut self, other: &Declared) {
        self.changes.extend(other.changes.iter().cloned());
    }
}

/// `adds table public.x` covers the table and whatever is named below it (`public.x.email`), and likewise for a column.
fn covers(declared: ObjectKind, pattern: &str, kind: ObjectKind, name: &str) -> bool {
    if declared == kind {
        return matches(pattern, name);
    }
    use ObjectKind::{Column, Comment, Constraint, Grant, MaterializedView, Policy, Table, Trigger, View};
    let below = || matches(&format!("{pattern}.*"), name);
    match (declared, kind) {
        // They bear the name of what they are about.
        (Table | MaterializedView | View | Column, Comment | Grant) => matches(pattern, name) || below(),
        (Table | MaterializedView | View, Column | Constraint | Trigger | Policy) => below(),
        // A whole is never covered by a part of it, nor is one that only has a fitting name.
        _ => false,
    }
}

/// Whether the name fits the pattern, in which `*` stands for any run of characters.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(tail) = name.strip_prefix(head) else { return false };
    (0..=tail.len()).filter(|at| tail.is_char_boundary(*at)).any(|at| matches(rest, &tail[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(changes: Vec<Change>) -> Declared {
        Declared { changes }
    }

    #[test]
    fn names_match_whole_and_by_star() {
        assert!(matches("public.users", "public.users"));
        assert!(!matches("public.users", "public.users2"));
        assert!(matches("public.*", "public.users") && !matches("public.*", "audit.users"));
        assert!(matches("*_idx", "a_idx") && !matches("*_idx", "a_idx2"));
    }

    #[test]
    fn a_declared_table_covers_what_belongs_to_it_and_nothing_else() {
        let all = declared(vec![Change::Adds(ObjectKind::Table, "public.notes".into())]);
        assert!(all.adds(ObjectKind::Table, "public.notes"));
        assert!(all.adds(ObjectKind::Column, "public.notes.body"));
        assert!(all.adds(ObjectKind::Constraint, "public.notes.notes_pkey"));
        assert!(!all.adds(ObjectKind::Column, "public.notes_old.body"));
        assert!(!all.drops(ObjectKind::Table, "public.notes"));
        assert!(!all.changes(ObjectKind::Table, "public.notes"));
    }

    #[test]
    fn data_is_declared_by_column() {
        let all = declared(vec![Change::Data { table: "public.users".into(), columns: vec!["phone".into()] }]);
        assert!(all.changes_data("public.users", "phone"));
        assert!(!all.changes_data("public.users", "email"));
        assert!(!all.inserts("public.users") && !all.deletes("public.users"));
    }
}
