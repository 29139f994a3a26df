//! Which pod holds which name, and what changes for the node when that changes.
//!
//! Follows `UndeltaStore` and the merge of `pkg/kubelet/config/config.go`: each change of the store pushes the whole store, and the push
//! is compared by uid with the one before. Where that gives the same result only the changed slot is compared.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt,
    sync::Arc,
};

use super::Changes;
use crate::{id::PodUid, kubelet::write_pod, manifest::Pod};

/// `namespace/name`, the node's suffix included: one slot of the store.
pub(super) type Key = Arc<str>;

pub(super) fn key_of(pod: &Pod) -> Key {
    format!("{}/{}", pod.id.namespace, pod.id.name).into()
}

/// The file source's store and what it pushed last.
#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    slots: BTreeMap<Key, Arc<Pod>>,
    pushed: BTreeMap<PodUid, Arc<Pod>>,
}

impl Store {
    pub(super) fn write_essence(&self, f: &mut String) -> fmt::Result {
        for pod in self.slots.values().chain(self.pushed.values()) {
            write_pod(f, pod)?;
        }
        Ok(())
    }

    pub(super) fn get(&self, key: &str) -> Option<&Arc<Pod>> {
        self.slots.get(key)
    }

    /// Whether the node was told of the pod in this slot.
    pub(super) fn is_pushed(&self, pod: &Pod) -> bool {
        self.pushed.contains_key(&pod.id.uid)
    }

    /// Exactly these pods; of two with one key the later wins.
    pub(super) fn replace(&mut self, pods: Vec<Arc<Pod>>, changes: &mut Changes) {
        self.slots = crate::sort::map(pods.into_iter().map(|pod| (key_of(&pod), pod)));
        self.push_all(changes);
    }

    /// Tells the node that there are no pods, and yet keeps them: they come back with the next change.
    pub(super) fn push_nothing(&mut self, changes: &mut Changes) {
        self.push(BTreeMap::new(), changes);
    }

    pub(super) fn clear(&mut self) {
        self.slots.clear();
    }

    pub(super) fn insert(&mut self, key: Key, pod: Arc<Pod>, changes: &mut Changes) {
        let in_step = self.is_in_step();
        let old = self.slots.insert(key, Arc::clone(&pod));
        let same_uid = old.as_ref().is_some_and(|old| old.id.uid == pod.id.uid);
        if !in_step || (!same_uid && self.pushed.contains_key(&pod.id.uid)) {
            return self.push_all(changes);
        }
        if let Some(old) = old.filter(|_| !same_uid) {
            changes.removed.extend(self.pushed.remove(&old.id.uid));
        }
        self.push_one(pod, changes);
    }

    /// Whether there was a pod to remove.
    pub(super) fn remove(&mut self, key: &str, changes: &mut Changes) -> bool {
        let in_step = self.is_in_step();
        let Some(old) = self.slots.remove(key) else { return false };
        if in_step {
            changes.removed.extend(self.pushed.remove(&old.id.uid));
        } else {
            self.push_all(changes);
        }
        true
    }

    /// Whether each slot is one pushed pod, so that a change of one slot concerns one pod.
    pub(super) fn is_in_step(&self) -> bool {
        self.slots.len() == self.pushed.len()
    }

    fn push_all(&mut self, changes: &mut Changes) {
        let mut next = BTreeMap::new();
        for pod in self.slots.values() {
            next.entry(pod.id.uid.clone()).or_insert_with(|| Arc::clone(pod));
        }
        self.push(next, changes);
    }

    fn push(&mut self, next: BTreeMap<PodUid, Arc<Pod>>, changes: &mut Changes) {
        let gone: Vec<PodUid> = self.pushed.keys().filter(|uid| !next.contains_key(*uid)).cloned().collect();
        changes.removed.extend(gone.iter().filter_map(|uid| self.pushed.remove(uid)));
        for pod in next.into_values() {
            self.push_one(pod, changes);
        }
        let name = |pod: &Arc<Pod>| (Arc::clone(&pod.id.namespace), Arc::clone(&pod.id.name));
        let by_name = |a: &Arc<Pod>, b: &Arc<Pod>| name(a).cmp(&name(b));
        crate::sort::by(&mut changes.removed, by_name);
        crate::sort::by(&mut changes.added, by_name);
    }

    fn push_one(&mut self, pod: Arc<Pod>, changes: &mut Changes) {
        match self.pushed.entry(pod.id.uid.clone()) {
            Entry::Vacant(slot) => {
                slot.insert(Arc::clone(&pod));
                changes.added.push(pod);
            }
            Entry::Occupied(mut slot) if differs(slot.get(), &pod) => {
                let old = slot.insert(Arc::clone(&pod));
                changes.updated.push((old, pod));
            }
            Entry::Occupied(_) => {}
        }
    }
}

/// Whether two versions of one pod differ in anything but places in the file.
fn differs(old: &Arc<Pod>, new: &Arc<Pod>) -> bool {
    !Arc::ptr_eq(old, new)
        && (old.file != new.file
            || old.labels != new.labels
            || old.annotations != new.annotations
            || old.spec != new.spec
            || old.object != new.object)
}
