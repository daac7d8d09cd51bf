//! A value of the parent that is not the sum of its children.

use serde::Deserialize;
use toml::Spanned;

use crate::db::{Column, Sql, SqlError, Table, quote_ident, quote_literal};
use crate::evidence::REDACTED;

use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape, column_of, filter, plain};
use super::probe::{Measure, Probe};
use super::reads::Reads;
use super::share::{Share, are_of_one_row};
use super::siblings::{Siblings, Sum};
use super::violation::{Planned, Violation, further};

/// A parent's value that must equal the sum over its children.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ValueMismatch {
    columns: Spanned<Vec<Name>>,
    value: Name,
    children: Name,
    child_columns: Spanned<Vec<Name>>,
    child_value: Name,
    children_where: Option<Name>,
    #[serde(default = "zero")]
    tolerance: Spanned<String>,
    #[serde(default = "zero")]
    tolerance_relative: Spanned<String>,
    #[serde(default)]
    childless: Childless,
}

/// What a parent without children is held against.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Childless {
    /// A sum of 0.
    #[default]
    Zero,
    /// Nothing: it passes.
    Pass,
}

fn zero() -> Spanned<String> {
    Spanned::new(0..0, "0".to_owned())
}

impl Kind for ValueMismatch {
    const NAME: &'static str = "value_mismatch";
    const SUMMARY: &'static str = "parents whose value is not the sum of their children, and children without a parent";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("columns", Shape::COLUMNS, "the columns of the parent that its children point at"),
        Parameter::required("value", Shape::SQL, "the parent's value: a column, or an SQL expression over `t`"),
        Parameter::required("children", Shape::TABLE, "the table of the children"),
        Parameter::required(
            "child_columns",
            Shape::COLUMNS,
            "the columns of the children that point at the parent, in the same order",
        ),
        Parameter::required("child_value", Shape::SQL, "what is summed: a column, or an SQL expression over `t`"),
        Parameter::optional("children_where", Shape::SQL, "none", "which children count: an SQL condition over `t`"),
        Parameter::optional(
            "tolerance",
            Shape::DECIMAL,
            "\"0\"",
            "the largest difference that is accepted, as a decimal text; compared exactly",
        ),
        Parameter::optional(
            "tolerance_relative",
            Shape::DECIMAL,
            "\"0\"",
            "the same as a share of the greater of the two, as a decimal text below 1: `\"0.001\"`; the wider of both counts",
        ),
        Parameter::optional(
            "childless",
            Shape::Word(&["zero", "pass"]),
            "\"zero\"",
            "a parent without children: `zero` (its sum is 0) or `pass`",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        complaints.same_length(&self.columns, &self.child_columns, ("columns", "child_columns"));
        complaints.fragment(&self.value, "value");
        complaints.fragment(&self.child_value, "child_value");
        if let Some(condition) = &self.children_where {
            complaints.fragment(condition, "children_where");
        }
        if self.tolerance_relative.get_ref().parse::<f64>().is_ok_and(|share| share >= 1.0) {
            complaints.add(self.tolerance_relative.span(), "a share of 1 or more would accept everything");
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.columns(self.columns.get_ref(), complaints);
        if let Some(parent) = scope.table {
            column_or_expression(parent, &self.value, complaints);
        }
        let Some(children) = scope.other_table(&self.children, complaints) else { return };
        for name in self.child_columns.get_ref() {
            column_of(children, name, complaints);
        }
        column_or_expression(children, &self.child_value, complaints);
    }

    fn about(&self) -> Vec<&str> {
        vec![self.value.get_ref()]
    }

    fn reads(&self, scope: &Scope<'_>, reads: &mut Reads) {
        let (Some(parent), Some(children)) = (scope.table, scope.catalog.find(self.children.get_ref())) else { return };
        reads.columns(parent, plain(self.columns.get_ref()));
        reads.columns(children, plain(self.child_columns.get_ref()));
        for (table, value) in [(parent, &self.value), (children, &self.child_value)] {
            match table.column(value.get_ref()) {
                Some(column) => reads.columns(table, [column.name.as_str()]),
                None => reads.expression(table, value.get_ref()),
            }
        }
    }

    /// A child, or the parent's own value, is off by more than is accepted.
    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let children = scope.catalog.find(self.children.get_ref());
        let sides = [
            (scope.table, &self.value, scope.filter()),
            (children, &self.child_value, filter(self.children_where.as_ref())),
        ];
        let columns = sides.into_iter().filter_map(|(table, value, condition)| {
            let column = table?.column(value.get_ref())?;
            let (cell, share) = (format!("t.{}", column.quoted()), self.tolerance_relative.get_ref());
            let by = match share.parse::<f64>().is_ok_and(|share| share > 0.0) {
                false => format!("{} + 1", self.tolerance.get_ref()),
                // Far enough from what it was, however large that is.
                true => format!(
                    "(({} + 1) + 2 * pg_catalog.abs({cell}::numeric)) / (1 - {share}::numeric)",
                    self.tolerance.get_ref()
                ),
            };
            let more = further(column, &cell, &by)?;
            Some(scope.set_in(table, &column.name, &more, &condition, scope.tolerates()))
        });
        let ways: Vec<_> = columns.collect();
        match ways.is_empty() {
            // They are SQL of the rule's own.
            true => Violation::search_tables([self.value.get_ref().as_str(), self.child_value.get_ref()]),
            false => Violation::of(ways),
        }
    }

    fn share(&self, scope: &Scope<'_>) -> Option<Share> {
        let (parent, children) = (scope.table?, scope.catalog.find(self.children.get_ref())?);
        if !are_of_one_row([Some(&self.value), Some(&self.child_value), self.children_where.as_ref()]) {
            return None;
        }
        let (columns, child_columns) = (plain(self.columns.get_ref()), plain(self.child_columns.get_ref()));
        let siblings = Siblings::new(scope, &columns, children, &child_columns);
        Some(siblings.among(filter(self.children_where.as_ref())).sum(Sum {
            value: numeric(parent, self.value.get_ref()),
            child_value: numeric(children, self.child_value.get_ref()),
            tolerance: format!("{}::numeric", quote_literal(self.tolerance.get_ref())),
            relative: format!("{}::numeric", quote_literal(self.tolerance_relative.get_ref())),
            childless_pass: matches!(self.childless, Childless::Pass),
        }))
    }

    fn probe(&self, scope: &Scope<'_>) -> Result<Probe, SqlError> {
        let (Some(parent), Some(children)) = (scope.table, scope.catalog.find(self.children.get_ref())) else {
            return Err(SqlError::Missing { placeholder: self.children.get_ref().clone() });
        };
        let judged = self.judged(scope, parent, children)?;
        let count = format!("{judged}{}", include_str!("value_mismatch_count.sql"));
        let sample = format!("{judged}{}", self.sample(scope, children)?);
        let noun = format!("mismatches with the sum of {} over {}", self.child_value.get_ref(), children.full_name());
        Ok(Probe {
            noun,
            measure: Measure::Own { count, violations: None, at_once: None, sample, sorted: false, bare_path: false },
        })
    }
}

impl ValueMismatch {
    fn judged(&self, scope: &Scope<'_>, parent: &Table, children: &Table) -> Result<String, SqlError> {
        let pairs = |form: &dyn Fn(usize, &str) -> String, names: &[Name], joint: &str| {
            plain(names).iter().enumerate().map(|(n, name)| form(n, &quote_ident(name))).collect::<Vec<_>>().join(joint)
        };
        let (columns, child_columns) = (self.columns.get_ref(), self.child_columns.get_ref());
        Sql::new(include_str!("value_mismatch.sql"))
            .fragment("parent_keys", pairs(&|n, name| format!("t.{name} AS k{n}"), columns, ", "))
            .fragment("value", numeric(parent, self.value.get_ref()))
            .fragment("filter", scope.filter())
            .fragment("table", parent.quoted())
            .fragment("child_keys", pairs(&|n, name| format!("t.{name} AS k{n}"), child_columns, ", "))
            .fragment("child_value", numeric(children, self.child_value.get_ref()))
            .fragment("children", children.quoted())
            .fragment("children_filter", filter(self.children_where.as_ref()))
            .fragment("child_columns", pairs(&|_, name| format!("t.{name}"), child_columns, ", "))
            .fragment("keys", pairs(&|n, _| format!("coalesce(p.k{n}, c.k{n}) AS k{n}"), columns, ", "))
            .fragment("same", pairs(&|n, _| format!("p.k{n} = c.k{n}"), columns, " AND "))
            .fragment("childless_pass", matches!(self.childless, Childless::Pass).to_string())
            .value("tolerance", self.tolerance.get_ref())
            .value("relative", self.tolerance_relative.get_ref())
            .render()
    }

    fn sample(&self, scope: &Scope<'_>, children: &Table) -> Result<String, SqlError> {
        let hidden = |name: &Name| scope.rule.is_redacted(name.get_ref());
        let shown = |value: &str, hide: bool, name: &str| {
            let value = if hide { quote_literal(REDACTED) } else { value.to_owned() };
            format!("{value} AS {}", quote_ident(name))
        };
        let keys = (self.columns.get_ref().iter().enumerate())
            .map(|(n, name)| shown(&format!("k{n}::text"), hidden(name), &format!("k:{}", name.get_ref())))
            .collect::<Vec<_>>();
        let order: Vec<String> = (0..keys.len()).map(|n| format!("k{n}")).collect();
        // Two of the three figures give away the third.
        let hide = hidden(&self.value) || hidden(&self.child_value);
        let values = [
            shown(
                "CASE WHEN has_parent THEN value::text ELSE 'no parent' END",
                hide,
                &format!("v:{}", self.value.get_ref()),
            ),
            shown(
                "CASE WHEN has_children THEN coalesce(total, 0)::text ELSE 'no children' END",
                hide,
                &format!("v:sum of {}", children.name),
            ),
            shown("coalesce(difference::text, '-')", hide, "v:difference"),
        ];
        Sql::new(include_str!("value_mismatch_sample.sql"))
            .fragment("shown_keys", keys.join(", "))
            .fragment("shown_values", values.join(", "))
            .fragment("key_order", order.join(", "))
            .fragment("limit", scope.rule.sample.to_string())
            .render()
    }
}

/// A column or an expression, as an exact number.
fn numeric(table: &Table, value: &str) -> String {
    match table.column(value) {
        // The cast of a float keeps 15 digits; its text keeps every one.
        Some(Column { base_type, .. }) if matches!(base_type.as_str(), "float4" | "float8") => {
            format!("t.{}::text::numeric", quote_ident(value))
        }
        Some(_) => format!("t.{}::numeric", quote_ident(value)),
        // Of which type it is only the server knows.
        None => format!(
            "CASE WHEN pg_catalog.pg_typeof(({value}\n)) IN ('float4'::regtype, 'float8'::regtype) \
             THEN ({value}\n)::text::numeric ELSE ({value}\n)::numeric END"
        ),
    }
}

/// What looks like a name must be a column; all else is SQL, which the server judges.
fn column_or_expression(table: &Table, value: &Name, complaints: &mut Complaints) {
    if value.get_ref().chars().all(|c| c.is_alphanumeric() || c == '_') {
        column_of(table, value, complaints);
    }
}
