//! The suites that hold every host to the same behaviour.
//!
//! A suite that must hold on every target is written once, with `#[wasm_bindgen_test(unsupported = test)]`: an ordinary test
//! natively, a test in headless Chromium when compiled to wasm. What a suite counts it prints as one line,
//! `standfast-count: <what> <host> <number>`; the test command adds these lines up.

#[cfg(test)]
mod chaos_suite;
#[cfg(test)]
mod conformance;
#[cfg(all(test, not(target_family = "wasm")))]
mod kubectl;
#[cfg(test)]
mod laws_suite;
#[cfg(test)]
mod portable;
#[cfg(test)]
mod scenario_suite;
#[cfg(all(test, not(target_family = "wasm")))]
mod worlds;

pub mod fuzz;
pub mod laws;
pub mod scenarios;
pub mod seeds;

/// Where the suites run, as counts name it.
#[cfg(test)]
const fn host() -> &'static str {
    if cfg!(target_family = "wasm") { "browser" } else { "native" }
}

/// Prints a line that the test command reads, also from a browser.
#[cfg(test)]
fn say(line: &str) {
    #[cfg(target_family = "wasm")]
    wasm_bindgen_test::console_log!("{line}");
    #[cfg(not(target_family = "wasm"))]
    println!("{line}");
}
