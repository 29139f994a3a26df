//! Deployments: a replica set for each version, scaled from the old to the new.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    Controllers, Cx,
    template::{owner_ref, share},
    template_hash,
};
use crate::cluster::{Kind, Meta, Object, PatchKind, User, meta};

const COMPONENT: &str = "deployment-controller";
const REVISION: &str = "deployment.kubernetes.io/revision";

impl Controllers {
    pub(super) fn deployment(&mut self, cx: &mut Cx<'_>, deployment: &Arc<Object>) {
        if deployment.meta.deletion.is_some() {
            return;
        }
        let hash = template_hash(deployment.at("/spec/template"));
        let name = format!("{}-{hash}", deployment.meta.name);
        let sets = self.owned.children(cx.api, Kind::ReplicaSet, &deployment.meta.uid);
        let (new, old): (Vec<_>, Vec<_>) = sets.into_iter().partition(|set| *set.meta.name == *name);
        let wanted = deployment.at("/spec/replicas").as_i64().unwrap_or(1);
        let recreate = deployment.at("/spec/strategy/type") == "Recreate";
        let rolling = |field: &str| deployment.at(&format!("/spec/strategy/rollingUpdate/{field}"));
        let surge = if recreate { 0 } else { share(rolling("maxSurge"), wanted, true) };
        let mut missing = if recreate { wanted } else { share(rolling("maxUnavailable"), wanted, false) };
        if surge == 0 && missing == 0 {
            missing = 1;
        }
        let old_pods: i64 = old.iter().map(|set| held(set)).sum();
        let size = |set: &Object| set.at("/spec/replicas").as_i64().unwrap_or(0);
        let old_size: i64 = old.iter().map(|set| size(set)).sum();
        let target = if recreate {
            if old_pods == 0 { wanted } else { 0 }
        } else {
            let now = new.first().map_or(0, |set| size(set));
            now.max((wanted + surge - old_size).clamp(0, wanted)).min(wanted)
        };
        match new.first() {
            None => {
                let revision = old.iter().map(|set| revision(set)).max().unwrap_or(0) + 1;
                let made = replica_set(deployment, &name, &hash, target, revision);
                if cx.api.create(&User::Controller, cx.clock, made).is_ok() {
                    let message = format!("Scaled up replica set {name} from 0 to {target}");
                    cx.event(deployment, COMPONENT, false, "ScalingReplicaSet", &message);
                }
            }
            Some(set) => scale(cx, deployment, set, target),
        }
        let ready: i64 = new.iter().chain(&old).map(|set| ready(set)).sum();
        // What does not serve may go at once; of the rest only so much that enough still serves.
        let mut room = ready - (wanted - missing);
        for set in &old {
            let (size, serving) = (size(set), self::ready(set));
            let idle = (size - serving).max(0);
            let goes = if recreate { size } else { idle + room.clamp(0, serving.min(size)) };
            room -= (goes - idle).max(0);
            scale(cx, deployment, set, (size - goes).max(0));
        }
        deployment_status(cx, deployment, (&new, &old), (wanted, missing));
    }
}

fn deployment_status(
    cx: &mut Cx<'_>,
    deployment: &Object,
    (new, old): (&[Arc<Object>], &[Arc<Object>]),
    (wanted, missing): (i64, i64),
) {
    let all: i64 = new.iter().chain(old).map(|set| held(set)).sum();
    let updated: i64 = new.iter().map(|set| held(set)).sum();
    let ready: i64 = new.iter().chain(old).map(|set| ready(set)).sum();
    let enough = ready >= wanted - missing;
    let known = deployment.at("/status/conditions/0");
    let word = if enough { "True" } else { "False" };
    let since = known.get("lastTransitionTime").filter(|_| known["status"] == word).cloned();
    let condition = json!({
        "type": "Available", "status": word,
        "reason": if enough { "MinimumReplicasAvailable" } else { "MinimumReplicasUnavailable" },
        "message": if enough { "Deployment has minimum availability." } else { "Deployment does not have minimum availability." },
        "lastTransitionTime": since.unwrap_or_else(|| cx.clock.to_string().into()),
    });
    let status = json!({
        "replicas": all, "updatedReplicas": updated, "readyReplicas": ready, "availableReplicas": ready,
        "unavailableReplicas": (wanted - ready).max(0), "observedGeneration": deployment.meta.generation, "conditions": [condition],
    });
    cx.write_status(deployment, status);
}

fn scale(cx: &mut Cx<'_>, deployment: &Object, set: &Object, to: i64) {
    let from = set.at("/spec/replicas").as_i64().unwrap_or(0);
    if from == to {
        return;
    }
    let key = (Kind::ReplicaSet, &*set.meta.namespace, &*set.meta.name);
    let patch = json!({"spec": {"replicas": to}});
    if cx.api.patch(&User::Controller, key, &patch, PatchKind::Merge).is_ok() {
        let word = if to > from { "up" } else { "down" };
        let message = format!("Scaled {word} replica set {} from {from} to {to}", set.meta.name);
        cx.event(deployment, COMPONENT, false, "ScalingReplicaSet", &message);
    }
}

fn replica_set(deployment: &Object, name: &str, hash: &str, size: i64, revision: i64) -> Object {
    let mut template = deployment.at("/spec/template").clone();
    template["metadata"]["labels"]["pod-template-hash"] = hash.into();
    let mut selector = deployment.at("/spec/selector").clone();
    selector["matchLabels"]["pod-template-hash"] = hash.into();
    let labels = template["metadata"]["labels"].clone();
    let mut meta = Meta::from_json(&json!({"labels": labels})).unwrap_or_default();
    (meta.name, meta.namespace) = (name.into(), Arc::clone(&deployment.meta.namespace));
    meta::set(&mut meta.annotations, REVISION, Some(&revision.to_string()));
    meta.owners = vec![owner_ref(deployment)];
    let spec: Value = json!({"replicas": size, "selector": selector, "template": template});
    Object::new(Kind::ReplicaSet, meta, json!({"spec": spec}))
}

fn revision(set: &Object) -> i64 {
    set.meta.annotation(REVISION).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// How many pods a set has.
fn held(set: &Object) -> i64 {
    set.at("/status/replicas").as_i64().unwrap_or(0)
}

fn ready(set: &Object) -> i64 {
    set.at("/status/readyReplicas").as_i64().unwrap_or(0)
}
