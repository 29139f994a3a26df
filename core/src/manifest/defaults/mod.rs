//! What a Pod gets when its manifest does not say. Follows `pkg/apis/core/v1/defaults.go` of Kubernetes.
//!
//! Defaults are applied before anything is judged, and they are part of what the pod's uid is made of.

mod container;
mod image;
mod resources;
mod volume;

#[cfg(test)]
mod tests;

pub(super) use resources::{aggregate as aggregate_resources, is_pod_level as is_pod_level_resource};

use super::tree::{Node, Number, Value};

/// Gives a Pod (whose fields have the right types) all its defaults.
pub fn apply(pod: &mut Node) {
    drop_obsolete_annotations(pod);
    pod.edit("spec", spec);
}

fn spec(spec: &mut Node) {
    resources::requests_from_limits(spec);
    resources::pod_level(spec);
    if is_absent(spec, "enableServiceLinks") {
        spec.set("enableServiceLinks", Value::Bool(true));
    }
    if spec.get("hostNetwork").is_some_and(|node| node.value == Value::Bool(true)) {
        container::host_ports(spec);
    }
    for (name, text) in
        [("dnsPolicy", "ClusterFirst"), ("restartPolicy", "Always"), ("schedulerName", "default-scheduler")]
    {
        text_default(spec, name, text);
    }
    if is_absent(spec, "terminationGracePeriodSeconds") {
        spec.set("terminationGracePeriodSeconds", Value::Number(Number::Int(30)));
    }
    // A negative time is taken for the shortest.
    if let Some(grace) = spec.get_mut("terminationGracePeriodSeconds")
        && matches!(grace.value, Value::Number(Number::Int(..0)))
    {
        grace.value = Value::Number(Number::Int(1));
    }
    if is_absent(spec, "securityContext") {
        spec.set("securityContext", Value::Map(Vec::new()));
    }
    service_account(spec);
    each(spec, "volumes", volume::apply);
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        each(spec, list, container::apply);
    }
    if let Some(overhead) = spec.get_mut("overhead") {
        resources::round_up(overhead);
    }
    if let Some(resources) = spec.get_mut("resources") {
        resources::canonical(resources);
    }
}

/// The old name of `serviceAccountName` is the same field.
fn service_account(spec: &mut Node) {
    let name =
        |spec: &Node, key| spec.get(key).filter(|node| node.as_str().is_some_and(|t| !t.is_empty())).cloned();
    let Some(account) = name(spec, "serviceAccountName").or_else(|| name(spec, "serviceAccount")) else {
        return;
    };
    for alias in ["serviceAccount", "serviceAccountName"] {
        spec.edit(alias, |node| node.clone_from(&account));
    }
}

/// Annotations of times before init containers were fields; they are taken out without a word.
const OBSOLETE_ANNOTATIONS: [&str; 4] = [
    "pod.alpha.kubernetes.io/init-container-statuses",
    "pod.alpha.kubernetes.io/init-containers",
    "pod.beta.kubernetes.io/init-container-statuses",
    "pod.beta.kubernetes.io/init-containers",
];

fn drop_obsolete_annotations(pod: &mut Node) {
    let annotations = pod.get_mut("metadata").and_then(|metadata| metadata.get_mut("annotations"));
    if let Some(annotations) = annotations {
        for key in OBSOLETE_ANNOTATIONS {
            annotations.remove(key);
        }
    }
}

/// Does something to each item of a list.
fn each(node: &mut Node, list: &str, apply: impl FnMut(&mut Node)) {
    if let Some(list) = node.get_mut(list) {
        list.items_mut().iter_mut().for_each(apply);
    }
}

/// Does something to an object, if it is there.
fn within(node: &mut Node, name: &str, apply: impl FnOnce(&mut Node)) {
    if let Some(inner) = node.get_mut(name).filter(|inner| inner.value != Value::Null) {
        apply(inner);
    }
}

fn is_absent(node: &Node, name: &str) -> bool {
    node.get(name).is_none_or(|inner| inner.value == Value::Null)
}

/// For fields where an empty text is no text.
fn text_default(node: &mut Node, name: &str, text: &str) {
    if node.get(name).and_then(Node::as_str).unwrap_or_default().is_empty() {
        node.set(name, Value::String(text.into()));
    }
}

/// For fields where only absence counts.
fn absent_default(node: &mut Node, name: &str, value: Value) {
    if is_absent(node, name) {
        node.set(name, value);
    }
}

/// For fields where zero is no number.
fn number_default(node: &mut Node, name: &str, number: i64) {
    if is_absent(node, name) || node.get(name).is_some_and(|inner| inner.value == zero()) {
        node.set(name, Value::Number(Number::Int(number)));
    }
}

const fn zero() -> Value {
    Value::Number(Number::Int(0))
}
