//! ALTER: a table by its actions, and the few others whose text says all.

use super::super::QualifiedName;
use super::super::words::Words;
use super::NamedVerb::{Adds, Changes, Drops};
use super::{NamedChange, Names, Place};

pub(super) fn read(mut words: Words<'_>, found: &mut Names) -> Option<()> {
    if words.eat("table") {
        return table(words, found);
    }
    if words.eat("index") {
        words.eat_all(&["if", "exists"]);
        let index = words.name()?;
        return rename(&mut words, "index", &index, found);
    }
    if words.eat("type") {
        let name = words.name()?;
        if words.eat_all(&["add", "value"]) {
            found.object(Changes, "type", &name, Place::Itself);
            return Some(());
        }
        return rename(&mut words, "type", &name, found);
    }
    None
}

fn rename(words: &mut Words<'_>, kind: &'static str, old: &QualifiedName, found: &mut Names) -> Option<()> {
    let new = words.eat_all(&["rename", "to"]).then(|| words.identifier())??;
    found.object(Drops, kind, old, Place::Itself);
    found.object(Adds, kind, old, Place::Beside(new));
    Some(())
}

fn table(mut words: Words<'_>, found: &mut Names) -> Option<()> {
    words.eat_all(&["if", "exists"]);
    let table = super::data::target(&mut words)?;
    words.eat("*");
    let mut all = Some(());
    loop {
        // Each action for itself: one that cannot be derived takes nothing from the others.
        all = all.and(action(&mut words, &table, found));
        words.skip_to(&[",", ";"]);
        if !words.eat(",") {
            return all;
        }
    }
}

fn action(words: &mut Words<'_>, table: &QualifiedName, found: &mut Names) -> Option<()> {
    if words.begins(&["rename", "to"]) {
        return rename(words, "table", table, found);
    }
    if words.eat("rename") {
        return rename_part(words, table, found);
    }
    if words.eat("add") {
        return add(words, table, found);
    }
    if words.eat("drop") {
        let kind = part_kind(words);
        words.eat_all(&["if", "exists"]);
        found.object(Drops, kind, table, Place::Below(words.identifier()?));
        return (!words.eat("cascade")).then_some(());
    }
    if words.eat("alter") {
        return alter_part(words, table, found);
    }
    if words.eat_all(&["validate", "constraint"]) {
        found.object(Changes, "constraint", table, Place::Below(words.identifier()?));
        return Some(());
    }
    if words.eat_all(&["set", "schema"]) {
        let moved = QualifiedName { schema: Some(words.identifier()?), name: table.name.clone() };
        found.object(Drops, "table", table, Place::Itself);
        found.object(Adds, "table", &moved, Place::Itself);
        return Some(());
    }
    switch(words, table, found)
}

/// Settings of a table, and triggers on or off.
fn switch(words: &mut Words<'_>, table: &QualifiedName, found: &mut Names) -> Option<()> {
    let turns = words.eat("enable") || words.eat("disable");
    if turns && words.eat("trigger") {
        if words.begins(&["all"]) || words.begins(&["user"]) {
            return None;
        }
        found.object(Changes, "trigger", table, Place::Below(words.identifier()?));
        return Some(());
    }
    let is_setting = [&["row", "level"][..], &["force", "row"], &["no", "force"], &["set", "("], &["reset", "("]];
    if is_setting.iter().any(|keywords| words.begins(keywords)) {
        found.object(Changes, "table", table, Place::Itself);
        return Some(());
    }
    None
}

/// Takes what a DROP or RENAME is about: a column unless it says otherwise.
fn part_kind(words: &mut Words<'_>) -> &'static str {
    if words.eat("constraint") {
        return "constraint";
    }
    words.eat("column");
    "column"
}

fn rename_part(words: &mut Words<'_>, table: &QualifiedName, found: &mut Names) -> Option<()> {
    let kind = part_kind(words);
    let old = words.identifier()?;
    let new = words.eat("to").then(|| words.identifier())??;
    found.object(Drops, kind, table, Place::Below(old));
    found.object(Adds, kind, table, Place::Below(new));
    Some(())
}

fn add(words: &mut Words<'_>, table: &QualifiedName, found: &mut Names) -> Option<()> {
    if words.eat("constraint") {
        found.object(Adds, "constraint", table, Place::Below(words.identifier()?));
        return Some(());
    }
    // The server makes up the name of these.
    const NAMELESS: [&str; 5] = ["primary", "unique", "check", "foreign", "exclude"];
    if !words.begins(&["column"]) && NAMELESS.iter().any(|word| words.begins(&[word])) {
        return None;
    }
    words.eat("column");
    words.eat_all(&["if", "not", "exists"]);
    found.object(Adds, "column", table, Place::Below(words.identifier()?));
    let mut rest = *words;
    let ends = [",", ";", "primary", "unique", "check", "references", "constraint"];
    (!rest.skip_to(&ends) || rest.begins(&[","]) || rest.begins(&[";"])).then_some(())
}

fn alter_part(words: &mut Words<'_>, table: &QualifiedName, found: &mut Names) -> Option<()> {
    let kind = part_kind(words);
    let name = words.identifier()?;
    found.object(Changes, kind, table, Place::Below(name.clone()));
    let is_type = words.eat("type") || words.eat_all(&["set", "data", "type"]);
    let mut rest = *words;
    // Without USING the values stay; one that a narrower type rounds or cuts is to be reported.
    if is_type && rest.skip_to(&["using", ",", ";"]) && rest.begins(&["using"]) {
        found.changes.push(NamedChange::Data { table: table.clone(), columns: vec![name] });
    }
    Some(())
}
