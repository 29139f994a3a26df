//! Any text as a scenario: it is understood, or the error shows the line that is not; what is understood runs to its end, and a recording of it
//! plays back the same.

use std::sync::Arc;

use standfast_core::{
    cluster::ApiServer,
    scenario::{BedError, Scenario, SimBed, Target, Testbed, run as run_in},
    time::Time,
    trace::{Input, replay},
    view::{NodeView, RecordView},
};

use super::Broken;

/// Then nothing happens any more in the world, whatever time it is.
const ENOUGH: u64 = 3_000;

pub(super) fn run(bytes: &[u8]) -> Result<(), Broken> {
    let text = String::from_utf8_lossy(bytes);
    let scenario = match Scenario::parse(&text) {
        Ok(scenario) => scenario,
        Err(error) => {
            let line = text.lines().nth(error.line.saturating_sub(1) as usize).unwrap_or_default();
            let shown = error.to_string().contains(&error.message);
            return if shown && line == error.text {
                Ok(())
            } else {
                Err(format!("not in the text: {error:?}"))
            };
        }
    };
    let Ok(inner) = SimBed::new(&scenario) else { return Ok(()) };
    let mut bed = Bed { inner, steps: 0, asleep: None };
    // What it expects may well not hold.
    if let Err(failed) = run_in(&scenario, &mut bed) {
        let line = scenario.steps.iter().find(|step| step.line == failed.line);
        if line.is_none_or(|step| step.text != failed.text) {
            return Err(format!("no such step: {failed}"));
        }
    }
    let world = bed.inner.world();
    let again = replay(&world.recording()).map_err(|error| error.to_string())?;
    if again.view() == world.view() { Ok(()) } else { Err("the replayed world looks another way".to_owned()) }
}

/// A simulator that falls asleep, so that a scenario of a thousand years ends.
struct Bed {
    inner: SimBed,
    steps: u64,
    /// What time it dreams it is.
    asleep: Option<Time>,
}

impl Testbed for Bed {
    fn target(&self) -> Target {
        self.inner.target()
    }

    fn now(&mut self) -> Time {
        self.asleep.unwrap_or_else(|| self.inner.now())
    }

    fn apply(&mut self, input: &Input) -> Result<(), BedError> {
        self.inner.apply(input)
    }

    fn advance(&mut self, deadline: Time) -> Time {
        self.steps += 1;
        if self.steps < ENOUGH {
            return self.inner.advance(deadline);
        }
        self.asleep = Some(deadline);
        deadline
    }

    fn view(&mut self) -> NodeView {
        self.inner.view()
    }

    fn records_since(&mut self, seq: u64) -> Vec<RecordView> {
        self.inner.records_since(seq)
    }

    fn output(&mut self, pod: &str, container: &str) -> Result<Vec<String>, BedError> {
        self.inner.output(pod, container)
    }

    fn turn_to(&mut self, node: &str) -> Result<(), BedError> {
        self.inner.turn_to(node)
    }

    fn first_node(&mut self) -> Arc<str> {
        self.inner.first_node()
    }

    fn api(&mut self) -> Result<&ApiServer, BedError> {
        self.inner.api()
    }

    fn type_line(&mut self, host: &str, line: &str) -> Result<(String, bool), BedError> {
        self.inner.type_line(host, line)
    }
}
