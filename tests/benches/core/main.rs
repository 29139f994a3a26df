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
        for pods in &sizes {
            quiet(*pods, many);
        }
    }
}

/// A thousand pods on ten nodes.
fn thousand() {
    const PODS: u32 = 1_000;
    let (held, resident) = (meter::held(), meter::resident());
    let mut room = None;
    let cpu = cpu_of(|| room = Some(Room::new(1_000, true, Pace::Usual)));
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

/// CPU of one event, with all that follows from it.
struct Costs {
    pods: usize,
    of: Vec<(&'static str, f64)>,
}

/// On a node that does nothing by the clock, so that all it does is for the events.
fn events(pods: usize, many_nodes: bool) -> Costs {
    let mut room = Room::new(pods, many_nodes, Pace::Still);
    let mut of = Vec::new();
    let mut measured =
        |what, events: usize, cpu: Duration| of.push((what, millis(cpu) * 1_000.0 / events as f64));
    measured("a container's end", HIT, room.each(Room::kill));
    measured("an edited file", HIT, room.each(|room, at| room.write(at, Text::Edited)));
    measured("a removed container", HIT, room.each(Room::remove));
    room.each(|room, at| room.write(at, Text::Probed));
    measured("a probe's result", HIT * 12, cpu_of(|| room.world.advance(Duration::from_mins(2))));
    let told: Vec<String> = of.iter().map(|(what, cost)| format!("{what} {cost:.0} \u{b5}s")).collect();
    println!("bench: CPU per event, {pods} pods on {}: {}", place(many_nodes), told.join(", "));
    Costs { pods, of }
}

/// A minute in which nothing happens but what the clock brings: full passes, lists, second looks, probes.
fn quiet(pods: usize, many_nodes: bool) {
    let mut room = Room::new(pods, many_nodes, Pace::Usual);
    room.world.advance(Duration::from_mins(3));
    let steps = room.world.steps();
    let cpu = cpu_of(|| room.world.advance(Duration::from_mins(5))) / 5;
    println!(
        "bench: a quiet minute of {pods} pods on {}: {:.1} ms of CPU, {:.2} \u{b5}s for each pod, {} steps",
        place(many_nodes),
        millis(cpu),
        millis(cpu) * 1_000.0 / pods as f64,
        (room.world.steps() - steps) / 5
    );
}

const fn place(many_nodes: bool) -> &'static str {
    if many_nodes { "many nodes" } else { "one node" }
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

/// What the clock brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    /// As nodes are set by themselves, and every tenth pod has a probe.
    Usual,
    /// Nothing.
    Still,
}

/// A world whose pods all run.
struct Room {
    world: World,
    nodes: Vec<NodeName>,
    pods: usize,
}

impl Room {
    fn new(pods: usize, many_nodes: bool, pace: Pace) -> Self {
        let mut world = World::new(1);
        let per_node = if many_nodes { FULL.min(pods) } else { pods };
        let nodes = (0..pods / per_node)
            .map(|n| {
                let max_pods = u32::try_from(per_node.max(110)).expect("a small number");
                let mut config = Config { node: format!("node{n:04}").into(), max_pods, ..Config::default() };
                if pace == Pace::Still {
                    config.file_check_frequency = Duration::from_hours(24);
                    config.sync_frequency = Duration::from_hours(24);
                    config.relist_period = Duration::from_hours(24);
                }
                world.add_node(config).expect("a node")
            })
            .collect();
        let mut room = Self { world, nodes, pods };
        let first = |at: usize| match pace {
            Pace::Usual if at.is_multiple_of(10) => Text::Probed,
            Pace::Usual | Pace::Still => Text::Plain,
        };
        (0..pods).for_each(|at| room.write(at, first(at)));
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

    fn write(&mut self, at: usize, text: Text) {
        let node = self.node(at);
        let text = manifest(at, text);
        self.world.write(&node, &format!("pod{at:06}.yaml"), text.into_bytes()).expect("a file");
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

    fn remove(&mut self, at: usize) {
        let fault = Fault::RemoveContainer { pod: format!("web{at:06}").into(), container: "main".into() };
        let node = self.node(at);
        self.world.inject(&node, &fault).expect("a container");
    }

    /// Does something to some pods one after another, and lets what comes of it happen: gives what that costs.
    fn each(&mut self, mut work: impl FnMut(&mut Self, usize)) -> Duration {
        let mut cost = Duration::ZERO;
        for hit in 0..HIT {
            work(self, hit * (self.pods / HIT));
            cost += cpu_of(|| self.world.advance(Duration::from_millis(10)));
        }
        cost + cpu_of(|| self.world.advance(Duration::from_mins(2)))
    }
}

fn all_run(node: &NodeView, pods: usize) -> bool {
    node.pods.len() == pods && node.pods.iter().all(|pod| pod.phase == Phase::Running)
}

/// What a manifest says beside a pod's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Text {
    Plain,
    Edited,
    Probed,
}

fn manifest(pod: usize, text: Text) -> String {
    let version = if text == Text::Edited { 2 } else { 1 };
    let probe = match text {
        Text::Plain | Text::Edited => "",
        Text::Probed => "    readinessProbe: {exec: {command: [\"true\"]}, periodSeconds: 10}\n",
    };
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web{pod:06}\n  labels: {{app: web, version: \"{version}\"}}\nspec:\n  containers:\n  - name: main\n    \
         image: busybox:1.35\n    command: [sh, -c, \"trap 'exit 0' TERM; sleep 100000 & wait\"]\n{probe}"
    )
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
