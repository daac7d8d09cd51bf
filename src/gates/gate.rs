//! What every gate has in common.

use std::path::Path;
use std::time::Instant;

use crate::db::{Catalog, DbError, Row, Session, SharedSnapshot, Sql};
use crate::declaration::{Parameter, Shape};
use crate::evidence::{Evidence, Sample, Topic};
use crate::verdict::{Moment, Severity, Verdict};

/// One kind of gate; its configuration is its fields.
pub(super) trait Gate {
    /// The name in the configuration, the documentation and the evidence.
    const NAME: &'static str;
    /// One sentence: what it looks for.
    const SUMMARY: &'static str;
    /// When it is measured.
    const MOMENTS: &'static [Moment];
    /// What the configuration may say of it, in the order of the documentation.
    const SETTINGS: &'static [Parameter];

    fn is_enabled(&self) -> bool;

    /// Measures and judges. An error is a gate that could not be measured.
    async fn run(&self, probe: &mut Probe<'_>) -> Result<Vec<Evidence>, DbError>;
}

/// A kind, for help and documentation.
#[derive(Debug, Clone, Copy)]
pub struct GateInfo {
    /// The name in the configuration.
    pub name: &'static str,
    /// One sentence: what it looks for.
    pub summary: &'static str,
    /// When it is measured.
    pub moments: &'static [Moment],
    /// What the configuration may say of it.
    pub settings: &'static [Parameter],
}

pub(super) const ENABLED: Parameter = Parameter::optional("enabled", Shape::Flag, "true", "whether it is measured");

pub(super) const SEVERITY: Parameter =
    Parameter::optional("severity", Shape::SEVERITY, "\"fail\"", "what a violation means: `fail`, `warn` or `info`");

/// Free bytes of the file system that holds a directory; `None` where the system does not say.
pub type FreeBytes<'a> = dyn Fn(&Path) -> Option<u64> + Send + Sync + 'a;

/// What gates are told about the run.
#[derive(Clone)]
pub struct GateContext<'a> {
    /// The schemas in which the phases make things.
    pub target_schemas: Vec<String>,
    /// Schema and name of the log table.
    pub log_table: (String, String),
    /// The server processes of this run: what they do is not held against it.
    pub own_pids: Vec<i32>,
    /// How free space is asked for; given only where the server runs on this machine.
    pub free_bytes: Option<&'a FreeBytes<'a>>,
    /// How long one statement may take, in milliseconds; 0 is no limit.
    pub statement_timeout_ms: u64,
    /// How many offenders a fact names at most.
    pub sample: usize,
}

impl Default for GateContext<'_> {
    fn default() -> Self {
        GateContext {
            target_schemas: vec!["public".into()],
            log_table: ("public".into(), "migration_log".into()),
            own_pids: Vec::new(),
            free_bytes: None,
            statement_timeout_ms: 600_000,
            sample: 20,
        }
    }
}

impl std::fmt::Debug for GateContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GateContext").field("target_schemas", &self.target_schemas).finish_non_exhaustive()
    }
}

/// Where gates are measured: one session of the snapshot after the other, as long as one can be had.
pub(super) struct Desk<'a> {
    moment: Moment,
    snapshot: &'a SharedSnapshot,
    context: &'a GateContext<'a>,
    session: Option<Session>,
}

/// What a gate measures with.
pub(super) struct Probe<'a> {
    session: &'a mut Session,
    pub(super) context: &'a GateContext<'a>,
    pub(super) topic: Topic,
}

impl<'a> Desk<'a> {
    pub(super) fn new(moment: Moment, snapshot: &'a SharedSnapshot, context: &'a GateContext<'a>) -> Desk<'a> {
        Desk { moment, snapshot, context, session: None }
    }

    pub(super) async fn measure<G: Gate>(&mut self, gate: &G) -> Vec<Evidence> {
        if !G::MOMENTS.contains(&self.moment) {
            return Vec::new();
        }
        if !gate.is_enabled() {
            return vec![
                Evidence::new(Topic::Coverage, G::NAME, "gate", Verdict::Pass)
                    .expected(G::SUMMARY)
                    .measured("not checked: switched off in the configuration"),
            ];
        }
        let start = Instant::now();
        let topic = match self.moment {
            Moment::Before => Topic::GateBefore,
            Moment::After => Topic::GateAfter,
        };
        let measured = self.try_measure(gate, topic).await;
        let mut evidence = measured.unwrap_or_else(|error| {
            // A session that broke is not used for the next gate.
            if error.server().is_none() {
                self.session = None;
            }
            vec![
                Evidence::new(topic, G::NAME, "database", Verdict::NotEvaluated)
                    .expected(G::SUMMARY)
                    .measured(format!("not evaluated: {error}")),
            ]
        });
        for fact in &mut evidence {
            if fact.took_ms == 0.0 {
                fact.took_ms = start.elapsed().as_secs_f64() * 1000.0;
            }
        }
        evidence
    }

    async fn try_measure<G: Gate>(&mut self, gate: &G, topic: Topic) -> Result<Vec<Evidence>, DbError> {
        let session = match self.session.take() {
            Some(session) => session,
            None => self.snapshot.session().await?,
        };
        let session = self.session.insert(session);
        gate.run(&mut Probe { session, context: self.context, topic }).await
    }

    pub(super) async fn close(self) {
        if let Some(session) = self.session {
            session.close().await;
        }
    }
}

impl Probe<'_> {
    /// All rows of a query, within the time limit.
    pub(super) async fn rows(&mut self, sql: &str) -> Result<Vec<Row>, DbError> {
        let sql = self.with_settings(sql)?;
        self.session.rows(sql).await
    }

    /// The only row of a query.
    pub(super) async fn one(&mut self, sql: &str) -> Result<Row, DbError> {
        let sql = self.with_settings(sql)?;
        self.session.one(sql).await
    }

    fn with_settings(&self, sql: &str) -> Result<String, DbError> {
        let settings = Sql::new(include_str!("settings.sql")).value("timeout_ms", self.context.statement_timeout_ms);
        Ok(format!("{}{sql}", settings.render()?))
    }

    /// The tables with their keys.
    pub(super) async fn catalog(&mut self) -> Result<Catalog, DbError> {
        Catalog::read(self.session).await
    }

    /// A fact about objects of the catalog: so many were looked at, these are not as they should be.
    pub(super) fn found(&self, findings: Findings<'_>) -> Evidence {
        let Findings { gate, subject, looked_at, wrong, severity, offenders } = findings;
        let count = u64::try_from(offenders.len()).unwrap_or(u64::MAX);
        let verdict = if offenders.is_empty() { Verdict::Pass } else { severity.violated() };
        let mut samples = offenders;
        samples.truncate(self.context.sample);
        Evidence::new(self.topic, gate, subject, verdict)
            .expected(format!("0 {wrong}"))
            .measured(format!("{count} {wrong} of {looked_at} {subject} looked at"))
            .violations(count, samples)
    }
}

/// What a gate found in the catalog.
pub(super) struct Findings<'a> {
    pub(super) gate: &'a str,
    pub(super) subject: &'a str,
    pub(super) looked_at: u64,
    pub(super) wrong: &'a str,
    pub(super) severity: Severity,
    pub(super) offenders: Vec<Sample>,
}

/// An offender from the columns `name` and `problem` of a row.
pub(super) fn offender(row: &Row) -> Result<Sample, DbError> {
    Ok(Sample::new(row.text("name")?, row.text("problem")?))
}

/// Counts what was looked at and keeps the offenders: rows with the columns `name` and `problem` (NULL where all is well).
pub(super) fn split(rows: &[Row]) -> Result<(u64, Vec<Sample>), DbError> {
    let mut offenders = Vec::new();
    for row in rows {
        if row.get("problem")?.is_some() {
            offenders.push(offender(row)?);
        }
    }
    Ok((u64::try_from(rows.len()).unwrap_or(u64::MAX), offenders))
}
