//! The rows of two tables by their fingerprints.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use crate::evidence::{REDACTED, Sample};

use super::super::rows::{Fingerprints, RowPrint};

/// Which rows are gone, new or different.
#[derive(Debug, Default)]
pub(super) struct RowDiff<'a> {
    pub(super) lost: Vec<&'a RowPrint>,
    pub(super) added: Vec<&'a RowPrint>,
    /// Per pair of columns (by its place among the pairs) the rows in which it differs, before and after.
    pub(super) changed: BTreeMap<usize, Vec<(&'a RowPrint, &'a RowPrint)>>,
    /// Rows on both sides, equal or not.
    pub(super) kept: u64,
}

/// Whether a key stands for one row on both sides.
pub(super) fn keyed(prints: &Fingerprints) -> bool {
    // Ordered by key. Only a materialized view can have one key twice: with a NULL in it.
    prints.key.is_some() && prints.rows.windows(2).all(|pair| pair[0].key != pair[1].key)
}

/// The rows by key; `pairs` are the places of the columns to compare, before and after.
pub(super) fn by_key<'a>(before: &'a Fingerprints, after: &'a Fingerprints, pairs: &[(usize, usize)]) -> RowDiff<'a> {
    let mut rest: HashMap<&str, &RowPrint> = after.rows.iter().map(|print| (&*print.key, print)).collect();
    let mut diff = RowDiff::default();
    for print in &before.rows {
        let Some(other) = rest.remove(&*print.key) else {
            diff.lost.push(print);
            continue;
        };
        diff.kept += 1;
        for (place, (left, right)) in pairs.iter().enumerate() {
            // A hash that is missing is not equal to anything.
            if print.columns.get(*left).is_none_or(|hash| other.columns.get(*right) != Some(hash)) {
                diff.changed.entry(place).or_default().push((print, other));
            }
        }
    }
    diff.added = after.rows.iter().filter(|print| rest.contains_key(&*print.key)).collect();
    diff
}

/// The rows as a multiset of what stands in these columns: a changed row is one lost and one added.
pub(super) fn as_multiset<'a>(
    before: &'a Fingerprints,
    after: &'a Fingerprints,
    pairs: &[(usize, usize)],
) -> RowDiff<'a> {
    let content = |print: &RowPrint, side: fn(&(usize, usize)) -> usize| -> Vec<Option<i64>> {
        pairs.iter().map(|pair| print.columns.get(side(pair)).copied()).collect()
    };
    let mut rest = HashMap::<Vec<Option<i64>>, Vec<&RowPrint>>::new();
    for print in &after.rows {
        rest.entry(content(print, |pair| pair.1)).or_default().push(print);
    }
    let mut diff = RowDiff::default();
    for print in &before.rows {
        match rest.get_mut(&content(print, |pair| pair.0)).and_then(Vec::pop) {
            Some(_) => diff.kept += 1,
            None => diff.lost.push(print),
        }
    }
    diff.added = rest.into_values().flatten().collect();
    diff.added.sort_unstable();
    diff
}

/// A row that is named in a finding.
#[derive(Debug, Clone, Copy)]
pub(super) enum Found<'a> {
    Lost(&'a RowPrint),
    Added(&'a RowPrint),
    Changed(&'a RowPrint, &'a RowPrint),
}

impl<'a> Found<'a> {
    pub(super) fn was(self) -> Option<&'a RowPrint> {
        match self {
            Found::Lost(was) | Found::Changed(was, _) => Some(was),
            Found::Added(_) => None,
        }
    }

    pub(super) fn is(self) -> Option<&'a RowPrint> {
        match self {
            Found::Added(is) | Found::Changed(_, is) => Some(is),
            Found::Lost(_) => None,
        }
    }

    fn print(self) -> &'a RowPrint {
        match self {
            Found::Lost(print) | Found::Added(print) | Found::Changed(print, _) => print,
        }
    }
}

/// The columns by which rows are named.
#[derive(Debug, Default)]
pub(super) struct KeyNames<'a> {
    /// `None` where the table has no key.
    pub(super) names: Option<&'a [String]>,
    /// Those whose values are not shown, by their places.
    pub(super) hidden: Vec<usize>,
}

/// The first of the rows in the order of people: 2 before 10.
pub(super) fn first<'a>(rows: impl IntoIterator<Item = Found<'a>>, limit: usize) -> Vec<Found<'a>> {
    let mut rows: Vec<Found<'a>> = rows.into_iter().collect();
    rows.sort_by(|one, other| natural(&one.print().key, &other.print().key));
    rows.truncate(limit);
    rows
}

/// The rows by their keys.
pub(super) fn samples(rows: &[Found], key: &KeyNames, what: &str) -> Vec<Sample> {
    rows.iter().map(|row| Sample::new(name(row.print(), key), what)).collect()
}

/// Compares runs of digits as the numbers that they are, all else by its bytes.
fn natural(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one.as_bytes(), other.as_bytes());
    loop {
        let order = match (split_digits(one), split_digits(other)) {
            (Some((number, rest)), Some((than, other_rest))) => {
                (one, other) = (rest, other_rest);
                number.len().cmp(&than.len()).then_with(|| number.cmp(than))
            }
            _ => match (one.split_first(), other.split_first()) {
                (Some((byte, rest)), Some((than, other_rest))) => {
                    (one, other) = (rest, other_rest);
                    byte.cmp(than)
                }
                (here, there) => return here.is_some().cmp(&there.is_some()),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// The digits at the front without leading zeros, and the rest; `None` where there are none.
fn split_digits(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let zeros = digits.iter().take_while(|byte| **byte == b'0').count();
    (end > 0).then(|| (&digits[zeros..], rest))
}

fn name(print: &RowPrint, key: &KeyNames) -> String {
    let values = serde_json::from_str::<Vec<Option<String>>>(&print.key);
    match (key.names, values) {
        (Some(names), Ok(values)) if names.len() == values.len() => {
            let shown = |(place, (name, value)): (usize, (&String, Option<String>))| {
                let value = if key.hidden.contains(&place) { Some(REDACTED) } else { value.as_deref() };
                format!("{name}={}", value.unwrap_or("NULL"))
            };
            names.iter().zip(values).enumerate().map(shown).collect::<Vec<_>>().join(", ")
        }
        _ => format!("row with hash {:016x}", print.row),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prints(key: bool, rows: &[(&str, [i64; 2])]) -> Fingerprints {
        let rows = rows.iter().map(|(key, columns)| RowPrint {
            key: (*key).into(),
            row: columns[0] ^ columns[1],
            columns: (*columns).into(),
        });
        Fingerprints {
            table: "t".into(),
            key: key.then(|| vec!["id".into(), "n".into()]),
            columns: vec!["a".into(), "b".into()],
            rows: rows.collect(),
        }
    }

    #[test]
    fn rows_are_told_apart_by_key() {
        let before = prints(true, &[("[\"1\",\"x\"]", [1, 1]), ("[\"2\",null]", [2, 2]), ("[\"3\",\"z\"]", [3, 3])]);
        let after = prints(true, &[("[\"1\",\"x\"]", [1, 9]), ("[\"3\",\"z\"]", [3, 3]), ("[\"4\",\"z\"]", [3, 3])]);
        let diff = by_key(&before, &after, &[(0, 0), (1, 1)]);
        let key = KeyNames { names: before.key.as_deref(), hidden: vec![1] };
        let named = |rows: &[&RowPrint]| samples(&[Found::Lost(rows[0])], &key, "").remove(0).key;
        assert_eq!((named(&diff.lost), named(&diff.added)), ("id=2, n=***".into(), "id=4, n=***".into()));
        assert_eq!(diff.changed.keys().collect::<Vec<_>>(), [&1]);
        assert_eq!((diff.changed[&1].len(), diff.kept), (1, 2));
    }

    #[test]
    fn samples_are_in_the_order_of_people() {
        let keys = ["[\"10\",\"b\"]", "[\"2\",\"z\"]", "[\"2\",\"a\"]", "[\"-1\",null]", "[\"100\",\"\"]"];
        let rows: Vec<(&str, [i64; 2])> = keys.iter().map(|key| (*key, [0, 0])).collect();
        let found = prints(true, &rows);
        let key = KeyNames { names: found.key.as_deref(), hidden: Vec::new() };
        let named = samples(&first(found.rows.iter().map(Found::Lost), 4), &key, "");
        let named: Vec<&str> = named.iter().map(|sample| sample.key.as_str()).collect();
        assert_eq!(named, ["id=-1, n=NULL", "id=2, n=a", "id=2, n=z", "id=10, n=b"]);
        assert_eq!((natural("a07", "a7"), natural("a", "a1")), (Ordering::Equal, Ordering::Less));
    }

    #[test]
    fn duplicates_count_and_do_not_cancel() {
        let aab = prints(false, &[("", [1, 1]), ("", [1, 1]), ("", [2, 2])]);
        let bcc = prints(false, &[("", [2, 2]), ("", [3, 3]), ("", [3, 3])]);
        let diff = as_multiset(&aab, &bcc, &[(0, 0), (1, 1)]);
        assert_eq!((diff.lost.len(), diff.added.len(), diff.kept), (2, 2, 1));
        assert!(!keyed(&aab));
    }
}
