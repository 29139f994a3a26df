//! Whether a container that does not run should be started: the restart policies.
//!
//! Follows `pkg/api/v1/pod/util.go` (`ContainerShouldRestart`) and `pkg/kubelet/container/helpers.go`.

use crate::{
    contract::{Exit, RunState},
    manifest::{Container, Pod, RestartAction, RestartPolicy, RestartRule},
    pod::Observed,
};

/// The policy that counts for a container: its own, else its pod's.
#[must_use]
pub fn policy(pod: &Pod, container: &Container) -> RestartPolicy {
    container.restart_policy.unwrap_or(pod.spec.restart_policy)
}

/// What the first of a container's rules that matches this exit code says; without a policy of its own a container has no rules.
#[must_use]
pub fn rule(container: &Container, exit: &Exit) -> Option<RestartAction> {
    container.restart_policy?;
    let matching = |rule: &&RestartRule| rule.codes.contains(&exit.code) != rule.not_in;
    container.restart_rules.iter().find(matching).map(|rule| rule.action)
}

/// Whether a container that ended so is started again: by its rules, by its own policy, by its pod's.
#[must_use]
pub fn after_exit(pod: &Pod, container: &Container, exit: &Exit) -> bool {
    if rule(container, exit).is_some() {
        return true;
    }
    match policy(pod, container) {
        RestartPolicy::Always => true,
        RestartPolicy::OnFailure => exit.code != 0,
        RestartPolicy::Never => false,
    }
}

/// Whether a container should be started: it never ran, or it ended and its policy wants it again.
#[must_use]
pub fn wanted(pod: &Pod, container: &Container, observed: &Observed) -> bool {
    match observed.newest(&container.name).map(|report| &report.state) {
        None | Some(RunState::Created | RunState::Unknown) => true,
        Some(RunState::Running { .. }) => false,
        Some(RunState::Exited(exit)) => after_exit(pod, container, exit),
    }
}

/// Whether this init container is a sidecar: it keeps running beside the containers.
#[must_use]
pub fn is_sidecar(container: &Container) -> bool {
    container.restart_policy == Some(RestartPolicy::Always)
}
