//! How a kubelet learns what has changed at the API server.

use std::{sync::Arc, time::Duration};

use crate::{
    cluster::{ApiServer, Change, ChangeKind, Kind, Object, PodBody, PodSpecBody, PodStatusBody, as_run},
    contract::{ApiEvent, ApiPod, ApiPodKind},
    id::{NodeName, PodRef},
    manifest::static_pod::CONFIG_MIRROR,
};

/// All that concerns a node.
pub(in crate::sim) fn listed(api: &ApiServer, node: &NodeName) -> ApiEvent {
    ApiEvent::Listed {
        node: api.get(Kind::Node, "", node.as_str()).ok().map(|it| Arc::clone(&it.meta.uid)),
        pods: api.pods_on(node).filter_map(|pod| told(api, pod, false)).collect(),
    }
}

/// The node that a change concerns, and what its kubelet is told. What a kubelet wrote itself it is not told again.
pub(in crate::sim) fn affected(api: &ApiServer, change: &Change) -> Option<(NodeName, ApiEvent)> {
    let object = &change.object;
    let old = change.old.as_deref();
    match object.kind {
        Kind::Node => {
            let name = NodeName::from(&*object.meta.name);
            match (change.what, old) {
                (ChangeKind::Deleted, _) => Some((name, ApiEvent::Node(None))),
                (ChangeKind::Modified, Some(old)) if old.meta.uid == object.meta.uid => None,
                (ChangeKind::Added | ChangeKind::Modified, _) => {
                    Some((name, ApiEvent::Node(Some(Arc::clone(&object.meta.uid)))))
                }
            }
        }
        Kind::Pod => {
            let node = object.pod()?.node.clone()?;
            if change.what == ChangeKind::Deleted {
                return Some((node, ApiEvent::Gone(id_of(object))));
            }
            let before = old.filter(|old| old.pod().is_some_and(|pod| pod.node.as_ref() == Some(&node)));
            let foreign = before.is_some_and(|old| foreign_status(old, object));
            if before.is_some_and(|old| same_but_status(old, object)) && !foreign {
                return None;
            }
            Some((node, ApiEvent::Pod(told(api, object, foreign)?)))
        }
        Kind::Namespace
        | Kind::DaemonSet
        | Kind::ReplicaSet
        | Kind::Deployment
        | Kind::Event
        | Kind::Lease
        | Kind::Service
        | Kind::ConfigMap
        | Kind::Secret
        | Kind::ServiceAccount
        | Kind::ResourceQuota
        | Kind::LimitRange
        | Kind::PriorityClass => None,
    }
}

fn same_but_status(old: &Object, new: &Object) -> bool {
    let spec = |pod: &PodBody, other: &PodBody| match (&pod.spec, &other.spec) {
        (PodSpecBody::Static(a), PodSpecBody::Static(b)) => Arc::ptr_eq(a, b),
        (PodSpecBody::Json(a), PodSpecBody::Json(b)) => Arc::ptr_eq(a, b) || a == b,
        (PodSpecBody::Static(_) | PodSpecBody::Json(_), _) => false,
    };
    (&old.meta.labels, &old.meta.annotations, old.meta.deletion)
        == (&new.meta.labels, &new.meta.annotations, new.meta.deletion)
        && old.pod().zip(new.pod()).is_some_and(|(old, new)| spec(old, new))
}

fn foreign_status(old: &Object, new: &Object) -> bool {
    let Some((old, new)) = old.pod().zip(new.pod()) else { return false };
    matches!(new.status, PodStatusBody::Json(_)) && matches!(old.status, PodStatusBody::Kubelet(_))
}

fn told(api: &ApiServer, object: &Object, foreign_status: bool) -> Option<ApiPod> {
    let kind = match object.meta.annotation(CONFIG_MIRROR) {
        Some(hash) => ApiPodKind::Mirror(Arc::clone(hash)),
        None => ApiPodKind::Pod(as_run(api, object)?),
    };
    let deleting = object.meta.deletion.map(|deletion| Duration::from_secs(deletion.grace));
    Some(ApiPod { id: id_of(object), deleting, foreign_status, kind })
}

fn id_of(object: &Object) -> PodRef {
    let meta = &object.meta;
    PodRef::new(&*meta.uid, Arc::clone(&meta.namespace), Arc::clone(&meta.name))
}
