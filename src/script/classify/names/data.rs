//! Statements that change rows.

use super::super::QualifiedName;
use super::super::words::Words;
use super::{NamedChange, Names};

/// The main statement behind a WITH whose queries only read; `None` where that is not certain.
pub(super) fn behind_with(mut words: Words<'_>) -> Option<Words<'_>> {
    if ["insert", "update", "delete", "merge"].iter().filter(|verb| words.has_in_parens(verb)).count() > 0 {
        return None;
    }
    // Any word but the main verb stands behind something else than the end of a query.
    while words.skip_behind_parens() {
        if ["select", "insert", "update", "delete", "merge", "values"].iter().any(|verb| words.begins(&[verb])) {
            return Some(words);
        }
    }
    None
}

/// Reads INSERT, UPDATE, DELETE, MERGE, TRUNCATE and COPY; of anything else nothing.
pub(super) fn read(mut words: Words<'_>, found: &mut Names) {
    let read = if words.eat_all(&["insert", "into"]) {
        insert(words, found)
    } else if words.eat("update") {
        update(words, found)
    } else if words.eat_all(&["delete", "from"]) {
        target(&mut words).map(|table| found.changes.push(NamedChange::Deletes(table)))
    } else if words.eat_all(&["merge", "into"]) {
        merge(words, found)
    } else if words.eat("truncate") {
        truncate(words, found)
    } else if words.eat("copy") {
        copy(words, found)
    } else {
        Some(())
    };
    if read.is_none() {
        found.changes.clear();
        found.more = Some("what it names could not be read");
    }
}

fn insert(mut words: Words<'_>, found: &mut Names) -> Option<()> {
    let table = words.name()?;
    found.changes.push(NamedChange::Inserts(table.clone()));
    while words.skip_to(&["do"]) {
        words.eat("do");
        if words.eat_all(&["update", "set"]) {
            let columns = assignments(&mut words)?;
            found.changes.push(NamedChange::Data { table: table.clone(), columns });
        }
    }
    Some(())
}

fn update(mut words: Words<'_>, found: &mut Names) -> Option<()> {
    let table = target(&mut words)?;
    alias(&mut words, "set");
    if !words.eat("set") {
        return None;
    }
    let columns = assignments(&mut words)?;
    found.changes.push(NamedChange::Data { table, columns });
    Some(())
}

fn merge(mut words: Words<'_>, found: &mut Names) -> Option<()> {
    let table = target(&mut words)?;
    while words.skip_to(&["then"]) {
        words.eat("then");
        if words.eat_all(&["update", "set"]) {
            let columns = assignments(&mut words)?;
            found.changes.push(NamedChange::Data { table: table.clone(), columns });
        } else if words.eat("insert") {
            found.changes.push(NamedChange::Inserts(table.clone()));
        } else if words.eat("delete") {
            found.changes.push(NamedChange::Deletes(table.clone()));
        }
    }
    Some(())
}

fn truncate(mut words: Words<'_>, found: &mut Names) -> Option<()> {
    words.eat("table");
    loop {
        let table = target(&mut words)?;
        words.eat("*");
        found.changes.push(NamedChange::Deletes(table));
        if !words.eat(",") {
            break;
        }
    }
    if words.has("cascade") || words.has("restart") {
        found.more = Some("what it cascades to or restarts is not derived");
    }
    Some(())
}

fn copy(mut words: Words<'_>, found: &mut Names) -> Option<()> {
    // A query is copied out only.
    if words.begins(&["("]) {
        return Some(());
    }
    let table = words.name()?;
    if words.skip_to(&["from", "to"]) && words.begins(&["from"]) {
        found.changes.push(NamedChange::Inserts(table));
    }
    Some(())
}

/// `[ONLY] name`, or `ONLY (name)`.
pub(super) fn target(words: &mut Words<'_>) -> Option<QualifiedName> {
    let in_parens = words.eat("only") && words.eat("(");
    let table = words.name()?;
    (!in_parens || words.eat(")")).then_some(table)
}

fn alias(words: &mut Words<'_>, before: &str) {
    words.eat("*");
    if words.eat("as") || !words.begins(&[before]) {
        words.identifier();
    }
}

/// `a = 1, (b, c) = (…)`, up to the end of the last value.
fn assignments(words: &mut Words<'_>) -> Option<Vec<String>> {
    let mut columns = Vec::new();
    loop {
        if words.eat("(") {
            loop {
                columns.push(words.identifier()?);
                if !words.eat(",") {
                    break;
                }
            }
            if !words.eat(")") {
                return None;
            }
        } else {
            columns.push(words.identifier()?);
        }
        // A field or an element of the column may stand before the sign.
        if !words.skip_to(&["="]) {
            return None;
        }
        words.skip_to(&[",", "from", "where", "returning", "when", ";"]);
        if !words.eat(",") {
            return Some(columns);
        }
    }
}
