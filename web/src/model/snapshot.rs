//! What the components draw: the core's views, shared so that what did not change compares by pointer.

use std::{ops::Deref, rc::Rc, sync::Arc};

use standfast_core::{
    contract::Pressure,
    id::NodeName,
    time::{Time, UnixSeconds},
    view::{FileView, NodeView, PodView},
};

use super::{PodKey, Shape};

/// Shared data that is equal when it is the same object.
#[derive(Debug)]
pub struct ByPointer<T>(pub Arc<T>);

impl<T> Clone for ByPointer<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
impl<T> PartialEq for ByPointer<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
impl<T> Deref for ByPointer<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

/// All nodes at a moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The moment.
    pub now: Time,
    /// The nodes, in the order they were added. The same `Rc` as before when nothing on the node changed.
    pub nodes: Vec<Rc<NodeState>>,
}

/// A node, without the moment: it changes only when something on it does.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeState {
    /// Its name.
    pub name: NodeName,
    /// The folder it reads.
    pub folder: Arc<str>,
    /// The wall clock at zero.
    pub epoch: UnixSeconds,
    /// When it next reads the whole folder.
    pub next_pass: Option<Time>,
    /// What it is short of.
    pub pressures: Vec<Pressure>,
    /// What is in the folder now, by name.
    pub files: Vec<FileRow>,
    /// Its pods.
    pub pods: Vec<ByPointer<PodView>>,
}

/// A file in a folder, with what the node made of it.
#[derive(Clone, Debug, PartialEq)]
pub struct FileRow {
    /// Its name.
    pub name: Rc<str>,
    /// As the node last read it; none when it has not.
    pub read: Option<ByPointer<FileView>>,
    /// Its shape.
    pub shape: Shape,
    /// The pod that runs from it.
    pub pod: Option<ByPointer<PodView>>,
}

impl Snapshot {
    /// The next snapshot: the views as they are, sharing with `self` what is the same. `list` names the files of a node.
    #[must_use]
    pub fn next(&self, now: Time, views: &[NodeView], list: impl Fn(&NodeName) -> Vec<Rc<str>>) -> Self {
        let nodes = views
            .iter()
            .map(|view| {
                let state = NodeState::new(view, list(&view.name));
                let before = self.nodes.iter().find(|node| node.name == view.name);
                match before {
                    Some(before) if **before == state => Rc::clone(before),
                    Some(_) | None => Rc::new(state),
                }
            })
            .collect();
        Self { now, nodes }
    }

    /// The node of this name.
    #[must_use]
    pub fn node(&self, name: &NodeName) -> Option<&Rc<NodeState>> {
        self.nodes.iter().find(|node| &node.name == name)
    }

    /// The pod of this name; the newest when an old one is still being stopped.
    #[must_use]
    pub fn pod(&self, key: &PodKey) -> Option<&ByPointer<PodView>> {
        let matches =
            |pod: &&ByPointer<PodView>| *pod.id.namespace == *key.namespace && *pod.id.name == *key.name;
        self.node(&key.node)?.pods.iter().filter(matches).max_by_key(|pod| pod.seen)
    }

    /// How many pods there are.
    #[must_use]
    pub fn pod_count(&self) -> usize {
        self.nodes.iter().map(|node| node.pods.len()).sum()
    }
}

impl NodeState {
    fn new(view: &NodeView, names: Vec<Rc<str>>) -> Self {
        let files = names.into_iter().map(|name| FileRow::new(view, name)).collect();
        Self {
            name: view.name.clone(),
            folder: Arc::clone(&view.static_pod_path),
            epoch: view.epoch,
            next_pass: view.next_pass,
            pressures: view.pressures.clone(),
            files,
            pods: view.pods.iter().cloned().map(ByPointer).collect(),
        }
    }

    /// The whole path of a file in its folder.
    #[must_use]
    pub fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.folder)
    }

    /// The shape of its worst pod or file.
    #[must_use]
    pub fn worst(&self) -> Shape {
        let pods = self.pods.iter().map(|pod| Shape::of_pod(pod));
        let files = self.files.iter().map(|file| file.shape);
        pods.chain(files).max_by_key(|shape| shape.urgency()).unwrap_or(Shape::Completed)
    }
}

impl FileRow {
    fn new(view: &NodeView, name: Rc<str>) -> Self {
        let in_folder = |path: &str| {
            path.strip_prefix(&*view.static_pod_path).and_then(|rest| rest.strip_prefix('/')) == Some(&*name)
        };
        let read = view.files.iter().find(|file| in_folder(&file.path)).cloned().map(ByPointer);
        let asked = read.as_ref().and_then(|file| file.pod.as_ref());
        let pod = asked.and_then(|id| view.pods.iter().find(|pod| &pod.id == id)).cloned().map(ByPointer);
        let shape = match (&read, &pod) {
            (Some(file), _) if file.error.is_some() => Shape::Refused,
            (Some(file), _) if !file.wins => Shape::Shadowed,
            (Some(_), Some(pod)) => Shape::of_pod(pod),
            (Some(file), None) if file.pod.is_some() => Shape::Starting,
            (None, _) | (Some(_), None) => Shape::Unread,
        };
        Self { name, read, shape, pod }
    }
}
