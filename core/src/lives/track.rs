//! What was seen of a pod, as tracks over time: the common form of a recording and of a life that was acted out.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use crate::{
    contract::Exit,
    view::{ContainerView, PodView, StateView},
};

/// All that was told of a life.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// When each deed was done.
    pub deeds: Vec<Duration>,
    /// The events, in order.
    pub said: Vec<Said>,
    /// The pods, in the order in which they appeared.
    pub pods: Vec<Course>,
    /// From when to when the runtime was at work for them. Recordings do not say it: there it was quick.
    pub work: Vec<(Duration, Duration)>,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// When.
    pub at: Duration,
    /// As `Normal Pulled [spec.containers{main}] message`.
    pub line: String,
}

/// One pod's course.
#[derive(Clone, Debug)]
pub struct Course {
    uid: Arc<str>,
    /// What was seen of each of its parts.
    pub tracks: BTreeMap<String, Vec<Entry>>,
    begin: Duration,
}

/// What a part of a pod became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Duration,
    /// What.
    pub value: String,
    /// Whether what follows comes after a wait that the kubelet jitters.
    pub waits: bool,
}

/// A value of a track.
#[derive(Clone, Debug)]
pub(super) struct Value {
    text: String,
    waits: bool,
}

impl Value {
    pub(super) fn running() -> Self {
        Self { text: "running".to_owned(), waits: false }
    }

    pub(super) fn waiting(reason: &str, message: &str) -> Self {
        let waits = !matches!(reason, "ContainerCreating" | "PodInitializing" | "");
        Self { text: comparable(&format!("waiting {reason} {message}")), waits }
    }

    pub(super) fn ended(code: i32, reason: &str, message: &str) -> Self {
        Self { text: comparable(&format!("ended {reason} {code} {message}")), waits: true }
    }
}

/// A pod at a moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Look(BTreeMap<String, Value>);

/// A part that is not there.
const NOTHING: &str = "nothing";

impl Look {
    pub(super) fn new(phase: &str, reason: &str, message: &str) -> Self {
        let mut look = Self::default();
        look.set("phase".to_owned(), &format!("{phase} {reason} {message}"), true);
        look
    }

    fn set(&mut self, track: String, text: &str, waits: bool) {
        self.0.insert(track, Value { text: comparable(text), waits });
    }

    pub(super) fn condition(&mut self, kind: &str, holds: bool, reason: &str, message: &str) {
        self.set(format!("condition {kind}"), &format!("{holds} {reason} {message}"), true);
    }

    pub(super) fn container(
        &mut self,
        name: &str,
        state: Value,
        last: Option<Value>,
        (ready, started): (bool, bool),
        restarts: u32,
    ) {
        let mut text = state.text;
        let flags = [(ready, "ready"), (started, "started")];
        for (_, word) in flags.iter().filter(|(set, _)| *set) {
            text = format!("{text}, {word}");
        }
        text = format!("{text}, restarts {restarts}");
        if let Some(last) = last {
            text = format!("{text}, before: {}", last.text);
        }
        self.0.insert(format!("container {name}"), Value { text, waits: state.waits });
    }

    pub(super) fn rest(&mut self, address: bool, qos: &str) {
        self.set("address".to_owned(), if address { "one" } else { NOTHING }, true);
        if !qos.is_empty() {
            self.set("qosClass".to_owned(), qos, true);
        }
    }

    /// What a node of ours shows.
    pub(super) fn of(pod: &PodView) -> Self {
        let text = |text: &Option<Arc<str>>| text.as_deref().unwrap_or_default().to_owned();
        let mut look = Self::new(&pod.phase.to_string(), &text(&pod.reason), &text(&pod.message));
        for it in &pod.conditions {
            look.condition(&it.kind, it.status, &text(&it.reason), &text(&it.message));
        }
        for it in pod.init_containers.iter().chain(&pod.containers) {
            look.own(it);
        }
        // A pod that waits for its predecessor's end says nothing of itself, in the kubelet.
        let begun = pod.started.is_some();
        look.rest(pod.ip.is_some(), if begun { &pod.qos_class } else { "" });
        look
    }

    fn own(&mut self, it: &ContainerView) {
        let ended = |exit: &Exit| Value::ended(exit.code, &exit.reason.to_string(), &exit.message);
        let state = match &it.state {
            StateView::Waiting { reason, message } => Value::waiting(reason, message),
            StateView::Running { .. } => Value::running(),
            StateView::Terminated(exit) => ended(exit),
        };
        let last = it.last_state.as_ref().map(ended);
        self.container(it.name.as_str(), state, last, (it.ready, it.started), it.restart_count);
    }
}

impl Told {
    /// The course of the pod with this uid.
    pub(super) fn course(&mut self, uid: &str) -> &mut Course {
        let at = self.pods.iter().position(|pod| &*pod.uid == uid).unwrap_or_else(|| {
            self.pods.push(Course { uid: uid.into(), tracks: BTreeMap::new(), begin: Duration::MAX });
            self.pods.len() - 1
        });
        &mut self.pods[at]
    }

    /// Leaves out what came after `end`.
    pub(super) fn cut(&mut self, end: Duration) {
        self.deeds.retain(|at| *at < end);
        self.said.retain(|said| said.at < end);
        self.pods.retain(|pod| pod.begin < end);
        for pod in &mut self.pods {
            for track in pod.tracks.values_mut() {
                track.retain(|entry| entry.at < end);
            }
            pod.tracks.retain(|_, track| !track.is_empty());
        }
    }
}

impl Course {
    /// Takes in how the pod looks.
    pub(super) fn see(&mut self, at: Duration, look: Look) {
        self.begin = self.begin.min(at);
        // A pod that was just read says nothing of itself yet, however short that is.
        let new: Vec<String> = look
            .0
            .keys()
            .filter(|track| *track != "phase" && !self.tracks.contains_key(*track))
            .cloned()
            .collect();
        for track in new {
            self.put(self.begin, &track, Value { text: NOTHING.to_owned(), waits: true });
        }
        self.put(at, "listed", Value { text: "listed".to_owned(), waits: true });
        // What a rejected pod or one just read lacks, it has not yet, or not any more.
        let gone: Vec<String> = self
            .tracks
            .keys()
            .filter(|track| *track != "listed" && *track != "qosClass" && !look.0.contains_key(*track))
            .cloned()
            .collect();
        for track in gone {
            self.put(at, &track, Value { text: NOTHING.to_owned(), waits: true });
        }
        for (track, value) in look.0 {
            self.put(at, &track, value);
        }
    }

    /// The pod is not listed any more.
    pub(super) fn gone(&mut self, at: Duration) {
        self.put(at, "listed", Value { text: "gone".to_owned(), waits: true });
    }

    /// Whether it was listed when last looked at.
    pub(super) fn is_listed(&self) -> bool {
        self.tracks.get("listed").and_then(|track| track.last()).is_some_and(|entry| entry.value == "listed")
    }

    pub(super) fn uid(&self) -> &str {
        &self.uid
    }

    fn put(&mut self, at: Duration, track: &str, value: Value) {
        let track = self.tracks.entry(track.to_owned()).or_default();
        if track.last().is_none_or(|last| last.value != value.text) {
            track.push(Entry { at, value: value.text, waits: value.waits });
        }
    }
}

/// What containerd's own runtime says of a process that it cannot start. Others say shim.
const TASK: &str = "failed to create containerd task";

/// Without what differs from machine to machine: uids, durations, sizes, and the words of a runtime or a registry that failed.
pub(super) fn comparable(text: &str) -> String {
    let mut text = text.replace(" []", " ").replace("failed to create shim task", TASK);
    if let Some(at) = text.find("_default(") {
        let end = text[at..].find(')').map_or(text.len(), |end| at + end);
        text.replace_range(at..end, "_default(uid");
    }
    for words in [
        "Failed to pull image \"",
        "Successfully pulled image \"",
        TASK,
        "ErrImagePull ",
        "ErrImagePull: ",
        "probe errored and resulted in unknown state:",
    ] {
        if let Some(at) = text.find(words) {
            text.truncate(at + words.len());
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
