//! Pods, containers and files of a view, by the names that scenarios give them.

use std::sync::Arc;

use super::check::{Unmet, unmet};
use crate::view::{ContainerView, FileView, NodeView, PodView};

/// A pod's name without the node's suffix.
pub(super) fn bare<'a>(name: &'a str, view: &NodeView) -> &'a str {
    name.strip_suffix(view.name.as_str()).and_then(|rest| rest.strip_suffix('-')).unwrap_or(name)
}

pub(super) fn is_named(pod: &str, name: &str, view: &NodeView) -> bool {
    pod == name || bare(pod, view) == name
}

/// The pod of this name; of several the one that was seen last.
pub(super) fn find<'a>(view: &'a NodeView, name: &str) -> Result<&'a PodView, Unmet> {
    let named = view.pods.iter().filter(|pod| is_named(&pod.id.name, name, view));
    let newest = named.enumerate().max_by_key(|(index, pod)| (pod.seen, *index)).map(|(_, pod)| &**pod);
    newest.ok_or_else(|| {
        let known: Vec<&str> = view.pods.iter().map(|pod| &*pod.id.name).collect();
        unmet(format!("pod {name}"), format!("no such pod; the node has {known:?}"))
    })
}

pub(super) fn containers(pod: &PodView) -> impl Iterator<Item = &ContainerView> {
    pod.init_containers.iter().chain(&pod.containers)
}

pub(super) fn find_container<'a>(
    view: &'a NodeView,
    pod: &str,
    name: &str,
) -> Result<&'a ContainerView, Unmet> {
    let pod = find(view, pod)?;
    containers(pod).find(|container| container.name.as_str() == name).ok_or_else(|| {
        unmet(format!("container {name}"), format!("pod {} is {} and has none", pod.id.name, pod.phase))
    })
}

pub(super) fn find_file<'a>(view: &'a NodeView, name: &str) -> Result<&'a FileView, Unmet> {
    let named = |file: &&Arc<FileView>| &*file.path == name || file.path.rsplit('/').next() == Some(name);
    view.files
        .iter()
        .find(named)
        .map(|file| &**file)
        .ok_or_else(|| unmet(format!("file {name}"), "it was not read".into()))
}
