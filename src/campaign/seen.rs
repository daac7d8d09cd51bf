//! What a comparison reported, in the words of [`super::Changes`], and whether that is what was planted.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::Evidence;
use crate::verdict::Verdict;

use super::picture::{added, changed, in_columns, lost, rows};

/// The lines of each table; under no name what belongs to none.
pub type Lines = BTreeMap<String, BTreeSet<String>>;

/// How what was reported relates to what was planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// Exactly this, and nothing else.
    Found,
    /// Nothing was reported of the table.
    Missed,
    /// Something was, and not exactly this.
    NamedWrongly,
}

/// Judges one table.
pub fn judge(planted: &BTreeSet<String>, reported: Option<&BTreeSet<String>>) -> Ruling {
    match reported.filter(|lines| !lines.is_empty()) {
        None => Ruling::Missed,
        Some(lines) if lines == planted => Ruling::Found,
        Some(_) => Ruling::NamedWrongly,
    }
}

/// The lines of what two snapshots differ in. `tables` are all that there are, with whether they have a key.
pub fn of_facts(facts: &[Evidence], tables: &BTreeMap<String, bool>) -> Lines {
    let mut lines = Lines::new();
    let mut values = BTreeMap::<(&str, &str), Vec<&str>>::new();
    for fact in facts.iter().filter(|fact| fact.verdict != Verdict::Pass) {
        let owner = owner(&fact.subject, tables);
        let named = fact.violations.is_some_and(|count| u64::try_from(fact.samples.len()) == Ok(count));
        let keys = fact.samples.iter().map(|sample| sample.key.as_str());
        let own = lines.entry(owner.map_or("", |(table, _)| table).to_owned()).or_default();
        match (fact.check.as_str(), owner) {
            ("rows_deleted", Some((table, ""))) if named && tables[table] => own.extend(keys.map(lost)),
            ("rows_inserted", Some((table, ""))) if named && tables[table] => own.extend(keys.map(added)),
            ("rows_deleted", Some((_, ""))) if named => drop(own.insert(lost(&rows(fact.violations.unwrap_or(0))))),
            ("rows_inserted", Some((_, ""))) if named => drop(own.insert(added(&rows(fact.violations.unwrap_or(0))))),
            ("values_changed", Some((table, column))) if named && !column.is_empty() => {
                keys.for_each(|key| values.entry((table, key)).or_default().push(column));
            }
            ("values_changed", Some((table, ""))) if named && !tables[table] => {
                own.insert(in_columns(columns(&fact.measured)));
            }
            _ => drop(own.insert(format!("{} {} {}: {}", fact.verdict, fact.check, fact.subject, fact.measured))),
        }
    }
    for ((table, key), columns) in values {
        lines.entry(table.to_owned()).or_default().insert(changed(key, columns));
    }
    lines
}

/// The columns that a fact about a table without a key names.
fn columns(measured: &str) -> Vec<&str> {
    let list = measured.split_once("columns that differ: ").map_or(measured, |(_, list)| list);
    if list.starts_with("no column by itself") { Vec::new() } else { list.split(", ").collect() }
}

/// The table that a subject speaks of, and what of it: `public.t.c` is column `c` of `public.t`.
fn owner<'a>(subject: &'a str, tables: &'a BTreeMap<String, bool>) -> Option<(&'a str, &'a str)> {
    let of = |name: &'a String| {
        let rest = subject.strip_prefix(name.as_str())?;
        if rest.is_empty() {
            Some((name.as_str(), ""))
        } else {
            rest.strip_prefix('.').map(|column| (name.as_str(), column))
        }
    };
    tables.keys().filter_map(of).max_by_key(|(name, _)| name.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Sample, Topic};

    fn fact(check: &str, subject: &str, keys: &[&str]) -> Evidence {
        let samples = keys.iter().map(|key| Sample::new(*key, "")).collect();
        let count = u64::try_from(keys.len()).unwrap();
        Evidence::new(Topic::Difference, check, subject, Verdict::Fail).violations(count, samples)
    }

    #[test]
    fn facts_are_put_together_by_row() {
        let tables = BTreeMap::from([("public.t".to_owned(), true), ("public.bag".to_owned(), false)]);
        let facts = [
            fact("values_changed", "public.t.b", &["id=1"]),
            fact("values_changed", "public.t.a", &["id=1", "id=2"]),
            fact("rows_deleted", "public.bag", &["row with hash 1", "row with hash 2"]),
            fact("schema_changed", "public.other", &[]),
        ];
        let lines = of_facts(&facts, &tables);
        let of = |table: &str| lines[table].iter().cloned().collect::<Vec<_>>();
        assert_eq!(of("public.t"), ["changed id=1: a, b", "changed id=2: a"]);
        assert_eq!(of("public.bag"), ["lost 2 without a key"]);
        assert_eq!(of("").len(), 1);
    }

    #[test]
    fn a_finding_without_its_keys_names_wrongly() {
        let tables = BTreeMap::from([("public.t".to_owned(), true)]);
        let mut bare = fact("values_changed", "public.t.b", &[]);
        bare.violations = Some(1);
        let lines = of_facts(&[bare], &tables);
        let planted = BTreeSet::from(["changed id=1: b".to_owned()]);
        assert_eq!(judge(&planted, lines.get("public.t")), Ruling::NamedWrongly);
        assert_eq!(judge(&planted, None), Ruling::Missed);
        assert_eq!(judge(&planted, Some(&planted.clone())), Ruling::Found);
    }
}
