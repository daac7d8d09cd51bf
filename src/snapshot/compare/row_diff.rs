//! The rows of two tables by their fingerprints, in memory that does not grow with the tables.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::evidence::{REDACTED, Sample};

use super::super::SnapshotError;
use super::super::rows::RowPrint;
use super::checked::Checked;
use super::named::NamedRow;

/// So many rows are held in memory at once where they must be looked up; more are looked up in several passes.
const ROWS_PER_PASS: u64 = 250_000;

/// Which rows are gone, new or different.
#[derive(Debug)]
pub(super) struct RowDiff {
    pub(super) lost: Found,
    pub(super) added: Found,
    /// Per pair of columns (by its place among the pairs) the rows in which it differs.
    pub(super) changed: BTreeMap<usize, Found>,
    /// Per group of pairs the rows in which one of them differs.
    pub(super) changed_in: Vec<u64>,
    /// Rows on both sides, equal or not.
    pub(super) kept: u64,
}

/// Rows that were found: how many, and the first of them in the order of people (2 before 10).
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) rows: u64,
    first: Vec<NamedRow>,
    limit: usize,
}

/// The columns by which rows are named.
#[derive(Debug, Default)]
pub(super) struct KeyNames<'a> {
    /// `None` where the table has no key.
    pub(super) names: Option<&'a [String]>,
    /// Those whose values are not shown, by their places.
    pub(super) hidden: Vec<usize>,
}

/// The rows by key; `pairs` are the places of the columns to compare, before and after, `groups` places among the pairs.
/// `None` where a key does not stand for one row on both sides.
pub(super) fn by_key(
    mut before: Checked<'_>,
    mut after: Checked<'_>,
    pairs: &[(usize, usize)],
    groups: &[Vec<usize>],
    limit: usize,
) -> Result<Option<RowDiff>, SnapshotError> {
    let mut diff = RowDiff::new(limit);
    diff.changed_in = vec![0; groups.len()];
    let mut differing = Vec::new();
    loop {
        // Only a materialized view can have one key twice, with a NULL in it, or a table that lost its key.
        if before.repeats_a_key() || after.repeats_a_key() {
            return Ok(None);
        }
        let order = match (before.peek(), after.peek()) {
            (None, None) => return Ok(Some(diff)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(one), Some(other)) => one.key.cmp(&other.key),
        };
        let was = if order.is_le() { before.take()? } else { None };
        let is = if order.is_ge() { after.take()? } else { None };
        match (was, is) {
            (Some(was), Some(is)) => {
                diff.kept += 1;
                differing.clear();
                // A hash that is missing is not equal to anything.
                differing.extend(pairs.iter().enumerate().filter_map(|(place, (left, right))| {
                    was.columns.get(*left).is_none_or(|hash| is.columns.get(*right) != Some(hash)).then_some(place)
                }));
                diff.change(&was, &is, &differing, groups);
            }
            (Some(was), None) => diff.lost.lose(&was),
            (None, Some(is)) => diff.added.gain(&is),
            (None, None) => {}
        }
    }
}

/// The rows as a multiset of what stands in these columns: a changed row is one lost and one added. `open` gives the rows
/// of both sides from the first on, as often as it takes.
pub(super) fn as_multiset<'a>(
    open: &dyn Fn() -> Result<(Checked<'a>, Checked<'a>), SnapshotError>,
    rows: u64,
    pairs: &[(usize, usize)],
    limit: usize,
) -> Result<RowDiff, SnapshotError> {
    let (left, right): (Vec<usize>, Vec<usize>) = pairs.iter().copied().unzip();
    let mut diff = RowDiff::new(limit);
    let passes = u128::from(rows.div_ceil(ROWS_PER_PASS).max(1));
    for pass in 0..passes {
        let is_of_pass = |content: &u128| content % passes == pass;
        let mut rest = HashMap::<u128, u64>::new();
        let (mut before, mut after) = open()?;
        while let Some(print) = after.take()? {
            let content = content(&print, &right);
            if is_of_pass(&content) {
                *rest.entry(content).or_default() += 1;
            }
        }
        while let Some(print) = before.take()? {
            let content = content(&print, &left);
            if is_of_pass(&content) {
                match rest.get_mut(&content).filter(|count| **count > 0) {
                    Some(count) => {
                        *count -= 1;
                        diff.kept += 1;
                    }
                    None => diff.lost.lose(&print),
                }
            }
        }
        rest.retain(|_, count| *count > 0);
        if rest.is_empty() {
            continue;
        }
        let (_, mut after) = open()?;
        while let Some(print) = after.take()? {
            if let Some(count) = rest.get_mut(&content(&print, &right)).filter(|count| **count > 0) {
                *count -= 1;
                diff.added.gain(&print);
            }
        }
    }
    Ok(diff)
}

/// What stands in these columns, in 128 bits: among millions of rows 64 would not do.
fn content(print: &RowPrint, places: &[usize]) -> u128 {
    let half = |seed: u8| {
        let mut hasher = DefaultHasher::new();
        seed.hash(&mut hasher);
        places.iter().for_each(|place| print.columns.get(*place).hash(&mut hasher));
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}

impl RowDiff {
    fn new(limit: usize) -> RowDiff {
        let none = || Found::new(limit);
        RowDiff { lost: none(), added: none(), changed: BTreeMap::new(), changed_in: Vec::new(), kept: 0 }
    }

    /// A row in which these pairs of columns differ.
    fn change(&mut self, was: &RowPrint, is: &RowPrint, differing: &[usize], groups: &[Vec<usize>]) {
        for place in differing {
            self.changed.entry(*place).or_insert_with(|| Found::new(self.lost.limit)).change(was, is);
        }
        for (rows, group) in self.changed_in.iter_mut().zip(groups) {
            *rows += u64::from(group.iter().any(|place| differing.contains(place)));
        }
    }
}

impl Found {
    /// None yet; so many are to be named at most.
    pub(super) fn new(limit: usize) -> Found {
        Found { rows: 0, first: Vec::new(), limit }
    }

    pub(super) fn lose(&mut self, was: &RowPrint) {
        self.add(was, || NamedRow { was: Some(was.clone()), is: None });
    }

    pub(super) fn gain(&mut self, is: &RowPrint) {
        self.add(is, || NamedRow { was: None, is: Some(is.clone()) });
    }

    pub(super) fn change(&mut self, was: &RowPrint, is: &RowPrint) {
        self.add(was, || NamedRow { was: Some(was.clone()), is: Some(is.clone()) });
    }

    /// The first of them.
    pub(super) fn first(&self) -> &[NamedRow] {
        &self.first
    }

    /// The first of them by their keys.
    pub(super) fn samples(&self, key: &KeyNames, what: &str) -> Vec<Sample> {
        self.first.iter().filter_map(NamedRow::print).map(|print| Sample::new(name(print, key), what)).collect()
    }

    fn add(&mut self, print: &RowPrint, row: impl FnOnce() -> NamedRow) {
        self.rows += 1;
        let before = |known: &NamedRow| {
            let order = |known: &RowPrint| natural(&known.key, &print.key).then(known.row.cmp(&print.row));
            known.print().is_none_or(|known| order(known).is_le())
        };
        if self.first.len() == self.limit && self.first.last().is_none_or(before) {
            return;
        }
        let place = self.first.partition_point(before);
        self.first.insert(place, row());
        self.first.truncate(self.limit);
    }
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
    use crate::digest::{ContentDigest, Digest};
    use crate::snapshot::{ColumnSnapshot, RowSource, RowStream, TableSnapshot};

    /// The fingerprints of a table, in memory.
    #[derive(Clone)]
    struct Source {
        key: Option<Vec<String>>,
        columns: Vec<String>,
        rows: Vec<RowPrint>,
    }

    impl RowSource for Source {
        fn rows(&self, _: &TableSnapshot) -> Result<Option<RowStream<'_>>, SnapshotError> {
            let rows = Box::new(self.rows.iter().cloned().map(Ok));
            Ok(Some(RowStream { key: self.key.clone(), columns: self.columns.clone(), rows }))
        }
    }

    /// A table of two columns, and its rows.
    fn table(key: bool, rows: &[(&str, [i64; 2])]) -> (TableSnapshot, Source) {
        let key = key.then(|| vec!["id".into(), "n".into()]);
        let mut rows: Vec<RowPrint> = rows
            .iter()
            .map(|(key, columns)| RowPrint {
                key: (*key).into(),
                row: columns[0] ^ columns[1],
                columns: (*columns).into(),
            })
            .collect();
        rows.sort_unstable();
        let sum = |hash: &dyn Fn(&RowPrint) -> i64| {
            ContentDigest::Sum(rows.iter().fold(Digest::default(), |sum, row| sum + Digest(hash(row).into())))
        };
        let column = |place: usize, name: &str| ColumnSnapshot {
            name: name.into(),
            type_name: "integer".into(),
            form: "int".into(),
            nulls: 0,
            min: None,
            max: None,
            sum: None,
            digest: sum(&|row| row.columns[place]),
        };
        let table = TableSnapshot {
            name: "t".into(),
            kind: "table".into(),
            rows: rows.len().try_into().unwrap(),
            key: key.clone(),
            row_digest: sum(&|row| row.row),
            columns: vec![column(0, "a"), column(1, "b")],
            fingerprints: None,
            buckets: None,
        };
        (table, Source { key, columns: vec!["a".into(), "b".into()], rows })
    }

    fn open(side: &(TableSnapshot, Source)) -> Result<Checked<'_>, SnapshotError> {
        Ok(Checked::of(&side.1, &side.0)?.unwrap())
    }

    const KEY: [&str; 2] = ["id", "n"];

    fn named(found: &Found) -> Vec<String> {
        let names = KEY.map(str::to_owned);
        let samples = found.samples(&KeyNames { names: Some(&names), hidden: Vec::new() }, "");
        samples.into_iter().map(|sample| sample.key).collect()
    }

    #[test]
    fn rows_are_told_apart_by_key() {
        let before = table(true, &[("[\"1\",\"x\"]", [1, 1]), ("[\"2\",null]", [2, 2]), ("[\"3\",\"z\"]", [3, 3])]);
        let after = table(true, &[("[\"1\",\"x\"]", [1, 9]), ("[\"3\",\"z\"]", [3, 3]), ("[\"4\",\"z\"]", [3, 3])]);
        let groups = [vec![0], vec![0, 1]];
        let diff = by_key(open(&before).unwrap(), open(&after).unwrap(), &[(0, 0), (1, 1)], &groups, 9);
        let diff = diff.unwrap().unwrap();
        assert_eq!((named(&diff.lost), named(&diff.added)), (vec!["id=2, n=NULL".into()], vec!["id=4, n=z".into()]));
        assert_eq!(diff.changed.keys().collect::<Vec<_>>(), [&1]);
        assert_eq!((named(&diff.changed[&1]), diff.kept), (vec!["id=1, n=x".into()], 2));
        assert_eq!(diff.changed_in, [0, 1]);
        let pair = &diff.changed[&1].first()[0];
        assert_eq!((pair.was.as_ref().unwrap().columns[1], pair.is.as_ref().unwrap().columns[1]), (1, 9));
        let hidden = KeyNames { names: before.0.key.as_deref(), hidden: vec![1] };
        assert_eq!(diff.lost.samples(&hidden, "")[0].key, "id=2, n=***");
    }

    #[test]
    fn samples_are_in_the_order_of_people() {
        let keys = ["[\"10\",\"b\"]", "[\"2\",\"z\"]", "[\"2\",\"a\"]", "[\"-1\",null]", "[\"100\",\"\"]"];
        let mut found = Found::new(4);
        keys.iter().for_each(|key| found.gain(&RowPrint { key: (*key).into(), row: 0, columns: [].into() }));
        assert_eq!(
            (named(&found), found.rows),
            (["id=-1, n=NULL", "id=2, n=a", "id=2, n=z", "id=10, n=b"].map(String::from).into(), 5)
        );
        assert_eq!((natural("a07", "a7"), natural("a", "a1")), (Ordering::Equal, Ordering::Less));
        let mut none = Found::new(0);
        none.lose(&RowPrint { key: "".into(), row: 0, columns: [].into() });
        assert_eq!((none.rows, none.samples(&KeyNames::default(), "").len()), (1, 0));
    }

    #[test]
    fn duplicates_count_and_do_not_cancel() {
        let aab = table(false, &[("", [1, 1]), ("", [1, 1]), ("", [2, 2])]);
        let bcc = table(false, &[("", [2, 2]), ("", [3, 3]), ("", [3, 3])]);
        let both = || Ok((open(&aab)?, open(&bcc)?));
        // In one pass, and in as many as a table of millions takes.
        for rows in [3, 7 * ROWS_PER_PASS] {
            let diff = as_multiset(&both, rows, &[(0, 0), (1, 1)], 9).unwrap();
            assert_eq!((diff.lost.rows, diff.added.rows, diff.kept), (2, 2, 1));
        }
        let keyed = table(true, &[("[\"1\",null]", [1, 1]), ("[\"1\",null]", [2, 2])]);
        assert!(by_key(open(&keyed).unwrap(), open(&aab).unwrap(), &[], &[], 9).unwrap().is_none());
    }

    #[test]
    fn rows_that_are_not_those_of_the_table_prove_nothing() {
        let good = table(true, &[("[\"1\",\"x\"]", [1, 1]), ("[\"2\",\"x\"]", [2, 2])]);
        let compare = |other: &(TableSnapshot, Source)| {
            by_key(open(&good)?, open(other)?, &[(0, 0)], &[], 9).map(|diff| diff.unwrap().kept)
        };
        assert_eq!(compare(&good).unwrap(), 2);
        type Damage = fn(&mut Source);
        let damages: [(Damage, &str); 5] = [
            (|prints| prints.rows.swap(0, 1), "not in order"),
            (|prints| drop(prints.rows.pop()), "sums"),
            (|prints| prints.rows.clear(), "sums"),
            (|prints| prints.rows[1].columns[0] = 9, "sums"),
            (|prints| prints.columns[0] = "c".into(), "columns"),
        ];
        for (damage, problem) in damages {
            let mut other = good.clone();
            damage(&mut other.1);
            assert!(compare(&other).unwrap_err().to_string().contains(problem), "{problem}");
        }
    }
}
