//! How much a cluster costs: static pods with mirrors and a daemon set on many simulated nodes, from nothing to all Running, and then at rest.
//!
//! `STANDFAST_NODES` says how many nodes; a thousand unless it is set.

#![expect(clippy::expect_used, reason = "a benchmark that cannot run must stop")]

use std::time::Duration;

use serde_json::json;
use standfast_core::{
    cluster::{ApiRequest, Kind, Selector},
    config::Config,
    sim::World,
    time::Time,
};

const PODS: usize = 100;

fn main() {
    let nodes = std::env::var("STANDFAST_NODES").ok().and_then(|text| text.parse().ok()).unwrap_or(1000);
    let (before_cpu, before_memory) = (cpu_millis(), memory_kib());
    let mut world = World::new(1);
    let names: Vec<_> = (0..nodes)
        .map(|n| {
            let config = Config { node: format!("node{n:04}").into(), api: true, ..Config::default() };
            world.add_node(config).expect("a node")
        })
        .collect();
    world.set_api_server(true);
    world.request(ApiRequest::Apply { object: daemon_set() }).expect("a daemon set");
    for name in &names {
        for pod in 0..PODS {
            world.write(name, &format!("pod{pod:03}.yaml"), manifest(pod).into_bytes()).expect("a file");
        }
    }
    let wanted = nodes * (PODS + 1);
    let mut looked = Time::ZERO;
    let done = world.run_until(Time::from_zero(Duration::from_mins(10)), |world| {
        // Looking costs too: every ten virtual seconds are enough.
        let due = world.now().since(looked) >= Duration::from_secs(10);
        looked = if due { world.now() } else { looked };
        due && running(world) == wanted
    });
    let (cpu, memory) = (cpu_millis() - before_cpu, memory_kib() - before_memory);
    assert!(done, "only {} of {wanted} pods run: {}", running(&world), world.now());
    println!(
        "bench: {wanted} pods on {nodes} nodes all Running in the API: {cpu} ms of CPU, {} steps, {} simulated",
        world.steps(),
        world.now()
    );
    println!("bench: memory: {} MiB", memory / 1024);

    // The last of the statuses that were late are told.
    world.advance(Duration::from_mins(2));
    let (before, steps) = (cpu_millis(), world.steps());
    world.advance(Duration::from_mins(5));
    println!(
        "bench: a quiet minute of them: {} ms of CPU, {} steps",
        (cpu_millis() - before) / 5,
        (world.steps() - steps) / 5
    );
}

fn running(world: &World) -> usize {
    let all = Selector::default();
    let api = world.api().expect("an API server");
    let pods = api.list(Kind::Pod, None, &all).filter_map(|object| object.pod());
    pods.filter(|pod| pod.phase() == "Running").count()
}

fn daemon_set() -> serde_json::Value {
    json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"},
        "spec": {
            "selector": {"matchLabels": {"app": "agent"}},
            "template": {
                "metadata": {"labels": {"app": "agent"}},
                "spec": {"containers": [{"name": "main", "image": "busybox:1.35", "command": ["sh", "-c", "sleep 1000000"]}]},
            },
        },
    })
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
