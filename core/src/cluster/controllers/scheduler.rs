//! The scheduler: which node a pod goes to, or why to none.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use super::{
    Controllers, Cx, Place, place,
    placement::{Fit, Tolerations, fits_labels},
};
use crate::{
    cluster::{Change, ChangeKind, Kind, Object, PodSpecBody, Selector, User},
    id::NodeName,
    manifest::quantity::Quantity,
};

const COMPONENT: &str = "default-scheduler";

/// What the pods of a node ask for in sum.
#[derive(Clone, Debug, Default)]
pub(super) struct Usage {
    pods: BTreeMap<Place, Asked>,
}

/// CPU in thousandths, memory in bytes, and host ports with their protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Asked {
    cpu: i64,
    memory: i64,
    ports: Vec<(String, u64)>,
}

impl Usage {
    pub(super) fn is_empty(&self) -> bool {
        self.pods.is_empty()
    }

    fn sum(&self) -> (i64, i64) {
        self.pods.values().fold((0, 0), |(cpu, memory), it| (cpu + it.cpu, memory + it.memory))
    }
}

impl Controllers {
    /// Counts what a pod that is bound asks for.
    pub(super) fn note_use(&mut self, change: &Change) {
        let object = &change.object;
        let Some(pod) = object.pod() else { return };
        let Some(node) = &pod.node else { return };
        let gone = change.what == ChangeKind::Deleted || pod.is_over();
        let place = place(object);
        let usage = self.usage.entry(node.clone()).or_default();
        if gone {
            usage.pods.remove(&place);
        } else {
            usage.pods.entry(place).or_insert_with(|| Asked::of(object));
        }
    }

    pub(super) fn schedule(&mut self, cx: &mut Cx<'_>) {
        if self.unscheduled.is_empty() {
            return;
        }
        let everything = Selector::default();
        let nodes: Vec<Arc<Object>> = cx.api.list(Kind::Node, None, &everything).cloned().collect();
        let named: BTreeMap<&str, usize> =
            nodes.iter().enumerate().map(|(at, it)| (&*it.meta.name, at)).collect();
        for place in std::mem::take(&mut self.unscheduled) {
            let Ok(pod) = cx.api.get(Kind::Pod, &place.0, &place.1).cloned() else { continue };
            if !super::is_unscheduled(&pod) {
                continue;
            }
            let spec = pod.field("spec");
            if spec.get("schedulerName").and_then(Value::as_str).is_some_and(|name| name != COMPONENT) {
                continue;
            }
            let only =
                wanted_node(&spec).and_then(|name| named.get(name)).and_then(|at| nodes.get(*at..=*at));
            let asked = Asked::of(&pod);
            let (mut best, mut against) = (None, BTreeMap::new());
            for node in only.unwrap_or(&nodes) {
                match self.judge(&spec, &asked, node) {
                    Ok(load) => {
                        if best.as_ref().is_none_or(|(known, _)| load < *known) {
                            best = Some((load, Arc::clone(&node.meta.name)));
                        }
                    }
                    Err(why) => *against.entry(why).or_insert(0) += 1,
                }
            }
            let Some((_, node)) = best else {
                refuse(cx, &pod, nodes.len(), (against, only.is_some()));
                self.hopeless.insert(place);
                continue;
            };
            let name = NodeName::from(&*node);
            if cx.api.bind(cx.clock, (&place.0, &place.1), &name).is_ok() {
                self.usage.entry(name).or_default().pods.insert(place.clone(), asked);
                let message = format!("Successfully assigned {}/{} to {node}", place.0, place.1);
                cx.event(&pod, COMPONENT, false, "Scheduled", &message);
            }
        }
    }

    /// How full a node would be, or why it does not take the pod.
    fn judge(&self, spec: &Value, asked: &Asked, node: &Object) -> Result<(i64, usize), String> {
        match Tolerations::of(spec).of_node(node) {
            Fit::Yes => {}
            Fit::Unschedulable => return Err("node(s) were unschedulable".to_owned()),
            Fit::Tainted(taint) => return Err(format!("node(s) had untolerated taint {taint}")),
        }
        if !fits_labels(spec, node) {
            return Err("node(s) didn't match Pod's node affinity/selector".to_owned());
        }
        let empty = Usage::default();
        let usage = self.usage.get(&*node.meta.name).unwrap_or(&empty);
        let taken = |port| usage.pods.values().any(|it| it.ports.contains(port));
        if asked.ports.iter().any(taken) {
            return Err("node(s) didn't have free ports for the requested pod ports".to_owned());
        }
        let room = |name: &str| {
            let text = node.at(&format!("/status/allocatable/{name}")).as_str().unwrap_or("0");
            Quantity::parse(text).ok()
        };
        let (cpu, memory) = usage.sum();
        let (has_cpu, has_memory) =
            (room("cpu").map_or(0, Quantity::millis), room("memory").map_or(0, Quantity::value));
        if asked.cpu > 0 && cpu + asked.cpu > has_cpu {
            return Err("Insufficient cpu".to_owned());
        }
        if asked.memory > 0 && memory + asked.memory > has_memory {
            return Err("Insufficient memory".to_owned());
        }
        let most = room("pods").map_or(0, Quantity::value);
        if i64::try_from(usage.pods.len()).unwrap_or(i64::MAX) >= most {
            return Err("Too many pods".to_owned());
        }
        Ok(((cpu + asked.cpu) * 1000 / has_cpu.max(1), usage.pods.len()))
    }
}

/// Says why no node takes a pod.
fn refuse(cx: &mut Cx<'_>, pod: &Object, nodes: usize, (mut against, only): (BTreeMap<String, usize>, bool)) {
    let others = nodes - usize::from(only);
    if only && others > 0 {
        *against.entry("node(s) didn't satisfy plugin(s) [NodeAffinity]".to_owned()).or_insert(0) += others;
    }
    let mut reasons: Vec<String> = against.iter().map(|(why, count)| format!("{count} {why}")).collect();
    reasons.sort();
    let message = if nodes == 0 {
        "no nodes available to schedule pods".to_owned()
    } else {
        format!(
            "0/{nodes} nodes are available: {}. preemption: 0/{nodes} nodes are available: {nodes} Preemption is not helpful for scheduling.",
            reasons.join(", ")
        )
    };
    cx.event(pod, COMPONENT, true, "FailedScheduling", &message);
    let known =
        pod.field("status").pointer("/conditions/0/message").and_then(Value::as_str) == Some(&*message);
    if !known {
        let mut object = pod.clone();
        let mut status = object.field("status");
        status["conditions"] = json!([{
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message,
            "lastProbeTime": null, "lastTransitionTime": cx.clock.to_string(),
        }]);
        object.set_field("status", status);
        object.meta.resource_version = 0;
        // A pod that is gone by now needs no status.
        let _ = cx.api.update_status(&User::Controller, object);
    }
}

impl Asked {
    fn of(object: &Object) -> Self {
        match object.pod().map(|pod| &pod.spec) {
            Some(PodSpecBody::Json(spec)) => Self::of_json(spec),
            Some(PodSpecBody::Static(pod)) => {
                let mut asked = Self::default();
                for container in &pod.spec.containers {
                    for (name, amount) in &container.requests {
                        asked.add(name, amount);
                    }
                    let ports = container.ports.iter().filter(|port| port.host_port > 0);
                    asked.ports.extend(
                        ports.map(|port| {
                            (format!("{:?}", port.protocol).to_uppercase(), port.host_port.into())
                        }),
                    );
                }
                asked
            }
            None => Self::default(),
        }
    }

    fn of_json(spec: &Value) -> Self {
        let mut asked = Self::default();
        for container in spec.get("containers").and_then(Value::as_array).into_iter().flatten() {
            let requests = container.pointer("/resources/requests").and_then(Value::as_object);
            for (name, amount) in requests.into_iter().flatten() {
                asked.add(name, &amount.as_str().map_or_else(|| amount.to_string(), str::to_owned));
            }
            for port in container.get("ports").and_then(Value::as_array).into_iter().flatten() {
                if let Some(number) =
                    port.get("hostPort").and_then(Value::as_u64).filter(|number| *number > 0)
                {
                    let protocol = port.get("protocol").and_then(Value::as_str).unwrap_or("TCP");
                    asked.ports.push((protocol.to_owned(), number));
                }
            }
        }
        asked
    }

    fn add(&mut self, name: &str, amount: &str) {
        let Ok(amount) = Quantity::parse(amount) else { return };
        match name {
            "cpu" => self.cpu += amount.millis(),
            "memory" => self.memory += amount.value(),
            _ => {}
        }
    }
}

/// The one node that a pod of a daemon set is made for.
fn wanted_node(spec: &Value) -> Option<&str> {
    let terms = spec
        .pointer("/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms")?
        .as_array()?;
    let [term] = &terms[..] else { return None };
    let field = term.pointer("/matchFields/0")?;
    let named = field.get("key")?.as_str()? == "metadata.name" && field.get("operator")?.as_str()? == "In";
    field.pointer("/values/0")?.as_str().filter(|_| named)
}
