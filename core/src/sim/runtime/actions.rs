//! What the runtime does for each action, once its time has come.

use std::{sync::Arc, time::Duration};

use super::{ControlPlane, Job, Runtime, Sandbox, full_name};
use crate::{
    contract::{
        ContainerSpec, Event, ExitReason, Failure, Outcome, PortMapping, RunState, SandboxReport,
        SandboxSpec, SandboxState,
    },
    id::{ActionId, InstanceId, SandboxId},
    sim::{
        container::{Container, Surroundings},
        disk::Root,
        images::{self, NoImage, Reference},
        shell::{Log, Signal},
    },
    time::Time,
};

/// How long an API server that starts waits for its store.
const STORE_PATIENCE: Duration = Duration::from_secs(20);
/// The images that a control plane is made of.
const CONTROL_PLANE: [&str; 4] = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];

impl Runtime {
    pub(super) fn inspect(&self, image: &str) -> Result<Outcome, Failure> {
        Reference::parse(image).map_err(failure)?;
        Ok(Outcome::Image(self.images.get(&*full_name(image)).cloned()))
    }

    pub(super) fn pull(&mut self, image: &str) -> Result<Outcome, Failure> {
        let found = images::find(image).map_err(failure)?;
        let name = full_name(image);
        if self.missing.contains(&name) {
            let text = format!(
                "failed to pull and unpack image \"{name}\": failed to resolve reference \"{name}\": {name}: not found"
            );
            return Err(Failure::ImageNotFound(text));
        }
        let info = images::info(&name, found);
        self.images.insert(name.into(), info.clone());
        Ok(Outcome::Image(Some(info)))
    }

    pub(super) fn create_sandbox(
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
        let taken = spec.ports.iter().any(|port| self.is_taken(port));
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
        if host_network {
            self.on_host.insert(id.pod.clone());
        }
        if !spec.ports.is_empty() {
            self.publishing.insert(id.clone());
        }
        self.sandboxes.insert(id, Sandbox { report, spec });
        Ok(outcome)
    }

    /// Whether another sandbox holds this port of the host.
    fn is_taken(&self, port: &PortMapping) -> bool {
        let clashes = |held: &PortMapping| {
            port.host_port == held.host_port
                && port.protocol == held.protocol
                && (port.host_ip == held.host_ip || port.host_ip.is_empty() || held.host_ip.is_empty())
        };
        let held = self.publishing.iter().filter_map(|id| self.sandboxes.get(id));
        let mut ready = held.filter(|it| it.report.state == SandboxState::Ready);
        port.host_port != 0 && ready.any(|it| it.spec.ports.iter().any(clashes))
    }

    pub(super) fn stop_sandbox(&mut self, now: Time, id: &SandboxId) {
        let inside = self.of_pod(&id.pod).filter(|it| it.sandbox == id.attempt && it.is_running());
        let running: Vec<InstanceId> = inside.map(|it| it.instance.clone()).collect();
        for instance in running {
            self.end(now, &instance, 137, ExitReason::Error);
        }
        if let Some(sandbox) = self.sandboxes.get_mut(id).filter(|it| it.report.state == SandboxState::Ready)
        {
            sandbox.report.state = SandboxState::NotReady;
            self.hint(Event::SandboxGone { sandbox: id.clone() });
        }
    }

    pub(super) fn remove_sandbox(&mut self, id: &SandboxId) -> Result<Outcome, Failure> {
        if self.sandboxes.get(id).is_some_and(|it| it.report.state == SandboxState::Ready) {
            return Err(Failure::Conflict(format!("sandbox {id} is running: stop it first")));
        }
        self.sandboxes.remove(id);
        self.publishing.remove(id);
        let of_pod = |attempt| SandboxId { pod: id.pod.clone(), attempt };
        let mut left = self.sandboxes.range(of_pod(0)..=of_pod(u32::MAX));
        if !left.any(|(_, it)| it.report.host_network) {
            self.on_host.remove(&id.pod);
        }
        Ok(Outcome::Done)
    }

    pub(super) fn create(
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
        let (Some((name, info)), Ok(image)) = (self.images.get_key_value(&*name), images::find(&spec.image))
        else {
            return Err(Failure::ImageNotFound(format!("image \"{}\": not found", spec.image)));
        };
        if Container::argv(&spec, image).is_empty() {
            return Err(Failure::Other("failed to generate container spec: no command specified".to_owned()));
        }
        self.disk.provide(&instance.pod, &spec);
        let namespaces = home.spec.namespaces;
        if CONTROL_PLANE.contains(&image.name) {
            self.control_plane = ControlPlane::Stirred;
        }
        let container = Container {
            sandbox: sandbox.attempt,
            image,
            image_name: Arc::clone(name),
            image_id: Arc::clone(&info.id),
            created: now,
            state: RunState::Created,
            log: Log::default(),
            hostname: Arc::clone(&home.spec.hostname),
            first_process: !namespaces.host_pid && !namespaces.share_processes,
            root: Root::new(&instance, &spec),
            process: None,
            wake: None,
            over: None,
            stops: Vec::new(),
            deadline: None,
            execs: Vec::new(),
            runtime_id: self.new_id(),
            instance: instance.clone(),
            spec,
        };
        let runtime_id = Arc::clone(&container.runtime_id);
        self.containers.insert(instance, Box::new(container));
        Ok(Outcome::Created { runtime_id })
    }

    pub(super) fn start(&mut self, now: Time, id: &InstanceId) -> Result<Outcome, Failure> {
        self.control_plane.stir();
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
        let mut around = Surroundings { disk: &mut self.disk, now, clock };
        container.start(&mut around).map_err(|exit| Failure::StartFailed { exit })?;
        if container.image.name == "kube-apiserver" {
            self.queue.push(now + STORE_PATIENCE, Job::Store(id.clone()));
        }
        // The answer comes before the end of a process that ends at once.
        self.queue.push(now, Job::Wake(id.clone()));
        if let Some(container) = self.containers.get_mut(id) {
            container.wake = Some(now);
        }
        Ok(Outcome::Started { at: now })
    }

    pub(super) fn stop(&mut self, now: Time, id: Option<ActionId>, instance: &InstanceId, grace: Duration) {
        let clock = self.epoch.at(now).0;
        let Some(container) = self.containers.get_mut(instance).filter(|it| it.is_running()) else {
            return self.answer(id, Outcome::Done);
        };
        self.control_plane.stir();
        container.stops.push(id);
        let deadline = container.deadline.map_or(now + grace, |held| held.min(now + grace));
        if container.deadline != Some(deadline) {
            container.deadline = Some(deadline);
            self.queue.push(deadline, Job::Kill(instance.clone()));
        }
        container.signal(Signal::Term, &mut Surroundings { disk: &mut self.disk, now, clock });
        self.settle(now, instance);
    }

    pub(super) fn remove(&mut self, id: &InstanceId) -> Result<Outcome, Failure> {
        if self.containers.get(id).is_some_and(|container| container.is_running()) {
            return Err(Failure::Conflict(format!("container {id} is running: stop it first")));
        }
        self.containers.remove(id);
        self.disk.forget_container(id);
        Ok(Outcome::Done)
    }
}

fn failure(why: NoImage) -> Failure {
    match why {
        NoImage::Invalid(text) => Failure::InvalidImageName(text),
        NoImage::NotFound(text) => Failure::ImageNotFound(text),
    }
}
