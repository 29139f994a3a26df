//! From what Docker says of a container to what the core is told.

use std::{sync::Arc, time::Duration};

use bollard::models::{
    ContainerInspectResponse, ContainerState, ContainerStateStatusEnum as Status, ContainerSummary,
};
use standfast_core::{
    contract::{ContainerReport, Exit, ExitReason, RunState},
    time::Time,
};

use super::labels::{self, ContainerIdentity, Identity, Labels};
use crate::clock::parse_rfc3339;

/// The code of a container whose start failed, whatever the engine guesses: containerd gives this one, and so Kubernetes shows it.
const NEVER_RAN: i32 = 128;

/// The labels of an inspected container.
#[must_use]
pub(super) fn labels(inspected: &ContainerInspectResponse) -> Labels {
    inspected.config.as_ref().and_then(|config| config.labels.clone()).unwrap_or_default()
}

/// Who an inspected container is, when it is one of a pod's containers.
#[must_use]
pub(super) fn container_identity(inspected: &ContainerInspectResponse) -> Option<ContainerIdentity> {
    match labels::identity(&labels(inspected))? {
        Identity::Container(identity) => Some(*identity),
        Identity::Sandbox { .. } => None,
    }
}

/// When it was made.
#[must_use]
pub(super) fn created_at(inspected: &ContainerInspectResponse) -> Time {
    inspected.created.as_deref().and_then(parse_rfc3339).unwrap_or(Time::ZERO)
}

/// Since when it runs, or had run.
#[must_use]
pub(super) fn started_at(inspected: &ContainerInspectResponse) -> Option<Time> {
    inspected.state.as_ref()?.started_at.as_deref().and_then(parse_rfc3339)
}

/// What it does. `last_words` is what it left in its termination message file.
#[must_use]
pub(super) fn run_state(inspected: &ContainerInspectResponse, last_words: &str) -> RunState {
    let created = created_at(inspected);
    let Some(state) = &inspected.state else { return RunState::Unknown };
    let started = started_at(inspected);
    match state.status {
        // A paused process is there; so it is one that a restart policy would bring back at once.
        Some(Status::RUNNING | Status::PAUSED | Status::RESTARTING | Status::STOPPING) => {
            RunState::Running { since: started.unwrap_or(created) }
        }
        Some(Status::CREATED) if !start_failed(state) => RunState::Created,
        Some(Status::CREATED | Status::EXITED | Status::DEAD | Status::REMOVING) => {
            RunState::Exited(exit(state, created, started, last_words))
        }
        Some(Status::EMPTY) | None => RunState::Unknown,
    }
}

/// Whether a container that was only created is what a failed start left behind.
fn start_failed(state: &ContainerState) -> bool {
    state.exit_code.unwrap_or(0) != 0 || !state.error.as_deref().unwrap_or_default().is_empty()
}

fn exit(state: &ContainerState, created: Time, started: Option<Time>, last_words: &str) -> Exit {
    let code = match started {
        Some(_) => state.exit_code.and_then(|code| i32::try_from(code).ok()).unwrap_or(-1),
        None => NEVER_RAN,
    };
    let error = state.error.as_deref().unwrap_or_default();
    let reason = match (started, code) {
        (None, _) => ExitReason::StartError,
        (Some(_), 0) => ExitReason::Completed,
        // The engine sets the flag when any process was killed for memory, even if the main process ended well.
        (Some(_), _) if state.oom_killed == Some(true) => ExitReason::OomKilled,
        (Some(_), _) => ExitReason::Error,
    };
    let began = started.unwrap_or(created);
    let finished = state.finished_at.as_deref().and_then(parse_rfc3339).unwrap_or(began);
    // The engine notes the start when its runtime has answered: a process that ends at once has ended before that.
    let finished = finished.max(began);
    Exit { code, reason, started, finished, message: join(error, last_words) }
}

fn join(error: &str, last_words: &str) -> Arc<str> {
    match (error, last_words) {
        ("", words) | (words, "") => words.into(),
        (error, words) => format!("{error}: {words}").into(),
    }
}

/// The whole report of a container.
#[must_use]
pub(super) fn container(
    inspected: &ContainerInspectResponse,
    identity: ContainerIdentity,
    last_words: &str,
) -> ContainerReport {
    let ids = (inspected.id.as_deref(), inspected.image.as_deref());
    report(identity, ids, created_at(inspected), run_state(inspected, last_words))
}

/// What is known of a container that the engine lists and cannot tell more of.
#[must_use]
pub(super) fn unknown(summary: &ContainerSummary, identity: ContainerIdentity) -> ContainerReport {
    let ids = (summary.id.as_deref(), summary.image_id.as_deref());
    report(identity, ids, from_seconds(summary.created), RunState::Unknown)
}

fn report(
    identity: ContainerIdentity,
    (id, image_id): (Option<&str>, Option<&str>),
    created: Time,
    state: RunState,
) -> ContainerReport {
    let ContainerIdentity { instance, pod, sandbox, hash, grace, pre_stop, image, log_is_message: _ } =
        identity;
    ContainerReport {
        instance,
        pod,
        sandbox,
        runtime_id: id.unwrap_or_default().into(),
        image,
        image_id: image_id.unwrap_or_default().into(),
        hash,
        grace,
        pre_stop,
        created,
        state,
    }
}

/// The engine counts some times in whole seconds.
#[must_use]
pub(super) fn from_seconds(seconds: Option<i64>) -> Time {
    Time::from_zero(Duration::from_secs(seconds.and_then(|n| u64::try_from(n).ok()).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inspected(state: &serde_json::Value) -> ContainerInspectResponse {
        serde_json::from_value(serde_json::json!({ "Created": "2026-01-01T00:00:00Z", "State": state }))
            .unwrap()
    }

    fn exited(state: &serde_json::Value, last_words: &str) -> Exit {
        match run_state(&inspected(state), last_words) {
            RunState::Exited(exit) => exit,
            other => panic!("{other:?}"),
        }
    }

    const ZERO: &str = "0001-01-01T00:00:00Z";

    #[test]
    fn an_end_has_a_reason() {
        let ended = |code: i64, oom: bool| {
            let state = serde_json::json!({ "Status": "exited", "ExitCode": code, "OOMKilled": oom,
                "StartedAt": "2026-01-01T00:00:01Z", "FinishedAt": "2026-01-01T00:00:03Z" });
            let exit = exited(&state, "bye");
            (exit.code, exit.reason, exit.message.to_string())
        };
        assert_eq!(ended(0, false), (0, ExitReason::Completed, "bye".to_owned()));
        assert_eq!(ended(0, true).1, ExitReason::Completed);
        assert_eq!(ended(3, false).1, ExitReason::Error);
        assert_eq!(ended(137, true).1, ExitReason::OomKilled);
    }

    #[test]
    fn a_failed_start_is_an_end() {
        let state = serde_json::json!({ "Status": "created", "ExitCode": 127, "Error": "exec: \"nope\": not found",
            "StartedAt": ZERO, "FinishedAt": ZERO });
        let exit = exited(&state, "");
        assert_eq!((exit.code, exit.reason, exit.started), (128, ExitReason::StartError, None));
        assert_eq!(&*exit.message, "exec: \"nope\": not found");
        assert_eq!(exit.finished, parse_rfc3339("2026-01-01T00:00:00Z").unwrap());
    }

    #[test]
    fn no_end_is_before_its_start() {
        let state = serde_json::json!({ "Status": "exited", "ExitCode": 1,
            "StartedAt": "2026-01-01T00:00:01.02Z", "FinishedAt": "2026-01-01T00:00:01.01Z" });
        let exit = exited(&state, "");
        assert_eq!(Some(exit.finished), exit.started);
    }

    #[test]
    fn a_created_container_only_waits() {
        let state = serde_json::json!({ "Status": "created", "ExitCode": 0, "Error": "", "StartedAt": ZERO });
        assert_eq!(run_state(&inspected(&state), ""), RunState::Created);
    }

    #[test]
    fn a_paused_container_runs() {
        let state = serde_json::json!({ "Status": "paused", "StartedAt": "2026-01-01T00:00:01Z" });
        assert!(matches!(run_state(&inspected(&state), ""), RunState::Running { .. }));
    }
}
