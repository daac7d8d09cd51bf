//! The tables of all types: the same columns under keys of several kinds and under none, filled with the values that
//! comparisons go wrong on.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::db::{Column, Sql, SqlError, quote_ident, quote_literal};

/// Types of the user's own; to be run first.
pub const TYPES: &str = include_str!("zoo.sql");
/// One more, which needs ICU.
pub const COLLATION: &str = include_str!("zoo_collation.sql");

/// Rows of each table at scale 1; more than any column has values, so that each of them stands in a row.
const ROWS: u32 = 56;

/// Types that are alike: their values, and how a value becomes a slightly different one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Family {
    /// The columns whose values can be nudged so, by `pg_type.typname`,
    #[serde(default)]
    base: Vec<String>,
    /// by `typcategory`,
    #[serde(default)]
    category: Option<char>,
    /// or by `typtype`.
    #[serde(default)]
    kind: Option<char>,
    /// Extensions that define the types.
    #[serde(default)]
    extensions: Vec<String>,
    types: Vec<String>,
    values: Vec<String>,
    #[serde(default)]
    made: Vec<String>,
    #[serde(default)]
    twins: Vec<(String, String)>,
    #[serde(default)]
    nudges: Vec<(String, String)>,
}

/// The families of `types.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Families {
    family: Vec<Family>,
}

impl Families {
    /// Reads them.
    ///
    /// # Errors
    /// Where the table that is built in is not well formed: a mistake of the program's.
    pub fn read() -> Result<Families, String> {
        toml::from_str(include_str!("types.toml")).map_err(|error| format!("types.toml: {error}"))
    }

    /// Extensions whose types are taken in where they are at hand.
    pub fn extensions(&self) -> impl Iterator<Item = &str> {
        self.family.iter().flat_map(|family| &family.extensions).map(String::as_str)
    }

    /// The families that this column's values belong to.
    pub(super) fn of<'a>(&'a self, column: &'a Column) -> impl Iterator<Item = &'a Family> {
        self.family.iter().filter(|family| {
            family.base.contains(&column.base_type)
                || family.category == Some(column.base_category)
                || family.kind == Some(column.base_kind)
        })
    }

    fn candidates(&self) -> impl Iterator<Item = (&str, String)> {
        self.family.iter().flat_map(|family| {
            let twins = family.twins.iter().flat_map(|(one, other)| [one, other]);
            let literals = family.values.iter().chain(twins).map(|value| quote_literal(value));
            let values: Vec<String> = literals.chain(family.made.iter().cloned()).collect();
            family.types.iter().flat_map(move |name| {
                let own = values.clone();
                own.into_iter().map(move |value| (name.as_str(), value))
            })
        })
    }

    /// The query that tells which values the server reads as which types, by their numbers.
    ///
    /// # Errors
    /// [`SqlError`] as for every statement.
    pub fn probe(&self) -> Result<String, SqlError> {
        let row = |(number, (name, value)): (usize, (&str, String))| {
            format!("({number}, {}, {})", quote_literal(&value), quote_literal(name))
        };
        let rows: Vec<String> = self.candidates().enumerate().map(row).collect();
        Sql::new(include_str!("probe.sql")).fragment("candidates", rows.join(", ")).render()
    }
}

impl Family {
    /// Pairs of values that a weaker comparison calls equal.
    pub(super) fn twins(&self) -> &[(String, String)] {
        &self.twins
    }

    /// Names and SQL of what turns a value into another one.
    pub(super) fn nudges(&self) -> &[(String, String)] {
        &self.nudges
    }
}

/// The columns that a server can have.
#[derive(Debug, Clone)]
pub struct Zoo {
    columns: Vec<ZooColumn>,
    /// Types that the server does not know.
    pub left_out: Vec<String>,
}

#[derive(Debug, Clone)]
struct ZooColumn {
    name: String,
    type_name: String,
    /// The values as SQL, cast to the type; each once.
    pool: Vec<String>,
}

impl Zoo {
    /// The columns of those values that were read, by the numbers of [`Families::probe`].
    pub fn new(families: &Families, read: &BTreeSet<usize>) -> Zoo {
        let mut zoo = Zoo { columns: Vec::new(), left_out: Vec::new() };
        let mut pools: Vec<(&str, Vec<String>)> = Vec::new();
        for (number, (name, value)) in families.candidates().enumerate() {
            if pools.last().is_none_or(|(last, _)| *last != name) {
                pools.push((name, Vec::new()));
            }
            let value = format!("({value})::{name}");
            if let Some((_, pool)) =
                pools.last_mut().filter(|(_, pool)| read.contains(&number) && !pool.contains(&value))
            {
                pool.push(value);
            }
        }
        for (index, (type_name, pool)) in pools.into_iter().enumerate() {
            match pool.is_empty() {
                true => zoo.left_out.push(type_name.to_owned()),
                false => {
                    zoo.columns.push(ZooColumn { name: name(index, type_name), type_name: type_name.to_owned(), pool })
                }
            }
        }
        zoo
    }

    /// How many types there are.
    pub fn types(&self) -> usize {
        self.columns.len()
    }

    /// How many values they have, each counted once a type.
    pub fn values(&self) -> usize {
        self.columns.iter().map(|column| column.pool.len()).sum()
    }

    /// The statements that make and fill the tables, in one session.
    pub fn statements(&self, scale: u32) -> Vec<String> {
        let definitions: String =
            self.columns.iter().map(|column| format!(", {} {}", quote_ident(&column.name), column.type_name)).collect();
        let names: String = self.columns.iter().map(|column| format!(", {}", quote_ident(&column.name))).collect();
        let mut statements = vec![format!("CREATE TEMPORARY TABLE zoo_rows (n integer{definitions})")];
        for first in (0..ROWS).step_by(14) {
            let rows: Vec<String> = (first..first + 14).map(|n| self.row(n)).collect();
            statements.push(format!("INSERT INTO zoo_rows VALUES {}", rows.join(", ")));
        }
        for layout in LAYOUTS {
            statements.extend(layout.create(&definitions));
            statements.push(layout.fill(&names, scale));
        }
        statements.push("DROP TABLE zoo_rows".to_owned());
        statements.push("CREATE TABLE zoo.tally (word text, n integer, x numeric)".to_owned());
        statements.push(format!(
            "INSERT INTO zoo.tally SELECT 'w' || i % 3, i % 2, round((i % 2)::numeric / 2, i % 2) FROM generate_series(1, {}) i",
            ROWS * scale
        ));
        statements
    }

    /// Over all rows each value of a column stands in a row, and NULL in one.
    fn row(&self, n: u32) -> String {
        let at = usize::try_from(n).unwrap_or(0);
        let cells = self.columns.iter().enumerate().map(|(index, column)| {
            let place = (at + index * 3) % (column.pool.len() + 1);
            column.pool.get(place).map_or("NULL", String::as_str)
        });
        format!("({n}, {})", cells.collect::<Vec<_>>().join(", "))
    }
}

/// How a table of all types tells its rows apart.
struct Layout {
    table: &'static str,
    /// Columns of the key with their types; none: a multiset.
    key: &'static [(&'static str, &'static str)],
    /// The key's values, made of the row's number `m`.
    values: &'static str,
    parts: u32,
}

const LAYOUTS: &[Layout] = &[
    Layout {
        table: "by_number",
        key: &[("id", "bigint")],
        values: "(m - 5) * CASE WHEN m % 7 = 0 THEN 4294967296 ELSE 1 END",
        parts: 0,
    },
    Layout { table: "by_uuid", key: &[("id", "uuid")], values: "md5('k' || m)::uuid", parts: 0 },
    Layout {
        table: "by_text",
        key: &[("Name of it", "text")],
        values: r#"(ARRAY['k', 'K ', 'a, b=', 'ключ "', E'two\nlines', E'\\', chr(39)])[1 + m % 7] || m"#,
        parts: 0,
    },
    Layout {
        table: "by_three",
        key: &[("a", "integer"), ("b", "text"), ("c", "date")],
        values: "m % 4, (ARRAY['x', 'xy', '', 'x|', 'é'])[1 + m % 5], date '2024-02-25' + m",
        parts: 0,
    },
    Layout {
        table: "by_instant",
        key: &[("at", "timestamptz")],
        values: "timestamptz '2024-03-31 00:59:59.99999+00' + m * interval '1 microsecond'",
        parts: 0,
    },
    Layout { table: "keyless", key: &[], values: "", parts: 0 },
    Layout { table: "parted", key: &[("id", "integer")], values: "m", parts: 3 },
];

impl Layout {
    fn create(&self, definitions: &str) -> Vec<String> {
        let key: Vec<String> = self.key.iter().map(|(name, kind)| format!("{} {kind}", quote_ident(name))).collect();
        let names: Vec<String> = self.key.iter().map(|(name, _)| quote_ident(name)).collect();
        let (table, all) = (self.table, format!("{}{definitions}", key.join(", ")));
        let primary = if names.is_empty() { String::new() } else { format!(", PRIMARY KEY ({})", names.join(", ")) };
        let parted = if self.parts > 0 { format!(" PARTITION BY HASH ({})", names.join(", ")) } else { String::new() };
        let first = format!("CREATE TABLE zoo.{table} ({}{primary}){parted}", all.trim_start_matches(", "));
        let parts = (0..self.parts).map(|part| {
            let with = format!("WITH (MODULUS {}, REMAINDER {part})", self.parts);
            format!("CREATE TABLE zoo.{table}_{part} PARTITION OF zoo.{table} FOR VALUES {with}")
        });
        std::iter::once(first).chain(parts).collect()
    }

    fn fill(&self, names: &str, scale: u32) -> String {
        let outputs = format!("{}{names}", self.values);
        format!(
            "INSERT INTO zoo.{} SELECT {} FROM (SELECT z.*, z.n + {ROWS} * copy AS m FROM zoo_rows z, \
             generate_series(0, {}) copy) s ORDER BY m",
            self.table,
            outputs.trim_start_matches(", "),
            scale.saturating_sub(1)
        )
    }
}

/// `c07_numeric_12_2_`; one has a name that must be quoted.
fn name(index: usize, type_name: &str) -> String {
    if index == 1 {
        return "An \"odd\" column".to_owned();
    }
    let plain: String = type_name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    format!("c{index:02}_{plain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zoo() -> Zoo {
        let families = Families::read().unwrap();
        let all = (0..families.candidates().count()).collect();
        Zoo::new(&families, &all)
    }

    #[test]
    fn every_value_of_every_type_stands_in_a_row() {
        let zoo = zoo();
        let rows: Vec<String> = (0..ROWS).map(|n| zoo.row(n)).collect();
        assert!(zoo.types() > 90, "{}", zoo.types());
        for column in &zoo.columns {
            assert!(column.pool.len() < usize::try_from(ROWS).unwrap(), "{} has too many values", column.name);
            for value in &column.pool {
                assert!(rows.iter().any(|row| row.contains(value.as_str())), "{value} of {}", column.name);
            }
        }
    }

    #[test]
    fn a_type_that_no_value_was_read_as_is_listed() {
        let zoo = Zoo::new(&Families::read().unwrap(), &BTreeSet::from([0]));
        assert_eq!((zoo.types(), zoo.values()), (1, 1));
        assert!(zoo.left_out.contains(&"xml".to_owned()));
    }
}
