//! Nodes that are not heard of any more, and what becomes of their pods.
//!
//! Follows `pkg/controller/nodelifecycle` and `pkg/controller/tainteviction`: a node is given up after 40 seconds without a sign of life, gets a
//! taint, and its pods are deleted when they have tolerated that for long enough.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use super::{
    Controllers, Cx, place,
    placement::{Patience, Tolerations, taints},
};
use crate::{
    cluster::{Change, ChangeKind, DeleteOptions, Kind, Object, User},
    id::NodeName,
    time::Time,
};

/// How long a node may be silent.
const GRACE: Duration = Duration::from_secs(40);
const COMPONENT: &str = "node-controller";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

/// What is known of a node.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// When it was heard of last.
    pub(super) heard: Time,
    /// Whether its conditions say that nobody knows.
    lost: bool,
}

impl Controllers {
    pub(super) fn note_node(&mut self, now: Time, change: &Change) {
        let name = NodeName::from(&*change.object.meta.name);
        if change.what == ChangeKind::Deleted {
            self.nodes.remove(&name);
            return;
        }
        let lost = change.object.at("/spec/taints").as_array().is_some_and(|all| {
            all.iter().any(|taint| taint["key"] == UNREACHABLE && taint["effect"] == "NoExecute")
        });
        let ends = |node: &Object| {
            let all = taints(node).filter(|(key, _, effect)| *effect == "NoExecute" && *key != UNREACHABLE);
            all.map(|(key, value, _)| (key.to_owned(), value.to_owned())).collect::<Vec<_>>()
        };
        let now_ends = ends(&change.object);
        if !now_ends.is_empty() && change.old.as_deref().map(ends).as_ref() != Some(&now_ends) {
            self.tainted.insert(name.clone());
        }
        let seen = self.nodes.entry(name).or_insert(Seen { heard: now, lost });
        seen.lost = lost;
        self.monitor_at.get_or_insert(now + super::MONITOR);
    }

    pub(super) fn note_lease(&mut self, now: Time, lease: &Object) {
        if let Some(seen) = self.nodes.get_mut(&*lease.meta.name) {
            seen.heard = now;
        }
    }

    /// Gives up nodes that are silent, and takes back those that are heard again.
    pub(super) fn monitor(&mut self, cx: &mut Cx<'_>) {
        let silent = |seen: &Seen| cx.now.since(seen.heard) > GRACE;
        let changed: Vec<(NodeName, bool)> = self
            .nodes
            .iter()
            .filter(|(_, seen)| silent(seen) != seen.lost)
            .map(|(name, seen)| (name.clone(), silent(seen)))
            .collect();
        for (name, lost) in changed {
            if let Ok(node) = cx.api.get(Kind::Node, "", name.as_str()).cloned() {
                if lost { self.give_up(cx, &node) } else { take_back(cx, &node) }
            }
        }
        if self.nodes.is_empty() {
            self.monitor_at = None;
        }
    }

    fn give_up(&mut self, cx: &mut Cx<'_>, node: &Arc<Object>) {
        let clock = cx.clock.to_string();
        let mut status = node.field("status");
        for condition in status["conditions"].as_array_mut().into_iter().flatten() {
            condition["status"] = "Unknown".into();
            condition["reason"] = "NodeStatusUnknown".into();
            condition["message"] = "Kubelet stopped posting node status.".into();
            condition["lastTransitionTime"] = clock.as_str().into();
        }
        cx.write_status(node, status);
        let taint = |effect: &str| json!({"key": UNREACHABLE, "effect": effect, "timeAdded": clock});
        set_taints(cx, &node.meta.name, &[taint("NoSchedule"), taint("NoExecute")]);
        cx.event(
            node,
            COMPONENT,
            false,
            "NodeNotReady",
            &format!("Node {} status is now: NodeNotReady", node.meta.name),
        );
        let pods: Vec<Arc<Object>> = cx.api.pods_on(&NodeName::from(&*node.meta.name)).cloned().collect();
        for pod in pods {
            not_ready(cx, &pod);
            let Some(body) = pod.pod().filter(|_| pod.meta.deletion.is_none()) else { continue };
            let patience = Tolerations::of(&body.spec_json()).to(UNREACHABLE, "", "NoExecute");
            match patience {
                Patience::ForEver => {}
                Patience::Seconds(seconds) => {
                    self.evictions.insert(place(&pod), cx.now + Duration::from_secs(seconds));
                }
                Patience::None => {
                    self.evictions.insert(place(&pod), cx.now);
                }
            }
        }
    }

    /// Sees how long the pods of newly tainted nodes bear that.
    pub(super) fn bear_taints(&mut self, cx: &Cx<'_>) {
        for name in std::mem::take(&mut self.tainted) {
            let Ok(node) = cx.api.get(Kind::Node, "", name.as_str()) else { continue };
            for pod in cx.api.pods_on(&name).filter(|pod| pod.meta.deletion.is_none()) {
                let Some(body) = pod.pod() else { continue };
                let tolerations = Tolerations::of(&body.spec_json());
                let ends =
                    taints(node).filter(|(key, _, effect)| *effect == "NoExecute" && *key != UNREACHABLE);
                let seconds =
                    ends.filter_map(|(key, value, effect)| match tolerations.to(key, value, effect) {
                        Patience::None => Some(0),
                        Patience::Seconds(seconds) => Some(seconds),
                        Patience::ForEver => None,
                    });
                if let Some(seconds) = seconds.min() {
                    self.evictions.insert(place(pod), cx.now + Duration::from_secs(seconds));
                }
            }
        }
    }

    /// Deletes pods that have tolerated a taint for as long as they do.
    pub(super) fn evict(&mut self, cx: &mut Cx<'_>) {
        let due: Vec<_> =
            self.evictions.iter().filter(|(_, at)| **at <= cx.now).map(|(place, _)| place.clone()).collect();
        for place in due {
            self.evictions.remove(&place);
            let Ok(pod) = cx.api.get(Kind::Pod, &place.0, &place.1).cloned() else { continue };
            let node = pod.pod().and_then(|pod| pod.node.clone());
            let node = node.and_then(|name| cx.api.get(Kind::Node, "", name.as_str()).ok().cloned());
            // A node that came back has no taint any more, and keeps its pods.
            if node.is_some_and(|node| taints(&node).any(|(_, _, effect)| effect == "NoExecute")) {
                let message = format!("Marking for deletion Pod {}/{}", place.0, place.1);
                cx.event(&pod, "taint-eviction-controller", false, "TaintManagerEviction", &message);
                let key = (Kind::Pod, &*place.0, &*place.1);
                // It may have been deleted by somebody else.
                let _ = cx.api.delete(&User::Controller, cx.clock, key, &DeleteOptions::default());
            }
        }
    }
}

/// A pod on a node that nobody hears of serves no more, as far as anybody knows.
fn not_ready(cx: &mut Cx<'_>, pod: &Object) {
    let mut status = pod.field("status");
    let mut changed = false;
    for condition in status["conditions"].as_array_mut().into_iter().flatten() {
        if condition["type"] == "Ready" && condition["status"] == "True" {
            condition["status"] = "False".into();
            condition["lastTransitionTime"] = cx.clock.to_string().into();
            changed = true;
        }
    }
    if changed {
        cx.write_status(pod, status);
    }
}

fn take_back(cx: &mut Cx<'_>, node: &Object) {
    set_taints(cx, &node.meta.name, &[]);
    cx.event(
        node,
        COMPONENT,
        false,
        "NodeReady",
        &format!("Node {} status is now: NodeReady", node.meta.name),
    );
}

/// Replaces the taints that this controller sets.
fn set_taints(cx: &mut Cx<'_>, name: &str, own: &[Value]) {
    let Ok(node) = cx.api.get(Kind::Node, "", name) else { return };
    let mut node = (**node).clone();
    let mut spec = node.field("spec");
    if spec.is_null() {
        spec = json!({});
    }
    let all = spec.get("taints").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut all: Vec<Value> = all.into_iter().filter(|taint| taint["key"] != UNREACHABLE).collect();
    all.extend(own.iter().cloned());
    if all.is_empty() {
        spec.as_object_mut().map(|spec| spec.remove("taints"));
    } else {
        spec["taints"] = Value::Array(all);
    }
    node.set_field("spec", spec);
    node.meta.resource_version = 0;
    // A node that is gone by now needs no taints.
    let _ = cx.api.update(&User::Controller, node);
}
