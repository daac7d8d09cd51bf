//! `phasegate watch`: what can be typed, and how a round is shown.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use crate::report::Format;
use crate::run::{self, Change, Context, Exit, Round, WatchEvent, WatchOptions};

use super::paper::{count, printable, table};
use super::surroundings::Surroundings;
use super::{print, print_outcome, say};

/// What can be typed after `watch`.
#[derive(Debug, Args)]
pub(super) struct Watch {
    /// From the beginning of one round to that of the next
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = time)]
    every: Duration,
    /// Stop by itself after this time [default: until Ctrl-C]
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    lasting: Option<Duration>,
    /// Only gates with this id or tag; may be given again
    #[arg(long, value_name = "ID|TAG")]
    only: Vec<String>,
    /// Hold the declared metrics against this baseline in every round as well
    #[arg(long, value_name = "NAME")]
    baseline: Option<String>,
    /// Let Prometheus read http://127.0.0.1:N/metrics; 0: any port that is free
    #[arg(long, value_name = "N")]
    metrics_port: Option<u16>,
    /// Print every fact of every round as a line of JSON
    #[arg(long)]
    json: bool,
}

/// The alerts that a live view keeps in sight.
const SHOWN_ALERTS: usize = 8;

/// Watches, shows, and ends with the report.
pub(super) async fn run(
    typed: &Watch,
    context: &Context<'_>,
    around: &Surroundings,
    quiet: bool,
) -> anyhow::Result<Exit> {
    let options = WatchOptions {
        every: typed.every,
        lasting: typed.lasting,
        only: typed.only.clone(),
        baseline: typed.baseline.clone(),
        port: typed.metrics_port,
    };
    let is_live = std::io::stdout().is_terminal() && around.live && !typed.json && !quiet;
    let alerts = Mutex::new(Vec::new());
    let tell = |event| match event {
        WatchEvent::Listening(address) => say(&format!("phasegate: metrics at http://{address}/metrics"), around),
        WatchEvent::Round(round) if typed.json => print(&json_lines(&round)),
        WatchEvent::Round(round) => {
            let lines = round.changes.iter().filter_map(line);
            if is_live {
                let mut alerts = alerts.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                alerts.extend(lines);
                print(&view(&round, &alerts, typed.every, around));
            } else {
                print(&lines.collect::<String>());
            }
        }
    };
    let outcome = run::watch(context, &options, &tell).await?;
    if typed.json {
        let run = outcome.directory.as_ref().map(|directory| directory.display().to_string());
        let verdict = outcome.report.as_ref().map(|report| report.verdict);
        print(&format!("{}\n", json!({ "watched": run, "verdict": verdict })));
        return Ok(outcome.exit);
    }
    Ok(print_outcome(&outcome, Format::Terminal, around, quiet))
}

/// `2026-11-23T01:02:03Z alert: backend_is_healthy fail (was pass): GET …: status 500`.
fn line(change: &Change) -> Option<String> {
    let word = change.word()?;
    let was = change.before.map_or(String::new(), |before| format!(" (was {before})"));
    let Change { gate, now, subject, measured, .. } = change;
    let text = format!("{} {word}: {gate} {now}{was}: {subject}: {measured}", stamp());
    Some(format!("{}\n", printable(&text).replace('\n', " ")))
}

/// One line a fact; a gate that says something else than before is told with its first fact.
fn json_lines(round: &Round) -> String {
    let mut told: Vec<&str> = Vec::new();
    let mut out = String::new();
    for fact in &round.facts {
        let mut object = json!({
            "round": round.number, "at": stamp_of(fact.at), "gate": fact.check, "subject": fact.subject,
            "verdict": fact.verdict, "measured": fact.measured, "took_ms": fact.took_ms,
        });
        let change = round.changes.iter().find(|change| change.gate == fact.check);
        if let Some(change) = change.filter(|change| !told.contains(&change.gate.as_str())) {
            told.push(&change.gate);
            if let Some(word) = change.word() {
                object["change"] = json!({ "what": word, "before": change.before, "now": change.now });
            }
        }
        out.push_str(&format!("{object}\n"));
    }
    out
}

/// The whole screen: every gate, and the newest alerts below.
fn view(round: &Round, alerts: &[String], every: Duration, around: &Surroundings) -> String {
    let rows = round.gates.iter().map(|gate| {
        let text = if gate.subject.is_empty() {
            gate.measured.clone()
        } else {
            format!("{}: {}", gate.subject, gate.measured)
        };
        vec![
            gate.verdict.to_string(),
            gate.gate.clone(),
            stamp_of(gate.since),
            format!("{:.0}", gate.took_ms),
            cut(&text, usize::from(around.width)),
        ]
    });
    let gates = table(around.width, &["verdict", "gate", "since", "ms", "measured"], &["ms"], rows);
    let head = format!(
        "round {} at {}, {} in {:.1} s; a round every {} s; Ctrl-C ends it\n\n",
        round.number,
        stamp(),
        count(round.gates.len(), "gate"),
        round.took.as_secs_f64(),
        every.as_secs_f64()
    );
    let newest = alerts.iter().rev().take(SHOWN_ALERTS).rev().map(|line| cut(line, usize::from(around.width)));
    let below: String = newest.map(|line| format!("{}\n", line.trim_end())).collect();
    // The cursor goes home and what was there is wiped, so that the view stays in its place.
    format!("\u{1b}[H\u{1b}[J{head}{gates}\n{below}")
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width { text.to_owned() } else { text.chars().take(width - 1).chain(['…']).collect() }
}

fn stamp() -> String {
    stamp_of(time::OffsetDateTime::now_utc())
}

fn stamp_of(at: time::OffsetDateTime) -> String {
    let at = at.replace_nanosecond(0).unwrap_or(at);
    at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}

fn time(text: &str) -> Result<Duration, String> {
    let time = crate::phase::parse_duration("the time", text)?;
    if time < Duration::from_millis(100) { Err("it is at least 100ms".to_owned()) } else { Ok(time) }
}
