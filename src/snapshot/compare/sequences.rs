//! Sequences that feed no column: no row shows which of their numbers are taken.

use crate::evidence::Evidence;
use crate::phase::{Declared, ObjectKind};
use crate::verdict::Verdict;

use super::super::Snapshot;
use super::{declare, fact};

/// Each that was set back, or whose place one of the snapshots could not see. One that came or went is told of with the
/// schema; of one that neither could see the coverage tells.
pub(super) fn compare(before: &Snapshot, after: &Snapshot, declared: &Declared) -> Vec<Evidence> {
    let mut found = set_back(before, after, declared);
    for (known, unseen, when) in [(before, after, "after"), (after, before, "before")] {
        let gaps = unseen.sequences_not_seen.iter().filter(|gap| known.sequences.contains_key(&gap.name));
        found.extend(gaps.map(|gap| {
            fact("sequence_moved_back", &gap.name, Verdict::NotEvaluated)
                .expected("a sequence only goes on")
                .measured(format!("not evaluated: not seen {when}: {}", gap.reason))
                .remedy("take both snapshots with a role that may SELECT from the sequence")
        }));
    }
    found
}

fn set_back(before: &Snapshot, after: &Snapshot, declared: &Declared) -> Vec<Evidence> {
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
