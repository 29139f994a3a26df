//! The agent's time line: the wall clock when it started, and from then on a clock that never jumps.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};
use standfast_core::time::Time;

/// Tells the time since the Unix epoch. It follows sleep of the machine, and ignores later changes of the wall clock.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started_at: Duration,
    booted_at_start: Duration,
}

impl Clock {
    /// A clock that agrees with the wall clock now.
    #[must_use]
    pub fn start() -> Self {
        let started_at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { started_at, booted_at_start: since_boot() }
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Time {
        Time::from_zero(self.started_at + since_boot().saturating_sub(self.booted_at_start))
    }

    /// How long until `at`; zero when it is past.
    #[must_use]
    pub fn until(&self, at: Time) -> Duration {
        at.since(self.now())
    }
}

fn since_boot() -> Duration {
    let spec = clock_gettime(ClockId::Boottime);
    Duration::new(u64::try_from(spec.tv_sec).unwrap_or(0), u32::try_from(spec.tv_nsec).unwrap_or(0))
}

/// Reads a time as Docker prints it, such as `2026-11-22T08:25:42.158926587Z`; `None` for its zero time and for what is no time.
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<Time> {
    let (date, rest) = text.split_once(['T', 't'])?;
    let zone_at = rest.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = rest.split_at(zone_at);
    let mut date = date.splitn(3, '-').map(str::parse::<i64>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    if year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let seconds = day_number(year, month, day) * 86_400 + clock_seconds(clock)? - zone_seconds(zone)?;
    let nanos: u32 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    Some(Time::from_zero(Duration::new(u64::try_from(seconds).ok()?, nanos)))
}

fn clock_seconds(text: &str) -> Option<i64> {
    let mut parts = text.split(':').map(str::parse::<i64>);
    let (hour, minute) = (parts.next()?.ok()?, parts.next()?.ok()?);
    let second = parts.next().unwrap_or(Ok(0)).ok()?;
    Some(hour * 3600 + minute * 60 + second)
}

fn zone_seconds(zone: &str) -> Option<i64> {
    match zone.split_at_checked(1)? {
        ("+", offset) => clock_seconds(offset),
        ("-", offset) => clock_seconds(offset).map(|seconds| -seconds),
        _ => Some(0),
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + (153 * month + 2) / 5 + day - 1;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<(u64, u32)> {
        parse_rfc3339(text).map(|time| (time.since_zero().as_secs(), time.since_zero().subsec_nanos()))
    }

    #[test]
    fn times_read_as_engines_print_them() {
        assert_eq!(parsed("2026-11-11T11:59:59Z"), Some((1_794_398_399, 0)));
        assert_eq!(parsed("2000-02-29T00:00:00.5Z"), Some((951_782_400, 500_000_000)));
        assert_eq!(parsed("1970-01-01T02:00:01.000000007+02:00"), Some((1, 7)));
        assert_eq!(parsed("2026-11-11T11:59:59.158926587Z"), Some((1_794_398_399, 158_926_587)));
    }

    #[test]
    fn no_time_is_none() {
        for text in ["0001-01-01T00:00:00Z", "", "yesterday", "2026-13-01T00:00:00Z", "2026-11-11T1:2:3"] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }

    #[test]
    fn the_clock_never_goes_back() {
        let clock = Clock::start();
        let first = clock.now();
        assert!(clock.now() >= first);
        assert_eq!(clock.until(first), Duration::ZERO);
    }
}
