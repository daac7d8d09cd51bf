//! What was checked and what was not.

use crate::evidence::{Evidence, Sample, Topic};
use crate::verdict::Verdict;

use super::{Cause, Snapshot};

/// The check of the one fact that says what a snapshot covers.
pub const COVERAGE: &str = "snapshot_coverage";

/// What no snapshot looks at, whatever was asked for.
const NEVER: &str = "no snapshot compares roles, settings of databases and roles, default privileges, event triggers, \
                     publications, foreign servers, casts, operators, collations, text search, extended statistics";

/// One fact: how many of the tables were read, and why the others were not.
///
/// A table that should have been read and was not leaves the question open (`NotEvaluated`); one that cannot be read
/// by its nature is a warning; one that was left out by request is named.
pub fn coverage(snapshot: &Snapshot) -> Evidence {
    let covered = snapshot.tables.len();
    let total = covered + snapshot.not_covered.len();
    let verdict = snapshot.not_covered.iter().map(|table| verdict(table.cause)).fold(Verdict::Pass, Ord::max);
    let verdict = if covered == 0 { Verdict::NotEvaluated } else { verdict };
    let columns: usize = snapshot.tables.iter().map(|table| table.columns.len()).sum();
    let mut measured = format!("checked {covered} of {total} tables ({columns} columns)");
    let reasons: Vec<String> =
        snapshot.not_covered.iter().map(|table| format!("{}: {}", table.name, table.reason)).collect();
    if !reasons.is_empty() {
        measured = format!("{measured}; not checked: {}", reasons.join("; "));
    }
    measured = format!("{measured}; {NEVER}");
    let samples =
        snapshot.not_covered.iter().map(|table| Sample { key: table.name.clone(), value: table.reason.clone() });
    let evidence = Evidence::new(Topic::Coverage, COVERAGE, &snapshot.database, verdict)
        .expected(format!("{total} tables checked"))
        .measured(measured)
        .rows_examined(snapshot.tables.iter().map(|table| table.rows).sum());
    let missing = u64::try_from(snapshot.not_covered.len()).unwrap_or(u64::MAX);
    evidence.violations(missing, samples.collect())
}

fn verdict(cause: Cause) -> Verdict {
    match cause {
        Cause::Excluded => Verdict::Pass,
        Cause::Unsuited => Verdict::Warn,
        Cause::Failed => Verdict::NotEvaluated,
    }
}
