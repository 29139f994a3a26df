//! What docker and crictl have in common: finding containers, how long ago things were, what people may do to them.

use std::{sync::Arc, time::Duration};

use super::{super::Host, Cx, Flags, Reply};
use crate::{
    contract::{ContainerReport, Exit, RunState, RuntimeState, SandboxReport},
    id::NodeName,
    sim::{Ending, Fault, SimError},
    time::Time,
};

/// A container or a sandbox that a command names.
#[derive(Clone, Debug)]
pub(super) enum Found {
    Container(Box<ContainerReport>),
    Sandbox(Box<SandboxReport>),
}

/// The node whose runtime is asked, and what it has.
pub(super) fn here(cx: &Cx<'_>) -> (NodeName, RuntimeState) {
    let node = match cx.console.host() {
        Host::Node(node) => node.clone(),
        Host::Workstation => "".into(),
    };
    let mut state = cx.world.runtime_state(&node).unwrap_or_default();
    // The newest come first.
    crate::sort::by(&mut state.containers, |a, b| b.created.cmp(&a.created));
    crate::sort::by(&mut state.sandboxes, |a, b| b.created.cmp(&a.created));
    (node, state)
}

/// The beginning of an id.
pub(in crate::console) fn short(id: &str, length: usize) -> String {
    id.chars().take(length).collect()
}

/// The container's name as Docker users know it.
pub(super) fn docker_name(container: &ContainerReport) -> String {
    let pod = &container.pod;
    format!(
        "k8s_{}_{}_{}_{}_{}",
        container.instance.container, pod.name, pod.namespace, pod.uid, container.instance.attempt
    )
}

/// The sandbox's name as Docker users know it.
pub(super) fn sandbox_name(sandbox: &SandboxReport) -> String {
    let pod = &sandbox.pod;
    format!("k8s_POD_{}_{}_{}_{}", pod.name, pod.namespace, pod.uid, sandbox.id.attempt)
}

/// What an id's beginning, or a name, means.
pub(super) fn find(state: &RuntimeState, word: &str) -> Option<Found> {
    let of_id = |id: &str| word.len() >= 2 && id.starts_with(word);
    let container = state.containers.iter().find(|it| of_id(&it.runtime_id) || docker_name(it) == word);
    let sandbox = state.sandboxes.iter().find(|it| of_id(&it.runtime_id) || sandbox_name(it) == word);
    let container = container.map(|it| Found::Container(Box::new(it.clone())));
    container.or_else(|| sandbox.map(|it| Found::Sandbox(Box::new(it.clone()))))
}

/// How long ago, in words: `5 seconds ago`. Follows Docker's `units.HumanDuration`.
pub(super) fn human(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (minutes, hours) = (seconds / 60, (seconds + 1800) / 3600);
    match (seconds, minutes, hours) {
        (0, ..) => "Less than a second".to_owned(),
        (1, ..) => "1 second".to_owned(),
        (..60, ..) => format!("{seconds} seconds"),
        (_, 1, _) => "About a minute".to_owned(),
        (_, ..60, _) => format!("{minutes} minutes"),
        (_, _, 1) => "About an hour".to_owned(),
        (_, _, ..48) => format!("{hours} hours"),
        (_, _, ..336) => format!("{} days", hours / 24),
        (_, _, ..1440) => format!("{} weeks", hours / 168),
        _ => format!("{} months", hours / 720),
    }
}

pub(super) fn exit_of(container: &ContainerReport) -> Option<&Exit> {
    match &container.state {
        RunState::Exited(exit) => Some(exit),
        RunState::Created | RunState::Running { .. } | RunState::Unknown => None,
    }
}

pub(super) fn runs(container: &ContainerReport) -> bool {
    matches!(container.state, RunState::Running { .. })
}

/// What people can do to a container behind the kubelet's back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Deed {
    Stop(Duration),
    Kill,
    Remove,
}

pub(super) fn does(cx: &mut Cx<'_>, node: &NodeName, found: &Found, deed: Deed) -> Result<(), SimError> {
    let fault = match found {
        Found::Sandbox(sandbox) => Fault::KillSandbox { pod: Arc::clone(&sandbox.pod.name) },
        Found::Container(container) => {
            let pod = Arc::clone(&container.pod.name);
            let name: Arc<str> = container.instance.container.as_str().into();
            match deed {
                Deed::Stop(grace) => Fault::Stop { pod, container: name, grace },
                Deed::Kill => Fault::Kill { pod, container: name, how: Ending::Kill },
                Deed::Remove => Fault::RemoveContainer { pod, container: name },
            }
        }
    };
    cx.world.inject(node, &fault)
}

/// Runs a command in a container.
pub(super) fn exec(cx: &mut Cx<'_>, node: &NodeName, container: &ContainerReport, command: &[&str]) -> Reply {
    let command: Vec<Arc<str>> = command.iter().map(|word| Arc::from(*word)).collect();
    let (pod, name) = (Arc::clone(&container.pod.name), container.instance.container.clone());
    match cx.world.exec(node, &pod, name.as_str(), &command) {
        Ok(executed) => {
            let mut reply = Reply::out(executed.output);
            match executed.code {
                Some(code) => reply.code = code,
                None => {
                    "(it goes on; a terminal inside a container is not simulated)\n"
                        .clone_into(&mut reply.err);
                }
            }
            reply
        }
        Err(error) => Reply::failed(error.to_string()),
    }
}

/// The lines that an instance wrote, as far as they are kept.
pub(super) fn logs(cx: &Cx<'_>, node: &NodeName, container: &ContainerReport, flags: &Flags<'_>) -> String {
    let (_, state) = here(cx);
    let newer = state.containers.iter().any(|it| {
        it.instance.pod == container.instance.pod
            && it.instance.container == container.instance.container
            && it.instance.attempt > container.instance.attempt
    });
    let name = container.instance.container.as_str();
    let lines = cx.world.logs(node, &container.pod.name, name, newer).unwrap_or_default();
    let tail = flags.value(&["--tail", "-n"]).and_then(|count| count.parse().ok()).unwrap_or(lines.len());
    let skip = lines.len().saturating_sub(tail);
    lines.iter().skip(skip).fold(String::new(), |all, line| all + &line.text + "\n")
}

/// `since` in words, with `ago`.
pub(super) fn ago(now: Time, then: Time) -> String {
    format!("{} ago", human(now.since(then)))
}
