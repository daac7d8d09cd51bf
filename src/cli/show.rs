//! Lists for people and machines: plan, status, log, snapshots, differences.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::config::Config;
use crate::evidence::{Evidence, Topic};
use crate::migration_log::{ChainFault, LogState};
use crate::phase::{Applied, TransactionMode};
use crate::plan::{Action, Plan};
use crate::report::Decision;
use crate::run::{History, Listed};
use crate::snapshot::Snapshot;
use crate::verdict::Verdict;

use super::args::{Listing, LogListing};
use super::paper::{count, printable, table, wrap};
use super::surroundings::Surroundings;

/// What would run, and what stands in the way.
pub(super) fn plan(plan: &Plan, format: Listing, around: &Surroundings) -> String {
    if format == Listing::Json {
        return page(&json!({ "format_version": 1, "clear": plan.is_clear(), "plan": plan }));
    }
    if plan.steps.is_empty() {
        return format!("nothing to do: {}\n{}", applied(plan.applied), divergences(plan, around));
    }
    let rows = plan.steps.iter().map(|step| {
        let action = match &step.action {
            Action::Apply => "apply".to_owned(),
            Action::Resume { done, .. } => format!("resume after {}", done.len()),
        };
        let transaction = match step.transaction {
            TransactionMode::Phase => "one",
            TransactionMode::None => "none",
        };
        // A script that cannot be read has no number of statements.
        let statements = if step.statements == 0 { "-".to_owned() } else { step.statements.to_string() };
        let sum = step.checksum.hex().chars().take(12).collect::<String>();
        vec![step.phase.clone(), action, transaction.to_owned(), statements, sum]
    });
    let header = ["phase", "action", "transaction", "statements", "sha256"];
    let steps = table(around.width, &header, &["statements"], rows);
    let total = format!("{} to run, {} applied\n", count(plan.steps.len(), "phase"), plan.applied);
    steps + &total + &forms(plan, around) + &expected_changes(plan, around) + &divergences(plan, around)
}

/// What the SQL of a phase names and nothing declares, and what its header declares and its SQL does not name.
fn expected_changes(plan: &Plan, around: &Surroundings) -> String {
    let note = |text: String| wrap(&printable(&format!("note: {text}")), Some(around.width), 6);
    let said = plan.steps.iter().map(|step| {
        let (file, found) = (&step.file, &step.expected_change);
        let mut text = String::new();
        if !found.undeclared.is_empty() {
            text += &note(format!("{file} names what nothing declares; if it is intended, its header gets:"));
            // A line to paste is not broken.
            for missing in &found.undeclared {
                let or = missing
                    .or
                    .as_ref()
                    .map_or(String::new(), |or| format!("\n      or, if it is there before:\n      {or}"));
                text += &printable(&format!("      {}{or}\n", missing.line));
            }
        }
        if !found.not_named.is_empty() {
            let lines = found.not_named.join("; ");
            text += &note(format!(
                "{file} declares what its SQL does not name (through a trigger, a cascade or a function?): {lines}"
            ));
        }
        if !found.more.is_empty() {
            let places: Vec<String> =
                found.more.iter().map(|more| format!("line {}, {}", more.line, more.why)).collect();
            text += &note(format!("{file} may change more than its SQL names: {}", places.join("; ")));
        }
        text
    });
    said.collect()
}

/// What is unusual about the form of files that run.
fn forms(plan: &Plan, around: &Surroundings) -> String {
    let said = plan.steps.iter().filter_map(|step| {
        let form = step.form.as_ref()?;
        Some(wrap(&printable(&format!("note: {} {form}", step.file)), Some(around.width), 6))
    });
    said.collect()
}

fn applied(number: usize) -> String {
    format!("{} applied", if number == 1 { "1 phase is".to_owned() } else { format!("{number} phases are") })
}

/// Everything that stands in the way, with its remedy.
pub(super) fn divergences(plan: &Plan, around: &Surroundings) -> String {
    let lines = plan.divergences.iter().map(|divergence| {
        let weight = if divergence.blocking { "stop" } else { "note" };
        let problem = format!("{weight}: {}: {}", divergence.kind.word(), divergence.problem);
        wrap(&printable(&problem), Some(around.width), 6) + &remedy(&divergence.remedy, around)
    });
    lines.collect()
}

fn remedy(text: &str, around: &Surroundings) -> String {
    wrap(&printable(&format!("      remedy: {text}")), Some(around.width), 14)
}

/// How every phase stands; what there is to say about one stands below.
pub(super) fn status(history: &History, format: Listing, around: &Surroundings) -> String {
    if format == Listing::Json {
        return page(&json!({ "format_version": 1, "clear": history.plan.is_clear(), "status": history }));
    }
    let rows = history.phases.iter().map(|phase| {
        let at = phase.at.as_deref().map_or(String::new(), short_instant);
        vec![phase.phase.clone(), phase.state.to_owned(), at, phase.took_ms.map_or(String::new(), seconds)]
    });
    let phases = table(around.width, &["phase", "state", "at (UTC)", "took"], &["took"], rows);
    let pending = history.plan.steps.len();
    let applied = format!("{} applied, {pending} to run\n", count(history.plan.applied, "phase"));
    phases + &applied + &divergences(&history.plan, around)
}

/// The log.
pub(super) fn log(state: &LogState, format: LogListing, around: &Surroundings) -> anyhow::Result<String> {
    Ok(match format {
        LogListing::Json => {
            let rows: Vec<serde_json::Value> = state.applied.iter().map(log_json).collect();
            page(&json!({ "format_version": 1, "exists": state.exists, "rows": rows }))
        }
        LogListing::Csv => {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(LOG_COLUMNS)?;
            for row in &state.applied {
                writer.write_record(log_cells(row))?;
            }
            String::from_utf8(writer.into_inner()?)?
        }
        LogListing::Text if !state.exists => "there is no log in this database; nothing has run\n".to_owned(),
        LogListing::Text => log_text(state, around),
    })
}

/// Errors stand below the table, where they have the whole width.
fn log_text(state: &LogState, around: &Surroundings) -> String {
    let rows = state.applied.iter().map(|row| {
        let status = row.status.word().to_owned();
        let at = short_instant(&row.recorded_at);
        vec![row.seq.to_string(), row.phase.clone(), status, at, seconds(row.took_ms), row.run_id.clone()]
    });
    let header = ["seq", "phase", "status", "at (UTC)", "took", "run"];
    let errors = state.applied.iter().filter_map(|row| {
        let text = format!("row {}: {}", row.seq, row.error.as_ref()?);
        Some(wrap(&printable(&text), Some(around.width), 6))
    });
    table(around.width, &header, &["seq", "took"], rows) + &errors.collect::<String>()
}

const LOG_COLUMNS: [&str; 9] =
    ["seq", "attempt", "run_id", "phase", "status", "recorded_at", "took_ms", "raw_sha256", "error"];

fn log_cells(row: &Applied) -> [String; 9] {
    [
        row.seq.to_string(),
        row.attempt.to_string(),
        row.run_id.clone(),
        row.phase.clone(),
        row.status.word().to_owned(),
        row.recorded_at.clone(),
        format!("{:.3}", row.took_ms),
        row.checksums.raw.hex(),
        row.error.clone().unwrap_or_default(),
    ]
}

fn log_json(row: &Applied) -> serde_json::Value {
    let cells = log_cells(row);
    let pairs = LOG_COLUMNS.iter().zip(&cells).map(|(name, cell)| ((*name).to_owned(), json!(cell)));
    let mut object: serde_json::Map<String, serde_json::Value> = pairs.collect();
    object.insert("seq".into(), json!(row.seq));
    object.insert("attempt".into(), json!(row.attempt));
    object.insert("took_ms".into(), json!(row.took_ms));
    object.insert("error".into(), json!(row.error));
    serde_json::Value::Object(object)
}

/// Whether the log is as it was written.
pub(super) fn chain(rows: u64, faults: &[ChainFault], around: &Surroundings) -> String {
    if faults.is_empty() {
        return format!("the chain holds: {}, none edited, none missing\n", count(rows, "row"));
    }
    let each = faults.iter().map(|fault| format!("row {}: {}\n", fault.seq, fault.problem));
    let total = format!("the log was rewritten: {} in {}\n", count(faults.len(), "fault"), count(rows, "row"));
    wrap(&printable(&(each.collect::<String>() + &total)), Some(around.width), 6)
}

/// What a snapshot holds, and what it does not.
pub(super) fn taken(taken: &Snapshot, directory: &Path, around: &Surroundings) -> String {
    let mut text = format!("{}: {}\n", directory.display(), size(taken));
    text += &format!("{}\n{}\n", crate::snapshot::covered(taken), crate::snapshot::guarantee(taken));
    for gap in &taken.not_covered {
        text += &format!("not covered: {}: {}\n", gap.name, gap.reason);
    }
    wrap(&printable(&text), Some(around.width), 6)
}

/// The snapshots of the folder.
pub(super) fn snapshots(list: &[Listed], config: &Config, format: Listing, around: &Surroundings) -> String {
    let name = |path: &PathBuf| path.strip_prefix(&config.snapshots).unwrap_or(path).display().to_string();
    if format == Listing::Json {
        let entry = |(path, snapshot): &Listed| match snapshot {
            Ok(snapshot) => json!({
                "name": name(path), "database": snapshot.database, "tables": snapshot.tables.len(),
                "rows": row_count(snapshot),
            }),
            Err(error) => json!({ "name": name(path), "error": error }),
        };
        let entries: Vec<serde_json::Value> = list.iter().map(entry).collect();
        return page(&json!({ "format_version": 1, "snapshots": entries }));
    }
    if list.is_empty() {
        let folder = config.snapshots.display();
        return format!("no snapshot in {folder}; make one with phasegate snapshot take\n");
    }
    let rows = list.iter().map(|(path, snapshot)| match snapshot {
        Ok(snapshot) => {
            let (tables, rows) = (snapshot.tables.len().to_string(), row_count(snapshot).to_string());
            vec![name(path), snapshot.database.clone(), tables, rows]
        }
        Err(_) => vec![name(path), "unreadable".to_owned(), String::new(), String::new()],
    });
    let errors = list.iter().filter_map(|(path, snapshot)| {
        let text = format!("{}: {}", name(path), snapshot.as_ref().err()?);
        Some(wrap(&printable(&text), Some(around.width), 6))
    });
    let header = ["snapshot", "database", "tables", "rows"];
    table(around.width, &header, &["tables", "rows"], rows) + &errors.collect::<String>()
}

/// What differs between two snapshots, the worst first.
pub(super) fn differences(verdict: Verdict, facts: &[Evidence], format: Listing, around: &Surroundings) -> String {
    if format == Listing::Json {
        return page(&json!({ "format_version": 1, "verdict": verdict, "differences": facts }));
    }
    let passed = facts.iter().filter(|fact| fact.verdict == Verdict::Pass);
    let rows = passed.map(|fact| vec![fact.verdict.word().to_owned(), fact.subject.clone(), fact.measured.clone()]);
    let passed = table(around.width, &["verdict", "subject", "measured"], &[], rows);
    let decision = Decision::of(verdict).word();
    let bad = facts.iter().filter(|fact| fact.verdict != Verdict::Pass).count();
    findings(facts, around) + &passed + &format!("{decision}: {}, {bad} not as expected\n", count(facts.len(), "check"))
}

/// Whatever did not pass, the worst first: what was measured, the first keys, the remedy.
///
/// A failed phase is left out: it is shown with its line and a caret.
pub(super) fn findings(facts: &[Evidence], around: &Surroundings) -> String {
    let told = |topic: Topic| (topic.judges() || topic == Topic::Coverage) && topic != Topic::Phase;
    let judged = |fact: &&Evidence| told(fact.topic) && fact.verdict != Verdict::Pass;
    let mut found: Vec<&Evidence> = facts.iter().filter(judged).collect();
    found.sort_by_key(|fact| std::cmp::Reverse(fact.verdict));
    found.into_iter().map(|fact| finding(fact, around)).collect()
}

fn finding(fact: &Evidence, around: &Surroundings) -> String {
    let subject = if fact.subject == fact.check { String::new() } else { format!(" {}", fact.subject) };
    let head = format!("{}: {}{subject}: {}", fact.verdict, fact.check, fact.measured.replace('\n', " "));
    let samples = fact.samples.iter().map(|sample| {
        let text = format!("      - {}", sample.line()).replace('\n', " ");
        wrap(&printable(&text), Some(around.width), 8)
    });
    let text = wrap(&printable(&head), Some(around.width), 6) + &samples.collect::<String>();
    text + &fact.remedy.as_ref().map_or(String::new(), |text| remedy(text, around))
}

fn size(snapshot: &Snapshot) -> String {
    format!("{}, {}", count(snapshot.tables.len(), "table"), count(row_count(snapshot), "row"))
}

fn row_count(snapshot: &Snapshot) -> u64 {
    snapshot.tables.iter().map(|table| table.rows).sum()
}

/// `2026-11-23 13:15:00`, from RFC 3339.
fn short_instant(text: &str) -> String {
    text.get(..19).unwrap_or(text).replace('T', " ")
}

/// `0.012 s`: one unit, so that a column of them can be compared.
fn seconds(took_ms: f64) -> String {
    format!("{:.3} s", took_ms / 1000.0)
}

fn page(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
}
