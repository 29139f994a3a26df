//! The decision: what one pod needs now. A total function of what should be and what is; it acts on nothing.
//!
//! Follows the kubelet's `computePodActions` (`pkg/kubelet/kuberuntime/kuberuntime_manager.go`).

mod all_again;
mod init;

use std::time::Duration;

pub use all_again::{AllAgain, asked_by};

use crate::{
    contract::{Cause, ContainerReport, Exit, ExitReason, ProbeKind, RunState},
    id::{ContainerName, InstanceId},
    manifest::{Container, Pod, RestartPolicy},
    pod::{KillReason, Observed, Probers, probe_of, restart, spec::container_hash},
    time::Time,
};

/// What one pod needs now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Stop everything the pod has, sandbox included, before anything else.
    pub kill_pod: Option<Cause>,
    /// Then stop these.
    pub kill: Vec<Kill>,
    /// Or stop and remove all its containers, and keep the sandbox.
    pub all_again: Option<AllAgain>,
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
    /// How long it may take, when not as long as its pod says.
    pub grace: Option<Duration>,
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
    /// When the instance before ended, as far as was known when this was decided: a back-off counts from there.
    pub failed: Option<Time>,
}

impl Plan {
    /// Whether the pod is as it should be.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kill_pod.is_none()
            && self.kill.is_empty()
            && self.all_again.is_none()
            && self.sandbox.is_none()
            && self.start.is_empty()
    }
}

/// What `pod` needs, given what the runtime has of it.
#[must_use]
pub fn plan(pod: &Pod, observed: &Observed, probers: &Probers) -> Plan {
    match sandbox_wanted(pod, observed) {
        Some(sandbox) => with_new_sandbox(pod, observed, sandbox),
        None => in_sandbox(pod, observed, probers),
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
            let runs = matches!(
                observed.newest(&container.name).map(|report| &report.state),
                Some(RunState::Running { .. })
            );
            let done = |exit: &Exit| {
                exit.code == 0
                    && restart::policy(pod, container) == RestartPolicy::OnFailure
                    && !restart::after_exit(pod, container, exit)
            };
            runs || !observed.newest_exit(&container.name).is_some_and(done)
        })
        .collect();
    if again.is_empty() && pod.spec.containers.iter().any(|c| observed.newest(&c.name).is_some()) {
        return Plan { kill_pod: Some(Cause::PodFinished), ..Plan::default() };
    }
    let start = match pod.spec.init_containers.first() {
        Some(_) => init::first(pod),
        None => again.iter().map(|c| start_of(c, observed)).collect(),
    };
    Plan { kill_pod: Some(because), sandbox: Some(sandbox), start, ..Plan::default() }
}

fn in_sandbox(pod: &Pod, observed: &Observed, probers: &Probers) -> Plan {
    if let Some(all_again) = all_again::wanted(pod, observed) {
        return Plan { all_again: Some(all_again), ..Plan::default() };
    }
    let inits = init::plan(pod, observed, probers);
    let mut plan = Plan { kill: inits.kill, start: inits.start, ..Plan::default() };
    if inits.failed {
        return Plan { kill_pod: Some(Cause::PodFinished), ..Plan::default() };
    }
    if !inits.done {
        return plan;
    }
    let mut kept = 0;
    for container in &pod.spec.containers {
        let newest = observed.newest(&container.name);
        match newest.map(|report| (&report.state, report)) {
            Some((RunState::Running { .. }, report)) => match must_go(container, report, probers) {
                Some(kill) => {
                    // A failed probe restarts what may be restarted; a changed definition restarts whatever the policy says.
                    let again = matches!(kill.reason, KillReason::DefinitionChanged)
                        || restart::policy(pod, container) != RestartPolicy::Never;
                    if again {
                        let because = kill.because.clone();
                        plan.start.push(Start { because, ..start_of(container, observed) });
                    }
                    plan.kill.push(kill);
                }
                None => kept += 1,
            },
            Some((RunState::Unknown, report)) => {
                plan.kill.push(kill(report, false, KillReason::Unknown, Cause::ContainerUnknown));
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

/// Why a running container must be stopped, if it must: its definition changed, or a probe says so.
fn must_go(container: &Container, report: &ContainerReport, probers: &Probers) -> Option<Kill> {
    if report.hash != container_hash(container) {
        return Some(kill(report, false, KillReason::DefinitionChanged, Cause::DefinitionChanged));
    }
    let kind = probers.health(container, &report.instance).failed?;
    Some(killed_by_probe(container, report, false, kind))
}

fn killed_by_probe(container: &Container, report: &ContainerReport, init: bool, kind: ProbeKind) -> Kill {
    let own = probe_of(container, kind).and_then(|probe| probe.termination_grace_period_seconds);
    let grace = own.map(|seconds| Duration::from_secs(u64::try_from(seconds).unwrap_or(0)));
    Kill { grace, ..kill(report, init, KillReason::Probe(kind), Cause::ProbeFailed { kind }) }
}

fn kill(report: &ContainerReport, init: bool, reason: KillReason, because: Cause) -> Kill {
    Kill { instance: report.instance.clone(), init, reason, because, grace: None }
}

fn start_of(container: &Container, observed: &Observed) -> Start {
    Start {
        container: container.name.clone(),
        init: false,
        sidecar: false,
        because: start_cause(&container.name, observed),
        failed: observed.newest_exit(&container.name).map(|exit| exit.finished),
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
