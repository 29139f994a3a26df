//! The laws of drivers, on a real engine.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::time::Duration;

use standfast::docker::{Driver, Engine};
use standfast_core::{
    contract::{Event, Planned},
    id::PodRef,
};
use standfast_tests::laws::{Bench, LAWS};
use support::{IMAGE, Place, host, witness};
use tokio::{
    runtime::Runtime,
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::timeout,
};

/// A driver with a thread of its own, so that killing it kills all it does.
struct DockerBench {
    place: Place,
    driver: Option<(Runtime, Driver, UnboundedReceiver<Event>)>,
}

impl DockerBench {
    fn new() -> Self {
        let mut bench = Self { place: Place::new(), driver: None };
        bench.restart();
        bench
    }
}

impl Bench for DockerBench {
    fn execute(&mut self, planned: Planned) {
        let (runtime, driver, _) = self.driver.as_ref().unwrap();
        let _inside = runtime.enter();
        driver.execute(planned);
    }

    fn next_event(&mut self, within: Duration) -> Option<Event> {
        let (runtime, _, events) = self.driver.as_mut().unwrap();
        runtime.block_on(async { timeout(within, events.recv()).await.ok().flatten() })
    }

    fn restart(&mut self) {
        if let Some((runtime, ..)) = self.driver.take() {
            runtime.shutdown_background();
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (to, events) = unbounded_channel();
        let driver = Driver::new(Engine::at(&host()), self.place.node.clone(), &self.place.root, to);
        {
            let _inside = runtime.enter();
            drop(driver.watch());
        }
        self.driver = Some((runtime, driver, events));
    }

    fn image(&self) -> &str {
        IMAGE
    }

    fn pod(&self) -> PodRef {
        let node = &self.place.node;
        PodRef::new(format!("law-{node}"), "default", format!("law-{node}"))
    }
}

#[test]
#[ignore = "needs an engine at STANDFAST_DOCKER_HOST"]
fn the_docker_driver_obeys_the_laws() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { drop(witness().await) });
    for (name, law) in LAWS {
        println!("law: {name}");
        law(&mut DockerBench::new());
    }
    println!("standfast-count: laws docker {}", LAWS.len());
}
