//! Changes of rows that a rule may notice, whatever it asks: made from the types of the columns that it reads, and from the
//! values that its own words speak of. Each is a guess.

use std::collections::BTreeSet;

use squawk_lexer::{LiteralKind, TokenKind};

use crate::db::{Column, SqlError, Table, quote_literal};

use super::fragment;
use super::violation::{Way, chosen, copy_rows, delete_rows, set_rows};

/// A table, and the columns of it that are read.
pub(super) struct Read<'a> {
    pub(super) table: &'a Table,
    pub(super) columns: Vec<&'a Column>,
}

/// So many rows at most are changed together in a table that has more.
const MANY: u64 = 10_000;
/// So many values of a rule's own words are tried.
const MOST_WORDS: usize = 16;

/// One row is changed first, and only then many: it shows more. Tables and columns take turns, so that each comes to its own
/// before the tries are used up.
pub(super) fn changes(read: &[Read<'_>], words: &Words) -> Result<Vec<Way>, SqlError> {
    let mut ranked: Vec<((bool, usize), Way)> = Vec::new();
    for are_many in [false, true] {
        for Read { table, columns } in read {
            let rows = rows(table, are_many);
            let all = if are_many { format!("true LIMIT {MANY}") } else { "true LIMIT 1".to_owned() };
            for column in columns {
                let mut values = values(column, words, "t");
                values.extend((!are_many).then(|| of_another_row(table, column)));
                for (rank, value) in values.iter().enumerate() {
                    ranked.push(((are_many, rank), set_rows(table, &column.name, value, &rows)?));
                }
            }
            ranked.push(((are_many, 0), copy_rows(table, &[], &all, 1, false)?));
            ranked.push(((are_many, 0), delete_rows(table, &rows)));
        }
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    Ok(ranked.into_iter().map(|(_, way)| Way { is_certain: false, ..way }).collect())
}

fn rows(table: &Table, are_many: bool) -> String {
    let is_small = u64::try_from(table.estimated_rows).is_ok_and(|rows| rows <= MANY);
    match (are_many, is_small) {
        (false, _) => chosen(table, "true", Some(1)),
        (true, true) => chosen(table, "true", None),
        (true, false) => chosen(table, "true", Some(MANY)),
    }
}

fn of_another_row(table: &Table, column: &Column) -> String {
    let name = column.quoted();
    format!(
        "(SELECT o.{name} FROM {} AS o WHERE o.{name}::text IS DISTINCT FROM t.{name}::text LIMIT 1)",
        table.quoted()
    )
}

/// Other values of a column, as SQL over the row of this alias.
pub(super) fn values(column: &Column, words: &Words, row: &str) -> Vec<String> {
    let cell = format!("{row}.{}", column.quoted());
    let number = |sql: String| format!("({sql})::{}", column.base_type);
    let mut values = match (column.base_category, column.base_kind, column.base_type.as_str()) {
        (_, 'e', _) => vec![format!(
            "(SELECT o.label FROM pg_catalog.unnest(pg_catalog.enum_range({cell})) AS o(label) WHERE o.label <> {cell} LIMIT 1)"
        )],
        ('N', _, "money") => vec![format!("-{cell}"), format!("{cell} * 2")],
        ('N', _, _) => [format!("{cell} + 1"), format!("-{cell}"), "0".to_owned(), "-1".to_owned()].map(number).into(),
        ('B', _, _) => vec![format!("NOT {cell}")],
        ('S', _, _) => vec!["'phasegate'".to_owned(), "''".to_owned(), format!("{cell}::text || '!'")],
        ('D', _, "date" | "timestamp" | "timestamptz") => {
            let day = |by: &str| format!("{cell} + {by} * interval '1 day'");
            vec![day("(-1)"), "pg_catalog.now()".to_owned(), day("(-36525)"), day("36525")]
        }
        ('A', _, _) => vec!["'{}'".to_owned()],
        (_, _, "bytea") => {
            vec!["pg_catalog.convert_to('phasegate', 'UTF8')".to_owned(), "''".to_owned()]
        }
        (_, _, "json" | "jsonb") => vec!["'{}'".to_owned(), "'null'".to_owned()],
        (_, _, "uuid") => vec!["pg_catalog.gen_random_uuid()".to_owned()],
        _ => Vec::new(),
    };
    values.push("NULL".to_owned());
    values.extend(match (column.base_category, column.base_kind) {
        ('N', _) => {
            words.numbers.iter().flat_map(|n| [format!("{n} + 1"), format!("{n} - 1"), n.clone()]).map(number).collect()
        }
        ('B', _) => Vec::new(),
        _ => words.texts.iter().map(|text| quote_literal(text)).collect::<Vec<_>>(),
    });
    values
}

/// The values that stand in a rule's SQL.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    numbers: Vec<String>,
    /// Texts without their quotes.
    pub(super) texts: Vec<String>,
}

impl Words {
    pub(super) fn of(sql: &str) -> Words {
        let mut words = Words::default();
        let mut known = BTreeSet::new();
        for (kind, text) in fragment::tokens(sql).filter(|(_, text)| known.insert(*text)) {
            let place = match kind {
                TokenKind::Literal { kind: LiteralKind::Int { .. } | LiteralKind::Numeric { .. } } => {
                    &mut words.numbers
                }
                TokenKind::Literal { kind: LiteralKind::Str { terminated: true } } => &mut words.texts,
                _ => continue,
            };
            if place.len() < MOST_WORDS {
                place.push(text.trim_matches('\'').replace("''", "'"));
            }
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_rule_are_its_texts_and_numbers() {
        let words = Words::of("a = 'it''s' AND b > 12.5 -- 'not this', 7\n AND c IN (3, 3, 'x') AND \"d\" = $$no$$");
        assert_eq!(words.texts, ["it's", "x"]);
        assert_eq!(words.numbers, ["12.5", "3"]);
    }

    #[test]
    fn one_row_comes_before_many_and_every_column_before_the_second_value_of_one() {
        let column = |name: &str| Column {
            name: name.into(),
            type_name: "integer".into(),
            base_type: "int4".into(),
            base_kind: 'b',
            base_category: 'N',
            not_null: false,
            generated: false,
        };
        let table = Table { columns: vec![column("a"), column("b")], ..Table::of_tests("s", "t") };
        let read = [Read { table: &table, columns: table.columns.iter().collect() }];
        let plants: Vec<String> =
            changes(&read, &Words::default()).unwrap().into_iter().map(|way| way.plant.join("; ")).collect();
        let starts = [
            "UPDATE \"s\".\"t\" AS t SET \"a\" = (t.\"a\" + 1)::int4",
            "UPDATE \"s\".\"t\" AS t SET \"b\" =",
            "INSERT INTO",
            "DELETE FROM",
            "UPDATE \"s\".\"t\" AS t SET \"a\" = (-t.\"a\")::int4",
        ];
        for (plant, start) in plants.iter().zip(starts) {
            assert!(plant.starts_with(start), "{plant}");
        }
        let many = plants.iter().position(|plant| plant.ends_with("WHERE true")).unwrap();
        assert_eq!(many, plants.len() / 2 + 1, "but for the value of another row");
    }
}
