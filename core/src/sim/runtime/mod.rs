//! The simulated container runtime of one node.
//!
//! Latencies are those of containerd on a quiet machine: a sandbox 0.2 s, a container 20 ms, its start 0.1 s, and 40 to 140 ms until it is known
//! that a process has ended.

mod actions;
mod faults;
mod probe;

pub use self::faults::Executed;
pub(in crate::sim) use self::probe::Exec;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use super::{
    container::{Container, STOP_LATENCY, Surroundings},
    disk::Disk,
    images::{self, NoImage, Reference},
    queue::Queue,
    shell::{LogLine, Stream, control_plane},
};
use crate::{
    contract::{
        Action, Event, ExitReason, Failure, ImageInfo, Outcome, Planned, RunState, RuntimeState,
        SandboxReport, SandboxSpec, SandboxState,
    },
    id::{ActionId, InstanceId, PodRef, PodUid, SandboxId},
    rng::Rng,
    time::{Time, UnixSeconds},
};

/// A sans-IO container runtime: the other half of the contract.
#[derive(Clone, Debug)]
pub struct Runtime {
    /// The third number of its pods' addresses.
    subnet: u8,
    epoch: UnixSeconds,
    rng: Rng,
    queue: Queue<Job>,
    ready: VecDeque<Event>,
    sandboxes: BTreeMap<SandboxId, Sandbox>,
    /// Boxed, because a tree keeps room for entries that are not there.
    containers: BTreeMap<InstanceId, Box<Container>>,
    /// Pods on the host's network.
    on_host: BTreeSet<PodUid>,
    /// Sandboxes that publish ports on the host.
    publishing: BTreeSet<SandboxId>,
    images: BTreeMap<Arc<str>, ImageInfo>,
    disk: Disk,
    addresses: u8,
    missing: BTreeSet<String>,
    slow: BTreeMap<String, Duration>,
    down: bool,
    losing: bool,
    control_plane: ControlPlane,
}

/// Whether it has ever had a part of a control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ControlPlane {
    /// Never.
    None,
    /// It has, and no process has done anything since somebody asked.
    Quiet,
    /// It has, and what it serves may have changed since somebody asked.
    Stirred,
}

impl ControlPlane {
    /// Some process did something.
    fn stir(&mut self) {
        if *self == Self::Quiet {
            *self = Self::Stirred;
        }
    }
}

#[derive(Clone, Debug)]
struct Sandbox {
    report: SandboxReport,
    spec: Arc<SandboxSpec>,
}

#[derive(Clone, Debug)]
enum Job {
    /// Does what was planned, and answers.
    Do { id: Option<ActionId>, action: Box<Action> },
    /// A process goes on.
    Wake(InstanceId),
    /// It is noticed that a process has ended.
    Reap(InstanceId),
    /// A command in a container goes on, or has taken too long.
    Exec(InstanceId),
    /// The patience of a stop is over.
    Kill(InstanceId),
    /// An API server gives up when it cannot reach its store.
    Store(InstanceId),
}

impl Runtime {
    /// An empty runtime. `subnet` tells its pods' addresses from other nodes'.
    #[must_use]
    pub fn new(seed: u64, epoch: UnixSeconds, subnet: u8) -> Self {
        Self {
            subnet,
            epoch,
            rng: Rng::new(seed),
            queue: Queue::default(),
            ready: VecDeque::new(),
            sandboxes: BTreeMap::new(),
            containers: BTreeMap::new(),
            on_host: BTreeSet::new(),
            publishing: BTreeSet::new(),
            images: BTreeMap::new(),
            disk: Disk::default(),
            addresses: 1,
            missing: BTreeSet::new(),
            slow: BTreeMap::new(),
            down: false,
            losing: false,
            control_plane: ControlPlane::None,
        }
    }

    /// Begins to do what was planned. Its one answer comes out of [`poll`](Self::poll).
    pub fn execute(&mut self, now: Time, planned: Planned) {
        let latency = if self.down { Duration::from_millis(1) } else { self.latency(&planned.action) };
        let latency = self.rng.jitter(latency, 0.1);
        self.queue.push(now + latency, Job::Do { id: Some(planned.id), action: Box::new(planned.action) });
    }

    /// When something happens next.
    #[must_use]
    pub fn next_event_at(&self) -> Option<Time> {
        if self.ready.is_empty() { self.queue.next_at() } else { Some(Time::ZERO) }
    }

    /// What has happened up to `now`, one thing at a time.
    pub fn poll(&mut self, now: Time) -> Option<Event> {
        while self.ready.is_empty() {
            match self.queue.pop(now)? {
                Job::Do { id, action } => self.perform(now, id, *action),
                Job::Exec(instance) => self.go_on_with_execs(now, &instance),
                Job::Wake(instance) => self.wake(now, &instance),
                Job::Reap(instance) => self.reap(now, &instance),
                Job::Kill(instance) => self.lose_patience(now, &instance),
                Job::Store(instance) => self.miss_store(now, &instance),
            }
        }
        self.ready.pop_front()
    }

    /// Its client is gone: nobody waits for answers any more. What was begun goes on.
    pub fn forget_client(&mut self) {
        for job in self.queue.values_mut() {
            if let Job::Do { id, .. } = job {
                *id = None;
            }
        }
        for container in self.containers.values_mut() {
            container.stops.clear();
            for exec in &mut container.execs {
                exec.id = None;
            }
        }
        self.ready.clear();
    }

    /// The power goes: all that runs is dead without having been told, and what was under way is lost.
    pub fn power_off(&mut self, now: Time) {
        self.queue = Queue::default();
        self.ready.clear();
        let clock = self.epoch.at(now).0;
        for container in self.containers.values_mut().filter(|it| it.is_running()) {
            container.stops.clear();
            container.execs.clear();
            let around = Surroundings { disk: &mut self.disk, now, clock };
            container.end(255, ExitReason::Error, &around);
        }
        for sandbox in self.sandboxes.values_mut() {
            sandbox.report.state = SandboxState::NotReady;
        }
    }

    /// Its files.
    pub(in crate::sim) fn disk(&self) -> &Disk {
        &self.disk
    }

    pub(in crate::sim) fn disk_mut(&mut self) -> &mut Disk {
        &mut self.disk
    }

    /// Whether it has a part of a control plane, and some process has done something since the last call.
    pub(in crate::sim) fn control_plane_stirred(&mut self) -> bool {
        let stirred = self.control_plane == ControlPlane::Stirred;
        if stirred {
            self.control_plane = ControlPlane::Quiet;
        }
        stirred
    }

    /// Whether a program of this name runs here in some container and answers on its port.
    #[must_use]
    pub fn serves(&self, program: &str) -> bool {
        let named = self.containers.values().filter(|it| it.image.name == program && it.is_running());
        named.filter_map(|it| it.process.as_ref()).any(|process| process.serves())
    }

    /// Whether an API server can answer: it was told where its store is, and that answers.
    #[must_use]
    pub fn serves_api(&self) -> bool {
        let servers =
            self.containers.values().filter(|it| it.image.name == "kube-apiserver" && it.is_running());
        let mut answering = servers.filter(|it| it.process.as_ref().is_some_and(|process| process.serves()));
        answering.any(|it| self.has_store(it))
    }

    fn has_store(&self, server: &Container) -> bool {
        control_plane::asks_etcd(&Container::words(&server.spec)) && self.serves("etcd")
    }

    fn miss_store(&mut self, now: Time, id: &InstanceId) {
        let Some(server) = self.containers.get(id).filter(|it| it.is_running()) else { return };
        if !self.has_store(server) {
            if let Some(server) = self.containers.get_mut(id) {
                server.log.write(now, Stream::Stderr, &format!("{}\n", control_plane::NO_STORE));
            }
            self.end(now, id, 1, ExitReason::Error);
        }
    }

    /// What a container wrote: the newest instance, or the one before.
    #[must_use]
    pub fn logs(&self, pod: &PodUid, container: &str, previous: bool) -> Option<Vec<LogLine>> {
        let mut newest = self.instances(pod, container).rev();
        let instance = if previous { newest.nth(1) } else { newest.next() }?;
        Some(instance.log.lines().cloned().collect())
    }

    /// The pod that runs or ran under this name.
    #[must_use]
    pub fn pod_named(&self, name: &str) -> Option<&PodUid> {
        let newest = self.sandboxes.values().filter(|it| *it.spec.pod.name == *name).map(|it| &it.report);
        newest.max_by_key(|it| (it.state == SandboxState::Ready, it.created)).map(|it| &it.id.pod)
    }

    /// Everything that it has.
    #[must_use]
    pub fn state(&self) -> RuntimeState {
        RuntimeState {
            sandboxes: self.sandboxes.values().map(|sandbox| sandbox.report.clone()).collect(),
            containers: self.containers.values().map(|container| container.report()).collect(),
        }
    }

    /// Its containers with their pods and what they do, in order; nothing is copied.
    pub fn containers(&self) -> impl Iterator<Item = (&InstanceId, &PodRef, &RunState)> {
        self.containers.iter().map(|(id, container)| (id, &container.spec.pod, &container.state))
    }

    /// The sandboxes that can hold containers, and their pods.
    pub fn ready_sandboxes(&self) -> impl Iterator<Item = (&SandboxId, &PodRef)> {
        let ready = self.sandboxes.iter().filter(|(_, it)| it.report.state == SandboxState::Ready);
        ready.map(|(id, it)| (id, &it.spec.pod))
    }

    /// The containers of a pod.
    fn of_pod(&self, pod: &PodUid) -> impl Iterator<Item = &Container> {
        let first = InstanceId { pod: pod.clone(), container: "".into(), attempt: 0 };
        let of_pod = self.containers.range(first..).take_while({
            let pod = pod.clone();
            move |(instance, _)| instance.pod == pod
        });
        of_pod.map(|(_, container)| &**container)
    }

    fn instances(&self, pod: &PodUid, container: &str) -> impl DoubleEndedIterator<Item = &Container> {
        let from = |attempt| InstanceId { pod: pod.clone(), container: container.into(), attempt };
        self.containers.range(from(0)..=from(u32::MAX)).map(|(_, container)| &**container)
    }

    fn newest(&self, pod: &PodUid, container: &str) -> Option<&InstanceId> {
        self.instances(pod, container).next_back().map(|container| &container.instance)
    }

    fn latency(&self, action: &Action) -> Duration {
        Duration::from_millis(match action {
            Action::ListManifests | Action::InspectImage { .. } => 1,
            Action::ListRuntime | Action::RemovePodData { .. } | Action::Api(_) => 5,
            Action::CreateSandbox { .. } => 200,
            Action::StopSandbox { .. } => 60,
            Action::CreateContainer { .. }
            | Action::RemoveContainer { .. }
            | Action::RemoveSandbox { .. } => 20,
            Action::StartContainer { .. } => 100,
            Action::RunProbe { check, .. } | Action::RunHook { check, .. } => {
                return Self::probe_latency(check);
            }
            Action::StopContainer { .. } => return STOP_LATENCY,
            Action::PullImage { image } => return self.pull_time(image),
        })
    }

    fn pull_time(&self, image: &str) -> Duration {
        let name = full_name(image);
        if let Some(time) = self.slow.get(&name) {
            return *time;
        }
        match images::find(image) {
            Ok(_) if self.images.contains_key(&*name) => Duration::from_millis(600),
            Ok(found) => Duration::from_millis(600 + found.size / 40_000),
            Err(NoImage::NotFound(text)) if !text.contains("connection refused") => {
                Duration::from_millis(900)
            }
            Err(NoImage::NotFound(_) | NoImage::Invalid(_)) => Duration::from_millis(10),
        }
    }

    fn perform(&mut self, now: Time, id: Option<ActionId>, action: Action) {
        if self.down {
            let text = "rpc error: code = Unavailable desc = connection error: connection refused".to_owned();
            return self.answer(id, Outcome::Failed(Failure::Unreachable(text)));
        }
        let outcome = match action {
            Action::ListManifests => Err(Failure::Unsupported("a runtime reads no manifests".to_owned())),
            Action::Api(_) => Err(Failure::Unsupported("there is no API server".to_owned())),
            Action::ListRuntime => Ok(Outcome::Runtime(self.state())),
            Action::InspectImage { image } => self.inspect(&image),
            Action::PullImage { image } => self.pull(&image),
            Action::CreateSandbox { sandbox, spec } => self.create_sandbox(now, sandbox, spec),
            Action::StopSandbox { sandbox } => {
                self.stop_sandbox(now, &sandbox);
                Ok(Outcome::Done)
            }
            Action::RemoveSandbox { sandbox } => self.remove_sandbox(&sandbox),
            Action::CreateContainer { instance, sandbox, spec } => self.create(now, instance, &sandbox, spec),
            Action::StartContainer { instance } => self.start(now, &instance),
            Action::StopContainer { instance, grace } => return self.stop(now, id, &instance, grace),
            Action::RunProbe { instance, check, timeout, .. } => {
                return self.probe(now, id, &instance, &check, timeout);
            }
            Action::RunHook { instance, check, .. } => return self.hook(now, id, &instance, &check),
            Action::RemoveContainer { instance } => self.remove(&instance),
            Action::RemovePodData { pod } => {
                self.disk.forget_pod(&pod);
                Ok(Outcome::Done)
            }
        };
        self.answer(id, outcome.unwrap_or_else(Outcome::Failed));
    }

    fn answer(&mut self, id: Option<ActionId>, outcome: Outcome) {
        if let Some(id) = id {
            self.ready.push_back(Event::Finished { id, outcome });
        }
    }

    fn hint(&mut self, event: Event) {
        if !self.down && !self.losing {
            self.ready.push_back(event);
        }
    }

    fn wake(&mut self, now: Time, id: &InstanceId) {
        let clock = self.epoch.at(now).0;
        self.control_plane.stir();
        let Some(container) = self.containers.get_mut(id).filter(|it| it.wake.is_some_and(|at| at <= now))
        else {
            return;
        };
        container.wake = None;
        container.advance(&mut Surroundings { disk: &mut self.disk, now, clock });
        self.settle(now, id);
    }

    /// A process has ended, and that is noticed now.
    fn reap(&mut self, now: Time, id: &InstanceId) {
        let Some(container) = self.containers.get(id) else { return };
        if let Some(code) = container.ended() {
            let reason = container.reason(code);
            self.end(now, id, code, reason);
        }
    }

    fn lose_patience(&mut self, now: Time, id: &InstanceId) {
        let late = |it: &Container| it.over.is_none() && it.deadline.is_some_and(|at| at <= now);
        if self.containers.get(id).is_some_and(|it| late(it)) {
            self.end(now, id, 137, ExitReason::Error);
        }
    }

    /// Sees to it that the end of a container's process is noticed, or that it goes on in time.
    fn settle(&mut self, now: Time, id: &InstanceId) {
        let Some(container) = self.containers.get_mut(id) else { return };
        if container.ended().is_some() {
            if container.over.is_none() {
                container.over = Some(now);
                let latency = Duration::from_millis(40 + self.rng.below(100));
                self.queue.push(now + latency, Job::Reap(id.clone()));
            }
            return;
        }
        let next = container.process.as_ref().and_then(|process| process.next_at()).map(|at| at.max(now));
        if next.is_some() && next != container.wake {
            container.wake = next;
            self.queue.push(next.unwrap_or(now), Job::Wake(id.clone()));
        }
    }

    fn end(&mut self, now: Time, id: &InstanceId, code: i32, reason: ExitReason) {
        let clock = self.epoch.at(now).0;
        self.control_plane.stir();
        let Some(container) = self.containers.get_mut(id).filter(|it| it.is_running()) else { return };
        let exit = container.end(code, reason, &Surroundings { disk: &mut self.disk, now, clock });
        let stops = std::mem::take(&mut container.stops);
        let execs = std::mem::take(&mut container.execs);
        self.hint(Event::Exited { instance: id.clone(), exit });
        for exec in execs {
            let text = "rpc error: code = Unknown desc = failed to exec in container: container is in CONTAINER_EXITED state";
            self.answer(exec.id, exec.asked.lost(text));
        }
        for stop in stops {
            self.answer(stop, Outcome::Done);
        }
    }

    fn new_id(&mut self) -> Arc<str> {
        (0..4).fold(String::new(), |all, _| format!("{all}{:016x}", self.rng.next_u64())).into()
    }
}

fn full_name(image: &str) -> String {
    Reference::parse(image).map_or_else(|_| image.to_owned(), |reference| reference.full())
}
