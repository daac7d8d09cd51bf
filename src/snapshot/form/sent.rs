//! Values as `COPY … (FORMAT binary)` sends them, and the order to send them in: what SHA-256 is made of.

use super::super::Equality;
use super::{Form, Kind};

impl Form {
    /// The value in a form whose binary sending is the same from every server and injective. All that carries object
    /// ids when it is sent (arrays, ranges, composites, enums), and what two servers may lay out in two ways, goes as
    /// text.
    pub(in super::super) fn sent(self, value: &str) -> String {
        match self.kind {
            // Integers of any width are one form.
            Kind::Int { .. } => format!("{value}::int8"),
            Kind::Bool => format!("{value}::bool"),
            Kind::Uuid => format!("{value}::uuid"),
            Kind::Date => format!("{value}::date"),
            Kind::Time => format!("{value}::time"),
            Kind::Timestamp { with_zone: false } => format!("{value}::timestamp"),
            Kind::Timestamp { with_zone: true } => format!("{value}::timestamptz"),
            Kind::Text => format!("{value}::text"),
            Kind::Bytea => format!("{value}::bytea"),
            Kind::Float { is_double } => self.sent_float(value, if is_double { "float8" } else { "float4" }),
            Kind::BlankPadded | Kind::Numeric | Kind::AsText | Kind::InARow => self.text(value),
        }
    }

    /// NaN has many bit patterns and is one value; -0 is another value than 0 unless values are compared.
    fn sent_float(self, value: &str, kind: &str) -> String {
        let zero = if self.equality == Equality::Value { format!(" + '0'::{kind}") } else { String::new() };
        format!("CASE WHEN {value} = 'NaN'::{kind} THEN 'NaN'::{kind} ELSE {value}::{kind}{zero} END")
    }

    /// By what to order rows so that values of one place in the order are sent alike. A `unique` column has no two
    /// values that the type's own order calls equal, so that this order, which an index may have, will do.
    pub(in super::super) fn ordered(self, value: &str, unique: bool) -> String {
        match self.kind {
            Kind::Int { .. } | Kind::Bool | Kind::Uuid | Kind::Date | Kind::Time => value.to_owned(),
            Kind::Timestamp { .. } | Kind::Bytea => value.to_owned(),
            Kind::Numeric | Kind::Float { .. } if unique => value.to_owned(),
            Kind::Float { .. } => format!("({})::text COLLATE \"C\"", self.sent(value)),
            Kind::Text | Kind::BlankPadded | Kind::Numeric | Kind::AsText | Kind::InARow => {
                format!("({}) COLLATE \"C\"", self.sent(value))
            }
        }
    }
}
