//! What a phase declares that it may change. Everything else must come out of the migration as it went in.

use serde::{Deserialize, Serialize};

use super::expected::{Aggregate, Bound, Counted};
use super::moves::Move;

/// The declarations of one or more phases.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// One entry a declared name.
    pub changes: Vec<Change>,
    /// What the SQL of phases that say `derive` names. It may change; that it does is not expected, and it loosens no
    /// number, figure or move that is declared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub derived: Vec<Change>,
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
    /// `… rows <= 5`: how many of them. It allows nothing by itself; the line that it stands in does.
    Rows {
        /// The table.
        table: String,
        /// What is counted.
        counted: Counted,
        /// How many there may be.
        bound: Bound,
    },
    /// `keeps sum <table>.<column>`: a figure that stays although the table changes.
    Keeps {
        /// Which figure.
        aggregate: Aggregate,
        /// The table or the column.
        of: String,
    },
    /// `changes sum <table>.<column> by <number>`.
    Sum {
        /// The column.
        of: String,
        /// By how much, an exact decimal number.
        by: String,
    },
    /// `moves sum <column> + … -> <column> + …`: the sums of all of them together stay.
    MovesSum {
        /// The columns that may lose.
        sources: Vec<String>,
        /// The columns that may gain.
        targets: Vec<String>,
    },
    /// `moves <table> -> <table> + …`: rows that go from tables to tables.
    Moves(Move),
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
    /// What is declared, and what is derived.
    pub fn all(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().chain(&self.derived)
    }

    /// Whether the object may be new. A declared table covers everything that belongs to it.
    pub fn adds(&self, kind: ObjectKind, name: &str) -> bool {
        self.all().any(|change| match change {
            Change::Adds(declared, pattern) => covers(*declared, pattern, kind, name),
            _ => false,
        })
    }

    /// Whether the object may have another definition.
    pub fn changes(&self, kind: ObjectKind, name: &str) -> bool {
        self.all().any(|change| match change {
            Change::Changes(declared, pattern) => *declared == kind && matches(pattern, name),
            _ => false,
        })
    }

    /// Whether the object may be gone.
    pub fn drops(&self, kind: ObjectKind, name: &str) -> bool {
        self.all().any(|change| match change {
            Change::Drops(declared, pattern) => covers(*declared, pattern, kind, name),
            _ => false,
        })
    }

    /// Whether existing rows of the table may have other values in this column.
    pub fn changes_data(&self, table: &str, column: &str) -> bool {
        self.all().any(|change| match change {
            Change::Data { table: pattern, columns } => {
                matches(pattern, table) && columns.iter().any(|pattern| matches(pattern, column))
            }
            _ => false,
        })
    }

    /// Whether rows may be new: also those that a move brings, of which it proves by itself which they are.
    pub fn inserts(&self, table: &str) -> bool {
        let derived = self.derived.iter().any(|change| matches!(change, Change::Inserts(name) if name == table));
        derived
            || self.inserts_by_itself(table)
            || self.moves().any(|found| found.targets.iter().any(|side| side.table == table))
    }

    /// Whether rows may be gone: also those that a move takes away.
    pub fn deletes(&self, table: &str) -> bool {
        let takes = |found: &Move| !found.is_copy && found.sources.iter().any(|side| side.table == table);
        let derived = self.derived.iter().any(|change| matches!(change, Change::Deletes(name) if name == table));
        derived || self.deletes_by_itself(table) || self.moves().any(takes)
    }

    /// Whether a line says that rows may be new, moves left aside.
    pub fn inserts_by_itself(&self, table: &str) -> bool {
        self.changes.iter().any(|change| matches!(change, Change::Inserts(pattern) if matches(pattern, table)))
    }

    /// Whether a line says that rows may be gone, moves left aside.
    pub fn deletes_by_itself(&self, table: &str) -> bool {
        self.changes.iter().any(|change| matches!(change, Change::Deletes(pattern) if matches(pattern, table)))
    }

    /// The declared moves, each once.
    pub fn moves(&self) -> impl Iterator<Item = &Move> {
        self.changes.iter().enumerate().filter_map(|(place, change)| match change {
            Change::Moves(found) if !self.changes[..place].contains(change) => Some(found),
            _ => None,
        })
    }

    /// Whether values of this table may change in any of its columns.
    pub(super) fn names_table(&self, table: &str) -> bool {
        self.changes
            .iter()
            .any(|change| matches!(change, Change::Data { table: pattern, .. } if matches(pattern, table)))
    }

    /// What of it allows something, without numbers, figures and moves to be held to.
    #[must_use]
    pub fn permissions(&self) -> Declared {
        let allows = |change: &&Change| {
            use Change::{Adds, Changes, Data, Deletes, Drops, Inserts};
            matches!(change, Adds(..) | Changes(..) | Drops(..) | Data { .. } | Inserts(_) | Deletes(_))
        };
        Declared { changes: self.changes.iter().filter(allows).cloned().collect(), derived: self.derived.clone() }
    }

    /// Adds the declarations of another phase.
    pub fn extend(&mut self, other: &Declared) {
        self.changes.extend(other.changes.iter().cloned());
        self.derived.extend(other.derived.iter().cloned());
    }
}

impl std::fmt::Display for Change {
    /// The line that declares it, as a header or a file has it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Change::Adds(kind, name) => write!(f, "adds {} {name}", kind.word()),
            Change::Changes(kind, name) => write!(f, "changes {} {name}", kind.word()),
            Change::Drops(kind, name) => write!(f, "drops {} {name}", kind.word()),
            Change::Data { table, columns } => write!(f, "changes data {table} ({})", columns.join(", ")),
            Change::Inserts(table) => write!(f, "inserts {table}"),
            Change::Deletes(table) => write!(f, "deletes {table}"),
            Change::Rows { table, counted: Counted::Changes(columns), bound } => {
                write!(f, "changes data {table} ({}) {bound}", columns.join(", "))
            }
            Change::Rows { table, counted: Counted::Inserts, bound } => write!(f, "inserts {table} {bound}"),
            Change::Rows { table, counted: Counted::Deletes, bound } => write!(f, "deletes {table} {bound}"),
            Change::Keeps { aggregate, of } => write!(f, "keeps {} {of}", aggregate.word()),
            Change::Sum { of, by } => write!(f, "changes sum {of} by {by}"),
            Change::MovesSum { sources, targets } => {
                write!(f, "moves sum {} -> {}", sources.join(" + "), targets.join(" + "))
            }
            Change::Moves(found) => found.fmt(f),
        }
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
        Declared { changes, ..Declared::default() }
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
    fn what_is_derived_may_change_and_loosens_no_number() {
        let derived = vec![Change::Inserts("public.t".into()), Change::Adds(ObjectKind::Table, "public.n".into())];
        let all = Declared { derived, ..Declared::default() };
        assert!(all.inserts("public.t") && all.adds(ObjectKind::Column, "public.n.id"));
        assert!(!all.inserts_by_itself("public.t") && all.row_lines("public.t").is_empty());
    }

    #[test]
    fn data_is_declared_by_column() {
        let all = declared(vec![Change::Data { table: "public.users".into(), columns: vec!["phone".into()] }]);
        assert!(all.changes_data("public.users", "phone"));
        assert!(!all.changes_data("public.users", "email"));
        assert!(!all.inserts("public.users") && !all.deletes("public.users"));
    }
}
