//! What can go wrong in a simulated machine room.

use std::{fmt, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use crate::cluster::ApiError;

/// Something that goes wrong, or right again.
///
/// Pods are named as in `kubectl`, containers as in the manifest; the newest instance is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum Fault {
    /// A container's main process ends by itself, or is killed from outside.
    Kill {
        /// The pod's name.
        pod: Arc<str>,
        /// The container's name.
        container: Arc<str>,
        /// How.
        how: Ending,
    },
    /// A container is stopped behind the kubelet's back, as `docker stop` does it.
    Stop {
        /// The pod's name.
        pod: Arc<str>,
        /// The container's name.
        container: Arc<str>,
        /// How long its process may take to end by itself.
        grace: Duration,
    },
    /// A container is removed behind the kubelet's back.
    RemoveContainer {
        /// The pod's name.
        pod: Arc<str>,
        /// The container's name.
        container: Arc<str>,
    },
    /// A pod's sandbox is killed behind the kubelet's back.
    KillSandbox {
        /// The pod's name.
        pod: Arc<str>,
    },
    /// The registries do not have this image, and the node forgets it.
    MissingImage {
        /// As a manifest writes it.
        image: Arc<str>,
    },
    /// The registries have it again.
    RestoreImage {
        /// As a manifest writes it.
        image: Arc<str>,
    },
    /// Fetching this image takes so long from now on.
    SlowPull {
        /// As a manifest writes it.
        image: Arc<str>,
        /// How long.
        takes: Duration,
    },
    /// The container engine stops answering; containers run on.
    RuntimeDown,
    /// It answers again.
    RuntimeUp,
    /// Whether hints get lost: ends of containers and changes of files are seen by full lists only.
    LoseEvents {
        /// Lost from now on, or told again.
        on: bool,
    },
}

/// How a process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "by")]
pub enum Ending {
    /// By itself, with this code.
    Exit {
        /// The code.
        code: i32,
    },
    /// By a signal that cannot be refused: exit code 137.
    Kill,
    /// By the kernel, for want of memory: exit code 137.
    OutOfMemory,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit { code } => write!(f, "exit {code}"),
            Self::Kill => f.write_str("KILL"),
            Self::OutOfMemory => f.write_str("out of memory"),
        }
    }
}

/// Why something cannot be done to the simulated world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SimError {
    /// No node of this name.
    NoNode(Arc<str>),
    /// A node of this name is there already.
    NodeExists(Arc<str>),
    /// No pod of this name runs on the node.
    NoPod(Arc<str>),
    /// The pod has no such container, or it does not run.
    NoContainer {
        /// The pod.
        pod: Arc<str>,
        /// The container.
        container: Arc<str>,
    },
    /// No file of this name is in the folder.
    NoFile(Arc<str>),
    /// The manifests folder is not there.
    NoFolder(Arc<str>),
    /// A name that cannot be a file of the folder.
    BadFileName(Arc<str>),
    /// The kubelet is stopped.
    KubeletDown(Arc<str>),
    /// An image reference that cannot be read.
    BadImage(Arc<str>),
    /// The API server refuses.
    Api(Box<ApiError>),
}

impl fmt::Display for SimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoNode(name) => write!(f, "no node `{name}`: add it first"),
            Self::NodeExists(name) => write!(f, "node `{name}` is there already: choose another name"),
            Self::NoPod(name) => write!(f, "no pod `{name}` in the node's runtime: has it started?"),
            Self::NoContainer { pod, container } => {
                write!(f, "pod `{pod}` has no running container `{container}`: look at its state first")
            }
            Self::NoFile(name) => write!(f, "no file `{name}` in the folder"),
            Self::NoFolder(path) => write!(f, "{path} does not exist: make the folder first"),
            Self::BadFileName(name) => {
                write!(f, "`{name}` is no file name: it must not be empty or hold `/`")
            }
            Self::KubeletDown(node) => write!(f, "the kubelet of `{node}` is stopped: start it first"),
            Self::Api(error) => error.fmt(f),
            Self::BadImage(image) => write!(f, "`{image}` is no image reference"),
        }
    }
}

impl std::error::Error for SimError {}
