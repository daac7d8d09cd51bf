//! What changed, held against what was declared.

use std::path::Path;

use crate::evidence::Evidence;
use crate::phase::{Declared, Phase};
use crate::snapshot::{self, CompareOptions, Snapshot, StoredRows};

/// The differences between two saved snapshots, judged by what these phases declare.
pub(super) fn differences(
    (before, before_at): (&Snapshot, &Path),
    (after, after_at): (&Snapshot, &Path),
    declared: &Declared,
) -> Vec<Evidence> {
    let (rows_before, rows_after) = (StoredRows::new(before_at), StoredRows::new(after_at));
    snapshot::compare(before, after, &rows_before, &rows_after, declared, &CompareOptions::default())
}

/// What these phases together may change.
pub(super) fn declared<'a>(phases: impl IntoIterator<Item = &'a Phase>) -> Declared {
    let mut all = Declared::default();
    for phase in phases {
        all.extend(&phase.header.declared);
    }
    all
}
