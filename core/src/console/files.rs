//! The files of one machine. Those of a node are the world's, its manifests and all others; those of the workstation are the console's.

use std::{collections::BTreeMap, fmt, sync::Arc};

use super::{Host, commands::Machine};
use crate::{
    id::NodeName,
    sim::{HostDeed, SimError, World},
};

/// Why something cannot be done with a file. `Display` is what commands say behind the file's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FileError {
    Missing,
    IsFolder,
    NotFolder,
    Other(String),
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("No such file or directory"),
            Self::IsFolder => f.write_str("Is a directory"),
            Self::NotFolder => f.write_str("Not a directory"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl From<SimError> for FileError {
    fn from(error: SimError) -> Self {
        match error {
            SimError::NoFile(_) | SimError::NoFolder(_) => Self::Missing,
            other => Self::Other(other.to_string()),
        }
    }
}

pub(super) struct Files<'a> {
    host: Host,
    machine: &'a mut Machine,
    world: &'a mut World,
    /// The manifests folder, on a node.
    folder: Option<Arc<str>>,
    /// Whether that folder exists.
    there: bool,
}

impl<'a> Files<'a> {
    pub(super) fn new(host: Host, machine: &'a mut Machine, world: &'a mut World) -> Self {
        let folder = match &host {
            Host::Workstation => None,
            Host::Node(node) => world.manifests_path(node).ok().filter(|path| !path.is_empty()).cloned(),
        };
        let there = match &host {
            Host::Workstation => false,
            Host::Node(node) => world.has_folder(node).unwrap_or_default(),
        };
        let mut files = Self { host, machine, world, folder, there };
        files.furnish();
        files
    }

    /// What a machine has from the beginning.
    fn furnish(&mut self) {
        match &self.host {
            Host::Workstation => {
                let folders = ["/root", "/tmp", "/etc"].map(|path| (format!("{path}/"), String::new()));
                self.machine.files.extend(folders.into_iter().filter(|_| !self.machine.furnished));
                self.machine.furnished = true;
            }
            Host::Node(node) => {
                if !self.world.host_is_furnished(node).unwrap_or(true) {
                    // The node is there: it was asked for its files just now.
                    let _ = self.world.host(node, HostDeed::Furnish);
                }
            }
        }
    }

    /// All files but manifests; folders end in `/`.
    fn paths(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        match &self.host {
            Host::Workstation => Box::new(self.machine.files.keys().map(String::as_str)),
            Host::Node(node) => Box::new(self.world.host_paths(node).into_iter().flatten()),
        }
    }

    fn stored(&self, path: &str) -> Option<&str> {
        match &self.host {
            Host::Workstation => self.machine.files.get(path).map(String::as_str),
            Host::Node(node) => self.world.host_file(node, path).ok().flatten(),
        }
    }

    /// Writes a file that is no manifest, or makes a folder: a path that ends in `/`.
    fn store(&mut self, path: String, text: &str) -> Result<(), FileError> {
        match &self.host {
            Host::Workstation => drop(self.machine.files.insert(path, text.to_owned())),
            Host::Node(node) => {
                let deed = match path.strip_suffix('/') {
                    Some(path) => HostDeed::MakeFolder { path: path.into() },
                    None => HostDeed::Write { path: path.into(), text: text.into() },
                };
                self.world.host(node, deed)?;
            }
        }
        Ok(())
    }

    /// Removes a file that is no manifest, or a folder with what is in it.
    fn discard(&mut self, path: &str) -> Result<(), FileError> {
        match &self.host {
            Host::Workstation => {
                let inside = format!("{path}/");
                self.machine.files.retain(|it, _| it != path && !it.starts_with(&inside));
            }
            Host::Node(node) => self.world.host(node, HostDeed::Remove { path: path.into() })?,
        }
        Ok(())
    }

    /// A path from the root, without `.` and `..`.
    pub(super) fn absolute(&self, path: &str) -> String {
        let whole = match path.strip_prefix('~') {
            Some(rest) => format!("/root{rest}"),
            None if path.starts_with('/') => path.to_owned(),
            None => format!("{}/{path}", self.machine.cwd),
        };
        let mut parts: Vec<&str> = Vec::new();
        for part in whole.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        format!("/{}", parts.join("/"))
    }

    /// The node and the file's name, for a file of a manifests folder.
    fn manifest(&self, path: &str) -> Option<(NodeName, String)> {
        let Host::Node(node) = &self.host else { return None };
        let name = path.strip_prefix(self.folder.as_deref()?)?.strip_prefix('/')?;
        (!name.contains('/')).then(|| (node.clone(), name.to_owned()))
    }

    fn manifests(&self) -> Vec<String> {
        let Host::Node(node) = &self.host else { return Vec::new() };
        let names = self.world.list(node).unwrap_or_default();
        names.iter().map(|name| name.rsplit('/').next().unwrap_or_default().to_owned()).collect()
    }

    pub(super) fn is_folder(&self, path: &str) -> bool {
        let path = self.absolute(path);
        let inside = format!("{}/", path.trim_end_matches('/'));
        self.folder.as_deref().filter(|_| self.there).is_some_and(|it| it == path || it.starts_with(&inside))
            || path == "/"
            || self.paths().any(|it| it.starts_with(&inside))
    }

    pub(super) fn exists(&self, path: &str) -> bool {
        self.is_folder(path) || self.read(path).is_ok()
    }

    pub(super) fn read(&self, path: &str) -> Result<String, FileError> {
        let path = self.absolute(path);
        if let Some((node, name)) = self.manifest(&path) {
            let bytes = self.world.read(&node, &name)?;
            return Ok(String::from_utf8_lossy(&bytes).into_owned());
        }
        match self.stored(&path) {
            Some(text) => Ok(text.to_owned()),
            None if path == "/dev/null" => Ok(String::new()),
            None if self.is_folder(&path) => Err(FileError::IsFolder),
            None => Err(FileError::Missing),
        }
    }

    pub(super) fn write(&mut self, path: &str, text: &str) -> Result<(), FileError> {
        let path = self.absolute(path);
        if let Some((node, name)) = self.manifest(&path) {
            return Ok(self.world.write(&node, &name, text.as_bytes())?);
        }
        if path == "/dev/null" {
            return Ok(());
        }
        if self.is_folder(&path) {
            return Err(FileError::IsFolder);
        }
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        if !parent.is_empty() && !self.is_folder(parent) {
            return Err(FileError::Missing);
        }
        self.store(path, text)
    }

    pub(super) fn remove(&mut self, path: &str) -> Result<(), FileError> {
        let path = self.absolute(path);
        if let Some((node, name)) = self.manifest(&path) {
            return Ok(self.world.remove(&node, &name)?);
        }
        match self.stored(&path) {
            Some(_) => self.discard(&path),
            None if self.is_folder(&path) => Err(FileError::IsFolder),
            None => Err(FileError::Missing),
        }
    }

    /// Removes a folder with all that is in it.
    pub(super) fn remove_folder(&mut self, path: &str) -> Result<(), FileError> {
        let path = self.absolute(path);
        let inside = format!("{}/", path.trim_end_matches('/'));
        if !self.is_folder(&path) {
            return Err(FileError::Missing);
        }
        let holds = self.folder.as_deref().is_some_and(|it| it == path || it.starts_with(&inside));
        if let (true, Host::Node(node)) = (holds, &self.host) {
            self.world.remove_folder(node)?;
            self.there = false;
        }
        self.discard(&path)
    }

    pub(super) fn make_folder(&mut self, path: &str) -> Result<(), FileError> {
        let path = self.absolute(path);
        if let (Host::Node(node), true) = (&self.host, self.folder.as_deref() == Some(&*path)) {
            self.world.make_folder(node)?;
            self.there = true;
            return Ok(());
        }
        if self.is_folder(&path) { Ok(()) } else { self.store(path + "/", "") }
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> Result<(), FileError> {
        let (from, to) = (self.absolute(from), self.absolute(to));
        if let (Some((node, old)), Some((_, new))) = (self.manifest(&from), self.manifest(&to)) {
            return Ok(self.world.rename(&node, &old, &new)?);
        }
        let text = self.read(&from)?;
        self.write(&to, &text)?;
        self.remove(&from)
    }

    pub(super) fn touch(&mut self, path: &str) -> Result<(), FileError> {
        let whole = self.absolute(path);
        match self.manifest(&whole) {
            Some((node, name)) if self.world.read(&node, &name).is_ok() => {
                Ok(self.world.touch(&node, &name)?)
            }
            _ => {
                let text = self.read(&whole).unwrap_or_default();
                self.write(&whole, &text)
            }
        }
    }

    /// The names in a folder, those of folders with a `/` behind them.
    pub(super) fn names(&self, path: &str) -> Result<Vec<String>, FileError> {
        let path = self.absolute(path);
        if !self.is_folder(&path) {
            return Err(if self.read(&path).is_ok() { FileError::NotFolder } else { FileError::Missing });
        }
        let inside = format!("{}/", path.trim_end_matches('/'));
        let mut names: BTreeMap<String, bool> = BTreeMap::new();
        let manifests = self.folder.as_deref().filter(|_| self.there).map(|path| format!("{path}/"));
        for path in self.paths().chain(manifests.as_deref()) {
            let Some(rest) = path.strip_prefix(&inside) else { continue };
            match rest.split_once('/') {
                Some((first, _)) => drop(names.insert(first.to_owned(), true)),
                None if rest.is_empty() => {}
                None => drop(names.insert(rest.to_owned(), false)),
            }
        }
        if self.folder.as_deref() == Some(&*path) {
            names.extend(self.manifests().into_iter().map(|name| (name, false)));
        }
        Ok(names.into_iter().map(|(name, folder)| if folder { name + "/" } else { name }).collect())
    }
}
