//! Daemon sets: one pod on each node that fits.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use super::{
    Controllers, Cx,
    placement::{Fit, Tolerations, fits_labels},
    template::{is_active, is_ready, pod_of, share},
    template_hash,
};
use crate::cluster::{Kind, Object, Selector};

const COMPONENT: &str = "daemonset-controller";
const HASH: &str = "controller-revision-hash";

impl Controllers {
    pub(super) fn daemon_set(&mut self, cx: &mut Cx<'_>, set: &Arc<Object>) {
        if set.meta.deletion.is_some() {
            return;
        }
        let hash = template_hash(set.at("/spec/template"));
        let mut by_node: BTreeMap<Arc<str>, Vec<Arc<Object>>> = BTreeMap::new();
        for pod in self.owned.children(cx.api, Kind::Pod, &set.meta.uid) {
            by_node.entry(node_of(&pod).into()).or_default().push(pod);
        }
        let everything = Selector::default();
        let nodes: Vec<Arc<Object>> = cx.api.list(Kind::Node, None, &everything).cloned().collect();
        let spec = set.at("/spec/template/spec");
        let tolerations = Tolerations::with(spec, &extra_tolerations(spec));
        let (mut desired, mut counts) = (0_i64, Counts::default());
        let most_away = share(
            set.at("/spec/updateStrategy/rollingUpdate/maxUnavailable"),
            i64::try_from(nodes.len()).unwrap_or(0),
            true,
        )
        .max(1);
        let rolling = set.at("/spec/updateStrategy/type") != "OnDelete";
        let mut old_pods = Vec::new();
        for node in &nodes {
            let pods = by_node.remove(&node.meta.name).unwrap_or_default();
            let fits = fits_labels(spec, node) && tolerations.of_node(node) == Fit::Yes;
            let keeps = fits || (fits_labels(spec, node) && tolerations.keeps(node));
            desired += i64::from(fits);
            let mut held = false;
            for pod in pods {
                let body = pod.pod();
                if let Some(phase) = body
                    .map(crate::cluster::PodBody::phase)
                    .filter(|phase| phase == "Failed" || phase == "Succeeded")
                {
                    if pod.meta.deletion.is_none() {
                        let kind = phase.to_lowercase();
                        let message = format!(
                            "Found {kind} daemon pod {}/{} on node {}, will try to {} it",
                            pod.meta.namespace,
                            pod.meta.name,
                            node.meta.name,
                            if kind == "failed" { "kill" } else { "delete" },
                        );
                        cx.event(set, COMPONENT, kind == "failed", &format!("{phase}DaemonPod"), &message);
                        cx.end_pod(set, COMPONENT, &pod);
                    }
                    held = true;
                } else if !is_active(&pod) {
                    // A replacement comes when it is gone.
                    held = true;
                } else if !keeps || held {
                    cx.end_pod(set, COMPONENT, &pod);
                } else {
                    held = true;
                    counts.add(&pod, &hash);
                    if pod.meta.label(HASH).is_none_or(|known| **known != *hash) {
                        old_pods.push(pod);
                    }
                }
            }
            if fits && !held {
                let name = Arc::clone(&node.meta.name);
                let pod = pod_of(
                    set,
                    &[(HASH, &hash), ("pod-template-generation", &set.meta.generation.to_string())],
                    |spec| bind_to(spec, &name),
                );
                if cx.make_pod(set, COMPONENT, pod).is_err() {
                    break;
                }
            }
        }
        for pod in by_node.into_values().flatten() {
            // Its node is gone; the garbage collector of pods takes those whose node was never there.
            if is_active(&pod) && pod.pod().is_some_and(|pod| pod.node.is_some()) {
                cx.end_pod(set, COMPONENT, &pod);
            }
        }
        if rolling {
            // Those that do not serve go first, and cost nothing.
            crate::sort::by_key(&mut old_pods, |pod| is_ready(pod));
            let mut room = most_away - (desired - counts.ready).max(0);
            for pod in old_pods {
                let serves = is_ready(&pod);
                if !serves || room > 0 {
                    room -= i64::from(serves);
                    cx.end_pod(set, COMPONENT, &pod);
                }
            }
        }
        let status = json!({
            "currentNumberScheduled": counts.all, "desiredNumberScheduled": desired, "numberMisscheduled": 0,
            "numberReady": counts.ready, "numberAvailable": counts.ready, "numberUnavailable": (desired - counts.ready).max(0),
            "updatedNumberScheduled": counts.updated, "observedGeneration": set.meta.generation,
        });
        cx.write_status(set, status);
    }
}

#[derive(Default)]
struct Counts {
    all: i64,
    ready: i64,
    updated: i64,
}

impl Counts {
    fn add(&mut self, pod: &Object, hash: &str) {
        self.all += 1;
        self.ready += i64::from(is_ready(pod));
        self.updated += i64::from(pod.meta.label(HASH).is_some_and(|known| **known == *hash));
    }
}

/// The node that a pod is on, or is made for.
fn node_of(pod: &Object) -> String {
    let Some(body) = pod.pod() else { return String::new() };
    if let Some(node) = &body.node {
        return node.as_str().to_owned();
    }
    let spec = body.spec_json();
    let term = "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchFields/0/values/0";
    spec.pointer(term).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The pod must go to this node: its required affinity is replaced as a whole.
fn bind_to(spec: &mut Value, node: &str) {
    spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] = json!({
        "nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}],
    });
    let extra = extra_tolerations(spec);
    let mut all = spec.get("tolerations").and_then(Value::as_array).cloned().unwrap_or_default();
    all.extend(extra);
    spec["tolerations"] = Value::Array(all);
}

fn extra_tolerations(spec: &Value) -> Vec<Value> {
    let mut all: Vec<(&str, &str)> = vec![
        ("not-ready", "NoExecute"),
        ("unreachable", "NoExecute"),
        ("disk-pressure", "NoSchedule"),
        ("memory-pressure", "NoSchedule"),
        ("pid-pressure", "NoSchedule"),
        ("unschedulable", "NoSchedule"),
    ];
    if spec.get("hostNetwork") == Some(&Value::Bool(true)) {
        all.push(("network-unavailable", "NoSchedule"));
    }
    let one = |(key, effect): (&str, &str)| json!({"key": format!("node.kubernetes.io/{key}"), "operator": "Exists", "effect": effect});
    all.into_iter().map(one).collect()
}
