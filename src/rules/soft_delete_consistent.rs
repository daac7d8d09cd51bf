//! Rows that are alive while their parent is marked as deleted.

use serde::Deserialize;
use toml::Spanned;

use crate::db::{Sql, SqlError, Table};

use super::fragment;
use super::joined::Joined;
use super::judged;
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape, plain};
use super::pointing::Pointing;
use super::reads::Reads;
use super::row::Probed;
use super::row_changes::{self, Words};
use super::share::{Share, are_of_one_row};
use super::violation::{Planned, Violation, Way, loosened};

/// Rows that must be marked as deleted where their parent is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SoftDeleteConsistent {
    columns: Spanned<Vec<Name>>,
    to: Name,
    to_columns: Spanned<Vec<Name>>,
    deleted: Name,
    live: Name,
}

impl Kind for SoftDeleteConsistent {
    const NAME: &'static str = "soft_delete_consistent";
    const SUMMARY: &'static str = "rows that are alive while their parent is marked as deleted";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("columns", Shape::COLUMNS, "the columns that point at the parent"),
        Parameter::required("to", Shape::TABLE, "the parent's table"),
        Parameter::required("to_columns", Shape::COLUMNS, "the columns they point at, in the same order"),
        Parameter::required("deleted", Shape::SQL, "when a parent `p` counts as deleted: `p.deleted_at IS NOT NULL`"),
        Parameter::required("live", Shape::SQL, "when a row `t` counts as alive: `t.deleted_at IS NULL`"),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        self.pointing().look_over(complaints);
        complaints.fragment(&self.deleted, "deleted");
        complaints.fragment(&self.live, "live");
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        self.pointing().hold_against(scope, complaints);
    }

    fn about(&self) -> Vec<&str> {
        plain(self.columns.get_ref())
    }

    fn reads(&self, scope: &Scope<'_>, reads: &mut Reads) {
        self.pointing().reads(scope, reads);
        if let (Some(table), Some(parent)) = (scope.table, scope.catalog.find(self.to.get_ref())) {
            reads.expression(table, self.live.get_ref());
            reads.expression(parent, self.deleted.get_ref());
        }
    }

    /// A parent with a live row below it is marked as deleted; or a live row is put below one that is.
    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let parent = self.pointing().other(scope).map_err(|error| error.to_string())?;
        let ways = self.marked(scope, parent).into_iter().chain([self.moved(scope, parent)]);
        let own = Violation::search_tables([self.deleted.get_ref().as_str(), self.live.get_ref()])?;
        Ok(Violation { search: own.search, ..Violation::of(ways)? })
    }

    fn share(&self, scope: &Scope<'_>) -> Option<Share> {
        let live = are_of_one_row([Some(&self.live)]).then(|| format!("{}\n", self.live.get_ref().trim()))?;
        let meets = format!(
            "EXISTS (SELECT FROM {} AS p WHERE {} AND ({}\n))",
            self.pointing().other(scope).ok()?.quoted(),
            self.pointing().matches(),
            self.deleted.get_ref().trim(),
        );
        Some(Joined::new(scope, meets, live).share())
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let parent = self.pointing().other(scope)?;
        let violates = Sql::new(include_str!("soft_delete_consistent.sql").trim_end())
            .fragment("parent", parent.quoted())
            .fragment("matches", self.pointing().matches())
            // A line of its own: the condition may end in a comment.
            .fragment("deleted", format!("{}\n", self.deleted.get_ref().trim()))
            .fragment("live", format!("{}\n", self.live.get_ref().trim()))
            .render()?;
        Ok(self.pointing().probe(format!("rows that outlive their row in {}", parent.full_name()), violates))
    }
}

impl SoftDeleteConsistent {
    /// Each column of the parent that its condition names, with each value that it may be marked by.
    fn marked(&self, scope: &Scope<'_>, parent: &Table) -> Vec<Result<Way, SqlError>> {
        let named = fragment::names(self.deleted.get_ref());
        let words = Words::of(self.deleted.get_ref());
        let has_live = format!(
            "EXISTS (SELECT FROM {} AS t WHERE {} AND ({}\n) AND {})",
            scope.from(),
            self.pointing().matches(),
            self.live.get_ref().trim(),
            scope.filter()
        );
        let columns = parent.columns.iter().filter(|column| named.contains(&column.name));
        columns
            .flat_map(|column| row_changes::values(column, &words, "p").into_iter().map(move |value| (column, value)))
            .map(|(column, value)| {
                let plant =
                    format!("UPDATE {} AS p SET {} = {value} WHERE {has_live}", parent.quoted(), column.quoted());
                let loosen = vec![loosened(parent, false)?];
                Ok(Way { loosen, plant: vec![plant], changes_rows: true, is_certain: false })
            })
            .collect()
    }

    fn moved(&self, scope: &Scope<'_>, parent: &Table) -> Result<Way, SqlError> {
        let table = scope.table.ok_or_else(|| SqlError::Missing { placeholder: "a table".to_owned() })?;
        let list = |names: &[Name], of: &str| judged::list(&plain(names), ", ", |_, name| format!("{of}{name}"));
        let there = list(self.to_columns.get_ref(), "p.");
        let deleted = format!(
            "FROM {} AS p WHERE ({}\n) AND ({there}) IS NOT NULL",
            parent.quoted(),
            self.deleted.get_ref().trim()
        );
        let plant = format!(
            "UPDATE {} AS t SET ({}) = (SELECT {there} {deleted} LIMIT 1) WHERE ({}\n) AND {} AND EXISTS (SELECT {deleted})",
            table.quoted(),
            list(self.columns.get_ref(), ""),
            self.live.get_ref().trim(),
            scope.filter()
        );
        Ok(Way { loosen: vec![loosened(table, false)?], plant: vec![plant], changes_rows: true, is_certain: true })
    }

    fn pointing(&self) -> Pointing<'_> {
        Pointing { columns: &self.columns, to: &self.to, to_columns: &self.to_columns }
    }
}
