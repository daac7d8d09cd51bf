//! From rules to what is sent to the server: names are held against the catalog, SQL is put together.

use crate::db::{Catalog, Table, TableKind, quote_ident, quote_literal};
use crate::evidence::{Evidence, REDACTED, Topic};
use crate::verdict::{Moment, Verdict};

use super::compare::{NOT_SOUGHT, Reference};
use super::kind::{Complaints, Name, Scope, column_of, filter, unknown_table};
use super::load::RuleSet;
use super::place::RuleProblem;
use super::probe::{Measure, Metric, Probe};
use super::rule::{Rule, When};
use super::share::{self, Share};
use super::violation::Planned;
use super::{Check, words};

/// A rule that is ready to be measured.
#[derive(Debug, Clone)]
pub struct ResolvedRule {
    /// The rule as it was written.
    pub rule: Rule,
    /// What it is about: `public.portfolios.user_id`.
    pub subject: String,
    pub(super) probe: Probe,
    /// How it can be measured beside others.
    pub(super) share: Option<Share>,
    /// Of a rule that compares: with what.
    pub(super) reference: Reference,
    pub(super) filter: String,
    pub(super) table: Option<Target>,
    /// How much there is to read; only an order of size.
    pub(super) weight: u64,
}

/// The table of a rule, as sampling needs it.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) name: String,
    pub(super) quoted: String,
    pub(super) is_partitioned: bool,
    /// Whether its rows lie in other tables too, each of which can be read by itself: partitions, or inheritors.
    pub(super) has_parts: bool,
    /// What it has on disk; none where rows lie in other tables.
    pub(super) bytes: u64,
    /// Whether each of its rows has a place (`ctid`) that no other row of it has.
    pub(super) has_places: bool,
    pub(super) key: Vec<String>,
    /// All columns where there is no key, so that an offender can be recognised at all.
    pub(super) whole_row: Vec<String>,
}

/// What became of the rules of one moment.
#[derive(Debug, Default)]
pub struct Resolution {
    /// Ready to be measured, in the order of the files.
    pub rules: Vec<ResolvedRule>,
    /// One fact for each rule that is not: it names a table or a column that is not there.
    pub not_evaluated: Vec<Evidence>,
}

/// Every rule of this moment that names what the database does not have.
///
/// A rule that is judged only after the phases may name what they make; it is looked at when its moment comes.
pub fn problems(set: &RuleSet, catalog: &Catalog, moment: Moment) -> Vec<RuleProblem> {
    let mut problems = Vec::new();
    for rule in set.at(moment) {
        let (_, complaints) = hold_against(rule, catalog);
        problems.extend(complaints.0.into_iter().map(|(span, message)| set.problem(rule, &span, message)));
    }
    problems
}

/// Makes the rules of this moment ready. What [`problems`] would report becomes evidence that is not evaluated.
pub fn resolve(set: &RuleSet, catalog: &Catalog, moment: Moment) -> Resolution {
    let mut resolution = Resolution::default();
    for rule in set.at(moment) {
        match resolve_one(set, rule, catalog) {
            Ok(resolved) => resolution.rules.push(resolved),
            Err(reason) => {
                let subject = rule.table.as_ref().map_or(set.file_of(rule), |table| table.get_ref());
                let evidence = Evidence::new(Topic::Rule, &rule.id, subject, Verdict::NotEvaluated)
                    .expected(rule.description.clone())
                    .measured(format!("not evaluated: {reason}"))
                    .remedy(format!("correct rule {} in {}", rule.id, set.file_of(rule)));
                resolution.not_evaluated.push(evidence);
            }
        }
    }
    resolution
}

/// The columns that name a row of the rule's table: the rule's own, else the table's key, else its place on disk.
pub(super) fn key_of(scope: &Scope<'_>) -> Vec<String> {
    let own = scope.rule.key.as_ref().map(|names| names.iter().map(|name| name.get_ref().clone()).collect());
    own.or_else(|| scope.table.and_then(|table| table.key.clone())).unwrap_or_else(|| vec!["ctid".to_owned()])
}

/// A rule that is ready, and what violates it.
pub(super) fn planned(set: &RuleSet, rule: &Rule, catalog: &Catalog) -> Result<(ResolvedRule, Planned), String> {
    let resolved = resolve_one(set, rule, catalog)?;
    let (scope, _) = hold_against(rule, catalog);
    Ok((resolved, rule.check.violation(&scope)))
}

fn resolve_one(set: &RuleSet, rule: &Rule, catalog: &Catalog) -> Result<ResolvedRule, String> {
    let (scope, complaints) = hold_against(rule, catalog);
    if !complaints.0.is_empty() {
        let problems = complaints.0.into_iter().map(|(span, message)| set.problem(rule, &span, message).to_string());
        return Err(problems.collect::<Vec<_>>().join("; "));
    }
    let probe = rule.check.probe(&scope).map_err(|error| error.to_string())?;
    let key = key_of(&scope);
    Ok(ResolvedRule {
        subject: subject(set, rule, scope.table),
        filter: filter(rule.filter.as_ref()),
        weight: scope.table.map_or(u64::MAX, weight),
        table: scope.table.map(|table| Target {
            name: table.full_name(),
            quoted: table.quoted(),
            is_partitioned: table.kind == TableKind::Partitioned,
            // Columns may be generated otherwise in a part.
            has_parts: (table.kind == TableKind::Partitioned || (table.kind == TableKind::Table && table.has_children))
                && !table.columns.iter().any(|column| column.generated),
            bytes: if table.has_children { 0 } else { table.bytes },
            has_places: matches!(table.kind, TableKind::Table | TableKind::MaterializedView) && !table.has_children,
            whole_row: match key.as_slice() {
                [only] if only == "ctid" => table.columns.iter().map(|column| column.name.clone()).collect(),
                _ => Vec::new(),
            },
            key,
        }),
        share: if share::may_be_shared(rule) { rule.check.share(&scope) } else { None },
        rule: as_shown(rule),
        probe,
        reference: Reference::Unknown(NOT_SOUGHT.to_owned()),
    })
}

/// The rule with everything redacted that its kind shows nowhere: where a table has no key, an offender is named by its
/// whole row.
fn as_shown(rule: &Rule) -> Rule {
    let mut rule = rule.clone();
    let hidden: Vec<Name> = rule.check.hides().into_iter().map(|name| Name::new(0..0, name.to_owned())).collect();
    rule.redact.extend(hidden);
    rule
}

fn hold_against<'a>(rule: &'a Rule, catalog: &'a Catalog) -> (Scope<'a>, Complaints) {
    let mut complaints = Complaints::default();
    let table = rule.table.as_ref().and_then(|name| {
        let found = catalog.find(name.get_ref());
        if found.is_none() {
            complaints.add(name.span(), unknown_table_of(rule, name, catalog));
        }
        found
    });
    let scope = Scope { rule, catalog, table };
    if rule.table.is_some() && table.is_none() {
        return (scope, complaints);
    }
    if let Some(table) = table {
        for name in rule.key.iter().flatten() {
            column_of(table, name, &mut complaints);
        }
        for name in &rule.redact {
            redacted(rule, table, name, catalog, &mut complaints);
        }
    }
    rule.check.hold_against(&scope, &mut complaints);
    complaints.0.sort_by_key(|(span, _)| span.start);
    (scope, complaints)
}

/// A misspelt name here would let values through that must not be shown.
fn redacted(rule: &Rule, table: &Table, name: &Name, catalog: &Catalog, complaints: &mut Complaints) {
    let elsewhere = match rule.check {
        // Its columns are made by the query itself.
        Check::Query(_) => true,
        Check::ValueMismatch(_) => catalog.tables.iter().any(|table| table.column(name.get_ref()).is_some()),
        _ => false,
    };
    if !elsewhere {
        column_of(table, name, complaints);
    }
}

fn unknown_table_of(rule: &Rule, name: &Name, catalog: &Catalog) -> String {
    let message = unknown_table(name.get_ref(), catalog);
    match rule.when {
        When::After => message,
        _ => format!("{message}; a rule on a table that a phase makes says when = \"after\""),
    }
}

fn subject(set: &RuleSet, rule: &Rule, table: Option<&Table>) -> String {
    // A rule that is SQL of its own is about its file; where that lies is not part of its name.
    let about = rule.check.about();
    let Some(table) = table else {
        if matches!(rule.check, Check::Query(_)) {
            let file = set.file_of(rule);
            return file.rsplit(['/', '\\']).next().unwrap_or(file).to_owned();
        }
        return if about.is_empty() { "database".to_owned() } else { about.join(", ") };
    };
    match about.as_slice() {
        [] => table.full_name(),
        [one] if table.column(one).is_some() => format!("{}.{one}", table.full_name()),
        several => format!("{} ({})", table.full_name(), several.join(", ")),
    }
}

/// A partitioned table has no bytes of its own; its rows are guessed at 100 bytes each.
fn weight(table: &Table) -> u64 {
    table.bytes.max(u64::try_from(table.estimated_rows).unwrap_or(0).saturating_mul(100))
}

impl Target {
    /// The columns of a sample, as SQL: keys as `k:<name>`, values as `v:<name>`; redacted ones never leave the server.
    pub(super) fn shown(&self, rule: &Rule, values: &[String]) -> String {
        let form = |prefix: &str, name: &String| {
            let label = quote_ident(&format!("{prefix}{name}"));
            match rule.is_redacted(name) {
                true => format!("{} AS {label}", quote_literal(REDACTED)),
                false => format!("t.{}::text AS {label}", quote_ident(name)),
            }
        };
        let values = if self.whole_row.is_empty() { values } else { &self.whole_row };
        let keys = self.key.iter().map(|name| form("k:", name));
        // A value that is part of the key is already there.
        let values = values.iter().filter(|name| !self.key.contains(name)).map(|name| form("v:", name));
        keys.chain(values).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn order(&self) -> String {
        self.key.iter().map(|name| format!("t.{}", quote_ident(name))).collect::<Vec<_>>().join(", ")
    }
}

impl ResolvedRule {
    /// What a count means under this rule, beside what was there before where it compares.
    pub(super) fn judge(&self, metric: &Metric) -> Verdict {
        self.compared(metric).map_or(Verdict::NotEvaluated, |metric| self.rule.judge(&metric, self.is_row_count()))
    }

    /// Whether the rule holds by this count, whatever a violation means; `None` where that is not known.
    pub(super) fn holds(&self, metric: &Metric) -> Option<bool> {
        self.compared(metric).ok().and_then(|metric| self.rule.holds(&metric, self.is_row_count()))
    }

    fn is_row_count(&self) -> bool {
        matches!(self.probe.measure, Measure::RowCount { .. })
    }

    /// Who is asked about a verdict that is not as it should be.
    pub(super) fn remedy(&self, verdict: Verdict) -> Option<String> {
        let is_told = verdict != Verdict::Pass && !self.rule.owner.is_empty();
        is_told.then(|| format!("{} answers for it", self.rule.owner))
    }

    /// What must be true, with the figures that are tolerated.
    pub(super) fn expected(&self) -> String {
        let figures = match (&self.probe.measure, self.rule.threshold) {
            (Measure::RowCount { .. } | Measure::Figure { .. } | Measure::Combined { .. }, _) => {
                self.probe.noun.clone()
            }
            (_, Some(threshold)) => threshold.words(&self.probe.noun),
            (_, None) => format!("{} {}", words::figure(0), self.probe.noun),
        };
        let figures = match self.expected_of_before() {
            Some(compared) if self.rule.check.has_figure() => format!("{figures}, {compared}"),
            Some(compared) => format!("{figures} {compared}"),
            None => figures,
        };
        if self.rule.description.is_empty() { figures } else { format!("{}: {figures}", self.rule.description) }
    }
}
