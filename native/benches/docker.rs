//! What the agent costs on a real engine, each figure beside the floor: the same pods made and ended by bare calls of the engine's API, in the
//! same run, by turns. `cargo xtask bench docker` finds or starts an engine for it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_precision_loss,
    reason = "a benchmark that cannot run must stop, and its figures are small"
)]

#[path = "docker/floor.rs"]
mod floor;
#[path = "docker/process.rs"]
mod process;
#[path = "../tests/support/mod.rs"]
mod support;
#[path = "docker/witness.rs"]
mod witness;

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use floor::Floor;
use process::Usage;
use support::{IMAGE, Place, agent::Agent, witness as client};
use witness::Witness;

/// It ends at once when it is asked to.
pub const SERVE: &str = "trap 'exit 0' TERM; sleep 100000 & wait";
const ROUNDS: usize = 7;
const BIG_ROUNDS: usize = 3;
const MANY: usize = 20;
const IDLE: Duration = Duration::from_secs(60);
/// What counts as good: at most so much more than the floor, in percent.
const AIM: f64 = 10.0;

/// What is measured, in the order of a pod's life.
const LINES: [&str; 6] = [
    "file dropped -> running, 1 container",
    "container killed -> replacement running",
    "file edited -> new container running",
    "file removed -> gone",
    "file dropped -> running, 3 containers",
    "20 pods up",
];

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut floors: [Vec<Duration>; LINES.len()] = Default::default();
    let mut agents = floors.clone();
    let mut agent = Agent::start().await;
    let mut seen = Witness::start(&agent.docker, &agent.place.node).await;
    let mut floor = Floor::new(client().await, Place::new()).await;
    for round in 0..ROUNDS {
        lives(&mut floors, &floor.life(round).await);
        lives(&mut agents, &life(&agent, &mut seen, round).await);
    }
    for _ in 0..BIG_ROUNDS {
        floors[5].push(floor.many(MANY).await);
        // Another node each time, so that nothing of the last one is in the way.
        agent = Agent::start().await;
        seen = Witness::start(&agent.docker, &agent.place.node).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        agents[5].push(many(&agent, &mut seen).await);
    }
    for (line, (floor, agent)) in LINES.iter().zip(floors.iter_mut().zip(&mut agents)) {
        compare(line, floor, agent);
    }
    idle(&agent, MANY).await;
    agent = Agent::start().await;
    idle(&agent, 0).await;
}

fn lives(all: &mut [Vec<Duration>; LINES.len()], life: &[Duration]) {
    for (line, took) in all.iter_mut().zip(life) {
        line.push(*took);
    }
}

/// One life of a small pod, and the beginning of a bigger one.
async fn life(agent: &Agent, seen: &mut Witness, round: usize) -> Vec<Duration> {
    let (pod, big) = (format!("one{round}"), format!("three{round}"));
    let dropped = timed(seen, async || write(agent, &pod, 1, "a"), |seen| seen.starts == 1).await;
    let id = seen.last.clone();
    let kill = async || support::agent::kill(&agent.docker, &id).await;
    let killed = timed(seen, kill, |seen| seen.starts == 1).await;
    let edited = timed(seen, async || write(agent, &pod, 1, "b"), |seen| seen.starts == 1).await;
    let removed = timed(seen, async || agent.remove(&pod), |seen| seen.sandbox_ends == 1).await;
    let three = timed(seen, async || write(agent, &big, 3, "a"), |seen| seen.starts == 3).await;
    timed(seen, async || agent.remove(&big), |seen| seen.sandbox_ends == 1).await;
    vec![dropped, killed, edited, removed, three]
}

async fn many(agent: &Agent, seen: &mut Witness) -> Duration {
    let write_all = async || (0..MANY).for_each(|pod| write(agent, &format!("many{pod}"), 1, "a"));
    timed(seen, write_all, |seen| seen.starts == MANY).await
}

fn write(agent: &Agent, pod: &str, containers: usize, version: &str) {
    let mut spec = "  containers:\n".to_owned();
    for container in 0..containers {
        let _ = writeln!(
            spec,
            "  - {{name: c{container}, image: '{IMAGE}', command: [sh, -c, \"{SERVE}\"], env: [{{name: V, value: {version}}}]}}"
        );
    }
    agent.write_pod(pod, &spec);
}

/// How long it takes from a deed until the engine has said what is waited for. Then all comes to rest.
pub async fn timed(seen: &mut Witness, deed: impl AsyncFnOnce(), is: impl Fn(&Witness) -> bool) -> Duration {
    seen.forget();
    let begun = Instant::now();
    deed().await;
    while !is(seen) {
        seen.next().await;
    }
    let took = begun.elapsed();
    tokio::time::sleep(Duration::from_millis(400)).await;
    took
}

fn compare(line: &str, floor: &mut [Duration], agent: &mut [Duration]) {
    let (low, high) = (median(floor), median(agent));
    let more = (high / low - 1.0) * 100.0;
    let verdict = if more <= AIM { "within the aim" } else { "above the aim" };
    println!(
        "bench: {line:<40} floor {} agent {} overhead {more:+6.1} % ({verdict} of {AIM} %)",
        range(floor),
        range(agent)
    );
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

/// The median and the range.
fn range(sorted: &[Duration]) -> String {
    let ms = |at: usize| sorted[at].as_millis();
    format!("{:>5} ms ({}-{})", ms(sorted.len() / 2), ms(0), ms(sorted.len() - 1))
}

/// What the agent uses while nothing happens.
async fn idle(agent: &Agent, pods: usize) {
    tokio::time::sleep(Duration::from_secs(5)).await;
    let before = Usage::of(agent.pid().unwrap());
    tokio::time::sleep(IDLE).await;
    let after = Usage::of(agent.pid().unwrap());
    println!(
        "bench: idle for {} s with {pods:>2} pods: {:.3} s of CPU ({:.2} s by ticks; aim 0.1 s), RSS {:.1} MiB, Pss {:.1} MiB (aim 12 MiB)",
        IDLE.as_secs(),
        (after.nanos - before.nanos) as f64 / 1e9,
        (after.ticks - before.ticks) as f64 / 100.0,
        after.rss_kib as f64 / 1024.0,
        after.pss_kib as f64 / 1024.0
    );
}
