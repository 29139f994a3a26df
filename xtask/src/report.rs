//! Progress: one line per step with the time it took.

use std::time::{Duration, Instant};

use crate::trouble::Outcome;

/// Runs one step and prints one line about it.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    step_judged(name, work, |_| true)
}

/// Runs one step whose value may mean failure too.
pub(crate) fn step_judged<T>(
    name: &str,
    work: impl FnOnce() -> Outcome<T>,
    is_good: impl FnOnce(&T) -> bool,
) -> Outcome<T> {
    let start = Instant::now();
    let result = work();
    let verdict = if result.as_ref().is_ok_and(is_good) { "ok" } else { "FAILED" };
    println!("{verdict:>6}  {name:<58} {:>8}", seconds(start.elapsed()));
    result
}

/// A line for something that is left out, and why.
pub(crate) fn skipped(name: &str, why: &str) {
    println!("  skip  {name}: {why}");
}

/// A line that belongs to the step that runs now.
pub(crate) fn note(text: &str) {
    println!("        {text}");
}

/// A duration as people read it.
pub(crate) fn seconds(time: Duration) -> String {
    let all = time.as_secs();
    if all >= 100 { format!("{}m{:02}s", all / 60, all % 60) } else { format!("{:.1} s", time.as_secs_f64()) }
}
