//! A pod's status in Kubernetes' words: what a kubelet sends to the API server, and what `-o yaml` prints.

use serde_json::{Map, Value, json};

use super::PodReport;
use crate::{
    contract::Exit,
    manifest::{Container, print},
    time::{Time, UnixSeconds},
    view::{ContainerView, PodView, StateView},
};

/// The whole `status`.
#[must_use]
pub fn to_json(report: &PodReport) -> Value {
    let PodReport { view, pod, epoch, host_ip } = report;
    let at = |time: Time| Value::String(epoch.at(time).to_string());
    let mut status = Map::new();
    let mut put = |key: &str, value: Value| {
        status.insert(key.to_owned(), value);
    };
    put("phase", view.phase.to_string().into());
    put("qosClass", (*view.qos_class).into());
    for (key, text) in [("reason", &view.reason), ("message", &view.message)] {
        if let Some(text) = text {
            put(key, (**text).into());
        }
    }
    if let Some(started) = view.started {
        put("startTime", at(started));
    }
    put("conditions", conditions(view, *epoch));
    if let Some(ip) = host_ip {
        put("hostIP", (**ip).into());
        put("hostIPs", json!([{"ip": &**ip}]));
    }
    let shared = host_ip.as_ref().filter(|_| pod.spec.host_network && view.started.is_some());
    if let Some(ip) = view.ip.as_ref().or(shared) {
        put("podIP", (**ip).into());
        put("podIPs", json!([{"ip": &**ip}]));
    }
    let lists = [
        ("initContainerStatuses", &view.init_containers, &pod.spec.init_containers),
        ("containerStatuses", &view.containers, &pod.spec.containers),
    ];
    for (key, views, specs) in lists {
        if !views.is_empty() {
            let one = |view: &ContainerView| {
                let spec = specs.iter().find(|spec| spec.name == view.name);
                container(view, spec, *epoch)
            };
            put(key, views.iter().map(one).collect());
        }
    }
    let resources = pod.object.get("spec").and_then(|spec| spec.get("resources")).map(print::to_json);
    if !view.containers.is_empty() {
        put("resources", resources.unwrap_or_else(|| json!({})));
    }
    Value::Object(status)
}

fn conditions(view: &PodView, epoch: UnixSeconds) -> Value {
    view.conditions
        .iter()
        .map(|condition| {
            let mut value = json!({
                "type": &*condition.kind,
                "status": if condition.status { "True" } else { "False" },
                "lastProbeTime": null,
                "lastTransitionTime": epoch.at(condition.last_transition).to_string(),
            });
            for (key, text) in [("reason", &condition.reason), ("message", &condition.message)] {
                if let Some(text) = text {
                    value[key] = (**text).into();
                }
            }
            value
        })
        .collect()
}

fn container(view: &ContainerView, spec: Option<&Container>, epoch: UnixSeconds) -> Value {
    let id = view.container_id.as_ref().map(|id| format!("containerd://{id}"));
    let mut value = json!({
        "name": view.name.as_str(),
        "image": &*view.image,
        "imageID": &*view.image_id,
        "ready": view.ready,
        "restartCount": view.restart_count,
        "started": view.started,
        "state": state(&view.state, id.as_deref(), epoch),
        "lastState": {},
    });
    if let Some(id) = &id {
        value["containerID"] = id.as_str().into();
        value["resources"] = spec.map_or_else(|| json!({}), resources);
    }
    if let Some(exit) = &view.last_state {
        value["lastState"] = json!({"terminated": terminated(exit, None, epoch)});
    }
    value
}

/// What the container was given, as its spec asks for it.
fn resources(spec: &Container) -> Value {
    let mut value = json!({});
    for (key, amounts) in [("limits", &spec.limits), ("requests", &spec.requests)] {
        if !amounts.is_empty() {
            let one = |(name, amount): &(std::sync::Arc<str>, std::sync::Arc<str>)| {
                (name.to_string(), Value::from(&**amount))
            };
            value[key] = Value::Object(amounts.iter().map(one).collect());
        }
    }
    value
}

fn state(state: &StateView, id: Option<&str>, epoch: UnixSeconds) -> Value {
    match state {
        StateView::Waiting { reason, message } => {
            let mut waiting = json!({});
            for (key, text) in [("reason", reason), ("message", message)] {
                if !text.is_empty() {
                    waiting[key] = (**text).into();
                }
            }
            json!({"waiting": waiting})
        }
        StateView::Running { since } => json!({"running": {"startedAt": epoch.at(*since).to_string()}}),
        StateView::Terminated(exit) => json!({"terminated": terminated(exit, id, epoch)}),
    }
}

fn terminated(exit: &Exit, id: Option<&str>, epoch: UnixSeconds) -> Value {
    let mut value = json!({
        "exitCode": exit.code,
        "reason": exit.reason.to_string(),
        "startedAt": exit.started.map(|started| epoch.at(started).to_string()),
        "finishedAt": epoch.at(exit.finished).to_string(),
    });
    if !exit.message.is_empty() {
        value["message"] = (*exit.message).into();
    }
    if let Some(id) = id {
        value["containerID"] = id.into();
    }
    value
}
