//! The schema of what is compared, object by object. It is told, and counts as a difference where that was asked for:
//! the same rows can lie under other indexes, but not every reader means that by "equal".

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::phase::ObjectKind;
use crate::snapshot::{SchemaFingerprint, SchemaObject};

use super::pair::{Known, TablePair};
use super::sql::Side;
use super::{ColumnProblem, Options};

/// The schema objects of both sides: those of the tables compared, and with whole schemas the others in them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SchemaDiff {
    /// How many are the same.
    pub same: usize,
    /// Those that are not, by kind and name.
    pub different: Vec<SchemaNote>,
}

/// A schema object that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SchemaNote {
    /// What it is.
    pub kind: ObjectKind,
    /// Its name in A; in B where A has none.
    pub name: String,
    /// Its definition in A; of more than 1,000 characters the checksum. `None`: A has none.
    pub a: Option<String>,
    /// Its definition in B.
    pub b: Option<String>,
}

/// Compares the objects of A with those of B, names being mapped as those of the tables are.
pub(super) fn compare(
    (a, fingerprint_a): (&Known, &SchemaFingerprint),
    (b, fingerprint_b): (&Known, &SchemaFingerprint),
    pairs: &[TablePair<'_>],
    options: &Options,
) -> SchemaDiff {
    let names = Names::new(pairs, options);
    let (scope_a, scope_b) = (Scope::new(a, pairs, Side::A, options), Scope::new(b, pairs, Side::B, options));
    // By the name that each has, or would have, in B.
    let mut found: BTreeMap<(ObjectKind, String), [Option<&SchemaObject>; 2]> = BTreeMap::new();
    for object in fingerprint_a.objects.iter().filter(|object| scope_a.has(object)) {
        found.entry((object.kind, names.object(object))).or_default()[0] = Some(object);
    }
    for object in fingerprint_b.objects.iter().filter(|object| scope_b.has(object)) {
        found.entry((object.kind, object.name.clone())).or_default()[1] = Some(object);
    }
    let mut diff = SchemaDiff::default();
    for ((kind, name), [a, b]) in found {
        if a.zip(b).is_some_and(|(a, b)| names.text(&a.definition) == b.definition) {
            diff.same += 1;
            continue;
        }
        let definition = |object: Option<&SchemaObject>| object.map(|object| object.definition.clone());
        let name = a.map_or(name, |object| object.name.clone());
        diff.different.push(SchemaNote { kind, name, a: definition(a), b: definition(b) });
    }
    diff.different.sort();
    diff
}

/// Which objects of one side are looked at.
struct Scope {
    /// Their parts too.
    tables: BTreeSet<String>,
    /// Told already, or left out by request.
    not_columns: BTreeSet<String>,
    /// All other objects of these, where whole schemas are compared; `None`: of all.
    schemas: Option<BTreeSet<String>>,
}

impl Scope {
    fn new(known: &Known, pairs: &[TablePair<'_>], side: Side, options: &Options) -> Scope {
        let mut scope = Scope {
            tables: pairs.iter().map(|pair| pair.table(side).full_name()).collect(),
            not_columns: BTreeSet::new(),
            schemas: Some(BTreeSet::new()),
        };
        for pair in pairs {
            let told = |problem: &ColumnProblem| !matches!(problem, ColumnProblem::Type { .. });
            let notes = pair.notes.iter().filter(|note| told(&note.problem));
            scope.not_columns.extend(notes.map(|note| format!("{}.{}", pair.table(side).full_name(), note.column)));
        }
        if !options.schemas.is_empty() {
            let names = options.schemas.iter().map(|(a, b)| if side == Side::A { a } else { b });
            scope.schemas = Some(names.cloned().collect());
        } else if options.tables.is_empty() {
            scope.schemas = None;
        }
        let partitions =
            known.catalog.tables.iter().filter(|table| table.is_partition && scope.is_whole(&table.schema));
        let partitions: Vec<String> = partitions.map(|table| table.full_name()).collect();
        scope.tables.extend(partitions);
        scope
    }

    fn is_whole(&self, schema: &str) -> bool {
        self.schemas.as_ref().is_none_or(|schemas| schemas.contains(schema))
    }

    fn has(&self, object: &SchemaObject) -> bool {
        match object.kind {
            // Owners and rights are a server's own; comments are for people.
            ObjectKind::Grant | ObjectKind::Comment => false,
            ObjectKind::Column => self.is_part(&object.name) && !self.not_columns.contains(&object.name),
            ObjectKind::Table | ObjectKind::Constraint | ObjectKind::Trigger | ObjectKind::Policy => {
                self.is_part(&object.name)
            }
            ObjectKind::Index => object.of.as_deref().is_some_and(|of| self.is_part(of)),
            ObjectKind::Schema | ObjectKind::Extension => self.schemas.is_none(),
            ObjectKind::View
            | ObjectKind::MaterializedView
            | ObjectKind::Function
            | ObjectKind::Sequence
            | ObjectKind::Type => {
                self.is_whole(object.name.split('.').next().unwrap_or_default())
                    || object.of.as_deref().is_some_and(|of| self.is_part(of))
            }
        }
    }

    /// Whether it is a table that is compared, or a part of one. A dot may be part of any name.
    fn is_part(&self, name: &str) -> bool {
        let mut dots = name.match_indices('.').map(|(at, _)| &name[..at]);
        self.tables.contains(name) || dots.any(|front| self.tables.contains(front))
    }
}

/// Names of A with those that they have in B, the longest first.
struct Names(Vec<(String, String)>);

impl Names {
    fn new(pairs: &[TablePair<'_>], options: &Options) -> Names {
        let mut names = BTreeMap::new();
        for pair in pairs {
            let (a, b) = (pair.a.full_name(), pair.b.full_name());
            for column in pair.columns.iter().filter(|column| column.name != column.b_name) {
                names.insert(format!("{a}.{}", column.name), format!("{b}.{}", column.b_name));
            }
            // What lies beside the table: its indexes, its sequences. A table that only follows its schema needs no more.
            names.insert(format!("{}.", pair.a.schema), format!("{}.", pair.b.schema));
            if !options.tables.is_empty() {
                names.insert(a, b);
            }
        }
        names.extend(options.schemas.iter().map(|(a, b)| (format!("{a}."), format!("{b}."))));
        let mut names: Vec<(String, String)> = names.into_iter().filter(|(a, b)| a != b).collect();
        names.sort_by_key(|(a, _)| std::cmp::Reverse(a.len()));
        Names(names)
    }

    fn object(&self, object: &SchemaObject) -> String {
        let fits = |a: &str| {
            let rest = object.name.strip_prefix(a);
            rest.filter(|rest| rest.is_empty() || rest.starts_with('.') || a.ends_with('.'))
        };
        let renamed = self.0.iter().find_map(|(a, b)| fits(a).map(|rest| format!("{b}{rest}")));
        renamed.unwrap_or_else(|| object.name.clone())
    }

    /// A definition with B's names. One that is not found in it stays, so that at worst an object is told in vain.
    fn text(&self, definition: &str) -> String {
        let part_of_name = |letter: char| letter.is_alphanumeric() || letter == '_';
        let (mut text, mut rest) = (String::with_capacity(definition.len()), definition);
        'all: while let Some(next) = rest.chars().next() {
            if !text.ends_with(|last| part_of_name(last) || last == '.') {
                for (a, b) in &self.0 {
                    let Some(after) = rest.strip_prefix(a.as_str()) else { continue };
                    if a.ends_with('.') || !after.starts_with(part_of_name) {
                        text.push_str(b);
                        rest = after;
                        continue 'all;
                    }
                }
            }
            text.push(next);
            rest = &rest[next.len_utf8()..];
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_get_the_names_of_the_other_side_and_no_part_of_a_name_does() {
        let pairs = [("a.t", "b.u"), ("a.", "b.")];
        let names = Names(pairs.map(|(a, b)| (a.to_owned(), b.to_owned())).into());
        let text = names.text("CREATE INDEX i ON a.t USING btree (x); a.t2, xa.t, 'é' || a.t");
        assert_eq!(text, "CREATE INDEX i ON b.u USING btree (x); b.t2, xa.t, 'é' || b.u");
        let object = |name: &str| SchemaObject {
            kind: ObjectKind::Index,
            name: name.into(),
            of: None,
            definition: String::new(),
        };
        assert_eq!(names.object(&object("a.t.x")), "b.u.x");
        assert_eq!(names.object(&object("a.t2")), "b.t2");
        assert_eq!(names.object(&object("c.t")), "c.t");
    }
}
