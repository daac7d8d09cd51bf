//! Orphans: rows that point at a parent that is not there.

use serde::Deserialize;
use toml::Spanned;

use crate::db::{Sql, SqlError, Table, quote_ident};

use super::joined::Joined;
use super::judged;
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape, column_of, plain};
use super::probe::{Measure, Probe};
use super::reads::{Asks, Pairs, Reads};
use super::share::Share;
use super::violation::{self, Planned, Violation};

/// Columns that must point at a row of another table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Relationships {
    columns: Spanned<Vec<Name>>,
    to: Name,
    to_columns: Option<Spanned<Vec<Name>>>,
    #[serde(default, rename = "match")]
    matching: Matching,
}

/// What NULL in some of the columns means; SQL's own two words.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Matching {
    /// One NULL is enough for a row to point at nothing.
    #[default]
    Simple,
    /// All or none: a row that is NULL in some columns only is an orphan.
    Full,
}

impl Kind for Relationships {
    const NAME: &'static str = "relationships";
    const SUMMARY: &'static str = "rows that point at a parent that does not exist (orphans)";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("columns", Shape::COLUMNS, "the columns that point"),
        Parameter::required("to", Shape::TABLE, "the table they point at"),
        Parameter::optional("to_columns", Shape::COLUMNS, "its key", "the columns they point at, in the same order"),
        Parameter::optional(
            "match",
            Shape::Word(&["simple", "full"]),
            "\"simple\"",
            "`simple`: one NULL and the row points at nothing; `full`: all NULL or none",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        if let Some(to_columns) = &self.to_columns {
            complaints.same_length(&self.columns, to_columns, ("columns", "to_columns"));
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.columns(self.columns.get_ref(), complaints);
        let Some(parent) = scope.other_table(&self.to, complaints) else { return };
        match &self.to_columns {
            Some(to_columns) => {
                for name in to_columns.get_ref() {
                    column_of(parent, name, complaints);
                }
            }
            None if self.to_columns(parent).len() != self.columns.get_ref().len() => complaints.add(
                self.to.span(),
                format!(
                    "the key of {} has {} columns; say to_columns",
                    parent.full_name(),
                    self.to_columns(parent).len()
                ),
            ),
            None => {}
        }
    }

    fn about(&self) -> Vec<&str> {
        plain(self.columns.get_ref())
    }

    fn asks(&self) -> Asks {
        let more = matches!(self.matching, Matching::Full).then_some("a row that is NULL in part");
        Asks { alike: [].into(), more: more.into_iter().collect() }
    }

    fn reads(&self, scope: &Scope<'_>, reads: &mut Reads) {
        let (Some(table), Some(parent)) = (scope.table, scope.catalog.find(self.to.get_ref())) else { return };
        let (columns, to_columns) = (self.about(), self.to_columns(parent));
        let to_columns = || to_columns.iter().map(String::as_str);
        reads.columns(table, columns.iter().copied());
        reads.columns(parent, to_columns());
        // Of a filtered rule it is not known whether it speaks for every row of the foreign key.
        if scope.rule.filter.is_none() {
            reads.pointing.push(Pairs::new(&table.full_name(), &parent.full_name(), columns, to_columns()));
        }
    }

    /// The parent that a row points at is taken away.
    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let Some(parent) = scope.catalog.find(self.to.get_ref()) else { return violation::none("it has no parent") };
        let pairs = || plain(self.columns.get_ref()).into_iter().zip(self.to_columns(parent));
        let of = |form: &dyn Fn(String, String) -> String, joint: &str| {
            pairs()
                .map(|(child, parent)| form(quote_ident(child), quote_ident(&parent)))
                .collect::<Vec<_>>()
                .join(joint)
        };
        let is_parent = format!(
            "({}) IN (SELECT {} FROM {} AS t JOIN {} AS p ON {} WHERE {}{})",
            of(&|_, parent| format!("t.{parent}"), ", "),
            of(&|_, parent| format!("p.{parent}"), ", "),
            scope.from(),
            parent.quoted(),
            of(&|child, parent| format!("p.{parent} = t.{child}"), " AND "),
            scope.filter(),
            if scope.tolerates() { "" } else { " LIMIT 1" },
        );
        let removed = scope.delete(Some(parent), &is_parent);
        // In a table that points at itself the child could go with its parent.
        let first = plain(self.columns.get_ref()).into_iter().next().unwrap_or_default();
        let itself = scope.table.is_some_and(|table| table.oid == parent.oid);
        let pointed = itself.then(|| {
            scope.set(
                first,
                &format!(
                    "(SELECT pg_catalog.max(p.{}) FROM {} AS p) + 1",
                    quote_ident(&self.to_columns(parent)[0]),
                    parent.quoted()
                ),
                "true",
            )
        });
        Violation::of(pointed.into_iter().chain([removed]))
    }

    fn share(&self, scope: &Scope<'_>) -> Option<Share> {
        let parent = scope.catalog.find(self.to.get_ref())?;
        let meets = format!("NOT EXISTS (SELECT FROM {} AS p WHERE {})", parent.quoted(), self.matches(parent));
        Some(Joined::new(scope, meets, self.asked()).share())
    }

    fn probe(&self, scope: &Scope<'_>) -> Result<Probe, SqlError> {
        let Some(parent) = scope.catalog.find(self.to.get_ref()) else {
            return Err(SqlError::Missing { placeholder: self.to.get_ref().clone() });
        };
        let violates = Sql::new(include_str!("relationships.sql").trim_end())
            .fragment("parent", parent.quoted())
            .fragment("matches", self.matches(parent))
            .fragment("asked", self.asked())
            .render()?;
        let shows = self.columns.get_ref().iter().map(|name| name.get_ref().clone()).collect();
        let noun = format!("orphans without a row in {}", parent.full_name());
        Ok(Probe { noun, measure: Measure::Rows { violates: format!("\n{violates}\n"), shows, fused: false } })
    }
}

impl Relationships {
    /// Whether a parent `p` is the one that a row points at, as SQL.
    fn matches(&self, parent: &Table) -> String {
        let pairs = self.about().into_iter().zip(self.to_columns(parent));
        let equal = pairs.map(|(child, parent)| format!("p.{} = t.{}", quote_ident(&parent), quote_ident(child)));
        equal.collect::<Vec<_>>().join(" AND ")
    }

    /// Whether a row points at anything, as SQL.
    fn asked(&self) -> String {
        let joint = match self.matching {
            Matching::Simple => " AND ",
            // A row that is NULL in part matches no parent, so "some column has a value" is all that is left to ask.
            Matching::Full => " OR ",
        };
        judged::list(&self.about(), joint, |_, name| format!("t.{name} IS NOT NULL"))
    }

    fn to_columns(&self, parent: &Table) -> Vec<String> {
        match &self.to_columns {
            Some(names) => names.get_ref().iter().map(|name| name.get_ref().clone()).collect(),
            None => parent.key.clone().unwrap_or_default(),
        }
    }
}
