//! Every scenario that says it holds on Docker, on a real engine: the same files that the simulator runs.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::{
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use standfast::testbed::DockerBed;
use standfast_core::scenario::{Scenario, Target, run};
use standfast_tests::scenarios::SCENARIOS;
use support::{host, witness};

/// Most of a scenario's time is waiting.
const AT_A_TIME: usize = 6;

#[test]
#[ignore = "needs an engine at STANDFAST_DOCKER_HOST"]
fn scenarios_hold_on_docker() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { drop(witness().await) });
    let only = std::env::var("STANDFAST_SCENARIO").unwrap_or_default();
    let todo: Vec<(&str, Scenario)> = SCENARIOS
        .iter()
        .map(|(name, text)| {
            (*name, Scenario::parse(text).unwrap_or_else(|error| panic!("{name}.md:{error}")))
        })
        .filter(|(name, scenario)| scenario.runs_on(Target::Docker) && name.contains(&only))
        .collect();
    let count = todo.len();
    let queue = Mutex::new(todo.into_iter());
    let failed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().unwrap().next();
                    let Some((name, scenario)) = next else { return };
                    let start = Instant::now();
                    let mut bed = DockerBed::new(&scenario, &host()).expect("a place to run in");
                    match run(&scenario, &mut bed) {
                        Ok(report) => {
                            println!("{name}: {} expectations, {:?}", report.checks, start.elapsed());
                        }
                        Err(error) => failed.lock().unwrap().push(format!("{name}.md: {error}")),
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} of {count} failed:\n{}", failed.len(), failed.join("\n"));
    println!("standfast-count: scenarios docker {count}");
    // The engine may still be busy with what the last scenarios left; the next suite wants it quiet.
    thread::sleep(Duration::from_millis(200));
}
