//! `phasegate rules`: what can be typed, and what it came to.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::config::Config;
use crate::db::ConnSpec;
use crate::rules::Drift;
use crate::run::{self, Context, DemoOptions, Error, Exit, Trials};
use crate::spill::Temporary;
use crate::verdict::Verdict;

use super::args::{Cli, Listing, ServerChoice};
use super::paper::{printable, table};
use super::progress::Progress;
use super::surroundings::Surroundings;

/// What can be typed after `rules`.
#[derive(Debug, Subcommand)]
pub(super) enum Rules {
    /// Show that each rule turns red: plant what violates it, look, and roll back
    ///
    /// Never on a database that is in use: constraints are taken away meanwhile, under locks that keep everybody else
    /// out. Exits with 1 where a rule stayed green, 2 where one could not be tried.
    #[command(
        after_help = "Examples:\n  phasegate rules probe -d postgresql://dba@localhost/portal_copy --changes-allowed\n  phasegate rules probe --platform --only portfolio_has_user"
    )]
    Probe(Probe),
    /// Write rules from what the catalog promises: keys, checks, domains, enums, sequences; change nothing
    #[command(
        after_help = "Examples:\n  phasegate rules generate\n  phasegate rules generate --profile --output integrity_rules/generated.toml"
    )]
    Generate {
        /// Guess rules from what the rows hold now, too: ranges, forms, short lists, NULLs; each column is read
        #[arg(long)]
        profile: bool,
        /// A new file *.toml, or a folder for generated.toml [default: standard output]
        #[arg(long, value_name = "FILE|DIR")]
        output: Option<PathBuf>,
        /// Replace the file where there is one
        #[arg(long, requires = "output")]
        force: bool,
    },
    /// Say what the catalog promises and no rule covers, and what rules name that is gone; change nothing
    ///
    /// Exits with 1 where there is any, 2 where nobody knows, since no rule can say what is promised.
    #[command(after_help = "Examples:\n  phasegate rules drift\n  phasegate rules drift --format json")]
    Drift {
        /// How to print it
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: Listing,
    },
}

#[derive(Debug, Args)]
pub(super) struct Probe {
    /// The database is a copy that may be changed; needs a superuser
    #[arg(long, conflicts_with = "platform")]
    changes_allowed: bool,
    /// Try the reference platform's own rules on a throw-away server
    #[arg(long)]
    pub(super) platform: bool,
    /// Only rules with this id or tag; may be given again
    #[arg(long, value_name = "ID|TAG")]
    pub(super) only: Vec<String>,
    #[command(flatten)]
    server: ServerChoice,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Listing,
}

impl Probe {
    /// A database that somebody uses must not come here by a forgotten variable.
    pub(super) fn refuse_unasked(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.changes_allowed || self.platform,
            "rules probe changes the database and takes that back; name a copy with -d and say --changes-allowed, or say \
             --platform for a throw-away server"
        );
        Ok(())
    }
}

/// The reference platform's own rules.
pub(super) async fn platform(cli: &Cli, config: &Config, around: &Surroundings, typed: &Probe) -> anyhow::Result<Exit> {
    let scratch = Temporary::folder("rules")?;
    let options = DemoOptions {
        scale: 1,
        server: super::server_options(&typed.server)?,
        scratch: scratch.path().to_owned(),
        env: around.env.clone(),
        each_phase: false,
        keep: false,
    };
    let progress = Progress::new(around, cli.common.quiet || typed.format == Listing::Json);
    let events = |event| progress.take(event);
    // The platform brings its own server; where to connect is known once it runs.
    let spec = ConnSpec::from_url("postgresql://postgres@localhost/postgres").map_err(Error::from)?;
    let context: Context<'_> = super::context(config, spec, around, &cli.common, &events);
    let trials = run::try_platform(&context, &typed.only, &options).await?;
    progress.finish();
    super::print(&text(&trials, typed.format, around));
    Ok(trials.verdict().into())
}

/// What the trials came to.
pub(super) fn text(trials: &Trials, format: Listing, around: &Surroundings) -> String {
    if format == Listing::Json {
        let document = json!({ "format_version": 1, "verdict": trials.verdict(), "rules": trials.tried });
        return format!("{document:#}\n");
    }
    let rows = trials.tried.iter().map(|tried| {
        [tried.verdict.to_string(), tried.rule.clone(), tried.subject.clone(), tried.said.clone()]
            .iter()
            .map(|cell| printable(cell))
            .collect::<Vec<_>>()
    });
    let count = |verdict| trials.tried.iter().filter(|tried| tried.verdict == verdict).count();
    let mut page = table(around.width, &["verdict", "rule", "subject", "what became of it"], &[], rows);
    for tried in trials.tried.iter().filter(|tried| tried.verdict == Verdict::Fail) {
        page +=
            &format!("\n{} stayed green after: {}\n", tried.rule, printable(tried.planted.as_deref().unwrap_or("")));
    }
    page += &format!(
        "\n{} turned red, {} stayed green, {} were not tried\n",
        count(Verdict::Pass),
        count(Verdict::Fail),
        count(Verdict::NotEvaluated)
    );
    page
}

/// How catalog and rule files have moved apart, with the lines to paste.
pub(super) fn drift(drift: &Drift, format: Listing) -> String {
    if format == Listing::Json {
        let gone = drift.gone.iter().map(ToString::to_string).collect::<Vec<_>>();
        let uncovered =
            drift.uncovered.iter().map(|draft| json!({ "id": draft.id, "table": draft.table, "toml": draft.toml }));
        let unwritten = drift.unwritten.iter().map(ToString::to_string).collect::<Vec<_>>();
        let document = json!({
            "format_version": 1, "verdict": drift.verdict(), "uncovered": uncovered.collect::<Vec<_>>(), "gone": gone,
            "not_written": unwritten,
        });
        return format!("{document:#}\n");
    }
    if drift.verdict() == Verdict::Pass {
        return "every promise of the catalog is covered by a rule, and every name in the rules is there\n".to_owned();
    }
    let mut page = String::new();
    for problem in &drift.gone {
        page += &format!("# gone: {}\n", printable(&problem.to_string()));
    }
    for unwritten in &drift.unwritten {
        page += &format!("# no rule can say: {}\n", printable(&unwritten.to_string()));
    }
    if !drift.uncovered.is_empty() {
        page +=
            &format!("# {} promises of the catalog that no rule covers; paste what is meant\n", drift.uncovered.len());
    }
    for draft in &drift.uncovered {
        page += &format!("\n{}", draft.toml);
    }
    page
}
