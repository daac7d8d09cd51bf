//! Which buckets of a table differ, and what that proves of its rows.
//!
//! Of rows and digest of a bucket on both sides three things follow and nothing else: where both are equal, its rows are
//! the same, values and all (to 2^-64); where it has fewer rows, so many are gone at least, since a row stays in the
//! bucket of its key; where it has more, so many are new at least. Whether the other rows of an unequal bucket changed
//! is not to be told: each new row changes its digest.

use crate::evidence::Evidence;
use crate::verdict::Verdict;

use super::super::Buckets;
use super::table::Pair;

/// A longer statement is not shown; it stands in the snapshot.
const LONGEST_SELECT: usize = 1000;
/// Forms of the same text whatever the settings of the session.
const FREE_OF_SETTINGS: [&str; 8] = ["int", "bool", "uuid", "date", "time", "text", "bytea", "numeric as text"];

/// The buckets of a table before and after, some of which differ.
pub(super) struct Localised {
    /// How many there are.
    count: usize,
    /// Those that differ.
    unequal: Vec<usize>,
    /// The rows in these, before and after.
    rows: (u64, u64),
    /// The rows in the others.
    proven: u64,
    /// At least so many rows are gone.
    pub(super) lost: u64,
    /// At least so many rows are new.
    pub(super) added: u64,
    select: Option<String>,
}

impl Pair<'_> {
    /// `None` where the buckets of the two sides say nothing to each other, or not where the difference is: they are
    /// those of one key and of the same columns.
    pub(super) fn localised(&self) -> Option<Localised> {
        let (before, after) = (self.before.buckets.as_ref()?, self.after.buckets.as_ref()?);
        let belong = before.add_up_to(self.before.rows, self.before.row_digest.sum())
            && after.add_up_to(self.after.rows, self.after.row_digest.sum());
        let found = (belong && self.same_columns()).then(|| Localised::new(before, after))?;
        (!found.unequal.is_empty()).then_some(found)
    }

    /// Says in each fact that is no pass which buckets differ, and in the first how to see their rows.
    pub(super) fn tell_buckets(&self, localised: Option<&Localised>, found: &mut [Evidence]) {
        let Some(localised) = localised else { return };
        let told = found.iter_mut().filter(|fact| fact.verdict != Verdict::Pass);
        for (place, fact) in told.enumerate() {
            fact.measured = format!("{}; {}", fact.measured, localised.words(self.limit()));
            if let Some(select) = self.select(localised).filter(|_| place == 0) {
                fact.remedy = Some(fact.remedy.take().map_or(select.clone(), |remedy| format!("{remedy}; {select}")));
            }
        }
    }

    fn select(&self, localised: &Localised) -> Option<String> {
        // Of all buckets it would be the table.
        let select = localised.select.as_ref().filter(|_| localised.proven > 0)?;
        if select.len() > LONGEST_SELECT {
            return Some(
                "buckets.select in the snapshot after begins the statement that shows the rows of a bucket".into(),
            );
        }
        let named: Vec<String> = localised.unequal.iter().take(self.limit().max(1)).map(usize::to_string).collect();
        let settings = if self.hash_depends_on_settings() {
            " (in a session with pinned_settings of the snapshot, on which text forms in the hash depend)"
        } else {
            ""
        };
        let mask = localised.count.saturating_sub(1);
        Some(format!(
            "the rows of these buckets as they are now{settings}: {select} & {mask} IN ({})",
            named.join(", ")
        ))
    }

    fn hash_depends_on_settings(&self) -> bool {
        let in_hash = |name: &String| self.after.key.as_ref().is_none_or(|key| key.contains(name));
        let hashed = self.after.columns.iter().filter(|column| in_hash(&column.name));
        hashed.into_iter().any(|column| !FREE_OF_SETTINGS.contains(&column.form.as_str()))
    }
}

impl Localised {
    fn new(before: &Buckets, after: &Buckets) -> Localised {
        let count = before.rows.len().min(after.rows.len());
        let (before, after_all) = (before.folded(count), after.folded(count));
        let mut found = Localised {
            count,
            unequal: Vec::new(),
            rows: (0, 0),
            proven: 0,
            lost: 0,
            added: 0,
            select: after.select.clone(),
        };
        let before = before.rows.iter().zip(&before.digests);
        let after = after_all.rows.iter().zip(&after_all.digests);
        for (place, ((was, was_digest), (is, is_digest))) in before.zip(after).enumerate() {
            if (was, was_digest) == (is, is_digest) {
                found.proven += is;
                continue;
            }
            found.unequal.push(place);
            found.rows = (found.rows.0 + was, found.rows.1 + is);
            found.lost += was.saturating_sub(*is);
            found.added += is.saturating_sub(*was);
        }
        found
    }

    fn words(&self, limit: usize) -> String {
        let (unequal, count) = (self.unequal.len(), self.count);
        if unequal == count {
            return format!("all {count} buckets differ");
        }
        let mut named: Vec<String> = self.unequal.iter().take(limit).map(usize::to_string).collect();
        if unequal > limit {
            named.push(format!("and {} more", unequal - limit));
        }
        let differ = if unequal == 1 { "differs" } else { "differ" };
        format!(
            "{unequal} of {count} buckets {differ}: {}, with {} rows before and {} after ({} of the rows after); the {} \
             rows in the others are the same before and after",
            named.join(", "),
            self.rows.0,
            self.rows.1,
            percent(self.rows.1, self.rows.1 + self.proven),
            self.proven
        )
    }
}

/// `1.2 %`, exact to what is shown and never none of what is there.
fn percent(part: u64, whole: u64) -> String {
    let tenths = (u128::from(part) * 1000).checked_div(u128::from(whole)).unwrap_or_default();
    match (part, tenths) {
        (1.., 0) => "less than 0.1 %".into(),
        _ => format!("{}.{} %", tenths / 10, tenths % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;

    fn buckets(rows: &[u64], digests: &[i128]) -> Buckets {
        Buckets { rows: rows.into(), digests: digests.iter().copied().map(Digest).collect(), select: None }
    }

    #[test]
    fn a_loss_does_not_hide_behind_a_gain() {
        let before = buckets(&[10, 10, 10, 10], &[1, 2, 3, 4]);
        let found = Localised::new(&before, &buckets(&[9, 12, 10, 10], &[5, 6, 7, 4]));
        assert_eq!((found.lost, found.added, found.proven, found.rows), (1, 2, 10, (30, 31)));
        assert_eq!(
            found.words(2),
            "3 of 4 buckets differ: 0, 1, and 1 more, with 30 rows before and 31 after (75.6 % of the rows after); the \
             10 rows in the others are the same before and after"
        );
    }

    #[test]
    fn the_finer_side_is_folded() {
        let (fine, coarse) = (buckets(&[1, 2, 3, 4], &[1, 2, 3, 4]), buckets(&[4, 6], &[4, 7]));
        for found in [Localised::new(&fine, &coarse), Localised::new(&coarse, &fine)] {
            assert_eq!((found.count, found.unequal, found.proven), (2, vec![1], 4));
        }
    }

    #[test]
    fn equal_numbers_of_other_rows_are_not_proven() {
        let found = Localised::new(&buckets(&[5, 5], &[1, 2]), &buckets(&[5, 5], &[1, 3]));
        assert_eq!((found.unequal.as_slice(), found.lost, found.added, found.proven), ([1].as_slice(), 0, 0, 5));
        let all = Localised::new(&buckets(&[5], &[1]), &buckets(&[5], &[3]));
        assert_eq!((all.words(9), all.proven), ("all 1 buckets differ".into(), 0));
    }

    #[test]
    fn a_share_is_never_rounded_to_nothing() {
        assert_eq!([percent(1, 100_000), percent(12, 1000), percent(0, 0)], ["less than 0.1 %", "1.2 %", "0.0 %"]);
    }
}
