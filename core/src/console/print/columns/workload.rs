//! Daemon sets, deployments, replica sets.

use serde_json::Value;

use super::super::{
    age::age,
    object::{list, number, pairs, selector, text},
};
use crate::time::UnixSeconds;

pub(super) const DAEMON_SET: &[&str] = &[
    "Name",
    "Desired",
    "Current",
    "Ready",
    "Up-to-date",
    "Available",
    "Node Selector",
    "Age",
    "+Containers",
    "+Images",
    "+Selector",
];
pub(super) const DEPLOYMENT: &[&str] =
    &["Name", "Ready", "Up-to-date", "Available", "Age", "+Containers", "+Images", "+Selector"];
pub(super) const REPLICA_SET: &[&str] =
    &["Name", "Desired", "Current", "Ready", "Age", "+Containers", "+Images", "+Selector"];

pub(super) fn daemon_set(set: &Value, now: UnixSeconds) -> Vec<String> {
    let count = |name: &str| number(set, &format!("/status/{name}")).to_string();
    let mut cells = vec![
        name(set),
        count("desiredNumberScheduled"),
        count("currentNumberScheduled"),
        count("numberReady"),
        count("updatedNumberScheduled"),
        count("numberAvailable"),
        pairs(set, "/spec/template/spec/nodeSelector"),
        age(set, now),
    ];
    cells.extend(template(set));
    cells
}

pub(super) fn deployment(deployment: &Value, now: UnixSeconds) -> Vec<String> {
    let count = |name: &str| number(deployment, &format!("/status/{name}"));
    let mut cells = vec![
        name(deployment),
        format!("{}/{}", count("readyReplicas"), number(deployment, "/spec/replicas")),
        count("updatedReplicas").to_string(),
        count("availableReplicas").to_string(),
        age(deployment, now),
    ];
    cells.extend(template(deployment));
    cells
}

pub(super) fn replica_set(set: &Value, now: UnixSeconds) -> Vec<String> {
    let mut cells = vec![
        name(set),
        number(set, "/spec/replicas").to_string(),
        number(set, "/status/replicas").to_string(),
        number(set, "/status/readyReplicas").to_string(),
        age(set, now),
    ];
    cells.extend(template(set));
    cells
}

fn name(object: &Value) -> String {
    text(object, "/metadata/name").to_owned()
}

/// The three wide columns.
fn template(object: &Value) -> [String; 3] {
    let containers = list(object, "/spec/template/spec/containers");
    let all = |pointer: &str| containers.iter().map(|it| text(it, pointer)).collect::<Vec<_>>().join(",");
    [all("/name"), all("/image"), selector(object, "/spec/selector")]
}
