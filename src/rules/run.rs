//! Measuring: units of work over the sessions of one snapshot.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::task::JoinSet;

use crate::db::{DbError, Session, SharedSnapshot, Sql, SqlError, quote_ident};
use crate::evidence::{Evidence, Sample, Topic};
use crate::verdict::Verdict;

use super::combined::combine;
use super::definition;
use super::pieces::{self, Pieces, Summed};
use super::probe::{Measure, Metric};
use super::resolve::ResolvedRule;
use super::scan::{self, FusedScan};
use super::words;

/// How rules are run.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// How long one statement may take, in milliseconds; 0 is no limit.
    pub statement_timeout_ms: u64,
    /// Where the users' own SQL finds names without a schema; `pg_catalog` always comes first.
    pub search_path: Vec<String>,
    /// A common scan that would take one session longer than this, in milliseconds, is made in pieces by all of them.
    pub cut_above_ms: u64,
}

impl Default for RunOptions {
    fn default() -> RunOptions {
        RunOptions { statement_timeout_ms: 600_000, search_path: vec!["public".into()], cut_above_ms: 1_000 }
    }
}

/// Measures and judges the rules, and names offenders. One fact a rule, in the order of the rules.
///
/// The work is one scan for all row rules of a table and one statement for each rule that joins or groups; it is spread
/// over `jobs` sessions of the snapshot, the largest table first. A scan that would take long is made in pieces
/// ([`super::Sampled`]), which changes no count. A rule that cannot be measured is not evaluated, with
/// the server's words; all others are judged. After the loss of a session a new one is tried.
pub async fn run(
    rules: &[ResolvedRule],
    snapshot: &SharedSnapshot,
    jobs: usize,
    options: &RunOptions,
) -> Vec<Evidence> {
    let mut facts = run_counted(rules, BTreeMap::new(), snapshot, jobs, options).await;
    combine(rules, &mut facts);
    facts
}

/// The same where some rules, by their places, were counted already ([`super::PartScan`]): they are judged by that, and
/// their offenders named. Rules that combine others are left open, for [`combine`] once all of those are judged.
pub async fn run_counted(
    rules: &[ResolvedRule],
    counted: BTreeMap<usize, Counted>,
    snapshot: &SharedSnapshot,
    jobs: usize,
    options: &RunOptions,
) -> Vec<Evidence> {
    let units = units(rules, |index| counted.contains_key(&index));
    let (told, open): (Vec<_>, Vec<_>) = units.into_iter().partition(|unit| counted.contains_key(&unit[0]));
    let told = told.into_iter().map(Task::Unit);
    let queue =
        Mutex::new(pieces::spread(open, rules, snapshot, jobs, options).await.into_iter().chain(told).collect());
    let work = Arc::new(Work { rules: rules.to_vec(), queue, counted, options: options.clone() });
    let mut outcomes: BTreeMap<usize, Outcome> = BTreeMap::new();
    let mut workers = JoinSet::new();
    let jobs = jobs.clamp(1, work.left().max(1));
    let mut refused = None;
    while work.left() > 0 || !workers.is_empty() {
        while work.left() > 0 && workers.len() < jobs && refused.is_none() {
            match snapshot.session().await {
                Ok(session) => drop(workers.spawn(worker(session, work.clone()))),
                Err(error) => refused = Some(reason(&error)),
            }
        }
        match workers.join_next().await {
            Some(Ok(measured)) => outcomes.extend(measured),
            Some(Err(error)) => refused = Some(format!("a worker broke off: {error}")),
            // No session is left and none can be had.
            None => break,
        }
    }
    let unmeasured = refused.unwrap_or_else(|| "no session measured it".into());
    let evidence = |(index, rule): (usize, &ResolvedRule)| {
        let outcome = outcomes.remove(&index).unwrap_or_else(|| Outcome::broken(&unmeasured));
        let mut evidence = outcome.evidence(rule);
        evidence.definition = Some(definition::checksum(&rule.rule, &options.search_path));
        evidence
    };
    rules.iter().enumerate().map(evidence).collect()
}

/// What was counted of a rule, or why it was not, and how long that took.
#[derive(Debug, Clone)]
pub struct Counted {
    pub(super) metric: Result<Metric, String>,
    pub(super) took_ms: f64,
}

/// What all workers share.
struct Work {
    rules: Vec<ResolvedRule>,
    queue: Mutex<VecDeque<Task>>,
    counted: BTreeMap<usize, Counted>,
    options: RunOptions,
}

impl Work {
    fn left(&self) -> usize {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn next(&self) -> Option<Task> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

/// The class of errors whose words repeat a value.
const DATA_EXCEPTION: &str = "22";

/// What a worker does in one go.
pub(super) enum Task {
    /// Rules that are measured together.
    Unit(Vec<usize>),
    /// A piece of a table's common scan.
    Piece(Arc<Pieces>, usize),
}

/// What became of one rule.
pub(super) struct Outcome {
    pub(super) metric: Result<Metric, String>,
    pub(super) samples: Vec<Sample>,
    pub(super) unsampled: Option<String>,
    pub(super) took_ms: f64,
}

/// A select list holds 1664 columns; 400 rules need 800.
pub(super) const MOST_IN_ONE_SCAN: usize = 400;

/// Rules that are measured together, the most to read first.
pub(super) fn units(rules: &[ResolvedRule], is_counted: impl Fn(usize) -> bool) -> VecDeque<Vec<usize>> {
    let mut scans: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut units = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        match &rule.table {
            _ if matches!(rule.probe.measure, Measure::Combined { .. }) => {}
            Some(table) if scan::is_in_common_scan(rule) && !is_counted(index) => {
                scans.entry(&table.quoted).or_default().push(index)
            }
            _ => units.push(vec![index]),
        }
    }
    units.extend(
        scans.into_values().flat_map(|unit| unit.chunks(MOST_IN_ONE_SCAN).map(<[_]>::to_vec).collect::<Vec<_>>()),
    );
    units.sort_by_key(|unit| std::cmp::Reverse(rules[unit[0]].weight));
    units.into()
}

/// Takes units until there are none, or until its session is lost.
async fn worker(mut session: Session, work: Arc<Work>) -> Vec<(usize, Outcome)> {
    let mut outcomes = Vec::new();
    while let Some(task) = work.next() {
        let mut desk = Desk { session: &mut session, work: &work, lost: false };
        match task {
            Task::Unit(unit) => {
                let measured = desk.measure(&unit).await;
                outcomes.extend(unit.into_iter().zip(measured));
            }
            Task::Piece(pieces, number) => outcomes.extend(desk.measure_piece(&pieces, number).await),
        }
        if desk.lost {
            return outcomes;
        }
    }
    session.close().await;
    outcomes
}

/// One worker's session with what it needs to measure.
struct Desk<'a> {
    session: &'a mut Session,
    work: &'a Work,
    lost: bool,
}

impl Desk<'_> {
    async fn measure(&mut self, unit: &[usize]) -> Vec<Outcome> {
        let rules: Vec<&ResolvedRule> = unit.iter().map(|index| &self.work.rules[*index]).collect();
        let counted = unit.first().and_then(|index| self.work.counted.get(index));
        let start = Instant::now();
        let metrics = match (counted, rules.as_slice()) {
            (Some(counted), _) => vec![counted.metric.clone()],
            (None, [only]) if !scan::is_fused(only) => vec![self.count_alone(only).await],
            (None, fused) => self.count_fused(fused).await,
        };
        let took_ms = counted.map_or(start.elapsed().as_secs_f64() * 1000.0, |counted| counted.took_ms);
        self.name_offenders(&rules, metrics, took_ms).await
    }

    /// Counts a piece; with the last of them come the outcomes of all rules.
    async fn measure_piece(&mut self, pieces: &Pieces, number: usize) -> Vec<(usize, Outcome)> {
        let start = Instant::now();
        let rules: Vec<&ResolvedRule> = pieces.unit.iter().map(|index| &self.work.rules[*index]).collect();
        let told = self.count_piece(pieces, number).await;
        if let Err(error) = &told {
            self.note(error, &rules);
        }
        let Some(Summed { sums, took }) = pieces.add(told, start.elapsed()) else { return Vec::new() };
        let metrics = match sums.and_then(|sums| pieces.metrics(&sums, &rules)) {
            Ok(metrics) => metrics.into_iter().map(Ok).collect(),
            // As a whole it is told apart whose fault it is.
            Err(error) if is_one_rules_fault(&error) => self.count_fused(&rules).await,
            Err(error) => rules.iter().map(|_| Err(said(&error, &rules))).collect(),
        };
        let outcomes = self.name_offenders(&rules, metrics, took.as_secs_f64() * 1000.0).await;
        pieces.unit.iter().copied().zip(outcomes).collect()
    }

    /// The numbers of a piece; `None` where nothing is asked any more, since another piece failed.
    async fn count_piece(&mut self, pieces: &Pieces, number: usize) -> Result<Option<Vec<u64>>, DbError> {
        let Some(sql) = pieces.statement(number, &self.work.options)? else { return Ok(None) };
        let row = self.session.one(sql).await?;
        (0..row.values().len()).map(|at| scan::number(&row, at)).collect::<Result<_, _>>().map(Some)
    }

    async fn name_offenders(
        &mut self,
        rules: &[&ResolvedRule],
        metrics: Vec<Result<Metric, String>>,
        took_ms: f64,
    ) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(rules.len());
        for (rule, metric) in rules.iter().zip(metrics) {
            let start = Instant::now();
            let sampled = match &metric {
                Ok(metric) if metric.violations > 0 => self.sample(rule).await,
                _ => Ok(Vec::new()),
            };
            let took_ms = took_ms + start.elapsed().as_secs_f64() * 1000.0;
            let (samples, unsampled) = match sampled {
                Ok(samples) => (samples, None),
                Err(error) => (Vec::new(), Some(error)),
            };
            outcomes.push(Outcome { metric, samples, unsampled, took_ms });
        }
        outcomes
    }

    /// One statement for all; where it errors, each half apart, until the broken rules stand alone.
    async fn count_fused(&mut self, rules: &[&ResolvedRule]) -> Vec<Result<Metric, String>> {
        let mut metrics = Vec::with_capacity(rules.len());
        let mut todo = vec![rules];
        while let Some(rules) = todo.pop() {
            match self.count_together(rules).await {
                Ok(counted) => metrics.extend(counted.into_iter().map(Ok)),
                Err(error) if rules.len() > 1 && is_one_rules_fault(&error) => {
                    let (left, right) = rules.split_at(rules.len() / 2);
                    todo.extend([right, left]);
                }
                Err(error) => {
                    let reason = self.note(&error, rules);
                    metrics.extend(rules.iter().map(|_| Err(reason.clone())));
                }
            }
        }
        metrics
    }

    async fn count_together(&mut self, rules: &[&ResolvedRule]) -> Result<Vec<Metric>, DbError> {
        let scan = FusedScan::new(rules)?;
        let sql = with_settings(&self.options(rules), &scan.sql, false)?;
        let row = self.session.one(sql).await?;
        scan.read(&row, rules)
    }

    async fn count_alone(&mut self, rule: &ResolvedRule) -> Result<Metric, String> {
        let counted = async {
            let sql = with_its_settings(&self.options(&[rule]), &scan::count_alone(rule)?, &rule.probe.measure)?;
            scan::read_alone(&self.session.one(sql).await?)
        };
        counted.await.map_err(|error: DbError| self.note(&error, &[rule]))
    }

    async fn sample(&mut self, rule: &ResolvedRule) -> Result<Vec<Sample>, String> {
        let sampled = async {
            let Some(sql) = scan::sample(rule)? else { return Ok(Vec::new()) };
            let sql = with_its_settings(&self.options(&[rule]), &sql, &rule.probe.measure)?;
            let rows = self.session.rows(sql).await?;
            Ok(rows.iter().map(|row| scan::read_sample(row, rule)).collect())
        };
        sampled.await.map_err(|error: DbError| self.note(&error, &[rule]))
    }

    /// The options of a statement for these rules; a rule with a time limit of its own is always alone.
    fn options(&self, rules: &[&ResolvedRule]) -> RunOptions {
        let own = rules.iter().find_map(|rule| rule.rule.timeout_ms);
        let options = self.work.options.clone();
        RunOptions { statement_timeout_ms: own.unwrap_or(options.statement_timeout_ms), ..options }
    }

    fn note(&mut self, error: &DbError, rules: &[&ResolvedRule]) -> String {
        self.lost |= error.is_lost() || matches!(error, DbError::Answer { .. });
        said(error, rules)
    }
}

/// The settings go with every statement: an error ends the transaction that they belong to.
pub(super) fn with_settings(options: &RunOptions, sql: &str, sorted: bool) -> Result<String, SqlError> {
    let path: Vec<String> = options.search_path.iter().map(|schema| quote_ident(schema)).collect();
    let path = ["pg_catalog".to_owned()].into_iter().chain(path).chain(["pg_temp".to_owned()]).collect::<Vec<_>>();
    let settings = Sql::new(include_str!("settings.sql"))
        .value("timeout_ms", options.statement_timeout_ms)
        .fragment("search_path", path.join(", "))
        .fragment("hash_aggregate", if sorted { "off" } else { "on" })
        .render()?;
    Ok(format!("{settings}{sql}"))
}

/// A statement with the settings that this way to measure needs.
pub(super) fn with_its_settings(options: &RunOptions, sql: &str, measure: &Measure) -> Result<String, SqlError> {
    match measure {
        Measure::Own { sorted, bare_path: true, .. } => {
            with_settings(&RunOptions { search_path: Vec::new(), ..options.clone() }, sql, *sorted)
        }
        Measure::Own { sorted, .. } => with_settings(options, sql, *sorted),
        _ => with_settings(options, sql, false),
    }
}

/// Whether an error may come from one of several rules. Time, locks and a dying server concern all of them.
fn is_one_rules_fault(error: &DbError) -> bool {
    error.server().is_some_and(|error| !matches!(error.code.as_str(), "57014" | "55P03" | "40001" | "53100" | "53200"))
}

/// The server's words, where they cannot give away what one of the rules must not show.
pub(super) fn said(error: &DbError, rules: &[&ResolvedRule]) -> String {
    match error.server().map(|error| error.code.as_str()) {
        Some(code) if code.starts_with(DATA_EXCEPTION) && rules.iter().any(|rule| rule.rule.redacts()) => {
            format!("the server could not take a value, which is not shown here (sqlstate {code})")
        }
        _ => reason(error),
    }
}

fn reason(error: &DbError) -> String {
    match error.server().and_then(|error| error.hint.as_deref()) {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    }
}

impl Outcome {
    pub(super) fn broken(reason: &str) -> Outcome {
        Outcome { metric: Err(reason.to_owned()), samples: Vec::new(), unsampled: None, took_ms: 0.0 }
    }

    pub(super) fn evidence(self, rule: &ResolvedRule) -> Evidence {
        let verdict = match &self.metric {
            Ok(metric) => rule.judge(metric),
            Err(_) => Verdict::NotEvaluated,
        };
        let mut evidence = Evidence::new(Topic::Rule, &rule.rule.id, &rule.subject, verdict)
            .expected(rule.expected())
            .measured(self.measured(verdict, rule));
        evidence.remedy = rule.remedy(verdict);
        evidence.took_ms = self.took_ms;
        evidence.probe = scan::count_alone(rule).ok();
        if let Ok(metric) = self.metric {
            evidence.rows_examined = metric.examined;
            evidence.violations = Some(metric.violations);
            evidence.figure = metric.figure.map(|figure| words::told(Some(&figure)));
            evidence.samples = self.samples;
        }
        evidence
    }

    fn measured(&self, verdict: Verdict, rule: &ResolvedRule) -> String {
        let measure = &rule.probe.measure;
        let is_row_count = matches!(measure, Measure::RowCount { .. });
        let is_figure = matches!(measure, Measure::Figure { .. });
        let metric = match &self.metric {
            Err(reason) => return format!("not evaluated: {reason}"),
            Ok(metric) => metric,
        };
        if let Some(reason) = rule.uncompared(metric) {
            return format!("not evaluated: {reason}");
        }
        let figures = match metric.examined {
            Some(rows) if is_row_count => words::rows(rows),
            Some(0) if verdict == Verdict::NotEvaluated => {
                return "not evaluated: there is no row to look at; allow_empty = true accepts that".into();
            }
            Some(rows) if verdict == Verdict::NotEvaluated => {
                let (violations, least) = (words::figure(metric.violations), words::figure(rule.rule.min_rows));
                return format!("not evaluated: {violations} of {}, and min_rows is {least}", words::rows(rows));
            }
            Some(rows) if is_figure => {
                format!("{} over {}", words::told(metric.figure.as_deref()), words::rows(rows))
            }
            Some(rows) => format!("{} of {}", words::figure(metric.violations), words::rows(rows)),
            None => words::rows(metric.violations),
        };
        let figures = match rule.rule.only_combined && metric.violations > 0 {
            true => format!("{figures}; counts only where it is combined"),
            false => figures,
        };
        let figures = format!("{figures}{}", rule.told_of_before(metric));
        match &self.unsampled {
            Some(reason) => format!("{figures}; the offenders could not be named: {reason}"),
            None => figures,
        }
    }
}
