//! What makes a Pod a static pod of one node: a name with the node's suffix, a uid over content, file and node, a toleration; and what
//! a static pod may not refer to. Follows `pkg/kubelet/config/common.go` of Kubernetes.

mod reference;

use std::sync::Arc;

pub use reference::{Refused, refused_reference};

use super::{
    Origin,
    at::At,
    prune,
    tree::{Field, Node, Number, Value},
};
use crate::id::PodRef;

/// The annotation that holds the hash a pod's uid is made of.
pub const CONFIG_HASH: &str = "kubernetes.io/config.hash";
/// The annotation that says where a pod comes from.
pub const CONFIG_SOURCE: &str = "kubernetes.io/config.source";
/// The annotation that says when a kubelet first saw a pod.
pub const CONFIG_SEEN: &str = "kubernetes.io/config.seen";
/// The annotation that only mirror pods carry.
pub const CONFIG_MIRROR: &str = "kubernetes.io/config.mirror";

/// Whether the Pod has no name, which is the first thing a static pod needs.
#[must_use]
pub fn name_missing(pod: &Node) -> bool {
    At::root(pod).field("metadata").field("name").text().is_empty()
}

/// Binds a Pod with its defaults to a node: name, namespace, node name and toleration are set; status and uid are taken out of the tree,
/// and so are kind and version, which are what every pod has. The uid is the hash over the object as it was before, or `metadata.uid`
/// when its author wrote one.
pub fn bind(pod: &mut Node, origin: &Origin<'_>) -> PodRef {
    let root = At::root(pod);
    let metadata = root.field("metadata");
    let written = metadata.field("uid").text();
    let uid = if written.is_empty() { hash(pod, origin) } else { written.to_owned() };
    let name: Arc<str> = format!("{}-{}", metadata.field("name").text(), origin.node).into();
    let namespace = metadata.field("namespace").text();
    let namespace: Arc<str> = if namespace.is_empty() { "default" } else { namespace }.into();

    for gone in ["apiVersion", "kind", "status"] {
        pod.remove(gone);
    }
    pod.edit("metadata", |metadata| {
        // When it was made is the API server's to say.
        for gone in ["uid", "creationTimestamp"] {
            metadata.remove(gone);
        }
        metadata.set("name", Value::String(Arc::clone(&name)));
        metadata.set("namespace", Value::String(Arc::clone(&namespace)));
    });
    pod.edit("spec", |spec| {
        spec.set("nodeName", Value::String(origin.node.as_str().into()));
        tolerate(spec);
    });
    PodRef::new(uid, namespace, name)
}

/// A static pod stays on its node whatever taint it gets.
fn tolerate(spec: &mut Node) {
    let has = spec.get("tolerations").is_some_and(|list| {
        list.items().iter().any(|item| {
            let at = At::root(item);
            at.field("operator").text() == "Exists"
                && at.field("effect").text() == "NoExecute"
                && ["key", "value"].iter().all(|name| at.field(name).text().is_empty())
                && !at.field("tolerationSeconds").is_set()
        })
    });
    if has {
        return;
    }
    let mut toleration = Node::map();
    toleration.set("operator", Value::String("Exists".into()));
    toleration.set("effect", Value::String("NoExecute".into()));
    spec.edit("tolerations", |list| match &mut list.value {
        Value::List(items) => items.push(toleration),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Map(_) => {
            list.value = Value::List(vec![toleration]);
        }
    });
}

/// 32 hex digits over what the object means, the node and the file. Order of keys, comments and notation do not matter.
fn hash(pod: &Node, origin: &Origin<'_>) -> String {
    let mut object = pod.clone();
    prune::prune(&mut object);
    let mut fnv = Fnv::new();
    fnv.node(&object);
    fnv.bytes(b"host:");
    fnv.bytes(origin.node.as_str().as_bytes());
    fnv.bytes(b"file:");
    fnv.bytes(origin.path.as_bytes());
    format!("{:032x}", fnv.0)
}

/// FNV-1a with 128 bits.
struct Fnv(u128);

impl Fnv {
    const fn new() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }

    fn text(&mut self, tag: u8, text: &str) {
        self.bytes(&[tag]);
        self.bytes(&(text.len() as u64).to_le_bytes());
        self.bytes(text.as_bytes());
    }

    fn node(&mut self, node: &Node) {
        match &node.value {
            Value::Null => self.bytes(b"0"),
            Value::Bool(value) => self.bytes(if *value { b"t" } else { b"f" }),
            Value::Number(Number::Int(value)) => self.text(b'i', &value.to_string()),
            Value::Number(Number::Uint(value)) => self.text(b'i', &value.to_string()),
            Value::Number(Number::Float(_, text)) => self.text(b'n', text),
            Value::String(text) => self.text(b's', text),
            Value::List(items) => {
                self.text(b'l', &items.len().to_string());
                for item in items {
                    self.node(item);
                }
            }
            Value::Map(fields) => {
                self.text(b'm', &fields.len().to_string());
                let mut sorted: Vec<&Field> = fields.iter().collect();
                crate::sort::by(&mut sorted, |a, b| a.key.cmp(&b.key));
                for field in sorted {
                    self.text(b'k', &field.key);
                    self.node(&field.node);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
