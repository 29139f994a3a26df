//! The decision: what one pod needs now. A total function of what should be and what is; it acts on nothing.
//!
//! Follows the kubelet's `computePodActions` (`pkg/kubelet/kuberuntime/kuberuntime_manager.go`).

use crate::{
    contract::{Cause, ExitReason, RunState},
    id::{ContainerName, InstanceId},
    manifest::{Container, Pod, RestartPolicy},
    pod::{KillReason, Observed, restart, spec::container_hash},
};

/// What one pod needs now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Stop everything the pod has, sandbox included, before anything else.
    pub kill_pod: Option<Cause>,
    /// Then stop these.
    pub kill: Vec<Kill>,
    /// Then make a sandbox.
    pub sandbox: Option<NewSandbox>,
    /// Then start these, one after the other.
    pub start: Vec<Start>,
}

/// A container to stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kill {
    /// Which.
    pub instance: InstanceId,
    /// Whether it is an init container.
    pub init: bool,
    /// What its event says.
    pub reason: KillReason,
    /// Why.
    pub because: Cause,
}

/// A sandbox to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSandbox {
    /// Its number.
    pub attempt: u32,
    /// Whether the one before broke, which deserves an event.
    pub changed: bool,
    /// Why.
    pub because: Cause,
}

/// A container to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// Which.
    pub container: ContainerName,
    /// Whether it is an init container.
    pub init: bool,
    /// Whether the ones after it need not wait for its end.
    pub sidecar: bool,
    /// Why.
    pub because: Cause,
}

impl Plan {
    /// Whether the pod is as it should be.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kill_pod.is_none() && self.kill.is_empty() && self.sandbox.is_none() && self.start.is_empty()
    }
}

/// What `pod` needs, given what the runtime has of it.
#[must_use]
pub fn plan(pod: &Pod, observed: &Observed) -> Plan {
    match sandbox_wanted(pod, observed) {
        Some(sandbox) => with_new_sandbox(pod, observed, sandbox),
        None => in_sandbox(pod, observed),
    }
}

/// The sandbox to make when the pod's own will not do.
fn sandbox_wanted(pod: &Pod, observed: &Observed) -> Option<NewSandbox> {
    let Some(newest) = observed.sandboxes.first() else {
        return Some(NewSandbox {
            attempt: 0,
            changed: false,
            because: Cause::PodAdded { file: pod.file.clone() },
        });
    };
    let attempt = newest.id.attempt + 1;
    if observed.ready_sandboxes().count() > 1 || observed.ready_sandboxes().next() != Some(newest) {
        return Some(NewSandbox { attempt, changed: true, because: Cause::SandboxNotReady });
    }
    if newest.host_network != pod.spec.host_network {
        return Some(NewSandbox { attempt, changed: false, because: Cause::NetworkModeChanged });
    }
    None
}

fn with_new_sandbox(pod: &Pod, observed: &Observed, sandbox: NewSandbox) -> Plan {
    let because = sandbox.because.clone();
    let ran_before = !observed.containers.is_empty();
    if pod.spec.restart_policy == RestartPolicy::Never && sandbox.attempt != 0 && ran_before {
        return Plan { kill_pod: Some(Cause::PodFinished), ..Plan::default() };
    }
    let again: Vec<&Container> = pod
        .spec
        .containers
        .iter()
        .filter(|container| {
            let succeeded = observed.newest_exit(&container.name).is_some_and(|exit| exit.code == 0)
                && !matches!(
                    observed.newest(&container.name).map(|r| &r.state),
                    Some(RunState::Running { .. })
                );
            !(succeeded && restart::policy(pod, container) == RestartPolicy::OnFailure)
        })
        .collect();
    if again.is_empty() && pod.spec.containers.iter().any(|c| observed.newest(&c.name).is_some()) {
        return Plan { kill_pod: Some(Cause::PodFinished), ..Plan::default() };
    }
    let start = match pod.spec.init_containers.first() {
        Some(_) => first_inits(pod),
        None => again.iter().map(|c| start_of(c, observed)).collect(),
    };
    Plan { kill_pod: Some(because), kill: Vec::new(), sandbox: Some(sandbox), start }
}

/// The init containers to start in a fresh sandbox: sidecars up to and including the first that must end.
fn first_inits(pod: &Pod) -> Vec<Start> {
    starts_from(&pod.spec.init_containers, 0)
}

fn starts_from(inits: &[Container], from: usize) -> Vec<Start> {
    let mut starts = Vec::new();
    for container in inits.iter().skip(from) {
        let sidecar = restart::is_sidecar(container);
        starts.push(Start {
            container: container.name.clone(),
            init: true,
            sidecar,
            because: Cause::ContainerMissing,
        });
        if !sidecar {
            break;
        }
    }
    starts
}

fn in_sandbox(pod: &Pod, observed: &Observed) -> Plan {
    let inits = init_plan(pod, observed);
    let mut plan = Plan { start: inits.start, ..Plan::default() };
    if inits.failed {
        plan.kill_pod = Some(Cause::PodFinished);
        return plan;
    }
    if !inits.done {
        return plan;
    }
    let mut kept = 0;
    for container in &pod.spec.containers {
        let newest = observed.newest(&container.name);
        match newest.map(|report| (&report.state, report)) {
            Some((RunState::Running { .. }, report)) if report.hash != container_hash(container) => {
                plan.kill.push(Kill {
                    instance: report.instance.clone(),
                    init: false,
                    reason: KillReason::DefinitionChanged,
                    because: Cause::DefinitionChanged,
                });
                plan.start.push(Start { because: Cause::DefinitionChanged, ..start_of(container, observed) });
            }
            Some((RunState::Running { .. }, _)) => kept += 1,
            Some((RunState::Unknown, report)) => {
                plan.kill.push(Kill {
                    instance: report.instance.clone(),
                    init: false,
                    reason: KillReason::Unknown,
                    because: Cause::ContainerUnknown,
                });
                plan.start.push(start_of(container, observed));
            }
            None | Some((RunState::Created | RunState::Exited(_), _)) => {
                if restart::wanted(pod, container, observed) {
                    plan.start.push(start_of(container, observed));
                }
            }
        }
    }
    let starts_regular = plan.start.iter().any(|start| !start.init);
    if kept == 0 && !starts_regular {
        return Plan { kill_pod: Some(Cause::PodFinished), ..Plan::default() };
    }
    plan
}

fn start_of(container: &Container, observed: &Observed) -> Start {
    Start {
        container: container.name.clone(),
        init: false,
        sidecar: false,
        because: start_cause(&container.name, observed),
    }
}

fn start_cause(name: &ContainerName, observed: &Observed) -> Cause {
    match observed.newest(name).map(|report| &report.state) {
        None => Cause::ContainerMissing,
        Some(RunState::Created) => Cause::ContainerNeverStarted,
        Some(RunState::Running { .. }) => Cause::SandboxNotReady,
        Some(RunState::Unknown) => Cause::ContainerUnknown,
        Some(RunState::Exited(exit)) if exit.reason == ExitReason::ContainerStatusUnknown => {
            Cause::ContainerMissing
        }
        Some(RunState::Exited(exit)) => Cause::ContainerExited { code: exit.code },
    }
}

/// What the init containers need, and whether the regular ones may run.
#[derive(Default)]
struct Inits {
    start: Vec<Start>,
    done: bool,
    failed: bool,
}

/// The highest init container that has run decides (`computeInitContainerActions`).
fn init_plan(pod: &Pod, observed: &Observed) -> Inits {
    let inits = &pod.spec.init_containers;
    let sidecars_to_start = || -> Vec<Start> {
        inits
            .iter()
            .filter(|c| restart::is_sidecar(c) && restart::wanted(pod, c, observed))
            .map(|c| Start { init: true, sidecar: true, ..start_of(c, observed) })
            .collect()
    };
    let initialized = pod.spec.containers.iter().any(|container| {
        matches!(
            observed.newest(&container.name).map(|report| &report.state),
            Some(RunState::Created | RunState::Running { .. })
        )
    });
    if initialized || inits.is_empty() {
        return Inits { start: sidecars_to_start(), done: true, failed: false };
    }
    let Some((at, container)) =
        inits.iter().enumerate().rev().find(|(_, c)| observed.newest(&c.name).is_some())
    else {
        return Inits { start: starts_from(inits, 0), ..Inits::default() };
    };
    let last = at + 1 == inits.len();
    let earlier = |starts: Vec<Start>| -> Vec<Start> {
        let mut all: Vec<Start> = sidecars_to_start();
        all.retain(|start| !starts.iter().any(|other| other.container == start.container));
        all.extend(starts);
        all
    };
    let next = || earlier(starts_from(inits, at + 1));
    match observed.newest(&container.name).map(|report| &report.state) {
        Some(RunState::Running { .. }) if restart::is_sidecar(container) => {
            Inits { start: if last { sidecars_to_start() } else { next() }, done: last, failed: false }
        }
        Some(RunState::Running { .. }) => Inits { start: sidecars_to_start(), ..Inits::default() },
        Some(RunState::Exited(exit)) if !restart::is_sidecar(container) && exit.code == 0 => {
            Inits { start: if last { sidecars_to_start() } else { next() }, done: last, failed: false }
        }
        Some(RunState::Exited(exit)) => {
            if restart::is_sidecar(container) || restart::after_exit(init_policy(pod, container), exit) {
                let because = Cause::ContainerExited { code: exit.code };
                let again = Start {
                    container: container.name.clone(),
                    init: true,
                    sidecar: restart::is_sidecar(container),
                    because,
                };
                Inits {
                    start: earlier(vec![again]),
                    done: last && restart::is_sidecar(container),
                    failed: false,
                }
            } else {
                Inits { failed: true, ..Inits::default() }
            }
        }
        None | Some(RunState::Created | RunState::Unknown) => {
            let because = Cause::ContainerNeverStarted;
            let again = Start {
                container: container.name.clone(),
                init: true,
                sidecar: restart::is_sidecar(container),
                because,
            };
            Inits { start: earlier(vec![again]), ..Inits::default() }
        }
    }
}

/// An init container's own policy counts; a pod that always restarts retries its init containers only when they fail.
fn init_policy(pod: &Pod, container: &Container) -> RestartPolicy {
    match container.restart_policy.unwrap_or(pod.spec.restart_policy) {
        RestartPolicy::Always | RestartPolicy::OnFailure => RestartPolicy::OnFailure,
        RestartPolicy::Never => RestartPolicy::Never,
    }
}
