//! Nodes.

use serde_json::Value;

use super::super::{
    age::age,
    object::{holds, list, text, texts},
};
use crate::time::UnixSeconds;

pub(super) const COLUMNS: &[&str] = &[
    "Name",
    "Status",
    "Roles",
    "Age",
    "Version",
    "+Internal-IP",
    "+External-IP",
    "+OS-Image",
    "+Kernel-Version",
    "+Container-Runtime",
];

pub(super) fn row(node: &Value, now: UnixSeconds) -> Vec<String> {
    let ready = list(node, "/status/conditions").iter().find(|it| text(it, "/type") == "Ready");
    let mut status = match ready.map(|it| text(it, "/status")) {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    }
    .to_owned();
    if holds(node, "/spec/unschedulable") {
        status.push_str(",SchedulingDisabled");
    }
    let address = |kind: &str| {
        let found = list(node, "/status/addresses").iter().find(|it| text(it, "/type") == kind);
        found.map_or("<none>", |it| text(it, "/address")).to_owned()
    };
    let info = |pointer: &str| match text(node, &format!("/status/nodeInfo/{pointer}")) {
        "" => "<unknown>".to_owned(),
        text => text.to_owned(),
    };
    vec![
        text(node, "/metadata/name").to_owned(),
        status,
        roles(node),
        age(node, now),
        text(node, "/status/nodeInfo/kubeletVersion").to_owned(),
        address("InternalIP"),
        address("ExternalIP"),
        info("osImage"),
        info("kernelVersion"),
        info("containerRuntimeVersion"),
    ]
}

/// The roles that a node's labels give it.
pub(in super::super) fn roles(node: &Value) -> String {
    let labels = texts(node, "/metadata/labels");
    let mut roles: Vec<&str> = labels
        .iter()
        .filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) => Some(role),
            None => (*key == "kubernetes.io/role").then_some(*value),
        })
        .filter(|role| !role.is_empty())
        .collect();
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() { "<none>".to_owned() } else { roles.join(",") }
}
