//! What the core wants done.

use std::{fmt, sync::Arc, time::Duration};

use super::{ApiAction, Cause, Check, ContainerSpec, HookKind, ProbeKind, SandboxSpec};
use crate::id::{ActionId, InstanceId, PodUid, SandboxId};

/// An action, why, and the id its one answer carries.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// Pairs the action with its answer.
    pub id: ActionId,
    /// What to do.
    pub action: Action,
    /// Why.
    pub because: Cause,
}

/// What the core wants done. Each variant names the [`Outcome`](super::Outcome) that answers it when it succeeds.
///
/// All are idempotent: stopping what has stopped, or removing what is gone, is [`Done`](super::Outcome::Done).
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Read the whole manifests folder. Answer: `Folder`.
    ListManifests,
    /// Report every sandbox and container that carries a pod identity. Answer: `Runtime`.
    ListRuntime,
    /// Say whether the image is on the node. Answer: `Image`, `None` when it is not.
    InspectImage {
        /// As the manifest writes it.
        image: Arc<str>,
    },
    /// Fetch the image. Answer: `Image` with what was fetched.
    PullImage {
        /// As the manifest writes it.
        image: Arc<str>,
    },
    /// Make and start a pod's sandbox. Answer: `SandboxReady`.
    CreateSandbox {
        /// Which.
        sandbox: SandboxId,
        /// How.
        spec: Arc<SandboxSpec>,
    },
    /// Stop a sandbox and whatever still runs in it. Answer: `Done`.
    StopSandbox {
        /// Which.
        sandbox: SandboxId,
    },
    /// Remove a stopped sandbox. Answer: `Done`.
    RemoveSandbox {
        /// Which.
        sandbox: SandboxId,
    },
    /// Make a container in a sandbox. Answer: `Created`.
    CreateContainer {
        /// Which.
        instance: InstanceId,
        /// The sandbox it joins.
        sandbox: SandboxId,
        /// How.
        spec: Arc<ContainerSpec>,
    },
    /// Start a created container. Answer: `Started`.
    StartContainer {
        /// Which.
        instance: InstanceId,
    },
    /// Ask a container to stop and kill it when `grace` is over. Answer: `Done`, when it has ended. A second stop with a shorter grace
    /// may come while the first is under way; both are answered.
    StopContainer {
        /// Which.
        instance: InstanceId,
        /// How long it may take.
        grace: Duration,
    },
    /// Look into a running container. Answer: `Probed`, within `timeout` and a little more.
    RunProbe {
        /// Which.
        instance: InstanceId,
        /// Which of its probes.
        kind: ProbeKind,
        /// How.
        check: Box<Check>,
        /// How long it may take.
        timeout: Duration,
    },
    /// Run a lifecycle hook of a running container. Answer: `Hooked`. After `patience` nobody waits for it any more: the host may answer that it
    /// failed, and leaves what it began to the container's end.
    RunHook {
        /// Which.
        instance: InstanceId,
        /// Which of its hooks.
        kind: HookKind,
        /// How.
        check: Box<Check>,
        /// How long anybody waits for it; `None` as long as it takes.
        patience: Option<Duration>,
    },
    /// Remove an ended or never started container with its log. Answer: `Done`.
    RemoveContainer {
        /// Which.
        instance: InstanceId,
    },
    /// Remove what the node keeps on disk for a pod (its emptyDir volumes, termination messages). Answer: `Done`.
    RemovePodData {
        /// Whose.
        pod: PodUid,
    },
    /// Ask something of the API server. Answer: `Done`. Planned only where [`Config::api`](crate::config::Config::api) is on.
    Api(ApiAction),
}

impl Action {
    /// Whether a list of the runtime may look different after it.
    #[must_use]
    pub const fn changes_runtime(&self) -> bool {
        match self {
            Self::ListManifests
            | Self::ListRuntime
            | Self::InspectImage { .. }
            | Self::PullImage { .. }
            | Self::RunProbe { .. }
            | Self::RunHook { .. }
            | Self::RemovePodData { .. }
            | Self::Api(_) => false,
            Self::CreateSandbox { .. }
            | Self::StopSandbox { .. }
            | Self::RemoveSandbox { .. }
            | Self::CreateContainer { .. }
            | Self::StartContainer { .. }
            | Self::StopContainer { .. }
            | Self::RemoveContainer { .. } => true,
        }
    }

    /// The pod it is done for, if for one.
    #[must_use]
    pub fn pod(&self) -> Option<&PodUid> {
        match self {
            Self::ListManifests | Self::ListRuntime | Self::InspectImage { .. } | Self::PullImage { .. } => {
                None
            }
            Self::CreateSandbox { sandbox, .. }
            | Self::StopSandbox { sandbox }
            | Self::RemoveSandbox { sandbox } => Some(&sandbox.pod),
            Self::CreateContainer { instance, .. }
            | Self::StartContainer { instance }
            | Self::StopContainer { instance, .. }
            | Self::RunProbe { instance, .. }
            | Self::RunHook { instance, .. }
            | Self::RemoveContainer { instance } => Some(&instance.pod),
            Self::RemovePodData { pod } => Some(pod),
            Self::Api(action) => action.pod(),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ListManifests => f.write_str("read the manifests folder"),
            Self::ListRuntime => f.write_str("list containers"),
            Self::InspectImage { image } => write!(f, "look for image {image}"),
            Self::PullImage { image } => write!(f, "pull image {image}"),
            Self::CreateSandbox { sandbox, .. } => write!(f, "create sandbox #{}", sandbox.attempt),
            Self::StopSandbox { sandbox } => write!(f, "stop sandbox #{}", sandbox.attempt),
            Self::RemoveSandbox { sandbox } => write!(f, "remove sandbox #{}", sandbox.attempt),
            Self::CreateContainer { instance, .. } => {
                write!(f, "create container {}#{}", instance.container, instance.attempt)
            }
            Self::StartContainer { instance } => {
                write!(f, "start container {}#{}", instance.container, instance.attempt)
            }
            Self::StopContainer { instance, grace } => {
                write!(
                    f,
                    "stop container {}#{} within {}s",
                    instance.container,
                    instance.attempt,
                    grace.as_secs()
                )
            }
            Self::RunProbe { instance, kind, .. } => {
                write!(f, "run the {} probe of {}#{}", kind.lower(), instance.container, instance.attempt)
            }
            Self::RunHook { instance, kind, .. } => {
                write!(f, "run the {kind} hook of {}#{}", instance.container, instance.attempt)
            }
            Self::RemoveContainer { instance } => {
                write!(f, "remove container {}#{}", instance.container, instance.attempt)
            }
            Self::RemovePodData { .. } => f.write_str("remove the pod's data"),
            Self::Api(action) => action.fmt(f),
        }
    }
}
