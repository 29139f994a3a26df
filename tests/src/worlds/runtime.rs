//! The smallest runtime that a pod can live in: everything happens at once and succeeds, processes run until somebody ends them.
//!
//! Not the simulator's: that one has latencies of its own, and here the order of things is what is explored.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use standfast_core::{
    contract::{
        Action, ContainerReport, Event, Exit, ExitReason, Failure, ImageInfo, Outcome, RunState,
        RuntimeState, SandboxReport, SandboxState,
    },
    id::{InstanceId, PodRef, SandboxId},
    time::Time,
};

use crate::seeds::check::Containers;

/// What it has.
#[derive(Clone, Debug, Default)]
pub(super) struct Runtime {
    pub(super) sandboxes: BTreeMap<SandboxId, SandboxReport>,
    pub(super) containers: BTreeMap<InstanceId, ContainerReport>,
}

impl Containers for Runtime {
    fn containers(&self) -> impl Iterator<Item = (&InstanceId, &PodRef, &RunState)> {
        self.containers.iter().map(|(id, report)| (id, &report.pod, &report.state))
    }
}

impl Runtime {
    /// Does an action. Gives its answer, and what is told unasked.
    pub(super) fn execute(&mut self, now: Time, action: &Action) -> (Outcome, Vec<Event>) {
        let mut hints = Vec::new();
        let outcome = match action {
            Action::ListManifests => Outcome::Failed(Failure::Unsupported("that is the folder's".to_owned())),
            Action::ListRuntime => Outcome::Runtime(RuntimeState {
                sandboxes: self.sandboxes.values().cloned().collect(),
                containers: self.containers.values().cloned().collect(),
            }),
            Action::InspectImage { image } | Action::PullImage { image } => {
                Outcome::Image(Some(ImageInfo { id: Arc::clone(image), size: 1, user: "".into() }))
            }
            Action::CreateSandbox { sandbox, spec } => self.create_sandbox(now, sandbox, &spec.pod),
            Action::StopSandbox { sandbox } => {
                self.stop_sandbox(now, sandbox, &mut hints);
                Outcome::Done
            }
            Action::RemoveSandbox { sandbox } => {
                self.sandboxes.remove(sandbox);
                Outcome::Done
            }
            Action::CreateContainer { instance, sandbox, spec } => {
                let report = ContainerReport {
                    instance: instance.clone(),
                    pod: spec.pod.clone(),
                    sandbox: sandbox.attempt,
                    runtime_id: instance.to_string().into(),
                    image: Arc::clone(&spec.image),
                    image_id: Arc::clone(&spec.image_id),
                    hash: spec.hash,
                    grace: spec.grace,
                    pre_stop: spec.pre_stop.clone(),
                    created: now,
                    state: RunState::Created,
                };
                let there = self.containers.entry(instance.clone()).or_insert(report);
                Outcome::Created { runtime_id: Arc::clone(&there.runtime_id) }
            }
            Action::StartContainer { instance } => self.start(now, instance),
            Action::StopContainer { instance, .. } => {
                hints.extend(self.end(now, instance, 137));
                Outcome::Done
            }
            Action::RemoveContainer { instance } => {
                self.containers.remove(instance);
                Outcome::Done
            }
            Action::RunProbe { .. }
            | Action::RunHook { .. }
            | Action::RemovePodData { .. }
            | Action::Api(_) => Outcome::Done,
        };
        (outcome, hints)
    }

    /// Ends a running container; gives what is told of it.
    pub(super) fn end(&mut self, now: Time, instance: &InstanceId, code: i32) -> Option<Event> {
        let report = self.containers.get_mut(instance)?;
        let RunState::Running { since } = report.state else { return None };
        let exit =
            Exit { code, reason: ExitReason::Error, started: Some(since), finished: now, message: "".into() };
        report.state = RunState::Exited(exit.clone());
        Some(Event::Exited { instance: instance.clone(), exit })
    }

    /// Stops a sandbox with all that runs in it.
    pub(super) fn stop_sandbox(&mut self, now: Time, id: &SandboxId, hints: &mut Vec<Event>) {
        let inside = |report: &&ContainerReport| (&report.pod.uid, report.sandbox) == (&id.pod, id.attempt);
        let inside: Vec<InstanceId> =
            self.containers.values().filter(inside).map(|report| report.instance.clone()).collect();
        hints.extend(inside.iter().filter_map(|instance| self.end(now, instance, 137)));
        if let Some(report) = self.sandboxes.get_mut(id).filter(|it| it.state == SandboxState::Ready) {
            report.state = SandboxState::NotReady;
            hints.push(Event::SandboxGone { sandbox: id.clone() });
        }
    }

    /// All that tells it from another.
    pub(super) fn write_essence(&self, text: &mut String) {
        for report in self.sandboxes.values() {
            // A string takes whatever is written to it.
            let _ = writeln!(text, "{} {:?} {:?}", report.id, report.state, report.created);
        }
        for report in self.containers.values() {
            let ContainerReport { instance, sandbox, hash, created, state, .. } = report;
            let _ = writeln!(text, "{instance} {sandbox} {hash} {created:?} {state:?}");
        }
    }

    fn create_sandbox(&mut self, now: Time, id: &SandboxId, pod: &PodRef) -> Outcome {
        let report = self.sandboxes.entry(id.clone()).or_insert_with(|| SandboxReport {
            id: id.clone(),
            pod: pod.clone(),
            runtime_id: id.to_string().into(),
            state: SandboxState::Ready,
            created: now,
            ip: Some("10.0.0.2".into()),
            host_network: false,
        });
        match report.state {
            SandboxState::Ready => Outcome::SandboxReady {
                ip: report.ip.clone(),
                at: report.created,
                runtime_id: Arc::clone(&report.runtime_id),
            },
            SandboxState::NotReady => Outcome::Failed(Failure::Conflict(format!("{id} has stopped"))),
        }
    }

    fn start(&mut self, now: Time, instance: &InstanceId) -> Outcome {
        let Some(report) = self.containers.get_mut(instance) else {
            return Outcome::Failed(Failure::NotFound(format!("{instance}: not found")));
        };
        let home = SandboxId { pod: instance.pod.clone(), attempt: report.sandbox };
        let home_is_ready = self.sandboxes.get(&home).is_some_and(|it| it.state == SandboxState::Ready);
        match &report.state {
            RunState::Running { since } => Outcome::Started { at: *since },
            RunState::Created if home_is_ready => {
                report.state = RunState::Running { since: now };
                Outcome::Started { at: now }
            }
            RunState::Created => Outcome::Failed(Failure::NotFound(format!("{home} is not running"))),
            RunState::Exited(_) | RunState::Unknown => {
                Outcome::Failed(Failure::Conflict(format!("{instance} has ended")))
            }
        }
    }
}
