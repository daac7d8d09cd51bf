//! How buckets are written in a snapshot's file: a line for each eight of them, so that the diff of a file shows where the
//! rows differ and a table has no hundreds of lines.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::digest::Digest;

use super::Buckets;

const PER_LINE: usize = 8;

/// Both layouts: the one that is written, and the one of lists that earlier snapshots of this format have.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Layout {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    count: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    select: Option<String>,
    /// Rows and digest of each bucket in turn, all with blanks between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rows_and_digests: Option<Vec<String>>,
    #[serde(default, skip_serializing)]
    rows: Option<Vec<u64>>,
    #[serde(default, skip_serializing)]
    digests: Option<Vec<Digest>>,
}

impl Serialize for Buckets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let each: Vec<String> =
            self.rows.iter().zip(&self.digests).map(|(rows, digest)| format!("{rows} {digest}")).collect();
        Layout {
            count: Some(self.rows.len()),
            select: self.select.clone(),
            rows_and_digests: Some(each.chunks(PER_LINE).map(|some| some.join(" ")).collect()),
            rows: None,
            digests: None,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Buckets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Buckets, D::Error> {
        let read = Layout::deserialize(deserializer)?;
        let count = read.count;
        let buckets = match read {
            Layout { rows_and_digests: Some(lines), rows: None, digests: None, select, .. } => {
                let (rows, digests) =
                    parse(&lines).ok_or_else(|| D::Error::custom("buckets: rows and digests expected"))?;
                Buckets { rows, digests, select }
            }
            Layout { rows_and_digests: None, rows: Some(rows), digests: Some(digests), select, .. } => {
                Buckets { rows, digests, select }
            }
            _ => return Err(D::Error::custom("buckets: rows_and_digests expected, or rows and digests")),
        };
        let found = buckets.rows.len();
        if found != buckets.digests.len() || !found.is_power_of_two() || count.is_some_and(|count| count != found) {
            return Err(D::Error::custom(format!(
                "buckets: {found} of them, which is not the number that was written"
            )));
        }
        Ok(buckets)
    }
}

fn parse(lines: &[String]) -> Option<(Vec<u64>, Vec<Digest>)> {
    let words: Vec<&str> = lines.iter().flat_map(|line| line.split(' ')).collect();
    let pair = |pair: &[&str]| match pair {
        [rows, digest] => Some((rows.parse::<u64>().ok()?, digest.parse::<Digest>().ok()?)),
        _ => None,
    };
    words.chunks(2).map(pair).collect::<Option<Vec<_>>>().map(|pairs| pairs.into_iter().unzip())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(count: usize) -> Buckets {
        let digests = (0..count).map(|place| Digest(i128::from(i64::MIN) * i128::try_from(place).unwrap())).collect();
        Buckets { rows: (0..).take(count).collect(), digests, select: Some("SELECT \"x\"".into()) }
    }

    #[test]
    fn they_come_back_as_they_went_in_few_lines() {
        for (count, lines) in [(1, 7), (16, 8), (256, 38)] {
            let text = serde_json::to_string_pretty(&buckets(count)).unwrap();
            assert_eq!(serde_json::from_str::<Buckets>(&text).unwrap(), buckets(count));
            assert_eq!(text.lines().count(), lines, "{text}");
        }
    }

    #[test]
    fn the_lists_of_earlier_snapshots_are_read() {
        let read: Buckets = serde_json::from_str(r#"{"rows": [3, 0], "digests": ["-5", "0"]}"#).unwrap();
        assert_eq!(read, Buckets { rows: vec![3, 0], digests: vec![Digest(-5), Digest(0)], select: None });
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        for text in [
            "{}",
            r#"{"rows": [1]}"#,
            r#"{"rows": [1, 2], "digests": ["1"]}"#,
            r#"{"rows": [1, 2, 3], "digests": ["1", "1", "1"]}"#,
            r#"{"count": 2, "rows_and_digests": ["1 1"]}"#,
            r#"{"count": 1, "rows_and_digests": ["1"]}"#,
            r#"{"count": 1, "rows_and_digests": ["1 x"]}"#,
            r#"{"count": 1, "rows_and_digests": ["1 1"], "rows": [1], "digests": ["1"]}"#,
        ] {
            assert!(serde_json::from_str::<Buckets>(text).is_err(), "{text}");
        }
    }
}
