//! Pods.

use serde_json::Value;

use super::super::{
    age::{age, human_duration},
    object::{holds, list, number, text},
};
use crate::{
    pod::columns::{Columns, Looks, Part, PartState, columns},
    time::UnixSeconds,
};

pub(super) const COLUMNS: &[&str] =
    &["Name", "Ready", "Status", "Restarts", "Age", "+IP", "+Node", "+Nominated Node", "+Readiness Gates"];

pub(super) fn row(pod: &Value, now: UnixSeconds) -> Vec<String> {
    let columns = reckon(pod);
    let restarts = match columns.last_restart {
        Some(at) if columns.restarts > 0 => {
            let ago = human_duration(now.0.saturating_sub(at.0));
            format!("{} ({ago} ago)", columns.restarts)
        }
        _ => columns.restarts.to_string(),
    };
    let or_none = |text: &str| if text.is_empty() { "<none>".to_owned() } else { text.to_owned() };
    let ip = list(pod, "/status/podIPs").first().map_or("", |ip| text(ip, "/ip"));
    let ip = if ip.is_empty() { text(pod, "/status/podIP") } else { ip };
    vec![
        text(pod, "/metadata/name").to_owned(),
        format!("{}/{}", columns.ready.0, columns.ready.1),
        columns.status,
        restarts,
        age(pod, now),
        or_none(ip),
        or_none(text(pod, "/spec/nodeName")),
        or_none(text(pod, "/status/nominatedNodeName")),
        gates(pod),
    ]
}

fn gates(pod: &Value) -> String {
    let gates = list(pod, "/spec/readinessGates");
    if gates.is_empty() {
        return "<none>".to_owned();
    }
    let met = gates.iter().filter(|gate| condition(pod, text(gate, "/conditionType"))).count();
    format!("{met}/{}", gates.len())
}

fn condition(pod: &Value, kind: &str) -> bool {
    let mut conditions = list(pod, "/status/conditions").iter();
    conditions.any(|it| text(it, "/type") == kind && text(it, "/status") == "True")
}

fn reckon(pod: &Value) -> Columns<UnixSeconds> {
    let phase = text(pod, "/status/phase");
    let reason = text(pod, "/status/reason");
    let deleted = !text(pod, "/metadata/deletionTimestamp").is_empty();
    let lost = deleted && reason == "NodeLost";
    let mut columns = columns(&Looks {
        begin: if reason.is_empty() { phase.into() } else { reason.into() },
        ending: deleted && !lost && !matches!(phase, "Succeeded" | "Failed"),
        initialized: condition(pod, "Initialized"),
        ready: condition(pod, "Ready"),
        wanted: list(pod, "/spec/containers").len(),
        init: list(pod, "/status/initContainerStatuses").iter().map(|it| part(pod, it, true)).collect(),
        regular: list(pod, "/status/containerStatuses").iter().map(|it| part(pod, it, false)).collect(),
    });
    if lost {
        "Unknown".clone_into(&mut columns.status);
    }
    // A pod that waits for its turn says so until its scheduling gates are gone.
    let gated = list(pod, "/status/conditions").iter().any(|it| text(it, "/reason") == "SchedulingGated");
    if gated {
        "SchedulingGated".clone_into(&mut columns.status);
    }
    columns
}

fn part<'a>(pod: &Value, status: &'a Value, init: bool) -> Part<'a, UnixSeconds> {
    let name = text(status, "/name");
    let sidecar = |it: &Value| text(it, "/name") == name && text(it, "/restartPolicy") == "Always";
    let state = match status.get("state").and_then(Value::as_object).and_then(|state| state.iter().next()) {
        Some((kind, _)) if kind == "running" => PartState::Running,
        Some((kind, ended)) if kind == "terminated" => {
            let code = i32::try_from(number(ended, "/exitCode")).unwrap_or(-1);
            let signal = number(ended, "/signal");
            let reason = text(ended, "/reason");
            let reason = if reason.is_empty() && signal != 0 {
                format!("Signal:{signal}").into()
            } else {
                reason.into()
            };
            PartState::Ended { reason, code }
        }
        Some(_) | None => PartState::Waiting(text(status, "/state/waiting/reason")),
    };
    Part {
        state,
        ready: holds(status, "/ready"),
        started: holds(status, "/started"),
        restarts: u32::try_from(number(status, "/restartCount")).unwrap_or_default(),
        last_end: UnixSeconds::parse(text(status, "/lastState/terminated/finishedAt")),
        sidecar: init && list(pod, "/spec/initContainers").iter().any(sidecar),
    }
}
