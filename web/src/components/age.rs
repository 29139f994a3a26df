//! Durations and moments in few letters, as kubectl prints them.

use std::time::Duration;

use standfast_core::time::{Time, UnixSeconds};

/// A duration as kubectl's AGE columns have it: `22s`, `2m30s`, `15m`, `3h5m`, `2d`.
pub(super) fn age(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |big: u64, unit: char, small: u64, small_unit: char| match small {
        0 => format!("{big}{unit}"),
        _ => format!("{big}{unit}{small}{small_unit}"),
    };
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 => two(minutes, 'm', seconds % 60, 's'),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, 'h', minutes % 60, 'm'),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(days, 'd', hours % 24, 'h'),
        _ => format!("{days}d"),
    }
}

/// A countdown: whole seconds, rounded up, so that `0s` means due now.
pub(super) fn countdown(at: Time, now: Time) -> String {
    let left = at.since(now);
    let up = u64::from(left.subsec_nanos() > 0);
    age(Duration::from_secs(left.as_secs() + up))
}

/// The world's clock: minutes and seconds, hours once there are any; and the tenths apart.
pub(super) fn clock(now: Time) -> (String, u32) {
    let elapsed = now.since_zero();
    let seconds = elapsed.as_secs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let text = match hours {
        0 => format!("{minutes:02}:{rest:02}"),
        _ => format!("{hours}:{minutes:02}:{rest:02}"),
    };
    (text, elapsed.subsec_millis() / 100)
}

/// The moment on the world's clock, to the second.
pub(super) fn moment(at: Time) -> String {
    clock(at).0
}

/// The moment as the kubelet's log prints it: `HH:MM:SS.micros` of the wall clock.
pub(super) fn wall(epoch: UnixSeconds, at: Time) -> String {
    let second = epoch.at(at).0 % 86_400;
    let micros = at.since_zero().subsec_micros();
    format!("{:02}:{:02}:{:02}.{micros:06}", second / 3600, second / 60 % 60, second % 60)
}

/// `time` to whole seconds: what text that counts seconds needs to know, so that it is not drawn more often.
pub(super) fn whole_second(time: Time) -> Time {
    Time::from_zero(Duration::from_secs(time.since_zero().as_secs()))
}

/// `time` to tenths of a second.
pub(super) fn tenth(time: Time) -> Time {
    let elapsed = time.since_zero();
    Time::from_zero(Duration::new(elapsed.as_secs(), elapsed.subsec_nanos() / 100_000_000 * 100_000_000))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn at(millis: u64) -> Time {
        Time::from_zero(Duration::from_millis(millis))
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn ages_print_as_kubectl_prints_them() {
        let print = |seconds| age(Duration::from_secs(seconds));
        assert_eq!(
            [0, 119, 120, 150, 600, 899, 10_800, 18_300, 90_000, 172_800, 700_000].map(print),
            ["0s", "119s", "2m", "2m30s", "10m", "14m", "3h", "5h5m", "25h", "2d", "8d"]
        );
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn countdowns_end_at_zero() {
        assert_eq!([10_000, 16_600, 17_000].map(|now| countdown(at(17_000), at(now))), ["7s", "1s", "0s"]);
        assert_eq!(countdown(at(5), at(10)), "0s");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_clock_shows_hours_once_there_are_any() {
        assert_eq!(clock(at(134_650)), ("02:14".into(), 6));
        assert_eq!(clock(at(3_600_000)).0, "1:00:00");
        assert_eq!(wall(UnixSeconds(1_767_225_600), at(61_000)), "00:01:01.000000");
        assert_eq!(tenth(at(1_299)), at(1_200));
        assert_eq!(whole_second(at(1_999)), at(1_000));
    }
}
