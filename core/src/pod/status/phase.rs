//! A pod's phase: counted over its containers.

use super::Seen;
use crate::{
    contract::RunState,
    manifest::{Container, Pod},
    pod::{Observed, restart},
    view::Phase,
};

#[derive(Default)]
struct Count {
    waiting: u32,
    running: u32,
    stopped: u32,
    restartable: u32,
    failed: u32,
}

pub(super) fn phase(pod: &Pod, seen: &Seen) -> Phase {
    if seen.failure.is_some() {
        return Phase::Failed;
    }
    let observed = &seen.observed;
    match inits(pod, seen) {
        Inits::Failed => return Phase::Failed,
        Inits::Pending => return Phase::Pending,
        Inits::Done => {}
    }
    let mut count = Count::default();
    for container in &pod.spec.containers {
        add(&mut count, pod, container, observed);
    }
    let sidecars = pod.spec.init_containers.iter().filter(|c| restart::is_sidecar(c));
    count.running += u32::try_from(sidecars.filter(|c| runs(observed, c)).count()).unwrap_or(u32::MAX);
    match count {
        Count { waiting: 1.., .. } => Phase::Pending,
        Count { running: 1.., .. } | Count { stopped: 1.., restartable: 1.., .. } => Phase::Running,
        Count { stopped: 1.., failed: 0, .. } => Phase::Succeeded,
        Count { stopped: 1.., .. } => Phase::Failed,
        Count { .. } => Phase::Pending,
    }
}

fn add(count: &mut Count, pod: &Pod, container: &Container, observed: &Observed) {
    let before = observed.instances(&container.name).nth(1);
    match observed.newest(&container.name).map(|report| &report.state) {
        Some(RunState::Running { .. }) => count.running += 1,
        Some(RunState::Exited(exit)) => {
            count.stopped += 1;
            if restart::after_exit(pod, container, exit) {
                count.restartable += 1;
            }
            if exit.code != 0 {
                count.failed += 1;
            }
        }
        // It ran before and waits now: as good as ended, and on its way back.
        Some(RunState::Created | RunState::Unknown) if before.is_some() => {
            count.stopped += 1;
            count.restartable += 1;
        }
        None | Some(RunState::Created | RunState::Unknown) => count.waiting += 1,
    }
}

fn runs(observed: &Observed, container: &Container) -> bool {
    matches!(observed.newest(&container.name).map(|report| &report.state), Some(RunState::Running { .. }))
}

enum Inits {
    Pending,
    Failed,
    Done,
}

fn inits(pod: &Pod, seen: &Seen) -> Inits {
    let observed = &seen.observed;
    let begun = pod.spec.containers.iter().any(|container| observed.newest(&container.name).is_some());
    let mut pending = false;
    for container in &pod.spec.init_containers {
        let newest = observed.newest(&container.name).map(|report| &report.state);
        if restart::is_sidecar(container) {
            let started = observed
                .newest(&container.name)
                .filter(|report| matches!(report.state, RunState::Running { .. }))
                .is_some_and(|report| seen.memory.probers.shown(container, &report.instance).started);
            pending |= !begun && !started;
            continue;
        }
        match newest {
            Some(RunState::Exited(exit)) if exit.code == 0 => {}
            Some(RunState::Exited(exit)) => {
                if !restart::after_exit(pod, container, exit) {
                    return Inits::Failed;
                }
                pending = true;
            }
            // It was cleaned away after it had done its work.
            None if begun => {}
            None | Some(RunState::Created | RunState::Running { .. } | RunState::Unknown) => pending = true,
        }
    }
    if pending { Inits::Pending } else { Inits::Done }
}
