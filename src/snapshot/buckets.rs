//! Digests by bucket: what localises a difference where there are no row fingerprints.

mod layout;

use crate::digest::Digest;

/// Rows and row digest of each bucket of a table. A row's bucket is the hash of its key, in a table without a key its
/// row hash, modulo the number of buckets, which is a power of two: buckets that lie half the number apart add up to
/// those of a snapshot with half as many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Buckets {
    /// How many rows each has.
    pub rows: Vec<u64>,
    /// The row digest of each; their sum is that of the table.
    pub digests: Vec<Digest>,
    /// A statement without its end that selects the table's rows by their hash: ` & 255 IN (17)` makes it one that
    /// selects a bucket of 256. Older snapshots have none.
    pub select: Option<String>,
}

/// Fewer rows than these to a bucket localise nothing that is worth a group.
const ROWS_PER_BUCKET: u64 = 1024;
const FEWEST: usize = 16;

impl Buckets {
    /// The most that can be asked for: more make a snapshot's file long and its scan slow.
    pub const MOST: usize = 1024;

    /// How many buckets suit a table of so many rows, of at most so many: a power of two.
    pub(super) fn for_rows(rows: u64, most: usize) -> usize {
        let wanted = usize::try_from(rows / ROWS_PER_BUCKET).unwrap_or(most);
        wanted.clamp(FEWEST.min(most), most).next_power_of_two()
    }

    /// Adds those of other rows of the table, of the same number.
    pub(super) fn add(&mut self, others: &Buckets) {
        self.rows.iter_mut().zip(&others.rows).for_each(|(rows, others)| *rows += others);
        self.digests.iter_mut().zip(&others.digests).for_each(|(digest, other)| *digest = *digest + *other);
    }

    /// The same rows in so many buckets, a smaller power of two.
    pub(super) fn folded(&self, count: usize) -> Buckets {
        let mut folded = self.clone();
        while folded.rows.len() > count.max(1) {
            let half = folded.rows.len() / 2;
            let upper =
                Buckets { rows: folded.rows.split_off(half), digests: folded.digests.split_off(half), select: None };
            folded.add(&upper);
        }
        folded
    }

    pub(super) fn at_mut(&mut self, place: usize) -> Option<(&mut u64, &mut Digest)> {
        Some((self.rows.get_mut(place)?, self.digests.get_mut(place)?))
    }

    /// Whether they add up to these figures of the table.
    pub(super) fn add_up_to(&self, rows: u64, digest: Option<Digest>) -> bool {
        self.rows.iter().sum::<u64>() == rows
            && Some(self.digests.iter().fold(Digest::default(), |sum, digest| sum + *digest)) == digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_a_power_of_two_and_never_more_than_asked_for() {
        let counts = [0, 20_000, 300_000, u64::MAX].map(|rows| Buckets::for_rows(rows, 256));
        assert_eq!(counts, [16, 32, 256, 256]);
        assert_eq!(
            (Buckets::for_rows(0, 8), Buckets::for_rows(u64::MAX, 8), Buckets::for_rows(5_000_000, 1024)),
            (8, 8, 1024)
        );
    }

    #[test]
    fn halves_add_up() {
        let digests = (1..=8).map(|digest| Digest(1 << digest)).collect();
        let buckets = Buckets { rows: (1..=8).collect(), digests, select: None };
        let folded = buckets.folded(2);
        // Even places into the first, odd ones into the second.
        assert_eq!(folded.rows, [1 + 3 + 5 + 7, 2 + 4 + 6 + 8]);
        assert_eq!(folded.digests[1], Digest((1 << 2) + (1 << 4) + (1 << 6) + (1 << 8)));
        assert_eq!(buckets.folded(8), buckets);
    }
}
