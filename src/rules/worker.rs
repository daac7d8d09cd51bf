//! One session at work: it takes units, counts, and names offenders.

use std::sync::Arc;
use std::time::Instant;

use crate::db::{DbError, Session};

use super::outcome::Outcome;
use super::pieces::{Pieces, Summed};
use super::probe::Metric;
use super::resolve::ResolvedRule;
use super::run::{Counted, RunOptions, Task, Work};
use super::scan::{self, FusedScan};
use super::share::{self, SharedPass};
use super::statement::{How, Way, options_of, with_settings};

/// The class of errors whose words repeat a value.
const DATA_EXCEPTION: &str = "22";

/// Takes units until there are none, or until its session is lost. Gives back what it measured, and its session.
pub(super) async fn worker(mut session: Session, work: Arc<Work>) -> (Vec<(usize, Outcome)>, Option<Session>) {
    let mut outcomes = Vec::new();
    while let Some(task) = work.next() {
        let mut desk = Desk { session: &mut session, work: &work, lost: false };
        match task {
            Task::Unit { rules, alone } => {
                let measured = desk.measure(&rules, alone).await;
                outcomes.extend(rules.into_iter().zip(measured));
            }
            Task::Piece(pieces, number) => outcomes.extend(desk.measure_piece(&pieces, number).await),
        }
        if desk.lost {
            return (outcomes, None);
        }
    }
    (outcomes, Some(session))
}

/// One worker's session with what it needs to measure.
pub(super) struct Desk<'a> {
    pub(super) session: &'a mut Session,
    pub(super) work: &'a Work,
    lost: bool,
}

impl Desk<'_> {
    async fn measure(&mut self, unit: &[usize], alone: bool) -> Vec<Outcome> {
        let rules: Vec<&ResolvedRule> = unit.iter().map(|index| &self.work.rules[*index]).collect();
        let counted: Option<Vec<Counted>> = unit.iter().map(|index| self.work.counted.get(index).cloned()).collect();
        let start = Instant::now();
        let counted = match (counted, rules.as_slice()) {
            (Some(counted), _) => counted,
            (None, [only]) if !scan::is_fused(only) => {
                let is_told = self.work.elsewhere.contains_key(&unit[0]);
                if let Some(outcome) = self.count_and_name(only, is_told, alone).await {
                    return vec![outcome];
                }
                let metric = self.count_alone(only, is_told, alone).await;
                let metric = metric.map_err(|error| self.note(&error, &[only]));
                vec![Counted { metric, took_ms: ms(start) }]
            }
            (None, fused) => {
                let metrics = self.count_fused(fused, alone).await;
                let took_ms = ms(start);
                metrics.into_iter().map(|metric| Counted { metric, took_ms }).collect()
            }
        };
        self.name_offenders(&rules, counted, |_| None).await
    }

    /// Counts a piece; with the last of them come the outcomes of all rules.
    async fn measure_piece(&mut self, pieces: &Pieces, number: usize) -> Vec<(usize, Outcome)> {
        let start = Instant::now();
        let rules: Vec<&ResolvedRule> = pieces.unit.iter().map(|index| &self.work.rules[*index]).collect();
        let told = self.count_piece(pieces, number).await;
        if let Err(error) = &told {
            self.note(error, &rules);
        }
        let Some(Summed { sums, parts, took }) = pieces.add(number, told, start.elapsed()) else { return Vec::new() };
        let metrics: Vec<_> = match sums.and_then(|sums| pieces.metrics(&sums, &rules)) {
            Ok(metrics) => metrics.into_iter().map(Ok).collect(),
            // As a whole it is told apart whose fault it is.
            Err(error) if is_one_rules_fault(&error) => self.count_fused(&rules, true).await,
            Err(error) => rules.iter().map(|_| Err(said(&error, &rules))).collect(),
        };
        let took_ms = took.as_secs_f64() * 1000.0;
        let counted = metrics.into_iter().map(|metric| Counted { metric, took_ms }).collect();
        let outcomes = self.name_offenders(&rules, counted, |some| pieces.with_offenders(&parts, some)).await;
        pieces.unit.iter().copied().zip(outcomes).collect()
    }

    /// The numbers of a piece; `None` where nothing is asked any more, since another piece failed.
    async fn count_piece(&mut self, pieces: &Pieces, number: usize) -> Result<Option<Vec<u64>>, DbError> {
        let Some(sql) = pieces.statement(number, &self.work.options)? else { return Ok(None) };
        let row = self.session.one(sql).await?;
        (0..row.values().len()).map(|at| scan::number(&row, at)).collect::<Result<_, _>>().map(Some)
    }

    /// One statement for all; where it errors, each half apart, until the broken rules stand alone.
    async fn count_fused(&mut self, rules: &[&ResolvedRule], alone: bool) -> Vec<Result<Metric, String>> {
        let mut metrics = Vec::with_capacity(rules.len());
        let mut todo = vec![rules];
        while let Some(rules) = todo.pop() {
            match self.count_together(rules, alone).await {
                Ok(counted) => metrics.extend(counted.into_iter().map(Ok)),
                Err(error) if rules.len() > 1 && is_one_rules_fault(&error) => {
                    let (left, right) = rules.split_at(rules.len() / 2);
                    todo.extend([right, left]);
                }
                Err(error) if share::is_shared(rules) && share::is_too_much_at_once(&error) => {
                    todo.extend(rules.chunks(1).rev());
                }
                Err(error) => {
                    let reason = self.note(&error, rules);
                    metrics.extend(rules.iter().map(|_| Err(reason.clone())));
                }
            }
        }
        metrics
    }

    async fn count_together(&mut self, rules: &[&ResolvedRule], alone: bool) -> Result<Vec<Metric>, DbError> {
        let options = self.options(rules);
        if share::is_shared(rules) {
            let pass = SharedPass::new(rules)?;
            let sql = with_settings(&options, &pass.sql, How { alone, ..pass.how })?;
            return pass.read(&self.session.one(sql).await?);
        }
        if let [only] = rules
            && !scan::is_fused(only)
        {
            return Ok(vec![self.count_alone(only, false, alone).await?]);
        }
        let scan = FusedScan::new(rules)?;
        let sql = with_settings(&options, &scan.sql, How { way: Way::Scan, alone, bare_path: false })?;
        let row = self.session.one(sql).await?;
        scan.read(&row, rules)
    }

    /// Counts a rule and names its offenders by one statement; `None` where its kind has none, or it could not be run: what is
    /// wrong then, counting or naming, is told by one after the other.
    async fn count_and_name(&mut self, rule: &ResolvedRule, is_told: bool, alone: bool) -> Option<Outcome> {
        let sql = scan::at_once(rule, is_told)?;
        let start = Instant::now();
        let found = async {
            let sql = with_settings(&self.options(&[rule]), &sql, How { alone, ..How::of(rule) })?;
            scan::read_at_once(&self.session.rows(sql).await?, rule)
        };
        match found.await {
            Ok((metric, samples)) => Some(Outcome { metric: Ok(metric), samples, unsampled: None, took_ms: ms(start) }),
            Err(error) if error.is_lost() => {
                let reason = self.note(&error, &[rule]);
                Some(Outcome { took_ms: ms(start), ..Outcome::broken(&reason) })
            }
            Err(error) => {
                self.note(&error, &[rule]);
                None
            }
        }
    }

    /// Counts one rule by a statement of its own; where another one tells what it looked at, without that.
    async fn count_alone(&mut self, rule: &ResolvedRule, is_told: bool, alone: bool) -> Result<Metric, DbError> {
        let short = if is_told { scan::count_violations(rule)? } else { None };
        let sql = short.map_or_else(|| scan::count_alone(rule), Ok)?;
        let sql = with_settings(&self.options(&[rule]), &sql, How { alone, ..How::of(rule) })?;
        scan::read_alone(&self.session.one(sql).await?)
    }

    pub(super) fn options(&self, rules: &[&ResolvedRule]) -> RunOptions {
        options_of(&self.work.options, rules)
    }

    pub(super) fn note(&mut self, error: &DbError, rules: &[&ResolvedRule]) -> String {
        self.lost |= error.is_lost() || matches!(error, DbError::Answer { .. });
        said(error, rules)
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

pub(super) fn reason(error: &DbError) -> String {
    match error.server().and_then(|error| error.hint.as_deref()) {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    }
}

/// Milliseconds since then.
pub(super) fn ms(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1000.0
}
