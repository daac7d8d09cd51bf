//! Where sequences stand that feed no column, such as those that number invoices.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::db::{DbError, Session, quote_literal, quote_qualified};

use super::{Cause, NotCovered};

/// Where a sequence stands. It is no part of a transaction: a snapshot sees it as it is while being taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SequencePosition {
    /// The number that it gives next.
    pub next: i128,
    /// By how much it steps; below 0 it counts down.
    pub increment: i64,
}

impl SequencePosition {
    /// Whether a sequence that stood here and stands there now gives out numbers a second time.
    pub(super) fn moved_back(&self, now: &SequencePosition) -> bool {
        if self.increment > 0 { now.next < self.next } else { now.next > self.next }
    }
}

/// The positions of all that may be read, by name, and those that may not.
pub(super) async fn read(
    session: &mut Session,
    exclude: &[String],
) -> Result<(BTreeMap<String, SequencePosition>, Vec<NotCovered>), DbError> {
    let (mut parts, mut unread) = (Vec::new(), Vec::new());
    for row in session.rows(include_str!("sequences.sql")).await? {
        let (schema, name, increment): (_, _, i64) = (row.text("schema")?, row.text("name")?, row.parse("increment")?);
        let full_name = format!("{schema}.{name}");
        if exclude.contains(&full_name) {
            continue;
        }
        if row.flag("readable")? {
            parts.push(format!(
                "SELECT {} AS name, {increment} AS increment, \
                 CASE WHEN is_called THEN last_value::numeric + ({increment}) ELSE last_value::numeric END AS next FROM {}",
                quote_literal(&full_name),
                quote_qualified(schema, name)
            ));
        } else {
            let reason = "the role may not see where this sequence stands; grant SELECT on it".to_owned();
            unread.push(NotCovered { name: full_name, cause: Cause::Unsuited, reason });
        }
    }
    let mut positions = BTreeMap::new();
    for part in parts.chunks(100) {
        for row in session.rows(part.join("\nUNION ALL ")).await? {
            let position = SequencePosition { next: row.parse("next")?, increment: row.parse("increment")? };
            positions.insert(row.text("name")?.to_owned(), position);
        }
    }
    Ok((positions, unread))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_is_against_the_step() {
        let at = |next, increment| SequencePosition { next, increment };
        assert!(at(500, 1).moved_back(&at(1, 1)) && !at(500, 1).moved_back(&at(501, 1)));
        assert!(at(-5, -1).moved_back(&at(-4, -1)) && !at(-5, -1).moved_back(&at(-5, -1)));
    }
}
