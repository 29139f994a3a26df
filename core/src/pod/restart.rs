//! Whether a container that does not run should be started: the restart policies.
//!
//! Follows `pkg/api/v1/pod/util.go` (`ContainerShouldRestart`) and `pkg/kubelet/container/helpers.go`.

use crate::{
    contract::{Exit, RunState},
    manifest::{Container, Pod, RestartPolicy},
    pod::Observed,
};

/// The policy that counts for a container: its own, else its pod's.
#[must_use]
pub fn policy(pod: &Pod, container: &Container) -> RestartPolicy {
    container.restart_policy.unwrap_or(pod.spec.restart_policy)
}

/// Whether a container that ended so is started again.
#[must_use]
pub fn after_exit(policy: RestartPolicy, exit: &Exit) -> bool {
    match policy {
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
        Some(RunState::Exited(exit)) => after_exit(policy(pod, container), exit),
    }
}

/// Whether this init container is a sidecar: it keeps running beside the containers.
#[must_use]
pub fn is_sidecar(container: &Container) -> bool {
    container.restart_policy == Some(RestartPolicy::Always)
}
