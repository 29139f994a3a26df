//! The columns of `kubectl get pods`: STATUS, READY, RESTARTS. One reckoning for a node's own view and for objects of an API.
//!
//! Follows `printPod` (`pkg/printers/internalversion/printers.go`).

use std::borrow::Cow;

use crate::view::{ContainerView, StateView};

/// What the columns are reckoned from. `T` is what times are counted in.
#[derive(Clone, Debug)]
pub(crate) struct Looks<'a, T> {
    /// Why the whole pod failed; else its phase.
    pub(crate) begin: Cow<'a, str>,
    /// It is being deleted, and was not over before.
    pub(crate) ending: bool,
    /// Whether its condition `Initialized` holds.
    pub(crate) initialized: bool,
    /// Whether its condition `Ready` holds.
    pub(crate) ready: bool,
    /// How many regular containers its manifest has.
    pub(crate) wanted: usize,
    pub(crate) init: Vec<Part<'a, T>>,
    pub(crate) regular: Vec<Part<'a, T>>,
}

/// One container.
#[derive(Clone, Debug)]
pub(crate) struct Part<'a, T> {
    pub(crate) state: PartState<'a>,
    pub(crate) ready: bool,
    pub(crate) started: bool,
    pub(crate) restarts: u32,
    /// When the instance before ended.
    pub(crate) last_end: Option<T>,
    pub(crate) sidecar: bool,
}

/// What a container does. Reasons may be empty.
#[derive(Clone, Debug)]
pub(crate) enum PartState<'a> {
    Waiting(&'a str),
    Running,
    Ended { reason: Cow<'a, str>, code: i32 },
}

#[derive(Clone, Debug)]
pub(crate) struct Columns<T> {
    pub(crate) status: String,
    pub(crate) ready: (u32, u32),
    pub(crate) restarts: u32,
    pub(crate) last_restart: Option<T>,
}

impl<'a> Part<'a, crate::time::Time> {
    pub(super) fn of(view: &'a ContainerView) -> Self {
        Self {
            state: match &view.state {
                StateView::Waiting { reason, .. } => PartState::Waiting(reason),
                StateView::Running { .. } => PartState::Running,
                StateView::Terminated(exit) => {
                    PartState::Ended { reason: exit.reason.to_string().into(), code: exit.code }
                }
            },
            ready: view.ready,
            started: view.started,
            restarts: view.restart_count,
            last_end: view.last_state.as_ref().map(|exit| exit.finished),
            sidecar: view.sidecar,
        }
    }
}

pub(crate) fn columns<T: Copy + Ord>(looks: &Looks<'_, T>) -> Columns<T> {
    let sidecars = || looks.init.iter().filter(|part| part.sidecar);
    let running_ready = looks.regular.iter().chain(sidecars().filter(|part| part.started));
    let ready = running_ready.filter(|part| part.ready).count();
    let (mut status, counted): (String, Vec<&Part<'_, T>>) = match initializing(&looks.init) {
        Some(status) if !looks.initialized => (status, looks.init.iter().collect()),
        Some(_) | None => (regular_status(looks), sidecars().chain(&looks.regular).collect()),
    };
    if looks.ending {
        "Terminating".clone_into(&mut status);
    }
    Columns {
        status,
        ready: (count(ready), count(looks.wanted + sidecars().count())),
        restarts: counted.iter().map(|part| part.restarts).sum(),
        last_restart: counted.iter().filter_map(|part| part.last_end).max(),
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// What the first init container that is not done says.
fn initializing<T>(init: &[Part<'_, T>]) -> Option<String> {
    let (at, part) = init.iter().enumerate().find(|(_, part)| {
        let done = matches!(part.state, PartState::Ended { code: 0, .. });
        !(done || (part.sidecar && part.started))
    })?;
    Some(match &part.state {
        PartState::Ended { reason, code } => format!("Init:{}", ended(reason, *code)),
        PartState::Waiting(reason) if !reason.is_empty() && *reason != "PodInitializing" => {
            format!("Init:{reason}")
        }
        PartState::Waiting(_) | PartState::Running => format!("Init:{at}/{}", init.len()),
    })
}

fn ended(reason: &str, code: i32) -> Cow<'_, str> {
    if reason.is_empty() { format!("ExitCode:{code}").into() } else { reason.into() }
}

/// From last to first, so that the first container by name has the last word.
fn regular_status<T>(looks: &Looks<'_, T>) -> String {
    let mut status = looks.begin.clone();
    let mut error = None;
    let mut running = false;
    for part in looks.regular.iter().rev() {
        match &part.state {
            PartState::Waiting(reason) if !reason.is_empty() => status = Cow::Borrowed(reason),
            PartState::Ended { reason, code } => {
                status = ended(reason, *code);
                if *code != 0 {
                    error = Some(status.clone());
                }
            }
            PartState::Running if part.ready => running = true,
            PartState::Waiting(_) | PartState::Running => {}
        }
    }
    let status = if status == "Completed" {
        match error {
            _ if running && looks.ready => "Running".into(),
            Some(error) => error,
            None if running => "NotReady".into(),
            None => status,
        }
    } else {
        status
    };
    status.into_owned()
}
