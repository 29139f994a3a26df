//! How long ago something was, in the few letters of `kubectl`. Follows `k8s.io/apimachinery/pkg/util/duration`.

use serde_json::Value;

use super::object::text;
use crate::time::UnixSeconds;

/// A duration as `kubectl` shows ages.
#[must_use]
pub fn human_duration(seconds: u64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let with = |whole: u64, unit: char, rest: u64, small: char| match rest {
        0 => format!("{whole}{unit}"),
        rest => format!("{whole}{unit}{rest}{small}"),
    };
    match (seconds, minutes, hours) {
        (..120, ..) => format!("{seconds}s"),
        (_, ..10, _) => with(minutes, 'm', seconds % 60, 's'),
        (_, ..180, _) => format!("{minutes}m"),
        (_, _, ..8) => with(hours, 'h', minutes % 60, 'm'),
        (_, _, ..48) => format!("{hours}h"),
        (_, _, ..192) => with(hours / 24, 'd', hours % 24, 'h'),
        (_, _, ..17_520) => format!("{}d", hours / 24),
        (_, _, ..70_080) => with(hours / 24 / 365, 'y', hours / 24 % 365, 'd'),
        _ => format!("{}y", hours / 24 / 365),
    }
}

/// How long before `now` a time of an object was.
pub(super) fn since(time: &str, now: UnixSeconds) -> String {
    UnixSeconds::parse(time)
        .map_or_else(|| "<unknown>".to_owned(), |then| human_duration(now.0.saturating_sub(then.0)))
}

/// An object's age.
#[must_use]
pub fn age(object: &Value, now: UnixSeconds) -> String {
    since(text(object, "/metadata/creationTimestamp"), now)
}

/// A time as descriptions show it: RFC 1123 with a numeric zone.
pub(super) fn date(time: &str) -> String {
    UnixSeconds::parse(time).map_or_else(String::new, UnixSeconds::rfc_1123)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_as_short_as_kubectls() {
        let cases = [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (125, "2m5s"),
            (600, "10m"),
            (10_799, "179m"),
            (10_800, "3h"),
            (11_000, "3h3m"),
            (28_800, "8h"),
            (172_800, "2d"),
            (180_000, "2d2h"),
            (86_400 * 8, "8d"),
            (86_400 * 730, "2y"),
            (86_400 * 731, "2y1d"),
            (86_400 * 365 * 9, "9y"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(human_duration(seconds), expected, "{seconds}");
        }
    }
}
