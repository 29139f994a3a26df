//! The node's pods and events as Kubernetes' own objects, as a kubelet shows its pods under `/pods`.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};
use standfast_core::{
    cluster::{Body, EventBody, Kind, Meta, Object},
    kubelet::{Kubelet, SentEvent},
    manifest::Pod,
    time::Time,
    view::{
        PodStage, PodView, RecordKind, RecordView,
        object::{Place, pod_object},
    },
};

/// All pods that the node knows, as a `PodList`.
#[must_use]
pub fn pods(kubelet: &Kubelet, now: Time) -> Value {
    let config = kubelet.config();
    let place = Place { epoch: config.epoch, runtime: "docker", host_ip: config.node_ip.as_deref() };
    let one = |(pod, view): (&Arc<Pod>, Arc<PodView>)| {
        let mut object = pod_object(pod, &view, &place);
        if view.stage == PodStage::Terminating {
            object["metadata"]["deletionTimestamp"] = config.epoch.at(now).to_string().into();
        }
        object
    };
    let items: Vec<Value> = kubelet.pods().map(one).collect();
    json!({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": items})
}

/// The events that the node's journal has, each series once, as an `EventList`.
#[must_use]
pub fn events(kubelet: &Kubelet) -> Value {
    let config = kubelet.config();
    // Of a series the newest counts.
    let mut newest: BTreeMap<_, (u64, Value)> = BTreeMap::new();
    for record in kubelet.records_since(0) {
        let RecordView { seq, at, pod: Some(pod), kind, text, series: Some(series), .. } = record else {
            continue;
        };
        let RecordKind::Event { warning, reason, field_path } = kind else { continue };
        if series.dropped {
            continue;
        }
        let said = if series.combined { String::new() } else { text.to_string() };
        let key = (pod.uid.to_string(), reason.to_string(), field_path.to_string(), said);
        let name = format!("{}.{:x}", pod.name, seq);
        let event = SentEvent { pod, warning, reason, field_path, message: text, series };
        let namespace = Arc::clone(&event.pod.namespace);
        let body = EventBody::of_kubelet(event, config.node.as_str(), config.epoch, at);
        let meta = Meta { created: body.first, ..Meta::named(&namespace, &name) };
        let object = Object { kind: Kind::Event, meta, body: Body::Event(Arc::new(body)) };
        newest.insert(key, (seq, object.to_json()));
    }
    let mut told: Vec<(u64, Value)> = newest.into_values().collect();
    told.sort_by_key(|(seq, _)| *seq);
    let items: Vec<Value> = told.into_iter().map(|(_, event)| event).collect();
    json!({"kind": "EventList", "apiVersion": "v1", "metadata": {}, "items": items})
}
