//! What goes with something else: dependants with their owner, objects with their namespace, pods with their node.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use super::{Controllers, Cx};
use crate::{
    cluster::{DeleteOptions, Key, Kind, Object, Selector, User},
    id::NodeName,
};

/// How long a node may be missing before its pods are deleted.
const QUARANTINE: Duration = Duration::from_secs(40);

impl Controllers {
    /// Deletes what belongs to nobody any more.
    pub(super) fn collect_orphans(&mut self, cx: &mut Cx<'_>) {
        for uid in std::mem::take(&mut self.orphaned) {
            for Key { kind, namespace, name } in self.owned.keys_of(&uid) {
                let lost = |object: &Object| {
                    object.meta.owners.iter().all(|owner| owner.uid == uid) && object.meta.deletion.is_none()
                };
                if cx.api.get(kind, &namespace, &name).is_ok_and(|object| lost(object)) {
                    // Somebody else may have deleted it.
                    let _ = cx.api.delete(
                        &User::Controller,
                        cx.clock,
                        (kind, &namespace, &name),
                        &DeleteOptions::default(),
                    );
                }
            }
        }
    }

    /// Empties a namespace that is being deleted, and lets it go when it is empty.
    pub(super) fn namespace(&mut self, cx: &mut Cx<'_>, namespace: &Arc<Object>) {
        if namespace.meta.deletion.is_none() {
            return;
        }
        let (space, everything) = (Arc::clone(&namespace.meta.name), Selector::default());
        let mut left = false;
        for kind in Kind::all().filter(|kind| kind.is_namespaced()) {
            let held: Vec<Arc<Object>> = cx.api.list(kind, Some(&space), &everything).cloned().collect();
            for object in held {
                let key = (kind, &*space, &*object.meta.name);
                if object.meta.deletion.is_none() {
                    // Somebody else may have deleted it.
                    let _ = cx.api.delete(&User::Controller, cx.clock, key, &DeleteOptions::default());
                }
                left |= cx.api.get(kind, &space, &object.meta.name).is_ok();
            }
        }
        if left {
            self.dirty.insert(Key::of(namespace));
            self.work_at.get_or_insert(cx.now + Duration::from_secs(1));
        } else {
            cx.api.forget_namespace(&space);
        }
    }

    /// Deletes pods whose node has been missing for a while.
    pub(super) fn collect_pods(&mut self, cx: &mut Cx<'_>) {
        let missing: BTreeSet<NodeName> = self
            .usage
            .iter()
            .filter(|(name, usage)| !self.nodes.contains_key(*name) && !usage.is_empty())
            .map(|(name, _)| name.clone())
            .collect();
        self.missed.retain(|name, _| missing.contains(name));
        for name in missing {
            let since = *self.missed.entry(name.clone()).or_insert(cx.now);
            if cx.now.since(since) < QUARANTINE {
                continue;
            }
            let pods: Vec<Arc<Object>> = cx.api.pods_on(&name).cloned().collect();
            for pod in pods {
                let now = DeleteOptions { grace: Some(0), uid: None };
                let key = (Kind::Pod, &*pod.meta.namespace, &*pod.meta.name);
                // Somebody else may have deleted it.
                let _ = cx.api.delete(&User::Controller, cx.clock, key, &now);
            }
        }
    }
}
