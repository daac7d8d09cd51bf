//! The rules of one moment, some of them counted in the snapshot's pass over their tables: what does not fit into the
//! server's memory is then read once, not once for the rules and once for the digests.

use std::collections::{BTreeMap, BTreeSet};

use crate::db::{Catalog, SharedSnapshot};
use crate::evidence::Evidence;
use crate::rules::{self, Counted, PartScan, Resolution, ResolvedRule, RunOptions};
use crate::snapshot::{self, Beside, Part, SharedPass, Snapshot, Told, Untold};

/// Rules of which some are judged, and some wait for the snapshot.
pub(super) struct Judging {
    resolution: Resolution,
    options: RunOptions,
    jobs: usize,
    waiting: Vec<PartScan>,
    judged: BTreeMap<usize, Evidence>,
}

impl Judging {
    /// Judges all rules but those that the snapshot's pass will count.
    pub(super) async fn begin(
        resolution: Resolution,
        options: RunOptions,
        share: SharedPass,
        snapshot_options: &snapshot::Options,
        catalog: &Catalog,
        shared: &SharedSnapshot,
    ) -> Judging {
        let mut waiting = rules::part_scans(&resolution.rules, &options);
        if !waiting.is_empty() {
            // Where that cannot be told, all rules go their own way; what is wrong with the server they will tell.
            let tables = snapshot::shareable(shared, catalog, snapshot_options, share).await.unwrap_or_default();
            waiting.retain(|scan| tables.contains(scan.table()));
        }
        let jobs = snapshot_options.jobs;
        let mut judging = Judging { resolution, options, jobs, waiting, judged: BTreeMap::new() };
        let waiting: BTreeSet<usize> = judging.waiting.iter().flat_map(PartScan::rules).copied().collect();
        let now = (0..judging.resolution.rules.len()).filter(|index| !waiting.contains(index)).collect();
        judging.judge(now, BTreeMap::new(), shared).await;
        judging
    }

    /// What the snapshot's pass is to count.
    pub(super) fn beside(&self) -> Vec<Beside<'_>> {
        self.waiting.iter().map(beside).collect()
    }

    /// Judges the rest by what the pass told; what it did not count is measured now. One fact a rule, in the order of the
    /// files.
    pub(super) async fn finish(
        mut self,
        told: &[Told],
        taken: Option<&Snapshot>,
        shared: &SharedSnapshot,
    ) -> Vec<Evidence> {
        let mut counted = BTreeMap::new();
        let mut rest = BTreeSet::new();
        for (place, scan) in self.waiting.iter().enumerate() {
            rest.extend(scan.rules());
            if let Some(told) = told.get(place) {
                counted.extend(self.counted(scan, told, taken));
            }
        }
        self.judge(rest.into_iter().collect(), counted, shared).await;
        // One fact a rule, so that facts and rules are in one order.
        let mut judged: Vec<Evidence> = self.judged.into_values().collect();
        rules::combine(&self.resolution.rules, &mut judged);
        let mut facts = self.resolution.not_evaluated;
        facts.extend(judged);
        facts
    }

    fn counted(&self, scan: &PartScan, told: &Told, taken: Option<&Snapshot>) -> Vec<(usize, Counted)> {
        // The digests counted the rows too: parts that do not add up to the same table tell nothing.
        let rows = taken.and_then(|taken| taken.table(scan.table())).map(|table| table.rows);
        let sums = match &told.figures {
            Ok(sums) if rows.is_some() && sums.first() == rows.as_ref() => Ok(sums.as_slice()),
            Ok(_) | Err(Untold::Unread) => return Vec::new(),
            Err(Untold::Ended(reason)) => Err(reason.as_str()),
        };
        scan.counted(&self.resolution.rules, sums, told.took_ms)
    }

    /// Judges the rules at these places.
    async fn judge(&mut self, places: Vec<usize>, mut counted: BTreeMap<usize, Counted>, shared: &SharedSnapshot) {
        let some: Vec<ResolvedRule> = places.iter().map(|index| self.resolution.rules[*index].clone()).collect();
        let counted = (0..).zip(&places).filter_map(|(at, index)| Some((at, counted.remove(index)?))).collect();
        let facts = rules::run_counted(&some, counted, shared, self.jobs, &self.options).await;
        self.judged.extend(places.into_iter().zip(facts));
    }
}

fn beside(scan: &PartScan) -> Beside<'_> {
    Beside {
        table: scan.table().to_owned(),
        limit: scan.limit(),
        statement: Box::new(|part: &Part<'_>| scan.statement(part.source, part.restriction, part.left)),
    }
}
