//! Gives a Pod the shape in which Kubernetes prints it: empty lists, empty texts, zeros and `false` go, except in fields that tell
//! zero from absent (pointers in Go's types, such as `runAsUser: 0`), and what is always printed is there.

use super::{
    Span,
    tree::{Field, Node, Number, Value},
};

/// Removes, everywhere, what counts as absent.
pub fn prune(pod: &mut Node) {
    object(pod, "");
}

/// Maps with keys of the author's own: their values stay as they are, and they go when they are empty.
const FREE_MAPS: [&str; 10] = [
    "annotations",
    "labels",
    "limits",
    "matchLabels",
    "nodeSelector",
    "options",
    "overhead",
    "requests",
    "userAnnotations",
    "volumeAttributes",
];

/// Fields in which zero, `false` or empty text says something.
const KEPT: [&str; 28] = [
    "activeDeadlineSeconds",
    "allowPrivilegeEscalation",
    "automountServiceAccountToken",
    "blockOwnerDeletion",
    "controller",
    "defaultMode",
    "deletionGracePeriodSeconds",
    "enableServiceLinks",
    "expirationSeconds",
    "fsGroup",
    "hostProcess",
    "hostUsers",
    "lun",
    "minDomains",
    "mode",
    "optional",
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
    "terminationGracePeriodSeconds",
    "tolerationSeconds",
];

/// The same, for fields whose names mean something else elsewhere.
const KEPT_IN: [(&str, &str); 7] = [
    ("azureDisk", "fsType"),
    ("azureDisk", "readOnly"),
    ("hostPath", "type"),
    ("httpHeaders", "value"),
    ("options", "value"),
    ("projected", "sources"),
    ("sysctls", "value"),
];

/// What is printed even when nobody wrote it.
const ALWAYS: [(&str, &str, Zero); 4] = [
    ("httpHeaders", "value", Zero::Text),
    ("iscsi", "lun", Zero::Number),
    ("projected", "sources", Zero::List),
    ("sysctls", "value", Zero::Text),
];

/// What Go prints for a field that nobody set.
#[derive(Clone, Copy)]
enum Zero {
    Text,
    Number,
    List,
}

impl Zero {
    fn value(self) -> Value {
        match self {
            Self::Text => Value::String("".into()),
            Self::Number => Value::Number(Number::Int(0)),
            Self::List => Value::Null,
        }
    }
}

/// Prunes an object, or the objects of a list, under the field `name`.
fn object(node: &mut Node, name: &str) {
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| object(item, name)),
        Value::Map(fields) => {
            fields.retain_mut(|field| stays(field, name));
            for (_, key, zero) in ALWAYS.iter().filter(|(parent, ..)| *parent == name) {
                if !fields.iter().any(|field| &*field.key == *key) {
                    let node = Node::synthetic(zero.value());
                    fields.push(Field { key: (*key).into(), key_span: Span::default(), node });
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn stays(field: &mut Field, parent: &str) -> bool {
    let key = &*field.key;
    let kept = KEPT.contains(&key) || KEPT_IN.contains(&(parent, key));
    match &mut field.node.value {
        Value::Null => false,
        Value::Bool(false) | Value::Number(Number::Int(0)) => kept,
        Value::String(text) => kept || !text.is_empty(),
        Value::List(items) if items.is_empty() => kept,
        Value::Map(entries) if FREE_MAPS.contains(&key) => !entries.is_empty(),
        Value::List(_) | Value::Map(_) => {
            object(&mut field.node, key);
            true
        }
        Value::Bool(_) | Value::Number(_) => true,
    }
}
