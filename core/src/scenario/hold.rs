//! Whether what is expected of a node holds.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Testbed,
    check::{Amount, ContainerState, Expectation, FileState, PodState, SeriesState, Subject, Unmet, unmet},
    cluster::NotedUids,
    find::{bare, containers, find, find_container, find_file, is_named},
};
use crate::view::{
    ContainerView, FileView, NodeView, PodStage, PodView, RecordKind, RecordView, SeriesView, StateView,
};

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
    /// Uids of the API's objects at the last note.
    pub(super) uids: &'a NotedUids,
    /// What the API server answered to the last `try`.
    pub(super) refusal: Option<&'a str>,
    /// What the command that was typed last printed.
    pub(super) printed: &'a str,
}

impl Expectation {
    /// Whether it holds now.
    pub(super) fn check(&self, evidence: &Evidence<'_>, bed: &mut dyn Testbed) -> Result<(), Unmet> {
        let view = evidence.view;
        match self {
            Self::Pod { pod, state } => pod_state(view, pod, state),
            Self::Container { pod, container, state } => {
                container_state(find_container(view, pod, container)?, state)
            }
            Self::Prints { text, present } => {
                let wanted = || {
                    let how = if *present { "" } else { "out" };
                    format!("a command that prints a text with{how} \"{text}\"")
                };
                met(evidence.printed.contains(&**text) == *present, wanted, || evidence.printed.to_owned())
            }
            Self::File { file, state } => file_state(find_file(view, file), state),
            Self::Restarts { subject, amount } => restarts(view, subject, *amount),
            Self::Identity { subject, same } => identity(evidence, subject, *same),
            Self::Output { pod, container, text } => {
                let wanted = || format!("output with \"{text}\"");
                let lines = bed.output(pod, container).map_err(|error| unmet(wanted(), error.to_string()))?;
                met(lines.iter().any(|line| line.contains(&**text)), wanted, || lines.join(" / "))
            }
            Self::Series { reason, pod, state } => series(evidence, reason, pod, *state),
            Self::Event { reason, pod, amount, text } => {
                event(evidence, reason, pod, *amount, text.as_deref())
            }
            Self::Api(expectation) => expectation.check(bed, evidence.uids, evidence.refusal),
            Self::Log { text, present } => log(evidence, text, *present),
            Self::PodCount(count) => {
                let names: Vec<&str> = view.pods.iter().map(|pod| &*pod.id.name).collect();
                let found = || format!("{}: {}", names.len(), names.join(", "));
                met(names.len() == *count, || format!("{count} pods"), found)
            }
        }
    }
}

fn met(holds: bool, wanted: impl FnOnce() -> String, found: impl FnOnce() -> String) -> Result<(), Unmet> {
    if holds { Ok(()) } else { Err(unmet(wanted(), found())) }
}

fn pod_state(view: &NodeView, name: &str, state: &PodState) -> Result<(), Unmet> {
    let found = find(view, name);
    if *state == PodState::Gone {
        return match found {
            Err(_) => Ok(()),
            Ok(pod) => Err(unmet("no such pod".into(), pod_text(pod))),
        };
    }
    let pod = found?;
    let all_ready = pod.ready.0 == pod.ready.1 && pod.ready.1 > 0;
    let (holds, wanted) = match state {
        PodState::Phase(phase) => (pod.phase == *phase, phase.to_string()),
        PodState::Ready => (all_ready, "ready".to_owned()),
        PodState::NotReady => (!all_ready, "not ready".to_owned()),
        PodState::Gone => (false, "gone".to_owned()),
        PodState::WaitingToStart => (pod.stage == PodStage::WaitingToStart, "waiting to start".to_owned()),
        PodState::Terminating => (pod.stage == PodStage::Terminating, "terminating".to_owned()),
        PodState::Shows(status) => (pod.status == *status, format!("STATUS {status}")),
        PodState::Reason(reason) => (pod.reason.as_ref() == Some(reason), format!("reason {reason}")),
    };
    met(holds, || wanted, || pod_text(pod))
}

fn container_state(found: &ContainerView, state: &ContainerState) -> Result<(), Unmet> {
    let is = &found.state;
    match state {
        ContainerState::Running => {
            met(matches!(is, StateView::Running { .. }), || "Running".into(), || state_text(is))
        }
        ContainerState::Waiting(wanted) => {
            let holds = matches!(is, StateView::Waiting { reason, .. }
                if wanted.as_ref().is_none_or(|wanted| wanted == reason));
            met(holds, || format!("Waiting {}", wanted.as_deref().unwrap_or_default()), || state_text(is))
        }
        ContainerState::Ended(end) => {
            let holds = matches!(is, StateView::Terminated(exit) if end.holds(exit));
            met(holds, || end.to_string(), || state_text(is))
        }
        ContainerState::LastEnded(end) => {
            let last = found.last_state.as_ref();
            let text = || {
                last.map_or("no earlier instance".to_owned(), |exit| format!("{} {}", exit.reason, exit.code))
            };
            met(last.is_some_and(|exit| end.holds(exit)), || end.to_string(), text)
        }
        ContainerState::Says(text) => {
            let message = message(is);
            let wanted = || format!("a message with \"{text}\"");
            met(message.contains(&**text), wanted, || format!("\"{message}\""))
        }
    }
}

fn file_state(found: Result<&FileView, Unmet>, state: &FileState) -> Result<(), Unmet> {
    if *state == FileState::Unread {
        return met(found.is_err(), || "a file that is not read".into(), || "it was read".into());
    }
    let file = found?;
    let error = file.error.as_deref().unwrap_or("accepted");
    match state {
        FileState::Accepted => met(file.error.is_none(), || "accepted".into(), || error.to_owned()),
        FileState::Refused => met(file.error.is_some(), || "refused".into(), || error.to_owned()),
        FileState::Unread => Ok(()),
        FileState::Wins => {
            met(file.wins, || "the file whose pod counts".into(), || "its pod does not count".into())
        }
        FileState::Warns(code) => {
            let codes: Vec<&str> = file.diagnostics.iter().map(|it| it.code.as_str()).collect();
            met(
                codes.contains(&&**code),
                || format!("diagnostic {code}"),
                || format!("diagnostics {codes:?}"),
            )
        }
    }
}

fn log(evidence: &Evidence<'_>, text: &str, present: bool) -> Result<(), Unmet> {
    let is_log = |record: &&RecordView| matches!(record.kind, RecordKind::Log { .. });
    let found = evidence.records.iter().filter(is_log).find(|record| record.text.contains(text));
    let wanted = || format!("{} log line with \"{text}\"", if present { "a" } else { "no" });
    met(found.is_some() == present, wanted, || {
        found.map_or("none".to_owned(), |record| record.text.to_string())
    })
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

fn series(evidence: &Evidence<'_>, reason: &str, pod: &str, state: SeriesState) -> Result<(), Unmet> {
    let is_it = |record: &&RecordView| {
        matches!(&record.kind, RecordKind::Event { reason: is, .. } if &**is == reason)
            && record.pod.as_ref().is_some_and(|id| is_named(&id.name, pod, evidence.view))
    };
    let found = evidence.records.iter().rfind(is_it).and_then(|record| record.series);
    let holds = |series: SeriesView| match state {
        SeriesState::Counts(amount) => amount.holds(series.count) && !series.dropped,
        SeriesState::Combined => series.combined,
        SeriesState::Dropped => series.dropped,
    };
    met(found.is_some_and(holds), || format!("{state:?}"), || format!("{found:?}"))
}
