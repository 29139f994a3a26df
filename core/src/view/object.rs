//! A node's own pod as a v1 Pod object: what the kubelet shows under `/pods`, what the status of a mirror pod is made of, what printers print.
//!
//! Follows `convertStatusToAPIStatus` and `convertToAPIContainerStatuses` of `pkg/kubelet/kubelet_pods.go`. A pod of a node alone has no creation
//! time, resource version or owner: these are what an API server adds to its mirror.

use serde_json::{Map, Value, json};

use super::{ConditionView, ContainerView, PodView, StateView};
use crate::{
    contract::{Exit, ExitReason},
    manifest::{self, Pod, prune, static_pod},
    time::{Time, UnixSeconds},
};

/// When the node first saw the pod.
const CONFIG_SEEN: &str = "kubernetes.io/config.seen";

/// What an object needs to know of the node that runs the pod.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The wall clock at [`Time::ZERO`].
    pub epoch: UnixSeconds,
    /// How ids of containers begin, such as `containerd`.
    pub runtime: &'a str,
    /// The node's address. A kubelet without an API server does not tell it.
    pub host_ip: Option<&'a str>,
}

/// The whole object.
#[must_use]
pub fn pod_object(pod: &Pod, view: &PodView, place: &Place<'_>) -> Value {
    let mut object = pod_definition(pod, view, place);
    if let Value::Object(fields) = &mut object {
        fields.insert("status".into(), pod_status(pod, view, place));
    }
    object
}

/// The object without its status: what a mirror pod is a copy of.
#[must_use]
pub fn pod_definition(pod: &Pod, view: &PodView, place: &Place<'_>) -> Value {
    let mut tree = pod.object.tree();
    prune::prune(&mut tree);
    let mut object = manifest::print::to_json(&tree);
    object["apiVersion"] = "v1".into();
    object["kind"] = "Pod".into();
    let metadata = &mut object["metadata"];
    metadata["name"] = (*pod.id.name).into();
    metadata["namespace"] = (*pod.id.namespace).into();
    metadata["uid"] = pod.id.uid.as_str().into();
    let annotations = &mut metadata["annotations"];
    for (key, value) in &pod.annotations {
        annotations[&**key] = (**value).into();
    }
    annotations[static_pod::CONFIG_HASH] = pod.id.uid.as_str().into();
    annotations[static_pod::CONFIG_SOURCE] = "file".into();
    annotations[CONFIG_SEEN] = place.epoch.nanos_at(view.seen).into();
    object
}

/// The status alone.
#[must_use]
pub fn pod_status(pod: &Pod, view: &PodView, place: &Place<'_>) -> Value {
    let at = |time: Time| Value::from(place.epoch.at(time).to_string());
    let mut status = Map::new();
    status.insert("phase".into(), view.phase.to_string().into());
    status.insert("qosClass".into(), (*view.qos_class).into());
    status.insert("startTime".into(), at(view.started.unwrap_or(view.seen)));
    for (key, text) in [("reason", &view.reason), ("message", &view.message)] {
        if let Some(text) = text {
            status.insert(key.into(), (**text).into());
        }
    }
    if !view.conditions.is_empty() {
        let conditions = view.conditions.iter().map(|it| condition(it, &at)).collect();
        status.insert("conditions".into(), conditions);
    }
    for (key, containers) in
        [("initContainerStatuses", &view.init_containers), ("containerStatuses", &view.containers)]
    {
        if !containers.is_empty() {
            let all = containers.iter().map(|it| container(it, pod, place)).collect();
            status.insert(key.into(), all);
        }
    }
    if let Some(ip) = place.host_ip {
        status.insert("hostIP".into(), ip.into());
        status.insert("hostIPs".into(), json!([{ "ip": ip }]));
    }
    let shared = place.host_ip.filter(|_| pod.spec.host_network && view.started.is_some());
    let own = view.ip.as_deref().or(shared);
    if let Some(ip) = own {
        status.insert("podIP".into(), ip.into());
        status.insert("podIPs".into(), json!([{ "ip": ip }]));
    }
    if !view.conditions.is_empty() {
        let object = pod.object.tree();
        let whole = object.get("spec").and_then(|spec| spec.get("resources"));
        let resources = whole.map_or_else(|| json!({}), manifest::print::to_json);
        status.insert("resources".into(), resources);
    }
    Value::Object(status)
}

fn condition(view: &ConditionView, at: &impl Fn(Time) -> Value) -> Value {
    let mut condition = json!({
        "type": &*view.kind,
        "status": if view.status { "True" } else { "False" },
        "lastProbeTime": null,
        "lastTransitionTime": at(view.last_transition),
    });
    for (key, text) in [("reason", &view.reason), ("message", &view.message)] {
        if let Some(text) = text {
            condition[key] = (**text).into();
        }
    }
    condition
}

fn container(view: &ContainerView, pod: &Pod, place: &Place<'_>) -> Value {
    let id = |id: &str| format!("{}://{id}", place.runtime);
    let newest = view.container_id.as_deref();
    let last = view.last_container_id.as_deref();
    let last_state =
        view.last_state.as_ref().map_or_else(|| json!({}), |exit| ended(exit, last.map(id), place));
    let state = match &view.state {
        StateView::Waiting { reason, message } => {
            let mut waiting = Map::new();
            for (key, text) in [("reason", reason), ("message", message)] {
                if !text.is_empty() {
                    waiting.insert(key.into(), (**text).into());
                }
            }
            json!({ "waiting": waiting })
        }
        StateView::Running { since } => {
            json!({ "running": { "startedAt": place.epoch.at(*since).to_string() } })
        }
        StateView::Terminated(exit) => ended(exit, newest.map(id), place),
    };
    let mut status = json!({
        "name": view.name.as_str(),
        "state": state,
        "lastState": last_state,
        "ready": view.ready,
        "restartCount": view.restart_count,
        "image": &*view.image,
        "imageID": &*view.image_id,
        "started": view.started,
    });
    if let Some(newest) = newest {
        status["containerID"] = id(newest).into();
        resources(&mut status, view, pod);
    }
    status
}

/// What a container that was made may use, and what it was given.
fn resources(status: &mut Value, view: &ContainerView, pod: &Pod) {
    let object = pod.object.tree();
    let spec = object.get("spec");
    let lists = ["containers", "initContainers"].map(|list| spec.and_then(|spec| spec.get(list)));
    let mut all = lists.iter().flatten().flat_map(|list| list.items());
    let wanted = all.find(|it| it.get("name").and_then(|name| name.as_str()) == Some(view.name.as_str()));
    let resources =
        wanted.and_then(|it| it.get("resources")).map_or_else(|| json!({}), manifest::print::to_json);
    if let Some(requests) = resources.get("requests") {
        status["allocatedResources"] = requests.clone();
    }
    status["resources"] = resources;
    let mounts =
        wanted.and_then(|it| it.get("volumeMounts")).map(manifest::tree::Node::items).unwrap_or_default();
    let mounts: Vec<Value> = mounts.iter().map(mount).collect();
    if !mounts.is_empty() {
        status["volumeMounts"] = mounts.into();
    }
}

fn mount(mount: &manifest::tree::Node) -> Value {
    let mut status = json!({});
    for key in ["name", "mountPath"] {
        if let Some(text) = mount.get(key) {
            status[key] = manifest::print::to_json(text);
        }
    }
    if let Some(read_only) = mount.get("readOnly").map(manifest::print::to_json).filter(|it| it == true) {
        status["readOnly"] = read_only;
        status["recursiveReadOnly"] = "Disabled".into();
    }
    status
}

fn ended(exit: &Exit, id: Option<String>, place: &Place<'_>) -> Value {
    // What never started did so, for the kubelet, at the beginning of time; of what it lost it knows no times at all.
    let lost = exit.reason == ExitReason::ContainerStatusUnknown;
    let at = |time: Option<Time>| match time {
        _ if lost => Value::Null,
        Some(time) => place.epoch.at(time).to_string().into(),
        None => UnixSeconds(0).to_string().into(),
    };
    let mut ended = json!({
        "exitCode": exit.code,
        "reason": exit.reason.to_string(),
        "startedAt": at(exit.started),
        "finishedAt": at(Some(exit.finished)),
    });
    if !exit.message.is_empty() {
        ended["message"] = (*exit.message).into();
    }
    if let Some(id) = id.filter(|_| !lost) {
        ended["containerID"] = id.into();
    }
    json!({ "terminated": ended })
}
