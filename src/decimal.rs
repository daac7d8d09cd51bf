//! Decimal numbers of any length, as far as sums and tolerances need them: no digit is lost to a float.

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

    /// The number zero.
    pub fn zero() -> Decimal {
        Decimal { negative: false, digits: vec![0], scale: 0 }
    }

    /// Whether the two are one number; 1.0 and 1.00 are.
    pub fn equals(&self, other: &Decimal) -> bool {
        self.is_within(other, &Decimal::zero())
    }

    /// The sum of the two, exact.
    #[must_use]
    pub fn plus(&self, other: &Decimal) -> Decimal {
        let scale = self.scale.max(other.scale);
        let (one, two) = (self.at_scale(scale), other.at_scale(scale));
        let (negative, mut digits) = match (self.negative == other.negative, order(&one, &two)) {
            (true, _) => (self.negative, plus(&one, &two)),
            (false, Ordering::Less) => (other.negative, minus(&two, &one)),
            (false, _) => (self.negative, minus(&one, &two)),
        };
        digits.reverse();
        Decimal { negative, digits, scale }
    }

    /// A whole number.
    pub fn whole(number: u64) -> Decimal {
        let digits = number.to_string().bytes().map(|byte| byte - b'0').collect();
        Decimal { negative: false, digits, scale: 0 }
    }

    /// The product of the two, exact.
    #[must_use]
    pub fn times(&self, other: &Decimal) -> Decimal {
        let (one, two) = (self.at_scale(self.scale), other.at_scale(other.scale));
        let mut digits = times(&one, &two);
        digits.reverse();
        Decimal { negative: self.negative != other.negative, digits, scale: self.scale + other.scale }
    }

    /// What must be added to the other to come to this one, exact.
    #[must_use]
    pub fn minus(&self, other: &Decimal) -> Decimal {
        self.plus(&other.negated())
    }

    /// Whether it is less than the other.
    pub fn is_below(&self, other: &Decimal) -> bool {
        self.minus(other).is_negative()
    }

    /// Whether it lies between two bounds, both of them within; what has no bound may be anything.
    pub fn lies_between(&self, min: Option<&Decimal>, max: Option<&Decimal>) -> bool {
        !min.is_some_and(|min| self.is_below(min)) && !max.is_some_and(|max| max.is_below(self))
    }

    /// The number with the other sign.
    #[must_use]
    pub fn negated(&self) -> Decimal {
        Decimal { negative: !self.negative, ..self.clone() }
    }

    /// Whether the two are at most so far apart.
    pub fn is_within(&self, other: &Decimal, tolerance: &Decimal) -> bool {
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

impl std::fmt::Display for Decimal {
    /// `-12.50`: without an exponent, with the places that it has.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = self.at_scale(self.scale);
        let sign = if self.is_negative() { "-" } else { "" };
        let text = |range: &[u8]| range.iter().rev().map(|digit| char::from(b'0' + digit)).collect::<String>();
        let (fraction, whole) = digits.split_at(self.scale.min(digits.len()));
        let whole = text(whole);
        let whole = whole.trim_start_matches('0');
        write!(f, "{sign}{}", if whole.is_empty() { "0" } else { whole })?;
        if self.scale > 0 { write!(f, ".{:0>width$}", text(fraction), width = self.scale) } else { Ok(()) }
    }
}

fn digit(digits: &[u8], index: usize) -> u8 {
    digits.get(index).copied().unwrap_or(0)
}

/// As on paper: each digit of the one with each of the other.
fn times(one: &[u8], two: &[u8]) -> Vec<u8> {
    let mut product = vec![0; one.len() + two.len()];
    for (place, factor) in one.iter().enumerate() {
        let mut carry = 0;
        for other in 0..=two.len() {
            let total = product.get(place + other).copied().unwrap_or(0) + factor * digit(two, other) + carry;
            carry = total / 10;
            if let Some(digit) = product.get_mut(place + other) {
                *digit = total % 10;
            }
        }
    }
    product
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
    fn sums_are_exact_and_shown_plainly() {
        let sum = |one: &str, two: &str| Decimal::parse(one).unwrap().plus(&Decimal::parse(two).unwrap()).to_string();
        for (one, two, total) in [
            ("0.1", "0.2", "0.3"),
            ("-12.50", "12.5", "0.00"),
            ("99.99", "0.01", "100.00"),
            ("-1", "0.25", "-0.75"),
            ("5", "-7", "-2"),
            ("12345678901234567890.12", "0.01", "12345678901234567890.13"),
            ("1e3", "1.5e-3", "1000.0015"),
        ] {
            assert_eq!((sum(one, two).as_str(), sum(two, one).as_str()), (total, total), "{one} + {two}");
        }
        let read = |text| Decimal::parse(text).unwrap();
        assert!(read("1.0").equals(&read("1.00")) && !read("1.0").equals(&read("-1.0")));
        assert!(read("0").equals(&read("-0.0")) && read("3").negated().equals(&read("-3")));
    }

    #[test]
    fn products_are_exact_and_shown_plainly() {
        let product =
            |one: &str, two: &str| Decimal::parse(one).unwrap().times(&Decimal::parse(two).unwrap()).to_string();
        for (one, two, total) in [
            ("0", "7", "0"),
            ("-0.5", "0.5", "-0.25"),
            ("99", "99", "9801"),
            ("-12.50", "-100", "1250.00"),
            ("12345678901234567890", "10000000001", "123456789024691357801234567890"),
        ] {
            assert_eq!((product(one, two).as_str(), product(two, one).as_str()), (total, total), "{one} * {two}");
        }
        assert_eq!(Decimal::whole(100).to_string(), "100");
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", ".", "-", "NaN", "Infinity", "1.2.3", "0x1", "1e", "1e999", "12a", "1_0"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        assert!(!Decimal::parse("-0.0").unwrap().is_negative() && Decimal::parse("-0.1").unwrap().is_negative());
    }
}
