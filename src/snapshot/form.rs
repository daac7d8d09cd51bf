//! How values are hashed.
//!
//! The server's own hash functions call different values equal, so they see a *form* of the value, in which different
//! values are different and which is the same on every server.
//!
//! | form | types | why it is injective |
//! |---|---|---|
//! | `int` | smallint, integer, bigint | the value itself, XORed into the *seed*: `hashint8extended` folds its halves |
//! | `bool` | boolean | 0 and 1 |
//! | `uuid` | uuid | its 16 bytes |
//! | `date` | date | the days from a fixed one as a double, which holds every 32-bit number; `daterange_subdiff` takes the infinite dates for the numbers that they are stored as |
//! | `time` | time | the same as seconds from a fixed instant, see below |
//! | `timestamp` | timestamp, timestamptz | from 1900 to 2100 the seconds from a fixed instant, else by text |
//! | `float4`, `float8` | real, double precision | its bits; zeros, which have one hash, by text, where -0 keeps its sign |
//! | `text` | text, varchar, char | its bytes; blanks at the end of `char` included |
//! | `bytea` | bytea | its bytes, as the only element of an array: they cannot be hashed by themselves |
//! | `as text` | all others: numeric, jsonb, arrays, enums, composites … | PostgreSQL's text form under pinned settings, which it reads back exactly |
//! | `in a row` | types to which someone gave a cast to text of his own | the same by the type's output function, in the quotes of a record |
//!
//! Seconds: `tsrange_subdiff(t, t0)` is the difference in microseconds, which a double holds exactly up to 2^53 (285
//! years), divided by 10^6. The quotients of neighbours lie 10^-6 apart and doubles below 2^33 (272 years) at most
//! 2^-20, which is less: no two become one. The quotient is rounded by IEEE 754, alike on every machine.
//!
//! Of the server's own casts to text only that of `char` loses something.
//!
//! Numbers stay with their text. `hash_numeric_extended` knows neither sign nor scale; a form that adds both took
//! 1.3 times (in memory that holds it unpacked already) to twice the server's time that the text takes, since each
//! function unpacks the stored number again. So with jsonb, whose own hash ignores structure and signs.
//!
//! Under [`Equality::Value`] a numeric is hashed without trailing zeros, zeros of floats have one hash, and `char`
//! loses the blanks at its end. It reaches the values of columns alone: numbers inside of jsonb, arrays, ranges and
//! composites are hashed as they are shown.
//!
//! The hashes of integers, floats, dates and times are the same on every machine; those of text, uuid and the forms as
//! text differ between little-endian and big-endian machines (`hash_any` reads whole words). All are the same on
//! PostgreSQL 13 to 18, for one encoding. On 13.0 to 13.4 NaN of different origin may have different hashes.

mod sent;

use crate::digest::Checksum;

use super::Equality;

/// Every hash of an integer has this for its value, the integer being in the seed.
const INT: &str = "1735289191";
/// Every hash of a NULL has this for its value, and the next one in its seed.
const NULL: &str = "1853189996";
const NULL_SEED: &str = "5577006791947779410";
/// Every hash of a zero that has no sign has this for its value.
const ZERO: &str = "2053468783";
/// All that there is of a key's hash in a table without one.
const NO_KEY: &str = "8674665223082153551::int8";
/// No time that anyone writes: the hash of the number 0 is its seed, which proves nothing wrong and looks it.
const INSTANT: &str = "1999-12-31 23:59:59.999999";
const DAY: &str = "'5874897-12-31'::date";

/// How the values of a type are hashed, and which aggregates they have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    kind: Kind,
    equality: Equality,
    bounds: Bounds,
    has_sum: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int { is_wide: bool },
    Bool,
    Uuid,
    Date,
    Time,
    Timestamp { with_zone: bool },
    Float { is_double: bool },
    Text,
    BlankPadded,
    Bytea,
    Numeric,
    AsText,
    InARow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bounds {
    None,
    Ordered,
    ByBytes,
    /// False before true; no aggregate `min` knows that.
    Logical,
}

/// One end of the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    Least,
    Greatest,
}

impl Form {
    /// The form of the type with this object id, which is not a domain. Ids below 16384 are the same in every database.
    pub fn of(type_oid: u32, is_enum: bool, own_text_cast: bool) -> Form {
        let form = |kind, bounds, has_sum| Form { kind, equality: Equality::Representation, bounds, has_sum };
        match type_oid {
            20 => form(Kind::Int { is_wide: true }, Bounds::Ordered, true),
            21 | 23 => form(Kind::Int { is_wide: false }, Bounds::Ordered, true),
            16 => form(Kind::Bool, Bounds::Logical, false),
            2950 => form(Kind::Uuid, Bounds::None, false),
            1082 => form(Kind::Date, Bounds::Ordered, false),
            25 | 1043 => form(Kind::Text, Bounds::ByBytes, false),
            1042 => form(Kind::BlankPadded, Bounds::ByBytes, false),
            _ if own_text_cast => form(Kind::InARow, Bounds::None, false),
            1083 => form(Kind::Time, Bounds::Ordered, false),
            1114 => form(Kind::Timestamp { with_zone: false }, Bounds::Ordered, false),
            1184 => form(Kind::Timestamp { with_zone: true }, Bounds::Ordered, false),
            // Their sum depends on the order of the rows.
            700 => form(Kind::Float { is_double: false }, Bounds::Ordered, false),
            701 => form(Kind::Float { is_double: true }, Bounds::Ordered, false),
            1700 => form(Kind::Numeric, Bounds::Ordered, true),
            17 => form(Kind::Bytea, Bounds::None, false),
            // interval, timetz.
            1186 | 1266 => form(Kind::AsText, Bounds::Ordered, false),
            _ => form(Kind::AsText, if is_enum { Bounds::Ordered } else { Bounds::None }, false),
        }
    }

    /// The form of the same type where two values are one in this sense.
    pub fn under(self, equality: Equality) -> Form {
        Form { equality, ..self }
    }

    /// The form's name in a snapshot. Digests of equal names can be compared; the base type stands in where the text
    /// of one type says nothing about that of another.
    pub fn name(self, base_type: &str) -> String {
        match self.kind {
            Kind::Int { .. } => "int".into(),
            Kind::Bool => "bool".into(),
            Kind::Uuid => "uuid".into(),
            Kind::Date => "date".into(),
            Kind::Time => "time".into(),
            Kind::Timestamp { with_zone: false } => "timestamp".into(),
            Kind::Timestamp { with_zone: true } => "timestamptz".into(),
            Kind::Float { is_double: false } => "float4".into(),
            Kind::Float { is_double: true } => "float8".into(),
            Kind::Text | Kind::BlankPadded => "text".into(),
            Kind::Bytea => "bytea".into(),
            Kind::Numeric | Kind::AsText => format!("{base_type} as text"),
            Kind::InARow => format!("{base_type} in a row"),
        }
    }

    /// The form of two that have one name, for values of either type. The cast of text to `char` without a length keeps its
    /// blanks, while that of `char` to text loses them.
    pub fn for_both(self, other: Form) -> Form {
        if other.kind == Kind::BlankPadded { other } else { self }
    }

    /// The 64-bit hash of `value` under `seed`; NULL has one too.
    pub fn hash(self, value: &str, seed: &str) -> String {
        let prepared = self.prepared(value);
        let hash = self.hash_prepared(value, prepared.as_deref().unwrap_or(value), seed);
        // Also where the column is NOT NULL: that may be declared and not so.
        format!("coalesce({hash}, {})", null_hash(seed))
    }

    /// The hash of a key by its columns in order: the seed of all other hashes of the row.
    ///
    /// The constants go by position: a renamed key is the same key.
    pub fn key_hash(columns: impl IntoIterator<Item = (String, Form)>) -> String {
        let parts = columns.into_iter().enumerate().map(|(index, (value, form))| {
            form.constant_hash(&value, form.prepared(&value).as_deref().unwrap_or(&value), &format!("key {index}"))
        });
        let parts: Vec<String> = parts.collect();
        match parts.as_slice() {
            [] => NO_KEY.into(),
            [only] => only.clone(),
            _ => mixed(&parts),
        }
    }

    /// What both hashes of a value are made of, computed once a row; `None`: the value itself.
    pub(super) fn prepared(self, value: &str) -> Option<String> {
        match self.kind {
            Kind::Int { is_wide: false } => Some(format!("{value}::int8")),
            Kind::Bool => Some(format!("{value}::int4")),
            Kind::Date => Some(format!("daterange_subdiff({value}::date, {DAY})")),
            Kind::Time => Some(format!("tsrange_subdiff('2000-01-01'::date + {value}::time, '{INSTANT}'::timestamp)")),
            Kind::Timestamp { with_zone } => {
                let (zone, kind) = if with_zone { ("+00", "timestamptz") } else { ("", "timestamp") };
                let subdiff = if with_zone { "tstzrange_subdiff" } else { "tsrange_subdiff" };
                Some(format!(
                    "CASE WHEN {value} >= '1900-01-01 00:00:00{zone}'::{kind} \
                     AND {value} < '2100-01-01 00:00:00{zone}'::{kind} \
                     THEN {subdiff}({value}, '{INSTANT}{zone}'::{kind}) END"
                ))
            }
            Kind::Bytea => Some(format!("CASE WHEN {value} IS NOT NULL THEN ARRAY[{value}::bytea] END")),
            Kind::Int { is_wide: true } | Kind::Uuid | Kind::Text | Kind::Float { .. } => None,
            Kind::BlankPadded | Kind::Numeric | Kind::AsText | Kind::InARow => Some(self.text(value)),
        }
    }

    /// The hash of a value that was prepared; NULL for NULL.
    pub(super) fn hash_prepared(self, value: &str, prepared: &str, seed: &str) -> String {
        match self.kind {
            Kind::Int { .. } => format!("hashint4extended({INT}, {prepared} # {seed})"),
            Kind::Bool => format!("hashint4extended({prepared}, {seed})"),
            Kind::Uuid => format!("uuid_hash_extended({prepared}, {seed})"),
            Kind::Bytea => format!("hash_array_extended({prepared}, {seed})"),
            Kind::Date | Kind::Time => format!("hashfloat8extended({prepared}, {seed})"),
            Kind::Timestamp { .. } => {
                format!("coalesce(hashfloat8extended({prepared}, {seed}), {})", text_hash(&self.text(value), seed))
            }
            Kind::Float { is_double } => {
                let (bits, zero) = if is_double { (8, "'0'::float8") } else { (4, "'0'::float4") };
                let of_zero = match self.equality {
                    Equality::Representation => text_hash(&self.text(value), seed),
                    Equality::Value => format!("CASE WHEN {value} = {zero} THEN hashint4extended({ZERO}, {seed}) END"),
                };
                format!("coalesce(hashfloat{bits}extended(nullif({value}, {zero}), {seed}), {of_zero})")
            }
            Kind::Text => text_hash(&self.text(value), seed),
            Kind::BlankPadded | Kind::Numeric | Kind::AsText | Kind::InARow => text_hash(prepared, seed),
        }
    }

    /// The hash of a value that was prepared, under a constant made of this name; NULL has one too, a constant.
    ///
    /// A constant does for NULL where the result is joined with those of other columns and mixed: it is one value among
    /// those that the hash can have, and no other value has it but by chance.
    pub(super) fn constant_hash(self, value: &str, prepared: &str, name: &str) -> String {
        let hash = self.constant_hash_of_value(value, prepared, name);
        format!("coalesce({hash}, {})", constant(&format!("NULL {name}")))
    }

    /// The same, NULL for NULL.
    pub(super) fn constant_hash_of_value(self, value: &str, prepared: &str, name: &str) -> String {
        self.hash_prepared(value, prepared, &constant(name))
    }

    /// The value where it is laid out so that the next functions need not unpack it again.
    pub(super) fn unpacked(self, value: &str) -> String {
        if self.kind == Kind::Numeric { format!("+{value}") } else { value.to_owned() }
    }

    /// The value as text, nothing lost. NULL stays NULL.
    fn text(self, value: &str) -> String {
        match self.kind {
            // The cast to text drops blanks at the end.
            Kind::BlankPadded if self.equality == Equality::Representation => {
                format!("textin(bpcharout({value}::bpchar))")
            }
            Kind::Numeric if self.equality == Equality::Value => format!("trim_scale({value})::text"),
            // `IS DISTINCT FROM NULL` and not `IS NULL`, which is true of a row of NULLs.
            Kind::InARow => format!("CASE WHEN {value} IS DISTINCT FROM NULL THEN ROW({value})::text END"),
            _ => format!("{value}::text"),
        }
    }

    /// Whether no value of it is shown by more than some dozens of characters.
    pub fn is_short(self) -> bool {
        match self.kind {
            Kind::Int { .. } | Kind::Bool | Kind::Uuid | Kind::Float { .. } => true,
            Kind::Date | Kind::Time | Kind::Timestamp { .. } => true,
            Kind::Text | Kind::BlankPadded | Kind::Bytea | Kind::Numeric | Kind::AsText | Kind::InARow => false,
        }
    }

    /// The value as people read it. Two values may look alike, so nothing is proven by it.
    pub(super) fn shown(self, value: &str) -> String {
        if self.kind == Kind::BlankPadded { self.text(value) } else { format!("{value}::text") }
    }

    /// The least or greatest value, where the type has an order.
    pub(super) fn bound(self, bound: Bound, value: &str) -> Option<String> {
        let aggregate = self.bound_aggregate(bound);
        match self.bounds {
            Bounds::None => None,
            Bounds::Ordered | Bounds::Logical => Some(format!("{aggregate}({value})")),
            Bounds::ByBytes => Some(format!("{aggregate}({value}::text COLLATE \"C\")")),
        }
    }

    /// The aggregate that makes the bound of a whole, of its values or of the bounds of its parts.
    pub(super) fn bound_aggregate(self, bound: Bound) -> &'static str {
        match (self.bounds, bound) {
            (Bounds::Logical, Bound::Least) => "bool_and",
            (Bounds::Logical, Bound::Greatest) => "bool_or",
            (_, Bound::Least) => "min",
            (_, Bound::Greatest) => "max",
        }
    }

    /// Whether the order of the type is that of its bytes; else only the server knows it.
    pub(super) fn is_ordered_by_bytes(self) -> bool {
        self.bounds == Bounds::ByBytes
    }

    /// Whether it has bounds or a sum.
    pub(super) fn has_figures(self) -> bool {
        self.bounds != Bounds::None || self.has_sum
    }

    /// The exact sum, where the type has one.
    pub(super) fn sum(self, value: &str) -> Option<String> {
        self.has_sum.then(|| format!("sum({value})"))
    }
}

/// The hash of NULL under a seed.
pub(super) fn null_hash(seed: &str) -> String {
    format!("hashint4extended({NULL}, {seed} # {NULL_SEED})")
}

/// Several hashes as one, in which the order has no part: joined by XOR, then hashed, so that nothing stays linear.
pub(super) fn mixed(hashes: &[String]) -> String {
    let joined = if hashes.is_empty() { NO_KEY.to_owned() } else { hashes.join(" # ") };
    format!("hashint4extended({INT}, {joined})")
}

fn text_hash(text: &str, seed: &str) -> String {
    format!("hashtextextended({text} COLLATE \"C\", {seed})")
}

/// Eight bytes of the name's checksum, as an integer.
fn constant(name: &str) -> String {
    let hex = Checksum::of(name.as_bytes()).hex();
    let number = u64::from_str_radix(&hex[..16], 16).unwrap_or_default();
    // Quoted, since a bare -5 would be an expression.
    format!("'{}'::int8", i64::from_ne_bytes(number.to_ne_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_its_own_constant() {
        assert_ne!(constant("a"), constant("b"));
        assert_eq!(constant("a"), "'-3848465438864589366'::int8");
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

    #[test]
    fn a_key_of_many_columns_repeats_no_column() {
        let columns = (0..32).map(|index| (format!("c{index}"), Form::of(1184, false, false)));
        let hash = Form::key_hash(columns);
        assert_eq!(hash.matches("c31 ").count() + hash.matches("c31:").count() + hash.matches("c31,").count(), 4);
    }
}
