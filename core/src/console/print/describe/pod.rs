//! Pods, and the templates of pods.

use serde_json::Value;

use super::{
    super::{
        age::{date, since},
        object::{list, number, text},
    },
    Context, Page,
    container::containers,
    parts::{amounts, annotations, controller, events, labels, tolerations},
    volume::volumes,
};

pub(super) fn pod(page: &mut Page, pod: &Value, context: &Context<'_>) {
    head(page, pod);
    state(page, pod, context);
    if pod.pointer("/spec/resources").is_some() {
        page.line(0, "Resources:");
        amounts(page, 1, "Limits", pod, "/spec/resources/limits");
        amounts(page, 1, "Requests", pod, "/spec/resources/requests");
    }
    if !list(pod, "/spec/initContainers").is_empty() {
        containers(page, "Init Containers", "", pod, "/spec/initContainers", "/status/initContainerStatuses");
    }
    containers(page, "Containers", "", pod, "/spec/containers", "/status/containerStatuses");
    let conditions = list(pod, "/status/conditions");
    let gates = list(pod, "/spec/readinessGates");
    if !gates.is_empty() {
        page.line(0, "Readiness Gates:\n  Type\tStatus");
        for gate in gates {
            let kind = text(gate, "/conditionType");
            let condition = conditions.iter().find(|it| text(it, "/type") == kind);
            page.line(1, format!("{kind} \t{} ", condition.map_or("<none>", |it| text(it, "/status"))));
        }
    }
    if !conditions.is_empty() {
        page.line(0, "Conditions:\n  Type\tStatus");
        for condition in conditions {
            page.line(1, format!("{} \t{} ", text(condition, "/type"), text(condition, "/status")));
        }
    }
    volumes(page, "", list(pod, "/spec/volumes"));
    page.field(0, "QoS Class", text(pod, "/status/qosClass"));
    labels(page, "Node-Selectors", pod, "/spec/nodeSelector");
    tolerations(page, "Tolerations", pod, "/spec/tolerations");
    events(page, pod, context);
}

/// Who it is, and where.
fn head(page: &mut Page, pod: &Value) {
    page.field(0, "Name", text(pod, "/metadata/name"));
    page.field(0, "Namespace", text(pod, "/metadata/namespace"));
    if pod.pointer("/spec/priority").is_some_and(Value::is_number) {
        page.field(0, "Priority", number(pod, "/spec/priority").to_string());
        page.some(0, "Priority Class Name", text(pod, "/spec/priorityClassName"));
    }
    page.some(0, "Runtime Class Name", text(pod, "/spec/runtimeClassName"));
    page.some(0, "Service Account", text(pod, "/spec/serviceAccountName"));
    match text(pod, "/spec/nodeName") {
        "" => page.field(0, "Node", "<none>"),
        node => page.field(0, "Node", format!("{node}/{}", text(pod, "/status/hostIP"))),
    }
    if !text(pod, "/status/startTime").is_empty() {
        page.field(0, "Start Time", date(text(pod, "/status/startTime")));
    }
    labels(page, "Labels", pod, "/metadata/labels");
    annotations(page, "Annotations", pod, "/metadata/annotations");
}

/// How it is, as a whole.
fn state(page: &mut Page, pod: &Value, context: &Context<'_>) {
    let phase = text(pod, "/status/phase");
    let deleted = text(pod, "/metadata/deletionTimestamp");
    if deleted.is_empty() || matches!(phase, "Failed" | "Succeeded") {
        page.field(0, "Status", phase);
    } else {
        page.field(0, "Status", format!("Terminating (lasts {})", since(deleted, context.now)));
        let grace = number(pod, "/metadata/deletionGracePeriodSeconds");
        page.field(0, "Termination Grace Period", format!("{grace}s"));
    }
    page.some(0, "Reason", text(pod, "/status/reason"));
    page.some(0, "Message", text(pod, "/status/message"));
    let seccomp = text(pod, "/spec/securityContext/seccompProfile/type");
    if !seccomp.is_empty() {
        page.field(0, "SeccompProfile", seccomp);
        let profile = text(pod, "/spec/securityContext/seccompProfile/localhostProfile");
        if seccomp == "Localhost" {
            page.field(0, "LocalhostProfile", profile);
        }
    }
    page.field(0, "IP", text(pod, "/status/podIP"));
    let ips = list(pod, "/status/podIPs");
    if ips.is_empty() {
        page.field(0, "IPs", "<none>");
    } else {
        page.line(0, "IPs:");
        for ip in ips {
            page.field(1, "IP", text(ip, "/ip"));
        }
    }
    controller(page, pod);
    page.some(0, "NominatedNodeName", text(pod, "/status/nominatedNodeName"));
}

/// What a controller makes its pods from.
pub(super) fn template(page: &mut Page, object: &Value) {
    page.line(0, "Pod Template:");
    labels(page, "  Labels", object, "/spec/template/metadata/labels");
    if object.pointer("/spec/template/metadata/annotations").is_some() {
        annotations(page, "  Annotations", object, "/spec/template/metadata/annotations");
    }
    page.some(1, "Service Account", text(object, "/spec/template/spec/serviceAccountName"));
    if !list(object, "/spec/template/spec/initContainers").is_empty() {
        containers(page, "Init Containers", "  ", object, "/spec/template/spec/initContainers", "");
    }
    containers(page, "Containers", "  ", object, "/spec/template/spec/containers", "");
    volumes(page, "  ", list(object, "/spec/template/spec/volumes"));
    page.some(1, "Priority Class Name", text(object, "/spec/template/spec/priorityClassName"));
    labels(page, "  Node-Selectors", object, "/spec/template/spec/nodeSelector");
    tolerations(page, "  Tolerations", object, "/spec/template/spec/tolerations");
}
