//! Patches: JSON merge patch, and the strategic one that knows by what the items of a list are told apart.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How a patch is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PatchKind {
    /// Lists replace lists.
    Merge,
    /// Items of known lists are merged by their key.
    Strategic,
}

/// Lists whose items have a key, and the key. The fields of a pod, and those of objects around it.
const KEYS: [(&str, &str); 16] = [
    ("containers", "name"),
    ("initContainers", "name"),
    ("ephemeralContainers", "name"),
    ("volumes", "name"),
    ("env", "name"),
    ("volumeMounts", "mountPath"),
    ("volumeDevices", "devicePath"),
    ("ports", "containerPort"),
    ("imagePullSecrets", "name"),
    ("hostAliases", "ip"),
    ("topologySpreadConstraints", "topologyKey"),
    ("conditions", "type"),
    ("addresses", "type"),
    ("ownerReferences", "uid"),
    ("secrets", "name"),
    ("images", "names"),
];

/// Applies a patch.
pub fn apply(target: &mut Value, patch: &Value, kind: PatchKind) {
    let Value::Object(fields) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(into) = target else { return };
    if kind == PatchKind::Strategic && fields.get("$patch").and_then(Value::as_str) == Some("replace") {
        into.clone_from(fields);
        into.remove("$patch");
        return;
    }
    for (key, value) in fields {
        if value.is_null() {
            into.remove(key);
            continue;
        }
        let known = KEYS.iter().find(|(list, _)| list == key).map(|(_, by)| *by);
        match (kind, value, known) {
            (PatchKind::Strategic, Value::Array(items), Some(by)) => {
                let list = into.entry(key.clone()).or_insert_with(|| Value::Array(Vec::new()));
                merge_list(list, items, by_of(key, by, items));
            }
            (PatchKind::Strategic, Value::Array(items), None) if key == "finalizers" => {
                let list = into.entry(key.clone()).or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(list) = list {
                    list.extend(
                        items.iter().filter(|item| !list.contains(item)).cloned().collect::<Vec<_>>(),
                    );
                }
            }
            (PatchKind::Merge | PatchKind::Strategic, value, _) => {
                apply(into.entry(key.clone()).or_insert(Value::Null), value, kind);
            }
        }
    }
}

/// The ports of a service are told apart by `port`.
fn by_of(list: &str, by: &'static str, items: &[Value]) -> &'static str {
    let of_service = list == "ports" && items.iter().all(|item| item.get("containerPort").is_none());
    if of_service { "port" } else { by }
}

fn merge_list(list: &mut Value, items: &[Value], by: &str) {
    if !list.is_array() {
        *list = Value::Array(Vec::new());
    }
    let Value::Array(list) = list else { return };
    for item in items {
        let same = |known: &Value| known.get(by).is_some() && known.get(by) == item.get(by);
        let at = list.iter().position(same);
        if item.get("$patch").and_then(Value::as_str) == Some("delete") {
            if let Some(at) = at {
                list.remove(at);
            }
            continue;
        }
        match at.and_then(|at| list.get_mut(at)) {
            Some(known) => apply(known, item, PatchKind::Strategic),
            None => list.push(item.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn strategic_patches_merge_containers_by_name() {
        let mut pod = json!({"spec": {"containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "y"}]}, "metadata": {"labels": {"k": "v"}}});
        let patch = json!({"spec": {"containers": [{"name": "b", "image": "z"}]}, "metadata": {"labels": {"k": null, "n": "1"}}});
        let mut merged = pod.clone();
        apply(&mut pod, &patch, PatchKind::Strategic);
        assert_eq!(
            pod,
            json!({"spec": {"containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "z"}]}, "metadata": {"labels": {"n": "1"}}})
        );
        apply(&mut merged, &patch, PatchKind::Merge);
        assert_eq!(merged["spec"]["containers"], json!([{"name": "b", "image": "z"}]));
    }
}
