//! Numbers as JSON carries them: what text a float gets, and what a text means.

use super::tree::Number;

impl Number {
    /// The number that a JSON text means.
    pub(super) fn from_json(text: &str) -> Self {
        if let Ok(int) = text.parse() {
            return Self::Int(int);
        }
        if let Ok(uint) = text.parse() {
            return Self::Uint(uint);
        }
        Self::Float(text.parse().unwrap_or(f64::NAN), text.into())
    }

    /// The number that Go's JSON encoder makes of a float.
    pub(super) fn from_float(float: f64) -> Self {
        Self::from_json(&float_text(float))
    }

    /// Its JSON text.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Int(int) => int.to_string(),
            Self::Uint(uint) => uint.to_string(),
            Self::Float(_, text) => text.to_string(),
        }
    }
}

/// A float as Go's `encoding/json` writes it: an exponent only below 1e-6 and from 1e21.
fn float_text(float: f64) -> String {
    if float.is_nan() {
        return "NaN".into();
    }
    if float.is_infinite() {
        return if float > 0.0 { "+Inf".into() } else { "-Inf".into() };
    }
    let size = float.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{float:e}");
        return match text.split_once('e') {
            Some((mantissa, exponent)) if !exponent.starts_with('-') => format!("{mantissa}e+{exponent}"),
            _ => text,
        };
    }
    format!("{float}")
}

/// A float as Go's `%g` writes it in 32 bits: the text of a float that is the key of a mapping.
pub(super) fn key_text(float: f64) -> String {
    if float.is_nan() {
        return ".nan".into();
    }
    #[expect(clippy::cast_possible_truncation, reason = "the kubelet's library formats keys in 32 bits")]
    let float = float as f32;
    if float.is_infinite() {
        return if float > 0.0 { ".inf".into() } else { "-.inf".into() };
    }
    let text = format!("{float:e}");
    let Some((mantissa, exponent)) = text.split_once('e') else { return text };
    let power: i32 = exponent.parse().unwrap_or_default();
    // The shortest form decides as if it had six digits.
    if !(-4..6).contains(&power) {
        let sign = if power < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", power.abs());
    }
    format!("{float}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_go_writes_them() {
        for (float, text) in [
            (1000.0, "1000"),
            (80.5, "80.5"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1e-7, "1e-7"),
            (0.000_001, "0.000001"),
            (-0.0, "-0"),
        ] {
            assert_eq!(float_text(float), text);
        }
    }

    #[test]
    fn a_whole_float_is_an_integer() {
        assert_eq!(Number::from_float(80.0), Number::Int(80));
        assert_eq!(Number::from_json("1e3"), Number::Float(1000.0, "1e3".into()));
    }

    #[test]
    fn keys_are_written_in_32_bits() {
        assert_eq!(key_text(1.5), "1.5");
        assert_eq!(key_text(0.1), "0.1");
        assert_eq!(key_text(1e7), "1e+07");
        assert_eq!(key_text(100_000.0), "100000");
    }
}
