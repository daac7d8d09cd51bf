//! The schema as a flat list of objects and definitions.
//!
//! Not among them: default privileges, event triggers, publications, foreign servers, casts, operators, collations,
//! text search objects, extended statistics; storage parameters of columns; the order of columns.

use std::collections::BTreeMap;

use crate::db::{DbError, SCHEMA_OBJECTS, Session};
use crate::digest::Checksum;
use crate::phase::ObjectKind;

use super::{SchemaFingerprint, SchemaObject};

/// A longer definition is kept as its checksum.
const LONGEST_DEFINITION: usize = 1000;
/// How the body of a function begins that the server keeps parsed.
pub(super) const SQL_BODY: &str = "BEGIN ATOMIC";

/// Reads the fingerprint, without the excluded objects and what belongs to them.
pub(super) async fn read(session: &mut Session, exclude: &[String]) -> Result<SchemaFingerprint, DbError> {
    type Definitions = (Option<String>, Vec<String>);
    let mut found = BTreeMap::<(ObjectKind, String), Definitions>::new();
    for row in session.rows(SCHEMA_OBJECTS).await? {
        let word = row.text("kind")?;
        let kind = ObjectKind::parse(word)
            .ok_or_else(|| DbError::Answer { reason: format!("{word} is no kind of object") })?;
        let (name, of) = (row.text("name")?.to_owned(), row.get("of")?.map(str::to_owned));
        if exclude
            .iter()
            .any(|excluded| belongs(&name, excluded) || of.as_ref().is_some_and(|of| belongs(of, excluded)))
        {
            continue;
        }
        // Objects of one kind may share a name, as the comments of a column and of a constraint do.
        let entry = found.entry((kind, name)).or_insert((of, Vec::new()));
        entry.1.push(row.get("definition")?.unwrap_or_default().to_owned());
    }
    let objects = found.into_iter().map(|((kind, name), (of, mut definitions))| {
        definitions.sort();
        SchemaObject { kind, name, of, definition: shorten(definitions.join("\n")) }
    });
    Ok(SchemaFingerprint { objects: objects.collect() })
}

/// Whether the name is that of the excluded object or of a part of it.
fn belongs(name: &str, excluded: &str) -> bool {
    name.strip_prefix(excluded).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn shorten(definition: String) -> String {
    if definition.chars().count() <= LONGEST_DEFINITION {
        return definition;
    }
    let checksum = Checksum::of(definition.as_bytes());
    // Such a body is not kept as it was written: each major has its own words for it.
    if definition.contains(SQL_BODY) { format!("{checksum} {SQL_BODY}") } else { checksum.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_belong_to_the_whole_and_namesakes_do_not() {
        assert!(belongs("public.log", "public.log") && belongs("public.log.id", "public.log"));
        assert!(!belongs("public.logs", "public.log") && !belongs("audit.public.log", "public.log"));
    }
}
