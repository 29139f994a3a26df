//! Each container's status: the newest instance is its state, the one before its last state.

use std::sync::Arc;

use super::{Seen, text};
use crate::{
    contract::{ContainerReport, Exit, ExitReason, RunState},
    manifest::{Container, Pod},
    pod::{Reason, WaitingReason, restart},
    view::{ContainerView, StateView},
};

/// Regular containers, by name.
pub(super) fn regular(pod: &Pod, seen: &Seen) -> Vec<ContainerView> {
    let mut views: Vec<ContainerView> =
        pod.spec.containers.iter().map(|c| view(pod, c, seen, false)).collect();
    crate::sort::by(&mut views, |a, b| a.name.cmp(&b.name));
    views
}

/// Init containers and sidecars, in the manifest's order.
pub(super) fn init(pod: &Pod, seen: &Seen) -> Vec<ContainerView> {
    pod.spec.init_containers.iter().map(|c| view(pod, c, seen, true)).collect()
}

/// All last messages of a pod together may be so long; each container has an equal part.
const MESSAGES_OF_A_POD: usize = 12 << 10;

/// A message that is too long for its part is cut, as `pkg/kubelet/status` does it.
fn cut(exit: &mut Exit, pod: &Pod) {
    let containers = pod.spec.containers.len() + pod.spec.init_containers.len();
    let mut end = MESSAGES_OF_A_POD / containers.max(1);
    if exit.message.len() > end {
        while !exit.message.is_char_boundary(end) {
            end -= 1;
        }
        exit.message = exit.message[..end].into();
    }
}

fn view(pod: &Pod, container: &Container, seen: &Seen, init: bool) -> ContainerView {
    let mut instances = seen.observed.instances(&container.name);
    let (newest, before) = (instances.next(), instances.next());
    let sidecar = init && restart::is_sidecar(container);
    let removed = seen.memory.ends.get(&container.name).filter(|_| before.is_none());
    let mut last_state = before.and_then(exit_of).or(removed).cloned();
    let mut last = before;
    let mut state = match newest {
        None => StateView::Waiting { reason: text(&not_yet(pod)), message: "".into() },
        Some(report) => match &report.state {
            RunState::Created => StateView::Waiting { reason: "".into(), message: "".into() },
            RunState::Running { since } => StateView::Running { since: *since },
            RunState::Exited(exit) => StateView::Terminated(exit.clone()),
            RunState::Unknown => StateView::Terminated(lost(report)),
        },
    };
    let waits_again = !matches!(state, StateView::Running { .. }) && wanted(pod, container, seen, init);
    if let Some(Reason { reason, message }) = seen.memory.reasons.get(&container.name).filter(|_| waits_again)
    {
        if let StateView::Terminated(exit) = state {
            (last_state, last) = (Some(exit), newest);
        }
        state = StateView::Waiting { reason: text(reason), message: message.clone() };
    }
    // What vanished is not a state of its own: the container waits to be made again, and was last seen running.
    if let StateView::Terminated(exit) = &state
        && exit.reason == ExitReason::ContainerStatusUnknown
        && waits_again
    {
        (last_state, last) = (Some(exit.clone()), newest);
        state = StateView::Waiting { reason: text(&not_yet(pod)), message: "".into() };
    }
    let running = matches!(state, StateView::Running { .. });
    let health =
        newest.filter(|_| running).map(|report| seen.memory.probers.shown(container, &report.instance));
    let completed = matches!(&state, StateView::Terminated(exit) if exit.code == 0);
    let image: Arc<str> = newest.map_or_else(|| container.image.clone(), |report| report.image.clone());
    if let StateView::Terminated(exit) = &mut state {
        cut(exit, pod);
    }
    if let Some(exit) = &mut last_state {
        cut(exit, pod);
    }
    ContainerView {
        name: container.name.clone(),
        image,
        image_id: newest.map_or_else(|| "".into(), |report| report.image_id.clone()),
        container_id: newest.map(|report| report.runtime_id.clone()),
        last_container_id: last.map(|report| report.runtime_id.clone()),
        ready: if init && !sidecar { completed } else { health.is_some_and(|health| health.ready) },
        started: health.is_some_and(|health| health.started),
        restart_count: newest.map_or_else(
            || removed.and(seen.memory.attempts.get(&container.name)).map_or(0, |attempt| attempt + 1),
            |report| report.instance.attempt,
        ),
        state,
        last_state,
        sidecar,
    }
}

fn exit_of(report: &ContainerReport) -> Option<&Exit> {
    match &report.state {
        RunState::Exited(exit) => Some(exit),
        RunState::Created | RunState::Running { .. } | RunState::Unknown => None,
    }
}

fn not_yet(pod: &Pod) -> WaitingReason {
    if pod.spec.init_containers.is_empty() {
        WaitingReason::ContainerCreating
    } else {
        WaitingReason::PodInitializing
    }
}

/// Whether the container will be started again as things stand. An init container of a pod that always restarts is retried only when it
/// failed.
fn wanted(pod: &Pod, container: &Container, seen: &Seen, init: bool) -> bool {
    if init && !restart::is_sidecar(container) {
        let failed = seen.observed.newest_exit(&container.name).is_none_or(|exit| exit.code != 0);
        return failed && restart::wanted(pod, container, &seen.observed);
    }
    restart::wanted(pod, container, &seen.observed)
}

fn lost(report: &ContainerReport) -> Exit {
    Exit {
        code: 137,
        reason: ExitReason::ContainerStatusUnknown,
        started: None,
        finished: report.created,
        message: "The container could not be located when the pod was terminated".into(),
    }
}
