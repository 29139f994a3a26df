//! What can be expected of a node, and whether it holds.

use std::{collections::BTreeMap, fmt, sync::Arc};

use super::Testbed;
use crate::view::{
    ContainerView, FileView, NodeView, Phase, PodStage, PodView, RecordKind, RecordView, StateView,
};

/// Something that is to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields are the words of the step; the module's tables say what they mean"
)]
pub enum Expectation {
    /// A pod's phase or stage.
    Pod { pod: Arc<str>, state: PodState },
    /// What `kubectl get` prints under STATUS.
    PodShows { pod: Arc<str>, status: Arc<str> },
    /// Why the whole pod failed.
    PodReason { pod: Arc<str>, reason: Arc<str> },
    /// How often something was restarted.
    Restarts { subject: Subject, amount: Amount },
    /// Whether something is what it was at the last note.
    Identity { subject: Subject, same: bool },
    /// A container runs.
    Running { pod: Arc<str>, container: Arc<str> },
    /// A container waits.
    Waiting { pod: Arc<str>, container: Arc<str>, reason: Option<Arc<str>> },
    /// A container has ended.
    Ended { pod: Arc<str>, container: Arc<str>, reason: Option<Arc<str>>, code: Option<i32> },
    /// The instance before ended so.
    LastEnded { pod: Arc<str>, container: Arc<str>, reason: Option<Arc<str>>, code: Option<i32> },
    /// The message of a container's state.
    Message { pod: Arc<str>, container: Arc<str>, text: Arc<str> },
    /// What a container wrote.
    Output { pod: Arc<str>, container: Arc<str>, text: Arc<str> },
    /// Events since the last note.
    Event { reason: Arc<str>, pod: Arc<str>, amount: Amount, text: Option<Arc<str>> },
    /// The kubelet's log since the last note.
    Log { text: Arc<str>, present: bool },
    /// A file's verdict.
    FileAccepted { file: Arc<str>, accepted: bool },
    /// A file was not read.
    FileUnread { file: Arc<str> },
    /// A file's pod is the one that counts.
    FileWins { file: Arc<str> },
    /// A file has this warning.
    FileWarns { file: Arc<str>, code: Arc<str> },
    /// How many pods the node knows.
    PodCount(usize),
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

/// What was wanted and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// What was wanted.
    pub wanted: String,
    /// What was found instead.
    pub found: String,
}

/// What `the same` is compared with: uids by pod, ids by pod and container.
#[derive(Clone, Debug, Default)]
pub(super) struct Noted {
    pods: BTreeMap<String, String>,
    containers: BTreeMap<(String, String), Option<Arc<str>>>,
}

impl Noted {
    pub(super) fn of(view: &NodeView) -> Self {
        let mut noted = Self::default();
        for pod in &view.pods {
            let name = bare(&pod.id.name, view);
            noted.pods.insert(name.to_owned(), pod.id.uid.to_string());
            for container in containers(pod) {
                let key = (name.to_owned(), container.name.to_string());
                noted.containers.insert(key, container.container_id.clone());
            }
        }
        noted
    }
}

/// What an expectation is held against.
pub(super) struct Evidence<'a> {
    pub(super) view: &'a NodeView,
    /// Since the last note.
    pub(super) records: &'a [RecordView],
    pub(super) noted: &'a Noted,
}

impl Expectation {
    /// Whether it holds now.
    pub(super) fn check(&self, evidence: &Evidence<'_>, bed: &mut dyn Testbed) -> Result<(), Unmet> {
        let view = evidence.view;
        match self {
            Self::Pod { pod, state } => pod_state(view, pod, *state),
            Self::PodShows { pod, status } => {
                let found = find(view, pod)?;
                met(
                    found.status == *status,
                    || format!("STATUS {status}"),
                    || format!("STATUS {}", found.status),
                )
            }
            Self::PodReason { pod, reason } => {
                let found = find(view, pod)?;
                let is = found.reason.as_deref().unwrap_or("none");
                met(is == &**reason, || format!("reason {reason}"), || format!("reason {is}"))
            }
            Self::Restarts { subject, amount } => restarts(view, subject, *amount),
            Self::Identity { subject, same } => identity(evidence, subject, *same),
            Self::Running { pod, container } => {
                let found = &find_container(view, pod, container)?.state;
                met(matches!(found, StateView::Running { .. }), || "Running".into(), || state_text(found))
            }
            Self::Waiting { pod, container, reason } => {
                let found = &find_container(view, pod, container)?.state;
                let wanted = || format!("Waiting {}", reason.as_deref().unwrap_or_default());
                let holds = matches!(found, StateView::Waiting { reason: is, .. } if reason.as_ref().is_none_or(|it| it == is));
                met(holds, wanted, || state_text(found))
            }
            Self::Ended { pod, container, reason, code } => {
                let found = &find_container(view, pod, container)?.state;
                let exit = if let StateView::Terminated(exit) = found { Some(exit) } else { None };
                met(
                    exit.is_some_and(|exit| ended(exit, reason, *code)),
                    || ended_text(reason, *code),
                    || state_text(found),
                )
            }
            Self::LastEnded { pod, container, reason, code } => {
                let found = find_container(view, pod, container)?.last_state.as_ref();
                let text = || {
                    found.map_or("no earlier instance".to_owned(), |exit| {
                        format!("{} {}", exit.reason, exit.code)
                    })
                };
                met(found.is_some_and(|exit| ended(exit, reason, *code)), || ended_text(reason, *code), text)
            }
            Self::Message { pod, container, text } => {
                let message = message(&find_container(view, pod, container)?.state);
                met(
                    message.contains(&**text),
                    || format!("a message with \"{text}\""),
                    || format!("\"{message}\""),
                )
            }
            Self::Output { pod, container, text } => {
                let lines = bed
                    .output(pod, container)
                    .map_err(|error| unmet(format!("output with \"{text}\""), error.to_string()))?;
                let holds = lines.iter().any(|line| line.contains(&**text));
                met(holds, || format!("output with \"{text}\""), || lines.join(" / "))
            }
            Self::Event { reason, pod, amount, text } => {
                event(evidence, reason, pod, *amount, text.as_deref())
            }
            Self::Log { text, present } => {
                let is_log = |record: &&RecordView| matches!(record.kind, RecordKind::Log { .. });
                let found =
                    evidence.records.iter().filter(is_log).find(|record| record.text.contains(&**text));
                let wanted = || format!("{} log line with \"{text}\"", if *present { "a" } else { "no" });
                met(found.is_some() == *present, wanted, || {
                    found.map_or("none".to_owned(), |record| record.text.to_string())
                })
            }
            Self::FileAccepted { file, accepted } => {
                let found = find_file(view, file)?;
                let word = |accepted| if accepted { "accepted" } else { "refused" };
                let is = found.error.is_none();
                met(
                    is == *accepted,
                    || word(*accepted).into(),
                    || found.error.as_deref().unwrap_or(word(is)).to_owned(),
                )
            }
            Self::FileUnread { file } => {
                let found = find_file(view, file);
                met(found.is_err(), || "a file that is not read".into(), || "it was read".into())
            }
            Self::FileWins { file } => {
                let found = find_file(view, file)?;
                met(found.wins, || "the file whose pod counts".into(), || "its pod does not count".into())
            }
            Self::FileWarns { file, code } => {
                let found = find_file(view, file)?;
                let codes: Vec<&str> = found.diagnostics.iter().map(|it| it.code.as_str()).collect();
                met(
                    codes.contains(&&**code),
                    || format!("diagnostic {code}"),
                    || format!("diagnostics {codes:?}"),
                )
            }
            Self::PodCount(count) => {
                let names: Vec<&str> = view.pods.iter().map(|pod| &*pod.id.name).collect();
                met(
                    names.len() == *count,
                    || format!("{count} pods"),
                    || format!("{}: {}", names.len(), names.join(", ")),
                )
            }
        }
    }
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
    fn holds(self, found: u32) -> bool {
        match self {
            Self::Exactly(n) => found == n,
            Self::AtLeast(n) => found >= n,
        }
    }
}

fn met(holds: bool, wanted: impl FnOnce() -> String, found: impl FnOnce() -> String) -> Result<(), Unmet> {
    if holds { Ok(()) } else { Err(unmet(wanted(), found())) }
}

fn unmet(wanted: String, found: String) -> Unmet {
    Unmet { wanted, found }
}

/// A pod's name without the node's suffix.
fn bare<'a>(name: &'a str, view: &NodeView) -> &'a str {
    name.strip_suffix(view.name.as_str()).and_then(|rest| rest.strip_suffix('-')).unwrap_or(name)
}

fn is_named(pod: &str, name: &str, view: &NodeView) -> bool {
    pod == name || bare(pod, view) == name
}

/// The pod of this name; of several the one that was seen last.
fn find<'a>(view: &'a NodeView, name: &str) -> Result<&'a PodView, Unmet> {
    let named = view.pods.iter().filter(|pod| is_named(&pod.id.name, name, view));
    let newest = named.enumerate().max_by_key(|(index, pod)| (pod.seen, *index)).map(|(_, pod)| &**pod);
    newest.ok_or_else(|| {
        let known: Vec<&str> = view.pods.iter().map(|pod| &*pod.id.name).collect();
        unmet(format!("pod {name}"), format!("no such pod; the node has {known:?}"))
    })
}

fn containers(pod: &PodView) -> impl Iterator<Item = &ContainerView> {
    pod.init_containers.iter().chain(&pod.containers)
}

fn find_container<'a>(view: &'a NodeView, pod: &str, name: &str) -> Result<&'a ContainerView, Unmet> {
    let pod = find(view, pod)?;
    containers(pod).find(|container| container.name.as_str() == name).ok_or_else(|| {
        unmet(format!("container {name}"), format!("pod {} is {} and has none", pod.id.name, pod.phase))
    })
}

fn find_file<'a>(view: &'a NodeView, name: &str) -> Result<&'a FileView, Unmet> {
    let named = |file: &&Arc<FileView>| &*file.path == name || file.path.rsplit('/').next() == Some(name);
    view.files
        .iter()
        .find(named)
        .map(|file| &**file)
        .ok_or_else(|| unmet(format!("file {name}"), "it was not read".into()))
}

fn pod_state(view: &NodeView, name: &str, state: PodState) -> Result<(), Unmet> {
    let found = find(view, name);
    if state == PodState::Gone {
        return match found {
            Err(_) => Ok(()),
            Ok(pod) => Err(unmet("no such pod".into(), pod_text(pod))),
        };
    }
    let pod = found?;
    let all_ready = pod.ready.0 == pod.ready.1 && pod.ready.1 > 0;
    let (holds, wanted) = match state {
        PodState::Phase(phase) => (pod.phase == phase, phase.to_string()),
        PodState::Ready => (all_ready, "ready".to_owned()),
        PodState::NotReady => (!all_ready, "not ready".to_owned()),
        PodState::Gone => (false, "gone".to_owned()),
        PodState::WaitingToStart => (pod.stage == PodStage::WaitingToStart, "waiting to start".to_owned()),
        PodState::Terminating => (pod.stage == PodStage::Terminating, "terminating".to_owned()),
    };
    met(holds, || wanted, || pod_text(pod))
}

fn pod_text(pod: &PodView) -> String {
    let (ready, all) = pod.ready;
    format!("{} ({}, {:?}), {ready}/{all} ready, {} restarts", pod.phase, pod.status, pod.stage, pod.restarts)
}

fn restarts(view: &NodeView, subject: &Subject, amount: Amount) -> Result<(), Unmet> {
    let found = match subject {
        Subject::Pod(pod) => find(view, pod)?.restarts,
        Subject::Container { pod, container } => find_container(view, pod, container)?.restart_count,
    };
    met(amount.holds(found), || format!("{amount} restarts"), || format!("{found} restarts"))
}

fn identity(evidence: &Evidence<'_>, subject: &Subject, same: bool) -> Result<(), Unmet> {
    let view = evidence.view;
    let (before, now) = match subject {
        Subject::Pod(name) => {
            let pod = find(view, name)?;
            (evidence.noted.pods.get(bare(&pod.id.name, view)).cloned(), Some(pod.id.uid.to_string()))
        }
        Subject::Container { pod, container } => {
            let now = find_container(view, pod, container)?.container_id.clone();
            let key = (bare(&find(view, pod)?.id.name, view).to_owned(), container.to_string());
            let before = evidence.noted.containers.get(&key).cloned().flatten();
            (before.map(|id| id.to_string()), now.map(|id| id.to_string()))
        }
    };
    let show = |id: &Option<String>| id.clone().unwrap_or_else(|| "none".to_owned());
    let wanted = || format!("{} {}", if same { "still" } else { "other than" }, show(&before));
    met((before == now) == same && before.is_some() && now.is_some(), wanted, || show(&now))
}

fn ended(exit: &crate::contract::Exit, reason: &Option<Arc<str>>, code: Option<i32>) -> bool {
    reason.as_ref().is_none_or(|reason| exit.reason.to_string() == **reason)
        && code.is_none_or(|code| exit.code == code)
}

fn ended_text(reason: &Option<Arc<str>>, code: Option<i32>) -> String {
    let code = code.map_or(String::new(), |code| format!(" {code}"));
    format!("Terminated {}{code}", reason.as_deref().unwrap_or_default())
}

fn message(state: &StateView) -> &str {
    match state {
        StateView::Waiting { message, .. } => message,
        StateView::Running { .. } => "",
        StateView::Terminated(exit) => &exit.message,
    }
}

fn state_text(state: &StateView) -> String {
    match state {
        StateView::Waiting { reason, message } => format!("Waiting {reason}: {message}"),
        StateView::Running { since } => format!("Running since {since}"),
        StateView::Terminated(exit) => format!("Terminated {} {}", exit.reason, exit.code),
    }
}

fn event(
    evidence: &Evidence<'_>,
    reason: &str,
    pod: &str,
    amount: Amount,
    text: Option<&str>,
) -> Result<(), Unmet> {
    let on_pod = |record: &&RecordView| {
        matches!(&record.kind, RecordKind::Event { .. })
            && record.pod.as_ref().is_some_and(|id| is_named(&id.name, pod, evidence.view))
    };
    let named = |record: &&RecordView| matches!(&record.kind, RecordKind::Event { reason: is, .. } if &**is == reason);
    let found: Vec<&RecordView> = evidence.records.iter().filter(on_pod).filter(named).collect();
    let count = found.iter().filter(|record| text.is_none_or(|text| record.text.contains(text))).count();
    let wanted = || match text {
        Some(text) => format!("event {reason} that says \"{text}\""),
        None => format!("{amount} events {reason}"),
    };
    let holds = amount.holds(u32::try_from(count).unwrap_or(u32::MAX));
    met(holds, wanted, || match found.last() {
        Some(last) => format!("{}, the last: {}", found.len(), last.text),
        None => "none".to_owned(),
    })
}
