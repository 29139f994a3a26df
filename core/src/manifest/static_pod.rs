//! What makes a Pod a static pod of one node: a name with the node's suffix, a uid over content, file and node, a toleration; and what
//! a static pod may not refer to. Follows `pkg/kubelet/config/common.go` and `pkg/api/pod/util.go` of Kubernetes.

use std::{fmt, sync::Arc};

use super::{
    Origin, Span,
    at::{At, quote},
    prune,
    tree::{Field, Node, Number, Value},
};
use crate::id::PodRef;

/// The annotation that holds the hash a pod's uid is made of.
pub const CONFIG_HASH: &str = "kubernetes.io/config.hash";
/// The annotation that says where a pod comes from.
pub const CONFIG_SOURCE: &str = "kubernetes.io/config.source";
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
    PodRef { uid: uid.into(), namespace, name }
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
                sorted.sort_by(|a, b| a.key.cmp(&b.key));
                for field in sorted {
                    self.text(b'k', &field.key);
                    self.node(&field.node);
                }
            }
        }
    }
}

/// An API object that a static pod refers to, which it may not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each says itself what it is; its words are in Display")]
pub enum Refused {
    ServiceAccounts,
    Secrets,
    ConfigMaps,
    ResourceClaims,
    ConfigMapVolumes,
    SecretVolumes,
    CsiDrivers,
    Endpoints,
    PersistentVolumeClaims,
    EphemeralVolumes,
    AzureFileVolumes,
    ProjectedConfigMaps,
    ProjectedSecrets,
    ProjectedServiceAccounts,
    ClusterTrustBundles,
    PodCertificates,
    /// A projected volume of this name has a source that is none.
    UnknownProjection(Arc<str>),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let object = match self {
            Self::UnknownProjection(volume) => {
                return write!(f, "unknown source for projected volume {}", quote(volume));
            }
            Self::ServiceAccounts => "serviceaccounts",
            Self::Secrets => "secrets",
            Self::ConfigMaps => "configmaps",
            Self::ResourceClaims => "resourceclaims",
            Self::ConfigMapVolumes => "configmaps (via configmap volumes)",
            Self::SecretVolumes => "secrets (via secret volumes)",
            Self::CsiDrivers => "csidrivers (via CSI volumes)",
            Self::Endpoints => "endpoints (via glusterFS volumes)",
            Self::PersistentVolumeClaims => "persistentvolumeclaims",
            Self::EphemeralVolumes => "persistentvolumeclaims (via ephemeral volumes)",
            Self::AzureFileVolumes => "secrets (via azureFile volumes)",
            Self::ProjectedConfigMaps => "configmaps (via projected volumes)",
            Self::ProjectedSecrets => "secrets (via projected volumes)",
            Self::ProjectedServiceAccounts => "serviceaccounts (via projected volumes)",
            Self::ClusterTrustBundles => "clustertrustbundles",
            Self::PodCertificates => "podcertificates",
        };
        write!(f, "static pods may not reference {object}")
    }
}

/// Which API object the pod refers to, and where; the first in Kubernetes' order.
#[must_use]
pub fn refused_reference(pod: &Node) -> Option<(Refused, Option<Span>)> {
    let spec = At::root(pod).field("spec");
    let account = spec.field("serviceAccountName");
    if !account.text().is_empty() {
        return Some((Refused::ServiceAccounts, account.span()));
    }
    secrets(&spec)
        .map(|at| (Refused::Secrets, at.span()))
        .or_else(|| config_maps(&spec).map(|at| (Refused::ConfigMaps, at.span())))
        .or_else(|| {
            let claims = spec.field("resourceClaims");
            (!claims.is_empty()).then(|| (Refused::ResourceClaims, claims.span()))
        })
        .or_else(|| spec.field("volumes").items().find_map(|volume| refused_volume(&volume)))
}

/// Volume sources that are refused, empty or not.
const REFUSED_VOLUMES: [(&str, Refused); 7] = [
    ("configMap", Refused::ConfigMapVolumes),
    ("secret", Refused::SecretVolumes),
    ("csi", Refused::CsiDrivers),
    ("glusterfs", Refused::Endpoints),
    ("persistentVolumeClaim", Refused::PersistentVolumeClaims),
    ("ephemeral", Refused::EphemeralVolumes),
    ("azureFile", Refused::AzureFileVolumes),
];

/// The same inside a projected volume.
const REFUSED_PROJECTIONS: [(&str, Refused); 5] = [
    ("configMap", Refused::ProjectedConfigMaps),
    ("secret", Refused::ProjectedSecrets),
    ("serviceAccountToken", Refused::ProjectedServiceAccounts),
    ("clusterTrustBundle", Refused::ClusterTrustBundles),
    ("podCertificate", Refused::PodCertificates),
];

fn refused_volume(volume: &At<'_>) -> Option<(Refused, Option<Span>)> {
    let hit = |at: &At<'_>, table: &[(&'static str, Refused)]| {
        table.iter().find_map(|(name, refused)| {
            let source = at.field(name);
            source.is_set().then(|| (refused.clone(), source.span()))
        })
    };
    hit(volume, &REFUSED_VOLUMES).or_else(|| {
        volume
            .field("projected")
            .field("sources")
            .items()
            .find_map(|source| hit(&source, &REFUSED_PROJECTIONS))
    })
}

/// Where volume sources name a secret: the source, the field with the reference, the name in it.
const SECRET_REFS: [(&str, &[&str]); 11] = [
    ("azureFile", &["secretName"]),
    ("cephfs", &["secretRef", "name"]),
    ("cinder", &["secretRef", "name"]),
    ("flexVolume", &["secretRef", "name"]),
    ("rbd", &["secretRef", "name"]),
    ("secret", &["secretName"]),
    ("scaleIO", &["secretRef", "name"]),
    ("iscsi", &["secretRef", "name"]),
    ("storageos", &["secretRef", "name"]),
    ("csi", &["nodePublishSecretRef", "name"]),
    ("projected", &[]),
];

fn secrets<'a>(spec: &At<'a>) -> Option<At<'a>> {
    let pulls = spec.field("imagePullSecrets").items().map(|item| item.field("name")).find(named);
    pulls.or_else(|| container_references(spec, "secretKeyRef", "secretRef")).or_else(|| {
        spec.field("volumes").items().find_map(|volume| {
            SECRET_REFS.iter().find_map(|(source, path)| {
                let source = volume.field(source);
                if path.is_empty() {
                    return projections(&source, "secret");
                }
                Some(path.iter().fold(source, |at, name| at.field(name))).filter(named)
            })
        })
    })
}

fn config_maps<'a>(spec: &At<'a>) -> Option<At<'a>> {
    container_references(spec, "configMapKeyRef", "configMapRef").or_else(|| {
        spec.field("volumes").items().find_map(|volume| {
            Some(volume.field("configMap").field("name"))
                .filter(named)
                .or_else(|| projections(&volume.field("projected"), "configMap"))
        })
    })
}

fn projections<'a>(projected: &At<'a>, kind: &'static str) -> Option<At<'a>> {
    projected.field("sources").items().map(|source| source.field(kind).field("name")).find(named)
}

/// References out of the environment of any container.
fn container_references<'a>(spec: &At<'a>, key_ref: &'static str, from_ref: &'static str) -> Option<At<'a>> {
    ["initContainers", "containers", "ephemeralContainers"].iter().find_map(|list| {
        spec.field(list).items().find_map(|container| {
            let from =
                container.field("envFrom").items().map(|item| item.field(from_ref).field("name")).find(named);
            from.or_else(|| {
                let env = container.field("env");
                env.items().map(|item| item.field("valueFrom").field(key_ref).field("name")).find(named)
            })
        })
    })
}

fn named(at: &At<'_>) -> bool {
    !at.text().is_empty()
}
