//! Rules that group or join by the same columns, measured by one statement.
//!
//! What may be shared is known from the rule itself: its kind says by which columns it groups or joins. Not shared are rules
//! with a time limit of their own, and those whose SQL looks at other tables: a subquery is planned otherwise beside others
//! than in a `WHERE` of its own. A statement that the server refuses is taken apart as a common scan is.

use std::collections::BTreeMap;

use crate::db::{DbError, Row, SqlError};

use super::fragment;
use super::grouped::{self, Grouped};
use super::joined::{self, Joined};
use super::kind::Name;
use super::probe::Metric;
use super::resolve::ResolvedRule;
use super::rule::Rule;
use super::run::MOST_IN_ONE_SCAN;
use super::scan;
use super::siblings::{self, Siblings};
use super::statement::{How, Way};

/// A pass over rows that a rule can share with others.
#[derive(Debug, Clone)]
pub(super) enum Share {
    /// The rule's own rows in groups.
    Groups(Grouped),
    /// The rows of another table in groups, each beside the row that it points at.
    Siblings(Siblings),
    /// The rule's own rows, each beside those of another table that it is held against.
    Join(Joined),
}

/// What one rule counts of a pass that is shared, as SQL over what the pass has for it.
pub(super) struct Counts {
    pub(super) examined: String,
    /// Its violations; of a rule that judges a figure 1 or 0.
    pub(super) violations: String,
    pub(super) figure: Option<String>,
}

impl Share {
    /// Rules that say the same here are measured together.
    fn pass(&self) -> String {
        match self {
            Share::Groups(grouped) => format!("groups {}", grouped.pass()),
            Share::Siblings(siblings) => format!("siblings {}", siblings.pass()),
            Share::Join(joined) => format!("join {}", joined.pass()),
        }
    }
}

/// Whether a rule's statement may be one with others, as far as that is no matter of its kind.
pub(super) fn may_be_shared(rule: &Rule) -> bool {
    rule.timeout_ms.is_none() && are_of_one_row([rule.filter.as_ref()])
}

/// Whether these pieces of SQL look at the row at hand and at nothing else.
pub(super) fn are_of_one_row<'a>(pieces: impl IntoIterator<Item = Option<&'a Name>>) -> bool {
    pieces.into_iter().flatten().all(|sql| !fragment::looks_at_tables(sql.get_ref()))
}

/// The rules, by their places, of which several share a pass.
pub(super) fn units(rules: &[ResolvedRule], is_counted: impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
    let mut passes: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, rule) in rules.iter().enumerate().filter(|(index, _)| !is_counted(*index)) {
        if let Some(share) = &rule.share {
            passes.entry(share.pass()).or_default().push(index);
        }
    }
    let chunks = passes.values().flat_map(|pass| pass.chunks(MOST_IN_ONE_SCAN));
    chunks.filter(|unit| unit.len() > 1).map(<[_]>::to_vec).collect()
}

/// Whether these rules are measured by a pass that they share; a rule that is left alone is not.
pub(super) fn is_shared(rules: &[&ResolvedRule]) -> bool {
    matches!(rules, [first, _, ..] if first.share.is_some())
}

/// Whether a statement that several rules share failed for want of what each of them may have enough of.
pub(super) fn is_too_much_at_once(error: &DbError) -> bool {
    // Time, memory, disk.
    error.server().is_some_and(|error| error.code == "57014" || error.code.starts_with("53"))
}

/// The statement of rules that share a pass, and where in its only row each one's figures stand.
#[derive(Debug)]
pub(super) struct SharedPass {
    pub(super) sql: String,
    pub(super) how: How,
    places: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    examined: usize,
    violations: usize,
    figure: Option<usize>,
}

impl SharedPass {
    /// Rules that [`is_shared`] says yes to.
    pub(super) fn new(rules: &[&ResolvedRule]) -> Result<SharedPass, SqlError> {
        macro_rules! all {
            ($way:ident) => {
                rules.iter().filter_map(|rule| match &rule.share {
                    Some(Share::$way(own)) => Some(own),
                    _ => None,
                })
            };
        }
        let (sql, counts, sorted) = match rules.first().and_then(|rule| rule.share.as_ref()) {
            Some(Share::Groups(_)) => {
                let all: Vec<&Grouped> = all!(Groups).collect();
                let (sql, counts) = grouped::statement(&all);
                (sql, counts, all.iter().any(|grouped| grouped.sorted))
            }
            Some(Share::Siblings(_)) => {
                let (sql, counts) = siblings::statement(&all!(Siblings).collect::<Vec<_>>());
                (sql, counts, false)
            }
            Some(Share::Join(_)) => {
                let (sql, counts) = joined::statement(&all!(Join).collect::<Vec<_>>());
                (sql, counts, false)
            }
            None => return Err(SqlError::Missing { placeholder: "a pass that is shared".to_owned() }),
        };
        let mut columns: Vec<String> = Vec::new();
        let mut add = |letter: char, sql: String, of: usize| {
            columns.push(format!("{sql} AS {letter}{of}"));
            columns.len() - 1
        };
        let place = |(of, counts): (usize, Counts)| Place {
            examined: add('e', counts.examined, of),
            violations: add('v', counts.violations, of),
            figure: counts.figure.map(|figure| add('f', figure, of)),
        };
        let places = counts.into_iter().enumerate().map(place).collect();
        let sql = sql.fragment("counts", columns.join(",\n       ")).render()?;
        let how = How { way: if sorted { Way::Sort } else { Way::Scan }, ..How::default() };
        Ok(SharedPass { sql, how, places })
    }

    /// Each rule's figures, in the order of the rules.
    pub(super) fn read(&self, row: &Row) -> Result<Vec<Metric>, DbError> {
        let metric = |place: &Place| {
            Ok(Metric {
                examined: Some(scan::number(row, place.examined)?),
                violations: scan::number(row, place.violations)?,
                figure: place.figure.and_then(|at| row.at(at).map(str::to_owned)),
            })
        };
        self.places.iter().map(metric).collect()
    }
}

/// The rows of several rules, each by a condition: what goes into the `WHERE` of all, and how each keeps to its own.
pub(super) struct RowsOf {
    /// True for rows of any of the rules.
    pub(super) any: String,
    is_one: bool,
}

impl RowsOf {
    pub(super) fn new<'a>(conditions: impl IntoIterator<Item = &'a str>) -> RowsOf {
        let distinct = distinct(conditions);
        // Where one of them is `true` the server leaves out the rest, but for holding against it what no `WHERE` may have.
        RowsOf { any: distinct.join(" OR "), is_one: distinct.len() == 1 }
    }

    /// The clause by which an aggregate keeps to the rows of one of the rules.
    pub(super) fn only(&self, condition: &str) -> String {
        if self.is_one { String::new() } else { only(condition) }
    }
}

/// The clause by which an aggregate keeps to the rows for which this is true.
pub(super) fn only(condition: &str) -> String {
    if condition == "true" { String::new() } else { format!(" FILTER (WHERE {condition})") }
}

/// Each once, in their order.
pub(super) fn distinct<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut known = Vec::new();
    for text in texts {
        if !known.contains(&text) {
            known.push(text);
        }
    }
    known
}
