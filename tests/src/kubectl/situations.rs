//! The situations: manifests that run on a simulated node for a while, and other objects beside them.

use std::time::Duration;

use serde_json::{Value, json};
use standfast_core::{config::Config, sim::World, time::UnixSeconds};

use super::objects::Objects;

pub(super) struct Situation {
    pub(super) name: &'static str,
    /// Files of the node's folder.
    pub(super) files: &'static [(&'static str, &'static str)],
    /// How long they have been there.
    after: u64,
    /// What else the API server has.
    more: fn(UnixSeconds, &mut Vec<Value>),
    pub(super) commands: &'static [&'static str],
}

fn nothing(_: UnixSeconds, _: &mut Vec<Value>) {}

impl Situation {
    /// Its objects, when its world begins at `epoch`.
    pub(super) fn objects(&self, epoch: UnixSeconds) -> Objects {
        let mut world = World::new(7);
        let node = world.add_node(Config { epoch, ..Config::default() }).expect("a node");
        world.advance(Duration::from_secs(1));
        for (name, text) in self.files {
            world.write(&node, name, text.as_bytes()).expect("a file");
        }
        world.advance(Duration::from_secs(self.after));
        let mut objects = Objects::of_world(&world, epoch);
        (self.more)(objects.now, &mut objects.all);
        objects
    }
}

pub(super) const SITUATIONS: &[Situation] = &[
    Situation {
        name: "running",
        files: &[("web.yaml", include_str!("pods/web.yaml"))],
        after: 1000,
        more: nothing,
        commands: &[
            "get pods -A -o wide",
            "get nodes",
            "get pods --show-labels",
            "describe pod web-node01",
            "get pod web-node01 -o yaml",
            "get pod web-node01 -o json",
        ],
    },
    Situation {
        name: "just-dropped",
        files: &[("slow.yaml", include_str!("pods/slow.yaml"))],
        after: 2,
        more: nothing,
        commands: &["get pods -A -o wide", "describe pod slow-node01", "get pod slow-node01 -o yaml"],
    },
    Situation {
        name: "crash-loop",
        files: &[("crash.yaml", include_str!("pods/crash.yaml"))],
        after: 700,
        more: nothing,
        commands: &[
            "get pods -A -o wide",
            "describe pod crash-node01",
            "get pod crash-node01 -o yaml",
            "get events -o wide",
        ],
    },
    Situation {
        name: "image-missing",
        files: &[("nope.yaml", include_str!("pods/nope.yaml"))],
        after: 400,
        more: nothing,
        commands: &[
            "get pods -A -o wide",
            "describe pod nope-node01",
            "get pod nope-node01 -o yaml",
            "get events",
        ],
    },
    Situation {
        name: "init-fails",
        files: &[("init.yaml", include_str!("pods/init.yaml"))],
        after: 200,
        more: nothing,
        commands: &["get pods -A -o wide", "describe pod init-node01", "get pod init-node01 -o yaml"],
    },
    Situation {
        name: "everything-at-once",
        files: &[("full.yaml", include_str!("pods/full.yaml"))],
        after: 4000,
        more: nothing,
        commands: &[
            "get pods -A -o wide",
            "describe pod full-node01",
            "get pod full-node01 -o yaml",
            "get pods -A -o jsonpath={.items[*].spec.containers[*].image}",
        ],
    },
    Situation {
        name: "done-and-failed",
        files: &[
            ("done.yaml", include_str!("pods/done.yaml")),
            ("failed.yaml", include_str!("pods/failed.yaml")),
        ],
        after: 90,
        more: nothing,
        commands: &[
            "get pods -A -o wide",
            "get pods --no-headers",
            "get pods -o name",
            "describe pod failed-node01",
            "get pod done-node01 -o yaml",
        ],
    },
    Situation {
        name: "refused-by-the-node",
        files: &[("a.yaml", include_str!("pods/port-a.yaml")), ("b.yaml", include_str!("pods/port-b.yaml"))],
        after: 3000,
        more: nothing,
        commands: &["get pods -A -o wide", "describe pod port-b-node01", "get pod port-b-node01 -o yaml"],
    },
    Situation {
        name: "control-plane",
        files: &[
            ("etcd.yaml", include_str!("pods/etcd.yaml")),
            ("kube-scheduler.yaml", include_str!("pods/kube-scheduler.yaml")),
        ],
        after: 90_000,
        more: namespaces,
        commands: &[
            "get pods -A -o wide",
            "get nodes",
            "get nodes -o wide",
            "get ns",
            "get leases -A",
            "describe pod etcd-node01 -n kube-system",
            "describe node node01",
            "get pod kube-scheduler-node01 -n kube-system -o yaml",
        ],
    },
    Situation {
        name: "workloads",
        files: &[],
        after: 5000,
        more: workloads,
        commands: &[
            "get deploy -A -o wide",
            "get ds",
            "get rs -o wide",
            "get svc -A -o wide",
            "get cm",
            "get pods -A -o wide",
            "describe deploy web",
            "describe ds agent",
            "describe rs web-5d4f8c7b9d",
            "describe pod web-5d4f8c7b9d-x2x4z",
            "get deploy web -o yaml",
        ],
    },
];

fn ago(now: UnixSeconds, seconds: u64) -> String {
    UnixSeconds(now.0 - seconds).to_string()
}

fn namespaces(now: UnixSeconds, all: &mut Vec<Value>) {
    for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
        all.push(json!({"apiVersion": "v1", "kind": "Namespace", "status": {"phase": "Active"},
            "metadata": {"name": name, "creationTimestamp": ago(now, 90_000), "labels": {"kubernetes.io/metadata.name": name}}}));
    }
    all.push(json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"name": "node01", "namespace": "kube-node-lease", "creationTimestamp": ago(now, 90_000)},
        "spec": {"holderIdentity": "node01", "leaseDurationSeconds": 40, "renewTime": ago(now, 3).replace('Z', ".000000Z")}}));
}

fn workloads(now: UnixSeconds, all: &mut Vec<Value>) {
    let template = |app: &str| {
        json!({"metadata": {"labels": {"app": app}}, "spec": {
            "containers": [{"name": "web", "image": "nginx:1.27", "imagePullPolicy": "IfNotPresent", "resources": {},
                "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}],
            "dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "schedulerName": "default-scheduler", "securityContext": {},
            "terminationGracePeriodSeconds": 30}})
    };
    let meta = |name: &str, uid: &str, labels: Value| {
        json!({"name": name, "namespace": "default", "uid": uid, "creationTimestamp": ago(now, 700), "generation": 1,
            "resourceVersion": "44", "labels": labels, "annotations": {"deployment.kubernetes.io/revision": "1"}})
    };
    let owner = |kind: &str, name: &str, uid: &str| json!([{"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid, "controller": true, "blockOwnerDeletion": true}]);
    all.push(json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta("web", "d-1", json!({"app": "web"})),
        "spec": {"progressDeadlineSeconds": 600, "replicas": 2, "revisionHistoryLimit": 10, "selector": {"matchLabels": {"app": "web"}},
            "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}, "type": "RollingUpdate"},
            "template": template("web")},
        "status": {"availableReplicas": 1, "observedGeneration": 1, "readyReplicas": 1, "replicas": 2, "unavailableReplicas": 1,
            "updatedReplicas": 2, "conditions": [
            {"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable",
                "message": "Deployment does not have minimum availability.", "lastTransitionTime": ago(now, 700), "lastUpdateTime": ago(now, 700)},
            {"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated",
                "message": "ReplicaSet \"web-5d4f8c7b9d\" is progressing.", "lastTransitionTime": ago(now, 700), "lastUpdateTime": ago(now, 690)}]}}));
    let hash = "5d4f8c7b9d";
    let labels = json!({"app": "web", "pod-template-hash": hash});
    let mut set = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": meta("web-5d4f8c7b9d", "r-1", labels.clone()),
        "spec": {"replicas": 2, "selector": {"matchLabels": labels}, "template": template("web")},
        "status": {"availableReplicas": 1, "fullyLabeledReplicas": 2, "observedGeneration": 1, "readyReplicas": 1, "replicas": 2}});
    set["metadata"]["ownerReferences"] = owner("Deployment", "web", "d-1");
    set["spec"]["template"]["metadata"]["labels"]["pod-template-hash"] = hash.into();
    all.push(set);
    for (name, running) in [("web-5d4f8c7b9d-x2x4z", true), ("web-5d4f8c7b9d-qqw7r", false)] {
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": meta(name, name, labels.clone()),
            "spec": template("web")["spec"], "status": {"phase": "Pending", "qosClass": "BestEffort", "conditions": [
                {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes are available: 1 Insufficient cpu.",
                    "lastProbeTime": null, "lastTransitionTime": ago(now, 700)}]}});
        pod["metadata"]["ownerReferences"] = owner("ReplicaSet", "web-5d4f8c7b9d", "r-1");
        pod["spec"]["tolerations"] = json!([
            {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
            {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}]);
        if running {
            pod["spec"]["nodeName"] = "node01".into();
            pod["status"] = json!({"phase": "Running", "qosClass": "BestEffort", "hostIP": "172.30.1.2", "podIP": "192.168.0.7",
                "podIPs": [{"ip": "192.168.0.7"}], "startTime": ago(now, 699),
                "conditions": [{"type": "Ready", "status": "True", "lastProbeTime": null, "lastTransitionTime": ago(now, 697)}],
                "containerStatuses": [{"name": "web", "image": "nginx:1.27", "imageID": "sha256:1", "containerID": "containerd://77",
                    "ready": true, "started": true, "restartCount": 1, "resources": {}, "state": {"running": {"startedAt": ago(now, 697)}},
                    "lastState": {"terminated": {"exitCode": 255, "reason": "Unknown", "startedAt": ago(now, 699), "finishedAt": ago(now, 698)}}}]});
        }
        all.push(pod);
    }
    all.push(json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": meta("agent", "ds-1", json!({"app": "agent"})),
        "spec": {"revisionHistoryLimit": 10, "selector": {"matchLabels": {"app": "agent"}}, "template": template("agent"),
            "updateStrategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}, "type": "RollingUpdate"}},
        "status": {"currentNumberScheduled": 0, "desiredNumberScheduled": 0, "numberMisscheduled": 0, "numberReady": 0}}));
    all.push(json!({"apiVersion": "v1", "kind": "Service", "spec": {"type": "NodePort", "clusterIP": "10.96.3.9",
            "selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 80, "nodePort": 30080, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}]},
        "metadata": {"name": "web", "namespace": "default", "uid": "s-1", "creationTimestamp": ago(now, 700)}}));
    all.push(json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "1", "b": "2"},
        "metadata": {"name": "settings", "namespace": "default", "uid": "c-1", "creationTimestamp": ago(now, 700)}}));
    all.push(json!({"apiVersion": "v1", "kind": "Event", "type": "Normal", "reason": "ScalingReplicaSet", "count": 1,
        "message": "Scaled up replica set web-5d4f8c7b9d from 0 to 2", "source": {"component": "deployment-controller"},
        "firstTimestamp": ago(now, 700), "lastTimestamp": ago(now, 700), "eventTime": null,
        "metadata": {"name": "web.1", "namespace": "default"},
        "involvedObject": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "namespace": "default", "uid": "d-1"}}));
}
