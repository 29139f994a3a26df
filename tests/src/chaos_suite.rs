//! Whatever is done to a node, in the end it is what its folder says.
//!
//! Each seed is a story: files come, change, break and go, containers and sandboxes die, hints get lost, the runtime and the kubelet go
//! away and come back. Then everything is healed, and the node must settle: each accepted file's pod runs once, and nothing else is left.

use std::{collections::BTreeMap, time::Duration};

use standfast_core::{
    config::{Config, Policies},
    contract::{RunState, SandboxState},
    id::NodeName,
    rng::Rng,
    sim::{Ending, Fault, World},
    time::Time,
    trace::replay,
    view::Phase,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::say;

const STORIES: u64 = 40;
/// Seeds that once found something.
const KNOWN: [u64; 1] = [721];
const DEEDS: u64 = 40;
const PODS: u64 = 4;

#[wasm_bindgen_test(unsupported = test)]
fn a_node_becomes_what_its_folder_says() {
    for seed in (0..STORIES).chain(KNOWN) {
        Story::new(seed).run();
    }
    say(&format!("standfast-count: stories {} {STORIES}", crate::host()));
}

struct Story {
    seed: u64,
    rng: Rng,
    world: World,
    node: NodeName,
    /// What each file should hold in the end: the pod's name, when it is accepted.
    files: BTreeMap<String, Option<String>>,
}

impl Story {
    fn new(seed: u64) -> Self {
        let mut world = World::new(seed);
        world.trace();
        let policies = if seed.is_multiple_of(2) { Policies::KUBELET } else { Policies::AGENT };
        let node = world.add_node(Config { policies, ..Config::default() }).unwrap();
        Self { seed, rng: Rng::new(seed ^ 0x00c0_ffee), world, node, files: BTreeMap::new() }
    }

    fn run(&mut self) {
        for _ in 0..DEEDS {
            self.deed();
            let longest = if self.rng.below(4) == 0 { 30_000 } else { 1_500 };
            let pause = self.rng.below(longest);
            self.world.advance(Duration::from_millis(pause));
        }
        self.heal();
        self.world.advance(Duration::from_mins(3));
        self.assert_settled();
        replay(&self.world.recording()).unwrap_or_else(|error| panic!("seed {}: {error}", self.seed));
        for file in std::mem::take(&mut self.files).into_keys() {
            self.world.remove(&self.node, &file).unwrap();
        }
        self.world.advance(Duration::from_mins(3));
        self.assert_settled();
    }

    fn deed(&mut self) {
        let file = format!("f{}.yaml", self.rng.below(PODS));
        let pod = format!("p{}", self.rng.below(PODS));
        let fault = match self.rng.below(16) {
            0..=5 => return self.write(&file),
            6 => {
                self.world.write(&self.node, &file, *b"broken: [").unwrap();
                self.files.insert(file, None);
                return;
            }
            7 | 8 => {
                if self.files.remove(&file).is_some() {
                    self.world.remove(&self.node, &file).unwrap();
                }
                return;
            }
            9 => return self.world.restart_kubelet(&self.node).unwrap(),
            10 => {
                self.world.stop_kubelet(&self.node).unwrap();
                return;
            }
            11 => return self.world.start_kubelet(&self.node).unwrap(),
            12 => Fault::Kill { pod: pod.into(), container: "main".into(), how: Ending::Exit { code: 1 } },
            13 => Fault::RemoveContainer { pod: pod.into(), container: "main".into() },
            14 => Fault::KillSandbox { pod: pod.into() },
            _ => match self.rng.below(4) {
                0 => Fault::LoseEvents { on: true },
                1 => Fault::LoseEvents { on: false },
                2 => Fault::RuntimeDown,
                _ => Fault::RuntimeUp,
            },
        };
        // Faults name pods that may not be there.
        let _ = self.world.inject(&self.node, &fault);
    }

    fn write(&mut self, file: &str) {
        // Names differ by file, so that no two files hold one pod.
        let pod = file.replace('f', "p").replace(".yaml", "");
        let behaviour = ["run", "ignore-term", "slow-stop, 3s"][usize::try_from(self.rng.below(3)).unwrap()];
        let grace = 1 + self.rng.below(5);
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {pod}}}\nspec:\n  terminationGracePeriodSeconds: {grace}\n  \
             containers:\n  - {{name: main, image: 'lab:1', args: [{behaviour}]}}\n"
        );
        self.world.write(&self.node, file, text.into_bytes()).unwrap();
        self.files.insert(file.to_owned(), Some(format!("{pod}-node01")));
    }

    /// Nothing is broken any more, and every file holds a pod.
    fn heal(&mut self) {
        self.world.inject(&self.node, &Fault::RuntimeUp).unwrap();
        self.world.inject(&self.node, &Fault::LoseEvents { on: false }).unwrap();
        self.world.start_kubelet(&self.node).unwrap();
        let broken: Vec<String> =
            self.files.iter().filter(|(_, pod)| pod.is_none()).map(|(file, _)| file.clone()).collect();
        for file in broken {
            self.write(&file);
        }
        // The longest back-off passes.
        self.world.advance(Duration::from_mins(8));
    }

    fn assert_settled(&self) {
        let (seed, view) = (self.seed, self.world.node_view(&self.node).unwrap());
        let mut wanted: Vec<String> = self.files.values().flatten().cloned().collect();
        wanted.sort();
        let found: Vec<&str> = view.pods.iter().map(|pod| &*pod.id.name).collect();
        assert_eq!(found, wanted, "seed {seed}: these pods");
        for pod in &view.pods {
            assert_eq!(pod.phase, Phase::Running, "seed {seed}: {}\n{}", pod.id.name, self.journal());
        }
        let state = self.world.runtime_state(&self.node).unwrap();
        let ready = state.sandboxes.iter().filter(|it| it.state == SandboxState::Ready);
        let mut sandboxes: Vec<&str> = ready.map(|it| &*it.pod.name).collect();
        sandboxes.sort_unstable();
        assert_eq!(sandboxes, wanted, "seed {seed}: one ready sandbox each\n{}", self.journal());
        let running = state.containers.iter().filter(|it| matches!(it.state, RunState::Running { .. }));
        let mut containers: Vec<&str> = running.map(|it| &*it.pod.name).collect();
        containers.sort_unstable();
        assert_eq!(containers, wanted, "seed {seed}: one running container each\n{}", self.journal());
        let uids: Vec<_> = view.pods.iter().map(|pod| &pod.id.uid).collect();
        let strange = state.containers.iter().filter(|it| !uids.contains(&&it.pod.uid)).count();
        assert_eq!(strange, 0, "seed {seed}: nothing of pods that are gone\n{}", self.journal());
    }

    fn journal(&self) -> String {
        let records = self.world.records_since(&self.node, 0).unwrap();
        let start = records.len().saturating_sub(60);
        records[start..]
            .iter()
            .fold(String::new(), |all, it| all + &standfast_core::scenario::line(it, Time::ZERO) + "\n")
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn equal_seeds_make_equal_worlds() {
    let digest = |seed| {
        let mut story = Story::new(seed);
        for _ in 0..DEEDS {
            story.deed();
            story.world.advance(Duration::from_secs(2));
        }
        (story.world.digest(), story.world.now())
    };
    assert_eq!(digest(7), digest(7));
    assert_ne!(digest(7), digest(8));
    assert!(digest(7).1 > Time::ZERO);
}
