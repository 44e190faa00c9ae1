//! Exact decimal numbers, for bounds that `f64` cannot distinguish.

use std::cmp::Ordering;
use std::fmt;

use serde_json::Number;

/// The largest exponent that is scaled exactly. Beyond it numbers are compared as `f64`.
const MAX_EXPONENT: u32 = 30;

/// A number of the form `digits * 10^-scale`.
#[derive(Clone, Copy, Debug)]
pub(in crate::diff) struct Decimal {
    digits: i128,
    scale: u32,
    /// The nearest `f64`, for numbers that do not fit.
    approximate: f64,
    is_exact: bool,
}

impl Decimal {
    /// Converts a JSON number. Numbers outside the exact range keep their `f64` value only.
    pub(in crate::diff) fn from_number(number: &Number) -> Self {
        let approximate = number.as_f64().unwrap_or(f64::NAN);
        let exact = parse(&number.to_string());
        let (digits, scale) = exact.unwrap_or_default();
        Self {
            digits,
            scale,
            approximate,
            is_exact: exact.is_some(),
        }
    }

    /// Returns the integer `value` as a decimal.
    pub(in crate::diff) fn from_integer(value: i128) -> Self {
        #[expect(
            clippy::cast_precision_loss,
            reason = "only used beyond the exact range"
        )]
        let approximate = value as f64;
        Self {
            digits: value,
            scale: 0,
            approximate,
            is_exact: true,
        }
    }

    /// Returns the value if it is an integer.
    pub(in crate::diff) fn to_integer(self) -> Option<i128> {
        let power = 10_i128.checked_pow(self.scale)?;
        (self.is_exact && self.digits % power == 0).then(|| self.digits / power)
    }

    /// Returns true if this number is a multiple of `base`, exactly.
    pub(in crate::diff) fn is_multiple_of(self, base: Self) -> bool {
        match aligned(self, base) {
            Some((_, 0)) => false,
            Some((number, base)) => number % base == 0,
            None => {
                let quotient = self.approximate / base.approximate;
                quotient.fract() == 0.0 && quotient.is_finite()
            }
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_integer() {
            Some(number) => number.fmt(f),
            None => self.approximate.fmt(f),
        }
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match aligned(*self, *other) {
            Some((left, right)) => left.cmp(&right),
            None => self.approximate.total_cmp(&other.approximate),
        }
    }
}

/// Returns the digits of both numbers at the same scale.
fn aligned(left: Decimal, right: Decimal) -> Option<(i128, i128)> {
    let scale = left.scale.max(right.scale);
    let at_scale = |number: Decimal| {
        let power = 10_i128.checked_pow(scale - number.scale)?;
        number.digits.checked_mul(power)
    };
    if !left.is_exact || !right.is_exact {
        return None;
    }
    Some((at_scale(left)?, at_scale(right)?))
}

/// Parses `-12.5e-3` as digits and a scale.
fn parse(text: &str) -> Option<(i128, u32)> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    if scale.unsigned_abs() > MAX_EXPONENT {
        return None;
    }
    match u32::try_from(scale) {
        Ok(scale) => Some((digits, scale)),
        Err(_) => Some((
            digits.checked_mul(10_i128.checked_pow(scale.unsigned_abs())?)?,
            0,
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::from_number(&serde_json::from_str(text).unwrap())
    }

    #[test]
    fn numbers_compare_by_their_exact_decimal_value() {
        for (left, right, expected) in [
            ("9007199254740993", "9007199254740992", Ordering::Greater),
            ("1.0", "1", Ordering::Equal),
            ("1e3", "1000", Ordering::Equal),
            ("-0.1", "0", Ordering::Less),
            ("1e300", "1", Ordering::Greater),
            ("2.5e-2", "0.025", Ordering::Equal),
        ] {
            assert_eq!(
                decimal(left).cmp(&decimal(right)),
                expected,
                "{left} {right}"
            );
        }
    }

    #[test]
    fn multiples_are_exact() {
        for (number, base, expected) in [
            ("0.3", "0.1", true),
            ("0.35", "0.1", false),
            ("9007199254740993", "2", false),
            ("0", "7", true),
            ("1e300", "1e299", true),
        ] {
            assert_eq!(
                decimal(number).is_multiple_of(decimal(base)),
                expected,
                "{number} {base}"
            );
        }
        assert_eq!(decimal("4.0").to_integer(), Some(4));
        assert_eq!(decimal("4.5").to_integer(), None);
    }
}
