//! What a runtime says of its containers.

use std::{fmt, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::Hook;
use crate::{
    id::{InstanceId, PodRef, SandboxId},
    time::Time,
};

/// How much of a log's end a last message may be: lines and bytes.
const LOG_AS_MESSAGE: (usize, usize) = (80, 2048);

/// The part of a log that is a last message: its last lines, and of these the last bytes.
#[must_use]
pub fn last_of_log(log: &str) -> &str {
    let (lines, bytes) = LOG_AS_MESSAGE;
    let ends = log.trim_end_matches('\n').rmatch_indices('\n');
    let from = ends.map(|(at, _)| at + 1).nth(lines - 1).unwrap_or(0);
    let mut from = from.max(log.len().saturating_sub(bytes));
    while !log.is_char_boundary(from) {
        from += 1;
    }
    &log[from..]
}

/// Everything in the runtime that carries a pod identity, running or not, in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuntimeState {
    /// All sandboxes.
    pub sandboxes: Vec<SandboxReport>,
    /// All containers.
    pub containers: Vec<ContainerReport>,
}

/// One sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxReport {
    /// Which.
    pub id: SandboxId,
    /// Whose.
    pub pod: PodRef,
    /// The runtime's name for it.
    pub runtime_id: Arc<str>,
    /// Whether it can hold containers.
    pub state: SandboxState,
    /// When it was made.
    pub created: Time,
    /// Its address; none on the host's network.
    pub ip: Option<Arc<str>>,
    /// Whether it uses the host's network.
    pub host_network: bool,
}

/// Whether a sandbox can hold containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SandboxState {
    /// It runs.
    Ready,
    /// It has stopped, or never ran.
    NotReady,
}

/// One container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerReport {
    /// Which.
    pub instance: InstanceId,
    /// Whose.
    pub pod: PodRef,
    /// The sandbox it joined.
    pub sandbox: u32,
    /// The runtime's name for it.
    pub runtime_id: Arc<str>,
    /// The image as the runtime names it.
    pub image: Arc<str>,
    /// The image's digest or id.
    pub image_id: Arc<str>,
    /// [`ContainerSpec::hash`](super::ContainerSpec::hash) of what it was made from.
    pub hash: u32,
    /// [`ContainerSpec::grace`](super::ContainerSpec::grace) of what it was made from.
    pub grace: Duration,
    /// [`ContainerSpec::pre_stop`](super::ContainerSpec::pre_stop) of what it was made from.
    pub pre_stop: Option<Arc<Hook>>,
    /// When it was made.
    pub created: Time,
    /// What it does.
    pub state: RunState,
}

impl SandboxReport {
    /// Whether both say the same. Reports share their texts mostly, and then none is read.
    #[must_use]
    pub fn says(&self, other: &Self) -> bool {
        let Self { id, pod, runtime_id, state, created, ip, host_network } = self;
        let same_ip = match (ip, &other.ip) {
            (Some(own), Some(other)) => same(own, other),
            (own, other) => own == other,
        };
        (id, pod, state, created, host_network)
            == (&other.id, &other.pod, &other.state, &other.created, &other.host_network)
            && same(runtime_id, &other.runtime_id)
            && same_ip
    }
}

impl ContainerReport {
    /// Whether both say the same. Reports share their texts mostly, and then none is read.
    #[must_use]
    pub fn says(&self, other: &Self) -> bool {
        let Self {
            instance,
            pod,
            sandbox,
            runtime_id,
            image,
            image_id,
            hash,
            grace,
            pre_stop,
            created,
            state,
        } = self;
        (instance.attempt, *sandbox, *hash, *grace, *created)
            == (other.instance.attempt, other.sandbox, other.hash, other.grace, other.created)
            && (pod, pre_stop, state) == (&other.pod, &other.pre_stop, &other.state)
            && instance == &other.instance
            && [(runtime_id, &other.runtime_id), (image, &other.image), (image_id, &other.image_id)]
                .into_iter()
                .all(|(own, other)| same(own, other))
    }
}

fn same(a: &Arc<str>, b: &Arc<str>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}

/// What a container does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunState {
    /// It was made and not started.
    Created,
    /// It runs.
    Running {
        /// Since when.
        since: Time,
    },
    /// It has ended.
    Exited(Exit),
    /// The runtime cannot tell.
    Unknown,
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// Its exit code; 128 + n when signal n killed it.
    pub code: i32,
    /// Why, in one word.
    pub reason: ExitReason,
    /// When it had been started; none when it never was.
    pub started: Option<Time>,
    /// When it ended.
    pub finished: Time,
    /// The runtime's or the process's own words; often empty.
    pub message: Arc<str>,
}

/// Why a container ended, as the container runtimes name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExitReason {
    /// With code 0.
    Completed,
    /// With another code.
    Error,
    /// Killed for using more memory than its limit.
    #[serde(rename = "OOMKilled")]
    OomKilled,
    /// Its process could not be started.
    StartError,
    /// The runtime lost it.
    ContainerStatusUnknown,
    /// It was removed so that all of its pod start anew.
    RestartingAllContainers,
}

impl fmt::Display for ExitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Completed => "Completed",
            Self::Error => "Error",
            Self::OomKilled => "OOMKilled",
            Self::StartError => "StartError",
            Self::ContainerStatusUnknown => "ContainerStatusUnknown",
            Self::RestartingAllContainers => "RestartingAllContainers",
        })
    }
}

/// An image on the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageInfo {
    /// Its digest or id.
    pub id: Arc<str>,
    /// How big it is, in bytes.
    pub size: u64,
    /// The user its processes run as when nobody says otherwise; empty for root.
    pub user: Arc<str>,
}
