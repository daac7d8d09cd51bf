//! What the kinds that judge one figure over a table have in common.

use toml::Spanned;

use crate::decimal::Decimal;
use crate::evidence::REDACTED;

use super::kind::{Complaints, Name, Scope, filter};
use super::probe::{Measure, Probe};
use super::scalar::Scalar;

/// Bounds of a figure.
pub(super) struct Bounds<'a> {
    pub(super) min: Option<&'a Spanned<Scalar>>,
    pub(super) max: Option<&'a Spanned<Scalar>>,
}

impl Bounds<'_> {
    /// What is wrong with them whatever the database looks like.
    pub(super) fn look_over(&self, complaints: &mut Complaints) {
        if let (Some(min), Some(max)) = (self.min, self.max)
            && let (Ok(least), Ok(most)) = (min.get_ref().text.parse::<f64>(), max.get_ref().text.parse::<f64>())
            && least > most
        {
            complaints.add(min.span(), "min is above max, so nothing could pass");
        }
    }

    /// Whether there is none.
    pub(super) fn are_open(&self) -> bool {
        self.min.is_none() && self.max.is_none()
    }

    /// The condition that a figure lies within, each bound as `form` writes it. NaN, which sorts above every number, is
    /// within no bounds.
    pub(super) fn hold(&self, value: &str, form: impl Fn(&Scalar) -> String) -> String {
        let above = self.min.map(|min| format!("{value} >= {}", form(min.get_ref())));
        let below = self.max.map(|max| format!("{value} <= {}", form(max.get_ref())));
        let number = Some(format!("({value})::text <> 'NaN'"));
        [above, below, number].into_iter().flatten().collect::<Vec<_>>().join(" AND ")
    }

    /// Whether a figure that was written down lies within; NULL and NaN lie nowhere. `None` where that is not known: it is no
    /// number, or was not written down.
    pub(super) fn accept(&self, figure: &str) -> Option<bool> {
        if matches!(figure, "NULL" | "NaN") {
            return Some(false);
        }
        let figure = Decimal::parse(figure)?;
        // A bound that is no number is not known to be kept.
        let bound = |bound: Option<&Spanned<Scalar>>| match bound {
            Some(bound) => Decimal::parse(&bound.get_ref().text).map(Some),
            None => Some(None),
        };
        Some(figure.lies_between(bound(self.min)?.as_ref(), bound(self.max)?.as_ref()))
    }

    /// `10 to 20`, `at least 10`.
    pub(super) fn words(&self) -> String {
        let text = |bound: &Spanned<Scalar>| bound.get_ref().text.clone();
        match (self.min.map(text), self.max.map(text)) {
            (Some(min), Some(max)) if min == max => format!("exactly {min}"),
            (Some(min), Some(max)) => format!("{min} to {max}"),
            (Some(min), None) => format!("at least {min}"),
            (None, Some(max)) => format!("at most {max}"),
            (None, None) => "whatever it is".to_owned(),
        }
    }
}

/// An aggregate over the rows that the rule looks at.
pub(super) fn over(scope: &Scope<'_>, aggregate: &str) -> String {
    match &scope.rule.filter {
        Some(_) => format!("{aggregate} FILTER (WHERE {})", filter(scope.rule.filter.as_ref())),
        None => aggregate.to_owned(),
    }
}

/// A figure as it may be shown: not where it is a value of a column whose values are not shown, or made of them.
pub(super) fn shown(scope: &Scope<'_>, column: &Name, value: String) -> String {
    if scope.rule.is_redacted(column.get_ref()) { format!("'{REDACTED}'") } else { value }
}

pub(super) fn probe(noun: impl Into<String>, value: String, holds: String, dear: bool) -> Probe {
    Probe { noun: noun.into(), measure: Measure::Figure { value, holds, dear } }
}
