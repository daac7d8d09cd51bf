//! Lists for people and machines: plan, status, log, snapshots, differences.

use std::path::{Path, PathBuf};

use comfy_table::{ContentArrangement, Table, TableStyle};
use serde_json::json;

use crate::config::Config;
use crate::evidence::Evidence;
use crate::migration_log::{ChainFault, LogState};
use crate::phase::Applied;
use crate::plan::{Action, Plan};
use crate::run::{History, Listed};
use crate::snapshot::Snapshot;
use crate::verdict::Verdict;

use super::args::{Listing, LogListing};
use super::surroundings::Surroundings;

pub(super) fn plan(plan: &Plan, format: Listing, around: &Surroundings) {
    if format == Listing::Json {
        return print_json(&json!({ "format_version": 1, "clear": plan.is_clear(), "plan": plan }));
    }
    if plan.steps.is_empty() {
        println!("nothing to do: {} phases are applied", plan.applied);
    } else {
        let mut table = table(around, &["phase", "action", "transaction", "statements", "sha256"]);
        for step in &plan.steps {
            let action = match &step.action {
                Action::Apply => "apply".to_owned(),
                Action::Resume { done, .. } => format!("resume after {}", done.len()),
            };
            let transaction = match step.transaction {
                crate::phase::TransactionMode::Phase => "one",
                crate::phase::TransactionMode::None => "none",
            };
            let sum = step.checksum.hex().chars().take(12).collect::<String>();
            table.add_row([step.phase.clone(), action, transaction.into(), step.statements.to_string(), sum]);
        }
        println!("{table}");
        println!("{} to run, {} applied", step_count(plan.steps.len()), plan.applied);
    }
    divergences(plan);
}

fn step_count(count: usize) -> String {
    if count == 1 { "1 phase".to_owned() } else { format!("{count} phases") }
}

/// Everything that stands in the way, with its remedy.
fn divergences(plan: &Plan) {
    for divergence in &plan.divergences {
        let weight = if divergence.blocking { "stop" } else { "note" };
        println!("{weight}: {}: {}", divergence.kind.word(), divergence.problem);
        println!("      {}", divergence.remedy);
    }
}

pub(super) fn status(history: &History, format: Listing, around: &Surroundings) {
    if format == Listing::Json {
        return print_json(&json!({ "format_version": 1, "clear": history.plan.is_clear(), "status": history }));
    }
    let mut table = table(around, &["phase", "state", "at", "took", "note"]);
    for phase in &history.phases {
        let took = phase.took_ms.map_or(String::new(), |took| format!("{took:.0} ms"));
        let at = phase.at.as_deref().map_or(String::new(), short_instant);
        table.add_row([phase.phase.clone(), phase.state.to_owned(), at, took, phase.note.clone()]);
    }
    println!("{table}");
    divergences(&history.plan);
}

pub(super) fn log(state: &LogState, format: LogListing, around: &Surroundings) -> anyhow::Result<()> {
    match format {
        LogListing::Json => {
            let rows: Vec<serde_json::Value> = state.applied.iter().map(log_json).collect();
            print_json(&json!({ "format_version": 1, "exists": state.exists, "rows": rows }));
        }
        LogListing::Csv => {
            let mut writer = csv::Writer::from_writer(std::io::stdout());
            writer.write_record(LOG_COLUMNS)?;
            for row in &state.applied {
                writer.write_record(log_cells(row))?;
            }
            writer.flush()?;
        }
        LogListing::Text if !state.exists => println!("there is no log in this database; nothing has run"),
        LogListing::Text => {
            let mut table = table(around, &["seq", "phase", "status", "at", "took", "error"]);
            for row in &state.applied {
                let took = format!("{:.0} ms", row.took_ms);
                let error = row.error.clone().unwrap_or_default();
                let cells = [
                    row.seq.to_string(),
                    row.phase.clone(),
                    row.status.word().to_owned(),
                    short_instant(&row.recorded_at),
                    took,
                    error,
                ];
                table.add_row(cells);
            }
            println!("{table}");
        }
    }
    Ok(())
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

pub(super) fn chain(rows: u64, faults: &[ChainFault]) {
    if faults.is_empty() {
        return println!("the chain holds: {rows} rows, none edited, none missing");
    }
    for fault in faults {
        println!("row {}: {}", fault.seq, fault.problem);
    }
    println!("the log was rewritten: {} faults in {rows} rows", faults.len());
}

pub(super) fn taken(snapshot: &Snapshot, directory: &Path) {
    println!("{}: {}", directory.display(), size(snapshot));
    for gap in &snapshot.not_covered {
        println!("not covered: {}: {}", gap.name, gap.reason);
    }
}

pub(super) fn snapshots(list: &[Listed], config: &Config, format: Listing, around: &Surroundings) {
    let name = |path: &PathBuf| path.strip_prefix(&config.snapshots).unwrap_or(path).display().to_string();
    if format == Listing::Json {
        let entry = |(path, snapshot): &Listed| match snapshot {
            Ok(snapshot) => json!({
                "name": name(path), "database": snapshot.database, "tables": snapshot.tables.len(),
                "rows": snapshot.tables.iter().map(|table| table.rows).sum::<u64>(),
            }),
            Err(error) => json!({ "name": name(path), "error": error }),
        };
        let entries: Vec<serde_json::Value> = list.iter().map(entry).collect();
        return print_json(&json!({ "format_version": 1, "snapshots": entries }));
    }
    if list.is_empty() {
        return println!("no snapshot in {}; make one with phasegate snapshot take", config.snapshots.display());
    }
    let mut table = table(around, &["snapshot", "database", "holds"]);
    for (path, snapshot) in list {
        match snapshot {
            Ok(snapshot) => table.add_row([name(path), snapshot.database.clone(), size(snapshot)]),
            Err(error) => table.add_row([name(path), String::new(), error.clone()]),
        };
    }
    println!("{table}");
}

pub(super) fn differences(verdict: Verdict, facts: &[Evidence], format: Listing, around: &Surroundings) {
    if format == Listing::Json {
        return print_json(&json!({ "format_version": 1, "verdict": verdict, "differences": facts }));
    }
    let mut table = table(around, &["verdict", "subject", "measured"]);
    for fact in facts {
        let keys: Vec<String> = fact.samples.iter().map(|sample| format!("{} {}", sample.key, sample.value)).collect();
        let measured =
            if keys.is_empty() { fact.measured.clone() } else { format!("{}\n{}", fact.measured, keys.join("\n")) };
        table.add_row([fact.verdict.word().to_owned(), fact.subject.clone(), printable(&measured)]);
    }
    println!("{table}");
    println!("{verdict}");
}

fn size(snapshot: &Snapshot) -> String {
    let rows: u64 = snapshot.tables.iter().map(|table| table.rows).sum();
    format!("{} tables, {rows} rows", snapshot.tables.len())
}

/// `2026-11-23 13:15:00`, from RFC 3339.
fn short_instant(text: &str) -> String {
    text.get(..19).unwrap_or(text).replace('T', " ")
}

/// Data must not be able to fake a line's colour or the cursor's place.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

pub(super) fn table(around: &Surroundings, header: &[&str]) -> Table {
    let mut table = Table::new();
    table.force_no_tty().load_style(TableStyle::new());
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(around.width);
    table.set_header(header.to_vec());
    table
}

pub(super) fn print_json(value: &serde_json::Value) {
    println!("{value:#}");
}
