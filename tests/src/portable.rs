//! Arithmetic that traces depend on: the same digits natively and in a browser.

use std::time::Duration;

use standfast_core::time::{GoDuration, Time, UnixSeconds, parse_duration};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test(unsupported = test)]
fn durations_survive_printing_and_reading() {
    for millis in (0..10_000).step_by(7).chain((0..100_000_000).step_by(999_983)) {
        let duration = Duration::from_millis(millis);
        assert_eq!(parse_duration(&GoDuration(duration).to_string()), Some(duration));
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_tick_is_never_early_and_never_a_period_late() {
    let (origin, period) = (Time::from_zero(Duration::from_millis(1_234)), Duration::from_millis(1_700));
    for millis in (0..u64::from(u32::MAX)).step_by(40_009_001) {
        let asked = Time::from_zero(Duration::from_millis(millis));
        let tick = asked.next_tick(origin, period);
        assert!(tick >= asked);
        assert!(tick.since(asked.max(origin)) < period);
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn wall_clocks_far_ahead_do_not_overflow() {
    let last = UnixSeconds(u64::MAX).at(Time::from_zero(Duration::MAX));
    assert!(last.to_string().ends_with('Z'));
}
