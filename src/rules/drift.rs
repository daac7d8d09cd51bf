//! What the catalog promises and no rule says, and what rules say of a catalog that is no longer so.

use std::collections::{BTreeMap, BTreeSet};

use crate::db::Catalog;
use crate::verdict::{Moment, Verdict};

use super::draft::{Draft, Drafts, Unwritten};
use super::fragment::normal;
use super::kind::Scope;
use super::load::{RuleSet, load_embedded};
use super::place::{RuleFileErrors, RuleProblem};
use super::reads::{Asks, Reads};
use super::resolve::problems;
use super::rule::Rule;

/// How catalog and rule files have moved apart.
#[derive(Debug, Clone, Default)]
pub struct Drift {
    /// Promises of the catalog that no rule covers: the lines to paste.
    pub uncovered: Vec<Draft>,
    /// What rules name and the catalog does not have.
    pub gone: Vec<RuleProblem>,
    /// What the catalog promises and no rule can say: nobody knows whether something covers it.
    pub unwritten: Vec<Unwritten>,
}

impl Drift {
    /// Fail where there is any, not evaluated where some promises could not be looked at.
    pub fn verdict(&self) -> Verdict {
        match (self.uncovered.is_empty() && self.gone.is_empty(), self.unwritten.is_empty()) {
            (true, true) => Verdict::Pass,
            (true, false) => Verdict::NotEvaluated,
            (false, _) => Verdict::Fail,
        }
    }
}

/// Holds the rules of a folder against drafts of what the catalog promises.
///
/// A promise is covered by a rule of the same kind over the same columns that asks for as much (the same expressions, NULL
/// equal to NULL); of some rows also by one over the same rows, by the words of its condition. A check or a domain also by any rule that reads
/// all of its columns and asks for more than a value, and a foreign key by one over all constraints of its table. A rule
/// that looks at some rows, tolerates some, counts only where it is combined or is not judged after the phases covers none.
///
/// # Errors
/// [`RuleFileErrors`] where a draft is no rule: a mistake of phasegate.
pub fn drift(set: &RuleSet, drafts: &Drafts, catalog: &Catalog) -> Result<Drift, RuleFileErrors> {
    let known = Drift {
        gone: problems(set, catalog, Moment::After),
        unwritten: drafts.unwritten.clone(),
        uncovered: Vec::new(),
    };
    if drafts.rules.is_empty() {
        return Ok(known);
    }
    let text = drafts.text();
    let wanted = load_embedded(&[("generated.toml", &text)])?;
    let written: Vec<Said> = set.rules.iter().map(|rule| Said::of(rule, catalog)).collect();
    let by_id: BTreeMap<&str, &Draft> = drafts.rules.iter().map(|draft| (draft.id.as_str(), draft)).collect();
    let is_open = |rule: &&Rule| {
        let promise = Said::of(rule, catalog);
        !written.iter().any(|said| said.covers(&promise))
    };
    let open = wanted.rules.iter().filter(is_open).filter_map(|rule| by_id.get(rule.id.as_str()));
    Ok(Drift { uncovered: open.map(|draft| (*draft).clone()).collect(), ..known })
}

/// What a rule is about, as far as it can be compared.
struct Said {
    kind: &'static str,
    table: Option<String>,
    reads: Reads,
    asks: Asks,
    /// Whether it stands by itself after the phases and tolerates nothing.
    is_strict: bool,
    /// Which rows it looks at; `None`: all.
    filter: Option<String>,
}

impl Said {
    fn of(rule: &Rule, catalog: &Catalog) -> Said {
        let table = rule.table.as_ref().and_then(|name| catalog.find(name.get_ref()));
        let mut reads = Reads::default();
        rule.check.reads(&Scope { rule, catalog, table }, &mut reads);
        Said {
            kind: rule.check.name(),
            table: table.map(crate::db::Table::full_name),
            reads,
            asks: rule.check.asks(),
            is_strict: rule.threshold.is_none()
                && rule.compare_to.is_none()
                && !rule.only_combined
                && rule.when.includes(Moment::After),
            filter: rule.filter.as_ref().map(|filter| normal(filter.get_ref())),
        }
    }

    fn columns(&self) -> BTreeSet<&String> {
        let own = self.table.as_ref().and_then(|table| self.reads.tables.get(table));
        own.into_iter().flatten().collect()
    }

    fn covers(&self, promise: &Said) -> bool {
        let asks_the_same = self.kind == promise.kind && self.asks.covers(&promise.asks);
        let Some(table) = &promise.table else { return asks_the_same };
        let (constraints, pairs) = (&self.reads.foreign_keys_of, &promise.reads.pointing);
        match promise.kind {
            _ if !self.is_strict || (self.filter.is_some() && self.filter != promise.filter) => false,
            "relationships" => {
                let points = !pairs.is_empty() && pairs.iter().all(|pair| self.reads.pointing.contains(pair));
                (points && self.asks.covers(&promise.asks)) || constraints.contains(table)
            }
            _ if self.table.as_ref() != Some(table) => false,
            "expression_is_true" if promise.columns().is_empty() => asks_the_same,
            "expression_is_true" => {
                const OF_OTHER_THINGS: [&str; 4] = ["not_null", "unique", "relationships", "row_count"];
                let asks = !OF_OTHER_THINGS.contains(&self.kind);
                asks && promise.columns().is_subset(&self.columns())
            }
            _ => asks_the_same && self.columns() == promise.columns(),
        }
    }
}
