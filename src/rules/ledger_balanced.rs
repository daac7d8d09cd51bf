//! Bookings that do not balance.

use serde::Deserialize;
use toml::Spanned;

use crate::db::{Sql, quote_literal};

use super::grouped::Grouped;
use super::judged::{self, Shown, cells, columns};
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape, plain};
use super::row::{Probed, cell};
use super::share::Share;
use super::violation::{self, Planned, Violation};

/// Debit and credit that must add up to nothing within each group.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LedgerBalanced {
    #[serde(default)]
    group: Vec<Name>,
    amount: Option<Name>,
    debit: Option<Name>,
    credit: Option<Name>,
    #[serde(default = "nothing")]
    tolerance: Spanned<String>,
}

fn nothing() -> Spanned<String> {
    Spanned::new(0..0, "0".to_owned())
}

impl Kind for LedgerBalanced {
    const NAME: &'static str = "ledger_balanced";
    const SUMMARY: &'static str = "groups of bookings whose debit and credit differ";
    const TAKES_PERCENT: bool = false;
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional(
            "group",
            Shape::SOME_COLUMNS,
            "[]",
            "the columns that make bookings belong together; none: all of them",
        ),
        Parameter::optional(
            "amount",
            Shape::COLUMN,
            "none",
            "the column of amounts with their sign; or give debit and credit",
        ),
        Parameter::optional(
            "debit",
            Shape::COLUMN,
            "none",
            "the column of debits; NULL is nothing where the credit is there",
        ),
        Parameter::optional(
            "credit",
            Shape::COLUMN,
            "none",
            "the column of credits; NULL is nothing where the debit is there",
        ),
        Parameter::optional("tolerance", Shape::DECIMAL, "\"0\"", "how far from nothing a group may be"),
    ];

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        match (&self.amount, &self.debit, &self.credit) {
            (Some(_), None, None) | (None, Some(_), Some(_)) => {}
            _ => complaints.add(scope.rule.span.clone(), "ledger_balanced needs amount, or debit and credit"),
        }
        scope.columns(&self.group, complaints);
        for name in [&self.amount, &self.debit, &self.credit].into_iter().flatten() {
            scope.column(name, complaints);
        }
    }

    fn about(&self) -> Vec<&str> {
        [&self.amount, &self.debit, &self.credit].into_iter().flatten().map(|name| name.get_ref().as_str()).collect()
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let Some(name) = self.amount.as_ref().or(self.debit.as_ref()) else {
            return violation::none("it has no amount");
        };
        let Some(column) = scope.known(name) else { return violation::none("it has no amount") };
        let by = format!("{} + 1", self.tolerance.get_ref());
        let more = violation::further(column, &format!("coalesce({}, 0)", cell(name)), &by);
        more.map_or_else(|| violation::none("its amount is no number"), |more| Violation::values(scope, name, &[more]))
    }

    fn share(&self, scope: &Scope<'_>) -> Option<Share> {
        let (amount, tolerance) = (self.signed(), quote_literal(self.tolerance.get_ref()));
        let differs = |only: &str| {
            format!(
                "coalesce(pg_catalog.abs(pg_catalog.sum({amount}){only}) > {tolerance}::numeric, true) \
                 OR pg_catalog.count(*){only} > pg_catalog.count({amount}){only}"
            )
        };
        Some(Grouped::new(scope, scope.filter(), &plain(&self.group), differs).groups())
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let group = plain(&self.group);
        let groups = if group.is_empty() { "'all'::text AS k0".to_owned() } else { columns(&group, "k") };
        let with = Sql::new(include_str!("ledger_balanced.sql"))
            .fragment("groups", groups)
            .fragment("amount", self.signed())
            .value("tolerance", self.tolerance.get_ref())
            .fragment("table", scope.from())
            .fragment("filter", scope.filter())
            .fragment("group_columns", if group.is_empty() { "()".to_owned() } else { cells(&group) });
        let named = if group.is_empty() { vec!["bookings"] } else { group };
        let shown = Shown::default()
            .keys(&named, "k")
            .value_of("total", "total", &self.about())
            .value("without amount", "missing");
        judged::probe(scope, "groups that do not balance", &with, &shown, false)
    }
}

impl LedgerBalanced {
    /// The amount of a booking with its sign, as SQL.
    fn signed(&self) -> String {
        let number = |name: &Name| format!("{}::text::numeric", cell(name));
        match (&self.amount, &self.debit, &self.credit) {
            (None, Some(debit), Some(credit)) => {
                let (debit, credit) = (number(debit), number(credit));
                format!(
                    "CASE WHEN {debit} IS NULL AND {credit} IS NULL THEN NULL ELSE coalesce({debit}, 0) - coalesce({credit}, 0) END"
                )
            }
            (Some(amount), ..) => number(amount),
            _ => "NULL::numeric".to_owned(),
        }
    }
}
