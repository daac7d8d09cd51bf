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
