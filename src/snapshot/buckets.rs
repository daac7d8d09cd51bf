//! Digests by bucket: what localises a difference where there are no row fingerprints.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// Rows and row digest of each bucket of a table. A row's bucket is the hash of its key, in a table without a key its
/// row hash, modulo the number of buckets, which is a power of two: buckets that lie half the number apart add up to
/// those of a snapshot with half as many.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Buckets {
    /// How many rows each has.
    pub rows: Vec<u64>,
    /// The row digest of each; their sum is that of the table.
    pub digests: Vec<Digest>,
}

/// Fewer rows than these to a bucket localise nothing that is worth a group.
const ROWS_PER_BUCKET: u64 = 1024;
const FEWEST: usize = 16;
const MOST: usize = 256;

impl Buckets {
    /// How many buckets suit a table of so many rows: a power of two.
    pub(super) fn for_rows(rows: u64) -> usize {
        let wanted = usize::try_from(rows / ROWS_PER_BUCKET).unwrap_or(MOST);
        wanted.clamp(FEWEST, MOST).next_power_of_two()
    }

    /// Adds those of other rows of the table, of the same number.
    pub(super) fn add(&mut self, others: &Buckets) {
        self.rows.iter_mut().zip(&others.rows).for_each(|(rows, others)| *rows += others);
        self.digests.iter_mut().zip(&others.digests).for_each(|(digest, other)| *digest = *digest + *other);
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
