//! A node whose runtime answers at once and whose folder is empty: pods are handed to it.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use crate::{
    config::Config,
    contract::{
        Action, ContainerReport, Event, Exit, ExitReason, Failure, Folder, Hooked, ImageInfo, Outcome,
        Planned, ProbeKind, Probed, RunState, RuntimeState, SandboxReport, SandboxState,
    },
    id::{InstanceId, PodRef},
    kubelet::{Kubelet, WakeReason},
    manifest::{
        Container, ContainerSecurity, Handler, ImagePullPolicy, Lifecycle, Pod, Probe, Probes, RestartPolicy,
        TerminationMessagePolicy,
    },
    source::Changes,
    time::Time,
    view::{PodView, RecordKind},
};

pub(in crate::kubelet) struct Node {
    pub(in crate::kubelet) kubelet: Kubelet,
    pub(in crate::kubelet) now: Time,
    pub(in crate::kubelet) config: Config,
    pub(in crate::kubelet) runtime: RuntimeState,
    images: BTreeMap<Arc<str>, bool>,
    /// Pulls that are not answered until the test says so.
    pub(in crate::kubelet) held_pulls: Option<Vec<Planned>>,
    /// What each kind of probe finds; success when it is not here.
    pub(in crate::kubelet) probes: BTreeMap<ProbeKind, Probed>,
    /// What hooks come to.
    pub(in crate::kubelet) hooked: Hooked,
    /// Nothing that should be started is: as if the kubelet ended at that moment.
    pub(in crate::kubelet) stop_before_start: bool,
    /// The most containers of one name that ever ran at once.
    pub(in crate::kubelet) overlap: usize,
}

impl Node {
    pub(in crate::kubelet) fn new(config: Config) -> Self {
        let kubelet = Kubelet::new(config.clone(), 7);
        let mut node = Self {
            kubelet,
            now: Time::ZERO,
            config,
            runtime: RuntimeState::default(),
            images: BTreeMap::new(),
            held_pulls: None,
            probes: BTreeMap::new(),
            hooked: Hooked::Success,
            stop_before_start: false,
            overlap: 0,
        };
        let planned = node.kubelet.start(node.now);
        node.execute(planned);
        node
    }

    pub(in crate::kubelet) fn restart_kubelet(&mut self, pods: &[Arc<Pod>]) {
        self.kubelet = Kubelet::new(self.config.clone(), 8);
        let mut planned = self.kubelet.start(self.now);
        // The folder is read after the runtime was listed, with the manifests already in it.
        let (lists, rest): (Vec<_>, Vec<_>) =
            planned.drain(..).partition(|planned| planned.action == Action::ListRuntime);
        self.execute(lists);
        for pod in pods {
            self.changes(Changes { added: vec![pod.clone()], ..Changes::default() });
        }
        self.execute(rest);
    }

    pub(in crate::kubelet) fn image(&mut self, name: &str, there: bool) {
        self.images.insert(name.into(), there);
    }

    pub(in crate::kubelet) fn add(&mut self, pod: &Arc<Pod>) {
        self.changes(Changes { added: vec![pod.clone()], ..Changes::default() });
    }

    pub(in crate::kubelet) fn remove(&mut self, pod: &Arc<Pod>) {
        self.changes(Changes { removed: vec![pod.clone()], ..Changes::default() });
    }

    pub(in crate::kubelet) fn replace(&mut self, old: &Arc<Pod>, new: &Arc<Pod>) {
        self.changes(Changes { removed: vec![old.clone()], added: vec![new.clone()], ..Changes::default() });
    }

    pub(in crate::kubelet) fn changes(&mut self, changes: Changes) {
        self.kubelet.on_changes(self.now, changes);
        let planned = self.kubelet.handle(self.now, Event::Timeout);
        self.execute(planned);
    }

    pub(in crate::kubelet) fn exit(&mut self, name: &str, code: i32) {
        self.exit_at(self.now, name, code);
    }

    /// A container ends, by a clock of its own.
    pub(in crate::kubelet) fn exit_at(&mut self, at: Time, name: &str, code: i32) {
        let Some(report) =
            self.runtime.containers.iter_mut().find(|r| {
                r.instance.container.as_str() == name && matches!(r.state, RunState::Running { .. })
            })
        else {
            panic!("no container {name} runs");
        };
        let exit = exit(at, code);
        report.state = RunState::Exited(exit.clone());
        let instance = report.instance.clone();
        self.tell(Event::Exited { instance, exit });
    }

    pub(in crate::kubelet) fn lose(&mut self, name: &str) -> InstanceId {
        let at = self.runtime.containers.iter().rposition(|r| r.instance.container.as_str() == name).unwrap();
        self.runtime.containers.remove(at).instance
    }

    pub(in crate::kubelet) fn kill_sandbox(&mut self) {
        let sandbox = self.runtime.sandboxes.last_mut().unwrap();
        sandbox.state = SandboxState::NotReady;
        let sandbox = sandbox.id.clone();
        self.tell(Event::SandboxGone { sandbox });
    }

    pub(in crate::kubelet) fn tell(&mut self, event: Event) {
        let planned = self.kubelet.handle(self.now, event);
        self.execute(planned);
    }

    pub(in crate::kubelet) fn advance(&mut self, seconds: f64) {
        let end = self.now + Duration::from_secs_f64(seconds);
        while let Some(wakeup) = self.kubelet.next_wakeup().filter(|wakeup| wakeup.at <= end) {
            self.now = wakeup.at.max(self.now);
            self.tell(Event::Timeout);
        }
        self.now = end;
    }

    /// Looks at a pod although nothing is due.
    pub(in crate::kubelet) fn look_at(&mut self, pod: &Arc<Pod>) {
        self.kubelet.wake(self.now, &pod.id.uid, WakeReason::Resync);
        self.tell(Event::Timeout);
    }

    pub(in crate::kubelet) fn release_pulls(&mut self) {
        let held = self.held_pulls.take().unwrap_or_default();
        self.execute(held);
    }

    pub(in crate::kubelet) fn pods(&self) -> Vec<Arc<PodView>> {
        self.kubelet.snapshot(self.now).pods
    }

    pub(in crate::kubelet) fn status(&self) -> Vec<String> {
        self.pods()
            .iter()
            .map(|pod| format!("{} {}/{} {}", pod.status, pod.ready.0, pod.ready.1, pod.restarts))
            .collect()
    }

    pub(in crate::kubelet) fn running(&self) -> Vec<String> {
        let runs = |r: &&ContainerReport| matches!(r.state, RunState::Running { .. });
        self.runtime.containers.iter().filter(runs).map(|r| r.instance.to_string()).collect()
    }

    pub(in crate::kubelet) fn in_runtime(&self) -> (usize, usize) {
        (self.runtime.sandboxes.len(), self.runtime.containers.len())
    }

    /// The texts of all events.
    pub(in crate::kubelet) fn texts(&self) -> Vec<String> {
        let event = |record: &crate::view::RecordView| matches!(record.kind, RecordKind::Event { .. });
        self.kubelet
            .records_since(0)
            .into_iter()
            .filter(event)
            .map(|record| record.text.to_string())
            .collect()
    }

    pub(in crate::kubelet) fn events(&self) -> Vec<String> {
        self.kubelet
            .records_since(0)
            .into_iter()
            .filter_map(|record| match record.kind {
                RecordKind::Event { reason, .. } => Some(reason.to_string()),
                _ => None,
            })
            .collect()
    }

    pub(in crate::kubelet) fn execute(&mut self, planned: Vec<Planned>) {
        let mut queue: VecDeque<Planned> = planned.into();
        while let Some(next) = queue.pop_front() {
            if let (Action::PullImage { .. }, Some(held)) = (&next.action, &mut self.held_pulls) {
                held.push(next);
                continue;
            }
            if self.stop_before_start && matches!(next.action, Action::StartContainer { .. }) {
                continue;
            }
            let (outcome, told) = self.act(&next.action);
            for event in told {
                queue.extend(self.kubelet.handle(self.now, event));
            }
            queue.extend(self.kubelet.handle(self.now, Event::Finished { id: next.id, outcome }));
        }
    }

    pub(in crate::kubelet) fn act(&mut self, action: &Action) -> (Outcome, Vec<Event>) {
        let now = self.now;
        let info = |image: &Arc<str>| ImageInfo { id: image.clone(), size: 1, user: "".into() };
        let done = (Outcome::Done, Vec::new());
        match action {
            Action::ListManifests => (Outcome::Folder(Folder::Directory(Vec::new())), Vec::new()),
            Action::ListRuntime => (Outcome::Runtime(self.runtime.clone()), Vec::new()),
            Action::InspectImage { image } => (
                Outcome::Image(self.images.get(image).is_some_and(|there| *there).then(|| info(image))),
                Vec::new(),
            ),
            Action::PullImage { image } if self.images.contains_key(image) => {
                self.images.insert(image.clone(), true);
                (Outcome::Image(Some(info(image))), Vec::new())
            }
            Action::PullImage { .. } => {
                (Outcome::Failed(Failure::ImageNotFound("not found".into())), Vec::new())
            }
            Action::CreateSandbox { sandbox, spec } => {
                self.runtime.sandboxes.push(SandboxReport {
                    id: sandbox.clone(),
                    pod: spec.pod.clone(),
                    runtime_id: "s".into(),
                    state: SandboxState::Ready,
                    created: now,
                    ip: Some("10.0.0.1".into()),
                    host_network: spec.namespaces.host_network,
                });
                (
                    Outcome::SandboxReady { ip: Some("10.0.0.1".into()), at: now, runtime_id: "s".into() },
                    Vec::new(),
                )
            }
            Action::StopSandbox { sandbox } => {
                for report in self.runtime.sandboxes.iter_mut().filter(|report| &report.id == sandbox) {
                    report.state = SandboxState::NotReady;
                }
                done
            }
            Action::RemoveSandbox { sandbox } => {
                self.runtime.sandboxes.retain(|report| &report.id != sandbox);
                done
            }
            Action::CreateContainer { instance, sandbox, spec } => {
                assert!(
                    self.runtime.containers.iter().all(|r| &r.instance != instance),
                    "{instance} made twice"
                );
                self.runtime.containers.push(ContainerReport {
                    instance: instance.clone(),
                    pod: spec.pod.clone(),
                    sandbox: sandbox.attempt,
                    runtime_id: instance.to_string().into(),
                    image: spec.image.clone(),
                    image_id: spec.image_id.clone(),
                    hash: spec.hash,
                    grace: spec.grace,
                    pre_stop: spec.pre_stop.clone(),
                    created: now,
                    state: RunState::Created,
                });
                (Outcome::Created { runtime_id: instance.to_string().into() }, Vec::new())
            }
            Action::StartContainer { instance } => {
                self.set(instance, &RunState::Running { since: now });
                let name = |r: &&ContainerReport| {
                    r.instance.container == instance.container && matches!(r.state, RunState::Running { .. })
                };
                self.overlap = self.overlap.max(self.runtime.containers.iter().filter(name).count());
                (Outcome::Started { at: now }, Vec::new())
            }
            Action::StopContainer { instance, .. } => {
                let exit = exit(now, 143);
                self.set(instance, &RunState::Exited(exit.clone()));
                (Outcome::Done, vec![Event::Exited { instance: instance.clone(), exit }])
            }
            Action::RemoveContainer { instance } => {
                self.runtime.containers.retain(|report| &report.instance != instance);
                done
            }
            Action::RunProbe { kind, .. } => {
                let probed = self.probes.get(kind).cloned().unwrap_or(Probed::Success);
                (Outcome::Probed(probed), Vec::new())
            }
            Action::RunHook { .. } => (Outcome::Hooked(self.hooked.clone()), Vec::new()),
            Action::RemovePodData { .. } => done,
            Action::Api(_) => (Outcome::Failed(Failure::Unsupported("no API server".to_owned())), Vec::new()),
        }
    }

    fn set(&mut self, instance: &InstanceId, state: &RunState) {
        for report in self.runtime.containers.iter_mut().filter(|report| &report.instance == instance) {
            if !matches!(report.state, RunState::Exited(_)) {
                report.state.clone_from(state);
            }
        }
    }
}

fn exit(at: Time, code: i32) -> Exit {
    let reason = if code == 0 { ExitReason::Completed } else { ExitReason::Error };
    Exit { code, reason, started: None, finished: at, message: "".into() }
}

pub(in crate::kubelet) fn pod(uid: &str, containers: Vec<Container>) -> Arc<Pod> {
    let mut pod = Pod::unknown(PodRef::new(uid, "default", "web-node01"));
    pod.file = "/etc/kubernetes/manifests/web.yaml".into();
    let spec = Arc::make_mut(&mut pod.spec);
    spec.containers = containers;
    spec.restart_policy = RestartPolicy::Always;
    spec.termination_grace_period_seconds = 30;
    Arc::new(pod)
}

pub(in crate::kubelet) fn container(name: &str, image: &str) -> Container {
    Container {
        name: name.into(),
        image: image.into(),
        image_pull_policy: ImagePullPolicy::IfNotPresent,
        command: Vec::new(),
        args: Vec::new(),
        working_dir: None,
        env: Vec::new(),
        ports: Vec::new(),
        volume_mounts: Vec::new(),
        requests: Vec::new(),
        limits: Vec::new(),
        restart_policy: None,
        restart_rules: Vec::new(),
        probes: Probes::default(),
        lifecycle: Lifecycle::default(),
        termination_message_path: "/dev/termination-log".into(),
        termination_message_policy: TerminationMessagePolicy::File,
        security: ContainerSecurity::default(),
        stdin: false,
        tty: false,
    }
}

pub(in crate::kubelet) fn probe(failure_threshold: u32) -> Probe {
    Probe {
        handler: Handler::TcpSocket { host: "".into(), port: "80".into() },
        initial_delay: Duration::ZERO,
        timeout: Duration::from_secs(1),
        period: Duration::from_secs(2),
        success_threshold: 1,
        failure_threshold,
        termination_grace_period_seconds: None,
    }
}
