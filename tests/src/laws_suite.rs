//! The laws of drivers on the simulated runtime.

use std::time::Duration;

use standfast_core::{
    contract::{Event, Planned},
    id::PodRef,
    sim::Runtime,
    time::{Time, UnixSeconds},
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{
    host,
    laws::{Bench, LAWS},
    say,
};

struct SimBench {
    runtime: Runtime,
    now: Time,
}

impl SimBench {
    fn new(seed: u64) -> Self {
        let mut runtime = Runtime::new(seed, UnixSeconds(0), 0);
        runtime.preload("busybox:1.36").unwrap();
        Self { runtime, now: Time::ZERO }
    }
}

impl Bench for SimBench {
    fn execute(&mut self, planned: Planned) {
        self.runtime.execute(self.now, planned);
    }

    fn next_event(&mut self, within: Duration) -> Option<Event> {
        let deadline = self.now + within;
        while let Some(at) = self.runtime.next_event_at().filter(|at| *at <= deadline) {
            self.now = self.now.max(at);
            if let Some(event) = self.runtime.poll(self.now) {
                return Some(event);
            }
        }
        self.now = deadline;
        None
    }

    fn restart(&mut self) {
        self.runtime.forget_client();
    }

    fn image(&self) -> &'static str {
        "busybox:1.36"
    }

    fn pod(&self) -> PodRef {
        PodRef::new("law", "default", "law-node01")
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn the_simulated_runtime_obeys_the_laws() {
    for (name, law) in LAWS {
        for seed in 0..20 {
            println!("law: {name}, seed {seed}");
            law(&mut SimBench::new(seed));
        }
    }
    say(&format!("standfast-count: laws {} {}", host(), LAWS.len()));
}
