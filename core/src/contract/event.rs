//! What a host tells the core.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{ApiEvent, Exit, Hooked, ImageInfo, Probed, RuntimeState};
use crate::{
    id::{ActionId, InstanceId, SandboxId},
    time::Time,
};

/// What a host tells the core.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// [`next_wakeup`](crate::kubelet::Kubelet::next_wakeup) is due. Spurious timeouts are harmless.
    Timeout,
    /// The one answer of a planned action. An answer to an unknown id is ignored.
    Finished {
        /// Whose answer.
        id: ActionId,
        /// What came of it.
        outcome: Outcome,
    },
    /// A file in the folder was created, moved in, written, or had its attributes changed. A hint: full passes find it too.
    FileWritten {
        /// The whole path.
        path: Arc<str>,
        /// What it holds now.
        content: FileContent,
    },
    /// A file was deleted or moved out of the folder. A hint.
    FileRemoved {
        /// The whole path.
        path: Arc<str>,
    },
    /// A container ended. A hint.
    Exited {
        /// Which.
        instance: InstanceId,
        /// How.
        exit: Exit,
    },
    /// A container was removed by somebody else. A hint.
    ContainerGone {
        /// Which.
        instance: InstanceId,
    },
    /// A sandbox stopped or was removed. A hint.
    SandboxGone {
        /// Which.
        sandbox: SandboxId,
    },
    /// The machine is about to be shut down, or is not after all.
    Shutdown {
        /// Which of the two.
        imminent: bool,
    },
    /// The machine runs short of something, or has enough of it again.
    Pressure {
        /// Of what.
        what: Pressure,
        /// Whether it is short of it.
        short: bool,
    },
    /// The host may have missed hints (it reconnected, its watch overflowed): list everything again.
    EdgesLost,
    /// The API server says something. Told only where [`Config::api`](crate::config::Config::api) is on.
    Api(ApiEvent),
}

/// What a node can run short of, as its conditions name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Pressure {
    /// `MemoryPressure`.
    Memory,
    /// `PIDPressure`.
    Pids,
}

impl Pressure {
    /// The node's condition.
    #[must_use]
    pub const fn condition(self) -> &'static str {
        match self {
            Self::Memory => "MemoryPressure",
            Self::Pids => "PIDPressure",
        }
    }

    /// The resource, as the kubelet's log names it.
    #[must_use]
    pub const fn resource(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Pids => "pids",
        }
    }
}

/// What came of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is so.
    Done,
    /// The manifests folder, whole.
    Folder(Folder),
    /// The runtime, whole.
    Runtime(RuntimeState),
    /// The image, if the node has it.
    Image(Option<ImageInfo>),
    /// The sandbox runs.
    SandboxReady {
        /// Its address; none when it uses the host's network.
        ip: Option<Arc<str>>,
        /// Since when.
        at: Time,
        /// The runtime's name for it.
        runtime_id: Arc<str>,
    },
    /// The container exists.
    Created {
        /// The runtime's name for it.
        runtime_id: Arc<str>,
    },
    /// The container runs (or ran: its end may have been told already).
    Started {
        /// Since when.
        at: Time,
    },
    /// The probe ran, or could not.
    Probed(Probed),
    /// The hook ran, or could not.
    Hooked(Hooked),
    /// It is not so.
    Failed(Failure),
}

/// Why an action failed. Texts are the runtime's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The image reference cannot be parsed.
    InvalidImageName(String),
    /// No registry has the image, or none could be reached.
    ImageNotFound(String),
    /// What the action names does not exist.
    NotFound(String),
    /// Something else holds the name or the port.
    Conflict(String),
    /// The container was created, and its process could not be started; the container has ended with `exit`.
    StartFailed {
        /// How the never started container ended.
        exit: Exit,
    },
    /// The engine does not answer.
    Unreachable(String),
    /// The engine cannot do what the spec asks for.
    Unsupported(String),
    /// Anything else.
    Other(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidImageName(text)
            | Self::ImageNotFound(text)
            | Self::NotFound(text)
            | Self::Conflict(text)
            | Self::Unreachable(text)
            | Self::Unsupported(text)
            | Self::Other(text) => f.write_str(text),
            Self::StartFailed { exit } => f.write_str(&exit.message),
        }
    }
}

/// What is at the manifests path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Folder {
    /// Nothing.
    Missing,
    /// A directory with these entries, in any order.
    Directory(Vec<Entry>),
    /// One regular file.
    File(FileContent),
    /// A socket, a device, a pipe.
    Special,
    /// It cannot be told.
    Unreadable(String),
}

/// One name in the manifests folder, links followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, without the folder's path.
    pub name: Arc<str>,
    /// What it is.
    pub kind: EntryKind,
}

/// What a name in the folder is, links followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File(FileContent),
    /// A folder in the folder: not descended into.
    Directory,
    /// A link to nothing.
    Dangling,
    /// A socket, a device, a pipe.
    Special,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileContent {
    /// These bytes.
    Bytes(Arc<[u8]>),
    /// More than [`SIZE_LIMIT`](crate::manifest::SIZE_LIMIT) bytes.
    TooBig,
    /// It cannot be read: the system's own words.
    Unreadable(String),
}

impl FileContent {
    /// Whether both are equal: at once when they are one.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Bytes(a), Self::Bytes(b)) if Arc::ptr_eq(a, b)) || self == other
    }
}
