//! The files as last read: parsed once for the same content, with what people are shown of each.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Write as _},
    sync::Arc,
};

use super::{
    SourceLog,
    store::{Key, Store, key_of},
};
use crate::{
    config::InvalidManifest,
    contract::{EntryKind, FileContent},
    id::NodeName,
    kubelet::write_pod,
    manifest::{Code, Diagnostic, Origin, Parsed, Pod, Severity, Specs, Stage},
    view::FileView,
};

pub(super) type Parser = fn(&[u8], &Origin<'_>) -> Parsed;

/// Every file that was read, by path.
#[derive(Clone, Debug)]
pub(super) struct Files {
    node: NodeName,
    policy: InvalidManifest,
    parse: Parser,
    by_path: BTreeMap<Arc<str>, File>,
    /// The accepted files of each key, in order: more than one when names clash.
    holders: BTreeMap<Key, Vec<Arc<str>>>,
    specs: Specs,
}

/// A file as it was last read.
#[derive(Clone, Debug)]
struct File {
    content: FileContent,
    reading: Reading,
    last_good: Option<Arc<Pod>>,
    view: Arc<FileView>,
}

#[derive(Clone, Debug)]
struct Reading {
    pod: Result<Arc<Pod>, Arc<str>>,
    diagnostics: Vec<Diagnostic>,
}

impl Files {
    pub(super) fn new(node: NodeName, policy: InvalidManifest, parse: Parser) -> Self {
        Self {
            node,
            policy,
            parse,
            by_path: BTreeMap::new(),
            holders: BTreeMap::new(),
            specs: Specs::default(),
        }
    }

    pub(super) fn write_essence(&self, f: &mut String) -> fmt::Result {
        for (path, file) in &self.by_path {
            writeln!(f, "{path}")?;
            match &file.content {
                FileContent::Bytes(bytes) => f.push_str(&String::from_utf8_lossy(bytes)),
                content @ (FileContent::TooBig | FileContent::Unreadable(_)) => writeln!(f, "{content:?}")?,
            }
            if let Some(pod) = &file.last_good {
                write_pod(f, pod)?;
            }
        }
        Ok(())
    }

    pub(super) fn views(&self) -> impl Iterator<Item = &Arc<FileView>> {
        self.by_path.values().map(|file| &file.view)
    }

    /// What the file came to, or the kubelet's words why to nothing.
    pub(super) fn reading(&self, path: &str) -> Option<Result<Arc<Pod>, Arc<str>>> {
        self.by_path.get(path).map(|file| file.reading.pod.clone())
    }

    /// Whether these are the files that were read, and each holds what it held. `entries` are in the order of their names.
    pub(super) fn are_exactly<'a>(
        &self,
        folder: &str,
        mut entries: impl Iterator<Item = (&'a str, &'a EntryKind)>,
    ) -> bool {
        let same = |(path, file): (&Arc<str>, &File)| {
            let (name, kind) = entries.next()?;
            let is_path = path.strip_prefix(folder)?.strip_prefix('/')? == name;
            (is_path && matches!(kind, EntryKind::File(content) if content.is(&file.content))).then_some(())
        };
        self.by_path.iter().map(same).all(|same| same.is_some()) && entries.next().is_none()
    }

    /// Whether this file alone asks for its pod, be it by what it held before.
    pub(super) fn is_alone(&self, path: &str) -> bool {
        let Some(Ok(pod)) = self.by_path.get(path).map(|file| &file.reading.pod) else { return false };
        match self.policy {
            InvalidManifest::Kubelet => self.holders.get(&key_of(pod)).is_some_and(|paths| paths.len() == 1),
            // A broken file counts too: so only where each file holds a pod of its own.
            InvalidManifest::KeepLastGood => self.holders.len() == self.by_path.len(),
        }
    }

    /// What a full pass says of the files that cannot be used.
    pub(super) fn errors(&self) -> impl Iterator<Item = SourceLog> {
        self.by_path.iter().filter_map(|(path, file)| {
            let error = file.reading.pod.as_ref().err()?;
            Some(SourceLog::ManifestFile { path: Arc::clone(path), error: Arc::clone(error) })
        })
    }

    /// What the file held when it could last be used, where the policy keeps that.
    pub(super) fn last_good(&self, path: &str) -> Option<Arc<Pod>> {
        self.by_path.get(path)?.last_good.clone()
    }

    /// Reads a file unless it holds what it held; gives the keys whose holders changed.
    pub(super) fn read(&mut self, path: &Arc<str>, content: &FileContent) -> Vec<Key> {
        if self.by_path.get(path).is_some_and(|file| file.content.is(content)) {
            return Vec::new();
        }
        let reading = self.parse(path, content);
        let before = self.by_path.remove(path);
        let mut touched = Vec::new();
        if let Some(Ok(pod)) = before.as_ref().map(|file| &file.reading.pod) {
            touched.push(key_of(pod));
            self.release(&key_of(pod), path);
        }
        if let Ok(pod) = &reading.pod {
            let key = key_of(pod);
            let holders = self.holders.entry(Arc::clone(&key)).or_default();
            if let Err(at) = holders.binary_search(path) {
                holders.reserve_exact(1);
                holders.insert(at, Arc::clone(path));
            }
            touched.push(key);
        }
        let last_good = match (self.policy, &reading.pod) {
            (InvalidManifest::Kubelet, _) => None,
            (InvalidManifest::KeepLastGood, Ok(pod)) => Some(Arc::clone(pod)),
            (InvalidManifest::KeepLastGood, Err(_)) => {
                before.as_ref().and_then(|file| file.last_good.clone())
            }
        };
        let view = before.map_or_else(|| Arc::new(view_of(path, &reading, false, &[])), |file| file.view);
        let file = File { content: content.clone(), reading, last_good, view };
        self.by_path.insert(Arc::clone(path), file);
        touched
    }

    pub(super) fn forget(&mut self, path: &Arc<str>) -> Vec<Key> {
        match self.by_path.remove(path).map(|file| file.reading.pod) {
            Some(Ok(pod)) => {
                let key = key_of(&pod);
                self.release(&key, path);
                vec![key]
            }
            Some(Err(_)) | None => Vec::new(),
        }
    }

    pub(super) fn forget_all_but(&mut self, present: &BTreeSet<&Arc<str>>) {
        let gone: Vec<Arc<str>> =
            self.by_path.keys().filter(|path| !present.contains(path)).cloned().collect();
        for path in gone {
            self.forget(&path);
        }
    }

    /// Brings the view of `path` and of every file that shares a key in `touched` up to date.
    pub(super) fn refresh(&mut self, path: &Arc<str>, mut touched: Vec<Key>, store: &Store) {
        if let Some(Ok(pod)) = self.reading(path) {
            touched.push(key_of(&pod));
        }
        let mut paths = crate::sort::set([Arc::clone(path)]);
        for key in touched {
            paths.extend(self.holders.get(&key).into_iter().flatten().cloned());
        }
        for path in paths {
            self.refresh_one(&path, store);
        }
    }

    pub(super) fn refresh_all(&mut self, store: &Store) {
        let paths: Vec<Arc<str>> = self.by_path.keys().cloned().collect();
        for path in paths {
            self.refresh_one(&path, store);
        }
    }

    fn refresh_one(&mut self, path: &Arc<str>, store: &Store) {
        let Some(file) = self.by_path.get(path) else { return };
        let (mut wins, mut rivals) = (false, Vec::new());
        if let Ok(pod) = &file.reading.pod {
            let key = key_of(pod);
            wins = store.get(&key).is_some_and(|held| held.file == *path && store.is_pushed(held));
            let holders = self.holders.get(&key).into_iter().flatten();
            rivals = holders.filter(|other| *other != path).cloned().collect();
        }
        let view = view_of(path, &file.reading, wins, &rivals);
        if *file.view != view
            && let Some(file) = self.by_path.get_mut(path)
        {
            file.view = Arc::new(view);
        }
    }

    fn release(&mut self, key: &Key, path: &Arc<str>) {
        if let Some(paths) = self.holders.get_mut(key) {
            paths.retain(|other| other != path);
            if paths.is_empty() {
                self.holders.remove(key);
            }
        }
    }

    fn parse(&mut self, path: &Arc<str>, content: &FileContent) -> Reading {
        let bytes = match content {
            FileContent::Bytes(bytes) => bytes,
            FileContent::TooBig => return unreadable("the read limit is reached"),
            FileContent::Unreadable(text) => return unreadable(text),
        };
        let parsed = (self.parse)(bytes, &Origin { path, node: &self.node });
        let mut pod = parsed.pod;
        if let Some(pod) = pod.as_mut().and_then(Arc::get_mut) {
            pod.file = Arc::clone(path);
            self.specs.share(pod);
        }
        let pod = pod.ok_or_else(|| {
            let inner = parsed.error.unwrap_or_else(|| "no pod".into());
            match parsed.stage {
                Stage::Decode | Stage::Kind => {
                    format!("{path}: couldn't parse as pod({inner}), please check config file").into()
                }
                Stage::Read | Stage::Name | Stage::Validate | Stage::Reference | Stage::Ok => inner,
            }
        });
        Reading { pod, diagnostics: parsed.diagnostics }
    }
}

fn unreadable(error: &str) -> Reading {
    let diagnostic = Diagnostic {
        code: Code::Unreadable,
        severity: Severity::Error,
        message: error.to_owned(),
        field: "".into(),
        span: None,
        help: None,
    };
    Reading { pod: Err(error.into()), diagnostics: vec![diagnostic] }
}

fn view_of(path: &Arc<str>, reading: &Reading, wins: bool, rivals: &[Arc<str>]) -> FileView {
    let mut diagnostics = reading.diagnostics.clone();
    if let (Ok(pod), false) = (&reading.pod, rivals.is_empty()) {
        let (name, others) = (key_of(pod), rivals.join(", "));
        diagnostics.push(Diagnostic {
            code: Code::DuplicatePod,
            severity: Severity::Warning,
            message: format!("pod {name} is also in {others}; only one of them runs"),
            field: "metadata.name".into(),
            span: None,
            help: Some(
                "Give the pods different names, or keep one file: a full pass takes the last name in byte order."
                    .into(),
            ),
        });
    }
    FileView {
        path: Arc::clone(path),
        pod: reading.pod.as_ref().ok().map(|pod| pod.id.clone()),
        wins,
        error: reading.pod.as_ref().err().cloned(),
        diagnostics,
    }
}
