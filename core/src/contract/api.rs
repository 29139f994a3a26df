//! What a kubelet and an API server have to say to each other. A kubelet without one (`Config::api` is off) never plans any of it.

use std::{fmt, sync::Arc, time::Duration};

use super::Pressure;
use crate::{
    id::{PodRef, PodUid},
    manifest::Pod,
    time::Time,
    view::PodView,
};

/// What an API server tells a kubelet.
#[derive(Clone, Debug, PartialEq)]
pub enum ApiEvent {
    /// It answers: this is all that is bound to the node.
    Listed {
        /// The uid of the node's own object, when it has one.
        node: Option<Arc<str>>,
        /// In any order.
        pods: Vec<ApiPod>,
    },
    /// The node's own object is another now, or gone.
    Node(Option<Arc<str>>),
    /// A pod of the node is new or has changed.
    Pod(ApiPod),
    /// A pod of the node is gone.
    Gone(PodRef),
    /// It does not answer any more.
    Down,
}

/// A pod that the API server has for a node.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiPod {
    /// Who it is there.
    pub id: PodRef,
    /// How long it may take to end, when it is being deleted.
    pub deleting: Option<Duration>,
    /// Whether somebody else wrote its status.
    pub foreign_status: bool,
    /// What it is.
    pub kind: ApiPodKind,
}

/// What a pod of the API server is to a kubelet.
#[derive(Clone, Debug, PartialEq)]
pub enum ApiPodKind {
    /// The image of a static pod, with this hash in its annotation.
    Mirror(Arc<str>),
    /// A pod to be run.
    Pod(Arc<Pod>),
}

/// What a kubelet wants of an API server. Each is answered by [`Done`](super::Outcome::Done), or by what went wrong in the server's words.
#[derive(Clone, Debug, PartialEq)]
pub enum ApiAction {
    /// Make the node's object, when there is none.
    RegisterNode,
    /// Say how the node is.
    ReportNode {
        /// What it is short of.
        pressures: Vec<Pressure>,
    },
    /// Say that the node is alive.
    RenewLease,
    /// Make the mirror of a static pod. One that is there already with the same hash is as good.
    CreateMirror {
        /// The static pod.
        pod: Arc<Pod>,
        /// When the node first saw it.
        seen: Time,
        /// The uid of the node's object, which owns the mirror.
        owner: Arc<str>,
    },
    /// Delete a pod's object at once, whatever its grace. One that is gone, or another by now, is as good.
    DeletePod {
        /// Whose; the uid is the API server's.
        pod: PodRef,
    },
    /// Write a pod's status.
    PatchStatus {
        /// Whose; the uid is the API server's.
        pod: PodRef,
        /// What it is to the kubelet.
        of: Arc<Pod>,
        /// How it is.
        view: Arc<PodView>,
    },
}

impl ApiAction {
    /// The pod it is done for, if for one, as the kubelet knows it.
    #[must_use]
    pub fn pod(&self) -> Option<&PodUid> {
        match self {
            Self::RegisterNode | Self::ReportNode { .. } | Self::RenewLease => None,
            Self::CreateMirror { pod, .. } => Some(&pod.id.uid),
            Self::PatchStatus { of, .. } => Some(&of.id.uid),
            Self::DeletePod { pod } => Some(&pod.uid),
        }
    }
}

impl fmt::Display for ApiAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RegisterNode => f.write_str("register the node"),
            Self::ReportNode { .. } => f.write_str("report the node's status"),
            Self::RenewLease => f.write_str("renew the node's lease"),
            Self::CreateMirror { pod, .. } => write!(f, "create mirror pod {}", pod.id.name),
            Self::DeletePod { pod } => write!(f, "delete pod {} from the API", pod.name),
            Self::PatchStatus { view, .. } => write!(f, "report status {}", view.status),
        }
    }
}
