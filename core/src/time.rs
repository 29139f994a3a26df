//! Points on a node's time line. There is no `now()` here: whoever calls the core says what time it is.

use std::{fmt, ops, time::Duration};

use serde::{Deserialize, Serialize};

/// A point on a node's time line, counted from a zero that its host chooses.
///
/// Nothing that the node is ever told may have happened before zero: a simulator counts from the world's start, an agent from the Unix
/// epoch (containers it adopts are older than itself). [`Config::epoch`](crate::config::Config::epoch) says which wall-clock second zero is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Time(Duration);

impl Time {
    /// The host's zero.
    pub const ZERO: Self = Self(Duration::ZERO);
    /// A time that never comes.
    pub const MAX: Self = Self(Duration::MAX);

    /// The point `elapsed` after zero.
    #[must_use]
    pub const fn from_zero(elapsed: Duration) -> Self {
        Self(elapsed)
    }

    /// How long after zero this is.
    #[must_use]
    pub const fn since_zero(self) -> Duration {
        self.0
    }

    /// How long after `earlier` this is; zero when it is not after it.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// The first multiple of `period` (counted from `origin`) that is at or after this.
    #[must_use]
    pub fn next_tick(self, origin: Self, period: Duration) -> Self {
        let period = u64::try_from(period.as_nanos()).unwrap_or(u64::MAX).max(1);
        let behind = u64::try_from(self.since(origin).as_nanos()).unwrap_or(u64::MAX);
        origin + Duration::from_nanos(behind.div_ceil(period).saturating_mul(period))
    }
}

impl ops::Add<Duration> for Time {
    type Output = Self;
    fn add(self, d: Duration) -> Self {
        Self(self.0.saturating_add(d))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}s", self.0.as_secs(), self.0.subsec_millis())
    }
}

/// A wall-clock second, counted from the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UnixSeconds(pub u64);

impl UnixSeconds {
    /// The wall clock at `time` when this is the wall clock at [`Time::ZERO`].
    #[must_use]
    pub fn at(self, time: Time) -> Self {
        Self(self.0.saturating_add(time.since_zero().as_secs()))
    }

    /// The wall clock at `time`, with nine digits of a second, as the kubelet notes when it first saw a pod.
    #[must_use]
    pub fn nanos_at(self, time: Time) -> String {
        let second = self.at(time).to_string();
        format!("{}.{:09}Z", second.trim_end_matches('Z'), time.since_zero().subsec_nanos())
    }

    /// Reads what `Display` prints; fractions of a second are left out.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (date, clock) = text.strip_suffix('Z')?.split_once('T')?;
        let numbers = |text: &str, by: char| -> Option<[u64; 3]> {
            let mut parts = text.split(by).map(|part| part.split('.').next()?.parse().ok());
            Some([parts.next()??, parts.next()??, parts.next()??])
        };
        let ([year, month, day], [hour, minute, second]) = (numbers(date, '-')?, numbers(clock, ':')?);
        let valid = year >= 1970 && (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24;
        valid.then(|| Self(days_of(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second))
    }
}

/// The days from 1970-01-01 to a date: the inverse of [`civil`].
const fn days_of(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year / 400, year % 400);
    let from_march = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

impl UnixSeconds {
    /// As RFC 1123 with a numeric zone, in UTC: the way `kubectl describe` prints times.
    #[must_use]
    pub fn rfc_1123(self) -> String {
        const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let days = self.0 / 86_400;
        let (year, month, day) = civil(days);
        let name = |names: &'static [&'static str], index: u64| {
            usize::try_from(index).ok().and_then(|index| names.get(index)).copied().unwrap_or_default()
        };
        let (hour, minute, second) = (self.0 / 3600 % 24, self.0 / 60 % 60, self.0 % 60);
        format!(
            "{}, {day:02} {} {year:04} {hour:02}:{minute:02}:{second:02} +0000",
            name(&DAYS, days % 7),
            name(&MONTHS, month.saturating_sub(1)),
        )
    }
}

/// As RFC 3339 in UTC with whole seconds: the way Kubernetes prints times.
impl fmt::Display for UnixSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.0 / 86_400, self.0 % 86_400);
        let (year, month, day) = civil(days);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// Days since 1970-01-01 as a date of the Gregorian calendar (years counted from March, so that leap days come last).
const fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

/// A duration as Go prints it: `10s`, `1m20s`, `5m0s`, `1.5s`, `300ms`. Kubernetes' texts carry durations this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoDuration(pub Duration);

impl fmt::Display for GoDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = (self.0.as_secs(), self.0.subsec_nanos());
        if seconds == 0 && nanos != 0 {
            let (unit, whole, digits) = match nanos {
                n if n >= 1_000_000 => ("ms", n / 1_000_000, format!("{:06}", n % 1_000_000)),
                n if n >= 1_000 => ("µs", n / 1_000, format!("{:03}", n % 1_000)),
                n => ("ns", n, String::new()),
            };
            return write!(f, "{whole}{}{unit}", fraction(&digits));
        }
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        if hours > 0 {
            write!(f, "{hours}h")?;
        }
        if hours > 0 || minutes > 0 {
            write!(f, "{minutes}m")?;
        }
        write!(f, "{}{}s", seconds % 60, fraction(&format!("{nanos:09}")))
    }
}

/// Reads a duration as Go does: a sum of numbers with the units `h`, `m`, `s`, `ms`, `us`.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut sum = Duration::ZERO;
    if rest == "0" {
        return Some(sum);
    }
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |n| digits + n);
        let factor = match &rest[digits..unit] {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            _ => return None,
        };
        sum = sum.checked_add(Duration::try_from_secs_f64(number * factor).ok()?)?;
        rest = &rest[unit..];
    }
    Some(sum)
}

fn fraction(digits: &str) -> String {
    match digits.trim_end_matches('0') {
        "" => String::new(),
        digits => format!(".{digits}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_clock_prints_as_rfc_3339() {
        assert_eq!(UnixSeconds(0).to_string(), "1970-01-01T00:00:00Z");
        assert_eq!(UnixSeconds(951_782_400).to_string(), "2000-02-29T00:00:00Z");
        assert_eq!(UnixSeconds(1_794_398_399).to_string(), "2026-11-11T11:59:59Z");
        for seconds in [0, 951_782_400, 1_794_398_399, 4_102_444_800] {
            assert_eq!(UnixSeconds::parse(&UnixSeconds(seconds).to_string()), Some(UnixSeconds(seconds)));
        }
        assert_eq!(UnixSeconds::parse("2026-11-11T11:59:59.5Z"), Some(UnixSeconds(1_794_398_399)));
        assert_eq!(UnixSeconds::parse("yesterday"), None);
    }

    #[test]
    fn wall_clock_prints_as_rfc_1123() {
        assert_eq!(UnixSeconds(1_795_317_514).rfc_1123(), "Sun, 22 Nov 2026 03:18:34 +0000");
    }

    #[test]
    fn durations_print_as_go_prints_them() {
        let print = |millis| GoDuration(Duration::from_millis(millis)).to_string();
        assert_eq!(
            [0, 300, 1500, 10_000, 80_000, 300_000, 3_600_000].map(print),
            ["0s", "300ms", "1.5s", "10s", "1m20s", "5m0s", "1h0m0s"]
        );
    }

    #[test]
    fn durations_read_as_go_reads_them() {
        assert_eq!(parse_duration("1m20.5s"), Some(Duration::from_millis(80_500)));
        assert_eq!(parse_duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(["", "5", "x", "5 s", "1d", "."].map(parse_duration), [None; 6]);
    }

    #[test]
    fn the_next_tick_is_at_or_after() {
        let origin = Time::from_zero(Duration::from_millis(300));
        let tick = |millis| {
            Time::from_zero(Duration::from_millis(millis))
                .next_tick(origin, Duration::from_secs(1))
                .since_zero()
                .as_millis()
        };
        assert_eq!([0, 300, 301, 1300, 1301].map(tick), [300, 300, 1300, 1300, 2300]);
    }
}
