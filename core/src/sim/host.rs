//! The files of a node's machine beside its manifests, and what its kubelet reads of them when it starts.
//!
//! They are what containers see through `hostPath`. They come to be when somebody first looks at them; until then a kubelet is started with the
//! settings that its node was added with.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{World, disk::Disk, fault::SimError, folder::Place, node::Node, settings};
use crate::{id::NodeName, trace::Input};

/// The kubelet's configuration, the flags that kubeadm adds, and the two kubeconfigs that tell it of an API server.
pub(crate) const CONFIG: &str = "/var/lib/kubelet/config.yaml";
pub(crate) const FLAGS: &str = "/var/lib/kubelet/kubeadm-flags.env";
pub(crate) const KUBECONFIG: &str = "/etc/kubernetes/kubelet.conf";
pub(crate) const BOOTSTRAP: &str = "/etc/kubernetes/bootstrap-kubelet.conf";
/// Where a member of etcd keeps what it stored.
pub(crate) const ETCD_DATA: &str = "/var/lib/etcd/member";

/// Something that is done to a node's machine. Paths begin with `/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "what")]
pub enum HostDeed {
    /// Files that every machine has come to be.
    Furnish,
    /// A file is written.
    Write {
        /// Where.
        path: Arc<str>,
        /// What it holds.
        text: Arc<str>,
    },
    /// A folder is made.
    MakeFolder {
        /// Where.
        path: Arc<str>,
    },
    /// A file, or a folder with all that is in it, is deleted.
    Remove {
        /// Where.
        path: Arc<str>,
    },
    /// All pods are removed from its container runtime.
    RemovePods,
}

impl World {
    /// Does something to a node's machine.
    pub fn host(&mut self, node: &NodeName, deed: HostDeed) -> Result<(), SimError> {
        let kept = matches!(deed, HostDeed::Remove { .. }) && self.keeps_store();
        self.change(node, |node, now, _| {
            match &deed {
                HostDeed::Furnish => furnish(node),
                HostDeed::Write { path, text } => node.runtime.disk_mut().host_write(path, text),
                HostDeed::MakeFolder { path } => node.runtime.disk_mut().host_write(&format!("{path}/"), ""),
                HostDeed::Remove { path } => node.runtime.disk_mut().host_remove(path),
                HostDeed::RemovePods => node.runtime.remove_all(now),
            }
            Ok(())
        })?;
        if kept && !self.keeps_store() {
            self.lose_store();
        }
        let removes = matches!(deed, HostDeed::RemovePods);
        self.note(node, Input::Host { deed });
        if removes {
            self.survey();
            self.settle();
        }
        Ok(())
    }

    /// Whether a node's machine has files yet.
    pub fn host_is_furnished(&self, node: &NodeName) -> Result<bool, SimError> {
        Ok(self.node(node)?.config_at_first().is_some())
    }

    /// What a file of a node's machine holds. Its manifests are not among them.
    pub fn host_file(&self, node: &NodeName, path: &str) -> Result<Option<&str>, SimError> {
        Ok(self.node(node)?.runtime.disk().host_file(path))
    }

    /// All files of a node's machine; folders end in `/`.
    pub fn host_paths(&self, node: &NodeName) -> Result<impl Iterator<Item = &str>, SimError> {
        Ok(self.node(node)?.runtime.disk().host_paths())
    }

    /// The path that a node's kubelet reads manifests from, or will when it starts.
    pub fn manifests_path(&self, node: &NodeName) -> Result<&Arc<str>, SimError> {
        Ok(self.node(node)?.place.path())
    }

    /// A node's address.
    pub fn node_ip(&self, node: &NodeName) -> Result<&Arc<str>, SimError> {
        Ok(self.node(node)?.ip())
    }

    /// Lets a kubelet that is about to start read its files. Whether it can start with them.
    pub(super) fn configure(&mut self, name: &NodeName) -> Result<bool, SimError> {
        let node = self.node(name)?;
        let first = node.config_at_first().filter(|_| !node.is_running() && node.is_on());
        let Some((cluster, first)) = self.cluster.zip(first) else { return Ok(true) };
        let read = (cluster.settings)(first, node.runtime.disk());
        let now = self.now();
        let can = read.is_ok();
        self.change(name, |node, _, _| {
            match read {
                Ok(config) => node.configure(config),
                Err(why) => node.log_of_stopped(now, &why),
            }
            Ok(())
        })?;
        if let Some(at) = self.index(name) {
            self.connect(at);
        }
        Ok(can)
    }
}

/// What every machine has.
fn furnish(node: &mut Node) {
    if node.reads_files() {
        return;
    }
    let name = node.name.clone();
    let config = settings::written(node.config());
    let api = node.config().api;
    let disk = node.runtime.disk_mut();
    for folder in ["/root", "/tmp", "/etc/kubernetes", "/var/lib/kubelet", "/var/log"] {
        disk.host_write(&format!("{folder}/"), "");
    }
    disk.host_write("/etc/hostname", &format!("{name}\n"));
    disk.host_write(CONFIG, &config);
    if api {
        disk.host_write(KUBECONFIG, "apiVersion: v1\nkind: Config\n");
    }
}

/// Moves a node's manifests to where another configuration wants them: what is at the old path stays there as files.
pub(super) fn move_manifests(place: &mut Place, disk: &mut Disk, to: &str) {
    let from = Arc::clone(place.path());
    if *from == *to {
        return;
    }
    for (name, bytes) in place.files() {
        let path = if name == from { name.to_string() } else { format!("{from}/{name}") };
        disk.host_write(&path, &String::from_utf8_lossy(&bytes));
    }
    if place.exists() && !place.is_single_file() {
        disk.host_write(&format!("{from}/"), "");
    }
    let inside = format!("{to}/");
    let mut new = Place::missing(to);
    let paths: Vec<String> = disk.host_paths().map(str::to_owned).collect();
    for path in paths.iter().filter(|_| !to.is_empty()) {
        let single = path == to;
        let Some(name) = path.strip_prefix(&inside).or(single.then_some(to)) else { continue };
        if !single {
            new.make();
        }
        if name.is_empty() {
            disk.host_remove(path);
        } else if !name.contains('/') || single {
            let bytes: Arc<[u8]> = disk.host_file(path).unwrap_or_default().as_bytes().into();
            // A path that was a file's is a good name.
            let _ = new.write(name, bytes);
            disk.host_remove(path);
        }
    }
    *place = new;
}
