//! The mirror of a static pod: what a kubelet shows of it in the API.
//!
//! Follows `pkg/kubelet/pod/mirror_client.go`. The object shares its spec with the static pod.

use std::sync::Arc;

use crate::{
    cluster::{Body, Kind, Meta, Object, Owner, PodBody, PodSpecBody, PodStatusBody, meta},
    id::NodeName,
    manifest::{
        Pod,
        static_pod::{CONFIG_MIRROR, CONFIG_SEEN, CONFIG_SOURCE},
    },
    time::{Time, UnixSeconds},
};

/// The mirror that a node makes of a static pod which it first saw at `seen`. `owner` is the uid of the node's object.
#[must_use]
pub fn mirror_of(
    pod: &Arc<Pod>,
    node: &NodeName,
    owner: &Arc<str>,
    (seen, epoch): (Time, UnixSeconds),
) -> Object {
    let mut annotations = pod.annotations.clone();
    let seen = epoch.nanos_at(seen);
    meta::set(&mut annotations, CONFIG_SOURCE, Some("file"));
    meta::set(&mut annotations, CONFIG_SEEN, Some(&seen));
    meta::set(&mut annotations, CONFIG_MIRROR, Some(&hash(pod)));
    let owner = Owner {
        api_version: "v1".into(),
        kind: "Node".into(),
        name: node.as_str().into(),
        uid: Arc::clone(owner),
        controller: Some(true),
        block_deletion: None,
    };
    let meta = Meta {
        name: Arc::clone(&pod.id.name),
        namespace: Arc::clone(&pod.id.namespace),
        labels: pod.labels.clone(),
        annotations,
        owners: vec![owner],
        ..Meta::default()
    };
    let body = PodBody {
        spec: PodSpecBody::Static(Arc::clone(pod)),
        status: PodStatusBody::Json(Arc::new(serde_json::json!({"phase": "Pending"}))),
        node: Some(node.clone()),
        priority: None,
    };
    Object { kind: Kind::Pod, meta, body: Body::Pod(body) }
}

/// The hash by which a mirror is known to be of this very static pod.
#[must_use]
pub fn hash(pod: &Pod) -> Arc<str> {
    pod.id.uid.as_str().into()
}
