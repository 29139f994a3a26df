//! What containers see of files: their own, their pod's volumes, their host's. Text only, and little of it.

use std::{collections::BTreeMap, sync::Arc};

use super::shell::Scripts;
use crate::{
    contract::{ContainerSpec, Mount, MountSource},
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
    /// What was read of it to be run.
    pub(super) scripts: Scripts,
    files: BTreeMap<(Place, String), String>,
}

/// What one container sees.
#[derive(Clone, Debug)]
pub(super) struct Root {
    own: Place,
    read_only: bool,
    /// Longest target first.
    mounts: Vec<Mounted>,
}

#[derive(Clone, Debug)]
struct Mounted {
    target: String,
    place: Place,
    /// The path of the place that is mounted.
    base: String,
    read_only: bool,
}

impl Root {
    pub(super) fn new(instance: &InstanceId, spec: &ContainerSpec) -> Self {
        let mounted = |mount: &Mount| {
            let (place, base) = match &mount.source {
                MountSource::HostPath { path, .. } => (Place::Host, path.trim_end_matches('/').to_owned()),
                MountSource::EmptyDir { volume, .. } | MountSource::Files { volume, .. } => {
                    (Place::Volume(instance.pod.clone(), Arc::clone(volume)), String::new())
                }
            };
            let sub = mount.sub_path.trim_matches('/');
            Mounted {
                target: mount.target.trim_end_matches('/').to_owned(),
                place,
                base: if sub.is_empty() { base } else { format!("{base}/{sub}") },
                read_only: mount.read_only,
            }
        };
        let mut mounts: Vec<Mounted> = spec.mounts.iter().map(mounted).collect();
        crate::sort::by_key(&mut mounts, |mount| std::cmp::Reverse(mount.target.len()));
        Self { own: Place::Container(instance.clone()), read_only: spec.security.read_only_root, mounts }
    }

    /// Where a path leads.
    fn resolve(&self, path: &str) -> (Place, String) {
        match self.mount_of(path) {
            Some((mount, rest)) => (mount.place.clone(), format!("{}{rest}", mount.base)),
            None => (self.own.clone(), path.to_owned()),
        }
    }

    /// Whether nothing may be written there. What the runtime itself provides stays writable.
    fn refuses(&self, path: &str) -> bool {
        match self.mount_of(path) {
            Some((mount, _)) => mount.read_only,
            None => self.read_only && !path.starts_with("/dev/"),
        }
    }

    fn writable(&self, path: &str) -> Result<(Place, String), ReadOnly> {
        if self.refuses(path) { Err(ReadOnly) } else { Ok(self.resolve(path)) }
    }

    fn mount_of<'p>(&self, path: &'p str) -> Option<(&Mounted, &'p str)> {
        self.mounts.iter().find_map(|mount| {
            let rest = path.strip_prefix(mount.target.as_str())?;
            (rest.is_empty() || rest.starts_with('/')).then_some((mount, rest))
        })
    }
}

/// Nothing may be written there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReadOnly;

impl Disk {
    pub(super) fn read(&self, root: &Root, path: &str) -> Option<&str> {
        self.files.get(&root.resolve(path)).map(String::as_str)
    }

    pub(super) fn write(&mut self, root: &Root, path: &str, text: String) -> Result<(), ReadOnly> {
        let place = root.writable(path)?;
        if path != "/dev/null" {
            self.files.insert(place, text);
        }
        Ok(())
    }

    pub(super) fn append(&mut self, root: &Root, path: &str, text: &str) -> Result<(), ReadOnly> {
        let place = root.writable(path)?;
        if path != "/dev/null" {
            let file = self.files.entry(place).or_default();
            if file.len() + text.len() <= FILE_LIMIT {
                file.push_str(text);
            }
        }
        Ok(())
    }

    pub(super) fn make_folder(&mut self, root: &Root, path: &str) -> Result<(), ReadOnly> {
        let (place, path) = root.writable(path)?;
        self.files.insert((place, format!("{}/", path.trim_end_matches('/'))), String::new());
        Ok(())
    }

    /// Removes a file, or a folder with all that is in it.
    pub(super) fn remove(&mut self, root: &Root, path: &str) -> Result<(), ReadOnly> {
        let (place, path) = root.writable(path)?;
        let inside = format!("{}/", path.trim_end_matches('/'));
        self.files.remove(&(place.clone(), path));
        self.forget(&place, &inside);
        Ok(())
    }

    /// Forgets every file of a place whose name begins so.
    fn forget(&mut self, place: &Place, prefix: &str) {
        let from = (place.clone(), prefix.to_owned());
        let names =
            self.files.range(from..).take_while(|((p, name), _)| p == place && name.starts_with(prefix));
        let names: Vec<_> = names.map(|(name, _)| name.clone()).collect();
        for name in names {
            self.files.remove(&name);
        }
    }

    /// What a file of the machine itself holds.
    pub(super) fn host_file(&self, path: &str) -> Option<&str> {
        self.files.get(&(Place::Host, path.to_owned())).map(String::as_str)
    }

    /// All files of the machine itself.
    pub(super) fn host_paths(&self) -> impl Iterator<Item = &str> {
        let from = (Place::Host, String::new());
        self.files.range(from..).map(|((_, path), _)| path.as_str())
    }

    /// Writes a file of the machine itself, or makes a folder: a name that ends in `/`.
    pub(super) fn host_write(&mut self, path: &str, text: &str) {
        self.files.insert((Place::Host, path.to_owned()), text.to_owned());
    }

    /// Removes a file of the machine itself, or a folder with all that is in it.
    pub(super) fn host_remove(&mut self, path: &str) {
        self.files.remove(&(Place::Host, path.to_owned()));
        self.forget(&Place::Host, &format!("{}/", path.trim_end_matches('/')));
    }

    pub(super) fn is_folder(&self, root: &Root, path: &str) -> bool {
        let mounted = root.mounts.iter().any(|mount| mount.target == path.trim_end_matches('/'));
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

    /// Puts the files into a pod's volumes whose text is known from the beginning.
    pub(super) fn provide(&mut self, pod: &PodUid, spec: &ContainerSpec) {
        for mount in &spec.mounts {
            let MountSource::Files { volume, files, .. } = &mount.source else { continue };
            for file in files.iter() {
                let place = Place::Volume(pod.clone(), Arc::clone(volume));
                self.files.insert((place, format!("/{}", file.path)), file.text.to_string());
            }
        }
    }

    /// Forgets a container's own files.
    pub(super) fn forget_container(&mut self, instance: &InstanceId) {
        self.forget(&Place::Container(instance.clone()), "");
    }

    /// Forgets a pod's volumes.
    pub(super) fn forget_pod(&mut self, pod: &PodUid) {
        let from = (Place::Volume(pod.clone(), "".into()), String::new());
        let names = self.files.range(from..);
        let of_pod = names.take_while(|((place, _), _)| matches!(place, Place::Volume(uid, _) if uid == pod));
        let names: Vec<_> = of_pod.map(|(name, _)| name.clone()).collect();
        for name in names {
            self.files.remove(&name);
        }
    }
}
