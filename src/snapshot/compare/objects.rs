//! The schema objects of two snapshots.

use std::collections::BTreeMap;

use crate::evidence::{Evidence, Sample};
use crate::phase::{Declared, ObjectKind};
use crate::verdict::Verdict;

use super::super::{SchemaFingerprint, SchemaObject};
use super::declarations::index_of;
use super::wording;
use super::{amount, count, declare, fact};

const SHOWN: usize = 200;
/// The kinds that other objects belong to.
const OWNERS: [ObjectKind; 4] = [ObjectKind::Table, ObjectKind::Column, ObjectKind::MaterializedView, ObjectKind::View];

type Objects<'a> = BTreeMap<(ObjectKind, &'a str), &'a SchemaObject>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verb {
    Adds,
    Changes,
    Drops,
}

impl Verb {
    fn word(self) -> &'static str {
        match self {
            Verb::Adds => "adds",
            Verb::Changes => "changes",
            Verb::Drops => "drops",
        }
    }

    fn done(self) -> &'static str {
        match self {
            Verb::Adds => "added",
            Verb::Changes => "changed",
            Verb::Drops => "dropped",
        }
    }

    fn check(self) -> &'static str {
        match self {
            Verb::Adds => "schema_added",
            Verb::Changes => "schema_changed",
            Verb::Drops => "schema_dropped",
        }
    }

    fn declared(self, declared: &Declared, kind: ObjectKind, name: &str) -> bool {
        match self {
            Verb::Adds => declared.adds(kind, name),
            Verb::Drops => declared.drops(kind, name),
            Verb::Changes => declared.changes(kind, name) || (declared.adds(kind, name) && declared.drops(kind, name)),
        }
    }
}

/// `majors` are those of the two servers where they differ.
pub(super) fn compare(
    before: &SchemaFingerprint,
    after: &SchemaFingerprint,
    declared: &Declared,
    majors: Option<(u32, u32)>,
) -> Vec<Evidence> {
    let (old, new) = (index(before), index(after));
    let mut found = Vec::new();
    let mut expected = BTreeMap::<(Verb, ObjectKind), Vec<&str>>::new();
    let mut same = 0u64;
    let names: std::collections::BTreeSet<_> = old.keys().chain(new.keys()).copied().collect();
    for (kind, name) in names {
        let (was, is) = (old.get(&(kind, name)).copied(), new.get(&(kind, name)).copied());
        let (verb, object, here, there) = match (was, is) {
            (Some(was), Some(is)) if was.definition == is.definition => {
                same += 1;
                continue;
            }
            (_, Some(is)) if was.is_none() => (Verb::Adds, is, &new, &old),
            (Some(was), None) => (Verb::Drops, was, &old, &new),
            (_, Some(is)) => (Verb::Changes, is, &new, &old),
            (None, None) => continue,
        };
        if is_declared(verb, object, here, there, declared) {
            expected.entry((verb, kind)).or_default().push(name);
        } else if let (Verb::Changes, Some(was), Some(is), Some(majors)) = (verb, was, is, majors)
            && wording::may_be(was, is, majors)
        {
            found.push(worded(was, is, majors));
        } else {
            found.push(undeclared(verb, object, was, is));
        }
    }
    for ((verb, kind), names) in expected {
        // All names as samples: pages show the count, and who wants to know which has them in the evidence.
        let samples = names.iter().map(|name| Sample::new(*name, ""));
        let mut expected = fact(verb.check(), kind.word(), Verdict::Pass)
            .expected(format!("declared: {} {}", verb.word(), kind.word()))
            .measured(format!("{} {}, as declared", count(amount(names.len()), "object"), verb.done()));
        expected.samples = samples.collect();
        found.push(expected);
    }
    if same > 0 {
        found.push(
            fact("schema_unchanged", "schema", Verdict::Pass)
                .expected("what is not declared stays as it is")
                .measured(format!("{} identical", count(same, "object"))),
        );
    }
    found
}

fn index(schema: &SchemaFingerprint) -> Objects<'_> {
    schema.objects.iter().map(|object| ((object.kind, object.name.as_str()), object)).collect()
}

/// Declared by its own name, as the part of a whole that came or went with it by declaration, or with what a parent
/// handed down.
fn is_declared(verb: Verb, object: &SchemaObject, here: &Objects, there: &Objects, declared: &Declared) -> bool {
    if verb.declared(declared, object.kind, &object.name) {
        return true;
    }
    let came_or_went = |kind: ObjectKind, name: &str| {
        here.contains_key(&(kind, name)) && !there.contains_key(&(kind, name)) && verb.declared(declared, kind, name)
    };
    if verb != Verb::Changes
        && matches!(object.kind, ObjectKind::Grant | ObjectKind::Comment)
        && ObjectKind::words().filter_map(ObjectKind::parse).any(|kind| came_or_went(kind, &object.name))
    {
        return true;
    }
    // A declared constraint took the index over (`ADD CONSTRAINT ... USING INDEX`); it bears its name.
    let took_over = |other: &SchemaObject| {
        index_of(other).as_deref() == Some(&object.name)
            && !here.contains_key(&(other.kind, other.name.as_str()))
            && declared.adds(other.kind, &other.name)
    };
    if verb == Verb::Drops && object.kind == ObjectKind::Index && there.values().any(|other| took_over(other)) {
        return true;
    }
    let Some(of) = object.of.as_deref() else { return false };
    let whole = verb != Verb::Changes && OWNERS.iter().any(|kind| came_or_went(*kind, of));
    whole || (here.contains_key(&(object.kind, of)) && verb.declared(declared, object.kind, of))
}

fn undeclared(verb: Verb, object: &SchemaObject, was: Option<&SchemaObject>, is: Option<&SchemaObject>) -> Evidence {
    let word = object.kind.word();
    let measured = match (was, is) {
        (Some(was), Some(is)) => format!("{word} is now: {}; before: {}", cut(&is.definition), cut(&was.definition)),
        (None, Some(is)) => format!("{word} is new: {}", cut(&is.definition)),
        (Some(was), None) => format!("{word} is gone; it was: {}", cut(&was.definition)),
        (None, None) => String::new(),
    };
    fact(verb.check(), &object.name, Verdict::Fail)
        .expected(format!("{word} as before: no phase declares that it {} it", verb.word()))
        .measured(measured)
        .remedy(declare(&[format!("{} {word} {}", verb.word(), object.name)]))
}

/// Two majors describe one object in different words, and whether that is all cannot be told from the words.
fn worded(was: &SchemaObject, is: &SchemaObject, (before, after): (u32, u32)) -> Evidence {
    let word = is.kind.word();
    fact("schema_worded", &is.name, Verdict::Warn)
        .expected(format!("{word} as before: no phase declares that it changes it"))
        .measured(format!(
            "PostgreSQL {before} and {after} describe this {word} in different words; whether it is the same is not \
             known; {after}: {}; {before}: {}",
            cut(&is.definition),
            cut(&was.definition)
        ))
        .remedy("read both definitions; to have it judged, restore both databases on one major and compare there")
}

fn cut(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phase::Change;

    fn object(kind: ObjectKind, name: &str, of: Option<&str>, definition: &str) -> SchemaObject {
        SchemaObject { kind, name: name.into(), of: of.map(str::to_owned), definition: definition.into() }
    }

    fn table_with_index() -> SchemaFingerprint {
        let objects = vec![
            object(ObjectKind::Table, "public.notes", None, "table"),
            object(ObjectKind::Column, "public.notes.id", None, "integer"),
            object(ObjectKind::Index, "public.ix", Some("public.notes"), "CREATE INDEX ix"),
            object(ObjectKind::Grant, "public.notes", None, "owner a"),
        ];
        SchemaFingerprint { objects }
    }

    fn fails(found: &[Evidence]) -> Vec<&str> {
        found.iter().filter(|fact| fact.verdict == Verdict::Fail).map(|fact| fact.subject.as_str()).collect()
    }

    #[test]
    fn a_declared_table_brings_its_index_with_it_and_an_old_one_does_not() {
        let adds =
            Declared { changes: vec![Change::Adds(ObjectKind::Table, "public.notes".into())], ..Declared::default() };
        let none = SchemaFingerprint::default();
        assert_eq!(fails(&compare(&none, &table_with_index(), &adds, None)), Vec::<&str>::new());
        assert_eq!(fails(&compare(&none, &table_with_index(), &Declared::default(), None)).len(), 4);
        // The index alone is new: the table is no excuse.
        let mut before = table_with_index();
        before.objects.remove(2);
        assert_eq!(fails(&compare(&before, &table_with_index(), &adds, None)), ["public.ix"]);
    }

    #[test]
    fn an_undeclared_change_names_the_line_that_declares_it() {
        let mut after = table_with_index();
        after.objects[1].definition = "bigint".into();
        let found = compare(&table_with_index(), &after, &Declared::default(), None);
        let fail = found.iter().find(|fact| fact.verdict == Verdict::Fail).unwrap();
        assert_eq!(fail.measured, "column is now: bigint; before: integer");
        let line = "-- phasegate: changes column public.notes.id";
        assert!(fail.remedy.as_deref().unwrap().ends_with(line));
        let declared = Declared {
            changes: vec![Change::Changes(ObjectKind::Column, "public.notes.id".into())],
            ..Declared::default()
        };
        assert_eq!(fails(&compare(&table_with_index(), &after, &declared, None)), Vec::<&str>::new());
    }

    #[test]
    fn an_index_that_a_declared_constraint_took_over_is_not_lost() {
        let objects = |object| SchemaFingerprint { objects: vec![object] };
        let before = objects(object(ObjectKind::Index, "public.t_key", Some("public.t"), "CREATE UNIQUE INDEX"));
        let after = objects(object(ObjectKind::Constraint, "public.t.t_key", None, "UNIQUE (id)"));
        let mut declared = Declared::default();
        declared.changes.push(Change::Adds(ObjectKind::Constraint, "public.t.t_key".into()));
        assert!(compare(&before, &after, &declared, None).iter().all(|fact| fact.verdict == Verdict::Pass));
        let undeclared = compare(&before, &after, &Declared::default(), None);
        assert_eq!(undeclared.iter().filter(|fact| fact.verdict == Verdict::Fail).count(), 2);
        // One that has been a constraint before took nothing over.
        let both = SchemaFingerprint { objects: [before.objects, after.objects.clone()].concat() };
        assert!(compare(&both, &after, &declared, None).iter().any(|fact| fact.verdict == Verdict::Fail));
    }
}
