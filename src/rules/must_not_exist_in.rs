//! Rows that are in another table too, where each may be in one of the two only.

use serde::Deserialize;
use toml::Spanned;

use crate::db::{Sql, SqlError, quote_ident};

use super::joined::Joined;
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape, filter, plain};
use super::pointing::Pointing;
use super::reads::Reads;
use super::row::Probed;
use super::share::Share;
use super::violation::{self, Planned, Violation};

/// Columns whose values must not be found in another table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MustNotExistIn {
    columns: Spanned<Vec<Name>>,
    other: Name,
    other_columns: Spanned<Vec<Name>>,
    other_where: Option<Name>,
}

impl Kind for MustNotExistIn {
    const NAME: &'static str = "must_not_exist_in";
    const SUMMARY: &'static str = "rows that another table has too";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("columns", Shape::COLUMNS, "the columns that are looked for"),
        Parameter::required("other", Shape::TABLE, "the table in which they must not be"),
        Parameter::required("other_columns", Shape::COLUMNS, "its columns, in the same order"),
        Parameter::optional(
            "other_where",
            Shape::SQL,
            "none",
            "a condition on the rows `p` of the other table that count",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        self.pointing().look_over(complaints);
        if let Some(condition) = &self.other_where {
            complaints.fragment(condition, "other_where");
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        self.pointing().hold_against(scope, complaints);
    }

    fn about(&self) -> Vec<&str> {
        plain(self.columns.get_ref())
    }

    fn reads(&self, scope: &Scope<'_>, reads: &mut Reads) {
        self.pointing().reads(scope, reads);
    }

    /// A row of the other table gets into this one.
    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let Some(other) = scope.catalog.find(self.other.get_ref()) else {
            return violation::none("it has no other table");
        };
        let theirs = |name: &str| {
            format!(
                "(SELECT p.{} FROM {} AS p WHERE {} LIMIT 1)",
                quote_ident(name),
                other.quoted(),
                filter(self.other_where.as_ref())
            )
        };
        let pairs: Vec<(&str, String)> = plain(self.columns.get_ref())
            .into_iter()
            .zip(plain(self.other_columns.get_ref()).into_iter().map(theirs))
            .collect();
        let replaced: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Violation::of([scope.copy(&replaced, "true")])
    }

    fn share(&self, scope: &Scope<'_>) -> Option<Share> {
        Some(Joined::new(scope, self.meets(scope).ok()?, "true").share())
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let other = self.pointing().other(scope)?;
        Ok(self.pointing().probe(format!("rows that are in {} too", other.full_name()), self.meets(scope)?))
    }
}

impl MustNotExistIn {
    /// Whether a row is in the other table, as SQL.
    fn meets(&self, scope: &Scope<'_>) -> Result<String, SqlError> {
        Sql::new(include_str!("must_not_exist_in.sql").trim_end())
            .fragment("other", self.pointing().other(scope)?.quoted())
            .fragment("matches", self.pointing().matches())
            .fragment("other_filter", filter(self.other_where.as_ref()))
            .render()
    }

    fn pointing(&self) -> Pointing<'_> {
        Pointing { columns: &self.columns, to: &self.other, to_columns: &self.other_columns }
    }
}
