//! The columns of `kubectl get pods`: STATUS, READY, RESTARTS.
//!
//! Follows `printPod` (`pkg/printers/internalversion/printers.go`).

use std::sync::Arc;

use super::PodFailure;
use crate::{
    manifest::Pod,
    time::Time,
    view::{ConditionView, ContainerView, Phase, StateView},
};

pub(super) struct Columns {
    pub(super) status: Arc<str>,
    pub(super) ready: (u32, u32),
    pub(super) restarts: u32,
    pub(super) last_restart: Option<Time>,
}

pub(super) fn columns(
    pod: &Pod,
    (phase, failure): (Phase, Option<&PodFailure>),
    init: &[ContainerView],
    regular: &[ContainerView],
    conditions: &[ConditionView],
    ending: bool,
) -> Columns {
    let holds = |kind: &str| conditions.iter().any(|condition| &*condition.kind == kind && condition.status);
    let sidecars = || init.iter().filter(|c| c.sidecar);
    let total = pod.spec.containers.len() + sidecars().count();
    let ready = regular.iter().chain(sidecars().filter(|c| c.started)).filter(|c| c.ready).count();

    let begin = failure.map_or_else(|| phase.to_string(), |failure| failure.reason().to_owned());
    let initializing = initializing(init);
    let (mut status, counted): (String, Vec<&ContainerView>) = match initializing {
        Some(status) if !holds("Initialized") => (status, init.iter().collect()),
        Some(_) | None => {
            (regular_status(pod, begin, regular, holds("Ready")), sidecars().chain(regular).collect())
        }
    };
    if ending && !matches!(phase, Phase::Succeeded | Phase::Failed) {
        "Terminating".clone_into(&mut status);
    }
    Columns {
        status: status.into(),
        ready: (count(ready), count(total)),
        restarts: counted.iter().map(|c| c.restart_count).sum(),
        last_restart: counted.iter().filter_map(|c| c.last_state.as_ref()).map(|exit| exit.finished).max(),
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// What the first init container that is not done says.
fn initializing(init: &[ContainerView]) -> Option<String> {
    let (at, container) = init.iter().enumerate().find(|(_, c)| {
        let done = matches!(&c.state, StateView::Terminated(exit) if exit.code == 0);
        !(done || (c.sidecar && c.started))
    })?;
    Some(match &container.state {
        StateView::Terminated(exit) => format!("Init:{}", exit.reason),
        StateView::Waiting { reason, .. } if !reason.is_empty() && &**reason != "PodInitializing" => {
            format!("Init:{reason}")
        }
        StateView::Waiting { .. } | StateView::Running { .. } => format!("Init:{at}/{}", init.len()),
    })
}

/// From last to first, so that the first container by name has the last word.
fn regular_status(pod: &Pod, begin: String, regular: &[ContainerView], pod_ready: bool) -> String {
    let mut status = begin;
    let mut error = None;
    let mut running = false;
    let known = |c: &&ContainerView| pod.spec.containers.iter().any(|wanted| wanted.name == c.name);
    for container in regular.iter().filter(known).rev() {
        match &container.state {
            StateView::Waiting { reason, .. } if !reason.is_empty() => {
                reason.as_ref().clone_into(&mut status);
            }
            StateView::Terminated(exit) => {
                status = exit.reason.to_string();
                if exit.code != 0 {
                    error = Some(status.clone());
                }
            }
            StateView::Running { .. } if container.ready => running = true,
            StateView::Waiting { .. } | StateView::Running { .. } => {}
        }
    }
    if status != "Completed" {
        return status;
    }
    match error {
        _ if running && pod_ready => "Running".to_owned(),
        Some(error) => error,
        None if running => "NotReady".to_owned(),
        None => status,
    }
}
