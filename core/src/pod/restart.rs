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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        contract::ExitReason,
        id::NodeName,
        manifest::{Origin, parse},
        time::Time,
    };

    fn pod(policy: &str) -> Arc<Pod> {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  restartPolicy: {policy}\n  \
             containers: [{{name: c, image: 'lab:1'}}]\n"
        );
        let origin = Origin { path: "web.yaml", node: &NodeName::from("node01") };
        parse(text.as_bytes(), &origin).pod.unwrap()
    }

    #[test]
    fn what_ended_comes_back_as_its_policy_says() {
        for (policy, expected) in
            [("Always", [true, true]), ("OnFailure", [false, true]), ("Never", [false, false])]
        {
            let pod = pod(policy);
            let again = [0, 1].map(|code| {
                let (started, finished, message) = (None, Time::ZERO, "".into());
                let exit = Exit { code, reason: ExitReason::Error, started, finished, message };
                after_exit(&pod, &pod.spec.containers[0], &exit)
            });
            assert_eq!(again, expected, "{policy}");
        }
    }
}
