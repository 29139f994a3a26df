//! Pods that come from an API server: the same schema, defaults and rules as those of a file, without what makes a pod a static one.

use std::sync::Arc;

use super::{FieldError, Pod, checks, defaults, extract, kind, load, print, schema, static_pod, tree::Node};
use crate::id::PodRef;

/// Why a pod is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiPodError {
    /// It cannot be read as a Pod.
    Decode(String),
    /// It breaks rules.
    Invalid(Vec<FieldError>),
}

/// A Pod object with its defaults, when it keeps the rules.
pub fn complete(object: &serde_json::Value) -> Result<serde_json::Value, ApiPodError> {
    let pod = decode(object)?;
    let errors = checks::validate(&pod);
    if errors.is_empty() { Ok(print::to_json(&pod)) } else { Err(ApiPodError::Invalid(errors)) }
}

/// A Pod object with its defaults, whatever its rules: what a template is completed with.
pub fn with_defaults(object: &serde_json::Value) -> Result<serde_json::Value, ApiPodError> {
    decode(object).map(|pod| print::to_json(&pod))
}

/// The pod that a kubelet is to run.
pub fn bound(object: &serde_json::Value, id: PodRef) -> Result<Arc<Pod>, ApiPodError> {
    let mut pod = decode(object)?;
    for gone in ["apiVersion", "kind", "status"] {
        pod.remove(gone);
    }
    Ok(Arc::new(extract(pod, id, "")))
}

/// What of the API's objects a pod refers to, when a static pod may not.
#[must_use]
pub fn refused_reference(object: &serde_json::Value) -> Option<String> {
    let pod = decode(object).ok()?;
    let (refused, _) = static_pod::refused_reference(&pod)?;
    let text = refused.to_string();
    Some(text.rsplit_once("reference ").map_or(text.clone(), |(_, what)| what.to_owned()))
}

fn decode(object: &serde_json::Value) -> Result<Node, ApiPodError> {
    let bytes = serde_json::to_vec(object).unwrap_or_default();
    let loaded = load(&bytes).map_err(|error| ApiPodError::Decode(error.text))?;
    kind::identify(&loaded.root, loaded.format, &bytes)
        .map_err(|stranger| ApiPodError::Decode(stranger.text))?;
    let decoded = schema::decode(&loaded.root, loaded.format, &bytes);
    if let Some(misfit) = decoded.misfits.first() {
        return Err(ApiPodError::Decode(misfit.text.clone()));
    }
    let mut pod = decoded.pod;
    defaults::apply(&mut pod);
    Ok(pod)
}
