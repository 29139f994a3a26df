//! All objects, by kind, namespace and name; and what has changed.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use super::{ApiError, Kind, Object};
use crate::id::NodeName;

/// How many changes are kept for those who watch.
const KEPT: usize = 10_000;

/// Where an object is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace; empty for kinds that have none.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
}

impl Key {
    /// The key of an object.
    #[must_use]
    pub fn of(object: &Object) -> Self {
        let meta = &object.meta;
        Self { kind: object.kind, namespace: Arc::clone(&meta.namespace), name: Arc::clone(&meta.name) }
    }
}

/// What became of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The version that it got.
    pub version: u64,
    /// What.
    pub what: ChangeKind,
    /// The object after it; when it was deleted, as it was last.
    pub object: Arc<Object>,
    /// The object before it.
    pub old: Option<Arc<Object>>,
}

/// What can become of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is another.
    Modified,
    /// It is gone.
    Deleted,
}

/// Namespace and name.
type Place = (Arc<str>, Arc<str>);
type Names = BTreeMap<Arc<str>, Arc<Object>>;

/// All objects.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    pub(super) version: u64,
    objects: BTreeMap<Kind, BTreeMap<Arc<str>, Names>>,
    by_node: BTreeMap<NodeName, BTreeSet<Place>>,
    kept: VecDeque<Change>,
    fresh: Vec<Change>,
}

impl Table {
    pub(super) fn get(&self, kind: Kind, namespace: &str, name: &str) -> Option<&Arc<Object>> {
        self.objects.get(&kind)?.get(namespace)?.get(name)
    }

    pub(super) fn list<'a>(
        &'a self,
        kind: Kind,
        namespace: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Arc<Object>> {
        let spaces = self.objects.get(&kind).into_iter().flatten();
        let wanted = spaces.filter(move |(name, _)| namespace.is_none_or(|wanted| wanted == &***name));
        wanted.flat_map(|(_, names)| names.values())
    }

    pub(super) fn on_node<'a>(&'a self, node: &NodeName) -> impl Iterator<Item = &'a Arc<Object>> {
        let keys = self.by_node.get(node).into_iter().flatten();
        keys.filter_map(|(namespace, name)| self.get(Kind::Pod, namespace, name))
    }

    /// Puts an object in its place, with a new version.
    pub(super) fn put(&mut self, mut object: Object) -> Arc<Object> {
        self.version += 1;
        object.meta.resource_version = self.version;
        let object = Arc::new(object);
        let names = self.objects.entry(object.kind).or_default();
        let names = names.entry(Arc::clone(&object.meta.namespace)).or_default();
        let old = names.insert(Arc::clone(&object.meta.name), Arc::clone(&object));
        let node = |object: &Object| object.pod().and_then(|pod| pod.node.clone());
        let (before, after) = (old.as_deref().and_then(node), node(&object));
        if before != after {
            let key = (Arc::clone(&object.meta.namespace), Arc::clone(&object.meta.name));
            self.unbind(before.as_ref(), &key);
            if let Some(after) = after {
                self.by_node.entry(after).or_default().insert(key);
            }
        }
        let what = if old.is_some() { ChangeKind::Modified } else { ChangeKind::Added };
        self.note(Change { version: self.version, what, object: Arc::clone(&object), old });
        object
    }

    /// Takes an object out.
    pub(super) fn take(&mut self, kind: Kind, namespace: &str, name: &str) -> Option<Arc<Object>> {
        let spaces = self.objects.get_mut(&kind)?;
        let names = spaces.get_mut(namespace)?;
        let old = names.remove(name)?;
        if names.is_empty() {
            spaces.remove(namespace);
        }
        self.version += 1;
        let key = (Arc::clone(&old.meta.namespace), Arc::clone(&old.meta.name));
        self.unbind(old.pod().and_then(|pod| pod.node.as_ref()), &key);
        let mut last = (*old).clone();
        last.meta.resource_version = self.version;
        let object = Arc::new(last);
        let what = ChangeKind::Deleted;
        self.note(Change { version: self.version, what, object, old: Some(Arc::clone(&old)) });
        Some(old)
    }

    fn unbind(&mut self, node: Option<&NodeName>, key: &Place) {
        let Some(node) = node else { return };
        if let Some(keys) = self.by_node.get_mut(node) {
            keys.remove(key);
            if keys.is_empty() {
                self.by_node.remove(node);
            }
        }
    }

    fn note(&mut self, change: Change) {
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(change.clone());
        self.fresh.push(change);
    }

    /// The changes after a version.
    pub(super) fn since(&self, version: u64) -> Result<impl Iterator<Item = &Change>, ApiError> {
        let oldest = self.kept.front().map_or(self.version + 1, |change| change.version);
        if version + 1 < oldest {
            return Err(ApiError::Expired { wanted: version, oldest });
        }
        let skip = self.kept.partition_point(|change| change.version <= version);
        Ok(self.kept.iter().skip(skip))
    }

    /// The changes since the last call.
    pub(super) fn take_fresh(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.fresh)
    }
}
