//! Who belongs to whom.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::cluster::{ApiServer, Key, Kind, Object};

/// All objects by their owners.
#[derive(Clone, Debug, Default)]
pub(super) struct Owned {
    children: BTreeMap<Arc<str>, BTreeSet<Key>>,
    /// Controllers by their uid.
    keys: BTreeMap<Arc<str>, Key>,
}

impl Owned {
    pub(super) fn note(&mut self, object: &Object, gone: bool) {
        let key = Key::of(object);
        for owner in &object.meta.owners {
            if gone {
                if let Some(children) = self.children.get_mut(&owner.uid) {
                    children.remove(&key);
                    if children.is_empty() {
                        self.children.remove(&owner.uid);
                    }
                }
            } else {
                let children = self.children.entry(Arc::clone(&owner.uid)).or_default();
                if !children.contains(&key) {
                    children.insert(key.clone());
                }
            }
        }
        if matches!(object.kind, Kind::DaemonSet | Kind::ReplicaSet | Kind::Deployment) {
            if gone {
                self.keys.remove(&object.meta.uid);
            } else {
                self.keys.insert(Arc::clone(&object.meta.uid), key);
            }
        }
    }

    /// The controller with this uid.
    pub(super) fn key(&self, uid: &str) -> Option<Key> {
        self.keys.get(uid).cloned()
    }

    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = Key> {
        self.keys.values().filter(move |key| key.kind == kind).cloned()
    }

    pub(super) fn has_children(&self, uid: &str) -> bool {
        self.children.contains_key(uid)
    }

    pub(super) fn keys_of(&self, uid: &str) -> Vec<Key> {
        self.children.get(uid).into_iter().flatten().cloned().collect()
    }

    /// The objects of a kind that an object has.
    pub(super) fn children(&self, api: &ApiServer, kind: Kind, uid: &str) -> Vec<Arc<Object>> {
        let keys = self.children.get(uid).into_iter().flatten().filter(|key| key.kind == kind);
        keys.filter_map(|key| api.get(kind, &key.namespace, &key.name).ok()).cloned().collect()
    }
}
