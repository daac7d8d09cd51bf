//! Parents without the children that they should have.

use serde::Deserialize;
use toml::Spanned;

use crate::db::{Sql, SqlError};

use super::judged::{self, Shown, cells, columns};
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape, column_of, filter, plain};
use super::reads::Reads;
use super::resolve::key_of;
use super::row::Probed;
use super::share::{Share, are_of_one_row};
use super::siblings::{NUMBER, Siblings};
use super::violation::{Planned, Violation};
use super::words::figure;

/// How many rows of another table must point at each row.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequiredChild {
    columns: Spanned<Vec<Name>>,
    children: Name,
    child_columns: Spanned<Vec<Name>>,
    children_where: Option<Name>,
    #[serde(default = "one")]
    min: u32,
    max: Option<Spanned<u32>>,
}

fn one() -> u32 {
    1
}

impl Kind for RequiredChild {
    const NAME: &'static str = "required_child";
    const SUMMARY: &'static str = "rows with too few or too many rows of another table that point at them";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("columns", Shape::COLUMNS, "the columns that are pointed at"),
        Parameter::required("children", Shape::TABLE, "the table whose rows point"),
        Parameter::required("child_columns", Shape::COLUMNS, "the columns that point, in the same order"),
        Parameter::optional("children_where", Shape::SQL, "none", "a condition on the children that count"),
        Parameter::optional("min", Shape::COUNT_32, "1", "the fewest children"),
        Parameter::optional("max", Shape::COUNT_32, "none", "the most children"),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        complaints.same_length(&self.columns, &self.child_columns, ("columns", "child_columns"));
        if let Some(condition) = &self.children_where {
            complaints.fragment(condition, "children_where");
        }
        match &self.max {
            Some(max) if *max.get_ref() < self.min => {
                complaints.add(max.span(), "max is below min, so no row could pass")
            }
            None if self.min == 0 => complaints.add(self.children.span(), "min = 0 and no max ask for nothing"),
            _ => {}
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.columns(self.columns.get_ref(), complaints);
        let Some(children) = scope.other_table(&self.children, complaints) else { return };
        for name in self.child_columns.get_ref() {
            column_of(children, name, complaints);
        }
    }

    fn about(&self) -> Vec<&str> {
        plain(self.columns.get_ref())
    }

    fn reads(&self, scope: &Scope<'_>, reads: &mut Reads) {
        let (Some(table), Some(children)) = (scope.table, scope.catalog.find(self.children.get_ref())) else { return };
        reads.columns(table, self.about());
        reads.columns(children, plain(self.child_columns.get_ref()));
    }

    /// The children are gone; where none is needed, there are too many.
    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let children = scope.catalog.find(self.children.get_ref());
        match (self.min, &self.max) {
            (1.., _) => Violation::of([scope.delete(children, "true")]),
            (0, max) => {
                let times = u64::from(max.as_ref().map_or(0, |max| *max.get_ref())) + 1;
                let condition = filter(self.children_where.as_ref());
                Violation::of([scope.copy_in(children, &[], &condition, times, false)])
            }
        }
    }

    fn share(&self, scope: &Scope<'_>) -> Option<Share> {
        let children = scope.catalog.find(self.children.get_ref())?;
        let siblings = Siblings::new(scope, &self.about(), children, &plain(self.child_columns.get_ref()));
        let siblings = siblings.among(filter(self.children_where.as_ref()));
        are_of_one_row([self.children_where.as_ref()]).then(|| siblings.number(self.wrong(NUMBER)))
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let Some(children) = scope.catalog.find(self.children.get_ref()) else {
            return Err(SqlError::Missing { placeholder: self.children.get_ref().clone() });
        };
        let (columns_of, child_columns) = (plain(self.columns.get_ref()), plain(self.child_columns.get_ref()));
        let key = key_of(scope);
        let key: Vec<&str> = key.iter().map(String::as_str).collect();
        let outside = match &self.max {
            Some(max) => format!("without {} to {}", figure(self.min.into()), figure((*max.get_ref()).into())),
            None => format!("with fewer than {}", figure(self.min.into())),
        };
        let with = Sql::new(include_str!("required_child.sql"))
            .fragment("child_keys", columns(&child_columns, "c"))
            .fragment("children", children.quoted())
            .fragment("children_filter", filter(self.children_where.as_ref()))
            .fragment("child_columns", cells(&child_columns))
            .fragment("keys", columns(&key, "k"))
            .fragment("wrong", self.wrong("coalesce(c.n, 0)"))
            .fragment("table", scope.from())
            .fragment("same", judged::list(&columns_of, " AND ", |n, name| format!("t.{name} = c.c{n}")))
            .fragment("filter", scope.filter());
        let shown = Shown::default().keys(&key, "k").value(&format!("rows of {}", children.name), "children");
        judged::probe(scope, format!("rows {outside} rows in {}", children.full_name()), &with, &shown, false)
    }
}

impl RequiredChild {
    /// Whether this number of children is wrong, as SQL.
    fn wrong(&self, number: &str) -> String {
        match &self.max {
            Some(max) => format!("{number} NOT BETWEEN {} AND {}", self.min, max.get_ref()),
            None => format!("{number} < {}", self.min),
        }
    }
}
