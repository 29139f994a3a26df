//! Reads a recording's texts.

use std::{fmt, sync::Arc, time::Duration};

use serde::Deserialize;

use super::{
    Deed, Life, Told,
    track::{Look, Said, Value, comparable},
};

/// The texts of a recording.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    /// `manifest.yaml`.
    pub manifest: Vec<u8>,
    /// `manifest2.yaml`, when there is one.
    pub second: Option<Vec<u8>>,
    /// `timeline.jsonl`.
    pub timeline: String,
    /// `events.txt`.
    pub events: String,
}

/// Why texts are no recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LifeError {
    /// A line of the timeline is not what it should be.
    Line(usize, String),
    /// Nobody knows how to do this.
    Deed(usize, String),
    /// A manifest is replaced, and there is no second one.
    NoSecond(usize),
    /// Nothing is done in it.
    Empty,
}

impl fmt::Display for LifeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line, error) => {
                write!(
                    f,
                    "timeline.jsonl:{line}: {error}; a line is {{\"t\": SECONDS}} with \"action\", or with \"uid\" and \
                     \"status\" or \"gone\""
                )
            }
            Self::Deed(line, deed) => {
                write!(
                    f,
                    "timeline.jsonl:{line}: nobody knows how to do \"{deed}\"; known are `manifest added`, `replaced` and \
                     `removed`, `file renamed`, `kubelet stopped` and `started`, `kill -9 of the main process` and \
                     `of the pause process`, `CRI RemoveContainer`"
                )
            }
            Self::NoSecond(line) => {
                write!(
                    f,
                    "timeline.jsonl:{line}: the manifest is replaced, but there is no manifest2.yaml: add it"
                )
            }
            Self::Empty => {
                f.write_str("timeline.jsonl: nothing is done in it; it begins with a `manifest added`")
            }
        }
    }
}

impl std::error::Error for LifeError {}

#[derive(Deserialize)]
struct Line {
    t: f64,
    action: Option<String>,
    uid: Option<String>,
    #[serde(default)]
    gone: bool,
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Status {
    phase: String,
    reason: String,
    message: String,
    #[serde(rename = "podIP")]
    pod_ip: String,
    qos_class: String,
    conditions: Vec<Condition>,
    init_container_statuses: Vec<Container>,
    container_statuses: Vec<Container>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Condition {
    #[serde(rename = "type")]
    kind: String,
    status: String,
    reason: String,
    message: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Container {
    name: String,
    state: State,
    last_state: State,
    ready: bool,
    started: bool,
    restart_count: u32,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct State {
    waiting: Option<Why>,
    running: Option<serde_json::Value>,
    terminated: Option<Why>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Why {
    reason: String,
    message: String,
    exit_code: i32,
}

impl Life {
    /// Reads a recording.
    pub fn read(name: &str, texts: Texts) -> Result<Self, LifeError> {
        let mut life = Self {
            name: name.into(),
            deeds: Vec::new(),
            manifest: texts.manifest.into(),
            second: texts.second.map(Arc::from),
            told: Told::default(),
            end: Duration::ZERO,
        };
        for (at, text) in texts.timeline.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
            life.line(at + 1, text)?;
        }
        if life.deeds.is_empty() {
            return Err(LifeError::Empty);
        }
        // A pod that was removed while nobody looked is stopped after the last line.
        life.end += Duration::from_secs(5);
        life.told.said = texts.events.lines().filter_map(said).collect();
        Ok(life)
    }

    fn line(&mut self, number: usize, text: &str) -> Result<(), LifeError> {
        let wrong = |error: String| LifeError::Line(number, error);
        let line: Line = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let at = Duration::try_from_secs_f64(line.t).map_err(|error| wrong(error.to_string()))?;
        self.end = self.end.max(at);
        if let Some(action) = line.action {
            let deed = deed(&action).ok_or(LifeError::Deed(number, action))?;
            if deed == Deed::Replace && self.second.is_none() {
                return Err(LifeError::NoSecond(number));
            }
            self.deeds.push((at, deed));
            self.told.deeds.push(at);
            return Ok(());
        }
        let uid = line.uid.ok_or_else(|| wrong("neither `action` nor `uid`".to_owned()))?;
        match line.status {
            Some(status) => self.told.course(&uid).see(at, look(&status)),
            None if line.gone => self.told.course(&uid).gone(at),
            None => return Err(wrong("neither `status` nor `gone`".to_owned())),
        }
        Ok(())
    }
}

fn deed(action: &str) -> Option<Deed> {
    const DEEDS: [(&str, Deed); 9] = [
        ("manifest added", Deed::Add),
        ("manifest replaced", Deed::Replace),
        ("manifest removed", Deed::Remove),
        ("file renamed", Deed::Rename),
        ("kubelet stopped", Deed::StopKubelet),
        ("kubelet started", Deed::StartKubelet),
        ("kill -9 of the main process", Deed::KillMain),
        ("kill -9 of the pause process", Deed::KillSandbox),
        ("CRI RemoveContainer", Deed::RemoveContainer),
    ];
    DEEDS.into_iter().find(|(known, _)| action.starts_with(known)).map(|(_, deed)| deed)
}

fn said(line: &str) -> Option<Said> {
    let (at, line) = line.strip_prefix('+')?.split_once(' ')?;
    let at = Duration::try_from_secs_f64(at.parse().ok()?).ok()?;
    // A standalone kubelet without a cluster's DNS complains at each look; nobody who runs pods without a cluster needs to hear it.
    (!line.contains("MissingClusterDNS")).then(|| Said { at, line: comparable(line) })
}

fn look(status: &Status) -> Look {
    let mut look = Look::new(&status.phase, &status.reason, &status.message);
    for it in &status.conditions {
        look.condition(&it.kind, it.status == "True", &it.reason, &it.message);
    }
    for it in status.init_container_statuses.iter().chain(&status.container_statuses) {
        let last = it.last_state.terminated.as_ref().map(ended);
        look.container(&it.name, state(&it.state), last, (it.ready, it.started), it.restart_count);
    }
    look.rest(!status.pod_ip.is_empty(), &status.qos_class);
    look
}

fn state(state: &State) -> Value {
    match state {
        State { running: Some(_), .. } => Value::running(),
        State { terminated: Some(why), .. } => ended(why),
        State { waiting: Some(why), .. } => Value::waiting(&why.reason, &why.message),
        State { .. } => Value::waiting("", ""),
    }
}

fn ended(why: &Why) -> Value {
    Value::ended(why.exit_code, &why.reason, &why.message)
}
