//! Kubernetes quantities such as `100m` and `1.5Gi`: parsed, compared and printed as `k8s.io/apimachinery/pkg/api/resource` does.
//!
//! A quantity is kept as whole billionths, which is also the finest that Kubernetes keeps; what is finer is rounded away from zero.
//! Amounts beyond 10²⁹ saturate.

use std::fmt;

use super::tree::{Node, Number, Value};

const NANOS: i128 = 1_000_000_000;
const SATURATED: i128 = i128::MAX / 4;

/// Which family of suffixes a quantity was written with, and is printed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Powers of ten with letters: `m`, `k`, `M`.
    DecimalSi,
    /// Powers of two: `Ki`, `Mi`.
    BinarySi,
    /// Powers of ten with an exponent: `e3`.
    DecimalExponent,
}

/// An amount of something.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    nanos: i128,
    format: Format,
}

/// Why a text is no quantity. `Display` prints Kubernetes' words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuantityError {
    /// Not a number followed by a suffix.
    Format,
    /// A suffix that means nothing.
    Suffix,
    /// A number that is none.
    Numeric,
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Format => {
                "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
            }
            Self::Suffix => "unable to parse quantity's suffix",
            Self::Numeric => "unable to parse numeric part of quantity",
        })
    }
}

/// The suffixes of powers of ten, by exponent.
const DECIMAL: [(&str, i32); 10] =
    [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];

/// The suffixes of powers of 1024, from the first.
const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self { nanos: 0, format: Format::DecimalSi };

    /// Reads a quantity; blanks around it are allowed.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let parts = Parts::split(text.trim())?;
        let (multiplier, format) = parts.scale()?;
        let magnitude = match multiplier {
            Multiplier::Ten(exponent) => decimal(parts.whole, parts.fraction, exponent),
            Multiplier::Two(shift) => {
                decimal(parts.whole, parts.fraction, 0).and_then(|nanos| nanos.checked_mul(1 << shift))
            }
        };
        // A fraction of a binary unit that is finer than a billionth is rounded after the multiplication.
        let magnitude = match multiplier {
            Multiplier::Two(shift) if parts.fraction.len() > 9 => {
                binary_fraction(parts.whole, parts.fraction, shift).or(magnitude)
            }
            Multiplier::Ten(_) | Multiplier::Two(_) => magnitude,
        };
        let mut nanos = magnitude.unwrap_or(SATURATED).min(SATURATED);
        if format == Format::BinarySi {
            nanos = nanos.min(i128::from(i64::MAX) * NANOS);
        }
        let format =
            if format == Format::BinarySi && nanos > 0 && nanos < NANOS { Format::DecimalSi } else { format };
        Ok(Self { nanos: if parts.negative { -nanos } else { nanos }, format })
    }

    /// The quantity that a value of the tree holds: text or a bare number.
    #[must_use]
    pub fn of(node: &Node) -> Option<Self> {
        match &node.value {
            Value::Number(Number::Int(value)) => Self::parse(&value.to_string()).ok(),
            Value::Number(Number::Uint(value)) => Self::parse(&value.to_string()).ok(),
            Value::String(text) | Value::Number(Number::Float(_, text)) => Self::parse(text).ok(),
            Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// Less than nothing.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.nanos < 0
    }

    /// Exactly nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.nanos == 0
    }

    /// A whole number.
    #[must_use]
    pub const fn is_integer(self) -> bool {
        self.nanos % NANOS == 0
    }

    /// As a whole number, rounded away from zero; saturates.
    #[must_use]
    pub fn value(self) -> i64 {
        saturate(divide_away(self.nanos, NANOS))
    }

    /// In thousandths, rounded away from zero; saturates.
    #[must_use]
    pub fn millis(self) -> i64 {
        saturate(divide_away(self.nanos, 1_000_000))
    }

    /// Rounded away from zero to thousandths, as the API rounds all resources.
    #[must_use]
    pub fn round_up_to_millis(self) -> Self {
        Self { nanos: divide_away(self.nanos, 1_000_000) * 1_000_000, ..self }
    }

    /// The sum, printed in the format of the first that is not zero.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let format = if self.is_zero() { other.format } else { self.format };
        Self { nanos: (self.nanos + other.nanos).clamp(-SATURATED, SATURATED), format }
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

/// The canonical form: the largest suffix that leaves a whole number.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("0");
        }
        let small = self.nanos.abs() < 1024 * NANOS;
        if self.format == Format::BinarySi && !small && self.is_integer() {
            let mut whole = self.nanos / NANOS;
            let mut suffix = "";
            for next in BINARY {
                if whole % 1024 != 0 {
                    break;
                }
                whole /= 1024;
                suffix = next;
            }
            return write!(f, "{whole}{suffix}");
        }
        let (mut mantissa, mut exponent) = (self.nanos, -9);
        while mantissa % 10 == 0 {
            mantissa /= 10;
            exponent += 1;
        }
        while exponent % 3 != 0 || exponent > 18 {
            mantissa *= 10;
            exponent -= 1;
        }
        match self.format {
            Format::DecimalExponent if exponent == 0 => write!(f, "{mantissa}"),
            Format::DecimalExponent => write!(f, "{mantissa}e{exponent}"),
            Format::DecimalSi | Format::BinarySi => {
                let suffix = DECIMAL.iter().find(|(_, e)| *e == exponent).map_or("", |(suffix, _)| suffix);
                write!(f, "{mantissa}{suffix}")
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Multiplier {
    Ten(i32),
    Two(u32),
}

/// A quantity's text, taken apart.
struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    suffix: &'a str,
}

impl<'a> Parts<'a> {
    fn split(text: &'a str) -> Result<Self, QuantityError> {
        if text.is_empty() {
            return Err(QuantityError::Format);
        }
        let negative = text.starts_with('-');
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, rest) = digits(unsigned);
        let (fraction, suffix) = rest.strip_prefix('.').map_or(("", rest), digits);
        let letters = suffix.trim_start_matches(|c| "eEinumkKMGTP".contains(c));
        let exponent = letters.strip_prefix(['-', '+']).unwrap_or(letters);
        if !digits(exponent).1.is_empty() {
            return Err(QuantityError::Format);
        }
        Ok(Self { negative, whole, fraction, suffix })
    }

    fn scale(&self) -> Result<(Multiplier, Format), QuantityError> {
        if let Some((_, exponent)) = DECIMAL.iter().find(|(suffix, _)| *suffix == self.suffix) {
            return Ok((Multiplier::Ten(*exponent), Format::DecimalSi));
        }
        if let Some(power) = BINARY.iter().position(|suffix| *suffix == self.suffix) {
            let shift = 10 * u32::try_from(power + 1).unwrap_or(0);
            return Ok((Multiplier::Two(shift), Format::BinarySi));
        }
        let exponent = self.suffix.strip_prefix(['e', 'E']).ok_or(QuantityError::Suffix)?;
        let exponent: i32 = exponent.parse().map_err(|_| QuantityError::Suffix)?;
        Ok((Multiplier::Ten(exponent), Format::DecimalExponent))
    }
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

/// `whole.fraction` × 10^`exponent` in billionths, rounded away from zero; `None` when it is too big.
fn decimal(whole: &str, fraction: &str, exponent: i32) -> Option<i128> {
    // The digits as one number, whose last digit stands for 10^(exponent - fraction digits).
    let all = || whole.bytes().chain(fraction.bytes()).skip_while(|digit| *digit == b'0');
    let count = i64::try_from(all().count()).ok()?;
    if count == 0 {
        return Some(0);
    }
    let places = i64::from(exponent) - i64::try_from(fraction.len()).ok()? + 9;
    if count + places > 37 {
        return None;
    }
    let kept = usize::try_from((count + places.min(0)).max(0)).ok()?;
    let mut nanos = all().take(kept).fold(0_i128, |sum, digit| sum * 10 + i128::from(digit - b'0'));
    if all().skip(kept).any(|digit| digit != b'0') {
        nanos += 1;
    }
    for _ in 0..places.max(0) {
        nanos = nanos.checked_mul(10)?;
    }
    Some(nanos)
}

/// As [`decimal`] for a power of two and a fraction of more than nine digits: exact up to eighteen.
fn binary_fraction(whole: &str, fraction: &str, shift: u32) -> Option<i128> {
    let units = decimal(whole, "", 0)?.checked_mul(1 << shift)?;
    let fine = decimal("", fraction.get(..18).unwrap_or(fraction), 9)?;
    Some(units + divide_away(fine.checked_mul(1 << shift)?, NANOS))
}

const fn divide_away(value: i128, by: i128) -> i128 {
    value / by + if value % by == 0 { 0 } else { value.signum() }
}

fn saturate(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests;
