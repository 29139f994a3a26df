//! A pod's conditions, in the kubelet's order.

use std::sync::Arc;

use super::{PodFailure, Seen, containers, words::word};
use crate::{
    manifest::{Pod, RestartAction},
    pod::plan::asked_by,
    small::SmallMap,
    time::Time,
    view::{ConditionView, ContainerView, Phase, StateView},
};

/// When each condition last changed.
#[derive(Clone, Debug, Default)]
pub struct Transitions(SmallMap<Arc<str>, (bool, Time)>);

impl Transitions {
    pub(super) fn note(&mut self, conditions: &[ConditionView], now: Time) {
        for condition in conditions {
            let known = self.0.get(&condition.kind).map(|(status, _)| *status);
            if known != Some(condition.status) {
                self.0.insert(condition.kind.clone(), (condition.status, now));
            }
        }
    }

    pub(super) fn stamp(&self, conditions: &mut [ConditionView], first: Time) {
        for condition in conditions {
            let known = self.0.get(&condition.kind).filter(|(status, _)| *status == condition.status);
            condition.last_transition = known.map_or(first, |(_, at)| *at);
        }
    }
}

/// All conditions, without their times.
pub(super) fn all(pod: &Pod, seen: &Seen, phase: Phase) -> Vec<ConditionView> {
    let (init, regular) = (containers::init(pod, seen), containers::regular(pod, seen));
    let ready = ready(pod, phase, &init, &regular);
    let mut all = vec![
        condition("PodReadyToStartContainers", sandbox_ready(seen), None),
        initialized(phase, &init, &regular),
        ConditionView { kind: word("Ready"), ..ready.clone() },
        ready,
        condition("PodScheduled", true, None),
    ];
    all.extend(all_restarting(pod, seen));
    if let Some(message) = seen.failure.as_ref().and_then(PodFailure::disruption) {
        all.push(condition("DisruptionTarget", true, Some(("TerminationByKubelet", message.to_owned()))));
    }
    all
}

/// Only for pods with a container that may ask for it.
fn all_restarting(pod: &Pod, seen: &Seen) -> Option<ConditionView> {
    const KIND: &str = "AllContainersRestarting";
    let may = pod.spec.init_containers.iter().chain(&pod.spec.containers).any(|container| {
        container.restart_rules.iter().any(|rule| rule.action == RestartAction::RestartAllContainers)
    });
    let why = ("RestartAllContainersStarted", "container exited with restart policy rule".to_owned());
    may.then(|| match asked_by(pod, &seen.observed) {
        Some(_) => condition(KIND, true, Some(why)),
        None => condition(KIND, false, None),
    })
}

fn sandbox_ready(seen: &Seen) -> bool {
    seen.sandbox_ready_since.is_some()
}

fn initialized(phase: Phase, init: &[ContainerView], regular: &[ContainerView]) -> ConditionView {
    const KIND: &str = "Initialized";
    if phase == Phase::Succeeded {
        return condition(KIND, true, Some(("PodCompleted", String::new())));
    }
    let begun = regular.iter().any(|c| {
        matches!(c.state, StateView::Running { .. } | StateView::Terminated(_)) || c.last_state.is_some()
    });
    let incomplete: Vec<&str> = init
        .iter()
        .filter(|c| if c.sidecar { !c.started } else { !c.ready })
        .map(|c| c.name.as_str())
        .collect();
    if begun || incomplete.is_empty() {
        return condition(KIND, true, None);
    }
    let message = format!("containers with incomplete status: [{}]", incomplete.join(" "));
    condition(KIND, false, Some(("ContainersNotInitialized", message)))
}

fn ready(pod: &Pod, phase: Phase, init: &[ContainerView], regular: &[ContainerView]) -> ConditionView {
    const KIND: &str = "ContainersReady";
    match phase {
        Phase::Succeeded => return condition(KIND, false, Some(("PodCompleted", String::new()))),
        Phase::Failed => return condition(KIND, false, Some(("PodFailed", String::new()))),
        Phase::Pending | Phase::Running => {}
    }
    let sidecars = init.iter().filter(|c| c.sidecar);
    let in_order = pod.spec.containers.iter().filter_map(|c| regular.iter().find(|view| view.name == c.name));
    let unready: Vec<&str> = sidecars.chain(in_order).filter(|c| !c.ready).map(|c| c.name.as_str()).collect();
    if unready.is_empty() {
        return condition(KIND, true, None);
    }
    let message = format!("containers with unready status: [{}]", unready.join(" "));
    condition(KIND, false, Some(("ContainersNotReady", message)))
}

fn condition(kind: &str, status: bool, why: Option<(&str, String)>) -> ConditionView {
    let (reason, message) = why.map_or((None, None), |(reason, message)| {
        (Some(word(reason)), (!message.is_empty()).then(|| message.into()))
    });
    ConditionView { kind: word(kind), status, reason, message, last_transition: Time::ZERO }
}
