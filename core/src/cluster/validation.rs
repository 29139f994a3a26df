//! Which objects are valid: names, pods by the same rules as a kubelet's, and what of a pod may change.

use serde_json::Value;

use super::{ApiError, Body, Kind, Object, PodSpecBody, Selector};
use crate::manifest::{
    api::{ApiPodError, complete},
    static_pod::CONFIG_MIRROR,
};

const CHANGED: &str = "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/// Whether a new object keeps the rules.
pub(super) fn create(object: &Object) -> Result<(), ApiError> {
    let (kind, name) = (object.kind, &*object.meta.name);
    if let Some(value) = object.meta.annotation(CONFIG_MIRROR)
        && object.pod().is_some_and(|pod| pod.node.is_none())
    {
        let text = format!(
            "metadata.annotations[{CONFIG_MIRROR}]: Invalid value: \"{value}\": must set spec.nodeName if mirror pod annotation is set"
        );
        return Err(ApiError::invalid(kind, name, text));
    }
    match &object.body {
        Body::Pod(pod) if matches!(pod.spec, PodSpecBody::Json(_)) => match complete(&object.to_json()) {
            Ok(_) => Ok(()),
            Err(ApiPodError::Decode(text)) => Err(ApiError::BadRequest(text)),
            Err(ApiPodError::Invalid(errors)) => {
                let errors = errors.iter().map(ToString::to_string).collect();
                Err(ApiError::Invalid { kind, name: name.to_owned(), errors })
            }
        },
        Body::Pod(_) | Body::Event(_) => Ok(()),
        Body::Json(_) => {
            if !is_subdomain(name) {
                let text = format!("metadata.name: Invalid value: \"{name}\": {SUBDOMAIN}");
                return Err(ApiError::invalid(kind, name, text));
            }
            controller(object)
        }
    }
}

fn is_subdomain(name: &str) -> bool {
    let label = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    name.len() <= 253 && name.split('.').all(label)
}

/// A controller's selector must take the pods that its template makes.
fn controller(object: &Object) -> Result<(), ApiError> {
    if !matches!(object.kind, Kind::DaemonSet | Kind::ReplicaSet | Kind::Deployment) {
        return Ok(());
    }
    let name = &*object.meta.name;
    if object.at("/spec/selector").is_null() {
        return Err(ApiError::invalid(object.kind, name, "spec.selector: Required value"));
    }
    let labels = object.at("/spec/template/metadata/labels");
    let value_of = |key: &str| labels.get(key).and_then(Value::as_str);
    if !Selector::of_object(object.at("/spec/selector")).holds(value_of) {
        let shown = if labels.is_null() { "null".to_owned() } else { labels.to_string() };
        let text = format!(
            "spec.template.metadata.labels: Invalid value: {shown}: `selector` does not match template `labels`"
        );
        return Err(ApiError::invalid(object.kind, name, text));
    }
    Ok(())
}

/// Whether an object may become another.
pub(super) fn update(old: &Object, new: &Object) -> Result<(), ApiError> {
    let (kind, name) = (new.kind, &*new.meta.name);
    let (was, is) = (old.meta.annotation(CONFIG_MIRROR), new.meta.annotation(CONFIG_MIRROR));
    if kind == Kind::Pod && was != is {
        let verb = if was.is_none() { "may not add" } else { "may not remove or update" };
        let text = format!("metadata.annotations[{CONFIG_MIRROR}]: Forbidden: {verb} mirror pod annotation");
        return Err(ApiError::invalid(kind, name, text));
    }
    match (&old.body, &new.body) {
        (Body::Pod(_), Body::Pod(_)) => {
            let (was, is) = (comparable(&old.field("spec")), comparable(&new.field("spec")));
            if was != is || !only_more(&old.field("spec"), &new.field("spec")) {
                return Err(ApiError::invalid(kind, name, CHANGED));
            }
            Ok(())
        }
        (Body::Json(_), Body::Json(_)) => {
            if old.at("/spec/selector") != new.at("/spec/selector")
                && controller(old).is_ok()
                && is_controller(kind)
            {
                let shown = new.at("/spec/selector").to_string();
                let text = format!("spec.selector: Invalid value: {shown}: field is immutable");
                return Err(ApiError::invalid(kind, name, text));
            }
            controller(new)
        }
        (Body::Pod(_) | Body::Json(_) | Body::Event(_), _) => Ok(()),
    }
}

const fn is_controller(kind: Kind) -> bool {
    matches!(kind, Kind::DaemonSet | Kind::ReplicaSet | Kind::Deployment)
}

/// A spec without what may change.
fn comparable(spec: &Value) -> Value {
    let mut spec = spec.clone();
    let Value::Object(fields) = &mut spec else { return spec };
    for free in ["activeDeadlineSeconds", "tolerations"] {
        fields.remove(free);
    }
    if fields.get("terminationGracePeriodSeconds").and_then(Value::as_i64).is_some_and(|it| it < 0) {
        fields.insert("terminationGracePeriodSeconds".to_owned(), 1.into());
    }
    for list in ["containers", "initContainers"] {
        for container in fields.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Value::Object(container) = container {
                container.remove("image");
            }
        }
    }
    spec
}

/// Whether tolerations were added and none taken away.
fn only_more(old: &Value, new: &Value) -> bool {
    let list = |spec: &Value| spec.get("tolerations").and_then(Value::as_array).cloned().unwrap_or_default();
    let (old, new) = (list(old), list(new));
    old.iter().all(|toleration| new.contains(toleration))
}
