//! Whether all containers of a pod start anew in their sandbox, because one ended in a way that asks for it.
//!
//! Follows the gate `RestartAllContainersOnContainerExits` (1.36: beta, on): all are stopped without grace and removed, whoever asked for it
//! last, so that a kubelet that is restarted half-way still sees why; then the pod starts as in a new sandbox.

use crate::{
    contract::{Cause, ContainerReport, RunState},
    id::InstanceId,
    manifest::{Pod, RestartAction},
    pod::{Observed, restart, vanished},
};

/// Containers to remove before a pod starts anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllAgain {
    /// Those that did not ask for it.
    pub others: Vec<InstanceId>,
    /// Those that did.
    pub sources: Vec<InstanceId>,
    /// Why.
    pub because: Cause,
}

/// Whether a container of this pod has ended so that all must start anew.
pub fn asked_by(pod: &Pod, observed: &Observed) -> Option<(ContainerReport, i32)> {
    let containers = pod.spec.init_containers.iter().chain(&pod.spec.containers);
    containers.filter(|container| !container.restart_rules.is_empty()).find_map(|container| {
        let newest = observed.newest(&container.name).filter(|report| !vanished(report))?;
        match &newest.state {
            RunState::Exited(exit) => (restart::rule(container, exit)
                == Some(RestartAction::RestartAllContainers))
            .then(|| (newest.clone(), exit.code)),
            RunState::Created | RunState::Running { .. } | RunState::Unknown => None,
        }
    })
}

/// What to remove, when a container has asked for it.
pub(super) fn wanted(pod: &Pod, observed: &Observed) -> Option<AllAgain> {
    let (source, code) = asked_by(pod, observed)?;
    let because = Cause::AllAgain { container: source.instance.container.clone(), code };
    let asks = |report: &&ContainerReport| report.instance.container == source.instance.container;
    let (sources, others): (Vec<_>, Vec<_>) =
        observed.containers.iter().filter(|report| !vanished(report)).partition(asks);
    let ids = |reports: Vec<&ContainerReport>| reports.into_iter().map(|it| it.instance.clone()).collect();
    Some(AllAgain { others: ids(others), sources: ids(sources), because })
}
