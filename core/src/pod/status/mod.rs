//! How a pod looks: derived, each time, from what was last seen of its containers. Nothing here is stored but when conditions changed.
//!
//! Follows `pkg/kubelet/kubelet_pods.go` (`generateAPIPodStatus`, `convertToAPIContainerStatuses`, `getPhase`) and
//! `pkg/kubelet/status/generate.go`. A status shows what the last look saw, not what happened since: so does the kubelet's.

pub(crate) mod columns;
mod conditions;
mod containers;
mod phase;
mod words;

use std::{
    fmt::{self, Write as _},
    sync::Arc,
};

pub use conditions::Transitions;
use words::word;

use super::{Memory, Observed, resources};
use crate::{
    admission::Rejection,
    contract::Pressure,
    id::PodRef,
    kubelet::Wakeup,
    manifest::Pod,
    time::Time,
    view::{Due, Phase, PodStage, PodView},
};

/// What the last look at a pod saw.
#[derive(Clone, Debug)]
pub struct Seen {
    /// In the runtime.
    pub observed: Observed,
    /// In memory.
    pub memory: Memory,
    /// Since when its sandbox is known to be ready, when it became so after the last look.
    pub sandbox_ready_since: Option<Time>,
    /// Why the pod as a whole has failed.
    pub failure: Option<PodFailure>,
    looked: bool,
    transitions: Transitions,
}

impl Seen {
    /// Nobody looked yet.
    #[must_use]
    pub fn nothing(id: PodRef) -> Self {
        Self {
            observed: Observed::nothing(id),
            memory: Memory::default(),
            sandbox_ready_since: None,
            failure: None,
            looked: false,
            transitions: Transitions::default(),
        }
    }

    /// Its part of a node's [essence](crate::kubelet::Essence): all but since when conditions are as they are.
    pub(crate) fn write_essence(&self, f: &mut String) -> fmt::Result {
        let Self { observed, memory, sandbox_ready_since, failure, looked, transitions: _ } = self;
        writeln!(f, "{observed:?} {memory:?} {sandbox_ready_since:?} {failure:?} {looked}")
    }

    /// Takes in what there is to see.
    pub fn look(&mut self, pod: &Pod, observed: &Observed, memory: &Memory, now: Time) {
        self.observed = observed.clone();
        self.memory = memory.clone();
        self.looked = true;
        self.sandbox_ready_since = observed.ready_sandboxes().next().map(|sandbox| sandbox.created);
        let conditions = conditions::all(pod, self, phase::phase(pod, self));
        self.transitions.note(&conditions, now);
    }
}

/// Why a pod was evicted. The numbers are those of a simulated machine that is short of it; nobody measures them.
const fn low_on(what: Pressure) -> &'static str {
    match what {
        Pressure::Memory => {
            "The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. "
        }
        Pressure::Pids => "The node was low on resource: pids. Threshold quantity: 10%, available: 5%. ",
    }
}

const SHUTDOWN: &str = "Pod was terminated in response to imminent node shutdown.";

/// Why a pod as a whole has failed, whatever its containers do. `Display` is the kubelet's message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PodFailure {
    /// The node refused it.
    Rejected(Rejection),
    /// It ran longer than `activeDeadlineSeconds`.
    DeadlineExceeded,
    /// It gave way to a pod that counts more.
    Preempted,
    /// Its node was about to be shut down.
    NodeShutdown,
    /// Its node ran short of this, and it counted less than others.
    Evicted(Pressure),
}

impl PodFailure {
    /// In one word.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Rejected(rejection) => rejection.reason(),
            Self::DeadlineExceeded => "DeadlineExceeded",
            Self::Preempted => "Preempting",
            Self::NodeShutdown => "Terminated",
            Self::Evicted(_) => "Evicted",
        }
    }

    /// What the condition `DisruptionTarget` says, when the pod was stopped through no fault of its own.
    #[must_use]
    pub const fn disruption(&self) -> Option<&'static str> {
        match self {
            Self::Rejected(_) | Self::DeadlineExceeded => None,
            Self::Preempted => Some("Pod was preempted by Kubelet to accommodate a critical pod."),
            Self::NodeShutdown => Some(SHUTDOWN),
            Self::Evicted(what) => Some(low_on(*what)),
        }
    }
}

impl fmt::Display for PodFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(rejection) => write!(f, "Pod was rejected: {rejection}"),
            Self::DeadlineExceeded => {
                f.write_str("Pod was active on the node longer than the specified deadline")
            }
            Self::Preempted => f.write_str("Preempted in order to admit critical pod"),
            Self::NodeShutdown => f.write_str(SHUTDOWN),
            Self::Evicted(what) => f.write_str(low_on(*what)),
        }
    }
}

/// What a pod's worker knows beside its containers.
#[derive(Clone, Copy, Debug)]
pub struct Around {
    /// Where the worker stands.
    pub stage: PodStage,
    /// Whether a manifest asks for the pod.
    pub desired: bool,
    /// Whether only the runtime knows it.
    pub orphan: bool,
    /// When the node first saw it.
    pub first_seen: Time,
    /// When it was first worked on.
    pub started: Option<Time>,
    /// When it is looked at next.
    pub due: Option<Wakeup>,
}

/// The pod's phase at the last look.
#[must_use]
pub fn phase(pod: &Pod, seen: &Seen) -> Phase {
    phase::phase(pod, seen)
}

/// The pod for people and wires.
#[must_use]
pub fn view(pod: &Pod, seen: &Seen, around: Around) -> PodView {
    let phase = phase(pod, seen);
    let refused = matches!(seen.failure, Some(PodFailure::Rejected(_)));
    // Of a pod that was only read, and waits for another of its name to end, the kubelet says no more than that it is pending.
    let silent = refused || (!seen.looked && !around.orphan);
    let shown = |all: Vec<_>| if silent { Vec::new() } else { all };
    let init_containers = shown(containers::init(pod, seen));
    let containers = shown(containers::regular(pod, seen));
    let mut conditions = Vec::new();
    if seen.looked && !around.orphan && !refused {
        conditions = conditions::all(pod, seen, phase);
        seen.transitions.stamp(&mut conditions, around.first_seen);
    }
    let ending = around.stage == PodStage::Terminating && !around.desired;
    let holds = |kind: &str| conditions.iter().any(|condition| &*condition.kind == kind && condition.status);
    let begin =
        seen.failure.as_ref().map_or_else(|| phase.to_string(), |failure| failure.reason().to_owned());
    let columns = columns::columns(&columns::Looks {
        begin: begin.into(),
        ending: ending && !matches!(phase, Phase::Succeeded | Phase::Failed),
        initialized: holds("Initialized"),
        ready: holds("Ready"),
        wanted: pod.spec.containers.len(),
        init: init_containers.iter().map(columns::Part::of).collect(),
        regular: containers.iter().map(columns::Part::of).collect(),
    });
    PodView {
        id: pod.id.clone(),
        file: pod.file.clone(),
        stage: around.stage,
        phase,
        reason: seen.failure.as_ref().map(|failure| failure.reason().into()),
        message: seen.failure.as_ref().map(text),
        status: word(&columns.status),
        ready: columns.ready,
        restarts: columns.restarts,
        last_restart: columns.last_restart,
        seen: around.first_seen,
        started: around.started,
        ip: seen.observed.sandboxes.iter().find_map(|sandbox| sandbox.ip.clone()),
        conditions,
        init_containers,
        containers,
        qos_class: word(resources::qos_class(pod)),
        due: around.due.map(|wakeup| Due {
            at: wakeup.at,
            why: word(&wakeup.why.to_string()),
            reason: wakeup.why,
        }),
    }
}

fn text(value: &impl ToString) -> Arc<str> {
    value.to_string().into()
}
