//! A value in a rule file: text, number or truth value, kept as it was written.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};

use crate::db::{Column, quote_literal};

/// A value, in the text form that the server reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scalar {
    pub(super) text: String,
    is_number: bool,
}

impl Scalar {
    /// The value as SQL for a comparison with this column.
    ///
    /// A bare literal takes the column's own type, without its length or scale: a bound of 12.345 on `numeric(12,2)`
    /// is not rounded. Only a fraction held against a whole-number column is written as a number, so that the
    /// comparison is exact where the literal would be refused.
    pub(super) fn sql(&self, column: &Column) -> String {
        if self.is_number && is_whole(column) && self.text.parse::<i64>().is_err() {
            return format!("({})", self.text);
        }
        quote_literal(&self.text)
    }

    /// Why the column's type cannot take it, where that is known without asking the server.
    pub(super) fn misfit(&self, column: &Column) -> Option<String> {
        let fits = match column.base_type.as_str() {
            "int2" | "int4" | "int8" => self.is_number || self.text.trim().parse::<i64>().is_ok(),
            "numeric" | "float4" | "float8" => self.is_number || self.text.trim().parse::<f64>().is_ok(),
            "bool" => {
                matches!(self.text.as_str(), "true" | "false" | "t" | "f" | "yes" | "no" | "on" | "off" | "1" | "0")
            }
            _ => true,
        };
        (!fits).then(|| {
            format!("{:?} is not a value of {}, the type of column {}", self.text, column.type_name, column.name)
        })
    }
}

fn is_whole(column: &Column) -> bool {
    matches!(column.base_type.as_str(), "int2" | "int4" | "int8")
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Scalar, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, or true or false")
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar { text: text.to_owned(), is_number: false })
    }

    fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar { text: value.to_string(), is_number: false })
    }

    fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar { text: value.to_string(), is_number: true })
    }

    fn visit_u64<E>(self, value: u64) -> Result<Scalar, E> {
        Ok(Scalar { text: value.to_string(), is_number: true })
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Scalar, E> {
        if !value.is_finite() {
            return Err(E::custom("a bound must be finite; write \"infinity\" as a text for types that have it"));
        }
        Ok(Scalar { text: value.to_string(), is_number: true })
    }
}
