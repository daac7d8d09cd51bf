//! Rules made from what the catalog promises: text to be read like code, kept and changed by people.
//!
//! A constraint says what the server looked at; a rule looks itself, before and after, and names who answers. The order
//! and the ids depend on the catalog alone, so that two runs give the same text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use squawk_lexer::TokenKind;

use crate::db::{Catalog, Promise, PromiseSort, Promises, Table, quote_ident};

use super::fragment::tokens;
use super::guess::Guess;

/// A rule that nobody has read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its id: from the names of the table and the columns.
    pub id: String,
    /// The table that it is about; none for one of the whole database.
    pub table: Option<String>,
    /// The lines of the file, a line feed after each.
    pub toml: String,
}

/// What was promised and is in no rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwritten {
    /// What promises it: a constraint, a column.
    pub what: String,
    /// Why no rule says it.
    pub why: String,
}

impl std::fmt::Display for Unwritten {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", one_line(&self.what), one_line(&self.why))
    }
}

/// Drafts of rules, in the order of the tables, and what could not be written as a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drafts {
    /// By table; those of the whole database last.
    pub rules: Vec<Draft>,
    /// What is missing among them.
    pub unwritten: Vec<Unwritten>,
}

impl Drafts {
    /// The file.
    pub fn text(&self) -> String {
        let mut out = String::from(
            "# Made by phasegate rules generate from what the catalog promises. Read it as you read code: take out what is not\n\
             # meant, and say of the rest what it is for.\n",
        );
        for unwritten in &self.unwritten {
            let _ = writeln!(out, "# not written: {unwritten}");
        }
        for rule in &self.rules {
            let _ = write!(out, "\n{}", rule.toml);
        }
        out
    }
}

/// Drafts of everything that the catalog promises of these tables, and of what was guessed. Rules of a table that is
/// `empty` accept that.
pub fn drafts(promises: &Promises, guesses: &[Guess], catalog: &Catalog, empty: &BTreeSet<String>) -> Drafts {
    let mut desk = Desk { catalog, empty, ids: BTreeMap::new(), drafts: Drafts::default() };
    let mut tables: BTreeSet<&str> = promises.others.iter().map(|promise| promise.table.as_str()).collect();
    tables.extend(promises.foreign_keys.iter().map(|key| key.table.as_str()));
    tables.extend(guesses.iter().map(|guess| guess.table.as_str()));
    for table in tables {
        for key in promises.foreign_keys.iter().filter(|key| key.table == table) {
            let full = if key.is_full { ", match = \"full\"" } else { "" };
            let check = format!(
                "relationships = {{ columns = {}, to = {}, to_columns = {}{full} }}",
                list(&key.columns),
                text(&key.to),
                list(&key.to_columns)
            );
            let says = format!("foreign key {}: rows point at {}", key.name, key.to);
            if desk.named(&key.to).is_none() {
                desk.cannot(table, &key.columns, &says);
                continue;
            }
            desk.write(table, &key.columns, "exists", &says, &check, None);
        }
        for promise in promises.others.iter().filter(|promise| promise.table == table) {
            desk.promise(promise);
        }
        for guess in guesses.iter().filter(|guess| guess.table == table) {
            let columns = std::slice::from_ref(&guess.column);
            desk.write(table, columns, guess.ending, &guess.says, &guess.check, Some(&guess.observed));
        }
    }
    if promises.others.iter().any(|promise| promise.sort == PromiseSort::Sequence) {
        let toml = "[rules.sequences_have_room]\ndescription = \"no sequence is near its end\"\n\
                    check.sequence_headroom = { percent = 20 }\n";
        desk.drafts.rules.push(Draft { id: "sequences_have_room".into(), table: None, toml: toml.into() });
    }
    desk.drafts
}

struct Desk<'a> {
    catalog: &'a Catalog,
    empty: &'a BTreeSet<String>,
    ids: BTreeMap<String, usize>,
    drafts: Drafts,
}

impl Desk<'_> {
    fn promise(&mut self, promise: &Promise) {
        let (table, columns) = (promise.table.as_str(), promise.columns.as_slice());
        let first = columns.first().map(String::as_str).unwrap_or_default();
        let said_by = &promise.said_by;
        let expression = |sql: &str, null_ok: bool| {
            let null_ok = if null_ok { ", null_ok = true" } else { "" };
            format!("expression_is_true = {{ sql = {}, columns = {}{null_ok} }}", text(sql), list(columns))
        };
        let column = text(first);
        let (ending, says, check) = match &promise.sort {
            // A check is kept by what is NULL, as here.
            PromiseSort::Check(sql) => ("holds", format!("check {said_by}"), expression(sql, true)),
            PromiseSort::Domain(sql) => {
                let sql = of_value(sql, &quote_ident(first));
                ("is_of_domain", format!("domain {said_by}"), expression(&sql, true))
            }
            PromiseSort::Generated(sql) => {
                let sql = format!("{} IS NOT DISTINCT FROM ({sql})", quote_ident(first));
                ("is_computed", format!("generated column {said_by}"), expression(&sql, false))
            }
            PromiseSort::NotNull => {
                ("is_there", format!("{first} is never NULL"), format!("not_null = {{ column = {column} }}"))
            }
            PromiseSort::Unique { nulls_alike } => {
                let alike = if *nulls_alike { ", nulls_distinct = false" } else { "" };
                let check = format!("unique = {{ columns = {}{alike} }}", list(columns));
                ("is_unique", format!("unique index {said_by}"), check)
            }
            PromiseSort::Enum(labels) => {
                let check = format!("accepted_values = {{ column = {column}, values = {} }}", list(labels));
                ("is_known", format!("enum {said_by}"), check)
            }
            PromiseSort::Sequence => {
                let check = format!("sequence_ahead = {{ column = {column} }}");
                ("goes_on", format!("sequence {said_by} is not behind"), check)
            }
        };
        self.write(table, columns, ending, &says, &check, None);
    }

    fn write(&mut self, table: &str, columns: &[String], ending: &str, says: &str, check: &str, guess: Option<&str>) {
        let Some(known) = self.named(table) else { return self.cannot(table, columns, says) };
        let (schema, name) = (known.schema.clone(), known.name.clone());
        let id = self.id(&schema, &name, columns, ending);
        let mut toml = String::new();
        if let Some(observed) = guess {
            let _ = writeln!(toml, "# a guess: {}", one_line(observed));
        }
        let _ = writeln!(toml, "[rules.{id}]\ndescription = {}\ntable = {}", text(says), text(table));
        if guess.is_some() {
            toml.push_str("severity = \"warn\"\n");
        }
        if self.empty.contains(table) {
            toml.push_str("allow_empty = true\n");
        }
        let _ = writeln!(toml, "check.{check}");
        self.drafts.rules.push(Draft { id, table: Some(table.to_owned()), toml });
    }

    /// The table, where a rule can name it.
    fn named(&self, table: &str) -> Option<&Table> {
        self.catalog.find(table).filter(|known| known.full_name() == table)
    }

    fn cannot(&mut self, table: &str, columns: &[String], says: &str) {
        let what = format!("{table} ({}): {says}", columns.join(", "));
        let why = "a rule names a table as schema.name, and this name has more dots".to_owned();
        self.drafts.unwritten.push(Unwritten { what, why });
    }

    /// Lower snake case, unique.
    fn id(&mut self, schema: &str, table: &str, columns: &[String], ending: &str) -> String {
        let schema = if schema == "public" { None } else { Some(schema) };
        let names = schema.into_iter().chain([table]).chain(columns.iter().map(String::as_str)).chain([ending]);
        let joined = names.collect::<Vec<_>>().join("_").to_lowercase();
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let id: String = joined.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
        let mut numbered = id.clone();
        while self.ids.contains_key(&numbered) {
            let count = self.ids.entry(id.clone()).or_insert(1);
            *count += 1;
            numbered = format!("{id}_{count}");
        }
        self.ids.insert(numbered.clone(), 1);
        numbered
    }
}

/// A condition over `VALUE`, over a column instead.
fn of_value(sql: &str, column: &str) -> String {
    let words = tokens(sql).map(|(kind, word)| {
        let is_value = matches!(kind, TokenKind::Ident) && word.eq_ignore_ascii_case("value");
        if is_value { column } else { word }
    });
    words.collect()
}

/// A text of TOML, on one line and always in the same quotes. What JSON escapes TOML reads; of the characters that it
/// leaves, TOML refuses one.
pub(super) fn text(value: &str) -> String {
    serde_json::Value::from(value).to_string().replace('\u{7f}', "\\u007f")
}

fn list(values: &[String]) -> String {
    format!("[{}]", values.iter().map(|value| text(value)).collect::<Vec<_>>().join(", "))
}

/// A comment ends with its line.
fn one_line(said: &str) -> String {
    said.split(['\n', '\r']).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Table;

    #[test]
    fn value_is_a_word_and_no_part_of_one() {
        assert_eq!(
            of_value("((VALUE > 0) AND (values_ok('VALUE')))", "\"a\""),
            "((\"a\" > 0) AND (values_ok('VALUE')))"
        );
    }

    #[test]
    fn ids_are_told_apart() {
        let promise = |column: &str| Promise {
            sort: PromiseSort::NotNull,
            table: "public.Order Lines".into(),
            columns: vec![column.into()],
            said_by: column.into(),
        };
        let promises =
            Promises { foreign_keys: Vec::new(), others: vec![promise("a b"), promise("a_b"), promise("A-b")] };
        let table = Table::of_tests("public", "Order Lines");
        let drafts = drafts(&promises, &[], &Catalog { tables: vec![table] }, &BTreeSet::new());
        let ids: Vec<&str> = drafts.rules.iter().map(|draft| draft.id.as_str()).collect();
        assert_eq!(ids, ["order_lines_a_b_is_there", "order_lines_a_b_is_there_2", "order_lines_a_b_is_there_3"]);
    }
}
