//! The rules of the Pod API, as the kubelet applies them to a static pod: one family of rules per file.
//!
//! Rules see the pod after its defaults and after it was bound to its node. Nothing here changes it. The order of what is found is
//! Kubernetes' own (`pkg/apis/core/validation/validation.go`); where Kubernetes goes through a map in no order, ours is by key.

mod affinity;
mod annotations;
mod claim;
mod container;
mod dns;
mod env;
mod json;
mod metadata;
mod mounts;
mod pod;
mod pod_resources;
mod ports;
mod probe;
mod projected;
mod resources;
mod restart;
mod security;
mod selector;
mod storage;
mod text;
mod tolerations;
mod volume;
mod windows;

#[cfg(test)]
mod tests;

use super::{FieldError, at::At, errors::Errors, tree::Node};

/// Everything that is wrong with a Pod; nothing, when it is accepted.
#[must_use]
pub fn validate(pod: &Node) -> Vec<FieldError> {
    let mut errors = Errors::default();
    let pod = At::root(pod);
    let (metadata, spec) = (pod.field("metadata"), pod.field("spec"));
    metadata::check(&metadata, &mut errors);
    annotations::check(&metadata.field("annotations"), &spec, &mut errors);
    pod::check(&metadata, &spec, &mut errors);
    pod::check_as_pod(&spec, &mut errors);
    pod::check_on_create(&spec, &mut errors);
    annotations::check_against_fields(&metadata.field("annotations"), &spec, &mut errors);
    errors.into_vec()
}

/// All containers, in the order in which Kubernetes visits them.
fn all_containers<'a>(spec: &At<'a>) -> Vec<At<'a>> {
    let lists = ["initContainers", "containers", "ephemeralContainers"].map(|name| spec.field(name));
    lists.iter().flat_map(|list| list.items().collect::<Vec<_>>()).collect()
}
