//! What happened on a node, in order: decisions with their causes, Kubernetes events, log lines, deaths.
//!
//! A fact needs no answer, so it is no action: hosts read the journal and show, log or store what is new. It keeps the newest
//! [`CAPACITY`] records; numbers go on, so a reader sees when it missed some.

use std::{collections::VecDeque, fmt, sync::Arc};

use crate::{
    contract::{Action, Cause, Exit, Failure, Pressure},
    id::{ActionId, ContainerName, PodRef},
    pod::PodEvent,
    source::SourceLog,
    time::Time,
    view::{Deed, RecordKind, RecordView, SeriesView},
};

/// How many records a node keeps.
pub const CAPACITY: usize = 2_000;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its number on this node, from 0.
    pub seq: u64,
    /// When.
    pub at: Time,
    /// About which pod.
    pub pod: Option<PodRef>,
    /// What.
    pub fact: Fact,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// The node decided to do something.
    Planned {
        /// Which of its actions.
        id: ActionId,
        /// What.
        action: Action,
        /// Why.
        because: Cause,
    },
    /// Something it did went wrong.
    Failed {
        /// Which of its actions.
        id: ActionId,
        /// How.
        failure: Failure,
    },
    /// A Kubernetes event, and what a client that sends events makes of it.
    Event(PodEvent, SeriesView),
    /// A container ended.
    Exited {
        /// Which container.
        container: ContainerName,
        /// Which of its runs.
        attempt: u32,
        /// How.
        exit: Exit,
    },
    /// Something vanished behind the node's back: a container, or with `None` the sandbox.
    Vanished {
        /// Which container.
        container: Option<ContainerName>,
    },
    /// A line of the kubelet's log about the folder.
    Source(SourceLog),
    /// A line of the kubelet's log about a pod.
    Log(PodLog),
    /// A line of the kubelet's log about the node.
    NodeLog(NodeLog),
}

/// Lines of the kubelet's log about what a node is short of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeLog {
    /// It begins to look.
    AttemptingToReclaim(Pressure),
    /// Nothing but stopping pods helps.
    MustEvict(Pressure),
    /// In which order pods are asked.
    Ranked(Vec<PodRef>),
    /// The pod is none that may be stopped for it.
    CannotEvictCritical,
    /// There are no pods.
    NoPodsToEvict(Pressure),
    /// No pod was stopped.
    UnableToEvict,
}

/// Lines of the kubelet's log about a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PodLog {
    /// A pod was added to what should run.
    Add(PodSource),
    /// A pod should not run any more.
    Remove(PodSource),
    /// A pod of the same uid has another spec.
    Update(PodSource),
    /// Containers run that no manifest asks for.
    Orphan,
    /// A sync ended with errors.
    SyncFailed(String),
}

/// Where a kubelet has a pod from. `Display` is the kubelet's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodSource {
    /// A file of the folder.
    File,
    /// The API server.
    Api,
}

impl fmt::Display for PodSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "file",
            Self::Api => "api",
        })
    }
}

impl NodeLog {
    const fn is_error(&self) -> bool {
        match self {
            Self::NoPodsToEvict(_) | Self::CannotEvictCritical => true,
            Self::AttemptingToReclaim(_) | Self::MustEvict(_) | Self::Ranked(_) | Self::UnableToEvict => {
                false
            }
        }
    }
}

impl Record {
    /// For people and wires.
    #[must_use]
    pub fn view(&self) -> RecordView {
        let mut because = None;
        let mut typed = None;
        let mut series = None;
        let (kind, text) = match &self.fact {
            Fact::Planned { action, because: cause, .. } => {
                because = Some(cause.to_string().into());
                typed = Some(cause.clone());
                (RecordKind::Planned, action.to_string())
            }
            Fact::Failed { failure, .. } => (RecordKind::Failed, failure.to_string()),
            Fact::Event(event, told) => {
                series = Some(*told);
                let kind = RecordKind::Event {
                    warning: event.is_warning(),
                    reason: event.reason().into(),
                    field_path: event.field_path().into(),
                };
                (kind, event.to_string())
            }
            Fact::Exited { container, attempt, exit } => (
                RecordKind::Observed { bad: exit.code != 0 },
                format!("container {container}#{attempt} exited with code {} ({})", exit.code, exit.reason),
            ),
            Fact::Vanished { container: Some(container) } => {
                (RecordKind::Observed { bad: true }, format!("container {container} is gone"))
            }
            Fact::Vanished { container: None } => {
                (RecordKind::Observed { bad: true }, "the sandbox is gone".to_owned())
            }
            Fact::Source(line) => (RecordKind::Log { error: true }, line.to_string()),
            Fact::NodeLog(line) => (RecordKind::Log { error: line.is_error() }, self.node_text(line)),
            Fact::Log(line) => {
                (RecordKind::Log { error: matches!(line, PodLog::SyncFailed(_)) }, self.log_text(line))
            }
        };
        RecordView {
            seq: self.seq,
            at: self.at,
            pod: self.pod.clone(),
            kind,
            text: text.into(),
            series,
            deed: Deed::of(&self.fact),
            because,
            cause: typed,
        }
    }

    fn node_text(&self, line: &NodeLog) -> String {
        let short = |pod: &PodRef| format!("\"{}/{}\"", pod.namespace, pod.name);
        match line {
            NodeLog::AttemptingToReclaim(what) => {
                format!("\"Eviction manager: attempting to reclaim\" resourceName=\"{}\"", what.resource())
            }
            NodeLog::MustEvict(what) => {
                format!(
                    "\"Eviction manager: must evict pod(s) to reclaim\" resourceName=\"{}\"",
                    what.resource()
                )
            }
            NodeLog::Ranked(pods) => {
                let pods: Vec<String> = pods.iter().map(short).collect();
                format!("\"Eviction manager: pods ranked for eviction\" pods=[{}]", pods.join(","))
            }
            NodeLog::CannotEvictCritical => {
                let pod = self.pod.as_ref().map(short).unwrap_or_default();
                format!("\"Eviction manager: cannot evict a critical pod\" pod={pod}")
            }
            NodeLog::NoPodsToEvict(what) => {
                format!(
                    "\"Eviction manager: eviction thresholds have been met, but no pods are active to evict\" resourceName=\"{}\"",
                    what.resource()
                )
            }
            NodeLog::UnableToEvict => {
                "\"Eviction manager: unable to evict any pods from the node\"".to_owned()
            }
        }
    }

    fn log_text(&self, line: &PodLog) -> String {
        let (pod, uid) = self.pod.as_ref().map_or_else(Default::default, |pod| {
            (format!("{}/{}", pod.namespace, pod.name), pod.uid.to_string())
        });
        match line {
            PodLog::Add(source) => format!("\"SyncLoop ADD\" source=\"{source}\" pods=[\"{pod}\"]"),
            PodLog::Remove(source) => format!("\"SyncLoop REMOVE\" source=\"{source}\" pods=[\"{pod}\"]"),
            PodLog::Update(source) => format!("\"SyncLoop UPDATE\" source=\"{source}\" pods=[\"{pod}\"]"),
            PodLog::Orphan => {
                format!(
                    "\"Clean up containers for orphaned pod we had not seen before\" podUID=\"{uid}\" gracePeriod=1"
                )
            }
            PodLog::SyncFailed(error) => {
                format!("\"Error syncing pod, skipping\" err={error:?} pod=\"{pod}\" podUID=\"{uid}\"")
            }
        }
    }
}

/// The newest records of a node.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    records: VecDeque<Arc<Record>>,
    next: u64,
}

impl Journal {
    /// Writes down what happened.
    pub fn write(&mut self, at: Time, pod: Option<PodRef>, fact: Fact) {
        if self.records.len() == CAPACITY {
            self.records.pop_front();
        }
        self.records.push_back(Arc::new(Record { seq: self.next, at, pod, fact }));
        self.next += 1;
    }

    /// The number the next record will carry.
    #[must_use]
    pub fn next_seq(&self) -> u64 {
        self.next
    }

    /// The records from number `seq` on, as far as they are kept.
    pub fn since(&self, seq: u64) -> impl Iterator<Item = &Arc<Record>> {
        let first = self.next - self.records.len() as u64;
        let skip = usize::try_from(seq.saturating_sub(first)).unwrap_or(usize::MAX);
        self.records.iter().skip(skip)
    }
}
