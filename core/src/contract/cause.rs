//! Why the core wants something done: the sentence that the page, `describe`, the log and the tutorial show.

use std::{fmt, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::ProbeKind;
use crate::{id::ContainerName, time::GoDuration};

/// Why an action was planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum Cause {
    /// The kubelet starts and knows nothing yet.
    KubeletStarted,
    /// The period of a full pass is over.
    PassDue,
    /// A host said that it may have missed something.
    EdgesLost,
    /// A file with a valid manifest is in the folder and no pod runs from it yet.
    PodAdded {
        /// The file.
        file: Arc<str>,
    },
    /// Its manifest is gone from the folder (deleted, renamed, or no longer valid).
    PodRemoved,
    /// Its manifest was changed: another pod takes its place.
    PodReplaced,
    /// The same manifest came back while the pod was being stopped.
    PodReturned,
    /// It has no sandbox that is ready.
    SandboxNotReady,
    /// Its sandbox uses another network mode than its manifest asks for.
    NetworkModeChanged,
    /// The container has not run yet.
    ContainerMissing,
    /// The container ended and its restart policy wants it again.
    ContainerExited {
        /// Its exit code.
        code: i32,
    },
    /// The container was created and never came to run.
    ContainerNeverStarted,
    /// The runtime cannot tell what the container does.
    ContainerUnknown,
    /// The wait of a crash loop is over.
    BackOffElapsed {
        /// How long the wait was.
        waited: Duration,
    },
    /// The container's image or name changed in the manifest while the pod's uid stayed.
    DefinitionChanged,
    /// The image must be fetched before the container can start.
    ImageNeeded {
        /// The container that waits.
        container: ContainerName,
    },
    /// The container has just started, and its manifest has a postStart hook.
    ContainerStarted,
    /// Its postStart hook failed.
    HookFailed,
    /// A probe is due.
    ProbeDue,
    /// A probe failed often enough for the container to be restarted.
    ProbeFailed {
        /// Which of its probes.
        kind: ProbeKind,
    },
    /// A container ended in a way for which its rules want all containers of the pod started anew.
    AllAgain {
        /// Which.
        container: ContainerName,
        /// Its exit code.
        code: i32,
    },
    /// Its node needs what it holds for a pod that counts more.
    Preempted,
    /// Its node is about to be shut down.
    NodeShutdown,
    /// Nothing in the pod is left to run.
    PodFinished,
    /// It ran longer than `activeDeadlineSeconds`.
    DeadlineExceeded,
    /// Its containers have stopped.
    ContainersStopped,
    /// The runtime has it, and no manifest of this node does.
    Orphan,
    /// A newer instance of the same container made it superfluous.
    Superseded,
    /// Its pod is gone.
    PodGone,
    /// A pod was bound to this node.
    PodBound,
    /// It was deleted in the API.
    DeletedInApi,
    /// Its node runs short of something, and it counts less than others.
    Evicted,
    /// A static pod has no mirror.
    MirrorMissing,
    /// A mirror is being deleted, or is that of another version of its static pod.
    MirrorOutdated,
    /// A mirror's static pod is gone.
    MirrorOrphaned,
    /// It is another than what was told last.
    StatusChanged,
    /// It is told at regular times.
    HeartbeatDue,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KubeletStarted => f.write_str("the kubelet started"),
            Self::PassDue => f.write_str("a full pass is due"),
            Self::EdgesLost => f.write_str("something may have been missed"),
            Self::PodAdded { file } => write!(f, "{file} holds a pod that does not run yet"),
            Self::PodRemoved => f.write_str("no manifest asks for the pod any more"),
            Self::PodReplaced => f.write_str("the manifest was changed, so another pod takes its place"),
            Self::PodReturned => f.write_str("the same manifest came back"),
            Self::SandboxNotReady => f.write_str("the pod has no sandbox that is ready"),
            Self::NetworkModeChanged => f.write_str("the manifest asks for another network mode"),
            Self::ContainerMissing => f.write_str("the container has not run yet"),
            Self::ContainerExited { code } => write!(f, "the container exited with code {code}"),
            Self::ContainerNeverStarted => f.write_str("the container was created and never started"),
            Self::ContainerUnknown => f.write_str("the runtime cannot tell what the container does"),
            Self::BackOffElapsed { waited } => write!(f, "the back-off of {} is over", GoDuration(*waited)),
            Self::DefinitionChanged => f.write_str("the container's definition changed"),
            Self::ImageNeeded { container } => write!(f, "container {container} needs the image"),
            Self::ContainerStarted => f.write_str("the container has just started"),
            Self::HookFailed => f.write_str("the container's postStart hook failed"),
            Self::ProbeDue => f.write_str("the probe is due"),
            Self::ProbeFailed { kind } => write!(f, "the container failed its {} probe", kind.lower()),
            Self::AllAgain { container, code } => {
                write!(
                    f,
                    "container {container} exited with code {code}, and its rules restart all containers"
                )
            }
            Self::Preempted => f.write_str("a pod of higher priority needs its resources"),
            Self::NodeShutdown => f.write_str("the node is about to be shut down"),
            Self::PodFinished => f.write_str("nothing in the pod is left to run"),
            Self::DeadlineExceeded => f.write_str("the pod ran longer than its deadline"),
            Self::ContainersStopped => f.write_str("the pod's containers have stopped"),
            Self::Orphan => f.write_str("no manifest of this node asks for it"),
            Self::Superseded => f.write_str("a newer instance replaced it"),
            Self::PodGone => f.write_str("its pod is gone"),
            Self::PodBound => f.write_str("it was bound to this node"),
            Self::DeletedInApi => f.write_str("it was deleted in the API"),
            Self::Evicted => f.write_str("its node runs short, and it counts less than others"),
            Self::MirrorMissing => f.write_str("the static pod has no mirror"),
            Self::MirrorOutdated => f.write_str("the mirror is being deleted or not of this version"),
            Self::MirrorOrphaned => f.write_str("the mirror's static pod is gone"),
            Self::StatusChanged => f.write_str("the status changed"),
            Self::HeartbeatDue => f.write_str("it is time"),
        }
    }
}
