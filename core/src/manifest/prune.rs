//! Takes out of a Pod what Kubernetes does not print: empty lists, empty texts, zeros and `false` in fields that do not tell zero from
//! absent. Fields that do (pointers in Kubernetes' Go types, such as `runAsUser: 0`) stay.

use super::tree::{Node, Number, Value};

/// Removes, everywhere, what counts as absent.
pub fn prune(pod: &mut Node) {
    object(pod);
}

/// Maps with keys of the author's own: their values stay as they are, and they go when they are empty.
const FREE_MAPS: [&str; 8] = [
    "annotations",
    "labels",
    "limits",
    "matchLabels",
    "nodeSelector",
    "overhead",
    "requests",
    "volumeAttributes",
];

/// Texts, numbers and booleans that stay when they are empty, because absent means something else, or because they are always printed.
const KEPT: [&str; 36] = [
    "activeDeadlineSeconds",
    "allowPrivilegeEscalation",
    "automountServiceAccountToken",
    "containerPort",
    "defaultMode",
    "divisor",
    "enableServiceLinks",
    "expirationSeconds",
    "fsGroup",
    "gracePeriodSeconds",
    "hostProcess",
    "hostUsers",
    "image",
    "key",
    "lun",
    "minDomains",
    "mode",
    "mountPath",
    "optional",
    "path",
    "priority",
    "privileged",
    "readOnlyRootFilesystem",
    "runAsGroup",
    "runAsNonRoot",
    "runAsUser",
    "seconds",
    "service",
    "setHostnameAsFQDN",
    "shareProcessNamespace",
    "storageClassName",
    "terminationGracePeriodSeconds",
    "tolerationSeconds",
    "topologyKey",
    "type",
    "weight",
];

fn object(node: &mut Node) {
    let Value::Map(fields) = &mut node.value else { return };
    fields.retain_mut(|field| {
        let free = FREE_MAPS.contains(&&*field.key);
        match &mut field.node.value {
            Value::Null => false,
            Value::Bool(false) | Value::Number(Number::Int(0)) => KEPT.contains(&&*field.key),
            Value::String(text) if text.is_empty() => KEPT.contains(&&*field.key),
            Value::List(items) => {
                items.iter_mut().for_each(object);
                !items.is_empty()
            }
            Value::Map(entries) if free => !entries.is_empty(),
            Value::Map(_) => {
                object(&mut field.node);
                true
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        }
    });
}
