//! How close a life must be: what may be missing, and what must never pass.

use std::fmt::Write as _;

use super::*;

/// A life whose container is in these states from these times on.
fn life(states: &[(f64, &str)], events: &str) -> Told {
    let mut timeline = String::from("{\"t\": 0, \"action\": \"manifest added\"}\n");
    for (at, state) in states {
        let _ = writeln!(
            timeline,
            "{{\"t\": {at}, \"uid\": \"a\", \"status\": {{\"phase\": \"Running\", \"containerStatuses\": [{{\"name\": \"main\", \
             \"state\": {state}}}]}}}}"
        );
    }
    let texts = Texts { timeline, events: events.to_owned(), ..Texts::default() };
    Life::read("a", texts).unwrap().told
}

const RUNS: &str = r#"{"running": {}}"#;
const CRASHED: &str = r#"{"terminated": {"reason": "Error", "exitCode": 1}}"#;
const KILLED: &str = r#"{"terminated": {"reason": "Error", "exitCode": 137}}"#;
const WAITS: &str = r#"{"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}}"#;
const PULLS: &str = r#"{"waiting": {"reason": "ImagePullBackOff", "message": "back-off 10s"}}"#;

fn agree(recorded: &[(f64, &str)], acted: &[(f64, &str)]) -> bool {
    compare(&life(recorded, ""), &life(acted, ""), Bounds::SIMULATOR).is_none()
}

#[test]
fn what_nobody_could_see_may_be_missing() {
    let whole = [(0.5, RUNS), (5.0, CRASHED), (16.0, WAITS), (16.2, RUNS)];
    let seen = [(0.5, RUNS), (5.0, CRASHED), (16.2, RUNS)];
    assert!(agree(&seen, &whole));
    assert!(agree(&[(0.5, RUNS), (5.0, CRASHED), (16.0, WAITS), (16.5, RUNS)], &seen));
    assert!(!agree(&seen, &[(0.5, RUNS), (5.0, CRASHED), (16.0, WAITS), (17.0, RUNS)]));
}

#[test]
fn a_wrong_reason_or_code_never_passes() {
    let recorded = [(0.5, RUNS), (5.0, CRASHED), (16.0, WAITS), (16.5, RUNS)];
    assert!(!agree(&recorded, &[(0.5, RUNS), (5.0, CRASHED), (16.0, PULLS), (16.2, RUNS)]));
    assert!(!agree(&recorded, &[(0.5, RUNS), (5.0, KILLED), (16.0, WAITS), (16.2, RUNS)]));
    assert!(!agree(&[(0.5, RUNS), (5.0, CRASHED)], &[(0.5, RUNS), (5.0, KILLED)]));
    assert!(!agree(&[(0.5, RUNS)], &[(0.5, RUNS), (0.8, CRASHED)]));
}

#[test]
fn times_are_close_but_for_waits_that_the_kubelet_jitters() {
    assert!(agree(&[(0.5, RUNS), (5.0, CRASHED)], &[(0.2, RUNS), (6.4, CRASHED)]));
    assert!(!agree(&[(0.5, RUNS), (5.0, CRASHED)], &[(0.5, RUNS), (8.0, CRASHED)]));
    let crashed = |again: f64| [(0.5, RUNS), (5.0, CRASHED), (again, RUNS)];
    assert!(agree(&crashed(16.0), &crashed(20.0)));
    assert!(!agree(&crashed(16.0), &crashed(40.0)));
}

#[test]
fn what_an_engine_says_of_a_probe_that_failed_is_its_own() {
    let tells = |result: &str, words: &str| {
        life(
            &[],
            &format!("+1.00 Warning Unhealthy [spec.containers{{main}}] Readiness probe {result}: {words}\n"),
        )
    };
    let agree = |a: &Told, b: &Told| compare(a, b, Bounds::SIMULATOR).is_none();
    let unknown = "errored and resulted in unknown state";
    assert!(agree(&tells(unknown, "rpc error"), &tells(unknown, "Container 0a1b is not running")));
    assert!(!agree(&tells(unknown, "rpc error"), &tells("failed", "rpc error")));
    assert!(!agree(&tells("failed", "one"), &tells("failed", "two")));
}

#[test]
fn events_keep_their_order_and_repetitions_count_once() {
    let events = |text: &str| life(&[], text);
    let differs = |a: &str, b: &str| compare(&events(a), &events(b), Bounds::SIMULATOR).is_some();
    let back_off = "+1.0 Warning BackOff [spec.containers{main}] Back-off\n";
    assert!(!differs(&back_off.repeat(3), back_off));
    assert!(differs(back_off, ""));
    assert!(differs(back_off, "+1.0 Normal BackOff [spec.containers{main}] Back-off\n"));
    assert!(differs("+1.0 Normal Killing [] a\n", "+4.0 Normal Killing [] a\n"));
    let stops = |a: &str, b: &str, at: f64| {
        let line = |at: f64, name: &str| {
            format!("+{at} Normal Killing [spec.containers{{{name}}}] Stopping container {name}\n")
        };
        line(1.0, a) + &line(at, b)
    };
    assert!(!differs(&stops("a", "b", 1.0), &stops("b", "a", 1.02)));
    assert!(differs(&stops("a", "b", 1.1), &stops("b", "a", 1.1)));
}

/// A life that is led once, on an engine that was at work from one time to another.
fn differs_on_an_engine(recorded: &Told, acted: &Told, end: u64) -> bool {
    let ends = Ends { recorded: Duration::from_secs(end), acted: Duration::from_secs(end + 3) };
    compare(recorded, acted, Bounds::real(ends)).is_some()
}

#[test]
fn what_may_come_after_the_end_of_a_life_that_is_led_once_may_be_missing() {
    let recorded = [(0.5, RUNS), (5.0, CRASHED), (16.0, WAITS), (16.5, RUNS)];
    let differs =
        |acted: &[(f64, &str)], end| differs_on_an_engine(&life(&recorded, ""), &life(acted, ""), end);
    assert!(!differs(&recorded[..2], 17));
    assert!(differs(&recorded[..2], 40));
    assert!(differs(&recorded[..1], 17));
    assert!(differs(&[(0.5, RUNS), (5.0, KILLED)], 17));
    assert!(!differs(&[(0.5, RUNS), (5.0, CRASHED), (16.0, WAITS), (16.5, RUNS), (18.0, CRASHED)], 17));
    assert!(differs(&[(0.5, RUNS), (5.0, CRASHED), (16.0, WAITS), (16.5, RUNS), (19.0, CRASHED)], 30));
}

#[test]
fn an_event_that_another_deed_came_before_may_be_missing() {
    let deeds = [Duration::ZERO, Duration::from_secs(20)];
    let of = |events: &str| Told { deeds: deeds.to_vec(), ..life(&[], events) };
    let recorded = of(
        "+1 Normal Started [] a\n+18 Normal Pulled [] b\n+18.2 Normal Started [] a\n+20 Normal Killing [] c\n",
    );
    assert!(!differs_on_an_engine(&recorded, &of("+1 Normal Started [] a\n+20.1 Normal Killing [] c\n"), 30));
    assert!(differs_on_an_engine(&recorded, &of("+1 Normal Started [] a\n"), 30));
    let early = of("+1 Normal Started [] a\n+2 Normal Pulled [] b\n+20 Normal Killing [] c\n");
    assert!(differs_on_an_engine(&early, &of("+1 Normal Started [] a\n+20 Normal Killing [] c\n"), 30));
}

#[test]
fn time_that_an_engine_works_does_not_count() {
    let recorded = life(&[(0.5, RUNS), (5.0, CRASHED), (5.5, RUNS)], "");
    let mut acted = life(&[(0.5, RUNS), (5.0, CRASHED), (11.0, RUNS)], "");
    assert!(differs_on_an_engine(&recorded, &acted, 30));
    acted.work = vec![(Duration::from_secs(6), Duration::from_secs(11))];
    assert!(!differs_on_an_engine(&recorded, &acted, 30));
}

#[test]
fn broken_recordings_say_where_and_what_to_do() {
    let error = |timeline: &str| {
        Life::read("a", Texts { timeline: timeline.to_owned(), ..Texts::default() }).unwrap_err().to_string()
    };
    assert!(error("").contains("nothing is done"));
    assert!(
        error("{\"t\": 1, \"action\": \"dance\"}").starts_with("timeline.jsonl:1: nobody knows how to do")
    );
    assert!(error("\n{").starts_with("timeline.jsonl:2: "));
    assert!(error("{\"t\": -1, \"action\": \"manifest added\"}").starts_with("timeline.jsonl:1: "));
    assert!(error("{\"t\": 1, \"action\": \"manifest replaced\"}").contains("manifest2.yaml"));
}
