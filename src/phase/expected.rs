//! How much may change, and what must stay although other things change.

use serde::{Deserialize, Serialize};

/// How many rows: both ends included; no upper end is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// At least so many.
    pub least: u64,
    /// At most so many.
    pub most: Option<u64>,
}

/// What is allowed where a bound stands.
pub(super) const BOUNDS: &str = "rows = 500, rows <= 1200, rows >= 1, rows 10..20";

impl Bound {
    /// Any number of rows.
    pub const ANY: Bound = Bound { least: 0, most: None };

    /// Reads what stands behind the word `rows`: `= 500`, `<= 1200`, `>= 1`, `10..20`.
    pub(super) fn parse(text: &str) -> Option<Bound> {
        let number = |text: &str| text.trim().replace('_', "").parse::<u64>().ok();
        if let Some(most) = text.strip_prefix("<=") {
            return Some(Bound { least: 0, most: Some(number(most)?) });
        }
        if let Some(least) = text.strip_prefix(">=") {
            return Some(Bound { least: number(least)?, most: None });
        }
        if let Some(exactly) = text.strip_prefix('=') {
            let exactly = number(exactly)?;
            return Some(Bound { least: exactly, most: Some(exactly) });
        }
        let (least, most) = text.split_once("..")?;
        let (least, most) = (number(least)?, number(most)?);
        (least <= most).then_some(Bound { least, most: Some(most) })
    }

    /// Whether it is so many.
    pub fn allows(self, rows: u64) -> bool {
        self.least <= rows && self.most.is_none_or(|most| rows <= most)
    }

    /// What two phases may do one after the other, where no row counts twice.
    #[must_use]
    pub fn plus(self, other: Bound) -> Bound {
        let most = self.most.zip(other.most).map(|(one, two)| one.saturating_add(two));
        Bound { least: self.least.saturating_add(other.least), most }
    }

    /// What two phases may do one after the other, where a row of the one may be a row of the other.
    #[must_use]
    pub fn overlapping(self, other: Bound) -> Bound {
        Bound { least: self.least.max(other.least), ..self.plus(other) }
    }
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.least, self.most) {
            (least, Some(most)) if least == most => write!(f, "rows = {least}"),
            (0, Some(most)) => write!(f, "rows <= {most}"),
            (0, None) => f.write_str("any number of rows"),
            (least, None) => write!(f, "rows >= {least}"),
            (least, Some(most)) => write!(f, "rows {least}..{most}"),
        }
    }
}

/// What is counted of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// Rows that were there before, with another value in one of these columns.
    Changes(Vec<String>),
    /// Rows that were not there before.
    Inserts,
    /// Rows that are gone.
    Deletes,
}

/// A figure of a table or column that a snapshot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is named by its word")]
pub enum Aggregate {
    Rows,
    Sum,
    Min,
    Max,
    Nulls,
}

/// Each with its word: the one list.
const AGGREGATES: [(Aggregate, &str); 5] = [
    (Aggregate::Rows, "rows"),
    (Aggregate::Sum, "sum"),
    (Aggregate::Min, "min"),
    (Aggregate::Max, "max"),
    (Aggregate::Nulls, "nulls"),
];

impl Aggregate {
    /// Its word in a declaration.
    pub fn word(self) -> &'static str {
        AGGREGATES.iter().find(|(known, _)| *known == self).map_or("", |(_, word)| word)
    }

    /// The aggregate of this word.
    pub(super) fn parse(word: &str) -> Option<Aggregate> {
        AGGREGATES.iter().find(|(_, known)| *known == word).map(|(aggregate, _)| *aggregate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_reads_as_it_is_written() {
        for (text, inside, outside) in [
            ("= 500", vec![500], vec![499, 501]),
            ("<= 1_200", vec![0, 1200], vec![1201]),
            (">=1", vec![1, u64::MAX], vec![0]),
            ("10..20", vec![10, 20], vec![9, 21]),
            ("= 0", vec![0], vec![1]),
        ] {
            let bound = Bound::parse(text).unwrap();
            assert!(inside.iter().all(|rows| bound.allows(*rows)), "{text}");
            assert!(!outside.iter().any(|rows| bound.allows(*rows)), "{text}");
            let again = bound.to_string();
            assert_eq!(Bound::parse(again.trim_start_matches("rows").trim()), Some(bound), "{again}");
        }
        for text in ["", "500", "< 5", "= many", "20..10", "= -1", "..5", "= 99999999999999999999"] {
            assert_eq!(Bound::parse(text), None, "{text}");
        }
    }

    #[test]
    fn bounds_add_up() {
        let (five, some) = (Bound::parse("= 5").unwrap(), Bound::parse("1..3").unwrap());
        assert_eq!(five.plus(some).to_string(), "rows 6..8");
        assert_eq!(five.overlapping(some).to_string(), "rows 5..8");
        assert_eq!(five.plus(Bound::ANY).to_string(), "rows >= 5");
    }
}
