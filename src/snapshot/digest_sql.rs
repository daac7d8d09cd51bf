//! The SQL that digests a table.
//!
//! For column `c` of a row with the key hash `k`: `h = hash(form(c), seed = k)`, NULL by a hash of its own. The
//! constant is the same for all columns, so that a renamed column keeps its digest. For the row, each `h` is hashed
//! again with a constant made of the column's name (so that two columns of one row cannot trade values), the results
//! are joined by XOR, in which the order of columns has no part, and hashed once more, so that nothing stays linear.
//!
//! | form | types | why it is injective |
//! |---|---|---|
//! | `int` | smallint, integer, bigint | the value itself, XORed into the *seed*: `hashint8extended` folds its halves |
//! | `bool` | boolean | 0 and 1 |
//! | `uuid` | uuid | its 16 bytes |
//! | `date` | date | days since 2000-01-01; infinite ones by text |
//! | `text` | text, varchar, char | its bytes; blanks at the end of `char` included |
//! | `as text` | numeric, float, timestamps, json … | PostgreSQL's text form under pinned settings, which it reads back exactly |
//! | `in a row` | all others, enums to extension types | the same by the type's output function, in the quotes of a record |

use crate::db::{Column, DbError, Sql, Table, TableKind, quote_ident, quote_literal};
use crate::digest::Checksum;

/// PostgreSQL allows 1,664 outputs; a column takes at most five.
const COLUMNS_PER_STATEMENT: usize = 250;

/// Every hash of an integer has this for its value, the integer being in the seed.
const INT: &str = "1735289191";
/// Every hash of a NULL has this for its value, and the next one in its seed.
const NULL: &str = "1853189996";
const NULL_SEED: &str = "5577006791947779410";
/// Where a key's hash begins; all that is left of it in a table without one.
const KEY_SEED: &str = "8674665223082153551";

/// How the values of a type are hashed, and which aggregates they have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    kind: Kind,
    bounds: Bounds,
    has_sum: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int,
    Bool,
    Uuid,
    Date,
    Text,
    BlankPadded,
    AsText,
    InARow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bounds {
    None,
    Ordered,
    ByBytes,
}

impl Form {
    /// The form of the type with this object id, which is not a domain. Ids below 16384 are the same in every database.
    pub fn of(type_oid: u32, is_enum: bool, own_text_cast: bool) -> Form {
        let form = |kind, bounds, has_sum| Form { kind, bounds, has_sum };
        match type_oid {
            20 | 21 | 23 => form(Kind::Int, Bounds::Ordered, true),
            16 => form(Kind::Bool, Bounds::None, false),
            2950 => form(Kind::Uuid, Bounds::None, false),
            1082 => form(Kind::Date, Bounds::Ordered, false),
            25 | 1043 => form(Kind::Text, Bounds::ByBytes, false),
            1042 => form(Kind::BlankPadded, Bounds::ByBytes, false),
            _ if own_text_cast => form(Kind::InARow, Bounds::None, false),
            // numeric; its sum is exact, that of floats depends on their order.
            1700 => form(Kind::AsText, Bounds::Ordered, true),
            // float4, float8, time, timestamp, timestamptz, interval, timetz.
            700 | 701 | 1083 | 1114 | 1184 | 1186 | 1266 => form(Kind::AsText, Bounds::Ordered, false),
            // bytea, json, xml, jsonb.
            17 | 114 | 142 | 3802 => form(Kind::AsText, Bounds::None, false),
            _ if is_enum => form(Kind::InARow, Bounds::Ordered, false),
            _ => form(Kind::InARow, Bounds::None, false),
        }
    }

    /// The form's name in a snapshot. Digests of equal names can be compared; the base type stands in where the text
    /// of one type says nothing about that of another.
    pub fn name(self, base_type: &str) -> String {
        match self.kind {
            Kind::Int => "int".into(),
            Kind::Bool => "bool".into(),
            Kind::Uuid => "uuid".into(),
            Kind::Date => "date".into(),
            Kind::Text | Kind::BlankPadded => "text".into(),
            Kind::AsText => format!("{base_type} as text"),
            Kind::InARow => format!("{base_type} in a row"),
        }
    }

    /// The 64-bit hash of `value` under `seed`; NULL has one too.
    pub fn hash(self, value: &str, seed: &str) -> String {
        let hash = match self.kind {
            Kind::Int => format!("hashint4extended({INT}, {value}::int8 # {seed})"),
            Kind::Bool => format!("hashint4extended({value}::int4, {seed})"),
            Kind::Uuid => format!("uuid_hash_extended({value}::uuid, {seed})"),
            Kind::Date => format!(
                "CASE WHEN isfinite({value}::date) THEN hashint4extended({value}::date - '2000-01-01'::date, {seed}) \
                 ELSE {} END",
                text_hash(&self.text(value), seed)
            ),
            Kind::Text | Kind::BlankPadded | Kind::AsText | Kind::InARow => text_hash(&self.text(value), seed),
        };
        // Also where the column is NOT NULL: that may be declared and not so.
        format!("coalesce({hash}, hashint4extended({NULL}, {seed} # {NULL_SEED}))")
    }

    /// The value as text, nothing lost. NULL stays NULL.
    fn text(self, value: &str) -> String {
        match self.kind {
            // The cast to text drops blanks at the end.
            Kind::BlankPadded => format!("textin(bpcharout({value}::bpchar))"),
            // `IS DISTINCT FROM NULL` and not `IS NULL`, which is true of a row of NULLs.
            Kind::InARow => format!("CASE WHEN {value} IS DISTINCT FROM NULL THEN ROW({value})::text END"),
            _ => format!("{value}::text"),
        }
    }

    /// The value as people read it. Two values may look alike, so nothing is proven by it.
    fn shown(self, value: &str) -> String {
        if self.kind == Kind::BlankPadded { self.text(value) } else { format!("{value}::text") }
    }

    fn bound(self, aggregate: &str, value: &str) -> String {
        match self.bounds {
            Bounds::None => "NULL::text".into(),
            Bounds::Ordered => format!("{aggregate}({value})::text"),
            Bounds::ByBytes => format!("{aggregate}({value}::text COLLATE \"C\")"),
        }
    }

    fn sum(self, value: &str) -> String {
        if self.has_sum { format!("sum({value})::text") } else { "NULL::text".into() }
    }
}

fn text_hash(text: &str, seed: &str) -> String {
    format!("hashtextextended({text} COLLATE \"C\", {seed})")
}

/// A table together with the forms of its columns.
#[derive(Debug, Clone)]
pub(super) struct Digested<'a> {
    pub(super) table: &'a Table,
    /// The columns whose values seed the hashes.
    pub(super) key: Option<Vec<String>>,
    /// The columns by name, with their forms.
    pub(super) columns: Vec<(&'a Column, Form)>,
}

/// What one statement tells of one column, in the order of its outputs.
pub(super) const OUTPUTS_PER_COLUMN: usize = 5;

impl<'a> Digested<'a> {
    pub(super) fn new(table: &'a Table, key: Option<Vec<String>>, form: impl Fn(&str) -> Form) -> Digested<'a> {
        let mut columns: Vec<_> = table.columns.iter().map(|column| (column, form(&column.name))).collect();
        columns.sort_by(|a, b| a.0.name.cmp(&b.0.name));
        Digested { table, key, columns }
    }

    /// The statements that digest the table, each with the places of the columns that it tells of. Each returns
    /// `rows, row_digest` and then per column `non_nulls, min, max, sum, digest`; only the first has a row digest.
    pub(super) fn statements(&self) -> Result<Vec<(std::ops::Range<usize>, String)>, DbError> {
        let all = 0..self.columns.len();
        if self.columns.len() <= COLUMNS_PER_STATEMENT {
            return Ok(vec![(all, self.statement(&self.columns, true, true)?)]);
        }
        let mut statements = vec![(0..0, self.statement(&self.columns, true, false)?)];
        for from in all.step_by(COLUMNS_PER_STATEMENT) {
            let range = from..(from + COLUMNS_PER_STATEMENT).min(self.columns.len());
            statements.push((range.clone(), self.statement(&self.columns[range], false, true)?));
        }
        Ok(statements)
    }

    fn statement(&self, columns: &[(&Column, Form)], of_rows: bool, of_columns: bool) -> Result<String, DbError> {
        let mut outputs = vec!["count(*)".to_owned()];
        outputs.push(if of_rows { format!("coalesce(sum({}), 0)", row_hash(columns)) } else { "NULL".into() });
        if of_columns {
            for (index, (_, form)) in columns.iter().enumerate() {
                let value = format!("v{index}");
                outputs.push(format!("count({value})"));
                outputs.push(form.bound("min", &value));
                outputs.push(form.bound("max", &value));
                outputs.push(form.sum(&value));
                outputs.push(format!("coalesce(sum(h{index}), 0)"));
            }
        }
        let passed = if of_columns { (0..columns.len()).map(|index| format!("v{index}")).collect() } else { vec![] };
        self.render(columns, &outputs, passed, vec![])
    }

    /// The statement that tells one row a line: its key as a JSON array (NULL without a key), its row hash, and the
    /// hash of each column.
    pub(super) fn fingerprints(&self) -> Result<String, DbError> {
        let mut outputs = vec!["j".to_owned(), row_hash(&self.columns)];
        outputs.extend((0..self.columns.len()).map(|index| format!("h{index}")));
        let key: Vec<String> = self.key_columns().map(|(value, form)| form.shown(&value)).collect();
        let json = if key.is_empty() {
            "NULL::text AS j".to_owned()
        } else {
            format!("json_build_array({})::text AS j", key.join(", "))
        };
        self.render(&self.columns, &outputs, vec!["j".into()], vec![json])
    }

    fn render(
        &self,
        columns: &[(&Column, Form)],
        outputs: &[String],
        passed: Vec<String>,
        further: Vec<String>,
    ) -> Result<String, DbError> {
        let mut inputs = vec![format!("{} AS k", self.key_hash())];
        inputs.extend(further);
        inputs.extend(columns.iter().enumerate().map(|(index, (column, _))| format!("{} AS v{index}", cell(column))));
        let mut hashes = passed;
        hashes.extend(
            columns.iter().enumerate().map(|(i, (_, form))| format!("{} AS h{i}", form.hash(&format!("v{i}"), "k"))),
        );
        if hashes.is_empty() {
            hashes.push("k".into());
        }
        // A parent's own rows; those of its partitions belong to it, those of its inheritors do not.
        let only = if self.table.kind == TableKind::Partitioned { "" } else { "ONLY " };
        Ok(Sql::new(include_str!("table_digest.sql"))
            .fragment("outputs", outputs.join(", "))
            .fragment("hashes", hashes.join(", "))
            .fragment("inputs", inputs.join(", "))
            .fragment("source", format!("{only}{}", self.table.quoted()))
            .render()?)
    }

    /// The hash of the key: that of each column seeds that of the next, so no separator can be forged. A bigint enters
    /// the seed of the columns only behind this hash: XORed in raw, keys and values that count alike would cancel.
    fn key_hash(&self) -> String {
        self.key_columns().fold(format!("{KEY_SEED}::int8"), |seed, (value, form)| form.hash(&value, &seed))
    }

    fn key_columns(&self) -> impl Iterator<Item = (String, Form)> {
        let names = self.key.as_deref().unwrap_or_default();
        names.iter().filter_map(|name| {
            let (column, form) = self.columns.iter().find(|(column, _)| column.name == *name)?;
            Some((cell(column), *form))
        })
    }
}

/// A column of the table, by an alias that no column's name can take over.
fn cell(column: &Column) -> String {
    format!("r.{}", quote_ident(&column.name))
}

fn row_hash(columns: &[(&Column, Form)]) -> String {
    let mixed: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(index, (column, _))| format!("hashint4extended({}, h{index})", name_constant(&column.name)))
        .collect();
    let joined = if mixed.is_empty() { "0::int8".to_owned() } else { mixed.join(" # ") };
    format!("hashint4extended({INT}, {joined})")
}

/// Four bytes of the name's checksum, as an integer.
fn name_constant(name: &str) -> String {
    let hex = Checksum::of(name.as_bytes()).hex();
    let number = u32::from_str_radix(&hex[..8], 16).unwrap_or_default();
    // Quoted, since a bare -5 would be an expression.
    format!("{}::int4", quote_literal(&i32::from_ne_bytes(number.to_ne_bytes()).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_its_own_constant() {
        assert_ne!(name_constant("a"), name_constant("b"));
        assert_eq!(name_constant("a"), "'-896040686'::int4");
    }

    #[test]
    fn integers_of_any_width_have_one_form() {
        let names: Vec<String> = [20, 21, 23].map(|oid| Form::of(oid, false, false).name("x")).into();
        assert_eq!(names, ["int", "int", "int"]);
        assert_ne!(Form::of(1700, false, false).name("numeric"), Form::of(701, false, false).name("float8"));
    }

    #[test]
    fn a_cast_of_someones_own_is_not_trusted() {
        assert_eq!(Form::of(1700, false, true).kind, Kind::InARow);
    }
}
