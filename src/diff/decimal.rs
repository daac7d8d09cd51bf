//! Decimal numbers of any length, as far as a tolerance needs them: no digit is lost to a float.

use std::cmp::Ordering;

/// A finite decimal number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    /// Digits, the most significant first.
    digits: Vec<u8>,
    /// How many of them stand behind the point.
    scale: usize,
}

/// Exponents beyond these are no measured values.
const LARGEST_EXPONENT: i64 = 400;

impl Decimal {
    /// Reads `-12.50` or `1.5e-07`. `None` for anything else, NaN and infinities too.
    pub fn parse(text: &str) -> Option<Decimal> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = || whole.bytes().chain(fraction.bytes());
        if (whole.is_empty() && fraction.is_empty()) || !all().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mut digits: Vec<u8> = all().map(|byte| byte - b'0').collect();
        let scale = i64::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        if exponent.abs() > LARGEST_EXPONENT {
            return None;
        }
        if scale < 0 {
            digits.resize(digits.len() + usize::try_from(-scale).ok()?, 0);
        }
        Some(Decimal { negative, digits, scale: usize::try_from(scale.max(0)).ok()? })
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        self.negative && self.digits.iter().any(|digit| *digit != 0)
    }

    /// Whether the two are at most so far apart.
    pub(super) fn is_within(&self, other: &Decimal, tolerance: &Decimal) -> bool {
        let scale = self.scale.max(other.scale).max(tolerance.scale);
        let (one, two) = (self.at_scale(scale), other.at_scale(scale));
        let apart = if self.negative != other.negative {
            plus(&one, &two)
        } else if order(&one, &two) == Ordering::Less {
            minus(&two, &one)
        } else {
            minus(&one, &two)
        };
        order(&apart, &tolerance.at_scale(scale)) != Ordering::Greater
    }

    /// The digits, the least significant first, with so many behind the point.
    fn at_scale(&self, scale: usize) -> Vec<u8> {
        let zeros = std::iter::repeat_n(0, scale.saturating_sub(self.scale));
        zeros.chain(self.digits.iter().rev().copied()).collect()
    }
}

fn digit(digits: &[u8], index: usize) -> u8 {
    digits.get(index).copied().unwrap_or(0)
}

fn plus(one: &[u8], two: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let mut sum: Vec<u8> = (0..one.len().max(two.len()))
        .map(|index| {
            let total = digit(one, index) + digit(two, index) + carry;
            carry = total / 10;
            total % 10
        })
        .collect();
    sum.push(carry);
    sum
}

/// `one` must not be the smaller.
fn minus(one: &[u8], two: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let step = |index: usize| {
        let take = digit(two, index) + borrow;
        let from = digit(one, index);
        borrow = u8::from(from < take);
        from + 10 * borrow - take
    };
    (0..one.len().max(two.len())).map(step).collect()
}

fn order(one: &[u8], two: &[u8]) -> Ordering {
    let places = (0..one.len().max(two.len())).rev();
    places.map(|index| digit(one, index).cmp(&digit(two, index))).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(one: &str, two: &str, tolerance: &str) -> bool {
        let read = |text| Decimal::parse(text).unwrap();
        assert_eq!(
            read(one).is_within(&read(two), &read(tolerance)),
            read(two).is_within(&read(one), &read(tolerance))
        );
        read(one).is_within(&read(two), &read(tolerance))
    }

    #[test]
    fn distances_are_exact() {
        assert!(within("1.00", "1.01", "0.01") && !within("1.00", "1.011", "0.01"));
        assert!(within("-0.005", "0.005", "0.01") && !within("-0.005", "0.0051", "0.01"));
        assert!(within("1", "1.000", "0") && !within("1", "1.001", "0"));
        // Beyond what a double can tell apart.
        assert!(!within("12345678901234567890.12", "12345678901234567890.14", "0.01"));
        assert!(within("12345678901234567890.12", "12345678901234567890.13", "0.01"));
        assert!(within("999.99", "1000.00", "0.01") && within("1e3", "999.5", "0.5") && within("1.5e-07", "0", "1e-6"));
        assert!(!within("-5.00", "5.00", "9.99"));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", ".", "-", "NaN", "Infinity", "1.2.3", "0x1", "1e", "1e999", "12a", "1_0"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        assert!(!Decimal::parse("-0.0").unwrap().is_negative() && Decimal::parse("-0.1").unwrap().is_negative());
    }
}
