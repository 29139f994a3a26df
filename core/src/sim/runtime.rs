//! The simulated container runtime of one node.
//!
//! Latencies are those of containerd on a quiet machine: a sandbox 0.2 s, a container 20 ms, its start 0.1 s.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use super::{
    container::{Container, STOP_LATENCY, Surroundings, reason_of},
    disk::{Disk, Root},
    fault::{Ending, SimError},
    images::{self, NoImage, Reference},
    queue::Queue,
    shell::{Log, LogLine, Signal},
};
use crate::{
    contract::{
        Action, ContainerSpec, Event, ExitReason, Failure, ImageInfo, Outcome, Planned, RunState,
        RuntimeState, SandboxReport, SandboxSpec, SandboxState,
    },
    id::{ActionId, InstanceId, PodUid, SandboxId},
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
    containers: BTreeMap<InstanceId, Container>,
    images: BTreeMap<String, ImageInfo>,
    disk: Disk,
    addresses: u8,
    missing: BTreeSet<String>,
    slow: BTreeMap<String, Duration>,
    down: bool,
    losing: bool,
}

#[derive(Clone, Debug)]
struct Sandbox {
    report: SandboxReport,
    spec: Arc<SandboxSpec>,
}

#[derive(Clone, Debug)]
enum Job {
    /// Does what was planned, and answers.
    Do { id: Option<ActionId>, action: Action },
    /// A process goes on.
    Wake(InstanceId),
    /// The patience of a stop is over.
    Kill(InstanceId),
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
            images: BTreeMap::new(),
            disk: Disk::default(),
            addresses: 1,
            missing: BTreeSet::new(),
            slow: BTreeMap::new(),
            down: false,
            losing: false,
        }
    }

    /// Begins to do what was planned. Its one answer comes out of [`poll`](Self::poll).
    pub fn execute(&mut self, now: Time, planned: Planned) {
        let latency = if self.down { Duration::from_millis(1) } else { self.latency(&planned.action) };
        let latency = self.rng.jitter(latency, 0.1);
        self.queue.push(now + latency, Job::Do { id: Some(planned.id), action: planned.action });
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
                Job::Do { id, action } => self.perform(now, id, action),
                Job::Wake(instance) => self.wake(now, &instance),
                Job::Kill(instance) => self.lose_patience(now, &instance),
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
        }
        self.ready.clear();
    }

    /// Puts an image on the node as if it had been fetched.
    pub fn preload(&mut self, image: &str) -> Result<(), SimError> {
        let found = images::find(image).map_err(|_| SimError::BadImage(image.into()))?;
        let name = full_name(image);
        self.images.insert(name.clone(), images::info(&name, found));
        Ok(())
    }

    /// Takes an image from the registries and the node, or gives it back to the registries.
    pub fn set_missing(&mut self, image: &str, missing: bool) {
        let name = full_name(image);
        if missing {
            self.images.remove(&name);
            self.missing.insert(name);
        } else {
            self.missing.remove(&name);
        }
    }

    /// Makes fetching an image take so long.
    pub fn set_slow(&mut self, image: &str, takes: Duration) {
        self.slow.insert(full_name(image), takes);
    }

    /// Stops answering, or answers again: then its client must list, for hints were lost.
    pub fn set_down(&mut self, down: bool) {
        if self.down && !down {
            self.ready.push_back(Event::EdgesLost);
        }
        self.down = down;
    }

    /// Loses hints, or tells them again.
    pub fn set_losing(&mut self, losing: bool) {
        self.losing = losing;
    }

    /// Ends a container's main process.
    pub fn kill(&mut self, now: Time, pod: &PodUid, container: &str, how: Ending) -> Result<(), SimError> {
        let instance = self.newest(pod, container).filter(|it| self.containers[*it].is_running()).cloned();
        let instance = instance.ok_or_else(|| no_container(pod, container))?;
        let (code, reason) = match how {
            Ending::Exit { code } => (code & 255, reason_of(code & 255)),
            Ending::Kill => (137, ExitReason::Error),
            Ending::OutOfMemory => (137, ExitReason::OomKilled),
        };
        self.end(now, &instance, code, reason);
        Ok(())
    }

    /// Removes a container behind its client's back.
    pub fn remove_container(&mut self, now: Time, pod: &PodUid, container: &str) -> Result<(), SimError> {
        let instance = self.newest(pod, container).cloned().ok_or_else(|| no_container(pod, container))?;
        self.end(now, &instance, 137, ExitReason::Error);
        self.containers.remove(&instance);
        self.disk.forget_container(&instance);
        self.hint(Event::ContainerGone { instance });
        Ok(())
    }

    /// Kills a sandbox behind its client's back. Its containers run on without a network.
    pub fn kill_sandbox(&mut self, pod: &PodUid) -> Result<(), SimError> {
        let ready = |sandbox: &&mut Sandbox| {
            sandbox.report.state == SandboxState::Ready && sandbox.report.id.pod == *pod
        };
        let sandbox =
            self.sandboxes.values_mut().find(ready).ok_or_else(|| SimError::NoPod(pod.as_str().into()))?;
        sandbox.report.state = SandboxState::NotReady;
        let sandbox = sandbox.report.id.clone();
        self.hint(Event::SandboxGone { sandbox });
        Ok(())
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
            containers: self.containers.values().map(Container::report).collect(),
        }
    }

    fn instances(&self, pod: &PodUid, container: &str) -> impl DoubleEndedIterator<Item = &Container> {
        let from = |attempt| InstanceId { pod: pod.clone(), container: container.into(), attempt };
        self.containers.range(from(0)..=from(u32::MAX)).map(|(_, container)| container)
    }

    fn newest(&self, pod: &PodUid, container: &str) -> Option<&InstanceId> {
        self.instances(pod, container).next_back().map(|container| &container.instance)
    }

    fn latency(&self, action: &Action) -> Duration {
        Duration::from_millis(match action {
            Action::ListManifests | Action::InspectImage { .. } => 1,
            Action::ListRuntime | Action::RemovePodData { .. } => 5,
            Action::CreateSandbox { .. } => 200,
            Action::StopSandbox { .. } => 60,
            Action::CreateContainer { .. }
            | Action::RemoveContainer { .. }
            | Action::RemoveSandbox { .. } => 20,
            Action::StartContainer { .. } => 100,
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
            Ok(_) if self.images.contains_key(&name) => Duration::from_millis(600),
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

    fn inspect(&self, image: &str) -> Result<Outcome, Failure> {
        Reference::parse(image).map_err(failure)?;
        Ok(Outcome::Image(self.images.get(&full_name(image)).cloned()))
    }

    fn pull(&mut self, image: &str) -> Result<Outcome, Failure> {
        let found = images::find(image).map_err(failure)?;
        let name = full_name(image);
        if self.missing.contains(&name) {
            let text = format!(
                "failed to pull and unpack image \"{name}\": failed to resolve reference \"{name}\": {name}: not found"
            );
            return Err(Failure::ImageNotFound(text));
        }
        let info = images::info(&name, found);
        self.images.insert(name, info.clone());
        Ok(Outcome::Image(Some(info)))
    }

    fn create_sandbox(
        &mut self,
        now: Time,
        id: SandboxId,
        spec: Arc<SandboxSpec>,
    ) -> Result<Outcome, Failure> {
        let ready = |report: &SandboxReport| Outcome::SandboxReady {
            ip: report.ip.clone(),
            at: report.created,
            runtime_id: Arc::clone(&report.runtime_id),
        };
        match self.sandboxes.get(&id).map(|sandbox| &sandbox.report) {
            Some(report) if report.state == SandboxState::Ready => return Ok(ready(report)),
            Some(_) => return Err(Failure::Conflict(format!("sandbox name is reserved for {id}"))),
            None => {}
        }
        let taken =
            self.sandboxes.values().filter(|other| other.report.state == SandboxState::Ready).any(|other| {
                let same = |a: &crate::contract::PortMapping, b: &crate::contract::PortMapping| {
                    a.host_port == b.host_port
                        && a.protocol == b.protocol
                        && (a.host_ip == b.host_ip || a.host_ip.is_empty() || b.host_ip.is_empty())
                };
                spec.ports
                    .iter()
                    .any(|port| port.host_port != 0 && other.spec.ports.iter().any(|held| same(held, port)))
            });
        if taken {
            return Err(Failure::Conflict(
                "failed to set up sandbox: host port is already allocated".to_owned(),
            ));
        }
        let host_network = spec.namespaces.host_network;
        self.addresses = self.addresses.checked_add(1).unwrap_or(2);
        let report = SandboxReport {
            id: id.clone(),
            pod: spec.pod.clone(),
            runtime_id: self.new_id(),
            state: SandboxState::Ready,
            created: now,
            ip: (!host_network).then(|| format!("10.244.{}.{}", self.subnet, self.addresses).into()),
            host_network,
        };
        let outcome = ready(&report);
        self.sandboxes.insert(id, Sandbox { report, spec });
        Ok(outcome)
    }

    fn stop_sandbox(&mut self, now: Time, id: &SandboxId) {
        let inside =
            |it: &&Container| it.instance.pod == id.pod && it.sandbox == id.attempt && it.is_running();
        let running: Vec<InstanceId> =
            self.containers.values().filter(inside).map(|it| it.instance.clone()).collect();
        for instance in running {
            self.end(now, &instance, 137, ExitReason::Error);
        }
        if let Some(sandbox) = self.sandboxes.get_mut(id).filter(|it| it.report.state == SandboxState::Ready)
        {
            sandbox.report.state = SandboxState::NotReady;
            self.hint(Event::SandboxGone { sandbox: id.clone() });
        }
    }

    fn remove_sandbox(&mut self, id: &SandboxId) -> Result<Outcome, Failure> {
        if self.sandboxes.get(id).is_some_and(|it| it.report.state == SandboxState::Ready) {
            return Err(Failure::Conflict(format!("sandbox {id} is running: stop it first")));
        }
        self.sandboxes.remove(id);
        Ok(Outcome::Done)
    }

    fn create(
        &mut self,
        now: Time,
        instance: InstanceId,
        sandbox: &SandboxId,
        spec: Arc<ContainerSpec>,
    ) -> Result<Outcome, Failure> {
        if let Some(there) = self.containers.get(&instance) {
            return Ok(Outcome::Created { runtime_id: Arc::clone(&there.runtime_id) });
        }
        let Some(home) = self.sandboxes.get(sandbox) else {
            return Err(Failure::NotFound(format!("failed to find sandbox {sandbox}: not found")));
        };
        let name = full_name(&spec.image);
        let (Some(info), Ok(image)) = (self.images.get(&name), images::find(&spec.image)) else {
            return Err(Failure::ImageNotFound(format!("image \"{}\": not found", spec.image)));
        };
        if Container::argv(&spec, image).is_empty() {
            return Err(Failure::Other("failed to generate container spec: no command specified".to_owned()));
        }
        let namespaces = home.spec.namespaces;
        let container = Container {
            sandbox: sandbox.attempt,
            image,
            image_name: name.into(),
            image_id: Arc::clone(&info.id),
            created: now,
            state: RunState::Created,
            log: Log::default(),
            hostname: Arc::clone(&home.spec.hostname),
            first_process: !namespaces.host_pid && !namespaces.share_processes,
            root: Root::new(&instance, &spec.mounts),
            process: None,
            wake: None,
            stops: Vec::new(),
            deadline: None,
            runtime_id: self.new_id(),
            instance: instance.clone(),
            spec,
        };
        let runtime_id = Arc::clone(&container.runtime_id);
        self.containers.insert(instance, container);
        Ok(Outcome::Created { runtime_id })
    }

    fn start(&mut self, now: Time, id: &InstanceId) -> Result<Outcome, Failure> {
        let clock = self.epoch.at(now).0;
        let Some(container) = self.containers.get_mut(id) else {
            return Err(Failure::NotFound(format!("container {id}: not found")));
        };
        match &container.state {
            RunState::Running { since } => return Ok(Outcome::Started { at: *since }),
            RunState::Exited(_) | RunState::Unknown => {
                return Err(Failure::Conflict(format!("container {id} is in CONTAINER_EXITED state")));
            }
            RunState::Created => {}
        }
        let sandbox = SandboxId { pod: id.pod.clone(), attempt: container.sandbox };
        if !self.sandboxes.get(&sandbox).is_some_and(|it| it.report.state == SandboxState::Ready) {
            return Err(Failure::NotFound(format!("sandbox {sandbox} is not running")));
        }
        let around = Surroundings { disk: &mut self.disk, now, clock };
        container.start(around).map_err(|exit| Failure::StartFailed { exit })?;
        // The answer comes before the end of a process that ends at once.
        self.queue.push(now, Job::Wake(id.clone()));
        if let Some(container) = self.containers.get_mut(id) {
            container.wake = Some(now);
        }
        Ok(Outcome::Started { at: now })
    }

    fn stop(&mut self, now: Time, id: Option<ActionId>, instance: &InstanceId, grace: Duration) {
        let clock = self.epoch.at(now).0;
        let Some(container) = self.containers.get_mut(instance).filter(|it| it.is_running()) else {
            return self.answer(id, Outcome::Done);
        };
        container.stops.push(id);
        let deadline = container.deadline.map_or(now + grace, |held| held.min(now + grace));
        if container.deadline != Some(deadline) {
            container.deadline = Some(deadline);
            self.queue.push(deadline, Job::Kill(instance.clone()));
        }
        container.signal(Signal::Term, Surroundings { disk: &mut self.disk, now, clock });
        self.settle(now, instance);
    }

    fn remove(&mut self, id: &InstanceId) -> Result<Outcome, Failure> {
        if self.containers.get(id).is_some_and(Container::is_running) {
            return Err(Failure::Conflict(format!("container {id} is running: stop it first")));
        }
        self.containers.remove(id);
        self.disk.forget_container(id);
        Ok(Outcome::Done)
    }

    fn wake(&mut self, now: Time, id: &InstanceId) {
        let clock = self.epoch.at(now).0;
        let Some(container) = self.containers.get_mut(id).filter(|it| it.wake.is_some_and(|at| at <= now))
        else {
            return;
        };
        container.wake = None;
        container.advance(Surroundings { disk: &mut self.disk, now, clock });
        self.settle(now, id);
    }

    fn lose_patience(&mut self, now: Time, id: &InstanceId) {
        if self.containers.get(id).is_some_and(|it| it.deadline.is_some_and(|at| at <= now)) {
            self.end(now, id, 137, ExitReason::Error);
        }
    }

    /// Ends a container whose process has ended, or sees to it that its process goes on in time.
    fn settle(&mut self, now: Time, id: &InstanceId) {
        let Some(container) = self.containers.get_mut(id) else { return };
        if let Some(code) = container.ended() {
            return self.end(now, id, code, reason_of(code));
        }
        let next = container.process.as_ref().and_then(|process| process.next_at()).map(|at| at.max(now));
        if next.is_some() && next != container.wake {
            container.wake = next;
            self.queue.push(next.unwrap_or(now), Job::Wake(id.clone()));
        }
    }

    fn end(&mut self, now: Time, id: &InstanceId, code: i32, reason: ExitReason) {
        let clock = self.epoch.at(now).0;
        let Some(container) = self.containers.get_mut(id).filter(|it| it.is_running()) else { return };
        let exit = container.end(code, reason, &Surroundings { disk: &mut self.disk, now, clock });
        let stops = std::mem::take(&mut container.stops);
        self.hint(Event::Exited { instance: id.clone(), exit });
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

fn failure(why: NoImage) -> Failure {
    match why {
        NoImage::Invalid(text) => Failure::InvalidImageName(text),
        NoImage::NotFound(text) => Failure::ImageNotFound(text),
    }
}

fn no_container(pod: &PodUid, container: &str) -> SimError {
    SimError::NoContainer { pod: pod.as_str().into(), container: container.into() }
}
