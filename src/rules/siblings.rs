//! Rules that group the rows of a table by what they point at, and hold each group against the row that it points at: one
//! grouping and one join for all of them.

use crate::db::{Column, Sql, Table, quote_ident};

use super::kind::Scope;
use super::share::{Counts, RowsOf, Share, distinct};

/// What a rule asks of parents and their children.
#[derive(Debug, Clone)]
pub(super) struct Siblings {
    parents: String,
    children: String,
    /// The parents' columns, each with that of the children that points at it.
    pairs: Vec<(String, String)>,
    /// Whether a parent is never held against two groups.
    is_plain: bool,
    /// Which parents are judged, and which children count.
    parents_rows: String,
    children_rows: String,
    asked: Asked,
}

#[derive(Debug, Clone)]
enum Asked {
    /// Whether a number of children is wrong, as a condition over [`NUMBER`]. Children without a parent are not asked for.
    Number(String),
    /// Whether a parent's value is the sum over its children.
    Sum(Sum),
}

/// A sum over children that a parent's value is held against, all as SQL.
#[derive(Debug, Clone)]
pub(super) struct Sum {
    pub(super) value: String,
    pub(super) child_value: String,
    /// By how much the two may be apart ...
    pub(super) tolerance: String,
    /// ... or by which share of the larger one, whichever is more.
    pub(super) relative: String,
    /// Whether a parent without children passes.
    pub(super) childless_pass: bool,
}

/// Stands in a condition for the number of children.
pub(super) const NUMBER: &str = ":number";

impl Siblings {
    /// Parents in the rule's own table, and children in another one.
    pub(super) fn new(scope: &Scope<'_>, columns: &[&str], children: &Table, child_columns: &[&str]) -> Siblings {
        let quoted = |(parent, child): (&&str, &&str)| (quote_ident(parent), quote_ident(child));
        let mut pairs: Vec<_> = columns.iter().zip(child_columns).map(quoted).collect();
        pairs.sort();
        pairs.dedup();
        let are_plain = columns.iter().zip(child_columns).all(|(parent, child)| {
            let parent = scope.table.and_then(|table| table.column(parent));
            parent.zip(children.column(child)).is_some_and(|(one, other)| are_alike(one, other))
        });
        Siblings {
            parents: scope.from(),
            children: children.quoted(),
            pairs,
            is_plain: are_plain,
            parents_rows: scope.filter(),
            children_rows: "true".to_owned(),
            asked: Asked::Number("false".to_owned()),
        }
    }

    /// Counts only children for which this is true.
    pub(super) fn among(self, children_rows: String) -> Siblings {
        Siblings { children_rows, ..self }
    }

    /// A share that counts parents for which this condition over [`NUMBER`] is true.
    pub(super) fn number(self, wrong: String) -> Share {
        Share::Siblings(Siblings { asked: Asked::Number(wrong), ..self })
    }

    /// A share that counts parents whose value is not the sum, and groups of children without a parent.
    pub(super) fn sum(self, sum: Sum) -> Share {
        Share::Siblings(Siblings { asked: Asked::Sum(sum), ..self })
    }

    pub(super) fn pass(&self) -> String {
        // A group without a child that counts for one rule may be there for another. Where a parent could be held against
        // several groups, that would be one comparison more.
        let children = if self.is_plain { "" } else { self.children_rows.as_str() };
        format!("{} {} {:?} {children}", self.parents, self.children, self.pairs)
    }

    fn is_of_orphans(&self) -> bool {
        matches!(self.asked, Asked::Sum(_))
    }

    fn counts(&self, of: usize, n: &str) -> Counts {
        let number = format!("coalesce({n}, 0)");
        let (examined, violates) = match &self.asked {
            Asked::Number(wrong) => (format!("p.s{of}"), format!("p.s{of} AND ({})", wrong.replace(NUMBER, &number))),
            Asked::Sum(sum) => (
                // Where there is no parent there is a group, which may be none of the rule's.
                format!("coalesce(p.s{of}, {n} > 0)"),
                format!(
                    "CASE WHEN p.s{of} IS NULL THEN {n} > 0 WHEN NOT p.s{of} THEN false \
                     WHEN {number} = 0 AND {} THEN false WHEN p.a{of} IS NULL THEN true ELSE {} END",
                    sum.childless_pass,
                    sum.differs(&format!("p.a{of}"), &format!("coalesce(c.a{of}, 0)")),
                ),
            ),
        };
        let count = |of: String| format!("pg_catalog.count(*) FILTER (WHERE {of})");
        Counts { examined: count(examined), violations: count(violates), figure: None }
    }
}

impl Sum {
    /// Whether a value and a total are too far apart. A share of what is no number or without end is none.
    fn differs(&self, value: &str, total: &str) -> String {
        let (abs, Sum { tolerance, relative, .. }) = ("pg_catalog.abs", self);
        format!(
            "{abs}({value} - {total})::text IN ('NaN', 'Infinity') OR {abs}({value} - {total}) > \
             greatest({tolerance}, {relative} * greatest({abs}({value}), {abs}({total})))"
        )
    }
}

/// One pass for rules all of which say the same [`Siblings::pass`].
pub(super) fn statement(rules: &[&Siblings]) -> (Sql, Vec<Counts>) {
    let parents = RowsOf::new(rules.iter().map(|rule| rule.parents_rows.as_str()));
    let children = RowsOf::new(rules.iter().map(|rule| rule.children_rows.as_str()));
    let numbers = distinct(rules.iter().map(|rule| rule.children_rows.as_str()));
    let pairs: &[(String, String)] = rules.first().map_or(&[], |rule| &rule.pairs);
    let list = |form: &dyn Fn(usize, &(String, String)) -> String, joint: &str| {
        pairs.iter().enumerate().map(|(n, pair)| form(n, pair)).collect::<Vec<_>>().join(joint)
    };
    let mut of_parents = vec![list(&|n, (parent, _)| format!("t.{parent} AS k{n}"), ", ")];
    let mut of_children = vec![list(&|n, (_, child)| format!("t.{child} AS k{n}"), ", ")];
    for (place, rows) in numbers.iter().enumerate() {
        of_children.push(format!("pg_catalog.count(*){} AS n{place}", children.only(rows)));
    }
    for (of, rule) in rules.iter().enumerate() {
        of_parents.push(format!("({}) IS TRUE AS s{of}", rule.parents_rows));
        if let Asked::Sum(Sum { value, child_value, .. }) = &rule.asked {
            let only = children.only(&rule.children_rows);
            of_parents.push(format!("{value} AS a{of}"));
            of_children.push(format!("pg_catalog.sum({child_value}){only}::numeric AS a{of}"));
        }
    }
    // A parent that no rule judges keeps its children from being orphans.
    let are_orphans_sought = rules.iter().any(|rule| rule.is_of_orphans());
    let sql = Sql::new(include_str!("siblings.sql"))
        .fragment("parent_columns", of_parents.join(",\n           "))
        .fragment("table", rules.first().map_or_else(String::new, |rule| rule.parents.clone()))
        .fragment("parent_rows", if are_orphans_sought { format!("{} OR true", parents.any) } else { parents.any })
        .fragment("child_columns", of_children.join(",\n           "))
        .fragment("children", rules.first().map_or_else(String::new, |rule| rule.children.clone()))
        .fragment("child_rows", children.any)
        .fragment("child_keys", list(&|_, (_, child)| format!("t.{child}"), ", "))
        .fragment("way", if are_orphans_sought { "FULL" } else { "LEFT" })
        .fragment("same", list(&|n, _| format!("p.k{n} = c.k{n}"), " AND "));
    let counts = rules.iter().enumerate().map(|(of, rule)| {
        let place = numbers.iter().position(|rows| *rows == rule.children_rows).unwrap_or_default();
        rule.counts(of, &format!("c.n{place}"))
    });
    (sql, counts.collect())
}

/// Whether values of two columns that are equal to the same value are equal to each other: no rounding and no collation
/// stands between them.
pub(super) fn are_alike(one: &Column, other: &Column) -> bool {
    const WHOLE: [&str; 3] = ["int2", "int4", "int8"];
    const EXACT: [&str; 7] = ["uuid", "date", "timestamp", "timestamptz", "numeric", "oid", "bool"];
    let (one, other) = (one.base_type.as_str(), other.base_type.as_str());
    (WHOLE.contains(&one) && WHOLE.contains(&other)) || (one == other && EXACT.contains(&one))
}
