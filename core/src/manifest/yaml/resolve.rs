//! What a plain scalar means, as the kubelet's YAML library (go.yaml.in/yaml v2, `resolve.go`) decides: YAML 1.1 with its own edges.
//!
//! `yes` and `on` are booleans, `0777` is octal, `1_000` is a thousand; dates and base-60 numbers stay strings.

use std::sync::Arc;

/// A resolved scalar.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    /// Nothing.
    Null,
    /// `true`, `yes`, `off` ...
    Bool(bool),
    /// Fits 64 signed bits.
    Int(i64),
    /// Fits 64 unsigned bits only.
    Uint(u64),
    /// Everything else that is a number.
    Float(f64),
    /// Text.
    Text(Arc<str>),
}

const PREFIX: &str = "tag:yaml.org,2002:";

/// Resolves a scalar that carries the long form of `tag`, or none.
pub(super) fn resolve(tag: Option<&str>, text: &str) -> Result<Scalar, String> {
    let Some(tag) = tag else { return Ok(plain(text, false).1) };
    let kind = tag.strip_prefix(PREFIX);
    match kind {
        Some("binary") => binary(text).map(|bytes| Scalar::Text(String::from_utf8_lossy(&bytes).into())),
        Some("bool" | "int" | "float" | "null" | "timestamp") => {
            let (found, value) = plain(text, kind == Some("timestamp"));
            match (kind, value) {
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "that is what a float tag on an integer asks for"
                )]
                (Some("float"), Scalar::Int(int)) => Ok(Scalar::Float(int as f64)),
                (_, value) if kind == Some(found) => Ok(value),
                _ => Err(format!("cannot decode !!{found} `{text}` as a !!{}", kind.unwrap_or_default())),
            }
        }
        // `!!str`, and tags that mean nothing to the library.
        _ => Ok(Scalar::Text(text.into())),
    }
}

/// Whether a text, written without quotes, is read as that text again.
pub(super) fn is_text(text: &str) -> bool {
    let (kind, _) = plain(text, true);
    kind == "str" && !is_base_60(text)
}

/// What YAML 1.1 takes for a number in base 60, such as `12:30:45`. This library reads it as text, others do not.
fn is_base_60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut parts = unsigned.split(':');
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let first =
        parts.next().is_some_and(|part| part.starts_with(|c: char| c.is_ascii_digit()) && digits(part));
    let mut rest = parts.peekable();
    first
        && rest.peek().is_some()
        && rest.all(|part| {
            let whole = part.split('.').next().unwrap_or_default();
            (1..=2).contains(&whole.len()) && digits(whole) && whole.parse().is_ok_and(|value: u8| value < 60)
        })
}

/// The kind and the value of a scalar without a tag.
fn plain(text: &str, timestamp: bool) -> (&'static str, Scalar) {
    let string = || ("str", Scalar::Text(text.into()));
    if let Some(word) = word(text) {
        return word;
    }
    match text.bytes().next() {
        Some(b'.') => decimal(text).map_or_else(string, |float| ("float", Scalar::Float(float))),
        Some(b'+' | b'-' | b'0'..=b'9') => {
            if timestamp && is_timestamp(text) {
                return ("timestamp", Scalar::Text(text.into()));
            }
            number(&text.replace('_', "")).unwrap_or_else(string)
        }
        _ => string(),
    }
}

fn word(text: &str) -> Option<(&'static str, Scalar)> {
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            ("bool", Scalar::Bool(true))
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            ("bool", Scalar::Bool(false))
        }
        "" | "~" | "null" | "Null" | "NULL" => ("null", Scalar::Null),
        ".nan" | ".NaN" | ".NAN" => ("float", Scalar::Float(f64::NAN)),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => ("float", Scalar::Float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => ("float", Scalar::Float(f64::NEG_INFINITY)),
        "<<" => ("merge", Scalar::Text("<<".into())),
        _ => return None,
    })
}

fn number(text: &str) -> Option<(&'static str, Scalar)> {
    if let Some(int) = integer(text) {
        return Some(("int", int));
    }
    decimal(text).map(|float| ("float", Scalar::Float(float)))
}

/// An integer with the prefixes that Go knows; a leading zero makes it octal.
fn integer(text: &str) -> Option<Scalar> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, &digits[2..]),
        [b'0', b'b' | b'B', _, ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(base)) {
        return None;
    }
    let value = u64::from_str_radix(digits, base).ok()?;
    if negative {
        return 0_i64.checked_sub_unsigned(value).map(Scalar::Int);
    }
    // An unsigned literal may not carry a sign.
    match i64::try_from(value) {
        Ok(int) => Some(Scalar::Int(int)),
        Err(_) if text.starts_with('+') => None,
        Err(_) => Some(Scalar::Uint(value)),
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, in the range of 64 bits.
fn decimal(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let are_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let has_digits = !whole.is_empty() || !fraction.is_empty();
    let good = has_digits && are_digits(whole) && are_digits(fraction);
    if !good || exponent.is_some_and(|digits| digits.is_empty() || !are_digits(digits)) {
        return None;
    }
    text.parse().ok().filter(|float: &f64| float.is_finite())
}

/// Whether an explicit `!!timestamp` takes it: a date, or a date with a time.
fn is_timestamp(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let year = parts.next().unwrap_or_default();
    let month = parts.next().unwrap_or_default();
    let rest = parts.next().unwrap_or_default();
    let day = rest.split(['T', 't', ' ']).next().unwrap_or_default();
    let in_range = |digits: &str, most| {
        digits.len() <= 2 && digits.parse().is_ok_and(|value: u8| (1..=most).contains(&value))
    };
    year.len() == 4
        && year.bytes().all(|byte| byte.is_ascii_digit())
        && in_range(month, 12)
        && in_range(day, 31)
}

/// Standard base64 with padding; line breaks do not count.
fn binary(text: &str) -> Result<Vec<u8>, String> {
    super::super::base64::decode(text).map_err(|_| "!!binary value contains invalid base64 data".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Scalar) {
        assert_eq!(resolve(None, text), Ok(expected), "{text}");
    }

    #[test]
    fn words_and_numbers_are_yaml_1_1() {
        check("yes", Scalar::Bool(true));
        check("Off", Scalar::Bool(false));
        check("0777", Scalar::Int(511));
        check("0o17", Scalar::Int(15));
        check("0x1F", Scalar::Int(31));
        check("-0b11", Scalar::Int(-3));
        check("1_000", Scalar::Int(1000));
        check("08", Scalar::Float(8.0));
        check("1e3", Scalar::Float(1000.0));
        check("10000000000000000000", Scalar::Uint(10_000_000_000_000_000_000));
        check("+10000000000000000000", Scalar::Float(1e19));
        check(".5", Scalar::Float(0.5));
        check("~", Scalar::Null);
    }

    #[test]
    fn what_looks_like_a_number_and_is_none_stays_text() {
        for text in ["12:30:45", "2024-01-31", "1.2.3", "-", ".", "1e", "0x", "yEs", "1e999", "+-1"] {
            check(text, Scalar::Text(text.into()));
        }
    }

    #[test]
    fn a_tag_decides() {
        assert_eq!(resolve(Some("tag:yaml.org,2002:str"), "5"), Ok(Scalar::Text("5".into())));
        assert_eq!(resolve(Some("tag:yaml.org,2002:float"), "5"), Ok(Scalar::Float(5.0)));
        assert_eq!(resolve(Some("tag:yaml.org,2002:binary"), "aGk="), Ok(Scalar::Text("hi".into())));
        assert_eq!(resolve(Some("!mine"), "5"), Ok(Scalar::Text("5".into())));
        assert_eq!(
            resolve(Some("tag:yaml.org,2002:int"), "x"),
            Err("cannot decode !!str `x` as a !!int".into())
        );
    }
}
