//! `phasegate verify --explain`: statements that can be run as they are printed, each with the server's plan.

use std::fmt::Write as _;

use crate::report::Format;
use crate::rules::{Explained, Sampled, Way};
use crate::run::Explanation;

/// How it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Json,
}

impl Form {
    /// A plan is no report: of the formats of reports two have a meaning here.
    pub(super) fn of(format: Format) -> anyhow::Result<Form> {
        match format {
            Format::Terminal => Ok(Form::Text),
            Format::Json => Ok(Form::Json),
            _ => Err(anyhow::anyhow!("with --explain the formats are terminal and json")),
        }
    }
}

pub(super) fn text(explanation: &Explanation, form: Form) -> String {
    match form {
        Form::Text => readable(explanation),
        Form::Json => {
            let document =
                serde_json::json!({ "statements": explanation.statements, "not_ready": explanation.not_ready });
            format!("{document:#}\n")
        }
    }
}

fn readable(explanation: &Explanation) -> String {
    let mut out = String::new();
    for fact in &explanation.not_ready {
        let _ = writeln!(out, "-- {}: {}\n", fact.check, commented(&fact.measured));
    }
    for statement in &explanation.statements {
        let _ = writeln!(out, "-- {}: {}", statement.rules.join(", "), way(statement));
        if let Some(sql) = &statement.sql {
            let _ = writeln!(out, "{};", sql.trim_end());
        }
        if let Some(sampled) = &statement.sampled {
            let _ = writeln!(out, "--   {}", pieces(sampled));
        }
        for line in &statement.plan {
            let _ = writeln!(out, "--   {line}");
        }
        if let Some(problem) = &statement.problem {
            let _ = writeln!(out, "--   no plan: {}", commented(problem));
        }
        out.push('\n');
    }
    out
}

fn way(statement: &Explained) -> String {
    let table = statement.table.as_deref().unwrap_or("the database");
    match statement.way {
        Way::CommonScan => format!("in one scan of {table}"),
        Way::SharedPass => format!("in one pass over {table}, by the columns that they share"),
        Way::ScanOfItsOwn => format!("by a scan of {table} of its own"),
        Way::StatementOfItsOwn => "by a statement of its own".to_owned(),
        Way::Combined => "by what other rules said".to_owned(),
    }
}

/// In how many pieces the scan is made, and why.
fn pieces(sampled: &Sampled) -> String {
    let how = match sampled.pieces {
        1 => "as a whole".to_owned(),
        pieces => format!("in {pieces} ranges of blocks, by all sessions"),
    };
    let Sampled { blocks, of_blocks, took_ms, whole_ms, .. } = sampled;
    let whole_s = whole_ms / 1000.0;
    format!(
        "{how}: a sample of {blocks} of {of_blocks} blocks took {took_ms:.1} ms, so one session would need {whole_s:.1} s"
    )
}

/// A text of several lines stays behind the dashes.
fn commented(text: &str) -> String {
    text.replace('\n', "\n--   ")
}
