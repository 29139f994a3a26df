//! Times as Go's `time.Parse` takes them by the layout of RFC 3339, and its words when it does not.

use crate::manifest::at::quote;

const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";

/// The parts of the layout: what each is called, how many digits, its least and greatest value, and what goes wrong out of it.
const PARTS: [(&str, usize, u32, u32, &str); 6] = [
    ("2006", 4, 0, 9999, "year"),
    ("01", 2, 1, 12, "month"),
    ("02", 2, 1, 31, "day"),
    ("15", 2, 0, 23, "hour"),
    ("04", 2, 0, 59, "minute"),
    ("05", 2, 0, 59, "second"),
];

/// What stands between the parts.
const BETWEEN: [&str; 6] = ["-", "-", "T", ":", ":", ""];

/// Whether `text` is a time; if not, why.
pub(super) fn check(text: &str) -> Result<(), String> {
    let wrong = |words: &str| Err(format!("parsing time {}{words}", quote(text)));
    let cannot = |rest: &str, part: &str| {
        Err(format!(
            "parsing time {} as {}: cannot parse {} as {}",
            quote(text),
            quote(LAYOUT),
            quote(rest),
            quote(part)
        ))
    };
    let mut rest = text;
    let mut values = [0_u32; 6];
    for ((index, (name, digits, least, most, unit)), between) in PARTS.iter().enumerate().zip(BETWEEN) {
        let number = rest.get(..*digits).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
        let Some(value) = number.and_then(|part| part.parse().ok()) else { return cannot(rest, name) };
        if !(*least..=*most).contains(&value) && *unit != "day" {
            return wrong(&format!(": {unit} out of range"));
        }
        values[index] = value;
        rest = rest.get(*digits..).unwrap_or_default();
        match rest.strip_prefix(between) {
            Some(next) => rest = next,
            None => return cannot(rest, between),
        }
    }
    // A fraction of the second may follow, in the layout or not.
    if let Some(fraction) = rest.strip_prefix(['.', ',']) {
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            rest = fraction.get(digits..).unwrap_or_default();
        }
    }
    let Some(after) = zone(rest) else { return cannot(rest, "Z07:00") };
    if !after.is_empty() {
        return wrong(&format!(": extra text: {}", quote(after)));
    }
    let [year, month, day, ..] = values;
    if day == 0 || day > days(year, month) {
        return wrong(": day out of range");
    }
    Ok(())
}

/// What follows the time zone.
fn zone(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix('Z') {
        return Some(rest);
    }
    let hours = text.strip_prefix(['+', '-'])?;
    let number = |part: &str, most: u32| part.parse::<u32>().is_ok_and(|value| value <= most);
    let good = number(hours.get(..2)?, 24) && hours.get(2..3)? == ":" && number(hours.get(3..5)?, 60);
    good.then(|| hours.get(5..)).flatten()
}

const fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339() {
        assert_eq!(check("2024-02-29T12:30:45Z"), Ok(()));
        assert_eq!(check("2024-02-29T12:30:45.123+09:00"), Ok(()));
        assert_eq!(
            check("yesterday"),
            Err(r#"parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006""#.into())
        );
        assert_eq!(
            check("2023-02-29T12:30:45Z"),
            Err(r#"parsing time "2023-02-29T12:30:45Z": day out of range"#.into())
        );
        assert_eq!(
            check("2023-13-01T12:30:45Z"),
            Err(r#"parsing time "2023-13-01T12:30:45Z": month out of range"#.into())
        );
    }
}
