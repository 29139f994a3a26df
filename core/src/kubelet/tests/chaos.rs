//! A kubelet whose answers come late and in any order, that is killed at any moment, while containers die, vanish and manifests change.
//! Then everything heals, and the node must be as its folder says. One seed reproduces a run.

use std::{collections::BTreeMap, sync::Arc};

use super::{Node, container, pod, probe};
use crate::{
    config::{Config, Policies},
    contract::{Action, Event, Exit, ExitReason, Planned, ProbeKind, Probed, RunState, SandboxState},
    id::PodRef,
    kubelet::Kubelet,
    manifest::Pod,
    rng::Rng,
    source::Changes,
};

/// Seeds that once failed stay here for ever.
const KNOWN: [u64; 3] = [2164, 26, 65];
const SEEDS: u64 = 150;

struct Run {
    node: Node,
    rng: Rng,
    /// Planned and not executed.
    planned: Vec<Planned>,
    /// Executed and not answered.
    answers: Vec<Event>,
    /// Told by the runtime and not delivered.
    edges: Vec<Event>,
    /// What the folder holds, by file.
    folder: BTreeMap<&'static str, Arc<Pod>>,
    versions: u32,
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let policies = if rng.below(2) == 0 { Policies::KUBELET } else { Policies::AGENT };
        let mut node = Node::new(Config { policies, ..Config::default() });
        node.image("nginx", true);
        Self {
            node,
            rng,
            planned: Vec::new(),
            answers: Vec::new(),
            edges: Vec::new(),
            folder: BTreeMap::new(),
            versions: 0,
        }
    }

    fn step(&mut self) {
        match self.rng.below(100) {
            0..40 => self.execute_one(),
            40..70 => self.answer_one(),
            70..78 => self.edge(),
            78..84 => self.edit(),
            84..88 => self.die(),
            88..90 => self.vanish(),
            90..91 => self.kill_kubelet(),
            91..92 => self.change_mind(),
            92..93 => {
                self.edges.clear();
                let planned = self.node.kubelet.handle(self.node.now, Event::EdgesLost);
                self.planned.extend(planned);
            }
            _ => self.wait(),
        }
        self.check();
    }

    fn pick<T>(rng: &mut Rng, from: &mut Vec<T>) -> Option<T> {
        if from.is_empty() {
            return None;
        }
        let at = usize::try_from(rng.below(from.len() as u64)).unwrap();
        Some(from.remove(at))
    }

    fn execute_one(&mut self) {
        let Some(next) = Self::pick(&mut self.rng, &mut self.planned) else { return };
        let (outcome, told) = self.node.act(&next.action);
        self.edges.extend(told);
        self.answers.push(Event::Finished { id: next.id, outcome });
    }

    fn answer_one(&mut self) {
        let Some(event) = Self::pick(&mut self.rng, &mut self.answers) else { return };
        self.tell(event);
    }

    fn edge(&mut self) {
        let Some(event) = Self::pick(&mut self.rng, &mut self.edges) else { return };
        self.tell(event);
    }

    fn tell(&mut self, event: Event) {
        let planned = self.node.kubelet.handle(self.node.now, event);
        self.planned.extend(planned);
    }

    fn wait(&mut self) {
        let Some(wakeup) = self.node.kubelet.next_wakeup() else { return };
        self.node.now = wakeup.at.max(self.node.now);
        self.tell(Event::Timeout);
    }

    fn edit(&mut self) {
        let file = if self.rng.below(2) == 0 { "a" } else { "b" };
        let old = self.folder.remove(file);
        let mut changes = Changes { removed: old.into_iter().collect(), ..Changes::default() };
        if self.rng.below(4) != 0 {
            // Half of the time a version that was there before, so that uids return.
            self.versions += 1;
            let version = if self.rng.below(2) == 0 { self.versions } else { self.versions / 2 };
            let mut probed = container("c", "nginx");
            probed.probes.readiness = Some(probe(1));
            probed.probes.liveness = Some(probe(2));
            let mut new = (*pod(&format!("{file}{version}"), vec![probed, container("d", "nginx")])).clone();
            new.id = PodRef::new(new.id.uid.as_str(), "default", format!("{file}-node01"));
            let new = Arc::new(new);
            if changes.removed.first().is_some_and(|old| old.id.uid == new.id.uid) {
                changes.removed.clear();
            } else {
                changes.added.push(new.clone());
            }
            self.folder.insert(file, new);
        }
        self.node.kubelet.on_changes(self.node.now, changes);
        self.tell(Event::Timeout);
    }

    fn die(&mut self) {
        let now = self.node.now;
        let running: Vec<usize> = (0..self.node.runtime.containers.len())
            .filter(|at| matches!(self.node.runtime.containers[*at].state, RunState::Running { .. }))
            .collect();
        let Some(at) = Self::pick(&mut self.rng, &mut running.clone()) else { return };
        let exit =
            Exit { code: 1, reason: ExitReason::Error, started: None, finished: now, message: "".into() };
        let report = &mut self.node.runtime.containers[at];
        report.state = RunState::Exited(exit.clone());
        self.edges.push(Event::Exited { instance: report.instance.clone(), exit });
    }

    fn vanish(&mut self) {
        if self.rng.below(2) == 0 {
            let Some(at) = (!self.node.runtime.containers.is_empty())
                .then(|| self.rng.below(self.node.runtime.containers.len() as u64))
            else {
                return;
            };
            let gone = self.node.runtime.containers.remove(usize::try_from(at).unwrap());
            self.edges.push(Event::ContainerGone { instance: gone.instance });
        } else if let Some(sandbox) = self.node.runtime.sandboxes.last_mut() {
            sandbox.state = SandboxState::NotReady;
            self.edges.push(Event::SandboxGone { sandbox: sandbox.id.clone() });
        }
    }

    /// A probe finds something else from now on.
    fn change_mind(&mut self) {
        let kind = if self.rng.below(2) == 0 { ProbeKind::Liveness } else { ProbeKind::Readiness };
        match self.rng.below(3) {
            0 => self.node.probes.insert(kind, Probed::Failure("no".into())),
            1 => self.node.probes.insert(kind, Probed::Error("who knows".into())),
            _ => self.node.probes.remove(&kind),
        };
    }

    /// What was executed stays done, what was not never will be; nothing of it is answered.
    fn kill_kubelet(&mut self) {
        for _ in 0..self.rng.below(3) {
            self.execute_one();
        }
        self.planned.clear();
        self.answers.clear();
        self.edges.clear();
        let seed = self.rng.next_u64();
        self.node.kubelet = Kubelet::new(self.node.config.clone(), seed);
        let planned = self.node.kubelet.start(self.node.now);
        self.planned = planned;
        let added = self.folder.values().cloned().collect();
        self.node.kubelet.on_changes(self.node.now, Changes { added, ..Changes::default() });
        self.tell(Event::Timeout);
    }

    /// Never two instances of one container of one pod at once.
    fn check(&self) {
        let mut seen = BTreeMap::new();
        for report in &self.node.runtime.containers {
            if matches!(report.state, RunState::Running { .. }) {
                let key = (report.instance.pod.clone(), report.instance.container.clone());
                assert_eq!(
                    seen.insert(key, report.instance.clone()),
                    None,
                    "two at once of {}",
                    report.instance
                );
            }
        }
    }

    /// No more faults: everything that is planned is done and told.
    fn heal(&mut self) {
        self.node.probes.clear();
        let end = self.node.now + std::time::Duration::from_secs(1200);
        loop {
            while !(self.planned.is_empty() && self.answers.is_empty() && self.edges.is_empty()) {
                self.execute_one();
                self.answer_one();
                self.edge();
                self.check();
            }
            match self.node.kubelet.next_wakeup() {
                Some(wakeup) if wakeup.at <= end => self.wait(),
                Some(_) | None => return,
            }
        }
    }

    fn converged(&self, seed: u64) {
        let mut wanted: Vec<String> = self
            .folder
            .values()
            .flat_map(|pod| pod.spec.containers.iter().map(|c| format!("{}/{}", pod.id.uid, c.name)))
            .collect();
        let mut running: Vec<String> = self
            .node
            .runtime
            .containers
            .iter()
            .filter(|report| matches!(report.state, RunState::Running { .. }))
            .map(|report| format!("{}/{}", report.instance.pod, report.instance.container))
            .collect();
        wanted.sort();
        running.sort();
        assert_eq!(running, wanted, "seed {seed}");
        let ready = self.node.runtime.sandboxes.iter().filter(|s| s.state == SandboxState::Ready).count();
        assert_eq!(ready, self.folder.len(), "seed {seed}: one sandbox a pod");
        let foreign = |uid: &crate::id::PodUid| !self.folder.values().any(|pod| &pod.id.uid == uid);
        let left: Vec<_> =
            self.node.runtime.containers.iter().filter(|report| foreign(&report.instance.pod)).collect();
        assert!(left.is_empty(), "seed {seed}: not cleaned away: {left:?}");
        for view in self.node.pods() {
            assert_eq!((&*view.status, view.ready), ("Running", (2, 2)), "seed {seed}: {view:?}");
        }
    }
}

#[test]
fn whatever_happens_the_node_becomes_what_its_folder_says() {
    for seed in KNOWN.into_iter().chain(0..SEEDS) {
        let mut run = Run::new(seed);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for _ in 0..400 {
                run.step();
            }
            run.heal();
            run.converged(seed);
        }));
        if result.is_err() {
            for record in run.node.kubelet.records_since(0) {
                let pod = record.pod.map(|pod| pod.uid.to_string()).unwrap_or_default();
                let because = record.because.unwrap_or_default();
                println!("{} {pod} {} ({because})", record.at, record.text);
            }
            println!(
                "planned {:#?}",
                run.planned.iter().map(|p| format!("{} {}", p.id, p.action)).collect::<Vec<_>>()
            );
            println!("runtime {:#?}", run.node.runtime);
            panic!("seed {seed}");
        }
    }
}

#[test]
fn an_action_is_planned_once_for_each_thing() {
    let mut run = Run::new(1);
    for _ in 0..2000 {
        run.step();
        let makes: Vec<_> = run
            .planned
            .iter()
            .filter(|p| matches!(p.action, Action::CreateContainer { .. }))
            .map(|p| &p.action)
            .collect();
        for (at, action) in makes.iter().enumerate() {
            assert!(!makes[..at].contains(action), "planned twice: {action}");
        }
    }
}
