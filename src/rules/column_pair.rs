//! Rows in which two columns do not stand to each other as they should.

use serde::Deserialize;
use toml::Spanned;

use super::kind::{Complaints, Kind, Name, Parameter, Scope, Shape};
use super::row::{self, Probed};
use super::scalar::Scalar;
use super::violation::{self, Planned, Violation};

/// Two columns of one row that must compare so.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ColumnPair {
    a: Name,
    op: Operator,
    b: Name,
    tolerance: Option<Spanned<Scalar>>,
    #[serde(default = "super::kind::yes")]
    null_ok: bool,
}

/// How the two compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Operator {
    #[serde(rename = "=")]
    Equal,
    #[serde(rename = "<>")]
    Unequal,
    #[serde(rename = "<")]
    Less,
    #[serde(rename = "<=")]
    AtMost,
    #[serde(rename = ">")]
    Greater,
    #[serde(rename = ">=")]
    AtLeast,
}

impl Kind for ColumnPair {
    const NAME: &'static str = "column_pair";
    const SUMMARY: &'static str = "rows in which two columns do not compare as they should";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("a", Shape::COLUMN, "the first column"),
        Parameter::required(
            "op",
            Shape::Word(&["=", "<>", "<", "<=", ">", ">="]),
            "how it must compare with the second: `=`, `<>`, `<`, `<=`, `>`, `>=`",
        ),
        Parameter::required("b", Shape::COLUMN, "the second column"),
        Parameter::optional(
            "tolerance",
            Shape::TOLERANCE,
            "none",
            "how far two numbers may be apart and still count as equal; only with `=`",
        ),
        Parameter::optional(
            "null_ok",
            Shape::Flag,
            "true",
            "whether a row is accepted in which one of the two is NULL; with false two NULLs are equal and nothing else is",
        ),
    ];

    fn look_over(&self, complaints: &mut Complaints) {
        let Some(tolerance) = &self.tolerance else { return };
        if self.op != Operator::Equal {
            complaints.add(tolerance.span(), "a tolerance goes with op = \"=\"");
        }
    }

    fn hold_against(&self, scope: &Scope<'_>, complaints: &mut Complaints) {
        scope.column(&self.a, complaints);
        scope.column(&self.b, complaints);
    }

    fn about(&self) -> Vec<&str> {
        vec![self.a.get_ref(), self.b.get_ref()]
    }

    fn violation(&self, scope: &Scope<'_>) -> Planned {
        let Some(column) = scope.known(&self.a) else { return violation::none("it has no column") };
        let b = row::cell(&self.b);
        let by = match self.op {
            Operator::Unequal | Operator::Less | Operator::Greater => "0".to_owned(),
            Operator::Equal => {
                self.tolerance.as_ref().map_or("1".to_owned(), |most| format!("{} + 1", most.get_ref().text))
            }
            Operator::AtMost => "1".to_owned(),
            Operator::AtLeast => "-1".to_owned(),
        };
        let value = if by == "0" { Some(b.clone()) } else { violation::further(column, &b, &by) };
        let Some(value) = value else { return violation::none("no other value of the column's type is known") };
        Violation::of([scope.set(self.a.get_ref(), &value, &format!("{b} IS NOT NULL"))])
    }

    fn probe(&self, scope: &Scope<'_>) -> Probed {
        let (a, b) = (row::cell(&self.a), row::cell(&self.b));
        let holds = match &self.tolerance {
            // A NaN on one side alone is above every number, so it is no closer than any tolerance.
            Some(tolerance) => {
                let (a, b) = (row::number(scope, &self.a), row::number(scope, &self.b));
                format!("pg_catalog.abs({a} - {b}) <= {}", tolerance.get_ref().text)
            }
            None => format!("{a} {} {b}", self.op.sql()),
        };
        let condition = match (self.null_ok, self.op) {
            (true, _) => format!("NOT ({holds})"),
            (false, Operator::Equal) => {
                format!("CASE WHEN {a} IS NULL OR {b} IS NULL THEN {a} IS DISTINCT FROM {b} ELSE NOT ({holds}) END")
            }
            (false, _) => format!("({holds}) IS NOT TRUE"),
        };
        let noun = format!("rows in which {} {} {} does not hold", self.a.get_ref(), self.op.sql(), self.b.get_ref());
        Ok(row::probe(condition, &[&self.a, &self.b], true, noun))
    }
}

impl Operator {
    fn sql(self) -> &'static str {
        match self {
            Operator::Equal => "=",
            Operator::Unequal => "<>",
            Operator::Less => "<",
            Operator::AtMost => "<=",
            Operator::Greater => ">",
            Operator::AtLeast => ">=",
        }
    }
}
