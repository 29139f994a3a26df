//! When the node wants to be woken, and what for.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};

use crate::{
    contract::ProbeKind,
    id::{ContainerName, PodUid},
    time::Time,
};

/// Something that is due at a moment. There is at most one of each.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// When to read the whole folder.
    Pass,
    /// When to ask the runtime for all it has.
    Relist,
    /// When to look at a pod again.
    Sync(PodUid),
    /// When to run one of a container's probes.
    Probe(PodUid, ContainerName, ProbeKind),
    /// When a lifecycle hook of a pod has taken as long as it may.
    Hook(PodUid),
    /// When a pod has run as long as it may.
    Deadline(PodUid),
    /// When to look for pods to evict.
    Eviction,
    /// When the pods of a priority have had as long as they may while the node is shut down.
    Shutdown,
    /// When to clean up after pods that have ended.
    Housekeeping,
    /// When to remove dead containers.
    GarbageCollection,
    /// When to tell the API server statuses again.
    Statuses,
    /// When to tell the API server that the node is alive.
    Heartbeat,
}

/// Why the node wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WakeReason {
    /// A full pass over the folder is due.
    Pass,
    /// The runtime is asked for all it has.
    Relist,
    /// What happened in the runtime is noticed at the next tick.
    Observe,
    /// A healthy pod is looked at again.
    Resync,
    /// A pod that had trouble is tried again.
    Retry,
    /// The wait of a crash loop or of an image pull ends.
    BackOff,
    /// A pod that waits for its predecessor's end is tried again.
    StartLock,
    /// A probe is due.
    Probe,
    /// A lifecycle hook has taken as long as it may.
    Hook,
    /// A pod has run as long as it may.
    Deadline,
    /// The node is short of something, and looks for pods to evict.
    Eviction,
    /// Pods have had their time while the node is shut down.
    Shutdown,
    /// Ended pods are cleaned up.
    Housekeeping,
    /// Dead containers are removed.
    GarbageCollection,
    /// Statuses are told again.
    Statuses,
    /// The node says that it is alive.
    Heartbeat,
}

impl fmt::Display for WakeReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass => "reads the folder",
            Self::Relist => "lists containers",
            Self::Observe => "notices what happened",
            Self::Resync => "looks again",
            Self::Retry => "tries again",
            Self::BackOff => "back-off ends",
            Self::StartLock => "tries to start",
            Self::Probe => "probes",
            Self::Hook => "goes on after the hook",
            Self::Deadline => "deadline ends",
            Self::Eviction => "looks for pods to evict",
            Self::Shutdown => "shuts down",
            Self::Housekeeping => "cleans up",
            Self::GarbageCollection => "removes dead containers",
            Self::Statuses => "tells statuses again",
            Self::Heartbeat => "says that it is alive",
        })
    }
}

/// When the node wants to be woken, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wakeup {
    /// When.
    pub at: Time,
    /// Why.
    pub why: WakeReason,
}

/// All that is due.
#[derive(Clone, Debug, Default)]
pub struct Timers {
    queue: BTreeSet<(Time, Timer)>,
    set: BTreeMap<Timer, Wakeup>,
}

impl Timers {
    /// Sets a timer, moving it when it was set.
    pub fn set(&mut self, timer: Timer, at: Time, why: WakeReason) {
        self.clear(&timer);
        self.queue.insert((at, timer.clone()));
        self.set.insert(timer, Wakeup { at, why });
    }

    /// Sets a timer unless it is due earlier already.
    pub fn set_by(&mut self, timer: Timer, at: Time, why: WakeReason) {
        if self.get(&timer).is_none_or(|known| known.at > at) {
            self.set(timer, at, why);
        }
    }

    /// Forgets a timer.
    pub fn clear(&mut self, timer: &Timer) {
        if let Some(known) = self.set.remove(timer) {
            self.queue.remove(&(known.at, timer.clone()));
        }
    }

    /// When a timer is due.
    #[must_use]
    pub fn get(&self, timer: &Timer) -> Option<Wakeup> {
        self.set.get(timer).copied()
    }

    /// The first of all.
    #[must_use]
    pub fn first(&self) -> Option<Wakeup> {
        self.queue.first().and_then(|(_, timer)| self.get(timer))
    }

    /// Takes the first one that is due at `now`.
    pub fn pop(&mut self, now: Time) -> Option<(Timer, WakeReason)> {
        let (at, _) = self.queue.first()?;
        if *at > now {
            return None;
        }
        let (_, timer) = self.queue.pop_first()?;
        let wakeup = self.set.remove(&timer)?;
        Some((timer, wakeup.why))
    }
}
