//! How much a node costs: a thousand static pods on ten simulated nodes, from nothing to all Running.

#![expect(clippy::expect_used, reason = "a benchmark that cannot run must stop")]

use std::time::Duration;

use standfast_core::{
    config::Config,
    sim::World,
    time::Time,
    view::{NodeView, Phase},
};

const NODES: usize = 10;
const PODS: usize = 100;

fn main() {
    let (before_cpu, before_memory) = (cpu_millis(), memory_kib());
    let mut world = World::new(1);
    let nodes: Vec<_> = (0..NODES)
        .map(|n| {
            let config = Config { node: format!("node{n:02}").into(), ..Config::default() };
            world.add_node(config).expect("a node")
        })
        .collect();
    for node in &nodes {
        for pod in 0..PODS {
            world.write(node, &format!("pod{pod:03}.yaml"), manifest(pod).into_bytes()).expect("a file");
        }
    }
    let mut looked = Time::ZERO;
    let done = world.run_until(Time::from_zero(Duration::from_mins(10)), |world| {
        // Looking costs too: once a virtual second is enough.
        let due = world.now().since(looked) >= Duration::from_secs(1);
        looked = if due { world.now() } else { looked };
        due && world.view().nodes.iter().all(all_run)
    });
    let (cpu, memory) = (cpu_millis() - before_cpu, memory_kib() - before_memory);
    assert!(done, "not all pods run: {}", world.now());
    let pods = u64::try_from(NODES * PODS).expect("a small number");
    println!(
        "bench: {pods} pods on {NODES} nodes all Running: {cpu} ms of CPU, {} steps, {} simulated",
        world.steps(),
        world.now()
    );
    println!("bench: memory per pod: {} KiB", memory / pods);

    let (before, steps) = (cpu_millis(), world.steps());
    world.advance(Duration::from_hours(1));
    println!(
        "bench: an idle hour of them: {} ms of CPU, {} steps",
        cpu_millis() - before,
        world.steps() - steps
    );
}

fn all_run(node: &NodeView) -> bool {
    node.pods.len() == PODS && node.pods.iter().all(|pod| pod.phase == Phase::Running)
}

fn manifest(pod: usize) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web{pod:03}\n  labels: {{app: web}}\nspec:\n  containers:\n  - name: main\n    \
         image: busybox:1.35\n    command: [sh, -c, \"trap 'exit 0' TERM; sleep 100000 & wait\"]\n"
    )
}

/// CPU that this process has used, from the kernel's accounts; 0 where there are none.
fn cpu_millis() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default();
    let ticks: u64 = fields.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    ticks * 10
}

/// Memory that this process holds, in KiB.
fn memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}
