//! Quantities as Kubernetes reads and prints them.

use super::*;

#[test]
fn quantities_print_canonically() {
    for (text, canonical) in [
        ("0", "0"),
        ("0.5", "500m"),
        ("100m", "100m"),
        ("1000m", "1"),
        ("1500m", "1500m"),
        ("1.5Gi", "1536Mi"),
        ("0.5Gi", "512Mi"),
        ("1Ki", "1Ki"),
        ("1000Ki", "1000Ki"),
        ("1024Ki", "1Mi"),
        ("134217728", "134217728"),
        ("1000000", "1M"),
        ("1e3", "1e3"),
        ("12e6", "12e6"),
        ("1E", "1E"),
        ("-1", "-1"),
        (" 5 ", "5"),
        ("1.G", "1G"),
        (".5", "500m"),
        ("0.0000000001", "1n"),
        ("0.1Ki", "102400m"),
        ("9999999999999Gi", "9223372036854775807"),
        ("1u", "1u"),
    ] {
        assert_eq!(Quantity::parse(text).map(|q| q.to_string()), Ok(canonical.to_owned()), "{text}");
    }
}

#[test]
fn what_is_no_quantity_says_why() {
    for (text, error) in [
        ("", QuantityError::Format),
        ("abc", QuantityError::Format),
        ("1 Gi", QuantityError::Format),
        ("1GB", QuantityError::Format),
        ("1K", QuantityError::Suffix),
        ("1i", QuantityError::Suffix),
        ("5e", QuantityError::Suffix),
        ("1.2.3", QuantityError::Format),
    ] {
        assert_eq!(Quantity::parse(text), Err(error), "{text}");
    }
}

#[test]
fn resources_are_rounded_up() {
    let tiny = Quantity::parse("100u").unwrap_or(Quantity::ZERO);
    assert_eq!(tiny.round_up_to_millis().to_string(), "1m");
    assert_eq!(tiny.value(), 1);
    assert_eq!(tiny.millis(), 1);
}
