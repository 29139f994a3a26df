//! What every host shows: plain data for people and wires.
//!
//! With recordings these are the only serialised types of the core. A view is built from a `Kubelet` and decides
//! nothing. Pods and files are shared, so a view of a node where nothing changed costs next to nothing and compares by pointer.

mod deed;
pub mod object;

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    config::Policies,
    contract::{Cause, Exit, Pressure},
    id::{ContainerName, NodeName, PodRef, PodUid},
    kubelet::WakeReason,
    manifest::Diagnostic,
    time::{Time, UnixSeconds},
};

pub use deed::Deed;

/// A node at a moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeView {
    /// Its name.
    pub name: NodeName,
    /// The moment.
    pub now: Time,
    /// The wall clock at [`Time::ZERO`].
    pub epoch: UnixSeconds,
    /// The folder it reads.
    pub static_pod_path: Arc<str>,
    /// Where it is kinder than the kubelet.
    pub policies: Policies,
    /// What it is short of, or was less than five minutes ago.
    #[serde(default)]
    pub pressures: Vec<Pressure>,
    /// When the next full pass over the folder is due.
    pub next_pass: Option<Time>,
    /// The files it has read, by path.
    pub files: Vec<Arc<FileView>>,
    /// The pods it knows, by namespace and name; a pod that is being stopped stays until it is gone.
    pub pods: Vec<Arc<PodView>>,
}

/// A file as the node last read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileView {
    /// The whole path.
    pub path: Arc<str>,
    /// The pod that it asks for, when it is accepted.
    pub pod: Option<PodRef>,
    /// Whether that pod is the one that counts: false when another file with the same name won.
    pub wins: bool,
    /// The kubelet's words when it is refused.
    pub error: Option<Arc<str>>,
    /// Everything there is to say about it.
    pub diagnostics: Vec<Diagnostic>,
}

/// A pod at a moment. Everything here is derived from its containers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodView {
    /// Who it is.
    pub id: PodRef,
    /// The file it came from; empty for an orphan.
    pub file: Arc<str>,
    /// Where its worker stands.
    pub stage: PodStage,
    /// Its phase.
    pub phase: Phase,
    /// Why the whole pod failed, such as `DeadlineExceeded`.
    pub reason: Option<Arc<str>>,
    /// The sentence beside the reason.
    pub message: Option<Arc<str>>,
    /// What `kubectl get` prints under STATUS.
    pub status: Arc<str>,
    /// Ready containers, and all that count.
    pub ready: (u32, u32),
    /// What `kubectl get` prints under RESTARTS.
    pub restarts: u32,
    /// When the newest of these ended.
    pub last_restart: Option<Time>,
    /// When the node first saw it.
    pub seen: Time,
    /// When it was first worked on.
    pub started: Option<Time>,
    /// Its address.
    pub ip: Option<Arc<str>>,
    /// Its conditions, in the kubelet's order.
    pub conditions: Vec<ConditionView>,
    /// In the manifest's order.
    pub init_containers: Vec<ContainerView>,
    /// By name, as the kubelet sorts them.
    pub containers: Vec<ContainerView>,
    /// Guaranteed, Burstable or `BestEffort`.
    pub qos_class: Arc<str>,
    /// What the node will do next for it, and when.
    pub due: Option<Due>,
}

/// Where a pod's worker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PodStage {
    /// It waits for a pod of the same name to end.
    WaitingToStart,
    /// It is kept as its manifest says.
    Syncing,
    /// It is being stopped.
    Terminating,
    /// It has been stopped.
    Terminated,
}

/// A pod's phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Not all of it has run yet.
    Pending,
    /// It runs, or will again.
    Running,
    /// All of it ended well.
    Succeeded,
    /// All of it ended, some of it badly.
    Failed,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// One of a pod's conditions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConditionView {
    /// Such as `Ready`.
    #[serde(rename = "type")]
    pub kind: Arc<str>,
    /// Whether it holds.
    pub status: bool,
    /// Why not, in one word.
    pub reason: Option<Arc<str>>,
    /// Why not, in a sentence.
    pub message: Option<Arc<str>>,
    /// When `status` last changed.
    pub last_transition: Time,
}

/// A container at a moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContainerView {
    /// Its name.
    pub name: ContainerName,
    /// The image, as the runtime names it once it runs.
    pub image: Arc<str>,
    /// The image's id; empty before it runs.
    pub image_id: Arc<str>,
    /// The runtime's name for the newest instance.
    pub container_id: Option<Arc<str>>,
    /// What it does.
    pub state: StateView,
    /// How the instance before ended.
    pub last_state: Option<Exit>,
    /// The runtime's name for the instance before, while the runtime has it.
    #[serde(default)]
    pub last_container_id: Option<Arc<str>>,
    /// Whether it counts as ready.
    pub ready: bool,
    /// Whether it counts as started.
    pub started: bool,
    /// How often it was made anew.
    pub restart_count: u32,
    /// A sidecar: an init container that keeps running.
    pub sidecar: bool,
}

/// What a container does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum StateView {
    /// It does not run yet, or not now.
    Waiting {
        /// Why, in one word; may be empty.
        reason: Arc<str>,
        /// Why, in a sentence; may be empty.
        message: Arc<str>,
    },
    /// It runs.
    Running {
        /// Since when.
        since: Time,
    },
    /// It has ended.
    Terminated(Exit),
}

/// Something that the node will do by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Due {
    /// When.
    pub at: Time,
    /// What, in a few words.
    pub why: Arc<str>,
    /// What, for those who put it into words of their own.
    pub reason: WakeReason,
}

/// One line of a node's journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordView {
    /// Its number on this node, from 0.
    pub seq: u64,
    /// When.
    pub at: Time,
    /// About which pod.
    pub pod: Option<PodRef>,
    /// What kind of line.
    pub kind: RecordKind,
    /// The line itself.
    pub text: Arc<str>,
    /// For an event: what `kubectl get events` would make of it.
    pub series: Option<SeriesView>,
    /// The same, for those who put it into words of their own; `None` when the line quotes the kubelet or a runtime.
    pub deed: Option<Deed>,
    /// Why, for what the node decided.
    pub because: Option<Arc<str>>,
    /// The same, for those who put it into words of their own.
    pub cause: Option<Cause>,
}

/// What a client that sends events makes of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SeriesView {
    /// How often it has been so by now.
    pub count: u32,
    /// When it was so first.
    pub first: Time,
    /// Counted with others of its reason whose messages differ; its message then begins with `(combined from similar events): `.
    pub combined: bool,
    /// Its pod has said so much that this one is not sent.
    pub dropped: bool,
}

/// What a line of a journal is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum RecordKind {
    /// The node decided to do something.
    Planned,
    /// Something it did went wrong.
    Failed,
    /// A Kubernetes event.
    Event {
        /// Whether of type Warning; else Normal.
        warning: bool,
        /// Such as `BackOff`.
        reason: Arc<str>,
        /// Such as `spec.containers{web}`; empty when about the whole pod.
        field_path: Arc<str>,
    },
    /// A line of the kubelet's log.
    Log {
        /// Whether it is an error.
        error: bool,
    },
    /// A container ended, or vanished.
    Observed {
        /// Whether it should not have.
        bad: bool,
    },
}

/// Whether two pods are the same object: then nothing about them changed.
#[must_use]
pub fn same(a: &Arc<PodView>, b: &Arc<PodView>) -> bool {
    Arc::ptr_eq(a, b)
}

impl PodView {
    /// Whether both are the same to an API server, which knows nothing of what a node will do next.
    #[must_use]
    pub fn same_status(&self, other: &Self) -> bool {
        self.phase == other.phase
            && (&self.reason, &self.message, &self.ip) == (&other.reason, &other.message, &other.ip)
            && self.started == other.started
            && self.conditions == other.conditions
            && self.init_containers == other.init_containers
            && self.containers == other.containers
    }
}

impl NodeView {
    /// The pod with this uid.
    #[must_use]
    pub fn pod(&self, uid: &PodUid) -> Option<&Arc<PodView>> {
        self.pods.iter().find(|pod| &pod.id.uid == uid)
    }
}
