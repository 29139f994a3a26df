//! A pod of the API as a kubelet runs it: with the values of its config maps and secrets in place.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{ApiServer, Kind, Object, PodSpecBody};
use crate::{
    id::PodRef,
    manifest::{Pod, api},
};

/// The pod as a kubelet runs it; `None` when it is none, or its spec cannot be read.
///
/// Variables from config maps and secrets that are there become plain ones, and volumes of them become empty folders: what would be in the files is
/// not simulated. What refers to nothing that is there is left out, where a real kubelet would wait.
#[must_use]
pub fn as_run(server: &ApiServer, object: &Object) -> Option<Arc<Pod>> {
    match &object.pod()?.spec {
        PodSpecBody::Static(pod) => Some(Arc::clone(pod)),
        PodSpecBody::Json(_) => {
            let mut json = object.to_json();
            let namespace = &*object.meta.namespace;
            for list in ["containers", "initContainers"] {
                for container in
                    json["spec"].get_mut(list).and_then(Value::as_array_mut).into_iter().flatten()
                {
                    fill(server, namespace, container);
                }
            }
            for volume in json["spec"].get_mut("volumes").and_then(Value::as_array_mut).into_iter().flatten()
            {
                let sources =
                    [("configMap", "name", Kind::ConfigMap), ("secret", "secretName", Kind::Secret)];
                let there = sources.iter().any(|(field, name, kind)| {
                    let name = volume.get(field).and_then(|it| it.get(name)).and_then(Value::as_str);
                    name.is_some_and(|name| server.get(*kind, namespace, name).is_ok())
                });
                if there || volume.get("projected").is_some() {
                    *volume = json!({"name": volume["name"], "emptyDir": {}});
                }
            }
            let id = PodRef::new(
                &*object.meta.uid,
                Arc::clone(&object.meta.namespace),
                Arc::clone(&object.meta.name),
            );
            api::bound(&json, id).ok()
        }
    }
}

fn fill(server: &ApiServer, namespace: &str, container: &mut Value) {
    let mut env: Vec<Value> = Vec::new();
    let kept: Vec<Value> = container["envFrom"].as_array().cloned().unwrap_or_default();
    let mut rest = Vec::new();
    for source in kept {
        match data(server, namespace, &source, ("configMapRef", "secretRef")) {
            Some(data) => {
                let prefix = source.get("prefix").and_then(Value::as_str).unwrap_or_default().to_owned();
                env.extend(
                    data.into_iter()
                        .map(|(key, value)| json!({"name": format!("{prefix}{key}"), "value": value})),
                );
            }
            None => rest.push(source),
        }
    }
    for variable in container["env"].as_array().cloned().unwrap_or_default() {
        let from = variable.get("valueFrom").cloned().unwrap_or_default();
        let named = |field: &str| from.get(field).and_then(|it| it.get("key")).and_then(Value::as_str);
        let key = named("configMapKeyRef").or_else(|| named("secretKeyRef")).map(str::to_owned);
        let found = data(server, namespace, &from, ("configMapKeyRef", "secretKeyRef"))
            .zip(key)
            .and_then(|(data, key)| data.into_iter().find(|(name, _)| *name == key));
        match found {
            Some((_, value)) => env.push(json!({"name": variable["name"], "value": value})),
            None => env.push(variable),
        }
    }
    if let Value::Object(fields) = container {
        for (field, list) in [("env", env), ("envFrom", rest)] {
            if list.is_empty() {
                fields.remove(field);
            } else {
                fields.insert(field.to_owned(), Value::Array(list));
            }
        }
    }
}

/// The data of the config map or secret that a source names, as text.
fn data(
    server: &ApiServer,
    namespace: &str,
    source: &Value,
    (map, secret): (&str, &str),
) -> Option<Vec<(String, String)>> {
    let name = |field: &str| source.get(field).and_then(|it| it.get("name")).and_then(Value::as_str);
    let (object, secret) = match (name(map), name(secret)) {
        (Some(name), _) => (server.get(Kind::ConfigMap, namespace, name).ok()?, false),
        (None, Some(name)) => (server.get(Kind::Secret, namespace, name).ok()?, true),
        (None, None) => return None,
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut all: Vec<(String, String)> = Vec::new();
    for (key, value) in object.at("/data").as_object().into_iter().flatten() {
        let value = if secret { crate::manifest::decode_base64(&text(value)) } else { text(value) };
        all.push((key.clone(), value));
    }
    for (key, value) in object.at("/stringData").as_object().into_iter().flatten() {
        all.push((key.clone(), text(value)));
    }
    Some(all)
}
