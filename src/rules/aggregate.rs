//! A figure over a column that lies outside of bounds.

use serde::Deserialize;
use toml::Spanned;

use crate::db::{Column, quote_literal};

use super::figure::{self, Bounds};
use super::grouped::{Grouped, VALUE};
use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape};
use super::row::{self, Probed};
use super::scalar::Scalar;
use super::share::Share;
use super::violation::{self, Planned, Violation};

/// A sum, a mean or the like that must lie between two bounds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Aggregate {
    column: Name,
    #[serde(rename = "fn")]
    function: Spanned<Function>,
    quantile: Option<Spanned<Scalar>>,
    min: Option<Spanned<Scalar>>,
    max: Option<Spanned<Scalar>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Function {
    Sum,
    Min,
    Max,
    Avg,
    Stddev,
    Median,
    P95,
    P99,
    Quantile,
    Count,
    CountDistinct,
}

impl Kind for Aggregate {
    const NAME: &'static str = "aggregate";
    const TAKES_THRESHOLD: bool = false;
    const HAS_FIGURE: bool = true;
    const SUMMARY: &'static str = "a sum, mean, bound or quantile of a column that lies outside of bounds";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("column", Shape::COLUMN, "the column"),
        Parameter::required(
            "fn",
            Shape::Word(&[
                "sum",
                "min",
                "max",
                "avg",
                "stddev",
                "median",
                "p95",
                "p99",
                "quantile",
                "count",
                "count_distinct",
            ]),
            "`sum`, `min`, `max`, `avg`, `stddev`, `median`, `p95`, `p99`, `quantile`, `count` (of values that are not NULL), `count_distinct`",
        ),
        Parameter::optional(
            "quantile",
            Shape::Either(&[Shape::Number { least: 0.0, most: 1.0 }, Shape::DECIMAL]),
            "none",
            "which one, from 0 to 1, where `fn` is `quantile`: `0.9`",
        ),
        Parameter::optional("min", Shape::SCALAR, "none", "the least that is accepted"),
        Parameter::optional(
            "max",
            Shape::SCALAR,
            "none",
            "the most; at least one of the two must be given, or `compare_to`",
        ),
    ];

    fn unbounded(&self) -> Option<std::ops::Range<usize>> {
        self.limits().are_open().then(|| self.column.span())
    }

    /// A least or greatest value is one of its column's type, whose order only the server knows.
    fn bounds(&self) -> Option<Bounds<'_>> {
        (!self.is_of_the_column()).then(|| self.limits())
    }

    fn look_over(&self, complaints: &mut Complaints) {
        self.limits().look_over(complaints);
        let is_quantile = *self.function.get_ref() == Function::Quantile;
        match &self.quantile {
            None if is_quantile => complaints.add(self.function.span(), "say which: quantile = 0.9"),
            Some(share) if !is_quantile => complaints.add(share.span(), "it goes with fn = \"quantile\""),
            Some(share) if !share.get_ref().text.parse::<f64>().is_ok_and(|share| (0.0..=1.0).contains(&share)) => {
                complaints.add(
                    share.span(),
                    "a quantile is a number from 0 to 1: 0.9 is the value that nine of ten do not pass",
                );
            }
            _ => {}
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        let Some(column) = scope.column(&self.column, complaints) else { return };
        if scope.rule.compare_to.is_some() && scope.rule.is_redacted(self.column.get_ref()) && !self.is_count() {
            complaints.add(
                self.column.span(),
                "redact keeps its figure from being written down, so there is nothing to compare",
            );
        }
        if self.needs_number() && column.base_category != 'N' {
            let message = format!("column {} is {}, no number", column.name, column.type_name);
            complaints.add(self.column.span(), message);
        }
        for bound in [&self.min, &self.max].into_iter().flatten() {
            let fits = match self.is_of_the_column() {
                true => bound.get_ref().misfit(column),
                false => {
                    bound.get_ref().text.parse::<f64>().is_err().then(|| "a bound of this figure is a number".into())
                }
            };
            if let Some(misfit) = fits {
                complaints.add(bound.span(), misfit);
            }
        }
    }

    fn about(&self) -> Vec<&str> {
        vec![self.column.get_ref()]
    }

    /// All values lie beyond the bound, or there is none.
    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let column = self.column.get_ref();
        if self.limits().are_open() {
            return Violation::of([scope.set_all(column, "NULL")]);
        }
        match self.function.get_ref() {
            Function::Count | Function::CountDistinct if self.min.is_some() => {
                Violation::of([scope.set_all(column, "NULL")])
            }
            Function::Stddev | Function::Count | Function::CountDistinct => {
                violation::none("values with such a figure are not known")
            }
            _ => {
                let Some(known) = scope.known(&self.column) else { return violation::none("it has no column") };
                let past = |bound: &Option<Spanned<Scalar>>, sign: &str| {
                    let text = &bound.as_ref()?.get_ref().text;
                    let of_type = format!("{}::{}", quote_literal(text), known.base_type);
                    let is_number = known.base_category == 'N';
                    let value = if is_number { format!("{sign}pg_catalog.abs(({text})::numeric)") } else { of_type };
                    violation::further(known, &value, &format!("{sign}1"))
                };
                let values = [past(&self.min, "-"), past(&self.max, "")].into_iter().flatten();
                let ways: Vec<_> = values.map(|value| scope.set_all(column, &value)).collect();
                if ways.is_empty() {
                    violation::none("its type has no value beyond the bound")
                } else {
                    Violation::of(ways)
                }
            }
        }
    }

    /// Different values are groups.
    fn share(&self, scope: &Scope<'_>) -> Option<Share> {
        let Function::CountDistinct = self.function.get_ref() else { return None };
        let counted = |_: &str| format!("{} IS DISTINCT FROM NULL", row::cell(&self.column));
        let holds = self.limits().hold(VALUE, |bound| self.bound(bound, scope.known(&self.column)));
        Some(Grouped::new(scope, scope.filter(), &self.about(), counted).figure(holds))
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let cell = row::cell(&self.column);
        let is_real = scope.known(&self.column).is_some_and(|column| column.base_type == "float4");
        let (word, aggregate, dear) = match self.function.get_ref() {
            // The server adds up reals as reals: beyond 2^24 a 1 more is nothing.
            Function::Sum if is_real => ("sum", format!("pg_catalog.sum({cell}::float8)"), false),
            Function::Sum => ("sum", format!("pg_catalog.sum({cell})"), false),
            Function::Min => ("least value", format!("pg_catalog.min({cell})"), false),
            Function::Max => ("greatest value", format!("pg_catalog.max({cell})"), false),
            Function::Avg => ("mean", format!("pg_catalog.avg({cell})"), false),
            Function::Stddev => ("standard deviation", format!("pg_catalog.stddev_samp({cell})"), false),
            Function::Median => ("median", quantile("0.5", &cell), true),
            Function::P95 => ("95th percentile", quantile("0.95", &cell), true),
            Function::P99 => ("99th percentile", quantile("0.99", &cell), true),
            Function::Quantile => ("quantile", quantile(self.quantile_share(), &cell), true),
            Function::Count => ("values", format!("pg_catalog.count({cell})"), false),
            Function::CountDistinct => ("distinct values", format!("pg_catalog.count(DISTINCT {cell})"), true),
        };
        let value = figure::over(scope, &aggregate);
        let column = scope.known(&self.column);
        let holds = self.limits().hold(&value, |bound| self.bound(bound, column));
        let value = if self.is_count() { value } else { figure::shown(scope, &self.column, value) };
        let word = match &self.quantile {
            Some(share) => format!("{word} {}", share.get_ref().text),
            None => word.to_owned(),
        };
        Ok(figure::probe(format!("{word}: {}", self.limits().words()), value, holds, dear))
    }
}

/// Between two values it is the mean of both, as usual; the server computes it as a double.
fn quantile(share: &str, cell: &str) -> String {
    format!("pg_catalog.percentile_cont({share}) WITHIN GROUP (ORDER BY {cell}::float8)")
}

impl Aggregate {
    fn limits(&self) -> Bounds<'_> {
        Bounds { min: self.min.as_ref(), max: self.max.as_ref() }
    }

    fn is_count(&self) -> bool {
        matches!(self.function.get_ref(), Function::Count | Function::CountDistinct)
    }

    fn quantile_share(&self) -> &str {
        self.quantile.as_ref().map_or("0.5", |share| &share.get_ref().text)
    }

    /// Whether the figure is a value of the column itself.
    fn is_of_the_column(&self) -> bool {
        matches!(self.function.get_ref(), Function::Min | Function::Max)
    }

    fn needs_number(&self) -> bool {
        !matches!(self.function.get_ref(), Function::Min | Function::Max | Function::Count | Function::CountDistinct)
    }

    fn bound(&self, bound: &Scalar, column: Option<&Column>) -> String {
        match column.filter(|_| self.is_of_the_column()) {
            Some(column) => bound.sql(column),
            None => format!("({})", bound.text),
        }
    }
}
