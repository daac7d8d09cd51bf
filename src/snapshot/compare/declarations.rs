//! Declarations that nothing came of.

use crate::evidence::Evidence;
use crate::phase::{Change, Declared, ObjectKind};
use crate::verdict::Verdict;

use super::super::{SchemaObject, Snapshot};
use super::fact;

/// A declared object that did not come or go is a warning: a mistyped name, or an `IF NOT EXISTS` that took something
/// else for it. A declared change that changed nothing is worth a line; that of data is told with its table.
pub(super) fn without_effect(before: &Snapshot, after: &Snapshot, declared: &Declared) -> Vec<Evidence> {
    declared.changes.iter().filter_map(|change| finding(before, after, change)).collect()
}

fn finding(before: &Snapshot, after: &Snapshot, change: &Change) -> Option<Evidence> {
    let alone = Declared { changes: vec![change.clone()], ..Declared::default() };
    let tables = || before.tables.iter().chain(&after.tables).map(|table| table.name.as_str());
    let others = || before.not_covered.iter().chain(&after.not_covered).map(|table| table.name.as_str());
    let (subject, line, problem) = match change {
        Change::Adds(kind, name) => {
            let added = difference(after, before).any(|object| {
                alone.adds(object.kind, &object.name)
                    || index_of(object).is_some_and(|index| alone.adds(ObjectKind::Index, &index))
            });
            (name, format!("adds {} {name}", kind.word()), (!added).then_some("nothing of that name is new")?)
        }
        Change::Drops(kind, name) => {
            let dropped = difference(before, after).any(|object| alone.drops(object.kind, &object.name));
            (name, format!("drops {} {name}", kind.word()), (!dropped).then_some("nothing of that name is gone")?)
        }
        Change::Changes(kind, name) => return unchanged(before, after, &alone, *kind, name),
        Change::Data { table, columns } => {
            let known = before
                .tables
                .iter()
                .chain(&after.tables)
                .any(|found| found.columns.iter().any(|column| alone.changes_data(&found.name, &column.name)));
            let known = known || others().any(|name| columns.iter().any(|column| alone.changes_data(name, column)));
            let line = format!("changes data {table} ({})", columns.join(", "));
            (table, line, (!known).then_some("there is no such table or column, before or after")?)
        }
        // Each is judged by a fact of its own, which says so where there is no such table.
        Change::Rows { .. }
        | Change::Keeps { .. }
        | Change::Sum { .. }
        | Change::MovesSum { .. }
        | Change::Moves(_) => {
            return None;
        }
        Change::Inserts(table) | Change::Deletes(table) => {
            let known = tables().chain(others()).any(|name| alone.inserts(name) || alone.deletes(name));
            let verb = if matches!(change, Change::Inserts(_)) { "inserts" } else { "deletes" };
            (table, format!("{verb} {table}"), (!known).then_some("there is no such table, before or after")?)
        }
    };
    Some(
        fact("declared_without_effect", subject, Verdict::Warn)
            .expected(format!("declared: {line}"))
            .measured(problem)
            .remedy("correct the name in the phase's header, or remove the line"),
    )
}

fn unchanged(before: &Snapshot, after: &Snapshot, alone: &Declared, kind: ObjectKind, name: &str) -> Option<Evidence> {
    let changed =
        after.schema.objects.iter().any(|object| {
            alone.changes(object.kind, &object.name)
                && before.schema.objects.iter().any(|old| {
                    old.kind == object.kind && old.name == object.name && old.definition != object.definition
                })
        });
    (!changed).then(|| {
        fact("declared_without_effect", name, Verdict::Pass)
            .expected(format!("declared: changes {} {name}", kind.word()))
            .measured("no change")
    })
}

/// The name of the index that a constraint stands on. An index that a constraint took over (`ADD CONSTRAINT ... USING
/// INDEX`) is listed as that constraint alone, and bears its name.
pub(super) fn index_of(object: &SchemaObject) -> Option<String> {
    const ON_AN_INDEX: [&str; 3] = ["UNIQUE", "PRIMARY KEY", "EXCLUDE"];
    let stands_on_index =
        object.kind == ObjectKind::Constraint && ON_AN_INDEX.iter().any(|word| object.definition.starts_with(word));
    let (schema, _) = object.name.split_once('.').filter(|_| stands_on_index)?;
    let (_, constraint) = object.name.rsplit_once('.')?;
    Some(format!("{schema}.{constraint}"))
}

/// The objects of the first that the second lacks.
fn difference<'a>(first: &'a Snapshot, second: &'a Snapshot) -> impl Iterator<Item = &'a SchemaObject> {
    let names: std::collections::BTreeSet<_> =
        second.schema.objects.iter().map(|object| (object.kind, object.name.as_str())).collect();
    first.schema.objects.iter().filter(move |object| !names.contains(&(object.kind, object.name.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constraint(definition: &str) -> SchemaObject {
        let (kind, name) = (ObjectKind::Constraint, "public.owners.owners_key".into());
        SchemaObject { kind, name, of: None, definition: definition.into() }
    }

    #[test]
    fn a_constraint_on_an_index_has_the_index_of_its_name() {
        assert_eq!(index_of(&constraint("UNIQUE (id)")).as_deref(), Some("public.owners_key"));
        assert_eq!(index_of(&constraint("CHECK ((id > 0))")), None);
        let index = SchemaObject { kind: ObjectKind::Index, ..constraint("UNIQUE (id)") };
        assert_eq!(index_of(&index), None);
    }
}
