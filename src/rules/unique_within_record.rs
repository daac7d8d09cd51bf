//! Rows in which two columns hold the same value that should not.

use serde::Deserialize;
use toml::Spanned;

use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape, plain};
use super::row::{self, Probed};
use super::violation::{Planned, Violation};

/// Columns of one row that must all differ.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UniqueWithinRecord {
    columns: Spanned<Vec<Name>>,
    #[serde(default = "super::kind::yes")]
    null_ok: bool,
}

impl Kind for UniqueWithinRecord {
    const NAME: &'static str = "unique_within_record";
    const SUMMARY: &'static str = "rows in which two of the columns hold the same value";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required(
            "columns",
            Shape::List { of: &Shape::COLUMN, least: 2 },
            "the columns, two or more, of types that compare",
        ),
        Parameter::optional("null_ok", Shape::Flag, "true", "whether NULLs are accepted; with true they equal nothing"),
    ];

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.columns(self.columns.get_ref(), complaints);
    }

    fn about(&self) -> Vec<&str> {
        plain(self.columns.get_ref())
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let names = self.columns.get_ref();
        let first = row::cell(&names[0]);
        Violation::of([scope.set(names[1].get_ref(), &first, &format!("{first} IS NOT NULL"))])
    }

    fn probe(&self, _scope: &Scope<'_>) -> Probed {
        let names = self.columns.get_ref();
        let pairs = names.iter().enumerate().flat_map(|(place, one)| {
            names[place + 1..].iter().map(move |other| format!("{} = {}", row::cell(one), row::cell(other)))
        });
        let condition = pairs.collect::<Vec<_>>().join(" OR ");
        Ok(row::probe(condition, &names.iter().collect::<Vec<_>>(), self.null_ok, "rows that hold one value twice"))
    }
}
