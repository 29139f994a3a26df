//! The rules of the Pod API, as the kubelet applies them to a static pod: one family of rules per file.
//!
//! Rules see the pod after its defaults and after it was bound to its node. Nothing here changes it. The order of what is found is
//! Kubernetes' own (`pkg/apis/core/validation/validation.go`); where Kubernetes goes through a map in no order, ours is by key.

use super::{
    FieldError,
    at::{At, Errors},
    tree::Node,
};

/// Everything that is wrong with a Pod; nothing, when it is accepted.
#[must_use]
pub fn validate(pod: &Node) -> Vec<FieldError> {
    let mut errors = Errors::default();
    let pod = At::root(pod);
    let spec = pod.field("spec");
    if spec.field("containers").is_empty() {
        errors.required(&spec.field("containers"), "");
    }
    errors.into_vec()
}
