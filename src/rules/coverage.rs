//! What the rules of a run looked at: tables, columns and foreign keys, and why not at the others.
//!
//! By name: what a rule looks at is what its kind declares that it reads. A column counts as checked where one rule that
//! was evaluated reads it, whatever the rule asks of it; a foreign key, where its own pairs of columns were held against
//! each other over all rows.

use std::collections::{BTreeMap, BTreeSet};

use crate::db::{Catalog, ForeignKey, Table};
use crate::evidence::{Evidence, Sample, Topic};
use crate::verdict::{Moment, Verdict};

use super::kind::Scope;
use super::load::RuleSet;
use super::reads::{Pairs, Reads};
use super::rule::Rule;

/// The check of the facts that say what the rules looked at.
pub const COVERAGE: &str = "rule_coverage";

/// What was asked, and of what.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Every rule of the folder.
    pub all: &'a RuleSet,
    /// Those of them that were chosen; the others were left out by request.
    pub chosen: &'a RuleSet,
    /// When they were judged.
    pub moment: Moment,
    /// The database.
    pub catalog: &'a Catalog,
    /// Its foreign keys.
    pub foreign_keys: &'a [ForeignKey],
    /// Tables and columns that the settings exclude from what is compared.
    pub excluded: &'a [Excluded],
    /// Tables that are phasegate's own and nobody's to check.
    pub own: &'a [String],
    /// Where the rules' own SQL finds names without a schema.
    pub search_path: &'a [String],
}

/// A table or a column that the settings exclude.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    /// `schema.table` or `schema.table.column`.
    pub name: String,
    /// Why, in the words of who excluded it.
    pub reason: String,
}

/// What the rules looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// Tables; partitions are their parent's.
    pub tables: Part,
    /// Columns of these tables.
    pub columns: Part,
    /// Foreign keys.
    pub foreign_keys: Part,
}

/// One sort of things that can be checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// How many were checked.
    pub checked: usize,
    /// All others, by name.
    pub not_checked: Vec<Gap>,
}

/// Something that was not checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// `public.users`, `public.users.email`, `users_manager_id_fkey of public.users (manager_id)`.
    pub name: String,
    /// Why.
    pub why: Why,
}

/// Why something was not checked. Of several reasons the first of these counts: it is the nearest to a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The rule that names it was not evaluated.
    NotEvaluated(String),
    /// The rule that names it looks at some of the rows only.
    SomeRows(String),
    /// The rule that names it was not chosen.
    LeftOut(String),
    /// The rule that names it is judged at the other moment.
    OtherMoment(String),
    /// The settings exclude it, for this reason, and no rule names it.
    Excluded(String),
    /// No rule names it.
    Unnamed,
}

/// What the rules looked at that were judged with these facts.
pub fn coverage(asked: &Asked<'_>, facts: &[Evidence]) -> Coverage {
    let named = Named::of(asked, facts);
    let mut coverage = Coverage { tables: Part::default(), columns: Part::default(), foreign_keys: Part::default() };
    let is_asked = |table: &&Table| !table.is_partition && !asked.own.contains(&table.full_name());
    for table in asked.catalog.tables.iter().filter(is_asked) {
        let name = table.full_name();
        let excluded = |what: &str| asked.excluded.iter().find(|entry| entry.name == what).map(|entry| &entry.reason);
        coverage.tables.take(name.clone(), named.tables.get(&name), excluded(&name));
        for column in &table.columns {
            let column = format!("{name}.{}", column.name);
            let excluded = excluded(&column).or_else(|| excluded(&name));
            let seen = named.columns.get(&column);
            coverage.columns.take(column, seen, excluded);
        }
    }
    for key in asked.foreign_keys.iter().filter(|key| !asked.own.contains(&key.table)) {
        let name = format!("{} of {} ({})", key.name, key.table, key.columns.join(", "));
        coverage.foreign_keys.take(name, named.foreign_key(key).as_ref(), None);
    }
    coverage
}

impl Coverage {
    /// One fact a part. What is not checked is no fault, and so all of them pass; a rule that was not evaluated says
    /// that itself.
    pub fn facts(&self) -> Vec<Evidence> {
        [("tables", &self.tables), ("columns", &self.columns), ("foreign keys", &self.foreign_keys)]
            .map(|(what, part)| part.fact(what))
            .into()
    }
}

impl Part {
    fn take(&mut self, name: String, seen: Option<&Seen>, excluded: Option<&String>) {
        match seen {
            Some(Seen::Checked) => self.checked += 1,
            Some(Seen::Not(why)) => self.not_checked.push(Gap { name, why: why.clone() }),
            None => {
                let why = excluded.map_or(Why::Unnamed, |reason| Why::Excluded(reason.clone()));
                self.not_checked.push(Gap { name, why });
            }
        }
    }

    fn fact(&self, what: &str) -> Evidence {
        let all = self.checked + self.not_checked.len();
        let gaps = self.not_checked.iter().map(|gap| Sample::new(&gap.name, gap.why.to_string())).collect();
        Evidence::new(Topic::Coverage, COVERAGE, what, Verdict::Pass)
            .expected(format!("{all} checked by rules"))
            .measured(format!("rules checked {} of {all}{}", self.checked, self.reasons()))
            .violations(u64::try_from(self.not_checked.len()).unwrap_or(u64::MAX), gaps)
    }

    /// `; not: 12 that no rule names, 2 whose rule was not evaluated`.
    fn reasons(&self) -> String {
        let mut counts: BTreeMap<(u8, &str), usize> = BTreeMap::new();
        for gap in &self.not_checked {
            *counts.entry(gap.why.sort()).or_default() += 1;
        }
        let counts: Vec<String> = counts.iter().map(|((_, words), count)| format!("{count} {words}")).collect();
        if counts.is_empty() { String::new() } else { format!("; not: {}", counts.join(", ")) }
    }
}

impl Why {
    /// Its place among all, and how many things are spoken of that it keeps from being checked.
    fn sort(&self) -> (u8, &'static str) {
        match self {
            Why::NotEvaluated(_) => (0, "whose rule was not evaluated"),
            Why::SomeRows(_) => (1, "whose rule looks at some rows only"),
            Why::LeftOut(_) => (2, "whose rule was left out by --only"),
            Why::OtherMoment(_) => (3, "whose rule is judged at the other moment"),
            Why::Excluded(_) => (4, "excluded by the settings"),
            Why::Unnamed => (5, "that no rule names"),
        }
    }
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Why::NotEvaluated(rule) => write!(f, "rule {rule} was not evaluated"),
            Why::SomeRows(rule) => write!(f, "rule {rule} looks at some rows only"),
            Why::LeftOut(rule) => write!(f, "rule {rule} was left out by --only"),
            Why::OtherMoment(rule) => write!(f, "rule {rule} is judged at the other moment"),
            Why::Excluded(reason) => write!(f, "excluded by the settings: {reason}"),
            Why::Unnamed => f.write_str("no rule names it"),
        }
    }
}

/// What became of something that a rule names; the better one counts, and of equals that of the earlier rule.
#[derive(Debug, Clone)]
enum Seen {
    Checked,
    Not(Why),
}

impl Seen {
    fn rank(&self) -> Option<u8> {
        match self {
            Seen::Checked => None,
            Seen::Not(why) => Some(why.sort().0),
        }
    }
}

/// Everything that a rule names, and what became of it.
#[derive(Default)]
struct Named {
    tables: BTreeMap<String, Seen>,
    columns: BTreeMap<String, Seen>,
    pointing: Vec<(Pairs, Seen)>,
    foreign_keys_of: BTreeMap<String, Seen>,
}

impl Named {
    fn of(asked: &Asked<'_>, facts: &[Evidence]) -> Named {
        let mut named = Named::default();
        let known = known(facts);
        for rule in &asked.all.rules {
            let table = rule.table.as_ref().and_then(|name| asked.catalog.find(name.get_ref()));
            let scope = Scope { rule, catalog: asked.catalog, table };
            let mut reads = Reads::along(asked.search_path);
            rule.check.reads(&scope, &mut reads);
            named.take(reads, &seen(rule, asked, &known), asked.foreign_keys);
            named.some_rows(rule, &scope);
        }
        named
    }

    fn take(&mut self, reads: Reads, seen: &Seen, foreign_keys: &[ForeignKey]) {
        for (table, columns) in reads.tables {
            for column in columns {
                better(&mut self.columns, format!("{table}.{column}"), seen);
            }
            better(&mut self.tables, table, seen);
        }
        for key in foreign_keys.iter().filter(|key| reads.foreign_keys_of.contains(&key.table)) {
            for column in &key.columns {
                better(&mut self.columns, format!("{}.{column}", key.table), seen);
            }
            better(&mut self.tables, key.table.clone(), seen);
        }
        self.pointing.extend(reads.pointing.into_iter().map(|pairs| (pairs, seen.clone())));
        for table in reads.foreign_keys_of {
            better(&mut self.foreign_keys_of, table, seen);
        }
    }

    /// A rule that would speak for a foreign key if it looked at every row.
    fn some_rows(&mut self, rule: &Rule, scope: &Scope<'_>) {
        let whole = Rule { filter: None, ..rule.clone() };
        if rule.filter.is_some() {
            let mut reads = Reads::default();
            rule.check.reads(&Scope { rule: &whole, ..*scope }, &mut reads);
            let some = |pairs| (pairs, Seen::Not(Why::SomeRows(rule.id.clone())));
            self.pointing.extend(reads.pointing.into_iter().map(some));
        }
    }

    fn foreign_key(&self, key: &ForeignKey) -> Option<Seen> {
        let [columns, to_columns] = [&key.columns, &key.to_columns].map(|names| names.iter().map(String::as_str));
        let wanted = Pairs::new(&key.table, &key.to, columns, to_columns);
        let pointing = self.pointing.iter().filter(|(pairs, _)| *pairs == wanted).map(|(_, seen)| seen);
        pointing.chain(self.foreign_keys_of.get(&key.table)).min_by_key(|seen| seen.rank()).cloned()
    }
}

fn better(of: &mut BTreeMap<String, Seen>, name: String, seen: &Seen) {
    let best = of.entry(name).or_insert_with(|| seen.clone());
    if seen.rank() < best.rank() {
        *best = seen.clone();
    }
}

/// The rules that were evaluated.
fn known(facts: &[Evidence]) -> BTreeSet<&str> {
    let rules = facts.iter().filter(|fact| fact.topic == Topic::Rule);
    rules.filter(|fact| fact.verdict != Verdict::NotEvaluated).map(|fact| fact.check.as_str()).collect()
}

fn seen(rule: &Rule, asked: &Asked<'_>, known: &BTreeSet<&str>) -> Seen {
    let id = || rule.id.clone();
    if !rule.when.includes(asked.moment) {
        return Seen::Not(Why::OtherMoment(id()));
    }
    if !asked.chosen.rules.iter().any(|chosen| chosen.id == rule.id) {
        return Seen::Not(Why::LeftOut(id()));
    }
    if known.contains(rule.id.as_str()) { Seen::Checked } else { Seen::Not(Why::NotEvaluated(id())) }
}
