//! The core's simulated runtime in real time: an agent without containers, where no engine answers.

use std::time::Duration;

use standfast_core::{
    contract::{Event, Planned},
    sim::Runtime,
    time::UnixSeconds,
};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinHandle,
    time::sleep,
};

use crate::clock::Clock;

/// Executes runtime actions in a simulator.
#[derive(Debug)]
pub struct Simulator {
    orders: UnboundedSender<Planned>,
    /// Runs the simulator; aborted with it.
    task: JoinHandle<()>,
}

impl Simulator {
    /// An empty simulator that reports to `events`.
    #[must_use]
    pub fn start(seed: u64, clock: Clock, events: UnboundedSender<Event>) -> Self {
        let (orders, inbox) = unbounded_channel();
        let runtime = Runtime::new(seed, UnixSeconds(0), 0);
        Self { orders, task: tokio::spawn(follow(runtime, clock, inbox, events)) }
    }

    /// Executes an action; its answer comes as an event.
    pub fn execute(&self, planned: Planned) {
        // Its task ends only with the agent.
        let _ = self.orders.send(planned);
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn follow(
    mut runtime: Runtime,
    clock: Clock,
    mut orders: UnboundedReceiver<Planned>,
    events: UnboundedSender<Event>,
) {
    loop {
        while let Some(event) = runtime.poll(clock.now()) {
            if events.send(event).is_err() {
                return;
            }
        }
        let next = runtime.next_event_at().map(|at| clock.until(at));
        tokio::select! {
            planned = orders.recv() => match planned {
                Some(planned) => runtime.execute(clock.now(), planned),
                None => return,
            },
            () = sleep(next.unwrap_or(Duration::MAX)), if next.is_some() => {}
        }
    }
}
