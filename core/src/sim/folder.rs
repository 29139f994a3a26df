//! A node's manifests folder on a simulated disk, and the watch that the kubelet has on it.

use std::{collections::BTreeMap, sync::Arc};

use super::fault::SimError;
use crate::{
    contract::{Entry, EntryKind, FileContent, Folder},
    manifest::SIZE_LIMIT,
};

/// What is at the manifests path.
#[derive(Clone, Debug)]
pub(super) struct Place {
    path: Arc<str>,
    tree: Tree,
}

#[derive(Clone, Debug)]
enum Tree {
    Missing,
    Directory(BTreeMap<Arc<str>, Arc<[u8]>>),
    File(Arc<[u8]>),
}

/// What a watch would tell of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Written(Arc<str>),
    Removed(Arc<str>),
}

impl Place {
    /// An empty folder at this path.
    pub(super) fn new(path: &str) -> Self {
        Self { path: path.trim_end_matches('/').into(), tree: Tree::Directory(BTreeMap::new()) }
    }

    /// Nothing, where there may be something later.
    pub(super) fn missing(path: &str) -> Self {
        Self { tree: Tree::Missing, ..Self::new(path) }
    }

    pub(super) fn path(&self) -> &Arc<str> {
        &self.path
    }

    /// What is there, by name.
    pub(super) fn files(&self) -> Vec<(Arc<str>, Arc<[u8]>)> {
        self.names()
            .into_iter()
            .filter_map(|name| Some((Arc::clone(&name), Arc::clone(self.read(&name)?))))
            .collect()
    }

    pub(super) fn exists(&self) -> bool {
        !matches!(self.tree, Tree::Missing)
    }

    /// Whether the whole path is one file: then a deletion ends the watch with it.
    pub(super) fn is_single_file(&self) -> bool {
        matches!(self.tree, Tree::File(_))
    }

    pub(super) fn write(&mut self, file: &str, bytes: Arc<[u8]>) -> Result<Change, SimError> {
        if file == &*self.path {
            self.tree = Tree::File(bytes);
            return Ok(Change::Written(Arc::clone(&self.path)));
        }
        let name = self.name(file)?;
        let path = self.path_of(&name);
        self.files_mut()?.insert(name, bytes);
        Ok(Change::Written(path))
    }

    pub(super) fn remove(&mut self, file: &str) -> Result<Change, SimError> {
        if file == &*self.path && self.is_single_file() {
            self.tree = Tree::Missing;
            return Ok(Change::Removed(Arc::clone(&self.path)));
        }
        let name = self.name(file)?;
        let path = self.path_of(&name);
        let removed = self.files_mut()?.remove(&name);
        removed.map(|_| Change::Removed(path)).ok_or(SimError::NoFile(name))
    }

    pub(super) fn read(&self, file: &str) -> Option<&Arc<[u8]>> {
        match &self.tree {
            Tree::File(bytes) if file == &*self.path => Some(bytes),
            Tree::Directory(files) => files.get(&*self.name(file).ok()?),
            Tree::Missing | Tree::File(_) => None,
        }
    }

    pub(super) fn names(&self) -> Vec<Arc<str>> {
        match &self.tree {
            Tree::Missing => Vec::new(),
            Tree::File(_) => vec![Arc::clone(&self.path)],
            Tree::Directory(files) => files.keys().cloned().collect(),
        }
    }

    /// Deletes everything, as `rm -r` does: the files first.
    pub(super) fn remove_all(&mut self) -> Vec<Change> {
        let names = self.names();
        let single = self.is_single_file();
        self.tree = Tree::Missing;
        let path = |name: &Arc<str>| if single { Arc::clone(name) } else { self.path_of(name) };
        names.iter().map(|name| Change::Removed(path(name))).collect()
    }

    /// Makes an empty folder where there is none.
    pub(super) fn make(&mut self) {
        if !self.exists() {
            self.tree = Tree::Directory(BTreeMap::new());
        }
    }

    /// What a full pass finds.
    pub(super) fn list(&self) -> Folder {
        match &self.tree {
            Tree::Missing => Folder::Missing,
            Tree::File(bytes) => Folder::File(content(bytes)),
            Tree::Directory(files) => Folder::Directory(
                files
                    .iter()
                    .map(|(name, bytes)| Entry {
                        name: Arc::clone(name),
                        kind: EntryKind::File(content(bytes)),
                    })
                    .collect(),
            ),
        }
    }

    /// What the file at this whole path holds.
    pub(super) fn content(&self, path: &str) -> Option<FileContent> {
        self.read(path).map(content)
    }

    fn files_mut(&mut self) -> Result<&mut BTreeMap<Arc<str>, Arc<[u8]>>, SimError> {
        match &mut self.tree {
            Tree::Directory(files) => Ok(files),
            Tree::Missing | Tree::File(_) => Err(SimError::NoFolder(Arc::clone(&self.path))),
        }
    }

    fn name(&self, file: &str) -> Result<Arc<str>, SimError> {
        let name = file.strip_prefix(&*self.path).and_then(|rest| rest.strip_prefix('/')).unwrap_or(file);
        let bad = name.is_empty() || name.contains(['/', '\0']) || name == "." || name == "..";
        if bad { Err(SimError::BadFileName(file.into())) } else { Ok(name.into()) }
    }

    fn path_of(&self, name: &str) -> Arc<str> {
        format!("{}/{name}", self.path).into()
    }
}

fn content(bytes: &Arc<[u8]>) -> FileContent {
    if bytes.len() >= SIZE_LIMIT { FileContent::TooBig } else { FileContent::Bytes(Arc::clone(bytes)) }
}
