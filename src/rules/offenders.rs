//! Naming offenders: the first few of each rule that is violated.

use std::time::Instant;

use crate::db::DbError;
use crate::evidence::Sample;

use super::outcome::Outcome;
use super::resolve::ResolvedRule;
use super::run::Counted;
use super::scan;
use super::statement::{How, with_settings};
use super::worker::{Desk, ms};

impl Desk<'_> {
    /// The outcomes of rules that were counted.
    pub(super) async fn name_offenders(&mut self, rules: &[&ResolvedRule], counted: Vec<Counted>) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(rules.len());
        for (rule, Counted { metric, took_ms }) in rules.iter().zip(counted) {
            let start = Instant::now();
            let sampled = match &metric {
                Ok(metric) if metric.violations > 0 => self.sample(rule).await,
                _ => Ok(Vec::new()),
            };
            let took_ms = took_ms + ms(start);
            let (samples, unsampled) = match sampled {
                Ok(samples) => (samples, None),
                Err(error) => (Vec::new(), Some(error)),
            };
            outcomes.push(Outcome { metric, samples, unsampled, took_ms });
        }
        outcomes
    }

    async fn sample(&mut self, rule: &ResolvedRule) -> Result<Vec<Sample>, String> {
        let sampled = async {
            let Some(sql) = scan::sample(rule)? else { return Ok(Vec::new()) };
            let sql = with_settings(&self.options(&[rule]), &sql, How::of(rule))?;
            let rows = self.session.rows(sql).await?;
            Ok(rows.iter().map(|row| scan::read_sample(row, rule)).collect())
        };
        sampled.await.map_err(|error: DbError| self.note(&error, &[rule]))
    }
}
