//! The manifests folder as the kubelet sees it: its store, its full passes, its watch events, and what they change for the node.
//!
//! Follows `pkg/kubelet/config/{file,file_linux,common,config}.go`, surprises included: a broken manifest keeps its pod until the next full
//! pass; a pass that finds nothing says so without forgetting; two files with one pod name share one slot. [`Source`] is a store, **not** a
//! reader: whoever looks at the disk calls [`listed`](Source::listed), [`written`](Source::written) and [`removed`](Source::removed).
//!
//! With [`InvalidManifest::KeepLastGood`] a file that is there and cannot be used counts as what it held when it last could, and a pass that
//! finds no pod forgets them all.

mod backup;
mod files;
mod log;
mod store;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Write as _},
    sync::Arc,
};

pub use self::{
    backup::looks_like_backup,
    log::{PathProblem, SourceLog},
};
use self::{
    files::{Files, Parser},
    store::{Key, Store, key_of},
};
use crate::{
    config::{BackupFiles, InvalidManifest, Policies},
    contract::{Entry, EntryKind, FileContent, Folder},
    id::NodeName,
    manifest::{Pod, parse},
    view::FileView,
};

/// What a change of the folder means for the node, in the order in which it is to be acted on: removed, added, updated.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Pods that no manifest asks for any more.
    pub removed: Vec<Arc<Pod>>,
    /// Pods that the node had not been told of.
    pub added: Vec<Arc<Pod>>,
    /// Pods whose manifest changed and whose uid did not: old and new. Only a fixed `metadata.uid` makes these.
    pub updated: Vec<(Arc<Pod>, Arc<Pod>)>,
    /// What the kubelet's log says.
    pub log: Vec<SourceLog>,
}

impl Changes {
    /// Whether nothing is to be done for any pod.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.removed.is_empty() && self.added.is_empty() && self.updated.is_empty()
    }
}

/// The manifests folder of one node, or its one manifest file.
#[derive(Clone, Debug)]
pub struct Source {
    path: Arc<str>,
    policies: Policies,
    files: Files,
    /// The key that each path last gave. Only a delete event forgets one.
    keys: BTreeMap<Arc<str>, Key>,
    store: Store,
    /// Nothing has changed since the last full pass over a directory.
    settled: bool,
}

impl Source {
    /// The source of `path`, of which nothing is known yet.
    #[must_use]
    pub fn new(path: &str, node: NodeName, policies: Policies) -> Self {
        Self::with_parser(path, node, policies, parse)
    }

    fn with_parser(path: &str, node: NodeName, policies: Policies, parse: Parser) -> Self {
        let trimmed = path.trim_end_matches('/');
        Self {
            path: if trimmed.is_empty() { path.into() } else { trimmed.into() },
            policies,
            files: Files::new(node, policies.invalid_manifest, parse),
            keys: BTreeMap::new(),
            store: Store::default(),
            settled: false,
        }
    }

    /// Its part of a node's [essence](crate::kubelet::Essence).
    pub(crate) fn write_essence(&self, f: &mut String) -> fmt::Result {
        let Self { path: _, policies: _, files, keys, store, settled } = self;
        writeln!(f, "{settled} {keys:?}")?;
        files.write_essence(f)?;
        store.write_essence(f)
    }

    /// A full pass found this.
    pub fn listed(&mut self, folder: &Folder) -> Changes {
        let mut changes = Changes::default();
        let settled = std::mem::take(&mut self.settled);
        let problem = match folder {
            Folder::Directory(entries) => return self.listed_directory(entries, settled),
            Folder::File(content) => return self.listed_file(content),
            Folder::Missing => {
                self.files.forget_all_but(&BTreeSet::new());
                self.found_no_pod(&mut changes);
                PathProblem::Missing
            }
            Folder::Special => PathProblem::Special,
            Folder::Unreadable(text) => PathProblem::Unreadable(text.as_str().into()),
        };
        changes.log.push(SourceLog::ConfigPath { path: Arc::clone(&self.path), problem });
        changes
    }

    /// A watch saw that this file was created, moved in, written, or had its attributes changed.
    pub fn written(&mut self, path: &Arc<str>, content: &FileContent) -> Changes {
        let mut changes = Changes::default();
        if self.is_ignored(path) {
            return changes;
        }
        let settled = std::mem::take(&mut self.settled) && self.store.is_in_step();
        let touched = self.files.read(path, content);
        match self.files.reading(path) {
            Some(Ok(pod)) => {
                let key = key_of(&pod);
                let before = self.keys.insert(Arc::clone(path), Arc::clone(&key));
                // A file of its own that holds the same pod, or a new one: a full pass would find nothing to do.
                let alone = self.files.is_alone(path) && before.is_none_or(|before| before == key);
                self.store.insert(key, pod, &mut changes);
                self.settled = settled && alone && self.store.is_in_step();
            }
            Some(Err(error)) => changes.log.push(SourceLog::WatchEvent { path: Arc::clone(path), error }),
            None => {}
        }
        self.files.refresh(path, touched, &self.store);
        changes
    }

    /// A watch saw that this file was deleted or moved out.
    pub fn removed(&mut self, path: &Arc<str>) -> Changes {
        let mut changes = Changes::default();
        if self.is_ignored(path) {
            return changes;
        }
        let settled =
            std::mem::take(&mut self.settled) && self.store.is_in_step() && self.files.is_alone(path);
        let mut touched = self.files.forget(path);
        if let Some(key) = self.keys.get(path).cloned() {
            if self.store.remove(&key, &mut changes) {
                self.keys.remove(path);
                self.settled = settled && self.store.is_in_step();
            } else {
                changes.log.push(SourceLog::WatchedPodGone { key: Arc::clone(&key) });
            }
            touched.push(key);
        }
        self.files.refresh(path, touched, &self.store);
        changes
    }

    /// The files as last read, by path.
    pub fn files(&self) -> impl Iterator<Item = &Arc<FileView>> {
        self.files.views()
    }

    fn listed_file(&mut self, content: &FileContent) -> Changes {
        let mut changes = Changes::default();
        let path = Arc::clone(&self.path);
        self.files.forget_all_but(&crate::sort::set([&path]));
        self.files.read(&path, content);
        match self.files.reading(&path) {
            Some(Ok(pod)) => {
                self.keys.insert(path, key_of(&pod));
                self.store.replace(vec![pod], &mut changes);
            }
            Some(Err(error)) => {
                changes.log.push(SourceLog::ConfigPath { path, problem: PathProblem::Manifest(error) });
            }
            None => {}
        }
        self.files.refresh_all(&self.store);
        changes
    }

    fn listed_directory(&mut self, entries: &[Entry], settled: bool) -> Changes {
        let mut changes = Changes::default();
        self.settled = true;
        if settled && self.is_as_read(entries) {
            changes.log.extend(self.files.errors());
            return changes;
        }
        let mut sorted: Vec<(Arc<str>, &EntryKind)> =
            entries.iter().map(|entry| (self.path_of(&entry.name), &entry.kind)).collect();
        sorted.retain(|(path, _)| !self.is_ignored(path));
        crate::sort::by(&mut sorted, |(a, _), (b, _)| a.cmp(b));
        let present = sorted.iter().filter(|(_, kind)| matches!(kind, EntryKind::File(_)));
        self.files.forget_all_but(&crate::sort::set(present.map(|(path, _)| path)));
        let mut pods = Vec::new();
        for (path, kind) in sorted {
            match kind {
                EntryKind::File(content) => {
                    self.files.read(&path, content);
                    pods.extend(self.pod_for_pass(&path, &mut changes));
                }
                EntryKind::Directory => changes.log.push(SourceLog::Subfolder { path }),
                EntryKind::Dangling => changes.log.push(SourceLog::Dangling { path }),
                EntryKind::Special => changes.log.push(SourceLog::Special { path }),
            }
        }
        if pods.is_empty() {
            self.found_no_pod(&mut changes);
        } else {
            self.store.replace(pods, &mut changes);
        }
        self.files.refresh_all(&self.store);
        changes
    }

    /// Whether a folder holds what it held. Most passes find that, so that this looks at each file and makes nothing.
    fn is_as_read(&self, entries: &[Entry]) -> bool {
        let by_name = |a: &Entry, b: &Entry| a.name <= b.name;
        let shown = entries.iter().map(|entry| (&*entry.name, &entry.kind));
        let mut shown = shown.filter(|(name, _)| !self.is_ignored(name));
        entries.is_sorted_by(by_name) && self.files.are_exactly(self.path.trim_end_matches('/'), &mut shown)
    }

    /// What a file counts as in a full pass.
    fn pod_for_pass(&mut self, path: &Arc<str>, changes: &mut Changes) -> Option<Arc<Pod>> {
        let pod = match self.files.reading(path)? {
            Ok(pod) => Some(pod),
            Err(error) => {
                changes.log.push(SourceLog::ManifestFile { path: Arc::clone(path), error });
                self.files.last_good(path)
            }
        };
        if let Some(pod) = &pod {
            self.keys.insert(Arc::clone(path), key_of(pod));
        }
        pod
    }

    fn found_no_pod(&mut self, changes: &mut Changes) {
        self.store.push_nothing(changes);
        match self.policies.invalid_manifest {
            InvalidManifest::Kubelet => {}
            InvalidManifest::KeepLastGood => self.store.clear(),
        }
    }

    fn path_of(&self, name: &str) -> Arc<str> {
        format!("{}/{name}", self.path.trim_end_matches('/')).into()
    }

    fn is_ignored(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        let backup = match self.policies.backup_files {
            BackupFiles::Kubelet => false,
            BackupFiles::Ignore => looks_like_backup(name) && *path != *self.path,
        };
        name.starts_with('.') || backup
    }
}
