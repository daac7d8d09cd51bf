//! campaign rules: defects made by hand, each in a copy of the migrated platform, and what rules and gates say of them.

mod looked;
mod planting;
mod shelf;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use crate::campaign::checks::{Clean, GATES, Kind, Kinds, Report, Said};
use crate::campaign::{Fault, Score};
use crate::db::{Cancel, Catalog, ConnSpec, DbError, Env, Session, TableKind};
use crate::gates::declared::GateSet;
use crate::rules::{self, RuleSet};
use crate::script::{ScriptError, Splitter};
use crate::verdict::{Moment, Verdict};
use crate::{disposable, platform};

use super::super::{Error, Event};
use super::ground::{CLEAN, COPY, Host, platform_of, write};
use shelf::Shelf;

/// What a person may choose, and which rules are tried.
#[derive(Debug, Clone)]
pub struct ChecksCampaignOptions {
    /// How many defects.
    pub defects: usize,
    /// What chance starts from.
    pub seed: u64,
    /// Size of the tables in which they are planted.
    pub scale: u32,
    /// Sizes of further databases, without a defect, in which nothing may be raised.
    pub clean_scales: Vec<u32>,
    /// Only kinds whose name holds this text.
    pub kind: String,
    /// The files of rules, name and text: those of the platform.
    pub rules: Vec<(String, String)>,
    /// How the server is made.
    pub server: disposable::Options,
    /// The surroundings: what the driver takes from them by itself must be part of the settings, or it is refused.
    pub env: Env,
    /// Stops the work.
    pub cancel: Cancel,
}

impl ChecksCampaignOptions {
    /// All kinds, over the platform's own rules.
    pub fn new(server: disposable::Options, env: Env, cancel: Cancel) -> ChecksCampaignOptions {
        let own = platform::RULES.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let (kind, rules) = (String::new(), own.collect());
        ChecksCampaignOptions {
            defects: 500,
            seed: 1,
            scale: 1,
            clean_scales: vec![100],
            kind,
            rules,
            server,
            env,
            cancel,
        }
    }
}

/// Who migrates, for the gate on rights: a superuser has them all.
const MIGRATOR: &str = "campaign_migrator";
/// As whom the application reaches the database, for the declared gates.
const APPLICATION: &str = "campaign_application";

/// Plants defects, each in a copy of its own, and holds what rules and gates say against what they must say, and against
/// what they say without it. The server is gone afterwards.
///
/// Kinds take turns in their order, so that each is planted as often as the others; a defect depends on the seed, its kind
/// and its turn alone.
///
/// # Errors
/// [`Error`] where no server can be had, it could not be asked, or no kind has such a name.
pub async fn campaign_over_checks(
    options: &ChecksCampaignOptions,
    events: &(dyn Fn(Event) + Send + Sync),
) -> Result<Report, Error> {
    let start = Instant::now();
    let kinds = Kinds::read().map_err(answer)?;
    let chosen = kinds.named(&options.kind);
    if chosen.is_empty() {
        return Err(answer(format!("no kind of defect has {:?} in its name", options.kind)));
    }
    events(Event::Step("server and platform".to_owned()));
    let ground = Ground::make(options, &kinds).await?;
    let mut report = ground.report(&kinds).await?;
    for scale in &options.clean_scales {
        options.check()?;
        events(Event::Step(format!("clean data at scale {scale}")));
        ground.look_at_clean(*scale, &mut report).await?;
    }
    ground.plant_all(&chosen, &mut report, events).await?;
    report.judge();
    report.took_ms = start.elapsed().as_secs_f64() * 1000.0;
    Ok(report)
}

impl ChecksCampaignOptions {
    fn check(&self) -> Result<(), Error> {
        if self.cancel.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }
}

/// What the campaign stands on: the migrated platform, and what is said of it without a defect.
struct Ground<'a> {
    options: &'a ChecksCampaignOptions,
    host: Host,
    rules: RuleSet,
    gates: GateSet,
    shelf: Shelf,
    tables: Vec<String>,
    before: BTreeMap<String, Said>,
}

impl<'a> Ground<'a> {
    async fn make(options: &'a ChecksCampaignOptions, kinds: &Kinds) -> Result<Ground<'a>, Error> {
        let mut files: Vec<(&str, &str)> =
            options.rules.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let rules = rules::load_embedded(&files)?;
        files.push(GATES);
        let gates = looked::gates_of(&files, |id| kinds.checks().any(|check| check == id))?;
        let host = Host::start(&options.server, &options.env).await?;
        let roles =
            [format!("CREATE ROLE {MIGRATOR} LOGIN"), format!("CREATE ROLE {APPLICATION} LOGIN IN ROLE pg_monitor")];
        write(&host.admin, &roles).await?;
        let shelf = Shelf::make().map_err(|error| answer(format!("the campaign's backup: {error}")))?;
        let mut ground = Ground { options, host, rules, gates, shelf, tables: Vec::new(), before: BTreeMap::new() };
        ground.make_platform(CLEAN, options.scale).await?;
        ground.tables = tables_of(&ground.host.spec(CLEAN)).await?;
        ground.before = ground.look(CLEAN).await?;
        Ok(ground)
    }

    /// The platform of this size after its migration, with the rights of the one who migrates.
    async fn make_platform(&self, database: &str, scale: u32) -> Result<(), Error> {
        self.host.create(database, "").await?;
        let mut statements = platform_of(scale);
        for (name, text) in platform::PHASES {
            statements.extend(statements_of(text).map_err(|error| answer(format!("{name}: {error}")))?);
        }
        statements.push(format!("GRANT USAGE, CREATE ON SCHEMA public TO {MIGRATOR}"));
        statements.push(format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {MIGRATOR}"));
        statements.push(format!("GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {APPLICATION}"));
        statements.push(format!("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APPLICATION}"));
        statements.push("ANALYZE".to_owned());
        Ok(write(&self.host.spec(database), &statements).await?)
    }

    /// A report in which nothing was planted yet.
    async fn report(&self, kinds: &Kinds) -> Result<Report, Error> {
        let tried: BTreeSet<&str> = kinds.checks().collect();
        let untried = self.before.keys().filter(|check| !tried.contains(check.as_str())).cloned().collect();
        let rules = self.rules.at(Moment::After).count();
        let mut report = Report {
            verdict: Verdict::NotEvaluated,
            seed: self.options.seed,
            scale: self.options.scale,
            server: self.host.version.clone(),
            rules,
            gates: self.before.len() - rules,
            clean: Vec::new(),
            asked: self.options.defects,
            done: 0,
            together: 0,
            kinds: BTreeMap::new(),
            score: Score::default(),
            untried,
            left_out: Vec::new(),
            faults: Vec::new(),
            took_ms: 0.0,
        };
        self.count_clean(CLEAN, self.options.scale, &self.before, &mut report).await?;
        Ok(report)
    }

    /// Another database without a defect.
    async fn look_at_clean(&self, scale: u32, report: &mut Report) -> Result<(), Error> {
        self.make_platform(COPY, scale).await?;
        let said = self.look(COPY).await?;
        self.count_clean(COPY, scale, &said, report).await
    }

    async fn count_clean(
        &self,
        database: &str,
        scale: u32,
        said: &BTreeMap<String, Said>,
        report: &mut Report,
    ) -> Result<(), Error> {
        let raised: Vec<_> = said.iter().filter(|(_, said)| said.verdict != Verdict::Pass).collect();
        let rows = rows_in(&self.host.spec(database)).await?;
        report.clean.push(Clean { scale, rows, checks: said.len(), raised: raised.len() });
        report.score.false_alarms += raised.len();
        for (check, said) in raised {
            report.faults.push(self.fault("false alarm", check, &format!("no defect, scale {scale}"), Some(said)));
        }
        Ok(())
    }

    /// Kind after kind, and again from the first, until as many are planted as were asked for.
    async fn plant_all(
        &self,
        kinds: &[&Kind],
        report: &mut Report,
        events: &(dyn Fn(Event) + Send + Sync),
    ) -> Result<(), Error> {
        for turn in 0.. {
            let before = report.done;
            for kind in kinds {
                if report.done >= self.options.defects {
                    return Ok(());
                }
                self.options.check()?;
                if report.done.is_multiple_of(10) {
                    events(Event::Step(format!("defects: {} of {}", report.done, report.asked)));
                }
                self.plant(kind, turn, report).await?;
            }
            // And then some of them at once.
            for number in 0..kinds.len() / 4 {
                if report.done + 2 > self.options.defects {
                    break;
                }
                self.options.check()?;
                self.plant_together(kinds, &format!("{turn} {number}"), report).await?;
            }
            if report.done == before {
                // Nothing can be planted here: the report says how many were.
                return Ok(());
            }
        }
        Ok(())
    }

    fn fault(&self, what: &'static str, check: &str, kind: &str, said: Option<&Said>) -> Fault {
        let reported = said.map_or_else(
            || vec!["nothing: it was not measured".to_owned()],
            |said| vec![format!("{}, {} violations:{}", said.verdict, said.violations, said.lines.join(";"))],
        );
        Fault {
            what,
            way: "rules and gates",
            seed: self.options.seed,
            table: check.to_owned(),
            kind: kind.to_owned(),
            sql: String::new(),
            planted: Vec::new(),
            reported,
        }
    }
}

/// The statements of a phase, one by one: some of them cannot stand in a transaction.
fn statements_of(phase: &str) -> Result<Vec<String>, ScriptError> {
    Splitter::new(phase.as_bytes()).statements().map(|statement| Ok(statement?.text)).collect()
}

/// The names of the tables of a database.
async fn tables_of(spec: &ConnSpec) -> Result<Vec<String>, DbError> {
    let mut session = Session::connect(spec).await?;
    let catalog = Catalog::read(&mut session).await?;
    session.close().await;
    Ok(catalog.tables.into_iter().map(|table| table.name).collect())
}

/// How many rows the tables of a database have.
async fn rows_in(spec: &ConnSpec) -> Result<u64, DbError> {
    let mut session = Session::connect(spec).await?;
    let catalog = Catalog::read(&mut session).await?;
    let mut rows = 0;
    for table in catalog.tables.iter().filter(|table| table.kind == TableKind::Table) {
        rows += session.one(&format!("SELECT count(*) AS rows FROM {}", table.quoted())).await?.parse::<u64>("rows")?;
    }
    session.close().await;
    Ok(rows)
}

fn answer(reason: String) -> Error {
    Error::Db(DbError::Answer { reason })
}
