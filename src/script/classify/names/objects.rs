//! Statements that make, drop and describe objects, and those that may do anything.

use super::super::words::Words;
use super::NamedVerb::{Adds, Changes, Drops};
use super::{Names, Place, alter};

/// Statements that change nothing a snapshot holds.
const HARMLESS: &[&str] = &[
    "set",
    "reset",
    "show",
    "values",
    "analyze",
    "vacuum",
    "lock",
    "savepoint",
    "release",
    "notify",
    "listen",
    "begin",
    "commit",
    "end",
    "start",
    "rollback",
    "checkpoint",
    "table",
    "fetch",
    "close",
    "insert",
    "update",
    "delete",
    "copy",
];

pub(super) fn read(mut words: Words<'_>, found: &mut Names) {
    let whole = words;
    let read = if words.eat("create") {
        create(words, found)
    } else if words.eat("drop") {
        drop_objects(words, found)
    } else if words.eat("alter") {
        alter::read(words, found)
    } else if words.eat_all(&["comment", "on"]) {
        comment(words, found)
    } else if words.eat("grant") || words.eat("revoke") {
        grant(words, found)
    } else if words.begins(&["select"]) || words.begins(&["("]) {
        select(words, found)
    } else {
        HARMLESS.iter().any(|verb| words.begins(&[verb])).then_some(())
    };
    if read.is_none() && found.more.is_none() {
        found.more = Some(reason(whole));
    }
}

/// Why a statement that could not be read may change more than is known.
fn reason(mut words: Words<'_>) -> &'static str {
    let makes = words.eat("create") || words.eat("alter") || words.eat("drop");
    if makes {
        words.eat_all(&["or", "replace"]);
    }
    const REASONS: &[(&[&str], &str)] = &[
        (&["do"], "a DO block may change anything"),
        (&["call"], "a procedure may change anything"),
        (&["execute"], "a prepared statement may change anything"),
        (&["refresh"], "the rows of a materialized view are not derived"),
        (&["function"], "a function is declared by hand"),
        (&["procedure"], "a function is declared by hand"),
    ];
    let known = REASONS.iter().find(|(keywords, _)| words.begins(keywords));
    known.map_or("what it changes is not derived", |(_, reason)| reason)
}

/// Takes the word or words of a kind whose name is its own.
fn kind(words: &mut Words<'_>) -> Option<&'static str> {
    const KINDS: &[(&[&str], &str)] = &[
        (&["table"], "table"),
        (&["view"], "view"),
        (&["materialized", "view"], "materialized_view"),
        (&["sequence"], "sequence"),
        (&["type"], "type"),
        (&["domain"], "type"),
        (&["index"], "index"),
        (&["schema"], "schema"),
        (&["extension"], "extension"),
    ];
    KINDS.iter().find(|(keywords, _)| words.eat_all(keywords)).map(|(_, kind)| *kind)
}

fn place(kind: &str) -> Place {
    if matches!(kind, "schema" | "extension") { Place::NoSchema } else { Place::Itself }
}

fn create(mut words: Words<'_>, found: &mut Names) -> Option<()> {
    let replaces = words.eat_all(&["or", "replace"]);
    let _ = words.eat("global") || words.eat("local");
    let is_temporary = words.eat("temp") || words.eat("temporary");
    let _ = words.eat("unlogged") || words.eat("recursive") || words.eat("unique") || words.eat("constraint");
    if words.begins(&["trigger"]) || words.begins(&["policy"]) {
        return create_below(words, replaces, found);
    }
    let kind = kind(&mut words)?;
    words.eat("concurrently");
    words.eat_all(&["if", "not", "exists"]);
    if kind == "index" {
        let index = words.identifier().filter(|_| words.begins(&["on"]))?;
        words.eat("on");
        let table = super::data::target(&mut words)?;
        found.object(Adds, kind, &table, Place::Beside(index));
        return Some(());
    }
    let name = words.name()?;
    if is_temporary {
        found.hides = Some(name.name);
        return Some(());
    }
    found.object(Adds, kind, &name, place(kind));
    if replaces {
        found.object(Changes, kind, &name, place(kind));
    }
    // What comes with an extension, or stands within a schema's statement, is not named.
    (!matches!(kind, "schema" | "extension") || words.is_at_end()).then_some(())
}

/// A trigger or a policy, which is named below its table.
fn create_below(mut words: Words<'_>, replaces: bool, found: &mut Names) -> Option<()> {
    let kind = if words.eat("trigger") { "trigger" } else { words.eat("policy").then_some("policy")? };
    let name = words.identifier()?;
    if !words.skip_to(&["on"]) {
        return None;
    }
    words.eat("on");
    let table = words.name()?;
    found.object(Adds, kind, &table, Place::Below(name.clone()));
    if replaces {
        found.object(Changes, kind, &table, Place::Below(name));
    }
    Some(())
}

fn drop_objects(mut words: Words<'_>, found: &mut Names) -> Option<()> {
    let below = if words.eat("trigger") { Some("trigger") } else { words.eat("policy").then_some("policy") };
    let kind = if below.is_some() { below } else { kind(&mut words) }?;
    words.eat("concurrently");
    words.eat_all(&["if", "exists"]);
    if below.is_some() {
        let name = words.identifier()?;
        let table = words.eat("on").then(|| words.name())??;
        found.object(Drops, kind, &table, Place::Below(name));
    } else {
        loop {
            let name = words.name()?;
            found.object(Drops, kind, &name, place(kind));
            if !words.eat(",") {
                break;
            }
        }
    }
    if words.has("cascade") {
        found.more = Some("what it cascades to is not derived");
    }
    Some(())
}

fn comment(mut words: Words<'_>, found: &mut Names) -> Option<()> {
    let (of, place) = if words.eat("column") {
        let (table, column) = words.column_name()?;
        (table, Place::Below(column))
    } else {
        let kind = kind(&mut words).filter(|kind| !matches!(*kind, "schema" | "extension"))?;
        (words.name()?, place(kind))
    };
    if !words.eat("is") {
        return None;
    }
    if words.eat("null") {
        found.object(Drops, "comment", &of, place);
    } else {
        // Whether there was one before is not in the text.
        found.object(Adds, "comment", &of, place.clone());
        found.object(Changes, "comment", &of, place);
    }
    Some(())
}

fn grant(mut words: Words<'_>, found: &mut Names) -> Option<()> {
    if !words.skip_to(&["on"]) {
        return None;
    }
    words.eat("on");
    if words.begins(&["all"]) {
        return None;
    }
    let _ = words.eat("table") || words.eat("sequence");
    let mut tables = Vec::new();
    loop {
        tables.push(words.name()?);
        if !words.eat(",") {
            break;
        }
    }
    // `ON SCHEMA s`, `ON FUNCTION f()`: two words, or arguments.
    if !words.begins(&["to"]) && !words.begins(&["from"]) {
        return None;
    }
    for table in tables {
        found.object(Changes, "grant", &table, Place::Itself);
    }
    Some(())
}

fn select(mut words: Words<'_>, found: &mut Names) -> Option<()> {
    if words.calls() {
        found.more = Some("a function may change anything");
    }
    if words.skip_to(&["into"]) {
        words.eat("into");
        let is_temporary = words.eat("temp") || words.eat("temporary");
        let _ = words.eat("unlogged") || words.eat("table");
        let name = words.name()?;
        if is_temporary {
            found.hides = Some(name.name);
        } else {
            found.object(Adds, "table", &name, Place::Itself);
        }
    }
    Some(())
}
