//! diff: what was typed, and what it came to.

use std::io::Write;
use std::time::Duration;

use serde::Serialize;

use crate::config::Config;
use crate::diff::{
    ColumnNote, ColumnProblem, Comparison, Options, RowDiff, RowKind, SchemaDiff, SchemaNote, TableDiff,
};
use crate::evidence::shown;
use crate::run::{self, Exit};
use crate::verdict::Verdict;

use super::args::{Common, Diff, LogListing};
use super::paper::{printable, table};
use super::progress::Progress;
use super::surroundings::Surroundings;

/// So many schema objects are shown on a page.
const SCHEMA_SHOWN: usize = 50;
/// And so many letters of a definition.
const DEFINITION_SHOWN: usize = 160;

pub(super) async fn run(typed: &Diff, common: &Common, config: &Config, around: &Surroundings) -> anyhow::Result<Exit> {
    let side = |typed_side: &str| -> anyhow::Result<_> {
        Ok(super::hiding(super::connection(typed_side, around)?, config, &typed.redact))
    };
    let a = side(&typed.a)?;
    let b = typed.b.as_deref().map(side).transpose()?;
    let progress = Progress::new(around, common.quiet || typed.format != LogListing::Text);
    let events = |event| progress.take(event);
    let cancel = super::on_interrupt();
    let options = options(typed, config);
    let compared = run::diff(&a, b.as_ref(), &options, typed.repair_sql.as_deref(), &cancel, &events).await;
    progress.finish();
    let compared = compared?;
    let recorded = match typed.record {
        true => Some(run::record_diff(config, super::operator(common, around), (&a, b.as_ref()), &options, &compared)?),
        false => None,
    };
    super::print_by(|out| match typed.format {
        LogListing::Json => json(&compared, out),
        LogListing::Csv => csv(&compared, out),
        LogListing::Text => text(&compared, around, common.quiet, out),
    })?;
    if let Some(directory) = recorded.and_then(|outcome| outcome.directory).filter(|_| !common.quiet) {
        super::say(&format!("report: {}", directory.join("report.md").display()), around);
    }
    Ok(compared.verdict.into())
}

fn json(compared: &Comparison, out: &mut dyn Write) -> anyhow::Result<()> {
    #[derive(Serialize)]
    struct Page<'a> {
        diff: &'a Comparison,
        format_version: u8,
    }
    serde_json::to_writer_pretty(&mut *out, &Page { diff: compared, format_version: 1 })?;
    Ok(writeln!(out)?)
}

fn options(typed: &Diff, config: &Config) -> Options {
    Options {
        schemas: typed.schema.clone(),
        tables: typed.table.clone(),
        exclude: typed.exclude.clone(),
        columns: typed.column.clone(),
        ignore_columns: typed.ignore_columns.clone(),
        keys: typed.key.clone(),
        filter: typed.filter.clone(),
        tolerances: typed.tolerance.clone(),
        redact: typed.redact.clone(),
        also_redact: config.measure.redact.clone(),
        limit: typed.limit,
        max_different_percent: typed.max_different_percent,
        strict_schema: typed.strict_schema,
        two_phase: typed.two_phase.map(Duration::from_secs),
    }
}

/// One word that says it.
fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass | Verdict::Warn => "equal",
        Verdict::Fail => "different",
        Verdict::NotEvaluated => "could not judge",
    }
}

fn text(compared: &Comparison, around: &Surroundings, quiet: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    if quiet {
        return Ok(writeln!(out, "{}", word(compared.verdict))?);
    }
    let rows = compared.tables.iter().map(|diff| {
        vec![
            name(diff),
            diff.rows_a.to_string(),
            diff.rows_b.to_string(),
            diff.only_in_a.to_string(),
            diff.only_in_b.to_string(),
            diff.changed.to_string(),
            if diff.rows_a + diff.rows_b == 0 { "empty".to_owned() } else { word(diff.verdict).to_owned() },
        ]
    });
    let header = ["table", "rows A", "rows B", "only A", "only B", "changed", "verdict"];
    write!(out, "{}", table(around.width, &header, &header[1..6], rows))?;
    for diff in &compared.tables {
        let (before, after) = (notes(diff), rest(diff)?);
        if before.len() + diff.rows.len() + after.len() > 0 {
            writeln!(out, "\n{}", printable(&name(diff)))?;
        }
        let rows = diff.rows.iter().map(|shown| shown.map(|shown| row(&shown)));
        for line in before.into_iter().map(Ok).chain(rows).chain(after.into_iter().map(Ok)) {
            writeln!(out, "  {}", printable(&line?))?;
        }
    }
    if !compared.not_compared.is_empty() {
        writeln!(out)?;
    }
    for gap in &compared.not_compared {
        let weight = if gap.cause.is_none() { "missing" } else { "not compared" };
        writeln!(out, "{weight}: {}: {}", printable(&gap.name), printable(&gap.reason))?;
    }
    write!(out, "{}", schema(&compared.schema))?;
    Ok(writeln!(out, "\n{}: {}", compared.coverage(), word(compared.verdict))?)
}

/// The schema objects that differ, a line each.
fn schema(diff: &SchemaDiff) -> String {
    if diff.different.is_empty() {
        return String::new();
    }
    let mut page = format!("\nschema: {} objects are the same, {} differ\n", diff.same, diff.different.len());
    for note in diff.different.iter().take(SCHEMA_SHOWN) {
        page.push_str(&format!("  {}\n", printable(&schema_note(note))));
    }
    if diff.different.len() > SCHEMA_SHOWN {
        page.push_str(&format!("  … and {} more; --format json has all\n", diff.different.len() - SCHEMA_SHOWN));
    }
    page
}

fn schema_note(note: &SchemaNote) -> String {
    let named = format!("{} {}", note.kind.word(), note.name);
    match (&note.a, &note.b) {
        (Some(a), Some(b)) => format!("{named}: A: {}; B: {}", cut(a), cut(b)),
        (Some(a), None) => format!("{named} is only in A: {}", cut(a)),
        (None, b) => format!("{named} is only in B: {}", cut(b.as_deref().unwrap_or_default())),
    }
}

/// A definition in one line.
fn cut(definition: &str) -> String {
    let line: String = definition.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(DEFINITION_SHOWN) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

fn name(diff: &TableDiff) -> String {
    if diff.a == diff.b { diff.a.clone() } else { format!("{} = {}", diff.a, diff.b) }
}

/// What is to be said of a table that is not simply equal before its rows, a line each.
fn notes(diff: &TableDiff) -> Vec<String> {
    let mut lines: Vec<String> = diff.columns.iter().map(column).collect();
    if diff.key.is_empty() && diff.rows_a + diff.rows_b > 0 && diff.verdict == Verdict::Fail {
        lines.push("no key on both sides: compared as multisets, so a changed row is one lost and one added".into());
    }
    if let Some(aborted) = &diff.aborted {
        let columns = if aborted.columns.is_empty() { "none alone".into() } else { aborted.columns.join(", ") };
        let (unequal, all) = (aborted.unequal_buckets, aborted.buckets);
        lines.push(format!(
            "{unequal} of {all} buckets differ, so no rows were looked for; columns that differ: {columns}"
        ));
    }
    if !diff.changed_columns.is_empty() {
        lines.push(format!("changed: {}", counts(&diff.changed_columns)));
    }
    if diff.tolerated > 0 || !diff.tolerated_columns.is_empty() {
        let rows = diff.tolerated;
        lines.push(format!("{rows} rows are equal only by a tolerance; it hides {}", counts(&diff.tolerated_columns)));
    }
    if diff.settled > 0 {
        lines.push(format!("{} rows differed at first and no longer when looked at again", diff.settled));
    }
    lines
}

/// And after them.
fn rest(diff: &TableDiff) -> std::io::Result<Vec<String>> {
    let mut lines = Vec::new();
    let found = diff.only_in_a + diff.only_in_b + diff.changed;
    let mut shown = 0;
    for row in diff.rows.iter() {
        shown += row?.copies;
    }
    if found > shown {
        lines.push(format!("… and {} more", found - shown));
    }
    if diff.not_looked_at > 0 {
        lines.push(format!("{} further rows are not alike and were not looked at", diff.not_looked_at));
    }
    Ok(lines)
}

fn counts(columns: &std::collections::BTreeMap<String, u64>) -> String {
    let counts: Vec<String> = columns.iter().map(|(column, rows)| format!("{column} in {rows}")).collect();
    counts.join(", ")
}

fn column(note: &ColumnNote) -> String {
    let name = &note.column;
    match &note.problem {
        ColumnProblem::OnlyInA => format!("column {name} is only in A"),
        ColumnProblem::OnlyInB => format!("column {name} is only in B"),
        ColumnProblem::Type { a, b } => format!("column {name} is {a} in A and {b} in B; its values were compared"),
        ColumnProblem::Ignored => format!("column {name} was left out by request"),
    }
}

fn row(row: &RowDiff) -> String {
    let key: Vec<String> =
        row.key.iter().map(|(column, value)| format!("{column}={}", shown(value.as_deref()))).collect();
    let copies = if row.copies > 1 { format!(" ({} times)", row.copies) } else { String::new() };
    let values = row
        .values
        .iter()
        .map(|value| format!("; {}: {} -> {}", value.column, shown(value.a.as_deref()), shown(value.b.as_deref())));
    let values: String = values.collect();
    format!("{} {}{copies}{values}", kind(row.kind), key.join(", "))
}

fn kind(kind: RowKind) -> &'static str {
    match kind {
        RowKind::OnlyInA => "only in A:",
        RowKind::OnlyInB => "only in B:",
        RowKind::Changed => "changed:",
    }
}

/// A line for each value that differs; rows on one side only, and tables without rows to show, have one line each.
fn csv(compared: &Comparison, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(["table_a", "table_b", "kind", "key", "copies", "column", "a", "b"])?;
    for diff in &compared.tables {
        let table = [diff.a.as_str(), diff.b.as_str()];
        for note in &diff.columns {
            writer.write_record([table[0], table[1], "column", "", "", &note.column, &column(note), ""])?;
        }
        for row in diff.rows.iter() {
            let row = row?;
            let key = serde_json::to_string(&row.key)?;
            let (kind, copies) = (kind(row.kind).trim_end_matches(':'), row.copies.to_string());
            if row.values.is_empty() {
                writer.write_record([table[0], table[1], kind, &key, &copies, "", "", ""])?;
            }
            for value in &row.values {
                let (a, b) = (shown(value.a.as_deref()), shown(value.b.as_deref()));
                writer.write_record([table[0], table[1], kind, &key, &copies, &value.column, &a, &b])?;
            }
        }
        let summary = format!(
            "rows {} and {}; only in A {}; only in B {}; changed {}; tolerated {}; settled {}; not looked at {}",
            diff.rows_a,
            diff.rows_b,
            diff.only_in_a,
            diff.only_in_b,
            diff.changed,
            diff.tolerated,
            diff.settled,
            diff.not_looked_at
        );
        writer.write_record([table[0], table[1], "verdict", "", "", "", word(diff.verdict), &summary])?;
    }
    for note in &compared.schema.different {
        let (a, b) = (note.a.as_deref().unwrap_or_default(), note.b.as_deref().unwrap_or_default());
        writer.write_record([&note.name, &note.name, "schema", "", "", note.kind.word(), a, b])?;
    }
    for gap in &compared.not_compared {
        writer.write_record([&gap.name, &gap.name, "not compared", "", "", "", &gap.reason, ""])?;
    }
    Ok(writer.flush()?)
}
