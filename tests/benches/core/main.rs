//! How much nodes cost: from nothing to all Running, idle, and per event with few and with many pods. Aims are printed beside the figures
//! and enforce nothing: a shared machine is no judge.
//!
//! `cargo bench --bench core -- 100 10000` takes these numbers of pods instead of all.

#![expect(clippy::expect_used, reason = "a benchmark that cannot run must stop")]
#![expect(clippy::cast_precision_loss, reason = "figures for people, far below 2^52")]

mod meter;

use std::time::Duration;

use meter::cpu_of;
use standfast_core::{
    config::Config,
    id::NodeName,
    sim::{Ending, Fault, World},
    time::Time,
    view::{NodeView, Phase},
};

/// Pods on each of many nodes: what the kubelet is made for.
const FULL: usize = 100;
const SIZES: [usize; 3] = [100, 10_000, 100_000];
/// How many pods something is done to, spread over all.
const HIT: usize = 50;

fn main() {
    let mut sizes: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = SIZES.to_vec();
        thousand();
    }
    for many in [true, false] {
        let costs: Vec<Costs> = sizes.iter().map(|pods| events(*pods, many)).collect();
        compare(&costs);
    }
}

/// A thousand pods on ten nodes.
fn thousand() {
    const PODS: u32 = 1_000;
    let (held, resident) = (meter::held(), meter::resident());
    let mut room = None;
    let cpu = cpu_of(|| room = Some(Room::new(1_000, true)));
    let mut room = room.expect("it was made");
    println!(
        "bench: {PODS} pods on {} nodes all Running: {:.0} ms of CPU (aim: 60-70), {} steps, {} simulated",
        room.nodes.len(),
        millis(cpu),
        room.world.steps(),
        room.world.now()
    );
    let per_pod = |bytes: usize| bytes as f64 / 1_024.0 / f64::from(PODS);
    println!(
        "bench: memory per idle pod: {:.1} KiB allocated (aim: 5), {:.1} KiB resident",
        per_pod(meter::held() - held),
        per_pod(meter::resident() - resident)
    );
    let steps = room.world.steps();
    let cpu = cpu_of(|| room.world.advance(Duration::from_hours(1)));
    println!(
        "bench: an idle hour of them: {:.0} ms of CPU, {} steps",
        millis(cpu),
        room.world.steps() - steps
    );
    let looks = cpu_of(|| (0..100).for_each(|_| drop(room.world.view())));
    println!("bench: looking at all of them with nothing changed: {:.2} ms of CPU", millis(looks) / 100.0);
}

/// CPU per step of a world while one kind of thing happens.
struct Costs {
    pods: usize,
    of: Vec<(&'static str, f64)>,
}

fn events(pods: usize, many_nodes: bool) -> Costs {
    let mut room = Room::new(pods, many_nodes);
    let mut of = Vec::new();
    let mut measure = |room: &mut Room, what, work: &mut dyn FnMut(&mut Room)| {
        let steps = room.world.steps();
        let cpu = cpu_of(|| work(room));
        of.push((what, millis(cpu) * 1_000.0 / (room.world.steps() - steps).max(1) as f64));
    };
    measure(&mut room, "probe results and timeouts", &mut |room| room.world.advance(Duration::from_mins(2)));
    measure(&mut room, "exits and restarts", &mut |room| room.each(Room::kill));
    measure(&mut room, "file edits", &mut |room| room.each(|room, at| room.write(at, 2)));
    let on = if many_nodes { "many nodes" } else { "one node" };
    let told: Vec<String> = of.iter().map(|(what, cost)| format!("{what} {cost:.1} \u{b5}s")).collect();
    println!("bench: CPU per event, {pods} pods on {on}: {}", told.join(", "));
    Costs { pods, of }
}

fn compare(costs: &[Costs]) {
    let (Some(first), Some(last)) = (costs.first(), costs.last()) else { return };
    if first.pods == last.pods {
        return;
    }
    for ((what, few), (_, many)) in first.of.iter().zip(&last.of) {
        println!(
            "bench:   {what}: {:.1} times as much with {} pods as with {} (aim: at most 2)",
            many / few,
            last.pods,
            first.pods
        );
    }
}

/// A world whose pods all run.
struct Room {
    world: World,
    nodes: Vec<NodeName>,
    pods: usize,
}

impl Room {
    fn new(pods: usize, many_nodes: bool) -> Self {
        let mut world = World::new(1);
        let per_node = if many_nodes { FULL.min(pods) } else { pods };
        let nodes = (0..pods / per_node)
            .map(|n| {
                let max_pods = u32::try_from(per_node.max(110)).expect("a small number");
                let config = Config { node: format!("node{n:04}").into(), max_pods, ..Config::default() };
                world.add_node(config).expect("a node")
            })
            .collect();
        let mut room = Self { world, nodes, pods };
        (0..pods).for_each(|at| room.write(at, 1));
        let mut looked = Time::ZERO;
        let done = room.world.run_until(Time::from_zero(Duration::from_hours(2)), |world| {
            // Looking costs too: once a virtual second is enough.
            let due = world.now().since(looked) >= Duration::from_secs(1);
            looked = if due { world.now() } else { looked };
            due && world.view().nodes.iter().all(|node| all_run(node, per_node))
        });
        assert!(done, "not all pods run: {}", room.world.now());
        room
    }

    fn node(&self, at: usize) -> NodeName {
        self.nodes[at * self.nodes.len() / self.pods].clone()
    }

    fn write(&mut self, at: usize, version: u32) {
        let node = self.node(at);
        self.world
            .write(&node, &format!("pod{at:06}.yaml"), manifest(at, version).into_bytes())
            .expect("a file");
    }

    fn kill(&mut self, at: usize) {
        let fault = Fault::Kill {
            pod: format!("web{at:06}").into(),
            container: "main".into(),
            how: Ending::Exit { code: 1 },
        };
        let node = self.node(at);
        self.world.inject(&node, &fault).expect("a container");
    }

    /// Does something to some pods one after another, and lets what comes of it happen.
    fn each(&mut self, mut work: impl FnMut(&mut Self, usize)) {
        for hit in 0..HIT {
            work(self, hit * (self.pods / HIT));
            self.world.advance(Duration::from_millis(10));
        }
        self.world.advance(Duration::from_secs(2));
    }
}

fn all_run(node: &NodeView, pods: usize) -> bool {
    node.pods.len() == pods && node.pods.iter().all(|pod| pod.phase == Phase::Running)
}

/// Every tenth has a probe.
fn manifest(pod: usize, version: u32) -> String {
    let probe = if pod.is_multiple_of(10) {
        "    readinessProbe: {exec: {command: [\"true\"]}, periodSeconds: 10}\n"
    } else {
        ""
    };
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web{pod:06}\n  labels: {{app: web, version: \"{version}\"}}\nspec:\n  containers:\n  - name: main\n    \
         image: busybox:1.35\n    command: [sh, -c, \"trap 'exit 0' TERM; sleep 100000 & wait\"]\n{probe}"
    )
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
