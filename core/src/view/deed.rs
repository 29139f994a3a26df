//! What a node did or saw, for those who put it into words of their own.
//!
//! What the kubelet or a runtime says in words of its own (events, log lines, failures) is quoted everywhere and therefore no deed.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    contract::{Action, ApiAction, ExitReason, HookKind},
    id::ContainerName,
    journal::Fact,
};

/// What a node did or saw. Restarts of a container and sandboxes of a pod are counted by `attempt`, from 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
#[expect(
    missing_docs,
    reason = "the fields are those of the actions and facts that these variants are made from"
)]
pub enum Deed {
    /// It fetches an image.
    PullImage { image: Arc<str> },
    /// It makes and starts a sandbox.
    CreateSandbox { attempt: u32 },
    /// It stops a sandbox.
    StopSandbox { attempt: u32 },
    /// It removes a sandbox.
    RemoveSandbox { attempt: u32 },
    /// It makes a container.
    CreateContainer { container: ContainerName, attempt: u32 },
    /// It starts a container.
    StartContainer { container: ContainerName, attempt: u32 },
    /// It stops a container within `grace`.
    StopContainer { container: ContainerName, attempt: u32, grace: Duration },
    /// It runs a lifecycle hook.
    RunHook { container: ContainerName, attempt: u32, kind: HookKind },
    /// It removes a container.
    RemoveContainer { container: ContainerName, attempt: u32 },
    /// It removes what it keeps on disk for a pod.
    RemovePodData,
    /// It shows a static pod in the API.
    CreateMirror { pod: Arc<str> },
    /// It takes a pod out of the API.
    DeleteFromApi { pod: Arc<str> },
    /// It registers at the API server.
    RegisterNode,
    /// It saw that a container had ended.
    ContainerExited { container: ContainerName, attempt: u32, code: i32, reason: ExitReason },
    /// It saw that a container was gone.
    ContainerVanished { container: ContainerName },
    /// It saw that the sandbox was gone.
    SandboxVanished,
}

impl Deed {
    /// What a line of the journal tells; `None` when it quotes.
    pub(crate) fn of(fact: &Fact) -> Option<Self> {
        match fact {
            Fact::Planned { action, .. } => Self::planned(action),
            Fact::Exited { container, attempt, exit } => Some(Self::ContainerExited {
                container: container.clone(),
                attempt: *attempt,
                code: exit.code,
                reason: exit.reason,
            }),
            Fact::Vanished { container: Some(container) } => {
                Some(Self::ContainerVanished { container: container.clone() })
            }
            Fact::Vanished { container: None } => Some(Self::SandboxVanished),
            Fact::Failed { .. } | Fact::Event(..) | Fact::Source(_) | Fact::Log(_) | Fact::NodeLog(_) => None,
        }
    }

    fn planned(action: &Action) -> Option<Self> {
        Some(match action {
            // Looks change nothing, and no journal has them.
            Action::ListManifests
            | Action::ListRuntime
            | Action::InspectImage { .. }
            | Action::RunProbe { .. }
            | Action::Api(
                ApiAction::ReportNode { .. } | ApiAction::RenewLease | ApiAction::PatchStatus { .. },
            ) => return None,
            Action::Api(ApiAction::RegisterNode) => Self::RegisterNode,
            Action::Api(ApiAction::CreateMirror { pod, .. }) => {
                Self::CreateMirror { pod: Arc::clone(&pod.id.name) }
            }
            Action::Api(ApiAction::DeletePod { pod }) => Self::DeleteFromApi { pod: Arc::clone(&pod.name) },
            Action::PullImage { image } => Self::PullImage { image: Arc::clone(image) },
            Action::CreateSandbox { sandbox, .. } => Self::CreateSandbox { attempt: sandbox.attempt },
            Action::StopSandbox { sandbox } => Self::StopSandbox { attempt: sandbox.attempt },
            Action::RemoveSandbox { sandbox } => Self::RemoveSandbox { attempt: sandbox.attempt },
            Action::CreateContainer { instance, .. } => {
                Self::CreateContainer { container: instance.container.clone(), attempt: instance.attempt }
            }
            Action::StartContainer { instance } => {
                Self::StartContainer { container: instance.container.clone(), attempt: instance.attempt }
            }
            Action::StopContainer { instance, grace } => Self::StopContainer {
                container: instance.container.clone(),
                attempt: instance.attempt,
                grace: *grace,
            },
            Action::RunHook { instance, kind, .. } => Self::RunHook {
                container: instance.container.clone(),
                attempt: instance.attempt,
                kind: *kind,
            },
            Action::RemoveContainer { instance } => {
                Self::RemoveContainer { container: instance.container.clone(), attempt: instance.attempt }
            }
            Action::RemovePodData { .. } => Self::RemovePodData,
        })
    }
}
