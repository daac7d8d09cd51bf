//! By how much a figure may differ from what it was before the phases.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use crate::decimal::Decimal;

use super::kind::Complaints;
use super::scalar::Scalar;
use super::words;

/// Bounds of a change, both inclusive; what has no bound may be anything.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change {
    /// In the figure's own unit.
    By { min: Option<Decimal>, max: Option<Decimal> },
    /// In percent of what it was, taken without its sign.
    ByPercent { min: Option<Decimal>, max: Option<Decimal> },
    /// None at all.
    Not,
}

/// As TOML has it: `{ min = -10, max = 10 }` or `{ min_percent = -0.5, max_percent = 2 }`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeToml {
    min: Option<Spanned<Scalar>>,
    max: Option<Spanned<Scalar>>,
    min_percent: Option<Spanned<Scalar>>,
    max_percent: Option<Spanned<Scalar>>,
}

impl Change {
    /// Whether the figure may change from the one to the other. Exact: no digit is lost to a float.
    ///
    /// # Errors
    /// Why that cannot be told: a figure that is no number has no change, or was cut.
    pub(super) fn accepts(&self, was: &str, is: &str) -> Result<bool, String> {
        let numbers = Decimal::parse(was).zip(Decimal::parse(is));
        match (self, numbers) {
            (Change::Not, Some((was, is))) => Ok(was.equals(&is)),
            // Dates and the like are equal or not.
            (Change::Not, None) if words::is_cut(was) || words::is_cut(is) => {
                Err("its figure is too long to be compared".to_owned())
            }
            (Change::Not, None) => Ok(was == is),
            (Change::By { min, max }, Some((was, is))) => Ok(is.minus(&was).lies_between(min.as_ref(), max.as_ref())),
            (Change::ByPercent { min, max }, Some((was, is))) => {
                let by = is.minus(&was).times(&Decimal::whole(100));
                let size = if was.is_negative() { was.negated() } else { was };
                let of = |bound: &Option<Decimal>| bound.as_ref().map(|bound| bound.times(&size));
                Ok(by.lies_between(of(min).as_ref(), of(max).as_ref()))
            }
            (_, None) => Err(format!("its figure is no number that could change by so much: {was}, then {is}")),
        }
    }

    /// `the same as before the phases`, `-10 to 10 from before the phases`, `at least 0 % from before the phases`.
    pub(super) fn words(&self) -> String {
        let (min, max, unit) = match self {
            Change::Not => return "the same as before the phases".to_owned(),
            Change::By { min, max } => (min, max, ""),
            Change::ByPercent { min, max } => (min, max, " %"),
        };
        let bounds = match (min, max) {
            (Some(min), Some(max)) => format!("{min} to {max}{unit}"),
            (Some(min), None) => format!("{min}{unit} or more"),
            (None, Some(max)) => format!("{max}{unit} or less"),
            (None, None) => "anything".to_owned(),
        };
        format!("changed by {bounds} since before the phases")
    }
}

impl ChangeToml {
    pub(super) fn read(&self, place: Range<usize>, complaints: &mut Complaints) -> Option<Change> {
        let mut number = |bound: &Option<Spanned<Scalar>>| {
            let bound = bound.as_ref()?;
            let number = Decimal::parse(&bound.get_ref().text);
            if number.is_none() {
                complaints.add(bound.span(), "a bound of a change is a decimal number, such as -0.5 or \"0.01\"");
            }
            number
        };
        let plain = (number(&self.min), number(&self.max));
        let percent = (number(&self.min_percent), number(&self.max_percent));
        let has_plain = self.min.is_some() || self.max.is_some();
        let has_percent = self.min_percent.is_some() || self.max_percent.is_some();
        let (change, bounds) = match (has_plain, has_percent) {
            (true, false) => (Change::By { min: plain.0.clone(), max: plain.1.clone() }, plain),
            (false, true) => (Change::ByPercent { min: percent.0.clone(), max: percent.1.clone() }, percent),
            _ => {
                let allowed =
                    "a change is { min = -10, max = 10 } or { min_percent = -1, max_percent = 1 }, one bound at least";
                complaints.add(place, allowed);
                return None;
            }
        };
        if let (Some(min), Some(max)) = &bounds
            && max.is_below(min)
        {
            complaints.add(place, "min is above max, so nothing could pass");
        }
        Some(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percent(min: &str, max: &str) -> Change {
        Change::ByPercent { min: Decimal::parse(min), max: Decimal::parse(max) }
    }

    #[test]
    fn a_change_is_held_against_its_bounds_to_the_digit() {
        let by = Change::By { min: Decimal::parse("-0.01"), max: Decimal::parse("0.01") };
        let cases = [
            (&Change::Not, "100.00", "100", true),
            (&Change::Not, "100.00", "100.01", false),
            (&Change::Not, "2026-01-01", "2026-01-01", true),
            (&Change::Not, "2026-01-01", "2026-01-02", false),
            (&by, "12345678901234567890.10", "12345678901234567890.11", true),
            (&by, "12345678901234567890.10", "12345678901234567890.12", false),
            (&percent("-1", "5"), "200", "198", true),
            (&percent("-1", "5"), "200", "197.99", false),
            (&percent("-1", "5"), "200", "210.0", true),
            (&percent("-1", "5"), "200", "210.01", false),
            // Of what was less than nothing the size counts.
            (&percent("-1", "5"), "-200", "-202", true),
            (&percent("-1", "5"), "-200", "-203", false),
            // Of nothing every percentage is nothing.
            (&percent("-1", "5"), "0", "0.00", true),
            (&percent("-1", "5"), "0", "1", false),
        ];
        for (change, was, is, expected) in cases {
            assert_eq!(change.accepts(was, is), Ok(expected), "{change:?}: {was} -> {is}");
        }
    }

    #[test]
    fn what_is_no_number_has_no_change_by_so_much() {
        assert!(percent("-1", "1").accepts("2026-01-01", "2026-01-01").is_err());
        assert!(percent("-1", "1").accepts("NaN", "NaN").is_err());
        assert!(percent("-1", "1").accepts("100", "NULL").is_err());
        let long = words::told(Some(&"x".repeat(200)));
        assert!(Change::Not.accepts(&long, &long).is_err());
    }
}
