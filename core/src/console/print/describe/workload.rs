//! Daemon sets, deployments, replica sets.

use serde_json::Value;

use super::{
    super::{
        age::date,
        object::{list, number, pairs, scalar, selector, text},
    },
    Context, Page,
    parts::{annotations, controller, events, labels, pods_status},
    pod::template,
};

use crate::cluster::Kind;

fn name(page: &mut Page, object: &Value) {
    page.field(0, "Name", text(object, "/metadata/name"));
    page.field(0, "Namespace", text(object, "/metadata/namespace"));
}

fn meta(page: &mut Page, object: &Value) {
    labels(page, "Labels", object, "/metadata/labels");
    annotations(page, "Annotations", object, "/metadata/annotations");
}

pub(super) fn daemon_set(page: &mut Page, set: &Value, context: &Context<'_>) {
    name(page, set);
    page.field(0, "Selector", selector(set, "/spec/selector"));
    page.field(0, "Node-Selector", pairs(set, "/spec/template/spec/nodeSelector"));
    meta(page, set);
    for (title, key) in [
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ] {
        page.line(0, format!("{title}: {}", number(set, &format!("/status/{key}"))));
    }
    pods_status(page, set, context);
    template(page, set);
    events(page, set, context);
}

pub(super) fn replica_set(page: &mut Page, set: &Value, context: &Context<'_>) {
    name(page, set);
    page.field(0, "Selector", selector(set, "/spec/selector"));
    meta(page, set);
    controller(page, set);
    let (current, desired) = (number(set, "/status/replicas"), number(set, "/spec/replicas"));
    page.field(0, "Replicas", format!("{current} current / {desired} desired"));
    pods_status(page, set, context);
    template(page, set);
    conditions(page, set);
    events(page, set, context);
}

pub(super) fn deployment(page: &mut Page, deployment: &Value, context: &Context<'_>) {
    name(page, deployment);
    page.field(0, "CreationTimestamp", date(text(deployment, "/metadata/creationTimestamp")));
    meta(page, deployment);
    page.field(0, "Selector", selector(deployment, "/spec/selector"));
    let status = |key: &str| number(deployment, &format!("/status/{key}"));
    let line = format!(
        "{} desired | {} updated | {} total | {} available | {} unavailable",
        number(deployment, "/spec/replicas"),
        status("updatedReplicas"),
        status("replicas"),
        status("availableReplicas"),
        status("unavailableReplicas"),
    );
    page.field(0, "Replicas", line);
    page.field(0, "StrategyType", text(deployment, "/spec/strategy/type"));
    page.field(0, "MinReadySeconds", number(deployment, "/spec/minReadySeconds").to_string());
    if let Some(rolling) = deployment.pointer("/spec/strategy/rollingUpdate") {
        let get = |key: &str| rolling.get(key).map(scalar).unwrap_or_default();
        let line = format!("{} max unavailable, {} max surge", get("maxUnavailable"), get("maxSurge"));
        page.field(0, "RollingUpdateStrategy", line);
    }
    template(page, deployment);
    conditions(page, deployment);
    replica_sets(page, deployment, context);
    events(page, deployment, context);
}

fn conditions(page: &mut Page, object: &Value) {
    let conditions = list(object, "/status/conditions");
    if conditions.is_empty() {
        return;
    }
    page.line(0, "Conditions:\n  Type\tStatus\tReason");
    page.line(1, "----\t------\t------");
    for condition in conditions {
        let get = |key: &str| text(condition, &format!("/{key}"));
        page.line(1, format!("{} \t{}\t{}", get("type"), get("status"), get("reason")));
    }
}

/// The replica sets of a deployment; the newest is the one with its template.
fn replica_sets(page: &mut Page, deployment: &Value, context: &Context<'_>) {
    let uid = text(deployment, "/metadata/uid");
    let mut sets = (context.all)(Kind::ReplicaSet);
    sets.retain(|set| list(set, "/metadata/ownerReferences").iter().any(|owner| text(owner, "/uid") == uid));
    let revision = |set: &Value| {
        let text = text(set, "/metadata/annotations/deployment.kubernetes.io~1revision");
        text.parse::<u64>().unwrap_or_default()
    };
    crate::sort::by_key(&mut sets, |set| revision(set));
    let newest = sets.pop();
    let shown = |set: &Value| {
        let (current, desired) = (number(set, "/status/replicas"), number(set, "/spec/replicas"));
        format!("{} ({current}/{desired} replicas created)", text(set, "/metadata/name"))
    };
    let old: Vec<String> = sets.iter().map(|set| shown(set)).collect();
    let none = || "<none>".to_owned();
    page.field(0, "OldReplicaSets", if old.is_empty() { none() } else { old.join(", ") });
    page.field(0, "NewReplicaSet", newest.map_or_else(none, |set| shown(&set)));
}
