//! What was checked and what was not.

use crate::evidence::{Evidence, Sample, Topic};
use crate::phase::ObjectKind;
use crate::verdict::Verdict;

use super::{Cause, Snapshot};

/// The check of the one fact that says what a snapshot covers.
pub const COVERAGE: &str = "snapshot_coverage";

/// What no snapshot looks at, whatever was asked for.
const NEVER: &str = "no snapshot compares temporary tables, roles, settings of databases and roles, default privileges, event triggers, \
                     publications, foreign servers, options of foreign tables, casts, operators, collations, text search, extended \
                     statistics, tablespaces, access methods, storage, compression and statistics settings of columns";

/// One fact: how many of the tables were read, and why the others were not.
///
/// A table that should have been read and was not leaves the question open (`NotEvaluated`); one that cannot be read
/// by its nature is a warning, and so is a sequence whose place could not be seen; one that was left out by request is named.
pub fn coverage(snapshot: &Snapshot) -> Evidence {
    let covered = snapshot.tables.len();
    let total = covered + snapshot.not_covered.len();
    let gaps = || snapshot.not_covered.iter().chain(&snapshot.sequences_not_seen);
    let verdict = gaps().map(|gap| verdict(gap.cause)).fold(Verdict::Pass, Ord::max);
    let verdict = if covered == 0 { Verdict::NotEvaluated } else { verdict };
    let reasons: Vec<String> = gaps().map(|gap| format!("{}: {}", gap.name, gap.reason)).collect();
    let mut measured = self::covered(snapshot);
    if !reasons.is_empty() {
        measured = format!("{measured}; not checked: {}", reasons.join("; "));
    }
    measured = format!("{measured}; {NEVER}");
    let mut evidence = Evidence::new(Topic::Coverage, COVERAGE, &snapshot.database, verdict)
        .expected(format!("{total} tables checked"))
        .measured(measured)
        .rows_examined(snapshot.tables.iter().map(|table| table.rows).sum());
    // A table that was not read is no row that violates something.
    evidence.samples = gaps().map(|gap| Sample::new(&gap.name, &gap.reason)).collect();
    evidence
}

/// `checked 212 of 214 tables (1530 columns); 3 columns excluded: …; 2 views by their definitions`.
pub fn covered(snapshot: &Snapshot) -> String {
    let covered = snapshot.tables.len();
    let total = covered + snapshot.not_covered.len();
    let columns: usize = snapshot.tables.iter().map(|table| table.columns.len()).sum();
    let mut parts = vec![format!("checked {covered} of {total} tables ({columns} columns)")];
    let excluded = &snapshot.excluded_columns;
    if !excluded.is_empty() {
        let each: Vec<String> =
            excluded.iter().map(|entry| format!("{} because {}", entry.column, entry.reason)).collect();
        let noun = if excluded.len() == 1 { "column" } else { "columns" };
        parts.push(format!("{} {noun} excluded: {}", excluded.len(), each.join(", ")));
    }
    let views = snapshot.schema.objects.iter().filter(|object| object.kind == ObjectKind::View).count();
    match views {
        0 => {}
        1 => parts.push("1 view by its definition, its rows being those of its tables".into()),
        _ => parts.push(format!("{views} views by their definitions, their rows being those of their tables")),
    }
    parts.join("; ")
}

fn verdict(cause: Cause) -> Verdict {
    match cause {
        Cause::Excluded => Verdict::Pass,
        Cause::Unsuited => Verdict::Warn,
        Cause::Failed => Verdict::NotEvaluated,
    }
}
