//! campaign: what was typed, and what it came to.

mod rules;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use crate::campaign::{Fault, Part, Report, Score};
use crate::disposable::Options as ServerOptions;
use crate::run::{self, CampaignOptions, Exit};
use crate::spill::Temporary;
use crate::verdict::Verdict;

use super::args::{Campaign, CampaignOver, Common, Listing};
use super::paper::{printable, table};
use super::progress::Progress;
use super::surroundings::Surroundings;

/// Faults that are shown; the JSON has them all.
const SHOWN: usize = 20;

pub(super) async fn run(typed: &Campaign, common: &Common, around: &Surroundings) -> anyhow::Result<Exit> {
    if let Some(CampaignOver::Rules(typed)) = &typed.over {
        return rules::run(typed, common, around).await;
    }
    let scratch = Temporary::folder("campaign")?;
    let progress = Progress::new(around, common.quiet || typed.format == Listing::Json);
    let events = |event| progress.take(event);
    let server = super::server_options(&typed.server)?;
    let other = typed.other_pg_bin.as_ref().map(|bin| ServerOptions {
        bin_dir: Some(bin.clone()),
        major: None,
        ..server.clone()
    });
    let chosen = CampaignOptions {
        defects: typed.defects,
        rewrites: typed.rewrites,
        seed: typed.seed,
        scale: typed.scale,
        other,
        ..CampaignOptions::new(server, scratch.path().to_owned(), around.env.clone(), super::on_interrupt())
    };
    let report = run::campaign(&chosen, &events).await?;
    progress.finish();
    let verdict = said(report.verdict, report.faults.len(), report.took_ms);
    print(typed.format, common.quiet, &report, &verdict, || text(&report, around));
    Ok(report.verdict.into())
}

/// As data; as the verdict alone; or as a page that ends with it.
fn print(format: Listing, quiet: bool, report: &impl Serialize, verdict: &str, page: impl FnOnce() -> String) {
    super::print(&match format {
        Listing::Json => format!("{:#}\n", json!({ "format_version": 1, "campaign": report })),
        Listing::Text if quiet => format!("{verdict}\n"),
        Listing::Text => format!("{}\n{verdict}\n", page()),
    });
}

fn text(report: &Report, around: &Surroundings) -> String {
    let mut page = format!(
        "seed {}, PostgreSQL {}, digests {}: {} tables, {} rows; {} types with {} values\n\n",
        report.seed,
        report.servers.join(" and "),
        report.digest_method,
        report.tables,
        report.rows,
        report.types,
        report.values
    );
    page.push_str(&counted("defects", &report.defects.kinds, around));
    page.push_str(&counted("rewrites", &report.rewrites.kinds, around));
    page.push_str(&scores(report, around));
    page.push_str(&rest(&report.left_out, &report.faults));
    page
}

/// What was not tried, and what went wrong.
fn rest(left_out: &[String], faults: &[Fault]) -> String {
    let mut page: String = left_out.iter().map(|line| format!("not tried: {}\n", printable(line))).collect();
    page.extend(faults.iter().take(SHOWN).map(fault));
    if faults.len() > SHOWN {
        page.push_str(&format!("and {} more faults; --format json has them all\n", faults.len() - SHOWN));
    }
    page
}

fn counted(what: &str, kinds: &BTreeMap<String, usize>, around: &Surroundings) -> String {
    if kinds.is_empty() {
        return String::new();
    }
    let rows = kinds.iter().map(|(kind, count)| vec![kind.clone(), count.to_string()]);
    table(around.width, &[what, "tried"], &["tried"], rows) + "\n"
}

fn scores(report: &Report, around: &Surroundings) -> String {
    let row = |way: &str, what: &str, part: &Part, score: &Score| {
        let counts = [part.asked, part.done, score.right, score.missed, score.named_wrongly, score.false_alarms];
        [way.to_owned(), what.to_owned()].into_iter().chain(counts.map(|count| count.to_string())).collect::<Vec<_>>()
    };
    let rows = [
        row("snapshot compare", "defects", &report.defects, &report.defects.snapshot),
        row("diff", "defects", &report.defects, &report.defects.diff),
        row("snapshot compare", "rewrites", &report.rewrites, &report.rewrites.snapshot),
        row("diff", "rewrites", &report.rewrites, &report.rewrites.diff),
    ];
    let header = ["by", "of", "asked", "done", "right", "missed", "named wrongly", "false alarms"];
    table(around.width, &header, &header[2..], rows) + "\n"
}

fn fault(fault: &Fault) -> String {
    let mut lines =
        vec![format!("{} by {}: {} {} (--seed {})", fault.what, fault.way, fault.table, fault.kind, fault.seed)];
    lines.extend((!fault.sql.is_empty()).then(|| format!("  done:     {}", fault.sql)));
    lines.extend(fault.planted.iter().map(|line| format!("  planted:  {line}")));
    lines.extend(fault.reported.iter().map(|line| format!("  reported: {line}")));
    lines
        .iter()
        .map(|line| format!("{}\n", printable(&line.chars().take(600).collect::<String>()).replace('\n', " ")))
        .collect()
}

fn said(verdict: Verdict, faults: usize, took_ms: f64) -> String {
    let seconds = took_ms / 1000.0;
    match verdict {
        Verdict::Pass | Verdict::Warn => format!("all found, none raised ({seconds:.1} s)"),
        Verdict::Fail => format!("{faults} faults ({seconds:.1} s)"),
        Verdict::NotEvaluated => format!("could not judge: less was tried than was asked for ({seconds:.1} s)"),
    }
}
