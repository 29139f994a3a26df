//! Replica sets: so many pods.

use std::sync::Arc;

use serde_json::json;

use super::{
    Controllers, Cx,
    template::{is_active, is_ready, pod_of},
};
use crate::cluster::{Kind, Object};

const COMPONENT: &str = "replicaset-controller";

impl Controllers {
    pub(super) fn replica_set(&mut self, cx: &mut Cx<'_>, set: &Arc<Object>) {
        if set.meta.deletion.is_some() {
            return;
        }
        let mut pods = self.owned.children(cx.api, Kind::Pod, &set.meta.uid);
        pods.retain(|pod| is_active(pod));
        let wanted = set.at("/spec/replicas").as_u64().and_then(|it| usize::try_from(it).ok()).unwrap_or(1);
        for _ in pods.len()..wanted {
            if cx.make_pod(set, COMPONENT, pod_of(set, &[], |_| {})).is_err() {
                break;
            }
        }
        if pods.len() > wanted {
            // Those that do not serve go first, and of the others the newest.
            crate::sort::by_key(&mut pods, |pod| {
                let bound = pod.pod().is_some_and(|pod| pod.node.is_some());
                (bound, is_ready(pod), std::cmp::Reverse(pod.meta.resource_version))
            });
            for pod in &pods[..pods.len() - wanted] {
                cx.end_pod(set, COMPONENT, pod);
            }
        }
        let ready = pods.iter().filter(|pod| is_ready(pod)).count();
        let status = json!({
            "replicas": pods.len(), "fullyLabeledReplicas": pods.len(), "readyReplicas": ready, "availableReplicas": ready,
            "observedGeneration": set.meta.generation,
        });
        cx.write_status(set, status);
    }
}
