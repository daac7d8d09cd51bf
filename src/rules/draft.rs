//! Rules made from what the catalog promises: text to be read like code, kept and changed by people.
//!
//! A constraint says what the server looked at; a rule looks itself, before and after, and names who answers. The order
//! and the ids depend on the catalog alone, so that two runs give the same text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use squawk_lexer::TokenKind;

use crate::db::{Catalog, Excluded, ExcludedBy, Promise, PromiseSort, Promises, Table, quote_ident, quote_qualified};

use super::fragment::{names, tokens};
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
            PromiseSort::Unique { nulls_alike, expressions, only } => {
                let alike = if *nulls_alike { ", nulls_distinct = false" } else { "" };
                let more = match expressions.is_empty() {
                    true => String::new(),
                    false => format!(", expressions = {}", list(expressions)),
                };
                let check = format!("unique = {{ columns = {}{more}{alike} }}", list(columns));
                let (named, says) = (self.named_in(table, columns, expressions), format!("unique index {said_by}"));
                return self.write_some(table, &named, "is_unique", &says, &check, only.as_deref());
            }
            PromiseSort::Exclusion { elements, only } => {
                let expressions: Vec<String> = elements.iter().map(|element| element.sql.clone()).collect();
                let (named, says) =
                    (self.named_in(table, &[], &expressions), format!("exclusion constraint {said_by}"));
                return match no_overlap(elements, only.as_deref()) {
                    Some((check, only)) => self.write_some(table, &named, "exclude", &says, &check, only.as_deref()),
                    None => match self.named(table).map(|known| pairs(known, elements, only.as_deref())) {
                        Some(sql) => self.write_query(table, &named, &says, &sql),
                        None => self.cannot(table, &named, &says),
                    },
                };
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
        let more = if guess.is_some() { "severity = \"warn\"\n" } else { "" };
        self.push(table, columns, (ending, says), guess, &format!("{more}{}check.{check}\n", self.empty_ok(table)));
    }

    /// A rule about some rows, where a condition is given.
    fn write_some(
        &mut self,
        table: &str,
        columns: &[String],
        ending: &str,
        says: &str,
        check: &str,
        only: Option<&str>,
    ) {
        let only = only.map_or(String::new(), |only| format!("where = {}\n", text(only)));
        // Of the rows of the condition there may be none while there are others.
        let empty_ok = if only.is_empty() { self.empty_ok(table) } else { "allow_empty = true\n" };
        self.push(table, columns, (ending, says), None, &format!("{only}{empty_ok}check.{check}\n"));
    }

    /// A query, which does not say how many rows it looked at.
    fn write_query(&mut self, table: &str, columns: &[String], says: &str, sql: &str) {
        self.push(table, columns, ("exclude", says), None, &format!("check.query = {{ sql = {} }}\n", text(sql)));
    }

    fn empty_ok(&self, table: &str) -> &'static str {
        if self.empty.contains(table) { "allow_empty = true\n" } else { "" }
    }

    fn push(
        &mut self,
        table: &str,
        columns: &[String],
        (ending, says): (&str, &str),
        guess: Option<&str>,
        lines: &str,
    ) {
        let Some(known) = self.named(table) else { return self.cannot(table, columns, says) };
        let (schema, name) = (known.schema.clone(), known.name.clone());
        let id = self.id(&schema, &name, columns, ending);
        let guess = guess.map_or(String::new(), |observed| format!("# a guess: {}\n", one_line(observed)));
        let toml = format!("{guess}[rules.{id}]\ndescription = {}\ntable = {}\n{lines}", text(says), text(table));
        self.drafts.rules.push(Draft { id, table: Some(table.to_owned()), toml });
    }

    /// The columns, and those that the expressions name.
    fn named_in(&self, table: &str, columns: &[String], expressions: &[String]) -> Vec<String> {
        let words: BTreeSet<String> = expressions.iter().flat_map(|sql| names(sql)).collect();
        let known = self.named(table).into_iter().flat_map(|table| &table.columns);
        let of_expressions =
            known.map(|column| &column.name).filter(|name| words.contains(*name) && !columns.contains(name));
        columns.iter().chain(of_expressions).cloned().collect()
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

/// The check of ranges that must not overlap within equal columns, and the rows that it looks at; `None` where the elements
/// ask for something else. NULL is equal to nothing for a constraint, and is one value for the rule.
fn no_overlap(elements: &[Excluded], only: Option<&str>) -> Option<(String, Option<String>)> {
    let (ranges, others): (Vec<&Excluded>, Vec<&Excluded>) =
        elements.iter().partition(|element| element.asks == ExcludedBy::Overlap);
    let [range] = ranges.as_slice() else { return None };
    if others.iter().any(|element| element.asks != ExcludedBy::Equality) {
        return None;
    }
    let columns: Vec<String> = others.iter().filter_map(|element| element.column.clone()).collect();
    let there = others.iter().filter(|element| element.nullable).map(|element| format!("{} IS NOT NULL", element.sql));
    let only: Vec<String> = only.map(str::to_owned).into_iter().chain(there).collect();
    let within = if columns.is_empty() { String::new() } else { format!(", partition_by = {}", list(&columns)) };
    let range = range.column.as_ref().unwrap_or(&range.sql);
    let check = format!("no_overlap = {{ range = {}{within} }}", text(range));
    Some((check, (!only.is_empty()).then(|| only.join(" AND "))))
}

/// A query of all pairs of rows that are alike by every element.
fn pairs(table: &Table, elements: &[Excluded], only: Option<&str>) -> String {
    let columns: Vec<String> =
        elements.iter().enumerate().map(|(n, element)| format!("({}) AS e{n}", element.sql)).collect();
    let key = table.key.clone().unwrap_or_else(|| vec!["ctid".to_owned()]);
    let keys: Vec<String> =
        key.iter().enumerate().map(|(n, name)| format!("t.{} AS k{n}", quote_ident(name))).collect();
    let rows = format!(
        "(SELECT t.tableoid AS part, t.ctid AS place, {}, {} FROM {} AS t WHERE {})",
        keys.join(", "),
        columns.join(", "),
        quote_qualified(&table.schema, &table.name),
        only.unwrap_or("true")
    );
    let alike: Vec<String> =
        elements.iter().enumerate().map(|(n, element)| format!("a.e{n} {} b.e{n}", element.operator)).collect();
    let shown = key.iter().enumerate().flat_map(|(n, name)| {
        [("a", ""), ("b", "other ")]
            .map(|(side, prefix)| format!("{side}.k{n} AS {}", quote_ident(&format!("{prefix}{name}"))))
    });
    format!(
        "SELECT {} FROM {rows} AS a JOIN {rows} AS b ON {} AND (a.part, a.place) < (b.part, b.place)",
        shown.collect::<Vec<_>>().join(", "),
        alike.join(" AND ")
    )
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
