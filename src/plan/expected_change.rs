//! What the SQL of the phases names, held against what is declared: lines to paste, and lines that nothing speaks for.

use serde::Serialize;

use crate::phase::{Change, Declared, ObjectKind, Phase};

use super::Derived;

/// How the SQL of one phase and the declarations fit together. It decides nothing: the snapshots do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ExpectedChange {
    /// What its SQL names and nothing declares.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub undeclared: Vec<Missing>,
    /// Lines of its header that its SQL does not name: a trigger, a cascade or a function may be behind them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_named: Vec<String>,
    /// Where its SQL may change more than it names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<More>,
}

/// A line that is missing in a header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The line to paste.
    pub line: String,
    /// The line in its place where the object is there before: the text does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub or: Option<String>,
}

/// A statement from which on the text does not tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct More {
    /// Its line in the file.
    pub line: u64,
    /// Why.
    pub why: String,
}

impl ExpectedChange {
    /// Whether there is nothing to be said.
    pub fn is_empty(&self) -> bool {
        *self == ExpectedChange::default()
    }
}

/// One for each of these phases, in their order. `all` is what all phases declare, and what is expected beside them.
pub fn expected_change(named: &[(&Phase, Derived)], all: &Declared) -> Vec<ExpectedChange> {
    let known = with_new_tables(all, named.iter().map(|(_, found)| found));
    let one = |(phase, found): &(&Phase, Derived)| ExpectedChange {
        undeclared: undeclared(found, all, &known),
        not_named: not_named(&phase.header.declared, found),
        more: found.more.iter().map(|(line, why)| More { line: *line, why: (*why).to_owned() }).collect(),
    };
    named.iter().map(one).collect()
}

/// What comes with a new table needs no line of its own, also where that of the table is still missing.
fn with_new_tables<'a>(all: &Declared, named: impl Iterator<Item = &'a Derived>) -> Declared {
    let mut known = all.clone();
    let is_new = |change: &&Change| matches!(change, Change::Adds(kind, _) if is_whole(*kind));
    known.derived.extend(named.flat_map(|found| &found.changes).filter(is_new).cloned());
    known
}

fn is_whole(kind: ObjectKind) -> bool {
    matches!(kind, ObjectKind::Table | ObjectKind::MaterializedView)
}

fn undeclared(found: &Derived, all: &Declared, known: &Declared) -> Vec<Missing> {
    let mut missing: Vec<Change> = Vec::new();
    for change in &found.changes {
        match change {
            Change::Data { table, columns } => data(table, columns, known, &mut missing),
            _ if is_known(change, found, all, known) => {}
            _ => missing.push(change.clone()),
        }
    }
    forget_passing(&mut missing);
    let both = |change: &Change| match change {
        Change::Changes(kind, name) => missing.contains(&Change::Adds(*kind, name.clone())),
        _ => false,
    };
    let lines = missing.iter().filter(|change| !both(change)).map(|change| Missing {
        line: line(change),
        or: match change {
            Change::Adds(kind, name) => Some(Change::Changes(*kind, name.clone())),
            _ => None,
        }
        .filter(|other| missing.contains(other))
        .map(|other| line(&other)),
    });
    lines.collect()
}

/// What a phase makes and drops again is not there before or after.
fn forget_passing(missing: &mut Vec<Change>) {
    let place = |wanted: Change| missing.iter().position(|change| *change == wanted);
    let passing: Vec<(ObjectKind, String)> = missing
        .iter()
        .enumerate()
        .filter_map(|(at, change)| match change {
            Change::Adds(kind, name) => Some((at, *kind, name.clone())),
            _ => None,
        })
        .filter(|(at, kind, name)| place(Change::Drops(*kind, name.clone())).is_some_and(|dropped| dropped > *at))
        .map(|(_, kind, name)| (kind, name))
        .collect();
    missing.retain(|change| match change {
        Change::Adds(kind, name) | Change::Drops(kind, name) => !passing.contains(&(*kind, name.clone())),
        _ => true,
    });
}

/// The columns that nothing declares, one line a table.
fn data(table: &str, columns: &[String], known: &Declared, missing: &mut Vec<Change>) {
    if is_new_table(known, table) {
        return;
    }
    let open = columns.iter().filter(|column| !known.changes_data(table, column));
    for column in open {
        let line = missing.iter_mut().find_map(|change| match change {
            Change::Data { table: known, columns } if known == table => Some(columns),
            _ => None,
        });
        match line {
            Some(columns) if columns.contains(column) => {}
            Some(columns) => columns.push(column.clone()),
            None => missing.push(Change::Data { table: table.to_owned(), columns: vec![column.clone()] }),
        }
    }
}

fn is_known(change: &Change, found: &Derived, all: &Declared, known: &Declared) -> bool {
    match change {
        Change::Adds(kind, name) => {
            // Both are derived where the text does not say which.
            let either = found.changes.contains(&Change::Changes(*kind, name.clone())) && all.changes(*kind, name);
            let is_of_new_table =
                found.indexed.iter().any(|(index, table)| index == name && is_new_table(known, table));
            let by_line = if is_whole(*kind) { all.adds(*kind, name) } else { known.adds(*kind, name) };
            either || is_of_new_table || by_line
        }
        // What is new in the same run has no state before it to differ from.
        Change::Changes(kind, name) => all.changes(*kind, name) || known.adds(*kind, name),
        Change::Drops(kind, name) => all.drops(*kind, name) || all.adds(*kind, name),
        Change::Inserts(table) => known.inserts(table) || is_new_table(known, table),
        Change::Deletes(table) => known.deletes(table) || is_new_table(known, table),
        _ => true,
    }
}

fn is_new_table(known: &Declared, table: &str) -> bool {
    known.adds(ObjectKind::Table, table) || known.adds(ObjectKind::MaterializedView, table)
}

/// The lines of a header that nothing in the SQL answers to. Numbers, figures and moves are judged by themselves.
fn not_named(header: &Declared, found: &Derived) -> Vec<String> {
    header.changes.iter().filter_map(|change| rest(change, found)).map(|change| change.to_string()).collect()
}

/// What of a declared line the SQL does not name.
fn rest(change: &Change, found: &Derived) -> Option<Change> {
    let alone = Declared { changes: vec![change.clone()], ..Declared::default() };
    let answers = |named: &Change| match named {
        Change::Adds(kind, name) => alone.adds(*kind, name),
        Change::Changes(kind, name) => alone.changes(*kind, name),
        Change::Drops(kind, name) => alone.drops(*kind, name),
        Change::Inserts(table) => alone.inserts(table),
        Change::Deletes(table) => alone.deletes(table),
        _ => false,
    };
    match change {
        // Nothing is derived of functions.
        Change::Adds(ObjectKind::Function, _)
        | Change::Changes(ObjectKind::Function, _)
        | Change::Drops(ObjectKind::Function, _) => None,
        Change::Data { table, columns } => {
            let is_named = |column: &&String| {
                let alone = Change::Data { table: table.clone(), columns: vec![(*column).clone()] };
                let alone = Declared { changes: vec![alone], ..Declared::default() };
                found.changes.iter().any(|named| match named {
                    Change::Data { table, columns } => columns.iter().any(|column| alone.changes_data(table, column)),
                    _ => false,
                })
            };
            let columns: Vec<String> = columns.iter().filter(|column| !is_named(column)).cloned().collect();
            (!columns.is_empty()).then(|| Change::Data { table: table.clone(), columns })
        }
        Change::Adds(..) | Change::Changes(..) | Change::Drops(..) | Change::Inserts(_) | Change::Deletes(_) => {
            (!found.changes.iter().any(answers)).then(|| change.clone())
        }
        _ => None,
    }
}

fn line(change: &Change) -> String {
    format!("-- phasegate: {change}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::derive;

    fn lines(sql: &str, declared: Vec<Change>) -> Vec<String> {
        let found = derive(sql.as_bytes(), "public").unwrap();
        let all = Declared { changes: declared, ..Declared::default() };
        undeclared(&found, &all, &with_new_tables(&all, std::iter::once(&found)))
            .into_iter()
            .map(|missing| missing.line)
            .collect()
    }

    #[test]
    fn what_is_missing_is_a_line_to_paste() {
        let sql = "UPDATE t SET a = 1, b = 2; UPDATE t SET c = 3; INSERT INTO u VALUES (1);";
        let declared = vec![Change::Data { table: "public.t".into(), columns: vec!["b".into()] }];
        assert_eq!(
            lines(sql, declared),
            ["-- phasegate: changes data public.t (a, c)", "-- phasegate: inserts public.u"]
        );
    }

    #[test]
    fn a_new_table_is_one_line_with_all_that_belongs_to_it() {
        let sql = "CREATE TABLE n (id int); CREATE INDEX i ON n (id); INSERT INTO n VALUES (1); UPDATE n SET id = 2; \
                   COMMENT ON TABLE n IS 'x'; ALTER TABLE n ADD COLUMN b int;";
        assert_eq!(lines(sql, Vec::new()), ["-- phasegate: adds table public.n"]);
        assert!(lines(sql, vec![Change::Adds(ObjectKind::Table, "public.n".into())]).is_empty());
    }

    #[test]
    fn what_is_made_and_dropped_again_needs_no_line() {
        let sql = "CREATE TABLE w (id int); INSERT INTO w VALUES (1); DROP TABLE w; DROP TABLE gone;";
        assert_eq!(lines(sql, Vec::new()), ["-- phasegate: drops table public.gone"]);
    }

    #[test]
    fn a_line_that_the_text_cannot_decide_has_its_other() {
        let found = derive("CREATE OR REPLACE VIEW v AS SELECT 1;".as_bytes(), "public").unwrap();
        let none = Declared::default();
        let [only] = &undeclared(&found, &none, &none)[..] else { panic!() };
        assert_eq!(only.line, "-- phasegate: adds view public.v");
        assert_eq!(only.or.as_deref(), Some("-- phasegate: changes view public.v"));
        assert!(
            lines("CREATE OR REPLACE VIEW v AS SELECT 1;", vec![Change::Changes(ObjectKind::View, "public.v".into())])
                .is_empty()
        );
    }

    #[test]
    fn a_declared_line_is_told_only_as_far_as_nothing_names_it() {
        let found = derive("UPDATE t SET a = 1;".as_bytes(), "public").unwrap();
        let data = |columns: &[&str]| Change::Data {
            table: "public.t".into(),
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        };
        let header = Declared { changes: vec![data(&["a", "touched_at"]), data(&["*"])], ..Declared::default() };
        assert_eq!(not_named(&header, &found), ["changes data public.t (touched_at)"]);
    }
}
