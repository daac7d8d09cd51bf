//! Two tables whose numbers of rows should agree.

use serde::Deserialize;
use toml::Spanned;

use crate::db::{Sql, SqlError};

use super::judged::{self, Shown};
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape, filter};
use super::reads::Reads;
use super::row::Probed;
use super::violation::{Planned, Violation};

/// A table that must have as many rows as another, or a multiple of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RowCountMatch {
    other: Name,
    other_where: Option<Name>,
    #[serde(default = "one")]
    factor: Spanned<String>,
    #[serde(default = "nothing")]
    tolerance_percent: Spanned<String>,
}

fn one() -> Spanned<String> {
    Spanned::new(0..0, "1".to_owned())
}

fn nothing() -> Spanned<String> {
    Spanned::new(0..0, "0".to_owned())
}

impl Kind for RowCountMatch {
    const NAME: &'static str = "row_count_match";
    const TAKES_THRESHOLD: bool = false;
    const SUMMARY: &'static str = "a table that has not as many rows as another";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("other", Shape::TABLE, "the other table"),
        Parameter::optional("other_where", Shape::SQL, "none", "a condition on the rows of the other table that count"),
        Parameter::optional(
            "factor",
            Shape::DECIMAL,
            "\"1\"",
            "how many rows there must be for each of the other table, as a text: `\"2\"`",
        ),
        Parameter::optional(
            "tolerance_percent",
            Shape::DECIMAL,
            "\"0\"",
            "how far from that the number may be, as a text: `\"0.5\"`",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        if let Some(condition) = &self.other_where {
            complaints.fragment(condition, "other_where");
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.other_table(&self.other, complaints);
    }

    fn reads(&self, scope: &Scope<'_>, reads: &mut Reads) {
        for table in [scope.table, scope.catalog.find(self.other.get_ref())].into_iter().flatten() {
            reads.columns(table, []);
        }
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        Violation::of([scope.delete(scope.table, &scope.filter())])
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let Some(other) = scope.catalog.find(self.other.get_ref()) else {
            return Err(SqlError::Missing { placeholder: self.other.get_ref().clone() });
        };
        let with = Sql::new(include_str!("row_count_match.sql"))
            .fragment("table", scope.from())
            .fragment("filter", scope.filter())
            .fragment("other", other.quoted())
            .fragment("other_filter", filter(self.other_where.as_ref()))
            .value("factor", self.factor.get_ref())
            .value("percent", self.tolerance_percent.get_ref());
        let shown = Shown::default().key("figure", "k0").value("here", "own").value(&other.full_name(), "other");
        judged::probe(scope, format!("differences from the rows of {}", other.full_name()), &with, &shown, false)
    }
}
