//! What can be expected of a node.

use std::{fmt, sync::Arc};

use super::cluster::ApiExpectation;
use crate::{contract::Exit, view::Phase};

/// Something that is to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields are the words of the step; the module's tables say what they mean"
)]
pub enum Expectation {
    /// How a pod is.
    Pod { pod: Arc<str>, state: PodState },
    /// How a container is.
    Container { pod: Arc<str>, container: Arc<str>, state: ContainerState },
    /// How the node sees a file.
    File { file: Arc<str>, state: FileState },
    /// How often something was restarted.
    Restarts { subject: Subject, amount: Amount },
    /// Whether something is what it was at the last note.
    Identity { subject: Subject, same: bool },
    /// What a container wrote.
    Output { pod: Arc<str>, container: Arc<str>, text: Arc<str> },
    /// Events since the last note.
    Event { reason: Arc<str>, pod: Arc<str>, amount: Amount, text: Option<Arc<str>> },
    /// What a client that sends events makes of the newest.
    Series { reason: Arc<str>, pod: Arc<str>, state: SeriesState },
    /// The kubelet's log since the last note.
    Log { text: Arc<str>, present: bool },
    /// What the command that was typed last prints.
    Prints { text: Arc<str>, present: bool },
    /// How many pods the node knows.
    PodCount(usize),
    /// What the API server has.
    Api(ApiExpectation),
}

/// What is compared or counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A pod.
    Pod(Arc<str>),
    /// A container.
    Container {
        /// Its pod.
        pod: Arc<str>,
        /// Its name.
        container: Arc<str>,
    },
}

/// How many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// So many.
    Exactly(u32),
    /// So many or more.
    AtLeast(u32),
}

/// How a pod can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PodState {
    /// In this phase.
    Phase(Phase),
    /// All its containers are ready.
    Ready,
    /// It is there, and not all its containers are ready.
    NotReady,
    /// The node does not know it.
    Gone,
    /// It waits for a pod of the same name.
    WaitingToStart,
    /// It is being stopped.
    Terminating,
    /// What `kubectl get` prints under STATUS.
    Shows(Arc<str>),
    /// Why the whole pod failed.
    Reason(Arc<str>),
}

/// How a container can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContainerState {
    /// It runs.
    Running,
    /// It waits, for this reason if one is given.
    Waiting(Option<Arc<str>>),
    /// It has ended.
    Ended(End),
    /// The instance before has ended.
    LastEnded(End),
    /// The message of its state contains this.
    Says(Arc<str>),
}

/// An end, as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The reason, such as `Completed`.
    pub reason: Option<Arc<str>>,
    /// The exit code.
    pub code: Option<i32>,
}

/// What can become of an event that is like others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeriesState {
    /// It is counted so often.
    Counts(Amount),
    /// It is combined with similar ones.
    Combined,
    /// It is not sent.
    Dropped,
}

/// How the node can see a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileState {
    /// It holds a pod.
    Accepted,
    /// It cannot be used.
    Refused,
    /// It was not read.
    Unread,
    /// Its pod is the one that counts.
    Wins,
    /// It has this diagnostic.
    Warns(Arc<str>),
}

impl End {
    pub(super) fn holds(&self, exit: &Exit) -> bool {
        self.reason.as_ref().is_none_or(|reason| exit.reason.to_string() == **reason)
            && self.code.is_none_or(|code| exit.code == code)
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Terminated")?;
        if let Some(reason) = &self.reason {
            write!(f, " {reason}")?;
        }
        self.code.map_or(Ok(()), |code| write!(f, " {code}"))
    }
}

/// What was wanted and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// What was wanted.
    pub wanted: String,
    /// What was found instead.
    pub found: String,
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(n) => write!(f, "{n}"),
            Self::AtLeast(n) => write!(f, "at least {n}"),
        }
    }
}

impl Amount {
    pub(super) fn holds(self, found: u32) -> bool {
        match self {
            Self::Exactly(n) => found == n,
            Self::AtLeast(n) => found >= n,
        }
    }
}

pub(super) fn unmet(wanted: String, found: String) -> Unmet {
    Unmet { wanted, found }
}
