//! Sequences that feed no column: no row shows which of their numbers are taken.

use crate::evidence::Evidence;
use crate::phase::{Declared, ObjectKind};
use crate::verdict::Verdict;

use super::super::Snapshot;
use super::{declare, fact};

/// Each that was set back. One that came or went is told of with the schema.
pub(super) fn compare(before: &Snapshot, after: &Snapshot, declared: &Declared) -> Vec<Evidence> {
    let both = before.sequences.iter().filter_map(|(name, was)| Some((name, was, after.sequences.get(name)?)));
    let set_back = both.filter(|(_, was, is)| was.moved_back(is)).map(|(name, was, is)| {
        let line = format!("changes sequence {name}");
        let renewed = declared.adds(ObjectKind::Sequence, name) && declared.drops(ObjectKind::Sequence, name);
        let measured = format!("gave {} next before, {} now: numbers come a second time", was.next, is.next);
        if declared.changes(ObjectKind::Sequence, name) || renewed {
            return fact("sequence_moved_back", name, Verdict::Pass)
                .expected(format!("declared: {line}"))
                .measured(measured);
        }
        fact("sequence_moved_back", name, Verdict::Fail)
            .expected("a sequence only goes on: no phase declares that it changes it")
            .measured(measured)
            .remedy(declare(&[line]))
    });
    set_back.collect()
}
