//! What two majors of PostgreSQL say differently of one and the same object.
//!
//! Types, keys, references and NOT NULL are written alike by all of them, and so is the text of a function. What the
//! server keeps parsed (views, expressions, conditions) each major writes out in its own words: 16 leaves out needless
//! table names, 14 turned `date_part` into `EXTRACT`. There a difference of the words proves nothing, either way.

use crate::phase::ObjectKind;

use super::super::schema::SQL_BODY;
use super::super::{SchemaObject, Snapshot};

/// Where the words of a column end that all majors share.
const EXPRESSIONS: [&str; 2] = [" default ", " generated always as ("];
/// The role that owns the schema `public` from 15 on.
const PUBLIC_OWNER: &str = "owner pg_database_owner";

/// The majors of the two servers, where they differ and are known.
pub(super) fn majors(before: &Snapshot, after: &Snapshot) -> Option<(u32, u32)> {
    let major = |snapshot: &Snapshot| {
        let version = snapshot.server_version.split(|c: char| !c.is_ascii_digit()).next()?;
        version.parse::<u32>().ok()
    };
    let (before, after) = (major(before)?, major(after)?);
    (before != after).then_some((before, after))
}

/// Whether the two definitions may be one object described by two majors.
pub(super) fn may_be(was: &SchemaObject, is: &SchemaObject, (before, after): (u32, u32)) -> bool {
    let (old, new) = (was.definition.as_str(), is.definition.as_str());
    let both = |holds: fn(&str) -> bool| holds(old) && holds(new);
    match is.kind {
        ObjectKind::View | ObjectKind::MaterializedView | ObjectKind::Policy => true,
        ObjectKind::Column => {
            let ((one, its), (other, others)) = (split(old), split(new));
            one == other && its.is_some() && others.is_some()
        }
        ObjectKind::Constraint => both(|text| text.starts_with("CHECK") || text.starts_with("EXCLUDE")),
        // Those of plain columns have no further brackets.
        ObjectKind::Index => both(|text| text.contains(" WHERE ") || text.matches('(').count() > 1),
        ObjectKind::Trigger => both(|text| text.contains(" WHEN (")),
        ObjectKind::Function => both(|text| text.contains(SQL_BODY)),
        ObjectKind::Table => {
            both(|text| text.contains("CREATE RULE") || text.starts_with("partitioned table partition by"))
        }
        ObjectKind::Type => {
            both(|text| text.starts_with("domain over") && (text.contains(" CHECK ") || text.contains(" default ")))
        }
        // The newest version that the server brings.
        ObjectKind::Extension => both(|text| text.starts_with("version ")),
        // What everybody may do in the schema public changed with 15.
        ObjectKind::Grant => {
            is.name == "public"
                && (before < 15) != (after < 15)
                && old.starts_with(PUBLIC_OWNER) != new.starts_with(PUBLIC_OWNER)
        }
        ObjectKind::Sequence | ObjectKind::Comment | ObjectKind::Schema => false,
    }
}

/// A column without its expression, and the expression.
fn split(definition: &str) -> (&str, Option<&str>) {
    let at = EXPRESSIONS.iter().filter_map(|word| definition.find(word)).min();
    at.map_or((definition, None), |at| (&definition[..at], Some(&definition[at..])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worded(kind: ObjectKind, old: &str, new: &str) -> bool {
        let object =
            |definition: &str| SchemaObject { kind, name: "x".into(), of: None, definition: definition.into() };
        may_be(&object(old), &object(new), (15, 18))
    }

    #[test]
    fn expressions_have_other_words_and_types_do_not() {
        let column = |old, new| worded(ObjectKind::Column, old, new);
        assert!(column("date not null default date_part('x', now())", "date not null default EXTRACT(x FROM now())"));
        assert!(!column("date not null default now()", "date default now()"));
        assert!(!column("integer default 1", "bigint default 1"));
        assert!(!column("integer default 1", "integer"));
        assert!(worded(ObjectKind::Constraint, "CHECK ((a > 0))", "CHECK (a > 0)"));
        assert!(!worded(
            ObjectKind::Constraint,
            "FOREIGN KEY (a) REFERENCES t(id)",
            "FOREIGN KEY (b) REFERENCES t(id)"
        ));
        assert!(!worded(ObjectKind::Constraint, "CHECK ((a > 0))", "UNIQUE (a)"));
    }

    #[test]
    fn plain_indexes_triggers_and_functions_are_judged() {
        let index = |old, new| worded(ObjectKind::Index, old, new);
        assert!(!index("CREATE INDEX i ON public.t USING btree (a)", "CREATE INDEX i ON public.t USING btree (b)"));
        assert!(index(
            "CREATE INDEX i ON t USING btree (lower(a))",
            "CREATE INDEX i ON t USING btree (lower((a)::text))"
        ));
        assert!(!worded(ObjectKind::Function, "AS $function$ a", "AS $function$ b"));
        assert!(worded(ObjectKind::Function, "sha256:1 BEGIN ATOMIC", "sha256:2 BEGIN ATOMIC"));
        assert!(!worded(ObjectKind::Trigger, "BEFORE INSERT ON t", "BEFORE UPDATE ON t"));
        assert!(worded(ObjectKind::View, "SELECT t.a FROM t", "SELECT a FROM t"));
    }
}
