//! The SQL of a comparison.
//!
//! The key is hashed as in a snapshot. Each other column is hashed by the snapshots' form of its type under
//! `key hash # constant of the column`; a row's hash is the XOR of these and the key's hash, hashed once more, so that
//! nothing stays linear. Without a key the row's hash is the key's too: the table is a multiset.

use crate::db::{Sql, SqlError, Table, TableKind, quote_ident, quote_literal};
use crate::digest::Checksum;
use crate::snapshot::Form;

use super::detail::Fetched;
use super::merge::Place;
use super::pair::TablePair;
use super::value::{self, Value};

/// The value of the hash that mixes a row's hashes; they are in the seed.
const MIX: &str = "1735289191";

/// The most rows of a sample.
const MOST_SAMPLED: usize = 10_000;

/// One of the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    A,
    B,
}

/// Which rows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Only<'a> {
    All,
    /// Those of some blocks, as many per cent of all.
    Sample(f64),
    /// Those whose integer key lies in one of these ranges, both ends included.
    Ranges(&'a [(i64, i64)]),
    /// Those that lie here.
    Places(&'a [Place]),
    /// Those with one of these keys.
    Keys(&'a [Vec<Value>]),
}

/// What is told of a row besides its hashes and its place.
#[derive(Debug, Clone, Copy)]
enum Outputs {
    Nothing,
    /// All values.
    Values,
    /// The range that its integer key lies in.
    Range {
        shift: u32,
    },
}

/// The columns whose values are fetched, by their places.
#[derive(Debug, Clone)]
pub(super) struct Told(Vec<ToldColumn>);

#[derive(Debug, Clone, Copy)]
pub(super) struct ToldColumn {
    index: usize,
    /// Whether it goes through [`value::cut`].
    pub(super) is_cut: bool,
}

impl Told {
    pub(super) fn none() -> Told {
        Told(Vec::new())
    }

    pub(super) fn columns(&self) -> &[ToldColumn] {
        &self.0
    }

    /// The values as text, where they may be long.
    fn texts(&self) -> String {
        let columns = self.0.iter().map(|ToldColumn { index, is_cut }| match is_cut {
            true => format!(", {} AS v{index}", whole_text(&format!("x.v{index}"))),
            false => format!(", x.v{index}"),
        });
        columns.collect()
    }

    fn cuts(&self) -> String {
        let columns = self.0.iter().map(|ToldColumn { index, is_cut }| match is_cut {
            true => format!(", {} AS v{index}", value::cut(&format!("x.v{index}"))),
            false => format!(", x.v{index}"),
        });
        columns.collect()
    }
}

/// How rows are put into buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bucketing {
    /// By some bits of the key's hash.
    Hash { mask: i64 },
    /// By the upper bits of an integer key: a bucket is a range, and the index finds it.
    Range { shift: u32 },
}

impl TablePair<'_> {
    /// The table of a side.
    pub(super) fn table(&self, side: Side) -> &Table {
        match side {
            Side::A => self.a,
            Side::B => self.b,
        }
    }

    /// Rows and digest of each bucket.
    pub(super) fn buckets(&self, side: Side, bucketing: Bucketing) -> Result<String, SqlError> {
        Sql::new(include_str!("buckets.sql"))
            .fragment("bucket", bucketing.bucket())
            .fragment("rows", self.rows(side, Only::All, bucketing.outputs())?)
            .render()
    }

    /// Hashes and places of the rows in these buckets; of all, where none are given.
    pub(super) fn stream(&self, side: Side, unequal: Option<(Bucketing, &[i64])>) -> Result<String, SqlError> {
        let ranges: Vec<(i64, i64)>;
        let mut restriction = "true".to_owned();
        let mut only = Only::All;
        match unequal {
            Some((Bucketing::Range { shift }, buckets)) => {
                ranges = super::buckets::ranges(shift, buckets);
                only = Only::Ranges(&ranges);
            }
            Some((bucketing @ Bucketing::Hash { .. }, buckets)) => {
                let list: Vec<String> = buckets.iter().map(i64::to_string).collect();
                restriction = format!("{} = ANY ('{{{}}}'::int8[])", bucketing.bucket(), list.join(","));
            }
            None => {}
        }
        Sql::new(include_str!("stream.sql"))
            .fragment("rows", self.rows(side, only, Outputs::Nothing)?)
            .fragment("restriction", restriction)
            .render()
    }

    /// All columns.
    pub(super) fn all_values(&self) -> Told {
        self.told(0..self.columns.len())
    }

    /// Those of the key.
    pub(super) fn key_values(&self) -> Told {
        self.told(self.key.iter().copied())
    }

    fn told(&self, columns: impl Iterator<Item = usize>) -> Told {
        let column = |index: usize| ToldColumn { index, is_cut: !self.columns[index].form.is_short() };
        Told(columns.map(column).collect())
    }

    /// Some rows: the two hashes, the place, and these values.
    pub(super) fn fetch(&self, side: Side, only: Only<'_>, told: &Told) -> Result<String, SqlError> {
        self.fetch_where(side, only, "true", told)
    }

    /// The same of the rows whose key has one of these hashes; a scan.
    pub(super) fn fetch_by_hash(&self, side: Side, keys: &[i64], told: &Told) -> Result<String, SqlError> {
        let list: Vec<String> = keys.iter().map(i64::to_string).collect();
        self.fetch_where(side, Only::All, &format!("x.k = ANY ('{{{}}}'::int8[])", list.join(",")), told)
    }

    fn fetch_where(&self, side: Side, only: Only<'_>, restriction: &str, told: &Told) -> Result<String, SqlError> {
        // Where the guess at the table's size is old, a sample of it is of any size.
        let most = if matches!(only, Only::Sample(_)) { format!("LIMIT {MOST_SAMPLED}") } else { String::new() };
        Sql::new(include_str!("fetch.sql"))
            .fragment("cuts", told.cuts())
            .fragment("texts", told.texts())
            .fragment("rows", self.rows(side, only, Outputs::Values)?)
            .fragment("restriction", restriction)
            .fragment("most", most)
            .render()
    }

    /// A piece of one value of a row: `many` characters from the one of this number on, counted from 1.
    pub(super) fn piece(
        &self,
        side: Side,
        row: &Fetched,
        index: usize,
        (from, many): (u64, u64),
    ) -> Result<String, SqlError> {
        Sql::new(include_str!("piece.sql"))
            .fragment("from", from.to_string())
            .fragment("many", many.to_string())
            .fragment("text", whole_text(&format!("x.v{index}")))
            .fragment("rows", self.rows(side, Only::Places(&[row.place]), Outputs::Values)?)
            .value("key", row.key)
            .value("row", row.row)
            .render()
    }

    /// The sum of the hashes of each column, in their order.
    pub(super) fn column_digests(&self, side: Side) -> Result<String, SqlError> {
        let sums: Vec<String> =
            (0..self.columns.len()).map(|index| format!("sum({})", self.column_hash(index, "a"))).collect();
        Sql::new(include_str!("column_digests.sql"))
            .fragment("sums", sums.join(", "))
            .fragment("seed", self.seed(side))
            .fragment("inputs", self.inputs(side))
            .fragment("source", self.source(side, Only::All))
            .fragment("restriction", self.restriction(side, Only::All))
            .render()
    }

    /// The bounds of an integer key.
    pub(super) fn bounds(&self, side: Side, column: usize) -> Result<String, SqlError> {
        Sql::new(include_str!("bounds.sql"))
            .fragment("column", self.cell(side, column))
            .fragment("source", self.source(side, Only::All))
            .render()
    }

    fn rows(&self, side: Side, only: Only<'_>, outputs: Outputs) -> Result<String, SqlError> {
        let mut inputs = self.inputs(side);
        let outputs: String = match outputs {
            Outputs::Nothing => String::new(),
            Outputs::Values => (0..self.columns.len()).map(|index| format!(", b.v{index}")).collect(),
            Outputs::Range { shift } => {
                // Made within the innermost level: the planner then guesses at few groups, not at one for each key, and
                // may use its workers.
                let key = self.cell(side, self.key.first().copied().unwrap_or_default());
                inputs = format!("{inputs}, ({key}::int8 >> {shift}) AS g");
                ", b.g".to_owned()
            }
        };
        let keyless = self.key.is_empty();
        Sql::new(include_str!("rows.sql"))
            .fragment("key", if keyless { "b.h" } else { "b.s" })
            .fragment("outputs", outputs)
            .fragment("hash", self.row_hash())
            .fragment("seed", self.seed(side))
            .fragment("inputs", inputs)
            .fragment("source", self.source(side, only))
            .fragment("restriction", self.restriction(side, only))
            .fragment("fence", if keyless { "OFFSET 0" } else { "" })
            .render()
    }

    fn inputs(&self, side: Side) -> String {
        (0..self.columns.len()).map(|index| format!(", {} AS v{index}", self.cell(side, index))).collect()
    }

    /// A column of the table, by an alias that no column's name can take over.
    fn cell(&self, side: Side, index: usize) -> String {
        format!("r.{}", quote_ident(self.column_name(side, index)))
    }

    fn seed(&self, side: Side) -> String {
        Form::key_hash(self.key.iter().map(|index| (self.cell(side, *index), self.columns[*index].form)))
    }

    fn row_hash(&self) -> String {
        let columns = (0..self.columns.len()).filter(|index| !self.key.contains(index));
        let hashes: String = columns.map(|index| format!(" # {}", self.column_hash(index, "a"))).collect();
        format!("hashint4extended({MIX}, a.s{hashes})")
    }

    fn column_hash(&self, index: usize, of: &str) -> String {
        let column = &self.columns[index];
        column.form.hash(&format!("{of}.v{index}"), &format!("({of}.s # {})", name_constant(&column.name)))
    }

    fn source(&self, side: Side, only: Only<'_>) -> String {
        let table = self.table(side);
        // A parent's own rows; those of its partitions belong to it, those of its inheritors do not.
        let whole = if table.kind == TableKind::Partitioned { "" } else { "ONLY " };
        let sample = match only {
            Only::Sample(percent) => format!(" TABLESAMPLE SYSTEM ({percent:.6})"),
            _ => String::new(),
        };
        format!("{whole}{} AS r{sample}", table.quoted())
    }

    fn restriction(&self, side: Side, only: Only<'_>) -> String {
        // A line of its own: the user's condition may end in a comment.
        let filter = self.filter.as_ref().map_or("true".to_owned(), |filter| format!("({filter}\n)"));
        let further = match only {
            Only::All | Only::Sample(_) => return filter,
            Only::Ranges(ranges) => {
                let key = self.cell(side, self.key.first().copied().unwrap_or_default());
                let ranges = ranges.iter().map(|(from, to)| format!("{key} BETWEEN '{from}'::int8 AND '{to}'::int8"));
                ranges.collect::<Vec<_>>().join(" OR ")
            }
            Only::Places(places) => {
                let places: Vec<String> = places.iter().map(|place| format!("\"{place}\"")).collect();
                format!("r.ctid = ANY ('{{{}}}'::tid[])", places.join(","))
            }
            Only::Keys(keys) => self.key_restriction(side, keys),
        };
        let further = if further.is_empty() { "false".to_owned() } else { further };
        format!("{filter} AND ({further})")
    }

    fn key_restriction(&self, side: Side, keys: &[Vec<Value>]) -> String {
        let names: Vec<String> = self.key.iter().map(|index| self.cell(side, *index)).collect();
        let keys = keys.iter().map(|key| {
            let values: Vec<String> =
                key.iter().map(|value| value.whole().map_or("NULL".into(), quote_literal)).collect();
            format!("({})", values.join(", "))
        });
        let keys: Vec<String> = keys.collect();
        if keys.is_empty() { String::new() } else { format!("({}) IN ({})", names.join(", "), keys.join(", ")) }
    }
}

impl Bucketing {
    fn outputs(self) -> Outputs {
        match self {
            Bucketing::Hash { .. } => Outputs::Nothing,
            Bucketing::Range { shift } => Outputs::Range { shift },
        }
    }

    fn bucket(self) -> String {
        match self {
            Bucketing::Hash { mask } => format!("(x.k & {mask})"),
            Bucketing::Range { .. } => "x.g".to_owned(),
        }
    }
}

/// The form by which columns of two types are compared: that of the types where it is one, else their text.
pub(super) fn common_form((a, type_a): (Form, &str), (b, type_b): (Form, &str)) -> Form {
    if a.name(type_a) == b.name(type_b) { a.for_both(b) } else { Form::of(0, false, true) }
}

/// The value as the server would send it, as a text that can be cut. `IS DISTINCT FROM NULL` and not `IS NOT NULL`, which
/// is false of a row with a NULL.
fn whole_text(value: &str) -> String {
    format!("CASE WHEN {value} IS DISTINCT FROM NULL THEN pg_catalog.concat({value}) END")
}

/// Eight bytes of the name's checksum, as an integer.
fn name_constant(name: &str) -> String {
    let hex = Checksum::of(name.as_bytes()).hex();
    let number = u64::from_str_radix(&hex[..16], 16).unwrap_or_default();
    format!("'{}'::int8", i64::from_ne_bytes(number.to_ne_bytes()))
}
