//! What the API server fills in, and what a new cluster has.

use serde_json::{Map, Value, json};

use super::{ApiError, Kind, Meta, Object, PodSpecBody, meta, object::Body};
use crate::manifest::api::{ApiPodError, with_defaults};

/// The objects that are there from the beginning.
pub(super) fn first_objects() -> impl Iterator<Item = Object> {
    let namespaces = ["default", "kube-node-lease", "kube-public", "kube-system"];
    let namespace = |name: &str| Object::new(Kind::Namespace, Meta::named("", name), json!({}));
    let classes =
        [("system-cluster-critical", 2_000_000_000_u32), ("system-node-critical", 2_000_001_000_u32)];
    let class = |(name, value): (&str, u32)| {
        Object::new(Kind::PriorityClass, Meta::named("", name), json!({"value": value}))
    };
    namespaces.into_iter().map(namespace).chain(classes.into_iter().map(class))
}

/// Whether changes of the spec are counted.
pub(super) const fn has_generation(kind: Kind) -> bool {
    match kind {
        Kind::Pod | Kind::DaemonSet | Kind::ReplicaSet | Kind::Deployment => true,
        Kind::Node
        | Kind::Namespace
        | Kind::Event
        | Kind::Lease
        | Kind::Service
        | Kind::ConfigMap
        | Kind::Secret
        | Kind::ServiceAccount
        | Kind::ResourceQuota
        | Kind::LimitRange
        | Kind::PriorityClass => false,
    }
}

/// Fills in what its author left out.
pub(super) fn apply(object: &mut Object) -> Result<(), ApiError> {
    match object.kind {
        Kind::Pod => pod(object),
        Kind::DaemonSet => {
            template(object)?;
            fill(
                object,
                &json!({
                    "revisionHistoryLimit": 10,
                    "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}},
                }),
            );
            Ok(())
        }
        Kind::ReplicaSet => {
            template(object)?;
            fill(object, &json!({"replicas": 1}));
            Ok(())
        }
        Kind::Deployment => {
            template(object)?;
            fill(
                object,
                &json!({
                    "replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600,
                    "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
                }),
            );
            Ok(())
        }
        Kind::Namespace => {
            let name = object.meta.name.to_string();
            meta::set(&mut object.meta.labels, "kubernetes.io/metadata.name", Some(&name));
            if object.at("/spec").is_null() {
                object.set_field("spec", json!({"finalizers": ["kubernetes"]}));
            }
            if object.at("/status").is_null() {
                object.set_field("status", json!({"phase": "Active"}));
            }
            Ok(())
        }
        Kind::Service => {
            fill(object, &json!({"type": "ClusterIP", "sessionAffinity": "None"}));
            Ok(())
        }
        Kind::Node
        | Kind::Event
        | Kind::Lease
        | Kind::ConfigMap
        | Kind::Secret
        | Kind::ServiceAccount
        | Kind::ResourceQuota
        | Kind::LimitRange
        | Kind::PriorityClass => Ok(()),
    }
}

fn pod(object: &mut Object) -> Result<(), ApiError> {
    let Body::Pod(body) = &object.body else { return Ok(()) };
    if matches!(body.spec, PodSpecBody::Static(_)) {
        return Ok(());
    }
    let spec = completed(object.kind, &object.meta.name, &object.to_json())?;
    object.set_field("spec", spec);
    if object.pod().is_some_and(|pod| pod.status_text("phase").is_none()) {
        let mut status = object.field("status");
        if !status.is_object() {
            status = json!({});
        }
        status["phase"] = "Pending".into();
        object.set_field("status", status);
    }
    Ok(())
}

/// The pod template of a controller's object.
fn template(object: &mut Object) -> Result<(), ApiError> {
    let mut spec = object.field("spec");
    let Some(given) = spec.pointer("/template/spec").filter(|given| given.is_object()) else { return Ok(()) };
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "template"}, "spec": given});
    spec["template"]["spec"] = completed(object.kind, &object.meta.name, &pod)?;
    object.set_field("spec", spec);
    Ok(())
}

fn completed(kind: Kind, name: &str, pod: &Value) -> Result<Value, ApiError> {
    match with_defaults(pod) {
        Ok(mut pod) => Ok(pod["spec"].take()),
        Err(ApiPodError::Decode(text)) => Err(ApiError::BadRequest(format!(
            "{} in version \"v1\" cannot be handled as a Pod: {text}",
            kind.name()
        ))),
        Err(ApiPodError::Invalid(errors)) => {
            let errors = errors.iter().map(ToString::to_string).collect();
            Err(ApiError::Invalid { kind, name: name.to_owned(), errors })
        }
    }
}

/// Puts fields into `spec` where it has none.
fn fill(object: &mut Object, defaults: &Value) {
    let mut spec = object.field("spec");
    if spec.is_null() {
        spec = Value::Object(Map::new());
    }
    let rolling = |spec: &Value, key: &str| {
        spec.get(key).and_then(|it| it.get("type")).is_some_and(|it| it != "RollingUpdate")
    };
    let (keep_strategy, keep_update) = (rolling(&spec, "strategy"), rolling(&spec, "updateStrategy"));
    merge_missing(&mut spec, defaults);
    for (keep, key) in [(keep_strategy, "strategy"), (keep_update, "updateStrategy")] {
        if let (true, Some(strategy)) = (keep, spec.get_mut(key).and_then(Value::as_object_mut)) {
            strategy.remove("rollingUpdate");
        }
    }
    object.set_field("spec", spec);
}

fn merge_missing(into: &mut Value, defaults: &Value) {
    let (Value::Object(into), Value::Object(defaults)) = (into, defaults) else { return };
    for (key, value) in defaults {
        match into.get_mut(key) {
            Some(known) => merge_missing(known, value),
            None => drop(into.insert(key.clone(), value.clone())),
        }
    }
}
