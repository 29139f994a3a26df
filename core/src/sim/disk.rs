//! What containers see of files: their own, their pod's volumes, their host's. Text only, and little of it.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    contract::{Mount, MountSource},
    id::{InstanceId, PodUid},
};

/// Bytes that one file may grow to; a process that writes more keeps what it has.
const FILE_LIMIT: usize = 64 << 10;

/// Where a file really is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Container(InstanceId),
    Volume(PodUid, Arc<str>),
    Host,
}

/// All files of a node. A folder is a name that ends in `/`.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk {
    files: BTreeMap<(Place, String), String>,
}

/// What one container sees.
#[derive(Clone, Debug)]
pub(super) struct Root {
    own: Place,
    /// Longest target first: where it is mounted, what, and below which path of it.
    mounts: Vec<(String, Place, String)>,
}

impl Root {
    pub(super) fn new(instance: &InstanceId, mounts: &[Mount]) -> Self {
        let mut mounts: Vec<_> = mounts
            .iter()
            .map(|mount| {
                let target = mount.target.trim_end_matches('/').to_owned();
                let (place, base) = match &mount.source {
                    MountSource::HostPath { path, .. } => {
                        (Place::Host, path.trim_end_matches('/').to_owned())
                    }
                    MountSource::EmptyDir { volume, .. } => {
                        (Place::Volume(instance.pod.clone(), Arc::clone(volume)), String::new())
                    }
                };
                let sub = mount.sub_path.trim_matches('/');
                (target, place, if sub.is_empty() { base } else { format!("{base}/{sub}") })
            })
            .collect();
        crate::sort::by_key(&mut mounts, |(target, ..)| std::cmp::Reverse(target.len()));
        Self { own: Place::Container(instance.clone()), mounts }
    }

    fn resolve(&self, path: &str) -> (Place, String) {
        let inside =
            |target: &str| path.strip_prefix(target).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        self.mounts
            .iter()
            .find_map(|(target, place, base)| Some((place.clone(), format!("{base}{}", inside(target)?))))
            .unwrap_or_else(|| (self.own.clone(), path.to_owned()))
    }
}

impl Disk {
    pub(super) fn read(&self, root: &Root, path: &str) -> Option<&str> {
        self.files.get(&root.resolve(path)).map(String::as_str)
    }

    pub(super) fn write(&mut self, root: &Root, path: &str, text: String) {
        if !path.starts_with("/dev/null") {
            self.files.insert(root.resolve(path), text);
        }
    }

    pub(super) fn append(&mut self, root: &Root, path: &str, text: &str) {
        if path.starts_with("/dev/null") {
            return;
        }
        let file = self.files.entry(root.resolve(path)).or_default();
        if file.len() + text.len() <= FILE_LIMIT {
            file.push_str(text);
        }
    }

    pub(super) fn make_folder(&mut self, root: &Root, path: &str) {
        let (place, path) = root.resolve(path);
        self.files.insert((place, format!("{}/", path.trim_end_matches('/'))), String::new());
    }

    /// Removes a file, or a folder with all that is in it.
    pub(super) fn remove(&mut self, root: &Root, path: &str) {
        let (place, path) = root.resolve(path);
        let inside = format!("{}/", path.trim_end_matches('/'));
        self.files.retain(|(p, name), _| *p != place || (*name != path && !name.starts_with(&inside)));
    }

    pub(super) fn is_folder(&self, root: &Root, path: &str) -> bool {
        let mounted = root.mounts.iter().any(|(target, ..)| target == path.trim_end_matches('/'));
        mounted || path == "/" || self.inside(root, path).next().is_some()
    }

    pub(super) fn names(&self, root: &Root, path: &str) -> Vec<String> {
        let names =
            self.inside(root, path).filter_map(|rest| rest.split('/').next()).filter(|name| !name.is_empty());
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.dedup();
        names
    }

    fn inside(&self, root: &Root, path: &str) -> impl Iterator<Item = &str> {
        let (place, path) = root.resolve(path.trim_end_matches('/'));
        let prefix = format!("{path}/");
        let from = (place.clone(), prefix.clone());
        self.files
            .range(from..)
            .take_while(move |((p, name), _)| *p == place && name.starts_with(&prefix))
            .map(move |((_, name), _)| &name[path.len() + 1..])
    }

    /// Forgets a container's own files.
    pub(super) fn forget_container(&mut self, instance: &InstanceId) {
        let place = Place::Container(instance.clone());
        self.files.retain(|(p, _), _| *p != place);
    }

    /// Forgets a pod's volumes.
    pub(super) fn forget_pod(&mut self, pod: &PodUid) {
        self.files.retain(|(place, _), _| !matches!(place, Place::Volume(uid, _) if uid == pod));
    }
}
