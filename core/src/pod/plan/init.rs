//! What the init containers and sidecars of a pod need, and whether its regular containers may run.
//!
//! Follows `computeInitContainerActions` (`pkg/kubelet/kuberuntime/kuberuntime_container.go`): the highest one that has run decides.

use super::{Kill, Start, killed_by_probe, start_of};
use crate::{
    contract::RunState,
    manifest::{Container, Pod},
    pod::{Observed, Probers, restart},
};

/// What the init containers need, and whether the regular ones may run.
#[derive(Default)]
pub(super) struct Inits {
    pub(super) kill: Vec<Kill>,
    pub(super) start: Vec<Start>,
    pub(super) done: bool,
    pub(super) failed: bool,
}

/// The init containers to start in a fresh sandbox: sidecars up to and including the first that must be waited for.
pub(super) fn first(pod: &Pod) -> Vec<Start> {
    let nothing = Observed::nothing(pod.id.clone());
    from(&pod.spec.init_containers, 0, &nothing)
}

/// From the one at `at` on, as far as none must be waited for: a plain one to its end, a sidecar until its startup probe succeeds.
fn from(inits: &[Container], at: usize, observed: &Observed) -> Vec<Start> {
    let mut starts = Vec::new();
    for container in inits.iter().skip(at) {
        starts.push(again(container, observed));
        if !restart::is_sidecar(container) || container.probes.startup.is_some() {
            break;
        }
    }
    starts
}

fn again(container: &Container, observed: &Observed) -> Start {
    Start { init: true, sidecar: restart::is_sidecar(container), ..start_of(container, observed) }
}

pub(super) fn plan(pod: &Pod, observed: &Observed, probers: &Probers) -> Inits {
    let inits = &pod.spec.init_containers;
    let initialized = pod.spec.containers.iter().any(|container| {
        matches!(
            observed.newest(&container.name).map(|report| &report.state),
            Some(RunState::Created | RunState::Running { .. })
        )
    });
    let mut result = sidecars(pod, observed, probers, initialized);
    if initialized || inits.is_empty() {
        result.done = true;
        return result;
    }
    let Some((at, container)) =
        inits.iter().enumerate().rev().find(|(_, c)| observed.newest(&c.name).is_some())
    else {
        return Inits { start: from(inits, 0, observed), ..Inits::default() };
    };
    let newest = observed.newest(&container.name);
    let over = match newest.map(|report| (&report.state, report)) {
        Some((RunState::Running { .. }, report)) => {
            restart::is_sidecar(container) && probers.health(container, &report.instance).started
        }
        Some((RunState::Exited(exit), _)) => !restart::is_sidecar(container) && exit.code == 0,
        None | Some((RunState::Created | RunState::Unknown, _)) => false,
    };
    if over {
        result.done = at + 1 == inits.len();
        add(&mut result.start, from(inits, at + 1, observed));
        return result;
    }
    if restart::is_sidecar(container) {
        // One that ended is among the sidecars to start; one that runs is waited for.
        return result;
    }
    match newest.map(|report| &report.state) {
        Some(RunState::Running { .. }) => {}
        Some(RunState::Exited(exit)) if !restart::after_exit(pod, container, exit) => {
            return Inits { failed: true, ..Inits::default() };
        }
        None | Some(RunState::Exited(_) | RunState::Created | RunState::Unknown) => {
            add(&mut result.start, vec![again(container, observed)]);
        }
    }
    result
}

/// Sidecars that should run and do not, and those that a probe wants restarted. Before the pod is initialized, one that has not run yet
/// waits for its turn.
fn sidecars(pod: &Pod, observed: &Observed, probers: &Probers, initialized: bool) -> Inits {
    let mut result = Inits::default();
    for container in pod.spec.init_containers.iter().filter(|c| restart::is_sidecar(c)) {
        let Some(report) = observed.newest(&container.name) else {
            if initialized {
                result.start.push(again(container, observed));
            }
            continue;
        };
        match &report.state {
            RunState::Running { .. } => {
                if let Some(kind) = probers.health(container, &report.instance).failed {
                    result.kill.push(killed_by_probe(container, report, true, kind));
                    result.start.push(again(container, observed));
                }
            }
            RunState::Created | RunState::Exited(_) | RunState::Unknown => {
                result.start.push(again(container, observed));
            }
        }
    }
    result
}

fn add(starts: &mut Vec<Start>, more: Vec<Start>) {
    for start in more {
        if !starts.iter().any(|other| other.container == start.container) {
            starts.push(start);
        }
    }
}
