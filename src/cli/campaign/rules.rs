//! campaign rules: what was typed, and what it came to.

use crate::campaign::checks::Report;
use crate::run::{ChecksCampaignOptions, Exit, campaign_over_checks};

use super::super::args::{Common, Listing, RulesCampaign};
use super::super::paper::table;
use super::super::progress::Progress;
use super::super::surroundings::Surroundings;
use super::{counted, print, rest, said};

pub(super) async fn run(typed: &RulesCampaign, common: &Common, around: &Surroundings) -> anyhow::Result<Exit> {
    let progress = Progress::new(around, common.quiet || typed.format == Listing::Json);
    let events = |event| progress.take(event);
    let server = super::super::server_options(&typed.server)?;
    let chosen = ChecksCampaignOptions {
        defects: typed.defects,
        seed: typed.seed,
        scale: typed.scale,
        clean_scales: typed.clean_scale.clone(),
        kind: typed.kind.clone(),
        ..ChecksCampaignOptions::new(server, around.env.clone(), super::super::on_interrupt())
    };
    let report = campaign_over_checks(&chosen, &events).await?;
    progress.finish();
    let verdict = said(report.verdict, report.faults.len(), report.took_ms);
    print(typed.format, common.quiet, &report, &verdict, || text(&report, around));
    Ok(report.verdict.into())
}

fn text(report: &Report, around: &Surroundings) -> String {
    let mut page = format!(
        "seed {}, PostgreSQL {}: {} rules and {} gates; {} databases with several defects at once\n\n",
        report.seed, report.server, report.rules, report.gates, report.together
    );
    page.push_str(&counted("defects", &report.kinds, around));
    let score = &report.score;
    let counts = [report.asked, report.done, score.right, score.missed, score.named_wrongly, score.false_alarms]
        .map(|n| n.to_string());
    let header = ["asked", "done", "right", "missed", "named wrongly", "false alarms"];
    page.push_str(&(table(around.width, &header, &header, [counts.to_vec()]) + "\n"));
    let clean = report.clean.iter();
    let clean = clean.map(|clean| {
        [u64::from(clean.scale), clean.rows, clean.checks as u64, clean.raised as u64].map(|n| n.to_string()).to_vec()
    });
    let header = ["scale without a defect", "rows", "measured", "raised"];
    page.push_str(&(table(around.width, &header, &header, clean) + "\n"));
    if !report.untried.is_empty() {
        page.push_str(&format!("no defect is there for: {}\n", report.untried.join(", ")));
    }
    page.push_str(&rest(&report.left_out, &report.faults));
    page
}
