//! The objects of a small cluster around simulated nodes: as an API server would have them.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use standfast_core::{
    cluster::Kind,
    id::NodeName,
    sim::World,
    time::{Time, UnixSeconds},
    view::{
        RecordKind,
        object::{Place, pod_object},
    },
};

/// All objects, and the moment.
#[derive(Clone, Debug)]
pub(super) struct Objects {
    pub(super) all: Vec<Value>,
    pub(super) now: UnixSeconds,
}

const RUNTIME: &str = "containerd";
const ADDRESS: &str = "172.30.1.2";

impl Objects {
    /// The mirrors of a world's static pods, its nodes, and what happened to the pods.
    pub(super) fn of_world(world: &World, epoch: UnixSeconds) -> Self {
        let mut objects = Self { all: Vec::new(), now: epoch.at(world.now()) };
        for (number, node) in world.nodes().enumerate() {
            let uid = format!("01ea9161-8456-48a8-9b1f-e671c8ec547{number}");
            objects.all.push(self::node(node, &uid, epoch, objects.now));
            let place = Place { epoch, runtime: RUNTIME, host_ip: Some(ADDRESS) };
            for (pod, view) in world.pods(node).expect("a node") {
                objects.all.push(mirror(pod_object(&pod, &view, &place), node, &uid, epoch.at(view.seen)));
            }
            objects.events(world, node, epoch);
        }
        objects
    }

    /// The objects of a kind, by namespace and name.
    pub(super) fn of(&self, kind: Kind) -> Vec<&Value> {
        let mut found: Vec<&Value> = self.all.iter().filter(|object| object["kind"] == kind.name()).collect();
        let key = |object: &Value| {
            let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default().to_owned();
            (text("namespace"), text("name"))
        };
        found.sort_by_key(|object| key(object));
        found
    }

    /// A node's events, each under the series that it belongs to.
    fn events(&mut self, world: &World, node: &NodeName, epoch: UnixSeconds) {
        let mut series: BTreeMap<(String, Time, String), Value> = BTreeMap::new();
        for record in world.records_since(node, 0).expect("a node") {
            let (RecordKind::Event { warning, reason, field_path }, Some(pod), Some(told)) =
                (&record.kind, &record.pod, &record.series)
            else {
                continue;
            };
            let name =
                format!("{}.{:016x}", pod.name, told.first.since_zero().as_nanos() + u128::from(record.seq));
            let key = (pod.uid.to_string(), told.first, format!("{reason}{}", record.text));
            let name =
                series.get(&key).map_or(name, |old| old["metadata"]["name"].as_str().unwrap().to_owned());
            let at = |time: Time| epoch.at(time).to_string();
            let mut involved = json!({"apiVersion": "v1", "kind": "Pod", "name": &*pod.name, "namespace": &*pod.namespace,
                "uid": pod.uid.as_str()});
            if !field_path.is_empty() {
                involved["fieldPath"] = (**field_path).into();
            }
            let event = json!({
                "apiVersion": "v1", "kind": "Event",
                "metadata": {"name": name, "namespace": &*pod.namespace, "creationTimestamp": at(told.first)},
                "involvedObject": involved,
                "type": if *warning { "Warning" } else { "Normal" }, "reason": &**reason, "message": &*record.text,
                "source": {"component": "kubelet", "host": node.as_str()}, "count": told.count,
                "firstTimestamp": at(told.first), "lastTimestamp": at(record.at), "eventTime": null,
                "reportingComponent": "kubelet", "reportingInstance": node.as_str(),
            });
            series.insert(key, event);
        }
        self.all.extend(series.into_values());
    }
}

/// A static pod as the API server has it.
fn mirror(mut pod: Value, node: &NodeName, node_uid: &str, created: UnixSeconds) -> Value {
    let hash = pod["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
    let metadata = &mut pod["metadata"];
    let (head, rest) = hash.split_at(8.min(hash.len()));
    metadata["uid"] = format!("{head}-0000-4000-8000-{}", &rest[..12.min(rest.len())]).into();
    metadata["annotations"]["kubernetes.io/config.mirror"] = hash.into();
    metadata["creationTimestamp"] = created.to_string().into();
    metadata["resourceVersion"] = "270".into();
    metadata["ownerReferences"] = json!([{"apiVersion": "v1", "controller": true, "kind": "Node", "name": node.as_str(), "uid": node_uid}]);
    if pod["spec"]["priority"].is_null() {
        pod["spec"]["priority"] = 0.into();
    }
    pod
}

fn node(node: &NodeName, uid: &str, epoch: UnixSeconds, now: UnixSeconds) -> Value {
    let beat = UnixSeconds(now.0.saturating_sub(4)).to_string();
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({"type": kind, "status": status, "lastHeartbeatTime": beat, "lastTransitionTime": epoch.to_string(),
            "reason": reason, "message": message})
    };
    let amounts = json!({"cpu": "4", "memory": "8Gi", "ephemeral-storage": "100Gi", "pods": "110"});
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": node.as_str(), "uid": uid, "creationTimestamp": epoch.to_string(), "resourceVersion": "9",
            "labels": {"kubernetes.io/arch": "amd64", "kubernetes.io/hostname": node.as_str(), "kubernetes.io/os": "linux",
                "node-role.kubernetes.io/control-plane": ""},
            "annotations": {"volumes.kubernetes.io/controller-managed-attach-detach": "true"}},
        "spec": {"podCIDR": "192.168.0.0/24", "podCIDRs": ["192.168.0.0/24"],
            "taints": [{"effect": "NoSchedule", "key": "node-role.kubernetes.io/control-plane"},
                {"effect": "NoExecute", "key": "maintenance", "value": "soon"}]},
        "status": {
            "addresses": [{"type": "InternalIP", "address": ADDRESS}, {"type": "Hostname", "address": node.as_str()}],
            "allocatable": amounts, "capacity": amounts,
            "conditions": [
                condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
                condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
            ],
            "nodeInfo": {"architecture": "amd64", "bootID": "b", "containerRuntimeVersion": "containerd://2.1.4",
                "kernelVersion": "6.8.0-51-generic", "kubeProxyVersion": "", "kubeletVersion": "v1.36.2", "machineID": "m",
                "operatingSystem": "linux", "osImage": "Ubuntu 24.04.3 LTS", "systemUUID": "s"},
        },
    })
}
